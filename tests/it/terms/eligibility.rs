//! Section 01, Eligibility and Scope.

use sameuser::edge::proto::v1::{AccountType, CheckDiscountRequest, Event};

use super::{Answer, Story, ask, ask_one, registered};
use crate::support::{Kind, check, completed_task, event, set_task};

fn on(surface: &str, mut event: Event) -> Event {
    event.surface = surface.into();
    event
}

fn of_type(account_type: AccountType, mut event: Event) -> Event {
    event.account_type = account_type.into();
    event
}

fn completed(task: &str, at: &str) -> CheckDiscountRequest {
    let mut question = check("a1", task);
    set_task(&mut question, "2026-06-16T08:00:00+08:00", Some(at));
    question
}

/// "individual registered users who log in to the Kimi desktop client may participate".
#[test]
fn individual_users_who_log_in_to_the_desktop_client_may_participate() {
    let login = event(Kind::Login, "a1", "2026-06-18T09:00:00+08:00");
    ask_one([login], check("a1", "t1")).assert_allowed();
}

/// Who was never seen on the desktop client does not take part, until he is; chat on the desktop is
/// the desktop client too, and a remembered session counts as well as a log-in.
#[test]
fn a_user_never_seen_on_the_desktop_client_may_not_participate_yet() {
    let elsewhere = [
        on(
            "app",
            event(Kind::Registration, "a1", "2026-06-17T09:00:00+08:00"),
        ),
        on("web", event(Kind::Login, "a1", "2026-06-17T10:00:00+08:00")),
        on("", event(Kind::Login, "a1", "2026-06-17T11:00:00+08:00")),
    ];
    for (surface, kind) in [
        ("work-desktop", Kind::Login),
        ("chat-desktop", Kind::Login),
        ("work-desktop", Kind::TaskStarted),
        ("chat-desktop", Kind::PhoneBound),
    ] {
        let seen = on(surface, event(kind, "a1", "2026-06-21T09:00:00+08:00"));
        let answers = Story::default()
            .then(elsewhere.clone(), [check("a1", "t1")])
            .then([seen], [check("a1", "t1")])
            .answers();
        answers[0].assert_denied_for_now(&["NO_DESKTOP_LOGIN"]);
        answers[1].assert_allowed();
    }
}

/// Someone who signed in long before the event and has been signed in since is not denied: the event
/// period bounds the task, not the log-in.
#[test]
fn a_user_signed_in_since_before_the_event_may_participate() {
    let login = event(Kind::Login, "a1", "2025-03-02T09:00:00+08:00");
    ask_one([login], check("a1", "t1")).assert_allowed();
}

/// "with no separate sign-up required": one event on the desktop is all that anybody needs, and no
/// registration needs to have been seen.
#[test]
fn no_separate_sign_up_is_required() {
    let mut login = event(Kind::Login, "a1", "2026-06-20T10:00:00+08:00");
    login.phone_number.clear();
    login.device = None;
    login.ip_address.clear();
    login.account_type = AccountType::Unspecified.into();
    ask_one([login], check("a1", "t1")).assert_allowed();
}

/// An account of which no event has arrived is not known to be a registered user; once one arrives,
/// asking again decides again.
#[test]
fn an_unknown_account_is_denied_for_now() {
    let answers = Story::default()
        .then([registered("somebody else")], [check("a1", "t1")])
        .then([registered("a1")], [check("a1", "t1")])
        .answers();
    answers[0].assert_denied_for_now(&["UNKNOWN_ACCOUNT"]);
    answers[1].assert_allowed();
}

/// "enterprise users are currently not eligible to participate".
#[test]
fn enterprise_users_are_not_eligible() {
    let enterprise = of_type(AccountType::Enterprise, registered("a1"));
    ask_one([enterprise], check("a1", "t1")).assert_denied(&["ENTERPRISE_ACCOUNT"]);
}

/// The type is the one the account had when its task was completed: the last known by then.
#[test]
fn the_account_type_is_that_of_the_tasks_completion() {
    let joins = event(Kind::Login, "a1", "2026-06-20T12:00:00+08:00");
    let leaves = event(Kind::Login, "a1", "2026-06-24T12:00:00+08:00");
    let answers = ask(
        [
            registered("a1"),
            of_type(AccountType::Enterprise, joins),
            of_type(
                AccountType::Unspecified,
                event(Kind::Login, "a1", "2026-06-22T12:00:00+08:00"),
            ),
            of_type(AccountType::Individual, leaves),
        ],
        [
            completed("t1", "2026-06-20T11:59:59+08:00"),
            completed("t2", "2026-06-20T12:00:00+08:00"),
            completed("t3", "2026-06-22T12:00:00+08:00"),
            completed("t4", "2026-06-24T11:59:59+08:00"),
            completed("t5", "2026-06-24T12:00:00+08:00"),
        ],
    );
    answers[0].assert_allowed();
    for answer in &answers[1..4] {
        answer.assert_denied(&["ENTERPRISE_ACCOUNT"]);
    }
    answers[4].assert_allowed();
}

