//! Memory and disk an account, at about 7 links and 50 events each.
//!
//! Memory is counted four ways: the resident set of a process that opened the store from its
//! checkpoint, less that of the same process on an empty store (so graph, tables, event filters,
//! allocator waste and SQLite's page cache, not the program); the same once every account was asked
//! about; the resident set of the process that took all events in; and what the engine counts itself
//! (graph and event index without what hangs off an account on the heap). Disk is the database file,
//! by table.

#[allow(dead_code, reason = "each bench uses a part")]
mod support;

use std::{path::Path, process::Command};

use rusqlite::{Connection, OpenFlags};
use sameuser::{edge::question::question, service::store::Store};
use serde_json::{Value, json};
use support::{
    Failure, data, population, process,
    report::{self, short},
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const EVENTS_EACH: u64 = 50;
const ACCOUNTS_DEFAULT: u64 = 100_000;
/// Questions after the store was opened: all that serving first touches is in.
const QUESTIONS: u64 = 20_000;

fn main() -> Result<(), Failure> {
    let arguments = process::arguments();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["make", path, accounts] => return make(Path::new(path), accounts.parse()?),
        ["open", path, accounts] => return open(Path::new(path), accounts.parse()?),
        _ => {}
    }
    let accounts = data::setting("SAMEUSER_BENCH_MEMORY_ACCOUNTS", ACCOUNTS_DEFAULT);
    let path = data::directory().join("memory");
    let empty = data::directory().join("memory-empty");
    for directory in [&path, &empty] {
        if directory.exists() {
            std::fs::remove_dir_all(directory)?;
        }
    }
    let nothing = play("make", &empty, 0)?;
    let made = play("make", &path, accounts)?;
    let opened_empty = play("open", &empty, 0)?;
    let opened = play("open", &path, accounts)?;
    let each = |value: &Value, less: &Value, field: &str| {
        let bytes = value[field].as_f64().unwrap_or(0.0) - less[field].as_f64().unwrap_or(0.0);
        bytes / accounts as f64
    };
    let links = opened["links"].as_f64().unwrap_or(0.0) / accounts as f64;
    let identifiers = opened["identifiers"].as_f64().unwrap_or(0.0) / accounts as f64;
    println!(
        "{accounts} accounts, {EVENTS_EACH} events each; {links:.2} links and {identifiers:.2} \
         identifiers an account"
    );
    let lines = [
        (
            "resident, opened from a checkpoint",
            each(&opened, &opened_empty, "opened"),
        ),
        (
            "resident, after questions",
            each(&opened, &opened_empty, "asked"),
        ),
        (
            "resident, after taking all events in",
            each(&made, &nothing, "resident"),
        ),
        (
            "counted by the engine",
            each(&opened, &opened_empty, "counted"),
        ),
    ];
    let rows = lines.map(|(name, bytes)| vec![name.into(), format!("{bytes:.0}")]);
    report::table(&["memory", "B an account"], &rows);
    let tables = tables(&path)?;
    let rows: Vec<Vec<String>> = tables
        .iter()
        .map(|(name, bytes)| {
            let bytes = *bytes as f64;
            let an_event = bytes / (accounts * EVENTS_EACH) as f64;
            vec![
                name.clone(),
                format!("{:.0}", bytes / accounts as f64),
                format!("{an_event:.1}"),
            ]
        })
        .collect();
    println!();
    report::table(&["disk", "B an account", "B an event"], &rows);
    let disk = tables
        .last()
        .map_or(0.0, |(_, bytes)| *bytes as f64 / accounts as f64);
    report::json(&json!({
        "bench": "memory", "accounts": accounts, "events_each": EVENTS_EACH,
        "links_each": short(links),
        "resident_opened": short(lines[0].1),
        "resident_asked": short(lines[1].1),
        "resident_made": short(lines[2].1),
        "counted": short(lines[3].1),
        "disk": short(disk),
    }));
    std::fs::remove_dir_all(&path)?;
    std::fs::remove_dir_all(&empty)?;
    Ok(())
}

/// Runs this bench as another process and reads what it prints.
fn play(part: &str, path: &Path, accounts: u64) -> Result<Value, Failure> {
    let output = Command::new(std::env::current_exe()?)
        .arg(part)
        .arg(path)
        .arg(accounts.to_string())
        .stderr(std::process::Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(format!("{part} ended with {}", output.status).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn make(path: &Path, accounts: u64) -> Result<(), Failure> {
    let store = data::make(path, accounts, EVENTS_EACH.min(accounts))?;
    let (resident, most) = process::resident()?;
    println!("{}", json!({ "resident": resident, "most": most }));
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
        let account = population::mix(number, 5) % accounts;
        store.decide(question(population::question(account, 1, number))?, true)?;
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
