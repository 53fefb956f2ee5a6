//! Promise 3: every answer that promises durability follows a sync. A kill does not show it (what was
//! written survives the process), so the server runs under `strace`, and for every answer the trace
//! must show: its row written to the write-ahead log, then a sync of that log begun and ended, then
//! the answer written to the client's socket.

mod trace;

use std::{collections::BTreeMap, fmt::Write, path::Path, process::Command};

use sameuser::edge::proto::v1;
use tokio::task::JoinSet;
use trace::{Trace, Traced};

use crate::support::{CAMPAIGN, Kind, check, event, folder, is_soak, program, repository};

/// Answers of each kind, one at a time.
const ANSWERS: usize = 20;
const ANSWERS_IN_A_LONG_RUN: usize = 200;
/// Verdicts asked for at once.
const AT_ONCE: usize = 64;

#[test]
fn a_sync_precedes_every_durable_answer() {
    let folder = folder();
    let trace_file = folder.path().join("trace");
    let server = Traced::start(&folder.path().join("data"), &trace_file);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let answers = if is_soak() {
        ANSWERS_IN_A_LONG_RUN
    } else {
        ANSWERS
    };
    let markers = runtime.block_on(drive(&server, answers));
    server.stop();

    let trace = Trace::read(&trace_file);
    let mut record = String::new();
    for (kind, markers) in &markers {
        let gaps: Vec<_> = markers.iter().map(|marker| trace.check(marker)).collect();
        let shortest = gaps.iter().map(|found| found.micros()).min().unwrap();
        writeln!(
            record,
            "{kind}: answers {}, each after a sync; {shortest} µs at least from row to answer",
            gaps.len()
        )
        .unwrap();
        writeln!(record, "{}", gaps[0]).unwrap();
    }
    println!("{record}");
    if is_soak() {
        keep_record(&record);
    }
}

/// Has everything durable answered that there is; answers, for each kind of answer, words that stand
/// in its row and in the answer itself.
async fn drive(server: &Traced, answers: usize) -> BTreeMap<&'static str, Vec<String>> {
    let server = server.server();
    let mut markers = BTreeMap::<_, Vec<String>>::new();
    let at = "2026-06-18T10:00:00+08:00";
    let named = |name: String| {
        let mut event = event(Kind::Login, &name, at);
        event.event_id = name;
        event
    };
    for number in 0..answers {
        let name = format!("traced-event-{number}-");
        server.accept(vec![named(name.clone())]).await;
        markers
            .entry("events, one a message")
            .or_default()
            .push(name);

        let batch: Vec<_> = (0..30)
            .map(|n| format!("traced-batch-{number}-{n}-"))
            .collect();
        server
            .accept(batch.iter().cloned().map(named).collect())
            .await;
        let of_batch = markers.entry("events, thirty a message").or_default();
        of_batch.extend([batch[0].clone(), batch[29].clone()]);

        let task = format!("traced-task-{number}-");
        let account = format!("traced-event-{number}-");
        server.ask(check(&account, &task)).await.unwrap();
        markers.entry("verdicts").or_default().push(task);

        let tasks: Vec<_> = (0..5)
            .map(|n| format!("traced-five-{number}-{n}-"))
            .collect();
        let requests = tasks.iter().map(|task| check(&account, task)).collect();
        let request = v1::BatchCheckDiscountsRequest { requests };
        let mut client = server.verdicts().await;
        client.batch_check_discounts(request).await.unwrap();
        let of_five = markers.entry("verdicts, five a batch").or_default();
        of_five.extend([tasks[0].clone(), tasks[4].clone()]);
    }
    let mut asking = JoinSet::new();
    let client = server.verdicts().await;
    for number in 0..AT_ONCE {
        let task = format!("traced-at-once-{number}-");
        let (mut client, request) = (client.clone(), check("traced-event-0-", &task));
        asking.spawn(async move { client.check_discount(request).await.unwrap() });
        markers
            .entry("verdicts, 64 at once")
            .or_default()
            .push(task);
    }
    asking.join_all().await;
    let reason = "traced-suspension-".to_string();
    let request = v1::SuspendCampaignRequest {
        campaign_id: CAMPAIGN.into(),
        reason: reason.clone(),
    };
    let mut client = server.campaigns().await;
    client.suspend_campaign(request).await.unwrap();
    markers
        .entry("campaign revisions")
        .or_default()
        .push(reason);
    markers
}

fn keep_record(record: &str) {
    let folder = repository().join("docs/records");
    std::fs::create_dir_all(&folder).unwrap();
    let version = |command: &str, argument: &str| {
        let output = Command::new(command).arg(argument).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.lines().next().unwrap_or_default().to_string()
    };
    let head = format!(
        "System calls of `sameuser serve`, as strace saw them: for each answer, its row in the log, the \
         sync, the answer.\n{}, {}, {}\n\n",
        chrono::Utc::now().format("%Y-%m-%d"),
        version("uname", "-srm"),
        version("strace", "--version"),
    );
    let path = folder.join("durable-answers.txt");
    std::fs::write(Path::new(&path), head + record).unwrap();
}

/// The program under `strace`.
fn traced_program(trace_file: &Path) -> Command {
    let mut command = Command::new("strace");
    command.args(["--follow-forks", "--decode-fds=all", "--string-limit=65536"]);
    command.args(["--absolute-timestamps=precision:us,format:unix"]);
    command.args(["--trace=fsync,fdatasync,write,writev,pwrite64,pwritev,sendto,sendmsg"]);
    command.arg("--output").arg(trace_file);
    command.arg(program().get_program()).env("NO_COLOR", "1");
    command
}