/// An account whose type was first said after its task was completed has the next known type; one
/// whose type was never said is an individual's.
#[test]
fn a_type_not_known_by_then_is_the_next_known_else_individual() {
    let untold = |account| of_type(AccountType::Unspecified, registered(account));
    let told = event(Kind::Login, "a1", "2026-06-25T12:00:00+08:00");
    let answers = ask(
        [
            untold("a1"),
            of_type(AccountType::Enterprise, told),
            untold("a2"),
        ],
        [check("a1", "t1"), check("a2", "t2")],
    );
    answers[0].assert_denied(&["ENTERPRISE_ACCOUNT"]);
    answers[1].assert_allowed();
}

/// "This Event applies uniformly without distinction by country or region": the same lives lived with
/// another country's phone numbers, addresses and names have the same verdicts, users and scores.
#[test]
fn the_event_applies_uniformly_without_distinction_by_country_or_region() {
    let countries = [
        Country {
            prefix: "+86139",
            network: [101, 6],
            names: ["王芳", "李娜", "刘洋"],
        },
        Country {
            prefix: "+1415555",
            network: [24, 5],
            names: ["Lucy", "Anna", "Sam"],
        },
        Country {
            prefix: "+234802",
            network: [105, 112],
            names: ["Ngozi", "Chidi", "Amaka"],
        },
        Country {
            prefix: "+971501",
            network: [94, 200],
            names: ["محمد", "علي", "فاطمة"],
        },
        Country {
            prefix: "+380671",
            network: [46, 118],
            names: ["Олена", "Іван", "Ганна"],
        },
    ];
    let told: Vec<Told> = countries.iter().map(told_in).collect();
    let decisions: Vec<&str> = told[0].answers.iter().map(Answer::decision).collect();
    for decision in ["DECISION_ALLOW", "DECISION_DENY", "DECISION_REVOKE"] {
        assert!(
            decisions.contains(&decision),
            "the lives show every decision: {decisions:?}"
        );
    }
    for other in &told[1..] {
        assert_eq!(&told[0], other);
    }
}

struct Country {
    /// Calling code and the first digits of its numbers.
    prefix: &'static str,
    network: [u8; 2],
    names: [&'static str; 3],
}

/// What must not differ between countries.
#[derive(Debug, PartialEq)]
struct Told {
    answers: Vec<Answer>,
    users: String,
    scores: String,
}

impl Country {
    fn person(&self, account: &str, number: usize, at: &str) -> Event {
        let mut event = event(Kind::Registration, account, at);
        // The id must not depend on how many tests ran before.
        event.event_id = format!("{account}-registers");
        event.phone_number = format!("{}{number:05}", self.prefix);
        event.ip_address = format!(
            "{}.{}.{}.7",
            self.network[0],
            self.network[1],
            number / 1000
        );
        event.display_name = format!("{}{number}", self.names[number % 3]);
        event
    }

    /// Honest people, two accounts of one user, and a farm on one device.
    fn events(&self) -> Vec<Event> {
        let mut events: Vec<Event> = (0..3)
            .map(|n| {
                self.person(
                    &format!("honest-{n}"),
                    1000 * n + 17,
                    "2026-06-14T12:00:00+08:00",
                )
            })
            .collect();
        for account in ["first", "second"] {
            events.push(self.person(account, 9023, "2026-06-15T12:00:00+08:00"));
        }
        for n in 0..20 {
            let at = format!("2026-06-16T03:{n:02}:00+08:00");
            let mut event = self.person(&format!("farmed-{n}"), 20_000 + n, &at);
            let device = event.device.as_mut().unwrap();
            device.device_id = "the farm's".into();
            device.hardware_fingerprint = "the farm's".into();
            event.ip_address = format!("{}.{}.200.7", self.network[0], self.network[1]);
            event.display_name = format!("{}{n}", self.names[0]);
            events.push(event);
        }
        let mut task = event(Kind::TaskCompleted, "honest-0", "2026-06-18T12:00:00+08:00");
        task.event_id = "honest-0-completes".into();
        task.phone_number = format!("{}00017", self.prefix);
        task.ip_address = events[0].ip_address.clone();
        task.task = Some(completed_task(
            "t0",
            "2026-06-18T11:50:00+08:00",
            "2026-06-18T12:00:00+08:00",
            1200,
        ));
        events.push(task);
        events
    }
}

/// Tells the lives in one country: verdicts in every zone, users and scores.
fn told_in(country: &Country) -> Told {
    use crate::support::{folder, run_ok, write_json_lines};
    let names = [
        "honest-0",
        "honest-1",
        "honest-2",
        "first",
        "second",
        "farmed-0",
        "farmed-7",
        "farmed-19",
    ];
    let checks = names.map(|account| check(account, &format!("{account}'s task")));
    let mut answers = ask(country.events(), checks);
    // Tags are pseudonyms of the values themselves: they must differ where the values do.
    for answer in &mut answers {
        for reason in answer.0["reasons"].as_array_mut().unwrap() {
            let facts = reason["facts"].as_object_mut().unwrap();
            facts.retain(|name, _| !name.starts_with("shared_"));
        }
    }
    let folder = folder();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let events = write_json_lines(folder.path(), "events", country.events());
    run_ok(["replay", events.to_str().unwrap(), "--data", data]);
    Told {
        answers,
        users: run_ok(["clusters", "--data", data]).stdout,
        scores: run_ok(["scores", "--data", data]).stdout,
    }
}
