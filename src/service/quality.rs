//! How right refusals proved: what people decided of accounts, beside what the service had said of them.
//! People look where something speaks up; only what they found of the audit sample tells how it is with
//! everybody.

use std::cmp::Reverse;

use super::{
    audit_sample::Said,
    engine::Engine,
    labels::{Label, Labels},
};
use crate::domain::{
    interval::wilson,
    linked::LinkedBlame,
    reason::ReasonCode,
    verdict::{Decision, VerdictRecord},
};

/// Accounts labelled last that are searched for those of the audit sample.
pub const LABELS_AT_MOST: usize = 200_000;
/// Accounts labelled last that are looked at.
pub const LABELLED_AT_MOST: usize = 5000;
/// Bins of the probability.
pub const BINS: usize = 10;
/// Labelled accounts of the audit sample that are looked at.
pub const SAMPLED_AT_MOST: usize = 20_000;
/// Verdicts looked at of one account, the latest.
const VERDICTS_LOOKED_AT: usize = 16;

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

    /// The share and its 95 % interval; `None` without any.
    pub fn interval(self) -> Option<(f64, f64, f64)> {
        if self.whole == 0 {
            return None;
        }
        let (part, whole) = (self.part as f64, self.whole as f64);
        let (low, high) = wilson(part, whole);
        Some((part / whole, low, high))
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

/// What people found of the audit sample. An account that two campaigns drew counts in each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SampleQuality {
    /// Of drawn accounts that the service revoked: those found to be abuse.
    pub precision: Share,
    /// Of drawn accounts found to be abuse: those that the service had not revoked.
    pub missed: Share,
    /// Of drawn accounts: those found to be abuse.
    pub prevalence: Share,
}

impl SampleQuality {
    fn add(&mut self, said: Said, abuse: bool) {
        self.prevalence.add(abuse);
        if said == Said::Revoked {
            self.precision.add(abuse);
        }
        if abuse {
            self.missed.add(said != Said::Revoked);
        }
    }
}

impl Engine {
    /// What people found of accounts, the last labelled first.
    pub fn labels(&self) -> Vec<(u32, Label)> {
        let mut labels = Labels::default();
        for (number, decided) in self.people.after(0) {
            let undone = decided.end.as_ref().is_some_and(|end| end.undone.is_some());
            labels.dispose(number, &decided.disposition, undone);
        }
        for (number, heard) in self.appeals.after(0) {
            if let Some(decision) = &heard.decision {
                labels.hear(number, &heard.appeal, decision);
            }
        }
        let known = |(id, label): (String, Label)| Some((self.graph.find_account(&id)?, label));
        let mut labels: Vec<(u32, Label)> = labels.into_accounts().filter_map(known).collect();
        labels.sort_unstable_by_key(|(account, label)| Reverse((label.number, *account)));
        labels.truncate(LABELS_AT_MOST);
        labels
    }

    /// Counts one labelled account.
    pub fn count_label(&self, account: u32, abuse: bool, quality: &mut Quality) {
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

    /// Counts one labelled account of the audit sample: what people found against what the service had said
    /// last before anybody decided about it. One that had not asked by then says nothing of the service.
    pub fn count_sampled(&self, account: u32, label: &Label, quality: &mut SampleQuality) {
        let held = &self.ledger.held;
        for one in held.of(account) {
            if self.is_drawn(held.campaign(one.campaign), account)
                && let Some(record) = self.last_before(account, one.campaign, label)
            {
                quality.add(Said::of(&record), label.abuse);
            }
        }
    }

    /// The account's last verdict in a campaign before people decided about it.
    fn last_before(&self, account: u32, campaign: u16, label: &Label) -> Option<VerdictRecord> {
        let verdicts = self.ledger.held.list(account, campaign);
        let mut verdicts: Vec<u64> = verdicts.map(|held| held.verdict).collect();
        verdicts.sort_unstable();
        let record = |number: u64| self.verdicts.get(number, &self.reader).ok().flatten();
        // Times rise with numbers; an erased record tells none and counts as later.
        let before = verdicts.partition_point(|number| {
            record(*number).is_some_and(|record| record.seen.now <= label.first_decided_at)
        });
        before
            .checked_sub(1)
            .and_then(|last| record(verdicts[last]))
    }

    /// Whether a verdict of the account was a revocation that no person's decision made.
    fn was_revoked_by_rule(&self, account: u32) -> bool {
        let held = &self.ledger.held;
        let mut refused = held.of(account).iter().flat_map(|one| {
            let latest = held.list(account, one.campaign).take(VERDICTS_LOOKED_AT);
            latest.filter(|verdict| !verdict.granted())
        });
        refused.any(|verdict| {
            let record = self.verdicts.get(verdict.verdict, &self.reader);
            record.ok().flatten().is_some_and(|record| {
                let reason = record.outcome.reasons.first().map(|reason| reason.code);
                let elsewhere = matches!(record.seen.people.same_user, LinkedBlame::Abusive(_));
                let by_rule = |code: ReasonCode| {
                    !code.is_of_people() || (elsewhere && code == ReasonCode::SameUserDisqualified)
                };
                record.outcome.decision == Decision::Revoke && reason.is_some_and(by_rule)
            })
        })
    }
}
