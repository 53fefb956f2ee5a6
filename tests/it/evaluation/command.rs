//! `sameuser evaluate` on a small simulated set: the service itself and the alternatives beside it.

use std::{collections::HashSet, path::Path};

use serde_json::Value;

use crate::support::{folder, json_lines, repository, run_ok, simulate, write_json_lines};

/// The demo's world, a launch with farms in it; without accounts that no event names, about which the
/// service's listings say nothing.
pub fn write_set(to: &Path) {
    let world = ["--accounts", "800", "--seed", "10", "--mix", "surge"];
    let density = ["--abuse", "0.25", "--profile", "sparse"];
    simulate(to, &[world.as_slice(), &density].concat());
    let read = |name: &str| json_lines(&std::fs::read_to_string(to.join(name)).unwrap());
    let events = read("events.jsonl");
    let named: HashSet<&Value> = events.iter().map(|event| &event["accountId"]).collect();
    let mut truth = read("truth.jsonl");
    truth.retain(|account| named.contains(&account["account_id"]));
    write_json_lines(to, "truth.jsonl", truth);
}

/// What is reported is what `replay --checks`, `clusters` and `scores` say one by one.
#[test]
fn the_report_agrees_with_the_commands() {
    let folder = folder();
    let (set, answers, data) = (
        folder.path().join("set"),
        folder.path().join("answers"),
        folder.path().join("data"),
    );
    write_set(&set);
    std::fs::create_dir_all(&answers).unwrap();
    let (set, data) = (set.to_str().unwrap(), data.to_str().unwrap());
    let ours = run_ok(["evaluate", "--data-set", set]).summary();

    let (events, checks) = (format!("{set}/events.jsonl"), format!("{set}/checks.jsonl"));
    let verdicts = answers.join("verdicts.jsonl");
    run_ok([
        "replay",
        &events,
        "--checks",
        &checks,
        "--verdicts",
        verdicts.to_str().unwrap(),
        "--data",
        data,
    ]);
    let anew = run_ok([
        "check",
        "--batch",
        &checks,
        "--validate-only",
        "--data",
        data,
    ])
    .stdout;
    std::fs::write(answers.join("verdicts-at-end.jsonl"), anew).unwrap();
    let clusters = run_ok(["clusters", "--data", data]).stdout;
    std::fs::write(answers.join("clusters.jsonl"), clusters).unwrap();
    let scores = run_ok(["scores", "--data", data]).stdout;
    std::fs::write(answers.join("scores.jsonl"), scores).unwrap();
    let recorded = run_ok([
        "evaluate",
        "--data-set",
        set,
        "--answers",
        answers.to_str().unwrap(),
    ]);
    let recorded = recorded.summary();
    let ours = without_reach(ours);
    let recorded = without_reach(recorded);
    for part in ["asked", "harm", "duplicates", "delays", "users"] {
        assert_eq!(ours["report"][part], recorded["report"][part], "{part}");
    }
    let area = "/report/scores/roc_area/value";
    assert_eq!(ours.pointer(area), recorded.pointer(area));
}

/// Answers alone don't tell what accounts used, and so not which pairs are in reach.
fn without_reach(mut summary: Value) -> Value {
    let users = &mut summary["report"]["users"];
    let rows = users["pairs_found_by_population"].as_array_mut();
    for row in rows.unwrap() {
        let found = row.as_object_mut().unwrap();
        assert!(found.remove("pairs_in_reach_found").is_some());
    }
    summary
}

