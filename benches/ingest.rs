//! Durable ingest: CPU an event, through a store as files do it and through gRPC, against plain SQLite
//! inserts of the same encoded bytes in the same groups (one row an event, SQLite's own settings but
//! for WAL and full sync). The store holds a simulated world of one million accounts but for its last
//! events; those are taken in, in order of arrival.

#[allow(dead_code, reason = "each bench uses a part")]
mod support;

use std::{path::Path, time::Duration};

use rusqlite::{Connection, params};
use sameuser::{
    edge::proto::v1::{self, event_service_client::EventServiceClient},
    service::{codec::Stored, store::Store},
};
use serde_json::json;
use support::{
    Failure,
    data::{self, World},
    load, process,
    report::{self, median, short},
    server::Server,
};
use tokio_stream::wrappers::ReceiverStream;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const EVENTS_A_ROUND: u64 = 20_000;
const GROUPS: [usize; 2] = [1000, 64];
/// Events of a gRPC stream that are under way.
const EVENTS_AHEAD: usize = 3000;
/// The lines of a turn; no event is in two of them.
fn lines(world: &World, turn: u64) -> Result<Vec<String>, Failure> {
    world.next_lines(turn, EVENTS_A_ROUND)
}

fn decoded(lines: &[String]) -> Result<Vec<v1::Event>, Failure> {
    lines
        .iter()
        .map(|line| Ok(serde_json::from_str(line)?))
        .collect()
}

/// CPU nanoseconds an event of what the store does.
struct InProcess {
    decode: f64,
    intake: f64,
    fold: f64,
    commit: f64,
    plain: f64,
}

impl InProcess {
    fn total(&self) -> f64 {
        self.decode + self.intake + self.fold + self.commit
    }
}

fn main() -> Result<(), Failure> {
    let accounts = data::accounts();
    let world = data::world(accounts)?;
    let copy = data::Copy::of(&world.store())?;
    let mut turns = 0..;
    let mut next_lines = || lines(&world, turns.next().unwrap_or(u64::MAX));
    let mut rows = Vec::new();
    {
        let mut store = Store::open(&copy.path, &data::setup(accounts as usize))?;
        let plain = plain_store(&copy.path)?;
        for group in GROUPS {
            let mut rounds = Vec::new();
            for _ in 0..data::rounds() {
                rounds.push(in_process(&mut store, &plain, &next_lines()?, group)?);
            }
            rows.push(report_in_process(group, &rounds));
        }
    }
    println!(
        "\nin a store, CPU µs an event; medians of {} rounds",
        data::rounds()
    );
    let heads = [
        "group",
        "JSON",
        "pseudonyms",
        "fold",
        "commit",
        "all",
        "plain SQLite",
        "ratio",
        "fold + commit, ratio",
    ];
    report::table(&heads, &rows);

    let server = Server::of_store(&copy.path)?;
    let mut rows = Vec::new();
    for group in GROUPS {
        let mut rounds = Vec::new();
        for _ in 0..data::rounds() {
            let events = decoded(&next_lines()?)?;
            let plain = plain_store(&copy.path)?;
            let plain = insert_plain(&plain, &encoded(&events)?, group)?;
            let (cpu, rate) = over_grpc(&server, &events, group)?;
            rounds.push((cpu, rate, plain));
        }
        rows.push(report_grpc(group, &rounds));
    }
    println!("\nthrough gRPC, server CPU µs an event");
    report::table(
        &[
            "events a message",
            "server",
            "plain SQLite",
            "ratio",
            "events/s",
        ],
        &rows,
    );
    Ok(())
}

fn report_in_process(group: usize, rounds: &[InProcess]) -> Vec<String> {
    let of = |value: fn(&InProcess) -> f64| median(rounds.iter().map(value));
    let ratio = of(|round| round.total() / round.plain);
    let core = of(|round| (round.fold + round.commit) / round.plain);
    report::json(&json!({
        "bench": "ingest", "way": "store", "group": group,
        "json_ns": short(of(|round| round.decode)),
        "intake_ns": short(of(|round| round.intake)),
        "fold_ns": short(of(|round| round.fold)),
        "commit_ns": short(of(|round| round.commit)),
        "plain_sqlite_ns": short(of(|round| round.plain)),
        "ratio": short(ratio),
        "ratio_of_fold_and_commit": short(core),
    }));
    let micros = |value: f64| format!("{:.2}", value / 1000.0);
    vec![
        group.to_string(),
        micros(of(|round| round.decode)),
        micros(of(|round| round.intake)),
        micros(of(|round| round.fold)),
        micros(of(|round| round.commit)),
        micros(of(InProcess::total)),
        micros(of(|round| round.plain)),
        format!("{ratio:.1}"),
        format!("{core:.1}"),
    ]
}

