//! What the console's screens are made of: timelines, scores taken apart, overview, quality.

use sameuser::{edge::proto::v1, service::quality::Share};

use super::{Browser, people, signed_in};
use crate::support::{CAMPAIGN, Kind, Server, check, completed_task, event, folder, next_event_id};

fn timeline(browser: &Browser, account: &str, token: &str) -> v1::ListAccountEventsResponse {
    let request = v1::ListAccountEventsRequest {
        account_id: account.into(),
        page_size: 10,
        page_token: token.into(),
        ..v1::ListAccountEventsRequest::default()
    };
    browser
        .call("ReviewService/ListAccountEvents", &request)
        .unwrap()
}

#[tokio::test]
async fn a_timeline_is_all_of_an_accounts_events_newest_first() {
    let folder = folder();
    people(folder.path());
    let server = Server::start(folder.path());
    let mut events = Vec::new();
    for nth in 0..60 {
        let account = ["alice", "bob", "carol"][nth % 3];
        let at = format!("2026-06-17T{:02}:00:00+08:00", nth / 3);
        events.push(event(Kind::Login, account, &at));
    }
    let mut task = event(Kind::TaskCompleted, "alice", "2026-06-18T10:30:00+08:00");
    let (started, completed) = ("2026-06-18T10:20:00+08:00", "2026-06-18T10:30:00+08:00");
    task.task = Some(completed_task("task-1", started, completed, 700));
    events.push(task);
    server.accept(events).await;

    let auditor = signed_in(&server, "auditor");
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let page = timeline(&auditor, "alice", &token);
        assert_eq!(page.total_events, 21);
        assert!(page.events.len() <= 10);
        seen.extend(page.events);
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(seen.len(), 21);
    assert!(seen.iter().all(|one| one.account_id == "alice"));
    assert!(seen.is_sorted_by(|one, other| one.sequence > other.sequence));
    let newest = &seen[0];
    assert_eq!(newest.event_type(), v1::EventType::TaskCompleted);
    assert_eq!((&*newest.task_id, newest.tokens), ("task-1", 700));
    assert_eq!(
        (&*newest.surface, &*newest.platform),
        ("work-desktop", "windows")
    );
    let kinds: Vec<&str> = newest.identifiers.iter().map(|one| &*one.kind).collect();
    assert_eq!(
        kinds,
        ["phone", "device", "hardware_fingerprint", "ip_address"]
    );
    assert!(newest.identifiers.iter().all(|one| one.tag.len() == 6));
}

/// Logs an account in from an emulator.
fn emulated(account: &str) -> v1::Event {
    let mut event = event(Kind::Registration, account, "2026-06-17T09:00:00+08:00");
    event.event_id = next_event_id();
    event.device.as_mut().unwrap().emulator_signals = vec![
        v1::EmulatorSignal::Hypervisor.into(),
        v1::EmulatorSignal::SoftwareGpu.into(),
    ];
    event
}

#[tokio::test]
async fn contributions_add_up_and_identifiers_are_shown_with_an_account() {
    let folder = folder();
    people(folder.path());
    let server = Server::start(folder.path());
    server.accept(vec![emulated("mallory")]).await;
    let auditor = signed_in(&server, "auditor");
    let request = v1::GetAccountRequest {
        account_id: "mallory".into(),
    };
    let answer: v1::GetAccountResponse =
        auditor.call("ReviewService/GetAccount", &request).unwrap();
    let account = answer.account.unwrap();
    assert!(account.contributions.is_sorted_by_key(|one| -one.millibits));
    let mut contributions = account.contributions.iter();
    let emulator = contributions.find(|one| one.feature == "emulator_signals");
    let emulator = emulator.unwrap();
    assert_eq!(emulator.pattern(), v1::ReasonCode::Emulator, "{emulator:?}");
    assert!(emulator.value.is_some() && !emulator.statement.contains("{value}"));
    // What is known and speaks against it is what the reasons say, feature by feature.
    let against = |pattern: v1::ReasonCode| -> i64 {
        let of_pattern = account.contributions.iter();
        of_pattern
            .filter(|one| one.pattern() == pattern && one.millibits > 0 && one.value.is_some())
            .map(|one| one.millibits)
            .sum()
    };
    for reason in &account.summary.as_ref().unwrap().reasons {
        assert_eq!(against(reason.code()), reason.weight_millibits);
    }
    assert_eq!(account.identifiers.len(), 4);
    assert_eq!(account.links.len(), 4);
    assert!(!account.model_revision.is_empty());
}

