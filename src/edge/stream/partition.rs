//! Follows one stream: reads batches in order, takes them in, waits for the journal, acknowledges. While
//! batches are full, a few are being made durable, the next one is folded, those after that are decoded
//! on threads of their own or on their way from Redis; no more than that is under way, so a slow disk
//! leaves entries in Redis and not in memory.

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

use redis::{RedisError, aio::MultiplexedConnection, cmd};
use tokio::{
    runtime::Handle,
    sync::{oneshot, watch},
};

use super::{
    entry::{EntryReader, ReadEntry, id_text, unfit},
    fault::{Fault, Pauses},
    feed::{DECODING_THREADS, Progress},
    group::{GROUP, Place, prepare},
    meters::{self, Meters},
    mirror::Mirror,
    read::Read,
    reply::{StreamState, read_answer},
    source::StreamSource,
};
use crate::service::{
    dead_letters::DeadLetter,
    node::{Door, Node},
    refusal::Refusal,
    stream::{Bookmark, EntryId, StreamLoss},
};

/// A read that finds nothing waits so long for entries, then looks at the stream again.
const WAIT_MS: u64 = 1000;
/// Batches asked for at once while they are full: Redis prepares one while others are decoded.
const ASKED_AHEAD: usize = DECODING_THREADS + 1;
/// Batches folded and not durable yet, while they are full: folding waits for no single sync.
const UNDER_WAY_AT_MOST: usize = 2;
/// Bytes of one batch, as far as the entries before tell: fewer are asked for where they are large.
const BATCH_BYTES: usize = 8 << 20;
/// Entries of the first batch, before anything is known of their size.
const FIRST_BATCH: usize = 64;
/// What another consumer of our group has left for so long is dead.
const DEAD_AFTER: Duration = Duration::from_secs(60);
/// A mirror that fails is tried again after so long.
const SHOW_AGAIN_AFTER: Duration = Duration::from_secs(1);
/// A partition with no more than a batch left, whose last entry is no older, is caught up with: while
/// entries go on coming there is always something left.
const CAUGHT_UP_WITHIN_MS: u64 = 1000;

/// One stream and how far it is taken in.
pub(super) struct Partition {
    pub(super) stream: String,
    pub(super) source: Arc<StreamSource>,
    node: Node,
    /// Where connections are read and entries decoded.
    pub(super) reads: Handle,
    pub(super) reader: EntryReader,
    pub(super) place: Place,
    mirror: Mirror,
    show_at: Instant,
    pub(super) claim_at: Instant,
    /// Bytes of an entry, of late.
    entry_bytes: usize,
    pub(super) count: usize,
    pub(super) meters: Meters,
    /// Comes once the batch that was asked for last is in line.
    pub(super) turn: Option<oneshot::Receiver<()>>,
    progress: Arc<Progress>,
    closing: watch::Receiver<bool>,
}

/// A batch that was taken in and is not acknowledged yet.
pub(super) struct Batch {
    /// Entries that are in the journal once the ticket is due.
    pub ids: Vec<EntryId>,
    pub letters: Vec<DeadLetter>,
    pub ticket: u64,
    pub caught_up: bool,
}

impl Partition {
    /// A stream, from where the journal stands.
    pub fn new(
        stream: &str,
        source: Arc<StreamSource>,
        node: Node,
        reads: Handle,
        reader: EntryReader,
        progress: Arc<Progress>,
        closing: watch::Receiver<bool>,
    ) -> Result<Self, Refusal> {
        let (entry, entries) = node.look(|engine| engine.stream_position(stream))??;
        Ok(Partition {
            stream: stream.into(),
            node,
            reads,
            reader,
            place: Place { entry, entries },
            mirror: Mirror::of(stream),
            show_at: Instant::now(),
            claim_at: Instant::now(),
            entry_bytes: BATCH_BYTES / FIRST_BATCH,
            count: FIRST_BATCH.min(source.batch),
            meters: Meters::new(stream),
            source,
            turn: None,
            progress,
            closing,
        })
    }

