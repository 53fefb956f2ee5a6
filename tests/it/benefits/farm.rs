//! The life of a farm, from its first grant to its successors, through gRPC alone.

use sameuser::edge::proto::v1::{
    self, AdjustmentKind, AdjustmentState, Decision, DispositionCause, EmulatorSignal, ReasonCode,
};

use super::{
    acknowledge, asked, assert_allowed, assert_says, at, benefit_of, book, dispose, disposition,
    publish, registered, restrict, terms, verify, watch, with_phone_of,
};
use crate::support::{Kind, Server, event, folder};

const FIRST: &str = "summer-2026";
const SECOND: &str = "autumn-2026";
const FARM: usize = 40;

fn member(number: usize) -> String {
    format!("farmed-{number}")
}

/// A log-in of a member on the farm's one machine, which shows itself to be an emulator.
pub(super) fn on_the_machine(number: usize, second: i64) -> v1::Event {
    let mut event = event(Kind::Login, &member(number), "2026-06-17T09:00:00+08:00");
    event.occurred_at = Some(at(second));
    event.ip_address = "203.0.113.9".into();
    let device = event.device.as_mut().unwrap();
    device.device_id = "the farm's machine".into();
    device.hardware_fingerprint = String::new();
    device.emulator_signals = vec![
        EmulatorSignal::Hypervisor.into(),
        EmulatorSignal::SoftwareGpu.into(),
        EmulatorSignal::MissingSensors.into(),
    ];
    event
}

#[tokio::test]
async fn the_life_of_a_farm() {
    let folder = folder();
    let data = folder.path().join("data");
    let server = Server::start(&data);
    publish(&server, terms(FIRST)).await;

    // Clean, each on a device of its own: all are granted.
    server
        .accept(
            (0..FARM)
                .map(|number| registered(&member(number)))
                .collect(),
        )
        .await;
    for number in 0..FARM {
        let verdict = server
            .ask(asked(FIRST, &member(number), "t1"))
            .await
            .unwrap();
        assert_allowed(&verdict);
    }
    assert_eq!(book(&server, FIRST, "").await.granted, benefit_of(40));

    // The evidence arrives, the standing turns: one recovery each, and no more.
    let mut changes = watch(&server, 0).await;
    server
        .accept(
            (0..FARM)
                .map(|number| on_the_machine(number, number as i64))
                .collect(),
        )
        .await;
    let mut open = changes.next_in(AdjustmentState::Open, FARM).await;
    open.sort_by_key(|change| change.account_id.clone());
    open.dedup_by_key(|change| change.account_id.clone());
    assert_eq!(open.len(), FARM);
    for change in &open {
        assert_eq!(change.kind(), AdjustmentKind::Recovery);
        assert_eq!(change.rate_basis_points, 10_000);
        assert_eq!(change.token_basis_points, 1200 * 5000);
        let emulator = change
            .reasons
            .iter()
            .any(|one| one.code() == ReasonCode::Emulator);
        assert!(emulator, "{change:#?}");
    }
    let refused = server.ask(asked(FIRST, &member(1), "t2")).await.unwrap();
    assert_eq!(refused.decision(), Decision::Revoke);

    // Billing applies 39 and can't apply one.
    for change in &open[1..] {
        let change = acknowledge(&server, change, "").await.unwrap();
        assert_eq!(change.state(), AdjustmentState::Acknowledged);
    }
    let stuck = acknowledge(&server, &open[0], "the account is closed")
        .await
        .unwrap();
    assert_eq!(stuck.state(), AdjustmentState::Refused);
    let books = book(&server, FIRST, "").await;
    let sums = [
        books.granted,
        books.recovered,
        books.outstanding,
        books.benefit,
    ];
    assert_eq!(sums, [40, 39, 1, 1].map(benefit_of));

    // One account appeals and wins: its recovery is reversed, though billing had applied it.
    let winner = member(7);
    win_an_appeal(&server, FIRST, &winner).await;
    let reversed = changes
        .next_in(AdjustmentState::Reversed, 1)
        .await
        .remove(0);
    assert_eq!(reversed.account_id, winner);
    assert_eq!(book(&server, FIRST, &winner).await.benefit, benefit_of(1));

    // What was overturned was looked at: nothing waits for a person until there is something new.
    assert_eq!(overturned(&server).await, Vec::<String>::new());

    // Another log-in repeats the same evidence: it does not fire again, a person is to look.
    let mut again = on_the_machine(7, 0);
    let (seconds, nanos) = (chrono::Utc::now().timestamp() + 2, 0);
    again.occurred_at = Some(pbjson_types::Timestamp { seconds, nanos });
    server.accept(vec![again]).await;
    assert_allowed(&server.ask(asked(FIRST, &winner, "t2")).await.unwrap());
    assert_eq!(overturned(&server).await, std::slice::from_ref(&winner));

    // The others are restricted from the series, and come back with new accounts.
    let restricted: Vec<String> = (0..FARM).filter(|n| *n != 7).map(member).collect();
    let restricted: Vec<&str> = restricted.iter().map(String::as_str).collect();
    let grade = v1::RestrictionGrade::AllLaterEvents;
    let mut request = disposition(restrict(FIRST, grade), &restricted);
    request.cause = DispositionCause::Emulator.into();
    dispose(&server, request).await;
    publish(&server, terms(SECOND)).await;
    successors_are_refused(&server, &restricted).await;

    let (status, _) = server.stopped().await;
    assert!(status.success());
    verify(&data, 0);
}

