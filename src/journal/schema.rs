//! The tables. People query the ledger, so columns carry their meaning as SQL comments, which
//! SQLite keeps and `.schema` shows.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension};

use super::JournalError;

/// Name of the database file in a store's directory.
pub const STORE_FILE: &str = "sameuser.db";
/// Name of the file whose lock a serving process holds.
pub const LOCK_FILE: &str = "sameuser.lock";

/// Version of the tables below, kept in `PRAGMA user_version`.
pub(super) const SCHEMA_VERSION: i64 = 1;
/// "SUSR": lets `file(1)` and us tell our database from others.
const APPLICATION_ID: i64 = 0x5355_5352;
/// Bytes of a database page. At 8,192 CPU and size a row were the same, the tails no shorter.
pub(super) const PAGE_BYTES: i64 = 4096;

const TABLES: &str = "
-- One row a verdict, in the order decided. No secondary index: an index costs five to ten times
-- the row. Build one in a backup if you need it.
CREATE TABLE verdict (
    seq INTEGER PRIMARY KEY,              -- 1, 2, 3 … without gaps
    decided_at_us INTEGER NOT NULL,       -- microseconds since the Unix epoch, UTC
    decision INTEGER NOT NULL,            -- 1 ALLOW, 2 DENY, 3 REVOKE
    is_final INTEGER NOT NULL,            -- 1: recorded for good; 0: asking again decides again
    campaign_id TEXT NOT NULL,
    campaign_revision INTEGER NOT NULL,
    account_id TEXT NOT NULL,
    task_id TEXT NOT NULL,
    rate_basis_points INTEGER NOT NULL,   -- rate to charge; 10000 is the full rate
    tokens INTEGER NOT NULL,              -- tokens of the task
    events_seen INTEGER NOT NULL,         -- the last event this verdict reflects
    salt BLOB NOT NULL,                   -- 16 random bytes; empty once the record is erased
    record BLOB NOT NULL,                 -- what was seen, for replay; versioned; empty once erased
    record_digest BLOB                    -- SHA-256(salt, record), kept when the record is erased
) STRICT;

-- Events, one row a commit that has any.
CREATE TABLE event_page (
    first_seq INTEGER PRIMARY KEY,        -- sequence number of the page's first event
    events INTEGER NOT NULL,              -- number of events n
    keys BLOB NOT NULL,                   -- 16 bytes an event: 10 of its id, 6 of its content
    ends BLOB NOT NULL,                   -- where each payload ends: n little-endian u32
    salts BLOB NOT NULL,                  -- 16 random bytes an event; zero once erased
    payloads BLOB NOT NULL,               -- the payloads end to end
    digests BLOB                          -- 32 bytes an event: SHA-256(salt, payload) of those that
                                          -- were erased, zero for the others
) STRICT;

-- Everything rarer that happened or was decided.
CREATE TABLE entry (
    seq INTEGER PRIMARY KEY,              -- 1, 2, 3 … without gaps
    kind INTEGER NOT NULL,                -- campaign revision, disposition, step …
    at_us INTEGER NOT NULL,               -- microseconds since the Unix epoch, UTC
    subject TEXT NOT NULL,                -- what it is about
    salt BLOB NOT NULL,                   -- 16 random bytes; empty once the record is erased
    record BLOB NOT NULL,                 -- versioned bytes; empty once erased
    record_digest BLOB                    -- SHA-256(salt, record), kept when the record is erased
) STRICT;

-- One row a change of an adjustment; the latest of an adjustment_id is its state. Each is also an
-- entry under the same number, which says why and carries the seal.
CREATE TABLE adjustment (
    sequence INTEGER PRIMARY KEY,         -- entry.seq: ascending, with gaps
    adjustment_id INTEGER NOT NULL,       -- the sequence of its first change; callers see it as j17
    kind INTEGER NOT NULL,                -- 1 RECOVERY, 2 RESTORATION
    state INTEGER NOT NULL,               -- 1 PROPOSED, 2 OPEN, 3 ACKNOWLEDGED, 4 REFUSED,
                                          -- 5 REVERSED, 6 WRITTEN_OFF
    verdict_seq INTEGER NOT NULL,         -- the verdict it corrects
    campaign_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    task_id TEXT NOT NULL,
    tokens INTEGER NOT NULL,              -- tokens of the task
    rate_basis_points INTEGER NOT NULL,   -- the rate to charge after the adjustment
    token_basis_points INTEGER NOT NULL,  -- the benefit moved: tokens x basis points
    changed_at_us INTEGER NOT NULL        -- microseconds since the Unix epoch, UTC
) STRICT;

