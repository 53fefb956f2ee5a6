//! A read-only connection: look-ups by row id, and scans.
//!
//! Scans read a bounded batch a statement, so that a long one neither holds memory nor keeps the
//! write-ahead log from rewinding. Rows are never changed, so batches fit together.

use std::ops::ControlFlow;
use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, params};

use super::integer::{signed, unsigned};
use super::{
    EventKey, JournalError, Positions, STORE_FILE, StoredAdjustment, StoredEntry, StoredGroup,
    StoredVerdict, positions, schema, store,
};

/// Rows a statement in a scan of verdicts or entries.
const SCAN_ROWS: usize = 1_000;
/// Event pages a statement in a scan of events.
const SCAN_PAGES: usize = 16;
/// Page cache of a reading connection.
const CACHE_KIB: i64 = 4 << 10;

const VERDICT_COLUMNS: &str = "seq, campaign_id, campaign_revision, account_id, task_id,
    decided_at_us, decision, is_final, rate_basis_points, tokens, events_seen, record,
    record_digest IS NOT NULL";

/// Reads what is committed, and nothing else.
pub struct Reader {
    connection: Connection,
}

impl Reader {
    /// Opens the store in `directory` for reading; another process may be writing it.
    pub fn open(directory: &Path) -> Result<Reader, JournalError> {
        let path = directory.join(STORE_FILE);
        if !path.is_file() {
            return Err(JournalError::NoStore {
                dir: directory.to_path_buf(),
            });
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&path, flags)?;
        schema::check(&connection, &path)?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        connection.set_prepared_statement_cache_capacity(32);
        Ok(Reader { connection })
    }

    /// Another connection to the same store, for another thread.
    pub fn another(&self) -> Result<Reader, JournalError> {
        let path = self.connection.path().map(Path::new);
        let directory = path.and_then(Path::parent).unwrap_or(Path::new("."));
        Reader::open(directory)
    }

    /// Where the journal stands.
    pub fn positions(&self) -> Result<Positions, JournalError> {
        Ok(positions::last_group(&self.connection)?.0)
    }

    /// The last group with the head of the chain; `None` in a store without groups. Who keeps a
    /// copy elsewhere can later tell that the end of the journal was cut off.
    pub fn last_group(&self) -> Result<Option<StoredGroup>, JournalError> {
        let (positions, chain) = positions::last_group(&self.connection)?;
        Ok((positions.groups > 0).then_some(StoredGroup { positions, chain }))
    }

    /// A small value kept with the store; `None` if it was never set.
    pub fn setting(&self, key: &str) -> Result<Option<Vec<u8>>, JournalError> {
        store::setting(&self.connection, key)
    }

    /// One verdict.
    pub fn verdict(&self, seq: u64) -> Result<Option<StoredVerdict>, JournalError> {
        let sql = format!("SELECT {VERDICT_COLUMNS} FROM verdict WHERE seq = ?1");
        let mut select = self.connection.prepare_cached(&sql)?;
        Ok(select.query_row([signed(seq)], stored_verdict).optional()?)
    }

    /// Up to `limit` verdicts after `after`, in order.
    pub fn verdicts(&self, after: u64, limit: usize) -> Result<Vec<StoredVerdict>, JournalError> {
        let sql =
            format!("SELECT {VERDICT_COLUMNS} FROM verdict WHERE seq > ?1 ORDER BY seq LIMIT ?2");
        self.batch(&sql, after, limit, stored_verdict)
    }

    /// Visits every verdict after `after`, in order, until `visit` breaks.
    pub fn for_each_verdict(
        &self,
        mut after: u64,
        mut visit: impl FnMut(StoredVerdict) -> ControlFlow<()>,
    ) -> Result<(), JournalError> {
        loop {
            let batch = self.verdicts(after, SCAN_ROWS)?;
            let is_last = batch.len() < SCAN_ROWS;
            for verdict in batch {
                after = verdict.seq;
                if visit(verdict).is_break() {
                    return Ok(());
                }
            }
            if is_last {
                return Ok(());
            }
        }
    }

