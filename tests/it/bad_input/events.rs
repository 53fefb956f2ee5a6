//! Events with something wrong in them, and those that are just within the limits.

use pbjson_types::Timestamp;
use sameuser::edge::proto::v1::{Device, Event, EventResult, OtherIdentifier, Task};
use tonic::Code;

use super::{bytes, outcome, refused, told_inside};
use crate::support::{
    Kind, Server, event, folder, instant, program, run, run_ok, write_json_lines,
};

/// What is wrong, in which field, and how to make it so.
struct Case {
    field: &'static str,
    spoil: fn(&mut Event),
    /// proto3-JSON can't say it, so no file holds it.
    only_grpc: bool,
}

const fn case(field: &'static str, spoil: fn(&mut Event)) -> Case {
    Case {
        field,
        spoil,
        only_grpc: false,
    }
}

const fn only_grpc(field: &'static str, spoil: fn(&mut Event)) -> Case {
    Case {
        field,
        spoil,
        only_grpc: true,
    }
}

fn device(event: &mut Event) -> &mut Device {
    event.device.as_mut().unwrap()
}

fn task(event: &mut Event) -> &mut Task {
    event.task.get_or_insert_default()
}

fn at(seconds: i64, nanos: i32) -> Option<Timestamp> {
    Some(Timestamp { seconds, nanos })
}

fn others(count: usize, kind: &str, value: &str) -> Vec<OtherIdentifier> {
    let other = OtherIdentifier {
        kind: kind.into(),
        value: value.into(),
    };
    vec![other; count]
}

const CASES: &[Case] = &[
    case("event_id", |event| event.event_id.clear()),
    case("event_type", |event| event.event_type = 0),
    case("occurred_at", |event| event.occurred_at = None),
    case("account_id", |event| event.account_id.clear()),
    case("event_id", |event| event.event_id = bytes(257)),
    case("account_id", |event| event.account_id = bytes(257)),
    case("surface", |event| event.surface = bytes(257)),
    case("display_name", |event| event.display_name = bytes(257)),
    // 86 characters, but 258 bytes.
    case("display_name", |event| event.display_name = "王".repeat(86)),
    case("device.device_id", |event| {
        device(event).device_id = bytes(257)
    }),
    case("device.platform", |event| {
        device(event).platform = bytes(257)
    }),
    case("device.model", |event| device(event).model = bytes(257)),
    case("device.os_version", |event| {
        device(event).os_version = bytes(257)
    }),
    case("device.client_version", |event| {
        device(event).client_version = bytes(257)
    }),
    case("device.hardware_fingerprint", |event| {
        device(event).hardware_fingerprint = bytes(257);
    }),
    case("occurred_at", |event| {
        event.occurred_at = Some(instant("1999-12-31T23:59:59.999999999Z"));
    }),
    case("occurred_at", |event| {
        event.occurred_at = Some(instant("2100-01-01T00:00:00Z"))
    }),
    case("occurred_at", |event| {
        event.occurred_at = Some(instant("0001-01-01T00:00:00Z"))
    }),
    case("occurred_at", |event| {
        event.occurred_at = Some(instant("9999-12-31T23:59:59Z"))
    }),
    only_grpc("occurred_at", |event| event.occurred_at = at(i64::MAX, 0)),
    only_grpc("occurred_at", |event| event.occurred_at = at(i64::MIN, 0)),
    only_grpc("occurred_at", |event| {
        event.occurred_at = at(1_750_000_000, 1_000_000_000)
    }),
    only_grpc("occurred_at", |event| {
        event.occurred_at = at(1_750_000_000, -1)
    }),
    only_grpc("occurred_at", |event| {
        event.occurred_at = at(1_750_000_000, i32::MIN)
    }),
    case("phone_number", |event| {
        event.phone_number = "8613800138000".into()
    }),
    case("phone_number", |event| {
        event.phone_number = "+861380".into()
    }),
    case("phone_number", |event| {
        event.phone_number = "+8613800138000123".into()
    }),
    case("phone_number", |event| {
        event.phone_number = "+86 138 0013 8000".into()
    }),
    case("phone_number", |event| {
        event.phone_number = "+86138001380OO".into()
    }),
    case("phone_number", |event| {
        event.phone_number = "+８６１３８００１３８０００".into()
    }),
    case("phone_number", |event| event.phone_number = "+".into()),
    case("phone_number", |event| {
        event.phone_number = "++8613800138000".into()
    }),
    case("phone_number", |event| event.phone_number = bytes(10_000)),
    case("ip_address", |event| {
        event.ip_address = "203.0.113.256".into()
    }),
    case("ip_address", |event| event.ip_address = "203.0.113".into()),
    case("ip_address", |event| {
        event.ip_address = "203.0.113.7:443".into()
    }),
    case("ip_address", |event| {
        event.ip_address = "203.0.113.7/24".into()
    }),
    case("ip_address", |event| {
        event.ip_address = "2001:db8::1::2".into()
    }),
    case("ip_address", |event| {
        event.ip_address = "fe80::1%eth0".into()
    }),
    case("ip_address", |event| event.ip_address = "localhost".into()),
    case("other_identifiers", |event| {
        event.other_identifiers = others(17, "email", "a@example.org");
    }),
    case("other_identifiers[0].kind", |event| {
        event.other_identifiers = others(1, &bytes(257), "a@example.org");
    }),
    case("other_identifiers[0].value", |event| {
        event.other_identifiers = others(1, "email", &bytes(257));
    }),
    case("task.task_id", |event| task(event).task_id = bytes(257)),
    case("task.tokens", |event| {
        task(event).tokens = 1_000_000_000_001
    }),
    case("task.tokens", |event| task(event).tokens = u64::MAX),
    case("task.started_at", |event| {
        task(event).started_at = Some(instant("1999-12-31T23:59:59Z"));
    }),
    case("task.completed_at", |event| {
        task(event).completed_at = Some(instant("2100-01-01T00:00:00Z"));
    }),
    only_grpc("event_type", |event| event.event_type = 99),
    only_grpc("event_type", |event| event.event_type = -1),
    only_grpc("account_type", |event| event.account_type = 3),
    only_grpc("device.emulator_signals", |event| {
        device(event).emulator_signals = vec![1, 77]
    }),
    // Within every other limit, but 16 KiB as a whole; as JSON it would be over the limit of a line.
    only_grpc("event", |event| {
        device(event).emulator_signals = vec![1; 20_000];
    }),
];

