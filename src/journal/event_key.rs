//! The key under which an event is remembered.

/// Bytes of a key.
pub(super) const KEY_BYTES: usize = 16;
/// Leading bytes of a key that identify the event.
const ID_BYTES: usize = 10;
/// The index is cut into this many partitions, by a key's leading bits.
pub(super) const PARTITIONS: usize = 1 << PARTITION_BITS;
const PARTITION_BITS: u32 = 12;

/// What is remembered of an event for ever: the first 10 bytes identify the event id (a keyed
/// hash, so uniformly random whoever chose the id), the last 6 its content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct EventKey(pub [u8; KEY_BYTES]);

impl EventKey {
    /// The bytes that identify the event id.
    pub fn id(&self) -> &[u8] {
        &self.0[..ID_BYTES]
    }

    /// Orders events of one second: as good as drawn, and the same wherever and whenever they come.
    pub fn tie(&self) -> u64 {
        self.head()
    }

    /// The bytes that identify the content.
    pub fn content(&self) -> &[u8] {
        &self.0[ID_BYTES..]
    }

    /// Which of the 4,096 partitions holds the key.
    pub(super) fn partition(&self) -> u16 {
        (self.head() >> (u64::BITS - PARTITION_BITS)) as u16
    }

    /// The first 8 bytes, in the keys' own order.
    pub(super) fn head(&self) -> u64 {
        self.word(0)
    }

    /// The first 63 bits as a SQLite integer, in the keys' own order.
    pub(super) fn bound(&self) -> i64 {
        (self.head() >> 1) as i64
    }

    /// Hash for an in-memory table within one partition, where the leading bits are all alike.
    pub(super) fn table_hash(&self) -> u64 {
        self.word(2)
    }

    /// Reads keys that stand one after another; a remainder shorter than a key is left out.
    pub(super) fn in_blob(blob: &[u8]) -> impl ExactSizeIterator<Item = EventKey> + Clone {
        blob.as_chunks::<KEY_BYTES>()
            .0
            .iter()
            .map(|bytes| EventKey(*bytes))
    }

    fn word(&self, start: usize) -> u64 {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&self.0[start..start + 8]);
        u64::from_be_bytes(bytes)
    }
}

/// The lowest and highest bound of a partition.
pub(super) fn partition_bounds(partition: u16) -> (i64, i64) {
    let shift = 63 - PARTITION_BITS;
    let low = i64::from(partition) << shift;
    (low, low | ((1 << shift) - 1))
}
