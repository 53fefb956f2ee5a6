//! What is no message, or no gRPC at all. The server answers each with a refusal or hangs up, and goes
//! on serving everybody else.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use prost::{
    Message,
    bytes::{Buf, BufMut, Bytes},
};
use sameuser::edge::proto::v1;
use tonic::{
    Code, Request, Status, Streaming,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    codegen::http::uri::PathAndQuery,
};

use super::{outcome, refused, told};
use crate::support::{Kind, Server, check, event, folder};

const CHECK: &str = "/sameuser.v1.VerdictService/CheckDiscount";
const PUBLISH: &str = "/sameuser.v1.EventService/PublishEvents";

/// Sends bytes as they are, well framed, whatever they mean.
#[derive(Default)]
struct RawBytes;

impl Codec for RawBytes {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = RawBytes;
    type Decoder = RawBytes;

    fn encoder(&mut self) -> RawBytes {
        RawBytes
    }

    fn decoder(&mut self) -> RawBytes {
        RawBytes
    }
}

impl Encoder for RawBytes {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, bytes: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(bytes);
        Ok(())
    }
}

impl Decoder for RawBytes {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}

async fn call(server: &Server, path: &'static str, bytes: Vec<u8>) -> Result<Bytes, Status> {
    let mut client = Grpc::new(server.channel().await);
    client.ready().await.unwrap();
    let path = PathAndQuery::from_static(path);
    let request = Request::new(Bytes::from(bytes));
    Ok(client.unary(request, path, RawBytes).await?.into_inner())
}

async fn stream(server: &Server, messages: Vec<Vec<u8>>) -> Streaming<Bytes> {
    let mut client = Grpc::new(server.channel().await);
    client.ready().await.unwrap();
    let messages = messages.into_iter().map(Bytes::from).collect::<Vec<_>>();
    let request = Request::new(tokio_stream::iter(messages));
    let path = PathAndQuery::from_static(PUBLISH);
    client
        .streaming(request, path, RawBytes)
        .await
        .unwrap()
        .into_inner()
}

async fn served() -> (tempfile::TempDir, Server) {
    let folder = folder();
    let server = Server::start(folder.path());
    let account = event(Kind::Registration, "a1", "2025-06-16T09:00:00+08:00");
    server.accept(vec![account]).await;
    (folder, server)
}

/// Every proper prefix of a question that ends within a field does not parse; what ends between two
/// fields is a question that lacks some. None is answered with a verdict.
#[tokio::test]
async fn truncated_protobuf_is_refused() {
    let (_folder, server) = served().await;
    let whole = check("a1", "t1").encode_to_vec();
    for length in 0..whole.len() {
        let status = call(&server, CHECK, whole[..length].into())
            .await
            .unwrap_err();
        assert!(
            matches!(status.code(), Code::InvalidArgument | Code::Internal),
            "cut to {length} bytes: {status}"
        );
    }
    assert!(!call(&server, CHECK, whole).await.unwrap().is_empty());
}

#[tokio::test]
async fn bytes_that_are_no_protobuf_are_refused() {
    let (_folder, server) = served().await;
    let endless_number = vec![0xff; 64];
    let wrong_wire_type = vec![0x0d, 1, 2, 3, 4];
    let not_utf8 = vec![0x0a, 2, 0xff, 0xfe];
    let longer_than_it_is = vec![0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f, b'x'];
    let groups_without_end = [0x0b].repeat(10_000);
    for bytes in [
        endless_number,
        wrong_wire_type,
        not_utf8,
        longer_than_it_is,
        groups_without_end,
        br#"{"campaignId":"json, really"}"#.to_vec(),
    ] {
        let status = call(&server, CHECK, bytes).await.unwrap_err();
        assert_eq!(status.code(), Code::Internal, "{status}");
        assert!(status.message().contains("decode"), "{status}");
    }
    server.ask(check("a1", "t1")).await.unwrap();
}

/// A broken message ends its own stream, after the answers to what came before it.
#[tokio::test]
async fn a_broken_message_ends_its_stream_and_loses_nothing_before_it() {
    let (_folder, server) = served().await;
    let mut other = server.events().await;
    let (sender, receiver) = tokio::sync::mpsc::channel(4);
    let receiver = tokio_stream::wrappers::ReceiverStream::new(receiver);
    let request = |account: &str| v1::PublishEventsRequest {
        events: vec![event(Kind::Login, account, "2025-06-16T09:00:00+08:00")],
    };
    sender.send(request("on another stream")).await.unwrap();
    let mut others = other.publish_events(receiver).await.unwrap().into_inner();
    assert_eq!(others.message().await.unwrap().unwrap().results.len(), 1);

    let good = request("before").encode_to_vec();
    let broken = good[..good.len() - 1].to_vec();
    let after = request("after").encode_to_vec();
    let mut answers = stream(&server, vec![good, broken, after]).await;
    let first = answers.message().await.unwrap().unwrap();
    let first = v1::PublishEventsResponse::decode(first).unwrap();
    assert_eq!(outcome(&first.results[0]), None);
    let status = answers.message().await.unwrap_err();
    assert_eq!(status.code(), Code::Internal, "{status}");

    sender
        .send(request("still on another stream"))
        .await
        .unwrap();
    let result = &others.message().await.unwrap().unwrap().results[0];
    assert_eq!(outcome(result), None);
    for (account, known) in [("before", true), ("after", false)] {
        let verdict = server.ask(check(account, "t1")).await.unwrap();
        let unknown = verdict.reasons[0].code() == v1::ReasonCode::UnknownAccount;
        assert_eq!(unknown, !known, "{account}");
    }
}

