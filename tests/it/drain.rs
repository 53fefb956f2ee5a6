//! Stopping, deadlines, and what standard probes see.

use sameuser::edge::proto::v1::Decision;

use crate::support::{Kind, Server, check, event, folder};

#[tokio::test]
async fn smoke() {
    let folder = folder();
    let server = Server::start(folder.path());
    server
        .accept(vec![event(
            Kind::Registration,
            "a1",
            "2026-06-16T09:00:00+08:00",
        )])
        .await;
    let verdict = server.ask(check("a1", "t1")).await.unwrap();
    assert_eq!(verdict.decision(), Decision::Allow);
    let (status, log) = server.stop();
    assert!(status.success(), "{log}");
}
