//! What goes wrong in Redis: each gives a log line, a metric, and a resumption or a refusal.

use std::process::Command;

use super::{STREAM, json, logins, open_letters};
use crate::support::{
    Kind, Redis, Server, event, folder, redis::certificates, redis::free_port, run_ok,
};

const ACCEPTED: &str = "sameuser_events_total{door=\"stream\",outcome=\"accepted\"}";

fn faults(server: &Server, fault: &str) -> f64 {
    let labels = format!("{{stream=\"{STREAM}\",fault=\"{fault}\"}}");
    server.metric(&format!("sameuser_stream_faults_total{labels}"))
}

fn lost(server: &Server) -> f64 {
    server.metric(&format!(
        "sameuser_stream_lost_entries_total{{stream=\"{STREAM}\"}}"
    ))
}

fn accepted(server: &Server, count: usize) {
    server.until(&format!("took {count} in"), || {
        server.metric(ACCEPTED) == count as f64
    });
}

#[test]
fn a_group_deleted_under_us_is_made_again_where_the_journal_stands() {
    let folder = folder();
    let redis = Redis::start();
    redis.add(STREAM, logins(20).iter().map(json));
    let server = Server::following(folder.path(), &redis.url());
    accepted(&server, 20);
    redis.ask::<()>(&["XGROUP", "DESTROY", STREAM, "sameuser"]);
    redis.add(STREAM, logins(10).iter().map(json));
    accepted(&server, 30);
    assert!(faults(&server, "group_missing") >= 1.0);
    assert!(
        server.log().contains("fault=\"group_missing\""),
        "{}",
        server.log()
    );
    server.until("acknowledged", || redis.group(STREAM, "pending") == Some(0));
    // None was read twice: the group began where the journal stands.
    assert_eq!(
        server.metric("sameuser_events_total{door=\"stream\",outcome=\"duplicate\"}"),
        0.0
    );
    assert_eq!(lost(&server), 0.0);
}

#[test]
fn another_type_under_the_key_is_refused_until_it_is_gone() {
    let folder = folder();
    let redis = Redis::start();
    redis.ask::<()>(&["SET", STREAM, "what is this"]);
    let server = Server::following_unready(folder.path(), &redis.url());
    server.until("counted it", || faults(&server, "wrong_type") >= 2.0);
    assert!(
        server
            .log()
            .contains("another type stands under the stream's key")
    );
    assert_eq!(server.get("/readyz").0, 503);
    // What is not ours is not touched.
    assert_eq!(redis.ask::<String>(&["GET", STREAM]), "what is this");
    redis.ask::<()>(&["DEL", STREAM]);
    redis.add(STREAM, logins(5).iter().map(json));
    accepted(&server, 5);
    server.until("became ready", || server.get("/readyz").0 == 200);

    // While it runs: the stream is replaced.
    redis.ask::<()>(&["DEL", STREAM]);
    redis.ask::<()>(&["SET", STREAM, "again"]);
    let before = faults(&server, "wrong_type");
    server.until("counted it", || faults(&server, "wrong_type") > before);
    redis.ask::<()>(&["DEL", STREAM]);
    redis.add(STREAM, logins(5).iter().map(json));
    accepted(&server, 10);
}

#[test]
fn an_entry_of_a_mebibyte_is_a_dead_letter_and_stops_nothing() {
    let folder = folder();
    let redis = Redis::start();
    let server = Server::following(folder.path(), &redis.url());
    let mut large = event(Kind::Login, "large", "2026-06-17T10:00:00Z");
    large.display_name = "x".repeat(1 << 20);
    for number in 0..30 {
        large.event_id = format!("large-{number}");
        redis.add(STREAM, [json(&large)]);
    }
    redis.add(STREAM, logins(10).iter().map(json));
    accepted(&server, 10);
    server.until("acknowledged", || redis.group(STREAM, "pending") == Some(0));
    let letters = open_letters(&["--server", &server.url()]);
    assert_eq!(letters.len(), 30);
    assert!(letters.iter().all(|letter| letter["reason"] == "too_large"));
    assert!(server.log().contains("entries can't be taken in"));
    assert_eq!(
        server.metric("sameuser_dead_letters_total{reason=\"too_large\"}"),
        30.0
    );
}

