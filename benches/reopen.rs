//! Reopening one million accounts: the checkpoint and a small tail (10,000 events and 10,000 verdicts
//! since), each time in a fresh process, against reading as many bytes of the same file. The page
//! cache is warm in both.

#[allow(dead_code, reason = "each bench uses a part")]
mod support;

use std::{fs::File, io::Read, path::Path, process::Command, time::Instant};

use rusqlite::{Connection, OpenFlags};
use sameuser::{edge::question::question, service::store::Store};
use serde_json::json;
use support::{
    Failure,
    data::{self, World},
    draw::mix,
    process,
    question::question as asked,
    report::{self, median, short},
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const TAIL: u64 = 10_000;
/// Some accounts of a world have no event at all, or only such as are held back.
const LEAST_KNOWN: f64 = 0.9;

fn main() -> Result<(), Failure> {
    let arguments = process::arguments();
    if let [part, path, accounts] = &arguments[..]
        && part == "open"
    {
        return open(Path::new(path), accounts.parse()?);
    }
    let accounts = data::accounts();
    let world = data::world(accounts)?;
    let copy = data::Copy::of(&world.store())?;
    let checkpoint = bytes_to_read(&copy.path)?;
    let mut rows = Vec::new();
    for (name, tail) in [("checkpoint alone", 0), ("checkpoint and tail", TAIL)] {
        if tail > 0 {
            add_tail(&world, &copy.path, accounts)?;
        }
        let bytes = checkpoint + if tail > 0 { tail_bytes(&copy.path)? } else { 0 };
        let (mut seconds, mut cpu, mut read) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..data::rounds() {
            read.push(read_bytes(&copy.path, bytes)?);
            let opened = open_apart(&copy.path, accounts)?;
            seconds.push(opened.0);
            cpu.push(opened.1);
        }
        let (open, read) = (median(seconds), median(read));
        let cpu = median(cpu);
        report::json(&json!({
            "bench": "reopen", "accounts": accounts, "tail_events": tail, "tail_verdicts": tail,
            "bytes": bytes, "seconds": short(open), "cpu_seconds": short(cpu),
            "read_seconds": short(read), "ratio": short(open / read),
        }));
        rows.push(vec![
            name.into(),
            format!("{:.1}", bytes as f64 / 1e6),
            format!("{open:.2}"),
            format!("{cpu:.2}"),
            format!("{read:.3}"),
            format!("{:.1}", open / read),
        ]);
    }
    println!(
        "\nreopening {accounts} accounts; medians of {} rounds",
        data::rounds()
    );
    report::table(&["", "MB", "s", "CPU s", "reading, s", "ratio"], &rows);
    Ok(())
}

/// Opens the store and tells how long it took.
fn open(path: &Path, accounts: usize) -> Result<(), Failure> {
    let setup = data::setup(accounts);
    let (began, cpu) = (Instant::now(), process::process_cpu());
    let store = Store::open(path, &setup)?;
    let (seconds, cpu) = (began.elapsed(), process::process_cpu() - cpu);
    let known = store.engine().graph().account_count();
    println!("{} {} {known}", seconds.as_secs_f64(), cpu.as_secs_f64());
    // The process ends with the store: freeing it all is no part of reopening.
    std::process::exit(0);
}

fn open_apart(path: &Path, accounts: u64) -> Result<(f64, f64), Failure> {
    let output = Command::new(std::env::current_exe()?)
        .arg("open")
        .arg(path)
        .arg(accounts.to_string())
        .output()?;
    let told = String::from_utf8(output.stdout)?;
    let numbers: Vec<f64> = told
        .split_whitespace()
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    match numbers[..] {
        [seconds, cpu, known] if known >= accounts as f64 * LEAST_KNOWN => Ok((seconds, cpu)),
        _ => Err(format!("opening went wrong: {told}").into()),
    }
}

fn add_tail(world: &World, path: &Path, accounts: u64) -> Result<(), Failure> {
    let keyed = data::pseudonymiser();
    let askers = world.askers()?;
    let mut store = Store::open(path, &data::setup(accounts as usize))?;
    for (number, line) in world.next_lines(0, TAIL)?.iter().enumerate() {
        let event = serde_json::from_str(line)?;
        store.observe(&data::arrival(event, &keyed)?)?;
        let number = number as u64;
        let asker = &askers[mix(number, 3) as usize % askers.len()];
        store.decide(question(asked(asker, 2, number))?, false)?;
        if store.is_group_full() {
            store.commit()?;
        }
    }
    // Not closed: that would write a checkpoint.
    Ok(store.commit()?)
}

fn sum(path: &Path, sql: &str) -> Result<u64, Failure> {
    let file = path.join("sameuser.db");
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    Ok(connection.query_row(sql, [], |row| row.get::<_, i64>(0))? as u64)
}

/// What reopening must read: the checkpoint's chunks and the filters over the events seen.
fn bytes_to_read(path: &Path) -> Result<u64, Failure> {
    let chunks = "SELECT sum(length(bytes)) FROM checkpoint_chunk WHERE pass =
        (SELECT max(pass) FROM checkpoint_pass WHERE finished = 1)";
    let filters = "SELECT coalesce(sum(length(filter)), 0) FROM event_index_partition";
    Ok(sum(path, chunks)? + sum(path, filters)?)
}

fn tail_bytes(path: &Path) -> Result<u64, Failure> {
    let began = "(SELECT begin_events FROM checkpoint_pass WHERE finished = 1
        ORDER BY pass DESC LIMIT 1)";
    let events = format!(
        "SELECT coalesce(sum(length(payloads) + length(keys)), 0) FROM event_page
         WHERE first_seq > {began}"
    );
    let verdicts = "SELECT coalesce(sum(length(record)), 0) FROM verdict";
    Ok(sum(path, &events)? + sum(path, verdicts)?)
}

/// Seconds to read so many bytes of the database file.
fn read_bytes(path: &Path, bytes: u64) -> Result<f64, Failure> {
    let began = Instant::now();
    let mut file = File::open(path.join("sameuser.db"))?.take(bytes);
    let mut buffer = vec![0; 1 << 20];
    while file.read(&mut buffer)? > 0 {}
    Ok(began.elapsed().as_secs_f64())
}
