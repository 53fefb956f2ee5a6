//! The event's terms, clause by clause. Every test is named after what its clause says, and quotes it.
//!
//! Questions are asked of a store on its event clock, once in each of three time zones; the answers
//! must be equal to the last letter. What takes effect upon publication is asked of a server.

mod conduct;
mod discount;
mod eligibility;
mod observing;
mod period;
mod publication;

use std::path::Path;

use sameuser::edge::proto::v1;
use serde_json::Value;

use crate::support::{Kind, event, folder, program, write_json_lines};

/// Zones that the program runs in. The last is a zone that needs no zone files, so that a machine
/// without them tests the same.
const ZONES: [&str; 3] = ["UTC", "America/New_York", "EST5EDT,M3.2.0/2,M11.1.0/2"];

/// A pseudonym key, so that tags in reasons are the same in every store.
const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";

/// A verdict as `sameuser check` writes it.
#[derive(Clone, Debug, PartialEq)]
struct Answer(Value);

impl Answer {
    fn decision(&self) -> &str {
        self.0["decision"].as_str().unwrap()
    }

    /// What is charged, in basis points.
    fn rate(&self) -> u64 {
        self.0["rateBasisPoints"].as_u64().unwrap()
    }

    fn is_final(&self) -> bool {
        self.0["final"].as_bool().unwrap()
    }

    /// The codes of the reasons, in order, without their prefix.
    fn codes(&self) -> Vec<&str> {
        let reasons = self.0["reasons"].as_array().unwrap();
        let code = |reason: &'_ Value| -> &str {
            let code = reasons.iter().find(|known| *known == reason).unwrap()["code"].as_str();
            code.unwrap().strip_prefix("REASON_CODE_").unwrap()
        };
        reasons.iter().map(code).collect()
    }

    /// What the first reason says.
    fn statement(&self) -> &str {
        self.0["reasons"][0]["statement"].as_str().unwrap()
    }

    #[track_caller]
    fn assert_allowed(&self) {
        assert_eq!(self.decision(), "DECISION_ALLOW", "{:#}", self.0);
        assert_eq!(self.rate(), 5000, "{:#}", self.0);
        assert_eq!(self.codes()[0], "ELIGIBLE", "{:#}", self.0);
        assert!(self.is_final(), "{:#}", self.0);
    }

    /// Denied at the full rate, for good, and for these reasons.
    #[track_caller]
    fn assert_denied(&self, codes: &[&str]) {
        assert_eq!(self.decision(), "DECISION_DENY", "{:#}", self.0);
        assert_eq!(self.rate(), 10_000, "{:#}", self.0);
        assert_eq!(self.codes(), codes, "{:#}", self.0);
        assert!(self.is_final(), "{:#}", self.0);
    }

    /// Denied at the full rate for now: asking again can change it.
    #[track_caller]
    fn assert_denied_for_now(&self, codes: &[&str]) {
        assert_eq!(self.decision(), "DECISION_DENY", "{:#}", self.0);
        assert_eq!(self.rate(), 10_000, "{:#}", self.0);
        assert_eq!(self.codes(), codes, "{:#}", self.0);
        assert!(!self.is_final(), "{:#}", self.0);
    }

    /// Revoked at the full rate, first of all for this reason.
    #[track_caller]
    fn assert_revoked(&self, code: &str) {
        assert_eq!(self.decision(), "DECISION_REVOKE", "{:#}", self.0);
        assert_eq!(self.rate(), 10_000, "{:#}", self.0);
        assert_eq!(self.codes()[0], code, "{:#}", self.0);
        assert!(self.is_final(), "{:#}", self.0);
        self.assert_tells_what_is_known();
    }

    /// What nobody knows of an account speaks in no reason against it.
    #[track_caller]
    fn assert_tells_what_is_known(&self) {
        let reasons = self.0["reasons"].as_array().unwrap();
        let mut facts = reasons
            .iter()
            .flat_map(|one| one["facts"].as_object().unwrap().values());
        assert!(facts.all(|fact| fact != "unknown"), "{:#}", self.0);
    }

    /// Revoked, and the pattern is among those that speak against the account.
    #[track_caller]
    fn assert_revoked_also_for(&self, code: &str) {
        assert_eq!(self.decision(), "DECISION_REVOKE", "{:#}", self.0);
        assert!(self.codes().contains(&code), "{:#}", self.0);
        self.assert_tells_what_is_known();
    }
}

/// Takes events in, asks, and so on in turn, on one store; answers what was asked.
#[derive(Default)]
struct Story {
    steps: Vec<(Vec<v1::Event>, Vec<v1::CheckDiscountRequest>)>,
}

impl Story {
    fn then(
        mut self,
        events: impl IntoIterator<Item = v1::Event>,
        checks: impl IntoIterator<Item = v1::CheckDiscountRequest>,
    ) -> Self {
        let step = (events.into_iter().collect(), checks.into_iter().collect());
        self.steps.push(step);
        self
    }

    /// Tells it in every zone.
    #[track_caller]
    fn answers(&self) -> Vec<Answer> {
        let mut told = ZONES.map(|zone| self.answers_in(zone)).into_iter();
        let first = told.next().unwrap();
        for (other, zone) in told.zip(&ZONES[1..]) {
            assert_eq!(first, other, "in zone {zone}");
        }
        first
    }

    #[track_caller]
    fn answers_in(&self, zone: &str) -> Vec<Answer> {
        let folder = folder();
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        std::fs::write(data.join("pseudonym.key"), KEY).unwrap();
        let mut answers = Vec::new();
        for (number, (events, checks)) in self.steps.iter().enumerate() {
            let events = write_json_lines(folder.path(), &format!("events-{number}"), events);
            let checks = write_json_lines(folder.path(), &format!("checks-{number}"), checks);
            output(zone, &data, &["replay", events.to_str().unwrap()]);
            let lines = output(zone, &data, &["check", "--batch", checks.to_str().unwrap()]);
            answers.extend(lines.into_iter().map(|line| {
                assert!(line["verdict"].is_object(), "{line}");
                Answer(line["verdict"].clone())
            }));
        }
        answers
    }
}

#[track_caller]
fn output(zone: &str, data: &Path, arguments: &[&str]) -> Vec<Value> {
    let mut command = program();
    command
        .args(arguments)
        .arg("--data")
        .arg(data)
        .env("TZ", zone);
    let finished = crate::support::Finished::from(command.output().unwrap()).expect(0);
    assert!(!finished.stderr.contains("events-"), "{}", finished.stderr);
    finished.json()
}

/// Asks these questions after these events.
#[track_caller]
fn ask(
    events: impl IntoIterator<Item = v1::Event>,
    checks: impl IntoIterator<Item = v1::CheckDiscountRequest>,
) -> Vec<Answer> {
    Story::default().then(events, checks).answers()
}

/// Asks this one question after these events.
#[track_caller]
fn ask_one(events: impl IntoIterator<Item = v1::Event>, check: v1::CheckDiscountRequest) -> Answer {
    ask(events, [check]).remove(0)
}

/// An ordinary account: registered on the desktop shortly before the event, so that its seat is not
/// idle when tasks of 20 June are asked about.
fn registered(account: &str) -> v1::Event {
    event(Kind::Registration, account, "2026-06-14T20:00:00+08:00")
}
