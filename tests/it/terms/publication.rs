//! Section 03, Event Adjustment and Force Majeure; Reservation of Rights. What is published takes
//! effect upon publication, so these ask a server, whose clock is the wall's. The server runs in New
//! York's zone, and still speaks Beijing Time.

use pbjson_types::Timestamp;
use sameuser::edge::proto::v1::{
    self, CampaignState, Decision, ReasonCode, campaign_service_client::CampaignServiceClient,
};
use tempfile::TempDir;
use tonic::{Code, transport::Channel};

use crate::support::{CAMPAIGN, Kind, Server, check, event, folder, repository};

const OPEN: &str = "long-event";

/// A server with an account on it and an event that has been running since long ago.
struct World {
    server: Server,
    campaigns: CampaignServiceClient<Channel>,
    tasks: u32,
    _folder: TempDir,
}

/// The shipped terms as those of another, long event.
fn terms(change: impl FnOnce(String) -> String) -> String {
    let path = repository().join(format!("campaigns/{CAMPAIGN}.toml"));
    let shipped = std::fs::read_to_string(path).unwrap();
    let open = shipped
        .replace(CAMPAIGN, OPEN)
        .replace("2026-06-16T00:00:00+08:00", "2001-01-01T00:00:00+08:00")
        .replace("2026-06-30T23:59:00+08:00", "2099-06-30T23:59:00+08:00");
    let changed = change(open.clone());
    assert!(changed.contains(OPEN), "the id was replaced");
    changed
}

impl World {
    async fn new() -> World {
        let folder = folder();
        let server = Server::start_with(folder.path(), |command| {
            command.env("TZ", "America/New_York");
        });
        server
            .accept(vec![event(
                Kind::Registration,
                "a1",
                "2025-06-01T09:00:00+08:00",
            )])
            .await;
        let campaigns = server.campaigns().await;
        let mut world = World {
            server,
            campaigns,
            tasks: 0,
            _folder: folder,
        };
        world.publish(terms(|open| open)).await.unwrap();
        world
    }

    async fn publish(&mut self, terms_toml: String) -> Result<v1::CampaignRevision, tonic::Status> {
        let request = v1::PublishCampaignRequest {
            terms_toml,
            reason: "An adjustment.".into(),
            validate_only: false,
        };
        let answer = self.campaigns.publish_campaign(request).await?.into_inner();
        Ok(answer.campaign.unwrap())
    }

    async fn suspend(&mut self) -> v1::CampaignRevision {
        let request = v1::SuspendCampaignRequest {
            campaign_id: OPEN.into(),
            reason: "A network failure.".into(),
        };
        let answer = self.campaigns.suspend_campaign(request).await.unwrap();
        answer.into_inner().campaign.unwrap()
    }

    async fn resume(&mut self) -> v1::CampaignRevision {
        let request = v1::ResumeCampaignRequest {
            campaign_id: OPEN.into(),
            reason: "Mended.".into(),
        };
        let answer = self.campaigns.resume_campaign(request).await.unwrap();
        answer.into_inner().campaign.unwrap()
    }

    async fn terminate(&mut self) -> v1::CampaignRevision {
        let request = v1::TerminateCampaignRequest {
            campaign_id: OPEN.into(),
            reason: "A regulator's demand.".into(),
        };
        let answer = self.campaigns.terminate_campaign(request).await.unwrap();
        answer.into_inner().campaign.unwrap()
    }

    /// Asks about a new task that was completed at an instant, so many microseconds later.
    async fn completed(&mut self, at: &Timestamp, microseconds: i64) -> v1::Verdict {
        let question = self.question(at, microseconds);
        self.server.ask(question).await.unwrap()
    }

    fn question(&mut self, at: &Timestamp, microseconds: i64) -> v1::CheckDiscountRequest {
        self.tasks += 1;
        let mut question = check("a1", &format!("task {}", self.tasks));
        question.campaign_id = OPEN.into();
        let task = question.task.as_mut().unwrap();
        task.started_at = Some(crate::support::instant("2026-01-05T10:00:00+08:00"));
        let micros = crate::support::micros(at) + microseconds;
        task.completed_at = Some(Timestamp {
            seconds: micros.div_euclid(1_000_000),
            nanos: i32::try_from(micros.rem_euclid(1_000_000)).unwrap() * 1000,
        });
        question
    }
}

fn codes(verdict: &v1::Verdict) -> Vec<ReasonCode> {
    verdict.reasons.iter().map(v1::Reason::code).collect()
}

