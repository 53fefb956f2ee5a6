//! What people found accounts to be: the last word of dispositions and appeals about each.

use std::collections::BTreeMap;

use crate::domain::{
    appeal::{Appeal, AppealDecision},
    clock::Timestamp,
    disposition::{Action, Cause, Disposition},
};

/// What people found of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The disposition, or the appeal, that says so.
    pub number: u64,
    /// Whether it is abuse.
    pub abuse: bool,
    /// Why, as a disposition names it; `None`: an appeal was rejected, which confirms what was said before.
    pub cause: Option<Cause>,
    /// When people first decided anything of the account: what the service says later is not its own.
    pub first_decided_at: Timestamp,
}

/// Labels by account id.
#[derive(Default)]
pub struct Labels {
    found: BTreeMap<String, Label>,
    first_decided_at: BTreeMap<String, Timestamp>,
}

impl Labels {
    /// Takes in a disposition; one that was undone labels nothing.
    pub fn dispose(&mut self, number: u64, disposition: &Disposition, undone: bool) {
        let abuse = match disposition.action {
            Action::Disqualify => true,
            Action::Clear { .. } => false,
            _ => return,
        };
        for account in &disposition.accounts {
            self.decided(account, disposition.made_at);
            if !undone {
                self.label(account, (number, abuse, Some(disposition.cause)));
            }
        }
    }

    /// Takes in a decided appeal. One that is granted speaks through the disposition that it makes.
    pub fn hear(&mut self, number: u64, appeal: &Appeal, decision: &AppealDecision) {
        self.decided(&appeal.account_id, decision.decided_at);
        if !decision.granted {
            self.label(&appeal.account_id, (number, true, None));
        }
    }

    fn decided(&mut self, account: &str, at: Timestamp) {
        let first = self.first_decided_at.entry(account.into()).or_insert(at);
        *first = at.min(*first);
    }

    fn label(&mut self, account: &str, (number, abuse, cause): (u64, bool, Option<Cause>)) {
        let label = Label {
            number,
            abuse,
            cause,
            first_decided_at: Timestamp::default(),
        };
        let known = self.found.entry(account.into()).or_insert(label.clone());
        if number >= known.number {
            *known = label;
        }
    }

    /// All of them, ascending by account id.
    pub fn into_accounts(self) -> impl Iterator<Item = (String, Label)> {
        let first = self.first_decided_at;
        self.found.into_iter().map(move |(account, mut label)| {
            label.first_decided_at = first.get(&account).copied().unwrap_or_default();
            (account, label)
        })
    }
}
