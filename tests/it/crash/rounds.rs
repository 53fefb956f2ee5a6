//! One round: a process is fed until it is killed; what it acknowledged is kept.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use sameuser::edge::proto::v1;
use tokio::{
    sync::{Semaphore, watch},
    task::JoinSet,
};
use tokio_stream::wrappers::ReceiverStream;

use super::scenario::Scenario;
use crate::support::{Server, program};

/// Events of one message, and messages not acknowledged: few, so that a round has many commits, and
/// checkpoints begin and end between two kills.
const EVENTS_A_MESSAGE: usize = 8;
const MESSAGES_AHEAD: usize = 4;
/// Questions under way at once.
const QUESTIONS_AT_ONCE: usize = 64;
/// Acknowledged events that the next round sends again.
const EVENTS_SENT_AGAIN: usize = 500;
/// Whether the moment has come is looked up so often, so that looking takes no processor away.
const LOOK_EVERY: Duration = Duration::from_micros(500);
/// Acknowledged verdicts that the next round reads back.
const VERDICTS_READ_BACK: usize = 50;

/// Everything that was ever acknowledged.
#[derive(Default)]
pub struct Acknowledged {
    /// So many of the first events.
    pub events: usize,
    /// Verdicts by id.
    pub verdicts: BTreeMap<String, v1::Verdict>,
    /// Questions answered, by their number.
    pub answered: BTreeSet<usize>,
}

/// When the blow falls: after so many acknowledgements of this round, and then a little later.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    pub acknowledgements: usize,
    pub later: Duration,
}

/// `sameuser replay` until it is killed; answers whether it was (it may have ended before).
pub fn replay_until(
    scenario: &Scenario,
    data: &Path,
    moment: Moment,
    acknowledged: &mut Acknowledged,
) -> bool {
    let verdicts = data.with_extension("verdicts.jsonl");
    // Else the last round's would be counted before this one's process makes its own.
    let _absent = std::fs::remove_file(&verdicts);
    let mut child = replay_command(scenario, data, &verdicts)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let killed = loop {
        if child.try_wait().unwrap().is_some() {
            break false;
        }
        if lines(&verdicts) >= moment.acknowledgements {
            break kill_later(&mut child, moment.later);
        }
        std::thread::sleep(LOOK_EVERY);
    };
    for (number, line) in complete_lines(&verdicts).into_iter().enumerate() {
        acknowledged.answered.insert(number);
        let response: v1::CheckDiscountResponse = serde_json::from_str(&line).unwrap();
        let verdict = response.verdict.unwrap();
        keep(acknowledged, verdict);
    }
    killed
}

/// The command that feeds the whole scenario to a store.
pub fn replay_command(scenario: &Scenario, data: &Path, verdicts: &Path) -> Command {
    let mut command = program();
    command.arg("replay").arg(&scenario.events_file);
    command.arg("--checks").arg(&scenario.checks_file);
    command.arg("--verdicts").arg(verdicts);
    command.arg("--data").arg(data);
    command
}

/// The pause is no synchronisation: it makes the moment one of any.
fn kill_later(child: &mut Child, later: Duration) -> bool {
    std::thread::sleep(later);
    // It may have ended by itself meanwhile; then this does nothing.
    child.kill().unwrap();
    child.wait().unwrap().code().is_none()
}

fn lines(path: &Path) -> usize {
    let bytes = std::fs::read(path).unwrap_or_default();
    bytes.iter().filter(|byte| **byte == b'\n').count()
}

/// A line that was cut off was not acknowledged.
fn complete_lines(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let complete = text.rfind('\n').map_or("", |end| &text[..end]);
    complete.lines().map(str::to_string).collect()
}

fn keep(acknowledged: &mut Acknowledged, verdict: v1::Verdict) {
    let id = verdict.verdict_id.clone();
    let before = acknowledged.verdicts.insert(id, verdict.clone());
    assert!(before.is_none_or(|before| before == verdict), "{verdict:?}");
}

