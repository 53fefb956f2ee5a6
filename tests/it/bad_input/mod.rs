//! Bad input: each piece gets a clear refusal, over gRPC and in files, and nothing is lost around it.

mod campaigns;
mod events;
mod files;
mod questions;
mod wire;

use prost::Message;
use sameuser::edge::proto::v1;
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// A refusal as tests compare it: the code, and each field named.
#[derive(Debug, PartialEq)]
struct Refused {
    code: Code,
    fields: Vec<String>,
}

fn refused(code: Code, fields: &[&str]) -> Refused {
    let fields = fields.iter().map(|field| (*field).into()).collect();
    Refused { code, fields }
}

/// What a status says; every one of ours carries `ErrorInfo`, and every field a description.
#[track_caller]
fn told(status: &Status) -> Refused {
    let info = status
        .get_details_error_info()
        .unwrap_or_else(|| panic!("no ErrorInfo: {status}"));
    assert_eq!(info.domain, "sameuser");
    assert!(!status.message().is_empty());
    let violations = status.get_details_bad_request();
    let violations = violations
        .map(|bad| bad.field_violations)
        .unwrap_or_default();
    for violation in &violations {
        assert!(!violation.description.is_empty(), "{violation:?}");
        assert!(status.message().contains(&violation.field), "{status}");
    }
    Refused {
        code: status.code(),
        fields: violations
            .into_iter()
            .map(|violation| violation.field)
            .collect(),
    }
}

/// The same for a status inside a message.
#[track_caller]
fn told_inside(status: &tonic_types::Status) -> Refused {
    let code = Code::from_i32(status.code);
    let details = status.encode_to_vec().into();
    told(&Status::with_details(code, status.message.clone(), details))
}

/// What a result of an event says; `None` = accepted.
#[track_caller]
fn outcome(result: &v1::EventResult) -> Option<Refused> {
    assert!(!result.duplicate, "{result:?}");
    result.error.as_ref().map(told_inside)
}

/// A string of so many bytes.
fn bytes(count: usize) -> String {
    "x".repeat(count)
}