/// Alternatives are asked the same questions; the page and the numbers are written; nothing of the
/// page is loaded from elsewhere.
#[test]
fn alternatives_and_page_are_written() {
    let folder = folder();
    let (set, out) = (folder.path().join("set"), folder.path().join("out"));
    write_set(&set);
    let (set, out_name) = (set.to_str().unwrap(), out.to_str().unwrap());
    let told = run_ok([
        "evaluate",
        "--data-set",
        set,
        "--out",
        out_name,
        "--against",
    ]);
    let evaluation = told.summary();
    let written = std::fs::read_to_string(out.join("evaluation.json")).unwrap();
    assert_eq!(json_lines(&written), std::slice::from_ref(&evaluation));
    assert!(told.stderr.contains("honest people"), "{}", told.stderr);

    let alternatives = evaluation["alternatives"].as_array().unwrap();
    assert_eq!(alternatives.len(), 6);
    let asked = |report: &Value| report["asked"]["covered_tasks"].clone();
    for alternative in alternatives {
        assert_eq!(asked(&alternative["report"]), asked(&evaluation["report"]));
    }
    let share = |report: &Value, of: &str| report.pointer(of).and_then(Value::as_f64).unwrap();
    let honest_revoked = "/harm/honest/accounts_revoked/value";
    // Addresses have offices and classes behind them: refusing those can't be better than us.
    let by_address = &alternatives[2]["report"];
    assert!(share(by_address, honest_revoked) > 0.2);
    assert!(share(&evaluation["report"], honest_revoked) < 0.01);
    // Addresses connect nearly everybody to somebody.
    let connected = &alternatives[5]["report"];
    assert!(share(connected, "/users/honest_persons_merged/value") > 0.5);

    let page = std::fs::read_to_string(out.join("evaluation.html")).unwrap();
    for absent in [
        "http://", "https://", "<script", "<link", "url(", "@import", "NaN", "inf",
    ] {
        assert!(!page.contains(absent), "{absent}");
    }
    assert!(page.contains("<svg") && page.contains("prefers-color-scheme: dark"));
    assert!(page.contains("internet cafe") && page.contains("emulator farm"));
}

/// Another campaign's file counts, and in enforce mode whatever it says.
#[test]
fn the_campaign_can_be_another_and_binds() {
    let folder = folder();
    let set = folder.path().join("set");
    write_set(&set);
    let shipped = repository().join("campaigns/kimi-work-desktop-2026-06.toml");
    let terms = std::fs::read_to_string(shipped).unwrap();
    let observing = folder.path().join("campaign.toml");
    let surfaces = r#"surfaces = ["work-desktop", "chat-desktop"]"#;
    let changed = terms
        .replace(r#"mode = "enforce""#, r#"mode = "observe""#)
        .replacen(r#"surfaces = ["work-desktop"]"#, surfaces, 1);
    assert!(changed.contains("observe\"") && changed.contains(surfaces));
    std::fs::write(&observing, changed).unwrap();
    let set = set.to_str().unwrap();
    let usual = run_ok(["evaluate", "--data-set", set]).summary();
    let other = [
        "evaluate",
        "--data-set",
        set,
        "--campaign",
        observing.to_str().unwrap(),
    ];
    let other = run_ok(other).summary();
    let covered = |evaluation: &Value| evaluation["report"]["asked"]["covered_tasks"].as_u64();
    assert!(
        covered(&other) > covered(&usual),
        "tasks in chat are covered too"
    );
    let revoked = |evaluation: &Value| {
        evaluation["report"]["harm"]["abusive"]["accounts_revoked"]["part"]
            .as_u64()
            .unwrap()
    };
    assert!(revoked(&usual) > 0);
    assert_eq!(
        revoked(&other),
        revoked(&usual),
        "it binds though the file says observe"
    );
}

/// A question that comes twice counts once.
#[test]
fn a_repeated_question_counts_once() {
    let folder = folder();
    write_set(folder.path());
    let set = folder.path().to_str().unwrap();
    let once = run_ok(["evaluate", "--data-set", set]).summary();
    let checks = std::fs::read_to_string(folder.path().join("checks.jsonl")).unwrap();
    let twice = json_lines(&checks)
        .into_iter()
        .flat_map(|check| [check.clone(), check]);
    write_json_lines(folder.path(), "checks.jsonl", twice.collect::<Vec<Value>>());
    let twice = run_ok(["evaluate", "--data-set", set]).summary();
    assert_eq!(once["report"], twice["report"]);
}
