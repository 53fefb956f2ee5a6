//! Standings that turn by what the same user did under another account, and recoveries that wait for an
//! appeal about them.

use sameuser::{
    domain::reason::ReasonCode as ReasonOfJudgement,
    edge::proto::v1::{self, AdjustmentKind, AdjustmentState, Decision, ReasonCode},
};
use tonic::Code;

use super::{
    Action, asked, assert_allowed, assert_says, benefit_of, book, dispose, disposition,
    farm::on_the_machine, publish, registered, terms, verify, watch, with_phone_of,
};
use crate::{
    properties::drive::Drive,
    support::{Server, check, folder},
};

const EVENT: &str = "summer-2026";
const FARM: usize = 40;

async fn ask(server: &Server, account: &str, task: &str) -> v1::Verdict {
    server.ask(asked(EVENT, account, task)).await.unwrap()
}

async fn open_appeal(server: &Server, account: &str) -> v1::Appeal {
    let request = v1::OpenAppealRequest {
        account_id: account.into(),
        campaign_id: EVENT.into(),
        statement: "It was somebody else.".into(),
        opened_by: "support".into(),
    };
    let opened = server.review().await.open_appeal(request).await;
    opened.unwrap().into_inner().appeal.unwrap()
}

async fn decide(server: &Server, appeal: &v1::Appeal, granted: bool) {
    let request = v1::DecideAppealRequest {
        appeal_id: appeal.appeal_id.clone(),
        granted,
        statement: "seen by another person".into(),
        author: "carla".into(),
    };
    server.review().await.decide_appeal(request).await.unwrap();
}

/// The latest change of each of an account's adjustments.
async fn adjustments(server: &Server, account: &str) -> Vec<v1::Adjustment> {
    let request = v1::ListAdjustmentsRequest::default();
    let listed = server.verdicts().await.list_adjustments(request).await;
    let mut latest: Vec<v1::Adjustment> = Vec::new();
    for change in listed.unwrap().into_inner().adjustments {
        latest.retain(|known| known.adjustment_id != change.adjustment_id);
        latest.push(change);
    }
    latest.retain(|one| one.account_id == account);
    latest
}

/// What one account does turns the same user's other one, over an exact link; who lives with that user, on
/// the same device and address, keeps the discount. An appeal undoes it, and it does not come again.
#[tokio::test]
async fn what_one_account_does_is_held_against_the_same_users_others() {
    let folder = folder();
    let data = folder.path().join("data");
    let server = Server::start(&data);
    publish(&server, terms(EVENT)).await;
    let member = "farmed-3";
    let farm = (0..FARM).map(|number| registered(&format!("farmed-{number}")));
    let second = with_phone_of("second", member);
    let mut flatmate = registered("flatmate");
    flatmate.device = second.device.clone();
    flatmate.ip_address = second.ip_address.clone();
    server
        .accept(farm.chain([second, flatmate]).collect())
        .await;
    for account in ["second", "flatmate"] {
        assert_allowed(&ask(&server, account, "t1").await);
    }

    let machine = (0..FARM).map(|number| on_the_machine(number, number as i64));
    server.accept(machine.collect()).await;
    let mut changes = watch(&server, 0).await;
    let recovery = changes.next_in(AdjustmentState::Open, 1).await.remove(0);
    assert_eq!(
        (&*recovery.account_id, recovery.kind()),
        ("second", AdjustmentKind::Recovery)
    );
    let reason = &recovery.reasons[0];
    assert_eq!(reason.code(), ReasonCode::SameUserDisqualified);
    assert!(reason.statement.contains("emulator"), "{reason:?}");
    assert!(reason.facts["shared_1"].starts_with("phone"), "{reason:?}");
    let refused = ask(&server, "second", "t2").await;
    assert_says(&refused, Decision::Revoke, ReasonCode::SameUserDisqualified);
    assert_allowed(&ask(&server, "flatmate", "t2").await);
    assert_eq!(
        book(&server, EVENT, "flatmate").await.benefit,
        benefit_of(2)
    );

    let appeal = open_appeal(&server, "second").await;
    decide(&server, &appeal, true).await;
    let reversed = changes
        .next_in(AdjustmentState::Reversed, 1)
        .await
        .remove(0);
    assert_eq!(reversed.adjustment_id, recovery.adjustment_id);
    server.accept(vec![on_the_machine(3, 3600)]).await;
    assert_allowed(&ask(&server, "second", "t3").await);
    let restored = changes.next_in(AdjustmentState::Open, 1).await.remove(0);
    assert_eq!(restored.verdict_id, refused.verdict_id);

    server.stopped().await;
    verify(&data, 0);
}

/// Who is blamed for what is a matter of facts: the order in which they came does not show.
#[test]
fn blame_does_not_depend_on_the_order_of_arrival() {
    let mut events: Vec<v1::Event> = (0..FARM)
        .map(|number| registered(&format!("farmed-{number}")))
        .collect();
    events.push(with_phone_of("second", "farmed-3"));
    events.extend((0..FARM).map(|number| on_the_machine(number, number as i64)));
    let seen = |events: &mut dyn Iterator<Item = &v1::Event>| {
        let mut drive = Drive::new();
        drive.observe_all(events);
        let mut request = check("second", "t1");
        request.validate_only = true;
        let record = drive.ask(&request).unwrap().record;
        (record.seen.people.clone(), record.outcome.reasons)
    };
    let (people, reasons) = seen(&mut events.iter());
    assert_eq!(reasons[0].code, ReasonOfJudgement::SameUserDisqualified);
    assert_eq!(
        seen(&mut events.iter().rev()),
        (people.clone(), reasons.clone())
    );
    let halves = events.split_at(events.len() / 2);
    let mut other = halves.1.iter().chain(halves.0);
    assert_eq!(seen(&mut other), (people, reasons));
}

