//! One store served to many callers. A caller's thread decides under an uncontended lock and appends
//! to the pending group; a journal thread commits one group after the other; one wake-up a commit
//! releases every caller whose work it held. Groups form by themselves: what arrives while one is
//! being committed is the next one.

use std::{
    collections::VecDeque,
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard,
        mpsc::{self, SyncSender},
    },
    task::{Context, Poll, Waker},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use metrics::{counter, gauge, histogram};
use tokio::sync::Notify;

use super::{
    checkpoint::Chunk,
    engine::{Arrival, Decided, Engine, Observed},
    measure,
    refusal::Refusal,
};
use crate::{
    domain::{
        campaign::{CampaignState, RevisionRecord},
        verdict::{Decision, Question},
    },
    journal::{Group, Journal, JournalError, NewFilter, Positions},
};

/// Entries that may wait for the journal before questions are refused as overload.
const PENDING_ENTRIES_AT_MOST: usize = 20_000;
/// Events stop being taken in while so many entries wait: groups stay small, so that a burst of
/// events is not the tail of every verdict.
const PENDING_ENTRIES_FOR_EVENTS: usize = 2_000;
/// Events folded under one hold of the lock.
const EVENTS_A_HOLD: usize = 256;
/// A checkpoint of the state is due after so many events, or so long after the last where any came.
const EVENTS_A_CHECKPOINT: u64 = 2_000_000;
const CHECKPOINT_EVERY: Duration = Duration::from_secs(300);
/// The write-ahead log is copied into the database so often.
const WAL_COPY_EVERY: Duration = Duration::from_millis(100);
/// Work that may wait for the journal thread.
const JOURNAL_QUEUE: usize = 8;

enum Work {
    Group(Box<Group>),
    BeginCheckpoint(Positions),
    Chunk(Chunk),
    FinishCheckpoint,
    CheckpointWal,
    Stop,
}

enum Done {
    Committed {
        group: Box<Group>,
        verdicts: u64,
        filters: Vec<NewFilter>,
    },
    Chunk,
    Failed(JournalError),
}

struct State {
    engine: Engine,
    recycled: Vec<Box<Group>>,
    /// Groups handed to the journal, and groups committed.
    handed_over: u64,
    committed: u64,
    waiting: VecDeque<(u64, Waker)>,
    room_wanted: Vec<Waker>,
    stopped: Option<&'static str>,
}

struct Shared {
    state: Mutex<State>,
    done: Mutex<Vec<Done>>,
    /// Something was appended, or the journal finished something.
    stirred: Notify,
}

/// A handle to a served store; clones share it.
#[derive(Clone)]
pub struct Node {
    shared: Arc<Shared>,
}

/// The parts of a node that its runner drives.
pub struct Runner {
    shared: Arc<Shared>,
    work: SyncSender<Work>,
    journal: JoinHandle<()>,
}

/// Starts serving a store. Nothing becomes durable until [`Runner::run`] is driven.
///
/// # Errors
/// The store's second connection can't be opened.
pub fn start(engine: Engine, journal: Journal) -> Result<(Node, Runner), Refusal> {
    let shared = Arc::new(Shared {
        state: Mutex::new(State {
            engine,
            recycled: Vec::new(),
            handed_over: 0,
            committed: 0,
            waiting: VecDeque::new(),
            room_wanted: Vec::new(),
            stopped: None,
        }),
        done: Mutex::new(Vec::new()),
        stirred: Notify::new(),
    });
    let (work, queue) = mpsc::sync_channel(JOURNAL_QUEUE);
    let mut copier = journal.wal_copier()?;
    let wal_work = work.clone();
    // The copier's log pages are nearly all copied when the writer looks, so its own share is short.
    std::thread::Builder::new()
        .name("wal-copier".into())
        .spawn(move || {
            loop {
                std::thread::sleep(WAL_COPY_EVERY);
                if let Err(error) = copier.copy() {
                    tracing::warn!(%error, "copying the write-ahead log failed");
                }
                if let Err(mpsc::TrySendError::Disconnected(_)) =
                    wal_work.try_send(Work::CheckpointWal)
                {
                    return;
                }
            }
        })
        .map_err(|_| Refusal::Unavailable("no thread for the write-ahead log"))?;
    let journal_shared = shared.clone();
    let journal = std::thread::Builder::new()
        .name("journal".into())
        .spawn(move || write_journal(journal, &queue, &journal_shared))
        .map_err(|_| Refusal::Unavailable("no thread for the journal"))?;
    let node = Node {
        shared: shared.clone(),
    };
    Ok((
        node,
        Runner {
            shared,
            work,
            journal,
        },
    ))
}

