//! Promise 2: order and repetition do not matter, incremental equals full recompute.

use proptest::prelude::*;
use sameuser::service::engine::Observed;

use super::{
    cases,
    drive::{Drive, View, assert_same},
    sketch::{CROWD, DENSE, Sketch, Step, WANDERERS, events, other_order, sketches},
};

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