/// Redis takes no more writes: what is there is still read and acknowledged; the mirror waits, and its
/// entries stay pending until Redis has room.
#[test]
fn a_full_redis_delays_the_mirror_and_nothing_else() {
    let folder = folder();
    let redis = Redis::start();
    redis.add(STREAM, logins(5).iter().map(json));
    let server = Server::following(folder.path(), &redis.url());
    accepted(&server, 5);
    redis.add(STREAM, logins(20).iter().map(json));
    let id = redis.add(STREAM, ["{broken"]).remove(0);
    server.until("showed it", || {
        redis.ask::<u64>(&["XLEN", &format!("{STREAM}:dead")]) == 1
    });
    server.signal("STOP");
    let full_id = redis.add(STREAM, ["{broken too"]).remove(0);
    redis.add(STREAM, logins(5).iter().map(json));
    redis.ask::<()>(&["CONFIG", "SET", "maxmemory", "1"]);
    server.signal("CONT");
    accepted(&server, 30);
    server.until("told", || faults(&server, "full") >= 1.0);
    assert!(
        server.log().contains("can't be shown in the mirror"),
        "{}",
        server.log()
    );
    server.until("acknowledged the others", || {
        redis.group(STREAM, "pending") == Some(1)
    });
    assert_eq!(open_letters(&["--server", &server.url()]).len(), 2);
    // Killed meanwhile: whoever comes next shows it.
    server.kill();
    redis.ask::<()>(&["CONFIG", "SET", "maxmemory", "0"]);
    let server = Server::following(folder.path(), &redis.url());
    server.until("acknowledged all", || {
        redis.group(STREAM, "pending") == Some(0)
    });
    let mirror = format!("{STREAM}:dead");
    let shown: Vec<(String, redis::Value)> = redis.ask(&["XRANGE", &mirror, "-", "+"]);
    let ids: Vec<String> = shown.into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, [id, full_id]);
    assert_eq!(open_letters(&["--server", &server.url()]).len(), 2);
}

#[test]
fn a_stream_trimmed_past_our_position_is_told_as_a_loss_with_its_bounds() {
    let folder = folder();
    let redis = Redis::start();
    let first = redis.add(STREAM, logins(10).iter().map(json));
    let server = Server::following(folder.path(), &redis.url());
    accepted(&server, 10);
    // Trimming what was read loses nothing.
    redis.ask::<()>(&["XTRIM", STREAM, "MAXLEN", "3"]);
    redis.add(STREAM, logins(10).iter().map(json));
    accepted(&server, 20);
    assert_eq!(lost(&server), 0.0, "{}", server.log());
    let (status, log) = server.stop();
    assert!(status.success(), "{log}");

    let last_read =
        redis.ask::<Vec<(String, redis::Value)>>(&["XREVRANGE", STREAM, "+", "-", "COUNT", "1"]);
    let missed = redis.add(STREAM, logins(30).iter().map(json));
    redis.ask::<()>(&["XTRIM", STREAM, "MAXLEN", "8"]);
    let server = Server::following(folder.path(), &redis.url());
    accepted(&server, 8);
    assert_eq!(lost(&server), 22.0);
    assert!(faults(&server, "lost") >= 1.0);
    let log = server.log();
    let line = log
        .lines()
        .find(|line| line.contains("are lost to us"))
        .unwrap();
    assert!(
        line.contains(&format!("after={}", last_read[0].0)),
        "{line}"
    );
    assert!(line.contains(&format!("until={}", missed[22])), "{line}");
    assert!(line.contains("entries=\"22\""), "{line}");
    assert!(!first.is_empty());
    let (status, log) = server.stop();
    assert!(status.success(), "{log}");
    // Told once.
    let server = Server::following(folder.path(), &redis.url());
    assert_eq!(lost(&server), 0.0);
    run_ok(["verify", "--data", folder.path().to_str().unwrap()]);
}

