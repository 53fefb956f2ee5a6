//! Login event streams as the service knows them: entries have ids that only grow, and how far a
//! stream is taken in becomes durable with what was taken in.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{
    codec::{Stored, entry},
    dead_letters::DeadLetter,
    engine::Engine,
    node::Node,
    refusal::Refusal,
};
use crate::journal::StreamPosition;

/// The id of an entry: milliseconds since 1970 where the stream makes ids by itself, and a number
/// within them.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct EntryId {
    /// Milliseconds since 1970.
    pub milliseconds: u64,
    /// Number within them.
    pub sequence: u64,
}

impl fmt::Display for EntryId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}", self.milliseconds, self.sequence)
    }
}

impl FromStr for EntryId {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let read = text.split_once('-').and_then(|(milliseconds, sequence)| {
            Some(EntryId {
                milliseconds: milliseconds.parse().ok()?,
                sequence: sequence.parse().ok()?,
            })
        });
        read.ok_or_else(|| Refusal::field("entry_id", "must be an id such as `1718500000000-0`"))
    }
}

/// Entries that left a stream before they were read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamLoss {
    /// The stream.
    pub stream: String,
    /// The last entry read before the gap.
    pub after: EntryId,
    /// The first entry that is there again, or the last one the stream ever had.
    pub until: EntryId,
    /// How many are lost; `None` where the stream was made anew, so that nobody counted.
    pub entries: Option<u64>,
}

impl Stored for StreamLoss {
    const WHAT: &'static str = "stream loss";
}

/// The end of a batch: what must become durable no later than the position behind it.
pub struct Bookmark<'a> {
    /// The stream.
    pub stream: &'a str,
    /// How far it is taken in now; `None` for entries claimed from behind the position.
    pub position: Option<(EntryId, u64)>,
    /// Entries that could not be taken in.
    pub letters: Vec<DeadLetter>,
    /// Entries that were lost before.
    pub losses: Vec<StreamLoss>,
}

/// Sealed bytes of dead letters appended under one hold; more wait for room.
const LETTER_BYTES_A_HOLD: usize = 1 << 20;

impl Engine {
    /// How far a stream is in the journal.
    ///
    /// # Errors
    /// The store can't be read.
    pub fn stream_position(&self, stream: &str) -> Result<(EntryId, u64), Refusal> {
        match self.reader.stream_position(stream)? {
            Some(position) => Ok((position.entry_id.parse()?, position.entries)),
            None => Ok(Default::default()),
        }
    }

    fn set_stream_position(&mut self, stream: &str, (entry, entries): (EntryId, u64)) {
        let position = StreamPosition {
            entry_id: entry.to_string(),
            entries,
        };
        self.group.push_stream_position(stream, &position);
    }
}

impl Node {
    /// Appends what ends a batch whose events were submitted before, the position last; the ticket is
    /// for [`Node::durable`]. Answers the dead letters that are new, too.
    ///
    /// # Errors
    /// The node stops.
    pub async fn bookmark(
        &self,
        bookmark: Bookmark<'_>,
    ) -> Result<(Vec<DeadLetter>, u64), Refusal> {
        let mut letters = bookmark.letters.into_iter().peekable();
        let mut kept = Vec::new();
        while letters.peek().is_some() {
            self.room().await?;
            self.append(|engine| {
                let mut bytes = 0;
                while bytes < LETTER_BYTES_A_HOLD
                    && let Some(letter) = letters.next()
                {
                    bytes += letter.sealed.len();
                    if engine.keep_dead_letter(&letter) {
                        kept.push(letter);
                    }
                }
                Ok(())
            })?;
        }
        let ((), ticket) = self.append(|engine| {
            for loss in &bookmark.losses {
                engine.push_entry(entry::STREAM_LOSS, &loss.stream, &loss.encode());
            }
            if let Some(position) = bookmark.position {
                engine.set_stream_position(bookmark.stream, position);
            }
            Ok(())
        })?;
        Ok((kept, ticket))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_ordered_as_the_stream_orders_them() {
        let id = |text: &str| text.parse::<EntryId>().unwrap();
        assert!(id("9-10") > id("9-9"));
        assert!(id("10-0") > id("9-99"));
        assert_eq!(id("1718500000000-3").to_string(), "1718500000000-3");
        for wrong in [
            "",
            "5",
            "5-",
            "-5",
            "a-b",
            "5-6-7",
            "18446744073709551616-0",
        ] {
            assert!(wrong.parse::<EntryId>().is_err(), "{wrong}");
        }
    }
}
