//! What one commit holds: an arena that is filled, committed, cleared and filled again.

use std::ops::Range;

use super::event_key::KEY_BYTES;
use super::{EventKey, IndexFlush, StreamPosition};

/// Most bytes a group may hold (payloads, records and texts). Callers stay far below it, at about
/// 256 KiB, since a large group is everybody's latency.
pub const MAX_GROUP_BYTES: usize = 256 << 20;

/// The columns of a verdict that the ledger holds beside its record.
#[derive(Clone, Copy, Debug)]
pub struct VerdictColumns<'a> {
    /// Campaign asked about.
    pub campaign_id: &'a str,
    /// Revision of the campaign in effect.
    pub campaign_revision: u32,
    /// Account asked about.
    pub account_id: &'a str,
    /// Task asked about.
    pub task_id: &'a str,
    /// Microseconds since the Unix epoch.
    pub decided_at_us: i64,
    /// 1 ALLOW, 2 DENY, 3 REVOKE.
    pub decision: u8,
    /// Whether the verdict is recorded for good.
    pub is_final: bool,
    /// Rate to charge: 10,000 is the full rate, 5,000 is half of it.
    pub rate_basis_points: u32,
    /// The task's tokens; at most `i64::MAX`.
    pub tokens: u64,
    /// Sequence number of the last event that the verdict reflects.
    pub events_seen: u64,
}

/// The columns of an adjustment's change that the ledger holds beside its entry.
#[derive(Clone, Copy, Debug)]
pub struct AdjustmentColumns<'a> {
    /// Same for all changes of one adjustment: the sequence number of the first.
    pub adjustment: u64,
    /// 1 RECOVERY, 2 RESTORATION.
    pub kind: u8,
    /// 1 PROPOSED, 2 OPEN, 3 ACKNOWLEDGED, 4 REFUSED, 5 REVERSED, 6 WRITTEN_OFF.
    pub state: u8,
    /// Sequence number of the verdict it corrects.
    pub verdict_seq: u64,
    /// Campaign of that verdict.
    pub campaign_id: &'a str,
    /// Account of that verdict.
    pub account_id: &'a str,
    /// Task of that verdict.
    pub task_id: &'a str,
    /// The task's tokens.
    pub tokens: u64,
    /// The rate to charge after the adjustment, in basis points.
    pub rate_basis_points: u32,
    /// The benefit moved: tokens × basis points.
    pub token_basis_points: u64,
    /// Microseconds since the Unix epoch.
    pub changed_at_us: i64,
}

/// One commit's events, verdicts, entries and index flushes. [`Group::clear`] keeps the capacity,
/// so a recycled group allocates nothing.
#[derive(Default)]
pub struct Group {
    /// Texts and records of verdicts and entries.
    bytes: Vec<u8>,
    /// The event page as it will be stored: 16 B a key, payloads end to end, u32 ends.
    event_keys: Vec<u8>,
    event_payloads: Vec<u8>,
    event_ends: Vec<u8>,
    verdicts: Vec<VerdictEntry>,
    entries: Vec<Entry>,
    stream_positions: Vec<Position>,
    adjustments: Vec<AdjustmentEntry>,
    index_flushes: Vec<IndexFlush>,
}

struct VerdictEntry {
    campaign_id: Range<usize>,
    account_id: Range<usize>,
    task_id: Range<usize>,
    record: Range<usize>,
    campaign_revision: u32,
    rate_basis_points: u32,
    decided_at_us: i64,
    tokens: u64,
    events_seen: u64,
    decision: u8,
    is_final: bool,
}

/// The row of an adjustment; its texts and its time are also in the entry at `entry`.
struct AdjustmentEntry {
    entry: usize,
    campaign_id: Range<usize>,
    account_id: Range<usize>,
    task_id: Range<usize>,
    adjustment: u64,
    verdict_seq: u64,
    tokens: u64,
    token_basis_points: u64,
    changed_at_us: i64,
    rate_basis_points: u32,
    kind: u8,
    state: u8,
}

struct Entry {
    subject: Range<usize>,
    record: Range<usize>,
    at_us: i64,
    kind: u8,
}

