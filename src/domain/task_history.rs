//! An account's completed tasks, summed up; the latest are remembered one by one. A program that takes
//! an account over is in the latest; what the account is on the whole is in the sums.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smallvec::SmallVec;

use super::{
    event::{Task, word_hash},
    moments::{Moments, Phase},
};

/// Tasks remembered an account one by one; the latest are kept.
pub const TASKS_KEPT: usize = 12;
/// A task of at most so many tokens is tiny.
pub const TINY_TASK_TOKENS: u64 = 64;
/// A task that is over after at most so many seconds is hasty: nothing real is done in it.
pub const HASTY_TASK_SECONDS: u32 = 10;
/// A task of at most so many tokens...
pub const IDLE_TASK_TOKENS: u64 = 512;
/// ...that is over after at most so many seconds did hardly anything.
pub const IDLE_TASK_SECONDS: u32 = 30;
/// Billing may count a task's tokens a little otherwise than the stream: from so many hundredths of them on
/// it contradicts the stream.
pub const CONTRADICTION_HUNDREDTHS: i32 = 120;
/// Tasks remembered an account of which billing contradicted the stream; those with the smallest hash.
pub const CONTRADICTED_KEPT: usize = 16;
/// What is begun by the clock mostly begins at the same second of every minute...
pub const MINUTE_SECONDS: u32 = 60;
/// ...and what a calendar begins, at the same second of every quarter of an hour.
pub const QUARTER_SECONDS: u32 = 900;

/// One remembered task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TaskSample {
    /// When it began (or ended, where the start is unknown), seconds since 1970.
    pub started: u32,
    /// Hash of its id: tells tasks of one second apart, in an order that arrival does not set.
    pub id: u32,
    /// Tokens, up to 2^32 - 1.
    pub tokens: u32,
    /// How long it ran, seconds, at least 1; 0 where the start is unknown.
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
    /// How many ran for at most [`HASTY_TASK_SECONDS`].
    pub hasty: u32,
    /// How many had at most [`IDLE_TASK_TOKENS`] and ran for at most [`IDLE_TASK_SECONDS`].
    pub idle: u32,
    /// The most tokens a second of any.
    pub fastest: u32,
    /// When the first began, seconds since 1970; `None` where no task told its time.
    pub first_started: Option<u32>,
    /// Their sizes, tokens.
    pub sizes: Moments,
    /// How long they ran, seconds.
    pub lengths: Moments,
    /// Their input, where there was any.
    pub inputs: Moments,
    /// At what second of a minute they began.
    pub minutes: Phase,
    /// At what second of a quarter of an hour they began.
    pub quarters: Phase,
    /// The mean logarithm (base 2) of the latest tasks' sizes; 0 where there are none. Kept, since a
    /// verdict asks it of everybody on the account's machines.
    pub mean_size: f64,
    latest: PackedTasks,
    /// Hashes of the ids of tasks of which billing was told more than the stream saw, ascending. A set, so
    /// that a question remembered twice, as after a restart, is remembered once.
    contradicted: Box<[u32]>,
}

impl TaskHistory {
    /// The latest [`TASKS_KEPT`], ascending.
    pub fn latest(&self) -> TaskSamples {
        self.latest.unpack()
    }

