//! Section 02: what the discount covers, and the scope of application.

use rusqlite::{Connection, OpenFlags};

use super::{ask, ask_one, registered};
use crate::support::{check, folder, run_ok, set_task, write_json_lines};

/// "the Tokens consumed by such tasks will be calculated at 50% (×0.5)".
#[test]
fn tokens_are_calculated_at_50_percent() {
    let answer = ask_one([registered("a1")], check("a1", "t1"));
    answer.assert_allowed();
    assert_eq!(answer.rate(), 5000);
    assert!(
        answer.statement().contains("x0.5"),
        "{}",
        answer.statement()
    );
}

/// "no additional Tokens are issued": the ledger holds a rate and, exactly, the tokens not charged;
/// an odd number of them is halved without rounding, up to the largest task there is.
#[test]
fn the_discount_is_on_usage_and_exact() {
    let folder = folder();
    let data = folder.path().join("data");
    let events = write_json_lines(folder.path(), "events", [registered("a1")]);
    let tokens: [i64; 4] = [0, 1, 3, 1_000_000_000_000];
    let checks = tokens.map(|tokens| {
        let mut question = check("a1", &format!("task of {tokens}"));
        question.task.as_mut().unwrap().tokens = u64::try_from(tokens).unwrap();
        question
    });
    let checks = write_json_lines(folder.path(), "checks", checks);
    let data = data.to_str().unwrap();
    run_ok(["replay", events.to_str().unwrap(), "--data", data]);
    run_ok(["check", "--batch", checks.to_str().unwrap(), "--data", data]);
    let store = Connection::open_with_flags(
        format!("{data}/sameuser.db"),
        OpenFlags::SQLITE_OPEN_READ_ONLY,
    )
    .unwrap();
    let mut rows = store
        .prepare("SELECT tokens, token_basis_points FROM grant_entry ORDER BY seq")
        .unwrap();
    let rows = rows
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    let granted: Vec<(i64, i64)> = rows.map(Result::unwrap).collect();
    assert_eq!(granted, tokens.map(|tokens| (tokens, tokens * 5000)));
    let balance: (i64, i64) = store
        .query_row(
            "SELECT grants, token_basis_points FROM balance",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    assert_eq!(balance, (4, tokens.iter().sum::<i64>() * 5000));
}

/// "Only tasks performed within Kimi Work on the desktop client are eligible"; "Tasks in Chat on the
/// desktop client, as well as all tasks on the App and the web, will be charged at the full rate".
#[test]
fn only_tasks_in_kimi_work_on_the_desktop_client_are_covered() {
    let surfaces = [
        "work-desktop",
        "chat-desktop",
        "app",
        "web",
        "work-web",
        "WORK-DESKTOP",
    ];
    let checks = surfaces.map(|surface| {
        let mut question = check("a1", &format!("task on {surface}"));
        question.surface = surface.into();
        question
    });
    let answers = ask([registered("a1")], checks);
    answers[0].assert_allowed();
    for (answer, surface) in answers.iter().zip(surfaces).skip(1) {
        answer.assert_denied(&["SURFACE_NOT_COVERED"]);
        let words = answer.statement();
        assert!(
            words.contains(surface) && words.contains("work-desktop"),
            "{words}"
        );
    }
}

/// "it cannot be combined with other offers".
#[test]
fn it_cannot_be_combined_with_other_offers() {
    let mut combined = check("a1", "t1");
    combined.other_offers = vec!["spring-sale".into()];
    let mut twice = check("a1", "t2");
    twice.other_offers = vec!["spring-sale".into(), "new-user".into(), "new-user".into()];
    let answers = ask([registered("a1")], [combined, twice, check("a1", "t3")]);
    answers[0].assert_denied(&["OTHER_OFFER_APPLIED"]);
    answers[1].assert_denied(&["OTHER_OFFER_APPLIED"]);
    answers[2].assert_allowed();
    let facts = &answers[1].0["reasons"][0]["facts"];
    assert_eq!(facts["other_offers"], "new-user, spring-sale");
}

/// Every rule that a task fails is named, in order of precedence, and one that nothing cures makes the
/// answer final.
#[test]
fn all_rules_that_fail_are_listed_in_order() {
    let mut enterprise = registered("a1");
    enterprise.account_type = sameuser::edge::proto::v1::AccountType::Enterprise.into();
    enterprise.surface = "web".into();
    let everything = |account: &str| {
        let mut question = check(account, "t1");
        question.surface = "app".into();
        question.other_offers = vec!["spring-sale".into()];
        set_task(
            &mut question,
            "2026-06-15T10:00:00+08:00",
            Some("2026-06-15T11:00:00+08:00"),
        );
        question
    };
    let mut running = check("a1", "t2");
    running.surface = "chat-desktop".into();
    set_task(&mut running, "2026-06-20T10:20:00+08:00", None);
    let mut running_unknown = check("a2", "t3");
    set_task(&mut running_unknown, "2026-06-20T10:20:00+08:00", None);
    let answers = ask(
        [enterprise],
        [everything("a1"), everything("a2"), running, running_unknown],
    );
    answers[0].assert_denied(&[
        "OUTSIDE_EVENT_PERIOD",
        "SURFACE_NOT_COVERED",
        "ENTERPRISE_ACCOUNT",
        "NO_DESKTOP_LOGIN",
        "OTHER_OFFER_APPLIED",
    ]);
    answers[1].assert_denied(&[
        "OUTSIDE_EVENT_PERIOD",
        "SURFACE_NOT_COVERED",
        "OTHER_OFFER_APPLIED",
        "UNKNOWN_ACCOUNT",
    ]);
    answers[2].assert_denied(&[
        "TASK_NOT_COMPLETED",
        "SURFACE_NOT_COVERED",
        "ENTERPRISE_ACCOUNT",
        "NO_DESKTOP_LOGIN",
    ]);
    answers[3].assert_denied_for_now(&["TASK_NOT_COMPLETED", "UNKNOWN_ACCOUNT"]);
}
