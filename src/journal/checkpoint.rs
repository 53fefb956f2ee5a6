//! Checkpoints of the folded state: chunks of a new pass stand beside the current one until it is
//! finished. What is left of older or interrupted passes goes in small portions.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use rusqlite::{Connection, OptionalExtension, params};
use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::CParameter;

use super::integer::{signed, unsigned};
use super::{CheckpointMeta, Journal, JournalError, Positions, Reader};

/// 2.7 times smaller; level 3 is no smaller and slower (measured).
const ZSTD_LEVEL: i32 = 1;
/// Most bytes of a chunk.
const MAX_CHUNK_BYTES: usize = 64 << 20;
/// Most chunks removed in one transaction.
const REMOVED_AT_ONCE: u32 = 4;

/// State of the writer of chunks.
pub(super) struct ChunkWriter {
    compressor: Compressor<'static>,
    compressed: Vec<u8>,
    current: Option<u64>,
    open: Option<u64>,
    last_pass: u64,
    /// Passes that are neither open nor current.
    dead: BTreeSet<u64>,
}

impl ChunkWriter {
    pub(super) fn open(connection: &Connection) -> Result<Self, JournalError> {
        let mut compressor = Compressor::new(ZSTD_LEVEL).map_err(JournalError::Chunk)?;
        // Chunks are not in the chain of hashes; the checksum tells a damaged one.
        compressor
            .set_parameter(CParameter::ChecksumFlag(true))
            .map_err(JournalError::Chunk)?;
        let current = current(connection)?.map(|meta| meta.pass);
        let mut passes = BTreeSet::new();
        let mut select = connection.prepare("SELECT pass FROM checkpoint_pass")?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            passes.insert(unsigned(row, 0)?);
        }
        let last_pass = passes.last().copied().unwrap_or(0);
        let dead = passes
            .into_iter()
            .filter(|pass| Some(*pass) != current)
            .collect();
        Ok(ChunkWriter {
            compressor,
            compressed: Vec::new(),
            current,
            open: None,
            last_pass,
            dead,
        })
    }
}

impl Journal {
    /// Begins a pass; `begin` is where the journal stood when its first record was copied. A pass
    /// that was not finished is given up. Returns the new pass's number.
    pub fn begin_state_checkpoint(&mut self, begin: Positions) -> Result<u64, JournalError> {
        self.guarded(|journal| {
            let chunks = &mut journal.chunks;
            chunks.dead.extend(chunks.open.take());
            let pass = chunks.last_pass + 1;
            journal
                .connection
                .prepare_cached(
                    "INSERT INTO checkpoint_pass (pass, begin_events, begin_verdicts, begin_entries,
                         begin_groups, finished) VALUES (?1, ?2, ?3, ?4, ?5, 0)",
                )?
                .execute([
                    signed(pass),
                    signed(begin.events),
                    signed(begin.verdicts),
                    signed(begin.entries),
                    signed(begin.groups),
                ])?;
            chunks.last_pass = pass;
            chunks.open = Some(pass);
            Ok(pass)
        })
    }

    /// Writes one chunk of the open pass, compressed, in a transaction of its own, and removes a
    /// few chunks of passes given up or replaced. Not synced: the finish syncs all of them.
    pub fn write_chunk(
        &mut self,
        pass: u64,
        kind: u8,
        number: u32,
        bytes: &[u8],
    ) -> Result<(), JournalError> {
        self.guarded(|journal| {
            journal.require_open(pass)?;
            if bytes.len() > MAX_CHUNK_BYTES {
                let most = MAX_CHUNK_BYTES as u64;
                return Err(JournalError::TooLarge {
                    what: "checkpoint chunk",
                    most,
                });
            }
            let chunks = &mut journal.chunks;
            chunks.compressed.clear();
            chunks
                .compressed
                .reserve(zstd::zstd_safe::compress_bound(bytes.len()));
            chunks
                .compressor
                .compress_to_buffer(bytes, &mut chunks.compressed)
                .map_err(JournalError::Chunk)?;
            journal.unsynced(|journal| {
                journal
                    .connection
                    .prepare_cached(
                        "INSERT INTO checkpoint_chunk (pass, kind, number, raw_bytes, bytes)
                         VALUES (?1, ?2, ?3, ?4, ?5)",
                    )?
                    .execute(params![
                        signed(pass),
                        kind,
                        number,
                        bytes.len() as i64,
                        journal.chunks.compressed
                    ])?;
                journal.remove_some()
            })?;
            Ok(())
        })
    }

    /// Makes the open pass the current one, durably. The older pass's chunks go while the next pass
    /// is written, or by [`remove_dead_chunks`](Self::remove_dead_chunks).
    pub fn finish_state_checkpoint(&mut self, pass: u64) -> Result<(), JournalError> {
        self.guarded(|journal| {
            journal.require_open(pass)?;
            journal
                .connection
                .prepare_cached("UPDATE checkpoint_pass SET finished = 1 WHERE pass = ?1")?
                .execute([signed(pass)])?;
            let chunks = &mut journal.chunks;
            chunks.open = None;
            chunks.dead.extend(chunks.current.replace(pass));
            Ok(())
        })
    }

    /// Removes a few chunks of passes that were given up or replaced, in one small transaction.
    /// Returns whether more remain; for idle moments.
    pub fn remove_dead_chunks(&mut self) -> Result<bool, JournalError> {
        self.guarded(|journal| journal.unsynced(Journal::remove_some))
    }

    fn remove_some(&mut self) -> Result<bool, JournalError> {
        let Some(&pass) = self.chunks.dead.first() else {
            return Ok(false);
        };
        let removed = self
            .connection
            .prepare_cached(
                "DELETE FROM checkpoint_chunk WHERE rowid IN
                     (SELECT rowid FROM checkpoint_chunk WHERE pass = ?1 LIMIT ?2)",
            )?
            .execute([signed(pass), i64::from(REMOVED_AT_ONCE)])?;
        if removed == 0 {
            // The row goes last, so that a restart still finds the pass to clean.
            self.connection
                .prepare_cached("DELETE FROM checkpoint_pass WHERE pass = ?1")?
                .execute([signed(pass)])?;
            self.chunks.dead.remove(&pass);
        }
        Ok(!self.chunks.dead.is_empty())
    }

    /// Commits without a sync: only for what may be lost, since a later commit's sync covers it.
    fn unsynced<T>(
        &mut self,
        write: impl FnOnce(&mut Self) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        self.connection
            .execute_batch("PRAGMA synchronous = NORMAL")?;
        let outcome = write(self);
        self.connection.execute_batch("PRAGMA synchronous = FULL")?;
        outcome
    }

    fn require_open(&self, pass: u64) -> Result<(), JournalError> {
        if self.chunks.open == Some(pass) {
            return Ok(());
        }
        Err(JournalError::misused(format!(
            "checkpoint pass {pass} is not the open one"
        )))
    }
}

