//! Which questions were answered, in memory: 17 bytes a verdict. The ledger has the answers; those
//! not committed yet are kept here, so that a repeat finds them.

use std::collections::VecDeque;

use hashbrown::HashTable;

use super::{
    codec::{Stored, stable_hash},
    refusal::Refusal,
};
use crate::{
    domain::verdict::{Question, VerdictRecord},
    journal::Reader,
};

const SHARDS: usize = 1024;

/// Index of the latest verdict of every (campaign, task, account).
pub struct Verdicts {
    shards: Vec<HashTable<(u64, u64)>>,
    /// Records after `committed`, in order, as the ledger will hold them.
    uncommitted: VecDeque<Box<[u8]>>,
    committed: u64,
}

impl Verdicts {
    /// An empty index of a store whose last committed verdict is `committed`.
    pub fn new(committed: u64) -> Self {
        Verdicts {
            shards: (0..SHARDS).map(|_| HashTable::new()).collect(),
            uncommitted: VecDeque::new(),
            committed,
        }
    }

    /// The latest verdict under the question's key, whose hash is `hash`.
    ///
    /// # Errors
    /// The ledger can't be read.
    pub fn latest(
        &self,
        question: &Question,
        hash: u64,
        reader: &Reader,
    ) -> Result<Option<(u64, VerdictRecord)>, Refusal> {
        let mut latest: Option<(u64, VerdictRecord)> = None;
        for (_, sequence) in self.shards[shard(hash)]
            .iter_hash(hash)
            .filter(|e| e.0 == hash)
        {
            if latest.as_ref().is_some_and(|(known, _)| known > sequence) {
                continue;
            }
            let record = self.get(*sequence, reader)?;
            if let Some(record) = record.filter(|record| same_key(&record.question, question)) {
                latest = Some((*sequence, record));
            }
        }
        Ok(latest)
    }

    /// A verdict by its sequence number, committed or not.
    ///
    /// # Errors
    /// The ledger can't be read.
    pub fn get(&self, sequence: u64, reader: &Reader) -> Result<Option<VerdictRecord>, Refusal> {
        if sequence > self.committed {
            let position = usize::try_from(sequence - self.committed - 1).unwrap_or(usize::MAX);
            let record = self.uncommitted.get(position);
            return record.map(|record| decode(sequence, record)).transpose();
        }
        match reader.verdict(sequence)? {
            Some(stored) if !stored.erased => decode(sequence, &stored.record).map(Some),
            _ => Ok(None),
        }
    }

    /// Remembers a verdict that was just appended under a key of this hash, in place of the one it follows,
    /// if any; `record` is what the ledger will hold.
    pub fn push(&mut self, sequence: u64, hash: u64, record: &[u8], follows: Option<u64>) {
        self.replace(hash, sequence, follows);
        self.uncommitted.push_back(record.into());
    }

    /// Remembers a committed verdict, in place of an earlier one under the same key.
    ///
    /// # Errors
    /// The ledger can't be read.
    pub fn restore(
        &mut self,
        sequence: u64,
        question: &Question,
        reader: &Reader,
    ) -> Result<(), Refusal> {
        let hash = key_hash(question);
        let latest = self.latest(question, hash, reader)?;
        let follows = latest.map(|(known, _)| known);
        if follows.is_none_or(|known| known < sequence) {
            self.replace(hash, sequence, follows);
        }
        Ok(())
    }

    /// Remembers a key as a checkpoint holds it.
    pub fn restore_key(&mut self, hash: u64, sequence: u64) {
        self.replace(hash, sequence, None);
    }

    fn replace(&mut self, hash: u64, sequence: u64, follows: Option<u64>) {
        let shard = &mut self.shards[shard(hash)];
        if let Some(follows) = follows
            && let Ok(known) = shard.find_entry(hash, |entry| *entry == (hash, follows))
        {
            known.remove();
        }
        shard.insert_unique(hash, (hash, sequence), |(hash, _)| *hash);
    }

    /// Forgets the answers up to `committed`: the ledger has them.
    pub fn committed(&mut self, committed: u64) {
        while self.committed < committed {
            self.uncommitted.pop_front();
            self.committed += 1;
        }
    }

    /// Number of shards, for a checkpoint that copies them slice by slice.
    pub fn shard_count(&self) -> usize {
        self.shards.len()
    }

    /// The keys of one shard.
    pub fn shard_keys(&self, shard: usize) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.shards[shard].iter().copied()
    }
}

fn decode(sequence: u64, record: &[u8]) -> Result<VerdictRecord, Refusal> {
    VerdictRecord::decode(record)
        .map_err(|error| Refusal::Damaged(format!("verdict {sequence}: {error}")))
}

/// The hash of a question's key.
pub fn key_hash(question: &Question) -> u64 {
    stable_hash(&[
        &question.campaign_id,
        &question.task_id,
        &question.account_id,
    ])
}

fn same_key(one: &Question, other: &Question) -> bool {
    one.campaign_id == other.campaign_id
        && one.task_id == other.task_id
        && one.account_id == other.account_id
}

fn shard(hash: u64) -> usize {
    (hash >> 40) as usize & (SHARDS - 1)
}
