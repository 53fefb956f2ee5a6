//! Reads Redis' answers: entries of a stream, and where the stream stands.

use redis::{ErrorKind, RedisError, Value};

use crate::service::stream::EntryId;

/// One entry as Redis hands it over.
pub(super) struct RawEntry {
    /// Its id.
    pub id: EntryId,
    /// Names and values in turn; empty where the entry was deleted from the stream meanwhile.
    pub fields: Vec<Vec<u8>>,
}

impl RawEntry {
    /// Bytes of names and values.
    pub fn bytes(&self) -> usize {
        self.fields.iter().map(Vec::len).sum()
    }
}

/// Where a stream stands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct StreamState {
    /// Entries in it.
    pub length: u64,
    /// Entries ever added.
    pub added: u64,
    /// The first entry in it.
    pub first: Option<EntryId>,
    /// The last id it gave out.
    pub last: EntryId,
}

pub(super) fn unexpected(what: &'static str) -> RedisError {
    RedisError::from((ErrorKind::UnexpectedReturnType, what))
}

/// The streams of an `XREADGROUP` answer have one entry list each; we ask for one stream.
pub(super) fn read_answer(value: Value) -> Result<Vec<RawEntry>, RedisError> {
    // Errors stand in the place of the whole answer: its thousands of parts need not be looked through.
    let streams = match value {
        Value::ServerError(error) => return Err(error.into()),
        Value::Nil => return Ok(Vec::new()),
        Value::Array(streams) => streams,
        Value::Map(streams) => {
            let lists = streams.into_iter().map(|(_, list)| list);
            return entries_of(lists.last());
        }
        _ => return Err(unexpected("XREADGROUP answered something else")),
    };
    match streams.into_iter().last() {
        Some(Value::Array(mut stream)) => entries_of(stream.pop()),
        _ => Err(unexpected("XREADGROUP answered something else")),
    }
}

/// A list of entries.
pub(super) fn entries_of(list: Option<Value>) -> Result<Vec<RawEntry>, RedisError> {
    match list {
        Some(Value::Array(entries)) => entries.into_iter().map(entry).collect(),
        None | Some(Value::Nil) => Ok(Vec::new()),
        Some(_) => Err(unexpected("a list of entries is expected")),
    }
}

fn entry(value: Value) -> Result<RawEntry, RedisError> {
    let Value::Array(mut parts) = value else {
        return Err(unexpected("an entry is expected"));
    };
    let fields = match parts.pop() {
        Some(Value::Array(fields)) => fields.into_iter().map(bytes).collect::<Result<_, _>>()?,
        Some(Value::Nil) => Vec::new(),
        _ => return Err(unexpected("an entry's fields are expected")),
    };
    let id = parts.pop().map(|id| entry_id(&id));
    Ok(RawEntry {
        id: id.ok_or_else(|| unexpected("an entry's id is expected"))??,
        fields,
    })
}

fn bytes(value: Value) -> Result<Vec<u8>, RedisError> {
    match value {
        Value::BulkString(bytes) => Ok(bytes),
        Value::SimpleString(text) => Ok(text.into_bytes()),
        _ => Err(unexpected("a string is expected")),
    }
}

/// An entry's id.
pub(super) fn entry_id(value: &Value) -> Result<EntryId, RedisError> {
    let text = match value {
        Value::BulkString(bytes) => std::str::from_utf8(bytes).ok(),
        Value::SimpleString(text) => Some(text.as_str()),
        _ => None,
    };
    text.and_then(|text| text.parse().ok())
        .ok_or_else(|| unexpected("an entry's id is expected"))
}

/// An `XINFO STREAM` answer.
pub(super) fn stream_state(value: Value) -> Result<StreamState, RedisError> {
    let pairs: Vec<(Value, Value)> = match value.extract_error()? {
        Value::Map(pairs) => pairs,
        Value::Array(flat) => {
            let mut flat = flat.into_iter();
            std::iter::from_fn(|| Some((flat.next()?, flat.next()?))).collect()
        }
        _ => return Err(unexpected("XINFO answered something else")),
    };
    let mut state = StreamState::default();
    let mut counts_all = false;
    for (name, value) in pairs {
        let name = bytes(name)?;
        match (name.as_slice(), value) {
            (b"length", Value::Int(length)) => state.length = length.max(0) as u64,
            (b"entries-added", Value::Int(added)) => {
                state.added = added.max(0) as u64;
                counts_all = true;
            }
            (b"last-generated-id", id) => state.last = entry_id(&id)?,
            (b"first-entry", Value::Array(parts)) => {
                state.first = parts.first().map(entry_id).transpose()?;
            }
            _ => {}
        }
    }
    if !counts_all {
        return Err(unexpected(
            "the server does not count the entries ever added to a stream; Redis 7 or newer is needed",
        ));
    }
    Ok(state)
}
