//! Registration cohorts: how many accounts registered near each other in time on one device, in one
//! network, from one block of numbers or under one pattern of names.

use super::{account::Registration, identifier::BlockPseudonym};

/// Width of a cohort's time slot, seconds: neighbours within one to two slots of a registration are
/// its cohort. The same width on both sides of a slot's edge keeps the count free of edge effects.
pub const COHORT_SLOT_SECONDS: u32 = 1800;

/// The same for the cohorts of about a day.
pub const COHORT_DAY_SLOT_SECONDS: u32 = 43_200;

/// The same for the cohorts of about a week.
pub const COHORT_WEEK_SLOT_SECONDS: u32 = 302_400;

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
    /// The block of 10,000 phone numbers, within about a week.
    NumberBlockWeek = 9,
    /// The block of 10,000 phone numbers, at any time.
    NumberBlockEver = 10,
}

impl CohortKind {
    /// The time slot of a registration.
    fn slot(self, at: u32) -> u32 {
        match self {
            Self::NameDay | Self::NumbersDay => at / COHORT_DAY_SLOT_SECONDS,
            Self::NumberBlockWeek => at / COHORT_WEEK_SLOT_SECONDS,
            Self::NumbersEver | Self::NumberBlockEver => 0,
            _ => at / COHORT_SLOT_SECONDS,
        }
    }
}

const KINDS: [CohortKind; 10] = [
    CohortKind::Device,
    CohortKind::Network,
    CohortKind::NetworkAndNumbers,
    CohortKind::NetworkAndName,
    CohortKind::NetworkAndModel,
    CohortKind::NameDay,
    CohortKind::NumbersDay,
    CohortKind::NumbersEver,
    CohortKind::NumberBlockWeek,
    CohortKind::NumberBlockEver,
];

const SHARDS: usize = 1024;
/// An entry is 44 bits of key above 20 bits of count; the shard adds 10 bits of key. No entry is 0,
/// which stands for a free place.
const COUNT_BITS: u32 = 20;
const COUNT_MASK: u64 = (1 << COUNT_BITS) - 1;
/// The lowest bits of an entry's key tell so many bits' worth of neighbouring slots apart. They have
/// one hash, so that a slot and its neighbours are found in one place of memory, not in three.
const SLOT_BITS: u32 = 4;

/// Counts of registrations by cohort and time slot.
pub struct Cohorts {
    shards: Vec<Shard>,
}

/// An open-addressed table: entries stand where their hash says or in the next free place after it.
/// What is looked for is then in one place of memory; tables that keep their bookkeeping apart have it
/// in two, and a verdict asks three times.
#[derive(Default)]
struct Shard {
    entries: Vec<u64>,
    used: usize,
}

impl Default for Cohorts {
    fn default() -> Self {
        Cohorts {
            shards: (0..SHARDS).map(|_| Shard::default()).collect(),
        }
    }
}

impl Cohorts {
    /// Counts a registration in.
    pub fn add(&mut self, registration: &Registration) {
        for (shard, entry_key) in places(registration) {
            let entry = self.shards[shard].entry_or_new(entry_key);
            *entry += u64::from(*entry & COUNT_MASK < COUNT_MASK);
        }
    }

    /// Takes a registration out again, when an earlier one turns up.
    pub fn remove(&mut self, registration: &Registration) {
        for (shard, entry_key) in places(registration) {
            let entry = self.shards[shard].entry_or_new(entry_key);
            *entry -= u64::from(*entry & COUNT_MASK > 0);
        }
    }

    /// How many *other* accounts registered within one to two slots of this registration and share
    /// what `kind` says; 0 where the registration lacks it.
    pub fn others(&self, registration: &Registration, kind: CohortKind) -> u32 {
        let Some(shared) = shared_value(registration, kind) else {
            return 0;
        };
        let slot = kind.slot(registration.at);
        let (first, last) = (slot.saturating_sub(1), slot.saturating_add(1));
        let sum = if first >> SLOT_BITS == last >> SLOT_BITS {
            self.count(kind, shared, first, last)
        } else {
            let edge = last >> SLOT_BITS << SLOT_BITS;
            self.count(kind, shared, first, edge - 1) + self.count(kind, shared, edge, last)
        };
        sum.saturating_sub(1)
    }

