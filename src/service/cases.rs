//! Cases: what waits for a person, one a user. They are derived from what is open, so that nothing has to
//! be closed.

use std::collections::BTreeSet;

use super::{
    case_queue::{CaseKinds, Place, Waiting},
    desk::Work,
    engine::Engine,
    refusal::Refusal,
};
use crate::domain::{
    adjustment::{AdjustmentKind, AdjustmentState},
    clock::Timestamp,
};

/// Accounts kept with a suspicious score; further ones wait until some are gone.
pub const SUSPICIOUS_AT_MOST: usize = 100_000;
/// Verdicts of an account walked back to find since when it waits.
const VERDICTS_WALKED: usize = 256;

/// Why a case is open, the most pressing first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CaseKind {
    /// A user appeals.
    Appeal,
    /// Billing refused an adjustment.
    RefusedAdjustment,
    /// A recovery waits for a person's confirmation.
    UnconfirmedRecovery,
    /// A revocation waits for a person to decide of a fuse.
    HeldByFuse,
    /// Overturned evidence speaks against the account again.
    OverturnedEvidence,
    /// The score is suspicious, and not high enough to revoke.
    MiddleScore,
    /// Drawn at random, whatever the score: see [`super::audit_sample`].
    AuditSample,
}

impl CaseKind {
    /// All of them, the most pressing first.
    pub const ALL: [CaseKind; 7] = [
        CaseKind::Appeal,
        CaseKind::RefusedAdjustment,
        CaseKind::UnconfirmedRecovery,
        CaseKind::HeldByFuse,
        CaseKind::OverturnedEvidence,
        CaseKind::MiddleScore,
        CaseKind::AuditSample,
    ];
}

/// Where a case is in people's hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseState {
    /// Nobody's.
    Open,
    /// A person's.
    Claimed,
    /// Put aside for now.
    Snoozed,
}

/// All that waits for a person about one user.
#[derive(Clone, Debug)]
pub struct Case {
    /// The user's most senior account, which names the case.
    pub leader: u32,
    /// The account that has waited longest.
    pub account: u32,
    /// What waits.
    pub kinds: CaseKinds,
    /// The open appeal.
    pub appeal: Option<u64>,
    /// The first adjustment that waits.
    pub adjustment: Option<u64>,
    /// Its clock, where it has one.
    pub decide_by: Option<Timestamp>,
    /// What is at stake, token basis points.
    pub token_basis_points: u64,
    /// The highest abuse probability of the accounts that wait, millionths.
    pub probability_ppm: u32,
    /// Since when something waits.
    pub opened_at: Timestamp,
    /// What people did with it.
    pub work: Work,
}

impl Case {
    /// Where it is in people's hands.
    pub fn state(&self, now: Timestamp) -> CaseState {
        state(self.work.claim.is_some(), self.work.snoozed_until, now)
    }
}

fn state(is_claimed: bool, snoozed_until: Option<Timestamp>, now: Timestamp) -> CaseState {
    match snoozed_until {
        Some(until) if until > now => CaseState::Snoozed,
        _ if is_claimed => CaseState::Claimed,
        _ => CaseState::Open,
    }
}

/// Which cases are wanted.
#[derive(Clone, Debug, Default)]
pub struct CaseFilter {
    /// Only cases in which this waits.
    pub kind: Option<CaseKind>,
    /// Only this person's; empty for anybody's.
    pub claimed_by: String,
    /// Only these; `None`: all but snoozed ones.
    pub state: Option<CaseState>,
    /// Only those with an account whose id holds this.
    pub text: String,
}

/// What comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseOrder {
    /// What has a clock first, by its deadline; then by tokens.
    Pressing,
    /// The most recoverable tokens.
    Tokens,
    /// The highest probability.
    Confidence,
    /// The one that waits longest.
    Age,
}

/// A page of the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CasePage {
    /// The cases, by their most senior accounts.
    pub leaders: Vec<u32>,
    /// Where the next page begins, unless the queue ended.
    pub next: Option<Place>,
    /// Cases looked at: the work that the page took.
    pub looked_at: usize,
}

/// Accounts that a standing's examination found worth a look.
#[derive(Default)]
pub struct Suspicious {
    overturned: BTreeSet<u32>,
    middle: BTreeSet<u32>,
    drawn: BTreeSet<u32>,
}

