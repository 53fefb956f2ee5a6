//! What a system answered, as plain values.

use serde::{Deserialize, Serialize};

use crate::domain::{
    clock::Timestamp,
    reason::ReasonCode,
    verdict::{Decision, Outcome},
};

/// The answer to one question about a task that the campaign's terms cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The discount was given.
    Allowed,
    /// Another account of the same user has it (`SAME_USER_LIMIT`): no blame.
    NoSeat,
    /// Refused otherwise, without blame.
    Denied,
    /// Refused with blame.
    Revoked,
    /// Not final: billing asks again.
    AskAgain,
    /// No answer, or an error in its place: billing charges the full rate.
    Missing,
}

impl Answer {
    /// From a verdict's decision, the code of its first reason, and whether it is final.
    pub fn new(decision: Decision, first: Option<ReasonCode>, is_final: bool) -> Self {
        match decision {
            Decision::Allow => Answer::Allowed,
            Decision::Revoke => Answer::Revoked,
            Decision::Deny if first == Some(ReasonCode::SameUserLimit) => Answer::NoSeat,
            Decision::Deny if !is_final => Answer::AskAgain,
            Decision::Deny => Answer::Denied,
        }
    }

    /// Whether the discount was refused for good: with blame or without.
    pub fn is_refusal(self) -> bool {
        matches!(self, Answer::NoSeat | Answer::Denied | Answer::Revoked)
    }

    /// Whether the account pays the full rate for a task that the terms cover.
    pub fn is_charged_in_full(self) -> bool {
        self.is_refusal() || self == Answer::Missing
    }
}

impl From<&Outcome> for Answer {
    fn from(outcome: &Outcome) -> Self {
        let first = outcome.reasons.first().map(|reason| reason.code);
        Answer::new(outcome.decision, first, outcome.is_final)
    }
}

/// One task that the terms cover, and what was answered about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnsweredTask {
    /// The account (its number in the truth).
    pub account: u32,
    /// When the task ended.
    pub completed_at: Timestamp,
    /// Its tokens.
    pub tokens: u64,
    /// What was answered when billing asked.
    pub online: Answer,
    /// What would be answered anew at the end, when everything is known.
    pub at_end: Answer,
}

/// Everything that a system said about a data set.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// Tasks that the terms cover, in the order of asking.
    pub tasks: Vec<AnsweredTask>,
    /// The user of each account of the truth, by number; `None` = the account stands alone. No list
    /// = the system tells no users.
    pub users: Option<Vec<Option<u32>>>,
    /// What each account of the truth, by number, used beside addresses: identifiers by any numbers that
    /// tell them apart. No list = not known.
    pub identifiers: Option<Vec<Vec<u32>>>,
    /// The abuse score of each account of the truth, by number. No list = the system tells none.
    pub scores: Option<Vec<AbuseScore>>,
    /// Whether scores are probabilities, so that their calibration can be judged.
    pub calibrated: bool,
}

/// What a system says of an account's abuse.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AbuseScore {
    /// The higher, the worse.
    pub score: f64,
    /// False: too little was known to say anything, and the score is the base rate.
    pub scored: bool,
}
