//! Memory and disk an account: at about 7 links and 50 events each, the shape that the aim names, of
//! made-up people since the simulator's have more links and fewer events; and of simulated people.
//!
//! Memory is counted four ways: the resident set of a process that opened the store from its
//! checkpoint, less that of the same process on an empty store (so graph, tables, event filters,
//! allocator waste and SQLite's page cache, not the program); the same once every account was asked
//! about; the resident set of the process that took all events in; and what the engine counts itself
//! (graph and event index without what hangs off an account on the heap). Disk is the database file,
//! by table.

#[allow(dead_code, reason = "each bench uses a part")]
mod support;

use std::{
    io::{BufRead, BufReader, BufWriter, Write},
    path::Path,
    process::{Command, Stdio},
};

use rusqlite::{Connection, OpenFlags};
use sameuser::{
    edge::{proto::v1, question::question},
    lab::simulate::Profile,
    service::store::Store,
};
use serde_json::{Value, json};
use support::{
    Failure, data,
    draw::mix,
    population, process,
    question::question as asked,
    report::{self, short},
    simulated,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const EVENTS_EACH: u64 = 50;
const ACCOUNTS_DEFAULT: u64 = 100_000;
/// Questions after the store was opened: all that serving first touches is in.
const QUESTIONS: u64 = 20_000;

#[derive(Clone, Copy)]
enum Shape {
    /// 7 links and 50 events an account.
    Exact,
    Simulated,
}

impl Shape {
    fn name(self) -> &'static str {
        match self {
            Shape::Exact => "exact",
            Shape::Simulated => "simulated",
        }
    }
}

fn main() -> Result<(), Failure> {
    let arguments = process::arguments();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["exact", path, accounts] => return make_exact(Path::new(path), accounts.parse()?),
        ["simulated", path, accounts] => return make_simulated(Path::new(path), accounts.parse()?),
        ["open", path, accounts] => return open(Path::new(path), accounts.parse()?),
        ["lines", accounts] => return print_simulated(accounts.parse()?),
        _ => {}
    }
    let accounts = data::setting("SAMEUSER_BENCH_MEMORY_ACCOUNTS", ACCOUNTS_DEFAULT);
    let empty = data::directory().join("memory-empty");
    remove(&empty)?;
    let nothing = play("exact", &empty, 0)?;
    let opened_empty = play("open", &empty, 0)?;
    for shape in [Shape::Exact, Shape::Simulated] {
        measure(shape, accounts, (&nothing, &opened_empty))?;
    }
    remove(&empty)
}

fn remove(directory: &Path) -> Result<(), Failure> {
    if directory.exists() {
        std::fs::remove_dir_all(directory)?;
    }
    Ok(())
}

/// Measures people of a shape, less what the same processes hold of an empty store.
fn measure(
    shape: Shape,
    accounts: u64,
    (nothing, opened_empty): (&Value, &Value),
) -> Result<(), Failure> {
    let path = data::directory().join("memory");
    remove(&path)?;
    let made = play(shape.name(), &path, accounts)?;
    let opened = play("open", &path, accounts)?;
    let number = |value: &Value, field: &str| value[field].as_f64().unwrap_or(0.0);
    let each = |value: &Value, less: &Value, field: &str| {
        (number(value, field) - number(less, field)) / accounts as f64
    };
    let an_account = |field: &str| number(&opened, field) / accounts as f64;
    let events = number(&made, "events");
    println!(
        "\n{accounts} accounts, {}; {:.1} events, {:.2} links and {:.2} identifiers an account",
        shape.name(),
        events / accounts as f64,
        an_account("links"),
        an_account("identifiers")
    );
    let lines = [
        (
            "resident, opened from a checkpoint",
            each(&opened, opened_empty, "opened"),
        ),
        (
            "resident, after questions",
            each(&opened, opened_empty, "asked"),
        ),
        (
            "resident, after taking all events in",
            each(&made, nothing, "resident"),
        ),
        (
            "counted by the engine",
            each(&opened, opened_empty, "counted"),
        ),
    ];
    let rows = lines.map(|(name, bytes)| vec![name.into(), format!("{bytes:.0}")]);
    report::table(&["memory", "B an account"], &rows);
    let tables = tables(&path)?;
    let rows: Vec<Vec<String>> = tables
        .iter()
        .map(|(name, bytes)| {
            vec![
                name.clone(),
                format!("{:.0}", *bytes as f64 / accounts as f64),
                format!("{:.1}", *bytes as f64 / events),
            ]
        })
        .collect();
    println!();
    report::table(&["disk", "B an account", "B an event"], &rows);
    let disk = tables
        .last()
        .map_or(0.0, |(_, bytes)| *bytes as f64 / accounts as f64);
    report::json(&json!({
        "bench": "memory", "shape": shape.name(), "accounts": accounts,
        "events_each": short(events / accounts as f64),
        "links_each": short(an_account("links")),
        "resident_opened": short(lines[0].1),
        "resident_asked": short(lines[1].1),
        "resident_made": short(lines[2].1),
        "counted": short(lines[3].1),
        "disk": short(disk),
    }));
    remove(&path)
}

