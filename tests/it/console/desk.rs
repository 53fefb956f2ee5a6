//! What people do with cases, through the door; and that it survives a kill.

use sameuser::edge::proto::v1::{self, CaseState};
use tonic::Code;

use super::{Browser, server_with, signed_in};
use crate::support::{CAMPAIGN, Server, folder};

async fn appeal(server: &Server, account: &str) {
    let appeal = v1::OpenAppealRequest {
        account_id: account.into(),
        campaign_id: CAMPAIGN.into(),
        statement: "It was not me.".into(),
        opened_by: "the users' own form".into(),
    };
    server.review().await.open_appeal(appeal).await.unwrap();
}

fn claim(browser: &Browser, account: &str, take_over: bool) -> Result<v1::Case, Code> {
    let request = v1::ClaimCaseRequest {
        case_id: account.into(),
        take_over,
        ..v1::ClaimCaseRequest::default()
    };
    let claimed: Result<v1::ClaimCaseResponse, _> =
        browser.call("ReviewService/ClaimCase", &request);
    Ok(claimed.map_err(|(code, _)| code)?.case.unwrap())
}

fn note(browser: &Browser, account: &str, text: &str, second_look: bool) -> v1::CaseNote {
    let request = v1::AddNoteRequest {
        case_id: account.into(),
        text: text.into(),
        second_look,
        ..v1::AddNoteRequest::default()
    };
    let added: v1::AddNoteResponse = browser.call("ReviewService/AddNote", &request).unwrap();
    added.note.unwrap()
}

fn case(browser: &Browser, account: &str) -> v1::GetCaseResponse {
    let case_id = account.into();
    let request = v1::GetCaseRequest { case_id };
    browser.call("ReviewService/GetCase", &request).unwrap()
}

fn queue(browser: &Browser, state: CaseState) -> Vec<String> {
    let request = v1::ListCasesRequest {
        state: state.into(),
        ..v1::ListCasesRequest::default()
    };
    let listed: v1::ListCasesResponse = browser.call("ReviewService/ListCases", &request).unwrap();
    listed.cases.into_iter().map(|case| case.case_id).collect()
}

fn until(days: i64) -> Option<pbjson_types::Timestamp> {
    let at = chrono::Utc::now() + chrono::TimeDelta::days(days);
    let (seconds, nanos) = (at.timestamp(), 0);
    Some(pbjson_types::Timestamp { seconds, nanos })
}

fn snooze(browser: &Browser, account: &str, days: i64) -> Result<v1::Case, (Code, String)> {
    let request = v1::SnoozeCaseRequest {
        case_id: account.into(),
        until: until(days),
        ..v1::SnoozeCaseRequest::default()
    };
    let snoozed: v1::SnoozeCaseResponse = browser.call("ReviewService/SnoozeCase", &request)?;
    Ok(snoozed.case.unwrap())
}

#[tokio::test]
async fn claims_snoozes_and_notes_survive_a_kill() {
    let folder = folder();
    let server = server_with(folder.path(), &["one", "two", "three"]).await;
    for account in ["one", "two", "three"] {
        appeal(&server, account).await;
    }
    let analyst = signed_in(&server, "analyst");
    let claimed = claim(&analyst, "one", false).unwrap();
    assert_eq!(
        (claimed.claimed_by.as_str(), claimed.state()),
        ("analyst", CaseState::Claimed)
    );
    assert!(claimed.claimed_at.is_some());
    snooze(&analyst, "two", 7).unwrap();
    let written = note(&analyst, "one", "Asked the carrier.", false);
    assert_eq!(written.author, "analyst");
    server.kill();

    let server = Server::start(folder.path());
    let analyst = signed_in(&server, "analyst");
    let one = case(&analyst, "one");
    assert_eq!(one.case.as_ref().unwrap().claimed_by, "analyst");
    // The account that waits is the user's most senior one too: its notes count once.
    assert_eq!(one.case.as_ref().unwrap().notes, 1);
    assert_eq!(one.case.unwrap().kinds, [v1::CaseKind::Appeal as i32]);
    assert_eq!(one.notes, [written]);
    assert_eq!(queue(&analyst, CaseState::Claimed), ["one"]);
    assert_eq!(queue(&analyst, CaseState::Snoozed), ["two"]);
    assert_eq!(queue(&analyst, CaseState::Open), ["three"]);
    // Put aside, it is not in the queue unless asked for.
    let mut shown = queue(&analyst, CaseState::Unspecified);
    shown.sort();
    assert_eq!(shown, ["one", "three"]);
}