impl Reader {
    /// The last finished checkpoint.
    pub fn current_checkpoint(&self) -> Result<Option<CheckpointMeta>, JournalError> {
        current(self.connection())
    }

    /// Visits the chunks of one kind in the order of their numbers, decompressed, until `visit`
    /// breaks. Holds the log from rewinding meanwhile: for opening a store.
    pub fn for_each_chunk(
        &self,
        pass: u64,
        kind: u8,
        mut visit: impl FnMut(u32, &[u8]) -> ControlFlow<()>,
    ) -> Result<(), JournalError> {
        let mut decompressor = Decompressor::new().map_err(JournalError::Chunk)?;
        let mut raw = Vec::new();
        let mut select = self.connection().prepare_cached(
            "SELECT number, raw_bytes, bytes FROM checkpoint_chunk
             WHERE pass = ?1 AND kind = ?2 ORDER BY number",
        )?;
        let mut rows = select.query(params![signed(pass), kind])?;
        while let Some(row) = rows.next()? {
            let number = row.get(0)?;
            let raw_bytes = unsigned(row, 1)? as usize;
            let damaged = || {
                JournalError::damaged(format!(
                    "checkpoint chunk {number} of kind {kind}, pass {pass}"
                ))
            };
            if raw_bytes > MAX_CHUNK_BYTES {
                return Err(damaged());
            }
            raw.clear();
            raw.reserve(raw_bytes);
            decompressor
                .decompress_to_buffer(row.get_ref(2)?.as_bytes().map_err(|_| damaged())?, &mut raw)
                .map_err(JournalError::Chunk)?;
            if raw.len() != raw_bytes {
                return Err(damaged());
            }
            if visit(number, &raw).is_break() {
                break;
            }
        }
        Ok(())
    }
}

