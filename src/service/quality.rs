//! How right refusals proved: what people decided of accounts, beside what the service had said of them.
//! No random sample: people look where something speaks up.

use std::collections::BTreeMap;

use super::engine::Engine;
use crate::domain::{disposition::Action, verdict::Decision};

/// Accounts labelled last that are looked at.
pub const LABELLED_AT_MOST: usize = 5000;
/// Bins of the probability.
pub const BINS: usize = 10;
/// Verdicts looked at of one account, the latest.
const VERDICTS_LOOKED_AT: usize = 16;
/// The 97.5th percentile of the normal distribution: a two-sided interval of 95 %.
const Z: f64 = 1.959_963_984_540_054;

/// A part of a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// The part.
    pub part: u64,
    /// The whole.
    pub whole: u64,
}

impl Share {
    /// Adds one to the whole, and where it is one to the part.
    pub fn add(&mut self, is_part: bool) {
        self.part += u64::from(is_part);
        self.whole += 1;
    }

    /// The share and its 95 % interval after Wilson (1927), which holds for few and for shares near 0 or 1;
    /// `None` without any.
    pub fn interval(self) -> Option<(f64, f64, f64)> {
        if self.whole == 0 {
            return None;
        }
        let whole = self.whole as f64;
        let share = self.part as f64 / whole;
        let spread = Z * Z / whole;
        let centre = (share + spread / 2.0) / (1.0 + spread);
        let half =
            Z / (1.0 + spread) * (share * (1.0 - share) / whole + spread / (4.0 * whole)).sqrt();
        Some((share, (centre - half).max(0.0), (centre + half).min(1.0)))
    }
}

/// One bin of the probability.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bin {
    /// Found to be abuse.
    pub abuse: Share,
    /// The sum of the probabilities.
    pub probabilities: f64,
}

/// What was counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Quality {
    /// Of accounts revoked by rules on which people decided: those found to be abuse.
    pub precision: Share,
    /// Of accounts that people decided, by the probability they have now.
    pub bins: [Bin; BINS],
    /// Accounts looked at.
    pub labelled: u64,
}

impl Engine {
    /// What people found of accounts: (account, whether it is abuse), of those labelled last.
    pub fn labels(&self) -> Vec<(u32, bool)> {
        let mut latest: BTreeMap<u32, (u64, bool)> = BTreeMap::new();
        let mut label = |id: &str, number: u64, abuse: bool| {
            if let Some(account) = self.graph.find_account(id) {
                let known = latest.entry(account).or_insert((number, abuse));
                if number >= known.0 {
                    *known = (number, abuse);
                }
            }
        };
        for (number, decided) in self.people.after(0) {
            let undone = decided.end.as_ref().is_some_and(|end| end.undone.is_some());
            let abuse = match decided.disposition.action {
                Action::Disqualify => true,
                Action::Clear { .. } => false,
                _ => continue,
            };
            if !undone {
                let accounts = decided.disposition.accounts.iter();
                accounts.for_each(|id| label(id, number, abuse));
            }
        }
        for (number, heard) in self.appeals.after(0) {
            if heard
                .decision
                .as_ref()
                .is_some_and(|decision| !decision.granted)
            {
                label(&heard.appeal.account_id, number, true);
            }
        }
        let mut labels: Vec<(u64, u32, bool)> = latest
            .into_iter()
            .map(|(account, (number, abuse))| (number, account, abuse))
            .collect();
        labels.sort_unstable_by(|one, other| other.cmp(one));
        labels.truncate(LABELLED_AT_MOST);
        let labels = labels.into_iter();
        labels.map(|(_, account, abuse)| (account, abuse)).collect()
    }

    /// Counts one labelled account.
    pub fn count_label(&self, (account, abuse): (u32, bool), quality: &mut Quality) {
        quality.labelled += 1;
        if self.was_revoked_by_rule(account) {
            quality.precision.add(abuse);
        }
        let score = self.score(account);
        if score.scored {
            let bin = score.probability_ppm as usize * BINS / 1_000_001;
            let bin = &mut quality.bins[bin];
            bin.abuse.add(abuse);
            bin.probabilities += f64::from(score.probability_ppm) / 1_000_000.0;
        }
    }

    /// Whether a verdict of the account was a revocation that no person's decision made.
    fn was_revoked_by_rule(&self, account: u32) -> bool {
        let held = &self.ledger.held;
        let mut refused = held.of(account).iter().flat_map(|one| {
            let latest = held.list(account, one.campaign).take(VERDICTS_LOOKED_AT);
            latest.filter(|verdict| !verdict.granted)
        });
        refused.any(|verdict| {
            let record = self.verdicts.get(verdict.verdict, &self.reader);
            record.ok().flatten().is_some_and(|record| {
                let reason = record.outcome.reasons.first().map(|reason| reason.code);
                record.outcome.decision == Decision::Revoke
                    && reason.is_some_and(|code| !code.is_of_people())
            })
        })
    }
}
