//! Stopping under load: what was acknowledged is there afterwards, and nobody is told anything wrong.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, VecDeque},
    task::Poll,
};

use sameuser::edge::proto::v1::{
    self, Event, PublishEventsRequest, Verdict, event_service_client::EventServiceClient,
    verdict_service_client::VerdictServiceClient,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status, transport::Channel};

use crate::support::{Kind, Server, check, event, folder, run_ok};

/// Callers that ask one question after the other, each on a connection of its own.
const ASKING: usize = 6;
/// Streams of events, each on a connection of its own.
const PUBLISHING: usize = 3;
const EVENTS_A_MESSAGE: usize = 20;
/// Messages sent ahead of their answers on one stream.
const MESSAGES_AHEAD: usize = 4;
/// The server is asked to stop after so many answers.
const ANSWERS_BEFORE_THE_STOP: usize = 400;

/// What callers were told.
#[derive(Default)]
struct Acknowledged {
    verdicts: RefCell<BTreeMap<String, Verdict>>,
    events: RefCell<Vec<Event>>,
    /// How each caller's last call ended.
    endings: RefCell<Vec<Status>>,
    answers: Cell<usize>,
}

/// Asks until a call fails; answers how it did.
async fn ask_on(
    mut client: VerdictServiceClient<Channel>,
    caller: usize,
    told: &Acknowledged,
    answered: impl Fn(),
) {
    for number in 0.. {
        let task = format!("task {number} of caller {caller}");
        match client.check_discount(check("a1", &task)).await {
            Ok(answer) => {
                let verdict = answer.into_inner().verdict.unwrap();
                assert_eq!(verdict.task_id, task);
                told.verdicts.borrow_mut().insert(task, verdict);
                answered();
            }
            Err(status) => return told.endings.borrow_mut().push(status),
        }
    }
}

/// Publishes until the stream ends; answers how it did.
async fn publish_on(
    mut client: EventServiceClient<Channel>,
    stream: usize,
    told: &Acknowledged,
    answered: impl Fn(),
) {
    let (sender, receiver) = mpsc::channel(MESSAGES_AHEAD);
    let mut unanswered = VecDeque::new();
    let send = |number: usize, unanswered: &mut VecDeque<Vec<Event>>| {
        let events = message(stream, number);
        let request = PublishEventsRequest {
            events: events.clone(),
        };
        // Once the call has ended nothing can be sent, and nothing more is acknowledged.
        if sender.try_send(request).is_ok() {
            unanswered.push_back(events);
        }
    };
    (0..MESSAGES_AHEAD).for_each(|number| send(number, &mut unanswered));
    let call = client.publish_events(ReceiverStream::new(receiver)).await;
    let mut answers = call.unwrap().into_inner();
    for number in MESSAGES_AHEAD.. {
        match answers.message().await {
            Ok(Some(answer)) => {
                let events = unanswered.pop_front().unwrap();
                assert_eq!(answer.results.len(), events.len());
                for (result, event) in answer.results.iter().zip(&events) {
                    assert_eq!(result.event_id, event.event_id, "in order");
                    assert!(result.error.is_none() && !result.duplicate, "{result:?}");
                }
                told.events.borrow_mut().extend(events);
                answered();
                send(number, &mut unanswered);
            }
            Ok(None) => panic!("the server ended a stream that its client had not"),
            Err(status) => return told.endings.borrow_mut().push(status),
        }
    }
}

fn message(stream: usize, number: usize) -> Vec<Event> {
    let login = |n| {
        let account = format!("account {n} of message {number} of stream {stream}");
        event(Kind::Login, &account, "2025-06-01T12:00:00Z")
    };
    (0..EVENTS_A_MESSAGE).map(login).collect()
}

/// Loads a server until it has stopped, and answers what its callers were told.
async fn load_until_stopped(server: &Server, signal: &'static str) -> Acknowledged {
    let login = event(Kind::Login, "a1", "2025-06-01T12:00:00Z");
    server.accept(vec![login]).await;
    let told = Acknowledged::default();
    let answered = || {
        told.answers.set(told.answers.get() + 1);
        if told.answers.get() == ANSWERS_BEFORE_THE_STOP {
            server.signal(signal);
        }
    };
    let mut asking = Vec::new();
    for caller in 0..ASKING {
        asking.push(ask_on(server.verdicts().await, caller, &told, &answered));
    }
    let mut publishing = Vec::new();
    for stream in 0..PUBLISHING {
        publishing.push(publish_on(server.events().await, stream, &told, &answered));
    }
    tokio::join!(join_all(asking), join_all(publishing));
    told
}

