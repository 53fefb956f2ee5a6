//! What the commands print: the fields of contract §3, from a store and from a server alike.

use std::path::Path;

use serde_json::{Value, json};

use super::{Set, checks, events};
use crate::support::{Finished, Server, folder, run, run_ok};

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    keys.sort_unstable();
    keys
}

fn on_store(command: &[&str], data: &Path) -> Finished {
    run(command
        .iter()
        .copied()
        .chain(["--data", data.to_str().unwrap()]))
}

#[test]
fn replay_prints_a_summary() {
    let folder = folder();
    let set = Set::write(folder.path());
    let data = folder.path().join("data");
    let count = events().len();
    let replay = ["replay", set.events.to_str().unwrap()];
    let first = on_store(&replay, &data).expect(0);
    let expected = json!({ "accepted": count, "duplicate": 0, "refused": 0 });
    assert_eq!(first.summary(), expected);
    assert_eq!(first.stderr, "", "no progress where nobody watches");
    // Once more, and twice in one run: nothing but duplicates.
    let again = ["replay", replay[1], replay[1]];
    let again = on_store(&again, &data).expect(0);
    let expected = json!({ "accepted": 0, "duplicate": 2 * count, "refused": 0 });
    assert_eq!(again.summary(), expected);
}

#[test]
fn an_empty_file_is_no_fault() {
    let folder = folder();
    let data = folder.path().join("data");
    let empty = folder.path().join("empty");
    std::fs::write(&empty, "\n\n").unwrap();
    let empty = empty.to_str().unwrap();
    let told = on_store(&["replay", empty], &data).expect(0);
    assert_eq!(
        told.summary(),
        json!({ "accepted": 0, "duplicate": 0, "refused": 0 })
    );
    for command in [
        &["check", "--batch", empty][..],
        &["clusters"],
        &["scores"],
        &["adjustments"],
    ] {
        let told = on_store(command, &data).expect(0);
        assert_eq!(
            (told.stdout.as_str(), told.stderr.as_str()),
            ("", ""),
            "{command:?}"
        );
    }
}

/// A verdict's fields, default values included; times in UTC, 64-bit numbers as strings.
#[test]
fn check_answers_each_line_with_every_field() {
    let folder = folder();
    let set = Set::write(folder.path());
    let data = folder.path().join("data");
    set.replay_into(&data);
    let told = on_store(&["check", "--batch", set.checks.to_str().unwrap()], &data).expect(1);
    let answers = told.json();
    assert_eq!(answers.len(), checks().len());
    for (answer, question) in answers.iter().zip(checks()).take(6) {
        assert_eq!(keys(answer), ["verdict"], "{answer}");
        let verdict = &answer["verdict"];
        let expected = [
            "accountId",
            "campaignId",
            "campaignRevision",
            "decidedAt",
            "decision",
            "decisionVersion",
            "final",
            "observed",
            "rateBasisPoints",
            "reasons",
            "taskId",
            "userId",
            "verdictId",
        ];
        assert_eq!(keys(verdict), expected, "{verdict}");
        assert_eq!(verdict["accountId"], question.account_id);
        assert_eq!(verdict["taskId"], question.task.unwrap().task_id);
        assert_eq!(verdict["campaignRevision"], 1);
        assert_eq!(
            verdict["decidedAt"], "2026-06-17T19:19:00Z",
            "the latest event's time"
        );
        for reason in verdict["reasons"].as_array().unwrap() {
            let expected = ["code", "facts", "statement", "weightMillibits"];
            assert_eq!(keys(reason), expected, "{reason}");
            assert!(reason["weightMillibits"].is_string(), "{reason}");
            assert!(!reason["statement"].as_str().unwrap().is_empty());
        }
    }
    let decisions: Vec<&Value> = answers[..6]
        .iter()
        .map(|one| &one["verdict"]["decision"])
        .collect();
    let expected =
        ["ALLOW", "DENY", "DENY", "ALLOW", "REVOKE", "DENY"].map(|d| format!("DECISION_{d}"));
    assert_eq!(decisions, expected.each_ref());
    assert_eq!(
        answers[2]["verdict"]["final"],
        json!(false),
        "written though it is the default"
    );
    assert_eq!(
        answers[5]["verdict"]["reasons"][0]["code"],
        "REASON_CODE_UNKNOWN_ACCOUNT"
    );

    let error = &answers[6]["error"];
    assert_eq!(keys(&answers[6]), ["error"]);
    assert_eq!(keys(error), ["code", "fields", "message"]);
    assert_eq!(error["code"], "NOT_FOUND");
    assert_eq!(error["fields"], json!([]));
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("no-such-campaign"),
        "{error}"
    );
}

