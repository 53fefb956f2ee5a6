//! The one table from refusals to gRPC codes, with the details of `google.rpc` (AIP-193).

use std::{collections::HashMap, time::Duration};

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::service::refusal::Refusal;

/// The domain of our error reasons.
const ERROR_DOMAIN: &str = "sameuser";
/// When to ask again after an overload.
const RETRY_AFTER: Duration = Duration::from_millis(100);
/// When to ask again while the server starts or stops.
const RETRY_AFTER_RESTART: Duration = Duration::from_secs(1);

/// The gRPC code of a refusal.
pub fn code(refusal: &Refusal) -> Code {
    match refusal {
        Refusal::InvalidArgument(_) => Code::InvalidArgument,
        Refusal::FailedPrecondition(_) => Code::FailedPrecondition,
        Refusal::NotFound { .. } => Code::NotFound,
        Refusal::Overloaded(_) => Code::ResourceExhausted,
        Refusal::Unavailable(_) | Refusal::Store(_) => Code::Unavailable,
        Refusal::DeadlineExceeded => Code::DeadlineExceeded,
        Refusal::Damaged(_) => Code::Internal,
    }
}

/// The name of a code, as JSON answers carry it.
pub fn code_name(refusal: &Refusal) -> &'static str {
    match code(refusal) {
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::NotFound => "NOT_FOUND",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::Unavailable => "UNAVAILABLE",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        _ => "INTERNAL",
    }
}

/// A refusal as a gRPC status with its details.
pub fn status(refusal: &Refusal) -> Status {
    let mut details = ErrorDetails::new();
    details.set_error_info(
        code_name(refusal),
        ERROR_DOMAIN,
        HashMap::<String, String>::new(),
    );
    match refusal {
        Refusal::InvalidArgument(violations) => {
            for violation in violations {
                details.add_bad_request_violation(&violation.field, &violation.description);
            }
        }
        Refusal::FailedPrecondition(violation) => {
            details.add_precondition_failure_violation(
                "CONTENT",
                &violation.field,
                &violation.description,
            );
            details.add_bad_request_violation(&violation.field, &violation.description);
        }
        Refusal::Overloaded(_) => {
            details.set_retry_info(Some(RETRY_AFTER));
        }
        Refusal::Unavailable(_) | Refusal::Store(_) => {
            details.set_retry_info(Some(RETRY_AFTER_RESTART));
        }
        Refusal::NotFound { .. } | Refusal::DeadlineExceeded | Refusal::Damaged(_) => {}
    }
    Status::with_error_details(code(refusal), refusal.to_string(), details)
}

/// The same as a message inside another one (a result of a batch or a stream).
pub fn status_message(refusal: &Refusal) -> tonic_types::Status {
    let status = status(refusal);
    match prost::Message::decode(status.details()) {
        Ok(message) => message,
        Err(_) => tonic_types::Status {
            code: status.code().into(),
            message: status.message().into(),
            details: Vec::new(),
        },
    }
}
