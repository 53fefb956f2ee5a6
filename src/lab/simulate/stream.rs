//! The three files of a set on their way to the disk, and what a real stream does to events: it
//! repeats them, delivers them late, and now and then breaks a line.

use std::{io, path::Path};

use super::{
    calendar::MINUTE,
    dice::{Dice, mix},
    line::{CheckLine, EventLine, TruthLine},
    parameters::Parameters,
    sorter::Sorter,
};

/// Bytes of events held before they are sorted and written to disk.
const EVENT_BYTES_HELD: usize = 96 << 20;
/// The same of questions, and of truths.
const OTHER_BYTES_HELD: usize = 16 << 20;

/// How often the stream misbehaves.
pub struct Faults {
    repeats: f64,
    late: f64,
    late_minutes: f64,
    broken: f64,
}

impl Faults {
    /// As a world's parameters say; lines are broken only where that is asked for.
    pub fn new(parameters: &Parameters, broken: bool) -> Self {
        Faults {
            repeats: parameters.repeats,
            late: parameters.late,
            late_minutes: parameters.late_minutes,
            broken: if broken { parameters.broken } else { 0.0 },
        }
    }
}

/// Where lines go.
pub struct Stream {
    pub events: Sorter,
    pub checks: Sorter,
    pub truth: Sorter,
    faults: Faults,
    line: Vec<u8>,
}

impl Stream {
    /// Spills into this folder.
    pub fn new(folder: &Path, faults: Faults) -> Self {
        Stream {
            events: Sorter::new(folder, EVENT_BYTES_HELD),
            checks: Sorter::new(folder, OTHER_BYTES_HELD),
            truth: Sorter::new(folder, OTHER_BYTES_HELD),
            faults,
            line: Vec::new(),
        }
    }

    /// An event arrives; `tie` orders those of one millisecond and must say nothing.
    pub fn event(&mut self, event: &EventLine, tie: u64, dice: &mut Dice) -> io::Result<()> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, event)?;
        let occurred_at = event.occurred_at.0;
        let mut delay = || (dice.log_normal(self.faults.late_minutes, 1.0) * MINUTE as f64) as i64;
        let late = delay();
        let again = delay();
        let arrival = if dice.chance(self.faults.late) {
            occurred_at + late
        } else {
            occurred_at
        };
        self.events.push((arrival, tie), &self.line)?;
        if dice.chance(self.faults.repeats) {
            self.events
                .push((arrival + again, mix(tie, 1)), &self.line)?;
        }
        if dice.chance(self.faults.broken) {
            break_line(&mut self.line, dice);
            self.events.push((arrival, mix(tie, 2)), &self.line)?;
        }
        Ok(())
    }

    /// A question of billing, asked once the task has completed; one about a task that still runs comes
    /// last.
    pub fn check(&mut self, check: &CheckLine, tie: u64) -> io::Result<()> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, check)?;
        let at = check.task.completed_at.map_or(i64::MAX, |at| at.0);
        self.checks.push((at, tie), &self.line)
    }

    /// The truth about an account; in an order that says nothing.
    pub fn truth(&mut self, truth: &TruthLine, tie: u64) -> io::Result<()> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, truth)?;
        self.truth.push((0, tie), &self.line)
    }
}

/// Damages a copy of a line in one of the ways that are seen in practice.
fn break_line(line: &mut Vec<u8>, dice: &mut Dice) {
    let replace = |line: &mut Vec<u8>, from: &str, to: &str| {
        let text = String::from_utf8_lossy(line).replacen(from, to, 1);
        *line = text.into_bytes();
    };
    match dice.whole(0, 5) {
        0 => line.truncate(line.len() / 2),
        1 => line[0] = b'\xff',
        2 => replace(line, "\"accountId\":", "\"accountIdentifier\":"),
        3 => replace(line, "EVENT_TYPE_", "EVENT_KIND_"),
        4 => replace(line, "\"occurredAt\":\"2", "\"occurredAt\":\"7"),
        _ => replace(line, "\"eventId\":\"", "\"eventId\":7,\"was\":\""),
    }
}
