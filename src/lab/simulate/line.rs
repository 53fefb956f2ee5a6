//! The lines of a set, as proto3-JSON has them.

use std::net::IpAddr;

use chrono::{DateTime, SecondsFormat};
use serde::{Serialize, Serializer};

/// One event.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EventLine<'a> {
    pub event_id: &'a str,
    pub event_type: &'static str,
    pub occurred_at: Instant,
    pub account_id: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub account_type: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub phone_number: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceLine<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<IpAddr>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub other_identifiers: &'a [OtherLine],
    #[serde(skip_serializing_if = "str::is_empty")]
    pub surface: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskLine<'a>>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub display_name: &'a str,
}

/// The device of an event.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceLine<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    pub device_id: &'a str,
    pub platform: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub model: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub os_version: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub client_version: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub hardware_fingerprint: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub emulator_signals: &'a [&'static str],
}

/// A further identifier.
#[derive(Clone, Serialize)]
pub struct OtherLine {
    pub kind: &'static str,
    pub value: String,
}

/// The task of an event or of a question.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskLine<'a> {
    pub task_id: &'a str,
    pub started_at: Instant,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Instant>,
    #[serde(serialize_with = "as_text")]
    pub tokens: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_events: Option<u32>,
}

/// One question of billing.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckLine<'a> {
    pub campaign_id: &'static str,
    pub account_id: &'a str,
    pub task: TaskLine<'a>,
    pub surface: &'static str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub other_offers: &'a [&'static str],
}

/// What is true of one account.
#[derive(Serialize)]
pub struct TruthLine<'a> {
    pub account_id: &'a str,
    pub person: &'a str,
    pub label: &'static str,
    pub population: &'static str,
    pub group: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub primary: bool,
}

/// A moment, written as RFC 3339 with milliseconds.
#[derive(Clone, Copy)]
pub struct Instant(pub i64);

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let moment = DateTime::from_timestamp_millis(self.0).unwrap_or_default();
        serializer.serialize_str(&moment.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

/// 64-bit numbers are strings in proto3-JSON.
fn as_text<S: Serializer>(number: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(number)
}
