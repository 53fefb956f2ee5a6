//! The life of benefits in memory: verdicts held, adjustments, and what waits to be looked at again.

use std::collections::VecDeque;

use hashbrown::HashSet;
use tokio::sync::watch;

use super::{
    adjustments::Adjustments,
    cases::Suspicious,
    held::{GROUND_UNKNOWN, HeldVerdicts},
};
use crate::domain::graph::EntityGraph;

/// Accounts that may wait to be examined. What finds no room is found by the sweep over all holders.
pub const WAITING_AT_MOST: usize = 1 << 16;

/// The ledger's part of a store's state.
pub struct Ledger {
    /// Verdicts by account.
    pub held: HeldVerdicts,
    /// Corrections of them.
    pub adjustments: Adjustments,
    /// Accounts worth a person's look.
    pub suspicious: Suspicious,
    waiting: VecDeque<u32>,
    waits: HashSet<u32>,
    /// Walks over an account's verdicts of one campaign, the last one first, after its standing turned:
    /// where each goes on.
    pub(super) walks: VecDeque<u32>,
    /// Where the sweep over all holders stands.
    pub(super) swept: usize,
    /// The last change of an adjustment that is durable: who watches is told.
    durable: watch::Sender<u64>,
    handed_over: u64,
}

impl Default for Ledger {
    fn default() -> Self {
        Ledger {
            held: HeldVerdicts::default(),
            adjustments: Adjustments::default(),
            suspicious: Suspicious::default(),
            waiting: VecDeque::new(),
            waits: HashSet::new(),
            walks: VecDeque::new(),
            swept: 0,
            durable: watch::Sender::new(0),
            handed_over: 0,
        }
    }
}

impl Ledger {
    /// Notes that the standing of an account may have turned. Costs nothing for who holds no verdict.
    pub fn note(&mut self, account: u32) {
        let has_room = self.waiting.len() < WAITING_AT_MOST;
        if self.held.holds(account) && has_room && self.waits.insert(account) {
            self.waiting.push_back(account);
        }
    }

    /// Has every verdict of an account looked at again.
    pub(super) fn look_again(&mut self, account: u32) {
        for position in 0..self.held.of(account).len() {
            let campaign = self.held.of(account)[position].campaign;
            self.held.set_ground(account, campaign, GROUND_UNKNOWN);
        }
        self.note(account);
    }

    /// After a restart: whether verdicts with a live adjustment were all brought in line isn't known.
    pub(super) fn doubt_corrected(&mut self, graph: &EntityGraph) {
        let live = self.adjustments.after(0);
        let live = live.filter(|latest| latest.change.state.is_live());
        let accounts: Vec<u32> = live
            .filter_map(|latest| graph.find_account(&latest.change.account_id))
            .collect();
        for account in accounts {
            self.look_again(account);
        }
    }

    pub(super) fn next_waiting(&mut self) -> Option<u32> {
        let account = self.waiting.pop_front()?;
        self.waits.remove(&account);
        Some(account)
    }

    /// Accounts and walks that wait.
    pub fn lag(&self) -> usize {
        self.waiting.len() + self.walks.len()
    }

    /// Learns that what was appended so far goes to the journal.
    pub(super) fn hand_over(&mut self) {
        self.handed_over = self.adjustments.last_sequence();
    }

    /// Learns that what was handed over is durable.
    pub(super) fn committed(&mut self) {
        let durable = self.handed_over;
        self.durable.send_if_modified(|known| {
            let is_news = *known < durable;
            *known = durable.max(*known);
            is_news
        });
    }

    /// Tells the last durable change of any adjustment, now and whenever there is a later one.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.durable.subscribe()
    }
}
