//! When billing's questions are asked as past events are told again: as they would have been live
//! (contract §3). Each is asked once, in the order of its task's completion, as soon as an event's
//! time strictly passes that completion and before the event is taken in.

use std::collections::VecDeque;

use super::{convert::Violations, proto::v1};
use crate::domain::clock::Timestamp;

/// Questions not asked yet.
pub struct Schedule {
    waiting: VecDeque<v1::CheckDiscountRequest>,
}

impl Schedule {
    /// Of questions in any order. What has no completion comes last; equal ones keep their order.
    pub fn new(mut checks: Vec<v1::CheckDiscountRequest>) -> Self {
        checks.sort_by_key(|check| completion(check).unwrap_or(Timestamp::from_micros(i64::MAX)));
        Schedule {
            waiting: checks.into(),
        }
    }

    /// The next question to ask before this event is taken in; `None` once none is due.
    pub fn due_before(&mut self, event: &v1::Event) -> Option<v1::CheckDiscountRequest> {
        let completed = completion(self.waiting.front()?)?;
        let occurred_at = instant("occurred_at", event.occurred_at.as_ref()?)?;
        (completed < occurred_at)
            .then(|| self.waiting.pop_front())
            .flatten()
    }

    /// The next question, due or not; `None` once all are asked.
    pub fn take_next(&mut self) -> Option<v1::CheckDiscountRequest> {
        self.waiting.pop_front()
    }
}

fn completion(check: &v1::CheckDiscountRequest) -> Option<Timestamp> {
    instant(
        "task.completed_at",
        check.task.as_ref()?.completed_at.as_ref()?,
    )
}

fn instant(field: &str, instant: &pbjson_types::Timestamp) -> Option<Timestamp> {
    let mut violations = Violations::default();
    let read = violations.instant(field, instant);
    violations.0.is_empty().then_some(read)
}
