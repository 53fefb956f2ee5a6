//! Rows as they are read back.

use super::Positions;

/// A verdict as the ledger holds it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredVerdict {
    /// Sequence number, from 1.
    pub seq: u64,
    /// Campaign asked about.
    pub campaign_id: String,
    /// Revision of the campaign in effect.
    pub campaign_revision: u32,
    /// Account asked about.
    pub account_id: String,
    /// Task asked about.
    pub task_id: String,
    /// Microseconds since the Unix epoch.
    pub decided_at_us: i64,
    /// 1 ALLOW, 2 DENY, 3 REVOKE.
    pub decision: u8,
    /// Whether the verdict is recorded for good.
    pub is_final: bool,
    /// Rate to charge: 10,000 is the full rate.
    pub rate_basis_points: u32,
    /// The task's tokens.
    pub tokens: u64,
    /// Sequence number of the last event that the verdict reflects.
    pub events_seen: u64,
    /// The record's bytes; empty if they were erased.
    pub record: Vec<u8>,
    /// Whether the record was erased.
    pub erased: bool,
}

/// An entry as the journal holds it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredEntry {
    /// Sequence number, from 1.
    pub seq: u64,
    /// Which kind of entry.
    pub kind: u8,
    /// Microseconds since the Unix epoch.
    pub at_us: i64,
    /// What it is about.
    pub subject: String,
    /// The record's bytes; empty if they were erased.
    pub record: Vec<u8>,
    /// Whether the record was erased.
    pub erased: bool,
}

/// A change of an adjustment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredAdjustment {
    /// Sequence number of the change, from 1.
    pub sequence: u64,
    /// Same for all changes of one adjustment: the sequence number of the first.
    pub adjustment: u64,
    /// 1 RECOVERY, 2 RESTORATION.
    pub kind: u8,
    /// 1 PROPOSED, 2 OPEN, 3 ACKNOWLEDGED, 4 REFUSED, 5 REVERSED, 6 WRITTEN_OFF.
    pub state: u8,
    /// Sequence number of the verdict it corrects.
    pub verdict_seq: u64,
    /// Campaign of that verdict.
    pub campaign_id: String,
    /// Account of that verdict.
    pub account_id: String,
    /// Task of that verdict.
    pub task_id: String,
    /// The task's tokens.
    pub tokens: u64,
    /// The rate to charge after the adjustment, in basis points.
    pub rate_basis_points: u32,
    /// The benefit moved: tokens × basis points.
    pub token_basis_points: u64,
    /// Microseconds since the Unix epoch.
    pub changed_at_us: i64,
    /// The record of its entry; empty where there is no such entry of the kind asked for.
    pub record: Vec<u8>,
}

/// A finished checkpoint of the folded state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CheckpointMeta {
    /// Its number, increasing.
    pub pass: u64,
    /// Where the journal stood when the pass began; replay from here.
    pub begin: Positions,
}

/// A committed group: the head of the chain after it, which may be published as an anchor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StoredGroup {
    /// Last of each sequence after this group; `positions.groups` is the group's own number.
    pub positions: Positions,
    /// SHA-256 over the previous group's chain, this group's number, counts and commitments.
    pub chain: [u8; 32],
}
