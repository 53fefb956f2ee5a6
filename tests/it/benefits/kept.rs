//! Who was revoked once stays so while the score wavers about the threshold, and no longer.

use std::path::Path;

use sameuser::edge::proto::v1::{self, AdjustmentState, Decision, ReasonCode};
use serde_json::json;

use super::{
    Action, asked, assert_allowed, assert_says, at, dispose, disposition, publish, registered,
    terms, verify, watch,
};
use crate::support::{Kind, Server, completed_task, event, folder};

const EVENT: &str = "summer-2026";
const ACCOUNT: &str = "a1";

/// Revokes where nine of ten tasks had no input, is in doubt where half had none, and clears where fewer.
fn model() -> String {
    json!({
        "revision": "kept-1", "description": "made for a test", "base_rate_ppm": 10_000,
        "bias_millilogits": -3000,
        "features": [{
            "name": "tasks_without_input", "pattern": "SCRIPTED_ACTIVITY", "monotone": "rising",
            "edges": [500, 900], "points": [0, 4000, 9000], "missing": 0,
            "statement": "{value} in 1000 of its tasks had no input",
        }],
        "calibration": [[-5000, 10_000], [0, 500_000], [5000, 990_000]],
    })
    .to_string()
}

/// A server with that model.
fn start(folder: &Path, data: &Path) -> Server {
    let (file, configuration) = (folder.join("model.json"), folder.join("sameuser.toml"));
    std::fs::write(&file, model()).unwrap();
    let line = format!("abuse_model = {:?}\n", file.to_str().unwrap());
    std::fs::write(&configuration, line).unwrap();
    Server::start_with(data, |command| {
        command.arg("--config").arg(&configuration);
    })
}

/// So many tasks, with or without input.
fn tasks(from: i64, count: i64, input_events: u32) -> Vec<v1::Event> {
    let task = |number: i64| {
        let name = format!("seen-{number}");
        let mut event = event(Kind::TaskCompleted, ACCOUNT, "2026-06-17T09:00:00+08:00");
        event.occurred_at = Some(at(number * 600));
        let time = "2026-06-17T08:00:00+08:00";
        let mut task = completed_task(&name, time, time, 1200);
        task.input_events = Some(input_events);
        event.task = Some(task);
        event
    };
    (from..from + count).map(task).collect()
}

async fn ask(server: &Server, task: &str) -> v1::Verdict {
    server.ask(asked(EVENT, ACCOUNT, task)).await.unwrap()
}

#[tokio::test]
async fn who_was_revoked_stays_so_while_the_score_wavers() {
    let folder = folder();
    let data = folder.path().join("data");
    let server = start(folder.path(), &data);
    publish(&server, terms(EVENT)).await;

    // In doubt from the first: allowed, since nothing was found yet.
    server.accept(vec![registered(ACCOUNT)]).await;
    server.accept(tasks(0, 8, 0).split_off(4)).await;
    server.accept(tasks(10, 4, 50)).await;
    assert_allowed(&ask(&server, "in doubt").await);

    // Found: what was granted before is taken back.
    server.accept(tasks(100, 60, 0)).await;
    let mut changes = watch(&server, 0).await;
    let found = ask(&server, "found").await;
    assert_says(&found, Decision::Revoke, ReasonCode::ScriptedActivity);
    assert!(!found.reasons[0].facts.contains_key("found_before"));
    let recovery = changes.next_in(AdjustmentState::Open, 1).await.remove(0);

    // In doubt again: it stays so, and says by which verdict.
    server.accept(tasks(200, 30, 50)).await;
    let kept = ask(&server, "kept").await;
    assert_says(&kept, Decision::Revoke, ReasonCode::ScriptedActivity);
    assert_eq!(kept.reasons[0].facts["found_before"], found.verdict_id);

    // A person clears the account: the same doubt revokes it no more, and what was taken is given back.
    let clear = disposition(Action::Clear(v1::Clear::default()), &[ACCOUNT]);
    dispose(&server, clear).await;
    assert_allowed(&ask(&server, "cleared").await);
    let reversed = changes
        .next_in(AdjustmentState::Reversed, 1)
        .await
        .remove(0);
    assert_eq!(reversed.adjustment_id, recovery.adjustment_id);

    server.stopped().await;
    verify(&data, 0);
}

#[tokio::test]
async fn who_is_no_longer_in_doubt_is_not_kept() {
    let folder = folder();
    let data = folder.path().join("data");
    let server = start(folder.path(), &data);
    publish(&server, terms(EVENT)).await;
    server.accept(vec![registered(ACCOUNT)]).await;
    server.accept(tasks(0, 20, 0)).await;
    assert_eq!(ask(&server, "found").await.decision(), Decision::Revoke);
    server.accept(tasks(100, 15, 50)).await;
    // It is remembered across a restart.
    server.stopped().await;
    let server = start(folder.path(), &data);
    assert_eq!(ask(&server, "kept").await.decision(), Decision::Revoke);
    server.accept(tasks(200, 30, 50)).await;
    assert_allowed(&ask(&server, "released").await);
    server.stopped().await;
    verify(&data, 0);
}
