//! Commitments computed again from what stands in the tables.

use rusqlite::{Row, params};

use super::chain::{self, Hash, VerdictRow};
use super::integer::signed;
use super::{JournalError, Ledger, Reader};

/// What was found of one group's rows: the commitments in order, `None` for those missing.
pub(super) type Found = Vec<(Ledger, u64, Option<Hash>)>;

/// Adds the commitments of a group's events. Returns the first events of pages whose parts do not
/// fit together; their events count as missing.
pub(super) fn events(
    reader: &Reader,
    first: u64,
    last: u64,
    found: &mut Found,
) -> Result<Vec<u64>, JournalError> {
    let mut malformed = Vec::new();
    if first > last {
        return Ok(malformed);
    }
    let start = found.len();
    found.extend((first..=last).map(|seq| (Ledger::Event, seq, None)));
    let mut select = reader.connection().prepare_cached(
        "SELECT first_seq, keys, ends, salts, payloads, digests, events FROM event_page
         WHERE first_seq BETWEEN ?1 AND ?2 ORDER BY first_seq",
    )?;
    let mut rows = select.query([signed(first), signed(last)])?;
    while let Some(row) = rows.next()? {
        let first_event = row.get::<_, i64>(0)?.max(0) as u64;
        let slots = &mut found[start + (first_event - first) as usize..];
        if page_commitments(row, slots)?.is_none() {
            malformed.push(first_event);
        }
    }
    Ok(malformed)
}

/// Adds the commitments of a group's verdicts.
pub(super) fn verdicts(
    reader: &Reader,
    first: u64,
    last: u64,
    found: &mut Found,
) -> Result<(), JournalError> {
    let mut select = reader.connection().prepare_cached(
        "SELECT seq, campaign_revision, decided_at_us, decision, is_final, rate_basis_points,
             tokens, events_seen, campaign_id, account_id, task_id, salt, record, record_digest
         FROM verdict WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq",
    )?;
    let mut scratch = Vec::new();
    let start = found.len();
    found.extend((first..=last).map(|seq| (Ledger::Verdict, seq, None)));
    let mut rows = select.query(params![signed(first), signed(last)])?;
    while let Some(row) = rows.next()? {
        let mut integers = [0; 7];
        for (integer, column) in integers.iter_mut().zip(1..) {
            *integer = row.get(column)?;
        }
        let texts = [bytes(row, 8)?, bytes(row, 9)?, bytes(row, 10)?];
        let digest = record_digest(row, 11)?;
        let commitment = VerdictRow { integers, texts }.commitment(&digest, &mut scratch);
        let seq = row.get::<_, i64>(0)?.max(0) as u64;
        found[start + (seq - first) as usize].2 = Some(commitment);
    }
    Ok(())
}

/// Adds the commitments of a group's entries.
pub(super) fn entries(
    reader: &Reader,
    first: u64,
    last: u64,
    found: &mut Found,
) -> Result<(), JournalError> {
    let mut select = reader.connection().prepare_cached(
        "SELECT seq, kind, at_us, subject, salt, record, record_digest
         FROM entry WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq",
    )?;
    let mut scratch = Vec::new();
    let start = found.len();
    found.extend((first..=last).map(|seq| (Ledger::Entry, seq, None)));
    let mut rows = select.query(params![signed(first), signed(last)])?;
    while let Some(row) = rows.next()? {
        let digest = record_digest(row, 4)?;
        let commitment = chain::entry_commitment(
            row.get(1)?,
            row.get(2)?,
            bytes(row, 3)?,
            &digest,
            &mut scratch,
        );
        let seq = row.get::<_, i64>(0)?.max(0) as u64;
        found[start + (seq - first) as usize].2 = Some(commitment);
    }
    Ok(())
}

/// Fills the commitments of a page's events; `None` if its parts do not fit together.
fn page_commitments(
    row: &Row<'_>,
    slots: &mut [(Ledger, u64, Option<Hash>)],
) -> Result<Option<()>, JournalError> {
    let keys = bytes(row, 1)?.as_chunks::<16>().0;
    let ends = bytes(row, 2)?.as_chunks().0;
    let salts = bytes(row, 3)?.as_chunks::<{ chain::SALT_BYTES }>().0;
    let payloads = bytes(row, 4)?;
    let digests = optional_bytes(row, 5)?.map(|bytes| bytes.as_chunks::<32>().0);
    let events = usize::try_from(row.get::<_, i64>(6)?).unwrap_or(usize::MAX);
    let lengths = [
        keys.len(),
        ends.len(),
        salts.len(),
        digests.map_or(events, <[_]>::len),
    ];
    if lengths != [events; 4] || events > slots.len() {
        return Ok(None);
    }
    let mut start = 0;
    for (at, slot) in slots.iter_mut().enumerate().take(events) {
        let end = u32::from_le_bytes(ends[at]) as usize;
        let Some(payload) = payloads.get(start..end) else {
            return Ok(None);
        };
        start = end;
        let digest = match digests.map(|digests| digests[at]) {
            // Erased: what stays must be nothing.
            Some(kept) if kept != [0; 32] && payload.is_empty() => kept,
            _ => chain::digest(&salts[at], payload),
        };
        slot.2 = Some(chain::event_commitment(&keys[at], &digest));
    }
    Ok(Some(()))
}

/// The digest of a record in the columns salt, record and kept digest, from `column` on.
fn record_digest(row: &Row<'_>, column: usize) -> Result<Hash, JournalError> {
    let (salt, record) = (bytes(row, column)?, bytes(row, column + 1)?);
    let kept = optional_bytes(row, column + 2)?.and_then(|kept| Hash::try_from(kept).ok());
    Ok(match kept {
        Some(kept) if salt.is_empty() && record.is_empty() => kept,
        _ => chain::digest(salt, record),
    })
}

fn bytes<'row>(row: &'row Row<'_>, column: usize) -> Result<&'row [u8], JournalError> {
    Ok(optional_bytes(row, column)?.unwrap_or_default())
}

fn optional_bytes<'row>(
    row: &'row Row<'_>,
    column: usize,
) -> Result<Option<&'row [u8]>, JournalError> {
    Ok(row.get_ref(column)?.as_bytes_or_null()?)
}
