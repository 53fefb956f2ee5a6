//! What a popular identifier costs: one address with 100,000 accounts and one device with 20,000.
//! Events and verdicts that touch them against the same that touch an ordinary address and device, in
//! blocks that take turns. CPU nanoseconds each; the users are brought up to date after every event.
//! The accounts are made up and not simulated: in no simulated world do so many share an address.

#[allow(dead_code, reason = "each bench uses a part")]
mod support;

use std::time::Duration;

use sameuser::{
    edge::{proto::v1, question::question},
    service::store::Store,
};
use serde_json::json;
use support::{
    Failure, data,
    draw::mix,
    population, process,
    question::{question as asked, timestamp},
    report::{self, median, short},
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Accounts on the popular address, on the popular device, and on neither.
const GROUPS: [std::ops::Range<u64>; 3] = [0..100_000, 100_000..120_000, 120_000..220_000];
const BLOCK: u64 = 64;
const BLOCKS: u64 = 150;
/// Sampled accounts of an identifier are the earliest: so many.
const EARLIEST: u64 = 32;

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Address,
    Device,
    Ordinary,
}

#[derive(Clone, Copy, PartialEq)]
enum Act {
    /// An account known there signs in again, on another day.
    Return,
    /// A new account registers there.
    Join,
    /// An account known there turns out to have been the first of all.
    Early,
    /// Billing asks about an account known there.
    Ask,
    /// Billing asks about one of the earliest accounts there.
    AskEarliest,
}

/// Early events come last: they take the places of the earliest accounts.
const ACTS: [(Act, &str); 5] = [
    (Act::Return, "event: an account comes back"),
    (Act::Join, "event: a new account registers"),
    (Act::Ask, "verdict: any account"),
    (Act::AskEarliest, "verdict: one of the earliest accounts"),
    (Act::Early, "event: earlier than all known"),
];
const PLACES: [Place; 3] = [Place::Ordinary, Place::Address, Place::Device];

impl Place {
    fn group(self) -> std::ops::Range<u64> {
        GROUPS[self as usize].clone()
    }

    /// Moves an event to this place.
    fn host(self, event: &mut v1::Event) {
        match self {
            Place::Ordinary => {}
            Place::Address => event.ip_address = "64.0.0.1".into(),
            Place::Device => event.device = Some(population::desktop(u64::MAX >> 1)),
        }
    }
}

/// The store, and the number of the next act: each is a new one.
struct Bench {
    store: Store,
    next: u64,
}

fn main() -> Result<(), Failure> {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let mut bench = Bench {
        store: filled(directory.path())?,
        next: 0,
    };
    let mut rows = Vec::new();
    for (act, name) in ACTS {
        let mut blocks = [const { Vec::new() }; 3];
        for _ in 0..BLOCKS {
            for (place, blocks) in PLACES.iter().zip(&mut blocks) {
                blocks.push(bench.block(act, *place)?);
            }
        }
        rows.push(report_act(name, &blocks));
    }
    println!("\nCPU ns each (in memory; with a commit of {BLOCK}); medians of {BLOCKS} blocks");
    let heads = [
        "",
        "ordinary",
        "popular address",
        "ratio",
        "popular device",
        "ratio",
    ];
    report::table(&heads, &rows);
    Ok(())
}

fn report_act(name: &str, blocks: &[Vec<(f64, f64)>; 3]) -> Vec<String> {
    let medians = blocks.each_ref().map(|blocks| {
        let alone = median(blocks.iter().map(|(alone, _)| *alone));
        (alone, median(blocks.iter().map(|(_, all)| *all)))
    });
    let [ordinary, address, device] = medians;
    let ratio = |place: (f64, f64)| (place.0 / ordinary.0, place.1 / ordinary.1);
    let pair = |(alone, all): (f64, f64)| format!("{alone:.0}; {all:.0}");
    let ratios = |(alone, all): (f64, f64)| format!("{alone:.2}; {all:.2}");
    report::json(&json!({
        "bench": "popular", "act": name,
        "ordinary_ns": short(ordinary.0),
        "address_ratio": short(ratio(address).0),
        "device_ratio": short(ratio(device).0),
        "address_ratio_with_commit": short(ratio(address).1),
        "device_ratio_with_commit": short(ratio(device).1),
    }));
    vec![
        name.into(),
        pair(ordinary),
        pair(address),
        ratios(ratio(address)),
        pair(device),
        ratios(ratio(device)),
    ]
}

fn filled(path: &std::path::Path) -> Result<Store, Failure> {
    let places = [Place::Address, Place::Device, Place::Ordinary];
    let events = (0..3).flat_map(|number| {
        places.iter().zip(GROUPS).flat_map(move |(place, group)| {
            group.map(move |account| {
                let mut event = population::event(account, number);
                if event.surface != "app" {
                    place.host(&mut event);
                }
                Ok(event)
            })
        })
    });
    data::fill(path, GROUPS[2].end, events)
}

impl Bench {
    /// Does one block; nanoseconds an act, without and with the commit.
    fn block(&mut self, act: Act, place: Place) -> Result<(f64, f64), Failure> {
        let numbers = self.next..self.next + BLOCK;
        self.next += BLOCK;
        let (alone, all) = if matches!(act, Act::Ask | Act::AskEarliest) {
            self.ask(act, place, numbers)?
        } else {
            self.observe(act, place, numbers)?
        };
        let each = |spent: Duration| spent.as_nanos() as f64 / BLOCK as f64;
        Ok((each(alone), each(all)))
    }

    fn observe(
        &mut self,
        act: Act,
        place: Place,
        numbers: std::ops::Range<u64>,
    ) -> Result<(Duration, Duration), Failure> {
        let keyed = data::pseudonymiser();
        let mut arrivals = Vec::new();
        for number in numbers {
            arrivals.push(data::arrival(event(act, place, number), &keyed)?);
        }
        let began = process::thread_cpu();
        for arrival in &arrivals {
            self.store.observe(arrival)?;
            self.store.engine_mut().refresh();
        }
        let alone = process::thread_cpu() - began;
        self.store.commit()?;
        Ok((alone, process::thread_cpu() - began))
    }

    fn ask(
        &mut self,
        act: Act,
        place: Place,
        numbers: std::ops::Range<u64>,
    ) -> Result<(Duration, Duration), Failure> {
        let group = place.group();
        let among = if act == Act::AskEarliest {
            EARLIEST
        } else {
            group.end - group.start
        };
        let mut questions = Vec::new();
        for number in numbers {
            let account = group.start + mix(number, 1) % among;
            questions.push(question(asked(
                &population::account_id(account),
                3,
                number,
            ))?);
        }
        let began = process::thread_cpu();
        for question in questions {
            self.store.decide(question, false)?;
        }
        let alone = process::thread_cpu() - began;
        self.store.commit()?;
        Ok((alone, process::thread_cpu() - began))
    }
}

/// The event of an act. Times: returns and new accounts in 2026, early ones before 2020, each
/// earlier than the last.
fn event(act: Act, place: Place, number: u64) -> v1::Event {
    let group = place.group();
    let account = group.start + mix(number, 2) % (group.end - group.start);
    let (mut event, at) = match act {
        Act::Join => (
            population::event(1_000_000 + number, 0),
            1_770_000_000 + number as i64 * 60,
        ),
        Act::Early => (
            population::event(account, 3),
            1_577_836_800 - number as i64 * 60,
        ),
        _ => (population::event(account, 3), 1_768_003_200 + number as i64),
    };
    event.event_id = format!("p-{number:x}");
    event.occurred_at = timestamp(at);
    place.host(&mut event);
    event
}
