//! The event index on disk: sorted runs of keys, a partition's in pieces of about a page, with a
//! filter over each partition.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};
use xorf::{BinaryFuse8, BinaryFuse8Ref, DmaSerializable, Filter, FilterRef};

use super::event_key::{KEY_BYTES, PARTITIONS, partition_bounds};
use super::integer::signed;
use super::{EventKey, JournalError, Seen};

/// Most keys in one stored piece: one look-up reads one piece, however large the store is. 240
/// keys and their row fit a page of 4,096 bytes.
const PIECE_KEYS: usize = 240;

/// Keys of one partition, frozen to be written by the next commit.
#[derive(Clone, Debug)]
pub struct IndexFlush {
    pub(super) partition: u16,
    /// With these keys the stored run holds the partition's events up to this one.
    pub(super) complete_to: u64,
    /// Sorted.
    pub(super) keys: Arc<[EventKey]>,
}

impl IndexFlush {
    /// The last event that must be committed with the flush or before it.
    pub fn complete_to(&self) -> u64 {
        self.complete_to
    }
}

/// The filter of a partition whose run was written.
#[derive(Clone, Debug)]
pub struct NewFilter {
    pub(super) partition: u16,
    pub(super) complete_to: u64,
    pub(super) key_count: u32,
    pub(super) filter: RunFilter,
}

/// A binary fuse filter over the ids of a run, as stored: descriptor, then fingerprints. Empty
/// bytes mean that there is no filter and every key may be in the run.
#[derive(Clone, Debug, Default)]
pub(super) struct RunFilter(Box<[u8]>);

impl RunFilter {
    const DESCRIPTOR: usize = BinaryFuse8::DESCRIPTOR_LEN;

    /// `keys` are sorted. Should the filter not come out right, goes without: slower, never wrong.
    fn build(keys: &[EventKey], heads: &mut Vec<u64>) -> Self {
        heads.clear();
        heads.extend(keys.iter().map(EventKey::head));
        heads.dedup();
        let Ok(filter) = BinaryFuse8::try_from(heads.as_slice()) else {
            return RunFilter::default();
        };
        if !heads.iter().all(|head| filter.contains(head)) {
            return RunFilter::default();
        }
        let fingerprints = filter.dma_fingerprints();
        let mut bytes = vec![0; Self::DESCRIPTOR + fingerprints.len()];
        filter.dma_copy_descriptor_to(&mut bytes[..Self::DESCRIPTOR]);
        bytes[Self::DESCRIPTOR..].copy_from_slice(fingerprints);
        RunFilter(bytes.into_boxed_slice())
    }

    /// Checks what a look-up relies on, so that damaged bytes cannot reach beyond the slice.
    pub(super) fn from_stored(bytes: Box<[u8]>) -> Option<Self> {
        if bytes.is_empty() {
            return Some(RunFilter(bytes));
        }
        let fingerprints = bytes.len().checked_sub(Self::DESCRIPTOR)?;
        let number = |at: usize| bytes[at..at + 4].try_into().map(u32::from_le_bytes).ok();
        let (segment, mask, segments) = (number(8)?, number(12)?, number(16)?);
        let needed = u64::from(segments) + 2 * u64::from(segment);
        let sound =
            segment.is_power_of_two() && mask == segment - 1 && needed <= fingerprints as u64;
        sound.then_some(RunFilter(bytes))
    }

    pub(super) fn may_contain(&self, key: &EventKey) -> bool {
        if self.0.is_empty() {
            return true;
        }
        let (descriptor, fingerprints) = self.0.split_at(Self::DESCRIPTOR);
        BinaryFuse8Ref::from_dma(descriptor, fingerprints).contains(&key.head())
    }

    pub(super) fn bytes(&self) -> usize {
        self.0.len()
    }
}

/// Recycled between merges.
#[derive(Default)]
pub(super) struct RunBuffers {
    stored: Vec<EventKey>,
    merged: Vec<EventKey>,
    piece: Vec<u8>,
    heads: Vec<u64>,
}

/// Merges the flush into its stored run, inside the caller's transaction, which brings the journal
/// to `last_event`.
pub(super) fn merge(
    connection: &Connection,
    flush: &IndexFlush,
    last_event: u64,
    buffers: &mut RunBuffers,
) -> Result<NewFilter, JournalError> {
    if flush.complete_to > last_event {
        return Err(JournalError::misused(format!(
            "an index flush covers events up to {}, but the commit ends at {last_event}",
            flush.complete_to
        )));
    }
    let (low, high) = partition_bounds(flush.partition);
    buffers.stored.clear();
    {
        let mut select = connection.prepare_cached(
            "SELECT keys FROM event_index_run WHERE lower_bound BETWEEN ?1 AND ?2
             ORDER BY lower_bound",
        )?;
        let mut rows = select.query([low, high])?;
        while let Some(row) = rows.next()? {
            buffers
                .stored
                .extend(EventKey::in_blob(row.get_ref(0)?.as_bytes()?));
        }
    }
    merge_sorted(&buffers.stored, &flush.keys, &mut buffers.merged);
    connection
        .prepare_cached("DELETE FROM event_index_run WHERE lower_bound BETWEEN ?1 AND ?2")?
        .execute([low, high])?;
    let mut insert = connection
        .prepare_cached("INSERT INTO event_index_run (lower_bound, keys) VALUES (?1, ?2)")?;
    for (number, keys) in pieces(&buffers.merged).enumerate() {
        // The first piece is found for every key of the partition that is below all others.
        let lower_bound = if number == 0 { low } else { keys[0].bound() };
        buffers.piece.clear();
        buffers.piece.extend(keys.iter().flat_map(|key| key.0));
        insert.execute(params![lower_bound, buffers.piece])?;
    }
    let filter = RunFilter::build(&buffers.merged, &mut buffers.heads);
    let key_count = buffers.merged.len() as u32;
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO event_index_partition
                 (partition, complete_to, key_count, filter) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![
            flush.partition,
            signed(flush.complete_to),
            key_count,
            filter.0
        ])?;
    Ok(NewFilter {
        partition: flush.partition,
        complete_to: flush.complete_to,
        key_count,
        filter,
    })
}

