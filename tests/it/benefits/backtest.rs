//! Backtests, the difference that a publication shows, and reconciliation with billing's own list.

use sameuser::edge::proto::v1::{self, Decision, ReasonCode, backtest_campaign_response::Step};
use serde_json::{Value, json};
use tonic::Code;

use super::{Action, acknowledge, asked, dispose, disposition, publish, registered, terms, watch};
use crate::support::{Kind, Server, event, folder, is_soak, run, write_json_lines};

const EVENT: &str = "summer-2026";

fn name(number: usize) -> String {
    format!("a{number}")
}

/// Progress, then the result.
async fn backtest(
    server: &Server,
    request: v1::BacktestCampaignRequest,
) -> (Vec<v1::BacktestProgress>, v1::BacktestResult) {
    let stream = server.campaigns().await.backtest_campaign(request).await;
    let mut stream = stream.unwrap().into_inner();
    let (mut progress, mut result) = (Vec::new(), None);
    while let Some(answer) = stream.message().await.unwrap() {
        assert!(result.is_none(), "the result comes last");
        match answer.step.unwrap() {
            Step::Progress(step) => progress.push(step),
            Step::Result(found) => result = Some(found),
        }
    }
    (progress, result.unwrap())
}

/// Accounts with a middling score: three signs of an emulator each, on machines of their own.
fn on_an_emulator(number: usize) -> v1::Event {
    let mut event = event(Kind::Login, &name(number), "2026-06-15T08:00:00+08:00");
    event.device.as_mut().unwrap().emulator_signals = vec![1, 2, 4];
    event
}

#[tokio::test]
async fn a_backtest_under_the_same_revision_equals_the_record() {
    let folder = folder();
    let server = Server::start(&folder.path().join("data"));
    publish(&server, terms(EVENT)).await;
    let verdicts: usize = if is_soak() { 200_000 } else { 12_000 };
    let accounts = 100;
    server
        .accept(
            (0..accounts)
                .map(|number| registered(&name(number)))
                .collect(),
        )
        .await;
    server
        .accept((0..accounts / 2).map(on_an_emulator).collect())
        .await;
    let mut client = server.verdicts().await;
    for first in (0..verdicts).step_by(1000) {
        let request = |number: usize| asked(EVENT, &name(number % accounts), &format!("t{number}"));
        let requests = (first..first + 1000).map(request).collect();
        let batch = v1::BatchCheckDiscountsRequest { requests };
        client.batch_check_discounts(batch).await.unwrap();
    }
    let mut request = v1::BacktestCampaignRequest {
        campaign_id: EVENT.into(),
        ..v1::BacktestCampaignRequest::default()
    };
    let (progress, same) = backtest(&server, request.clone()).await;
    assert!(progress.len() >= verdicts / 4096, "{progress:?}");
    assert!(progress.windows(2).all(|pair| pair[0].done < pair[1].done));
    let counts = [same.verdicts, same.equal, same.not_judged];
    assert_eq!(counts, [verdicts as u64, verdicts as u64, 0]);
    assert_eq!(same.flips, []);
    assert_eq!(same.granted_before, same.granted_after);

    // Under terms that cover something else, all of them flip, and the answer says whose.
    let own = "\nsurfaces = [\"work-desktop\"]";
    request.terms_toml = terms(EVENT).replace(own, "\nsurfaces = [\"app\"]");
    assert_ne!(request.terms_toml, terms(EVENT));
    let (_, strict) = backtest(&server, request.clone()).await;
    assert_eq!(strict.verdicts, verdicts as u64);
    let flipped: u64 = strict.flips.iter().map(|flip| flip.verdicts).sum();
    assert_eq!((flipped, strict.equal), (verdicts as u64, 0));
    for flip in &strict.flips {
        assert_eq!(
            (flip.before(), flip.after()),
            (Decision::Allow, Decision::Deny)
        );
        assert_eq!(flip.population, "single account");
        assert!(!flip.verdict_ids.is_empty() && flip.verdict_ids.len() <= 10);
    }
    let of_surface = |flip: &v1::BacktestFlip| flip.reason() == ReasonCode::SurfaceNotCovered;
    assert!(strict.flips.iter().all(of_surface), "{strict:#?}");

    request.terms_toml = "nonsense".into();
    let refused = server
        .campaigns()
        .await
        .backtest_campaign(request.clone())
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    request.terms_toml.clear();
    request.revision = 7;
    let refused = server
        .campaigns()
        .await
        .backtest_campaign(request)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
}

