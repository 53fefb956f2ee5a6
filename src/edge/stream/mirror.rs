//! Shows dead letters in Redis, beside their stream: for those who watch streams. The journal has them
//! already, so a mirror that fails waits and loses nothing.

use std::collections::VecDeque;

use redis::{RedisError, Value, aio::MultiplexedConnection, cmd, pipe};

use crate::service::{dead_letters::DeadLetter, stream::EntryId};

/// Letters shown in one go.
const LETTERS_AT_ONCE: usize = 100;
/// Letters, and their bytes, that may wait for Redis before reading waits too.
const LETTERS_WAITING: usize = 1000;
const BYTES_WAITING: usize = 16 << 20;

/// Dead letters on their way to one stream's mirror, oldest first: Redis takes ids in order only.
pub(super) struct Mirror {
    dead_stream: String,
    waiting: VecDeque<DeadLetter>,
}

impl Mirror {
    pub fn of(stream: &str) -> Self {
        Mirror {
            dead_stream: format!("{stream}:dead"),
            waiting: VecDeque::new(),
        }
    }

    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether so much waits that reading must wait.
    pub fn is_full(&self) -> bool {
        let bytes = self.waiting.iter().map(|letter| letter.sealed.len());
        self.waiting.len() >= LETTERS_WAITING || bytes.sum::<usize>() >= BYTES_WAITING
    }

    pub fn push(&mut self, letter: DeadLetter) {
        let waits = self.waiting.iter().any(|one| one.entry == letter.entry);
        if !waits {
            self.waiting.push_back(letter);
        }
    }

    /// Shows what waits, as far as Redis takes it; the ids shown may be acknowledged.
    pub async fn show(
        &mut self,
        connection: &mut MultiplexedConnection,
        shown: &mut Vec<EntryId>,
    ) -> Result<(), RedisError> {
        while !self.waiting.is_empty() {
            let mut adds = pipe();
            let count = self.waiting.len().min(LETTERS_AT_ONCE);
            for letter in self.waiting.iter().take(count) {
                adds.cmd("XADD")
                    .arg(&self.dead_stream)
                    .arg(letter.entry.to_string())
                    .arg("error")
                    .arg(&letter.error)
                    .arg("entry")
                    .arg(&letter.sealed)
                    .arg("reason")
                    .arg(letter.reason.name());
            }
            let answers = connection.send_packed_commands(&adds, 0, count).await?;
            for answer in answers {
                let Some(letter) = self.waiting.front() else {
                    break;
                };
                match answer.extract_error() {
                    Ok(_) => {}
                    Err(error) if is_behind(&error) => {
                        self.check_shown(connection, letter.entry).await?;
                    }
                    Err(error) => return Err(error),
                }
                shown.push(letter.entry);
                self.waiting.pop_front();
            }
        }
        Ok(())
    }

    /// An id that Redis refuses was shown before, or came too late to be shown in its order.
    async fn check_shown(
        &self,
        connection: &mut MultiplexedConnection,
        entry: EntryId,
    ) -> Result<(), RedisError> {
        let id = entry.to_string();
        let mut range = cmd("XRANGE");
        range.arg(&self.dead_stream).arg(&id).arg(&id);
        let found = connection.send_packed_command(&range).await?;
        if matches!(&found, Value::Array(entries) if entries.is_empty()) {
            tracing::warn!(
                stream = self.dead_stream,
                %entry,
                "a dead letter is older than the last one shown, so Redis does not take it; the journal \
                 has it"
            );
        }
        Ok(())
    }
}

fn is_behind(error: &RedisError) -> bool {
    let detail = error.detail().unwrap_or_default();
    detail.contains("equal or smaller")
}
