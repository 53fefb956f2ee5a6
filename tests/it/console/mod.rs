//! The console's door, as a browser meets it.

mod authority;
mod browser;
mod cases;
mod connections;
mod desk;
mod search;
mod sessions;
mod views;

use std::path::Path;

use crate::support::{Kind, Server, event, run_with_input};
use browser::Browser;

/// A password that everybody here has.
pub const PASSWORD: &str = "correct horse battery staple";

/// Adds people to a store that no server holds: one of each role, named after it, and a second analyst.
#[track_caller]
pub fn people(data: &Path) {
    for (name, role) in [
        ("analyst", "analyst"),
        ("other", "analyst"),
        ("lead", "lead"),
        ("administrator", "administrator"),
        ("auditor", "auditor"),
    ] {
        person(data, name, role);
    }
}

/// Adds one.
#[track_caller]
pub fn person(data: &Path, name: &str, role: &str) {
    let data = data.to_str().unwrap();
    let arguments = ["people", "add", name, "--role", role, "--data", data];
    run_with_input(arguments, PASSWORD.as_bytes()).expect(0);
}

/// Somebody signed in.
#[track_caller]
pub fn signed_in(server: &Server, name: &str) -> Browser {
    let mut browser = Browser::new(server.http);
    let answer = browser.sign_in(name, PASSWORD);
    assert_eq!(answer.status, 200, "{}", answer.text());
    browser
}

/// A server with people and one registered account each.
pub async fn server_with(data: &Path, accounts: &[&str]) -> Server {
    people(data);
    let server = Server::start(data);
    let registered = |account: &&str| {
        let at = "2026-06-17T09:00:00+08:00";
        event(Kind::Registration, account, at)
    };
    server
        .accept(accounts.iter().map(registered).collect())
        .await;
    server
}
