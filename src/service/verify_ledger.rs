//! Verification of the ledger: every adjustment row is what its entry says and follows from the one
//! before, each corrects a verdict that there is, at most one a verdict is live, and no book takes back
//! more than was granted.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    codec::{Stored, entry},
    refusal::Refusal,
    settlement::columns,
};
use crate::{
    domain::{
        adjustment::{AdjustmentChange, AdjustmentKind, AdjustmentState, GrantVoid},
        appeal::{Appeal, AppealDecision},
        case_work::{CaseClaim, CaseNote, CaseSnooze},
        disposition::{Disposition, DispositionEnd},
        fuse::FuseChange,
        ledger::{Book, benefit},
        person::{PersonChange, RevisionAuthor},
        verdict::Decision,
    },
    journal::{Reader, StoredAdjustment, StoredEntry, StoredVerdict},
};

/// Rows read at once.
const ROWS_A_PAGE: usize = 1000;

/// An account in a campaign.
type Holder = (String, String);

/// The ledger as rows and entries say it, while it is checked.
#[derive(Default)]
pub(super) struct LedgerCheck {
    /// Sequence numbers of the changes that entries tell of.
    changes: BTreeSet<u64>,
    /// The latest change of every adjustment, as rows say it.
    latest: BTreeMap<u64, AdjustmentChange>,
    by_verdict: BTreeMap<u64, Vec<u64>>,
    voided: BTreeSet<u64>,
    /// Books of those for whom anything was corrected.
    books: BTreeMap<Holder, Book>,
    faults: Vec<String>,
}

impl LedgerCheck {
    /// Reads entries and rows, checking them as they come.
    pub(super) fn read(reader: &Reader) -> Result<Self, Refusal> {
        let mut check = LedgerCheck::default();
        reader.for_each_entry(0, |stored| {
            if let Err(problem) = check.take_entry(&stored) {
                check
                    .faults
                    .push(format!("entry {}: {problem}", stored.seq));
            }
            std::ops::ControlFlow::Continue(())
        })?;
        let mut after = 0;
        loop {
            let page = reader.adjustments(entry::ADJUSTMENT, after, ROWS_A_PAGE)?;
            let Some(last) = page.last() else { break };
            after = last.sequence;
            for row in &page {
                check.changes.remove(&row.sequence);
                if let Err(problem) = check.take_row(row) {
                    check
                        .faults
                        .push(format!("adjustment row {}: {problem}", row.sequence));
                }
            }
        }
        for missing in std::mem::take(&mut check.changes) {
            check
                .faults
                .push(format!("adjustment row {missing} is missing"));
        }
        check.find_several_live();
        Ok(check)
    }

    fn take_entry(&mut self, stored: &StoredEntry) -> Result<(), String> {
        if stored.erased {
            return Ok(());
        }
        let record = &stored.record;
        let readable = match stored.kind {
            entry::ADJUSTMENT => {
                self.changes.insert(stored.seq);
                AdjustmentChange::decode(record).map(|_| ())
            }
            entry::GRANT_VOID => GrantVoid::decode(record).map(|void| {
                self.voided.insert(void.verdict);
            }),
            entry::DISPOSITION => Disposition::decode(record).map(|_| ()),
            entry::DISPOSITION_END => DispositionEnd::decode(record).map(|_| ()),
            entry::APPEAL => Appeal::decode(record).map(|_| ()),
            entry::APPEAL_DECISION => AppealDecision::decode(record).map(|_| ()),
            entry::CASE_CLAIM => CaseClaim::decode(record).map(|_| ()),
            entry::CASE_SNOOZE => CaseSnooze::decode(record).map(|_| ()),
            entry::CASE_NOTE => CaseNote::decode(record).map(|_| ()),
            entry::FUSE => FuseChange::decode(record).map(|_| ()),
            entry::PERSON => PersonChange::decode(record).map(|_| ()),
            entry::REVISION_AUTHOR => RevisionAuthor::decode(record).map(|_| ()),
            _ => Ok(()),
        };
        readable.map_err(|error| error.to_string())
    }

    fn take_row(&mut self, row: &StoredAdjustment) -> Result<(), String> {
        if row.record.is_empty() {
            return Err("is forged: there is no entry of it".into());
        }
        let change = AdjustmentChange::decode(&row.record).map_err(|error| error.to_string())?;
        check_row(row, &change)?;
        match self.latest.get(&change.adjustment) {
            None => {
                if change.adjustment != row.sequence || change.state != AdjustmentState::Proposed {
                    return Err("does not begin as a proposal".into());
                }
                let of_verdict = self.by_verdict.entry(change.verdict).or_default();
                of_verdict.push(change.adjustment);
            }
            Some(before) => {
                if !before.state.may_become(change.state) {
                    return Err(format!("{:?} became {:?}", before.state, change.state));
                }
                let of = |one: &AdjustmentChange| {
                    (one.verdict, one.kind, one.tokens, one.token_basis_points)
                };
                if of(before) != of(&change) {
                    return Err("changed what it corrects, or by how much".into());
                }
            }
        }
        self.latest.insert(change.adjustment, change);
        Ok(())
    }

