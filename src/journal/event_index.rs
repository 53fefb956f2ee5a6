//! Which events were seen, exactly, in little memory.
//!
//! Keys are cut into 4,096 partitions by their leading bits. A partition has a window of recent
//! keys in memory, sometimes a frozen window that is on its way to disk, and a sorted run on disk
//! with a filter in memory. Only what passes the filter reads the disk: what was seen, and 0.4 % of
//! what was not.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;

use hashbrown::HashTable;

use super::event_key::PARTITIONS;
use super::event_run::{self, RunFilter};
use super::{EventKey, IndexFlush, JournalError, NewFilter, Reader};

/// A window is written when it holds this many keys and …
const WINDOW_LEAST: usize = 64;
/// … this share (an eighth) of the run: each flush writes the whole run, so all flushes together
/// write about nine times the keys, however large the store grows.
const RUN_SHARE: usize = 8;

/// What is known of an event's key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Seen {
    /// The event id was never seen.
    New,
    /// The same event was seen. It may not be committed yet.
    Same,
    /// The event id was seen with other content.
    OtherContent,
}

impl Seen {
    /// `found` has the id of `key`, if anything does.
    pub(super) fn compare(found: Option<&EventKey>, key: &EventKey) -> Self {
        match found {
            None => Seen::New,
            Some(found) if found == key => Seen::Same,
            Some(_) => Seen::OtherContent,
        }
    }
}

/// The set of all event keys ever accepted. Lives with whoever decides; the runs on disk are
/// written by [`Journal::commit`](super::Journal::commit).
pub struct EventIndex {
    partitions: Box<[Partition]>,
    /// Partitions whose window is due to be written.
    due: VecDeque<u16>,
    last_event: u64,
}

#[derive(Default)]
struct Partition {
    window: HashTable<EventKey>,
    /// Sorted; on its way to disk and not yet in the filter.
    frozen: Option<Arc<[EventKey]>>,
    /// `None` while nothing is on disk.
    filter: Option<RunFilter>,
    run_keys: u32,
    complete_to: u64,
    is_due: bool,
}

impl Partition {
    fn is_full(&self) -> bool {
        self.window.len() >= WINDOW_LEAST.max(self.run_keys as usize / RUN_SHARE)
    }

    fn load(&mut self, new: NewFilter) {
        self.filter = Some(new.filter);
        self.run_keys = new.key_count;
        self.complete_to = new.complete_to;
    }
}

impl EventIndex {
    /// Loads the filters and fills the windows with what was committed since the runs were written.
    /// Nothing may be committed meanwhile.
    pub fn open(reader: &Reader) -> Result<EventIndex, JournalError> {
        let partitions = (0..PARTITIONS).map(|_| Partition::default()).collect();
        let mut index = EventIndex {
            partitions,
            due: VecDeque::new(),
            last_event: 0,
        };
        event_run::for_each_partition(reader.connection(), |stored| {
            index.partitions[usize::from(stored.partition)].load(stored);
        })?;
        // The scan starts at the least complete partition. Keys are uniformly random, so all
        // partitions fill and flush at about the same rate: none can stay behind by more than about
        // one window's worth of events (262,144, or an eighth of a large store), whoever chose the
        // event ids.
        let complete_to = index
            .partitions
            .iter()
            .map(|partition| partition.complete_to)
            .min()
            .unwrap_or(0);
        index.last_event = complete_to;
        reader.event_keys_after(complete_to, |seq, key| {
            if seq > index.partitions[usize::from(key.partition())].complete_to {
                index.insert(key, seq);
            }
            index.last_event = seq;
            ControlFlow::Continue(())
        })?;
        Ok(index)
    }