fn current(connection: &Connection) -> Result<Option<CheckpointMeta>, JournalError> {
    let mut select = connection.prepare_cached(
        "SELECT pass, begin_events, begin_verdicts, begin_entries, begin_groups
         FROM checkpoint_pass WHERE finished = 1 ORDER BY pass DESC LIMIT 1",
    )?;
    let meta = select.query_row([], |row| {
        let begin = Positions {
            events: unsigned(row, 1)?,
            verdicts: unsigned(row, 2)?,
            entries: unsigned(row, 3)?,
            groups: unsigned(row, 4)?,
        };
        Ok(CheckpointMeta {
            pass: unsigned(row, 0)?,
            begin,
        })
    });
    Ok(meta.optional()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunks(reader: &Reader, pass: u64) -> Vec<(u32, Vec<u8>)> {
        let mut found = Vec::new();
        reader
            .for_each_chunk(pass, 1, |number, bytes| {
                found.push((number, bytes.to_vec()));
                ControlFlow::Continue(())
            })
            .unwrap();
        found
    }

    fn stored_chunks(journal: &Journal) -> i64 {
        let sql = "SELECT count(*) FROM checkpoint_chunk";
        journal
            .connection
            .query_row(sql, [], |row| row.get(0))
            .unwrap()
    }

    #[test]
    fn a_pass_is_current_once_finished_and_an_interrupted_one_leaves_no_trace() {
        let directory = tempfile::tempdir().unwrap();
        let (mut journal, _) = Journal::open(directory.path()).unwrap();
        let reader = journal.reader().unwrap();
        assert_eq!(reader.current_checkpoint().unwrap(), None);
        let begin = Positions {
            events: 7,
            verdicts: 6,
            entries: 5,
            groups: 4,
        };
        let first = journal.begin_state_checkpoint(begin).unwrap();
        for number in [2, 0, 1] {
            journal
                .write_chunk(first, 1, number, &[number as u8; 100_000])
                .unwrap();
        }
        journal.write_chunk(first, 2, 0, b"").unwrap();
        assert_eq!(reader.current_checkpoint().unwrap(), None);
        journal.finish_state_checkpoint(first).unwrap();
        let current = Some(CheckpointMeta { pass: first, begin });
        assert_eq!(reader.current_checkpoint().unwrap(), current);

        // Interrupted: the process ends in the middle of the second pass.
        let second = journal
            .begin_state_checkpoint(Positions::default())
            .unwrap();
        for number in 0..20 {
            journal
                .write_chunk(second, 1, number, b"never finished")
                .unwrap();
        }
        drop((reader, journal));
        let (mut journal, _) = Journal::open(directory.path()).unwrap();
        let reader = journal.reader().unwrap();
        assert_eq!(reader.current_checkpoint().unwrap(), current);
        let found = chunks(&reader, first);
        assert_eq!(
            found.iter().map(|chunk| chunk.0).collect::<Vec<_>>(),
            [0, 1, 2]
        );
        assert!(
            found
                .iter()
                .all(|(number, bytes)| *bytes == [*number as u8; 100_000])
        );

        let third = journal.begin_state_checkpoint(begin).unwrap();
        assert!(third > second);
        journal.write_chunk(third, 1, 0, b"third").unwrap();
        journal.finish_state_checkpoint(third).unwrap();
        assert_eq!(reader.current_checkpoint().unwrap().unwrap().pass, third);
        while journal.remove_dead_chunks().unwrap() {}
        assert_eq!(stored_chunks(&journal), 1);
        assert_eq!(chunks(&reader, third), [(0, b"third".to_vec())]);
        assert!(matches!(
            journal.write_chunk(third, 1, 1, b"late"),
            Err(JournalError::Misused { .. })
        ));
    }

    #[test]
    fn writing_the_next_pass_removes_the_one_before_the_current() {
        let directory = tempfile::tempdir().unwrap();
        let (mut journal, _) = Journal::open(directory.path()).unwrap();
        for _ in 0..5 {
            let pass = journal
                .begin_state_checkpoint(Positions::default())
                .unwrap();
            for number in 0..30 {
                journal.write_chunk(pass, 1, number, b"chunk").unwrap();
            }
            journal.finish_state_checkpoint(pass).unwrap();
            assert!(stored_chunks(&journal) <= 60);
        }
    }

    #[test]
    fn syncs_fully_again_after_a_chunk() {
        let directory = tempfile::tempdir().unwrap();
        let (mut journal, _) = Journal::open(directory.path()).unwrap();
        let pass = journal
            .begin_state_checkpoint(Positions::default())
            .unwrap();
        journal.write_chunk(pass, 1, 0, b"chunk").unwrap();
        let level: i64 = journal
            .connection
            .pragma_query_value(None, "synchronous", |row| row.get(0))
            .unwrap();
        assert_eq!(level, 2);
    }
}