#[tokio::test]
async fn a_publication_is_shown_as_a_difference() {
    let folder = folder();
    let server = Server::start(folder.path());
    publish(&server, terms(EVENT)).await;
    let changed = terms(EVENT).replace("rate_basis_points = 5000", "rate_basis_points = 8000");
    let request = v1::PublishCampaignRequest {
        terms_toml: changed,
        reason: "less".into(),
        validate_only: true,
    };
    let answer = server
        .campaigns()
        .await
        .publish_campaign(request)
        .await
        .unwrap()
        .into_inner();
    let differences: Vec<_> = answer
        .differences
        .iter()
        .map(|one| [&*one.key, &*one.before, &*one.after])
        .collect();
    assert_eq!(differences, [["benefit.rate_basis_points", "5000", "8000"]]);
    assert_eq!(answer.campaign.unwrap().revision, 2);
}

#[tokio::test]
async fn billing_s_own_list_is_compared_and_taken_over() {
    let folder = folder();
    let data = folder.path().join("data");
    let server = Server::start(&data);
    publish(&server, terms(EVENT)).await;
    server
        .accept(["a", "b", "c", "d"].map(registered).to_vec())
        .await;
    for account in ["a", "b", "c"] {
        server.ask(asked(EVENT, account, "t")).await.unwrap();
    }
    dispose(
        &server,
        disposition(Action::Disqualify(v1::Disqualify {}), &["c"]),
    )
    .await;
    let open = watch(&server, 0)
        .await
        .next_in(v1::AdjustmentState::Open, 1)
        .await
        .remove(0);
    acknowledge(&server, &open, "").await.unwrap();
    server.stopped().await;

    // Billing has a at another rate, not b, c though it took it back, and d, which the ledger lacks.
    let line = |account: &str, rate: u32| -> Value {
        json!({ "check": asked(EVENT, account, "t"), "rateBasisPoints": rate })
    };
    let list = [line("a", 7000), line("c", 5000), line("d", 5000)];
    let list = write_json_lines(folder.path(), "applied.jsonl", list);
    let arguments = [
        "reconcile",
        list.to_str().unwrap(),
        "--data",
        data.to_str().unwrap(),
    ];
    let found = run(arguments).expect(1).json();
    let (summary, differences) = found.split_last().unwrap();
    assert_eq!(summary["differences"], 4);
    let sides = |account: &str| {
        let one = differences
            .iter()
            .find(|one| one["account_id"] == account)
            .unwrap();
        ["billing", "ledger"].map(|side| one[side]["rate_basis_points"].as_u64())
    };
    assert_eq!(sides("a"), [Some(7000), Some(5000)]);
    assert_eq!(sides("b"), [None, Some(5000)]);
    assert_eq!(sides("c"), [Some(5000), None]);
    assert_eq!(sides("d"), [Some(5000), None]);

    // What was lost is taken over; then both have the same.
    run(arguments.iter().chain(&["--take-over"])).expect(1);
    let list = [line("a", 5000), line("b", 5000), line("d", 5000)];
    let list = write_json_lines(folder.path(), "mended.jsonl", list);
    let arguments = [
        "reconcile",
        list.to_str().unwrap(),
        "--data",
        data.to_str().unwrap(),
    ];
    let summary = run(arguments).expect(0).summary();
    assert_eq!([&summary["equal"], &summary["differences"]], [3, 0]);
}
