//! Every line is what the contract says.

use std::collections::{BTreeMap, BTreeSet};

use super::{Set, said};
use crate::support::{folder, run_ok};

/// Replays a set as it would come live; its summary.
fn replay(set: &Set) -> serde_json::Value {
    let store = folder();
    let path = |name| set.path(name).to_str().unwrap().to_string();
    run_ok([
        "replay".to_string(),
        path("events.jsonl"),
        "--checks".into(),
        path("checks.jsonl"),
        "--verdicts".into(),
        path("verdicts.jsonl"),
        "--data".into(),
        store.path().to_str().unwrap().into(),
    ])
    .summary()
}

#[test]
fn the_intake_refuses_no_line() {
    let set = Set::make(&["--accounts", "1500", "--seed", "11", "--abuse", "0.3"]);
    let summary = replay(&set);
    assert_eq!(summary["refused"], 0);
    assert!(summary["duplicate"].as_u64().unwrap() > 0, "{summary}");
    let verdicts = set.lines("verdicts.jsonl");
    assert_eq!(verdicts.len(), set.lines("checks.jsonl").len());
    let refused = verdicts
        .iter()
        .filter(|verdict| verdict.get("error").is_some());
    assert_eq!(refused.count(), 0, "a question was refused");
    // Each kind of ineligible question is among them; those about tasks that still run are asked once
    // the event has ended.
    let answers = set.text("verdicts.jsonl");
    for code in [
        "OUTSIDE_EVENT_PERIOD",
        "SURFACE_NOT_COVERED",
        "ENTERPRISE_ACCOUNT",
        "OTHER_OFFER_APPLIED",
        "ELIGIBLE",
    ] {
        assert!(answers.contains(code), "no verdict says {code}");
    }
}

#[test]
fn broken_lines_are_refused_and_stop_nothing() {
    let set = Set::make(&["--accounts", "1500", "--seed", "12", "--broken"]);
    let summary = replay(&set);
    let refused = summary["refused"].as_u64().unwrap();
    let accepted = summary["accepted"].as_u64().unwrap();
    assert!(refused > 5 && refused < accepted / 50, "{summary}");
}

#[test]
fn events_come_in_order_but_for_late_ones() {
    let set = Set::make(&["--accounts", "1500", "--seed", "13"]);
    let (mut newest, mut late) = (String::new(), 0);
    let events = set.lines("events.jsonl");
    for event in &events {
        let at = said(event, "/occurredAt");
        if at < newest.as_str() {
            late += 1;
        } else {
            newest = at.into();
        }
    }
    let share = f64::from(late) / events.len() as f64;
    assert!((0.002..0.015).contains(&share), "{share}");
}

#[test]
fn the_files_agree_with_each_other() {
    let set = Set::make(&["--accounts", "1500", "--seed", "14", "--abuse", "0.3"]);
    let truth = set.truth();
    assert_eq!(truth.len(), 1500);
    let mut contents: BTreeMap<String, serde_json::Value> = BTreeMap::new();
    for event in set.lines("events.jsonl") {
        assert!(truth.contains_key(said(&event, "/accountId")), "{event}");
        let id = said(&event, "/eventId").to_string();
        if let Some(before) = contents.insert(id, event.clone()) {
            assert_eq!(before, event, "one id, two contents");
        }
    }
    let mut last = String::new();
    let mut tasks = BTreeSet::new();
    for check in set.lines("checks.jsonl") {
        assert!(truth.contains_key(said(&check, "/accountId")), "{check}");
        assert!(
            tasks.insert(said(&check, "/task/taskId").to_string()),
            "asked twice: {check}"
        );
        // What has not completed comes last.
        let completed = check
            .pointer("/task/completedAt")
            .and_then(|at| at.as_str());
        let completed = completed.unwrap_or("9").to_string();
        assert!(last <= completed, "{last} before {completed}");
        last = completed;
    }
    one_primary_a_person(&set);
}

/// Of each person with duplicates exactly one account is the primary.
fn one_primary_a_person(set: &Set) {
    let mut primaries: BTreeMap<String, u32> = BTreeMap::new();
    for line in set.lines("truth.jsonl") {
        let duplicate = line["label"] == "duplicate_account";
        assert!(duplicate || line.get("primary").is_none(), "{line}");
        if duplicate {
            let person = line["person"].as_str().unwrap().to_string();
            *primaries.entry(person).or_default() += u32::from(line["primary"] == true);
        }
    }
    assert!(primaries.len() > 10);
    assert!(primaries.values().all(|count| *count == 1), "{primaries:?}");
}