    /// When each of them began, ascending, seconds since 1970.
    pub fn latest_started(&self) -> impl ExactSizeIterator<Item = u32> + '_ {
        let (_, started, _) = self.latest.parts();
        started.iter().copied().map(u32::from_le_bytes)
    }

    /// Reads a word of each line of memory that the latest tasks lie in; see
    /// [`EntityGraph::touch`](super::graph::EntityGraph::touch).
    pub(super) fn touch(&self) -> u64 {
        let lines = self.latest.0.iter().step_by(64);
        lines.fold(self.tokens, |read, byte| read ^ u64::from(*byte))
    }

    /// The tokens of a task that is remembered, by its id.
    pub fn find(&self, task_id: &str) -> Option<u32> {
        let id = word_hash(task_id).to_le_bytes();
        let (ids, ..) = self.latest.parts();
        let place = ids.iter().rposition(|known| *known == id)?;
        self.latest().get(place).map(|task| task.tokens)
    }

    /// Remembers that billing was told more tokens of a task than the stream saw.
    pub fn contradict(&mut self, task_id: &str) {
        let id = word_hash(task_id);
        let Err(place) = self.contradicted.binary_search(&id) else {
            return;
        };
        let mut known = std::mem::take(&mut self.contradicted).into_vec();
        known.insert(place, id);
        known.truncate(CONTRADICTED_KEPT);
        self.contradicted = known.into();
    }

    /// Tasks of which billing contradicted the stream, up to [`CONTRADICTED_KEPT`]; with this one, if it does.
    pub fn contradicted_with(&self, task_id: Option<&str>) -> usize {
        let known = |id: &str| self.contradicted.binary_search(&word_hash(id)).is_ok();
        let one_more = task_id.is_some_and(|id| !known(id));
        (self.contradicted.len() + usize::from(one_more)).min(CONTRADICTED_KEPT)
    }

    /// Takes in a completed task.
    pub fn add(&mut self, task: &Task, device: Option<u32>) {
        self.completed = self.completed.saturating_add(1);
        self.tokens = self.tokens.saturating_add(task.tokens);
        self.sizes.add(task.tokens);
        if let Some(input_events) = task.input_events {
            self.with_input_known = self.with_input_known.saturating_add(1);
            self.without_input = self
                .without_input
                .saturating_add(u32::from(input_events == 0));
            if input_events > 0 {
                self.inputs.add(u64::from(input_events));
            }
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
        let both_known = task.started_at.is_some() && task.completed_at.is_some();
        let sample = TaskSample {
            started: started.seconds(),
            id: word_hash(&task.task_id),
            tokens: u32::try_from(task.tokens).unwrap_or(u32::MAX),
            seconds: ended
                .seconds()
                .saturating_sub(started.seconds())
                .max(u32::from(both_known)),
            device: device.map_or(0, |index| index + 1),
            input: task
                .input_events
                .map_or(INPUT_UNKNOWN, |count| count.min(INPUT_UNKNOWN - 1)),
        };
        if both_known {
            self.add_timed(&sample);
        }
        let first = self.first_started.unwrap_or(u32::MAX);
        self.first_started = Some(first.min(sample.started));
        self.remember(sample);
    }

    /// Takes in a task of which both ends are known.
    fn add_timed(&mut self, task: &TaskSample) {
        self.lengths.add(u64::from(task.seconds));
        let hasty = u32::from(task.seconds <= HASTY_TASK_SECONDS);
        self.hasty = self.hasty.saturating_add(hasty);
        let idle = u64::from(task.tokens) <= IDLE_TASK_TOKENS && task.seconds <= IDLE_TASK_SECONDS;
        self.idle = self.idle.saturating_add(u32::from(idle));
        self.fastest = self.fastest.max(task.tokens / (task.seconds + 1));
        self.minutes.add(task.started, MINUTE_SECONDS);
        self.quarters.add(task.started, QUARTER_SECONDS);
    }

    fn remember(&mut self, sample: TaskSample) {
        let mut latest = self.latest();
        let place = latest.partition_point(|known| *known < sample);
        if latest.len() < TASKS_KEPT {
            latest.insert(place, sample);
        } else if place > 0 {
            // The earliest makes room; what is earlier than all is not kept.
            latest.copy_within(1..place, 0);
            latest[place - 1] = sample;
        } else {
            return;
        }
        let logarithms = latest.iter();
        let logarithms = logarithms.map(|task| (f64::from(task.tokens) + 1.0).log2());
        self.mean_size = logarithms.sum::<f64>() / latest.len() as f64;
        self.latest = PackedTasks::pack(&latest);
    }
}

/// Tasks in some 17 bytes each instead of 24, since an account's tasks are half of what it holds beside its
/// links: how many, the hashes of their ids, when they began, then the rest in as few bytes as it needs.
#[derive(Clone, Debug, Default, PartialEq)]
struct PackedTasks(Box<[u8]>);

/// Tokens, duration, what the device differs in from the task before, and input events + 1, 0 for an unknown
/// number.
type Rest = (u32, u32, u32, u32);

impl PackedTasks {
    fn pack(tasks: &[TaskSample]) -> Self {
        let mut bytes = Vec::with_capacity(1 + TASKS_KEPT * size_of::<TaskSample>());
        bytes.push(u8::try_from(tasks.len()).expect("few are kept"));
        bytes.extend(tasks.iter().flat_map(|task| task.id.to_le_bytes()));
        bytes.extend(tasks.iter().flat_map(|task| task.started.to_le_bytes()));
        let mut device = 0;
        for task in tasks {
            let input = task.input.wrapping_add(1);
            let rest: Rest = (task.tokens, task.seconds, task.device ^ device, input);
            bytes = postcard::to_extend(&rest, bytes).expect("memory takes it");
            device = task.device;
        }
        PackedTasks(bytes.into())
    }

    /// The hashes of the ids, when they began, and the rest.
    fn parts(&self) -> (&[[u8; 4]], &[[u8; 4]], &[u8]) {
        let (count, rest) = self.0.split_first().unwrap_or((&0, &[]));
        let words = usize::from(*count) * 4;
        let (ids, rest) = rest.split_at_checked(words).unwrap_or_default();
        let (started, rest) = rest.split_at_checked(words).unwrap_or_default();
        (ids.as_chunks().0, started.as_chunks().0, rest)
    }

    fn unpack(&self) -> TaskSamples {
        let (ids, started, mut rest) = self.parts();
        let mut device = 0;
        let mut next = |(id, started): (&[u8; 4], &[u8; 4])| {
            let ((tokens, seconds, other, input), after): (Rest, _) =
                postcard::take_from_bytes(rest).ok()?;
            rest = after;
            device ^= other;
            Some(TaskSample {
                started: u32::from_le_bytes(*started),
                id: u32::from_le_bytes(*id),
                tokens,
                seconds,
                device,
                input: input.wrapping_sub(1),
            })
        };
        ids.iter().zip(started).map_while(&mut next).collect()
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