    fn find_several_live(&mut self) {
        for (verdict, adjustments) in &self.by_verdict {
            let live = adjustments
                .iter()
                .filter_map(|number| self.latest.get(number))
                .filter(|change| change.state.is_live());
            if live.count() > 1 {
                self.faults
                    .push(format!("verdict {verdict} has several live adjustments"));
            }
        }
    }

    /// Takes in a verdict, with what corrects it.
    pub(super) fn take_verdict(&mut self, stored: &StoredVerdict) {
        let adjustments = self.by_verdict.remove(&stored.seq).unwrap_or_default();
        let voided = self.voided.remove(&stored.seq);
        let holder = (stored.campaign_id.clone(), stored.account_id.clone());
        let granted = stored.decision == Decision::Allow.number();
        let given = benefit(stored.tokens, stored.rate_basis_points.min(10_000));
        if !voided && adjustments.is_empty() {
            return;
        }
        let book = self.books.entry(holder).or_default();
        if granted {
            book.grant(given);
        }
        if voided {
            book.void(given);
            if !granted {
                let fault = format!("verdict {} is void and granted nothing", stored.seq);
                self.faults.push(fault);
            }
        }
        for number in adjustments {
            let Some(change) = self.latest.get(&number) else {
                continue;
            };
            let right = match change.kind {
                AdjustmentKind::Recovery => granted && change.token_basis_points == given,
                AdjustmentKind::Restoration => {
                    let restored = benefit(stored.tokens, change.rate_basis_points);
                    !granted && change.token_basis_points == restored
                }
            };
            if !right || change.tokens != stored.tokens {
                let (kind, verdict) = (change.kind, stored.seq);
                let fault = format!("adjustment {number}: no {kind:?} of verdict {verdict}");
                self.faults.push(fault);
            }
        }
    }

    /// Adds the rows of adjustments to the books, as people query them, and answers all faults.
    pub(super) fn finish(mut self, reader: &Reader) -> Result<Vec<String>, Refusal> {
        for (verdict, adjustments) in &self.by_verdict {
            for number in adjustments {
                let fault = format!("adjustment {number} corrects verdict {verdict}, which is not");
                self.faults.push(fault);
            }
        }
        let mut states: BTreeMap<u64, StoredAdjustment> = BTreeMap::new();
        let mut after = 0;
        loop {
            let page = reader.adjustments(entry::ADJUSTMENT, after, ROWS_A_PAGE)?;
            let Some(last) = page.last() else { break };
            after = last.sequence;
            states.extend(page.into_iter().map(|row| (row.adjustment, row)));
        }
        for row in states.values() {
            let kind = AdjustmentKind::numbered(row.kind);
            let state = AdjustmentState::numbered(row.state);
            let (Some(kind), Some(state)) = (kind, state) else {
                continue;
            };
            let holder = (row.campaign_id.clone(), row.account_id.clone());
            let book = self.books.entry(holder).or_default();
            let _from_nothing = book.adjust(kind, None, state, row.token_basis_points);
        }
        for ((campaign, account), book) in &self.books {
            if !book.is_balanced() || book.benefit().is_none() {
                let fault =
                    format!("the book of {account} in {campaign} does not balance: {book:?}");
                self.faults.push(fault);
            }
        }
        Ok(self.faults)
    }
}

fn check_row(row: &StoredAdjustment, change: &AdjustmentChange) -> Result<(), String> {
    let says = columns(change);
    let equal = [
        ("adjustment_id", row.adjustment == says.adjustment),
        ("kind", row.kind == says.kind),
        ("state", row.state == says.state),
        ("verdict_seq", row.verdict_seq == says.verdict_seq),
        ("campaign_id", row.campaign_id == says.campaign_id),
        ("account_id", row.account_id == says.account_id),
        ("task_id", row.task_id == says.task_id),
        ("tokens", row.tokens == says.tokens),
        (
            "rate_basis_points",
            row.rate_basis_points == says.rate_basis_points,
        ),
        (
            "token_basis_points",
            row.token_basis_points == says.token_basis_points,
        ),
        ("changed_at_us", row.changed_at_us == says.changed_at_us),
    ];
    match equal.iter().find(|(_, equal)| !equal) {
        Some((column, _)) => Err(format!("its column {column} is not what its entry says")),
        None => Ok(()),
    }
}
