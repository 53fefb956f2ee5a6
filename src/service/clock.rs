//! The one clock of a store.

use chrono::Utc;

use crate::domain::clock::Timestamp;

/// What a store takes for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// The wall clock: `serve`.
    Wall,
    /// The running maximum of `occurred_at`: `replay` and `check --data`.
    Events,
}

impl Clock {
    /// Now, given the latest `occurred_at` of any event.
    pub fn now(self, latest_event: Timestamp) -> Timestamp {
        match self {
            Clock::Wall => Timestamp::from_micros(Utc::now().timestamp_micros()),
            Clock::Events => latest_event,
        }
    }
}
