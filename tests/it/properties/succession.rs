//! One account begins on a machine where another was used until then: the same person's where the other was in steady
//! use and ended at once, somebody else's of the family where it was used now and then, or goes on.

use sameuser::edge::proto::v1;

use super::drive::{Drive, assert_same};
use crate::support::{Kind, event};

fn on_computer(kind: Kind, account: &str, day: usize, hour: usize) -> v1::Event {
    let from = chrono::DateTime::parse_from_rfc3339("2026-06-01T00:00:00Z").unwrap();
    let at = from + chrono::TimeDelta::hours((24 * day + hour) as i64);
    let mut event = event(kind, account, &at.to_rfc3339());
    let device = event.device.as_mut().unwrap();
    device.device_id = "the computer".into();
    device.hardware_fingerprint = "its hardware".into();
    event
}

/// The first account comes so often a day, and ends on the tenth but for what it does `after`; the second begins that
/// afternoon, with a number of its own, and goes on for a week.
fn events(times_a_day: usize, after: &[usize]) -> Vec<v1::Event> {
    let mut events = vec![on_computer(Kind::Registration, "first", 0, 0)];
    for day in 0..10 {
        let times = 0..times_a_day;
        events.extend(times.map(|time| on_computer(Kind::Login, "first", day, 1 + 2 * time)));
    }
    let late = after.iter();
    events.extend(late.map(|day| on_computer(Kind::Login, "first", *day, 9)));
    events.push(on_computer(Kind::Registration, "second", 9, 15));
    events.extend((10..17).map(|day| on_computer(Kind::Login, "second", day, 9)));
    events
}

fn one_user(events: &[v1::Event]) -> bool {
    let mut drive = Drive::new();
    drive.observe_all(events);
    let mut backwards = Drive::new();
    for event in events.iter().rev() {
        backwards.observe(event).unwrap();
        backwards.engine_mut().refresh();
    }
    assert_same(&backwards.view(), &drive.view(), "the last first");
    let view = drive.view();
    let user = |account: &str| view.accounts[account].summary.user_id.clone();
    user("first") == user("second")
}

#[test]
fn who_ends_an_account_in_steady_use_and_begins_another_that_day_is_one_user() {
    assert!(one_user(&events(4, &[])));
}

#[test]
fn a_family_whose_members_come_now_and_then_are_two_users() {
    assert!(!one_user(&events(1, &[])));
}

#[test]
fn an_account_that_goes_on_has_no_successor() {
    assert!(!one_user(&events(4, &[12])));
    assert!(!one_user(&events(4, &[16])));
}
