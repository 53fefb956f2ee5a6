//! What the store is fed while it is killed: several copies of the demo's world, interleaved, so that
//! there is something under way wherever the blow falls.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use sameuser::edge::proto::v1;

use crate::support::{is_soak, micros, repository, write_json_lines};

/// Copies of the demo's world; one has about 7,500 events and 1,500 questions.
const COPIES: usize = 6;
/// Enough that the last of a hundred kills still finds something under way.
const COPIES_IN_A_LONG_RUN: usize = 16;
const SEED: &str = "20260616";

/// Events in the order of their arrival, and the questions between them.
pub struct Scenario {
    pub events: Vec<v1::Event>,
    /// In the order of asking.
    pub checks: Vec<v1::CheckDiscountRequest>,
    /// Each question is asked once so many events are out.
    pub due: Vec<usize>,
    pub events_file: PathBuf,
    pub checks_file: PathBuf,
}

impl Scenario {
    /// Makes the files in a folder.
    pub fn make(folder: &Path) -> Self {
        let world = make_world(folder);
        let copies = if is_soak() {
            COPIES_IN_A_LONG_RUN
        } else {
            COPIES
        };
        let mut events = Vec::new();
        for event in read::<v1::Event>(&world.join("events.jsonl")) {
            events.extend((0..copies).map(|copy| copied_event(&event, copy)));
        }
        let mut checks = Vec::new();
        for check in read::<v1::CheckDiscountRequest>(&world.join("checks.jsonl")) {
            checks.extend((0..copies).map(|copy| copied_check(&check, copy)));
        }
        checks.sort_by_key(completed);
        let due = due(&events, &checks);
        Scenario {
            events_file: write_json_lines(folder, "events.jsonl", &events),
            checks_file: write_json_lines(folder, "checks.jsonl", &checks),
            events,
            checks,
            due,
        }
    }
}

fn make_world(folder: &Path) -> PathBuf {
    let world = folder.join("world");
    let python = std::env::var_os("SAMEUSER_PYTHON").unwrap_or_else(|| "python3".into());
    let made = Command::new(python)
        .arg(repository().join("deploy/demo/make_events.py"))
        .arg(SEED)
        .arg(&world)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    world
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Vec<T> {
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn prefix(text: &mut String, copy: usize) {
    if !text.is_empty() {
        text.insert_str(0, &format!("{copy}-"));
    }
}

/// The same event among other people: ids, devices and numbers are the copy's own, addresses shared.
fn copied_event(event: &v1::Event, copy: usize) -> v1::Event {
    let mut event = event.clone();
    prefix(&mut event.event_id, copy);
    prefix(&mut event.account_id, copy);
    if let Some(device) = &mut event.device {
        prefix(&mut device.device_id, copy);
        prefix(&mut device.hardware_fingerprint, copy);
    }
    if let Some(task) = &mut event.task {
        prefix(&mut task.task_id, copy);
    }
    if let Some(digits) = event.phone_number.strip_prefix('+') {
        let number: u64 = digits.parse().unwrap();
        event.phone_number = format!("+{}", number + 1_000_000_000 * copy as u64);
    }
    event
}

fn copied_check(check: &v1::CheckDiscountRequest, copy: usize) -> v1::CheckDiscountRequest {
    let mut check = check.clone();
    prefix(&mut check.account_id, copy);
    prefix(&mut check.task.as_mut().unwrap().task_id, copy);
    check
}

fn completed(check: &v1::CheckDiscountRequest) -> i64 {
    let completed_at = &check.task.as_ref().unwrap().completed_at;
    completed_at.as_ref().map_or(i64::MAX, micros)
}

/// As `replay` asks: before the first event that strictly passes the task's completion.
fn due(events: &[v1::Event], checks: &[v1::CheckDiscountRequest]) -> Vec<usize> {
    let mut out = 0;
    let mut due = Vec::new();
    for check in checks {
        let passes =
            |event: &v1::Event| micros(event.occurred_at.as_ref().unwrap()) > completed(check);
        while out < events.len() && !passes(&events[out]) {
            out += 1;
        }
        due.push(out);
    }
    due
}