fn write_journal(mut journal: Journal, queue: &mpsc::Receiver<Work>, shared: &Shared) {
    let mut pass = None;
    for work in queue {
        let result = match work {
            Work::Group(group) => commit(&mut journal, group, shared),
            Work::BeginCheckpoint(begin) => journal
                .begin_state_checkpoint(begin)
                .map(|begun| pass = Some(begun)),
            Work::Chunk(chunk) => match pass {
                Some(pass) => journal
                    .write_chunk(pass, chunk.kind, chunk.number, &chunk.bytes)
                    .map(|()| finish(shared, Done::Chunk)),
                None => Ok(()),
            },
            Work::FinishCheckpoint => match pass.take() {
                Some(pass) => journal.finish_state_checkpoint(pass),
                None => Ok(()),
            },
            Work::CheckpointWal => journal.checkpoint_wal(),
            Work::Stop => return,
        };
        if let Err(error) = result {
            finish(shared, Done::Failed(error));
            return;
        }
    }
}

fn commit(journal: &mut Journal, group: Box<Group>, shared: &Shared) -> Result<(), JournalError> {
    let began = Instant::now();
    journal.commit(&group)?;
    histogram!(measure::COMMIT_SECONDS).record(began.elapsed());
    histogram!(measure::COMMIT_ENTRIES).record(group.len() as f64);
    let done = Done::Committed {
        group,
        verdicts: journal.positions().verdicts,
        filters: journal.take_new_filters(),
    };
    finish(shared, done);
    Ok(())
}

fn finish(shared: &Shared, done: Done) {
    shared.done.lock().expect("no holder panics").push(done);
    shared.stirred.notify_one();
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder panics")
    }
}

impl State {
    /// The group whose commit makes everything appended so far durable.
    fn ticket(&self) -> u64 {
        self.handed_over + u64::from(!self.engine.pending().is_empty())
    }

    fn check_running(&self) -> Result<(), Refusal> {
        self.stopped
            .map_or(Ok(()), |why| Err(Refusal::Unavailable(why)))
    }
}

impl Node {
    /// Takes events in, in order; the ticket is for [`Node::durable`]. An arrival that was refused
    /// already keeps its place.
    ///
    /// # Errors
    /// The node stops or the store fails.
    pub async fn submit(
        &self,
        arrivals: Vec<Result<Arrival, Refusal>>,
    ) -> Result<(Vec<Result<Observed, Refusal>>, u64), Refusal> {
        let mut results = Vec::with_capacity(arrivals.len());
        let mut ticket = 0;
        let mut arrivals = arrivals.into_iter().peekable();
        while arrivals.peek().is_some() {
            self.room().await?;
            let mut state = self.shared.state();
            let batch = arrivals.by_ref().take(EVENTS_A_HOLD);
            results.extend(batch.map(|arrival| state.engine.observe(&arrival?)));
            state.engine.refresh();
            ticket = state.ticket();
            self.shared.stirred.notify_one();
        }
        for result in &results {
            let outcome = match result {
                Ok(Observed::Accepted) => "accepted",
                Ok(Observed::Duplicate) => "duplicate",
                Err(_) => "refused",
            };
            counter!(measure::EVENTS, "outcome" => outcome).increment(1);
        }
        Ok((results, ticket))
    }

