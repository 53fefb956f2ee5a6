//! Stores: held by one process, copied while served, verified.

use std::{os::unix::fs::PermissionsExt, path::Path};

use rusqlite::Connection;

use super::{Set, checks, events};
use crate::support::{Finished, Kind, Server, check, event, folder, run, run_ok, write_json_lines};

fn on(data: &Path, command: &[&str]) -> Finished {
    run(command
        .iter()
        .copied()
        .chain(["--data", data.to_str().unwrap()]))
}

/// While a server holds a store, whoever else wants it is told so, and what to do.
#[test]
fn a_store_that_a_server_holds_is_refused() {
    let folder = folder();
    let set = Set::write(folder.path());
    let data = folder.path().join("data");
    let server = Server::start(&data);
    let (events, checks) = (set.events.to_str().unwrap(), set.checks.to_str().unwrap());
    for command in [
        &["replay", events][..],
        &["check", "--batch", checks],
        &["clusters"],
        &["scores"],
        &["adjustments"],
        &["audit"],
    ] {
        let told = on(&data, command).expect(1);
        assert!(
            told.stderr.contains("is in use by another process"),
            "{}",
            told.stderr
        );
        assert!(told.stderr.contains("--server"), "{}", told.stderr);
        assert_eq!(told.stdout, "");
    }
    let addresses = ["serve", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"];
    let told = on(&data, &addresses).expect(1);
    assert!(
        told.stderr.contains("is in use by another process"),
        "{}",
        told.stderr
    );
    server.stop();
    on(&data, &["clusters"]).expect(0);
}

#[test]
fn the_default_store_is_in_data() {
    let folder = folder();
    let output = crate::support::program()
        .arg("clusters")
        .current_dir(folder.path())
        .output()
        .unwrap();
    Finished::from(output).expect(0);
    assert!(folder.path().join("data/sameuser.db").is_file());
}

/// A server's backup is an online copy: it opens as a store, verifies, and answers the same; what the
/// server takes in afterwards is not in it. It never overwrites.
#[tokio::test]
async fn a_backup_while_serving_opens_as_a_store_and_verifies() {
    let folder = folder();
    let (data, copy) = (folder.path().join("data"), folder.path().join("copy"));
    let set = Set::write(folder.path());
    set.replay_into(&data);
    on(&data, &["check", "--batch", set.checks.to_str().unwrap()]).expect(1);
    let accounts = on(&data, &["clusters"]).expect(0).stdout;
    let server = Server::start(&data);
    server
        .accept(vec![event(
            Kind::Login,
            "while served",
            "2025-06-01T12:00:00Z",
        )])
        .await;
    let verdict = server.ask(check("while served", "t1")).await.unwrap();
    let backup = ["backup", "--to", copy.to_str().unwrap()];
    let told = on(&data, &backup).expect(0);
    assert_eq!((told.stdout.as_str(), told.stderr.as_str()), ("", ""));
    server
        .accept(vec![event(
            Kind::Login,
            "afterwards",
            "2025-06-01T12:00:00Z",
        )])
        .await;

    let verified = run_ok(["verify".as_ref(), "--data".as_ref(), copy.as_os_str()]).summary();
    assert_eq!(verified["faults"], 0, "{verified}");
    assert_eq!(verified["events"], events().len() + 1, "{verified}");
    let of_the_copy = on(&copy, &["clusters"]).expect(0).stdout;
    assert!(of_the_copy.starts_with(&accounts), "{of_the_copy}");
    assert!(of_the_copy.contains("while served") && !of_the_copy.contains("afterwards"));
    let question = write_json_lines(folder.path(), "question", [check("while served", "t1")]);
    let told = on(&copy, &["check", "--batch", question.to_str().unwrap()]).expect(0);
    assert_eq!(told.summary()["verdict"]["verdictId"], verdict.verdict_id);

    let mode = copy
        .join("pseudonym.key")
        .metadata()
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600, "only its owner reads the key");
    let told = on(&data, &backup).expect(1);
    assert!(
        told.stderr.contains("already holds a store"),
        "{}",
        told.stderr
    );
}

#[test]
fn verify_says_what_it_looked_at() {
    let folder = folder();
    let data = decided_store(folder.path());
    let verified = on(&data, &["verify"]).expect(0).summary();
    let verdicts = checks().len() - 1;
    let expected = serde_json::json!({
        "events": events().len(), "verdicts": verdicts, "judged_again": verdicts,
        // The terms, the abuse model, the evidence weights.
        "entries": 3, "of_other_rules": 0, "faults": 0,
    });
    assert_eq!(verified, expected);
}

/// A store with events and verdicts, held by nobody.
fn decided_store(folder: &Path) -> std::path::PathBuf {
    let data = folder.join("data");
    let set = Set::write(folder);
    set.replay_into(&data);
    on(&data, &["check", "--batch", set.checks.to_str().unwrap()]).expect(1);
    data
}

