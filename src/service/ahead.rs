//! Has the processor fetch what the next questions or events will look at, all of it at once; see
//! [`EntityGraph::touch`](crate::domain::graph::EntityGraph::touch).

use std::hint::black_box;

use smallvec::SmallVec;

use super::{
    engine::{Arrival, Engine},
    refusal::Refusal,
};
use crate::domain::verdict::Question;

/// Questions or events fetched for at once: what they look at fits in the processor's caches.
pub(super) const TOUCHED_AT_ONCE: usize = 32;

impl Engine {
    /// For the first [`TOUCHED_AT_ONCE`] of these questions.
    pub(super) fn touch_questions(&self, questions: &[(Question, bool)]) {
        let next = questions.iter().take(TOUCHED_AT_ONCE);
        let accounts = self.known(next.map(|(question, _)| &*question.account_id));
        let known = |read: u32, account: &u32| read ^ self.graph.account(*account).last_seen;
        black_box(accounts.iter().fold(0, known));
        let touched = |read: u64, account: &u32| {
            let held = self.ledger.held.of(*account).len() as u64;
            read ^ held ^ self.graph.touch(*account)
        };
        black_box(accounts.iter().fold(0, touched));
    }

    /// For the first [`TOUCHED_AT_ONCE`] of these events.
    pub(super) fn touch_arrivals(&self, arrivals: &[Result<Arrival, Refusal>]) {
        let next = arrivals.iter().take(TOUCHED_AT_ONCE).flatten();
        let touched = |read: u64, arrival: &Arrival| read ^ self.touch_named(arrival);
        black_box(next.clone().fold(0, touched));
        let accounts = self.known(next.map(|arrival| &*arrival.event.account_id));
        let facts = |read: u64, account: &u32| read ^ self.graph.touch_facts(*account);
        black_box(accounts.iter().fold(0, facts));
    }

    /// For one event that comes alone.
    pub(super) fn touch_arrival(&self, arrival: &Arrival) {
        black_box(self.touch_named(arrival));
        let known = self.graph.find_account(&arrival.event.account_id);
        black_box(known.map(|account| self.graph.touch_facts(account)));
    }

    fn touch_named(&self, arrival: &Arrival) -> u64 {
        self.event_index.touch(&arrival.key) ^ self.graph.touch_identifiers(&arrival.event)
    }

    fn known<'a>(&self, ids: impl Iterator<Item = &'a str>) -> SmallVec<[u32; TOUCHED_AT_ONCE]> {
        ids.filter_map(|id| self.graph.find_account(id)).collect()
    }
}
