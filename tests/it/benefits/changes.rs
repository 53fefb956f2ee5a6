//! An event that is adjusted, suspended, resumed and ended while tasks run: each task is judged by the
//! revision in effect when it completed, to the second and below, also after a crash.

use pbjson_types::Timestamp;
use sameuser::edge::proto::v1::{self, Decision, ReasonCode};

use super::{asked, publish, registered, terms};
use crate::support::{Server, folder};

const EVENT: &str = "long-event";

fn long_terms(rate: u32) -> String {
    terms(EVENT)
        .replace("2026-06-16T00:00:00+08:00", "2001-01-01T00:00:00+08:00")
        .replace("2026-06-30T23:59:00+08:00", "2099-06-30T23:59:00+08:00")
        .replace(
            "rate_basis_points = 5000",
            &format!("rate_basis_points = {rate}"),
        )
}

/// What a task that completes while a revision is in effect is answered.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Expected {
    Rate(u32),
    Denied(ReasonCode),
}

fn shifted(instant: &Timestamp, nanos: i64) -> Timestamp {
    let all = i128::from(instant.seconds) * 1_000_000_000 + i128::from(instant.nanos);
    let moved = all + i128::from(nanos);
    Timestamp {
        seconds: moved.div_euclid(1_000_000_000) as i64,
        nanos: moved.rem_euclid(1_000_000_000) as i32,
    }
}

async fn ask(server: &Server, task: &str, completed: Timestamp) -> (Expected, u32) {
    let mut request = asked(EVENT, "a1", task);
    let asked = request.task.as_mut().unwrap();
    asked.started_at = Some(shifted(&completed, -60_000_000_000));
    asked.completed_at = Some(completed);
    let verdict = server.ask(request).await.unwrap();
    let expected = match verdict.decision() {
        Decision::Allow => Expected::Rate(verdict.rate_basis_points),
        _ => Expected::Denied(verdict.reasons[0].code()),
    };
    (expected, verdict.campaign_revision)
}

#[tokio::test]
async fn each_task_is_judged_by_the_revision_at_its_completion() {
    let folder = folder();
    let data = folder.path().join("data");
    let mut server = Server::start(&data);
    let suspended = Expected::Denied(ReasonCode::CampaignSuspended);
    let terminated = Expected::Denied(ReasonCode::CampaignTerminated);
    let mut revisions: Vec<(v1::CampaignRevision, Expected)> = Vec::new();
    server.accept(vec![registered("a1")]).await;
    let steps = [
        Expected::Rate(5000),
        Expected::Rate(7000),
        suspended,
        Expected::Rate(7000),
        Expected::Rate(3000),
        terminated,
    ];
    for (number, expected) in steps.into_iter().enumerate() {
        let mut campaigns = server.campaigns().await;
        let (campaign_id, reason) = (EVENT.to_string(), "force majeure".to_string());
        let revision = match (number, expected) {
            (_, Expected::Rate(rate)) if number != 3 => publish(&server, long_terms(rate)).await,
            (2, _) => {
                let request = v1::SuspendCampaignRequest {
                    campaign_id,
                    reason,
                };
                let answer = campaigns.suspend_campaign(request).await.unwrap();
                answer.into_inner().campaign.unwrap()
            }
            (3, _) => {
                let request = v1::ResumeCampaignRequest {
                    campaign_id,
                    reason,
                };
                let answer = campaigns.resume_campaign(request).await.unwrap();
                answer.into_inner().campaign.unwrap()
            }
            _ => {
                let request = v1::TerminateCampaignRequest {
                    campaign_id,
                    reason,
                };
                let answer = campaigns.terminate_campaign(request).await.unwrap();
                answer.into_inner().campaign.unwrap()
            }
        };
        revisions.push((revision, expected));
        // What is published is known over a crash.
        if number % 2 == 1 {
            server.kill();
            server = Server::start(&data);
        }
    }
    for round in ["before", "after"] {
        for (number, (revision, expected)) in revisions.iter().enumerate() {
            let begins = revision.published_at.unwrap();
            let task = |moment: &str| format!("{round} {number} {moment}");
            let at = ask(&server, &task("at"), begins).await;
            assert_eq!(at, (*expected, revision.revision), "{revision:?}");
            // A microsecond earlier the one before was in effect; before the first, the first.
            let (earlier, before) = revisions
                .get(number.wrapping_sub(1))
                .unwrap_or(&revisions[0]);
            let just_before = ask(&server, &task("just before"), shifted(&begins, -1000)).await;
            assert_eq!(just_before, (*before, earlier.revision), "{revision:?}");
        }
        if round == "before" {
            server.kill();
            server = Server::start(&data);
        }
    }
    // What was answered stays answered, though the event is over.
    let first = revisions[0].0.published_at.unwrap();
    let again = ask(&server, "before 0 at", first).await;
    assert_eq!(again, (Expected::Rate(5000), 1));
}
