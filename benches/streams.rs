//! Login events from a Redis stream. First: entries a second from Redis to a durable fold, against a
//! reader of the same stream that acknowledges and does nothing else, in turns. Then: the time from an
//! entry's `XADD` to an answered verdict that reflects it, at a tenth and at half of that rate. Entries
//! are the events of simulated people, from their first on.

#[allow(dead_code, reason = "each bench uses a part")]
mod support;

use std::{
    collections::BTreeMap,
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use prost::Message;
use redis::{Connection, Value, aio::MultiplexedConnection, cmd};
use sameuser::{
    edge::proto::v1::{self, verdict_service_client::VerdictServiceClient},
    lab::simulate::Profile,
};
use serde_json::json;
use support::{
    Failure, data, load, process,
    question::{question, timestamp},
    report::{self, median, short},
    server::Server,
    simulated,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ENTRIES_A_ROUND: u64 = 100_000;
/// Entries of one read, as the service by default.
const BATCH: usize = 1000;
/// Simulated accounts have more events than that on average, in every world.
const LEAST_EVENTS_AN_ACCOUNT: u64 = 25;
const STREAM: &str = "sameuser:events";
/// How long each rate is held, and how often the age is asked meanwhile.
const HELD: Duration = Duration::from_secs(8);
const ASKED_EVERY: Duration = Duration::from_millis(20);
/// How often Redis is asked how far the service is: what asking costs, the service lacks.
const ASKED_HOW_FAR_EVERY: Duration = Duration::from_millis(5);
/// When the accounts asked about registered: 9 June 2026.
const REGISTERED: i64 = 1_781_000_000;
/// An entry that no verdict reflects by then never will be.
const GIVE_UP_AFTER: Duration = Duration::from_secs(30);
/// The producer's step: what is due in it goes in one pipeline.
const STEP: Duration = Duration::from_millis(5);

/// A `redis-server` with an append-only file, gone when dropped.
struct Redis {
    child: Child,
    url: String,
    _folder: tempfile::TempDir,
}

impl Redis {
    fn start() -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let child = Command::new("redis-server")
            .args([
                "--port",
                &port.to_string(),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
            ])
            .args(["--appendonly", "yes", "--appendfsync", "everysec"])
            // At 64 MB it would be rewritten by a process of its own: in the service's turn, never in the
            // reference's, which comes first.
            .args(["--auto-aof-rewrite-percentage", "0"])
            .arg("--dir")
            .arg(folder.path())
            .stdout(Stdio::null())
            .spawn()?;
        let redis = Redis {
            child,
            url: format!("redis://127.0.0.1:{port}"),
            _folder: folder,
        };
        let began = Instant::now();
        while redis.connection().is_err() {
            if began.elapsed() > Duration::from_secs(20) {
                return Err("redis-server does not answer".into());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(redis)
    }

    fn connection(&self) -> Result<Connection, Failure> {
        let mut connection = redis::Client::open(self.url.as_str())?.get_connection()?;
        cmd("PING").exec(&mut connection)?;
        Ok(connection)
    }

    /// Adds entries as fast as Redis takes them.
    fn fill(&self, entries: &[Vec<u8>]) -> Result<(), Failure> {
        let mut connection = self.connection()?;
        for entries in entries.chunks(BATCH) {
            additions(entries).exec(&mut connection)?;
        }
        Ok(())
    }

    /// How far the service's group is; `None` while there is none.
    fn group(&self, connection: &mut Connection) -> Result<Option<Group>, Failure> {
        type Pairs = std::collections::HashMap<String, Value>;
        let groups: Vec<Pairs> = cmd("XINFO").arg("GROUPS").arg(STREAM).query(connection)?;
        let named = |group: &&Pairs| matches!(group.get("name"), Some(Value::BulkString(name)) if name == b"sameuser");
        let Some(group) = groups.iter().find(named) else {
            return Ok(None);
        };
        let number = |name: &str| -> Result<u64, Failure> {
            let value = group.get(name).ok_or("no such property")?.clone();
            Ok(redis::from_redis_value::<Option<u64>>(value)?.unwrap_or(0))
        };
        Ok(Some(Group {
            read: number("entries-read")?,
            pending: number("pending")?,
        }))
    }
}

/// How far a consumer group is.
struct Group {
    read: u64,
    pending: u64,
}

impl Group {
    /// Entries acknowledged.
    fn acknowledged(&self) -> u64 {
        self.read - self.pending.min(self.read)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // Its files go with the folder.
        let _gone = self.child.kill();
        let _status = self.child.wait();
    }
}

/// One pipeline that adds all of these.
fn additions(entries: &[Vec<u8>]) -> redis::Pipeline {
    let mut additions = redis::pipe();
    for entry in entries {
        additions
            .cmd("XADD")
            .arg(STREAM)
            .arg("*")
            .arg("event")
            .arg(entry);
    }
    additions
}

/// The first events of a world, another for each seed.
fn lines(seed: u64, count: u64) -> Result<Vec<String>, Failure> {
    let accounts = count / LEAST_EVENTS_AN_ACCOUNT + 500;
    let nobody = Box::new(std::io::sink());
    let lines = simulated::arrivals(accounts, seed, Profile::Full, nobody)?;
    let lines: Vec<String> = lines.take(count as usize).collect::<Result<_, _>>()?;
    match lines.len() as u64 {
        found if found == count => Ok(lines),
        found => Err(format!("the world has {found} events, not {count}").into()),
    }
}

fn encode(lines: &[String], as_json: bool) -> Result<Vec<Vec<u8>>, Failure> {
    let encode = |line: &String| match as_json {
        true => Ok(line.clone().into_bytes()),
        false => Ok(serde_json::from_str::<v1::Event>(line)?.encode_to_vec()),
    };
    lines.iter().map(encode).collect()
}

/// What one reader of a stream did.
struct Passage {
    entries_a_second: f64,
    /// CPU microseconds an entry: of the reader, and of Redis meanwhile.
    cpu: f64,
    redis_cpu: f64,
    /// Microseconds an entry that threads of the reader were ready and had no core.
    waited: f64,
    /// The reader's CPU by thread.
    threads: BTreeMap<String, f64>,
}

impl Passage {
    fn all_cpu(&self) -> f64 {
        self.cpu + self.redis_cpu
    }
}

impl Redis {
    fn cpu(&self) -> Result<u64, Failure> {
        Ok(process::cpu_by_thread(self.child.id())?.values().sum())
    }
}

/// A reader that acknowledges each batch and looks at nothing.
fn reference(redis: &Redis, count: u64) -> Result<Passage, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let client = redis::Client::open(redis.url.as_str())?;
    runtime.block_on(async {
        let mut connection = client.get_multiplexed_async_connection().await?;
        let made = cmd("XGROUP")
            .arg("CREATE")
            .arg(STREAM)
            .arg("reference")
            .arg("0")
            .take();
        made.exec_async(&mut connection).await?;
        let (cpu, redis_cpu) = (process::thread_cpu(), redis.cpu()?);
        let began = Instant::now();
        let mut read = 0;
        while read < count {
            read += read_and_acknowledge(&mut connection).await?;
        }
        let seconds = began.elapsed().as_secs_f64();
        let an_entry = |nanoseconds: u64| nanoseconds as f64 / 1000.0 / count as f64;
        Ok(Passage {
            entries_a_second: count as f64 / seconds,
            cpu: an_entry((process::thread_cpu() - cpu).as_nanos() as u64),
            redis_cpu: an_entry(redis.cpu()? - redis_cpu),
            waited: 0.0,
            threads: BTreeMap::new(),
        })
    })
}

async fn read_and_acknowledge(connection: &mut MultiplexedConnection) -> Result<u64, Failure> {
    let mut read = cmd("XREADGROUP");
    read.arg("GROUP").arg("reference").arg("one");
    read.arg("COUNT")
        .arg(BATCH)
        .arg("STREAMS")
        .arg(STREAM)
        .arg(">");
    let mut acknowledge = cmd("XACK");
    acknowledge.arg(STREAM).arg("reference");
    let Value::Array(mut streams) = connection.send_packed_command(&read).await? else {
        return Err("nothing to read".into());
    };
    let Some(Value::Array(mut stream)) = streams.pop() else {
        return Err("no stream".into());
    };
    let Some(Value::Array(entries)) = stream.pop() else {
        return Err("no entries".into());
    };
    for entry in &entries {
        let Value::Array(parts) = entry else {
            return Err("no entry".into());
        };
        if let Some(Value::BulkString(id)) = parts.first() {
            acknowledge.arg(id.as_slice());
        }
    }
    acknowledge.exec_async(connection).await?;
    Ok(entries.len() as u64)
}

/// The service, on an empty store, from its first acknowledgement until all are acknowledged, as Redis
/// sees it.
fn service(redis: &Redis, count: u64) -> Result<Passage, Failure> {
    let folder = tempfile::tempdir()?;
    let mut connection = redis.connection()?;
    let server = Server::of_store_with(folder.path(), &["--redis", &redis.url])?;
    let give_up = Instant::now() + Duration::from_secs(120);
    let mut acknowledged = |least: u64| -> Result<u64, Failure> {
        loop {
            let group = redis.group(&mut connection)?;
            let acknowledged = group.map_or(0, |group| group.acknowledged());
            if acknowledged >= least {
                return Ok(acknowledged);
            }
            if Instant::now() > give_up {
                return Err(format!("{acknowledged} of {count} acknowledged, no more").into());
            }
            std::thread::sleep(ASKED_HOW_FAR_EVERY);
        }
    };
    let first = acknowledged(1)?;
    let (began, redis_cpu) = (Instant::now(), redis.cpu()?);
    let cpu = process::cpu_by_thread(server.process())?;
    let waited = process::waited_for_cores(server.process())?;
    acknowledged(count)?;
    let seconds = began.elapsed().as_secs_f64();
    let left = (count - first).max(1);
    let an_entry = |nanoseconds: u64| nanoseconds as f64 / 1000.0 / left as f64;
    let mut threads = process::cpu_by_thread(server.process())?;
    for (name, spent) in &mut threads {
        *spent -= cpu.get(name).copied().unwrap_or(0);
    }
    Ok(Passage {
        entries_a_second: left as f64 / seconds,
        cpu: an_entry(threads.values().sum()),
        redis_cpu: an_entry(redis.cpu()? - redis_cpu),
        waited: an_entry(process::waited_for_cores(server.process())? - waited),
        threads: threads
            .into_iter()
            .map(|(name, spent)| (name, an_entry(spent)))
            .collect(),
    })
}

fn main() -> Result<(), Failure> {
    let count = data::setting("SAMEUSER_BENCH_ENTRIES", ENTRIES_A_ROUND);
    let mut rows = Vec::new();
    let mut capacity = 0.0;
    for (form, as_json) in [("JSON", true), ("protobuf", false)] {
        let mut rounds = Vec::new();
        for round in 0..data::rounds() {
            let redis = Redis::start()?;
            redis.fill(&encode(&lines(round, count)?, as_json)?)?;
            rounds.push((reference(&redis, count)?, service(&redis, count)?));
        }
        capacity = median(rounds.iter().map(|(_, service)| service.entries_a_second));
        rows.push(report_throughput(form, &rounds));
    }
    println!("\nfrom Redis to a durable fold; CPU and waiting for a core in µs an entry");
    let heads = [
        "entries",
        "read and acknowledge /s",
        "service /s",
        "ratio",
        "reference + Redis CPU",
        "service + Redis CPU",
        "ratio",
        "waited",
    ];
    report::table(&heads, &rows);

    let mut rows = Vec::new();
    for (name, share) in [("a tenth", 0.1), ("half", 0.5)] {
        let (p50, p99, asked, rate) = ages(capacity * share)?;
        report::json(&json!({
            "bench": "streams", "load": name, "entries_a_second": short(rate), "asked": asked,
            "age_p50_ms": short(p50), "age_p99_ms": short(p99),
        }));
        rows.push(vec![
            name.to_string(),
            format!("{rate:.0}"),
            asked.to_string(),
            format!("{p50:.1}"),
            format!("{p99:.1}"),
        ]);
    }
    println!("\nfrom XADD to an answered verdict that reflects the entry, milliseconds");
    report::table(&["load", "entries/s", "asked", "p50", "p99"], &rows);
    Ok(())
}

fn report_throughput(form: &str, rounds: &[(Passage, Passage)]) -> Vec<String> {
    let reference = |value: fn(&Passage) -> f64| median(rounds.iter().map(|(one, _)| value(one)));
    let service = |value: fn(&Passage) -> f64| median(rounds.iter().map(|(_, one)| value(one)));
    let ratio = |value: fn(&Passage, &Passage) -> f64| {
        median(rounds.iter().map(|(one, other)| value(one, other)))
    };
    let rate = ratio(|one, other| other.entries_a_second / one.entries_a_second);
    let cpu = ratio(|one, other| one.all_cpu() / other.all_cpu());
    let names = rounds[0].1.threads.keys();
    let thread = |name: &String| {
        let spent = rounds.iter().map(|(_, service)| service.threads.get(name));
        short(median(spent.map(|spent| spent.copied().unwrap_or(0.0))))
    };
    let threads: BTreeMap<&String, f64> = names.map(|name| (name, thread(name))).collect();
    report::json(&json!({
        "bench": "streams", "form": form,
        "reference_entries_a_second": short(reference(|one| one.entries_a_second)),
        "entries_a_second": short(service(|one| one.entries_a_second)),
        "ratio": short(rate),
        "reference_cpu_us": short(reference(|one| one.cpu)),
        "reference_redis_cpu_us": short(reference(|one| one.redis_cpu)),
        "cpu_us": short(service(|one| one.cpu)),
        "redis_cpu_us": short(service(|one| one.redis_cpu)),
        "cpu_ratio": short(cpu),
        "cpu_us_by_thread": threads,
        "waited_for_a_core_us": short(service(|one| one.waited)),
    }));
    vec![
        form.to_string(),
        format!("{:.0}", reference(|one| one.entries_a_second)),
        format!("{:.0}", service(|one| one.entries_a_second)),
        format!("{rate:.2}"),
        format!("{:.1}", reference(Passage::all_cpu)),
        format!("{:.1}", service(Passage::all_cpu)),
        format!("{cpu:.2}"),
        format!("{:.1}", service(|one| one.waited)),
    ]
}

/// The age of an entry at the verdict that reflects it, while so many come a second: median and 99th
/// percentile in milliseconds, how many were asked, and the rate that was kept.
fn ages(rate: f64) -> Result<(f64, f64, usize, f64), Failure> {
    let redis = Redis::start()?;
    let folder = tempfile::tempdir()?;
    let server = Server::of_store_with(folder.path(), &["--redis", &redis.url])?;
    let a_step = (rate * STEP.as_secs_f64()).max(1.0) as usize;
    let steps = (HELD.as_secs_f64() / STEP.as_secs_f64()) as usize;
    let load = encode(&lines(1 << 30, (a_step * steps) as u64)?, false)?;
    let template = v1::Event::decode(&*load[0])?;
    let url = redis.url.clone();
    let producing = std::thread::spawn(move || produce(&url, &load, a_step));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut ages = runtime.block_on(ask_for_ages(&redis, &server, template))?;
    let kept = producing.join().map_err(|_| "the producer panicked")??;
    ages.sort_unstable();
    let milliseconds = |thousandths| report::quantile(&ages, thousandths) as f64 / 1e6;
    Ok((milliseconds(500), milliseconds(990), ages.len(), kept))
}

/// Adds entries in steps; answers the rate that was kept.
fn produce(url: &str, load: &[Vec<u8>], a_step: usize) -> Result<f64, String> {
    let said = |error: redis::RedisError| error.to_string();
    let client = redis::Client::open(url).map_err(said)?;
    let mut connection = client.get_connection().map_err(said)?;
    let began = Instant::now();
    for (step, entries) in load.chunks(a_step).enumerate() {
        let due = began + STEP * step as u32;
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        additions(entries).exec(&mut connection).map_err(said)?;
    }
    Ok(load.len() as f64 / began.elapsed().as_secs_f64())
}

/// Again and again: an event as this one but of an account that nobody knows, then the question about
/// it, until the answer knows the account.
async fn ask_for_ages(
    redis: &Redis,
    server: &Server,
    mut event: v1::Event,
) -> Result<Vec<u64>, Failure> {
    let client = redis::Client::open(redis.url.as_str())?;
    let mut connection = client.get_multiplexed_async_connection().await?;
    let mut verdicts = VerdictServiceClient::new(load::connect(server).await?);
    let mut ages = Vec::new();
    let began = Instant::now();
    let mut number = 0;
    while began.elapsed() < HELD.mul_f64(0.9) {
        number += 1;
        event.event_id = format!("age-{number}");
        event.account_id = format!("unknown-{number}");
        event.occurred_at = timestamp(REGISTERED);
        let mut question = question(&event.account_id, 1, number);
        let added = Instant::now();
        let mut add = cmd("XADD");
        add.arg(STREAM)
            .arg("*")
            .arg("event")
            .arg(event.encode_to_vec());
        add.exec_async(&mut connection).await?;
        loop {
            question.validate_only = true;
            match verdicts.check_discount(question.clone()).await {
                Ok(answer) => {
                    let verdict = answer.into_inner().verdict.ok_or("no verdict")?;
                    let unknown = i32::from(v1::ReasonCode::UnknownAccount);
                    if verdict.reasons.iter().all(|reason| reason.code != unknown) {
                        break;
                    }
                }
                Err(status) if status.code() == tonic::Code::Unavailable => {}
                Err(status) => return Err(status.into()),
            }
            if added.elapsed() > GIVE_UP_AFTER {
                return Err(format!("entry {number} is reflected by no verdict").into());
            }
        }
        ages.push(added.elapsed().as_nanos() as u64);
        tokio::time::sleep(ASKED_EVERY).await;
    }
    Ok(ages)
}