    /// Whether the event was seen. Reads the disk for what was, and for 0.4 % of what was not;
    /// one piece of about 4 KiB each.
    pub fn lookup(&self, key: &EventKey, reader: &Reader) -> Result<Seen, JournalError> {
        let partition = &self.partitions[usize::from(key.partition())];
        let recent = partition
            .window
            .find(key.table_hash(), |held| held.id() == key.id());
        if recent.is_some() {
            return Ok(Seen::compare(recent, key));
        }
        if let Some(frozen) = &partition.frozen
            && let Ok(at) = frozen.binary_search_by(|held| held.id().cmp(key.id()))
        {
            return Ok(Seen::compare(Some(&frozen[at]), key));
        }
        match &partition.filter {
            Some(filter) if filter.may_contain(key) => event_run::find(reader.connection(), key),
            _ => Ok(Seen::New),
        }
    }

    /// Reads what [`lookup`](Self::lookup) will look at in memory, so that the processor fetches it for many
    /// keys at once; the answer means nothing.
    pub fn touch(&self, key: &EventKey) -> u64 {
        let partition = &self.partitions[usize::from(key.partition())];
        let held = partition.window.find(key.table_hash(), |_| true).is_some();
        let filter = partition.filter.as_ref();
        u64::from(held) ^ u64::from(filter.is_some_and(|filter| filter.may_contain(key)))
    }

    /// Adds the key of a new event, which gets the sequence number `seq`. Call it in the order of
    /// sequence numbers, for keys that [`lookup`](Self::lookup) found new.
    pub fn insert(&mut self, key: EventKey, seq: u64) {
        self.last_event = self.last_event.max(seq);
        let number = key.partition();
        let partition = &mut self.partitions[usize::from(number)];
        partition
            .window
            .insert_unique(key.table_hash(), key, EventKey::table_hash);
        if !partition.is_due && partition.is_full() {
            partition.is_due = true;
            self.due.push_back(number);
        }
    }

    /// Freezes up to `most` full windows. Push them into the group that holds the last inserted
    /// event, or a later one, before anything else is inserted; hand what
    /// [`Journal::take_new_filters`](super::Journal::take_new_filters) gives after the commit to
    /// [`flushed`](Self::flushed). A flush costs the commit 20 µs and more, by the run's length.
    pub fn take_flushes(&mut self, most: usize) -> Vec<IndexFlush> {
        let mut flushes = Vec::new();
        // A partition whose last flush is still on its way goes to the back, once.
        for _ in 0..self.due.len() {
            if flushes.len() >= most {
                break;
            }
            let Some(number) = self.due.pop_front() else {
                break;
            };
            let partition = &mut self.partitions[usize::from(number)];
            if partition.frozen.is_some() {
                self.due.push_back(number);
                continue;
            }
            partition.is_due = false;
            let mut keys: Vec<_> = std::mem::take(&mut partition.window).into_iter().collect();
            keys.sort_unstable();
            let keys: Arc<[EventKey]> = keys.into();
            partition.frozen = Some(Arc::clone(&keys));
            let complete_to = self.last_event;
            flushes.push(IndexFlush {
                partition: number,
                complete_to,
                keys,
            });
        }
        flushes
    }

    /// Takes the filters of runs that were committed, and forgets the windows that they hold now.
    pub fn flushed(&mut self, new: Vec<NewFilter>) {
        for filter in new {
            let partition = &mut self.partitions[usize::from(filter.partition)];
            partition.frozen = None;
            partition.load(filter);
        }
    }

    /// Bytes held in memory: filters, windows, frozen windows and the partitions themselves.
    pub fn memory_bytes(&self) -> usize {
        let each = |partition: &Partition| {
            // hashbrown keeps a control byte beside each slot.
            let window = partition.window.capacity() * 8 / 7 * (size_of::<EventKey>() + 1);
            let frozen = partition
                .frozen
                .as_ref()
                .map_or(0, |keys| size_of_val(&keys[..]));
            let filter = partition.filter.as_ref().map_or(0, RunFilter::bytes);
            size_of::<Partition>() + window + frozen + filter
        };
        self.partitions.iter().map(each).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Group, Journal};

