//! Questions of billing, each about a task that nobody asked about before.

use pbjson_types::Timestamp;
use sameuser::edge::proto::v1;

use super::draw::mix;

/// 17 June 2026, 00:00 UTC: inside the event.
const FIRST_TASK: i64 = 1_781_654_400;
const DRAWN_WITHIN_SECONDS: u64 = 864_000;

/// A point in time in whole seconds.
pub fn timestamp(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp { seconds, nanos: 0 })
}

/// The n-th question of a run, about a task of this account.
pub fn question(account_id: &str, run: u64, number: u64) -> v1::CheckDiscountRequest {
    let started = FIRST_TASK + (mix(run, number) % DRAWN_WITHIN_SECONDS) as i64;
    v1::CheckDiscountRequest {
        campaign_id: "kimi-work-desktop-2026-06".into(),
        account_id: account_id.into(),
        task: Some(v1::Task {
            task_id: format!("task-{run:08x}-{number:010x}-5e3f-4a2b"),
            started_at: timestamp(started),
            completed_at: timestamp(started + 300),
            tokens: 1_000 + mix(number, 12) % 100_000,
            input_events: None,
        }),
        surface: "work-desktop".into(),
        other_offers: Vec::new(),
        validate_only: false,
    }
}