/// "Kimi shall have the right to suspend … the Event", "shall take effect upon publication": nothing
/// that completes from that instant on is discounted, what completed before it is, whenever asked.
#[tokio::test]
async fn a_suspension_takes_effect_upon_publication() {
    let mut world = World::new().await;
    let suspended = world.suspend().await;
    assert_eq!(
        (suspended.revision, suspended.state()),
        (2, CampaignState::Suspended)
    );
    let at = suspended.published_at.unwrap();

    let before = world.completed(&at, -1).await;
    assert_eq!(before.decision(), Decision::Allow, "{before:?}");
    assert_eq!(before.campaign_revision, 1);
    for later in [0, 1, 3_600_000_000] {
        let after = world.completed(&at, later).await;
        assert_eq!(after.decision(), Decision::Deny);
        assert_eq!(codes(&after), [ReasonCode::CampaignSuspended]);
        assert_eq!(
            (after.campaign_revision, after.rate_basis_points),
            (2, 10_000)
        );
        assert!(after.r#final, "a suspension can't be cured by asking again");
        let words = &after.reasons[0].statement;
        assert!(
            words.contains("A network failure.") && words.contains("+08:00"),
            "{words}"
        );
    }
}

/// A task that runs on is judged by the clock's now: it is not completed, and the event is suspended.
#[tokio::test]
async fn a_running_task_during_a_suspension_is_denied() {
    let mut world = World::new().await;
    let suspended = world.suspend().await;
    let mut question = world.question(&suspended.published_at.unwrap(), 0);
    question.task.as_mut().unwrap().completed_at = None;
    let verdict = world.server.ask(question).await.unwrap();
    let expected = [ReasonCode::TaskNotCompleted, ReasonCode::CampaignSuspended];
    assert_eq!(codes(&verdict), expected);
}

/// A resumption ends it, upon publication too; the gap stays.
#[tokio::test]
async fn a_resumption_takes_effect_upon_publication() {
    let mut world = World::new().await;
    let suspended = world.suspend().await.published_at.unwrap();
    let resumed = world.resume().await;
    assert_eq!(
        (resumed.revision, resumed.state()),
        (3, CampaignState::Active)
    );
    let resumed = resumed.published_at.unwrap();
    let gap = world.completed(&resumed, -1).await;
    let after = world.completed(&resumed, 0).await;
    assert_eq!(after.decision(), Decision::Allow);
    assert_eq!(after.campaign_revision, 3);
    if suspended != resumed {
        assert_eq!(codes(&gap), [ReasonCode::CampaignSuspended]);
        assert_eq!(gap.campaign_revision, 2);
    }
}

/// "Kimi shall have the right to … terminate … the Event": for good.
#[tokio::test]
async fn a_termination_takes_effect_upon_publication_and_for_good() {
    let mut world = World::new().await;
    let terminated = world.terminate().await;
    assert_eq!(terminated.state(), CampaignState::Terminated);
    let at = terminated.published_at.unwrap();
    assert_eq!(world.completed(&at, -1).await.decision(), Decision::Allow);
    let after = world.completed(&at, 0).await;
    assert_eq!(codes(&after), [ReasonCode::CampaignTerminated]);
    let refused = world.publish(terms(|open| open)).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    let resume = v1::ResumeCampaignRequest {
        campaign_id: OPEN.into(),
        reason: String::new(),
    };
    let refused = world.campaigns.resume_campaign(resume).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
}

/// "Any adjustment to the Event rules shall take effect upon publication": each task by the terms in
/// effect when it was completed.
#[tokio::test]
async fn an_adjustment_takes_effect_upon_publication() {
    let mut world = World::new().await;
    let adjusted = terms(|open| {
        open.replace("rate_basis_points = 5000", "rate_basis_points = 7000")
            .replace(
                "surfaces = [\"work-desktop\"]",
                "surfaces = [\"work-desktop\", \"app\"]",
            )
    });
    let adjusted = world.publish(adjusted).await.unwrap();
    assert_eq!(adjusted.revision, 2);
    let at = adjusted.published_at.unwrap();

    let before = world.completed(&at, -1).await;
    assert_eq!(
        (before.campaign_revision, before.rate_basis_points),
        (1, 5000)
    );
    let after = world.completed(&at, 0).await;
    assert_eq!(
        (after.campaign_revision, after.rate_basis_points),
        (2, 7000)
    );

    let mut on_app = world.question(&at, -1);
    on_app.surface = "app".into();
    let verdict = world.server.ask(on_app).await.unwrap();
    assert_eq!(codes(&verdict), [ReasonCode::SurfaceNotCovered]);
    let mut on_app = world.question(&at, 0);
    on_app.surface = "app".into();
    let verdict = world.server.ask(on_app).await.unwrap();
    assert_eq!(verdict.decision(), Decision::Allow);
}

/// What was decided stays decided: a repeat answers the recorded verdict, whatever was published since.
#[tokio::test]
async fn a_final_verdict_outlives_an_adjustment() {
    let mut world = World::new().await;
    let revision = world.campaigns.get_campaign(v1::GetCampaignRequest {
        campaign_id: OPEN.into(),
        revision: 0,
    });
    let published = revision.await.unwrap().into_inner().campaign.unwrap();
    let question = world.question(&published.published_at.unwrap(), 3_600_000_000);
    let recorded = world.server.ask(question.clone()).await.unwrap();
    assert_eq!(recorded.decision(), Decision::Allow);
    world.suspend().await;
    assert_eq!(world.server.ask(question).await.unwrap(), recorded);
}

/// New terms published while the event is suspended do not resume it.
#[tokio::test]
async fn an_adjustment_does_not_end_a_suspension() {
    let mut world = World::new().await;
    world.suspend().await;
    let adjusted = world.publish(terms(|open| open)).await.unwrap();
    assert_eq!(adjusted.state(), CampaignState::Suspended);
    let verdict = world.completed(&adjusted.published_at.unwrap(), 0).await;
    assert_eq!(codes(&verdict), [ReasonCode::CampaignSuspended]);
}

/// A task completed before the campaign's first revision is judged by the first.
#[tokio::test]
async fn a_task_completed_before_the_first_publication_is_judged_by_the_first_revision() {
    let mut world = World::new().await;
    world.suspend().await;
    let long_ago = crate::support::instant("2026-01-06T10:00:00+08:00");
    let verdict = world.completed(&long_ago, 0).await;
    assert_eq!(
        (verdict.decision(), verdict.campaign_revision),
        (Decision::Allow, 1)
    );
}

/// A campaign that only observes grants what its terms cover, and says what it would have answered.
#[tokio::test]
async fn an_observing_campaign_allows_and_records_what_it_would_have_said() {
    let mut world = World::new().await;
    let observing = terms(|open| open.replace("mode = \"enforce\"", "mode = \"observe\""));
    let at = world
        .publish(observing)
        .await
        .unwrap()
        .published_at
        .unwrap();
    let mut both =
        ["a1", "a2"].map(|account| event(Kind::Login, account, "2025-07-01T09:00:00+08:00"));
    both[1].phone_number = both[0].phone_number.clone();
    // Seen just now, so that the first one's seat is not idle.
    both.iter_mut()
        .for_each(|event| event.occurred_at = Some(at));
    world.server.accept(both.into()).await;

    let first = world.completed(&at, 0).await;
    assert_eq!(
        (first.decision(), first.observed()),
        (Decision::Allow, Decision::Allow)
    );
    let mut question = world.question(&at, 0);
    question.account_id = "a2".into();
    let verdict = world.server.ask(question).await.unwrap();
    assert_eq!(
        (verdict.decision(), verdict.observed()),
        (Decision::Allow, Decision::Deny)
    );
    assert_eq!(
        codes(&verdict),
        [ReasonCode::Eligible, ReasonCode::SameUserLimit]
    );
    assert_eq!(verdict.rate_basis_points, 5000);
}

/// All revisions can be read back, oldest first, each with its terms and reason.
#[tokio::test]
async fn every_revision_can_be_read_back() {
    let mut world = World::new().await;
    world.suspend().await;
    world.resume().await;
    let request = v1::ListCampaignRevisionsRequest {
        campaign_id: OPEN.into(),
        page_size: 2,
        page_token: String::new(),
    };
    let first = world
        .campaigns
        .list_campaign_revisions(request.clone())
        .await
        .unwrap();
    let first = first.into_inner();
    let rest = v1::ListCampaignRevisionsRequest {
        page_token: first.next_page_token,
        ..request
    };
    let rest = world
        .campaigns
        .list_campaign_revisions(rest)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(rest.next_page_token, "");
    let all: Vec<_> = first.revisions.into_iter().chain(rest.revisions).collect();
    let told: Vec<_> = all
        .iter()
        .map(|one| (one.revision, one.state(), one.reason.as_str()))
        .collect();
    let expected = [
        (1, CampaignState::Active, "An adjustment."),
        (2, CampaignState::Suspended, "A network failure."),
        (3, CampaignState::Active, "Mended."),
    ];
    assert_eq!(told, expected);
    let terms = terms(|open| open);
    assert!(all.iter().all(|one| one.terms_toml == terms));
}
