//! What comes by a stream is taken in as by any other door.

use sameuser::edge::proto::v1;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use super::{STREAM, json, listing, logins, open_letters, protobuf};
use crate::support::{
    Kind, Redis, Server, check, event, folder, run, run_ok, run_with_input, write_json_lines,
};

const ACCEPTED: &str = "sameuser_events_total{door=\"stream\",outcome=\"accepted\"}";
const DUPLICATE: &str = "sameuser_events_total{door=\"stream\",outcome=\"duplicate\"}";

/// JSON and protobuf, by stream, file, standard input and gRPC: the same users and scores.
#[tokio::test]
async fn every_door_leads_to_the_same_state() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    let events = logins(300);
    let file = write_json_lines(folder.path(), "events.jsonl", &events);
    let by_file = path("file");
    run_ok([
        "replay",
        file.to_str().unwrap(),
        "--data",
        by_file.to_str().unwrap(),
    ]);
    for name in ["stream", "stdin", "grpc"] {
        std::fs::create_dir(path(name)).unwrap();
        std::fs::copy(
            by_file.join("pseudonym.key"),
            path(name).join("pseudonym.key"),
        )
        .unwrap();
    }
    let input = std::fs::read(&file).unwrap();
    let by_stdin = path("stdin");
    run_with_input(
        ["replay", "-", "--data", by_stdin.to_str().unwrap()],
        &input,
    )
    .expect(0);

    let redis = Redis::start();
    let (first, second) = events.split_at(150);
    redis.add(STREAM, first.iter().map(json));
    let server = Server::following(&path("stream"), &redis.url());
    redis.add(STREAM, second.iter().map(protobuf));
    server.until("took all in", || server.metric(ACCEPTED) == 300.0);
    server.until("acknowledged all", || {
        redis.group(STREAM, "pending") == Some(0)
    });
    assert_eq!(redis.group(STREAM, "lag"), Some(0));

    let grpc = Server::start(&path("grpc"));
    grpc.accept(events.clone()).await;
    for command in ["clusters", "scores"] {
        let expected = listing(command, &["--data", by_file.to_str().unwrap()]);
        assert_eq!(expected.len(), 100);
        for found in [
            listing(command, &["--data", by_stdin.to_str().unwrap()]),
            listing(command, &["--server", &server.url()]),
            listing(command, &["--server", &grpc.url()]),
        ] {
            assert_eq!(found, expected, "{command}");
        }
    }
}

/// A verdict asked once an entry is acknowledged reflects it.
#[tokio::test]
async fn a_verdict_reflects_every_acknowledged_entry() {
    let folder = folder();
    let redis = Redis::start();
    let server = Server::following(folder.path(), &redis.url());
    for number in 0..20 {
        let account = format!("account-{number}");
        let login = event(Kind::Login, &account, "2026-06-17T10:00:00Z");
        redis.add(STREAM, [json(&login)]);
        server.until("acknowledged it", || {
            redis.group(STREAM, "entries-read") == Some(number + 1)
                && redis.group(STREAM, "pending") == Some(0)
        });
        let verdict = server.ask(check(&account, &format!("task-{number}"))).await;
        assert_eq!(verdict.unwrap().decision(), v1::Decision::Allow);
    }
}

/// The position is the journal's: a group that was set elsewhere is set right, entries that were taken
/// in are not taken in again, and a repeat of an event changes nothing.
#[test]
fn the_journal_is_the_truth_about_the_position() {
    let folder = folder();
    let redis = Redis::start();
    let events = logins(50);
    redis.add(STREAM, events.iter().map(json));
    let server = Server::following(folder.path(), &redis.url());
    server.until("took all in", || server.metric(ACCEPTED) == 50.0);
    let (status, log) = server.stop();
    assert!(status.success(), "{log}");

    let more = logins(10);
    redis.add(STREAM, more.iter().map(json));
    // Somebody moves the group past all of them: they would be passed over.
    redis.ask::<()>(&["XGROUP", "SETID", STREAM, "sameuser", "$"]);
    redis.add(STREAM, [json(&events[7])]);
    let server = Server::following(folder.path(), &redis.url());
    server.until("took the rest in", || server.metric(DUPLICATE) == 1.0);
    assert_eq!(server.metric(ACCEPTED), 10.0, "{}", server.log());
    assert!(open_letters(&["--server", &server.url()]).is_empty());
}