#[test]
fn entries_deleted_one_by_one_before_they_were_read_are_missed() {
    let folder = folder();
    let redis = Redis::start();
    let ids = redis.add(STREAM, logins(20).iter().map(json));
    redis.ask::<()>(&["XDEL", STREAM, &ids[5], &ids[6]]);
    let server = Server::following(folder.path(), &redis.url());
    accepted(&server, 18);
    server.until("missed them", || lost(&server) == 2.0);
}

#[test]
fn a_stream_made_anew_is_read_from_its_start() {
    let folder = folder();
    let redis = Redis::start();
    redis.add(STREAM, logins(10).iter().map(json));
    let server = Server::following(folder.path(), &redis.url());
    accepted(&server, 10);
    redis.ask::<()>(&["FLUSHALL"]);
    // Ids far behind those that were read.
    for (number, login) in logins(5).iter().enumerate() {
        let id = format!("{}-1", number + 1);
        let event = String::from_utf8(json(login)).unwrap();
        redis.ask::<String>(&["XADD", STREAM, &id, "event", &event]);
    }
    accepted(&server, 15);
    assert!(lost(&server) >= 1.0);
    assert!(
        server.log().contains("entries=\"unknown\""),
        "{}",
        server.log()
    );
}

/// What a dead consumer of the group was handed is claimed and taken in.
#[test]
fn what_a_dead_consumer_left_is_claimed() {
    let folder = folder();
    let redis = Redis::start();
    redis.add(STREAM, logins(30).iter().map(json));
    redis.ask::<()>(&["XGROUP", "CREATE", STREAM, "sameuser", "0"]);
    let read = [
        "XREADGROUP",
        "GROUP",
        "sameuser",
        "dead",
        "COUNT",
        "7",
        "STREAMS",
        STREAM,
        ">",
    ];
    let _handed: redis::Value = redis.ask(&read);
    let server = Server::following(folder.path(), &redis.url());
    accepted(&server, 30);
    server.until("acknowledged all", || {
        redis.group(STREAM, "pending") == Some(0)
    });

    // Handed to another while we are away from the connection, behind our position by then.
    redis.add(STREAM, logins(1).iter().map(json));
    accepted(&server, 31);
    let log_before = server.log().len();
    server.signal("STOP");
    redis.ask::<()>(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]);
    redis.add(STREAM, logins(3).iter().map(json));
    let _handed: redis::Value = redis.ask(&read);
    redis.add(STREAM, logins(2).iter().map(json));
    server.signal("CONT");
    accepted(&server, 36);
    server.until("acknowledged all", || {
        redis.group(STREAM, "pending") == Some(0)
    });
    assert!(
        server.log()[log_before..].contains("unreachable"),
        "{}",
        server.log()
    );
}

#[test]
fn redis_may_go_and_come_back() {
    let folder = folder();
    let mut redis = Redis::start();
    redis.add(STREAM, logins(10).iter().map(json));
    let server = Server::following(folder.path(), &redis.url());
    accepted(&server, 10);
    for round in 1..4 {
        redis.kill();
        let connected = format!("sameuser_stream_connected{{stream=\"{STREAM}\"}}");
        server.until("noticed", || server.metric(&connected) == 0.0);
        // A service that was ready goes on answering from what it knows.
        assert_eq!(server.get("/readyz").0, 200);
        redis.restart();
        redis.add(STREAM, logins(10).iter().map(json));
        accepted(&server, 10 + 10 * round);
        assert_eq!(server.metric(&connected), 1.0);
    }
    assert!(faults(&server, "unreachable") >= 3.0);
    assert_eq!(lost(&server), 0.0, "{}", server.log());
}

