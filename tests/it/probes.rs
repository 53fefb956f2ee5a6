//! What standard probes and tools see: health, reflection, metrics, readiness.

use std::collections::BTreeSet;

use sameuser::edge::proto::v1;
use tokio_stream::StreamExt;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};

use crate::support::{Kind, Server, check, event, folder};

#[tokio::test]
async fn health_says_serving_until_the_server_stops() {
    let folder = folder();
    let server = Server::start(folder.path());
    let mut health = HealthClient::new(server.channel().await);
    let request = HealthCheckRequest {
        service: String::new(),
    };
    let answer = health.check(request.clone()).await.unwrap().into_inner();
    assert_eq!(answer.status(), ServingStatus::Serving);
    let mut watched = health.watch(request).await.unwrap().into_inner();
    let first = watched.next().await.unwrap().unwrap();
    assert_eq!(first.status(), ServingStatus::Serving);
    server.signal("TERM");
    let second = watched.next().await.unwrap().unwrap();
    assert_eq!(second.status(), ServingStatus::NotServing);
    drop((watched, health));
    let (status, log) = server.ended().await;
    assert!(status.success(), "{log}");
}

/// Tools without our protos learn every service, and every method of it, from the server.
#[tokio::test]
async fn reflection_tells_every_service() {
    let folder = folder();
    let server = Server::start(folder.path());
    let mut client = ServerReflectionClient::new(server.channel().await);
    let ask = |message_request| ServerReflectionRequest {
        host: String::new(),
        message_request: Some(message_request),
    };
    let symbol = "sameuser.v1.VerdictService".to_string();
    let requests = tokio_stream::iter([
        ask(MessageRequest::ListServices(String::new())),
        ask(MessageRequest::FileContainingSymbol(symbol)),
    ]);
    let mut answers = client
        .server_reflection_info(requests)
        .await
        .unwrap()
        .into_inner();
    let listed = answers.next().await.unwrap().unwrap();
    let Some(MessageResponse::ListServicesResponse(listed)) = listed.message_response else {
        panic!("{listed:?}");
    };
    let services: BTreeSet<String> = listed.service.into_iter().map(|one| one.name).collect();
    for service in [
        "sameuser.v1.EventService",
        "sameuser.v1.VerdictService",
        "sameuser.v1.CampaignService",
        "sameuser.v1.ReviewService",
        "grpc.health.v1.Health",
    ] {
        assert!(services.contains(service), "{service} in {services:?}");
    }
    let file = answers.next().await.unwrap().unwrap();
    let Some(MessageResponse::FileDescriptorResponse(file)) = file.message_response else {
        panic!("{file:?}");
    };
    let descriptors = file.file_descriptor_proto.concat();
    for method in ["CheckDiscount", "BatchCheckDiscounts", "GetVerdict"] {
        let told = descriptors
            .windows(method.len())
            .any(|window| window == method.as_bytes());
        assert!(told, "{method} is described");
    }
}

/// The value of a metric; 0 where it was never counted.
fn value(metrics: &str, series: &str) -> f64 {
    let line = metrics
        .lines()
        .find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.map_or(0.0, |value| value.parse().unwrap())
}

#[tokio::test]
async fn metrics_count_what_happened() {
    let folder = folder();
    let server = Server::start(folder.path());
    let login = event(Kind::Login, "a1", "2025-06-01T12:00:00Z");
    let mut refused = event(Kind::Login, "a2", "2025-06-01T12:00:00Z");
    refused.ip_address = "nowhere".into();
    server.publish(vec![login.clone(), login, refused]).await;
    server.ask(check("a1", "t1")).await.unwrap();
    server.ask(check("a2", "t2")).await.unwrap();
    let unasked = v1::CheckDiscountRequest::default();
    server.ask(unasked).await.unwrap_err();
    let metrics = server.get("/metrics").1;
    for (series, expected) in [
        (
            "sameuser_events_total{door=\"grpc\",outcome=\"accepted\"}",
            1.0,
        ),
        (
            "sameuser_events_total{door=\"grpc\",outcome=\"duplicate\"}",
            1.0,
        ),
        (
            "sameuser_events_total{door=\"grpc\",outcome=\"refused\"}",
            1.0,
        ),
        (
            "sameuser_verdicts_total{decision=\"allow\",reason=\"eligible\"}",
            1.0,
        ),
        (
            "sameuser_verdicts_total{decision=\"deny\",reason=\"unknown_account\"}",
            1.0,
        ),
        ("sameuser_refusals_total{code=\"INVALID_ARGUMENT\"}", 1.0),
    ] {
        assert_eq!(value(&metrics, series), expected, "{series} in {metrics}");
    }
    assert!(
        value(&metrics, "sameuser_journal_commit_seconds_count") >= 1.0,
        "{metrics}"
    );
    assert!(
        value(&metrics, "sameuser_journal_commit_entries_count") >= 1.0,
        "{metrics}"
    );
    // Gauges follow by themselves.
    while value(&server.get("/metrics").1, "sameuser_graph_accounts") < 1.0 {
        tokio::task::yield_now().await;
    }
    let metrics = server.get("/metrics").1;
    assert!(
        value(&metrics, "sameuser_graph_identifiers") >= 4.0,
        "{metrics}"
    );
    // Every series that is there says what it is.
    let described: BTreeSet<&str> = metrics
        .lines()
        .filter_map(|line| line.strip_prefix("# HELP ")?.split(' ').next())
        .collect();
    for line in metrics.lines().filter(|line| line.starts_with("# TYPE ")) {
        let name = line.split(' ').nth(2).unwrap();
        assert!(described.contains(name), "{name} is described");
    }
}

#[test]
fn readiness_and_liveness_are_told_over_http() {
    let folder = folder();
    let server = Server::start(folder.path());
    assert_eq!(server.get("/healthz"), (200, "ok\n".into()));
    assert_eq!(server.get("/readyz"), (200, "ready\n".into()));
}
