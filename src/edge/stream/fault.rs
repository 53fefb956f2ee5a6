//! What goes wrong between us and Redis, and how long to wait before trying again.

use std::time::Duration;

use redis::RedisError;

use crate::service::refusal::Refusal;

/// The first pause after a fault, and the longest.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Every fault that counts, as metrics name it; `lost` is told beside.
pub(super) const FAULTS: [&str; 9] = [
    "group_missing",
    "wrong_type",
    "full",
    "not_allowed",
    "not_ready",
    "read_only",
    "cannot_write",
    "unreachable",
    "other",
];

/// What ends the work on a connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// Redis or the network to it.
    #[error("{}", words(.0))]
    Redis(#[from] RedisError),
    /// The store stops or failed; nothing is to be tried again.
    #[error(transparent)]
    Store(#[from] Refusal),
}

/// The last words of Redis, or what its kind of error means.
fn words(error: &RedisError) -> String {
    match error.code() {
        Some(code) => format!("{code} {}", error.detail().unwrap_or_default()),
        None => error.to_string(),
    }
}

impl Fault {
    /// Its name in metrics and in the operations guide.
    pub fn name(&self) -> &'static str {
        let Fault::Redis(error) = self else {
            return "store";
        };
        match error.code() {
            Some("NOGROUP" | "UNBLOCKED") => "group_missing",
            Some("WRONGTYPE") => "wrong_type",
            Some("OOM") => "full",
            Some("NOAUTH" | "WRONGPASS" | "NOPERM") => "not_allowed",
            Some("LOADING" | "MASTERDOWN" | "CLUSTERDOWN" | "TRYAGAIN") => "not_ready",
            Some("READONLY") => "read_only",
            Some("ERR") if words(error).contains("no longer exists") => "group_missing",
            Some("MISCONF") => "cannot_write",
            Some(_) => "other",
            None if error.kind() == redis::ErrorKind::AuthenticationFailed => "not_allowed",
            None if error.kind() == redis::ErrorKind::UnexpectedReturnType => "other",
            None => "unreachable",
        }
    }

    /// What a person should know of it, beyond Redis' own words.
    pub fn meaning(&self) -> &'static str {
        match self.name() {
            "group_missing" => {
                "the stream or our consumer group was deleted; it is made again where the journal stands"
            }
            "wrong_type" => {
                "another type stands under the stream's key; nothing is read until it is gone"
            }
            "full" => "Redis has no memory left",
            "not_allowed" => "Redis does not let us do this; see its ACL and our user",
            "not_ready" => "Redis is loading or failing over",
            "read_only" => "Redis is a replica now",
            "cannot_write" => "Redis can't write its own disk",
            "unreachable" => "no answer from Redis",
            _ => "Redis answered an error",
        }
    }
}

/// Pauses between tries: each up to twice as long as the last one, drawn at random from its upper
/// half, so that many clients of a server that comes back do not come at once.
#[derive(Default)]
pub(super) struct Pauses {
    failures: u32,
}

impl Pauses {
    /// It works again.
    pub fn reset(&mut self) {
        self.failures = 0;
    }

    /// The next pause.
    pub fn next(&mut self) -> Duration {
        let most = SHORTEST_PAUSE
            .saturating_mul(1 << self.failures.min(10))
            .min(LONGEST_PAUSE);
        self.failures = self.failures.saturating_add(1);
        let mut random = [0; 4];
        // Without random bytes the pause is the shortest of its range: still a pause.
        let _none = getrandom::fill(&mut random);
        let share = f64::from(u32::from_le_bytes(random)) / f64::from(u32::MAX);
        most.mul_f64(0.5 + share / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_limit_and_start_over() {
        let mut pauses = Pauses::default();
        let mut most = SHORTEST_PAUSE;
        for _ in 0..40 {
            let pause = pauses.next();
            assert!(pause >= most / 2 && pause <= most, "{pause:?} of {most:?}");
            most = (most * 2).min(LONGEST_PAUSE);
        }
        pauses.reset();
        assert!(pauses.next() <= SHORTEST_PAUSE);
    }
}
