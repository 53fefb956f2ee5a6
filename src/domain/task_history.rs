//! An account's completed tasks, summed up; the earliest are remembered one by one.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smallvec::SmallVec;

use super::event::{Task, word_hash};

/// Tasks remembered an account for cadence and sizes; the earliest are kept.
pub const TASKS_KEPT: usize = 12;
/// Tasks remembered an account to compare questions with; the latest are kept.
pub const LATEST_TASKS_KEPT: usize = 4;
/// A task of at most so many tokens is tiny.
pub const TINY_TASK_TOKENS: u64 = 64;

/// One remembered task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TaskSample {
    /// When it began (or ended, where the start is unknown), seconds since 1970.
    pub started: u32,
    /// Hash of its id: tells tasks of one second apart, in an order that arrival does not set.
    pub id: u32,
    /// Tokens, up to 2^32 - 1.
    pub tokens: u32,
    /// How long it ran, seconds; 0 where the start is unknown.
    pub seconds: u32,
    /// The device that reported it: index + 1, 0 where none is known.
    pub device: u32,
    /// Input events while it was set up, up to 2^32 - 2; [`INPUT_UNKNOWN`] where nobody counted.
    pub input: u32,
}

/// Stands for no count of input events.
pub const INPUT_UNKNOWN: u32 = u32::MAX;

/// Tasks, ascending.
pub type TaskSamples = SmallVec<[TaskSample; TASKS_KEPT]>;

/// An account's completed tasks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TaskHistory {
    /// How many completed.
    pub completed: u32,
    /// Of how many the input events are known.
    pub with_input_known: u32,
    /// How many were set up without any input.
    pub without_input: u32,
    /// How many had at most [`TINY_TASK_TOKENS`].
    pub tiny: u32,
    /// Their tokens in all.
    pub tokens: u64,
    /// The mean logarithm (base 2) of the earliest tasks' sizes; 0 where there are none. Kept, since a
    /// verdict asks it of everybody on the account's machines.
    pub mean_size: f64,
    earliest: PackedTasks,
    /// When the last of them began, once no more are kept; until then 0.
    earliest_until: u32,
    /// Start, hash of the id and tokens of the latest, ascending, unused ones (0, 0, 0) in front.
    pub latest: [(u32, u32, u32); LATEST_TASKS_KEPT],
}

impl TaskHistory {
    /// The earliest [`TASKS_KEPT`], ascending.
    pub fn earliest(&self) -> TaskSamples {
        self.earliest.unpack()
    }

    /// Reads a word of each line of memory that the earliest tasks lie in; see
    /// [`EntityGraph::touch`](super::graph::EntityGraph::touch).
    pub(super) fn touch(&self) -> u64 {
        let lines = self.earliest.0.iter().step_by(64);
        lines.fold(self.tokens, |read, byte| read ^ u64::from(*byte))
    }

    /// The tokens of a task that is remembered, by its id.
    pub fn find(&self, task_id: &str) -> Option<u32> {
        let id = word_hash(task_id);
        let latest = self.latest.iter().rev();
        let mut latest = latest.filter(|(started, ..)| *started != 0);
        let found = latest.find(|known| known.1 == id).map(|known| known.2);
        found.or_else(|| self.earliest.tokens_of(id))
    }

    /// Takes in a completed task.
    pub fn add(&mut self, task: &Task, device: Option<u32>) {
        self.completed = self.completed.saturating_add(1);
        self.tokens = self.tokens.saturating_add(task.tokens);
        if let Some(input_events) = task.input_events {
            self.with_input_known = self.with_input_known.saturating_add(1);
            self.without_input = self
                .without_input
                .saturating_add(u32::from(input_events == 0));
        }
        self.tiny = self
            .tiny
            .saturating_add(u32::from(task.tokens <= TINY_TASK_TOKENS));
        let (Some(started), ended) = (
            task.started_at.or(task.completed_at),
            task.completed_at.or(task.started_at),
        ) else {
            return;
        };
        let ended = ended.unwrap_or(started);
        self.remember(TaskSample {
            started: started.seconds(),
            id: word_hash(&task.task_id),
            tokens: u32::try_from(task.tokens).unwrap_or(u32::MAX),
            seconds: ended.seconds().saturating_sub(started.seconds()),
            device: device.map_or(0, |index| index + 1),
            input: task
                .input_events
                .map_or(INPUT_UNKNOWN, |count| count.min(INPUT_UNKNOWN - 1)),
        });
    }

