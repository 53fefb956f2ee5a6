//! Names of all metrics, in one list.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

/// Events by outcome: accepted, duplicate, refused.
pub const EVENTS: &str = "sameuser_events_total";
/// Verdicts by decision and whether they repeat a recorded one.
pub const VERDICTS: &str = "sameuser_verdicts_total";
/// Questions refused, by code.
pub const REFUSALS: &str = "sameuser_refusals_total";
/// Seconds a commit took, the sync included.
pub const COMMIT_SECONDS: &str = "sameuser_journal_commit_seconds";
/// Entries a commit held.
pub const COMMIT_ENTRIES: &str = "sameuser_journal_commit_entries";
/// Accounts in the graph.
pub const ACCOUNTS: &str = "sameuser_graph_accounts";
/// Identifiers in the graph.
pub const IDENTIFIERS: &str = "sameuser_graph_identifiers";
/// Links in the graph.
pub const LINKS: &str = "sameuser_graph_links";
/// Bytes of graph and indices.
pub const STATE_BYTES: &str = "sameuser_state_bytes";
/// Seconds since the state was last checkpointed.
pub const CHECKPOINT_SECONDS: &str = "sameuser_state_checkpoint_seconds";

/// Describes every metric to the recorder in place.
pub fn describe() {
    describe_counter!(EVENTS, "Events by outcome (accepted, duplicate, refused)");
    describe_counter!(VERDICTS, "Verdicts by decision (allow, deny, revoke)");
    describe_counter!(REFUSALS, "Requests refused, by code");
    describe_histogram!(
        COMMIT_SECONDS,
        Unit::Seconds,
        "Time of a journal commit with its sync"
    );
    describe_histogram!(COMMIT_ENTRIES, Unit::Count, "Entries a journal commit held");
    describe_gauge!(ACCOUNTS, Unit::Count, "Accounts in the entity graph");
    describe_gauge!(IDENTIFIERS, Unit::Count, "Identifiers in the entity graph");
    describe_gauge!(LINKS, Unit::Count, "Links in the entity graph");
    describe_gauge!(
        STATE_BYTES,
        Unit::Bytes,
        "Memory of graph and indices, roughly"
    );
    describe_histogram!(
        CHECKPOINT_SECONDS,
        Unit::Seconds,
        "Time a state checkpoint took"
    );
}