/// What an examination found of an account.
pub(super) struct Suspicion {
    /// What was overturned speaks against it again.
    pub overturned: bool,
    /// Its score is suspicious, and not high enough to revoke.
    pub middle: bool,
    /// It waits as one of the audit sample.
    pub drawn: bool,
}

impl Suspicious {
    /// Accounts of the audit sample that nobody has looked at.
    pub fn drawn(&self) -> usize {
        self.drawn.len()
    }

    /// Notes what an examination found of an account; answers whether it is, or was, worth a look.
    pub(super) fn note(&mut self, account: u32, found: &Suspicion) -> bool {
        let mut matters = false;
        for (set, is) in [
            (&mut self.overturned, found.overturned),
            (&mut self.middle, found.middle),
            (&mut self.drawn, found.drawn),
        ] {
            if !is {
                matters |= set.remove(&account);
            } else if set.len() < SUSPICIOUS_AT_MOST {
                set.insert(account);
                matters = true;
            }
        }
        matters
    }
}

impl Engine {
    /// Cases that wait.
    pub fn case_count(&self) -> usize {
        self.case_queue.len()
    }

    /// A page of the queue: at most so many cases, from a place on. Looks at a bounded number of cases,
    /// whatever the filter.
    pub fn list_cases(
        &self,
        filter: &CaseFilter,
        order: CaseOrder,
        after: Option<Place>,
        most: usize,
    ) -> CasePage {
        let now = self.now();
        let text = filter.text.to_lowercase();
        let names = |account: &u32| {
            let id = &self.graph.account(*account).id;
            id.to_lowercase().contains(&text)
        };
        self.case_queue.page(order, after, most, |leader, queued| {
            let state = state(queued.claimed_by.is_some(), queued.snoozed_until, now);
            let in_state = match filter.state {
                Some(wanted) => state == wanted,
                None => state != CaseState::Snoozed,
            };
            let claimed_by = queued.claimed_by.as_deref().unwrap_or_default();
            in_state
                && (filter.claimed_by.is_empty() || claimed_by == filter.claimed_by)
                && filter.kind.is_none_or(|kind| queued.kinds.has(kind))
                && (text.is_empty() || queued.accounts.iter().chain([&leader]).any(names))
        })
    }

    /// The case of an account's user: who belongs to it by now, with what waited when each was last examined.
    pub fn case_of(&mut self, account: u32) -> Option<Case> {
        let leader = self.same_user.leader(&self.graph, account);
        for waiting in self.case_queue.accounts(leader) {
            if self.same_user.leader(&self.graph, waiting) != leader {
                self.requeue(waiting);
            }
        }
        self.requeue(account);
        let queued = self.case_queue.get(leader)?;
        let accounts = &queued.accounts;
        let of = |account: &u32| self.graph.account(*account).id.as_str();
        let appeal = accounts
            .iter()
            .find_map(|one| self.appeals.open_appeal_of(of(one)));
        let adjustment = accounts
            .iter()
            .find_map(|one| self.ledger.adjustments.waiting_of(of(one)).first().copied());
        Some(Case {
            leader,
            account: accounts.first().copied().unwrap_or(leader),
            kinds: queued.kinds,
            appeal: appeal.map(|(number, _)| number),
            adjustment,
            decide_by: queued.decide_by,
            token_basis_points: queued.token_basis_points,
            probability_ppm: queued.probability_ppm,
            opened_at: queued.opened_at,
            work: self.desk.of(self.accounts_worked_on(leader)),
        })
    }

    /// The most senior account of a case, and the accounts that people's work on it may stand on.
    pub(super) fn case_accounts(&mut self, account: u32) -> Result<(u32, Vec<u32>), Refusal> {
        let case = self.case_of(account).ok_or_else(|| Refusal::NotFound {
            what: "case",
            name: self.graph.account(account).id.to_string(),
        })?;
        Ok((case.leader, self.accounts_worked_on(case.leader)))
    }

    /// Notes what people's work on a user says.
    pub fn work_on_user(&self, account: u32) -> Work {
        let leader = self.same_user.leader(&self.graph, account);
        self.desk.of(self.accounts_worked_on(leader))
    }