/// An account before, the spoilt event, an account after; the number keeps the accounts apart.
fn surrounded(number: usize, case: &Case) -> [Event; 3] {
    let made = |place| {
        let account = format!("{place} case {number}");
        event(Kind::Registration, &account, "2025-06-01T12:00:00Z")
    };
    let mut events = [made("before"), made("in"), made("after")];
    (case.spoil)(&mut events[1]);
    events
}

#[tokio::test]
async fn each_is_refused_over_grpc_and_its_neighbours_are_taken_in() {
    let folder = folder();
    let server = Server::start(folder.path());
    let mut good = Vec::new();
    for (number, case) in CASES.iter().enumerate() {
        let events = surrounded(number, case);
        let results = server.publish(events.to_vec()).await;
        let ids: Vec<_> = results.iter().map(|result| &result.event_id).collect();
        assert_eq!(
            ids,
            events.each_ref().map(|event| &event.event_id),
            "case {number}"
        );
        assert_eq!(outcome(&results[0]), None, "case {number}");
        let expected = refused(Code::InvalidArgument, &[case.field]);
        assert_eq!(outcome(&results[1]), Some(expected), "case {number}");
        assert_eq!(outcome(&results[2]), None, "case {number}");
        let [before, _, after] = events;
        good.extend([before, after]);
    }
    // Nothing around them is lost, not even by a crash, and nothing of them is left.
    server.kill();
    let accounts = run_ok(["clusters".as_ref(), "--data".as_ref(), folder.path()]).json();
    assert_eq!(accounts.len(), good.len());
    let events = write_json_lines(folder.path(), "again", &good);
    let again = run_ok([
        "replay".as_ref(),
        events.as_os_str(),
        "--data".as_ref(),
        folder.path().as_os_str(),
    ]);
    assert_eq!(again.summary()["duplicate"], good.len());
}

