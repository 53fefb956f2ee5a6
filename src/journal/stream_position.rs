//! How far each login event stream is in the journal: written in the transaction of the events, so
//! that after a restart reading goes on right behind what is durable.

use rusqlite::{Connection, OptionalExtension, params};

use super::integer::{signed, unsigned};
use super::{Group, JournalError, Reader};

/// How far a login event stream is in the journal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StreamPosition {
    /// The stream's own id of the last entry that is in the journal, as the stream writes it.
    pub entry_id: String,
    /// Entries that were ever added to the stream up to that one, lost ones included.
    pub entries: u64,
}

pub(super) fn write(connection: &Connection, group: &Group) -> Result<(), JournalError> {
    let mut insert = connection.prepare_cached(
        "INSERT OR REPLACE INTO stream_position (stream, entry_id, entries) VALUES (?1, ?2, ?3)",
    )?;
    for (stream, entry_id, entries) in group.stream_positions() {
        insert.execute(params![stream, entry_id, signed(entries)])?;
    }
    Ok(())
}

impl Reader {
    /// How far a login event stream is in the journal; `None` where nothing of it is.
    pub fn stream_position(&self, stream: &str) -> Result<Option<StreamPosition>, JournalError> {
        let mut select = self
            .connection()
            .prepare_cached("SELECT entry_id, entries FROM stream_position WHERE stream = ?1")?;
        let found = select.query_row([stream], |row| {
            Ok(StreamPosition {
                entry_id: row.get(0)?,
                entries: unsigned(row, 1)?,
            })
        });
        Ok(found.optional()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Journal;

    #[test]
    fn the_last_position_of_each_stream_is_kept() {
        let directory = tempfile::tempdir().unwrap();
        let (mut journal, _) = Journal::open(directory.path()).unwrap();
        let at = |entry_id: &str, entries| StreamPosition {
            entry_id: entry_id.into(),
            entries,
        };
        let mut group = Group::default();
        group.push_stream_position("logins:{0}", &at("5-1", 7));
        group.push_stream_position("logins:{1}", &at("9-0", 1));
        group.push_stream_position("logins:{0}", &at("6-0", 9));
        assert!(!group.is_empty());
        journal.commit(&group).unwrap();
        let reader = journal.reader().unwrap();
        let position = |stream| reader.stream_position(stream).unwrap();
        assert_eq!(position("logins:{0}"), Some(at("6-0", 9)));
        assert_eq!(position("logins:{1}"), Some(at("9-0", 1)));
        assert_eq!(position("logins"), None);
    }
}
