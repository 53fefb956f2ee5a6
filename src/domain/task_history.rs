//! An account's completed tasks, summed up; the earliest are remembered one by one.

use serde::{Deserialize, Serialize};

use super::event::{Task, word_hash};

/// Tasks remembered an account for cadence and sizes; the earliest are kept.
pub const TASKS_KEPT: usize = 12;
/// A task of at most so many tokens is tiny.
pub const TINY_TASK_TOKENS: u64 = 64;

/// One remembered task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
}

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
    /// The earliest [`TASKS_KEPT`], ascending.
    pub earliest: Vec<TaskSample>,
}

impl TaskHistory {
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
        let sample = TaskSample {
            started: started.seconds(),
            id: word_hash(&task.task_id),
            tokens: u32::try_from(task.tokens).unwrap_or(u32::MAX),
            seconds: ended.seconds().saturating_sub(started.seconds()),
            device: device.map_or(0, |index| index + 1),
        };
        let position = self.earliest.partition_point(|known| *known < sample);
        if position < TASKS_KEPT {
            if self.earliest.len() == TASKS_KEPT {
                self.earliest.pop();
            } else {
                self.earliest.reserve_exact(1);
            }
            self.earliest.insert(position, sample);
        }
    }
}
