//! Dispositions: what people decide of accounts, with cause and author. A disposition is recorded once
//! and never changed; it ends by its expiry or by being undone, which are records of their own.

use serde::{Deserialize, Serialize};

use super::{clock::Timestamp, identifier::Pseudonym, reason::ReasonCode};

/// Accounts one disposition may be about.
pub const ACCOUNTS_A_DISPOSITION: usize = 1000;
/// Dispositions that may be about one account.
pub const DISPOSITIONS_AN_ACCOUNT: usize = 256;
/// Words of a statement or a notice, bytes.
pub const STATEMENT_BYTES_AT_MOST: usize = 4096;

/// One decision of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disposition {
    /// What is decided.
    pub action: Action,
    /// The accounts it is about, the one named first; an assertion has exactly two.
    pub accounts: Vec<String>,
    /// Why, as the terms name it.
    pub cause: Cause,
    /// Why, in words.
    pub statement: String,
    /// Who decided.
    pub author: String,
    /// When.
    pub made_at: Timestamp,
    /// Until when it binds; `None` = until it is undone.
    pub expires_at: Option<Timestamp>,
    /// The appeal whose granting made it, if any.
    pub appeal: Option<u64>,
}

impl Disposition {
    /// Whether it has not expired at an instant.
    pub fn lasts_at(&self, at: Timestamp) -> bool {
        self.expires_at.is_none_or(|expires| at < expires)
    }
}

/// What a disposition does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// "disqualify" (section 03): no discount for these accounts and the same user behind them, and
    /// earlier grants are recovered.
    Disqualify,
    /// Earlier dispositions against the accounts bind no more, and what the abuse score found so far
    /// does not revoke.
    Clear {
        /// Patterns overturned: they never revoke again by themselves (design promise 8).
        overturned: Vec<ReasonCode>,
    },
    /// The two accounts are the same user, whatever the evidence.
    SameUser,
    /// The two accounts are not the same user.
    NotSameUser {
        /// Identifiers overturned, ascending: only evidence beside them may link the two again. Empty:
        /// nothing may.
        overturned: Vec<Pseudonym>,
    },
    /// "restrict the user's eligibility to participate in this and subsequent similar activities".
    Restrict {
        /// The campaign in which it was decided.
        campaign_id: String,
        /// That campaign's series.
        series: String,
        /// How far it goes.
        grade: Grade,
        /// What the user is told.
        notice: String,
    },
    /// "recover the relevant benefits": grants made so far are recovered; later ones are not touched.
    Recover {
        /// The last verdict given by then.
        until: u64,
    },
}

/// How far a restriction goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Grade {
    /// The user is told, nothing else.
    Warning,
    /// No discount in the campaign.
    NoDiscount,
    /// No discount in the campaign and every other one of its series.
    AllLaterEvents,
}

/// Why a person decided, as the terms name it (section 03, Prohibited Conduct).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// "bulk registrations".
    BulkRegistration,
    /// "scripts".
    ScriptedActivity,
    /// "emulators".
    Emulator,
    /// "operate on behalf of others".
    OperatedForOthers,
    /// "false identities".
    FalseIdentity,
    /// "false activities".
    FalseActivity,
    /// "any other improper means".
    OtherImproperMeans,
    /// Use against the law.
    UnlawfulUse,
    /// Use that infringes the rights of others.
    RightsOfOthers,
    /// A finding proved wrong.
    WrongFinding,
    /// Who is the same user is known from elsewhere.
    KnownSubject,
}

impl Cause {
    /// In words, as a reason shows it.
    pub fn words(self) -> &'static str {
        match self {
            Self::BulkRegistration => "bulk registration",
            Self::ScriptedActivity => "scripted activity",
            Self::Emulator => "use of emulators",
            Self::OperatedForOthers => "operation on behalf of others",
            Self::FalseIdentity => "false identity",
            Self::FalseActivity => "false activity",
            Self::OtherImproperMeans => "other improper means",
            Self::UnlawfulUse => "unlawful use",
            Self::RightsOfOthers => "infringement of the rights of others",
            Self::WrongFinding => "a finding that proved wrong",
            Self::KnownSubject => "knowledge of who the user is",
        }
    }

    /// The pattern of the abuse score that it names, where it names one.
    pub fn pattern(self) -> Option<ReasonCode> {
        Some(match self {
            Self::BulkRegistration => ReasonCode::BulkRegistration,
            Self::ScriptedActivity => ReasonCode::ScriptedActivity,
            Self::Emulator => ReasonCode::Emulator,
            Self::OperatedForOthers => ReasonCode::OperatedForOthers,
            Self::FalseIdentity => ReasonCode::FalseIdentity,
            Self::FalseActivity => ReasonCode::FalseActivity,
            Self::OtherImproperMeans
            | Self::UnlawfulUse
            | Self::RightsOfOthers
            | Self::WrongFinding
            | Self::KnownSubject => return None,
        })
    }

    /// Whether it is none of the patterns that the score looks for: a reason then says in words what a
    /// person found.
    pub fn needs_words(self) -> bool {
        matches!(
            self,
            Self::OtherImproperMeans | Self::UnlawfulUse | Self::RightsOfOthers
        )
    }
}

/// The end of a disposition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DispositionEnd {
    /// The disposition, by its entry's sequence number.
    pub disposition: u64,
    /// When it ended.
    pub ended_at: Timestamp,
    /// Who undid it and why; `None`: it expired.
    pub undone: Option<Undone>,
}

/// An undoing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undone {
    /// Who.
    pub author: String,
    /// Why, in words.
    pub statement: String,
}
