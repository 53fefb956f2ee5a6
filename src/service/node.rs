//! One store served to many callers. A caller's thread decides under an uncontended lock and appends
//! to the pending group; a journal thread commits one group after the other; one wake-up a commit
//! releases every caller whose work it held. Groups form by themselves: what arrives while one is
//! being committed is the next one.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, Waker},
};

use metrics::{Counter, counter};
use tokio::sync::Notify;

use super::{
    engine::{Arrival, Decided, Engine, Observed},
    measure,
    refusal::Refusal,
};
use crate::{
    domain::{
        reason::ReasonCode,
        verdict::{Decision, Question},
    },
    journal::Group,
};

/// Entries that may wait for the journal before questions are refused as overload.
const PENDING_ENTRIES_AT_MOST: usize = 20_000;
/// Events stop being taken in while so many entries wait: groups stay small, so that a burst of
/// events is not the tail of every verdict.
const PENDING_ENTRIES_FOR_EVENTS: usize = 2_000;
/// The same in bytes: a group must stay well below what the journal takes at once.
const PENDING_BYTES_AT_MOST: usize = 64 << 20;
const PENDING_BYTES_FOR_EVENTS: usize = 4 << 20;
/// Events folded under one hold of the lock.
const EVENTS_A_HOLD: usize = 256;

/// What callers and the runner share; only they and it look inside.
pub(super) struct State {
    pub(super) engine: Engine,
    pub(super) recycled: Vec<Group>,
    /// Groups handed to the journal, and groups committed.
    pub(super) handed_over: u64,
    pub(super) committed: u64,
    /// Callers by the group that they wait for, ascending.
    pub(super) waiting: VecDeque<(u64, Waker)>,
    pub(super) room_wanted: Vec<Waker>,
    pub(super) stopped: Option<&'static str>,
    /// The login event streams are not caught up with yet: no verdict from half the evidence.
    pub(super) catching_up: bool,
    /// Entries that each login event stream has beyond what is taken in.
    stream_lags: BTreeMap<String, u64>,
}

pub(super) struct Shared {
    state: Mutex<State>,
    /// Something was appended while the journal was idle, or the journal finished something.
    pub(super) stirred: Notify,
    meters: Meters,
}

/// Counters, looked up once.
struct Meters {
    /// By decision and its first reason, made when they first come.
    verdicts: Mutex<HashMap<(u8, Option<ReasonCode>), Counter>>,
    events: [EventMeters; 2],
}

/// A door that events come in by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// `EventService.PublishEvents`; files and standard input of `replay --server` come this way.
    Grpc,
    /// Redis Streams.
    Stream,
}

/// Counters of one door.
struct EventMeters {
    accepted: Counter,
    duplicate: Counter,
    refused: Counter,
}

impl EventMeters {
    fn new(door: &'static str) -> Self {
        let outcome =
            |outcome: &'static str| counter!(measure::EVENTS, "door" => door, "outcome" => outcome);
        EventMeters {
            accepted: outcome("accepted"),
            duplicate: outcome("duplicate"),
            refused: outcome("refused"),
        }
    }
}

impl Meters {
    fn new() -> Self {
        Meters {
            verdicts: Mutex::default(),
            events: [EventMeters::new("grpc"), EventMeters::new("stream")],
        }
    }

    fn count(&self, decided: &Decided) {
        let outcome = &decided.record.outcome;
        let reason = outcome.reasons.first().map(|reason| reason.code);
        let mut verdicts = self.verdicts.lock().expect("no holder panics");
        let counter = verdicts
            .entry((outcome.decision as u8, reason))
            .or_insert_with(|| verdict_counter(outcome.decision, reason));
        counter.increment(1);
    }

    fn count_events(&self, door: Door, results: &[Result<Observed, Refusal>]) {
        let meters = &self.events[door as usize];
        for result in results {
            let counter = match result {
                Ok(Observed::Accepted) => &meters.accepted,
                Ok(Observed::Duplicate) => &meters.duplicate,
                Err(_) => &meters.refused,
            };
            counter.increment(1);
        }
    }
}

fn verdict_counter(decision: Decision, reason: Option<ReasonCode>) -> Counter {
    let decision = match decision {
        Decision::Allow => "allow",
        Decision::Deny => "deny",
        Decision::Revoke => "revoke",
    };
    let reason = reason.map_or("none", ReasonCode::name);
    counter!(measure::VERDICTS, "decision" => decision, "reason" => reason)
}

/// A handle to a served store; clones share it.
#[derive(Clone)]
pub struct Node {
    shared: Arc<Shared>,
}

impl Shared {
    pub(super) fn new(engine: Engine) -> Self {
        let state = State {
            engine,
            recycled: Vec::new(),
            handed_over: 0,
            committed: 0,
            waiting: VecDeque::new(),
            room_wanted: Vec::new(),
            stopped: None,
            catching_up: false,
            stream_lags: BTreeMap::new(),
        };
        Shared {
            state: Mutex::new(state),
            stirred: Notify::new(),
            meters: Meters::new(),
        }
    }

    /// Something was appended: the ticket for it. An idle runner is stirred; a busy one looks by
    /// itself when the journal has finished.
    fn appended(&self, state: &State) -> u64 {
        if state.handed_over == state.committed {
            self.stirred.notify_one();
        }
        state.ticket()
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder panics")
    }
}

impl State {
    /// The group whose commit makes everything appended so far durable.
    pub(super) fn ticket(&self) -> u64 {
        self.handed_over + u64::from(!self.engine.pending().is_empty())
    }

    /// Whether anything appended is not durable yet.
    pub(super) fn is_uncommitted(&self) -> bool {
        self.ticket() > self.committed
    }

