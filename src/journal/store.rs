//! The one writing connection: opening, locking, committing.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use super::chain::{Hash, Link, Salts};
use super::checkpoint::ChunkWriter;
use super::commit::{
    Seal, write_adjustments, write_entries, write_events, write_group_row, write_verdicts,
};
use super::positions::{check_tail, last_group};
use super::{
    Group, JournalError, MAX_GROUP_BYTES, NewFilter, Positions, Reader, STORE_FILE, directory,
    event_run, schema, stream_position,
};

/// When the write-ahead log passes this, the next commit checkpoints it.
const WAL_CEILING_BYTES: u64 = 64 << 20;
/// What a rewound log keeps, so that commits overwrite blocks instead of growing the file.
const WAL_KEPT_BYTES: i64 = 16 << 20;
/// Page cache of the writing connection.
const CACHE_KIB: i64 = 16 << 10;

/// Owns the writing connection and the lock on the directory.
pub struct Journal {
    pub(super) connection: Connection,
    pub(super) chunks: ChunkWriter,
    directory: PathBuf,
    positions: Positions,
    chain: Hash,
    poisoned: bool,
    new_filters: Vec<NewFilter>,
    buffers: Buffers,
    /// Size of the log at which the next commit checkpoints.
    wal_ceiling: u64,
    wal_path: PathBuf,
    /// Held, not read: closing it releases the lock. Last, so that the connection closes before.
    _lock: File,
}

/// Recycled between commits.
#[derive(Default)]
struct Buffers {
    scratch: Vec<u8>,
    salts: Vec<u8>,
    tags: Vec<u8>,
    run: event_run::RunBuffers,
}

impl Journal {
    /// Opens the store in `directory`, or creates it; says whether it was created now. Takes an
    /// exclusive lock: a second opener gets [`JournalError::Locked`].
    pub fn open(directory: &Path) -> Result<(Journal, bool), JournalError> {
        directory::create(directory)?;
        let lock = directory::lock(directory)?;
        let path = directory.join(STORE_FILE);
        // Not URI: a directory named like one must not be parsed.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&path, flags)?;
        // Full sync before the tables are made: they are durable before anything stands in them.
        connection.pragma_update(None, "synchronous", "FULL")?;
        let created = schema::prepare(&connection, &path)?;
        configure(&connection)?;
        if created {
            directory::sync(directory)?;
            if let Some(parent) = directory
                .parent()
                .filter(|path| !path.as_os_str().is_empty())
            {
                directory::sync(parent)?;
            }
        }
        let (positions, chain) = last_group(&connection)?;
        check_tail(&connection, positions)?;
        let chunks = ChunkWriter::open(&connection)?;
        let journal = Journal {
            connection,
            chunks,
            directory: directory.to_path_buf(),
            positions,
            chain,
            poisoned: false,
            new_filters: Vec::new(),
            buffers: Buffers::default(),
            wal_ceiling: WAL_CEILING_BYTES,
            wal_path: directory.join(format!("{STORE_FILE}-wal")),
            _lock: lock,
        };
        Ok((journal, created))
    }

    /// A second, read-only connection to the same store.
    pub fn reader(&self) -> Result<Reader, JournalError> {
        Reader::open(&self.directory)
    }

