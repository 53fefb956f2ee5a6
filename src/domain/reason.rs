//! Reasons: what a verdict says of itself.

use serde::{Deserialize, Serialize};

/// Why, as a code that programs can rely on. The order is the order of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReasonCode {
    /// The task is covered and nothing speaks against it.
    Eligible,
    /// Begun or completed outside the event.
    OutsideEventPeriod,
    /// Not completed yet.
    TaskNotCompleted,
    /// Not performed where the event applies.
    SurfaceNotCovered,
    /// An enterprise's account.
    EnterpriseAccount,
    /// Never seen on the desktop client.
    NoDesktopLogin,
    /// Another offer was applied to the task.
    OtherOfferApplied,
    /// The event was suspended when the task completed.
    CampaignSuspended,
    /// The event had been terminated when the task completed.
    CampaignTerminated,
    /// No event of the account is known.
    UnknownAccount,
    /// Another account of the same user has the discount.
    SameUserLimit,
    /// The same user was disqualified under another account.
    SameUserDisqualified,
    /// The account was disqualified.
    Disqualified,
    /// The user is restricted in this series of events.
    Restricted,
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
    /// A person decided so.
    AnalystDecision,
}

impl ReasonCode {
    /// Its name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Eligible => "eligible",
            Self::OutsideEventPeriod => "outside_event_period",
            Self::TaskNotCompleted => "task_not_completed",
            Self::SurfaceNotCovered => "surface_not_covered",
            Self::EnterpriseAccount => "enterprise_account",
            Self::NoDesktopLogin => "no_desktop_login",
            Self::OtherOfferApplied => "other_offer_applied",
            Self::CampaignSuspended => "campaign_suspended",
            Self::CampaignTerminated => "campaign_terminated",
            Self::UnknownAccount => "unknown_account",
            Self::SameUserLimit => "same_user_limit",
            Self::SameUserDisqualified => "same_user_disqualified",
            Self::Disqualified => "disqualified",
            Self::Restricted => "restricted",
            Self::BulkRegistration => "bulk_registration",
            Self::ScriptedActivity => "scripted_activity",
            Self::Emulator => "emulator",
            Self::OperatedForOthers => "operated_for_others",
            Self::FalseIdentity => "false_identity",
            Self::FalseActivity => "false_activity",
            Self::AnalystDecision => "analyst_decision",
        }
    }

    /// Its name in words.
    pub fn words(self) -> String {
        self.name().replace('_', " ")
    }

    /// Whether it is a pattern that the abuse score found.
    pub fn is_pattern(self) -> bool {
        (Self::BulkRegistration..=Self::FalseActivity).contains(&self)
    }

    /// Whether people decided so, of the account or of its user.
    pub fn is_of_people(self) -> bool {
        matches!(
            self,
            Self::SameUserDisqualified
                | Self::Disqualified
                | Self::Restricted
                | Self::AnalystDecision
        )
    }

    /// Whether asking again can change an answer that rests on this alone.
    pub fn is_curable(self) -> bool {
        matches!(
            self,
            Self::TaskNotCompleted | Self::UnknownAccount | Self::NoDesktopLogin
        )
    }
}

/// One reason of a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The code.
    pub code: ReasonCode,
    /// In plain words.
    pub statement: String,
    /// How much it weighs, thousandths of a bit; 0 for a rule.
    pub weight_millibits: i64,
    /// What it rests on; identifiers only as kind, class and tag.
    pub facts: Vec<(String, String)>,
}

impl Reason {
    /// A reason that is a rule, without weight.
    pub fn rule(code: ReasonCode, statement: impl Into<String>) -> Self {
        Reason {
            code,
            statement: statement.into(),
            weight_millibits: 0,
            facts: Vec::new(),
        }
    }

    /// Adds a fact.
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.facts.push((name.into(), value.into()));
        self
    }
}