/// Whoever changes the ledger behind the program's back is found out: each change alone makes `verify`
/// fail and is named.
#[test]
fn verify_finds_what_was_changed() {
    for (change, named) in [
        (
            "UPDATE verdict SET rate_basis_points = 5000 WHERE seq = 2",
            "verdict 2",
        ),
        ("UPDATE verdict SET decision = 1 WHERE seq = 2", "verdict 2"),
        (
            "UPDATE verdict SET tokens = tokens + 1 WHERE seq = 1",
            "verdict 1",
        ),
        (
            "UPDATE verdict SET account_id = 'second' WHERE seq = 1",
            "verdict 1",
        ),
        (
            "UPDATE verdict SET task_id = 'another' WHERE seq = 1",
            "verdict 1",
        ),
        (
            "UPDATE verdict SET decided_at_us = decided_at_us + 1 WHERE seq = 1",
            "verdict 1",
        ),
        ("UPDATE verdict SET is_final = 1 WHERE seq = 3", "verdict 3"),
        (
            "UPDATE verdict SET events_seen = 1 WHERE seq = 4",
            "verdict 4",
        ),
        (
            "UPDATE verdict SET record = (SELECT record FROM verdict WHERE seq = 1) WHERE seq = 2",
            "verdict 2",
        ),
        (
            "UPDATE verdict SET salt = zeroblob(16) WHERE seq = 5",
            "verdict 5",
        ),
        ("DELETE FROM verdict WHERE seq = 3", "verdict"),
        (
            "DELETE FROM verdict WHERE seq = (SELECT max(seq) FROM verdict)",
            "verdict",
        ),
        (
            "INSERT INTO verdict SELECT seq + 6, decided_at_us, decision, is_final, campaign_id, \
             campaign_revision, account_id, task_id, rate_basis_points, tokens, events_seen, salt, \
             record, record_digest FROM verdict WHERE seq = 1",
            "verdict",
        ),
        (
            "UPDATE entry SET record = zeroblob(length(record)) WHERE seq = 1",
            "",
        ),
        (
            "UPDATE event_page SET payloads = zeroblob(length(payloads))",
            "",
        ),
        (
            "UPDATE journal_group SET chain = zeroblob(32) WHERE number = 1",
            "",
        ),
        (
            "DELETE FROM journal_group WHERE number = (SELECT max(number) FROM journal_group)",
            "",
        ),
    ] {
        let folder = folder();
        let data = decided_store(folder.path());
        let store = Connection::open(data.join("sameuser.db")).unwrap();
        assert!(
            store.execute(change, []).unwrap() > 0,
            "{change} changes something"
        );
        drop(store);
        let told = on(&data, &["verify"]);
        assert_eq!(told.code, 1, "{change}: {}", told.stdout);
        assert!(
            told.stderr.starts_with("fault: "),
            "{change}: {}",
            told.stderr
        );
        assert!(
            told.stderr.contains(named),
            "{change}: {} names {named}",
            told.stderr
        );
        let faults = told.summary()["faults"].as_u64().unwrap();
        assert_eq!(
            told.stderr.lines().count() as u64,
            faults,
            "{change}: a line for each fault"
        );
    }
}

/// The ledger is plain SQL: what the schema documents can be asked of a copy with any tool.
#[test]
fn the_ledger_can_be_queried() {
    let folder = folder();
    let data = decided_store(folder.path());
    let store = Connection::open(data.join("sameuser.db")).unwrap();
    let mut balance = store
        .prepare("SELECT account_id, grants, token_basis_points FROM balance ORDER BY account_id")
        .unwrap();
    let rows = balance
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap();
    let balances: Vec<(String, i64, i64)> = rows.map(Result::unwrap).collect();
    let expected = ["first", "little known"].map(|account| (account.into(), 1, 1200 * 5000));
    assert_eq!(balances, expected);
    let documented: String = store
        .query_row(
            "SELECT sql FROM sqlite_schema WHERE name = 'verdict'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert!(
        documented.contains("-- 1 ALLOW, 2 DENY, 3 REVOKE"),
        "{documented}"
    );
}

/// A file that is no store of ours is not touched.
#[test]
fn a_foreign_database_is_refused() {
    let folder = folder();
    let data = folder.path();
    on(data, &["clusters"]).expect(0);
    let file = data.join("sameuser.db");
    for leftover in ["sameuser.db", "sameuser.db-wal", "sameuser.db-shm"] {
        let _absent = std::fs::remove_file(data.join(leftover));
    }
    let foreign = Connection::open(&file).unwrap();
    foreign
        .execute_batch("CREATE TABLE note (text TEXT)")
        .unwrap();
    drop(foreign);
    let before = std::fs::read(&file).unwrap();
    for command in ["clusters", "verify"] {
        let told = on(data, &[command]).expect(1);
        assert!(
            told.stderr.contains("is not a sameuser store"),
            "{}",
            told.stderr
        );
    }
    assert_eq!(std::fs::read(&file).unwrap(), before);
}