    fn remember(&mut self, task: TaskSample) {
        let seen = (task.started, task.id, task.tokens);
        let place = self.latest.partition_point(|known| *known < seen);
        if place > 0 {
            self.latest.copy_within(1..place, 0);
            self.latest[place - 1] = seen;
        }
        if self.earliest_until != 0 && self.earliest_until < task.started {
            return;
        }
        let mut earliest = self.earliest();
        let place = earliest.partition_point(|known| *known < task);
        earliest.insert(place, task);
        earliest.truncate(TASKS_KEPT);
        let last = (earliest.len() == TASKS_KEPT).then(|| earliest.last());
        self.earliest_until = last.flatten().map_or(0, |last| last.started);
        let logarithms = earliest.iter();
        let logarithms = logarithms.map(|task| (f64::from(task.tokens) + 1.0).log2());
        self.mean_size = logarithms.sum::<f64>() / earliest.len() as f64;
        self.earliest = PackedTasks::pack(&earliest);
    }
}

/// Tasks in some 15 bytes each instead of 24, since an account's tasks are half of what it holds beside its
/// links: how many, the hashes of their ids, then differences from one task to the next, in as few bytes
/// as they need.
#[derive(Clone, Debug, Default, PartialEq)]
struct PackedTasks(Box<[u8]>);

/// A task against the one before it: seconds since that began, tokens, duration, what its device differs in,
/// and input events + 1, 0 for an unknown number.
type Difference = (u32, u32, u32, u32, u32);

impl PackedTasks {
    fn pack(tasks: &[TaskSample]) -> Self {
        let mut bytes = Vec::with_capacity(1 + TASKS_KEPT * size_of::<TaskSample>());
        bytes.push(u8::try_from(tasks.len()).expect("few are kept"));
        bytes.extend(tasks.iter().flat_map(|task| task.id.to_le_bytes()));
        let (mut started, mut device) = (0, 0);
        for task in tasks {
            let difference: Difference = (
                task.started - started,
                task.tokens,
                task.seconds,
                task.device ^ device,
                task.input.wrapping_add(1),
            );
            bytes = postcard::to_extend(&difference, bytes).expect("memory takes it");
            (started, device) = (task.started, task.device);
        }
        PackedTasks(bytes.into())
    }

    /// The hashes of the ids, and the rest.
    fn ids(&self) -> (&[[u8; 4]], &[u8]) {
        let (count, rest) = self.0.split_first().unwrap_or((&0, &[]));
        let (ids, rest) = rest
            .split_at_checked(usize::from(*count) * 4)
            .unwrap_or_default();
        (ids.as_chunks().0, rest)
    }

    fn unpack(&self) -> TaskSamples {
        let (ids, mut rest) = self.ids();
        let (mut started, mut device) = (0u32, 0);
        let mut next = |id: &[u8; 4]| {
            let ((later, tokens, seconds, other, input), after): (Difference, _) =
                postcard::take_from_bytes(rest).ok()?;
            rest = after;
            started = started.wrapping_add(later);
            device ^= other;
            Some(TaskSample {
                started,
                id: u32::from_le_bytes(*id),
                tokens,
                seconds,
                device,
                input: input.wrapping_sub(1),
            })
        };
        ids.iter().map_while(&mut next).collect()
    }

    /// The tokens of the first task of such an id.
    fn tokens_of(&self, id: u32) -> Option<u32> {
        let place = self
            .ids()
            .0
            .iter()
            .position(|known| *known == id.to_le_bytes())?;
        self.unpack().get(place).map(|task| task.tokens)
    }
}

impl Serialize for PackedTasks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for PackedTasks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&[u8]>::deserialize(deserializer).map(|bytes| PackedTasks(bytes.into()))
    }
}
