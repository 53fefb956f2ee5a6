//! Promise 2: order and repetition do not matter, incremental equals full recompute.

use proptest::prelude::*;
use sameuser::{
    edge::proto::v1,
    service::{engine::Observed, seen::user_id},
};

use super::{
    cases,
    drive::{Drive, View, assert_same},
    sketch::{CROWD, DENSE, Sketch, Step, WANDERERS, events, other_order, sketches},
};
use crate::support::{Kind, event};

/// Folds everything at once, then brings users up to date: a full recompute.
fn all_at_once(set: &[Sketch]) -> View {
    let mut drive = Drive::new();
    drive.observe_all(&events(set));
    drive.view()
}

/// The set in another order with repeats, commits, reopenings and copies of the state in between.
fn in_other_order(set: &[Sketch]) -> Drive {
    let events = events(set);
    let mut drive = Drive::new();
    let mut known = vec![false; events.len()];
    for (number, step) in other_order(set) {
        let observed = drive.observe(&events[number]).unwrap();
        let expected = if known[number] {
            Observed::Duplicate
        } else {
            Observed::Accepted
        };
        assert_eq!(observed, expected, "event-{number}");
        known[number] = true;
        take(&mut drive, step);
    }
    drive
}

fn take(drive: &mut Drive, step: Step) {
    match step {
        Step::Nothing => {}
        Step::Refresh => drive.engine_mut().refresh(),
        Step::Commit => drive.commit(),
        Step::Reopen => drive.reopen(),
        Step::CopySlice => {
            drive.copy_slice();
        }
        Step::Checkpoint => drive.checkpoint(),
    }
}

fn check(set: &[Sketch]) {
    let expected = all_at_once(set);
    let mut drive = in_other_order(set);
    assert_same(&drive.view(), &expected, "as folded");
    drive.reopen();
    assert_same(&drive.view(), &expected, "as folded again from the journal");
    drive.checkpoint();
    drive.reopen();
    assert_same(&drive.view(), &expected, "as restored from a checkpoint");
}

/// A late event that names nothing makes the junior of two accounts the senior, and so the one that
/// their user is named after.
#[test]
fn a_late_event_without_identifiers_changes_who_is_senior() {
    let bound = |account: &str, at: &str| {
        let mut event = event(Kind::PhoneBound, account, at);
        event.phone_number = "+8613800138000".into();
        event
    };
    let late = v1::Event {
        device: None,
        ip_address: String::new(),
        phone_number: String::new(),
        ..event(Kind::Login, "junior", "2026-06-01T00:00:00+08:00")
    };
    let mut drive = Drive::new();
    drive.observe_all(&[
        bound("senior", "2026-06-16T10:00:00+08:00"),
        bound("junior", "2026-06-16T11:00:00+08:00"),
    ]);
    let before = drive.view();
    drive.observe(&late).unwrap();
    let after = drive.view();
    for account in ["senior", "junior"] {
        let user = |view: &View| view.accounts[account].summary.user_id.clone();
        assert_eq!(user(&before), user_id("senior"));
        assert_eq!(user(&after), user_id("junior"));
    }
}

proptest! {
    #![proptest_config(cases(96, 1))]
    #[test]
    fn a_few_people_who_share_nearly_everything(set in sketches(DENSE, 1..160)) {
        check(&set);
    }
}

proptest! {
    #![proptest_config(cases(24, 2))]
    #[test]
    fn more_accounts_on_a_device_than_are_sampled(set in sketches(CROWD, 150..450)) {
        check(&set);
    }
}

proptest! {
    #![proptest_config(cases(24, 3))]
    #[test]
    fn more_identifiers_on_an_account_than_are_considered(set in sketches(WANDERERS, 300..600)) {
        check(&set);
    }
}