-- One row a commit: where each sequence stood after it, and the chain of hashes.
CREATE TABLE journal_group (
    number INTEGER PRIMARY KEY,           -- 1, 2, 3 … without gaps
    last_event INTEGER NOT NULL,
    last_verdict INTEGER NOT NULL,
    last_entry INTEGER NOT NULL,
    chain BLOB NOT NULL,                  -- SHA-256(previous chain, number, counts, commitments)
    tags BLOB NOT NULL                    -- first 4 bytes of each commitment, to name a changed row
) STRICT;

-- How far each login event stream is in the journal; written with the events of the commit.
CREATE TABLE stream_position (
    stream TEXT PRIMARY KEY,
    entry_id TEXT NOT NULL,               -- the stream's id of the last entry that is in the journal
    entries INTEGER NOT NULL              -- entries ever added up to that one, lost ones included
) STRICT, WITHOUT ROWID;

-- Checkpoints of the folded state: a cache, derived from the tables above.
CREATE TABLE checkpoint_pass (
    pass INTEGER PRIMARY KEY,
    begin_events INTEGER NOT NULL,        -- where the journal stood when the pass began
    begin_verdicts INTEGER NOT NULL,
    begin_entries INTEGER NOT NULL,
    begin_groups INTEGER NOT NULL,
    finished INTEGER NOT NULL             -- the finished pass with the highest number is current
) STRICT;
CREATE TABLE checkpoint_chunk (
    pass INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    number INTEGER NOT NULL,
    raw_bytes INTEGER NOT NULL,           -- length once decompressed
    bytes BLOB NOT NULL,                  -- zstd
    PRIMARY KEY (pass, kind, number)
) STRICT;

-- Which event ids were seen: derived from event_page.keys.
CREATE TABLE event_index_partition (
    partition INTEGER PRIMARY KEY,        -- first 12 bits of the keys
    complete_to INTEGER NOT NULL,         -- holds the partition's events up to this seq
    key_count INTEGER NOT NULL,
    filter BLOB NOT NULL                  -- binary fuse filter over the ids
) STRICT;
CREATE TABLE event_index_run (
    lower_bound INTEGER PRIMARY KEY,      -- first 63 bits of the lowest key that may stand here
    keys BLOB NOT NULL                    -- sorted, 16 bytes each
) STRICT;

