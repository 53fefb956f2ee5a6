//! Verification: recomputes the chain over every group and names what does not fit.
//!
//! What it cannot see: groups and rows cut off together at the very end. For that, keep the chain
//! of [`Reader::last_group`] somewhere else.

use std::collections::HashMap;

use super::chain::{self, Hash, Link, TAG_BYTES};
use super::integer::signed;
use super::recompute::{self, Found};
use super::{Fault, JournalError, Ledger, Positions, Reader};

/// Changed rows that are held until the end, to tell a swapped pair from two changed rows.
const MOST_HELD: usize = 10_000;

/// Walks all groups, recomputes every hash, and returns what does not fit, in order. `progress`
/// gets the groups done and the groups in all. Another process may be appending meanwhile.
pub fn verify_chain(
    reader: &Reader,
    mut progress: impl FnMut(u64, u64),
) -> Result<Vec<Fault>, JournalError> {
    let total = reader.positions()?.groups;
    let mut walk = Walk {
        reader,
        before: Positions::default(),
        chains: vec![chain::genesis()],
        faults: Vec::new(),
        changed: Vec::new(),
    };
    loop {
        let groups = walk.next_groups(total)?;
        for group in &groups {
            walk.check(group)?;
        }
        progress(walk.before.groups, total);
        if groups.is_empty() {
            break;
        }
    }
    walk.settle_changed();
    walk.check_tail()?;
    Ok(walk.faults)
}

struct GroupRow {
    after: Positions,
    chain: Vec<u8>,
    tags: Vec<u8>,
}

struct ChangedRow {
    ledger: Ledger,
    seq: u64,
    group: u64,
    expected: [u8; TAG_BYTES],
    found: [u8; TAG_BYTES],
}

struct Walk<'a> {
    reader: &'a Reader,
    /// After the last group that was read.
    before: Positions,
    /// Its chain: as stored and, where it differs, as computed, since either may have been changed.
    /// None after a missing group.
    chains: Vec<Hash>,
    faults: Vec<Fault>,
    changed: Vec<ChangedRow>,
}

