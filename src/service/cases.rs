//! Cases: what waits for a person. They are derived from what is open, so that nothing has to be closed.

use std::collections::BTreeSet;

use super::engine::Engine;
use crate::domain::{
    adjustment::{AdjustmentKind, AdjustmentState},
    clock::Timestamp,
};

/// Accounts kept with a suspicious score; further ones wait until some are gone.
pub const SUSPICIOUS_AT_MOST: usize = 100_000;

/// Why a case is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CaseKind {
    /// A user appeals.
    Appeal,
    /// Billing refused an adjustment.
    RefusedAdjustment,
    /// A recovery waits for a person's confirmation.
    UnconfirmedRecovery,
    /// Overturned evidence speaks against the account again.
    OverturnedEvidence,
    /// The score is suspicious, and not high enough to revoke.
    MiddleScore,
}

/// Something that waits for a person.
#[derive(Clone, Debug)]
pub struct Case {
    /// Why.
    pub kind: CaseKind,
    /// The account it began with.
    pub account_id: String,
    /// The appeal or the adjustment.
    pub number: u64,
    /// Its clock, where it has one.
    pub decide_by: Option<Timestamp>,
    /// What is at stake, token basis points.
    pub token_basis_points: u64,
}

/// Accounts that a standing's examination found worth a look.
#[derive(Default)]
pub struct Suspicious {
    pub(super) overturned: BTreeSet<u32>,
    pub(super) middle: BTreeSet<u32>,
}

impl Suspicious {
    /// Notes what an examination found of an account.
    pub(super) fn note(&mut self, account: u32, overturned: bool, middle: bool) {
        for (set, is) in [
            (&mut self.overturned, overturned),
            (&mut self.middle, middle),
        ] {
            if !is {
                set.remove(&account);
            } else if set.len() < SUSPICIOUS_AT_MOST {
                set.insert(account);
            }
        }
    }
}

impl Engine {
    /// The cases from a place on, the most pressing first, and whether there are more behind so many
    /// places. What concerns one user in one way is one case of a page.
    pub fn cases(&self, from: usize, most: usize) -> (Vec<Case>, bool) {
        let all = self.appeal_cases().chain(self.adjustment_cases());
        let all = all.chain(self.score_cases()).skip(from);
        let mut page: Vec<Case> = all.take(most.saturating_add(1)).collect();
        let more = page.len() > most;
        page.truncate(most);
        let mut seen = BTreeSet::new();
        page.retain(|case| {
            let account = self.graph.find_account(&case.account_id);
            let user = account.map(|account| self.same_user.leader(&self.graph, account));
            case.kind == CaseKind::Appeal || seen.insert((case.kind, user))
        });
        (page, more)
    }

    fn appeal_cases(&self) -> impl Iterator<Item = Case> + '_ {
        self.appeals.open().map(|(number, heard)| Case {
            kind: CaseKind::Appeal,
            account_id: heard.appeal.account_id.clone(),
            number,
            decide_by: Some(heard.appeal.decide_by),
            token_basis_points: 0,
        })
    }

    fn adjustment_cases(&self) -> impl Iterator<Item = Case> + '_ {
        self.ledger.adjustments.waiting().map(|latest| {
            let change = &latest.change;
            let refused = change.state == AdjustmentState::Refused;
            Case {
                kind: if refused || change.kind == AdjustmentKind::Restoration {
                    CaseKind::RefusedAdjustment
                } else {
                    CaseKind::UnconfirmedRecovery
                },
                account_id: change.account_id.clone(),
                number: change.adjustment,
                decide_by: None,
                token_basis_points: change.token_basis_points,
            }
        })
    }

    fn score_cases(&self) -> impl Iterator<Item = Case> + '_ {
        let of = |kind| {
            move |account: &u32| Case {
                kind,
                account_id: self.graph.account(*account).id.to_string(),
                number: 0,
                decide_by: None,
                token_basis_points: u64::try_from(self.standing_grants(*account).1)
                    .unwrap_or(u64::MAX),
            }
        };
        let suspicious = &self.ledger.suspicious;
        let overturned = suspicious.overturned.iter();
        let middle = suspicious.middle.iter();
        overturned
            .map(of(CaseKind::OverturnedEvidence))
            .chain(middle.map(of(CaseKind::MiddleScore)))
    }
}
