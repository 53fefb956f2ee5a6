//! Answers of any system, read from files.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{
    CAMPAIGN, Kind, check, completed_task, event, folder, run, run_ok, set_task, write_json_lines,
};

const HONEST: [&str; 3] = ["ada", "bo", "cy"];
const FARMED: [&str; 3] = ["f1", "f2", "f3"];

/// A data set of three honest people and a farm of three accounts. Each asks about a task that the
/// terms cover and one in chat, which they don't.
fn write_set(folder: &Path) {
    let accounts = || HONEST.into_iter().chain(FARMED);
    let mut events = Vec::new();
    let mut checks = Vec::new();
    for account in accounts() {
        events.push(event(
            Kind::Registration,
            account,
            "2026-06-16T10:00:00+08:00",
        ));
        let mut done = event(Kind::TaskCompleted, account, "2026-06-20T10:30:00+08:00");
        let task = format!("task-{account}");
        done.task = Some(completed_task(
            &task,
            "2026-06-20T10:20:00+08:00",
            "2026-06-20T10:30:00+08:00",
            1200,
        ));
        events.push(done);
        checks.push(check(account, &task));
        let mut uncovered = check(account, &format!("chat-{account}"));
        uncovered.surface = "chat-desktop".into();
        checks.push(uncovered);
    }
    events.sort_by_key(|event| event.occurred_at.as_ref().unwrap().seconds);
    let mut unknown = check("nobody-knows", "task-unknown");
    set_task(
        &mut unknown,
        "2026-06-21T10:00:00+08:00",
        Some("2026-06-21T10:10:00+08:00"),
    );
    checks.push(unknown);
    write_json_lines(folder, "events.jsonl", events);
    write_json_lines(folder, "checks.jsonl", checks);
    let honest = HONEST
        .map(|account| json!({ "account_id": account, "person": account, "label": "legitimate" }));
    let farmed = FARMED.map(|account| {
        json!({ "account_id": account, "person": "farmer", "label": "emulator", "population": "farm",
                "group": "farm-1", "note": "more fields are allowed" })
    });
    write_json_lines(folder, "truth.jsonl", honest.into_iter().chain(farmed));
}

fn verdict(account: &str, decision: &str, reason: &str) -> Value {
    json!({ "verdict": {
        "verdictId": "v1", "decision": decision, "rateBasisPoints": 5000,
        "reasons": [{ "code": reason, "statement": "" }], "campaignId": CAMPAIGN,
        "accountId": account, "taskId": format!("task-{account}"), "final": true,
    } })
}

fn evaluate(set: &Path, answers: &Path) -> Value {
    let (set, answers) = (set.to_str().unwrap(), answers.to_str().unwrap());
    run_ok(["evaluate", "--data-set", set, "--answers", answers]).summary()
}

