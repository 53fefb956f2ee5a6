//! The abuse model is replaced while the service runs; a bad revision and a bad rule trip the fuse.

use sameuser::edge::proto::v1::{
    AdjustmentKind, Decision, FuseResolution, FuseStanding, GetOverviewRequest,
    PublishCampaignRequest,
};
use serde_json::json;

use super::{
    BORNE, Doors, configure, history, mild, model, names, on_device, start, table, tell, until,
    verify,
};
use crate::support::{CAMPAIGN, Server, folder, repository};

const USERS: usize = 60;
const IN_FORCE: &str = "another abuse model is in force";

/// Revokes everybody for what is ordinary.
fn bad() -> String {
    let everybody = json!({
        "name": "surfaces_used", "pattern": "FALSE_ACTIVITY", "monotone": "falling", "edges": [],
        "points": [9000], "missing": 0, "statement": "it was seen on {value} surfaces",
    });
    model("bad-1", &[everybody])
}

/// Established users, none of whom is refused.
async fn granted(server: &Server) -> (Vec<String>, Doors) {
    let users = names("user", USERS);
    let lives = users.iter().flat_map(|one| history(one, |_| {}));
    tell(server, lives.collect()).await;
    let mut doors = Doors::of(server).await;
    assert_eq!(doors.ask_all(&users, "before").await.0, 0);
    (users, doors)
}

fn refused_offers(server: &Server) -> f64 {
    server.metric("sameuser_model_offers_total{outcome=\"refused\"}")
}

#[tokio::test]
async fn a_bad_model_revision_trips_it_before_it_revokes_anybody() {
    let folder = folder();
    let data = folder.path().join("data");
    let (file, configuration) = configure(folder.path(), &mild());
    let server = start(&data, &configuration);
    let (users, mut doors) = granted(&server).await;

    // It is tried on those who hold grants, and held as it comes into force: nobody is revoked.
    std::fs::write(&file, bad()).unwrap();
    server.signal("HUP");
    server.until("the model is in force", || server.log().contains(IN_FORCE));
    let fuses = doors.fuses().await;
    assert_eq!(fuses.len(), 1, "{fuses:#?}");
    assert_eq!(fuses[0].atom, "model bad-1");
    let (revoked, held_by) = doors.ask_all(&users, "held").await;
    assert_eq!((revoked, held_by.len()), (0, USERS));
    let verdict = doors.ask("user-0", "one more").await;
    assert!(verdict.decision_version.ends_with("bad-1"), "{verdict:#?}");
    until!(
        server,
        "a case each",
        doors.held_cases().await,
        |count: &usize| *count == USERS
    );
    assert!(doors.adjustments(AdjustmentKind::Recovery).await.is_empty());

    // After a crash it is the model in force, held still, whatever the file says by then.
    server.kill();
    std::fs::write(&file, mild()).unwrap();
    let server = start(&data, &configuration);
    server.until("the earlier one is in force", || {
        server.log().contains(IN_FORCE)
    });
    let mut doors = Doors::of(&server).await;
    assert_eq!(doors.fuses().await[0].standing(), FuseStanding::Held);
    assert_eq!(doors.ask_all(&users, "mild again").await, (0, Vec::new()));

    // Released, the revision revokes: the standing of everybody turns.
    std::fs::write(&file, bad()).unwrap();
    server.signal("HUP");
    server.until("the bad one is in force", || {
        server.log().matches(IN_FORCE).count() == 2
    });
    assert_eq!(doors.ask_all(&users, "held again").await.0, 0);
    let released = doors
        .resolve(&fuses[0].fuse_id, FuseResolution::Release)
        .await;
    assert_eq!(released.standing(), FuseStanding::Released);
    assert_eq!(doors.ask_all(&users, "released").await.0, USERS);
    until!(
        server,
        "a recovery for each grant",
        doors.adjustments(AdjustmentKind::Recovery).await.len(),
        |found: &usize| *found == USERS * 4 + 1
    );
    drop(doors);
    server.stopped().await;
    verify(&data);
}

