//! The fuse on harm, through the doors of a real server: a faulty client, a bad rule and a bad model trip
//! it, a farm does not; people release and discard what it holds; all of it survives a crash.

mod farms;
mod faulty_client;
mod models;
mod recoveries;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use sameuser::edge::proto::v1::{
    self, review_service_client::ReviewServiceClient, verdict_service_client::VerdictServiceClient,
};
use serde_json::{Value, json};
use tonic::transport::Channel;

use crate::support::{CAMPAIGN, Kind, Server, check, completed_task, event, run};

/// Established users that the shipped campaign bears to be revoked through one atom.
const BORNE: usize = 20;
/// Their first day: well over two weeks before anything speaks against them.
const LONG_AGO: &str = "2026-05-04";

/// A table of a test's model: its points from 0 and from an edge on.
fn table(feature: &str, pattern: &str, edge: i32, points: [i32; 2]) -> Value {
    json!({
        "name": feature, "pattern": pattern, "monotone": "rising", "edges": [edge],
        "points": points, "missing": 0, "statement": format!("{feature} is {{value}}"),
    })
}

/// A model of such tables that a person can work out: without any points an account is at 0.2, and with
/// 9,000 above 0.97.
fn model(revision: &str, tables: &[Value]) -> String {
    let behaviour = table("devices_used", "OPERATED_FOR_OTHERS", 1, [0, 700]);
    let tables: Vec<&Value> = tables.iter().chain([&behaviour]).collect();
    json!({
        "revision": revision, "description": "made for a test", "base_rate_ppm": 10_000,
        "bias_millilogits": -3000, "features": tables,
        "calibration": [[-5000, 10_000], [0, 500_000], [5000, 990_000]],
    })
    .to_string()
}

/// Revokes whoever uses a machine that ten accounts use.
fn strict_on_machines() -> String {
    let shared = table("device_accounts", "BULK_REGISTRATION", 10, [0, 9000]);
    model("strict-1", &[shared])
}

/// Finds nothing in ordinary accounts.
fn mild() -> String {
    let impossible = table("impossible_device", "FALSE_IDENTITY", 1, [0, 9000]);
    model("mild-1", &[impossible])
}

/// A configuration that names a model's file; answers both.
fn configure(folder: &Path, model: &str) -> (PathBuf, PathBuf) {
    let (file, configuration) = (folder.join("model.json"), folder.join("sameuser.toml"));
    std::fs::write(&file, model).unwrap();
    let line = format!("abuse_model = {:?}\n", file.to_str().unwrap());
    std::fs::write(&configuration, line).unwrap();
    (file, configuration)
}

fn start(data: &Path, configuration: &Path) -> Server {
    Server::start_with(data, |command| {
        command.arg("--config").arg(configuration);
    })
}

/// Registration and some weeks of log-ins of an account, on whatever `change` makes of its events.
fn history(account: &str, change: impl Fn(&mut v1::Event)) -> Vec<v1::Event> {
    let at = |day: u32| format!("2026-05-{:02}T20:00:00+08:00", 4 + 2 * day);
    let first = event(
        Kind::Registration,
        account,
        &format!("{LONG_AGO}T09:00:00+08:00"),
    );
    let later = (0..14).map(|day| event(Kind::Login, account, &at(day)));
    let mut events: Vec<v1::Event> = std::iter::once(first).chain(later).collect();
    events.iter_mut().for_each(change);
    events
}

/// A task of an account on a device id of June.
fn on_device(account: &str, device: &str, day: u32) -> v1::Event {
    let at = format!("2026-06-{day:02}T10:30:00+08:00");
    let mut event = event(Kind::TaskCompleted, account, &at);
    event.device.as_mut().unwrap().device_id = device.into();
    let task = format!("{account}-{day}");
    event.task = Some(completed_task(&task, &at, &at, 1200));
    event
}

