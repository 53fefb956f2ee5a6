//! A release of the client gives strangers one device id for three days.

use sameuser::edge::proto::v1::{
    AdjustmentKind, AdjustmentState, FuseResolution, FuseStanding, GetModelQualityRequest,
    ListAuditEntriesRequest,
};

use super::{
    BORNE, Doors, configure, history, names, on_device, start, strict_on_machines, tell, until,
    verify,
};
use crate::support::{Server, folder};

const STRANGERS: usize = 500;
const FAULTY: &str = "00000000-0000-0000-0000-000000000000";

/// Half a year of strangers, then three days of one device id for all of them.
async fn tell_of_strangers(server: &Server, strangers: &[String]) {
    let before = strangers.iter().flat_map(|one| history(one, |_| {}));
    tell(server, before.collect()).await;
    let faulty = |day| strangers.iter().map(move |one| on_device(one, FAULTY, day));
    tell(server, (18..21).flat_map(faulty).collect()).await;
}

/// With the model that is shipped nobody is revoked, or the fuse holds what would.
#[tokio::test]
async fn strangers_with_one_device_id_are_not_revoked() {
    let folder = folder();
    let data = folder.path().join("data");
    let server = Server::start(&data);
    let strangers = names("stranger", STRANGERS);
    tell_of_strangers(&server, &strangers).await;
    let mut doors = Doors::of(&server).await;
    let (revoked, _) = doors.ask_all(&strangers, "t").await;
    assert!(revoked <= BORNE, "{revoked} strangers are revoked");
}

/// With a model that takes a shared machine for proof, the fuse trips after as many as the campaign bears:
/// the others are allowed and wait for a person, over a crash too, and nothing is taken back meanwhile.
#[tokio::test]
async fn a_device_id_that_would_revoke_strangers_is_held_until_a_person_decides() {
    let folder = folder();
    let data = folder.path().join("data");
    let (_, configuration) = configure(folder.path(), &strict_on_machines());
    let server = start(&data, &configuration);
    let strangers = names("stranger", STRANGERS);
    let before = strangers.iter().flat_map(|one| history(one, |_| {}));
    tell(&server, before.collect()).await;
    let mut doors = Doors::of(&server).await;
    assert_eq!(doors.ask_all(&strangers, "before").await.0, 0);
    let mut revoked = 0;
    for stranger in &strangers {
        server.accept(vec![on_device(stranger, FAULTY, 20)]).await;
        revoked += doors.ask_all(std::slice::from_ref(stranger), "t").await.0;
    }
    assert!((1..=BORNE).contains(&revoked), "{revoked} are revoked");

    let fuses = doors.fuses().await;
    let [fuse] = &fuses[..] else {
        panic!("one fuse: {fuses:#?}");
    };
    assert_eq!(fuse.standing(), FuseStanding::Held);
    assert!(fuse.atom.starts_with("device "), "{fuse:#?}");
    assert!(!fuse.atom.contains(FAULTY), "nothing raw: {fuse:#?}");
    assert_eq!(fuse.clean_users_at_most as usize, BORNE);
    let (again, held_by) = doors.ask_all(&strangers, "later").await;
    assert_eq!(again, 0, "held, it revokes nobody");
    assert_eq!(held_by.len(), STRANGERS);
    assert!(
        held_by.iter().all(|one| *one == fuse.fuse_id),
        "{held_by:?}"
    );

    // It is told: metrics, log, audit, cases, beside the model's quality.
    server.until("the metric shows the fuse", || {
        server.metric("sameuser_fuses_held") == 1.0
    });
    let trips = "sameuser_fuse_trips_total{atom=\"identifier\"}";
    assert_eq!(server.metric(trips), 1.0);
    assert!(server.log().contains("the fuse tripped"));
    let audit = ListAuditEntriesRequest {
        page_size: 1000,
        newest_first: true,
        subject: fuse.atom.clone(),
        ..ListAuditEntriesRequest::default()
    };
    let audit = doors.review.list_audit_entries(audit).await.unwrap();
    assert!(
        audit
            .into_inner()
            .entries
            .iter()
            .any(|one| one.kind == "fuse")
    );
    let quality = doors.review.get_model_quality(GetModelQualityRequest {});
    assert_eq!(quality.await.unwrap().into_inner().fuses.len(), 1);
    until!(
        server,
        "a case each",
        doors.held_cases().await,
        |count: &usize| *count == STRANGERS
    );

    // A crash changes nothing of it.
    server.kill();
    let server = start(&data, &configuration);
    let mut doors = Doors::of(&server).await;
    assert_eq!(doors.fuses().await[0].standing(), FuseStanding::Held);
    assert_eq!(
        doors.ask_all(&strangers[..50], "after the crash").await.0,
        0
    );
    until!(
        server,
        "a case each",
        doors.held_cases().await,
        |count: &usize| *count == STRANGERS
    );
    let moved = doors.adjustments(AdjustmentKind::Recovery).await;
    assert!(
        moved.iter().all(|one| *one == AdjustmentState::Proposed),
        "{moved:?}"
    );
    assert!(
        doors
            .adjustments(AdjustmentKind::Restoration)
            .await
            .is_empty()
    );

    // Discarded, what it refused is given after all, what it proposed is called off, and the cases are gone.
    let discarded = doors.resolve(&fuse.fuse_id, FuseResolution::Discard).await;
    assert_eq!(discarded.standing(), FuseStanding::Discarded);
    assert_eq!(discarded.decided_by, "lena");
    until!(
        server,
        "no case left",
        doors.held_cases().await,
        |count: &usize| *count == 0
    );
    until!(
        server,
        "a restoration for each refusal",
        doors.adjustments(AdjustmentKind::Restoration).await,
        |found: &Vec<AdjustmentState>| found.len() == revoked
    );
    until!(
        server,
        "recoveries called off",
        doors.adjustments(AdjustmentKind::Recovery).await,
        |found: &Vec<AdjustmentState>| found.iter().all(|one| *one == AdjustmentState::Reversed)
    );
    assert_eq!(doors.ask_all(&strangers, "discarded").await.0, 0);
    drop(doors);
    server.stopped().await;
    verify(&data);
}
