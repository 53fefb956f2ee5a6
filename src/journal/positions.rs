//! Where the journal stands.

use rusqlite::{Connection, OptionalExtension};

use super::JournalError;
use super::chain::{self, Hash};
use super::integer::unsigned;

/// Where the journal stands: the last of each sequence; all start at 1, so 0 means none.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Positions {
    /// Last event.
    pub events: u64,
    /// Last verdict.
    pub verdicts: u64,
    /// Last entry.
    pub entries: u64,
    /// Last group.
    pub groups: u64,
}

/// Where the last group left the sequences and the chain.
pub(super) fn last_group(connection: &Connection) -> Result<(Positions, Hash), JournalError> {
    let last = connection
        .prepare_cached(
            "SELECT number, last_event, last_verdict, last_entry, chain FROM journal_group
             ORDER BY number DESC LIMIT 1",
        )?
        .query_row([], |row| {
            let positions = Positions {
                groups: unsigned(row, 0)?,
                events: unsigned(row, 1)?,
                verdicts: unsigned(row, 2)?,
                entries: unsigned(row, 3)?,
            };
            Ok((positions, row.get(4)?))
        })
        .optional()?;
    Ok(last.unwrap_or_else(|| (Positions::default(), chain::genesis())))
}

/// Rows after the last group can only come from another hand than ours; appending to them fails.
pub(super) fn check_tail(
    connection: &Connection,
    positions: Positions,
) -> Result<(), JournalError> {
    let last = |sql| connection.query_row(sql, [], |row| unsigned(row, 0));
    let found = [
        (
            "verdict",
            last("SELECT coalesce(max(seq), 0) FROM verdict")?,
            positions.verdicts,
        ),
        (
            "entry",
            last("SELECT coalesce(max(seq), 0) FROM entry")?,
            positions.entries,
        ),
        (
            "event",
            last(
                "SELECT coalesce((SELECT first_seq + events - 1 FROM event_page
                                  ORDER BY first_seq DESC LIMIT 1), 0)",
            )?,
            positions.events,
        ),
    ];
    for (table, found, expected) in found {
        if found != expected {
            return Err(JournalError::damaged(format!(
                "the last {table} is {found}, but the last group ends at {expected}"
            )));
        }
    }
    Ok(())
}
