//! A store opened from a checkpoint and the journal's tail is the store that never stopped, however
//! much happened while the state was being copied.

use proptest::prelude::*;
use sameuser::service::recovery::Setup;

use super::{
    cases,
    drive::{Drive, View, assert_same, other_weights, setup},
    sketch::{CROWD, DENSE, Sketch, events, sketches},
};
use crate::support::{Kind, event, instant};

/// Stages of copying a small state: the beginning, accounts, identifiers, strong links; then keys of
/// verdicts and the rest.
const STAGES: usize = 4;

fn all_at_once(set: &[Sketch], setup: Setup) -> View {
    let mut drive = Drive::with(setup);
    drive.observe_all(&events(set));
    drive.view()
}

/// Copies while events go on: each arrives in one of the pauses between slices.
fn copied_meanwhile(set: &[Sketch]) -> Drive {
    let mut drive = Drive::new();
    let events = events(set);
    let mut order: Vec<_> = set.iter().zip(&events).collect();
    order.sort_by_key(|(sketch, _)| sketch.rank);
    let pauses = STAGES as u16 + 3;
    for pause in 0..pauses {
        for (sketch, event) in &order {
            if sketch.rank % pauses == pause {
                drive.observe(event).unwrap();
            }
        }
        match usize::from(pause) {
            0..STAGES => assert!(!drive.copy_slice()),
            STAGES => while !drive.copy_slice() {},
            _ => drive.commit(),
        }
    }
    drive
}

proptest! {
    #![proptest_config(cases(96, 9))]
    #[test]
    fn a_copy_made_while_events_go_on_restores_the_same_state(set in sketches(DENSE, 20..200)) {
        let expected = all_at_once(&set, setup());
        let mut drive = copied_meanwhile(&set);
        assert_same(&drive.view(), &expected, "as folded");
        drive.reopen();
        assert_same(&drive.view(), &expected, "as restored");
    }
}

proptest! {
    #![proptest_config(cases(16, 10))]
    #[test]
    fn the_same_with_a_crowd_on_one_device(set in sketches(CROWD, 150..400)) {
        let expected = all_at_once(&set, setup());
        let mut drive = copied_meanwhile(&set);
        drive.reopen();
        assert_same(&drive.view(), &expected, "as restored");
    }
}

fn heavier_addresses() -> Setup {
    let weights = other_weights(|text| {
        text.replace("personal = 2000\n", "personal = 6000\n")
            .replace("link_at = 8000", "link_at = 7000")
    });
    Setup {
        weights_toml: weights,
        ..setup()
    }
}

proptest! {
    #![proptest_config(cases(24, 11))]
    #[test]
    fn other_weights_recompute_everything(set in sketches(DENSE, 20..120)) {
        let expected = all_at_once(&set, heavier_addresses());
        let mut drive = copied_meanwhile(&set);
        drive.checkpoint();
        drive.reopen_with(heavier_addresses());
        assert_same(&drive.view(), &expected, "with other weights");
        drive.checkpoint();
        drive.reopen_with(setup());
        assert_same(&drive.view(), &all_at_once(&set, setup()), "with the first ones again");
    }
}

/// A device is no farm when accounts and identifiers are copied, one when the links between its
/// accounts are, and none again at the end: the copied links must not survive.
#[test]
fn a_class_that_came_and_went_during_a_copy_leaves_no_links() {
    let mut drive = Drive::new();
    let on_the_device = |account: &str, kind: Kind, minute: usize| {
        let mut event = event(
            kind,
            account,
            &format!("2026-06-18T10:{minute:02}:00+08:00"),
        );
        let device = event.device.as_mut().unwrap();
        device.device_id = "device-x".into();
        device.hardware_fingerprint = String::new();
        // Nothing new to copy, else the copy goes on with it before it turns to the links.
        event.phone_number = String::new();
        event.ip_address = String::new();
        event
    };
    for (number, account) in ["a1", "a2", "a3"].iter().enumerate() {
        let registered = on_the_device(account, Kind::Registration, number);
        drive.observe(&registered).unwrap();
    }
    for (number, account) in ["b1", "b2", "b3"].iter().enumerate() {
        drive
            .observe(&on_the_device(account, Kind::Login, 10 + number))
            .unwrap();
    }
    drive.commit();
    assert!(drive.view().accounts["a1"].links.is_empty());
    assert!(!drive.copy_slice(), "the beginning");
    assert!(!drive.copy_slice(), "accounts");
    assert!(!drive.copy_slice(), "identifiers");
    for (number, account) in ["a4", "a5"].iter().enumerate() {
        let registered = on_the_device(account, Kind::Registration, 5 + number);
        drive.observe(&registered).unwrap();
    }
    assert_eq!(drive.view().accounts["a1"].links.len(), 4, "a farm now");
    assert!(!drive.copy_slice(), "strong links");
    // Late news of others who used it before all of them: whoever comes later would change nothing.
    for (number, account) in ["c1", "c2", "c3", "c4", "c5"].iter().enumerate() {
        let mut late = on_the_device(account, Kind::Login, number);
        late.occurred_at = Some(instant("2026-06-18T09:00:00+08:00"));
        drive.observe(&late).unwrap();
    }
    let expected = drive.view();
    assert!(expected.accounts["a1"].links.is_empty(), "none any more");
    drive.checkpoint();
    drive.reopen();
    assert_same(&drive.view(), &expected, "as restored");
}

/// More accounts than a slice has, and more of them while the copy goes on.
#[test]
fn a_copy_of_many_slices_restores_the_same_state() {
    let mut drive = Drive::new();
    let login = |number: usize| {
        let mut event = event(
            Kind::Login,
            &format!("account-{number}"),
            "2026-06-18T10:00:00+08:00",
        );
        let device = event.device.as_mut().unwrap();
        // Pairs of accounts on one device and one number: one user each.
        device.device_id = format!("device-{}", number / 2);
        event.phone_number = format!("+86138{:08}", number / 2);
        event
    };
    let mut number = 0;
    let mut observe = |drive: &mut Drive, count: usize| {
        for _ in 0..count {
            drive.observe(&login(number)).unwrap();
            number += 1;
        }
    };
    observe(&mut drive, 2501);
    for _ in 0..12 {
        if drive.copy_slice() {
            break;
        }
        observe(&mut drive, 401);
    }
    drive.checkpoint();
    observe(&mut drive, 33);
    let expected = drive.view();
    assert_eq!(expected.accounts["account-7"].members.len(), 2);
    drive.reopen();
    assert_same(&drive.view(), &expected, "as restored");
}
