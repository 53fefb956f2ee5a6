//! Deadlines: past its own a call answers an error, never a stale verdict; asking again tells what
//! became of it.

use prost::{Message, bytes::Bytes};
use rusqlite::{Connection, OpenFlags};
use sameuser::edge::proto::v1::{CheckDiscountRequest, CheckDiscountResponse, Decision};
use tokio::net::TcpStream;
use tonic::codegen::http;

use crate::support::{Kind, Server, check, event, folder};

/// What a server answered: `grpc-status`, and the message where there is one.
struct Answer {
    status: String,
    message: Option<CheckDiscountResponse>,
}

/// Asks with a deadline as its header says it. gRPC clients end a call at its deadline themselves; this
/// one waits for what the server says.
async fn ask(server: &Server, question: CheckDiscountRequest, deadline: &str) -> Answer {
    let connection = TcpStream::connect(server.grpc).await.unwrap();
    let (client, connection) = h2::client::handshake(connection).await.unwrap();
    tokio::spawn(connection);
    let request = http::Request::post(format!(
        "http://{}/sameuser.v1.VerdictService/CheckDiscount",
        server.grpc
    ))
    .header("content-type", "application/grpc")
    .header("te", "trailers")
    .header("grpc-timeout", deadline)
    .body(())
    .unwrap();
    let mut client = client.ready().await.unwrap();
    let (response, mut body) = client.send_request(request, false).unwrap();
    let question = question.encode_to_vec();
    // One frame: not compressed, its length, the message.
    let mut framed = vec![0];
    framed.extend(u32::try_from(question.len()).unwrap().to_be_bytes());
    framed.extend(question);
    body.send_data(Bytes::from(framed), true).unwrap();
    let (head, mut body) = response.await.unwrap().into_parts();
    let mut bytes = Vec::new();
    while let Some(data) = body.data().await {
        let data = data.unwrap();
        body.flow_control().release_capacity(data.len()).unwrap();
        bytes.extend_from_slice(&data);
    }
    let trailers = body.trailers().await.unwrap().unwrap_or(head.headers);
    let status = trailers.get("grpc-status").unwrap().to_str().unwrap();
    Answer {
        status: status.into(),
        message: bytes
            .get(5..)
            .map(|message| CheckDiscountResponse::decode(message).unwrap()),
    }
}

async fn served() -> (tempfile::TempDir, Server) {
    let folder = folder();
    let server = Server::start(folder.path());
    let login = event(Kind::Login, "a1", "2025-06-01T12:00:00Z");
    server.accept(vec![login]).await;
    (folder, server)
}

const DEADLINE_EXCEEDED: &str = "4";
const OK: &str = "0";

/// No commit is done within a nanosecond, so the answer is DEADLINE_EXCEEDED. Whether a verdict was
/// recorded is not known, and asking again tells it: one verdict, the same from then on.
#[tokio::test]
async fn a_tiny_deadline_is_exceeded_and_asking_again_tells_the_outcome() {
    let (folder, server) = served().await;
    for (number, deadline) in ["1n", "0n", "1u", "0S"].into_iter().enumerate() {
        let question = check("a1", &format!("task {number}"));
        let answer = ask(&server, question.clone(), deadline).await;
        assert_eq!(answer.status, DEADLINE_EXCEEDED, "{deadline}");
        assert!(answer.message.is_none());
        let verdict = server.ask(question.clone()).await.unwrap();
        assert_eq!(verdict.decision(), Decision::Allow);
        assert_eq!(server.ask(question).await.unwrap(), verdict);
    }
    let metrics = server.get("/metrics").1;
    let counted = "sameuser_refusals_total{code=\"DEADLINE_EXCEEDED\"} 4";
    assert!(metrics.contains(counted), "{metrics}");

    let (status, log) = server.stopped().await;
    assert!(status.success(), "{log}");
    let path = folder.path().join("sameuser.db");
    let store = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let (verdicts, tasks): (i64, i64) = store
        .query_row(
            "SELECT count(*), count(DISTINCT task_id) FROM verdict",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    assert_eq!((verdicts, tasks), (4, 4), "each task once");
}

/// A deadline that leaves time is kept; one that is no deadline is as none.
#[tokio::test]
async fn a_deadline_with_time_is_kept() {
    let (_folder, server) = served().await;
    for (number, deadline) in ["20S", "99999999H", "1M", "30000m", "soon", "", "n", "-1S"]
        .into_iter()
        .enumerate()
    {
        let answer = ask(&server, check("a1", &format!("task {number}")), deadline).await;
        assert_eq!(answer.status, OK, "{deadline}");
        let verdict = answer.message.unwrap().verdict.unwrap();
        assert_eq!(verdict.decision(), Decision::Allow);
    }
}
