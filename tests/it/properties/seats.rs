//! Seats: the first account of a user to ask keeps the discount; it moves when its holder is idle.

use proptest::prelude::*;
use sameuser::domain::{
    reason::ReasonCode,
    verdict::{Decision, Outcome},
};

use super::{cases, drive::Drive};
use crate::support::{Kind, check, event, set_task};

/// The shipped terms move a seat after so many days.
const IDLE_DAYS: u32 = 7;

fn login(drive: &mut Drive, account: &str, day: u32) {
    let at = format!("2026-06-{day:02}T10:00:00+08:00");
    drive.observe(&event(Kind::Login, account, &at)).unwrap();
}

/// Binds a number that others may hold too: one person's by the shipped weights.
fn bind(drive: &mut Drive, account: &str, number: &str, day: u32) {
    let at = format!("2026-06-{day:02}T10:00:00+08:00");
    let mut event = event(Kind::PhoneBound, account, &at);
    event.phone_number = number.into();
    drive.observe(&event).unwrap();
}

/// Asks about a task of that day, ten in the morning until a second before `completed`.
fn ask(drive: &mut Drive, account: &str, task: &str, day: u32) -> Outcome {
    let mut request = check(account, task);
    let at = |time: &str| format!("2026-06-{day:02}T{time}+08:00");
    set_task(&mut request, &at("10:00:00"), Some(&at("10:00:01")));
    drive.ask(&request).unwrap().record.outcome
}

#[track_caller]
fn assert_allowed(outcome: &Outcome) {
    assert_eq!(outcome.decision, Decision::Allow, "{outcome:?}");
}

/// Beyond the seats there is no blame.
#[track_caller]
fn assert_beyond(outcome: &Outcome) {
    let codes: Vec<_> = outcome.reasons.iter().map(|reason| reason.code).collect();
    assert_eq!(
        (outcome.decision, codes),
        (Decision::Deny, vec![ReasonCode::SameUserLimit]),
        "{outcome:?}"
    );
    assert!(outcome.is_final && !outcome.takes_seat);
}

/// Two accounts of one person.
fn two_accounts() -> Drive {
    let mut drive = Drive::new();
    for account in ["one", "two"] {
        bind(&mut drive, account, "+8613800138000", 16);
    }
    drive
}

#[test]
fn the_first_to_ask_takes_the_seat_and_keeps_it() {
    let mut drive = two_accounts();
    assert_allowed(&ask(&mut drive, "two", "t1", 17));
    assert_beyond(&ask(&mut drive, "one", "t2", 17));
    assert_allowed(&ask(&mut drive, "two", "t3", 18));
    drive.reopen();
    assert_beyond(&ask(&mut drive, "one", "t4", 18));
    drive.checkpoint();
    drive.reopen();
    assert_allowed(&ask(&mut drive, "two", "t5", 18));
    assert_beyond(&ask(&mut drive, "one", "t6", 18));
}

#[test]
fn strangers_have_a_seat_each() {
    let mut drive = Drive::new();
    for account in ["one", "two", "three"] {
        login(&mut drive, account, 16);
        assert_allowed(&ask(&mut drive, account, "t", 17));
    }
}

#[test]
fn a_seat_moves_once_its_holder_is_idle_to_the_second() {
    let mut drive = two_accounts();
    assert_allowed(&ask(&mut drive, "one", "t1", 16));
    let day = 16 + IDLE_DAYS;
    let mut request = check("two", "t2");
    let until = |time: &str| format!("2026-06-{day}T{time}+08:00");
    set_task(&mut request, &until("09:00:00"), Some(&until("09:59:59")));
    assert_beyond(&drive.ask(&request).unwrap().record.outcome);
    let mut request = check("two", "t3");
    set_task(&mut request, &until("09:00:00"), Some(&until("10:00:00")));
    assert_allowed(&drive.ask(&request).unwrap().record.outcome);
    // Whoever was idle is beyond the seats now, also after it wakes, and after a restart.
    login(&mut drive, "two", day);
    login(&mut drive, "one", day);
    assert_beyond(&ask(&mut drive, "one", "t4", day));
    drive.checkpoint();
    drive.reopen();
    assert_beyond(&ask(&mut drive, "one", "t5", day));
    assert_allowed(&ask(&mut drive, "two", "t6", day));
}