/// Where the terms ask for a person, a recovery waits for one, as a case; and moves nothing until then.
#[tokio::test]
async fn a_recovery_waits_for_a_person_where_the_terms_say_so() {
    let folder = folder();
    let data = folder.path().join("data");
    let server = Server::start(&data);
    let confirmed = r#"confirm = "person""#;
    let terms_toml = terms(EVENT).replace(r#"confirm = "automatic""#, confirmed);
    assert!(terms_toml.contains(confirmed));
    publish(&server, terms_toml).await;
    server.accept(vec![registered("a1")]).await;
    assert_allowed(&ask(&server, "a1", "t1").await);
    let disqualify = Action::Disqualify(v1::Disqualify {});
    dispose(&server, disposition(disqualify, &["a1"])).await;
    let mut changes = watch(&server, 0).await;
    let proposed = changes
        .next_in(AdjustmentState::Proposed, 1)
        .await
        .remove(0);
    let case_id = "a1".to_string();
    let case = server
        .review()
        .await
        .get_case(v1::GetCaseRequest { case_id })
        .await;
    let case = case.unwrap().into_inner().case.unwrap();
    assert_eq!(case.kinds, [v1::CaseKind::UnconfirmedRecovery as i32]);
    assert_eq!(case.adjustment_id, proposed.adjustment_id);
    let books = book(&server, EVENT, "a1").await;
    assert_eq!(
        (books.outstanding, books.recovered),
        (benefit_of(1), "0".into())
    );

    let confirm = v1::ResolveAdjustmentRequest {
        adjustment_id: proposed.adjustment_id,
        resolution: v1::AdjustmentResolution::Open.into(),
        author: "ben".into(),
        statement: "looked at it".into(),
    };
    let mut review = server.review().await;
    let opened = review
        .resolve_adjustment(confirm)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(opened.adjustment.unwrap().state(), AdjustmentState::Open);
    server.stopped().await;
    verify(&data, 0);
}

/// While an appeal is open the recovery that it is about stays proposed, over a kill too, and nobody opens
/// it. Rejected, it goes on; granted, billing never hears of it.
#[tokio::test]
async fn a_recovery_waits_for_the_appeal_about_it() {
    let folder = folder();
    let data = folder.path().join("data");
    let server = Server::start(&data);
    publish(&server, terms(EVENT)).await;
    let names = ["rejected", "granted", "silent"];
    server
        .accept(names.iter().map(|one| registered(one)).collect())
        .await;
    for account in names {
        assert_allowed(&ask(&server, account, "t1").await);
    }
    let rejected = open_appeal(&server, "rejected").await;
    let granted = open_appeal(&server, "granted").await;
    for account in names {
        let disqualify = Action::Disqualify(v1::Disqualify {});
        dispose(&server, disposition(disqualify, &[account])).await;
    }
    // Proposed last, it settles last: what the appeals are about had its turn.
    let mut changes = watch(&server, 0).await;
    let open = changes.next_in(AdjustmentState::Open, 1).await.remove(0);
    assert_eq!(open.account_id, "silent");

    server.kill();
    let server = Server::start(&data);
    for (account, appeal) in [("rejected", &rejected), ("granted", &granted)] {
        let waiting = adjustments(&server, account).await.remove(0);
        assert_eq!(waiting.state(), AdjustmentState::Proposed);
        assert_eq!(waiting.paused_by_appeal_id, appeal.appeal_id);
        let resolve = v1::ResolveAdjustmentRequest {
            adjustment_id: waiting.adjustment_id,
            resolution: v1::AdjustmentResolution::Open.into(),
            author: "ben".into(),
            statement: "sooner".into(),
        };
        let refused = server.review().await.resolve_adjustment(resolve).await;
        assert_eq!(refused.unwrap_err().code(), Code::FailedPrecondition);
    }
    let mut changes = watch(&server, open.sequence).await;
    decide(&server, &granted, true).await;
    decide(&server, &rejected, false).await;
    let opened = changes.next_in(AdjustmentState::Open, 1).await.remove(0);
    assert_eq!(opened.account_id, "rejected");
    assert_eq!(opened.paused_by_appeal_id, "");
    let reversed = adjustments(&server, "granted").await.remove(0);
    assert_eq!(reversed.state(), AdjustmentState::Reversed);
    // One of two decisions was overturned: the report and the metric say so.
    let quality = v1::GetModelQualityRequest {};
    let quality = server.review().await.get_model_quality(quality).await;
    let overturned = quality.unwrap().into_inner().overturned.unwrap();
    assert_eq!((overturned.part, overturned.whole), (1, 2));
    for outcome in ["granted", "rejected"] {
        let series = format!("sameuser_appeals_total{{outcome=\"{outcome}\"}}");
        assert_eq!(server.metric(&series), 1.0, "{series}");
    }
    let mut changes = watch(&server, 0).await;
    loop {
        let change = changes.next().await;
        let is_granted = change.account_id == "granted";
        assert!(!(is_granted && change.state() == AdjustmentState::Open));
        if change.sequence == opened.sequence {
            break;
        }
    }

    server.stopped().await;
    verify(&data, 0);
}