/// `--validate-only` decides afresh, records nothing, and leaves `verdictId` empty; so does the field
/// of a single line.
#[test]
fn validate_only_records_nothing() {
    let folder = folder();
    let set = Set::write(folder.path());
    let data = folder.path().join("data");
    set.replay_into(&data);
    let batch = ["check", "--batch", set.checks.to_str().unwrap()];
    let tried = [&batch[..], &["--validate-only"]].concat();
    let tried_first = on_store(&tried, &data).expect(1).json();
    assert!(
        tried_first[..6]
            .iter()
            .all(|one| one["verdict"]["verdictId"] == "")
    );
    // The second account of the user is allowed too: no seat was taken by trying.
    assert_eq!(tried_first[1]["verdict"]["decision"], "DECISION_ALLOW");

    let asked = on_store(&batch, &data).expect(1).json();
    assert_eq!(
        asked[0]["verdict"]["verdictId"], "v1",
        "nothing was recorded before"
    );
    assert_eq!(asked[1]["verdict"]["decision"], "DECISION_DENY");
    let tried_again = on_store(&tried, &data).expect(1).json();
    assert_eq!(
        tried_again[1]["verdict"]["decision"], "DECISION_DENY",
        "all else as it stands"
    );
    assert_eq!(
        on_store(&batch, &data).expect(1).json(),
        asked_again(&asked)
    );
}

/// Final verdicts are repeated to the letter; the others are new verdicts.
fn asked_again(asked: &[Value]) -> Vec<Value> {
    let mut again = asked.to_vec();
    let recorded = asked
        .iter()
        .filter(|one| one["verdict"].is_object())
        .count();
    let curable = again
        .iter_mut()
        .filter(|one| one["verdict"]["final"] == json!(false));
    for (answer, number) in curable.zip(recorded + 1..) {
        answer["verdict"]["verdictId"] = json!(format!("v{number}"));
    }
    again
}

#[test]
fn clusters_lists_every_account_with_its_user() {
    let folder = folder();
    let data = folder.path().join("data");
    Set::write(folder.path()).replay_into(&data);
    let lines = on_store(&["clusters"], &data).expect(0).json();
    assert_eq!(lines.len(), 24);
    assert!(
        lines
            .iter()
            .all(|line| keys(line) == ["account_id", "user_id"]),
        "{lines:?}"
    );
    let user = |account: &str| {
        let line = lines
            .iter()
            .find(|line| line["account_id"] == account)
            .unwrap();
        line["user_id"].as_str().unwrap().to_string()
    };
    assert_eq!(user("first"), user("second"));
    assert_ne!(user("first"), user("on the app"));
    assert!(!user("first").is_empty());
}

/// Every account has a score; too little known is not scored, and then the base rate stands there.
#[test]
fn scores_lists_every_account_scored_or_not() {
    let folder = folder();
    let data = folder.path().join("data");
    Set::write(folder.path()).replay_into(&data);
    let lines = on_store(&["scores"], &data).expect(0).json();
    assert_eq!(lines.len(), 24);
    let expected = ["abuse_probability", "account_id", "reasons", "scored"];
    assert!(lines.iter().all(|line| keys(line) == expected), "{lines:?}");
    let of = |account: &str| {
        lines
            .iter()
            .find(|line| line["account_id"] == account)
            .unwrap()
    };

    let model = crate::support::repository().join("models/abuse-model.json");
    let model: Value = serde_json::from_str(&std::fs::read_to_string(model).unwrap()).unwrap();
    let base_rate = model["base_rate_ppm"].as_f64().unwrap() / 1e6;
    let little = of("little known");
    assert_eq!(little["scored"], json!(false));
    assert_eq!(little["abuse_probability"], json!(base_rate));
    assert_eq!(little["reasons"], json!([]));

    let farmed = of("farmed 7");
    assert_eq!(farmed["scored"], json!(true));
    assert!(
        farmed["abuse_probability"].as_f64().unwrap() > 0.9,
        "{farmed}"
    );
    assert_eq!(
        farmed["reasons"][0]["code"],
        "REASON_CODE_BULK_REGISTRATION"
    );
    let honest = of("first");
    assert_eq!(honest["scored"], json!(true));
    assert!(
        honest["abuse_probability"].as_f64().unwrap() < base_rate,
        "{honest}"
    );
    let in_order = lines.iter().all(|line| {
        let probability = line["abuse_probability"].as_f64().unwrap();
        (0.0..=1.0).contains(&probability)
    });
    assert!(in_order, "probabilities lie between 0 and 1");
}