    /// Decides questions, in order, and answers once all of them are durable.
    ///
    /// # Errors
    /// Too much waits; the node stops or the store fails. A refused question is an error in its own
    /// place.
    pub async fn decide(
        &self,
        questions: impl IntoIterator<Item = (Question, bool)>,
    ) -> Result<Vec<Result<Decided, Refusal>>, Refusal> {
        let (results, ticket) = {
            let mut state = self.shared.state();
            state.check_running()?;
            if state.engine.pending().len() >= PENDING_ENTRIES_AT_MOST {
                return Err(Refusal::Overloaded(
                    "too many verdicts wait for the journal",
                ));
            }
            let decide = |(question, validate_only)| state.engine.decide(question, validate_only);
            let results: Vec<_> = questions.into_iter().map(decide).collect();
            (results, state.ticket())
        };
        self.shared.stirred.notify_one();
        self.durable(ticket).await?;
        for decided in results.iter().flatten() {
            let decision = match decided.record.outcome.decision {
                Decision::Allow => "allow",
                Decision::Deny => "deny",
                Decision::Revoke => "revoke",
            };
            counter!(measure::VERDICTS, "decision" => decision).increment(1);
        }
        Ok(results)
    }

    /// A recorded verdict, once it is durable.
    ///
    /// # Errors
    /// There is none; the node stops or the store fails.
    pub async fn verdict(&self, sequence: u64) -> Result<Decided, Refusal> {
        let (decided, ticket) = {
            let state = self.shared.state();
            state.check_running()?;
            (state.engine.verdict(sequence)?, state.ticket())
        };
        self.durable(ticket).await?;
        Ok(decided)
    }

    /// Publishes a campaign's terms; answers once they are durable.
    ///
    /// # Errors
    /// See [`Engine::publish`].
    pub async fn publish(
        &self,
        terms_toml: String,
        reason: String,
        validate_only: bool,
    ) -> Result<RevisionRecord, Refusal> {
        self.change(|engine| engine.publish(terms_toml, reason, validate_only))
            .await
    }

    /// Suspends, resumes or terminates a campaign; answers once that is durable.
    ///
    /// # Errors
    /// See [`Engine::change_state`].
    pub async fn change_state(
        &self,
        campaign_id: &str,
        state: CampaignState,
        reason: String,
    ) -> Result<RevisionRecord, Refusal> {
        self.change(|engine| engine.change_state(campaign_id, state, reason))
            .await
    }

    async fn change<T>(
        &self,
        change: impl FnOnce(&mut Engine) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let (changed, ticket) = {
            let mut state = self.shared.state();
            state.check_running()?;
            (change(&mut state.engine)?, state.ticket())
        };
        self.shared.stirred.notify_one();
        self.durable(ticket).await?;
        Ok(changed)
    }

    /// Looks at the state; what is looked at may not be durable yet.
    ///
    /// # Errors
    /// The node stops.
    pub fn look<T>(&self, look: impl FnOnce(&Engine) -> T) -> Result<T, Refusal> {
        let state = self.shared.state();
        state.check_running()?;
        Ok(look(&state.engine))
    }

    /// Whether it takes requests.
    pub fn is_running(&self) -> bool {
        self.shared.state().stopped.is_none()
    }

    /// Waits until everything up to a ticket is durable.
    pub fn durable(&self, ticket: u64) -> Durable<'_> {
        Durable {
            shared: &self.shared,
            ticket,
        }
    }

    fn room(&self) -> Room<'_> {
        Room {
            shared: &self.shared,
        }
    }
}

/// Waits until a group is committed.
pub struct Durable<'a> {
    shared: &'a Shared,
    ticket: u64,
}

