//! A series of names, or of numbers of one block, on one machine that some of its accounts registered on is a farm's;
//! a class in a laboratory and the customers of a café are not.

use std::collections::BTreeSet;

use sameuser::edge::proto::v1;

use super::drive::Drive;
use crate::support::{Kind, event};

const ACCOUNTS: usize = 12;

fn at(hours: usize) -> String {
    let from = chrono::DateTime::parse_from_rfc3339("2026-05-01T09:00:00+08:00").unwrap();
    (from + chrono::TimeDelta::hours(hours as i64)).to_rfc3339()
}

/// Machines of one image: an id each, one fingerprint.
fn on_copy(kind: Kind, account: &str, hours: usize) -> v1::Event {
    let mut event = event(kind, account, &at(hours));
    let device = event.device.as_mut().unwrap();
    device.device_id = format!("machine of {account}");
    device.hardware_fingerprint = "the image's fingerprint".into();
    event
}

fn on_phone(kind: Kind, account: &str, hours: usize) -> v1::Event {
    let mut event = event(kind, account, &at(hours));
    let device = event.device.as_mut().unwrap();
    device.device_id = format!("phone of {account}");
    device.platform = "android".into();
    device.hardware_fingerprint = String::new();
    event
}

fn accounts() -> Vec<String> {
    (0..ACCOUNTS).map(|one| format!("account-{one}")).collect()
}

fn users(drive: &mut Drive) -> usize {
    drive.engine_mut().refresh();
    let engine = drive.engine();
    let user = |account: &String| engine.user_id(engine.graph().find_account(account).unwrap());
    accounts().iter().map(user).collect::<BTreeSet<_>>().len()
}

/// Over weeks they register, a machine or a phone each, and all log in on the machines; `dress` says what else a
/// registration tells.
fn users_of(
    registers_here: impl Fn(usize) -> bool,
    dress: impl Fn(usize, &mut v1::Event),
) -> usize {
    let mut drive = Drive::new();
    for (number, account) in accounts().iter().enumerate() {
        let hours = 50 * number;
        let mut registered = match registers_here(number) {
            true => on_copy(Kind::Registration, account, hours),
            false => on_phone(Kind::Registration, account, hours),
        };
        dress(number, &mut registered);
        drive.observe(&registered).unwrap();
        let used = on_copy(Kind::Login, account, 1_000 + 7 * number);
        drive.observe(&used).unwrap();
    }
    users(&mut drive)
}

fn by_turns(number: usize) -> bool {
    number.is_multiple_of(2)
}

fn named_in_a_row(number: usize, event: &mut v1::Event) {
    event.display_name = format!("worker{}", 100 + number);
}

fn numbered_in_a_row(number: usize, event: &mut v1::Event) {
    event.phone_number = format!("+861390013{:04}", 4_200 + number);
}

#[test]
fn a_series_of_names_though_half_registered_on_phones_is_one_user() {
    assert_eq!(users_of(by_turns, named_in_a_row), 1);
}

#[test]
fn a_series_of_numbers_though_half_registered_on_phones_is_one_user() {
    assert_eq!(users_of(by_turns, numbered_in_a_row), 1);
}

/// Names by one pattern and numbers handed out in a row, each student registered at home, all in one laboratory.
#[test]
fn a_class_in_a_laboratory_is_as_many_users() {
    let class = |number: usize, event: &mut v1::Event| {
        named_in_a_row(number, event);
        numbered_in_a_row(number, event);
    };
    assert_eq!(users_of(|_| false, class), ACCOUNTS);
    // Two of them registered in the laboratory.
    assert_eq!(users_of(|number| number < 2, class), ACCOUNTS);
}

/// Customers of a café who registered there or elsewhere, under names and with numbers of their own; some names are
/// fashionable.
#[test]
fn customers_of_a_cafe_are_as_many_users() {
    let customers = |number: usize, event: &mut v1::Event| {
        event.display_name = match number % 4 {
            0 => "sunny".into(),
            1 => format!("sunny{}", 1_000 * number),
            _ => format!("guest of table {}", ["a", "b", "c"][number % 3]),
        };
    };
    assert_eq!(users_of(by_turns, customers), ACCOUNTS);
}