CREATE TABLE store_setting (
    key TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- What was granted: one row an ALLOW verdict.
CREATE VIEW grant_entry AS
SELECT seq, decided_at_us, campaign_id, campaign_revision, account_id, task_id, tokens,
       rate_basis_points,
       tokens * (10000 - rate_basis_points) AS token_basis_points  -- the benefit, exactly
FROM verdict WHERE decision = 1;

-- Each adjustment's latest state.
CREATE VIEW current_adjustment AS
SELECT * FROM adjustment
WHERE sequence IN (SELECT max(sequence) FROM adjustment GROUP BY adjustment_id);

-- Grants that billing voided: it reversed the charge itself.
CREATE VIEW voided_grant AS
SELECT g.*, e.seq AS entry_seq FROM entry e JOIN grant_entry g ON g.seq = CAST(e.subject AS INTEGER)
WHERE e.kind = 7;

-- What each account had of each campaign, in tokens x basis points. Adjustments count once
-- acknowledged.
CREATE VIEW balance AS
SELECT campaign_id, account_id,
       sum(granted) AS granted_token_basis_points,
       sum(voided) AS voided_token_basis_points,
       sum(recovered) AS recovered_token_basis_points,
       sum(restored) AS restored_token_basis_points,
       sum(granted) - sum(voided) - sum(recovered) + sum(restored) AS token_basis_points,
       sum(grants) AS grants
FROM (
    SELECT campaign_id, account_id, token_basis_points AS granted, 0 AS voided, 0 AS recovered,
           0 AS restored, 1 AS grants
    FROM grant_entry
    UNION ALL
    SELECT campaign_id, account_id, 0, token_basis_points, 0, 0, 0 FROM voided_grant
    UNION ALL
    SELECT campaign_id, account_id, 0, 0, iif(kind = 1, token_basis_points, 0),
           iif(kind = 2, token_basis_points, 0), 0
    FROM current_adjustment WHERE state = 3
)
GROUP BY campaign_id, account_id;
";

/// Makes the tables in an empty database, or checks that they are ours and not newer than we know.
/// Returns whether they were made now.
pub(super) fn prepare(connection: &Connection, path: &Path) -> Result<bool, JournalError> {
    if !is_empty(connection)? {
        check(connection, path)?;
        return Ok(false);
    }
    // The page size must be set before the first write.
    connection.pragma_update(None, "page_size", PAGE_BYTES)?;
    let create = format!(
        "BEGIN IMMEDIATE; {TABLES} PRAGMA application_id = {APPLICATION_ID}; \
         PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
    );
    connection.execute_batch(&create)?;
    Ok(true)
}

/// Refuses a database that is not ours or is newer than this release.
pub(super) fn check(connection: &Connection, path: &Path) -> Result<(), JournalError> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    if pragma("application_id")? != APPLICATION_ID {
        return Err(JournalError::NotAStore {
            path: path.to_path_buf(),
        });
    }
    let found = pragma("user_version")?;
    if found > SCHEMA_VERSION {
        return Err(JournalError::NewerSchema {
            found,
            known: SCHEMA_VERSION,
        });
    }
    if found < SCHEMA_VERSION {
        return Err(JournalError::damaged(format!(
            "schema version {found} was never released"
        )));
    }
    Ok(())
}

/// A file that a crash left before its tables were made is as good as none.
fn is_empty(connection: &Connection) -> Result<bool, JournalError> {
    let first = connection
        .query_row("SELECT 1 FROM sqlite_schema LIMIT 1", [], |_| Ok(()))
        .optional()?;
    Ok(first.is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_the_tables_once_and_refuses_newer_and_foreign_ones() {
        let path = Path::new("memory");
        let connection = Connection::open_in_memory().unwrap();
        assert!(prepare(&connection, path).unwrap());
        assert!(!prepare(&connection, path).unwrap());
        connection.pragma_update(None, "user_version", 2).unwrap();
        let error = prepare(&connection, path).unwrap_err();
        assert!(
            matches!(error, JournalError::NewerSchema { found: 2, known: 1 }),
            "{error}"
        );

        let foreign = Connection::open_in_memory().unwrap();
        foreign
            .execute_batch("CREATE TABLE note (text TEXT)")
            .unwrap();
        assert!(matches!(
            prepare(&foreign, path),
            Err(JournalError::NotAStore { .. })
        ));
    }

    #[test]
    fn balance_counts_grants_and_acknowledged_adjustments() {
        let connection = Connection::open_in_memory().unwrap();
        prepare(&connection, Path::new("memory")).unwrap();
        connection
            .execute_batch(
                "INSERT INTO verdict VALUES
                   (1, 0, 1, 1, 'c', 1, 'a', 't1', 5000, 100, 0, x'', x'', NULL),
                   (2, 0, 1, 1, 'c', 1, 'a', 't2', 5000, 10, 0, x'', x'', NULL),
                   (3, 0, 2, 1, 'c', 1, 'a', 't3', 10000, 7, 0, x'', x'', NULL);
                 INSERT INTO adjustment VALUES
                   (1, 1, 1, 2, 1, 'c', 'a', 't1', 100, 10000, 500000, 0),
                   (2, 1, 1, 3, 1, 'c', 'a', 't1', 100, 10000, 500000, 0),
                   (3, 3, 2, 2, 3, 'c', 'a', 't3', 7, 5000, 35000, 0);
                 INSERT INTO entry VALUES (4, 7, 0, '2', x'', x'', NULL);",
            )
            .unwrap();
        let balance: (i64, i64, i64) = connection
            .query_row(
                "SELECT granted_token_basis_points, token_basis_points, grants FROM balance",
                [],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .unwrap();
        assert_eq!(balance, (550_000, 0, 2));
    }
}