    /// Reads a word of where each cohort of a registration stands that is always asked for; see
    /// [`EntityGraph::touch`](super::graph::EntityGraph::touch).
    pub(super) fn touch(&self, registration: &Registration) -> u64 {
        let asked = [
            CohortKind::Network,
            CohortKind::NameDay,
            CohortKind::NumbersDay,
            CohortKind::NumbersEver,
            CohortKind::NumberBlockWeek,
            CohortKind::NumberBlockEver,
        ];
        asked.into_iter().fold(0, |read, kind| {
            let shared = shared_value(registration, kind);
            let (shard, key) = place(kind, shared.unwrap_or(0), kind.slot(registration.at));
            read ^ self.shards[shard].from(key).next().unwrap_or(0)
        })
    }

    /// Registrations in a range of slots that stand in one place.
    fn count(&self, kind: CohortKind, shared: u64, first: u32, last: u32) -> u32 {
        let (shard, first_key) = place(kind, shared, first);
        let wanted = first_key..=first_key + u64::from(last - first);
        let entries = self.shards[shard].from(first_key);
        let counts = entries
            .filter(|entry| wanted.contains(&(entry >> COUNT_BITS)))
            .map(|entry| (entry & COUNT_MASK) as u32);
        counts.sum()
    }

    /// Makes room for so many registrations in an empty table.
    pub fn reserve(&mut self, registrations: usize) {
        let room = Shard::room_for(registrations * KINDS.len() / SHARDS);
        for shard in self.shards.iter_mut().filter(|shard| shard.used == 0) {
            shard.entries = vec![0; room];
        }
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        let places: usize = self.shards.iter().map(|shard| shard.entries.len()).sum();
        places * size_of::<u64>()
    }
}

impl Shard {
    /// Places for so many entries: a quarter stays free, so that a free one is always near.
    fn room_for(entries: usize) -> usize {
        (entries + 1) * 4 / 3 + 4
    }

    /// Entries from the place of a key on, up to the first free place.
    fn from(&self, entry_key: u64) -> impl Iterator<Item = u64> + '_ {
        let (before, after) = self.entries.split_at(self.start(entry_key));
        let entries = after.iter().chain(before).copied();
        entries.take_while(|entry| *entry != 0)
    }

    fn start(&self, entry_key: u64) -> usize {
        // From what an entry holds, so that the table can grow without the registrations.
        let hash = u128::from(mix(entry_key >> SLOT_BITS, 1));
        ((hash * self.entries.len() as u128) >> u64::BITS) as usize
    }

    fn entry_or_new(&mut self, entry_key: u64) -> &mut u64 {
        let is_it = |entry: u64| entry >> COUNT_BITS == entry_key;
        let known = self.from(entry_key).position(is_it);
        if let Some(step) = known {
            let place = (self.start(entry_key) + step) % self.entries.len();
            return &mut self.entries[place];
        }
        self.used += 1;
        if Self::room_for(self.used) > self.entries.len() {
            self.grow();
        }
        self.put(entry_key << COUNT_BITS)
    }

    /// Puts an entry that is known to be absent into the first free place.
    fn put(&mut self, entry: u64) -> &mut u64 {
        let entry_key = entry >> COUNT_BITS;
        let place = self.start(entry_key) + self.from(entry_key).count();
        let place = place % self.entries.len();
        self.entries[place] = entry;
        &mut self.entries[place]
    }

    /// By a quarter: shards are small, so that growing often costs little and wastes less.
    fn grow(&mut self) {
        let room = Self::room_for(self.used + self.used / 4);
        let entries = std::mem::replace(&mut self.entries, vec![0; room]);
        for entry in entries.into_iter().filter(|entry| *entry != 0) {
            self.put(entry);
        }
    }
}

/// The shard (10 bits) and the entry's key (44 bits, the slot's among them). Two cohorts meet by
/// chance once in 2^49.
fn place(kind: CohortKind, shared: u64, slot: u32) -> (usize, u64) {
    let together = mix(mix(shared, kind as u64), u64::from(slot >> SLOT_BITS));
    // Odd, so that no entry is 0.
    let shared_bits = (together >> 14) & ((1 << 40) - 1) | 1;
    let slot_bits = u64::from(slot) & ((1 << SLOT_BITS) - 1);
    (
        (together >> 54) as usize,
        shared_bits << SLOT_BITS | slot_bits,
    )
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
        CohortKind::NumberBlockWeek | CohortKind::NumberBlockEver => numbers(2),
    }
}

/// Mixes two words (the finaliser of SplitMix64 over their combination).
pub(super) fn mix(a: u64, b: u64) -> u64 {
    let mut z = a.wrapping_add(b.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
