//! How long an operation goes on before it is seen: what each group of abusive accounts was allowed
//! before the first of them was revoked.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;

use super::{
    answers::{Answer, AnsweredTask},
    interval::{Clustered, Estimate, Share, median},
    truth::Truth,
};

/// A group has at least so many abusive accounts; a single one has nobody to be betrayed by.
const ACCOUNTS_AT_LEAST: usize = 2;
const MICROS_AN_HOUR: f64 = 3.6e9;

/// Detection delay over groups.
#[derive(Clone, Debug, Serialize)]
pub struct Delays {
    /// Groups of which an account was revoked when it asked.
    pub groups_detected: Share,
    /// The median over groups of accounts allowed before the first revocation; all accounts allowed
    /// of a group never detected.
    pub median_accounts_before: Option<Estimate>,
    /// The same of tokens.
    pub median_tokens_before: Option<Estimate>,
    /// The most accounts.
    pub worst_accounts_before: u64,
    /// The most tokens.
    pub worst_tokens_before: u64,
    /// Every group, the worst first (by tokens).
    pub groups: Vec<GroupDelay>,
}

/// One group.
#[derive(Clone, Debug, Serialize)]
pub struct GroupDelay {
    /// Its name.
    pub group: String,
    /// The population of its accounts.
    pub population: String,
    /// Its abusive accounts in the truth.
    pub accounts: u64,
    /// Those that asked about a covered task.
    pub accounts_asking: u64,
    /// Whether any of them was revoked when it asked.
    pub detected: bool,
    /// Accounts allowed before that.
    pub accounts_before: u64,
    /// Tokens allowed before that.
    pub tokens_before: u64,
    /// Hours between the completion of the first task asked about and of the first revoked one.
    pub hours: Option<f64>,
}

#[derive(Default)]
struct Group {
    asking: HashSet<u32>,
    allowed: HashSet<u32>,
    tokens: u64,
    first_asked: Option<i64>,
    revoked: Option<i64>,
}

/// Measures delay. A group is what the truth calls one, else a person, with at least two abusive
/// accounts (duplicates apart) of which one asked about a covered task.
pub fn delays(truth: &Truth, tasks: &[AnsweredTask]) -> Delays {
    let mut members: BTreeMap<u32, (u64, u32)> = BTreeMap::new();
    for account in truth.accounts().iter().filter(|a| a.label.is_abuse()) {
        members
            .entry(account.cluster)
            .or_insert((0, account.population))
            .0 += 1;
    }
    members.retain(|_, (accounts, _)| *accounts >= ACCOUNTS_AT_LEAST as u64);
    let mut groups: BTreeMap<u32, Group> = BTreeMap::new();
    for task in tasks {
        let account = truth.account(task.account);
        if account.label.is_abuse() && members.contains_key(&account.cluster) {
            groups.entry(account.cluster).or_default().add(task);
        }
    }
    let mut delays: Vec<GroupDelay> = groups
        .into_iter()
        .map(|(cluster, group)| {
            let (accounts, population) = members[&cluster];
            let population = truth.populations()[population as usize].clone();
            group.delay(truth.cluster_name(cluster).into(), population, accounts)
        })
        .collect();
    delays.sort_by_key(|delay| std::cmp::Reverse((delay.tokens_before, delay.accounts_before)));
    let mut detected = Clustered::<2>::default();
    for (number, delay) in (0..).zip(&delays) {
        detected.add(number, [f64::from(u8::from(delay.detected)), 1.0]);
    }
    let over = |of: fn(&GroupDelay) -> u64| delays.iter().map(of);
    Delays {
        groups_detected: Share::of(&detected),
        median_accounts_before: median(over(|one| one.accounts_before).map(|n| n as f64).collect()),
        median_tokens_before: median(over(|one| one.tokens_before).map(|n| n as f64).collect()),
        worst_accounts_before: over(|one| one.accounts_before).max().unwrap_or(0),
        worst_tokens_before: over(|one| one.tokens_before).max().unwrap_or(0),
        groups: delays,
    }
}

impl Group {
    /// Tasks come in the order of asking.
    fn add(&mut self, task: &AnsweredTask) {
        let completed = task.completed_at.micros();
        self.asking.insert(task.account);
        self.first_asked.get_or_insert(completed);
        if self.revoked.is_some() {
            return;
        }
        match task.online {
            Answer::Revoked => self.revoked = Some(completed),
            Answer::Allowed => {
                self.allowed.insert(task.account);
                self.tokens += task.tokens;
            }
            _ => {}
        }
    }

    fn delay(self, group: String, population: String, accounts: u64) -> GroupDelay {
        let hours = self.first_asked.zip(self.revoked);
        GroupDelay {
            group,
            population,
            accounts,
            accounts_asking: self.asking.len() as u64,
            detected: self.revoked.is_some(),
            accounts_before: self.allowed.len() as u64,
            tokens_before: self.tokens,
            hours: hours.map(|(first, revoked)| (revoked - first) as f64 / MICROS_AN_HOUR),
        }
    }
}
