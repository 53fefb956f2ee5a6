//! Entries that can't be taken in: kept once, sealed, shown beside their stream, replayed or discarded.

use std::collections::HashMap;

use super::{STREAM, json, logins, open_letters};
use crate::support::{Kind, Redis, Server, event, folder, program, run, run_ok, write_json_lines};

/// Entries broken in every way; the good ones around them are taken in.
fn broken(good: &sameuser::edge::proto::v1::Event) -> Vec<(&'static str, Vec<u8>)> {
    let mut other_content = good.clone();
    other_content.surface = "web".into();
    let mut invalid = event(Kind::Login, "account-x", "2026-06-17T10:00:00Z");
    invalid.phone_number = "13800138000".into();
    vec![
        (
            "unreadable",
            b"{\"eventId\":\"x\",\"phoneNumber\":\"+8613912345678\"".to_vec(),
        ),
        ("unreadable", b"\xff\xfe+8613912345678".to_vec()),
        (
            "unreadable",
            b"{\"eventType\":\"EVENT_TYPE_+8613912345678\"}".to_vec(),
        ),
        ("invalid", json(&invalid)),
        ("other_content", json(&other_content)),
        ("too_large", vec![b'{'; 1 << 20]),
    ]
}

#[test]
fn what_cant_be_read_is_kept_sealed_shown_and_acknowledged() {
    let folder = folder();
    let data = folder.path().to_str().unwrap();
    let redis = Redis::start();
    let good = logins(5);
    redis.add(STREAM, good.iter().map(json));
    let broken = broken(&good[0]);
    let ids = redis.add(STREAM, broken.iter().map(|(_, entry)| entry));
    let other: String = redis.ask(&["XADD", STREAM, "*", "message", "+8613912345678"]);
    let server = Server::following(folder.path(), &redis.url());
    server.until("acknowledged all", || {
        redis.group(STREAM, "pending") == Some(0)
    });

    let listed = open_letters(&["--server", &server.url()]);
    // Also beside the server, from the journal itself.
    assert_eq!(listed, open_letters(&["--data", data]));
    assert_eq!(listed.len(), broken.len() + 1);
    for ((letter, (reason, entry)), id) in listed.iter().zip(&broken).zip(&ids) {
        assert_eq!(letter["reason"], *reason, "{letter}");
        assert_eq!(letter["entry_id"], **id);
        assert_eq!(letter["entry_bytes"], entry.len());
        // Bytes as they came, text or not.
        let mut show = program();
        show.args(["dead-letters", "show", id, "--data", data]);
        assert_eq!(&show.output().unwrap().stdout, entry);
    }
    assert_eq!(listed[broken.len()]["reason"], "no_event_field");
    let shown = run_ok(["dead-letters", "show", &other, "--data", data]);
    assert_eq!(shown.stdout, "message=+8613912345678\n");

    // The mirror has each under its own id, sealed; nothing raw is in the log, the store or there.
    let mirror = format!("{STREAM}:dead");
    let entries: Vec<(String, HashMap<String, Vec<u8>>)> =
        redis.ask(&["XRANGE", &mirror, "-", "+"]);
    let mirrored: Vec<&String> = entries.iter().map(|(id, _)| id).collect();
    let all: Vec<&String> = ids.iter().chain([&other]).collect();
    assert_eq!(mirrored, all);
    let raw = b"13912345678";
    let holds_raw = |bytes: &[u8]| bytes.windows(raw.len()).any(|part| part == raw);
    for (_, fields) in &entries {
        assert!(!fields["error"].is_empty());
        assert!(!fields.values().any(|value| holds_raw(value)));
    }
    assert!(!holds_raw(server.log().as_bytes()), "{}", server.log());
    for file in ["sameuser.db", "sameuser.db-wal"] {
        assert!(
            !holds_raw(&std::fs::read(folder.path().join(file)).unwrap()),
            "{file}"
        );
    }
    let total = |reason: &str| {
        server.metric(&format!(
            "sameuser_dead_letters_total{{reason=\"{reason}\"}}"
        ))
    };
    assert_eq!(total("unreadable"), 3.0);
    assert_eq!(total("too_large"), 1.0);
    server.until("counted open ones", || {
        server.metric("sameuser_dead_letters_open") == 7.0
    });
    let (status, log) = server.stop();
    assert!(status.success(), "{log}");
    run_ok(["verify", "--data", data]);
}

#[test]
fn letters_are_replayed_corrected_or_discarded_once() {
    let folder = folder();
    let data_path = folder.path().join("data");
    let data = data_path.to_str().unwrap();
    let redis = Redis::start();
    let mut wrong = event(Kind::Login, "late", "2026-06-17T10:00:00Z");
    wrong.phone_number = "138".into();
    let mut other = event(Kind::Login, "other", "2026-06-17T10:00:00Z");
    other.ip_address = "nowhere".into();
    let ids = redis.add(STREAM, [json(&wrong), json(&other), b"{".to_vec()]);
    let server = Server::following(&data_path, &redis.url());
    let at = ["--server", &server.url()].map(str::to_string);
    let letters = |rest: &[&str]| {
        let words = [&["dead-letters"], rest, &[&at[0], &at[1]]].concat();
        run(words)
    };
    assert_eq!(open_letters(&[&at[0], &at[1]]).len(), 3);
    // As it is, it is as wrong as before, and stays.
    let again = letters(&["replay", &ids[0]]).expect(1);
    assert_eq!(again.summary()["refused"], 1);
    assert!(again.stderr.contains("phone_number"), "{}", again.stderr);
    wrong.phone_number = "+8613800138000".into();
    let corrected = write_json_lines(folder.path(), "corrected.json", [&wrong]);
    let corrected = corrected.to_str().unwrap();
    let replayed = letters(&["replay", &ids[0], "--with", corrected]).expect(0);
    assert_eq!(replayed.summary()["resolved"], 1);
    let twice = letters(&["replay", &ids[0], "--with", corrected]).expect(1);
    assert!(
        twice.stderr.contains("resolved already"),
        "{}",
        twice.stderr
    );
    letters(&["discard", &ids[1]]).expect(0);
    let unknown = letters(&["discard", "1-1"]).expect(1);
    assert!(
        unknown.stderr.contains("does not exist"),
        "{}",
        unknown.stderr
    );
    assert_eq!(open_letters(&[&at[0], &at[1]]).len(), 1);
    let clusters = run_ok(["clusters", &at[0], &at[1]]).stdout;
    assert!(clusters.contains("\"late\"") && !clusters.contains("\"other\""));
    let (status, log) = server.stop();
    assert!(status.success(), "{log}");

    // A store that nobody holds, after reopening.
    assert_eq!(open_letters(&["--data", data]).len(), 1);
    run_ok(["dead-letters", "discard", "--all", "--data", data]);
    assert!(open_letters(&["--data", data]).is_empty());
    run_ok(["verify", "--data", data]);
    // Without its key nothing opens.
    run(["dead-letters", "show", &ids[2], "--data", data]).expect(1);
}
