//! What an account of a labelled world is in truth (contract §4).

use serde::{Deserialize, Serialize};

/// What an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// Honest.
    Legitimate,
    /// Registered as one of many.
    BulkRegistration,
    /// Driven by a script.
    ScriptedActivity,
    /// Runs on an emulator.
    Emulator,
    /// Operated on behalf of others.
    OperatedForOthers,
    /// Stands on a false identity.
    FalseIdentity,
    /// Does nothing real.
    FalseActivity,
    /// One of several accounts of an ordinary person: one of them may keep the discount.
    DuplicateAccount,
    /// Made after another account of the person was excluded.
    BanEvasion,
}

impl Label {
    /// Every label, in the order of reports.
    pub const ALL: [Label; 9] = [
        Label::Legitimate,
        Label::BulkRegistration,
        Label::ScriptedActivity,
        Label::Emulator,
        Label::OperatedForOthers,
        Label::FalseIdentity,
        Label::FalseActivity,
        Label::DuplicateAccount,
        Label::BanEvasion,
    ];

    /// Whether the account does nothing wrong.
    pub fn is_honest(self) -> bool {
        self == Label::Legitimate
    }

    /// Whether the account should have no discount at all. Duplicates are judged by person instead.
    pub fn is_abuse(self) -> bool {
        !matches!(self, Label::Legitimate | Label::DuplicateAccount)
    }

    /// As truth files write it.
    pub fn name(self) -> &'static str {
        match self {
            Label::Legitimate => "legitimate",
            Label::BulkRegistration => "bulk_registration",
            Label::ScriptedActivity => "scripted_activity",
            Label::Emulator => "emulator",
            Label::OperatedForOthers => "operated_for_others",
            Label::FalseIdentity => "false_identity",
            Label::FalseActivity => "false_activity",
            Label::DuplicateAccount => "duplicate_account",
            Label::BanEvasion => "ban_evasion",
        }
    }
}
