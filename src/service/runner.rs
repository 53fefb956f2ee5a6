//! The other half of a node: the journal thread, the task that hands groups over and releases who
//! waits for them, and the checkpoints of the state.

use std::{
    future::Future,
    sync::{
        Arc, Mutex, MutexGuard,
        mpsc::{self, SyncSender},
    },
    task::Waker,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use metrics::{gauge, histogram};

use super::{
    checkpoint::{Chunk, StateCopy},
    engine::Engine,
    fuse::begin_counting_trips,
    measure,
    node::{Node, Shared, State},
    refusal::Refusal,
    settlement::begin_counting,
};
use crate::journal::{Group, Journal, JournalError, NewFilter, Positions, WalCopier};

/// A checkpoint of the state is due so long after the last where any events came, or sooner, after as
/// many events as the settings say.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(300);
/// The write-ahead log is copied into the database so often.
const WAL_COPY_EVERY: Duration = Duration::from_millis(100);
/// Accounts or verdicts looked at again in one turn: a fraction of a millisecond.
const STANDINGS_A_TURN: usize = 32;
/// Accounts that the sweep examines a second.
const SWEPT_A_SECOND: usize = 256;
/// A commit that takes so long is told in the log, one of them in so long.
const SLOW_COMMIT: Duration = Duration::from_millis(100);
const SLOW_COMMIT_TOLD_EVERY: Duration = Duration::from_secs(10);
/// The same until the first sweep is done, and after the model or the fuse changed: cases of scores are found
/// by it, and people wait for them.
const SWEPT_A_SECOND_IN_A_HURRY: usize = 4096;
/// Work that may wait for the journal thread.
const JOURNAL_QUEUE: usize = 8;

enum Work {
    Group(Group),
    BeginCheckpoint(Positions),
    Chunk(Chunk),
    FinishCheckpoint,
    CheckpointWal,
    Stop,
}

enum Done {
    Committed {
        group: Group,
        verdicts: u64,
        filters: Vec<NewFilter>,
    },
    Chunk,
    Failed(JournalError),
}

/// What the journal thread reports.
struct Reports {
    done: Mutex<Vec<Done>>,
    shared: Arc<Shared>,
}

impl Reports {
    fn finish(&self, done: Done) {
        self.done.lock().expect("no holder panics").push(done);
        self.shared.stirred.notify_one();
    }

    fn take(&self) -> Vec<Done> {
        std::mem::take(&mut *self.done.lock().expect("no holder panics"))
    }
}

/// The parts of a node that its runner drives.
pub struct Runner {
    shared: Arc<Shared>,
    reports: Arc<Reports>,
    work: SyncSender<Work>,
    journal: JoinHandle<()>,
    checkpoint_every_events: u64,
}

/// Starts serving a store, whose state is checkpointed at least every so many events. Nothing becomes
/// durable until [`Runner::run`] is driven.
///
/// # Errors
/// The store's second connection can't be opened.
pub fn start(
    engine: Engine,
    journal: Journal,
    checkpoint_every_events: u64,
) -> Result<(Node, Runner), Refusal> {
    let shared = Arc::new(Shared::new(engine));
    let reports = Arc::new(Reports {
        done: Mutex::new(Vec::new()),
        shared: shared.clone(),
    });
    let (work, queue) = mpsc::sync_channel(JOURNAL_QUEUE);
    copy_wal_beside(journal.wal_copier()?, work.clone())?;
    let journal_reports = reports.clone();
    let journal = std::thread::Builder::new()
        .name("journal".into())
        .spawn(move || write_journal(journal, &queue, &journal_reports))
        .map_err(|_| Refusal::Unavailable("no thread for the journal"))?;
    let runner = Runner {
        shared: shared.clone(),
        reports,
        work,
        journal,
        checkpoint_every_events,
    };
    Ok((Node::new(shared), runner))
}

/// Copies the log's pages in a thread of its own, so that the writer's own share is short.
fn copy_wal_beside(mut copier: WalCopier, work: SyncSender<Work>) -> Result<(), Refusal> {
    let copy = move || {
        loop {
            std::thread::sleep(WAL_COPY_EVERY);
            if let Err(error) = copier.copy() {
                tracing::warn!(%error, "copying the write-ahead log failed");
            }
            let told = work.try_send(Work::CheckpointWal);
            if let Err(mpsc::TrySendError::Disconnected(_)) = told {
                return;
            }
        }
    };
    let thread = std::thread::Builder::new().name("wal-copier".into());
    let spawned = thread.spawn(copy);
    spawned.map_err(|_| Refusal::Unavailable("no thread for the write-ahead log"))?;
    Ok(())
}

fn write_journal(mut journal: Journal, queue: &mpsc::Receiver<Work>, reports: &Reports) {
    let mut pass = None;
    let mut slow_told = None;
    for work in queue {
        let result = match work {
            Work::Group(group) => commit(&mut journal, group, reports, &mut slow_told),
            Work::BeginCheckpoint(begin) => journal
                .begin_state_checkpoint(begin)
                .map(|begun| pass = Some(begun)),
            Work::Chunk(chunk) => match pass {
                Some(pass) => journal
                    .write_chunk(pass, chunk.kind, chunk.number, &chunk.bytes)
                    .map(|()| reports.finish(Done::Chunk)),
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
            reports.finish(Done::Failed(error));
            return;
        }
    }
}

fn commit(
    journal: &mut Journal,
    group: Group,
    reports: &Reports,
    slow_told: &mut Option<Instant>,
) -> Result<(), JournalError> {
    let began = Instant::now();
    journal.commit(&group)?;
    let took = began.elapsed();
    histogram!(measure::COMMIT_SECONDS).record(took);
    let told_lately = slow_told.is_some_and(|told| told.elapsed() < SLOW_COMMIT_TOLD_EVERY);
    if took >= SLOW_COMMIT && !told_lately {
        *slow_told = Some(Instant::now());
        tracing::warn!(
            milliseconds = took.as_millis() as u64,
            entries = group.len(),
            "a commit took long: the disk is slow, and answers wait for it"
        );
    }
    histogram!(measure::COMMIT_ENTRIES).record(group.len() as f64);
    let done = Done::Committed {
        group,
        verdicts: journal.positions().verdicts,
        filters: journal.take_new_filters(),
    };
    reports.finish(done);
    Ok(())
}

impl Runner {
    /// Hands groups to the journal and releases who waits for them, until `shutdown`; then commits
    /// what is left and checkpoints the state.
    ///
    /// # Errors
    /// The store failed: memory may be ahead of it, so the process must end and reopen it.
    pub async fn run(mut self, shutdown: impl Future<Output = ()>) -> Result<(), Refusal> {
        begin_counting();
        begin_counting_trips();
        let events = self.shared.state().engine.positions.events;
        let mut checkpoints = Checkpoints::new(events, self.checkpoint_every_events);
        let mut every_second = tokio::time::interval(Duration::from_secs(1));
        let mut sweep = Sweep::default();
        tokio::pin!(shutdown);
        loop {
            tokio::select! {
                biased;
                () = &mut shutdown => break,
                () = self.shared.stirred.notified() => {}
                _ = every_second.tick() => {
                    let state = self.shared.state();
                    sweep.begin_second(state.engine.ledger().is_hurried());
                    report_sizes(&state);
                    report_ledger(&state.engine);
                }
            }
            // Lets every request that is ready append before the group is handed over.
            tokio::task::yield_now().await;
            checkpoints.writing &= !self.take_done()?;
            self.advance_standings(&mut sweep);
            self.hand_over()?;
            self.advance_checkpoint(&mut checkpoints)?;
        }
        self.drain().await
    }

    /// Learns what the journal finished; answers whether a chunk of a checkpoint is among it.
    fn take_done(&mut self) -> Result<bool, Refusal> {
        let mut wrote_chunk = false;
        let done = self.reports.take();
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

    /// Some of the accounts and verdicts that wait to be looked at again, while the journal is idle: what
    /// it finds goes with the next group, so that it can't outrun the disk.
    fn advance_standings(&self, sweep: &mut Sweep) {
        let mut state = self.shared.state();
        if state.handed_over > state.committed {
            return;
        }
        let swept = STANDINGS_A_TURN.min(sweep.left);
        sweep.left -= swept;
        sweep.done_once |= state.engine.sweep(swept);
        if state.engine.advance(STANDINGS_A_TURN) || sweep.left > 0 {
            self.shared.stirred.notify_one();
        }
    }

    /// Hands the pending group over unless one is being committed.
    fn hand_over(&mut self) -> Result<(), Refusal> {
        let group = {
            let mut state = self.shared.state();
            if state.engine.pending().is_empty() || state.handed_over > state.committed {
                return Ok(());
            }
            let empty = state.recycled.pop().unwrap_or_default();
            let group = state.engine.take_group(empty);
            state.handed_over += 1;
            let wanted = std::mem::take(&mut state.room_wanted);
            drop(state);
            wanted.into_iter().for_each(Waker::wake);
            group
        };
        self.send(Work::Group(group))
    }

    fn send(&self, work: Work) -> Result<(), Refusal> {
        self.work.send(work).map_err(|_| {
            let failed = self.reports.take().pop();
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
        while self.shared.state().is_uncommitted() {
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
            reports, journal, ..
        } = self;
        journal
            .join()
            .map_err(|_| Refusal::Unavailable("the journal thread panicked"))?;
        let done = reports.take();
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

fn report_sizes(state: &State) {
    let engine = &state.engine;
    gauge!(measure::READY).set(if state.catching_up { 0.0 } else { 1.0 });
    let graph = engine.graph();
    gauge!(measure::ACCOUNTS).set(graph.account_count() as f64);
    gauge!(measure::IDENTIFIERS).set(graph.identifier_count() as f64);
    gauge!(measure::LINKS).set(graph.link_count() as f64);
    gauge!(measure::DEAD_LETTERS_OPEN).set(engine.dead_letters().open() as f64);
    gauge!(measure::STATE_BYTES).set(engine.memory_bytes() as f64);
}

fn report_ledger(engine: &Engine) {
    let ledger = engine.ledger();
    gauge!(measure::STANDING_LAG).set(ledger.lag() as f64);
    let holders = ledger.held.holders().len().max(1);
    gauge!(measure::STANDING_SWEEP).set((ledger.swept * 1000 / holders) as f64);
    report_adjustments(engine);
    gauge!(measure::FUSES_HELD).set(engine.fuse().held().count() as f64);
    gauge!(measure::FUSE_WAITING).set(engine.fuse().waiting().count() as f64);
    let (open, overdue) = engine.appeals().waiting(engine.now());
    gauge!(measure::OPEN_APPEALS, "overdue" => "false").set((open - overdue) as f64);
    gauge!(measure::OPEN_APPEALS, "overdue" => "true").set(overdue as f64);
    let mut unbalanced = 0;
    for (campaign, book) in ledger.held.books() {
        unbalanced += u32::from(!book.is_balanced());
        for (sum, amount) in [
            ("granted", book.granted),
            ("voided", book.voided),
            ("recovered", book.recovered),
            ("restored", book.restored),
            ("written_off", book.written_off),
            ("outstanding", book.outstanding),
            ("promised", book.promised),
        ] {
            let labels = [("campaign", campaign.to_string()), ("sum", sum.to_string())];
            gauge!(measure::BOOKS, &labels).set(amount as f64);
        }
    }
    gauge!(measure::UNBALANCED).set(unbalanced);
}

fn report_adjustments(engine: &Engine) {
    let adjustments = &engine.ledger().adjustments;
    let (open, open_since) = adjustments.open();
    let asked = adjustments.waiting().map(|latest| latest.change.changed_at);
    let (waiting, waiting_since) = asked.fold((0, None), |(count, since), at| {
        (count + 1, Some(since.map_or(at, |since| at.min(since))))
    });
    let due_since = adjustments.next_to_settle().map(|(at, _)| at);
    for (step, count, since) in [
        ("settling", adjustments.settling(), due_since),
        ("person", waiting, waiting_since),
        ("billing", open, open_since),
    ] {
        let late = since.map_or(0, |since| engine.now().micros() - since.micros());
        gauge!(measure::ADJUSTMENTS_WAITING, "step" => step).set(count as f64);
        gauge!(measure::ADJUSTMENT_LAG_SECONDS, "step" => step).set(late.max(0) as f64 / 1e6);
    }
}

/// How much of the sweep this second still has.
#[derive(Default)]
struct Sweep {
    left: usize,
    /// It came to its end since the start.
    done_once: bool,
}

impl Sweep {
    fn begin_second(&mut self, is_hurried: bool) {
        self.left = if self.done_once && !is_hurried {
            SWEPT_A_SECOND
        } else {
            SWEPT_A_SECOND_IN_A_HURRY
        };
    }
}

/// When checkpoints are due, and the one under way.
struct Checkpoints {
    copy: Option<StateCopy>,
    /// A chunk is with the journal.
    writing: bool,
    began: Instant,
    events_at_last: u64,
    every_events: u64,
}

impl Checkpoints {
    fn new(events: u64, every_events: u64) -> Self {
        Checkpoints {
            copy: None,
            writing: false,
            began: Instant::now(),
            events_at_last: events,
            every_events,
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
        let events = engine.positions.events - self.events_at_last;
        let due =
            events >= self.every_events || (events > 0 && self.began.elapsed() >= CHECKPOINT_EVERY);
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