fn report_grpc(group: usize, rounds: &[(f64, f64, f64)]) -> Vec<String> {
    let of = |value: fn(&(f64, f64, f64)) -> f64| median(rounds.iter().map(value));
    let ratio = of(|(cpu, _, plain)| cpu / plain);
    report::json(&json!({
        "bench": "ingest", "way": "grpc", "events_a_message": group,
        "server_ns": short(of(|round| round.0)),
        "events_a_second": short(of(|round| round.1)),
        "plain_sqlite_ns": short(of(|round| round.2)),
        "ratio": short(ratio),
    }));
    vec![
        group.to_string(),
        format!("{:.2}", of(|round| round.0) / 1000.0),
        format!("{:.2}", of(|round| round.2) / 1000.0),
        format!("{ratio:.1}"),
        format!("{:.0}", of(|round| round.1)),
    ]
}

fn each(spent: Duration) -> f64 {
    spent.as_nanos() as f64 / EVENTS_A_ROUND as f64
}

fn in_process(
    store: &mut Store,
    plain: &Connection,
    lines: &[String],
    group: usize,
) -> Result<InProcess, Failure> {
    let keyed = data::pseudonymiser();
    let began = process::thread_cpu();
    let events = decoded(lines)?;
    let decode = each(process::thread_cpu() - began);
    let began = process::thread_cpu();
    let mut arrivals = Vec::with_capacity(events.len());
    for event in &events {
        arrivals.push(data::arrival(event.clone(), &keyed)?);
    }
    let intake = each(process::thread_cpu() - began);
    let (mut fold, mut commit) = (Duration::ZERO, Duration::ZERO);
    for group in arrivals.chunks(group) {
        let began = process::thread_cpu();
        for arrival in group {
            store.observe(arrival)?;
        }
        store.engine_mut().refresh();
        let folded = process::thread_cpu();
        store.commit()?;
        fold += folded - began;
        commit += process::thread_cpu() - folded;
    }
    let payloads: Vec<Vec<u8>> = arrivals.iter().map(|one| one.event.encode()).collect();
    Ok(InProcess {
        decode,
        intake,
        fold: each(fold),
        commit: each(commit),
        plain: insert_plain(plain, &payloads, group)?,
    })
}

fn encoded(events: &[v1::Event]) -> Result<Vec<Vec<u8>>, Failure> {
    let keyed = data::pseudonymiser();
    let encode = |event: &v1::Event| Ok(data::arrival(event.clone(), &keyed)?.event.encode());
    events.iter().map(encode).collect()
}

fn plain_store(directory: &Path) -> Result<Connection, Failure> {
    let connection = Connection::open(directory.join("plain.db"))?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS event (seq INTEGER PRIMARY KEY, payload BLOB NOT NULL)",
    )?;
    Ok(connection)
}

/// CPU nanoseconds an event.
fn insert_plain(
    connection: &Connection,
    payloads: &[Vec<u8>],
    group: usize,
) -> Result<f64, Failure> {
    let began = process::thread_cpu();
    let mut insert = connection.prepare_cached("INSERT INTO event (payload) VALUES (?1)")?;
    for group in payloads.chunks(group) {
        connection.execute_batch("BEGIN")?;
        for payload in group {
            insert.execute(params![payload])?;
        }
        connection.execute_batch("COMMIT")?;
    }
    Ok(each(process::thread_cpu() - began))
}

/// Publishes a round's events; answers the server's CPU nanoseconds an event, and events a second.
fn over_grpc(
    server: &Server,
    events: &[v1::Event],
    events_a_message: usize,
) -> Result<(f64, f64), Failure> {
    let messages: Vec<v1::PublishEventsRequest> = events
        .chunks(events_a_message)
        .map(|events| v1::PublishEventsRequest {
            events: events.to_vec(),
        })
        .collect();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut client = EventServiceClient::new(load::connect(server).await?);
        let (sender, receiver) = tokio::sync::mpsc::channel(messages.len());
        let ahead = EVENTS_AHEAD / events_a_message;
        let mut messages = messages.into_iter();
        let cpu = || Ok::<u64, Failure>(process::cpu_by_thread(server.process())?.values().sum());
        let before = cpu()?;
        let began = std::time::Instant::now();
        for message in messages.by_ref().take(ahead) {
            sender.send(message).await?;
        }
        let response = client.publish_events(ReceiverStream::new(receiver)).await?;
        let (mut answers, mut sender, mut answered) = (response.into_inner(), Some(sender), 0);
        while let Some(answer) = answers.message().await? {
            answered += answer.results.len() as u64;
            if let Some(result) = answer.results.iter().find(|result| result.error.is_some()) {
                return Err(format!("refused: {result:?}").into());
            }
            match (messages.next(), &sender) {
                (Some(message), Some(sender)) => sender.send(message).await?,
                _ => sender = None,
            }
        }
        if answered != EVENTS_A_ROUND {
            return Err(format!("{answered} events were answered").into());
        }
        let seconds = began.elapsed().as_secs_f64();
        let spent = (cpu()? - before) as f64;
        Ok((spent / answered as f64, answered as f64 / seconds))
    })
}
