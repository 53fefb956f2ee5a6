//! The consumer group, and what left the stream before it was read. The journal says how far we are;
//! the group is set to that on every connection, so that Redis hands over right what is not durable.

use redis::{RedisError, aio::MultiplexedConnection, cmd};

use super::reply::{StreamState, stream_state, unexpected};
use crate::service::stream::{EntryId, StreamLoss};

/// The consumer group, for standard tools to see lag and pending entries.
pub(super) const GROUP: &str = "sameuser";
/// Our name in it: one store reads a stream.
pub(super) const CONSUMER: &str = "store";

/// How far a stream is read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    /// The last entry read.
    pub entry: EntryId,
    /// Entries ever added up to that one, lost ones included.
    pub entries: u64,
}

impl Place {
    /// What left the stream between this place and the first entry that is still there; the place
    /// moves behind it.
    pub fn skip_lost(&mut self, stream: &str, state: &StreamState) -> Option<StreamLoss> {
        let after = self.entry;
        let loss = |until, entries| StreamLoss {
            stream: stream.into(),
            after,
            until,
            entries,
        };
        if state.last < after {
            // Made anew, or back from an older copy: what it had beyond that is gone, and what it has
            // now may be new. All of it is read; what is known already changes nothing.
            *self = Place {
                entry: EntryId::default(),
                entries: state.added.saturating_sub(state.length),
            };
            return Some(loss(state.first.unwrap_or(state.last), None));
        }
        let until = match state.first {
            Some(first) if first > after => first,
            None if state.last > after => state.last,
            _ => return None,
        };
        let gone = state.added.saturating_sub(state.length);
        let was_made_anew = state.added < self.entries;
        if !was_made_anew && gone <= self.entries {
            return None;
        }
        let entries = (!was_made_anew).then(|| gone - self.entries);
        self.entries = gone;
        if state.first.is_none() {
            self.entry = state.last;
        }
        Some(loss(until, entries))
    }

    /// Once the last entry is read, every entry ever added must have been counted: what is missing was
    /// deleted from the stream's middle before it was read.
    pub fn miss_deleted(
        &mut self,
        stream: &str,
        before: EntryId,
        state: &StreamState,
    ) -> Option<StreamLoss> {
        if self.entry != state.last || self.entries == state.added {
            return None;
        }
        let missed = state.added.checked_sub(self.entries);
        self.entries = state.added;
        missed.map(|missed| StreamLoss {
            stream: stream.into(),
            after: before,
            until: state.last,
            entries: Some(missed),
        })
    }

    /// Entries added behind this place.
    pub fn left(&self, state: &StreamState) -> u64 {
        state.added.saturating_sub(self.entries)
    }
}

/// Makes the stream and the group where they are missing and sets the group to our place, moved on if
/// something was lost.
pub(super) async fn prepare(
    connection: &mut MultiplexedConnection,
    stream: &str,
    place: &mut Place,
) -> Result<(StreamState, Option<StreamLoss>), RedisError> {
    let asked = cmd("XINFO").arg("STREAM").arg(stream).take();
    let answer = connection.send_packed_command(&asked).await;
    let state = match answer.and_then(stream_state) {
        Ok(state) => state,
        Err(error) if is_absent(&error) => StreamState::default(),
        Err(error) => return Err(error),
    };
    let loss = place.skip_lost(stream, &state);
    let group = |command: &str| {
        let mut group = cmd("XGROUP");
        group.arg(command).arg(stream).arg(GROUP);
        group.arg(place.entry.to_string());
        group
    };
    let mut set = group("SETID");
    set.arg("ENTRIESREAD").arg(place.entries);
    let set = connection.send_packed_command(&set).await;
    match set.and_then(redis::Value::extract_error) {
        Ok(_) => return Ok((state, loss)),
        Err(error) if error.code() == Some("NOGROUP") || is_absent(&error) => {}
        Err(error) => return Err(error),
    }
    let mut create = group("CREATE");
    create.arg("MKSTREAM").arg("ENTRIESREAD").arg(place.entries);
    let created = connection.send_packed_command(&create).await;
    created.and_then(redis::Value::extract_error)?;
    tracing::info!(stream, group = GROUP, at = %place.entry, "made the consumer group");
    Ok((state, loss))
}

fn is_absent(error: &RedisError) -> bool {
    let detail = error.detail().unwrap_or_default();
    detail.contains("no such key") || detail.contains("requires the key to exist")
}

/// A stream that stands before our place was made anew under us: only a new start sets that right.
pub(super) fn check_forward(place: &Place, state: &StreamState) -> Result<(), RedisError> {
    if state.last < place.entry {
        return Err(unexpected("the stream went back behind what was read"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(milliseconds: u64) -> EntryId {
        EntryId {
            milliseconds,
            sequence: 0,
        }
    }

    fn state(length: u64, added: u64, first: Option<u64>, last: u64) -> StreamState {
        StreamState {
            length,
            added,
            first: first.map(id),
            last: id(last),
        }
    }

    #[test]
    fn what_was_trimmed_unread_is_a_loss_with_its_bounds() {
        let mut place = Place {
            entry: id(10),
            entries: 10,
        };
        // Read entries were trimmed: nothing is lost.
        assert!(place.skip_lost("s", &state(5, 15, Some(11), 15)).is_none());
        assert!(place.skip_lost("s", &state(15, 15, Some(1), 15)).is_none());
        let loss = place.skip_lost("s", &state(2, 20, Some(19), 20)).unwrap();
        assert_eq!(
            (loss.after, loss.until, loss.entries),
            (id(10), id(19), Some(8))
        );
        assert_eq!(place.entries, 18);
        // All of it was trimmed: the place moves on, and the loss is told once.
        let mut place = Place {
            entry: id(10),
            entries: 10,
        };
        let empty = state(0, 20, None, 20);
        let loss = place.skip_lost("s", &empty).unwrap();
        assert_eq!(
            (loss.after, loss.until, loss.entries),
            (id(10), id(20), Some(10))
        );
        assert!(place.skip_lost("s", &empty).is_none());
    }

    #[test]
    fn a_stream_made_anew_is_read_from_its_start_and_told() {
        let mut place = Place {
            entry: id(10),
            entries: 10,
        };
        let loss = place.skip_lost("s", &state(0, 0, None, 0)).unwrap();
        assert_eq!(
            (loss.after, loss.entries, place.entry),
            (id(10), None, id(0))
        );
        let mut place = Place {
            entry: id(10),
            entries: 10,
        };
        let loss = place.skip_lost("s", &state(3, 3, Some(11), 13)).unwrap();
        assert_eq!((loss.until, loss.entries, place.entries), (id(11), None, 0));
    }

    #[test]
    fn entries_deleted_from_the_middle_are_missed_once_all_is_read() {
        let mut place = Place {
            entry: id(20),
            entries: 18,
        };
        let all = state(18, 20, Some(1), 20);
        let loss = place.miss_deleted("s", id(10), &all).unwrap();
        assert_eq!(
            (loss.after, loss.until, loss.entries),
            (id(10), id(20), Some(2))
        );
        assert!(place.miss_deleted("s", id(10), &all).is_none());
        assert_eq!(place.left(&state(18, 25, Some(1), 25)), 5);
    }
}
