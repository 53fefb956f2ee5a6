//! Duplicates: of an ordinary person's several accounts exactly one should keep the discount.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    answers::{Answer, AnsweredTask},
    interval::{Clustered, Share},
    truth::Truth,
};
use crate::lab::label::Label;

/// What became of persons with several accounts. Persons count of whose accounts, labelled
/// `duplicate_account`, at least two asked about a covered task.
#[derive(Clone, Debug, Serialize)]
pub struct Duplicates {
    /// Exactly one account keeps the discount at the end.
    pub exactly_one_kept: Share,
    /// None does.
    pub none_kept: Share,
    /// Several do.
    pub several_kept: Share,
    /// Accounts revoked: a duplicate is refused its seat, without blame.
    pub accounts_revoked: Share,
    /// Of the tokens that these persons were allowed when they asked, those beyond each person's
    /// most favoured account.
    pub tokens_beyond_one_account: Share,
}

#[derive(Clone, Copy, Default)]
struct Standing {
    last: Option<(i64, Answer)>,
    revoked: bool,
    tokens_allowed: u64,
}

/// Measures what became of duplicates. An account keeps the discount when its last covered task,
/// asked anew at the end, is allowed.
pub fn duplicates(truth: &Truth, tasks: &[AnsweredTask]) -> Duplicates {
    let mut persons: BTreeMap<u32, BTreeMap<u32, Standing>> = BTreeMap::new();
    for task in tasks {
        let account = truth.account(task.account);
        if account.label != Label::DuplicateAccount {
            continue;
        }
        let accounts = persons.entry(account.person).or_default();
        let standing = accounts.entry(task.account).or_default();
        let completed = task.completed_at.micros();
        if standing.last.is_none_or(|(before, _)| before <= completed) {
            standing.last = Some((completed, task.at_end));
        }
        standing.revoked |= task.online == Answer::Revoked || task.at_end == Answer::Revoked;
        if task.online == Answer::Allowed {
            standing.tokens_allowed += task.tokens;
        }
    }
    let [mut one, mut none, mut several, mut revoked, mut beyond] =
        std::array::from_fn(|_| Clustered::<2>::default());
    for (person, accounts) in persons.iter().filter(|(_, accounts)| accounts.len() > 1) {
        let keeps = |standing: &&Standing| standing.last.is_some_and(|(_, a)| a == Answer::Allowed);
        let kept = accounts.values().filter(keeps).count();
        let is = |so: bool| [f64::from(u8::from(so)), 1.0];
        one.add(*person, is(kept == 1));
        none.add(*person, is(kept == 0));
        several.add(*person, is(kept > 1));
        for standing in accounts.values() {
            revoked.add(*person, is(standing.revoked));
        }
        let allowed = accounts.values().map(|standing| standing.tokens_allowed);
        let (most, all) = (allowed.clone().max().unwrap_or(0), allowed.sum::<u64>());
        beyond.add(*person, [(all - most) as f64, all as f64]);
    }
    Duplicates {
        exactly_one_kept: Share::of(&one),
        none_kept: Share::of(&none),
        several_kept: Share::of(&several),
        accounts_revoked: Share::of(&revoked),
        tokens_beyond_one_account: Share::of(&beyond),
    }
}
