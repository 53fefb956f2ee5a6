//! Names of all metrics, in one list.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

/// Events by door (grpc, stream) and outcome (accepted, duplicate, refused).
pub const EVENTS: &str = "sameuser_events_total";
/// Streams that are connected: 1, or 0.
pub const STREAM_CONNECTED: &str = "sameuser_stream_connected";
/// Entries of a stream that are not taken in.
pub const STREAM_LAG_ENTRIES: &str = "sameuser_stream_lag_entries";
/// Age of the last entry taken in while there are more; 0 once there are none.
pub const STREAM_LAG_SECONDS: &str = "sameuser_stream_lag_seconds";
/// Entries a batch held.
pub const STREAM_BATCH_ENTRIES: &str = "sameuser_stream_batch_entries";
/// Seconds from an entry's id to the moment when verdicts reflect it.
pub const STREAM_EVENT_AGE_SECONDS: &str = "sameuser_stream_event_age_seconds";
/// Entries acknowledged.
pub const STREAM_ACKNOWLEDGED: &str = "sameuser_stream_acknowledged_entries_total";
/// Entries claimed that were handed out and never acknowledged.
pub const STREAM_CLAIMED: &str = "sameuser_stream_claimed_entries_total";
/// Entries that left a stream before they were read.
pub const STREAM_LOST: &str = "sameuser_stream_lost_entries_total";
/// Faults of a stream by kind.
pub const STREAM_FAULTS: &str = "sameuser_stream_faults_total";
/// Dead letters by reason.
pub const DEAD_LETTERS: &str = "sameuser_dead_letters_total";
/// Dead letters that nobody has resolved.
pub const DEAD_LETTERS_OPEN: &str = "sameuser_dead_letters_open";
/// Dead letters that wait to be shown in Redis.
pub const DEAD_LETTERS_UNMIRRORED: &str = "sameuser_dead_letters_unmirrored";
/// Whether questions are answered: 1, or 0 while the streams are caught up with.
pub const READY: &str = "sameuser_ready";
/// Verdicts by decision and first reason.
pub const VERDICTS: &str = "sameuser_verdicts_total";
/// Seconds from a call to its answer, by RPC.
pub const CALL_SECONDS: &str = "sameuser_call_seconds";
/// Calls answered, by RPC and code.
pub const CALLS: &str = "sameuser_calls_total";
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
/// Changes of adjustments, by kind (recovery, restoration) and the state that they passed to.
pub const ADJUSTMENT_CHANGES: &str = "sameuser_adjustment_changes_total";
/// Adjustments that wait, by the step that they wait for: settling (their delay), person, billing.
pub const ADJUSTMENTS_WAITING: &str = "sameuser_adjustments_waiting";
/// How late the oldest of those is: since it was due to settle, since a person or billing was asked.
pub const ADJUSTMENT_LAG_SECONDS: &str = "sameuser_adjustment_lag_seconds";
/// Appeals decided, by outcome: granted, rejected. The overturn rate is granted over both.
pub const APPEALS: &str = "sameuser_appeals_total";
/// Sign-ins to the console, by outcome: ok, failed, throttled.
pub const SIGN_INS: &str = "sameuser_sign_ins_total";
/// Connections to the HTTP door that were sent away because there were too many.
pub const HTTP_REFUSED: &str = "sameuser_http_refused_connections_total";
/// Open appeals, by whether their deadline has passed.
pub const OPEN_APPEALS: &str = "sameuser_appeals_open";
/// Accounts and verdicts that wait to be looked at again after something was touched.
pub const STANDING_LAG: &str = "sameuser_standing_waiting";
/// Thousandths of the sweep over all accounts with verdicts that are done.
pub const STANDING_SWEEP: &str = "sameuser_standing_swept";
/// Fuses that tripped, by the kind of atom that each holds: identifier, model, rule.
pub const FUSE_TRIPS: &str = "sameuser_fuse_trips_total";
/// Fuses that wait for a person.
pub const FUSES_HELD: &str = "sameuser_fuses_held";
/// Accounts whose revocation waits for a person to decide of a fuse.
pub const FUSE_WAITING: &str = "sameuser_fuse_waiting_accounts";
/// Offers of an abuse model while serving, by outcome: adopted, refused, unchanged.
pub const MODEL_OFFERS: &str = "sameuser_model_offers_total";
/// Sums of every campaign, by kind, in tokens x basis points.
pub const BOOKS: &str = "sameuser_book_token_basis_points";
/// Campaigns whose books do not balance; always 0.
pub const UNBALANCED: &str = "sameuser_books_unbalanced";

