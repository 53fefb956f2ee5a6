//! The gRPC services. Each handler makes three moves: convert in, call, convert out.

mod backtest;
mod campaigns;
mod events;
mod letters;
mod people;
mod review;
mod verdicts;
mod watch;

use std::{future::Future, time::Duration};

use tonic::{Request, Status, metadata::MetadataMap};

pub use campaigns::CampaignDoor;
pub use events::EventDoor;
pub use people::PeopleDoor;
pub use review::ReviewDoor;
pub use verdicts::VerdictDoor;

use super::status::status;
use crate::service::refusal::Refusal;

/// Answering takes a moment too: we give up so much before the caller does.
const DEADLINE_MARGIN: Duration = Duration::from_millis(2);

/// Waits for an answer until the caller's deadline, if it set one.
async fn within_deadline<T>(
    metadata: &MetadataMap,
    answer: impl Future<Output = Result<T, Refusal>>,
) -> Result<T, Status> {
    let answered = match grpc_timeout(metadata) {
        Some(deadline) => {
            let deadline = deadline.saturating_sub(DEADLINE_MARGIN);
            let in_time = tokio::time::timeout(deadline, answer).await;
            in_time.unwrap_or(Err(Refusal::DeadlineExceeded))
        }
        None => answer.await,
    };
    answered.map_err(|refusal| refuse(&refusal))
}

/// Refuses a call that has no time left, before its message is read: the transport would end it at
/// the timer's next tick, as CANCELLED.
///
/// # Errors
/// `DEADLINE_EXCEEDED`.
pub(super) fn refuse_without_time(request: Request<()>) -> Result<Request<()>, Status> {
    match grpc_timeout(request.metadata()) {
        Some(timeout) if timeout <= DEADLINE_MARGIN => Err(refuse(&Refusal::DeadlineExceeded)),
        _ => Ok(request),
    }
}

fn refuse(refusal: &Refusal) -> Status {
    metrics::counter!(
        crate::service::measure::REFUSALS,
        "code" => super::status::code_name(refusal)
    )
    .increment(1);
    status(refusal)
}

/// The caller's `grpc-timeout`: up to 8 digits and a unit.
fn grpc_timeout(metadata: &MetadataMap) -> Option<Duration> {
    let value = metadata.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = value.split_at_checked(value.len().checked_sub(1)?)?;
    let amount: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(amount.saturating_mul(3600))),
        "M" => Some(Duration::from_secs(amount.saturating_mul(60))),
        "S" => Some(Duration::from_secs(amount)),
        "m" => Some(Duration::from_millis(amount)),
        "u" => Some(Duration::from_micros(amount)),
        "n" => Some(Duration::from_nanos(amount)),
        _ => None,
    }
}

/// Splits a request into what says how to serve it and what it says.
fn parts<T>(request: Request<T>) -> (MetadataMap, T) {
    let (metadata, _, message) = request.into_parts();
    (metadata, message)
}