struct Position {
    stream: Range<usize>,
    entry_id: Range<usize>,
    entries: u64,
}

impl Group {
    /// Appends an event. The commit gives it the sequence number after the last event's.
    pub fn push_event(&mut self, key: EventKey, payload: &[u8]) {
        self.event_keys.extend_from_slice(&key.0);
        self.event_payloads.extend_from_slice(payload);
        // Cannot wrap in a group that the commit takes: MAX_GROUP_BYTES is below 4 GiB.
        self.event_ends
            .extend_from_slice(&(self.event_payloads.len() as u32).to_le_bytes());
    }

    /// Appends a verdict. The commit gives it the sequence number after the last verdict's.
    pub fn push_verdict(&mut self, row: VerdictColumns<'_>, record: &[u8]) {
        let entry = VerdictEntry {
            campaign_id: self.push_bytes(row.campaign_id.as_bytes()),
            account_id: self.push_bytes(row.account_id.as_bytes()),
            task_id: self.push_bytes(row.task_id.as_bytes()),
            record: self.push_bytes(record),
            campaign_revision: row.campaign_revision,
            rate_basis_points: row.rate_basis_points,
            decided_at_us: row.decided_at_us,
            tokens: row.tokens,
            events_seen: row.events_seen,
            decision: row.decision,
            is_final: row.is_final,
        };
        self.verdicts.push(entry);
    }

    /// Appends anything rarer: `kind` names it (campaign revision, disposition, step …), `at_us` is
    /// in microseconds since the Unix epoch, `subject` is what it is about.
    pub fn push_entry(&mut self, kind: u8, at_us: i64, subject: &str, record: &[u8]) {
        let subject = self.push_bytes(subject.as_bytes());
        let record = self.push_bytes(record);
        self.entries.push(Entry {
            subject,
            record,
            at_us,
            kind,
        });
    }

    /// Sets how far a login event stream is in the journal; the last one pushed of a stream counts.
    pub fn push_stream_position(&mut self, stream: &str, position: &StreamPosition) {
        let stream = self.push_bytes(stream.as_bytes());
        let entry_id = self.push_bytes(position.entry_id.as_bytes());
        self.stream_positions.push(Position {
            stream,
            entry_id,
            entries: position.entries,
        });
    }

    /// Appends a change of an adjustment: an entry of this kind, which is what counts, and a row that
    /// people can query.
    pub fn push_adjustment(&mut self, entry_kind: u8, row: AdjustmentColumns<'_>, record: &[u8]) {
        let entry = AdjustmentEntry {
            entry: self.entries.len(),
            campaign_id: self.push_bytes(row.campaign_id.as_bytes()),
            account_id: self.push_bytes(row.account_id.as_bytes()),
            task_id: self.push_bytes(row.task_id.as_bytes()),
            adjustment: row.adjustment,
            verdict_seq: row.verdict_seq,
            tokens: row.tokens,
            token_basis_points: row.token_basis_points,
            changed_at_us: row.changed_at_us,
            rate_basis_points: row.rate_basis_points,
            kind: row.kind,
            state: row.state,
        };
        self.adjustments.push(entry);
        self.push_entry(entry_kind, row.changed_at_us, row.account_id, record);
    }

    /// Adds keys of the event index to write. Every event that the index held when the flush was
    /// taken must be in this group or an earlier one.
    pub fn push_index_flush(&mut self, flush: IndexFlush) {
        self.index_flushes.push(flush);
    }

    /// Events, verdicts and entries together.
    pub fn len(&self) -> usize {
        self.event_count() + self.verdict_count() + self.entry_count()
    }

    /// Whether there is nothing to commit, not even an index flush or a stream's position.
    pub fn is_empty(&self) -> bool {
        self.len() == 0 && self.index_flushes.is_empty() && self.stream_positions.is_empty()
    }

    /// Bytes of keys, payloads, records and texts.
    pub fn bytes_len(&self) -> usize {
        self.bytes.len() + self.event_keys.len() + self.event_payloads.len()
    }