/// Where a campaign bears a share of its accounts, a model may turn as many of them: here all.
#[tokio::test]
async fn a_model_may_revoke_the_share_that_the_campaign_bears() {
    let folder = folder();
    let data = folder.path().join("data");
    let (file, configuration) = configure(folder.path(), &mild());
    let server = start(&data, &configuration);
    let shipped = repository().join(format!("campaigns/{CAMPAIGN}.toml"));
    let shipped = std::fs::read_to_string(shipped).unwrap();
    let bears_all = "clean_share_at_most = 1.0";
    let terms_toml = shipped.replace("clean_share_at_most = 0.001", bears_all);
    assert!(terms_toml.contains(bears_all));
    let revision = PublishCampaignRequest {
        terms_toml,
        reason: "for a test".into(),
        validate_only: false,
    };
    let mut campaigns = server.campaigns().await;
    campaigns.publish_campaign(revision).await.unwrap();
    let (users, mut doors) = granted(&server).await;
    std::fs::write(&file, bad()).unwrap();
    server.signal("HUP");
    server.until("the model is in force", || server.log().contains(IN_FORCE));
    assert_eq!(doors.ask_all(&users, "after").await.0, USERS);
    assert!(doors.fuses().await.is_empty());
}

/// What makes no sense is told, and the last good one stays.
#[tokio::test]
async fn a_broken_model_file_changes_nothing() {
    let folder = folder();
    let data = folder.path().join("data");
    let (file, configuration) = configure(folder.path(), &mild());
    let server = start(&data, &configuration);
    let changed = mild().replace("-3000", "-2000");
    for (nth, broken) in ["{", "", &changed].into_iter().enumerate() {
        std::fs::write(&file, broken).unwrap();
        server.signal("HUP");
        // The file is looked at by itself too, so that it may be refused twice.
        server.until("it is refused", || refused_offers(&server) > nth as f64);
    }
    assert!(server.log().contains("the last good one stays in force"));
    let mut review = server.review().await;
    let overview = review.get_overview(GetOverviewRequest::default()).await;
    let health = overview.unwrap().into_inner().health.unwrap();
    assert_eq!(health.model_revision, "mild-1");

    // Without a signal a good one is found in a while.
    let also_mild = mild().replace("mild-1", "mild-2");
    std::fs::write(&file, also_mild).unwrap();
    server.until("the next one is in force", || {
        server.log().contains(IN_FORCE)
    });
}

/// A release of a system that the rule doesn't know makes everybody's machine impossible.
#[tokio::test]
async fn a_rule_that_would_revoke_strangers_is_held() {
    let folder = folder();
    let data = folder.path().join("data");
    let impossible = table("impossible_device", "FALSE_IDENTITY", 1, [0, 9000]);
    let (_, configuration) = configure(folder.path(), &model("one-rule", &[impossible]));
    let server = start(&data, &configuration);
    let users = names("user", USERS);
    let lives = users.iter().flat_map(|one| {
        let own = history(one, |_| {});
        let mut updated = on_device(one, &own[0].device.clone().unwrap().device_id, 20);
        updated.device.as_mut().unwrap().os_version = "12".into();
        own.into_iter().chain([updated])
    });
    tell(&server, lives.collect()).await;
    let mut doors = Doors::of(&server).await;
    let (revoked, held_by) = doors.ask_all(&users, "t").await;
    assert_eq!((revoked, held_by.len()), (BORNE, USERS - BORNE));
    assert_eq!(doors.fuses().await[0].atom, "rule impossible_device");

    // Somebody new who claims as much waits with them.
    let mut newcomer = on_device("new", "a new device", 20);
    newcomer.event_type = crate::support::Kind::Registration.into();
    newcomer.device.as_mut().unwrap().os_version = "12".into();
    server.accept(vec![newcomer]).await;
    let verdict = doors.ask("new", "t").await;
    assert_eq!(verdict.decision(), Decision::Allow, "{verdict:#?}");
    drop(doors);
    server.stopped().await;
    verify(&data);
}
