//! JSON lines: events and questions in, verdicts and refusals out.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{answer, proto::v1, status::code_name};
use crate::{
    domain::ledger::FULL_RATE_BASIS_POINTS,
    service::{engine::Decided, refusal::Refusal},
};

/// A line has at most so many bytes; an event of 16 KiB fits with room for its JSON.
pub const LINE_BYTES_AT_MOST: usize = 256 * 1024;

/// Reads one proto3-JSON event.
///
/// # Errors
/// It is not UTF-8, not JSON, or names an unknown enum value; the whole line is refused.
pub fn event(line: &[u8]) -> Result<v1::Event, Refusal> {
    parse(line)
}

/// Reads one proto3-JSON question.
///
/// # Errors
/// As for [`event`].
pub fn check(line: &[u8]) -> Result<v1::CheckDiscountRequest, Refusal> {
    parse(line)
}

/// A line of billing's list of applied discounts: the question that the discount answers, and the rate
/// that was charged.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct AppliedLine {
    check: v1::CheckDiscountRequest,
    #[serde(alias = "rate_basis_points")]
    rate_basis_points: u32,
}

/// Reads one line `{"check":{…},"rateBasisPoints":5000}`.
///
/// # Errors
/// It is not of that form, or the rate is no discount.
pub fn applied(line: &[u8]) -> Result<(v1::CheckDiscountRequest, u32), Refusal> {
    let read: AppliedLine = parse(line)?;
    if read.rate_basis_points >= FULL_RATE_BASIS_POINTS {
        let description = "must be a discount: below 10000";
        return Err(Refusal::field("rate_basis_points", description));
    }
    Ok((read.check, read.rate_basis_points))
}

/// In proto3-JSON `null` stands for the default of any field, which the generated code takes for
/// messages only: a line that fails with a `null` in it is read again without them.
fn parse<T: DeserializeOwned>(line: &[u8]) -> Result<T, Refusal> {
    // Checked once as a whole, not again in each of its strings.
    let text = std::str::from_utf8(line)
        .map_err(|error| Refusal::field("line", format!("is not UTF-8: {error}")))?;
    let error = match serde_json::from_str(text) {
        Ok(message) => return Ok(message),
        Err(error) => error,
    };
    let without_nulls = line
        .windows(4)
        .any(|word| word == b"null")
        .then(|| serde_json::from_slice::<Value>(line).ok())
        .flatten()
        .and_then(|mut value| {
            drop_nulls(&mut value);
            serde_json::from_value(value).ok()
        });
    without_nulls.ok_or_else(|| Refusal::field("line", error.to_string()))
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, field| !field.is_null());
            fields.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

/// A `CheckDiscountResponse` as JSON.
pub fn verdict(decided: Decided) -> Value {
    let response = v1::CheckDiscountResponse {
        verdict: Some(answer::verdict(decided)),
    };
    response_json(&response)
}

/// A `CheckDiscountResponse` as proto3-JSON.
pub fn response_json(response: &v1::CheckDiscountResponse) -> Value {
    let mut json = serde_json::to_value(response).expect("a verdict is JSON");
    if let Some(instant) = json.pointer_mut("/verdict/decidedAt") {
        normalise_instant(instant);
    }
    json
}

/// An `Adjustment` as proto3-JSON.
pub fn adjustment(adjustment: &v1::Adjustment) -> Value {
    let mut json = serde_json::to_value(adjustment).expect("an adjustment is JSON");
    normalise_instant(&mut json["changedAt"]);
    json
}

/// Proto3-JSON ends an instant in `Z`; the library writes `+00:00`.
fn normalise_instant(instant: &mut Value) {
    if let Some(text) = instant
        .as_str()
        .and_then(|text| text.strip_suffix("+00:00"))
    {
        *instant = Value::String(format!("{text}Z"));
    }
}

/// A refusal in a verdict's place.
pub fn refusal(refusal: &Refusal) -> Value {
    let violations = match refusal {
        Refusal::InvalidArgument(violations) => violations.as_slice(),
        Refusal::FailedPrecondition(violation) => std::slice::from_ref(violation),
        _ => &[],
    };
    let fields: Vec<Value> = violations
        .iter()
        .map(|violation| json!({ "field": violation.field, "description": violation.description }))
        .collect();
    json!({
        "error": {
            "code": code_name(refusal),
            "message": refusal.to_string(),
            "fields": fields,
        }
    })
}