/// Any system can be judged by the files it wrote.
#[test]
fn files_of_another_system_are_judged() {
    let folder = folder();
    let (set, answers) = (folder.path().join("set"), folder.path().join("answers"));
    std::fs::create_dir_all(&set).unwrap();
    std::fs::create_dir_all(&answers).unwrap();
    write_set(&set);
    let verdicts = [
        verdict("ada", "DECISION_ALLOW", "REASON_CODE_ELIGIBLE"),
        verdict("bo", "DECISION_REVOKE", "REASON_CODE_EMULATOR"),
        json!({ "error": { "code": "UNAVAILABLE", "message": "", "fields": [] } }),
        verdict("f1", "DECISION_ALLOW", "REASON_CODE_ELIGIBLE"),
        verdict("f2", "DECISION_DENY", "REASON_CODE_SAME_USER_LIMIT"),
        verdict("f3", "DECISION_REVOKE", "REASON_CODE_EMULATOR"),
    ];
    write_json_lines(&answers, "verdicts.jsonl", verdicts);
    let users = [
        ("ada", "u1"),
        ("bo", "u1"),
        ("f1", "u2"),
        ("f2", "u2"),
        ("f3", "u3"),
    ];
    let users = users.map(|(account, user)| json!({ "account_id": account, "user_id": user }));
    write_json_lines(&answers, "clusters.jsonl", users);
    let told = [
        ("ada", 0.1),
        ("bo", 0.9),
        ("cy", 0.0),
        ("f1", 0.2),
        ("f2", 0.95),
        ("f3", 0.99),
    ];
    let told =
        told.map(|(account, told)| json!({ "account_id": account, "abuse_probability": told }));
    write_json_lines(&answers, "scores.jsonl", told);

    let evaluation = evaluate(&set, &answers);
    assert_eq!(evaluation["told"]["tasks_uncovered"], 6);
    assert_eq!(evaluation["told"]["tasks_unlabelled"], 1);
    let report = &evaluation["report"];
    assert_eq!(report["asked"]["covered_tasks"], 6);
    assert_eq!(
        report["asked"]["unanswered"], 1,
        "cy's question got an error"
    );
    let honest = &report["harm"]["honest"];
    assert_eq!(honest["accounts_revoked"]["part"], 1);
    assert_eq!(honest["accounts_revoked"]["whole"], 3);
    assert_eq!(
        honest["tokens_not_discounted"]["part"], 2400,
        "bo's, and cy's without answer"
    );
    let abusive = &report["harm"]["abusive"];
    assert_eq!(abusive["accounts_refused"]["part"], 2);
    assert_eq!(abusive["accounts_revoked"]["part"], 1);
    assert_eq!(
        abusive["tokens_left"]["part"], 1200,
        "no later answer: what was allowed stays"
    );
    assert_eq!(report["users"]["honest_persons_merged"]["part"], 2);
    assert_eq!(
        report["users"]["users"], 4,
        "cy has no user and stands alone"
    );
    let pairs = &report["users"]["pairwise"];
    assert_eq!(pairs["precision"]["value"], 0.5);
    assert!((pairs["recall"]["value"].as_f64().unwrap() - 1.0 / 3.0).abs() < 1e-12);
    let area = report["scores"]["roc_area"]["value"].as_f64().unwrap();
    assert!((area - 8.0 / 9.0).abs() < 1e-12, "{area}");
    assert_eq!(report["delays"]["groups"][0]["group"], "farm-1");
    assert_eq!(report["delays"]["groups"][0]["accounts_before"], 1);

    // Answers at the end, where there are any, say what is left.
    let at_end = ["f1", "f2", "f3"].map(|a| verdict(a, "REVOKE", "EMULATOR"));
    write_json_lines(&answers, "verdicts-at-end.jsonl", at_end);
    let evaluation = evaluate(&set, &answers);
    assert_eq!(
        evaluation["report"]["harm"]["abusive"]["tokens_left"]["part"],
        0
    );
}

/// What a system doesn't tell isn't judged.
#[test]
fn clusters_alone_are_enough() {
    let folder = folder();
    write_set(folder.path());
    let answers = folder.path().join("answers");
    std::fs::create_dir_all(&answers).unwrap();
    let users = HONEST.into_iter().chain(FARMED);
    let users = users.map(|account| json!({ "account_id": account, "user_id": &account[..1] }));
    write_json_lines(&answers, "clusters.jsonl", users);
    let report = &evaluate(folder.path(), &answers)["report"];
    assert_eq!(report["users"]["b_cubed"]["f1"]["value"], 1.0);
    assert_eq!(report["scores"], Value::Null);
    assert_eq!(report["asked"]["covered_tasks"], 0);
}

#[test]
fn bad_input_is_refused_by_name() {
    let folder = folder();
    write_set(folder.path());
    let set = folder.path().to_str().unwrap();
    let nothing = folder.path().join("nothing");
    std::fs::create_dir_all(&nothing).unwrap();
    let told = run([
        "evaluate",
        "--data-set",
        set,
        "--answers",
        nothing.to_str().unwrap(),
    ])
    .expect(2);
    assert!(told.stderr.contains("clusters.jsonl"), "{}", told.stderr);

    let told = run(["evaluate", "--data-set", nothing.to_str().unwrap()]).expect(2);
    assert!(told.stderr.contains("truth.jsonl"), "{}", told.stderr);

    let truth = folder.path().join("truth.jsonl");
    let good = std::fs::read_to_string(&truth).unwrap();
    for (text, problem) in [
        (
            good.replace("emulator", "emulation"),
            "truth.jsonl:4: unknown variant `emulation`",
        ),
        (
            format!("{good}{}", good.lines().next().unwrap()),
            "`ada` stands on two lines",
        ),
        (String::new(), "names no account"),
    ] {
        std::fs::write(&truth, text).unwrap();
        let told = run(["evaluate", "--data-set", set]).expect(2);
        assert!(told.stderr.contains(problem), "{problem}: {}", told.stderr);
        assert_eq!(told.stdout, "");
    }
}
