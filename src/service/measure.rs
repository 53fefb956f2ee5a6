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
/// Appeals decided, by outcome: granted, rejected. The overturn rate is granted over both.
pub const APPEALS: &str = "sameuser_appeals_total";
/// Open appeals, by whether their deadline has passed.
pub const OPEN_APPEALS: &str = "sameuser_appeals_open";
/// Accounts and verdicts that wait to be looked at again after something was touched.
pub const STANDING_LAG: &str = "sameuser_standing_waiting";
/// Thousandths of the sweep over all accounts with verdicts that are done.
pub const STANDING_SWEEP: &str = "sameuser_standing_swept";
/// Sums of every campaign, by kind, in tokens x basis points.
pub const BOOKS: &str = "sameuser_book_token_basis_points";
/// Campaigns whose books do not balance; always 0.
pub const UNBALANCED: &str = "sameuser_books_unbalanced";

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
    describe_counter!(APPEALS, "Appeals decided, by outcome (granted, rejected)");
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
    describe_gauge!(BOOKS, "Sums of every campaign, in tokens x basis points");
    describe_gauge!(
        UNBALANCED,
        Unit::Count,
        "Campaigns whose books do not balance"
    );
}