/// `sameuser serve`, fed by a client, until it is killed.
pub fn serve_until(
    scenario: &Arc<Scenario>,
    data: &Path,
    moment: Moment,
    acknowledged: &mut Acknowledged,
) {
    let configuration = configuration(data);
    let server = Server::start_with(data, |command| {
        command.arg("--config").arg(configuration);
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(ask_again(scenario, &server, acknowledged));
    let counter = Arc::new(AtomicUsize::new(0));
    let killer = killer(server.process_id(), counter.clone(), moment);
    runtime.block_on(feed(scenario, &server, &counter, acknowledged));
    // Where everything was fed before the moment came, it comes now.
    counter.store(usize::MAX, Ordering::Relaxed);
    killer.join().unwrap();
    server.wait();
}

/// Checkpoints of the state every few hundred events, so that some are under way when the blow falls.
fn configuration(data: &Path) -> PathBuf {
    let path = data.with_extension("toml");
    std::fs::write(&path, "checkpoint_every_events = 300\n").unwrap();
    path
}

fn killer(process: u32, counter: Arc<AtomicUsize>, moment: Moment) -> JoinHandle<()> {
    std::thread::spawn(move || {
        while counter.load(Ordering::Relaxed) < moment.acknowledgements {
            std::thread::sleep(LOOK_EVERY);
        }
        std::thread::sleep(moment.later);
        let process = process.to_string();
        let killed = Command::new("kill").args(["-9", &process]).status();
        assert!(killed.unwrap().success());
    })
}

/// What was acknowledged before is known: events are duplicates, verdicts are as they were.
async fn ask_again(scenario: &Scenario, server: &Server, acknowledged: &Acknowledged) {
    let known = &scenario.events[..acknowledged.events];
    let again = known[known.len().saturating_sub(EVENTS_SENT_AGAIN)..].to_vec();
    for result in server.publish(again).await {
        assert!(result.duplicate && result.error.is_none(), "{result:?}");
    }
    let mut client = server.verdicts().await;
    let verdicts = &acknowledged.verdicts;
    let step = verdicts.len() / VERDICTS_READ_BACK + 1;
    for (id, known) in verdicts.iter().step_by(step) {
        let request = v1::GetVerdictRequest {
            verdict_id: id.clone(),
        };
        let found = client.get_verdict(request).await.unwrap().into_inner();
        assert_eq!(found.verdict.as_ref(), Some(known));
    }
}

/// Publishes from the first event not acknowledged on, asking what is due, until the server is gone or
/// nothing is left.
async fn feed(
    scenario: &Arc<Scenario>,
    server: &Server,
    counter: &Arc<AtomicUsize>,
    acknowledged: &mut Acknowledged,
) {
    let from = acknowledged.events;
    let (out, is_out) = watch::channel(from);
    let publishing = tokio::spawn(publish(
        scenario.clone(),
        server.events().await,
        from,
        counter.clone(),
        out,
    ));
    let mut channel = Some(server.verdicts().await);
    let mut asking = JoinSet::new();
    for number in 0..scenario.checks.len() {
        if acknowledged.answered.contains(&number) {
            continue;
        }
        let due = scenario.due[number];
        let mut waiting = is_out.clone();
        // The publisher is gone before the question is due: so is the server.
        if waiting.wait_for(|out| *out >= due).await.is_err() {
            break;
        }
        while asking.len() >= QUESTIONS_AT_ONCE {
            if !take_answer(asking.join_next().await.unwrap().unwrap(), acknowledged) {
                channel = None;
            }
        }
        let Some(client) = &channel else { break };
        let (mut client, counter) = (client.clone(), counter.clone());
        let check = scenario.checks[number].clone();
        asking.spawn(async move {
            let answer = client.check_discount(check).await;
            counter.fetch_add(usize::from(answer.is_ok()), Ordering::Relaxed);
            (number, answer)
        });
    }
    while let Some(answer) = asking.join_next().await {
        take_answer(answer.unwrap(), acknowledged);
    }
    drop(is_out);
    acknowledged.events = publishing.await.unwrap();
}

type Answer = (
    usize,
    Result<tonic::Response<v1::CheckDiscountResponse>, tonic::Status>,
);

/// Keeps an answer; an error is the server's end.
fn take_answer((number, answer): Answer, acknowledged: &mut Acknowledged) -> bool {
    let Ok(answer) = answer else { return false };
    keep(acknowledged, answer.into_inner().verdict.unwrap());
    acknowledged.answered.insert(number);
    true
}

/// Answers how many events are acknowledged when the stream ends, however it ends.
async fn publish(
    scenario: Arc<Scenario>,
    mut client: v1::event_service_client::EventServiceClient<tonic::transport::Channel>,
    from: usize,
    counter: Arc<AtomicUsize>,
    out: watch::Sender<usize>,
) -> usize {
    let (sender, requests) = tokio::sync::mpsc::channel(MESSAGES_AHEAD);
    let (feeding, room) = (scenario.clone(), Arc::new(Semaphore::new(MESSAGES_AHEAD)));
    let has_room = room.clone();
    tokio::spawn(async move {
        for events in feeding.events[from..].chunks(EVENTS_A_MESSAGE) {
            let events = events.to_vec();
            has_room.acquire().await.unwrap().forget();
            if sender
                .send(v1::PublishEventsRequest { events })
                .await
                .is_err()
            {
                return;
            }
        }
    });
    let mut acknowledged = from;
    let Ok(answers) = client.publish_events(ReceiverStream::new(requests)).await else {
        return acknowledged;
    };
    let mut answers = answers.into_inner();
    while let Ok(Some(answer)) = answers.message().await {
        for result in answer.results {
            assert!(result.error.is_none(), "{result:?}");
            assert_eq!(result.event_id, scenario.events[acknowledged].event_id);
            acknowledged += 1;
        }
        counter.fetch_add(EVENTS_A_MESSAGE, Ordering::Relaxed);
        room.add_permits(1);
        let _nobody_asks = out.send(acknowledged);
    }
    // All acknowledged: whoever asks goes on; the server gone: whoever asks is told by the drop.
    if acknowledged == scenario.events.len() {
        let _nobody_asks = out.send(acknowledged);
        out.closed().await;
    }
    acknowledged
}