    /// A connection that copies the write-ahead log beside the writer, for another thread.
    pub fn wal_copier(&self) -> Result<WalCopier, JournalError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(self.directory.join(STORE_FILE), flags)?;
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        Ok(WalCopier { connection })
    }

    /// Where the journal stands; all of it is committed.
    pub fn positions(&self) -> Positions {
        self.positions
    }

    /// Commits the group in one transaction with one sync and returns its number. An empty group
    /// commits nothing and returns the last number. After any error every later call answers
    /// [`JournalError::Poisoned`]: a failed sync is never retried.
    pub fn commit(&mut self, group: &Group) -> Result<u64, JournalError> {
        self.guarded(|journal| {
            if !group.is_empty() {
                journal.write_group(group)?;
                journal.limit_wal()?;
            }
            Ok(journal.positions.groups)
        })
    }

    /// Filters of the index flushes committed since the last call, for
    /// [`EventIndex::flushed`](super::EventIndex::flushed).
    pub fn take_new_filters(&mut self) -> Vec<NewFilter> {
        std::mem::take(&mut self.new_filters)
    }

    /// Copies what it can of the write-ahead log into the database without waiting for anybody
    /// (a PASSIVE checkpoint). Right after a [`WalCopier`]'s copy it finds few pages left, so that
    /// the next commit starts at the head of the log.
    pub fn checkpoint_wal(&mut self) -> Result<(), JournalError> {
        self.guarded(|journal| checkpoint_passive(&journal.connection))
    }

    /// A small value kept with the store, such as its id; `None` if it was never set.
    pub fn setting(&self, key: &str) -> Result<Option<Vec<u8>>, JournalError> {
        setting(&self.connection, key)
    }

    /// Sets such a value, durably.
    pub fn set_setting(&mut self, key: &str, value: &[u8]) -> Result<(), JournalError> {
        self.guarded(|journal| {
            journal
                .connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO store_setting (key, value) VALUES (?1, ?2)",
                )?
                .execute(params![key, value])?;
            Ok(())
        })
    }

    /// Runs a write; its failure is the last thing this journal does.
    pub(super) fn guarded<T>(
        &mut self,
        write: impl FnOnce(&mut Self) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        if self.poisoned {
            return Err(JournalError::Poisoned);
        }
        let outcome = write(self);
        if outcome.is_err() {
            self.poisoned = true;
            if !self.connection.is_autocommit() {
                // Best effort, so that later reads see what is committed; the next opening
                // discards what is left in any case.
                let _ = self.connection.execute_batch("ROLLBACK");
            }
        }
        outcome
    }

    fn write_group(&mut self, group: &Group) -> Result<(), JournalError> {
        if group.bytes_len() > MAX_GROUP_BYTES {
            return Err(JournalError::TooLarge {
                what: "group",
                most: MAX_GROUP_BYTES as u64,
            });
        }
        let counts = [
            group.event_count(),
            group.verdict_count(),
            group.entry_count(),
        ];
        let [events, verdicts, entries] = counts.map(|count| count as u64);
        let before = self.positions;
        let after = Positions {
            events: before.events + events,
            verdicts: before.verdicts + verdicts,
            entries: before.entries + entries,
            groups: before.groups + 1,
        };
        let connection = &self.connection;
        let buffers = &mut self.buffers;
        buffers.tags.clear();
        let mut seal = Seal {
            link: Link::start(&self.chain, after.groups, [events, verdicts, entries]),
            salts: Salts::draw().map_err(JournalError::Random)?,
            tags: &mut buffers.tags,
            scratch: &mut buffers.scratch,
        };
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        if events > 0 {
            write_events(
                connection,
                group,
                before.events + 1,
                &mut seal,
                &mut buffers.salts,
            )?;
        }
        write_verdicts(connection, group, before.verdicts + 1, &mut seal)?;
        write_entries(connection, group, before.entries + 1, &mut seal)?;
        stream_position::write(connection, group)?;
        write_adjustments(connection, group, before.entries + 1)?;
        let chain = seal.link.finish();
        write_group_row(connection, after, &chain, buffers.tags.as_slice())?;
        let mut new_filters = Vec::new();
        for flush in group.index_flushes() {
            new_filters.push(event_run::merge(
                connection,
                flush,
                after.events,
                &mut buffers.run,
            )?);
        }
        connection.prepare_cached("COMMIT")?.execute([])?;
        // Not before: nobody may learn of runs that are not on disk.
        self.new_filters.append(&mut new_filters);
        self.positions = after;
        self.chain = chain;
        Ok(())
    }

    /// The ceiling rises while a reader keeps the log from shrinking: not every commit tries.
    fn limit_wal(&mut self) -> Result<(), JournalError> {
        let size = fs::metadata(&self.wal_path).map_or(0, |metadata| metadata.len());
        if size > self.wal_ceiling {
            checkpoint_passive(&self.connection)?;
            self.wal_ceiling = size + WAL_CEILING_BYTES / 4;
        } else if size <= WAL_CEILING_BYTES {
            self.wal_ceiling = WAL_CEILING_BYTES;
        }
        Ok(())
    }
}