/// Describes every metric to the recorder in place.
pub fn describe() {
    describe_streams();
    describe_counter!(
        EVENTS,
        "Events by door (grpc, stream) and outcome (accepted, duplicate, refused)"
    );
    describe_counter!(
        VERDICTS,
        "Verdicts by decision (allow, deny, revoke) and their first reason"
    );
    describe_histogram!(
        CALL_SECONDS,
        Unit::Seconds,
        "Time from a unary gRPC call to its answer"
    );
    describe_counter!(CALLS, "Unary gRPC calls answered, by RPC and code");
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
    describe_ledger();
}

fn describe_ledger() {
    describe_counter!(
        ADJUSTMENT_CHANGES,
        "Changes of adjustments, by kind (recovery, restoration) and new state"
    );
    describe_gauge!(
        ADJUSTMENTS_WAITING,
        Unit::Count,
        "Adjustments that wait, by what for (settling, person, billing)"
    );
    describe_gauge!(
        ADJUSTMENT_LAG_SECONDS,
        Unit::Seconds,
        "How late the oldest waiting adjustment is, by what it waits for"
    );
    describe_counter!(APPEALS, "Appeals decided, by outcome (granted, rejected)");
    describe_counter!(
        SIGN_INS,
        "Sign-ins to the console, by outcome (ok, failed, throttled)"
    );
    describe_counter!(
        HTTP_REFUSED,
        "Connections to the HTTP door sent away because there were too many"
    );
    describe_gauge!(
        OPEN_APPEALS,
        Unit::Count,
        "Open appeals, by whether they are overdue"
    );
    describe_gauge!(
        STANDING_LAG,
        Unit::Count,
        "Accounts and verdicts that wait to be looked at again"
    );
    describe_gauge!(
        STANDING_SWEEP,
        "Thousandths of the sweep over accounts with verdicts that are done"
    );
    describe_counter!(
        FUSE_TRIPS,
        "Fuses that tripped, by kind of atom (identifier, model, rule)"
    );
    describe_gauge!(FUSES_HELD, Unit::Count, "Fuses that wait for a person");
    describe_gauge!(
        FUSE_WAITING,
        Unit::Count,
        "Accounts whose revocation waits for a person to decide of a fuse"
    );
    describe_counter!(
        MODEL_OFFERS,
        "Abuse models offered while serving, by outcome (adopted, refused, unchanged)"
    );
    describe_gauge!(BOOKS, "Sums of every campaign, in tokens x basis points");
    describe_gauge!(
        UNBALANCED,
        Unit::Count,
        "Campaigns whose books do not balance"
    );
}

fn describe_streams() {
    describe_gauge!(
        STREAM_CONNECTED,
        "Whether a stream is followed (1) or not (0)"
    );
    describe_gauge!(
        STREAM_LAG_ENTRIES,
        Unit::Count,
        "Entries of a stream that are not taken in"
    );
    describe_gauge!(
        STREAM_LAG_SECONDS,
        Unit::Seconds,
        "Age of the last entry taken in while there are more"
    );
    describe_histogram!(
        STREAM_BATCH_ENTRIES,
        Unit::Count,
        "Entries a batch of a stream held"
    );
    describe_histogram!(
        STREAM_EVENT_AGE_SECONDS,
        Unit::Seconds,
        "Time from an entry's id to the moment when verdicts reflect it"
    );
    describe_counter!(STREAM_ACKNOWLEDGED, "Entries acknowledged to Redis");
    describe_counter!(
        STREAM_CLAIMED,
        "Entries claimed that were handed out and never acknowledged"
    );
    describe_counter!(
        STREAM_LOST,
        "Entries that left a stream before they were read, at least"
    );
    describe_counter!(STREAM_FAULTS, "Faults of a stream, by kind");
    describe_counter!(
        DEAD_LETTERS,
        "Entries that could not be taken in, by reason"
    );
    describe_gauge!(
        DEAD_LETTERS_OPEN,
        Unit::Count,
        "Dead letters that nobody has replayed or discarded"
    );
    describe_gauge!(
        DEAD_LETTERS_UNMIRRORED,
        Unit::Count,
        "Dead letters that wait to be shown in Redis"
    );
    describe_gauge!(
        READY,
        "Whether questions are answered (1), or the streams are being caught up with (0)"
    );
}
