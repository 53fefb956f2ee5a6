//! The obvious alternatives, run over the same events and asked the same questions at the same
//! moments: refuse an account once a device, or an address, has more accounts than so many; or give
//! one discount to everything that shared devices, phone numbers and addresses connect.

use std::{collections::HashMap, net::IpAddr};

use super::{
    answers::{AbuseScore, Answer, Answers},
    curve::Ranking,
    popularity::{Components, Popularity},
    rehearsal::CoveredTask,
    report::{Alternative, Report},
    truth::Truth,
};
use crate::edge::proto::v1;

/// A rule that refuses an account for how many share one of its identifiers.
struct Rule {
    kind: &'static str,
    /// What an operator might set without looking.
    usual_threshold: u32,
    popularity: fn(&Rivals) -> &Popularity,
    seen: fn(&Seen) -> u32,
}

/// A family on a device, an office floor on an address.
const RULES: [Rule; 2] = [
    Rule {
        kind: "device",
        usual_threshold: 3,
        popularity: |rivals| &rivals.devices,
        seen: |seen| seen.on_device,
    },
    Rule {
        kind: "address",
        usual_threshold: 10,
        popularity: |rivals| &rivals.addresses,
        seen: |seen| seen.on_address,
    },
];

/// The alternatives, fed together.
#[derive(Default)]
pub struct Rivals {
    accounts: HashMap<String, u32>,
    devices: Popularity,
    phones: Popularity,
    addresses: Popularity,
    without_addresses: Components,
    with_addresses: Components,
    asked: Vec<Seen>,
}

/// What the alternatives saw when a question was asked.
struct Seen {
    on_device: u32,
    on_address: u32,
    without_addresses: Answer,
    with_addresses: Answer,
}

impl Rivals {
    /// Takes an event in.
    pub fn observe(&mut self, event: &v1::Event) {
        let account = self.number(&event.account_id);
        if let Some(device) = &event.device
            && !device.device_id.is_empty()
        {
            let first = self.devices.link(account, &device.device_id);
            self.without_addresses.join(account, first);
            self.with_addresses.join(account, first);
        }
        if !event.phone_number.is_empty() {
            let first = self.phones.link(account, &event.phone_number);
            self.without_addresses.join(account, first);
            self.with_addresses.join(account, first);
        }
        if let Ok(address) = event.ip_address.parse() {
            let first = self.addresses.link(account, &subscriber(address));
            self.with_addresses.join(account, first);
        }
    }

    /// Asks them the question that is asked now.
    pub fn ask(&mut self, account_id: &str) {
        let account = self.number(account_id);
        self.asked.push(Seen {
            on_device: self.devices.most_shared(account),
            on_address: self.addresses.most_shared(account),
            without_addresses: self.without_addresses.ask(account),
            with_addresses: self.with_addresses.ask(account),
        });
    }

    fn number(&mut self, account_id: &str) -> u32 {
        if let Some(number) = self.accounts.get(account_id) {
            return *number;
        }
        let next = u32::try_from(self.accounts.len()).expect("fewer than 2^32 accounts");
        self.accounts.insert(account_id.into(), next);
        next
    }

    /// What each of them comes to.
    pub fn alternatives(mut self, truth: &Truth, covered: &[CoveredTask]) -> Vec<Alternative> {
        let mut found = Vec::new();
        for rule in RULES {
            let (kind, counts) = (rule.kind, self.counts(truth, &rule));
            for (threshold, how) in [
                (rule.usual_threshold, "common sense"),
                (best_threshold(truth, &counts), "best F1 in hindsight"),
            ] {
                let answers = self.counted(covered, &rule, threshold, &counts);
                found.push(Alternative {
                    name: format!("accounts per {kind}, more than {threshold} ({how})"),
                    rule: format!(
                        "REVOKE once one {kind} of the account has more than {threshold} accounts"
                    ),
                    report: Report::new(truth, &answers),
                });
            }
        }
        for (kinds, with_addresses) in [
            ("devices, phones", false),
            ("devices, phones, addresses", true),
        ] {
            let answers = self.connected(truth, covered, with_addresses);
            found.push(Alternative {
                name: format!("connected components over {kinds}"),
                rule: format!(
                    "everything that shared {kinds} connect is one user; its first account to ask has \
                     the discount"
                ),
                report: Report::new(truth, &answers),
            });
        }
        found
    }

