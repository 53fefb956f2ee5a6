//! SQLite's integers are signed; ours count.

use rusqlite::{Error, Row};

/// A counted value as SQLite holds it. Sequences never come near 2^63; a reader that asks beyond
/// it asks for what does not exist either way.
pub(super) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A column that must not be negative.
pub(super) fn unsigned(row: &Row<'_>, column: usize) -> Result<u64, Error> {
    let value: i64 = row.get(column)?;
    u64::try_from(value).map_err(|_| Error::IntegralValueOutOfRange(column, value))
}