    /// Uniform, as a keyed hash is.
    fn key(number: u64, content: u8) -> EventKey {
        let mut bytes = [content; 16];
        let head = (number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        bytes[..8].copy_from_slice(&(head ^ head >> 29).to_be_bytes());
        bytes[8..10].copy_from_slice(&(number as u16).to_be_bytes());
        EventKey(bytes)
    }

    fn check(index: &EventIndex, reader: &Reader, events: u64, step: usize) {
        for number in (0..events).step_by(step) {
            let seen = index.lookup(&key(number, 1), reader).unwrap();
            assert_eq!(seen, Seen::Same, "event {number}");
            let seen = index.lookup(&key(number, 2), reader).unwrap();
            assert_eq!(seen, Seen::OtherContent, "event {number}");
        }
        for number in (events..events * 2).step_by(step) {
            let seen = index.lookup(&key(number, 1), reader).unwrap();
            assert_eq!(seen, Seen::New, "event {number}");
        }
    }

    #[test]
    fn answers_exactly_through_flushes_and_reopening() {
        const EVENTS: u64 = 200_000;
        let directory = tempfile::tempdir().unwrap();
        let (mut journal, _) = Journal::open(directory.path()).unwrap();
        let reader = journal.reader().unwrap();
        let mut index = EventIndex::open(&reader).unwrap();
        let mut group = Group::default();
        let mut flushed = 0;
        let mut pending = Vec::new();
        for number in 0..EVENTS {
            assert_eq!(index.lookup(&key(number, 1), &reader).unwrap(), Seen::New);
            group.push_event(key(number, 1), b"");
            index.insert(key(number, 1), number + 1);
            if (number + 1) % 1000 == 0 {
                // Flushed early, since so few events never fill a window by themselves.
                index
                    .due
                    .extend((0..40).map(|n| ((number / 1000 * 40 + n) % 4096) as u16));
                let flushes = index.take_flushes(30);
                flushed += flushes.len();
                flushes
                    .into_iter()
                    .for_each(|flush| group.push_index_flush(flush));
                journal.commit(&group).unwrap();
                group.clear();
                // Filters arrive a commit late, as they do from another thread.
                index.flushed(std::mem::replace(&mut pending, journal.take_new_filters()));
            }
        }
        assert!(flushed > 5_000, "{flushed}");
        check(&index, &reader, EVENTS, 1);
        let reopened = EventIndex::open(&reader).unwrap();
        assert_eq!(reopened.last_event, EVENTS);
        check(&reopened, &reader, EVENTS, 1);
        drop((reader, journal));

        let (journal, _) = Journal::open(directory.path()).unwrap();
        let reader = journal.reader().unwrap();
        check(&EventIndex::open(&reader).unwrap(), &reader, EVENTS, 7);
    }

    #[test]
    fn a_full_window_is_due_and_waits_for_its_last_flush() {
        let directory = tempfile::tempdir().unwrap();
        let (journal, _) = Journal::open(directory.path()).unwrap();
        let mut index = EventIndex::open(&journal.reader().unwrap()).unwrap();
        let same_partition = |number: u16| {
            let mut bytes = [0; 16];
            bytes[4..6].copy_from_slice(&number.to_be_bytes());
            EventKey(bytes)
        };
        for number in 0..63 {
            index.insert(same_partition(number), u64::from(number) + 1);
        }
        assert!(index.take_flushes(8).is_empty());
        index.insert(same_partition(63), 64);
        let flushes = index.take_flushes(8);
        assert_eq!(
            (
                flushes.len(),
                flushes[0].complete_to(),
                flushes[0].keys.len()
            ),
            (1, 64, 64)
        );
        for number in 64..128 {
            index.insert(same_partition(number), u64::from(number) + 1);
        }
        assert!(index.take_flushes(8).is_empty());
    }

    #[test]
    fn a_flush_ahead_of_its_events_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let (mut journal, _) = Journal::open(directory.path()).unwrap();
        let mut group = Group::default();
        group.push_event(key(1, 1), b"");
        let keys = vec![key(1, 1)].into();
        group.push_index_flush(IndexFlush {
            partition: 0,
            complete_to: 2,
            keys,
        });
        assert!(matches!(
            journal.commit(&group),
            Err(JournalError::Misused { .. })
        ));
        assert!(matches!(
            journal.commit(&group),
            Err(JournalError::Poisoned)
        ));
    }
}
