//! `replay --checks --verdicts`: each question is asked as it would have been live.

use std::path::Path;

use sameuser::edge::proto::v1::{CheckDiscountRequest, Event};
use serde_json::{Value, json};

use crate::support::{
    Finished, Kind, Server, check, event, folder, json_lines, run, set_task, write_json_lines,
};

fn login(account: &str, at: &str) -> Event {
    event(Kind::Login, account, at)
}

fn completed(account: &str, task: &str, at: &str) -> CheckDiscountRequest {
    let mut question = check(account, task);
    set_task(&mut question, "2026-06-16T08:00:00+08:00", Some(at));
    question
}

/// Replays with questions; answers what was printed and the verdicts.
fn replay(
    folder: &Path,
    files: &[&Path],
    checks: &Path,
    target: [&str; 2],
) -> (Finished, Vec<Value>) {
    let verdicts = folder.join("verdicts.jsonl");
    let files = files.iter().map(|file| file.to_str().unwrap());
    let checks = ["--checks", checks.to_str().unwrap()];
    let answers = ["--verdicts", verdicts.to_str().unwrap()];
    let more = checks.into_iter().chain(answers).chain(target);
    let told = run(["replay"].into_iter().chain(files).chain(more)).expect(0);
    (
        told,
        json_lines(&std::fs::read_to_string(verdicts).unwrap()),
    )
}

fn asked(verdicts: &[Value]) -> Vec<(&str, &str)> {
    let told = verdicts.iter().map(|one| {
        let verdict = &one["verdict"];
        let code = verdict["reasons"][0]["code"].as_str().unwrap();
        let code = code.strip_prefix("REASON_CODE_").unwrap();
        (verdict["taskId"].as_str().unwrap(), code)
    });
    told.collect()
}

/// The story below: each question sees the events before the first one that happened strictly after
/// its task was completed, in file order.
fn story() -> (Vec<Event>, Vec<CheckDiscountRequest>) {
    let events = vec![
        login("a1", "2026-06-20T10:00:00+08:00"),
        // Not strictly later than t2's completion: seen by it.
        login("a2", "2026-06-20T11:00:00+08:00"),
        // Passes t2's completion, and is not seen by it.
        login("a3", "2026-06-20T11:00:00.000001+08:00"),
        // A late line: it happened before everything, and is seen late.
        login("a4", "2026-06-20T09:00:00+08:00"),
        login("a5", "2026-06-20T12:00:00+08:00"),
        login("a6", "2026-06-20T13:00:00+08:00"),
    ];
    let checks = vec![
        // In the file's order they are no order at all.
        completed("a6", "t6, left for the end", "2026-06-20T13:00:00+08:00"),
        completed(
            "a4",
            "t4 asked before its late line",
            "2026-06-20T10:30:00+08:00",
        ),
        completed(
            "a4",
            "t4 asked after its late line",
            "2026-06-20T11:30:00+08:00",
        ),
        completed(
            "a3",
            "t3 asked before a3 is seen",
            "2026-06-20T11:00:00+08:00",
        ),
        completed(
            "a2",
            "t2 asked after a2 is seen",
            "2026-06-20T11:00:00+08:00",
        ),
        completed("a1", "t1 asked first", "2026-06-20T09:30:00+08:00"),
    ];
    (events, checks)
}

const EXPECTED: [(&str, &str); 6] = [
    ("t1 asked first", "UNKNOWN_ACCOUNT"),
    ("t4 asked before its late line", "UNKNOWN_ACCOUNT"),
    ("t3 asked before a3 is seen", "UNKNOWN_ACCOUNT"),
    ("t2 asked after a2 is seen", "ELIGIBLE"),
    ("t4 asked after its late line", "ELIGIBLE"),
    ("t6, left for the end", "ELIGIBLE"),
];