    /// Accounts on the most shared identifier of each account, at the end.
    fn counts(&self, truth: &Truth, rule: &Rule) -> Vec<u32> {
        let popularity = (rule.popularity)(self);
        let count = |id: &str| {
            let number = self.accounts.get(id);
            number.map_or(0, |number| popularity.most_shared(*number))
        };
        truth.accounts().iter().map(|a| count(&a.id)).collect()
    }

    fn counted(
        &self,
        covered: &[CoveredTask],
        rule: &Rule,
        threshold: u32,
        counts: &[u32],
    ) -> Answers {
        let answer = |count: u32| {
            if count > threshold {
                Answer::Revoked
            } else {
                Answer::Allowed
            }
        };
        let tasks = covered.iter().map(|task| {
            let online = (rule.seen)(&self.asked[task.position]);
            let at_end = counts[task.account as usize];
            task.answered(answer(online), answer(at_end))
        });
        Answers {
            tasks: tasks.collect(),
            users: None,
            identifiers: None,
            scores: Some(counts.iter().map(|count| score(*count)).collect()),
            calibrated: false,
        }
    }

    fn connected(&mut self, truth: &Truth, covered: &[CoveredTask], addresses: bool) -> Answers {
        let components = if addresses {
            &mut self.with_addresses
        } else {
            &mut self.without_addresses
        };
        let accounts = &self.accounts;
        let mut component_of = |id: &str| accounts.get(id).map(|n| components.component(*n));
        let users: Vec<Option<u32>> = truth
            .accounts()
            .iter()
            .map(|a| component_of(&a.id))
            .collect();
        let mut sizes: HashMap<u32, u32> = HashMap::new();
        users
            .iter()
            .flatten()
            .for_each(|user| *sizes.entry(*user).or_default() += 1);
        let size = |user: &Option<u32>| user.map_or(0, |user| sizes[&user]);
        let tasks = covered.iter().map(|task| {
            let seen = &self.asked[task.position];
            let online = if addresses {
                seen.with_addresses
            } else {
                seen.without_addresses
            };
            let number = accounts.get(&truth.account(task.account).id);
            let at_end = number.map_or(online, |number| components.answer(*number));
            task.answered(online, at_end)
        });
        Answers {
            tasks: tasks.collect(),
            scores: Some(users.iter().map(|user| score(size(user))).collect()),
            users: Some(users),
            identifiers: None,
            calibrated: false,
        }
    }
}

fn score(count: u32) -> AbuseScore {
    AbuseScore {
        score: f64::from(count),
        scored: count > 0,
    }
}

/// The threshold that flags accounts with the best F1, abusive against honest: nobody could know it
/// beforehand.
fn best_threshold(truth: &Truth, counts: &[u32]) -> u32 {
    let accounts = truth.accounts().iter().zip(counts);
    let judged = accounts.filter(|(a, _)| a.label.is_honest() || a.label.is_abuse());
    let ranking =
        Ranking::new(judged.map(|(a, count)| (f64::from(*count), a.label.is_abuse(), a.cluster)));
    let best = ranking.curve().best_f1();
    best.map_or(0, |(flagged_from, _)| {
        (flagged_from as u32).saturating_sub(1)
    })
}

/// What an address is counted as: an IPv4 address, or the /64 of an IPv6 address.
fn subscriber(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("{:x}", u128::from(address) >> 64),
    }
}
