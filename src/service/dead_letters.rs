//! Dead letters: entries of a login event stream that could not be taken in. Each is kept once, by its
//! stream and entry id, with its original bytes sealed by the edge; a person replays or discards it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    codec::{Stored, entry},
    engine::{Arrival, Engine, Observed},
    node::Node,
    refusal::Refusal,
    stream::EntryId,
};
use crate::{domain::clock::Timestamp, journal::StoredEntry};

/// Why an entry could not be taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeadLetterReason {
    /// It has no field `event`.
    NoEventField,
    /// Neither a protobuf nor a proto3-JSON event.
    Unreadable,
    /// Longer than any event may be.
    TooLarge,
    /// A field is missing, over a limit or makes no sense.
    Invalid,
    /// Its event id was seen before with other content.
    OtherContent,
}

impl DeadLetterReason {
    /// Every reason.
    pub const ALL: [DeadLetterReason; 5] = [
        DeadLetterReason::NoEventField,
        DeadLetterReason::Unreadable,
        DeadLetterReason::TooLarge,
        DeadLetterReason::Invalid,
        DeadLetterReason::OtherContent,
    ];

    /// Its name, as metrics and listings carry it.
    pub fn name(self) -> &'static str {
        match self {
            DeadLetterReason::NoEventField => "no_event_field",
            DeadLetterReason::Unreadable => "unreadable",
            DeadLetterReason::TooLarge => "too_large",
            DeadLetterReason::Invalid => "invalid",
            DeadLetterReason::OtherContent => "other_content",
        }
    }
}

/// An entry that could not be taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// Its stream.
    pub stream: String,
    /// Its id there.
    pub entry: EntryId,
    /// When it was read, by our clock.
    pub received_at: Timestamp,
    /// Why it could not be taken in, for programs ...
    pub reason: DeadLetterReason,
    /// ... and in words, naming the field; nothing of the entry's content.
    pub error: String,
    /// Bytes the entry had; more than are sealed where it was cut.
    pub bytes: u64,
    /// Its original bytes, sealed.
    pub sealed: Vec<u8>,
}

impl Stored for DeadLetter {
    const WHAT: &'static str = "dead letter";
}

/// What became of a dead letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Resolution {
    /// Its event was taken in after all, as it was or corrected.
    Replayed,
    /// A person decided that it is worth nothing.
    Discarded,
}

/// A dead letter's end, as the journal holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetterResolution {
    /// The letter's stream.
    pub stream: String,
    /// The letter's entry.
    pub entry: EntryId,
    /// What became of it.
    pub resolution: Resolution,
}

impl Stored for DeadLetterResolution {
    const WHAT: &'static str = "dead letter's resolution";
}

/// Every dead letter ever kept, by stream and entry id: where its record stands, and what became of
/// it. Some 60 bytes a letter; the letters themselves stay on disk.
#[derive(Default)]
pub struct DeadLetters {
    streams: BTreeMap<String, BTreeMap<EntryId, Place>>,
    open: usize,
}

#[derive(Clone, Copy)]
struct Place {
    /// Sequence number of the journal's entry.
    sequence: u64,
    resolution: Option<Resolution>,
}

impl DeadLetters {
    /// Letters that nobody has resolved.
    pub fn open(&self) -> usize {
        self.open
    }

    fn contains(&self, stream: &str, entry: EntryId) -> bool {
        self.streams
            .get(stream)
            .is_some_and(|letters| letters.contains_key(&entry))
    }

    fn insert(&mut self, stream: &str, entry: EntryId, sequence: u64) {
        let place = Place {
            sequence,
            resolution: None,
        };
        let letters = self.streams.entry(stream.into()).or_default();
        if letters.insert(entry, place).is_none() {
            self.open += 1;
        }
    }

    fn resolve(&mut self, stream: &str, entry: EntryId, resolution: Resolution) {
        let letters = self.streams.get_mut(stream);
        if let Some(place) = letters.and_then(|letters| letters.get_mut(&entry))
            && place.resolution.replace(resolution).is_none()
        {
            self.open -= 1;
        }
    }

    /// Learns an entry of the journal when a store opens.
    pub(super) fn restore(&mut self, stored: &StoredEntry) -> Result<(), Refusal> {
        if stored.kind == entry::DEAD_LETTER {
            let letter = DeadLetter::decode(&stored.record)?;
            self.insert(&letter.stream, letter.entry, stored.seq);
        } else {
            let resolved = DeadLetterResolution::decode(&stored.record)?;
            self.resolve(&resolved.stream, resolved.entry, resolved.resolution);
        }
        Ok(())
    }
}

impl Engine {
    /// The dead letters.
    pub fn dead_letters(&self) -> &DeadLetters {
        &self.dead_letters
    }