#[tokio::test]
async fn the_overview_counts_what_was_decided_and_goes_on_counting() {
    let folder = folder();
    people(folder.path());
    let server = Server::start(folder.path());
    let auditor = signed_in(&server, "auditor");
    let overview = || -> v1::GetOverviewResponse {
        let hours = v1::GetOverviewRequest { hours: 2 };
        auditor.call("ReviewService/GetOverview", &hours).unwrap()
    };
    // What is decided at the turn of an hour stands in one of two.
    let sums = |answer: &v1::GetOverviewResponse| {
        answer.hours.iter().fold((0, 0), |(grants, denials), hour| {
            (grants + hour.grants, denials + hour.denials)
        })
    };
    assert_eq!(sums(&overview()), (0, 0));
    let at = "2026-06-17T09:00:00+08:00";
    server
        .accept(vec![event(Kind::Registration, "alice", at)])
        .await;
    server.ask(check("alice", "t1")).await.unwrap();
    let stranger = server.ask(check("nobody", "t1")).await.unwrap();
    assert_eq!(stranger.decision(), v1::Decision::Deny);
    let answer = overview();
    assert!(answer.complete);
    assert_eq!((answer.hours.len(), sums(&answer)), (2, (1, 1)));
    let reason = &answer.reasons[0];
    assert_eq!(
        (reason.reason(), reason.verdicts),
        (v1::ReasonCode::UnknownAccount, 1)
    );
    let graph = answer.graph.unwrap();
    assert_eq!((graph.accounts, graph.events, graph.verdicts), (1, 1, 2));
    assert!(answer.health.unwrap().ready);
    server.ask(check("alice", "t2")).await.unwrap();
    assert_eq!(sums(&overview()), (2, 1));
}

#[tokio::test]
async fn quality_is_what_people_found_of_accounts_that_rules_revoked() {
    let folder = folder();
    people(folder.path());
    let server = Server::start(folder.path());
    server
        .accept(vec![emulated("mallory"), emulated("trudy")])
        .await;
    let analyst = signed_in(&server, "analyst");
    let quality = || -> v1::GetModelQualityResponse {
        let request = v1::GetModelQualityRequest {};
        analyst
            .call("ReviewService/GetModelQuality", &request)
            .unwrap()
    };
    assert_eq!(quality().precision.unwrap().whole, 0);
    let mut revoked = 0;
    for account in ["mallory", "trudy"] {
        let verdict = server.ask(check(account, "t1")).await.unwrap();
        revoked += u64::from(verdict.decision() == v1::Decision::Revoke);
    }
    for (account, action) in [
        (
            "mallory",
            v1::create_disposition_request::Action::Disqualify(v1::Disqualify {}),
        ),
        (
            "trudy",
            v1::create_disposition_request::Action::Clear(v1::Clear::default()),
        ),
    ] {
        let order = v1::CreateDispositionRequest {
            account_ids: vec![account.into()],
            action: Some(action),
            cause: v1::DispositionCause::Emulator.into(),
            statement: format!("Looked at {account} in {CAMPAIGN}."),
            ..v1::CreateDispositionRequest::default()
        };
        let _: v1::CreateDispositionResponse = analyst
            .call("ReviewService/CreateDisposition", &order)
            .unwrap();
    }
    let found = quality();
    assert_eq!(found.labelled_accounts, 2);
    let precision = found.precision.unwrap();
    assert_eq!((precision.part, precision.whole), (revoked / 2, revoked));
    let binned: u64 = found
        .bins
        .iter()
        .map(|bin| bin.abuse.as_ref().unwrap().whole)
        .sum();
    assert_eq!((found.bins.len(), binned), (10, 2));
}

/// Wilson's interval against values worked out elsewhere: 8 of 10 (0.4902, 0.9433) and 0 of 5
/// (0, 0.4345), as in Agresti and Coull (1998).
#[test]
fn the_interval_is_wilsons() {
    let near = |one: f64, other: f64| (one - other).abs() < 0.0001;
    let (share, low, high) = Share { part: 8, whole: 10 }.interval().unwrap();
    assert!(
        near(share, 0.8) && near(low, 0.4902) && near(high, 0.9433),
        "{low} {high}"
    );
    let (_, low, high) = Share { part: 0, whole: 5 }.interval().unwrap();
    assert!(near(low, 0.0) && near(high, 0.4345), "{low} {high}");
    assert!(Share::default().interval().is_none());
}
