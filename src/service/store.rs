//! A store driven alone, by the command line: the same engine and journal as the server's, committed
//! in line.

use std::path::Path;

use super::{
    engine::{Arrival, Decided, Engine, Observed},
    recovery::{self, Setup},
    refusal::Refusal,
};
use crate::{domain::verdict::Question, journal::Group, journal::Journal};

/// Entries a group holds at most when one caller drives the store.
pub const ENTRIES_A_GROUP: usize = 1000;

/// An open store.
pub struct Store {
    engine: Engine,
    journal: Journal,
    recycled: Group,
}

impl Store {
    /// Opens or creates the store in a directory.
    ///
    /// # Errors
    /// See [`recovery::open`].
    pub fn open(directory: &Path, setup: &Setup) -> Result<Self, Refusal> {
        let (mut engine, journal) = recovery::open(directory, setup)?;
        engine.finish_trial();
        Ok(Store {
            engine,
            journal,
            recycled: Group::default(),
        })
    }

    /// The state.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The state, to publish campaigns; commit afterwards.
    pub fn engine_mut(&mut self) -> &mut Engine {
        &mut self.engine
    }

    /// Takes an event in; durable after the next [`Store::commit`].
    ///
    /// # Errors
    /// See [`Engine::observe`].
    pub fn observe(&mut self, arrival: &Arrival) -> Result<Observed, Refusal> {
        self.engine.touch_arrival(arrival);
        self.engine.observe(arrival)
    }

    /// Decides a question; durable after the next [`Store::commit`].
    ///
    /// # Errors
    /// See [`Engine::decide`].
    pub fn decide(&mut self, question: Question, validate_only: bool) -> Result<Decided, Refusal> {
        self.engine.decide(question, validate_only)
    }

    /// Whether enough waits to be worth a commit.
    pub fn is_group_full(&self) -> bool {
        self.engine.pending().len() >= ENTRIES_A_GROUP
    }

    /// Makes everything so far durable.
    ///
    /// # Errors
    /// The store can't be written; it must be opened again.
    pub fn commit(&mut self) -> Result<(), Refusal> {
        self.engine.refresh();
        while self.engine.advance(ENTRIES_A_GROUP) {}
        let group = self.engine.take_group(std::mem::take(&mut self.recycled));
        self.journal.commit(&group)?;
        let filters = self.journal.take_new_filters();
        self.engine
            .committed(self.journal.positions().verdicts, filters);
        self.recycled = group;
        self.recycled.clear();
        Ok(())
    }

    /// Commits, and writes a checkpoint so that the next opening is quick.
    ///
    /// # Errors
    /// The store can't be written.
    pub fn close(mut self) -> Result<(), Refusal> {
        self.engine.settle_standings();
        self.commit()?;
        let mut copy = self.engine.begin_copy();
        let pass = self.journal.begin_state_checkpoint(copy.begin)?;
        while let Some(chunk) = self.engine.copy_slice(&mut copy) {
            self.journal
                .write_chunk(pass, chunk.kind, chunk.number, &chunk.bytes)?;
        }
        self.journal.finish_state_checkpoint(pass)?;
        self.journal.checkpoint_wal()?;
        Ok(())
    }
}