    /// Number of events.
    pub fn event_count(&self) -> usize {
        self.event_keys.len() / KEY_BYTES
    }

    /// Number of verdicts.
    pub fn verdict_count(&self) -> usize {
        self.verdicts.len()
    }

    /// Number of entries.
    pub fn entry_count(&self) -> usize {
        self.entries.len()
    }

    /// Empties the group and keeps its capacity.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.event_keys.clear();
        self.event_payloads.clear();
        self.event_ends.clear();
        self.verdicts.clear();
        self.entries.clear();
        self.stream_positions.clear();
        self.adjustments.clear();
        self.index_flushes.clear();
    }

    /// Keys, payloads and ends, as an event page stores them.
    pub(super) fn event_page(&self) -> (&[u8], &[u8], &[u8]) {
        (&self.event_keys, &self.event_payloads, &self.event_ends)
    }

    pub(super) fn verdicts(&self) -> impl Iterator<Item = (VerdictColumns<'_>, &[u8])> {
        self.verdicts.iter().map(|entry| {
            let columns = VerdictColumns {
                campaign_id: self.text(&entry.campaign_id),
                campaign_revision: entry.campaign_revision,
                account_id: self.text(&entry.account_id),
                task_id: self.text(&entry.task_id),
                decided_at_us: entry.decided_at_us,
                decision: entry.decision,
                is_final: entry.is_final,
                rate_basis_points: entry.rate_basis_points,
                tokens: entry.tokens,
                events_seen: entry.events_seen,
            };
            (columns, &self.bytes[entry.record.clone()])
        })
    }

    /// Kind, time, subject and record of each entry.
    pub(super) fn entries(&self) -> impl Iterator<Item = (u8, i64, &str, &[u8])> {
        self.entries.iter().map(|entry| {
            let subject = self.text(&entry.subject);
            (
                entry.kind,
                entry.at_us,
                subject,
                &self.bytes[entry.record.clone()],
            )
        })
    }

    /// Stream, id of the last entry taken in, and entries so far, of each position.
    pub(super) fn stream_positions(&self) -> impl Iterator<Item = (&str, &str, u64)> {
        self.stream_positions.iter().map(|position| {
            let stream = self.text(&position.stream);
            (stream, self.text(&position.entry_id), position.entries)
        })
    }

    /// Position of the entry, and columns, of each change of an adjustment.
    pub(super) fn adjustments(&self) -> impl Iterator<Item = (u64, AdjustmentColumns<'_>)> {
        self.adjustments.iter().map(|row| {
            let columns = AdjustmentColumns {
                adjustment: row.adjustment,
                kind: row.kind,
                state: row.state,
                verdict_seq: row.verdict_seq,
                campaign_id: self.text(&row.campaign_id),
                account_id: self.text(&row.account_id),
                task_id: self.text(&row.task_id),
                tokens: row.tokens,
                rate_basis_points: row.rate_basis_points,
                token_basis_points: row.token_basis_points,
                changed_at_us: row.changed_at_us,
            };
            (row.entry as u64, columns)
        })
    }

    pub(super) fn index_flushes(&self) -> &[IndexFlush] {
        &self.index_flushes
    }

    fn push_bytes(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        start..self.bytes.len()
    }

    fn text(&self, range: &Range<usize>) -> &str {
        std::str::from_utf8(&self.bytes[range.clone()]).expect("the range was pushed from a str")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cleared_group_keeps_its_capacity_and_nothing_else() {
        let mut group = Group::default();
        assert!(group.is_empty());
        group.push_event(EventKey([7; 16]), b"payload");
        group.push_entry(3, 5, "subject", b"record");
        assert_eq!(
            (group.len(), group.event_count(), group.entry_count()),
            (2, 1, 1)
        );
        assert_eq!(group.bytes_len(), 16 + 7 + 7 + 6);
        assert_eq!(
            group.entries().next(),
            Some((3, 5, "subject", b"record".as_slice()))
        );
        let capacity = group.bytes.capacity();
        group.clear();
        assert!(group.is_empty());
        assert_eq!((group.bytes_len(), group.bytes.capacity()), (0, capacity));
    }
}
