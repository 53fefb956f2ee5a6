//! Promise 3: `kill -9` at any instant loses nothing acknowledged and leaves nothing half done.
//! Processes that write, `replay` and `serve` in turn, are killed at random moments; after each the
//! journal must be a prefix of what was sent, hold every acknowledged verdict as it was answered, and
//! verify. At the end users and scores are those of a run that nobody interrupted.

mod rounds;
mod scenario;

use std::{collections::BTreeSet, ops::ControlFlow, path::Path, sync::Arc, time::Duration};

use rounds::{Acknowledged, Moment, replay_command, replay_until, serve_until};
use sameuser::{
    domain::verdict::VerdictRecord,
    edge::{answer, pseudonym::Pseudonymiser},
    journal::Reader,
    service::{codec::Stored, engine::Decided},
};
use scenario::Scenario;

use crate::support::{Server, folder, is_soak, run, run_ok};

const KILLS: usize = 10;
const KILLS_IN_A_LONG_RUN: usize = 100;
/// Every so many rounds the blow falls before anything is acknowledged: while opening.
const EARLY_EVERY: usize = 5;
/// Every so many rounds a server stops in order in between, so that what follows is opened from a
/// finished checkpoint and a tail even where the kills leave no time for one.
const STOPS_EVERY: usize = 4;

/// SplitMix64: the moments are random, and the same in every run as far as a clock allows.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % most.max(1) as u64) as usize
    }
}

#[test]
fn nothing_acknowledged_is_lost_to_kill_9() {
    let folder = folder();
    let scenario = Arc::new(Scenario::make(folder.path()));
    let reference = folder.path().join("reference");
    let data = folder.path().join("killed");
    feed_uninterrupted(&scenario, &reference);
    // One key, so that pseudonyms, and what ties are broken by, are the same.
    std::fs::create_dir(&data).unwrap();
    std::fs::copy(reference.join("pseudonym.key"), data.join("pseudonym.key")).unwrap();

    let kills = if is_soak() {
        KILLS_IN_A_LONG_RUN
    } else {
        KILLS
    };
    let mut dice = Dice(20_260_616);
    let mut acknowledged = Acknowledged::default();
    let mut rounds = 0;
    let mut killed = 0;
    while killed < kills {
        rounds += 1;
        if rounds % STOPS_EVERY == 0 {
            let (status, log) = Server::start(&data).stop();
            assert!(status.success(), "{log}");
        }
        let moment = moment(&mut dice, &scenario, &acknowledged, kills, rounds);
        let by_replay = rounds % 2 == 1;
        if by_replay {
            killed += usize::from(replay_until(&scenario, &data, moment, &mut acknowledged));
        } else {
            serve_until(&scenario, &data, moment, &mut acknowledged);
            killed += 1;
        }
        let what = if by_replay { "replay" } else { "serve" };
        let audited = audit(&scenario, &data, &mut acknowledged);
        println!("round {rounds}: {what} killed at {moment:?}: {audited}");
        assert!(rounds < 3 * kills, "the rounds end before they are killed");
    }
    assert!(
        checkpoints(&data).1 > 0,
        "no state was checkpointed between the kills"
    );
    feed_uninterrupted(&scenario, &data);
    // All of them now, and the audit looks for each.
    acknowledged.events = scenario.events.len();
    audit(&scenario, &data, &mut acknowledged);
    assert_same_listing("clusters", &data, &reference);
    assert_same_listing("scores", &data, &reference);
    println!(
        "{killed} kills; {} events and {} verdicts acknowledged, none lost",
        acknowledged.events,
        acknowledged.verdicts.len()
    );
}

/// Somewhere in the next stretch of what is left, so that the last kill falls near the end.
fn moment(
    dice: &mut Dice,
    scenario: &Scenario,
    acknowledged: &Acknowledged,
    kills: usize,
    round: usize,
) -> Moment {
    let stretch = 5 * scenario.checks.len() / (4 * kills);
    let by_replay = round % 2 == 1;
    let acknowledgements = if round.is_multiple_of(EARLY_EVERY) {
        0
    } else if by_replay {
        // A replay asks everything again from the start.
        (acknowledged.answered.len() + dice.below(stretch)).min(scenario.checks.len() - 1)
    } else {
        // Events count too, and there are nearly three times as many of them.
        dice.below(stretch * 4)
    };
    Moment {
        acknowledgements,
        later: Duration::from_micros(dice.below(20_000) as u64),
    }
}

fn feed_uninterrupted(scenario: &Scenario, data: &Path) {
    let verdicts = data.with_extension("all.jsonl");
    let output = replay_command(scenario, data, &verdicts).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let count = |name: &str| summary[name].as_u64().unwrap() as usize;
    assert_eq!(
        (count("accepted") + count("duplicate"), count("refused")),
        (scenario.events.len(), 0)
    );
    assert_eq!(count("verdicts"), scenario.checks.len());
}

