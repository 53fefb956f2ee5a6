//! A farm with more accounts on one machine than are sampled: those remembered besides are compared with two
//! of the sample, and the user is the same in whatever order the events came.

use std::collections::BTreeSet;

use proptest::prelude::*;
use sameuser::{
    domain::sample::{ACCOUNTS_REMEMBERED, ACCOUNTS_SAMPLED},
    edge::proto::v1,
};

use super::{
    cases,
    drive::{Drive, assert_same},
};
use crate::support::{Kind, event};

fn at(minute: usize) -> String {
    let from = chrono::DateTime::parse_from_rfc3339("2026-06-01T00:00:00+08:00").unwrap();
    (from + chrono::TimeDelta::minutes(minute as i64)).to_rfc3339()
}

fn on_machine(kind: Kind, account: &str, minute: usize) -> v1::Event {
    let mut event = event(kind, account, &at(minute));
    event.event_id = format!("{account}-{minute}");
    let device = event.device.as_mut().unwrap();
    device.device_id = "the farm's machine".into();
    device.hardware_fingerprint = "the farm's hardware".into();
    event
}

/// Members register on the machine in one burst; visitors were there before, registered elsewhere, and may be
/// enough for the machine to be no farm's.
fn events(members: usize, visitors: usize) -> Vec<v1::Event> {
    let mut events = Vec::new();
    for number in 0..visitors {
        let name = format!("visitor-{number:03}");
        events.push(event(Kind::Registration, &name, &at(7 * number)));
        events.push(on_machine(Kind::Login, &name, 2_000 + 11 * number));
    }
    for number in 0..members {
        let name = format!("member-{:03}", number * 89 % 997);
        events.push(on_machine(Kind::Registration, &name, 9_000 + 3 * number));
        events.push(on_machine(
            Kind::Login,
            &name,
            12_000 + 1_700 * (number % 20),
        ));
    }
    events
}

#[test]
fn all_members_of_a_large_farm_are_one_user() {
    let mut drive = Drive::new();
    drive.observe_all(&events(ACCOUNTS_REMEMBERED, 0));
    let view = drive.view();
    let users: BTreeSet<_> = view
        .accounts
        .values()
        .map(|one| &one.summary.user_id)
        .collect();
    assert_eq!(users.len(), 1, "{users:?}");
    let members = view.accounts.values().map(|one| one.members.len());
    assert!(
        members
            .into_iter()
            .all(|count| count == ACCOUNTS_REMEMBERED)
    );
}

proptest! {
    #![proptest_config(cases(12, 61))]
    #[test]
    fn a_large_farm_is_the_same_in_any_order(
        (members, visitors) in (ACCOUNTS_SAMPLED..150, 0usize..40),
        order in any::<prop::sample::Index>(),
        steps in prop::collection::vec(0u8..20, 64),
    ) {
        let events = events(members, visitors);
        let mut whole = Drive::new();
        whole.observe_all(&events);
        let expected = whole.view();
        // Another order: by a step that has no factor in common with their number.
        let count = events.len();
        let step = (order.index(count) | 1..).find(|step| is_prime_to(*step, count)).unwrap();
        let mut drive = Drive::new();
        for turn in 0..count {
            drive.observe(&events[turn * step % count]).unwrap();
            match steps[turn % steps.len()] {
                0 => drive.reopen(),
                1 => drive.checkpoint(),
                2..12 => drive.engine_mut().refresh(),
                _ => {}
            }
        }
        assert_same(&drive.view(), &expected, "in another order");
        drive.checkpoint();
        drive.reopen();
        assert_same(&drive.view(), &expected, "as restored");
    }
}

fn is_prime_to(a: usize, b: usize) -> bool {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a == 1
}
