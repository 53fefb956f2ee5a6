//! Failed sign-ins slow further ones down: after a few of them each costs a wait that doubles. Names are
//! kept as places of a fixed table, known and unknown ones alike, so that nothing grows and nothing tells
//! which names exist.

use std::{
    hash::{BuildHasher, RandomState},
    time::{Duration, Instant},
};

/// Failures in a row that cost nothing.
pub const FREE_FAILURES: u32 = 5;
/// The wait after the first failure that costs one; it doubles …
pub const WAIT_AT_FIRST: Duration = Duration::from_secs(15);
/// … up to this.
pub const WAIT_AT_MOST: Duration = Duration::from_secs(60);
/// Failures are forgotten so long after the last.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(15 * 60);
const PLACES: usize = 4096;

#[derive(Clone, Copy, Default)]
struct Failures {
    in_a_row: u32,
    last: Option<Instant>,
}

/// Who has to wait.
pub struct Throttle {
    places: Vec<Failures>,
    hasher: RandomState,
}

impl Default for Throttle {
    fn default() -> Self {
        Throttle {
            places: vec![Failures::default(); PLACES],
            hasher: RandomState::new(),
        }
    }
}

impl Throttle {
    /// How long a name has to wait before it may try again.
    pub fn wait(&self, name: &str, now: Instant) -> Duration {
        let failures = self.places[self.place(name)];
        let Some(last) = failures.last else {
            return Duration::ZERO;
        };
        let Some(over) = failures.in_a_row.checked_sub(FREE_FAILURES) else {
            return Duration::ZERO;
        };
        let wait = (WAIT_AT_FIRST * (1 << over.min(6))).min(WAIT_AT_MOST);
        wait.saturating_sub(now.saturating_duration_since(last))
    }

    /// A sign-in failed.
    pub fn failed(&mut self, name: &str, now: Instant) {
        let place = self.place(name);
        let failures = &mut self.places[place];
        let is_old = |last| now.saturating_duration_since(last) > FORGOTTEN_AFTER;
        if failures.last.is_some_and(is_old) {
            failures.in_a_row = 0;
        }
        failures.in_a_row = failures.in_a_row.saturating_add(1);
        failures.last = Some(now);
    }

    /// A sign-in succeeded: what went before is forgotten.
    pub fn succeeded(&mut self, name: &str) {
        let place = self.place(name);
        self.places[place] = Failures::default();
    }

    fn place(&self, name: &str) -> usize {
        self.hasher.hash_one(name) as usize % PLACES
    }
}