    /// Follows the stream through every fault of Redis until the server closes.
    ///
    /// # Errors
    /// The store stops or failed.
    pub async fn run(mut self) -> Result<(), Refusal> {
        let mut pauses = Pauses::default();
        loop {
            let fault = match self.follow(&mut pauses).await {
                Ok(()) => return Ok(()),
                Err(Fault::Store(refusal)) => return Err(refusal),
                Err(fault) => fault,
            };
            self.meters.connected.set(0.0);
            self.meters.fault(fault.name());
            let pause = pauses.next();
            tracing::warn!(
                stream = self.stream,
                fault = fault.name(),
                error = %fault,
                again_in_ms = pause.as_millis() as u64,
                "{}",
                fault.meaning()
            );
            let mut closing = self.closing.clone();
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                _ = closing.wait_for(|closing| *closing) => return Ok(()),
            }
        }
    }

    /// Follows the stream on one connection; ends well only when the server closes.
    async fn follow(&mut self, pauses: &mut Pauses) -> Result<(), Fault> {
        let mut connection = self.connect().await?;
        self.turn = None;
        self.begin(&mut connection).await?;
        let mut acknowledge = Vec::new();
        let mut under_way = VecDeque::new();
        let mut read: Option<Read> = None;
        let mut asked = VecDeque::new();
        let mut is_behind = false;
        loop {
            if *self.closing.borrow() {
                // What is read and not taken in is handed out again after the next start.
                self.settle(&mut under_way, 0, &mut acknowledge).await?;
                return Ok(self.acknowledge(&mut connection, &mut acknowledge).await?);
            }
            self.show(&mut connection, &mut acknowledge).await?;
            // Where batches are not full, one asked for later holds more.
            let ahead = if is_behind { ASKED_AHEAD } else { 1 };
            while asked.len() < ahead {
                asked.push_back(self.ask(&connection, std::mem::take(&mut acknowledge)));
            }
            if let Some((entries, state)) = read.take() {
                under_way.extend(self.take(entries, Some(state)).await?);
                let left = if is_behind { UNDER_WAY_AT_MOST } else { 1 };
                self.settle(&mut under_way, left, &mut acknowledge).await?;
            }
            let next = asked.pop_front().expect("one at least was asked for");
            let (entries, state) = self.receive(next).await?;
            pauses.reset();
            is_behind = entries.len() >= self.count;
            if !entries.is_empty() {
                read = Some((entries, state));
                continue;
            }
            let taken = self.take(entries, Some(state)).await?;
            self.settle(&mut under_way, 0, &mut acknowledge).await?;
            under_way.extend(taken);
            if under_way.is_empty() && asked.is_empty() {
                under_way.extend(self.idle(&mut connection, &mut acknowledge).await?);
            }
        }
    }

    /// Nothing is left and everything read is settled: acknowledges it, claims what others left, then
    /// waits for entries.
    async fn idle(
        &mut self,
        connection: &mut MultiplexedConnection,
        acknowledge: &mut Vec<EntryId>,
    ) -> Result<Option<Batch>, Fault> {
        self.show(connection, acknowledge).await?;
        self.acknowledge(connection, acknowledge).await?;
        self.progress.caught_up(&self.stream);
        if self.claim_at <= Instant::now() {
            self.claim(connection, DEAD_AFTER).await?;
        }
        let read = self.read_command(Some(WAIT_MS));
        let mut closing = self.closing.clone();
        let answer = tokio::select! {
            answer = connection.send_packed_command(&read) => answer?,
            _ = closing.wait_for(|closing| *closing) => return Ok(None),
        };
        self.take(self.reader.read(read_answer(answer)?), None)
            .await
    }

    /// Sets the group to the journal's position, and takes in what was handed out to anybody and never
    /// acknowledged.
    async fn begin(&mut self, connection: &mut MultiplexedConnection) -> Result<(), Fault> {
        let (state, loss) = prepare(connection, &self.stream, &mut self.place).await?;
        self.meters.connected.set(1.0);
        tracing::info!(
            stream = self.stream,
            redis = self.source.address(),
            position = %self.place.entry,
            left = self.place.left(&state),
            "following a login event stream"
        );
        self.progress.left(&self.stream, self.place.left(&state));
        if let Some(loss) = loss {
            self.bookmark(vec![loss], Vec::new()).await?;
        }
        self.claim(connection, Duration::ZERO).await
    }

    pub(super) fn acknowledgement(&self, ids: &[EntryId]) -> redis::Cmd {
        let mut acknowledgement = cmd("XACK");
        acknowledgement.arg(&self.stream).arg(GROUP);
        for id in ids {
            acknowledgement.arg(id_text(*id));
        }
        acknowledgement
    }

    pub(super) async fn acknowledge(
        &self,
        connection: &mut MultiplexedConnection,
        ids: &mut Vec<EntryId>,
    ) -> Result<(), RedisError> {
        if ids.is_empty() {
            return Ok(());
        }
        let answer = connection
            .send_packed_command(&self.acknowledgement(ids))
            .await?;
        answer.extract_error()?;
        self.meters.acknowledged.increment(ids.len() as u64);
        ids.clear();
        Ok(())
    }

    /// Takes a batch in; `state` is where the stream stood when it was read.
    async fn take(
        &mut self,
        entries: Vec<ReadEntry>,
        state: Option<StreamState>,
    ) -> Result<Option<Batch>, Fault> {
        let before = self.place.entry;
        let mut losses: Vec<StreamLoss> = Vec::new();
        if let Some(state) = &state {
            losses.extend(self.place.skip_lost(&self.stream, state));
        }
        self.measure_size(&entries);
        let (last, count) = (entries.last().map(|last| last.raw.id), entries.len());
        let (ids, letters) = self.submit(entries).await?;
        if let Some(last) = last {
            self.place.entry = last;
            self.place.entries += count as u64;
        }
        if let Some(state) = &state {
            losses.extend(self.place.miss_deleted(&self.stream, before, state));
        }
        let caught_up = self.tell_lag(state.as_ref());
        if count == 0 && losses.is_empty() {
            return Ok(None);
        }
        let ticket = self.bookmark(losses, letters.clone()).await?;
        Ok(Some(Batch {
            ids,
            letters,
            ticket,
            caught_up,
        }))
    }

    /// Submits entries; answers the ids of those taken in, and the letters of the others.
    pub(super) async fn submit(
        &self,
        entries: Vec<ReadEntry>,
    ) -> Result<(Vec<EntryId>, Vec<DeadLetter>), Fault> {
        let (mut raw, mut unread) = (Vec::with_capacity(entries.len()), Vec::new());
        let mut arrivals = Vec::with_capacity(entries.len());
        for (place, entry) in entries.into_iter().enumerate() {
            raw.push(entry.raw);
            arrivals.push(entry.arrival.map_err(|unfit| {
                unread.push((place, unfit));
                Refusal::Unavailable("the entry is a dead letter")
            }));
        }
        let (outcomes, _ticket) = self.node.submit(Door::Stream, arrivals).await?;
        let (mut ids, mut letters) = (Vec::with_capacity(raw.len()), Vec::new());
        let mut unread = unread.into_iter().peekable();
        for (place, (entry, outcome)) in raw.iter().zip(outcomes).enumerate() {
            let unread = unread.next_if(|(unread, _)| *unread == place);
            let unfit = match (unread, outcome) {
                (Some((_, unfit)), _) => unfit,
                (None, Ok(_)) => {
                    ids.push(entry.id);
                    continue;
                }
                (None, Err(refusal)) => unfit(&refusal).ok_or(refusal)?,
            };
            letters.push(self.reader.dead_letter(&self.stream, entry, unfit)?);
        }
        self.meters.tell_ages(&raw);
        Ok((ids, letters))
    }

    /// Puts losses, letters and the place into the journal.
    async fn bookmark(
        &mut self,
        losses: Vec<StreamLoss>,
        letters: Vec<DeadLetter>,
    ) -> Result<u64, Refusal> {
        for loss in &losses {
            self.meters.tell_loss(loss);
        }
        self.append(
            Some((self.place.entry, self.place.entries)),
            losses,
            letters,
        )
        .await
    }

    pub(super) async fn append(
        &mut self,
        position: Option<(EntryId, u64)>,
        losses: Vec<StreamLoss>,
        letters: Vec<DeadLetter>,
    ) -> Result<u64, Refusal> {
        let bookmark = Bookmark {
            stream: &self.stream,
            position,
            letters,
            losses,
        };
        let (kept, ticket) = self.node.bookmark(bookmark).await?;
        for letter in &kept {
            self.meters.dead_letter(letter);
        }
        // One line a batch, however many there are: `sameuser dead-letters list` names each.
        if let Some(first) = kept.first() {
            tracing::warn!(
                stream = self.stream,
                letters = kept.len(),
                first = %first.entry,
                reason = first.reason.name(),
                error = first.error,
                "entries can't be taken in: dead letters"
            );
        }
        Ok(ticket)
    }

    /// Waits until all but so many of the batches are durable; their entries may be acknowledged then.
    pub(super) async fn settle(
        &mut self,
        under_way: &mut VecDeque<Batch>,
        left: usize,
        acknowledge: &mut Vec<EntryId>,
    ) -> Result<(), Refusal> {
        while under_way.len() > left
            && let Some(batch) = under_way.pop_front()
        {
            self.node.durable(batch.ticket).await?;
            self.progress
                .taken_in(batch.ids.len() + batch.letters.len());
            acknowledge.extend(batch.ids);
            for letter in batch.letters {
                self.mirror.push(letter);
            }
            if batch.caught_up {
                self.progress.caught_up(&self.stream);
            }
        }
        Ok(())
    }

    /// Shows dead letters in the mirror. Where Redis does not take them they wait, and once too many
    /// wait so does reading.
    pub(super) async fn show(
        &mut self,
        connection: &mut MultiplexedConnection,
        acknowledge: &mut Vec<EntryId>,
    ) -> Result<(), Fault> {
        loop {
            if self.mirror.len() > 0 && self.show_at <= Instant::now() {
                match self.mirror.show(connection, acknowledge).await {
                    Ok(()) => {}
                    Err(error) if error.code().is_none() => return Err(error.into()),
                    Err(error) => {
                        let fault = Fault::from(error);
                        self.show_at = Instant::now() + SHOW_AGAIN_AFTER;
                        self.meters.fault(fault.name());
                        tracing::warn!(
                            stream = self.stream,
                            fault = fault.name(),
                            error = %fault,
                            waiting = self.mirror.len(),
                            "dead letters can't be shown in the mirror; the journal has them"
                        );
                    }
                }
            }
            self.meters.unmirrored.set(self.mirror.len() as f64);
            if !self.mirror.is_full() || *self.closing.borrow() {
                return Ok(());
            }
            tokio::time::sleep(SHOW_AGAIN_AFTER).await;
        }
    }

    /// Asks for fewer entries at a time where they are large.
    fn measure_size(&mut self, entries: &[ReadEntry]) {
        if entries.is_empty() {
            return;
        }
        let bytes = entries.iter().map(|entry| entry.raw.bytes());
        let bytes = bytes.sum::<usize>() / entries.len();
        // Quick to fear large entries, slow to forget them.
        self.entry_bytes = bytes.max(self.entry_bytes / 2).max(1);
        self.count = (BATCH_BYTES / self.entry_bytes).clamp(1, self.source.batch);
        self.meters.batch_entries.record(entries.len() as f64);
    }

    /// Tells how far behind we are; answers whether that is caught up with.
    fn tell_lag(&self, state: Option<&StreamState>) -> bool {
        let Some(state) = state else {
            return false;
        };
        let left = self.place.left(state);
        let age_ms = match left {
            0 => 0,
            _ => meters::now_ms().saturating_sub(self.place.entry.milliseconds),
        };
        self.meters.lag_entries.set(left as f64);
        self.meters.lag_seconds.set(age_ms as f64 / 1000.0);
        self.progress.left(&self.stream, left);
        left == 0 || (left <= self.source.batch as u64 && age_ms <= CAUGHT_UP_WITHIN_MS)
    }
}
