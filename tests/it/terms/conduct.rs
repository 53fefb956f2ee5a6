//! Section 03: user identity, and prohibited conduct.

use sameuser::edge::proto::v1::{EmulatorSignal, Event, OtherIdentifier, Task};

use super::{Answer, ask, registered};
use crate::support::{Kind, check, event, instant, set_task};

/// "The same user refers to a user who can reasonably be identified as the same subject through …
/// mobile phone number": the first account to ask has the discount, the other none, without blame.
#[test]
fn the_same_user_by_mobile_phone_number_has_one_discount() {
    let one_user = |mut events: [Event; 2]| {
        events[1].phone_number = events[0].phone_number.clone();
        events
    };
    let answers = of_two(one_user([registered("a1"), registered("a2")]));
    answers[0].assert_allowed();
    answers[1].assert_denied(&["SAME_USER_LIMIT"]);
    assert_eq!(answers[0].0["userId"], answers[1].0["userId"]);
    // The holder keeps it, task after task.
    answers[2].assert_allowed();
}

/// "… device": a device and what its hardware says are one piece of evidence; with one address the
/// whole day and no phone number to tell them apart, it is one user.
#[test]
fn the_same_user_by_device_and_address_has_one_discount() {
    let answers = of_two(["a1", "a2"].map(|account| {
        let mut event = registered(account);
        event.phone_number.clear();
        let device = event.device.as_mut().unwrap();
        device.device_id = "one device".into();
        device.hardware_fingerprint = "one device".into();
        event.ip_address = "10.9.8.7".into();
        event
    }));
    answers[0].assert_allowed();
    answers[1].assert_denied(&["SAME_USER_LIMIT"]);
}

/// "… IP address": it may support, but alone it makes nobody the same user: an office and a family
/// share one.
#[test]
fn users_who_share_only_an_ip_address_are_not_the_same_user() {
    let answers = of_two(["a1", "a2"].map(|account| {
        let mut event = registered(account);
        event.ip_address = "10.9.8.7".into();
        event
    }));
    for answer in &answers {
        answer.assert_allowed();
    }
    assert_ne!(answers[0].0["userId"], answers[1].0["userId"]);
}

/// "… or other reasonable means": a payment card, an identity document.
#[test]
fn the_same_user_by_other_reasonable_means_has_one_discount() {
    for kind in ["payment_card", "identity_document"] {
        let answers = of_two(["a1", "a2"].map(|account| {
            let mut event = registered(account);
            event.other_identifiers = vec![OtherIdentifier {
                kind: kind.into(),
                value: "the same".into(),
            }];
            event
        }));
        answers[0].assert_allowed();
        answers[1].assert_denied(&["SAME_USER_LIMIT"]);
        let facts = answers[1].0["reasons"][0]["facts"].to_string();
        assert!(facts.contains(kind), "{facts}");
        assert!(
            !facts.contains("the same"),
            "no raw value is shown: {facts}"
        );
    }
}

/// A seat is not for ever: once its holder has done nothing for seven days, the account that asks has
/// it. People change accounts.
#[test]
fn the_same_user_may_go_on_with_another_account_once_the_first_is_idle() {
    let mut second = event(Kind::Registration, "a2", "2026-06-20T10:00:00+08:00");
    second.phone_number = registered("a1").phone_number;
    let asked = |account: &str, task: &str, completed: &str| {
        let mut question = check(account, task);
        set_task(&mut question, "2026-06-16T10:00:00+08:00", Some(completed));
        question
    };
    // The first was seen last on 14 June, at 20:00:00.
    let answers = ask(
        [registered("a1"), second],
        [
            asked("a1", "t1", "2026-06-20T11:00:00+08:00"),
            asked("a2", "t2", "2026-06-21T19:59:59+08:00"),
            asked("a2", "t3", "2026-06-21T20:00:00+08:00"),
            asked("a1", "t4", "2026-06-21T20:00:01+08:00"),
        ],
    );
    answers[0].assert_allowed();
    answers[1].assert_denied(&["SAME_USER_LIMIT"]);
    answers[2].assert_allowed();
    answers[3].assert_denied(&["SAME_USER_LIMIT"]);
}

/// Asks for the first account, the second, and the first again.
fn of_two(events: [Event; 2]) -> Vec<Answer> {
    let questions = [check("a1", "t1"), check("a2", "t2"), check("a1", "t3")];
    ask(events, questions)
}

/// "bulk registrations": a device on which twenty accounts, named by number, were made within the hour.
#[test]
fn bulk_registrations_are_revoked() {
    let events = (0..20).map(|n| farmed(n, "the farm's", &[]));
    let mut questions = vec![check("account 0", "t0"), check("account 19", "t19")];
    questions.push(check("bystander", "t20"));
    let answers = ask(events.chain([registered("bystander")]), questions);
    answers[0].assert_revoked("BULK_REGISTRATION");
    answers[1].assert_revoked("BULK_REGISTRATION");
    answers[2].assert_allowed();
    let words = answers[0].statement();
    assert!(
        words.contains("19 other accounts registered on the same device"),
        "{words}"
    );
}

