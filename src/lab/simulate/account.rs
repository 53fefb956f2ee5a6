//! Accounts as the login service knows them.

use super::line::OtherLine;
use crate::lab::label::Label;

/// An account.
#[derive(Clone)]
pub struct Account {
    pub id: String,
    /// The true same user behind it.
    pub person: String,
    pub label: Label,
    /// Of a person with several: the one registered first.
    pub primary: bool,
    pub enterprise: bool,
    /// Empty when there is none.
    pub number: String,
    pub name: String,
    pub others: Vec<OtherLine>,
    /// May lie before the history: then no event shows it.
    pub registered_at: i64,
    /// Which fields its events lack: an old client, a privacy setting.
    pub lacks: Lacks,
}

/// Fields that an account's events never carry.
#[derive(Clone, Copy, Default)]
pub struct Lacks {
    pub device: bool,
    pub address: bool,
    pub number: bool,
    pub name: bool,
    pub account_type: bool,
}