    /// Keeps a dead letter unless it is known; answers whether it is new.
    pub fn keep_dead_letter(&mut self, letter: &DeadLetter) -> bool {
        if self.dead_letters.contains(&letter.stream, letter.entry) {
            return false;
        }
        let sequence = self.push_entry(
            entry::DEAD_LETTER,
            &subject(&letter.stream, letter.entry),
            &letter.encode(),
        );
        self.dead_letters
            .insert(&letter.stream, letter.entry, sequence);
        true
    }

    /// Open dead letters after a journal entry, oldest first: (sequence, letter). Those that are not
    /// durable yet are not shown.
    ///
    /// # Errors
    /// The store can't be read.
    pub fn open_dead_letters(
        &self,
        after: u64,
        limit: usize,
    ) -> Result<Vec<(u64, DeadLetter)>, Refusal> {
        let durable = self.reader.positions()?.entries;
        let places = self
            .dead_letters
            .streams
            .values()
            .flat_map(BTreeMap::values);
        let mut open: Vec<u64> = places
            .filter(|place| place.resolution.is_none())
            .filter(|place| place.sequence > after && place.sequence <= durable)
            .map(|place| place.sequence)
            .collect();
        open.sort_unstable();
        open.truncate(limit);
        let read = |sequence| Ok((sequence, self.read_dead_letter(sequence)?));
        open.into_iter().map(read).collect()
    }

    /// One open dead letter.
    ///
    /// # Errors
    /// There is none, it is resolved already, or the store can't be read.
    pub fn dead_letter(&self, stream: &str, entry: EntryId) -> Result<DeadLetter, Refusal> {
        let letters = self.dead_letters.streams.get(stream);
        let place = letters.and_then(|letters| letters.get(&entry));
        let place = place.ok_or_else(|| Refusal::NotFound {
            what: "dead letter",
            name: subject(stream, entry),
        })?;
        if place.resolution.is_some() {
            let description = "this dead letter is resolved already";
            return Err(Refusal::contradicts("entry_id", description));
        }
        self.read_dead_letter(place.sequence)
    }

    fn read_dead_letter(&self, sequence: u64) -> Result<DeadLetter, Refusal> {
        let stored = self.reader.entries(sequence - 1, 1)?.pop();
        let stored = stored.filter(|stored| stored.seq == sequence);
        let stored = stored.ok_or(Refusal::Unavailable("the dead letter is not durable yet"))?;
        Ok(DeadLetter::decode(&stored.record)?)
    }

    /// Records what became of an open dead letter.
    ///
    /// # Errors
    /// There is none, or it is resolved already.
    pub fn resolve_dead_letter(
        &mut self,
        stream: &str,
        entry: EntryId,
        resolution: Resolution,
    ) -> Result<(), Refusal> {
        self.dead_letter(stream, entry)?;
        let resolved = DeadLetterResolution {
            stream: stream.into(),
            entry,
            resolution,
        };
        self.push_entry(
            entry::DEAD_LETTER_RESOLUTION,
            &subject(stream, entry),
            &resolved.encode(),
        );
        self.dead_letters.resolve(stream, entry, resolution);
        Ok(())
    }

    /// Takes the event of an open dead letter in after all and resolves the letter.
    ///
    /// # Errors
    /// There is none, or it is resolved already; see [`Engine::observe`].
    pub fn replay_dead_letter(
        &mut self,
        stream: &str,
        entry: EntryId,
        arrival: &Arrival,
    ) -> Result<Observed, Refusal> {
        self.dead_letter(stream, entry)?;
        let observed = self.observe(arrival)?;
        self.resolve_dead_letter(stream, entry, Resolution::Replayed)?;
        Ok(observed)
    }

    /// Appends an entry of the journal; answers its sequence number.
    pub(super) fn push_entry(&mut self, kind: u8, subject: &str, record: &[u8]) -> u64 {
        self.positions.entries += 1;
        let now = Timestamp::from_micros(chrono::Utc::now().timestamp_micros());
        self.group.push_entry(kind, now.micros(), subject, record);
        self.positions.entries
    }
}

impl Node {
    /// [`Engine::replay_dead_letter`], answered once it is durable.
    ///
    /// # Errors
    /// Those; the node stops or the store fails.
    pub async fn replay_dead_letter(
        &self,
        stream: &str,
        entry: EntryId,
        arrival: &Arrival,
    ) -> Result<Observed, Refusal> {
        self.change(|engine| engine.replay_dead_letter(stream, entry, arrival))
            .await
    }

    /// Discards an open dead letter; answers once that is durable.
    ///
    /// # Errors
    /// There is none, or it is resolved already; the node stops or the store fails.
    pub async fn discard_dead_letter(&self, stream: &str, entry: EntryId) -> Result<(), Refusal> {
        self.change(|engine| engine.resolve_dead_letter(stream, entry, Resolution::Discarded))
            .await
    }
}

fn subject(stream: &str, entry: EntryId) -> String {
    format!("{stream} {entry}")
}
