//! Crowds on one device id: strangers to whom a fault of the client gave it, and a farm that adds
//! throw-away accounts until its device is more popular than any sample.

use std::collections::BTreeSet;

use sameuser::{domain::sample::ACCOUNTS_SAMPLED, edge::proto::v1};

use super::drive::Drive;
use crate::support::{Kind, check, event};

const STRANGERS: usize = 500;
const FARM: usize = 12;

fn at(minutes: usize, from: &str) -> String {
    let from = chrono::DateTime::parse_from_rfc3339(from).unwrap();
    let at = from + chrono::TimeDelta::minutes(minutes as i64);
    at.to_rfc3339()
}

/// An event on a machine, which a fault may give another device id.
fn on(kind: Kind, account: &str, at: &str, id: &str, model: &str) -> v1::Event {
    let mut event = event(kind, account, at);
    let device = event.device.as_mut().unwrap();
    device.device_id = id.into();
    device.model = model.into();
    event
}

fn user(drive: &Drive, account: &str) -> String {
    let account = drive.engine().graph().find_account(account).unwrap();
    drive.engine().user_id(account)
}

fn decision(drive: &mut Drive, account: &str, task: &str) -> (String, Vec<String>) {
    let decided = drive.ask(&check(account, task)).unwrap();
    let outcome = &decided.record.outcome;
    let reasons = outcome
        .reasons
        .iter()
        .map(|reason| format!("{:?}", reason.code));
    (format!("{:?}", outcome.decision), reasons.collect())
}

/// Members of a farm register within minutes on its one machine, which reports its fingerprint.
fn farm(drive: &mut Drive, name: &str) -> Vec<String> {
    let members: Vec<String> = (0..FARM)
        .map(|number| format!("{name}-{number:02}"))
        .collect();
    for (number, member) in members.iter().enumerate() {
        let at = at(number * 4, "2026-06-17T09:00:00+08:00");
        let mut event = on(
            Kind::Registration,
            member,
            &at,
            &format!("{name} machine"),
            "F1",
        );
        event.device.as_mut().unwrap().hardware_fingerprint = format!("{name} hardware");
        drive.observe(&event).unwrap();
    }
    members
}

/// 500 strangers get one device id for three days: nobody is merged with anybody or refused because of it,
/// and a farm beside them still is one user.
#[test]
fn a_device_id_that_a_fault_gave_to_strangers_merges_nobody() {
    let mut drive = Drive::new();
    let members = farm(&mut drive, "farm");
    let names: Vec<String> = (0..STRANGERS)
        .map(|number| format!("stranger-{number:03}"))
        .collect();
    for (number, name) in names.iter().enumerate() {
        let model = format!("M{}", number % 17);
        let before = at(number * 7, "2026-06-02T08:00:00+08:00");
        let own = format!("own id of {name}");
        let registered = on(Kind::Registration, name, &before, &own, &model);
        drive.observe(&registered).unwrap();
        let during = at(number * 8, "2026-06-17T08:00:00+08:00");
        let faulty = on(Kind::Login, name, &during, "the fault's id", &model);
        drive.observe(&faulty).unwrap();
        let after = at(number * 9, "2026-06-20T08:00:00+08:00");
        drive
            .observe(&on(Kind::Login, name, &after, &own, &model))
            .unwrap();
    }
    drive.engine_mut().refresh();
    let users: BTreeSet<String> = names.iter().map(|name| user(&drive, name)).collect();
    assert_eq!(users.len(), STRANGERS, "strangers are users of their own");
    for name in &names {
        let (decision, reasons) = decision(&mut drive, name, &format!("task of {name}"));
        assert_eq!(decision, "Allow", "{name}: {reasons:?}");
    }
    let users: BTreeSet<String> = members.iter().map(|name| user(&drive, name)).collect();
    assert_eq!(users.len(), 1, "the farm is one user");
    let refused = members[1..].iter().filter(|name| {
        let (decision, _) = decision(&mut drive, name, &format!("task of {name}"));
        decision != "Allow"
    });
    assert!(refused.count() >= FARM - 2, "one seat, whoever comes first");
}

/// Strangers who all register during the fault are told apart by their machines' fingerprints.
#[test]
fn strangers_who_register_during_a_fault_are_told_apart_by_their_machines() {
    let mut drive = Drive::new();
    let names: Vec<String> = (0..40)
        .map(|number| format!("newcomer-{number:02}"))
        .collect();
    for (number, name) in names.iter().enumerate() {
        let at = at(number * 8, "2026-06-17T08:00:00+08:00");
        drive
            .observe(&on(Kind::Registration, name, &at, "the fault's id", "M1"))
            .unwrap();
    }
    drive.engine_mut().refresh();
    let users: BTreeSet<String> = names.iter().map(|name| user(&drive, name)).collect();
    assert_eq!(users.len(), names.len());
}

/// A farm logs throw-away accounts in on its own device until the device has far more accounts than are
/// sampled, registered elsewhere as a crowd's are: the farm's accounts stay one user with one seat.
#[test]
fn a_farm_that_floods_its_own_device_gains_nothing() {
    let mut drive = Drive::new();
    let members = farm(&mut drive, "farm");
    drive.engine_mut().refresh();
    let standing = |drive: &mut Drive, round: &str| {
        let answers: Vec<_> = members
            .iter()
            .map(|member| decision(drive, member, &format!("{round} task of {member}")).0)
            .collect();
        let users: BTreeSet<String> = members.iter().map(|name| user(drive, name)).collect();
        (answers, users.len())
    };
    let before = standing(&mut drive, "first");
    assert_eq!(before.1, 1);
    for number in 0..4 * ACCOUNTS_SAMPLED {
        let name = format!("throw-away-{number:03}");
        let own = at(number * 3, "2026-06-17T12:00:00+08:00");
        drive
            .observe(&event(Kind::Registration, &name, &own))
            .unwrap();
        let there = at(number * 3, "2026-06-18T12:00:00+08:00");
        let mut flood = on(Kind::Login, &name, &there, "farm machine", "F1");
        flood.device.as_mut().unwrap().hardware_fingerprint = "farm hardware".into();
        drive.observe(&flood).unwrap();
        if [HOUSEHOLD, ACCOUNTS_SAMPLED - FARM, ACCOUNTS_SAMPLED].contains(&number) {
            let now = standing(&mut drive, &format!("after {number}"));
            assert!(!is_milder(&now, &before), "after {number}: {now:?}");
        }
    }
    let last = standing(&mut drive, "last");
    assert!(!is_milder(&last, &before), "{last:?}");
}

/// Whether any answer is milder than it was, or the accounts fell apart. A flood may well be held against them.
fn is_milder(now: &(Vec<String>, usize), before: &(Vec<String>, usize)) -> bool {
    let severity = |answer: &String| match answer.as_str() {
        "Allow" => 0,
        "Deny" => 1,
        _ => 2,
    };
    let mut answers = now.0.iter().zip(&before.0);
    now.1 > before.1 || answers.any(|(now, before)| severity(now) < severity(before))
}

const HOUSEHOLD: usize = 5;
