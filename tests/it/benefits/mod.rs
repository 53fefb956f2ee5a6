//! The life of benefits, through the doors of a real server: decisions of people, standings that turn,
//! adjustments, appeals, campaigns that change.

mod backtest;
mod changes;
mod decisions;
mod farm;
mod kept;
mod listing;
mod one_machine;
mod standings;
mod tamper;
mod watch;

use std::time::Duration;

use sameuser::edge::proto::v1;
use tonic::{Code, Streaming};

use crate::support::{Kind, Server, check, event, instant};

/// A change that has not come by then never will: the test says so instead of waiting.
const CHANGE_DEADLINE: Duration = Duration::from_secs(60);

const SHIPPED: &str = include_str!("../../../campaigns/kimi-work-desktop-2026-06.toml");

/// The shipped terms under another id, with recoveries that settle at once.
fn terms(campaign: &str) -> String {
    let terms = SHIPPED
        .replace("kimi-work-desktop-2026-06", campaign)
        .replace("settle_delay_hours = 24", "settle_delay_hours = 0");
    assert!(terms.contains(campaign) && terms.contains("hours = 0"));
    terms
}

async fn publish(server: &Server, terms_toml: String) -> v1::CampaignRevision {
    let request = v1::PublishCampaignRequest {
        terms_toml,
        reason: "for a test".into(),
        validate_only: false,
    };
    let answer = server.campaigns().await.publish_campaign(request).await;
    answer.unwrap().into_inner().campaign.unwrap()
}

/// An ordinary account, registered shortly before the event.
fn registered(account: &str) -> v1::Event {
    event(Kind::Registration, account, "2026-06-14T20:00:00+08:00")
}

/// Somebody else's account that shares a phone number with another one.
fn with_phone_of(account: &str, other: &str) -> v1::Event {
    let mut event = registered(account);
    event.phone_number = registered(other).phone_number;
    event
}

fn asked(campaign: &str, account: &str, task: &str) -> v1::CheckDiscountRequest {
    v1::CheckDiscountRequest {
        campaign_id: campaign.into(),
        ..check(account, task)
    }
}

/// What a verdict says: its decision, and the code of its first reason.
fn says(verdict: &v1::Verdict) -> (v1::Decision, v1::ReasonCode) {
    (verdict.decision(), verdict.reasons[0].code())
}

#[track_caller]
fn assert_says(verdict: &v1::Verdict, decision: v1::Decision, code: v1::ReasonCode) {
    assert_eq!(says(verdict), (decision, code), "{verdict:#?}");
}

#[track_caller]
fn assert_allowed(verdict: &v1::Verdict) {
    assert_says(verdict, v1::Decision::Allow, v1::ReasonCode::Eligible);
}

type Action = v1::create_disposition_request::Action;

/// A disposition by `ana`, with what a test does not care about.
fn disposition(action: Action, accounts: &[&str]) -> v1::CreateDispositionRequest {
    v1::CreateDispositionRequest {
        account_ids: accounts.iter().map(|id| id.to_string()).collect(),
        action: Some(action),
        cause: v1::DispositionCause::BulkRegistration.into(),
        statement: "seen by a person".into(),
        author: "ana".into(),
        ..v1::CreateDispositionRequest::default()
    }
}

async fn dispose(
    server: &Server,
    request: v1::CreateDispositionRequest,
) -> v1::CreateDispositionResponse {
    let answer = server.review().await.create_disposition(request).await;
    answer.unwrap().into_inner()
}

async fn undo(server: &Server, disposition: &v1::Disposition) {
    let request = v1::UndoDispositionRequest {
        disposition_id: disposition.disposition_id.clone(),
        author: "ben".into(),
        statement: "it was somebody else".into(),
    };
    let answer = server.review().await.undo_disposition(request).await;
    let undone = answer.unwrap().into_inner().disposition.unwrap();
    assert_eq!(undone.undone_by, "ben");
}

/// A restriction in a campaign's whole series, or (else) in the campaign.
fn restrict(campaign: &str, grade: v1::RestrictionGrade) -> Action {
    Action::Restrict(v1::Restrict {
        campaign_id: campaign.into(),
        grade: grade.into(),
        notice: "You can't take part.".into(),
        ..v1::Restrict::default()
    })
}

/// The changes of adjustments as they come.
struct Changes(Streaming<v1::WatchAdjustmentsResponse>);

async fn watch(server: &Server, after_sequence: u64) -> Changes {
    let request = v1::WatchAdjustmentsRequest {
        after_sequence,
        campaign_id: String::new(),
    };
    let stream = server.verdicts().await.watch_adjustments(request).await;
    Changes(stream.unwrap().into_inner())
}

impl Changes {
    async fn next(&mut self) -> v1::Adjustment {
        let change = self.0.message().await.unwrap().unwrap();
        change.adjustment.unwrap()
    }

    /// The next changes to a state, so many of them.
    async fn next_in(&mut self, state: v1::AdjustmentState, count: usize) -> Vec<v1::Adjustment> {
        let mut found = Vec::new();
        while found.len() < count {
            let waited = tokio::time::timeout(CHANGE_DEADLINE, self.next()).await;
            let change = waited.unwrap_or_else(|_| {
                panic!(
                    "no further {state:?} within {CHANGE_DEADLINE:?}: {} of {count}",
                    found.len()
                )
            });
            if change.state() == state {
                found.push(change);
            }
        }
        found
    }
}

async fn acknowledge(
    server: &Server,
    adjustment: &v1::Adjustment,
    refused_because: &str,
) -> Result<v1::Adjustment, Code> {
    let answer = if refused_because.is_empty() {
        v1::AdjustmentAnswer::Accepted
    } else {
        v1::AdjustmentAnswer::Refused
    };
    let request = v1::AcknowledgeAdjustmentRequest {
        adjustment_id: adjustment.adjustment_id.clone(),
        sequence: adjustment.sequence,
        answer: answer.into(),
        reason: refused_because.into(),
    };
    let answer = server
        .verdicts()
        .await
        .acknowledge_adjustment(request)
        .await;
    answer
        .map(|answer| answer.into_inner().adjustment.unwrap())
        .map_err(|status| status.code())
}

async fn book(server: &Server, campaign: &str, account: &str) -> v1::Book {
    let request = v1::GetBookRequest {
        campaign_id: campaign.into(),
        account_id: account.into(),
        whole_user: false,
    };
    let answer = server.review().await.get_book(request).await;
    answer.unwrap().into_inner().book.unwrap()
}

/// The benefit of so many of the tasks that [`check`] asks about: 1,200 tokens at half.
fn benefit_of(tasks: u64) -> String {
    (tasks * 1200 * 5000).to_string()
}

/// Runs a command on a store that no server holds any more; it must exit with this.
#[track_caller]
fn verify(data: &std::path::Path, code: i32) -> crate::support::Finished {
    let arguments = ["verify".as_ref(), "--data".as_ref(), data.as_os_str()];
    crate::support::run(arguments).expect(code)
}

fn at(seconds: i64) -> pbjson_types::Timestamp {
    let mut instant = instant("2026-06-17T09:00:00+08:00");
    instant.seconds += seconds;
    instant
}
