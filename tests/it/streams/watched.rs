//! Seen from outside: a real Prometheus scrapes a server, and every query of the dashboard, of the
//! alerts and of the objectives finds something; the files that deploy all that are in order.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use sameuser::edge::proto::v1;
use serde_json::Value;

use super::{STREAM, json, logins};
use crate::support::{Kind, Redis, Server, check, event, folder, redis::free_port, repository};

/// What the dashboard's rates look back over, in place of Grafana's own choice.
const LOOKS_BACK: &str = "30s";

fn read(path: &str) -> String {
    std::fs::read_to_string(repository().join(path)).unwrap()
}

/// A Prometheus that scrapes one server every second under the shipped rules.
struct Prometheus {
    child: Child,
    address: SocketAddr,
}

impl Prometheus {
    fn start(folder: &Path, target: SocketAddr) -> Self {
        let rules = repository().join("deploy/prometheus/alerts.yaml");
        let config = folder.join("prometheus.yaml");
        let text = format!(
            "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\n\
             rule_files: [{rules:?}]\n\
             scrape_configs:\n- job_name: sameuser\n  static_configs: [{{targets: [\"{target}\"]}}]\n"
        );
        std::fs::write(&config, text).unwrap();
        let port = free_port();
        let child = Command::new("prometheus")
            .arg(format!("--config.file={}", config.display()))
            .arg(format!(
                "--storage.tsdb.path={}",
                folder.join("series").display()
            ))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("prometheus is installed (make tools)");
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        Prometheus { child, address }
    }