fn assert_same_listing(command: &str, data: &Path, reference: &Path) {
    let lines = |data: &Path| -> BTreeSet<String> {
        let data = data.to_str().unwrap();
        let listed = run_ok([command, "--data", data]);
        listed.stdout.lines().map(str::to_string).collect()
    };
    let (found, expected) = (lines(data), lines(reference));
    let differing: Vec<_> = found.symmetric_difference(&expected).take(4).collect();
    assert!(differing.is_empty(), "{command}: {differing:#?}");
    assert!(!expected.is_empty());
}

/// Looks at what the killed process left, before anybody writes to it again.
fn audit(scenario: &Scenario, data: &Path, acknowledged: &mut Acknowledged) -> String {
    if !data.join("sameuser.db").exists() {
        assert_eq!((acknowledged.events, acknowledged.verdicts.len()), (0, 0));
        return "before the store was made".into();
    }
    let text = data.to_str().unwrap();
    if acknowledged.verdicts.is_empty() && run(["verify", "--data", text]).code != 0 {
        // Killed while the tables were made: whoever comes next makes them.
        run_ok(["clusters", "--data", text]);
    }
    run_ok(["verify", "--data", text]);
    let reader = Reader::open(data).unwrap();
    let events = audit_events(scenario, &reader, &key(data));
    for (id, verdict) in &acknowledged.verdicts {
        let (found, seen) = stored_verdict(&reader, id);
        assert_eq!(&found, verdict);
        // A verdict reflects events that were durable with it or before.
        acknowledged.events = acknowledged.events.max(seen);
    }
    assert!(
        events >= acknowledged.events,
        "{events} events in the journal, {} acknowledged",
        acknowledged.events
    );
    audit_rows(data);
    let verdicts = reader.positions().unwrap().verdicts;
    format!(
        "{events} events ({} acknowledged), {verdicts} verdicts ({} acknowledged), {:?} checkpoints",
        acknowledged.events,
        acknowledged.verdicts.len(),
        checkpoints(data)
    )
}

fn key(data: &Path) -> Pseudonymiser {
    let text = std::fs::read_to_string(data.join("pseudonym.key")).unwrap();
    let digits = text.trim().as_bytes().chunks(2);
    let bytes: Vec<u8> = digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect();
    Pseudonymiser::new(&bytes.try_into().unwrap(), Default::default())
}

/// The journal's events are the first of those sent, in order, each once; answers how many.
fn audit_events(scenario: &Scenario, reader: &Reader, key: &Pseudonymiser) -> usize {
    let mut count = 0;
    reader
        .for_each_event(0, |sequence, found, _| {
            assert_eq!(sequence as usize, count + 1);
            let expected = key.event_key(&scenario.events[count]);
            assert_eq!(*found, expected, "event {sequence}");
            count += 1;
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(reader.positions().unwrap().events as usize, count);
    count
}

/// A verdict as the journal would answer it, and how many events it saw.
fn stored_verdict(reader: &Reader, id: &str) -> (sameuser::edge::proto::v1::Verdict, usize) {
    let sequence = answer::verdict_sequence(id).unwrap();
    let stored = reader.verdict(sequence).unwrap();
    let stored = stored.unwrap_or_else(|| panic!("verdict {id} is lost"));
    let record = VerdictRecord::decode(&stored.record).unwrap();
    let seen = record.seen.events as usize;
    let record = Box::new(record);
    (answer::verdict(Decided { sequence, record }), seen)
}

/// Checkpoints of the state so far: begun, and the last one finished.
fn checkpoints(data: &Path) -> (i64, i64) {
    let sql = "SELECT coalesce(max(pass), 0), coalesce(max(pass) FILTER (WHERE finished = 1), 0)
               FROM checkpoint_pass";
    let row = |row: &rusqlite::Row| Ok((row.get(0)?, row.get(1)?));
    ledger(data).query_row(sql, [], row).unwrap()
}

fn ledger(data: &Path) -> rusqlite::Connection {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    rusqlite::Connection::open_with_flags(data.join("sameuser.db"), flags).unwrap()
}

/// Nothing is final twice, and sequences have no gaps: read as any tool would.
fn audit_rows(data: &Path) {
    let ledger = ledger(data);
    let count = |sql: &str| -> i64 { ledger.query_row(sql, [], |row| row.get(0)).unwrap() };
    let twice = "SELECT count(*) FROM (SELECT 1 FROM verdict WHERE is_final = 1
                 GROUP BY campaign_id, account_id, task_id HAVING count(*) > 1)";
    assert_eq!(count(twice), 0, "keys with two final verdicts");
    let gaps = "SELECT coalesce(max(seq), 0) - count(*) FROM verdict";
    assert_eq!(count(gaps), 0, "gaps in the ledger");
    let check: String = ledger
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok");
}
