//! `EventService`: events in, acknowledgements out once they are durable.

use std::{pin::Pin, sync::Arc};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio_stream::{Stream, StreamExt, wrappers::ReceiverStream};
use tonic::{Request, Response, Status, Streaming};

use super::{letters, parts, refuse, within_deadline};
use crate::{
    edge::{
        intake,
        proto::v1::{self, event_service_server::EventService},
        pseudonym::Pseudonymiser,
        status::status_message,
    },
    service::{
        engine::{Arrival, Observed},
        node::{Door, Node},
        refusal::Refusal,
    },
};

/// Events of one message.
const EVENTS_A_MESSAGE: usize = 1000;
/// Events of one stream that may be unanswered.
const EVENTS_UNANSWERED: usize = 4096;
/// Messages of one stream that may be unanswered.
const MESSAGES_UNANSWERED: usize = 1024;

/// The service.
pub struct EventDoor {
    /// The store.
    pub node: Node,
    /// Its pseudonyms.
    pub pseudonymiser: Pseudonymiser,
    /// Turns true when the server stops: streams then end after what they took in is answered.
    pub closing: watch::Receiver<bool>,
}

type EventOutcome = Result<Observed, Refusal>;

/// A message taken in and not answered yet.
struct Unanswered {
    event_ids: Vec<String>,
    outcomes: Vec<EventOutcome>,
    ticket: u64,
    _permit: OwnedSemaphorePermit,
}

#[tonic::async_trait]
impl EventService for EventDoor {
    type PublishEventsStream =
        Pin<Box<dyn Stream<Item = Result<v1::PublishEventsResponse, Status>> + Send>>;

    async fn publish_events(
        &self,
        request: Request<Streaming<v1::PublishEventsRequest>>,
    ) -> Result<Response<Self::PublishEventsStream>, Status> {
        let (sender, unanswered) = mpsc::channel(MESSAGES_UNANSWERED);
        let (node, pseudonymiser) = (self.node.clone(), self.pseudonymiser.clone());
        let messages = request.into_inner();
        let closing = self.closing.clone();
        tokio::spawn(take_in(messages, node, pseudonymiser, sender, closing));
        let node = self.node.clone();
        let answers = ReceiverStream::new(unanswered).then(move |taken| {
            let node = node.clone();
            async move { answer(taken?, &node).await }
        });
        Ok(Response::new(Box::pin(answers)))
    }

    async fn list_dead_letters(
        &self,
        request: Request<v1::ListDeadLettersRequest>,
    ) -> Result<Response<v1::ListDeadLettersResponse>, Status> {
        let (metadata, message) = parts(request);
        let listed = async { letters::list(&self.node, &message) };
        Ok(Response::new(within_deadline(&metadata, listed).await?))
    }

    async fn replay_dead_letter(
        &self,
        request: Request<v1::ReplayDeadLetterRequest>,
    ) -> Result<Response<v1::ReplayDeadLetterResponse>, Status> {
        let (metadata, message) = parts(request);
        let replayed = letters::replay(&self.node, &self.pseudonymiser, message);
        Ok(Response::new(within_deadline(&metadata, replayed).await?))
    }

    async fn discard_dead_letter(
        &self,
        request: Request<v1::DiscardDeadLetterRequest>,
    ) -> Result<Response<v1::DiscardDeadLetterResponse>, Status> {
        let (metadata, message) = parts(request);
        let discarded = letters::discard(&self.node, &message);
        Ok(Response::new(within_deadline(&metadata, discarded).await?))
    }
}

/// Reads messages and takes their events in, in order, as fast as they are answered.
async fn take_in(
    mut messages: Streaming<v1::PublishEventsRequest>,
    node: Node,
    pseudonymiser: Pseudonymiser,
    sender: mpsc::Sender<Result<Unanswered, Status>>,
    mut closing: watch::Receiver<bool>,
) {
    let permits = Arc::new(Semaphore::new(EVENTS_UNANSWERED));
    loop {
        let message = tokio::select! {
            message = messages.message() => message,
            _ = closing.wait_for(|closing| *closing) => {
                Err(refuse(&Refusal::Unavailable("shutting down")))
            }
        };
        let taken = match message {
            Ok(Some(message)) => take_message(message, &node, &pseudonymiser, &permits).await,
            Ok(None) => return,
            Err(status) => Err(status),
        };
        let ended = taken.is_err();
        if sender.send(taken).await.is_err() || ended {
            return;
        }
    }
}

async fn take_message(
    message: v1::PublishEventsRequest,
    node: &Node,
    pseudonymiser: &Pseudonymiser,
    permits: &Arc<Semaphore>,
) -> Result<Unanswered, Status> {
    let count = message.events.len();
    if count > EVENTS_A_MESSAGE {
        let description = format!("has {count}; at most {EVENTS_A_MESSAGE} a message");
        return Err(refuse(&Refusal::field("events", description)));
    }
    let permit = permits
        .clone()
        .acquire_many_owned(count as u32)
        .await
        .map_err(|_| refuse(&Refusal::Unavailable("the stream is closing")))?;
    // A refused event keeps its place: good ones are taken in around it.
    let event_ids = message.events.iter().map(|event| event.event_id.clone());
    let event_ids = event_ids.collect();
    let arrivals: Vec<Result<Arrival, Refusal>> = message
        .events
        .into_iter()
        .map(|event| intake::arrival(event, pseudonymiser))
        .collect();
    let (outcomes, ticket) = node
        .submit(Door::Grpc, arrivals)
        .await
        .map_err(|refusal| refuse(&refusal))?;
    Ok(Unanswered {
        event_ids,
        outcomes,
        ticket,
        _permit: permit,
    })
}

async fn answer(taken: Unanswered, node: &Node) -> Result<v1::PublishEventsResponse, Status> {
    node.durable(taken.ticket)
        .await
        .map_err(|refusal| refuse(&refusal))?;
    let results = taken
        .event_ids
        .into_iter()
        .zip(taken.outcomes)
        .map(|(event_id, outcome)| v1::EventResult {
            event_id,
            duplicate: matches!(outcome, Ok(Observed::Duplicate)),
            error: outcome.err().map(|refusal| status_message(&refusal)),
        });
    Ok(v1::PublishEventsResponse {
        results: results.collect(),
    })
}
