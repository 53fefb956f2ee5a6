//! Lines that are no message at all, among good ones; and what JSON may look like.

use std::io::Write;

use crate::support::{Kind, Server, check, event, folder, run, run_ok, run_with_input};

/// Lines of an event file that are refused, and what the refusal says of the line.
fn bad_event_lines() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let good = serde_json::to_string(&event(Kind::Login, "a1", "2025-06-01T12:00:00Z")).unwrap();
    let with = |from: &str, to: &str| {
        assert!(good.contains(from), "{good} holds {from}");
        good.replace(from, to).into_bytes()
    };
    let time = "\"2025-06-01T12:00:00+00:00\"";
    let kind = "\"EVENT_TYPE_LOGIN\"";
    let owner = "\"ACCOUNT_TYPE_INDIVIDUAL\"";
    let long = format!("{{\"eventId\":\"{}\"}}", "x".repeat(300_000));
    vec![
        (
            "cut off in the middle",
            good.as_bytes()[..good.len() / 2].into(),
            "EOF",
        ),
        (
            "cut off at the end",
            good.as_bytes()[..good.len() - 1].into(),
            "EOF",
        ),
        ("no JSON", b"eventId: e1".to_vec(), "expected value"),
        (
            "two values",
            format!("{good}{good}").into_bytes(),
            "trailing characters",
        ),
        ("an array", format!("[{good}]").into_bytes(), "invalid type"),
        ("null", b"null".to_vec(), "invalid type"),
        ("a number", b"17".to_vec(), "invalid type"),
        (
            "binary",
            vec![0, 159, 146, 150, 255, 254, 0, 1],
            "is not UTF-8",
        ),
        (
            "no UTF-8 in a string",
            with("work-desktop", "work-\u{1}desktop"),
            "control character",
        ),
        (
            "not UTF-8",
            {
                let mut bytes = good.clone().into_bytes();
                let place = good.find("work-desktop").unwrap();
                bytes[place] = 0xff;
                bytes
            },
            "is not UTF-8",
        ),
        ("very long", long.into_bytes(), "too long"),
        (
            "deeply nested",
            format!("{{\"x\":{}", "[".repeat(100_000)).into_bytes(),
            "EOF",
        ),
        (
            "an unknown event type",
            with(kind, "\"EVENT_TYPE_PARTY\""),
            "EVENT_TYPE_PARTY",
        ),
        ("an unprefixed event type", with(kind, "\"LOGIN\""), "LOGIN"),
        ("an unknown event type's number", with(kind, "99"), "99"),
        (
            "an unknown account type",
            with(owner, "\"ACCOUNT_TYPE_ROBOT\""),
            "ACCOUNT_TYPE_ROBOT",
        ),
        (
            "an unknown emulator signal",
            with(
                "\"osVersion\"",
                "\"emulatorSignals\":[\"EMULATOR_SIGNAL_X\"],\"osVersion\"",
            ),
            "EMULATOR_SIGNAL_X",
        ),
        ("a time that is none", with(time, "\"yesterday\""), "line"),
        (
            "the 13th month",
            with(time, "\"2025-13-01T12:00:00Z\""),
            "line",
        ),
        (
            "a time without a zone",
            with(time, "\"2025-06-01T12:00:00\""),
            "line",
        ),
        ("a time as a number", with(time, "1748779200"), "line"),
        (
            "a number as an id",
            with("\"accountId\":\"a1\"", "\"accountId\":17"),
            "invalid type",
        ),
        (
            "a device that is none",
            with("\"deviceId\":", "\"deviceId\":[],\"x\":"),
            "invalid type",
        ),
        (
            "tokens below zero",
            with(kind, &format!("{kind},\"task\":{{\"tokens\":\"-1\"}}")),
            "line",
        ),
        (
            "tokens in words",
            with(kind, &format!("{kind},\"task\":{{\"tokens\":\"many\"}}")),
            "line",
        ),
        (
            "tokens past 64 bits",
            with(
                kind,
                &format!("{kind},\"task\":{{\"tokens\":\"18446744073709551616\"}}"),
            ),
            "line",
        ),
        (
            "a field twice",
            with(kind, &format!("{kind},\"eventType\":{kind}")),
            "duplicate field",
        ),
    ]
}

/// A line number and two words that its refusal must say.
type ExpectedRefusal = (usize, &'static str, &'static str);

/// A good line before and after every bad one, blank lines in between.
fn event_file() -> (Vec<u8>, Vec<ExpectedRefusal>, usize) {
    let mut file = Vec::new();
    let (mut lines, mut good) = (0, 0);
    let mut expected = Vec::new();
    let mut write = |bytes: &[u8]| {
        file.write_all(bytes).unwrap();
        file.write_all(b"\n").unwrap();
        lines += 1;
        lines
    };
    for (name, bytes, says) in bad_event_lines() {
        let neighbour = event(
            Kind::Login,
            &format!("before {name}"),
            "2025-06-01T12:00:00Z",
        );
        write(serde_json::to_string(&neighbour).unwrap().as_bytes());
        write(b"  \r");
        expected.push((write(&bytes), name, says));
        good += 1;
    }
    // The last line needs no end.
    let last = event(Kind::Login, "last", "2025-06-01T12:00:00Z");
    file.write_all(serde_json::to_string(&last).unwrap().as_bytes())
        .unwrap();
    (file, expected, good + 1)
}