    /// Up to `limit` entries after `after`, in order.
    pub fn entries(&self, after: u64, limit: usize) -> Result<Vec<StoredEntry>, JournalError> {
        let sql = "SELECT seq, kind, at_us, subject, record, record_digest IS NOT NULL
                   FROM entry WHERE seq > ?1 ORDER BY seq LIMIT ?2";
        self.batch(sql, after, limit, stored_entry)
    }

    /// Up to `limit` entries before `before`, the latest first.
    pub fn entries_before(
        &self,
        before: u64,
        limit: usize,
    ) -> Result<Vec<StoredEntry>, JournalError> {
        let sql = "SELECT seq, kind, at_us, subject, record, record_digest IS NOT NULL
                   FROM entry WHERE seq < ?1 ORDER BY seq DESC LIMIT ?2";
        self.batch(sql, before, limit, stored_entry)
    }

    /// Visits every entry after `after`, in order, until `visit` breaks.
    pub fn for_each_entry(
        &self,
        mut after: u64,
        mut visit: impl FnMut(StoredEntry) -> ControlFlow<()>,
    ) -> Result<(), JournalError> {
        loop {
            let batch = self.entries(after, SCAN_ROWS)?;
            let is_last = batch.len() < SCAN_ROWS;
            for entry in batch {
                after = entry.seq;
                if visit(entry).is_break() {
                    return Ok(());
                }
            }
            if is_last {
                return Ok(());
            }
        }
    }

