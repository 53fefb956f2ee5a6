//! The command line: help, exit codes, the form of every answer, stores and their keys, TLS.

mod answers;
mod arguments;
mod explained;
mod keys;
mod order;
mod stores;
mod tls;

use std::path::{Path, PathBuf};

use sameuser::edge::proto::v1::{CheckDiscountRequest, Event};

use crate::support::{Kind, check, event, run_ok, write_json_lines};

/// A small set that shows every kind of answer: a user with two accounts, an account that was only
/// seen on the app, a farm, and an account too little is known of.
struct Set {
    events: PathBuf,
    checks: PathBuf,
}

impl Set {
    fn write(folder: &Path) -> Set {
        Set {
            events: write_json_lines(folder, "events.jsonl", events()),
            checks: write_json_lines(folder, "checks.jsonl", checks()),
        }
    }

    /// Replays the events into a store in a folder of its own.
    fn replay_into(&self, data: &Path) {
        run_ok([
            "replay".as_ref(),
            self.events.as_os_str(),
            "--data".as_ref(),
            data.as_os_str(),
        ]);
    }
}

fn events() -> Vec<Event> {
    let mut events: Vec<Event> = ["first", "second"]
        .map(|account| event(Kind::Registration, account, "2026-06-17T09:00:00+08:00"))
        .into();
    events[1].phone_number = events[0].phone_number.clone();
    let mut on_app = event(
        Kind::Registration,
        "on the app",
        "2026-06-17T10:00:00+08:00",
    );
    on_app.surface = "app".into();
    events.push(on_app);
    events.push(event(
        Kind::Login,
        "little known",
        "2026-06-17T11:00:00+08:00",
    ));
    for number in 0..20 {
        let at = format!("2026-06-18T03:{number:02}:00+08:00");
        let mut farmed = event(Kind::Registration, &format!("farmed {number}"), &at);
        farmed.device.as_mut().unwrap().device_id = "the farm's".into();
        farmed.ip_address = "10.200.7.7".into();
        farmed.display_name = format!("happy user {number}");
        events.push(farmed);
    }
    events
}

fn checks() -> Vec<CheckDiscountRequest> {
    let accounts = [
        "first",
        "second",
        "on the app",
        "little known",
        "farmed 7",
        "unheard of",
    ];
    let mut checks: Vec<CheckDiscountRequest> = accounts
        .into_iter()
        .map(|account| check(account, &format!("{account}'s task")))
        .collect();
    let mut unknown_campaign = check("first", "another task");
    unknown_campaign.campaign_id = "no-such-campaign".into();
    checks.push(unknown_campaign);
    checks
}