/// Copies the write-ahead log into the database beside the writer, which then has little left to
/// copy in [`Journal::checkpoint_wal`]. About every 100 ms, in a thread of its own.
pub struct WalCopier {
    connection: Connection,
}

impl WalCopier {
    /// Copies what it can without waiting for anybody.
    pub fn copy(&mut self) -> Result<(), JournalError> {
        checkpoint_passive(&self.connection)
    }
}

fn configure(connection: &Connection) -> Result<(), JournalError> {
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update_and_check(None, "journal_size_limit", WAL_KEPT_BYTES, |_| Ok(()))?;
    connection.pragma_update_and_check(None, "wal_autocheckpoint", 0, |_| Ok(()))?;
    connection.pragma_update_and_check(None, "mmap_size", 0, |_| Ok(()))?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

fn checkpoint_passive(connection: &Connection) -> Result<(), JournalError> {
    connection
        .prepare_cached("PRAGMA wal_checkpoint(PASSIVE)")?
        .query_row([], |_| Ok(()))?;
    Ok(())
}

pub(super) fn setting(connection: &Connection, key: &str) -> Result<Option<Vec<u8>>, JournalError> {
    let mut select = connection.prepare_cached("SELECT value FROM store_setting WHERE key = ?1")?;
    Ok(select.query_row([key], |row| row.get(0)).optional()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{EventKey, VerdictColumns};

    fn verdict(task_id: &str) -> VerdictColumns<'_> {
        VerdictColumns {
            campaign_id: "campaign",
            campaign_revision: 3,
            account_id: "account",
            task_id,
            decided_at_us: -5,
            decision: 1,
            is_final: true,
            rate_basis_points: 5_000,
            tokens: 1 << 40,
            events_seen: 2,
        }
    }

    #[test]
    fn what_was_committed_is_there_after_reopening() {
        let directory = tempfile::tempdir().unwrap();
        let (mut journal, created) = Journal::open(directory.path()).unwrap();
        assert!(created);
        let mut group = Group::default();
        group.push_event(EventKey([1; 16]), b"first");
        group.push_event(EventKey([2; 16]), b"");
        group.push_verdict(verdict("task"), b"record");
        group.push_entry(9, 77, "subject", b"entry");
        assert_eq!(journal.commit(&group).unwrap(), 1);
        assert_eq!(journal.commit(&group).unwrap(), 2);
        assert_eq!(journal.commit(&Group::default()).unwrap(), 2);
        let positions = Positions {
            events: 4,
            verdicts: 2,
            entries: 2,
            groups: 2,
        };
        assert_eq!(journal.positions(), positions);
        journal.set_setting("store_id", b"id").unwrap();
        journal.checkpoint_wal().unwrap();
        drop(journal);

        let (journal, created) = Journal::open(directory.path()).unwrap();
        assert!(!created);
        assert_eq!(journal.positions(), positions);
        assert_eq!(
            journal.setting("store_id").unwrap().as_deref(),
            Some(b"id".as_slice())
        );
        let reader = journal.reader().unwrap();
        let found = reader.verdict(2).unwrap().unwrap();
        assert_eq!(
            (found.seq, found.tokens, found.decided_at_us),
            (2, 1 << 40, -5)
        );
        assert_eq!(
            (found.task_id.as_str(), found.record.as_slice()),
            ("task", b"record".as_slice())
        );
        assert_eq!(reader.verdict(3).unwrap(), None);
        assert_eq!(reader.verdict(u64::MAX).unwrap(), None);
        assert_eq!(reader.entries(0, 10).unwrap().len(), 2);
        assert_eq!(reader.positions().unwrap(), positions);
    }

    #[test]
    fn a_second_opener_is_told_that_the_store_is_locked() {
        let directory = tempfile::tempdir().unwrap();
        let first = Journal::open(directory.path()).unwrap();
        let second = Journal::open(directory.path());
        assert!(matches!(second, Err(JournalError::Locked { .. })));
        drop(first);
        Journal::open(directory.path()).unwrap();
    }

    #[test]
    fn after_an_error_nothing_is_written_any_more() {
        let directory = tempfile::tempdir().unwrap();
        let (mut journal, _) = Journal::open(directory.path()).unwrap();
        let mut group = Group::default();
        group.push_event(EventKey([1; 16]), b"event");
        journal.commit(&group).unwrap();
        let mut wrong = Group::default();
        wrong.push_event(EventKey([2; 16]), b"event");
        wrong.push_verdict(
            VerdictColumns {
                tokens: u64::MAX,
                ..verdict("task")
            },
            b"",
        );
        assert!(matches!(
            journal.commit(&wrong),
            Err(JournalError::TooLarge { .. })
        ));
        assert!(matches!(
            journal.commit(&group),
            Err(JournalError::Poisoned)
        ));
        assert!(matches!(
            journal.checkpoint_wal(),
            Err(JournalError::Poisoned)
        ));
        assert!(matches!(
            journal.set_setting("key", b""),
            Err(JournalError::Poisoned)
        ));
        assert_eq!(journal.positions().events, 1);
        drop(journal);
        let (mut journal, _) = Journal::open(directory.path()).unwrap();
        assert_eq!(
            journal.positions(),
            Positions {
                events: 1,
                groups: 1,
                ..Default::default()
            }
        );
        assert_eq!(journal.commit(&group).unwrap(), 2);
    }

    #[test]
    fn a_reader_sees_nothing_uncommitted() {
        let directory = tempfile::tempdir().unwrap();
        let (mut journal, _) = Journal::open(directory.path()).unwrap();
        let reader = journal.reader().unwrap();
        let mut group = Group::default();
        group.push_verdict(verdict("task"), b"record");
        journal.connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        journal
            .connection
            .execute(
                "INSERT INTO journal_group VALUES (1, 0, 1, 0, zeroblob(32), x'')",
                [],
            )
            .unwrap();
        assert_eq!(reader.positions().unwrap(), Positions::default());
        journal.connection.execute_batch("ROLLBACK").unwrap();
        journal.commit(&group).unwrap();
        assert_eq!(reader.positions().unwrap().verdicts, 1);
    }

    #[test]
    fn rows_beyond_the_last_group_stop_the_opening() {
        let directory = tempfile::tempdir().unwrap();
        let (mut journal, _) = Journal::open(directory.path()).unwrap();
        let mut group = Group::default();
        group.push_verdict(verdict("task"), b"record");
        journal.commit(&group).unwrap();
        journal
            .connection
            .execute("DELETE FROM journal_group", [])
            .unwrap();
        drop(journal);
        assert!(matches!(
            Journal::open(directory.path()),
            Err(JournalError::Damaged { .. })
        ));
    }

    #[test]
    fn the_log_is_checkpointed_at_its_ceiling() {
        let directory = tempfile::tempdir().unwrap();
        let (mut journal, _) = Journal::open(directory.path()).unwrap();
        let payload = vec![7; 8 << 20];
        let mut group = Group::default();
        group.push_event(EventKey([1; 16]), &payload);
        let mut largest = 0;
        for _ in 0..24 {
            journal.commit(&group).unwrap();
            largest = largest.max(fs::metadata(&journal.wal_path).unwrap().len());
        }
        assert!(largest < 2 * WAL_CEILING_BYTES, "{largest}");
        let mut copier = journal.wal_copier().unwrap();
        copier.copy().unwrap();
        journal.checkpoint_wal().unwrap();
        group.clear();
        group.push_entry(1, 0, "", b"");
        journal.commit(&group).unwrap();
        assert!(fs::metadata(&journal.wal_path).unwrap().len() <= WAL_KEPT_BYTES as u64);
    }
}