    /// Visits every event after `after`, in order, until `visit` breaks: its sequence number, key
    /// and payload, which is empty if it was erased.
    pub fn for_each_event(
        &self,
        after: u64,
        mut visit: impl FnMut(u64, &EventKey, &[u8]) -> ControlFlow<()>,
    ) -> Result<(), JournalError> {
        let sql = "SELECT first_seq, keys, ends, payloads FROM event_page WHERE first_seq >= ?1
                   ORDER BY first_seq LIMIT ?2";
        self.for_each_page(after, sql, |row| {
            let first = unsigned(row, 0)?;
            let keys = EventKey::in_blob(row.get_ref(1)?.as_bytes()?);
            let ends = row.get_ref(2)?.as_bytes()?.as_chunks().0;
            let payloads = row.get_ref(3)?.as_bytes()?;
            let mut start = 0;
            for ((seq, key), end) in (first..).zip(keys).zip(ends) {
                let end = u32::from_le_bytes(*end) as usize;
                let payload = payloads.get(start..end).ok_or_else(|| {
                    JournalError::damaged(format!("the page of event {seq} has a wrong end"))
                })?;
                start = end;
                if seq > after && visit(seq, &key, payload).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            Ok(ControlFlow::Continue(()))
        })
    }

    /// Visits every event before `before`, the last one first, until `visit` breaks: its sequence number
    /// and payload, which is empty if it was erased.
    pub fn for_each_event_before(
        &self,
        before: u64,
        mut visit: impl FnMut(u64, &[u8]) -> ControlFlow<()>,
    ) -> Result<(), JournalError> {
        let sql = "SELECT first_seq, ends, payloads FROM event_page WHERE first_seq < ?1
                   ORDER BY first_seq DESC LIMIT ?2";
        let mut select = self.connection.prepare_cached(sql)?;
        let mut next = before;
        loop {
            let mut pages = 0;
            let mut rows = select.query([signed(next), SCAN_PAGES as i64])?;
            while let Some(row) = rows.next()? {
                pages += 1;
                next = unsigned(row, 0)?;
                let ends: &[[u8; 4]] = row.get_ref(1)?.as_bytes()?.as_chunks().0;
                let payloads = row.get_ref(2)?.as_bytes()?;
                let end_of = |place: usize| u32::from_le_bytes(ends[place]) as usize;
                for place in (0..ends.len()).rev() {
                    let seq = next + place as u64;
                    if seq >= before {
                        continue;
                    }
                    let start = place.checked_sub(1).map_or(0, end_of);
                    let payload = payloads.get(start..end_of(place)).ok_or_else(|| {
                        JournalError::damaged(format!("the page of event {seq} has a wrong end"))
                    })?;
                    if visit(seq, payload).is_break() {
                        return Ok(());
                    }
                }
            }
            if pages < SCAN_PAGES {
                return Ok(());
            }
        }
    }

    /// Visits the key of every event after `after`, in order, until `visit` breaks. Does not read
    /// the payloads.
    pub fn event_keys_after(
        &self,
        after: u64,
        mut visit: impl FnMut(u64, EventKey) -> ControlFlow<()>,
    ) -> Result<(), JournalError> {
        let sql = "SELECT first_seq, keys FROM event_page WHERE first_seq >= ?1
                   ORDER BY first_seq LIMIT ?2";
        self.for_each_page(after, sql, |row| {
            for (seq, key) in
                (unsigned(row, 0)?..).zip(EventKey::in_blob(row.get_ref(1)?.as_bytes()?))
            {
                if seq > after && visit(seq, key).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            Ok(ControlFlow::Continue(()))
        })
    }

    /// Up to `limit` changes of adjustments after the change `after`, in order, each with the record of
    /// its entry of kind `entry_kind`.
    pub fn adjustments(
        &self,
        entry_kind: u8,
        after: u64,
        limit: usize,
    ) -> Result<Vec<StoredAdjustment>, JournalError> {
        let sql = format!(
            "SELECT sequence, adjustment_id, a.kind, state, verdict_seq, campaign_id, account_id,
                 task_id, tokens, rate_basis_points, token_basis_points, changed_at_us,
                 coalesce(record, x'')
             FROM adjustment a LEFT JOIN entry e ON e.seq = a.sequence AND e.kind = {entry_kind}
             WHERE sequence > ?1 ORDER BY sequence LIMIT ?2"
        );
        self.batch(&sql, after, limit, |row| {
            Ok(StoredAdjustment {
                sequence: unsigned(row, 0)?,
                adjustment: unsigned(row, 1)?,
                kind: row.get(2)?,
                state: row.get(3)?,
                verdict_seq: unsigned(row, 4)?,
                campaign_id: row.get(5)?,
                account_id: row.get(6)?,
                task_id: row.get(7)?,
                tokens: unsigned(row, 8)?,
                rate_basis_points: row.get(9)?,
                token_basis_points: unsigned(row, 10)?,
                changed_at_us: row.get(11)?,
                record: row.get(12)?,
            })
        })
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    fn batch<T>(
        &self,
        sql: &str,
        after: u64,
        limit: usize,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, JournalError> {
        let mut select = self.connection.prepare_cached(sql)?;
        let rows = select.query_map([signed(after), signed(limit as u64)], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Begins with the page that holds the event after `after`; the statement's first column is the
    /// page's first event.
    fn for_each_page(
        &self,
        after: u64,
        sql: &str,
        mut visit: impl FnMut(&Row<'_>) -> Result<ControlFlow<()>, JournalError>,
    ) -> Result<(), JournalError> {
        let next = signed(after.saturating_add(1));
        let mut from: i64 = self
            .connection
            .prepare_cached(
                "SELECT coalesce(max(first_seq), ?1) FROM event_page WHERE first_seq <= ?1",
            )?
            .query_row([next], |row| row.get(0))?;
        let mut select = self.connection.prepare_cached(sql)?;
        loop {
            let mut pages = 0;
            let mut rows = select.query(params![from, SCAN_PAGES as i64])?;
            while let Some(row) = rows.next()? {
                pages += 1;
                from = row.get::<_, i64>(0)? + 1;
                if visit(row)?.is_break() {
                    return Ok(());
                }
            }
            if pages < SCAN_PAGES {
                return Ok(());
            }
        }
    }
}

fn stored_entry(row: &Row<'_>) -> rusqlite::Result<StoredEntry> {
    Ok(StoredEntry {
        seq: unsigned(row, 0)?,
        kind: row.get(1)?,
        at_us: row.get(2)?,
        subject: row.get(3)?,
        record: row.get(4)?,
        erased: row.get(5)?,
    })
}

fn stored_verdict(row: &Row<'_>) -> rusqlite::Result<StoredVerdict> {
    Ok(StoredVerdict {
        seq: unsigned(row, 0)?,
        campaign_id: row.get(1)?,
        campaign_revision: row.get(2)?,
        account_id: row.get(3)?,
        task_id: row.get(4)?,
        decided_at_us: row.get(5)?,
        decision: row.get(6)?,
        is_final: row.get(7)?,
        rate_basis_points: row.get(8)?,
        tokens: unsigned(row, 9)?,
        events_seen: unsigned(row, 10)?,
        record: row.get(11)?,
        erased: row.get(12)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Group, Journal, VerdictColumns};

    fn push(found: &mut Vec<u64>, seq: u64) -> ControlFlow<()> {
        found.push(seq);
        ControlFlow::Continue(())
    }

    #[test]
    fn scans_begin_anywhere_and_cross_batches() {
        let directory = tempfile::tempdir().unwrap();
        let (mut journal, _) = Journal::open(directory.path()).unwrap();
        let mut group = Group::default();
        for page in 0..50u8 {
            group.clear();
            for number in 0..60u8 {
                group.push_event(
                    EventKey([page; 16]),
                    &[page, number][..usize::from(number % 3)],
                );
                let columns = VerdictColumns {
                    campaign_id: "campaign",
                    campaign_revision: 1,
                    account_id: "account",
                    task_id: "task",
                    decided_at_us: 0,
                    decision: 2,
                    is_final: false,
                    rate_basis_points: 10_000,
                    tokens: 0,
                    events_seen: 0,
                };
                group.push_verdict(columns, &[number]);
                group.push_entry(1, 0, "subject", &[number]);
            }
            journal.commit(&group).unwrap();
        }
        let reader = journal.reader().unwrap();
        for after in [0, 1, 59, 60, 61, 2_000, 2_999, 3_000, u64::MAX] {
            let expected: Vec<u64> = (after.saturating_add(1)..=3_000).collect();
            let (mut events, mut keys, mut verdicts, mut entries) =
                (Vec::new(), Vec::new(), Vec::new(), Vec::new());
            reader
                .for_each_event(after, |seq, key, payload| {
                    let (page, number) = ((seq - 1) / 60, (seq - 1) % 60);
                    assert_eq!(key.0[0], page as u8);
                    assert_eq!(
                        payload,
                        &[page as u8, number as u8][..(number % 3) as usize]
                    );
                    push(&mut events, seq)
                })
                .unwrap();
            reader
                .event_keys_after(after, |seq, _| push(&mut keys, seq))
                .unwrap();
            reader
                .for_each_verdict(after, |verdict| push(&mut verdicts, verdict.seq))
                .unwrap();
            reader
                .for_each_entry(after, |entry| push(&mut entries, entry.seq))
                .unwrap();
            for found in [events, keys, verdicts, entries] {
                assert_eq!(found, expected, "after {after}");
            }
            let mut backwards = Vec::new();
            reader
                .for_each_event_before(after, |seq, payload| {
                    assert_eq!(payload.len() as u64, (seq - 1) % 60 % 3);
                    push(&mut backwards, seq)
                })
                .unwrap();
            let expected: Vec<u64> = (1..after.min(3_001)).rev().collect();
            assert_eq!(backwards, expected, "before {after}");
        }
        let mut visited = 0;
        reader
            .for_each_event(100, |_, _, _| {
                visited += 1;
                ControlFlow::Break(())
            })
            .unwrap();
        assert_eq!(visited, 1);
        assert!(reader.adjustments(1, 0, 10).unwrap().is_empty());
    }

    #[test]
    fn a_reader_needs_a_store_and_cannot_write() {
        let directory = tempfile::tempdir().unwrap();
        assert!(matches!(
            Reader::open(directory.path()),
            Err(JournalError::NoStore { .. })
        ));
        let (journal, _) = Journal::open(directory.path()).unwrap();
        let reader = journal.reader().unwrap();
        assert!(
            reader
                .connection
                .execute("DELETE FROM verdict", [])
                .is_err()
        );
        assert!(reader.last_group().unwrap().is_none());
    }
}
