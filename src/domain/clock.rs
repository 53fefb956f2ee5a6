//! Instants. The domain never asks what time it is: callers pass it in.

use chrono::{DateTime, FixedOffset, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

/// Beijing Time is UTC+8 all year; campaigns are written and shown in it whatever the machine's zone.
pub const BEIJING_OFFSET_SECONDS: i32 = 8 * 3600;

/// An instant in microseconds since 1970-01-01T00:00:00Z.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The first instant an event may have: 2000-01-01T00:00:00Z.
    pub const EARLIEST: Timestamp = Timestamp(946_684_800_000_000);
    /// The first instant an event may no longer have: 2100-01-01T00:00:00Z.
    pub const LATEST: Timestamp = Timestamp(4_102_444_800_000_000);

    /// From microseconds since the epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Timestamp(micros)
    }

    /// The next instant that can be told from this one.
    pub fn next(self) -> Self {
        Timestamp(self.0.saturating_add(1))
    }

    /// Microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down; clamped to what facts can hold (1970 to 2106).
    pub fn seconds(self) -> u32 {
        u32::try_from(self.0.div_euclid(1_000_000).max(0)).unwrap_or(u32::MAX)
    }

    /// This instant moved by so many seconds.
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Timestamp(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }

    /// Whether an event may have happened then (2000 to 2100).
    pub fn is_plausible(self) -> bool {
        (Self::EARLIEST..Self::LATEST).contains(&self)
    }

    /// RFC 3339 in Beijing Time, to the second: what campaigns and reasons show.
    pub fn to_beijing(self) -> String {
        let offset = FixedOffset::east_opt(BEIJING_OFFSET_SECONDS).expect("UTC+8 is an offset");
        match DateTime::<Utc>::from_timestamp_micros(self.0) {
            Some(instant) => instant
                .with_timezone(&offset)
                .to_rfc3339_opts(SecondsFormat::Secs, false),
            None => format!("{} µs since 1970", self.0),
        }
    }
}

impl From<DateTime<FixedOffset>> for Timestamp {
    fn from(instant: DateTime<FixedOffset>) -> Self {
        Timestamp(instant.timestamp_micros())
    }
}
