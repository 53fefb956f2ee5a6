//! The life of benefits in memory: verdicts held, adjustments, and what waits to be looked at again.

use std::collections::VecDeque;

use hashbrown::{HashMap, HashSet};
use tokio::sync::watch;

use super::{
    adjustments::Adjustments,
    cases::Suspicious,
    held::{GROUND_UNKNOWN, HeldAnswer, HeldVerdicts},
};
use crate::domain::graph::EntityGraph;

/// Accounts that may wait to be examined. What finds no room is found by the sweep over all holders.
pub const WAITING_AT_MOST: usize = 1 << 16;

/// Refusals kept of accounts that no event has named yet; what finds no room is cured by asking again.
pub const STRANGERS_AT_MOST: usize = 100_000;

/// The ledger's part of a store's state.
pub struct Ledger {
    /// Verdicts by account.
    pub held: HeldVerdicts,
    /// Corrections of them.
    pub adjustments: Adjustments,
    /// Accounts worth a person's look.
    pub suspicious: Suspicious,
    /// Accounts whose own behaviour revokes them somewhere: the highest threshold reached, millionths.
    reached: HashMap<u32, u32>,
    /// Refusals of accounts that no event has named yet: (campaign by number, verdict).
    strangers: HashMap<Box<str>, Vec<(u16, u64)>>,
    waiting: VecDeque<u32>,
    waits: HashSet<u32>,
    /// Walks over an account's verdicts of one campaign, the last one first, after its standing turned:
    /// where each goes on.
    pub(super) walks: VecDeque<u32>,
    /// Where the sweep over all holders stands.
    pub(super) swept: usize,
    /// Accounts that it is to examine in a hurry, since the model or the fuse changed.
    pub(super) to_hurry: usize,
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
            reached: HashMap::new(),
            strangers: HashMap::new(),
            waiting: VecDeque::new(),
            waits: HashSet::new(),
            walks: VecDeque::new(),
            swept: 0,
            to_hurry: 0,
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

    /// Notes the threshold that an account's own behaviour reaches; answers whether it was another before.
    pub(super) fn note_reached(&mut self, account: u32, threshold_ppm: Option<u32>) -> bool {
        let before = match threshold_ppm {
            Some(threshold) => self.reached.insert(account, threshold),
            None => self.reached.remove(&account),
        };
        before != threshold_ppm
    }

    /// Remembers a refusal of an account that no event has named yet.
    pub fn hold_for_stranger(&mut self, account_id: &str, campaign: u16, verdict: u64) {
        if self.strangers.len() < STRANGERS_AT_MOST {
            let refusals = self.strangers.entry(account_id.into()).or_default();
            refusals.push((campaign, verdict));
        }
    }

    /// An event named an account: what was refused of it while it was unknown is its own now.
    pub(super) fn meet(&mut self, account_id: &str, account: u32) {
        if self.strangers.is_empty() {
            return;
        }
        for (campaign, verdict) in self.strangers.remove(account_id).unwrap_or_default() {
            self.held
                .push(account, campaign, (verdict, 0, HeldAnswer::Refused));
        }
    }

    /// Refusals of accounts that no event has named yet: account, campaign, verdict.
    pub fn strangers(&self) -> impl Iterator<Item = (&str, &str, u64)> {
        self.strangers.iter().flat_map(|(account, refusals)| {
            let of = refusals.iter();
            of.map(|(campaign, verdict)| (&**account, self.held.campaign(*campaign), *verdict))
        })
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

    /// Has every account that holds a verdict examined soon: what speaks against any of them may have
    /// changed.
    pub(super) fn sweep_anew(&mut self) {
        self.to_hurry = self.held.holders().len();
    }

    /// Whether the sweep is in a hurry.
    pub fn is_hurried(&self) -> bool {
        self.to_hurry > 0
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