#[test]
fn partitions_are_followed_each_by_its_own_position() {
    let folder = folder();
    let data = folder.path().join("data");
    let redis = Redis::start();
    let file = write_json_lines(folder.path(), "events.jsonl", logins(300));
    let config = folder.path().join("config.toml");
    let text = format!(
        "[redis]\nurl = \"{}\"\nstream = \"logins\"\npartitions = 3\nbatch = 7\n",
        redis.url()
    );
    std::fs::write(&config, text).unwrap();
    let produce = |rate: &str| {
        let produced = run_ok([
            "produce",
            file.to_str().unwrap(),
            "--redis",
            &redis.url(),
            "--stream",
            "logins",
            "--partitions",
            "3",
            "--protobuf",
            "--rate",
            rate,
        ]);
        assert_eq!(produced.summary()["produced"], 300);
    };
    produce("100000");
    let server = Server::start_with(&data, |command| {
        command.arg("--config").arg(&config);
    });
    server.until("took all in", || server.metric(ACCEPTED) == 300.0);
    let acknowledged = |partition: usize| {
        let series = format!(
            "sameuser_stream_acknowledged_entries_total{{stream=\"logins:{{{partition}}}\"}}"
        );
        server.metric(&series)
    };
    server.until("acknowledged all", || {
        (0..3).map(acknowledged).sum::<f64>() == 300.0
    });
    for partition in 0..3 {
        let stream = format!("logins:{{{partition}}}");
        assert_eq!(redis.group(&stream, "pending"), Some(0));
        assert!(
            acknowledged(partition) > 50.0,
            "{}",
            server.get("/metrics").1
        );
    }
    produce("5000");
    server.until("saw the repeats", || server.metric(DUPLICATE) == 300.0);
    assert_eq!(server.metric(ACCEPTED), 300.0);
}

/// An empty service before a long stream: not ready, no verdict, the log tells; then all of it.
#[tokio::test]
async fn nothing_is_answered_before_the_streams_are_caught_up_with() {
    let folder = folder();
    let mut redis = Redis::start();
    redis.add(STREAM, logins(3000).iter().map(json));
    redis.kill();
    let url = redis.url();
    let server = Server::following_unready(folder.path(), &url);
    server.until("said that Redis is away", || {
        server.log().contains("unreachable")
    });
    assert_eq!(server.get("/readyz").0, 503);
    assert_eq!(server.get("/healthz").0, 200);
    let mut health = HealthClient::new(server.channel().await);
    let request = HealthCheckRequest {
        service: String::new(),
    };
    let answer = health.check(request.clone()).await.unwrap().into_inner();
    assert_eq!(answer.status(), ServingStatus::NotServing);
    let refused = server.ask(check("account-1", "task-1")).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::Unavailable);
    assert!(refused.message().contains("catching up"), "{refused:?}");
    assert_eq!(server.metric("sameuser_ready"), 0.0);

    redis.restart();
    server.until("became ready", || server.get("/readyz").0 == 200);
    // Ready means that at most a batch of entries that have just come is left.
    assert!(server.metric(ACCEPTED) >= 2000.0);
    server.until("took all in", || server.metric(ACCEPTED) == 3000.0);
    let verdict = server.ask(check("account-1", "task-1")).await.unwrap();
    assert_eq!(verdict.account_id, "account-1");
    let answer = health.check(request).await.unwrap().into_inner();
    assert_eq!(answer.status(), ServingStatus::Serving);
    assert!(server.log().contains("caught up"), "{}", server.log());
}

#[test]
fn settings_of_redis_are_checked() {
    let folder = folder();
    let config = folder.path().join("config.toml");
    let data = folder.path().join("data");
    for (text, problem) in [
        ("[redis]\nurl = \"http://x\"\n", "redis.url"),
        ("[redis]\nurl = \"redis://x:1\"\nbatch = 0\n", "redis.batch"),
        (
            "[redis]\nurl = \"redis://x:1\"\npartitions = 65\n",
            "redis.partitions",
        ),
        (
            "[redis]\nurl = \"redis://x:1\"\nstream = \"\"\n",
            "redis.stream",
        ),
        ("[redis]\nstrem = \"x\"\n", "strem"),
        (
            "[redis]\nurl = \"rediss://x:1\"\nauthority = \"/nowhere\"\n",
            "/nowhere",
        ),
    ] {
        std::fs::write(&config, text).unwrap();
        let ended = run([
            "serve",
            "--config",
            config.to_str().unwrap(),
            "--data",
            data.to_str().unwrap(),
        ]);
        assert_ne!(ended.code, 0, "{text}");
        assert!(ended.stderr.contains(problem), "{text}: {}", ended.stderr);
    }
}
