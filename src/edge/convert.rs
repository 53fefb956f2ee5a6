//! Checks that several messages share. Each names the field and what would be right.

use pbjson_types::Timestamp as ProtoTimestamp;

use crate::{domain::clock::Timestamp, service::refusal::FieldViolation};

/// Ids and strings have at most so many bytes.
pub const STRING_BYTES_AT_MOST: usize = 256;

/// Collects what is wrong with a message.
#[derive(Default)]
pub struct Violations(pub Vec<FieldViolation>);

impl Violations {
    /// Notes a violation.
    pub fn add(&mut self, field: impl Into<String>, description: impl Into<String>) {
        self.0.push(FieldViolation::new(field, description));
    }

    /// Notes a string that is over the limit.
    pub fn check_length(&mut self, field: impl Into<String>, value: &str) {
        if value.len() > STRING_BYTES_AT_MOST {
            let description = format!("has {} bytes; at most {STRING_BYTES_AT_MOST}", value.len());
            self.add(field, description);
        }
    }

    /// Notes a string that is missing or over the limit.
    pub fn check_required(&mut self, field: &str, value: &str) {
        if value.is_empty() {
            self.add(field, "is required");
        }
        self.check_length(field, value);
    }

    /// Reads an instant between the years 2000 and 2100.
    pub fn instant(&mut self, field: &str, instant: &ProtoTimestamp) -> Timestamp {
        let micros = i64::from(instant.nanos) / 1000;
        let read = instant
            .seconds
            .checked_mul(1_000_000)
            .and_then(|seconds| seconds.checked_add(micros))
            .map(Timestamp::from_micros)
            .filter(|read| read.is_plausible() && (0..1_000_000_000).contains(&instant.nanos));
        read.unwrap_or_else(|| {
            self.add(field, "must be an instant between the years 2000 and 2100");
            Timestamp::default()
        })
    }
}

/// An instant as messages carry it.
pub fn to_proto(instant: Timestamp) -> ProtoTimestamp {
    ProtoTimestamp {
        seconds: instant.micros().div_euclid(1_000_000),
        nanos: i32::try_from(instant.micros().rem_euclid(1_000_000) * 1000)
            .expect("below a second"),
    }
}

/// An instant of a message in RFC 3339, in UTC.
pub fn from_proto(instant: &ProtoTimestamp) -> String {
    let nanos = u32::try_from(instant.nanos).unwrap_or_default();
    chrono::DateTime::from_timestamp(instant.seconds, nanos)
        .unwrap_or_default()
        .to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}
