//! Nothing is lost and nothing comes twice, whatever is killed: the service again and again, Redis in
//! between, under repeated and broken entries. In the end the state is that of a file with the same
//! events.

use std::{
    collections::{BTreeSet, HashMap},
    io::{BufWriter, Write},
    ops::ControlFlow,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use sameuser::journal::{EventKey, Reader};
use serde_json::Value;

use super::{STREAM, listing, open_letters};
use crate::support::{Redis, Server, folder, is_soak, program, run_ok, simulate};

/// Good entries, repeats of the simulator among them; the first of so many accounts' events.
const EVENTS: usize = 100_000;
const ACCOUNTS: &str = "3500";
const EVENTS_IN_A_LONG_RUN: usize = 1_000_000;
const ACCOUNTS_IN_A_LONG_RUN: &str = "35000";
/// Questions whose answers must be those of the file.
const QUESTIONS: usize = 2_000;
/// Events a second that the producer sends: slow enough that every kill falls among them.
const RATE: usize = 2_500;
const RATE_IN_A_LONG_RUN: usize = 10_000;
const KILLS: usize = 20;
const REDIS_RESTARTS: usize = 5;
/// One line of so many is broken, and one of so many comes again later.
const BROKEN_EVERY: usize = 100;
const REPEATED_EVERY: usize = 50;
const REPEATED_AFTER: usize = 700;
/// The service may hold so much: its tables make room for a million accounts, and a batch is small.
const MEBIBYTES_AT_MOST: u64 = 700;

/// SplitMix64: the same moments in every run, as far as a clock allows.
struct Dice(u64);

impl Dice {
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z >> 11) as f64 / (1u64 << 53) as f64
    }
}

fn broken(number: usize) -> Vec<u8> {
    match number % 3 {
        0 => format!("{{\"eventId\":\"broken-{number}\",").into_bytes(),
        1 => format!("{{\"eventId\":\"broken-{number}\",\"accountId\":\"a\"}}").into_bytes(),
        _ => format!("no event at all {number}").into_bytes(),
    }
}

/// What is produced, and beside it the same without broken lines and later repeats.
struct Files {
    lines: PathBuf,
    alone: PathBuf,
    checks: PathBuf,
}

fn make_files(folder: &Path, (count, accounts): (usize, &str)) -> Files {
    simulate(folder, &["--accounts", accounts, "--seed", "7"]);
    let simulated = std::fs::read_to_string(folder.join("events.jsonl")).unwrap();
    let good: Vec<&str> = simulated.lines().take(count).collect();
    assert_eq!(good.len(), count);
    let (lines, alone) = (folder.join("lines"), folder.join("good.jsonl"));
    let open = |path: &Path| BufWriter::new(std::fs::File::create(path).unwrap());
    let (mut lines_file, mut alone_file) = (open(&lines), open(&alone));
    let write = |file: &mut BufWriter<std::fs::File>, line: &[u8]| {
        file.write_all(line).unwrap();
        file.write_all(b"\n").unwrap();
    };
    for (number, line) in good.iter().enumerate() {
        write(&mut alone_file, line.as_bytes());
        write(&mut lines_file, line.as_bytes());
        if number % BROKEN_EVERY == BROKEN_EVERY - 1 {
            write(&mut lines_file, &broken(number));
        }
        if number % REPEATED_EVERY == 0 && number >= REPEATED_AFTER {
            write(&mut lines_file, good[number - REPEATED_AFTER].as_bytes());
        }
    }
    lines_file.flush().unwrap();
    alone_file.flush().unwrap();
    let simulated = std::fs::read_to_string(folder.join("checks.jsonl")).unwrap();
    let checks = folder.join("asked.jsonl");
    // From all over the event, not from its first day.
    let step = (simulated.lines().count() / QUESTIONS).max(1);
    let asked: Vec<&str> = simulated.lines().step_by(step).collect();
    std::fs::write(&checks, asked.join("\n")).unwrap();
    Files {
        lines,
        alone,
        checks,
    }
}