async fn tell(server: &Server, events: Vec<v1::Event>) {
    for batch in events.chunks(1000) {
        server.accept(batch.to_vec()).await;
    }
}

/// Connections that a test keeps.
struct Doors {
    verdicts: VerdictServiceClient<Channel>,
    review: ReviewServiceClient<Channel>,
}

impl Doors {
    async fn of(server: &Server) -> Self {
        Doors {
            verdicts: server.verdicts().await,
            review: server.review().await,
        }
    }

    /// Asks about one task of each account; answers how many are refused as abuse, and the fuses that
    /// verdicts which allow name.
    async fn ask_all(&mut self, accounts: &[String], task: &str) -> (usize, Vec<String>) {
        let (mut revoked, mut held_by) = (0, Vec::new());
        for account in accounts {
            let verdict = self.ask(account, task).await;
            match verdict.decision() {
                v1::Decision::Revoke => revoked += 1,
                _ => held_by.extend(verdict.reasons[0].facts.get("held_by_fuse").cloned()),
            }
        }
        (revoked, held_by)
    }

    async fn ask(&mut self, account: &str, task: &str) -> v1::Verdict {
        let answer = self.verdicts.check_discount(check(account, task)).await;
        answer.unwrap().into_inner().verdict.unwrap()
    }

    async fn fuses(&mut self) -> Vec<v1::FuseState> {
        let request = v1::ListFusesRequest::default();
        self.review
            .list_fuses(request)
            .await
            .unwrap()
            .into_inner()
            .fuses
    }

    async fn resolve(&mut self, fuse: &str, resolution: v1::FuseResolution) -> v1::FuseState {
        let request = v1::ResolveFuseRequest {
            fuse_id: fuse.into(),
            resolution: resolution.into(),
            author: "lena".into(),
            statement: "looked at ten of them".into(),
        };
        let answer = self.review.resolve_fuse(request).await;
        answer.unwrap().into_inner().fuse.unwrap()
    }

    /// Cases that wait for a person to decide of a fuse, up to 1,000.
    async fn held_cases(&mut self) -> usize {
        let request = v1::ListCasesRequest {
            kind: v1::CaseKind::HeldByFuse.into(),
            page_size: 1000,
            ..v1::ListCasesRequest::default()
        };
        let answer = self.review.list_cases(request).await;
        answer.unwrap().into_inner().cases.len()
    }

    /// Adjustments of the shipped campaign: the latest state of each.
    async fn adjustments(&mut self, kind: v1::AdjustmentKind) -> Vec<v1::AdjustmentState> {
        let request = v1::ListAdjustmentsRequest {
            campaign_id: CAMPAIGN.into(),
            kind: kind.into(),
            page_size: 1000,
            page_token: String::new(),
        };
        let answer = self.verdicts.list_adjustments(request).await;
        let adjustments = answer.unwrap().into_inner().adjustments;
        // What changed while pages are read comes again: the last one counts.
        let latest: BTreeMap<String, v1::AdjustmentState> = adjustments
            .iter()
            .map(|one| (one.adjustment_id.clone(), one.state()))
            .collect();
        latest.into_values().collect()
    }
}

/// Waits until something asked of a server comes out so.
macro_rules! until {
    ($server:expr, $what:literal, $ask:expr, $holds:expr) => {{
        let began = std::time::Instant::now();
        loop {
            let found = $ask;
            if $holds(&found) {
                break found;
            }
            assert!(
                began.elapsed() < std::time::Duration::from_secs(120),
                "never {}: {found:?}: {}",
                $what,
                $server.log()
            );
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }};
}
use until;

/// The chains hold, and every verdict is what its record says.
#[track_caller]
fn verify(data: &Path) {
    run(["verify", "--data", data.to_str().unwrap()]).expect(0);
}

fn names(prefix: &str, count: usize) -> Vec<String> {
    (0..count)
        .map(|number| format!("{prefix}-{number}"))
        .collect()
}
