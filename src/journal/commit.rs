//! Writing a group's rows, each sealed by its commitment.

use rusqlite::{Connection, params};

use super::chain::{self, Hash, Link, SALT_BYTES, Salts, VerdictRow};
use super::integer::signed;
use super::{Group, JournalError, Positions};

/// Commitments of a group's rows while they are written.
pub(super) struct Seal<'a> {
    pub(super) link: Link,
    pub(super) salts: Salts,
    pub(super) tags: &'a mut Vec<u8>,
    pub(super) scratch: &'a mut Vec<u8>,
}

impl Seal<'_> {
    fn add(&mut self, commitment: &Hash) {
        self.link.add(commitment);
        self.tags.extend_from_slice(&chain::tag(commitment));
    }
}

pub(super) fn write_events(
    connection: &Connection,
    group: &Group,
    first_seq: u64,
    seal: &mut Seal<'_>,
    salts: &mut Vec<u8>,
) -> Result<(), JournalError> {
    let (keys, payloads, ends) = group.event_page();
    salts.clear();
    let mut start = 0;
    for (key, end) in keys.as_chunks::<16>().0.iter().zip(ends.as_chunks().0) {
        let end = u32::from_le_bytes(*end) as usize;
        let salt: [u8; SALT_BYTES] = seal.salts.next();
        let digest = chain::digest(&salt, &payloads[start..end]);
        seal.add(&chain::event_commitment(key, &digest));
        salts.extend_from_slice(&salt);
        start = end;
    }
    let salts = salts.as_slice();
    connection
        .prepare_cached(
            "INSERT INTO event_page (first_seq, events, keys, ends, salts, payloads)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            signed(first_seq),
            group.event_count() as i64,
            keys,
            ends,
            salts,
            payloads
        ])?;
    Ok(())
}

pub(super) fn write_verdicts(
    connection: &Connection,
    group: &Group,
    first_seq: u64,
    seal: &mut Seal<'_>,
) -> Result<(), JournalError> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO verdict (seq, campaign_revision, decided_at_us, decision, is_final,
             rate_basis_points, tokens, events_seen, campaign_id, account_id, task_id, salt, record)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?;
    for (seq, (columns, record)) in (first_seq..).zip(group.verdicts()) {
        let row = VerdictRow::from_columns(&columns).ok_or(JournalError::TooLarge {
            what: "tokens or events_seen",
            most: i64::MAX as u64,
        })?;
        let salt = seal.salts.next();
        let digest = chain::digest(&salt, record);
        let commitment = row.commitment(&digest, seal.scratch);
        seal.add(&commitment);
        let [
            revision,
            decided_at,
            decision,
            is_final,
            rate,
            tokens,
            events_seen,
        ] = row.integers;
        insert.execute(params![
            signed(seq),
            revision,
            decided_at,
            decision,
            is_final,
            rate,
            tokens,
            events_seen,
            columns.campaign_id,
            columns.account_id,
            columns.task_id,
            salt,
            record,
        ])?;
    }
    Ok(())
}

pub(super) fn write_entries(
    connection: &Connection,
    group: &Group,
    first_seq: u64,
    seal: &mut Seal<'_>,
) -> Result<(), JournalError> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO entry (seq, kind, at_us, subject, salt, record)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for (seq, (kind, at_us, subject, record)) in (first_seq..).zip(group.entries()) {
        let salt = seal.salts.next();
        let digest = chain::digest(&salt, record);
        let subject_bytes = subject.as_bytes();
        let commitment =
            chain::entry_commitment(kind.into(), at_us, subject_bytes, &digest, seal.scratch);
        seal.add(&commitment);
        insert.execute(params![signed(seq), kind, at_us, subject, salt, record])?;
    }
    Ok(())
}

/// The rows of adjustments: what people query. Their entries, written before, carry the seal.
pub(super) fn write_adjustments(
    connection: &Connection,
    group: &Group,
    first_seq: u64,
) -> Result<(), JournalError> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO adjustment (sequence, adjustment_id, kind, state, verdict_seq, campaign_id,
             account_id, task_id, tokens, rate_basis_points, token_basis_points, changed_at_us)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?;
    for (position, row) in group.adjustments() {
        insert.execute(params![
            signed(first_seq + position),
            signed(row.adjustment),
            row.kind,
            row.state,
            signed(row.verdict_seq),
            row.campaign_id,
            row.account_id,
            row.task_id,
            signed(row.tokens),
            row.rate_basis_points,
            signed(row.token_basis_points),
            row.changed_at_us,
        ])?;
    }
    Ok(())
}

/// Seals what was written; the last row of a group.
pub(super) fn write_group_row(
    connection: &Connection,
    after: Positions,
    chain: &Hash,
    tags: &[u8],
) -> Result<(), JournalError> {
    let [group, event, verdict, entry] =
        [after.groups, after.events, after.verdicts, after.entries].map(signed);
    connection
        .prepare_cached(
            "INSERT INTO journal_group
                 (number, last_event, last_verdict, last_entry, chain, tags)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![group, event, verdict, entry, chain, tags])?;
    Ok(())
}
