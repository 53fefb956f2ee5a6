//! One entry becomes an event, or a dead letter.

use prost::Message;

use super::{reply::RawEntry, seal::Sealer};
use crate::{
    domain::clock::Timestamp,
    edge::{
        intake::{self, EVENT_BYTES_AT_MOST},
        json_lines::{self, LINE_BYTES_AT_MOST},
        proto::v1,
        pseudonym::Pseudonymiser,
    },
    service::{
        dead_letters::{DeadLetter, DeadLetterReason},
        engine::Arrival,
        refusal::Refusal,
        stream::EntryId,
    },
};

/// The field of an entry that holds the event.
pub(super) const EVENT_FIELD: &[u8] = b"event";

/// An entry, and the event in it.
pub(super) struct ReadEntry {
    /// As Redis handed it over: what becomes a dead letter, if it must.
    pub raw: RawEntry,
    /// The event.
    pub arrival: Result<Arrival, Unfit>,
}

/// Why an entry can't be taken in: for programs, and in words without anything of its content.
pub struct Unfit {
    reason: DeadLetterReason,
    error: String,
}

/// Reads entries and seals those that can't be read.
#[derive(Clone)]
pub(super) struct EntryReader {
    pseudonymiser: Pseudonymiser,
    sealer: Sealer,
}

impl EntryReader {
    pub fn new(pseudonymiser: Pseudonymiser) -> Self {
        EntryReader {
            sealer: Sealer::new(&pseudonymiser),
            pseudonymiser,
        }
    }

    /// Reads entries.
    pub fn read(&self, entries: Vec<RawEntry>) -> Vec<ReadEntry> {
        let read = |raw: RawEntry| ReadEntry {
            arrival: self.arrival(&raw),
            raw,
        };
        entries.into_iter().map(read).collect()
    }

    fn arrival(&self, entry: &RawEntry) -> Result<Arrival, Unfit> {
        let bytes = event_bytes(entry).ok_or_else(|| Unfit {
            reason: DeadLetterReason::NoEventField,
            error: "the entry has no field `event`".into(),
        })?;
        let event = decode(bytes)?;
        intake::arrival(event, &self.pseudonymiser)
            .map_err(|refusal| unfit(&refusal).unwrap_or_else(|| unreadable(&refusal.to_string())))
    }

    /// Makes a dead letter of an entry.
    ///
    /// # Errors
    /// There are no random bytes to seal it with.
    pub fn dead_letter(
        &self,
        stream: &str,
        entry: &RawEntry,
        unfit: Unfit,
    ) -> Result<DeadLetter, Refusal> {
        let original = match event_bytes(entry) {
            Some(event) => event.to_vec(),
            // For the person who looks at it: one field a line.
            None => entry
                .fields
                .chunks(2)
                .flat_map(|pair| [pair.join(b"=".as_slice()), b"\n".to_vec()].concat())
                .collect(),
        };
        Ok(DeadLetter {
            stream: stream.into(),
            entry: entry.id,
            received_at: Timestamp::from_micros(chrono::Utc::now().timestamp_micros()),
            reason: unfit.reason,
            error: unfit.error,
            bytes: original.len() as u64,
            sealed: self.sealer.seal(stream, entry.id, &original)?,
        })
    }
}

fn event_bytes(entry: &RawEntry) -> Option<&[u8]> {
    let mut pairs = entry.fields.chunks_exact(2);
    pairs
        .find(|pair| pair[0] == EVENT_FIELD)
        .map(|pair| pair[1].as_slice())
}

/// Reads an event: a JSON object by its first byte, else protobuf.
///
/// # Errors
/// It is neither, or longer than any event.
pub fn decode(bytes: &[u8]) -> Result<v1::Event, Unfit> {
    let is_json = bytes.first() == Some(&b'{');
    let most = if is_json {
        LINE_BYTES_AT_MOST
    } else {
        EVENT_BYTES_AT_MOST
    };
    if bytes.len() > most {
        return Err(Unfit {
            reason: DeadLetterReason::TooLarge,
            error: format!("the event has {} bytes; at most {most}", bytes.len()),
        });
    }
    if is_json {
        json_lines::event(bytes).map_err(|refusal| unreadable(&refusal.to_string()))
    } else {
        v1::Event::decode(bytes).map_err(|_| Unfit {
            reason: DeadLetterReason::Unreadable,
            error: "the event is neither a JSON object nor a protobuf sameuser.v1.Event".into(),
        })
    }
}

/// Parsers quote what they can't read; only where it stands is kept.
fn unreadable(problem: &str) -> Unfit {
    let place = problem.rsplit_once(" at line ").map(|(_, place)| place);
    let place = place.map_or(String::new(), |place| format!(", at line {place}"));
    Unfit {
        reason: DeadLetterReason::Unreadable,
        error: format!("the event is no proto3-JSON of a sameuser.v1.Event{place}"),
    }
}

/// What a refusal says of an entry; `None` where it says something of the service instead.
pub(super) fn unfit(refusal: &Refusal) -> Option<Unfit> {
    let reason = match refusal {
        Refusal::InvalidArgument(_) => DeadLetterReason::Invalid,
        Refusal::FailedPrecondition(_) => DeadLetterReason::OtherContent,
        _ => return None,
    };
    Some(Unfit {
        reason,
        error: refusal.to_string(),
    })
}

impl std::fmt::Display for Unfit {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.error)
    }
}

/// Ids in acknowledgements are what Redis gave out.
pub(super) fn id_text(id: EntryId) -> String {
    id.to_string()
}