#[test]
fn each_is_refused_in_a_file_and_its_neighbours_are_taken_in() {
    let folder = folder();
    let cases: Vec<&Case> = CASES.iter().filter(|case| !case.only_grpc).collect();
    assert!(cases.len() >= 25, "the table is long enough");
    let events = cases
        .iter()
        .enumerate()
        .flat_map(|(number, case)| surrounded(number, case));
    let path = write_json_lines(folder.path(), "events", events);
    let data = folder.path().join("data");
    let told = run([
        "replay".as_ref(),
        path.as_os_str(),
        "--data".as_ref(),
        data.as_os_str(),
    ])
    .expect(0);
    let expected = serde_json::json!({
        "accepted": 2 * cases.len(), "duplicate": 0, "refused": cases.len(),
    });
    assert_eq!(told.summary(), expected);
    let lines: Vec<&str> = told.stderr.lines().collect();
    assert_eq!(
        lines.len(),
        cases.len(),
        "one line a refusal: {}",
        told.stderr
    );
    for (number, (case, line)) in cases.iter().zip(&lines).enumerate() {
        let place = format!("{}:{}: {}: ", path.display(), 3 * number + 2, case.field);
        assert!(
            line.starts_with(&place),
            "{line} does not start with {place}"
        );
    }
    let accounts = run_ok(["clusters".as_ref(), "--data".as_ref(), data.as_os_str()]);
    assert_eq!(accounts.json().len(), 2 * cases.len());
}

/// All that is wrong with an event is said at once.
#[tokio::test]
async fn every_fault_of_an_event_is_named() {
    let folder = folder();
    let server = Server::start(folder.path());
    let mut spoilt = event(Kind::Login, "a1", "2025-06-01T12:00:00Z");
    spoilt.account_id.clear();
    spoilt.phone_number = "12".into();
    spoilt.ip_address = "here".into();
    task(&mut spoilt).tokens = u64::MAX;
    let results = server.publish(vec![spoilt]).await;
    let fields = ["account_id", "phone_number", "ip_address", "task.tokens"];
    assert_eq!(
        outcome(&results[0]),
        Some(refused(Code::InvalidArgument, &fields))
    );
}

/// What is just within the limits is taken in; a number that no carrier gives out is not refused.
#[tokio::test]
async fn what_is_just_within_the_limits_is_taken_in() {
    let just_within: &[fn(&mut Event)] = &[
        |event| event.event_id = bytes(256),
        |event| event.account_id = bytes(256),
        |event| event.surface = bytes(256),
        |event| event.display_name = "王".repeat(85),
        |event| device(event).device_id = bytes(256),
        |event| device(event).platform = "beos".into(),
        |event| event.occurred_at = Some(instant("2000-01-01T00:00:00Z")),
        |event| event.phone_number = "+0000000".into(),
        |event| event.phone_number = "+999999999999999".into(),
        |event| event.phone_number.clear(),
        |event| event.ip_address = "2001:db8::7".into(),
        |event| event.ip_address = "::ffff:203.0.113.7".into(),
        |event| event.ip_address.clear(),
        |event| event.other_identifiers = others(16, &bytes(256), &bytes(256)),
        |event| event.other_identifiers = others(1, "", ""),
        |event| task(event).tokens = 1_000_000_000_000,
        |event| event.device = None,
        |event| event.account_type = 0,
        |event| device(event).emulator_signals = vec![1, 1, 0, 6],
    ];
    let folder = folder();
    let server = Server::start(folder.path());
    let mut events = Vec::new();
    for (number, change) in just_within.iter().enumerate() {
        let mut event = event(Kind::Login, &format!("a{number}"), "2025-06-01T12:00:00Z");
        change(&mut event);
        events.push(event);
    }
    server.accept(events).await;
}

/// The last microsecond before the year 2100 is too far ahead for a server, not for a file.
#[test]
fn the_last_instant_of_2099_is_taken_in_from_a_file() {
    let folder = folder();
    let event = event(Kind::Login, "a1", "2099-12-31T23:59:59.999999Z");
    let path = write_json_lines(folder.path(), "events", [event]);
    let told = run_ok([
        "replay".as_ref(),
        path.as_os_str(),
        "--data".as_ref(),
        folder.path().as_os_str(),
    ]);
    assert_eq!(told.summary()["accepted"], 1);
}