#[test]
fn each_broken_line_is_refused_by_number_and_its_neighbours_are_taken_in() {
    let folder = folder();
    let (file, expected, good) = event_file();
    let path = folder.path().join("events.jsonl");
    std::fs::write(&path, file).unwrap();
    let told = run([
        "replay".as_ref(),
        path.as_os_str(),
        "--data".as_ref(),
        folder.path().as_os_str(),
    ])
    .expect(0);
    assert_told(&told.stderr, &path.display().to_string(), &expected);
    let summary = serde_json::json!({
        "accepted": good, "duplicate": 0, "refused": expected.len(),
    });
    assert_eq!(told.summary(), summary);
    let accounts = run_ok(["clusters".as_ref(), "--data".as_ref(), folder.path()]);
    assert_eq!(accounts.json().len(), good);
}

/// The same from standard input to a server.
#[test]
fn each_broken_line_of_standard_input_is_refused_before_a_server() {
    let folder = folder();
    let server = Server::start(folder.path());
    let (file, expected, good) = event_file();
    let told = run_with_input(["replay", "-", "--server", &server.url()], &file).expect(0);
    assert_told(&told.stderr, "-", &expected);
    assert_eq!(told.summary()["accepted"], good);
    assert_eq!(told.summary()["refused"], expected.len());
}

#[track_caller]
fn assert_told(stderr: &str, file: &str, expected: &[(usize, &str, &str)]) {
    let lines: Vec<&str> = stderr.lines().collect();
    assert_eq!(lines.len(), expected.len(), "{stderr}");
    for ((number, name, says), line) in expected.iter().zip(lines) {
        let place = format!("{file}:{number}: line: ");
        assert!(
            line.starts_with(&place),
            "{name}: {line} does not start with {place}"
        );
        assert!(line.contains(says), "{name}: {line} does not say {says}");
    }
}

/// What JSON may look like: both spellings of names, numbers as strings or numbers, unknown fields,
/// enum values by name or number, offsets, white space.
#[test]
fn every_spelling_of_proto3_json_is_read() {
    let folder = folder();
    let lines = [
        r#"{"event_id":"e1","event_type":"EVENT_TYPE_LOGIN","occurred_at":"2025-06-01T12:00:00Z","account_id":"a1"}"#,
        r#"{"eventId":"e2","eventType":2,"occurredAt":"2025-06-01T20:00:00.5+08:00","accountId":"a2"}"#,
        r#"  {"eventId":"e3" , "eventType":"EVENT_TYPE_TASK_COMPLETED","occurredAt":"2025-06-01T12:00:00Z","accountId":"a3","task":{"taskId":"t","tokens":12}}  "#,
        r#"{"eventId":"e4","eventType":"EVENT_TYPE_TASK_COMPLETED","occurredAt":"2025-06-01T12:00:00Z","accountId":"a4","task":{"taskId":"t","tokens":"12","inputEvents":3}}"#,
        r#"{"eventId":"e5","eventType":"EVENT_TYPE_LOGIN","occurredAt":"2025-06-01T12:00:00Z","accountId":"a5","fromTheFuture":{"deep":[1,2]}}"#,
        r#"{"eventId":"e6","eventType":"EVENT_TYPE_LOGIN","occurredAt":"2025-06-01T12:00:00Z","accountId":"a6","device":null,"task":null,"surface":null}"#,
        r#"{"eventId":"e7","eventType":"EVENT_TYPE_LOGIN","occurredAt":"2025-06-01T12:00:00Z","accountId":"王"}"#,
    ];
    let data = folder.path().to_str().unwrap();
    let told = run_with_input(
        ["replay", "-", "--data", data],
        lines.join("\r\n").as_bytes(),
    );
    let summary = told.expect(0).summary();
    assert_eq!(summary["accepted"], lines.len(), "{summary}");
}

/// A broken question is answered in its place, in the same form as a refused one; the others are
/// answered around it, and the command says at the end that something was refused.
#[test]
fn each_broken_question_is_answered_in_its_place() {
    let folder = folder();
    let data = folder.path().to_str().unwrap();
    let account = event(Kind::Registration, "a1", "2026-06-16T09:00:00+08:00");
    let line = serde_json::to_string(&account).unwrap();
    run_with_input(["replay", "-", "--data", data], line.as_bytes()).expect(0);
    let good = |number: usize| serde_json::to_string(&check("a1", &format!("t{number}"))).unwrap();
    let long = format!("{{\"surface\":\"{}\"}}", "x".repeat(300_000));
    let bad: [&[u8]; 6] = [
        b"{\"campaignId\":",
        b"[]",
        &[0xff, 0xfe, 0x00],
        long.as_bytes(),
        br#"{"campaignId":"c","task":{"startedAt":"noon"}}"#,
        br#"{"campaignId":"c","task":{"tokens":"1e400"}}"#,
    ];
    let mut input = Vec::new();
    for (number, bad) in bad.iter().enumerate() {
        input.extend_from_slice(good(number).as_bytes());
        input.push(b'\n');
        input.extend_from_slice(bad);
        input.push(b'\n');
    }
    let told = run_with_input(["check", "--batch", "-", "--data", data], &input).expect(1);
    let answers = told.json();
    assert_eq!(answers.len(), 2 * bad.len());
    for (number, two) in answers.chunks(2).enumerate() {
        assert_eq!(two[0]["verdict"]["taskId"], format!("t{number}"));
        let error = &two[1]["error"];
        assert_eq!(error["code"], "INVALID_ARGUMENT", "{error}");
        assert_eq!(error["fields"][0]["field"], "line", "{error}");
        assert!(
            !error["fields"][0]["description"]
                .as_str()
                .unwrap()
                .is_empty()
        );
        assert!(
            error["message"].as_str().unwrap().starts_with("line: "),
            "{error}"
        );
    }
}
