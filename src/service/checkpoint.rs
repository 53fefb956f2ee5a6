//! Checkpoints of the folded state, copied slice by slice while the service goes on. The copy is
//! fuzzy: its slices are of different moments. That is sound since facts commute and every account
//! says by which event it was last changed, so that a restart replays the journal from where the copy
//! *began* and skips what an account already holds. Accounts are copied before the identifiers they
//! name, and derived links last.

use super::{
    codec::{AccountSnapshot, HeldSnapshot, IdentifierSnapshot, LedgerSnapshot, Stored, chunk},
    engine::Engine,
};
use crate::journal::Positions;

/// Accounts a slice: the engine is held for about a millisecond.
const ACCOUNTS_A_SLICE: u32 = 1024;
/// Identifiers a slice.
const IDENTIFIERS_A_SLICE: u32 = 4096;
/// Accounts whose strong links one slice holds.
const LINKED_ACCOUNTS_A_SLICE: u32 = 16_384;
/// Shards of verdict keys a slice.
const KEY_SHARDS_A_SLICE: u32 = 16;

/// Held verdicts a slice.
const HELD_A_SLICE: u32 = 16_384;

/// A copy under way.
pub struct StateCopy {
    /// Where the journal stood when the copy began.
    pub begin: Positions,
    stage: u8,
    next: u32,
    number: u32,
}

/// One slice, encoded.
pub struct Chunk {
    /// One of [`chunk`].
    pub kind: u8,
    /// Its number among its kind.
    pub number: u32,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Engine {
    /// Begins a copy of the state.
    pub fn begin_copy(&self) -> StateCopy {
        StateCopy {
            begin: self.positions,
            stage: chunk::ACCOUNTS,
            next: 0,
            number: 0,
        }
    }

    /// The next slice of a copy; `None` when it is complete.
    pub fn copy_slice(&self, copy: &mut StateCopy) -> Option<Chunk> {
        loop {
            let end = self.stage_end(copy.stage)?;
            if copy.next >= end {
                copy.stage += 1;
                (copy.next, copy.number) = (0, 0);
                continue;
            }
            let from = copy.next;
            let to = (from + slice_of(copy.stage)).min(end);
            let number = copy.number;
            (copy.next, copy.number) = (to, number + 1);
            return Some(Chunk {
                kind: copy.stage,
                number,
                bytes: self.encode_slice(copy.stage, from..to, copy.begin),
            });
        }
    }

    fn stage_end(&self, stage: u8) -> Option<u32> {
        let accounts = self.graph.account_count() as u32;
        match stage {
            chunk::ACCOUNTS | chunk::STRONG_LINKS => Some(accounts),
            chunk::IDENTIFIERS => Some(self.graph.identifier_count() as u32),
            chunk::VERDICT_KEYS => Some(self.verdicts.shard_count() as u32),
            chunk::LEDGER => Some(1),
            chunk::HELD => Some(self.ledger.held.len() as u32),
            _ => None,
        }
    }

    fn encode_slice(&self, stage: u8, range: std::ops::Range<u32>, begin: Positions) -> Vec<u8> {
        match stage {
            chunk::ACCOUNTS => range
                .map(|index| self.copy_account(index))
                .collect::<Vec<_>>()
                .encode(),
            chunk::IDENTIFIERS => range
                .map(|index| {
                    let (kind, pseudonym) = self.graph.identifier(index);
                    let (summary, told) = (self.graph.summary(index), self.graph.told(index));
                    IdentifierSnapshot {
                        kind,
                        pseudonym,
                        summary,
                        told,
                    }
                })
                .collect::<Vec<_>>()
                .encode(),
            chunk::STRONG_LINKS => range
                .flat_map(|account| {
                    let links = self.same_user.links(account).iter();
                    links
                        .filter(move |link| link.other > account)
                        .map(move |link| (account, link.other, link.millibits, link.carries_blame))
                })
                .collect::<Vec<_>>()
                .encode(),
            chunk::VERDICT_KEYS => range
                .flat_map(|shard| self.verdicts.shard_keys(shard as usize))
                .collect::<Vec<_>>()
                .encode(),
            chunk::HELD => self.copy_held(range, begin.verdicts).encode(),
            _ => self.copy_ledger().encode(),
        }
    }

    /// Up to the verdict at which the copy began: what came later is in the journal's tail, and its
    /// account may not be in the copy.
    fn copy_held(&self, range: std::ops::Range<u32>, last: u64) -> HeldSnapshot {
        let held = &self.ledger.held;
        let by_then = held.places(range).filter(|(_, held)| held.verdict <= last);
        let verdicts = by_then.map(|(account, held)| {
            let benefit = held.token_basis_points;
            (held.verdict, account, held.campaign, benefit, held.answer)
        });
        HeldSnapshot {
            campaigns: held.campaigns().to_vec(),
            verdicts: verdicts.collect(),
        }
    }

    fn copy_account(&self, index: u32) -> AccountSnapshot {
        AccountSnapshot {
            facts: self.graph.account(index).clone(),
            links: self.graph.links(index).collect(),
        }
    }

    fn copy_ledger(&self) -> LedgerSnapshot {
        let seats = self.seats.iter().map(|(campaign, account, taken)| {
            let account = self.graph.account(account).id.to_string();
            (campaign.to_string(), account, taken)
        });
        LedgerSnapshot {
            weights_revision: self.models.weights.revision.clone(),
            latest_event: self.latest_event,
            counts: (
                self.graph.account_count() as u64,
                self.graph.identifier_count() as u64,
                self.graph.link_count() as u64,
            ),
            seats: seats.collect(),
            strangers: self
                .ledger
                .strangers()
                .map(|(account, campaign, verdict)| (account.into(), campaign.into(), verdict))
                .collect(),
        }
    }
}

fn slice_of(stage: u8) -> u32 {
    match stage {
        chunk::ACCOUNTS => ACCOUNTS_A_SLICE,
        chunk::IDENTIFIERS => IDENTIFIERS_A_SLICE,
        chunk::STRONG_LINKS => LINKED_ACCOUNTS_A_SLICE,
        chunk::VERDICT_KEYS => KEY_SHARDS_A_SLICE,
        chunk::HELD => HELD_A_SLICE,
        _ => 1,
    }
}
