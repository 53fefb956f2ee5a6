//! An account's events, newest first, read from the journal backwards. The journal has no index by
//! account: where to begin and when to stop is known from the facts, and a page searches a bounded part.

use std::{collections::BTreeSet, ops::ControlFlow};

use super::{
    codec::{Stored, event_account},
    engine::Engine,
    refusal::Refusal,
};
use crate::{domain::event::Event, journal::Reader};

/// Events of the journal that one page searches, whosever they are.
pub const EVENTS_SEARCHED: u64 = 250_000;

/// Where a page begins: after so many events were found, and before an event of the journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimelinePlace {
    /// Events found on earlier pages.
    pub found: u64,
    /// The page's events come before this one; 0: at the newest.
    pub before: u64,
}

/// A search that is about to run.
pub struct Timeline {
    accounts: BTreeSet<String>,
    /// Events known of these accounts.
    pub total: u64,
    at: TimelinePlace,
    reader: Reader,
}

/// What a search found.
pub struct TimelinePage {
    /// Sequence number and event, newest first.
    pub events: Vec<(u64, Event)>,
    /// Where the next page begins; `None`: all are found.
    pub next: Option<TimelinePlace>,
}

impl Engine {
    /// Prepares the search for an account's events, or those of its whole user.
    ///
    /// # Errors
    /// The store can't be opened once more.
    pub fn timeline(
        &self,
        account: u32,
        whole_user: bool,
        mut at: TimelinePlace,
    ) -> Result<Timeline, Refusal> {
        let accounts = if whole_user {
            self.same_user.members(&self.graph, account, |_| true)
        } else {
            vec![account]
        };
        let facts = || accounts.iter().map(|one| self.graph.account(*one));
        if at.before == 0 {
            let newest = facts().map(|facts| facts.changed_by).max();
            at.before = newest.unwrap_or_default() + 1;
        }
        Ok(Timeline {
            accounts: facts().map(|facts| facts.id.to_string()).collect(),
            total: facts().map(|facts| u64::from(facts.activity.events)).sum(),
            at,
            reader: self.reader.another()?,
        })
    }
}

impl Timeline {
    /// Reads a page of at most so many events. Takes a while: not on a thread that serves.
    ///
    /// # Errors
    /// The store can't be read, or is damaged.
    pub fn read(&self, most: usize) -> Result<TimelinePage, Refusal> {
        let mut events = Vec::new();
        let mut problem = None;
        let mut at = self.at;
        let end = at.before.saturating_sub(EVENTS_SEARCHED);
        let total = self.total;
        self.reader
            .for_each_event_before(at.before, |sequence, payload| {
                at.before = sequence;
                let account = event_account(payload);
                if account.is_some_and(|account| self.accounts.contains(account)) {
                    match Event::decode(payload) {
                        Ok(event) => events.push((sequence, event)),
                        Err(error) => problem = Some(error),
                    }
                    at.found += 1;
                }
                let full = events.len() == most || at.found >= total || sequence <= end;
                if full || problem.is_some() {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            })?;
        if let Some(problem) = problem {
            return Err(problem.into());
        }
        let more = at.found < total && at.before > 1 && at != self.at;
        Ok(TimelinePage {
            events,
            next: more.then_some(at),
        })
    }
}