impl Future for Durable<'_> {
    type Output = Result<(), Refusal>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.shared.state();
        if state.committed >= self.ticket {
            return Poll::Ready(Ok(()));
        }
        if let Err(refusal) = state.check_running() {
            return Poll::Ready(Err(refusal));
        }
        state
            .waiting
            .push_back((self.ticket, context.waker().clone()));
        Poll::Pending
    }
}

/// Waits until events may be taken in.
struct Room<'a> {
    shared: &'a Shared,
}

impl Future for Room<'_> {
    type Output = Result<(), Refusal>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.shared.state();
        if let Err(refusal) = state.check_running() {
            return Poll::Ready(Err(refusal));
        }
        if state.engine.pending().len() < PENDING_ENTRIES_FOR_EVENTS {
            return Poll::Ready(Ok(()));
        }
        state.room_wanted.push(context.waker().clone());
        Poll::Pending
    }
}

impl Runner {
    /// Hands groups to the journal and releases who waits for them, until `shutdown`; then commits
    /// what is left and checkpoints the state.
    ///
    /// # Errors
    /// The store failed: memory may be ahead of it, so the process must end and reopen it.
    pub async fn run(mut self, shutdown: impl Future<Output = ()>) -> Result<(), Refusal> {
        let mut checkpoints = Checkpoints::new(self.shared.state().engine.positions.events);
        tokio::pin!(shutdown);
        loop {
            tokio::select! {
                biased;
                () = &mut shutdown => break,
                () = self.shared.stirred.notified() => {}
                () = tokio::time::sleep(Duration::from_secs(1)) => {}
            }
            // Lets every request that is ready append before the group is handed over.
            tokio::task::yield_now().await;
            checkpoints.writing &= !self.take_done()?;
            self.hand_over()?;
            self.advance_checkpoint(&mut checkpoints)?;
        }
        self.drain().await
    }

    /// Learns what the journal finished; answers whether a chunk of a checkpoint is among it.
    fn take_done(&mut self) -> Result<bool, Refusal> {
        let mut wrote_chunk = false;
        let done = std::mem::take(&mut *self.shared.done.lock().expect("no holder panics"));
        for done in done {
            match done {
                Done::Committed {
                    mut group,
                    verdicts,
                    filters,
                } => {
                    let mut state = self.shared.state();
                    state.engine.committed(verdicts, filters);
                    group.clear();
                    state.recycled.push(group);
                    state.committed += 1;
                    release(state);
                }
                Done::Chunk => wrote_chunk = true,
                Done::Failed(error) => {
                    self.stop("the store failed");
                    return Err(Refusal::Store(error));
                }
            }
        }
        Ok(wrote_chunk)
    }

    /// Hands the pending group over unless one is being committed.
    fn hand_over(&mut self) -> Result<(), Refusal> {
        let group = {
            let mut state = self.shared.state();
            if state.engine.pending().is_empty() || state.handed_over > state.committed {
                return Ok(());
            }
            let mut empty = state.recycled.pop().unwrap_or_default();
            let group = state.engine.take_group(std::mem::take(&mut *empty));
            *empty = group;
            state.handed_over += 1;
            let wanted = std::mem::take(&mut state.room_wanted);
            drop(state);
            wanted.into_iter().for_each(Waker::wake);
            empty
        };
        self.send(Work::Group(group))
    }

    fn send(&self, work: Work) -> Result<(), Refusal> {
        self.work.send(work).map_err(|_| {
            let failed = self.shared.done.lock().expect("no holder panics").pop();
            self.stop("the store failed");
            match failed {
                Some(Done::Failed(error)) => Refusal::Store(error),
                _ => Refusal::Unavailable("the journal stopped"),
            }
        })
    }

    /// One slice of the checkpoint under way, or the start of one that is due. One chunk at a time:
    /// groups never queue behind several.
    fn advance_checkpoint(&mut self, checkpoints: &mut Checkpoints) -> Result<(), Refusal> {
        if checkpoints.writing {
            return Ok(());
        }
        let next = checkpoints.next(&self.shared.state().engine);
        if let Some(work) = next {
            checkpoints.writing = matches!(work, Work::Chunk(_));
            self.send(work)?;
            self.shared.stirred.notify_one();
        }
        Ok(())
    }