    fn check_room_for_questions(&self) -> Result<(), Refusal> {
        self.check_running()?;
        if self.catching_up {
            return Err(Refusal::Unavailable(
                "catching up with the login event streams",
            ));
        }
        if self.is_pending(PENDING_ENTRIES_AT_MOST, PENDING_BYTES_AT_MOST) {
            return Err(Refusal::Overloaded(
                "too many verdicts wait for the journal",
            ));
        }
        Ok(())
    }

    /// Whether so much waits to be handed over.
    fn is_pending(&self, entries: usize, bytes: usize) -> bool {
        let pending = self.engine.pending();
        pending.len() >= entries || pending.bytes_len() >= bytes
    }

    fn check_running(&self) -> Result<(), Refusal> {
        self.stopped
            .map_or(Ok(()), |why| Err(Refusal::Unavailable(why)))
    }
}

impl Node {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Node { shared }
    }

    /// Takes events in, in order; the ticket is for [`Node::durable`]. An arrival that was refused
    /// already keeps its place.
    ///
    /// # Errors
    /// The node stops or the store fails.
    pub async fn submit(
        &self,
        door: Door,
        arrivals: Vec<Result<Arrival, Refusal>>,
    ) -> Result<(Vec<Result<Observed, Refusal>>, u64), Refusal> {
        let mut results = Vec::with_capacity(arrivals.len());
        let mut ticket = 0;
        let mut arrivals = arrivals.into_iter();
        while !arrivals.as_slice().is_empty() {
            self.room().await?;
            let mut state = self.shared.state();
            results.extend(state.engine.observe_some(&mut arrivals, EVENTS_A_HOLD));
            state.engine.refresh();
            ticket = self.shared.appended(&state);
        }
        self.shared.meters.count_events(door, &results);
        Ok((results, ticket))
    }

    /// Decides one question and answers once the verdict is durable.
    ///
    /// # Errors
    /// Too much waits; the node stops or the store fails; see [`Engine::decide`].
    pub async fn decide(
        &self,
        question: Question,
        validate_only: bool,
    ) -> Result<Decided, Refusal> {
        let (decided, ticket) = {
            let mut state = self.shared.state();
            state.check_room_for_questions()?;
            let decided = state.engine.decide(question, validate_only)?;
            (decided, self.shared.appended(&state))
        };
        self.durable(ticket).await?;
        self.shared.meters.count(&decided);
        Ok(decided)
    }

    /// Decides questions, in order, and answers once all of them are durable.
    ///
    /// # Errors
    /// Too much waits; the node stops or the store fails. A refused question is an error in its own
    /// place.
    pub async fn decide_all(
        &self,
        questions: Vec<(Question, bool)>,
    ) -> Result<Vec<Result<Decided, Refusal>>, Refusal> {
        let (results, ticket) = {
            let mut state = self.shared.state();
            state.check_room_for_questions()?;
            let results = state.engine.decide_all(questions);
            (results, self.shared.appended(&state))
        };
        self.durable(ticket).await?;
        let decided = results.iter().flatten();
        decided.for_each(|decided| self.shared.meters.count(decided));
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

    /// Changes the state; answers once the change is durable.
    ///
    /// # Errors
    /// The node stops or the store fails; or what the change itself refuses.
    pub async fn change<T>(
        &self,
        change: impl FnOnce(&mut Engine) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let (changed, ticket) = self.append(change)?;
        self.durable(ticket).await?;
        Ok(changed)
    }

    /// Changes the state; the ticket is for [`Node::durable`].
    pub(super) fn append<T>(
        &self,
        change: impl FnOnce(&mut Engine) -> Result<T, Refusal>,
    ) -> Result<(T, u64), Refusal> {
        let mut state = self.shared.state();
        state.check_running()?;
        let changed = change(&mut state.engine)?;
        let ticket = self.shared.appended(&state);
        Ok((changed, ticket))
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

    /// Whether it takes questions: it runs, and is caught up with what feeds it.
    pub fn is_ready(&self) -> bool {
        let state = self.shared.state();
        state.stopped.is_none() && !state.catching_up
    }

    /// Refuses questions while the login event streams are being caught up with.
    pub fn set_catching_up(&self, catching_up: bool) {
        self.shared.state().catching_up = catching_up;
    }

    /// Notes how many entries a login event stream has beyond what is taken in.
    pub fn set_stream_lag(&self, stream: &str, entries: u64) {
        let mut state = self.shared.state();
        match state.stream_lags.get_mut(stream) {
            Some(lag) => *lag = entries,
            None => drop(state.stream_lags.insert(stream.into(), entries)),
        }
    }

    /// Entries that each login event stream has beyond what is taken in.
    ///
    /// # Errors
    /// The node stops.
    pub fn stream_lags(&self) -> Result<BTreeMap<String, u64>, Refusal> {
        let state = self.shared.state();
        state.check_running()?;
        Ok(state.stream_lags.clone())
    }

    /// Waits until everything up to a ticket is durable.
    pub fn durable(&self, ticket: u64) -> Durable<'_> {
        Durable {
            shared: &self.shared,
            ticket,
        }
    }

    pub(super) fn room(&self) -> Room<'_> {
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
pub(super) struct Room<'a> {
    shared: &'a Shared,
}

impl Future for Room<'_> {
    type Output = Result<(), Refusal>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.shared.state();
        if let Err(refusal) = state.check_running() {
            return Poll::Ready(Err(refusal));
        }
        if !state.is_pending(PENDING_ENTRIES_FOR_EVENTS, PENDING_BYTES_FOR_EVENTS) {
            return Poll::Ready(Ok(()));
        }
        state.room_wanted.push(context.waker().clone());
        Poll::Pending
    }
}