/// Drives futures side by side until all are done.
async fn join_all(futures: Vec<impl Future<Output = ()>>) {
    let mut waiting: Vec<_> = futures.into_iter().map(Box::pin).collect();
    std::future::poll_fn(|context| {
        waiting.retain_mut(|future| future.as_mut().poll(context).is_pending());
        if waiting.is_empty() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

/// SIGTERM, as an orchestrator sends it, and SIGINT, as Ctrl-C does: calls under way are answered or
/// fail with UNAVAILABLE, and every acknowledged verdict and event is there when the store is opened
/// again.
#[tokio::test]
async fn a_stop_under_load_loses_nothing_acknowledged() {
    for signal in ["TERM", "INT"] {
        let folder = folder();
        let server = Server::start(folder.path());
        let told = load_until_stopped(&server, signal).await;
        let (status, log) = server.ended().await;
        assert!(status.success(), "{log}");
        assert!(log.contains("the store is closed"), "{log}");
        assert!(!log.contains("still under way"), "{log}");
        let endings = told.endings.take();
        assert_eq!(endings.len(), ASKING + PUBLISHING);
        for ending in endings.iter() {
            assert!(is_unavailable(ending), "{ending:?}");
        }
        assert!(told.answers.get() >= ANSWERS_BEFORE_THE_STOP);

        let verified = run_ok(["verify".as_ref(), "--data".as_ref(), folder.path()]);
        assert_eq!(verified.summary()["faults"], 0);
        let server = Server::start(folder.path());
        let mut verdicts = server.verdicts().await;
        let told_verdicts = told.verdicts.take();
        for verdict in told_verdicts.values() {
            let request = v1::GetVerdictRequest {
                verdict_id: verdict.verdict_id.clone(),
            };
            let read = verdicts.get_verdict(request).await.unwrap().into_inner();
            assert_eq!(read.verdict.as_ref(), Some(verdict));
        }
        let events = told.events.take();
        assert!(!events.is_empty());
        for events in events.chunks(1000) {
            for result in server.publish(events.to_vec()).await {
                assert!(result.duplicate && result.error.is_none(), "{result:?}");
            }
        }
    }
}

/// Whether a call failed with UNAVAILABLE. A call that its client had not sent when the connection closed
/// ends as cancelled by the client's own transport, which a status from a server never names.
fn is_unavailable(status: &Status) -> bool {
    let own_transport = std::error::Error::source(status)
        .is_some_and(|source| source.is::<tonic::transport::Error>());
    status.code() == Code::Unavailable || (status.code() == Code::Cancelled && own_transport)
}

/// A stream on which nothing happens does not keep a server from stopping: it is told.
#[tokio::test]
async fn an_idle_stream_does_not_hold_up_a_stop() {
    let folder = folder();
    let server = Server::start(folder.path());
    let (_sender, receiver) = mpsc::channel::<PublishEventsRequest>(1);
    let mut client = server.events().await;
    let call = client.publish_events(ReceiverStream::new(receiver)).await;
    let mut answers = call.unwrap().into_inner();
    server.signal("TERM");
    let status = answers.message().await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status}");
    let (status, log) = server.ended().await;
    assert!(status.success(), "{log}");
    assert!(!log.contains("still under way"), "{log}");
}

/// What stopped goes on where it was: accounts, verdicts and their numbers.
#[tokio::test]
async fn a_server_goes_on_where_it_stopped() {
    let folder = folder();
    let server = Server::start(folder.path());
    server
        .accept(vec![event(Kind::Login, "a1", "2025-06-01T12:00:00Z")])
        .await;
    let first = server.ask(check("a1", "t1")).await.unwrap();
    let (status, log) = server.stopped().await;
    assert!(status.success(), "{log}");
    let server = Server::start(folder.path());
    assert!(server.log().contains("accounts=1"), "{}", server.log());
    assert_eq!(server.ask(check("a1", "t1")).await.unwrap(), first);
    let second = server.ask(check("a1", "t2")).await.unwrap();
    assert_eq!(
        (first.verdict_id.as_str(), second.verdict_id.as_str()),
        ("v1", "v2")
    );
}
