//! `WatchAdjustments` through crashes of the consumer and of the server: no change is missed, none is
//! out of order, and who reads slowly holds no memory.

use std::collections::{BTreeMap, BTreeSet};

use sameuser::edge::proto::v1::{self, AdjustmentState};
use tonic::Code;

use super::{
    Action, acknowledge, asked, dispose, disposition, publish, registered, terms, undo, verify,
    watch,
};
use crate::support::{Server, folder, is_soak};

const EVENT: &str = "summer-2026";
/// What a consumer that reads nothing may cost: far more than a page and a window, far less than all.
const KIB_A_SLOW_READER: u64 = 1024;

fn accounts() -> usize {
    if is_soak() { 2000 } else { 300 }
}

fn name(number: usize) -> String {
    format!("a{number}")
}

/// The sequence of every change, as the audit has them.
async fn all_changes(server: &Server) -> Vec<u64> {
    let mut client = server.review().await;
    let (mut all, mut request) = (Vec::new(), v1::ListAuditEntriesRequest::default());
    loop {
        let page = client
            .list_audit_entries(request.clone())
            .await
            .unwrap()
            .into_inner();
        let changes = page.entries.iter().filter(|one| one.kind == "adjustment");
        all.extend(changes.map(|one| one.sequence));
        if page.next_page_token.is_empty() {
            return all;
        }
        request.page_token = page.next_page_token;
    }
}

async fn disqualify(server: &Server, numbers: std::ops::Range<usize>) -> v1::Disposition {
    let names: Vec<String> = numbers.map(name).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let request = disposition(Action::Disqualify(v1::Disqualify {}), &names);
    dispose(server, request).await.disposition.unwrap()
}

/// A consumer that keeps what it processed, and nothing else, over its own crashes.
#[derive(Default)]
struct Consumer {
    processed: Vec<u64>,
    states: BTreeMap<String, AdjustmentState>,
}

impl Consumer {
    /// Connects, processes so many changes, acknowledges what is open (some twice), and crashes.
    async fn live(&mut self, server: &Server, changes: usize) {
        let after = self.processed.last().copied().unwrap_or(0);
        let mut stream = watch(server, after).await;
        for number in 0..changes {
            let change = stream.next().await;
            assert!(
                self.processed
                    .last()
                    .is_none_or(|last| *last < change.sequence),
                "in order: {change:?}"
            );
            if change.state() == AdjustmentState::Open {
                for _ in 0..1 + number % 2 {
                    match acknowledge(server, &change, "").await {
                        Ok(known) => assert_eq!(known.state(), AdjustmentState::Acknowledged),
                        // It changed meanwhile: the stream says how.
                        Err(code) => assert_eq!(code, Code::FailedPrecondition),
                    }
                }
            }
            self.states
                .insert(change.adjustment_id.clone(), change.state());
            self.processed.push(change.sequence);
        }
    }
}

#[tokio::test]
async fn no_change_is_missed_or_out_of_order() {
    let folder = folder();
    let data = folder.path().join("data");
    let mut server = Server::start(&data);
    publish(&server, terms(EVENT)).await;
    let all = accounts();
    for first in (0..all).step_by(500) {
        let some = first..(first + 500).min(all);
        server
            .accept(some.map(|number| registered(&name(number))).collect())
            .await;
    }
    for first in (0..all).step_by(500) {
        let some = first..(first + 500).min(all);
        let requests = some
            .map(|number| asked(EVENT, &name(number), "t"))
            .collect();
        let batch = v1::BatchCheckDiscountsRequest { requests };
        let mut verdicts = server.verdicts().await;
        verdicts.batch_check_discounts(batch).await.unwrap();
    }

    let mut consumer = Consumer::default();
    let first = disqualify(&server, 0..all / 3).await;
    consumer.live(&server, all / 6).await;
    disqualify(&server, all / 3..all / 2).await;
    consumer.live(&server, all / 4).await;
    server.kill();
    server = Server::start(&data);
    undo(&server, &first).await;
    consumer.live(&server, all / 5).await;
    disqualify(&server, all / 2..all).await;
    server.kill();
    server = Server::start(&data);

    // Slow readers: many, who take nothing.
    let before = resident_kib(&server);
    let mut slow = Vec::new();
    for _ in 0..50 {
        slow.push(watch(&server, 0).await);
    }
    // Everything settles: what was undone is reversed, the rest is open, then acknowledged.
    while consumer.open_or_proposed(all / 3..all) > 0 || consumer.reversed() < all / 3 {
        consumer.live(&server, 1).await;
    }
    let grown = resident_kib(&server).saturating_sub(before);
    assert!(grown < 50 * KIB_A_SLOW_READER, "{grown} KiB");
    drop(slow);

    let listed = all_changes(&server).await;
    let last = *consumer.processed.last().unwrap();
    let by_then: Vec<u64> = listed.iter().copied().filter(|one| *one <= last).collect();
    assert_eq!(consumer.processed, by_then);
    let known: BTreeSet<u64> = listed.iter().copied().collect();
    assert_eq!(known.len(), listed.len());
    server.stopped().await;
    verify(&data, 0);
}

impl Consumer {
    fn reversed(&self) -> usize {
        let states = self.states.values();
        states
            .filter(|state| **state == AdjustmentState::Reversed)
            .count()
    }

    /// How many of so many expected adjustments are not acknowledged yet.
    fn open_or_proposed(&self, expected: std::ops::Range<usize>) -> usize {
        let states = self.states.values();
        let acknowledged = states.filter(|state| **state == AdjustmentState::Acknowledged);
        expected.len().saturating_sub(acknowledged.count())
    }
}

fn resident_kib(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.process_id())).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// A stream ends with a status that says to come back when the server stops.
#[tokio::test]
async fn a_stream_ends_when_the_server_stops() {
    let folder = folder();
    let server = Server::start(folder.path());
    let mut stream = watch(&server, 0).await;
    let ended = tokio::spawn(async move { stream.0.message().await.unwrap_err() });
    let (status, _) = server.stopped().await;
    assert!(status.success());
    assert_eq!(ended.await.unwrap().code(), Code::Unavailable);
}

/// What billing says wrongly is refused, and changes nothing.
#[tokio::test]
async fn wrong_answers_are_refused() {
    let folder = folder();
    let server = Server::start(folder.path());
    publish(&server, terms(EVENT)).await;
    server.accept(vec![registered("a0")]).await;
    server.ask(asked(EVENT, "a0", "t")).await.unwrap();
    disqualify(&server, 0..1).await;
    let mut changes = watch(&server, 0).await;
    let proposed = changes.next().await;
    let open = changes.next().await;
    assert_eq!(
        acknowledge(&server, &proposed, "").await,
        Err(Code::FailedPrecondition)
    );
    let mut unknown = open.clone();
    unknown.adjustment_id = "j999".into();
    assert_eq!(
        acknowledge(&server, &unknown, "").await,
        Err(Code::NotFound)
    );
    unknown.adjustment_id = "x".into();
    assert_eq!(
        acknowledge(&server, &unknown, "").await,
        Err(Code::InvalidArgument)
    );
    acknowledge(&server, &open, "").await.unwrap();
    let late = acknowledge(&server, &open, "on second thoughts").await;
    assert_eq!(late, Err(Code::FailedPrecondition));
}
