//! The queue of cases in memory: what waits by account, summed up by user, in every order that people
//! read it in. An index: all of it is derived.

use std::{
    collections::BTreeSet,
    ops::Bound::{Excluded, Unbounded},
};

use hashbrown::HashMap;
use smallvec::SmallVec;

use super::cases::{CaseKind, CaseOrder, CasePage};
use crate::domain::clock::Timestamp;

/// Cases looked at for one page, whatever the filter.
pub const CASES_LOOKED_AT: usize = 4096;
/// Orders of the queue.
const ORDERS: usize = 4;

/// A place in one order of the queue: two ranks, then the case.
pub type Place = (i64, i64, u32);

/// A set of kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CaseKinds(u8);

impl CaseKinds {
    /// Adds one.
    pub fn add(&mut self, kind: CaseKind) {
        self.0 |= 1 << kind as u8;
    }

    /// Whether it is among them.
    pub fn has(self, kind: CaseKind) -> bool {
        self.0 & (1 << kind as u8) != 0
    }

    /// All of them, the most pressing first.
    pub fn iter(self) -> impl Iterator<Item = CaseKind> {
        CaseKind::ALL
            .into_iter()
            .filter(move |kind| self.has(*kind))
    }
}

/// What waits about one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Waiting {
    pub leader: u32,
    pub kinds: CaseKinds,
    pub token_basis_points: u64,
    pub probability_ppm: u32,
    pub opened_at: Timestamp,
    pub decide_by: Option<Timestamp>,
}

/// A case as the queue keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Queued {
    /// Accounts that wait, the longest first.
    pub accounts: SmallVec<[u32; 2]>,
    pub kinds: CaseKinds,
    pub token_basis_points: u64,
    pub probability_ppm: u32,
    pub opened_at: Timestamp,
    pub decide_by: Option<Timestamp>,
    pub claimed_by: Option<Box<str>>,
    pub snoozed_until: Option<Timestamp>,
}

impl Queued {
    fn places(&self, leader: u32) -> [Place; ORDERS] {
        let tokens = i64::try_from(self.token_basis_points).unwrap_or(i64::MAX);
        let deadline = self.decide_by.map_or(i64::MAX, Timestamp::micros);
        [
            (deadline, -tokens, leader),
            (-tokens, 0, leader),
            (-i64::from(self.probability_ppm), 0, leader),
            (self.opened_at.micros(), 0, leader),
        ]
    }
}

/// The queue.
#[derive(Default)]
pub(super) struct CaseQueue {
    waiting: HashMap<u32, Waiting>,
    cases: HashMap<u32, Queued>,
    orders: [BTreeSet<Place>; ORDERS],
}

impl CaseQueue {
    pub fn len(&self) -> usize {
        self.cases.len()
    }

    pub fn get(&self, leader: u32) -> Option<&Queued> {
        self.cases.get(&leader)
    }

    /// The accounts that wait in a case.
    pub fn accounts(&self, leader: u32) -> Vec<u32> {
        let known = self.cases.get(&leader);
        known.map_or(Vec::new(), |known| known.accounts.to_vec())
    }

    /// Since when an account waits.
    pub fn opened_at(&self, account: u32) -> Option<Timestamp> {
        self.waiting.get(&account).map(|waiting| waiting.opened_at)
    }

    /// Sets what waits about an account; answers the cases to be placed anew.
    pub fn set(
        &mut self,
        account: u32,
        waiting: Option<Waiting>,
        leader: u32,
    ) -> SmallVec<[u32; 2]> {
        let before = match waiting {
            Some(waiting) => self.waiting.insert(account, waiting),
            None => self.waiting.remove(&account),
        };
        let mut changed = SmallVec::new();
        if let Some(before) = before {
            changed.push(before.leader);
            if let Some(case) = self.cases.get_mut(&before.leader) {
                case.accounts.retain(|one| *one != account);
            }
        }
        if waiting.is_some() {
            self.cases.entry(leader).or_default().accounts.push(account);
        }
        // People's work may stand on the most senior account, though nothing about it waits.
        if self.cases.contains_key(&leader) && !changed.contains(&leader) {
            changed.push(leader);
        }
        changed
    }

    /// Sums a case up and puts it where it belongs.
    pub fn place(
        &mut self,
        leader: u32,
        claim: Option<(String, Timestamp)>,
        snoozed_until: Option<Timestamp>,
    ) {
        let Some(case) = self.cases.get_mut(&leader) else {
            return;
        };
        let mut accounts = std::mem::take(&mut case.accounts);
        let waiting = &self.waiting;
        accounts.sort_unstable_by_key(|one| (waiting.get(one).map(|one| one.opened_at), *one));
        let mut sum = Queued {
            claimed_by: claim.map(|(person, _)| person.into()),
            snoozed_until,
            ..Queued::default()
        };
        for (nth, one) in accounts
            .iter()
            .filter_map(|one| waiting.get(one))
            .enumerate()
        {
            if nth == 0 {
                sum.opened_at = one.opened_at;
            }
            sum.kinds.0 |= one.kinds.0;
            sum.token_basis_points = sum
                .token_basis_points
                .saturating_add(one.token_basis_points);
            sum.probability_ppm = sum.probability_ppm.max(one.probability_ppm);
            let earliest = [sum.decide_by, one.decide_by].into_iter().flatten().min();
            sum.decide_by = earliest;
        }
        let stale = case.places(leader);
        for (order, place) in self.orders.iter_mut().zip(stale) {
            order.remove(&place);
        }
        if accounts.is_empty() {
            self.cases.remove(&leader);
            return;
        }
        sum.accounts = accounts;
        for (order, place) in self.orders.iter_mut().zip(sum.places(leader)) {
            order.insert(place);
        }
        *case = sum;
    }

    /// Cases from a place on, at most so many of those wanted.
    pub fn page(
        &self,
        order: CaseOrder,
        after: Option<Place>,
        most: usize,
        wanted: impl Fn(u32, &Queued) -> bool,
    ) -> CasePage {
        let from = after.map_or(Unbounded, Excluded);
        let mut page = CasePage {
            leaders: Vec::new(),
            next: None,
            looked_at: 0,
        };
        let mut places = self.orders[order as usize].range((from, Unbounded));
        while let Some(place) = places.next() {
            let (.., leader) = *place;
            page.looked_at += 1;
            let queued = self.cases.get(&leader);
            if queued.is_some_and(|queued| wanted(leader, queued)) {
                page.leaders.push(leader);
            }
            if page.leaders.len() == most || page.looked_at == CASES_LOOKED_AT {
                page.next = places.next().map(|_| *place);
                break;
            }
        }
        page
    }
}
