//! Appeals: "users may dispute". An appeal is heard by another person than the one who first decided,
//! before its deadline.

use serde::{Deserialize, Serialize};

use super::clock::Timestamp;

/// An appeal is to be decided within so many days, unless the campaign says otherwise.
pub const APPEAL_DAYS: u32 = 15;
/// Appeals that may be open at once for one account.
pub const OPEN_APPEALS_AN_ACCOUNT: usize = 1;

/// An appeal as it was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appeal {
    /// The account.
    pub account_id: String,
    /// The campaign whose consequence is disputed.
    pub campaign_id: String,
    /// The user's statement.
    pub statement: String,
    /// Who took it down: the user's own channel, billing, the console.
    pub opened_by: String,
    /// When.
    pub opened_at: Timestamp,
    /// To be decided by then.
    pub decide_by: Timestamp,
}

/// How an appeal was decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppealDecision {
    /// The appeal, by its entry's sequence number.
    pub appeal: u64,
    /// Whether the user was right.
    pub granted: bool,
    /// Why, in words.
    pub statement: String,
    /// Who decided.
    pub author: String,
    /// When.
    pub decided_at: Timestamp,
}
