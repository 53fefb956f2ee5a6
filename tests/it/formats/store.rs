//! A whole store of every released format: this build opens it, knows its events, answers its
//! verdicts as they were answered then, and goes on with it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use sameuser::edge::proto::v1;

use super::{VERSIONS, expected, golden};
use crate::support::{Kind, check, event, folder, run_ok, set_task, write_json_lines};

/// Levels above this make it no smaller.
const ZSTD_LEVEL: i32 = 19;

fn events() -> Vec<v1::Event> {
    let mut events = Vec::new();
    let mut add = |name: &str, kind, account: &str, at: &str| {
        let mut event = event(kind, account, at);
        event.event_id = name.into();
        events.push(event);
    };
    add("e1", Kind::Registration, "ada", "2026-06-10T09:00:00+08:00");
    add("e2", Kind::Login, "ada", "2026-06-16T09:00:00+08:00");
    add("e3", Kind::Login, "bob", "2026-06-16T09:30:00+08:00");
    add("e4", Kind::PhoneBound, "ada", "2026-06-17T09:00:00+08:00");
    add("e5", Kind::PhoneBound, "bob", "2026-06-17T09:10:00+08:00");
    add("e6", Kind::Login, "firm", "2026-06-17T10:00:00+08:00");
    for event in &mut events[3..5] {
        event.phone_number = "+8613800138000".into();
    }
    events[5].account_type = v1::AccountType::Enterprise.into();
    for number in 0..40 {
        let at = format!("2026-06-18T02:{number:02}:00+08:00");
        let mut farmed = event(Kind::Registration, &format!("farmed-{number}"), &at);
        farmed.event_id = format!("f{number}");
        farmed.ip_address = "203.0.113.9".into();
        let device = farmed.device.as_mut().unwrap();
        device.device_id = "farm".into();
        device.emulator_signals = vec![1, 6];
        events.push(farmed);
    }
    events
}

fn checks() -> Vec<v1::CheckDiscountRequest> {
    let mut checks: Vec<_> = ["ada", "bob", "firm", "farmed-7", "nobody"]
        .iter()
        .map(|account| check(account, &format!("task of {account}")))
        .collect();
    let mut early = check("ada", "early task");
    set_task(
        &mut early,
        "2026-06-15T23:00:00+08:00",
        Some("2026-06-15T23:59:59+08:00"),
    );
    checks.push(early);
    checks
}

/// Makes the golden store and what it answered, in a folder.
fn make(folder: &Path) {
    let events = write_json_lines(folder, "events.jsonl", events());
    let checks = write_json_lines(folder, "checks.jsonl", checks());
    run_ok([
        "replay".as_ref(),
        events.as_os_str(),
        "--checks".as_ref(),
        checks.as_os_str(),
        "--verdicts".as_ref(),
        folder.join("verdicts.jsonl").as_os_str(),
        "--data".as_ref(),
        folder.join("data").as_os_str(),
    ]);
}

/// The golden files, made where they are asked for, and the store unpacked.
fn unpack(version: u8, folder: &Path) -> PathBuf {
    let made = folder.join("made");
    let is_missing = !golden(version).join("store.db.zst").exists();
    if is_missing && std::env::var_os("SAMEUSER_WRITE_GOLDEN").is_some() {
        fs::create_dir(&made).unwrap();
        make(&made);
    }
    let data = folder.join("data");
    fs::create_dir(&data).unwrap();
    for name in ["events.jsonl", "checks.jsonl", "verdicts.jsonl"] {
        let bytes = expected(version, name, || fs::read(made.join(name)).unwrap());
        fs::write(folder.join(name), bytes).unwrap();
    }
    let key = expected(version, "pseudonym.key", || {
        fs::read(made.join("data/pseudonym.key")).unwrap()
    });
    fs::write(data.join("pseudonym.key"), key).unwrap();
    let packed = expected(version, "store.db.zst", || {
        let store = fs::read(made.join("data/sameuser.db")).unwrap();
        zstd::bulk::compress(&store, ZSTD_LEVEL).unwrap()
    });
    let store = zstd::bulk::decompress(&packed, 1 << 26).unwrap();
    fs::write(data.join("sameuser.db"), store).unwrap();
    data
}

#[test]
fn a_store_of_every_version_opens_answers_as_it_did_and_goes_on() {
    for version in VERSIONS {
        let folder = folder();
        let data = unpack(version, folder.path());
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
        let data = data.to_str().unwrap();
        run_ok(["verify", "--data", data]);
        let replayed = run_ok(["replay", &path("events.jsonl"), "--data", data]).summary();
        let counts = ["accepted", "duplicate", "refused"].map(|name| replayed[name].as_u64());
        assert_eq!(counts, [Some(0), Some(46), Some(0)]);

        let answered = run_ok(["check", "--batch", &path("checks.jsonl"), "--data", data]).json();
        let golden = fs::read_to_string(path("verdicts.jsonl")).unwrap();
        let golden: Vec<serde_json::Value> = golden
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let mut finals = 0;
        for verdict in golden
            .iter()
            .filter(|line| line["verdict"]["final"] == true)
        {
            assert!(
                answered.contains(verdict),
                "{verdict} is answered otherwise"
            );
            finals += 1;
        }
        assert_eq!((golden.len(), finals), (6, 5));

        let mut late = event(Kind::Login, "nobody", "2026-06-19T09:00:00+08:00");
        late.event_id = "late".into();
        let late = write_json_lines(folder.path(), "late.jsonl", [late]);
        run_ok(["replay", late.to_str().unwrap(), "--data", data]);
        run_ok(["verify", "--data", data]);
    }
}