/// Runs this bench as another process and reads what it prints.
fn play(part: &str, path: &Path, accounts: u64) -> Result<Value, Failure> {
    let output = Command::new(std::env::current_exe()?)
        .arg(part)
        .arg(path)
        .arg(accounts.to_string())
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(format!("{part} ended with {}", output.status).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Every account's first event comes before any account's second.
fn make_exact(path: &Path, accounts: u64) -> Result<(), Failure> {
    let event = |number| (0..accounts).map(move |account| Ok(population::event(account, number)));
    make(path, accounts, (0..EVENTS_EACH).flat_map(event))
}

/// The simulator runs in a process of its own: its memory is not the store's.
fn make_simulated(path: &Path, accounts: u64) -> Result<(), Failure> {
    let mut simulating = Command::new(std::env::current_exe()?)
        .arg("lines")
        .arg(accounts.to_string())
        .stdout(Stdio::piped())
        .spawn()?;
    let lines = simulating.stdout.take().ok_or("no stdout")?;
    let events = BufReader::new(lines).lines();
    make(
        path,
        accounts,
        events.map(|line| Ok(serde_json::from_str(&line?)?)),
    )?;
    let status = simulating.wait()?;
    status
        .success()
        .then_some(())
        .ok_or_else(|| format!("the simulator ended with {status}").into())
}

fn print_simulated(accounts: u64) -> Result<(), Failure> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    let nobody = Box::new(std::io::sink());
    for line in simulated::arrivals(accounts, 1, Profile::Full, nobody)? {
        writeln!(out, "{}", line?)?;
    }
    Ok(out.flush()?)
}

fn make(
    path: &Path,
    accounts: u64,
    events: impl Iterator<Item = Result<v1::Event, Failure>>,
) -> Result<(), Failure> {
    let mut count = 0;
    let store = data::fill(path, accounts, events.inspect(|_| count += 1))?;
    let (resident, most) = process::resident()?;
    println!(
        "{}",
        json!({ "resident": resident, "most": most, "events": count })
    );
    Ok(store.close()?)
}

fn open(path: &Path, accounts: u64) -> Result<(), Failure> {
    // The same room in both, so that the empty store's process differs in content alone.
    let mut store = Store::open(path, &data::setup(accounts as usize))?;
    let (opened, _) = process::resident()?;
    let engine = store.engine();
    let counted = engine.memory_bytes();
    let (links, identifiers) = (
        engine.graph().link_count(),
        engine.graph().identifier_count(),
    );
    for number in 0..QUESTIONS.min(accounts) {
        // Of an account that no event has named where people are simulated: a look-up all the same.
        let account = population::account_id(mix(number, 5) % accounts);
        store.decide(question(asked(&account, 1, number))?, true)?;
    }
    let (asked, _) = process::resident()?;
    println!(
        "{}",
        json!({
            "opened": opened, "asked": asked, "counted": counted,
            "links": links, "identifiers": identifiers,
        })
    );
    Ok(())
}

/// Bytes of each table, and of the file.
fn tables(path: &Path) -> Result<Vec<(String, u64)>, Failure> {
    let file = path.join("sameuser.db");
    let connection = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut select = connection
        .prepare("SELECT name, pgsize FROM dbstat WHERE aggregate = TRUE ORDER BY pgsize DESC")?;
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)? as u64)))?;
    let mut tables: Vec<(String, u64)> = rows.collect::<Result<_, _>>()?;
    tables.retain(|(_, bytes)| *bytes > 1 << 20);
    tables.push(("the file".into(), std::fs::metadata(&file)?.len()));
    Ok(tables)
}