    async fn drain(mut self) -> Result<(), Refusal> {
        while self.shared.state().ticket() > self.shared.state().committed {
            self.hand_over()?;
            self.shared.stirred.notified().await;
            self.take_done()?;
        }
        self.stop("shutting down");
        let mut copy = self.shared.state().engine.begin_copy();
        self.send(Work::BeginCheckpoint(copy.begin))?;
        loop {
            let chunk = self.shared.state().engine.copy_slice(&mut copy);
            match chunk {
                Some(chunk) => self.send(Work::Chunk(chunk))?,
                None => break,
            }
        }
        self.send(Work::FinishCheckpoint)?;
        self.send(Work::CheckpointWal)?;
        self.send(Work::Stop)?;
        let Runner {
            shared, journal, ..
        } = self;
        journal
            .join()
            .map_err(|_| Refusal::Unavailable("the journal thread panicked"))?;
        let done = std::mem::take(&mut *shared.done.lock().expect("no holder panics"));
        let failed = done.into_iter().find_map(|done| match done {
            Done::Failed(error) => Some(Refusal::Store(error)),
            _ => None,
        });
        failed.map_or(Ok(()), Err)
    }

    fn stop(&self, why: &'static str) {
        let mut state = self.shared.state();
        state.stopped = Some(why);
        let waiting = std::mem::take(&mut state.waiting);
        let wanted = std::mem::take(&mut state.room_wanted);
        drop(state);
        waiting.into_iter().for_each(|(_, waker)| waker.wake());
        wanted.into_iter().for_each(Waker::wake);
    }
}

/// Wakes everybody whose group is committed.
fn release(mut state: MutexGuard<'_, State>) {
    let mut released = Vec::new();
    while state
        .waiting
        .front()
        .is_some_and(|(ticket, _)| *ticket <= state.committed)
    {
        released.extend(state.waiting.pop_front());
    }
    drop(state);
    released.into_iter().for_each(|(_, waker)| waker.wake());
}

/// When checkpoints are due, and the one under way.
struct Checkpoints {
    copy: Option<super::checkpoint::StateCopy>,
    /// A chunk is with the journal.
    writing: bool,
    began: Instant,
    events_at_last: u64,
}

impl Checkpoints {
    fn new(events: u64) -> Self {
        Checkpoints {
            copy: None,
            writing: false,
            began: Instant::now(),
            events_at_last: events,
        }
    }

    fn next(&mut self, engine: &Engine) -> Option<Work> {
        if let Some(copy) = &mut self.copy {
            if let Some(chunk) = engine.copy_slice(copy) {
                return Some(Work::Chunk(chunk));
            }
            // Facts of events that are not handed over yet may be in the copy: wait for them.
            if !engine.pending().is_empty() {
                return None;
            }
            self.copy = None;
            histogram!(measure::CHECKPOINT_SECONDS).record(self.began.elapsed());
            return Some(Work::FinishCheckpoint);
        }
        let graph = engine.graph();
        gauge!(measure::ACCOUNTS).set(graph.account_count() as f64);
        gauge!(measure::IDENTIFIERS).set(graph.identifier_count() as f64);
        gauge!(measure::LINKS).set(graph.link_count() as f64);
        let events = engine.positions.events - self.events_at_last;
        let due = events >= EVENTS_A_CHECKPOINT
            || (events > 0 && self.began.elapsed() >= CHECKPOINT_EVERY);
        if !due {
            return None;
        }
        self.events_at_last = engine.positions.events;
        self.began = Instant::now();
        let copy = engine.begin_copy();
        let begin = copy.begin;
        self.copy = Some(copy);
        Some(Work::BeginCheckpoint(begin))
    }
}