/// "emulators": many accounts on a device that shows several signs of being one. One person on a
/// cloud desktop shows the same signs, and is not refused for it.
#[test]
fn emulators_are_revoked() {
    let signals = [
        EmulatorSignal::Hypervisor,
        EmulatorSignal::SoftwareGpu,
        EmulatorSignal::MissingSensors,
        EmulatorSignal::AutomationFramework,
    ];
    // On different days: no burst of registrations.
    let events = (0..12).map(|n| {
        let mut event = farmed(n, "emulated", &signals);
        event.occurred_at = Some(instant(&format!("2026-06-{:02}T08:00:00+08:00", n + 1)));
        event
    });
    let mut cloud_desktop = registered("cloud desktop");
    cloud_desktop.device.as_mut().unwrap().emulator_signals = vec![
        EmulatorSignal::Hypervisor.into(),
        EmulatorSignal::SoftwareGpu.into(),
    ];
    let questions = [check("account 3", "t1"), check("cloud desktop", "t2")];
    // Each account runs the same tasks, one account after the other.
    let tasks = (0..12).flat_map(|n| {
        (0..10).map(move |turn| {
            let started = 1_781_600_000 + 7200 * turn + 60 * n;
            let tokens = 1200 + 17 * turn as u64;
            let mut event = task_event(&format!("account {n}"), turn, started, 180, tokens, 0);
            event.device.as_mut().unwrap().device_id = "emulated".into();
            event
        })
    });
    let answers = ask(events.chain([cloud_desktop]).chain(tasks), questions);
    answers[0].assert_revoked_also_for("EMULATOR");
    answers[1].assert_allowed();
}

/// "scripts … false activities": tasks that start like clockwork, without a key stroke, all of one
/// tiny size. The same number of tasks at human times, with input, is welcome.
#[test]
fn scripts_and_false_activities_are_revoked() {
    let script = (0..16).map(|n| {
        let started = 1_781_600_000 + 600 * n;
        task_event("script", n, started, 20, 5, 0)
    });
    let person = (0..16).map(|n| {
        let started = 1_781_600_000 + 3571 * n * n + 977 * n;
        task_event(
            "person",
            n,
            started,
            90 + 83 * (n * n % 13),
            900 + 317 * n as u64,
            40 + 57 * (n as u32 * 7 % 11),
        )
    });
    let events = [registered("script"), registered("person")];
    let answers = ask(
        events.into_iter().chain(script).chain(person),
        [check("script", "asked"), check("person", "asked")],
    );
    answers[0].assert_revoked("SCRIPTED_ACTIVITY");
    assert!(
        answers[0].codes().contains(&"FALSE_ACTIVITY"),
        "{:?}",
        answers[0].codes()
    );
    answers[1].assert_allowed();
}

/// "Users shall participate in the Event on their own behalf and shall not operate on behalf of
/// others": a desk that works through other people's accounts. That many people use one device is no
/// blame by itself (an internet café); it is with the desk's own scripted work.
#[test]
fn operating_on_behalf_of_others_counts_against_the_operator() {
    let customers = |device: &'static str| {
        (0..30).map(move |n| {
            let account = format!("{device}'s customer {n}");
            let mut event = event(Kind::Login, &account, "2026-06-17T09:00:00+08:00");
            event.device.as_mut().unwrap().device_id = device.into();
            event
        })
    };
    let of_the_desk = |customer: i64| {
        (0..16).map(move |n| {
            let started = 1_781_680_000 + 300 * n + 20 * customer;
            let account = format!("desk's customer {customer}");
            let mut event = task_event(&account, n, started, 60, 800 + 91 * n as u64, 0);
            event.device.as_mut().unwrap().device_id = "desk".into();
            event
        })
    };
    let homes = |device: &'static str| {
        (0..30).map(move |n| registered(&format!("{device}'s customer {n}")))
    };
    let events = homes("desk")
        .chain(homes("café"))
        .chain(customers("desk"))
        .chain(customers("café"))
        .chain((0..30).flat_map(of_the_desk));
    let questions = [
        check("desk's customer 0", "t1"),
        check("café's customer 0", "t2"),
    ];
    let answers = ask(events, questions);
    answers[0].assert_revoked_also_for("OPERATED_FOR_OTHERS");
    answers[1].assert_allowed();
}

/// One of many accounts registered on one device from one address, minute after minute.
fn farmed(n: i64, device_id: &str, signals: &[EmulatorSignal]) -> Event {
    let at = format!("2026-06-16T03:{n:02}:00+08:00");
    let mut event = event(Kind::Registration, &format!("account {n}"), &at);
    event.ip_address = "10.9.8.7".into();
    event.display_name = format!("happy user {n}");
    let device = event.device.as_mut().unwrap();
    device.device_id = device_id.into();
    device.hardware_fingerprint = device_id.into();
    device.emulator_signals = signals.iter().map(|signal| (*signal).into()).collect();
    event
}

/// A task that an account completed, `seconds` after it began.
fn task_event(account: &str, n: i64, started: i64, seconds: i64, tokens: u64, input: u32) -> Event {
    let at = |seconds| Some(pbjson_types::Timestamp { seconds, nanos: 0 });
    let mut event = event(Kind::TaskCompleted, account, "2026-06-17T00:00:00+08:00");
    event.occurred_at = at(started + seconds);
    event.task = Some(Task {
        task_id: format!("{account}'s task {n}"),
        started_at: at(started),
        completed_at: at(started + seconds),
        tokens,
        input_events: Some(input),
    });
    event
}