fn produce(lines: &Path, redis: &Redis, rate: usize) -> Child {
    program()
        .arg("produce")
        .arg(lines)
        .args(["--redis", &redis.url(), "--rate", &rate.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn kills_of_the_service_and_of_redis_lose_nothing_and_double_nothing() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    let (size, rate) = match is_soak() {
        true => (
            (EVENTS_IN_A_LONG_RUN, ACCOUNTS_IN_A_LONG_RUN),
            RATE_IN_A_LONG_RUN,
        ),
        false => ((EVENTS, ACCOUNTS), RATE),
    };
    let count = size.0;
    let files = make_files(folder.path(), size);
    let reference = path("reference");
    let replayed = run_ok([
        "replay".as_ref(),
        files.alone.as_os_str(),
        "--data".as_ref(),
        reference.as_os_str(),
    ]);
    let told = |outcome: &str| replayed.summary()[outcome].as_u64().unwrap() as usize;
    let accepted = told("accepted");
    assert_eq!(accepted + told("duplicate"), count);
    let data = path("data");
    std::fs::create_dir(&data).unwrap();
    std::fs::copy(reference.join("pseudonym.key"), data.join("pseudonym.key")).unwrap();

    // Redis, too, must lose nothing that it took: with `everysec` a busy disk lets it.
    let mut redis = Redis::start_with(&["--appendfsync", "always"]);
    let mut producer = produce(&files.lines, &redis, rate);
    let most = kill_again_and_again(&data, &mut redis, count as f64 / rate as f64);
    assert!(producer.wait().unwrap().success());
    let server = Server::following(&data, &redis.url());
    server.until("acknowledged all", || {
        redis.group(STREAM, "lag") == Some(0) && redis.group(STREAM, "pending") == Some(0)
    });
    let peak = most.max(peak_mebibytes(&server));
    assert!(peak < MEBIBYTES_AT_MOST, "{peak} MiB");
    let (status, log) = server.stop();
    assert!(status.success(), "{log}");

    let entries = audit_letters(&redis, &data);
    audit_events(&data, &reference, accepted);
    audit_state(&files.checks, &data, &reference);
    println!(
        "{accepted} events in {entries} entries; {KILLS} kills of the service, {REDIS_RESTARTS} of Redis; \
         at most {peak} MiB"
    );
}

/// Kills while the producer goes on; answers the most memory a service held, in MiB.
fn kill_again_and_again(data: &Path, redis: &mut Redis, seconds: f64) -> u64 {
    let mut dice = Dice(20_260_616);
    let mut peak = 0;
    for kill in 0..KILLS {
        let began = Instant::now();
        let server = Server::following_unready(data, &redis.url());
        let pause = 0.9 * seconds / KILLS as f64 * (0.5 + dice.share());
        let pause = Duration::from_secs_f64(pause).saturating_sub(began.elapsed());
        let restarts_redis = kill % (KILLS / REDIS_RESTARTS) == 1;
        if restarts_redis {
            std::thread::sleep(pause / 2);
            redis.kill();
            std::thread::sleep(Duration::from_millis(200));
            redis.restart();
        }
        std::thread::sleep(pause / 2 + Duration::from_millis(50));
        peak = peak.max(peak_mebibytes(&server));
        server.kill();
        println!(
            "kill {} of the service{}: {} entries were handed out, {} not acknowledged",
            kill + 1,
            if restarts_redis {
                ", Redis killed before"
            } else {
                ""
            },
            redis.group(STREAM, "entries-read").unwrap_or(0),
            redis.group(STREAM, "pending").unwrap_or(0),
        );
    }
    peak
}

fn peak_mebibytes(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.process_id())).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    let kibibytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kibibytes / 1024
}

/// Every broken entry of the stream is one dead letter, and shown once; answers how many entries the
/// stream has.
fn audit_letters(redis: &Redis, data: &Path) -> usize {
    let mut broken = BTreeSet::new();
    let mut entries = 0;
    let mut from = "-".to_string();
    loop {
        let page: Vec<(String, HashMap<String, Vec<u8>>)> =
            redis.ask(&["XRANGE", STREAM, &from, "+", "COUNT", "10000"]);
        let Some((last, _)) = page.last() else {
            break;
        };
        from = format!("({last}");
        entries += page.len();
        let is_broken = |bytes: &[u8]| {
            let read = serde_json::from_slice::<Value>(bytes);
            read.is_err() || read.unwrap()["occurredAt"].is_null()
        };
        let found = page
            .into_iter()
            .filter(|(_, fields)| is_broken(&fields["event"]));
        broken.extend(found.map(|(id, _)| id));
    }
    assert!(broken.len() > 100);
    let letters = open_letters(&["--data", data.to_str().unwrap()]);
    let ids: Vec<&str> = letters
        .iter()
        .map(|one| one["entry_id"].as_str().unwrap())
        .collect();
    let kept: BTreeSet<String> = ids.iter().map(ToString::to_string).collect();
    assert_eq!(kept.len(), ids.len(), "a dead letter is kept twice");
    assert_eq!(kept, broken);
    let shown: Vec<(String, redis::Value)> =
        redis.ask(&["XRANGE", &format!("{STREAM}:dead"), "-", "+"]);
    let shown: Vec<String> = shown.into_iter().map(|(id, _)| id).collect();
    assert_eq!(shown, {
        let mut sorted: Vec<String> = broken.into_iter().collect();
        sorted.sort_by_key(|id| {
            let (milliseconds, sequence) = id.split_once('-').unwrap();
            (
                milliseconds.parse::<u64>().unwrap(),
                sequence.parse::<u64>().unwrap(),
            )
        });
        sorted
    });
    entries
}

/// Every good event is in the journal, once.
fn audit_events(data: &Path, reference: &Path, count: usize) {
    let keys = |data: &Path| -> Vec<EventKey> {
        let mut keys = Vec::new();
        let reader = Reader::open(data).unwrap();
        reader
            .event_keys_after(0, |_, key| {
                keys.push(key);
                ControlFlow::Continue(())
            })
            .unwrap();
        keys.sort_by_key(|key| key.0);
        keys
    };
    let found = keys(data);
    assert_eq!(found.len(), count);
    assert!(found == keys(reference), "other events than in the file");
}

/// Users, scores and what would be answered are those of the file.
fn audit_state(checks: &Path, data: &Path, reference: &Path) {
    let [data, reference] = [data, reference].map(|path| path.to_str().unwrap());
    run_ok(["verify", "--data", data]);
    for command in ["clusters", "scores"] {
        let found = listing(command, &["--data", data]);
        assert!(
            found == listing(command, &["--data", reference]),
            "{command} differ"
        );
    }
    let standings = |data: &str| -> Vec<Value> {
        let asked = [
            "check",
            "--batch",
            checks.to_str().unwrap(),
            "--validate-only",
            "--data",
            data,
        ];
        let mut answers = run_ok(asked).json();
        for answer in &mut answers {
            answer["verdict"]["decidedAt"] = Value::Null;
        }
        answers
    };
    assert_eq!(standings(data), standings(reference));
}