#[test]
fn two_holders_found_to_be_one_user_have_one_seat_from_then_on() {
    let mut drive = Drive::new();
    for (account, task) in [("two", "t1"), ("one", "t2")] {
        login(&mut drive, account, 16);
        assert_allowed(&ask(&mut drive, account, task, 17));
    }
    for account in ["one", "two"] {
        bind(&mut drive, account, "+8613800138000", 17);
    }
    assert_beyond(&ask(&mut drive, "one", "t3", 18));
    assert_allowed(&ask(&mut drive, "two", "t4", 18));
    // What was answered stays answered.
    assert_allowed(&ask(&mut drive, "one", "t2", 17));
    drive.reopen();
    assert_beyond(&ask(&mut drive, "one", "t5", 18));
}

#[test]
fn a_household_device_gives_one_seat_more() {
    let mut drive = Drive::new();
    let accounts = ["one", "two", "three"];
    for account in accounts {
        let mut event = event(Kind::Login, account, "2026-06-16T10:00:00+08:00");
        event.phone_number = "+8613800138000".into();
        let device = event.device.as_mut().unwrap();
        device.device_id = "family".into();
        drive.observe(&event).unwrap();
    }
    assert_allowed(&ask(&mut drive, "one", "t1", 17));
    assert_allowed(&ask(&mut drive, "two", "t2", 17));
    assert_beyond(&ask(&mut drive, "three", "t3", 17));
}

#[test]
fn what_only_validates_or_is_denied_takes_no_seat() {
    let mut drive = two_accounts();
    let mut request = check("one", "t1");
    request.validate_only = true;
    let validated = drive.ask(&request).unwrap();
    assert_eq!(validated.sequence, 0);
    assert_allowed(&validated.record.outcome);
    let mut request = check("one", "t2");
    request.surface = "web".into();
    assert_eq!(
        drive.ask(&request).unwrap().record.outcome.decision,
        Decision::Deny
    );
    assert_allowed(&ask(&mut drive, "two", "t3", 17));
    assert_beyond(&ask(&mut drive, "one", "t4", 17));
}

/// One step of a random life: an account acts, asks, or the store is opened again.
#[derive(Clone, Debug)]
enum Life {
    Act(u8),
    Ask(u8),
    Reopen,
    Checkpoint,
}

fn life() -> impl Strategy<Value = Life> {
    prop_oneof![
        4 => (0..4u8).prop_map(Life::Act),
        6 => (0..4u8).prop_map(Life::Ask),
        1 => Just(Life::Reopen),
        1 => Just(Life::Checkpoint),
    ]
}

proptest! {
    #![proptest_config(cases(48, 18))]
    #[test]
    fn never_more_active_holders_than_seats(
        steps in prop::collection::vec((life(), 0..2u32), 5..60),
    ) {
        let mut drive = Drive::new();
        let accounts = ["one", "two", "three", "four"];
        for account in accounts {
            bind(&mut drive, account, "+8613800138000", 16);
        }
        let mut last_seen = [16; 4];
        // As the terms say it, on a plain list.
        let mut holder: Option<usize> = None;
        let mut day = 16;
        for (number, (step, later)) in steps.into_iter().enumerate() {
            day = (day + later).min(30);
            match step {
                Life::Act(who) => {
                    login(&mut drive, accounts[usize::from(who)], day);
                    last_seen[usize::from(who)] = day;
                }
                Life::Ask(who) => {
                    let who = usize::from(who);
                    let outcome = ask(&mut drive, accounts[who], &format!("t{number}"), day);
                    let is_idle = |held: usize| day >= last_seen[held] + IDLE_DAYS;
                    if holder.is_none_or(|held| held == who || is_idle(held)) {
                        assert_allowed(&outcome);
                        holder = Some(who);
                    } else {
                        assert_beyond(&outcome);
                    }
                }
                Life::Reopen => drive.reopen(),
                Life::Checkpoint => drive.checkpoint(),
            }
        }
    }
}
