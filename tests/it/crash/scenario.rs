//! What the store is fed while it is killed: a simulated world of many people with few events each, so
//! that there is something under way wherever the blow falls.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use sameuser::edge::proto::v1;

use crate::support::{is_soak, micros, simulate, write_json_lines};

/// Accounts; some eight events and three questions each.
const ACCOUNTS: &str = "5000";
/// Enough that the last of a hundred kills still finds something under way.
const ACCOUNTS_IN_A_LONG_RUN: &str = "14000";
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
        let world = folder.join("world");
        let accounts = if is_soak() {
            ACCOUNTS_IN_A_LONG_RUN
        } else {
            ACCOUNTS
        };
        simulate(
            &world,
            &[
                "--accounts",
                accounts,
                "--seed",
                SEED,
                "--profile",
                "sparse",
            ],
        );
        let mut events: Vec<v1::Event> = read(&world.join("events.jsonl"));
        // Each once: the journal is compared with them one by one.
        let mut known = HashSet::new();
        events.retain(|event| known.insert(event.event_id.clone()));
        let checks: Vec<v1::CheckDiscountRequest> = read(&world.join("checks.jsonl"));
        Scenario {
            events_file: write_json_lines(folder, "events.jsonl", &events),
            checks_file: write_json_lines(folder, "checks.jsonl", &checks),
            due: due(&events, &checks),
            events,
            checks,
        }
    }
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Vec<T> {
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
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
