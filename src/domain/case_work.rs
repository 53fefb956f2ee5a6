//! What people do with a case short of deciding it: take it, put it aside, write on it. Cases go by
//! themselves and users change, so all of it is recorded of an account, the case's most senior one then.

use serde::{Deserialize, Serialize};

use super::clock::Timestamp;

/// A note has at most so many bytes.
pub const NOTE_BYTES_AT_MOST: usize = 2000;
/// Notes that may be on one account.
pub const NOTES_AN_ACCOUNT: usize = 1000;
/// A case is put aside for at most so many days.
pub const SNOOZE_DAYS_AT_MOST: i64 = 90;

/// A person took a case, or gave it back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseClaim {
    /// The account.
    pub account_id: String,
    /// Who.
    pub author: String,
    /// Whether it was taken; else given back.
    pub takes: bool,
    /// When.
    pub at: Timestamp,
}

/// A person put a case aside, or took it back out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseSnooze {
    /// The account.
    pub account_id: String,
    /// Who.
    pub author: String,
    /// Until when; `None`: it is back in the queue.
    pub until: Option<Timestamp>,
    /// When.
    pub at: Timestamp,
}

/// A person's note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseNote {
    /// The account.
    pub account_id: String,
    /// Who.
    pub author: String,
    /// What they wrote.
    pub text: String,
    /// Whether it gives the case back and asks another person to look.
    pub second_look: bool,
    /// When.
    pub at: Timestamp,
}
