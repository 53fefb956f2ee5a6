//! Adjustments in memory: what the entries of the journal that change them add up to.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::{HashMap, HashSet};

use crate::domain::{
    adjustment::{AdjustmentChange, AdjustmentState},
    clock::Timestamp,
};

/// The latest change of an adjustment, and its sequence number.
#[derive(Clone, Debug)]
pub struct Latest {
    /// Of the change.
    pub sequence: u64,
    /// The change.
    pub change: AdjustmentChange,
}

/// All adjustments, by number.
#[derive(Default)]
pub struct Adjustments {
    all: BTreeMap<u64, Latest>,
    /// The live one of each verdict.
    live: HashMap<u64, u64>,
    settling: BTreeSet<(Timestamp, u64)>,
    /// Those whose delay passed while an appeal about them was open, by account.
    put_aside: HashMap<String, Vec<(Timestamp, u64)>>,
    /// Those that would have settled, and wait for a person to decide of a fuse.
    parked: BTreeSet<(Timestamp, u64)>,
    /// Those that billing has not answered, by when they were opened.
    open: BTreeSet<(Timestamp, u64)>,
    voided: HashSet<u64>,
    /// Those that wait for a person, by account: refused by billing, or proposed without a delay of
    /// their own.
    waiting: HashMap<String, Vec<u64>>,
    /// All of a verdict that has had more than the live one.
    earlier: HashMap<u64, Vec<u64>>,
    last_sequence: u64,
}

impl Adjustments {
    /// An adjustment by its number.
    pub fn get(&self, adjustment: u64) -> Option<&Latest> {
        self.all.get(&adjustment)
    }

    /// The live adjustment of a verdict.
    pub fn live(&self, verdict: u64) -> Option<&Latest> {
        self.all.get(self.live.get(&verdict)?)
    }

    /// Every adjustment that a verdict has had.
    pub fn of(&self, verdict: u64) -> impl Iterator<Item = &Latest> {
        let earlier = self.earlier.get(&verdict).into_iter().flatten();
        let live = self.live.get(&verdict);
        earlier
            .chain(live)
            .filter_map(|number| self.all.get(number))
    }

    /// The latest of each that waits for a person.
    pub fn waiting(&self) -> impl Iterator<Item = &Latest> {
        let waiting = self.waiting.values().flatten();
        waiting.filter_map(|number| self.all.get(number))
    }

    /// Those of an account that wait for a person.
    pub fn waiting_of(&self, account_id: &str) -> &[u64] {
        self.waiting.get(account_id).map_or(&[], |waiting| waiting)
    }

    /// Every adjustment after one, in the order in which they were made.
    pub fn after(&self, adjustment: u64) -> impl Iterator<Item = &Latest> {
        self.all.range(adjustment + 1..).map(|(_, latest)| latest)
    }

    /// How many settle by themselves in their time.
    pub fn settling(&self) -> usize {
        self.settling.len()
    }

    /// Whether billing voided a grant.
    pub fn is_voided(&self, verdict: u64) -> bool {
        self.voided.contains(&verdict)
    }

    /// The sequence number of the last change of any.
    pub fn last_sequence(&self) -> u64 {
        self.last_sequence
    }

    /// The next adjustment to settle, and when.
    pub fn next_to_settle(&self) -> Option<(Timestamp, u64)> {
        self.settling.first().copied()
    }

    /// Puts aside what is next to settle, until [`Adjustments::take_up`].
    pub(super) fn put_aside(&mut self) {
        let next = self.settling.pop_first();
        let of = |place: &(Timestamp, u64)| self.all.get(&place.1);
        if let Some((place, latest)) = next.and_then(|place| Some((place, of(&place)?))) {
            let account_id = latest.change.account_id.clone();
            self.put_aside.entry(account_id).or_default().push(place);
        }
    }

    /// Lets settle again what was put aside of an account and still stands.
    pub fn take_up(&mut self, account_id: &str) {
        for (at, number) in self.put_aside.remove(account_id).unwrap_or_default() {
            let settles_at = self
                .all
                .get(&number)
                .and_then(|latest| latest.change.settles_at);
            if settles_at == Some(at) {
                self.settling.insert((at, number));
            }
        }
    }

    /// Those that billing has not answered, and since when the oldest waits.
    pub fn open(&self) -> (usize, Option<Timestamp>) {
        (self.open.len(), self.open.first().map(|(since, _)| *since))
    }

    /// Takes in a change; answers the state before it.
    pub fn apply(&mut self, sequence: u64, change: AdjustmentChange) -> Option<AdjustmentState> {
        let before = self.all.get(&change.adjustment).map(|known| {
            if let Some(at) = known.change.settles_at {
                self.settling.remove(&(at, change.adjustment));
                self.parked.remove(&(at, change.adjustment));
            }
            self.open
                .remove(&(known.change.changed_at, change.adjustment));
            known.change.state
        });
        if change.state.is_live() {
            self.live.insert(change.verdict, change.adjustment);
        } else if self.live.remove(&change.verdict).is_some() {
            let earlier = self.earlier.entry(change.verdict).or_default();
            earlier.push(change.adjustment);
        }
        let needs_person = match change.state {
            AdjustmentState::Refused => true,
            AdjustmentState::Proposed => change.settles_at.is_none(),
            _ => false,
        };
        self.wait(&change.account_id, change.adjustment, needs_person);
        if let (AdjustmentState::Proposed, Some(at)) = (change.state, change.settles_at) {
            self.settling.insert((at, change.adjustment));
        }
        if change.state == AdjustmentState::Open {
            self.open.insert((change.changed_at, change.adjustment));
        }
        self.last_sequence = sequence;
        self.all
            .insert(change.adjustment, Latest { sequence, change });
        before
    }

    fn wait(&mut self, account_id: &str, adjustment: u64, needs_person: bool) {
        if needs_person {
            let waiting = self.waiting.entry_ref(account_id).or_default();
            if !waiting.contains(&adjustment) {
                waiting.push(adjustment);
            }
        } else if let Some(waiting) = self.waiting.get_mut(account_id) {
            waiting.retain(|one| *one != adjustment);
            if waiting.is_empty() {
                self.waiting.remove(account_id);
            }
        }
    }

    pub(super) fn park(&mut self, place: (Timestamp, u64)) {
        if self.settling.remove(&place) {
            self.parked.insert(place);
        }
    }

    /// Lets all that wait for a fuse settle, unless they are found to wait still.
    pub(super) fn unpark(&mut self) {
        self.settling.append(&mut self.parked);
    }

    /// Takes in that a grant is void.
    pub fn void(&mut self, verdict: u64) {
        self.voided.insert(verdict);
    }
}