impl Walk<'_> {
    fn next_groups(&self, total: u64) -> Result<Vec<GroupRow>, JournalError> {
        let mut select = self.reader.connection().prepare_cached(
            "SELECT number, last_event, last_verdict, last_entry, chain, tags FROM journal_group
             WHERE number > ?1 AND number <= ?2 ORDER BY number LIMIT 256",
        )?;
        let rows = select.query_map([signed(self.before.groups), signed(total)], |row| {
            // Whatever stands there is read; what makes no sense then fails the check.
            let number = |column| row.get::<_, i64>(column).map(|value| value.max(0) as u64);
            let after = Positions {
                groups: number(0)?,
                events: number(1)?,
                verdicts: number(2)?,
                entries: number(3)?,
            };
            Ok(GroupRow {
                after,
                chain: row.get(4)?,
                tags: row.get(5)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn check(&mut self, row: &GroupRow) -> Result<(), JournalError> {
        let group = row.after.groups;
        let before = self.before;
        if group != before.groups + 1 {
            self.faults.push(Fault::GroupsMissing {
                first: before.groups + 1,
                last: group - 1,
            });
            self.chains.clear();
        }
        let stored = Hash::try_from(row.chain.as_slice()).ok();
        let previous = std::mem::replace(&mut self.chains, stored.into_iter().collect());
        self.before = row.after;
        if previous.is_empty() {
            return Ok(());
        }
        let Some(counts) = counts(before, row) else {
            // A walk by these positions would go astray: take it up again after the next group.
            self.chains.clear();
            self.faults.push(Fault::GroupChanged { group });
            return Ok(());
        };
        let faults_before = self.faults.len();
        let mut found = Found::new();
        let malformed =
            recompute::events(self.reader, before.events + 1, row.after.events, &mut found)?;
        self.faults.extend(
            malformed
                .into_iter()
                .map(|first_event| Fault::PageMalformed { first_event }),
        );
        recompute::verdicts(
            self.reader,
            before.verdicts + 1,
            row.after.verdicts,
            &mut found,
        )?;
        recompute::entries(
            self.reader,
            before.entries + 1,
            row.after.entries,
            &mut found,
        )?;
        if found.iter().all(|row| row.2.is_some()) {
            let computed = previous.iter().map(|previous| {
                let mut link = Link::start(previous, group, counts);
                found
                    .iter()
                    .filter_map(|row| row.2.as_ref())
                    .for_each(|hash| link.add(hash));
                link.finish()
            });
            let computed: Vec<_> = computed.collect();
            if computed.iter().any(|chain| Some(*chain) == stored) {
                return Ok(());
            }
            self.chains.push(computed[0]);
        }
        let named = self.name(group, &found, &row.tags);
        if !named && self.faults.len() == faults_before {
            self.faults.push(Fault::GroupChanged { group });
        }
        Ok(())
    }

    /// Names the rows whose commitment does not begin with the group's tag, and those missing.
    fn name(&mut self, group: u64, found: &Found, tags: &[u8]) -> bool {
        let mut named = false;
        let mut missing: Option<Fault> = None;
        for ((ledger, seq, commitment), expected) in found.iter().zip(tags.as_chunks().0) {
            let (ledger, seq, expected) = (*ledger, *seq, *expected);
            let Some(found) = commitment.as_ref().map(chain::tag) else {
                named = true;
                match &mut missing {
                    Some(Fault::RowsMissing {
                        ledger: same, last, ..
                    }) if *same == ledger && *last + 1 == seq => {
                        *last = seq;
                    }
                    _ => {
                        let first = Fault::RowsMissing {
                            ledger,
                            first: seq,
                            last: seq,
                            group,
                        };
                        self.faults.extend(missing.replace(first));
                    }
                }
                continue;
            };
            if found != expected {
                named = true;
                self.changed.push(ChangedRow {
                    ledger,
                    seq,
                    group,
                    expected,
                    found,
                });
                if self.changed.len() >= MOST_HELD {
                    self.settle_changed();
                }
            }
        }
        self.faults.extend(missing);
        named
    }

    /// Two changed rows that each hold what the other should are a swapped pair.
    fn settle_changed(&mut self) {
        let changed = std::mem::take(&mut self.changed);
        let by_expected: HashMap<_, _> = changed
            .iter()
            .map(|row| ((row.ledger, row.expected), row))
            .collect();
        for row in &changed {
            let other = by_expected
                .get(&(row.ledger, row.found))
                .filter(|other| other.found == row.expected && other.seq != row.seq);
            let ledger = row.ledger;
            match other {
                None => {
                    let (seq, group) = (row.seq, row.group);
                    self.faults.push(Fault::RowChanged { ledger, seq, group });
                }
                Some(other) if row.seq < other.seq => {
                    let (first, second) = (row.seq, other.seq);
                    self.faults.push(Fault::RowsSwapped {
                        ledger,
                        first,
                        second,
                    });
                }
                Some(_) => {}
            }
        }
    }

    /// One statement, so that a commit beside it counts wholly or not at all.
    fn check_tail(&mut self) -> Result<(), JournalError> {
        let mut select = self.reader.connection().prepare_cached(
            "SELECT coalesce((SELECT last_event FROM journal_group ORDER BY number DESC LIMIT 1), 0),
                 coalesce((SELECT first_seq + events - 1 FROM event_page
                           ORDER BY first_seq DESC LIMIT 1), 0),
                 coalesce((SELECT last_verdict FROM journal_group ORDER BY number DESC LIMIT 1), 0),
                 coalesce((SELECT max(seq) FROM verdict), 0),
                 coalesce((SELECT last_entry FROM journal_group ORDER BY number DESC LIMIT 1), 0),
                 coalesce((SELECT max(seq) FROM entry), 0)",
        )?;
        let ends: [i64; 6] = select.query_row([], |row| {
            Ok([
                row.get(0)?,
                row.get(1)?,
                row.get(2)?,
                row.get(3)?,
                row.get(4)?,
                row.get(5)?,
            ])
        })?;
        let ledgers = [Ledger::Event, Ledger::Verdict, Ledger::Entry];
        for (ledger, end) in ledgers.into_iter().zip(ends.as_chunks::<2>().0) {
            if end[1] > end[0] {
                let (first, last) = (end[0] as u64 + 1, end[1] as u64);
                self.faults.push(Fault::RowsUncovered {
                    ledger,
                    first,
                    last,
                });
            }
        }
        Ok(())
    }
}

/// The group's counts, if they agree with its tags.
fn counts(before: Positions, row: &GroupRow) -> Option<[u64; 3]> {
    let counts = [
        row.after.events.checked_sub(before.events)?,
        row.after.verdicts.checked_sub(before.verdicts)?,
        row.after.entries.checked_sub(before.entries)?,
    ];
    let rows = counts
        .iter()
        .try_fold(0u64, |sum, count| sum.checked_add(*count))?;
    (rows.checked_mul(TAG_BYTES as u64) == Some(row.tags.len() as u64)).then_some(counts)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rusqlite::Connection;

    use super::*;
    use crate::journal::{EventKey, Group, Journal, STORE_FILE, VerdictColumns};

    /// Five groups of four events, three verdicts and two entries.
    fn store(directory: &Path) {
        let (mut journal, _) = Journal::open(directory).unwrap();
        let mut group = Group::default();
        for number in 0..5u8 {
            group.clear();
            for event in 0..4 {
                group.push_event(EventKey([number * 4 + event; 16]), &[event; 9]);
            }
            for task in 0..3 {
                let columns = VerdictColumns {
                    campaign_id: "campaign",
                    campaign_revision: 1,
                    account_id: "account",
                    task_id: &format!("task {number} {task}"),
                    decided_at_us: 0,
                    decision: 1,
                    is_final: true,
                    rate_basis_points: 5_000,
                    tokens: 100,
                    events_seen: 0,
                };
                group.push_verdict(columns, b"record");
            }
            group.push_entry(1, 0, "subject", b"first");
            group.push_entry(2, 0, "subject", b"second");
            journal.commit(&group).unwrap();
        }
    }

    fn faults_after(tamper: &str) -> Vec<String> {
        let directory = tempfile::tempdir().unwrap();
        store(directory.path());
        let connection = Connection::open(directory.path().join(STORE_FILE)).unwrap();
        connection.execute_batch(tamper).unwrap();
        drop(connection);
        let reader = Reader::open(directory.path()).unwrap();
        let mut done = 0;
        let faults = verify_chain(&reader, |groups, _| done = groups).unwrap();
        assert!(done > 0);
        faults.iter().map(Fault::to_string).collect()
    }

    #[test]
    fn an_untouched_store_has_no_fault() {
        assert!(faults_after("").is_empty());
    }

    #[test]
    fn every_changed_column_is_found() {
        for change in [
            "tokens = tokens + 1",
            "decision = 2",
            "account_id = 'accounT'",
            "rate_basis_points = -1",
            "record = x'00'",
            "record = x''",
            "salt = zeroblob(16)",
            "is_final = 0",
            "task_id = CAST(x'ff' AS TEXT)",
        ] {
            let faults = faults_after(&format!("UPDATE verdict SET {change} WHERE seq = 8"));
            assert_eq!(faults, ["verdict 8 (group 3) was changed"], "{change}");
        }
        let faults = faults_after("UPDATE entry SET kind = 7 WHERE seq = 1");
        assert_eq!(faults, ["entry 1 (group 1) was changed"]);
        let faults = faults_after("UPDATE event_page SET events = 5 WHERE first_seq = 5");
        let expected = [
            "the page of event 5 is malformed",
            "events 5 to 8 (group 2) are missing",
        ];
        assert_eq!(faults, expected);
        let faults = faults_after(
            "UPDATE event_page SET payloads = CAST('012345678' || substr(payloads, 10) AS BLOB)
             WHERE first_seq = 9",
        );
        assert_eq!(faults, ["event 9 (group 3) was changed"]);
    }

    #[test]
    fn missing_rows_and_groups_are_named() {
        let faults = faults_after("DELETE FROM verdict WHERE seq IN (4, 5, 9)");
        let expected = [
            "verdicts 4 to 5 (group 2) are missing",
            "verdict 9 (group 3) is missing",
        ];
        assert_eq!(faults, expected);
        let faults = faults_after("DELETE FROM event_page WHERE first_seq = 1");
        assert_eq!(faults, ["events 1 to 4 (group 1) are missing"]);
        let faults = faults_after("DELETE FROM verdict WHERE seq = 15");
        assert_eq!(faults, ["verdict 15 (group 5) is missing"]);
        let faults = faults_after("DELETE FROM journal_group WHERE number IN (2, 3)");
        assert_eq!(faults, ["groups 2 to 3 are missing"]);
        let faults = faults_after("DELETE FROM journal_group WHERE number = 5");
        let expected = [
            "events 17 to 20 are not covered by any group",
            "verdicts 13 to 15 are not covered by any group",
            "entries 9 to 10 are not covered by any group",
        ];
        assert_eq!(
            faults,
            expected.map(|text| text.replace("entrys", "entries"))
        );
    }

    #[test]
    fn swapped_pairs_are_found_within_and_across_groups() {
        for (first, second) in [(7, 8), (2, 14)] {
            let faults = faults_after(&format!(
                "UPDATE verdict SET seq = 1000 WHERE seq = {first};
                 UPDATE verdict SET seq = {first} WHERE seq = {second};
                 UPDATE verdict SET seq = {second} WHERE seq = 1000;"
            ));
            assert_eq!(
                faults,
                [format!("verdict {first} and verdict {second} were swapped")]
            );
        }
    }

    #[test]
    fn a_changed_group_row_is_found_once() {
        for change in [
            "chain = zeroblob(32)",
            "last_event = 99",
            "last_event = -9",
            "tags = x''",
        ] {
            let faults = faults_after(&format!(
                "UPDATE journal_group SET {change} WHERE number = 3"
            ));
            let expected = ["group 3 was changed: its chain, counts or tags"];
            assert_eq!(faults, expected, "{change}");
        }
        // Tags only name rows; where the chain holds, they are not asked.
        let faults = faults_after("UPDATE journal_group SET tags = zeroblob(36) WHERE number = 3");
        assert!(faults.is_empty());
        let gap =
            "INSERT INTO verdict SELECT 17, 0, 1, 1, 'c', 1, 'a', 't', 1, 1, 1, x'', x'', NULL";
        assert_eq!(
            faults_after(gap),
            ["verdicts 16 to 17 are not covered by any group"]
        );
    }

    #[test]
    fn an_erased_payload_keeps_the_chain_and_still_covers_the_columns() {
        let directory = tempfile::tempdir().unwrap();
        store(directory.path());
        let connection = Connection::open(directory.path().join(STORE_FILE)).unwrap();
        let salt: Vec<u8> = connection
            .query_row("SELECT salt FROM verdict WHERE seq = 8", [], |row| {
                row.get(0)
            })
            .unwrap();
        let digest = chain::digest(&salt, b"record");
        connection
            .execute(
                "UPDATE verdict SET salt = x'', record = x'', record_digest = ?1 WHERE seq = 8",
                [digest],
            )
            .unwrap();
        let reader = Reader::open(directory.path()).unwrap();
        assert_eq!(verify_chain(&reader, |_, _| {}).unwrap(), []);
        assert!(reader.verdict(8).unwrap().unwrap().erased);
        connection
            .execute("UPDATE verdict SET tokens = 1 WHERE seq = 8", [])
            .unwrap();
        let faults = verify_chain(&reader, |_, _| {}).unwrap();
        assert_eq!(
            faults,
            [Fault::RowChanged {
                ledger: Ledger::Verdict,
                seq: 8,
                group: 3
            }]
        );
    }
}
