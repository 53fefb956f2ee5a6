//! Promise 10: a store that can't be written answers an error, never a wrong verdict, and stops; with
//! space again it opens with everything it ever acknowledged.

use std::{collections::BTreeMap, path::Path, process::Command};

use sameuser::edge::proto::v1;
use tonic::Code;

use crate::support::{Kind, Server, check, event, folder, program, run_ok};

/// No file may grow beyond so many blocks of 512 bytes: less than two megabytes, of which the model takes a third.
const BLOCKS: usize = 3200;

/// A server whose files may not grow beyond a limit: writes past it fail as on a full disk.
fn limited(data: &Path) -> Server {
    let mut command = Command::new("sh");
    // The signal that comes with the refused write would end the process before it could answer.
    let script = format!("trap '' XFSZ; ulimit -f {BLOCKS}; exec \"$0\" \"$@\"");
    command.arg("-c").arg(script).arg(program().get_program());
    command.arg("serve").arg("--data").arg(data);
    command.args(["--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"]);
    command.env("NO_COLOR", "1");
    Server::spawn(command)
}

#[derive(Default)]
struct Acknowledged {
    events: Vec<v1::Event>,
    verdicts: BTreeMap<String, v1::Verdict>,
}

#[tokio::test]
async fn a_full_disk_refuses_stops_and_loses_nothing() {
    let folder = folder();
    let data = folder.path().join("data");
    let server = limited(&data);
    let mut acknowledged = Acknowledged::default();
    let refused = fill(&server, &mut acknowledged).await;
    assert_eq!(refused.code(), Code::Unavailable, "{refused:?}");
    // Not on this thread: the client's connections must learn that the server says goodbye.
    let (status, log) = tokio::task::spawn_blocking(|| server.wait()).await.unwrap();
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(log.contains("the store failed"), "{log}");
    assert!(acknowledged.verdicts.len() > 3, "it filled too early");

    let data_text = data.to_str().unwrap();
    run_ok(["verify", "--data", data_text]);
    let server = Server::start(&data);
    for batch in acknowledged.events.chunks(500) {
        for result in server.publish(batch.to_vec()).await {
            assert!(result.duplicate && result.error.is_none(), "{result:?}");
        }
    }
    let mut client = server.verdicts().await;
    for (verdict_id, known) in acknowledged.verdicts {
        let request = v1::GetVerdictRequest { verdict_id };
        let found = client.get_verdict(request).await.unwrap().into_inner();
        assert_eq!(found.verdict, Some(known));
    }
    // And it goes on.
    let late = event(Kind::Login, "after", "2026-06-18T12:00:00+08:00");
    server.accept(vec![late]).await;
    let verdict = server.ask(check("after", "task-after")).await.unwrap();
    assert_eq!(verdict.decision(), v1::Decision::Allow);
}

/// Publishes and asks until something is refused; answers how.
async fn fill(server: &Server, acknowledged: &mut Acknowledged) -> tonic::Status {
    let channel = server.channel().await;
    let mut publisher = v1::event_service_client::EventServiceClient::new(channel.clone());
    let mut asker = v1::verdict_service_client::VerdictServiceClient::new(channel);
    for round in 0..1000 {
        let at = "2026-06-18T10:00:00+08:00";
        let events: Vec<_> = (0..200)
            .map(|number| {
                let mut event = event(Kind::Login, &format!("account-{round}-{number}"), at);
                event.device.as_mut().unwrap().model = "M".repeat(200);
                event
            })
            .collect();
        let request = v1::PublishEventsRequest {
            events: events.clone(),
        };
        let stream = publisher.publish_events(tokio_stream::once(request)).await;
        let answer = match stream {
            Ok(stream) => stream.into_inner().message().await,
            Err(status) => Err(status),
        };
        match answer {
            Ok(answer) => {
                let results = answer.unwrap().results;
                assert!(results.iter().all(|result| result.error.is_none()));
                acknowledged.events.extend(events);
            }
            Err(status) => return status,
        }
        let question = check(&format!("account-{round}-0"), &format!("task-{round}"));
        match asker.check_discount(question).await {
            Ok(answer) => {
                let verdict = answer.into_inner().verdict.unwrap();
                assert_eq!(verdict.decision(), v1::Decision::Allow);
                acknowledged
                    .verdicts
                    .insert(verdict.verdict_id.clone(), verdict);
            }
            Err(status) => return status,
        }
    }
    panic!("the disk never filled");
}
