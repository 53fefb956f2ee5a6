//! What was granted, refused and corrected by hour: counted from the ledger, by who asks for it, so that
//! verdicts cost nothing more. What is counted once is kept.

use std::collections::BTreeMap;

use super::{
    codec::{Stored, entry},
    refusal::Refusal,
};
use crate::{
    domain::{
        adjustment::{AdjustmentKind, AdjustmentState},
        clock::Timestamp,
        ledger::benefit,
        reason::ReasonCode,
        verdict::{Decision, VerdictRecord},
    },
    journal::{Reader, StoredAdjustment, StoredVerdict},
};

/// Hours that are counted: a week.
pub const HOURS_AT_MOST: i64 = 168;
/// Rows of the ledger counted in one go.
const ROWS_A_GO: usize = 100_000;
const ROWS_A_READ: usize = 1000;
const MICROS_AN_HOUR: i64 = 3_600_000_000;

/// One hour.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hour {
    /// Verdicts that granted.
    pub grants: u64,
    /// Verdicts that refused without blame.
    pub denials: u64,
    /// Verdicts that refused with blame.
    pub revocations: u64,
    /// Granted, token basis points.
    pub granted: u128,
    /// Recoveries that opened.
    pub recoveries: u64,
    /// Restorations that opened.
    pub restorations: u64,
    /// What the recoveries move.
    pub recovered: u128,
    /// What the restorations move.
    pub restored: u128,
    /// The first reason of each refusal.
    pub reasons: BTreeMap<ReasonCode, u64>,
}

/// What is counted by now.
#[derive(Default)]
pub struct Overview {
    hours: BTreeMap<i64, Hour>,
    /// The last verdict and the last change of an adjustment that are counted.
    counted: Option<(u64, u64)>,
}

impl Overview {
    /// Counts what came since the last time; answers whether that is all. Takes a while: not on a thread
    /// that serves.
    ///
    /// # Errors
    /// The store can't be read, or is damaged.
    pub fn catch_up(&mut self, reader: &Reader, now: Timestamp) -> Result<bool, Refusal> {
        let begins = Self::hour(now) - HOURS_AT_MOST + 1;
        self.hours = self.hours.split_off(&begins);
        let from = begins * MICROS_AN_HOUR;
        let (mut verdicts, mut changes) = match self.counted {
            Some(counted) => counted,
            None => (first_verdict(reader, from)?, first_change(reader, from)?),
        };
        for _ in 0..ROWS_A_GO / ROWS_A_READ {
            let rows = reader.verdicts(verdicts, ROWS_A_READ)?;
            let moved = reader.adjustments(entry::ADJUSTMENT, changes, ROWS_A_READ)?;
            let is_last = rows.len() < ROWS_A_READ && moved.len() < ROWS_A_READ;
            for row in rows {
                verdicts = row.seq;
                self.count_verdict(&row)?;
            }
            for row in moved {
                changes = row.sequence;
                self.count_change(&row);
            }
            self.counted = Some((verdicts, changes));
            if is_last {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The last so many hours, the oldest first: when each began, and what it had.
    pub fn hours(&self, now: Timestamp, count: i64) -> Vec<(Timestamp, Hour)> {
        let last = Self::hour(now);
        let hours = last - count.clamp(1, HOURS_AT_MOST) + 1..=last;
        let begins = |hour: i64| Timestamp::from_micros(hour * MICROS_AN_HOUR);
        hours
            .map(|hour| {
                (
                    begins(hour),
                    self.hours.get(&hour).cloned().unwrap_or_default(),
                )
            })
            .collect()
    }

    fn hour(at: Timestamp) -> i64 {
        at.micros().div_euclid(MICROS_AN_HOUR)
    }

    fn at(&mut self, micros: i64) -> &mut Hour {
        let hour = micros.div_euclid(MICROS_AN_HOUR);
        self.hours.entry(hour).or_default()
    }

    fn count_verdict(&mut self, row: &StoredVerdict) -> Result<(), Refusal> {
        let hour = self.at(row.decided_at_us);
        match Decision::numbered(row.decision) {
            Some(Decision::Allow) => {
                hour.grants += 1;
                hour.granted += u128::from(benefit(row.tokens, row.rate_basis_points));
                return Ok(());
            }
            Some(Decision::Deny) => hour.denials += 1,
            Some(Decision::Revoke) => hour.revocations += 1,
            None => return Ok(()),
        }
        if !row.erased {
            let outcome = VerdictRecord::decode(&row.record)?.outcome;
            if let Some(reason) = outcome.reasons.first() {
                *hour.reasons.entry(reason.code).or_default() += 1;
            }
        }
        Ok(())
    }

    fn count_change(&mut self, row: &StoredAdjustment) {
        if AdjustmentState::numbered(row.state) != Some(AdjustmentState::Open) {
            return;
        }
        let moved = u128::from(row.token_basis_points);
        let hour = self.at(row.changed_at_us);
        match AdjustmentKind::numbered(row.kind) {
            Some(AdjustmentKind::Recovery) => {
                hour.recoveries += 1;
                hour.recovered += moved;
            }
            Some(AdjustmentKind::Restoration) => {
                hour.restorations += 1;
                hour.restored += moved;
            }
            None => {}
        }
    }
}

/// The last verdict before an instant: times rise with numbers, so that halving finds it.
fn first_verdict(reader: &Reader, from_us: i64) -> Result<u64, Refusal> {
    let last = reader.positions()?.verdicts;
    halve(last, |after| {
        let next = reader.verdicts(after, 1)?.pop();
        Ok(next.is_none_or(|next| next.decided_at_us >= from_us))
    })
}

/// The same of changes of adjustments, whose numbers have gaps.
fn first_change(reader: &Reader, from_us: i64) -> Result<u64, Refusal> {
    let last = reader.positions()?.entries;
    halve(last, |after| {
        let next = reader.adjustments(entry::ADJUSTMENT, after, 1)?.pop();
        Ok(next.is_none_or(|next| next.changed_at_us >= from_us))
    })
}

/// The smallest number up to `last` for which `holds`; `last` where it holds for none below.
fn halve(last: u64, mut holds: impl FnMut(u64) -> Result<bool, Refusal>) -> Result<u64, Refusal> {
    let (mut low, mut high) = (0, last);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle)? {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Ok(low)
}
