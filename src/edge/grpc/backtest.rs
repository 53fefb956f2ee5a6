//! `BacktestCampaign`: a thread of its own reads and judges; the stream tells how far it is.

use std::ops::ControlFlow;

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use super::refuse;
use crate::{
    edge::{
        answer::{decision, reason_code, verdict_id},
        proto::v1::{self, backtest_campaign_response::Step},
    },
    service::{
        backtest::{Backtest, Backtested, FlipKind, Flips, Hypothesis},
        node::Node,
        refusal::Refusal,
    },
};

/// Steps sent ahead of the consumer.
const STEPS_AHEAD: usize = 4;
/// Kinds of flips in an answer.
const FLIPS_AT_MOST: usize = 1000;

type Answer = Result<v1::BacktestCampaignResponse, Status>;

/// Starts a backtest; it ends when it is done or its consumer is gone.
///
/// # Errors
/// See [`crate::service::engine::Engine::backtest`].
pub fn backtest(
    node: &Node,
    request: v1::BacktestCampaignRequest,
) -> Result<ReceiverStream<Answer>, Refusal> {
    let hypothesis = Hypothesis {
        revision: request.revision,
        terms_toml: request.terms_toml,
        model_json: request.model_json,
    };
    let backtest = node.look(|engine| engine.backtest(&request.campaign_id, &hypothesis))??;
    let (steps, answers) = mpsc::channel(STEPS_AHEAD);
    tokio::task::spawn_blocking(move || run(&backtest, &steps));
    Ok(ReceiverStream::new(answers))
}

fn run(backtest: &Backtest, steps: &mpsc::Sender<Answer>) {
    let send = |step| steps.blocking_send(Ok(v1::BacktestCampaignResponse { step: Some(step) }));
    let found = backtest.run(|done, total| {
        let progress = v1::BacktestProgress { done, total };
        match send(Step::Progress(progress)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    });
    let _gone = match found {
        Ok(Some(found)) => send(Step::Result(result(found))),
        Ok(None) => Ok(()),
        Err(refusal) => steps.blocking_send(Err(refuse(&refusal))),
    };
}

fn result(found: Backtested) -> v1::BacktestResult {
    let mut flips: Vec<(FlipKind, Flips)> = found.flips.into_iter().collect();
    flips.sort_by_key(|(_, flips)| std::cmp::Reverse(flips.token_basis_points));
    flips.truncate(FLIPS_AT_MOST);
    let flips = flips.into_iter().map(|(kind, flips)| v1::BacktestFlip {
        before: decision(kind.before).into(),
        after: decision(kind.after).into(),
        population: kind.population.into(),
        reason: reason_code(kind.reason).into(),
        verdicts: flips.verdicts,
        token_basis_points: flips.token_basis_points.to_string(),
        verdict_ids: flips.named.into_iter().map(verdict_id).collect(),
    });
    v1::BacktestResult {
        verdicts: found.verdicts,
        equal: found.equal,
        not_judged: found.not_judged,
        granted_before: found.granted_before.to_string(),
        granted_after: found.granted_after.to_string(),
        flips: flips.collect(),
    }
}