/// A message with more than 1,000 events ends its stream, naming the field; none of it is taken in.
#[tokio::test]
async fn a_message_of_more_than_1000_events_is_refused_whole() {
    let (_folder, server) = served().await;
    let message = |count: usize| v1::PublishEventsRequest {
        events: (0..count)
            .map(|n| {
                event(
                    Kind::Login,
                    &format!("one of {count}: {n}"),
                    "2025-06-16T09:00:00Z",
                )
            })
            .collect(),
    };
    let mut client = server.events().await;
    let requests = tokio_stream::iter([message(1000), message(1001)]);
    let mut answers = client.publish_events(requests).await.unwrap().into_inner();
    let first = answers.message().await.unwrap().unwrap();
    assert_eq!(first.results.len(), 1000);
    let status = answers.message().await.unwrap_err();
    assert_eq!(told(&status), refused(Code::InvalidArgument, &["events"]));
    let verdict = server.ask(check("one of 1001: 0", "t1")).await.unwrap();
    assert_eq!(verdict.reasons[0].code(), v1::ReasonCode::UnknownAccount);
}

/// A message over 8 MiB is not even read.
#[tokio::test]
async fn a_message_over_the_size_limit_is_refused() {
    let (_folder, server) = served().await;
    let status = call(&server, CHECK, vec![0x0a; 8 * 1024 * 1024 + 1])
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::OutOfRange, "{status}");
    server.ask(check("a1", "t1")).await.unwrap();
}

#[tokio::test]
async fn an_unknown_method_or_service_is_unimplemented() {
    let (_folder, server) = served().await;
    for path in [
        "/sameuser.v1.VerdictService/Guess",
        "/sameuser.v9.VerdictService/CheckDiscount",
    ] {
        let status = call(&server, path, Vec::new()).await.unwrap_err();
        assert_eq!(status.code(), Code::Unimplemented, "{status}");
    }
}

/// Bytes on the gRPC port that are no HTTP/2, or HTTP/2 that breaks off or breaks its rules: the server
/// hangs up on that connection and goes on serving the others.
#[tokio::test]
async fn broken_frames_end_their_own_connection_only() {
    let (_folder, server) = served().await;
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    // Length, type, flags, stream: settings; data on stream 0; headers of 16 MiB; an unknown frame.
    const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
    const DATA_ON_STREAM_0: &[u8] = &[0, 0, 1, 0, 0, 0, 0, 0, 0, b'x'];
    const HUGE_HEADERS: &[u8] = &[0xff, 0xff, 0xff, 1, 4, 0, 0, 0, 1];
    const GARBLED_HEADERS: &[u8] = &[0, 0, 4, 1, 4, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff];
    for (name, parts) in [
        ("random bytes", vec![&[0x17; 512][..]]),
        (
            "HTTP/1.1",
            vec![&b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"[..]],
        ),
        (
            "TLS",
            vec![&[22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3][..], &[7; 200][..]],
        ),
        ("half a preface", vec![&PREFACE[..12]]),
        ("no settings", vec![PREFACE, DATA_ON_STREAM_0]),
        (
            "data on stream 0",
            vec![PREFACE, SETTINGS, DATA_ON_STREAM_0],
        ),
        ("headers of 16 MiB", vec![PREFACE, SETTINGS, HUGE_HEADERS]),
        (
            "headers that are none",
            vec![PREFACE, SETTINGS, GARBLED_HEADERS],
        ),
        (
            "a frame cut off",
            vec![PREFACE, SETTINGS, &HUGE_HEADERS[..5]],
        ),
    ] {
        let mut connection = TcpStream::connect(server.grpc).unwrap();
        for part in parts {
            // The server may have hung up already.
            if connection.write_all(part).is_err() {
                break;
            }
        }
        let _hung_up = connection.shutdown(std::net::Shutdown::Write);
        // The end of the answer, or a reset: both are the server's hanging up.
        let _answer = connection.read_to_end(&mut Vec::new());
        let verdict = server
            .ask(check("a1", &format!("after {name}")))
            .await
            .unwrap();
        assert_eq!(verdict.decision(), v1::Decision::Allow, "after {name}");
    }
}

/// The same on the HTTP port; and what it does not serve it says so.
#[tokio::test]
async fn broken_http_ends_its_own_connection_only() {
    let (_folder, server) = served().await;
    for bytes in [
        &[0u8; 4096][..],
        b"GET",
        b"NONSENSE / HTTP/9.9\r\n\r\n",
        &[b'x'; 1 << 20],
    ] {
        let mut connection = TcpStream::connect(server.http).unwrap();
        let _hung_up = connection.write_all(bytes);
        let _hung_up = connection.shutdown(std::net::Shutdown::Write);
        let _answer = connection.read_to_end(&mut Vec::new());
        assert_eq!(server.get("/healthz").0, 200);
    }
    assert_eq!(server.get("/assets/nothing-here").0, 404);
    assert_eq!(server.get("/assets/../../etc/passwd").0, 404);
    // Whatever else is asked for, the console's page says whether it has it.
    let page = server.get("/");
    assert_eq!(server.get("/nothing-here"), page);
    assert_eq!(server.get("/../../etc/passwd"), page);
}