#[test]
fn adjustments_of_a_fresh_store_are_none() {
    let folder = folder();
    let data = folder.path().join("data");
    Set::write(folder.path()).replay_into(&data);
    for more in [
        &[][..],
        &["--kind", "recovery"],
        &["--campaign", crate::support::CAMPAIGN],
    ] {
        let told = on_store(&[&["adjustments"], more].concat(), &data).expect(0);
        assert_eq!(told.stdout, "");
    }
}

/// What began it all: the terms and the models, in order, by subject where one is asked for.
#[test]
fn the_audit_of_a_fresh_store_is_its_terms_and_models() {
    let folder = folder();
    let data = folder.path().join("data");
    Set::write(folder.path()).replay_into(&data);
    let entries = on_store(&["audit"], &data).expect(0).json();
    let kinds: Vec<&str> = entries
        .iter()
        .map(|one| one["kind"].as_str().unwrap())
        .collect();
    for kind in ["abuse_model", "evidence_weights", "campaign_revision"] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }
    let numbers = entries.iter().map(|one| one["sequence"].as_u64().unwrap());
    assert!(numbers.is_sorted());
    let told = on_store(&["audit", "--subject", crate::support::CAMPAIGN], &data);
    let of_campaign = told.expect(0).json();
    let wanted = entries
        .iter()
        .filter(|one| one["subject"] == crate::support::CAMPAIGN);
    assert_eq!(of_campaign, wanted.cloned().collect::<Vec<_>>());
    assert_eq!(of_campaign[0]["action"], "publish");
    assert_eq!(of_campaign[0]["facts"]["revision"], "1");
}

/// The same set, into a store directly and through a server: every answer is the same but for the ids
/// and times of verdicts. (The key is shared, so that tags are the same too.)
#[test]
fn a_server_answers_as_a_store_does() {
    let folder = folder();
    let set = Set::write(folder.path());
    let (alone, served) = (folder.path().join("alone"), folder.path().join("served"));
    set.replay_into(&alone);
    std::fs::create_dir(&served).unwrap();
    std::fs::copy(alone.join("pseudonym.key"), served.join("pseudonym.key")).unwrap();
    let server = Server::start(&served);
    let url = server.url();
    let on_server = |command: &[&str]| run(command.iter().copied().chain(["--server", &url]));

    let replay = ["replay", set.events.to_str().unwrap()];
    let told = on_server(&replay).expect(0);
    let expected = json!({ "accepted": events().len(), "duplicate": 0, "refused": 0 });
    assert_eq!(told.summary(), expected);
    for command in [&["clusters"][..], &["scores"], &["adjustments"]] {
        let (by_store, by_server) = (on_store(command, &alone), on_server(command));
        assert_eq!(
            by_store.expect(0).stdout,
            by_server.expect(0).stdout,
            "{command:?}"
        );
    }
    let batch = ["check", "--batch", set.checks.to_str().unwrap()];
    for more in [&["--validate-only"][..], &[], &[]] {
        let command = [&batch[..], more].concat();
        let by_store = on_store(&command, &alone).expect(1).json();
        let by_server = on_server(&command).expect(1).json();
        assert_eq!(
            without_times(by_store),
            without_times(by_server),
            "{command:?}"
        );
    }
}

fn without_times(mut answers: Vec<Value>) -> Vec<Value> {
    for verdict in answers
        .iter_mut()
        .filter_map(|answer| answer.get_mut("verdict"))
    {
        let verdict = verdict.as_object_mut().unwrap();
        assert!(verdict.remove("decidedAt").is_some() && verdict.remove("verdictId").is_some());
    }
    answers
}

/// Lists that take more than one page are whole, and in the same order.
#[test]
fn long_lists_are_whole() {
    use crate::support::{Kind, event, write_json_lines};
    let folder = folder();
    let data = folder.path().join("data");
    let events = (0..5_100).map(|n| event(Kind::Login, &format!("a{n}"), "2025-06-01T12:00:00Z"));
    let path = write_json_lines(folder.path(), "many", events);
    on_store(&["replay", path.to_str().unwrap()], &data).expect(0);
    let by_store = on_store(&["clusters"], &data).expect(0);
    assert_eq!(by_store.json().len(), 5_100);
    let server = Server::start(&data);
    let by_server = run_ok(["clusters", "--server", &server.url()]);
    assert_eq!(by_server.stdout, by_store.stdout);
}