/// Under `serve`, a time more than a day ahead of the clock is refused.
#[tokio::test]
async fn an_event_more_than_a_day_ahead_is_refused_by_a_server() {
    let folder = folder();
    let server = Server::start(folder.path());
    let hours_ahead = |hours: i64| {
        let mut event = event(Kind::Login, "a1", "2025-06-01T12:00:00Z");
        let now = chrono::Utc::now().timestamp();
        event.occurred_at = at(now + hours * 3600, 0);
        event
    };
    let events = vec![hours_ahead(23), hours_ahead(25), hours_ahead(0)];
    let results = server.publish(events.clone()).await;
    let told: Vec<_> = results.iter().map(outcome).collect();
    let expected = refused(Code::InvalidArgument, &["occurred_at"]);
    assert_eq!(told, [None, Some(expected), None]);

    let path = write_json_lines(folder.path(), "events", events);
    let url = server.url();
    let told = run_ok(["replay", path.to_str().unwrap(), "--server", &url]);
    let expected = serde_json::json!({ "accepted": 0, "duplicate": 2, "refused": 1 });
    assert_eq!(told.summary(), expected);
    let place = format!("{}:2: occurred_at: ", path.display());
    assert!(told.stderr.starts_with(&place), "{}", told.stderr);
}

/// The same event again changes nothing; its id with other content is refused, in whatever field.
#[tokio::test]
async fn an_event_id_with_other_content_is_refused() {
    let changes: &[fn(&mut Event)] = &[
        |event| event.event_type = Kind::Login.into(),
        |event| event.occurred_at = Some(instant("2025-06-01T12:00:00.000000001Z")),
        |event| event.account_id = "a2".into(),
        |event| event.account_type = 2,
        |event| event.phone_number = "+8613800138001".into(),
        |event| device(event).model = "X2".into(),
        |event| event.ip_address = "203.0.113.8".into(),
        |event| event.other_identifiers = others(1, "email", "a@example.org"),
        |event| event.surface = "app".into(),
        |event| task(event).tokens = 1,
        |event| event.display_name = "Wei".into(),
    ];
    let folder = folder();
    let known = event(Kind::Registration, "a1", "2025-06-01T12:00:00Z");
    let server = Server::start(folder.path());
    server.accept(vec![known.clone()]).await;
    let mut events = Vec::new();
    for (number, change) in changes.iter().enumerate() {
        let mut changed = known.clone();
        change(&mut changed);
        let good = event(
            Kind::Login,
            &format!("after {number}"),
            "2025-06-01T12:00:00Z",
        );
        events.extend([changed, known.clone(), good]);
    }
    let results = server.publish(events.clone()).await;
    for three in results.chunks(3) {
        assert_is_other_content(&three[0]);
        assert!(
            three[1].duplicate && three[1].error.is_none(),
            "{:?}",
            three[1]
        );
        assert_eq!(outcome(&three[2]), None);
    }
    // The store knows it after a crash too, in files as over gRPC.
    server.kill();
    let path = write_json_lines(folder.path(), "events", events);
    let told = program()
        .args(["replay".as_ref(), path.as_os_str(), "--data".as_ref()])
        .arg(folder.path())
        .output()
        .unwrap();
    let told = crate::support::Finished::from(told).expect(0);
    let count = changes.len();
    let expected = serde_json::json!({ "accepted": 0, "duplicate": 2 * count, "refused": count });
    assert_eq!(told.summary(), expected);
    assert!(
        told.stderr
            .lines()
            .all(|line| line.contains(": event_id: ")),
        "{}",
        told.stderr
    );
}

#[track_caller]
fn assert_is_other_content(result: &EventResult) {
    assert!(!result.duplicate, "{result:?}");
    let told = told_inside(result.error.as_ref().unwrap());
    assert_eq!(told, refused(Code::FailedPrecondition, &["event_id"]));
}

/// Within one message too: the first of two events under one id is the one that counts.
#[tokio::test]
async fn the_same_id_twice_in_one_message_is_told_apart() {
    let folder = folder();
    let server = Server::start(folder.path());
    let first = event(Kind::Registration, "a1", "2025-06-01T12:00:00Z");
    let mut other = first.clone();
    other.surface = "app".into();
    let results = server.publish(vec![first.clone(), other, first]).await;
    assert_eq!(outcome(&results[0]), None);
    assert_is_other_content(&results[1]);
    assert!(results[2].duplicate);
}
