//! Events and questions with sensible values: a test changes what it is about.

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::DateTime;
use pbjson_types::Timestamp;
use sameuser::edge::proto::v1;
pub use sameuser::edge::proto::v1::EventType as Kind;

/// The campaign that the program ships with.
pub const CAMPAIGN: &str = "kimi-work-desktop-2026-06";

static EVENTS_MADE: AtomicU64 = AtomicU64::new(1);

/// An id that no other event of this run has.
pub fn next_event_id() -> String {
    format!("event-{}", EVENTS_MADE.fetch_add(1, Ordering::Relaxed))
}

/// An instant from RFC 3339, such as `2026-06-16T00:00:00+08:00`.
#[track_caller]
pub fn instant(text: &str) -> Timestamp {
    let read = DateTime::parse_from_rfc3339(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    Timestamp {
        seconds: read.timestamp(),
        nanos: i32::try_from(read.timestamp_subsec_nanos()).unwrap(),
    }
}

/// Microseconds since 1970 of an instant.
pub fn micros(instant: &Timestamp) -> i64 {
    instant.seconds * 1_000_000 + i64::from(instant.nanos) / 1000
}

/// A number from a name, the same in every run.
fn number(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// An event of an individual's account on the desktop, at a time in RFC 3339. Phone number, device
/// and address are the account's own, so that accounts share nothing unless a test says so.
#[track_caller]
pub fn event(kind: Kind, account: &str, at: &str) -> v1::Event {
    let own = number(account);
    v1::Event {
        event_id: next_event_id(),
        event_type: kind.into(),
        occurred_at: Some(instant(at)),
        account_id: account.into(),
        account_type: v1::AccountType::Individual.into(),
        phone_number: format!("+86138{:08}", own % 100_000_000),
        device: Some(v1::Device {
            device_id: format!("device-{own:016x}"),
            platform: "windows".into(),
            model: "X1".into(),
            os_version: "11".into(),
            client_version: "2.3.0".into(),
            hardware_fingerprint: format!("hardware-{own:016x}"),
            emulator_signals: Vec::new(),
        }),
        ip_address: format!(
            "10.{}.{}.{}",
            (own >> 40) as u8,
            (own >> 48) as u8,
            (own >> 56) as u8
        ),
        surface: "work-desktop".into(),
        ..v1::Event::default()
    }
}

/// A question about a task that the shipped campaign covers: twenty minutes past ten on 20 June 2026,
/// Beijing Time, done ten minutes later.
pub fn check(account: &str, task: &str) -> v1::CheckDiscountRequest {
    v1::CheckDiscountRequest {
        campaign_id: CAMPAIGN.into(),
        account_id: account.into(),
        task: Some(v1::Task {
            task_id: task.into(),
            started_at: Some(instant("2026-06-20T10:20:00+08:00")),
            completed_at: Some(instant("2026-06-20T10:30:00+08:00")),
            tokens: 1200,
            input_events: None,
        }),
        surface: "work-desktop".into(),
        ..v1::CheckDiscountRequest::default()
    }
}

/// Sets when a question's task began and, where it did, ended.
#[track_caller]
pub fn set_task(check: &mut v1::CheckDiscountRequest, started: &str, completed: Option<&str>) {
    let task = check.task.as_mut().unwrap();
    task.started_at = Some(instant(started));
    task.completed_at = completed.map(instant);
}

/// A completed task, as the event stream shows it.
pub fn completed_task(task: &str, started: &str, completed: &str, tokens: u64) -> v1::Task {
    v1::Task {
        task_id: task.into(),
        started_at: Some(instant(started)),
        completed_at: Some(instant(completed)),
        tokens,
        input_events: Some(120),
    }
}
