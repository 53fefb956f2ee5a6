//! What one stream tells of itself.

use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};

use super::{fault::FAULTS, reply::RawEntry};
use crate::service::{
    dead_letters::{DeadLetter, DeadLetterReason},
    measure,
    stream::StreamLoss,
};

/// Metrics of one stream, looked up once.
pub(super) struct Meters {
    stream: String,
    pub connected: Gauge,
    pub lag_entries: Gauge,
    pub lag_seconds: Gauge,
    pub batch_entries: Histogram,
    pub age_seconds: Histogram,
    pub acknowledged: Counter,
    pub claimed: Counter,
    pub lost: Counter,
    pub unmirrored: Gauge,
}

impl Meters {
    pub fn new(stream: &str) -> Self {
        let stream = stream.to_string();
        // Counters begin at 0: a rate does not see the first of what was not there before.
        for fault in FAULTS.into_iter().chain(["lost"]) {
            fault_counter(&stream, fault).increment(0);
        }
        for reason in DeadLetterReason::ALL {
            dead_letter_counter(reason).increment(0);
        }
        Meters {
            connected: gauge!(measure::STREAM_CONNECTED, "stream" => stream.clone()),
            lag_entries: gauge!(measure::STREAM_LAG_ENTRIES, "stream" => stream.clone()),
            lag_seconds: gauge!(measure::STREAM_LAG_SECONDS, "stream" => stream.clone()),
            batch_entries: histogram!(measure::STREAM_BATCH_ENTRIES, "stream" => stream.clone()),
            age_seconds: histogram!(measure::STREAM_EVENT_AGE_SECONDS, "stream" => stream.clone()),
            acknowledged: counter!(measure::STREAM_ACKNOWLEDGED, "stream" => stream.clone()),
            claimed: counter!(measure::STREAM_CLAIMED, "stream" => stream.clone()),
            lost: counter!(measure::STREAM_LOST, "stream" => stream.clone()),
            unmirrored: gauge!(measure::DEAD_LETTERS_UNMIRRORED, "stream" => stream.clone()),
            stream,
        }
    }

    pub fn fault(&self, name: &'static str) {
        fault_counter(&self.stream, name).increment(1);
    }

    pub fn dead_letter(&self, letter: &DeadLetter) {
        dead_letter_counter(letter.reason).increment(1);
    }

    /// Tells how old entries are now that verdicts reflect them.
    pub fn tell_ages(&self, entries: &[RawEntry]) {
        let now = now_ms();
        for run in entries.chunk_by(|a, b| a.id.milliseconds == b.id.milliseconds) {
            let age = now.saturating_sub(run[0].id.milliseconds);
            self.age_seconds.record_many(age as f64 / 1000.0, run.len());
        }
    }

    pub fn tell_loss(&self, loss: &StreamLoss) {
        self.fault("lost");
        self.lost.increment(loss.entries.unwrap_or(1));
        tracing::error!(
            stream = loss.stream,
            after = %loss.after,
            until = %loss.until,
            entries = loss.entries.map_or("unknown".into(), |entries| entries.to_string()),
            "entries left the stream before they were read: they are lost to us"
        );
    }
}

fn fault_counter(stream: &str, fault: &'static str) -> Counter {
    counter!(measure::STREAM_FAULTS, "stream" => stream.to_string(), "fault" => fault)
}

fn dead_letter_counter(reason: DeadLetterReason) -> Counter {
    counter!(measure::DEAD_LETTERS, "reason" => reason.name())
}

/// Our clock, in milliseconds since 1970.
pub(super) fn now_ms() -> u64 {
    chrono::Utc::now()
        .timestamp_millis()
        .try_into()
        .unwrap_or_default()
}