/// Both sorted; of two keys with the same id the stored one stays.
fn merge_sorted(stored: &[EventKey], new: &[EventKey], merged: &mut Vec<EventKey>) {
    merged.clear();
    merged.reserve(stored.len() + new.len());
    let mut stored = stored.iter().peekable();
    for key in new {
        while let Some(earlier) = stored.next_if(|earlier| earlier.id() <= key.id()) {
            merged.push(*earlier);
        }
        if merged.last().is_none_or(|last| last.id() != key.id()) {
            merged.push(*key);
        }
    }
    merged.extend(stored);
}

/// Cuts a run into pieces of even size, never between two keys with the same bound, since a
/// look-up reads the one piece that its key's bound falls into.
fn pieces(mut keys: &[EventKey]) -> impl Iterator<Item = &[EventKey]> {
    let size = keys.len().div_ceil(keys.len().div_ceil(PIECE_KEYS).max(1));
    std::iter::from_fn(move || {
        if keys.is_empty() {
            return None;
        }
        let mut end = size.min(keys.len());
        while end < keys.len() && keys[end].bound() == keys[end - 1].bound() {
            end += 1;
        }
        let (piece, rest) = keys.split_at(end);
        keys = rest;
        Some(piece)
    })
}

/// Looks into the stored run. One statement, so that a commit beside it cannot tear what it sees.
pub(super) fn find(connection: &Connection, key: &EventKey) -> Result<Seen, JournalError> {
    let (low, _) = partition_bounds(key.partition());
    let found = connection
        .prepare_cached(
            "SELECT keys FROM event_index_run WHERE lower_bound BETWEEN ?1 AND ?2
             ORDER BY lower_bound DESC LIMIT 1",
        )?
        .query_row([low, key.bound()], |row| {
            let keys = row.get_ref(0)?.as_bytes()?.as_chunks::<KEY_BYTES>().0;
            Ok(keys
                .binary_search_by(|stored| EventKey(*stored).id().cmp(key.id()))
                .ok()
                .map(|at| EventKey(keys[at])))
        })
        .optional()?;
    Ok(Seen::compare(found.flatten().as_ref(), key))
}

/// Reads each partition's number, completeness, key count and filter.
pub(super) fn for_each_partition(
    connection: &Connection,
    mut visit: impl FnMut(NewFilter),
) -> Result<(), JournalError> {
    let mut select = connection
        .prepare("SELECT partition, complete_to, key_count, filter FROM event_index_partition")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let partition: u16 = row.get(0)?;
        let filter = RunFilter::from_stored(row.get_ref(3)?.as_bytes()?.into());
        let (true, Some(filter)) = (usize::from(partition) < PARTITIONS, filter) else {
            let detail = format!("row {partition} of event_index_partition is not sound");
            return Err(JournalError::damaged(detail));
        };
        let complete_to = super::integer::unsigned(row, 1)?;
        visit(NewFilter {
            partition,
            complete_to,
            key_count: row.get(2)?,
            filter,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(head: u64, content: u8) -> EventKey {
        let mut bytes = [content; 16];
        bytes[..8].copy_from_slice(&head.to_be_bytes());
        bytes[8..10].fill(0);
        EventKey(bytes)
    }

    #[test]
    fn filters_of_every_small_size_contain_their_keys_and_survive_storage() {
        for size in 0..600u64 {
            let mut keys: Vec<_> = (0..size)
                .map(|n| key(n.wrapping_mul(0x9E37_79B9_7F4A_7C15), 1))
                .collect();
            keys.sort();
            let built = RunFilter::build(&keys, &mut Vec::new());
            let filter = RunFilter::from_stored(built.0).unwrap();
            assert!(
                keys.iter().all(|key| filter.may_contain(key)),
                "size {size}"
            );
            assert!(size < 4 || filter.bytes() > 0, "size {size}");
        }
    }

    #[test]
    fn damaged_filters_are_refused() {
        let keys: Vec<_> = (0..300).map(|n| key(n << 40, 1)).collect();
        let bytes = RunFilter::build(&keys, &mut Vec::new()).0;
        for at in 8..20 {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x80;
            assert!(RunFilter::from_stored(damaged).is_none(), "byte {at}");
        }
        assert!(RunFilter::from_stored(bytes[..30].into()).is_none());
    }

    #[test]
    fn pieces_never_part_keys_with_the_same_bound() {
        let keys: Vec<_> = (0..1000u64)
            .map(|n| key((n / 50) << 8, (n % 50) as u8))
            .collect();
        let cut: Vec<_> = pieces(&keys).collect();
        assert_eq!(cut.concat(), keys);
        assert!(cut.len() > 3);
        assert!(
            cut.windows(2)
                .all(|pair| pair[0][0].bound() < pair[1][0].bound())
        );
        assert_eq!(pieces(&[]).count(), 0);
    }

    #[test]
    fn a_merge_keeps_the_earlier_of_two_contents() {
        let (mut merged, stored) = (Vec::new(), [key(1, 5), key(3, 5)]);
        merge_sorted(&stored, &[key(2, 5), key(3, 4), key(4, 5)], &mut merged);
        assert_eq!(merged, [key(1, 5), key(2, 5), key(3, 5), key(4, 5)]);
    }
}