#[tokio::test]
async fn a_case_is_one_persons_until_it_is_given_back_or_taken_over() {
    let folder = folder();
    let server = server_with(folder.path(), &["one"]).await;
    let (analyst, other) = (signed_in(&server, "analyst"), signed_in(&server, "other"));
    assert_eq!(
        claim(&analyst, "one", false),
        Err(Code::NotFound),
        "no case yet"
    );
    appeal(&server, "one").await;
    claim(&analyst, "one", false).unwrap();
    assert_eq!(claim(&other, "one", false), Err(Code::FailedPrecondition));
    assert_eq!(claim(&other, "one", true).unwrap().claimed_by, "other");

    // A second look gives it back, and stays asked for until another person takes the case.
    note(&other, "one", "I can't tell.", true);
    let waiting = case(&other, "one").case.unwrap();
    assert_eq!(
        (waiting.state(), &*waiting.second_look_asked_by),
        (CaseState::Open, "other")
    );
    assert_eq!(
        claim(&other, "one", false).unwrap().second_look_asked_by,
        "other"
    );
    let taken = claim(&analyst, "one", true).unwrap();
    assert_eq!(
        (&*taken.claimed_by, &*taken.second_look_asked_by),
        ("analyst", "")
    );

    let release = v1::ClaimCaseRequest {
        case_id: "one".into(),
        release: true,
        ..v1::ClaimCaseRequest::default()
    };
    let released: v1::ClaimCaseResponse =
        analyst.call("ReviewService/ClaimCase", &release).unwrap();
    assert_eq!(released.case.unwrap().state(), CaseState::Open);
    assert_eq!(
        snooze(&analyst, "one", 91).unwrap_err().0,
        Code::InvalidArgument
    );
    assert_eq!(
        snooze(&analyst, "one", -1).unwrap_err().0,
        Code::InvalidArgument
    );

    // Once it is decided there is no case; the notes stay.
    let lead = signed_in(&server, "lead");
    let appeals: v1::ListAppealsResponse = lead
        .call(
            "ReviewService/ListAppeals",
            &v1::ListAppealsRequest::default(),
        )
        .unwrap();
    let decide = v1::DecideAppealRequest {
        appeal_id: appeals.appeals[0].appeal_id.clone(),
        statement: "It was.".into(),
        ..v1::DecideAppealRequest::default()
    };
    let _: v1::DecideAppealResponse = lead.call("ReviewService/DecideAppeal", &decide).unwrap();
    let decided = case(&analyst, "one");
    assert!(decided.case.is_none());
    assert_eq!(decided.notes.len(), 1);
    assert!(queue(&analyst, CaseState::Unspecified).is_empty());

    // All of it is audited, in words.
    let entries = v1::ListAuditEntriesRequest {
        subject: "one".into(),
        ..v1::ListAuditEntriesRequest::default()
    };
    let entries: v1::ListAuditEntriesResponse = lead
        .call("ReviewService/ListAuditEntries", &entries)
        .unwrap();
    let kinds: Vec<&str> = entries
        .entries
        .iter()
        .map(|one| one.kind.as_str())
        .collect();
    for kind in ["appeal", "case_claim", "case_note", "appeal_decision"] {
        assert!(kinds.contains(&kind), "{kind} in {kinds:?}");
    }
    // The words are made of a code and facts, so that another language can say them.
    let decided = &entries.entries[kinds
        .iter()
        .position(|it| *it == "appeal_decision")
        .unwrap()];
    assert_eq!(decided.action, "reject_appeal");
    let (appeal, statement) = (&decided.facts["appeal"], &decided.facts["statement"]);
    assert_eq!(decided.statement, format!("reject {appeal}: {statement}"));
}