    /// An answer of its API; `None` while it does not listen yet.
    fn api(&self, path: &str) -> Option<Value> {
        let mut stream = TcpStream::connect(self.address).ok()?;
        // HTTP/1.0: the answer comes in one piece.
        write!(stream, "GET /api/v1/{path} HTTP/1.0\r\nHost: test\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        serde_json::from_str(answer.split_once("\r\n\r\n")?.1).ok()
    }

    /// Whether a query finds any number.
    fn finds(&self, query: &str) -> bool {
        let escape = |byte: u8| match byte {
            byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        };
        let escaped: String = query.bytes().map(escape).collect();
        let Some(answer) = self.api(&format!("query?query={escaped}")) else {
            return false;
        };
        assert_ne!(answer["status"], "error", "{query}: {answer}");
        let result = answer["data"]["result"].as_array();
        let is_number = |one: &Value| one["value"][1].as_str().is_some_and(|value| value != "NaN");
        result.is_some_and(|result| result.iter().any(is_number))
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// (panel, query) of the shipped dashboard.
fn panel_queries() -> Vec<(String, String)> {
    let board: Value =
        serde_json::from_str(&read("deploy/grafana/dashboards/sameuser.json")).unwrap();
    assert_eq!(board["uid"], "sameuser");
    let panels = board["panels"].as_array().unwrap();
    let queries = panels.iter().flat_map(|panel| {
        assert_eq!(panel["datasource"]["uid"], "prometheus");
        let title = panel["title"].as_str().unwrap().to_string();
        let targets = panel["targets"].as_array().unwrap().clone();
        targets.into_iter().map(move |target| {
            let query = target["expr"].as_str().unwrap().to_string();
            (title.clone(), query)
        })
    });
    queries.collect()
}

/// (objective, query) of the operations guide.
fn objectives() -> Vec<(String, String)> {
    let guide = read("docs/operations.md");
    let rows = guide
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains("[30d]"));
    rows.map(|row| {
        let (objective, query) = row.trim_matches(['|', ' ']).split_once(" | `").unwrap();
        let query = query.trim_end_matches('`').replace("\\|", "|");
        // What must be 0 is looked at as a number.
        (objective.to_string(), query.replace(" == 0", ""))
    })
    .collect()
}

/// Something of everything that is measured.
async fn make_traffic(server: &Server, redis: &Redis, round: usize) {
    redis.add(STREAM, logins(60).iter().map(json));
    redis.add(STREAM, ["{broken"]);
    let login = event(Kind::Login, "by-grpc", "2026-06-17T10:00:00Z");
    server.publish(vec![login.clone(), login]).await;
    for number in 0..5 {
        let task = format!("task-{round}-{number}");
        server.ask(check("account-1", &task)).await.unwrap();
    }
    server
        .ask(check("nobody", &format!("task-{round}")))
        .await
        .unwrap();
    let unasked = v1::CheckDiscountRequest::default();
    server.ask(unasked).await.unwrap_err();
}

#[tokio::test]
async fn every_query_of_dashboard_alerts_and_objectives_finds_something() {
    let folder = folder();
    let redis = Redis::start();
    let config = folder.path().join("sameuser.toml");
    let text = format!(
        "checkpoint_every_events = 50\n[redis]\nurl = \"{}\"\n",
        redis.url()
    );
    std::fs::write(&config, text).unwrap();
    let data = folder.path().join("data");
    let server = Server::start_with(&data, |command| {
        command.arg("--config").arg(&config);
    });
    let prometheus = Prometheus::start(folder.path(), server.http);
    let looked_at = |query: String| {
        query
            .replace("$__rate_interval", LOOKS_BACK)
            .replace("30d", LOOKS_BACK)
    };
    let mut missing: Vec<(String, String)> = panel_queries()
        .into_iter()
        .chain(objectives())
        .map(|(what, query)| (what, looked_at(query)))
        .collect();
    assert!(
        panel_queries().len() >= 25 && objectives().len() == 6,
        "{missing:?}"
    );
    for round in 0..240 {
        make_traffic(&server, &redis, round).await;
        if round == 5 {
            redis.ask::<()>(&["XGROUP", "DESTROY", STREAM, "sameuser"]);
        }
        missing.retain(|(_, query)| !prometheus.finds(query));
        if missing.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert!(missing.is_empty(), "nothing found for {missing:#?}");

    // Prometheus evaluates every alert without a fault, and none fires.
    let rules = prometheus.api("rules").unwrap();
    let rules = rules["data"]["groups"][0]["rules"]
        .as_array()
        .unwrap()
        .clone();
    assert!(rules.len() >= 10);
    for rule in rules {
        assert_eq!(rule["health"], "ok", "{rule}");
    }
}

fn promtool(arguments: &[&str]) {
    let checked = Command::new("promtool")
        .args(arguments)
        .current_dir(repository().join("deploy/prometheus"))
        .output()
        .expect("promtool is installed (make tools)");
    assert!(checked.status.success(), "{checked:?}");
}

#[test]
fn alert_rules_and_the_scrape_configuration_are_in_order() {
    promtool(&["check", "rules", "alerts.yaml"]);
    promtool(&["check", "config", "prometheus.yaml"]);
}

/// The name that a heading has in links.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    let kept = kept
        .chars()
        .filter(|c| c.is_alphanumeric() || *c == ' ' || *c == '-');
    kept.collect::<String>().replace(' ', "-")
}

#[test]
fn every_alert_names_its_part_of_the_guide() {
    let guide = read("docs/operations.md");
    let anchors: Vec<String> = guide
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| anchor(line.trim_start_matches('#')))
        .collect();
    let alerts = read("deploy/prometheus/alerts.yaml");
    let count = alerts.matches("- alert: ").count();
    let runbooks: Vec<&str> = alerts
        .lines()
        .filter_map(|line| line.trim().strip_prefix("runbook: docs/operations.md#"))
        .collect();
    assert_eq!(runbooks.len(), count);
    for runbook in runbooks {
        assert!(anchors.iter().any(|anchor| anchor == runbook), "{runbook}");
    }
}

/// Every metric that dashboard, alerts and guide name is one that the service has.
#[test]
fn no_file_names_a_metric_that_is_not_there() {
    let names = read("src/service/measure.rs");
    for file in [
        "deploy/grafana/dashboards/sameuser.json",
        "deploy/prometheus/alerts.yaml",
        "docs/operations.md",
    ] {
        let text = read(file);
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let mut count = 0;
        for word in words.filter(|word| word.starts_with("sameuser_")) {
            let name = ["_bucket", "_sum", "_count"]
                .iter()
                .find_map(|suffix| word.strip_suffix(suffix))
                .unwrap_or(word);
            count += 1;
            assert!(names.contains(&format!("\"{name}\"")), "{file}: {word}");
        }
        assert!(count >= 8, "{file}: {count}");
    }
}

fn python() -> PathBuf {
    let path = std::env::var_os("SAMEUSER_PYTHON").map_or_else(
        || repository().join("target/tools/venv/bin/python"),
        PathBuf::from,
    );
    assert!(
        path.exists(),
        "{} is missing: run `make tools`",
        path.display()
    );
    path
}

#[test]
fn the_compose_file_is_in_order() {
    let check = |file: &Path| {
        Command::new(python())
            .arg(repository().join("tests/clients/check_compose.py"))
            .arg(file)
            .output()
            .unwrap()
    };
    let checked = check(&repository().join("deploy/compose.yaml"));
    assert!(checked.status.success(), "{checked:?}");
    // The check can fail.
    let folder = folder();
    let wrong = folder.path().join("compose.yaml");
    std::fs::write(
        &wrong,
        "services: {redis: {image: redis, volumes: [./nowhere:/x]}}\n",
    )
    .unwrap();
    let checked = check(&wrong);
    let told = String::from_utf8_lossy(&checked.stdout);
    assert!(!checked.status.success());
    assert!(
        told.contains("not pinned") && told.contains("no ./nowhere"),
        "{told}"
    );
}

/// The example producer writes what the service takes in.
#[test]
fn the_example_producer_is_followed() {
    let folder = folder();
    let redis = Redis::start();
    let file = crate::support::write_json_lines(folder.path(), "events.jsonl", logins(100));
    let produced = Command::new(python())
        .arg(repository().join("deploy/examples/produce.py"))
        .arg(&file)
        .args(["--redis", &redis.url(), "--rate", "10000"])
        .output()
        .unwrap();
    assert!(produced.status.success(), "{produced:?}");
    let server = Server::following(&folder.path().join("data"), &redis.url());
    let accepted = "sameuser_events_total{door=\"stream\",outcome=\"accepted\"}";
    server.until("took all in", || server.metric(accepted) == 100.0);
}
