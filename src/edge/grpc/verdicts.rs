//! `VerdictService`: what billing asks.

use tokio::sync::watch;
use tonic::{Request, Response, Status};

use super::{
    parts, refuse,
    watch::{Changes, watch_adjustments},
    within_deadline,
};
use crate::{
    edge::{
        answer,
        listing::adjustments_page,
        proto::v1::{
            self, check_discount_result::Result as ItemResult,
            verdict_service_server::VerdictService,
        },
        question::question,
        review::number,
        status::status_message,
    },
    service::{engine::Decided, node::Node, refusal::Refusal, settlement::Answer},
};

/// Questions of one batch.
const QUESTIONS_A_BATCH: usize = 1000;

/// The service.
pub struct VerdictDoor {
    /// The store.
    pub node: Node,
    /// Turns true when the server stops: streams then end.
    pub closing: watch::Receiver<bool>,
}

#[tonic::async_trait]
impl VerdictService for VerdictDoor {
    async fn check_discount(
        &self,
        request: Request<v1::CheckDiscountRequest>,
    ) -> Result<Response<v1::CheckDiscountResponse>, Status> {
        let (metadata, message) = parts(request);
        let validate_only = message.validate_only;
        let question = question(message).map_err(|refusal| refuse(&refusal))?;
        let decided = within_deadline(&metadata, self.node.decide(question, validate_only)).await?;
        Ok(Response::new(v1::CheckDiscountResponse {
            verdict: Some(answer::verdict(decided)),
        }))
    }

    async fn batch_check_discounts(
        &self,
        request: Request<v1::BatchCheckDiscountsRequest>,
    ) -> Result<Response<v1::BatchCheckDiscountsResponse>, Status> {
        let (metadata, message) = parts(request);
        let count = message.requests.len();
        if count > QUESTIONS_A_BATCH {
            let description = format!("has {count}; at most {QUESTIONS_A_BATCH}");
            return Err(refuse(&Refusal::field("requests", description)));
        }
        let mut refused = Vec::new();
        let mut questions = Vec::with_capacity(count);
        for (position, request) in message.requests.into_iter().enumerate() {
            let validate_only = request.validate_only;
            match question(request) {
                Ok(question) => questions.push((question, validate_only)),
                Err(refusal) => refused.push((position, refusal)),
            }
        }
        let answers = within_deadline(&metadata, self.node.decide_all(questions)).await?;
        Ok(Response::new(v1::BatchCheckDiscountsResponse {
            results: in_places(count, refused, answers),
        }))
    }

    async fn get_verdict(
        &self,
        request: Request<v1::GetVerdictRequest>,
    ) -> Result<Response<v1::GetVerdictResponse>, Status> {
        let (metadata, message) = parts(request);
        let sequence =
            answer::verdict_sequence(&message.verdict_id).map_err(|refusal| refuse(&refusal))?;
        let decided = within_deadline(&metadata, self.node.verdict(sequence)).await?;
        Ok(Response::new(v1::GetVerdictResponse {
            verdict: Some(answer::verdict(decided)),
        }))
    }

    async fn list_adjustments(
        &self,
        request: Request<v1::ListAdjustmentsRequest>,
    ) -> Result<Response<v1::ListAdjustmentsResponse>, Status> {
        let (metadata, message) = parts(request);
        let page = within_deadline(&metadata, async {
            self.node
                .look(|engine| adjustments_page(engine, &message))?
        })
        .await?;
        Ok(Response::new(page))
    }

    type WatchAdjustmentsStream = Changes;

    async fn watch_adjustments(
        &self,
        request: Request<v1::WatchAdjustmentsRequest>,
    ) -> Result<Response<Changes>, Status> {
        let (node, closing) = (self.node.clone(), self.closing.clone());
        let changes = watch_adjustments(node, closing, request.into_inner());
        changes
            .map(Response::new)
            .map_err(|refusal| refuse(&refusal))
    }

    async fn acknowledge_adjustment(
        &self,
        request: Request<v1::AcknowledgeAdjustmentRequest>,
    ) -> Result<Response<v1::AcknowledgeAdjustmentResponse>, Status> {
        let (metadata, message) = parts(request);
        let acknowledge = self.node.change(|engine| {
            let number = number("adjustment_id", &message.adjustment_id, 'j')?;
            let answer = match message.answer() {
                v1::AdjustmentAnswer::Accepted => Answer::Accepted,
                v1::AdjustmentAnswer::Refused => Answer::Refused(message.reason),
                v1::AdjustmentAnswer::Unspecified => {
                    return Err(Refusal::field("answer", "is required"));
                }
            };
            engine.acknowledge(number, message.sequence, answer)
        });
        let latest = within_deadline(&metadata, acknowledge).await?;
        Ok(Response::new(v1::AcknowledgeAdjustmentResponse {
            adjustment: Some(answer::adjustment(latest.sequence, latest.change)),
        }))
    }

    async fn void_grant(
        &self,
        request: Request<v1::VoidGrantRequest>,
    ) -> Result<Response<v1::VoidGrantResponse>, Status> {
        let (metadata, message) = parts(request);
        let void = self.node.change(|engine| {
            let sequence = answer::verdict_sequence(&message.verdict_id)?;
            let record = engine.void_grant(sequence, message.reason)?;
            let record = Box::new(record);
            Ok(Decided { sequence, record })
        });
        let decided = within_deadline(&metadata, void).await?;
        Ok(Response::new(v1::VoidGrantResponse {
            verdict: Some(answer::verdict(decided)),
        }))
    }
}

/// Puts answers and refusals back in the order of the requests.
fn in_places(
    count: usize,
    refused: Vec<(usize, Refusal)>,
    answers: Vec<Result<Decided, Refusal>>,
) -> Vec<v1::CheckDiscountResult> {
    let mut refused = refused.into_iter().peekable();
    let mut answers = answers.into_iter();
    (0..count)
        .map(|position| {
            let answer = match refused.next_if(|(place, _)| *place == position) {
                Some((_, refusal)) => Err(refusal),
                None => answers
                    .next()
                    .unwrap_or(Err(Refusal::Unavailable("no answer"))),
            };
            let result = match answer {
                Ok(decided) => ItemResult::Verdict(answer::verdict(decided)),
                Err(refusal) => ItemResult::Error(status_message(&refusal)),
            };
            v1::CheckDiscountResult {
                result: Some(result),
            }
        })
        .collect()
}