    /// The accounts that people's work on a case may stand on: those that wait and the most senior one,
    /// each once.
    fn accounts_worked_on(&self, leader: u32) -> Vec<u32> {
        let mut accounts = self.case_queue.accounts(leader);
        if !accounts.contains(&leader) {
            accounts.push(leader);
        }
        accounts
    }

    /// Something that an account waits for, or what people did with its case, may have changed.
    pub(super) fn requeue(&mut self, account: u32) {
        let waits = self.waits(account) || self.case_queue.opened_at(account).is_some();
        if !waits && self.case_queue.get(account).is_none() {
            return;
        }
        let leader = self.same_user.leader(&self.graph, account);
        let waiting = self.waiting(account, leader);
        let changed = self.case_queue.set(account, waiting, leader);
        for leader in changed {
            let work = self.desk.of(self.accounts_worked_on(leader));
            self.case_queue
                .place(leader, work.claim, work.snoozed_until);
        }
    }

    fn waits(&self, account: u32) -> bool {
        let id = &self.graph.account(account).id;
        let suspicious = &self.ledger.suspicious;
        self.appeals.open_appeal_of(id).is_some()
            || !self.ledger.adjustments.waiting_of(id).is_empty()
            || suspicious.overturned.contains(&account)
            || suspicious.middle.contains(&account)
            || suspicious.drawn.contains(&account)
            || self.fuse.waits(account)
    }

    /// What waits about an account; `None`: nothing.
    fn waiting(&self, account: u32, leader: u32) -> Option<Waiting> {
        let facts = self.graph.account(account);
        let mut kinds = CaseKinds::default();
        let mut opened_at: Option<Timestamp> = None;
        let mut since =
            |at: Timestamp| opened_at = Some(opened_at.map_or(at, |known| known.min(at)));
        let mut token_basis_points = 0u64;
        let appeal = self.appeals.open_appeal_of(&facts.id);
        if let Some((_, heard)) = appeal {
            kinds.add(CaseKind::Appeal);
            since(heard.appeal.opened_at);
        }
        for number in self.ledger.adjustments.waiting_of(&facts.id) {
            let Some(latest) = self.ledger.adjustments.get(*number) else {
                continue;
            };
            let change = &latest.change;
            let refused = change.state == AdjustmentState::Refused
                || change.kind == AdjustmentKind::Restoration;
            kinds.add(if refused {
                CaseKind::RefusedAdjustment
            } else {
                CaseKind::UnconfirmedRecovery
            });
            since(change.changed_at);
            token_basis_points = token_basis_points.saturating_add(change.token_basis_points);
        }
        let suspicious = &self.ledger.suspicious;
        let overturned = suspicious.overturned.contains(&account);
        let middle = suspicious.middle.contains(&account);
        if overturned {
            kinds.add(CaseKind::OverturnedEvidence);
        }
        if middle {
            kinds.add(CaseKind::MiddleScore);
        }
        let drawn = suspicious.drawn.contains(&account);
        if drawn {
            kinds.add(CaseKind::AuditSample);
        }
        let held = self.fuse.waits(account);
        if held {
            kinds.add(CaseKind::HeldByFuse);
        }
        if overturned || middle || drawn || held {
            since(self.at_stake_since(account));
            let (_, standing) = self.standing_grants(account);
            let standing = u64::try_from(standing).unwrap_or(u64::MAX);
            token_basis_points = token_basis_points.saturating_add(standing);
        }
        opened_at.map(|opened_at| Waiting {
            leader,
            kinds,
            token_basis_points,
            probability_ppm: self.score(account).probability_ppm,
            opened_at,
            decide_by: appeal.map(|(_, heard)| heard.appeal.decide_by),
        })
    }

    /// The first verdict at stake, of the last [`VERDICTS_WALKED`]. It is looked up once an account: as
    /// long as it waits, it waits since then.
    fn at_stake_since(&self, account: u32) -> Timestamp {
        if let Some(known) = self.case_queue.opened_at(account) {
            return known;
        }
        let held = &self.ledger.held;
        let campaigns = held.of(account).iter();
        let first = campaigns
            .filter_map(|one| {
                let list = held.list(account, one.campaign).take(VERDICTS_WALKED);
                list.map(|verdict| verdict.verdict).min()
            })
            .min();
        let verdict = first.and_then(|first| self.verdicts.get(first, &self.reader).ok().flatten());
        verdict.map_or_else(|| self.now(), |record| record.seen.now)
    }
}
