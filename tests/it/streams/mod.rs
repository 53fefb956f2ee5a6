//! Login event streams from a real Redis: every door equal, faults of Redis told and survived, entries
//! that can't be read kept, nothing lost to kills.

mod faults;
mod flow;
mod kills;
mod letters;
mod watched;

use prost::Message;
use sameuser::edge::proto::v1;
use serde_json::Value;

use crate::support::{Kind, event, run_ok};

/// The stream by default.
const STREAM: &str = "sameuser:events";

/// Events of accounts that share some devices, in order.
fn logins(count: usize) -> Vec<v1::Event> {
    let login = |number: usize| {
        let at = format!("2026-06-17T{:02}:{:02}:00Z", number / 60 % 24, number % 60);
        let kind = if number.is_multiple_of(3) {
            Kind::Registration
        } else {
            Kind::Login
        };
        let mut event = event(kind, &format!("account-{}", number / 3), &at);
        if number.is_multiple_of(5) {
            event.device.as_mut().unwrap().device_id = format!("shared-{}", number / 20);
        }
        event
    };
    (0..count).map(login).collect()
}

fn json(event: &v1::Event) -> Vec<u8> {
    serde_json::to_vec(event).unwrap()
}

fn protobuf(event: &v1::Event) -> Vec<u8> {
    event.encode_to_vec()
}

/// What a listing command says, sorted.
fn listing(command: &str, arguments: &[&str]) -> Vec<String> {
    let listed = run_ok([&[command], arguments].concat());
    let mut lines: Vec<String> = listed.stdout.lines().map(str::to_string).collect();
    lines.sort();
    lines
}

/// Open dead letters as `sameuser dead-letters list` prints them.
fn open_letters(arguments: &[&str]) -> Vec<Value> {
    run_ok([&["dead-letters", "list"], arguments].concat()).json()
}