/// The accounts against which overturned evidence speaks again, as the queue has them.
async fn overturned(server: &Server) -> Vec<String> {
    let request = v1::ListCasesRequest {
        kind: v1::CaseKind::OverturnedEvidence.into(),
        ..v1::ListCasesRequest::default()
    };
    let cases = server.review().await.list_cases(request).await;
    let cases = cases.unwrap().into_inner().cases;
    cases.into_iter().map(|case| case.account_id).collect()
}

async fn win_an_appeal(server: &Server, campaign: &str, account: &str) {
    let mut review = server.review().await;
    let opened = review
        .open_appeal(v1::OpenAppealRequest {
            account_id: account.into(),
            campaign_id: campaign.into(),
            statement: "I work on a cloud desktop.".into(),
            opened_by: "support".into(),
        })
        .await;
    let appeal = opened.unwrap().into_inner().appeal.unwrap();
    let days = appeal.decide_by.unwrap().seconds - appeal.opened_at.unwrap().seconds;
    assert_eq!(days, 15 * 86_400);
    let decided = review
        .decide_appeal(v1::DecideAppealRequest {
            appeal_id: appeal.appeal_id,
            granted: true,
            statement: "the employer confirms it".into(),
            author: "carla".into(),
        })
        .await;
    let decided = decided.unwrap().into_inner();
    assert_eq!(decided.appeal.unwrap().state(), v1::AppealState::Granted);
    assert_eq!(decided.dispositions.len(), 1);
}

/// Successors share a phone number with a member each; a flatmate shares the address alone.
async fn successors_are_refused(server: &Server, restricted: &[&str]) {
    let successor = |member: &str| format!("{member}'s successor");
    let mut events: Vec<v1::Event> = restricted
        .iter()
        .map(|member| with_phone_of(&successor(member), member))
        .collect();
    let mut flatmate = registered("flatmate");
    flatmate.ip_address = "203.0.113.9".into();
    events.push(flatmate);
    server.accept(events).await;
    for member in restricted {
        let verdict = server
            .ask(asked(SECOND, &successor(member), "t1"))
            .await
            .unwrap();
        assert_says(&verdict, Decision::Revoke, ReasonCode::Restricted);
    }
    assert_allowed(&server.ask(asked(SECOND, "flatmate", "t1")).await.unwrap());
    let winner = server.ask(asked(SECOND, &member(7), "t1")).await.unwrap();
    assert_allowed(&winner);
}
