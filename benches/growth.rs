//! What an event costs as the accounts become more: stores of 10 thousand, 100 thousand and 1 million
//! accounts, in blocks that take turns; and what hostile sequences cost beside ordinary events, on the
//! middle one. CPU nanoseconds each; users are brought up to date after every event, which is dearer than
//! the doors, where events that wait are taken in together: what a hostile sequence costs there, told in
//! blocks, is told besides. The accounts are made up and not simulated.
//!
//! `cargo bench --bench growth -- soak` instead folds 5 million accounts with few events each into one
//! graph, and tells what an event costs and what is resident as it grows: facts and users alone, no journal.

#[allow(dead_code, reason = "each bench uses a part")]
mod support;

use std::time::Duration;

use sameuser::{
    domain::{evidence_weights::EvidenceWeights, graph::EntityGraph, same_user::SameUser},
    edge::proto::v1,
    service::store::Store,
};
use serde_json::json;
use support::{
    Failure, data,
    draw::mix,
    population, process,
    question::timestamp,
    report::{self, median, short},
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SIZES: [u64; 3] = [10_000, 100_000, 1_000_000];
/// The store that hostile sequences are told to.
const MIDDLE: usize = 1;
const EVENTS_AN_ACCOUNT: u64 = 3;
const BLOCK: u64 = 64;
const BLOCKS: u64 = 100;
/// 1 June 2027: after all that the stores hold.
const NOW: i64 = 1_811_779_200;
const DAY: i64 = 86_400;
/// The key of what no made-up person has.
const HOSTILE: u64 = 1 << 40;

const ACTS: usize = 6;

/// What is told, ordinary and hostile.
#[derive(Clone, Copy)]
enum Act {
    /// An account known signs in again, on another day.
    Return,
    /// A new account registers, with a number and a device of its own.
    Join,
    /// New accounts register on one device until nobody more is compared on it, then on the next.
    Flood,
    /// Accounts that were first of all on a device turn up late, now in a burst, now registered elsewhere: the
    /// device is a farm's, an office's, a farm's.
    Relabel,
    /// A number that thirty hold is bound to one more and unbound from it: a user grows and shrinks.
    Rebind,
    /// Accounts on as many devices as count, each device shared with thirty others, sign in day by day.
    Web,
}

const ORDINARY: [(Act, &str); 2] = [
    (Act::Return, "an account comes back"),
    (Act::Join, "a new account registers"),
];
const HOSTILE_ACTS: [(Act, &str); 4] = [
    (Act::Flood, "flooding devices with accounts"),
    (Act::Relabel, "relabelling a device"),
    (Act::Rebind, "splitting and joining a user"),
    (Act::Web, "a web of shared devices"),
];
/// Of the web: accounts, and devices of each.
const WEB_ACCOUNTS: u64 = 1024;
const WEB_DEVICES: u64 = 64;
/// Accounts on each device of the web: as many as are compared.
const WEB_ON_DEVICE: u64 = 32;
const HOLDERS: u64 = 30;
/// The long run is told in so many parts.
const SOAK_PARTS: u64 = 10;

fn main() -> Result<(), Failure> {
    match process::arguments().first().map(String::as_str) {
        Some("soak") => soak(),
        _ => bench(),
    }
}

/// A store, and the number of the next of each act: each is a new one.
struct Bench {
    store: Store,
    accounts: u64,
    next: [u64; ACTS],
}

fn bench() -> Result<(), Failure> {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let mut benches = Vec::new();
    for accounts in SIZES {
        let numbers = 0..EVENTS_AN_ACCOUNT;
        let events = numbers.flat_map(|n| (0..accounts).map(move |a| Ok(population::event(a, n))));
        let path = directory.path().join(accounts.to_string());
        benches.push(Bench {
            store: data::fill(&path, accounts, events)?,
            accounts,
            next: [0; ACTS],
        });
    }
    let mut rows = Vec::new();
    for (act, name) in ORDINARY {
        let mut blocks = [const { Vec::new() }; SIZES.len()];
        for _ in 0..BLOCKS {
            for (bench, blocks) in benches.iter_mut().zip(&mut blocks) {
                blocks.push(bench.block(act, true)?);
            }
        }
        rows.push(row(name, &blocks.each_ref().map(|blocks| medians(blocks))));
    }
    let heads = [
        "",
        "10 thousand",
        "100 thousand",
        "ratio",
        "1 million",
        "ratio",
    ];
    report::table(&heads, &rows);
    println!();
    hostile(&mut benches[MIDDLE])
}

/// Hostile sequences, each in turns with ordinary events.
fn hostile(bench: &mut Bench) -> Result<(), Failure> {
    let mut rows = Vec::new();
    for (act, name) in HOSTILE_ACTS {
        bench.prepare(act)?;
        for (each, words) in [(true, ""), (false, ", in blocks")] {
            let (mut ordinary, mut hostile) = (Vec::new(), Vec::new());
            for _ in 0..BLOCKS {
                for (usual, _) in ORDINARY {
                    ordinary.push(bench.block(usual, each)?);
                }
                hostile.push(bench.block(act, each)?);
            }
            // Sums, not medians: an attack that is dear now and then is dear.
            let name = format!("{name}{words}");
            rows.push(row(&name, &[mean(&ordinary), mean(&hostile)]));
        }
    }
    report::table(&["", "ordinary", "hostile", "ratio"], &rows);
    Ok(())
}

/// (alone, with the commit) of each column, and every further column's ratio to the first.
fn row(name: &str, columns: &[(f64, f64)]) -> Vec<String> {
    let (first, others) = columns.split_first().expect("there are columns");
    let pair = |(alone, all): (f64, f64)| format!("{alone:.0}; {all:.0}");
    let mut cells = vec![name.to_string(), pair(*first)];
    let mut ratios = Vec::new();
    for column in others {
        let ratio = (column.0 / first.0, column.1 / first.1);
        cells.extend([pair(*column), format!("{:.2}; {:.2}", ratio.0, ratio.1)]);
        ratios.push(json!([short(ratio.0), short(ratio.1)]));
    }
    report::json(&json!({
        "bench": "growth", "act": name, "first_ns": short(first.0),
        "first_ns_with_commit": short(first.1), "ratios_alone_with_commit": ratios,
    }));
    cells
}

fn medians(blocks: &[(f64, f64)]) -> (f64, f64) {
    let alone = median(blocks.iter().map(|(alone, _)| *alone));
    (alone, median(blocks.iter().map(|(_, all)| *all)))
}

fn mean(blocks: &[(f64, f64)]) -> (f64, f64) {
    let sum = |(a, b): (f64, f64), (c, d): &(f64, f64)| (a + c, b + d);
    let (alone, all) = blocks.iter().fold((0.0, 0.0), sum);
    (alone / blocks.len() as f64, all / blocks.len() as f64)
}

impl Bench {
    /// Tells one block of an act; nanoseconds an event, without and with the commit. Users are brought up to
    /// date after each event, or once.
    fn block(&mut self, act: Act, each: bool) -> Result<(f64, f64), Failure> {
        let next = &mut self.next[act as usize];
        let numbers = *next..*next + BLOCK;
        *next += BLOCK;
        let accounts = self.accounts;
        let events: Vec<_> = numbers.map(|number| event(act, accounts, number)).collect();
        let (alone, all) = self.tell(&events, each)?;
        let one = |spent: Duration| spent.as_nanos() as f64 / BLOCK as f64;
        Ok((one(alone), one(all)))
    }

    fn tell(&mut self, events: &[v1::Event], each: bool) -> Result<(Duration, Duration), Failure> {
        let keyed = data::pseudonymiser();
        let mut arrivals = Vec::new();
        for event in events {
            arrivals.push(data::arrival(event.clone(), &keyed)?);
        }
        let began = process::thread_cpu();
        for arrival in &arrivals {
            self.store.observe(arrival)?;
            if each {
                self.store.engine_mut().refresh();
            }
        }
        self.store.engine_mut().refresh();
        let alone = process::thread_cpu() - began;
        self.store.commit()?;
        Ok((alone, process::thread_cpu() - began))
    }

    /// Tells what an attack needs beforehand, unmeasured.
    fn prepare(&mut self, act: Act) -> Result<(), Failure> {
        let events: Vec<_> = match act {
            Act::Rebind => (0..HOLDERS)
                .map(|holder| bound(holder, true, holder))
                .collect(),
            Act::Web => (0..WEB_ACCOUNTS * WEB_DEVICES)
                .map(|use_| web(use_, NOW))
                .collect(),
            _ => Vec::new(),
        };
        for some in events.chunks(1024) {
            self.tell(some, true)?;
        }
        Ok(())
    }
}

fn event(act: Act, accounts: u64, number: u64) -> v1::Event {
    let second = NOW + 30 * DAY + number as i64;
    let mut event = match act {
        Act::Return => population::event(mix(number, 2) % accounts, EVENTS_AN_ACCOUNT),
        Act::Join => population::event(2 * HOSTILE + number, 0),
        Act::Flood => {
            let mut event = population::event(3 * HOSTILE + number, 0);
            event.device = Some(population::desktop(HOSTILE + number / (2 * BLOCK)));
            event
        }
        Act::Relabel => return relabelling(number),
        Act::Rebind => {
            return bound(
                number % HOLDERS,
                number / HOLDERS % 2 == 1,
                number + HOLDERS,
            );
        }
        // Each day every account signs in on one device after the other.
        Act::Web => return web(number, NOW + DAY * (1 + (number / WEB_ACCOUNTS) as i64)),
    };
    event.event_id = format!("g-{}-{number:x}", act as usize);
    event.occurred_at = timestamp(second);
    event
}

/// Six that registered here in a burst, then six that registered elsewhere, each before all the others.
fn relabelling(number: u64) -> v1::Event {
    let at = NOW - 7200 * number as i64;
    let in_burst = (number / 6).is_multiple_of(2);
    let mut event = population::event(4 * HOSTILE + number, 0);
    event.event_id = format!("r-{number:x}");
    event.event_type = match in_burst {
        true => v1::EventType::Registration,
        false => v1::EventType::Login,
    }
    .into();
    // A burst lies within minutes.
    let burst = NOW - 7200 * (number / 6 * 6) as i64 - (number % 6) as i64;
    event.occurred_at = timestamp(if in_burst { burst } else { at });
    event.device = Some(population::desktop(HOSTILE / 2));
    event.phone_number = String::new();
    event
}

/// An account on the user's device takes the number, or loses it.
fn bound(holder: u64, takes: bool, number: u64) -> v1::Event {
    let mut event = population::event(5 * HOSTILE + holder, 0);
    event.event_id = format!("b-{number:x}");
    event.event_type = match takes {
        true => v1::EventType::PhoneBound,
        false => v1::EventType::PhoneUnbound,
    }
    .into();
    event.occurred_at = timestamp(NOW + number as i64);
    event.device = Some(population::desktop(HOSTILE / 4));
    event.phone_number = population::phone_number(HOSTILE / 4);
    event
}

/// A use of the web: account and device drawn so that each device has as many accounts as are compared, and no two
/// accounts share many devices.
fn web(number: u64, at: i64) -> v1::Event {
    let (account, turn) = (number % WEB_ACCOUNTS, number / WEB_ACCOUNTS % WEB_DEVICES);
    let devices = WEB_ACCOUNTS / WEB_ON_DEVICE;
    // In every turn another permutation of the accounts falls into as many devices.
    let place = (account * (2 * turn + 1) + turn * 37) % WEB_ACCOUNTS;
    let device = turn * devices + place / WEB_ON_DEVICE;
    let mut event = population::event(6 * HOSTILE + account, 0);
    event.event_id = format!("w-{at:x}-{number:x}");
    event.event_type = v1::EventType::Login.into();
    event.occurred_at = timestamp(at + number as i64 % DAY);
    let mut machine = population::desktop(7 * HOSTILE + 10 * device);
    machine.hardware_fingerprint = String::new();
    event.device = Some(machine);
    event.phone_number = String::new();
    event.ip_address = String::new();
    event
}

/// Five million accounts, few events each, in the graph alone: what an event costs the further it grows.
fn soak() -> Result<(), Failure> {
    let accounts = data::setting("SAMEUSER_BENCH_ACCOUNTS", 5_000_000);
    let weights = EvidenceWeights::parse(&data::setup(0).weights_toml)?;
    let (kinds, keyed) = (weights.identifier_kinds(), data::pseudonymiser());
    let (mut graph, mut same_user) = (EntityGraph::default(), SameUser::default());
    let (before, _) = process::resident()?;
    let (mut sequence, mut first) = (0, f64::NAN);
    let mut rows = Vec::new();
    for part in 0..SOAK_PARTS {
        let mut spent = Duration::ZERO;
        let began = sequence;
        for block in accounts * part / SOAK_PARTS..accounts * (part + 1) / SOAK_PARTS {
            // An account's events lie apart: those of accounts that registered long ago come in between.
            let turns =
                (0..EVENTS_AN_ACCOUNT + 1).map(|n| (block.saturating_sub(n * accounts / 20), n));
            let arrivals: Result<Vec<_>, _> = turns
                .map(|(account, n)| data::arrival(population::event(account, n), &keyed))
                .collect();
            let started = process::thread_cpu();
            for arrival in &arrivals? {
                sequence += 1;
                graph.fold(&arrival.event, &kinds, sequence, sequence);
                let touched = graph.take_touched();
                same_user.refresh(&graph, &weights, &touched);
            }
            spent += process::thread_cpu() - started;
        }
        let each = spent.as_nanos() as f64 / (sequence - began) as f64;
        first = if part == 0 { each } else { first };
        let (resident, _) = process::resident()?;
        let known = graph.account_count();
        report::json(&json!({
            "bench": "growth soak", "accounts": known, "events": sequence, "links": graph.link_count(),
            "identifiers": graph.identifier_count(), "event_ns": short(each), "ratio": short(each / first),
            "resident_bytes_an_account": short((resident - before) as f64 / known as f64),
        }));
        rows.push(vec![
            known.to_string(),
            sequence.to_string(),
            format!("{each:.0}"),
            format!("{:.2}", each / first),
            format!("{:.1}", resident as f64 / f64::from(1 << 30)),
        ]);
    }
    println!();
    report::table(
        &["accounts", "events", "ns an event", "ratio", "GiB resident"],
        &rows,
    );
    Ok(())
}
