//! Entries that were handed out and never acknowledged: by us before a crash, or by a consumer of our
//! group that is dead.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use redis::{Value, aio::MultiplexedConnection, cmd};

use super::{
    fault::Fault,
    group::{CONSUMER, GROUP},
    partition::{Batch, Partition},
    reply::{RawEntry, entries_of, entry_id, unexpected},
};

/// Such entries are looked for so often, so many at once.
const CLAIM_EVERY: Duration = Duration::from_secs(30);
const CLAIMED_AT_ONCE: usize = 100;

impl Partition {
    /// Takes over what consumers of our group were handed and left for so long, ourselves before a
    /// crash included, and takes it in.
    pub(super) async fn claim(
        &mut self,
        connection: &mut MultiplexedConnection,
        left_for: Duration,
    ) -> Result<(), Fault> {
        self.claim_at = Instant::now() + CLAIM_EVERY;
        let mut cursor = "0-0".to_string();
        loop {
            let mut claim = cmd("XAUTOCLAIM");
            claim.arg(&self.stream).arg(GROUP).arg(CONSUMER);
            claim.arg(left_for.as_millis() as u64).arg(&cursor);
            claim.arg("COUNT").arg(CLAIMED_AT_ONCE);
            let answer = connection.send_packed_command(&claim).await?;
            let Value::Array(parts) = answer.extract_error()? else {
                return Err(unexpected("XAUTOCLAIM answered something else").into());
            };
            let mut parts = parts.into_iter();
            let next = parts.next().map(|next| entry_id(&next));
            let entries = entries_of(parts.next())?;
            cursor = match next {
                Some(next) => next?.to_string(),
                None => return Err(unexpected("XAUTOCLAIM answered something else").into()),
            };
            self.take_claimed(connection, entries).await?;
            if cursor == "0-0" {
                return Ok(());
            }
        }
    }

    async fn take_claimed(
        &mut self,
        connection: &mut MultiplexedConnection,
        entries: Vec<RawEntry>,
    ) -> Result<(), Fault> {
        // What is read anyway, in its order, is left to that.
        let place = self.place.entry;
        let behind = |entry: &RawEntry| entry.id <= place && !entry.fields.is_empty();
        let entries: Vec<RawEntry> = entries.into_iter().filter(behind).collect();
        if entries.is_empty() {
            return Ok(());
        }
        self.meters.claimed.increment(entries.len() as u64);
        tracing::info!(
            stream = self.stream,
            entries = entries.len(),
            "claimed entries that were handed out and never acknowledged"
        );
        let (ids, letters) = self.submit(self.reader.read(entries)).await?;
        let ticket = self.append(None, Vec::new(), letters.clone()).await?;
        let mut under_way = VecDeque::from([Batch {
            ids,
            letters,
            ticket,
            caught_up: false,
        }]);
        let mut acknowledge = Vec::new();
        self.settle(&mut under_way, 0, &mut acknowledge).await?;
        self.show(connection, &mut acknowledge).await?;
        Ok(self.acknowledge(connection, &mut acknowledge).await?)
    }
}
