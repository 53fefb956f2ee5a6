//! The chain of hashes over the groups.
//!
//! ```text
//! digest     = SHA-256(salt ‖ payload)
//! commitment = SHA-256(table ‖ columns ‖ digest)
//! chain      = SHA-256(previous chain ‖ group number ‖ counts ‖ commitments in order)
//! ```
//!
//! The digest stands between payload and columns so that a payload (with its salt) can be erased
//! and its digest kept: the chain still holds, the columns are still covered, and nobody can guess
//! the payload from what stays. Integers are little-endian, texts are prefixed with their length.

use sha2::{Digest, Sha256};

use super::VerdictColumns;

/// Bytes of a salt.
pub(super) const SALT_BYTES: usize = 16;
/// Bytes of a commitment that a group keeps to name a changed row.
pub(super) const TAG_BYTES: usize = 4;

pub(super) type Hash = [u8; 32];

/// The chain before the first group; names the format.
pub(super) fn genesis() -> Hash {
    Sha256::digest(b"sameuser journal chain 1").into()
}

/// First byte of a commitment, so that no row can pass for one of another table.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Domain {
    Event = 1,
    Verdict = 2,
    Entry = 3,
}

pub(super) fn digest(salt: &[u8], payload: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(salt);
    hasher.update(payload);
    hasher.finalize().into()
}

pub(super) fn event_commitment(key: &[u8], digest: &Hash) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([Domain::Event as u8]);
    hasher.update(key);
    hasher.update(digest);
    hasher.finalize().into()
}

/// A verdict's columns as SQLite holds them, so that verification hashes what is there, whether or
/// not it makes sense.
pub(super) struct VerdictRow<'a> {
    /// Revision, time, decision, finality, rate, tokens, events seen.
    pub(super) integers: [i64; 7],
    /// Campaign, account, task.
    pub(super) texts: [&'a [u8]; 3],
}

impl<'a> VerdictRow<'a> {
    /// `None` when `tokens` or `events_seen` is beyond `i64::MAX`.
    pub(super) fn from_columns(columns: &VerdictColumns<'a>) -> Option<Self> {
        Some(VerdictRow {
            integers: [
                i64::from(columns.campaign_revision),
                columns.decided_at_us,
                i64::from(columns.decision),
                i64::from(columns.is_final),
                i64::from(columns.rate_basis_points),
                i64::try_from(columns.tokens).ok()?,
                i64::try_from(columns.events_seen).ok()?,
            ],
            texts: [
                columns.campaign_id.as_bytes(),
                columns.account_id.as_bytes(),
                columns.task_id.as_bytes(),
            ],
        })
    }

    pub(super) fn commitment(&self, digest: &Hash, scratch: &mut Vec<u8>) -> Hash {
        scratch.clear();
        scratch.push(Domain::Verdict as u8);
        for integer in self.integers {
            scratch.extend_from_slice(&integer.to_le_bytes());
        }
        for text in self.texts {
            push_text(scratch, text);
        }
        scratch.extend_from_slice(digest);
        Sha256::digest(scratch.as_slice()).into()
    }
}

pub(super) fn entry_commitment(
    kind: i64,
    at_us: i64,
    subject: &[u8],
    digest: &Hash,
    scratch: &mut Vec<u8>,
) -> Hash {
    scratch.clear();
    scratch.push(Domain::Entry as u8);
    scratch.extend_from_slice(&kind.to_le_bytes());
    scratch.extend_from_slice(&at_us.to_le_bytes());
    push_text(scratch, subject);
    scratch.extend_from_slice(digest);
    Sha256::digest(scratch.as_slice()).into()
}

fn push_text(scratch: &mut Vec<u8>, text: &[u8]) {
    scratch.extend_from_slice(&(text.len() as u64).to_le_bytes());
    scratch.extend_from_slice(text);
}

/// One group's link of the chain while its rows are added.
pub(super) struct Link(Sha256);

impl Link {
    /// `counts`: events, verdicts, entries.
    pub(super) fn start(previous: &Hash, group: u64, counts: [u64; 3]) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(previous);
        hasher.update(group.to_le_bytes());
        for count in counts {
            hasher.update(count.to_le_bytes());
        }
        Link(hasher)
    }

    pub(super) fn add(&mut self, commitment: &Hash) {
        self.0.update(commitment);
    }

    pub(super) fn finish(self) -> Hash {
        self.0.finalize().into()
    }
}

pub(super) fn tag(commitment: &Hash) -> [u8; TAG_BYTES] {
    let mut tag = [0; TAG_BYTES];
    tag.copy_from_slice(&commitment[..TAG_BYTES]);
    tag
}

/// Salts of one group, drawn from one seed that is never stored.
pub(super) struct Salts {
    seed: Hash,
    counter: u64,
    /// Half of the last hash, not given out yet: one hash makes two salts.
    spare: Option<[u8; SALT_BYTES]>,
}

impl Salts {
    pub(super) fn draw() -> Result<Self, getrandom::Error> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)?;
        Ok(Salts {
            seed,
            counter: 0,
            spare: None,
        })
    }

    pub(super) fn next(&mut self) -> [u8; SALT_BYTES] {
        if let Some(salt) = self.spare.take() {
            return salt;
        }
        let mut hasher = Sha256::new();
        hasher.update(self.seed);
        hasher.update(self.counter.to_le_bytes());
        self.counter += 1;
        let hash: Hash = hasher.finalize().into();
        let (first, second) = hash.split_at(SALT_BYTES);
        self.spare = second.try_into().ok();
        first.try_into().expect("half of 32 bytes")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn salts_differ_within_a_group_and_between_groups() {
        let (mut one, mut other) = (Salts::draw().unwrap(), Salts::draw().unwrap());
        let mut salts: Vec<_> = (0..100).flat_map(|_| [one.next(), other.next()]).collect();
        salts.sort();
        salts.dedup();
        assert_eq!(salts.len(), 200);
    }

    #[test]
    fn texts_cannot_move_between_columns() {
        let commitment = |texts| {
            VerdictRow {
                integers: [1; 7],
                texts,
            }
            .commitment(&[0; 32], &mut Vec::new())
        };
        assert_ne!(
            commitment([b"ab", b"c", b""]),
            commitment([b"a", b"bc", b""])
        );
    }
}