#[test]
fn each_question_is_asked_once_an_event_passes_its_completion() {
    let folder = folder();
    let (events, checks) = story();
    let events = write_json_lines(folder.path(), "events", events);
    let checks = write_json_lines(folder.path(), "checks", checks);
    let data = folder.path().join("data");
    let target = ["--data", data.to_str().unwrap()];
    let (told, verdicts) = replay(folder.path(), &[&events], &checks, target);
    let expected = json!({ "accepted": 6, "duplicate": 0, "refused": 0, "verdicts": 6 });
    assert_eq!(told.summary(), expected);
    assert_eq!(asked(&verdicts), EXPECTED);
    let ids: Vec<&Value> = verdicts
        .iter()
        .map(|one| &one["verdict"]["verdictId"])
        .collect();
    assert_eq!(
        ids,
        ["v1", "v2", "v3", "v4", "v5", "v6"],
        "in the order of asking"
    );
    // The clock is the running maximum of the events seen by then.
    let decided_at: Vec<&Value> = verdicts
        .iter()
        .map(|one| &one["verdict"]["decidedAt"])
        .collect();
    assert_eq!(decided_at[2], "2026-06-20T03:00:00Z");
    assert_eq!(decided_at[5], "2026-06-20T05:00:00Z");
}

/// In several files, and to a server, the order is the same.
#[test]
fn the_order_is_the_same_in_several_files_and_to_a_server() {
    let folder = folder();
    let (mut events, checks) = story();
    let rest = events.split_off(3);
    let events = write_json_lines(folder.path(), "events", events);
    let rest = write_json_lines(folder.path(), "rest", rest);
    let checks = write_json_lines(folder.path(), "checks", checks);
    let data = folder.path().join("data");
    let server = Server::start(&data);
    let url = server.url();
    let files = [events.as_path(), rest.as_path()];
    let (_, verdicts) = replay(folder.path(), &files, &checks, ["--server", &url]);
    assert_eq!(asked(&verdicts), EXPECTED);
}

/// A refused question has its answer in its place; one without a completion is asked at the end; a line
/// that is none is named on stderr; a time that can't be read passes nothing.
#[test]
fn questions_with_something_wrong_keep_their_place() {
    let folder = folder();
    let events = [
        login("a1", "2026-06-20T10:00:00+08:00"),
        login("a2", "2026-06-20T12:00:00+08:00"),
    ];
    let events = write_json_lines(folder.path(), "events", events);
    let mut running = check("a1", "running");
    set_task(&mut running, "2026-06-20T09:00:00+08:00", None);
    let mut refused = completed("a1", "refused", "2026-06-20T10:30:00+08:00");
    refused.surface.clear();
    let good = completed("a1", "good", "2026-06-20T11:00:00+08:00");
    let lines = [&running, &refused, &good].map(|one| serde_json::to_string(one).unwrap());
    let checks = folder.path().join("checks");
    std::fs::write(
        &checks,
        format!("{}\n{}\nnonsense\n{}\n", lines[0], lines[1], lines[2]),
    )
    .unwrap();
    let data = folder.path().join("data");
    let target = ["--data", data.to_str().unwrap()];
    let (told, verdicts) = replay(folder.path(), &[&events], &checks, target);
    assert_eq!(verdicts.len(), 3);
    assert_eq!(verdicts[0]["error"]["fields"][0]["field"], "surface");
    assert_eq!(verdicts[1]["verdict"]["taskId"], "good");
    assert_eq!(
        verdicts[2]["verdict"]["reasons"][0]["code"],
        "REASON_CODE_TASK_NOT_COMPLETED"
    );
    let place = format!("{}:3: line: ", checks.display());
    assert!(told.stderr.starts_with(&place), "{}", told.stderr);
}

/// `check` after `replay` sees every event that was accepted, the last one too.
#[test]
fn check_after_replay_sees_every_event() {
    let folder = folder();
    let events = (0..1500).map(|n| login(&format!("a{n}"), "2026-06-20T10:00:00+08:00"));
    let events = write_json_lines(folder.path(), "events", events);
    let checks = (0..1500).map(|n| check(&format!("a{n}"), "t1"));
    let checks = write_json_lines(folder.path(), "checks", checks);
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    run(["replay", events.to_str().unwrap(), "--data", data]).expect(0);
    let told = run(["check", "--batch", checks.to_str().unwrap(), "--data", data]).expect(0);
    let answers = told.json();
    assert_eq!(answers.len(), 1500);
    for (n, answer) in answers.iter().enumerate() {
        assert_eq!(
            answer["verdict"]["accountId"],
            format!("a{n}"),
            "same order"
        );
        assert_eq!(answer["verdict"]["decision"], "DECISION_ALLOW");
    }
}