/// TLS with an authority of one's own, and a user that may do what we need and nothing more.
#[test]
fn tls_and_a_user_of_our_own_are_enough() {
    let folder = folder();
    let (authority, certificate, key) = certificates(folder.path());
    let tls_port = free_port().to_string();
    let redis = Redis::start_with(&[
        "--tls-port",
        &tls_port,
        "--tls-cert-file",
        certificate.to_str().unwrap(),
        "--tls-key-file",
        key.to_str().unwrap(),
        "--tls-ca-cert-file",
        authority.to_str().unwrap(),
        "--tls-auth-clients",
        "no",
    ]);
    redis.ask::<()>(&[
        "ACL",
        "SETUSER",
        "feeder",
        "on",
        ">secret-word",
        "~sameuser:events*",
        "-@all",
        "+xreadgroup",
        "+xack",
        "+xautoclaim",
        "+xinfo",
        "+xgroup",
        "+xadd",
        "+xrange",
        "+multi",
        "+exec",
        "+ping",
    ]);
    redis.add(STREAM, logins(10).iter().map(json));
    redis.add(STREAM, ["{broken"]);
    let config = folder.path().join("config.toml");
    let write = |password: &str| {
        let text = format!(
            "[redis]\nurl = \"rediss://feeder:{password}@localhost:{tls_port}\"\nauthority = {:?}\n",
            authority
        );
        std::fs::write(&config, text).unwrap();
    };
    let data = folder.path().join("data");
    let serve = || {
        let mut command: Command = crate::support::program();
        command
            .arg("serve")
            .arg("--data")
            .arg(&data)
            .arg("--config")
            .arg(&config);
        command.args(["--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"]);
        Server::spawn_unready(command)
    };
    write("wrong-word");
    let server = serve();
    server.until("said so", || faults(&server, "not_allowed") >= 1.0);
    assert!(!server.log().contains("wrong-word"));
    server.kill();
    write("secret-word");
    let server = serve();
    accepted(&server, 10);
    server.until("acknowledged all", || {
        redis.group(STREAM, "pending") == Some(0)
    });
    assert_eq!(redis.ask::<u64>(&["XLEN", &format!("{STREAM}:dead")]), 1);
    assert!(!server.log().contains("secret-word"));
    assert!(server.log().contains("(TLS)"), "{}", server.log());
}

/// A server whose disk takes a tenth of a second for each sync; what it runs under ends with it.
struct OnSlowDisk(Server);

impl OnSlowDisk {
    fn start(data: &std::path::Path, redis: &str) -> Self {
        use std::os::unix::process::CommandExt;
        let mut command = Command::new("strace");
        command.args(["-f", "-qq", "--seccomp-bpf", "-o", "/dev/null"]);
        command.args(["-e", "trace=fsync,fdatasync"]);
        command.args(["-e", "inject=fsync,fdatasync:delay_exit=100000"]);
        command.arg(crate::support::binary()).env("NO_COLOR", "1");
        command
            .arg("serve")
            .arg("--data")
            .arg(data)
            .args(["--redis", redis]);
        command.args(["--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"]);
        command.process_group(0);
        OnSlowDisk(Server::spawn_unready(command))
    }
}

impl Drop for OnSlowDisk {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.process_id());
        let _ended = Command::new("kill")
            .args(["-s", "KILL", "--", &group])
            .status();
    }
}

/// While the disk is slow, entries wait in Redis and not in memory; commits tell how slow it is.
#[test]
fn a_slow_disk_slows_the_stream_and_loses_nothing() {
    let folder = folder();
    let redis = Redis::start();
    redis.add(STREAM, logins(20_000).iter().map(json));
    let slow = OnSlowDisk::start(folder.path(), &redis.url());
    let server = &slow.0;
    let mut most = 0;
    server.until("took all in", || {
        most = most.max(redis.group(STREAM, "pending").unwrap_or(0));
        server.metric(ACCEPTED) == 20_000.0
    });
    // Three batches asked for, one folded, one in the journal's hands, and one whose acknowledgement goes
    // with the next read.
    assert!(most <= 6000, "{most} entries were under way");
    server.until("acknowledged all", || {
        redis.group(STREAM, "pending") == Some(0)
    });
    let total = |suffix: &str| server.metric(&format!("sameuser_journal_commit_seconds_{suffix}"));
    assert!(
        total("sum") / total("count") >= 0.1,
        "{}",
        server.get("/metrics").1
    );
    assert!(
        server.log().contains("the disk is slow"),
        "{}",
        server.log()
    );
    assert_eq!(lost(server), 0.0);
}
