//! Registration cohorts: how many accounts registered near each other in time on one device, in one
//! network, from one block of numbers or under one pattern of names.

use hashbrown::HashTable;

use super::{account::Registration, identifier::BlockPseudonym};

/// Width of a cohort's time slot, seconds: neighbours within one to two slots of a registration are
/// its cohort. The same width on both sides of a slot's edge keeps the count free of edge effects.
pub const COHORT_SLOT_SECONDS: u32 = 1800;

/// The same for the cohorts of about a day.
pub const COHORT_DAY_SLOT_SECONDS: u32 = 43_200;

/// What a cohort shares besides its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum CohortKind {
    /// The device.
    Device = 1,
    /// The address block.
    Network = 2,
    /// The address block and the block of 1,000 phone numbers.
    NetworkAndNumbers = 3,
    /// The address block and the skeleton of the display name.
    NetworkAndName = 4,
    /// The address block and the model of the device.
    NetworkAndModel = 5,
    /// The skeleton of the display name, within about a day.
    NameDay = 6,
    /// The block of 1,000 phone numbers, within about a day.
    NumbersDay = 7,
    /// The block of 100 phone numbers, at any time.
    NumbersEver = 8,
}

impl CohortKind {
    /// The time slot of a registration.
    fn slot(self, at: u32) -> u32 {
        match self {
            Self::NameDay | Self::NumbersDay => at / COHORT_DAY_SLOT_SECONDS,
            Self::NumbersEver => 0,
            _ => at / COHORT_SLOT_SECONDS,
        }
    }
}

const KINDS: [CohortKind; 8] = [
    CohortKind::Device,
    CohortKind::Network,
    CohortKind::NetworkAndNumbers,
    CohortKind::NetworkAndName,
    CohortKind::NetworkAndModel,
    CohortKind::NameDay,
    CohortKind::NumbersDay,
    CohortKind::NumbersEver,
];

const SHARDS: usize = 1024;
/// An entry is 44 bits of key above 20 bits of count; the shard adds 10 bits of key.
const COUNT_BITS: u32 = 20;
const COUNT_MASK: u64 = (1 << COUNT_BITS) - 1;
/// The lowest bits of an entry's key tell so many bits' worth of neighbouring slots apart. They have
/// one hash, so that a slot and its neighbours are found in one place of memory, not in three.
const SLOT_BITS: u32 = 4;

/// Counts of registrations by cohort and time slot.
pub struct Cohorts {
    shards: Vec<HashTable<u64>>,
}

impl Default for Cohorts {
    fn default() -> Self {
        Cohorts {
            shards: (0..SHARDS).map(|_| HashTable::new()).collect(),
        }
    }
}

impl Cohorts {
    /// Counts a registration in.
    pub fn add(&mut self, registration: &Registration) {
        for (shard, entry_key) in places(registration) {
            let table = &mut self.shards[shard];
            match table.find_mut(hash(entry_key), |entry| entry >> COUNT_BITS == entry_key) {
                Some(entry) if *entry & COUNT_MASK < COUNT_MASK => *entry += 1,
                Some(_) => {}
                None => {
                    let entry = entry_key << COUNT_BITS | 1;
                    table.insert_unique(hash(entry_key), entry, |entry| hash(entry >> COUNT_BITS));
                }
            }
        }
    }

    /// Takes a registration out again, when an earlier one turns up.
    pub fn remove(&mut self, registration: &Registration) {
        for (shard, entry_key) in places(registration) {
            let found = self.shards[shard]
                .find_mut(hash(entry_key), |entry| entry >> COUNT_BITS == entry_key);
            if let Some(entry) = found {
                *entry -= u64::from(*entry & COUNT_MASK > 0);
            }
        }
    }

    /// How many *other* accounts registered within one to two slots of this registration and share
    /// what `kind` says; 0 where the registration lacks it.
    pub fn others(&self, registration: &Registration, kind: CohortKind) -> u32 {
        let Some(shared) = shared_value(registration, kind) else {
            return 0;
        };
        let slot = kind.slot(registration.at);
        let sum: u32 = (slot.saturating_sub(1)..=slot.saturating_add(1))
            .map(|slot| self.count(kind, shared, slot))
            .sum();
        sum.saturating_sub(1)
    }

    fn count(&self, kind: CohortKind, shared: u64, slot: u32) -> u32 {
        let (shard, entry_key) = place(kind, shared, slot);
        self.shards[shard]
            .find(hash(entry_key), |entry| entry >> COUNT_BITS == entry_key)
            .map_or(0, |entry| (entry & COUNT_MASK) as u32)
    }

    /// Makes room for so many registrations in an empty table.
    pub fn reserve(&mut self, registrations: usize) {
        let room = registrations * KINDS.len() / SHARDS;
        for shard in self.shards.iter_mut().filter(|shard| shard.is_empty()) {
            *shard = HashTable::with_capacity(room);
        }
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.shards.iter().map(HashTable::allocation_size).sum()
    }
}

/// The shard (10 bits) and the entry's key (44 bits, the slot's among them). Two cohorts meet by
/// chance once in 2^50.
fn place(kind: CohortKind, shared: u64, slot: u32) -> (usize, u64) {
    let together = mix(mix(shared, kind as u64), u64::from(slot >> SLOT_BITS));
    let shared_bits = (together >> 14) & ((1 << 40) - 1);
    let slot_bits = u64::from(slot) & ((1 << SLOT_BITS) - 1);
    (
        (together >> 54) as usize,
        shared_bits << SLOT_BITS | slot_bits,
    )
}

/// The table's hash, from what an entry holds, so that a table can grow without the registrations.
fn hash(entry_key: u64) -> u64 {
    mix(entry_key >> SLOT_BITS, 1)
}

fn places(registration: &Registration) -> impl Iterator<Item = (usize, u64)> + '_ {
    KINDS.into_iter().filter_map(move |kind| {
        let slot = kind.slot(registration.at);
        shared_value(registration, kind).map(|shared| place(kind, shared, slot))
    })
}

fn shared_value(registration: &Registration, kind: CohortKind) -> Option<u64> {
    let network = registration.network.map(BlockPseudonym::get);
    let numbers = |which: usize| Some(registration.number_blocks?[which].get());
    match kind {
        CohortKind::Device => registration.device.map(u64::from),
        CohortKind::Network => network,
        CohortKind::NetworkAndNumbers => Some(mix(network?, numbers(1)?)),
        CohortKind::NetworkAndName => Some(mix(network?, registration.name?.get())),
        CohortKind::NetworkAndModel => {
            let known = (registration.model != 0).then_some(registration.model);
            Some(mix(network?, u64::from(known?)))
        }
        CohortKind::NameDay => registration.name.map(BlockPseudonym::get),
        CohortKind::NumbersDay => numbers(1),
        CohortKind::NumbersEver => numbers(0),
    }
}

/// Mixes two words (the finaliser of SplitMix64 over their combination).
pub(super) fn mix(a: u64, b: u64) -> u64 {
    let mut z = a.wrapping_add(b.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
