//! The server: gRPC and HTTP doors over one node, on one current-thread runtime, from ready to
//! drained.

use std::{future::Future, net::SocketAddr, time::Duration};

use axum::serve::Listener;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{
    service::{InterceptorLayer, Routes, RoutesBuilder},
    transport::{Certificate, Identity, Server, ServerTlsConfig},
};
use tonic_health::{ServingStatus, server::HealthReporter};

use super::{
    calls::CallLayer,
    connections::BoundedListener,
    console::door::Console,
    grpc::{self, CampaignDoor, EventDoor, PeopleDoor, ReviewDoor, VerdictDoor},
    http,
    proto::{
        DESCRIPTORS,
        v1::{
            campaign_service_server::CampaignServiceServer,
            event_service_server::EventServiceServer, people_service_server::PeopleServiceServer,
            review_service_server::ReviewServiceServer,
            verdict_service_server::VerdictServiceServer,
        },
    },
    pseudonym::Pseudonymiser,
    stream::{self, StreamSource},
    tls::{HttpTls, TlsError, TlsListener},
};
use crate::service::{node::Node, refusal::Refusal, runner::Runner};

/// A message has at most so many bytes.
const MESSAGE_BYTES_AT_MOST: usize = 8 * 1024 * 1024;
/// Calls under way a connection; past that the connection waits.
const CALLS_A_CONNECTION: u32 = 1024;
/// Calls get so long to finish once the server stops taking new ones.
const DRAIN_DEADLINE: Duration = Duration::from_secs(10);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(30);

/// Where the server listens, already bound.
pub struct Listeners {
    /// For gRPC.
    pub grpc: TcpListener,
    /// For HTTP.
    pub http: TcpListener,
}

/// Certificates for a listener that is not on loopback. Clients must show one of their own.
pub struct Tls {
    /// The server's certificate chain, PEM.
    pub certificate_pem: Vec<u8>,
    /// Its key, PEM.
    pub key_pem: Vec<u8>,
    /// Whoever signed the clients' certificates, PEM.
    pub client_authority_pem: Vec<u8>,
}

/// What can end a server besides its shutdown.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The transport failed.
    #[error("gRPC server: {0}")]
    Transport(#[from] tonic::transport::Error),
    /// Reflection could not be built.
    #[error("server reflection: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// The HTTP door's certificate can't be used.
    #[error("HTTP: {0}")]
    Tls(#[from] TlsError),
    /// HTTP failed.
    #[error("HTTP server: {0}")]
    Http(#[from] std::io::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Refusal),
}

/// Binds both listeners.
///
/// # Errors
/// An address is taken or not ours.
pub async fn bind(grpc: SocketAddr, http: SocketAddr) -> std::io::Result<Listeners> {
    Ok(Listeners {
        grpc: TcpListener::bind(grpc).await?,
        http: TcpListener::bind(http).await?,
    })
}

/// Serves until `shutdown`, then: refuse new calls, drain those under way, commit, checkpoint, close.
///
/// # Errors
/// The transport or the store failed.
pub async fn run(
    listeners: Listeners,
    (tls, http_tls): (Option<Tls>, Option<HttpTls>),
    (node, runner): (Node, Runner),
    pseudonymiser: Pseudonymiser,
    source: Option<StreamSource>,
    metrics: PrometheusHandle,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServerError> {
    // Doors close first, the store after them.
    let (close_doors, doors_closing) = watch::channel(false);
    let (close_store, store_closing) = watch::channel(false);
    let store = tokio::spawn(runner.run(closed(store_closing)));
    let console = Console::new(node.clone(), http_tls.is_some());
    let review = ReviewDoor::new(node.clone(), pseudonymiser.clone());
    let for_people = people_services(&node, review.clone(), doors_closing.clone());
    let routes = http::routes(node.clone(), metrics, console.routes(for_people));
    let http_closing = closed(doors_closing.clone());
    let http = open_http(listeners.http, http_tls, routes, http_closing)?;
    let (reporter, health) = tonic_health::server::health_reporter();
    let mut feed_ended = None;
    let mut caught_up = watch::channel(true).1;
    if let Some(source) = source {
        let closing = doors_closing.clone();
        let feed = stream::start(source, node.clone(), pseudonymiser.clone(), closing)?;
        (feed_ended, caught_up) = (Some(feed.ended), feed.caught_up);
    }
    let getting_ready = tokio::spawn(serve_once_caught_up(reporter.clone(), caught_up));
    let doors = tonic_server(tls)?
        .layer(CallLayer::default())
        .layer(InterceptorLayer::new(grpc::refuse_without_time))
        .add_routes(services(
            &node,
            pseudonymiser,
            review,
            doors_closing.clone(),
        )?)
        .add_service(health);
    let grpc_closing = closed(doors_closing);
    let incoming = TcpListenerStream::new(listeners.grpc);
    let incoming = tokio_stream::StreamExt::map(incoming, |stream| {
        let stream = stream?;
        stream.set_nodelay(true)?;
        Ok::<_, std::io::Error>(stream)
    });
    let mut grpc = tokio::spawn(doors.serve_with_incoming_shutdown(incoming, grpc_closing));
    tokio::pin!(store);
    let mut store_ended = None;
    tokio::select! {
        () = shutdown => {}
        ended = &mut grpc => flatten(ended)?,
        // Whoever waits for it is told UNAVAILABLE before the process goes.
        ended = &mut store => store_ended = Some(flatten_store(ended)),
    }
    tracing::info!("shutting down: no new calls");
    getting_ready.abort();
    reporter
        .set_service_status("", ServingStatus::NotServing)
        .await;
    let _no_receiver = close_doors.send(true);
    if !grpc.is_finished()
        && tokio::time::timeout(DRAIN_DEADLINE, &mut grpc)
            .await
            .is_err()
    {
        tracing::warn!(deadline = ?DRAIN_DEADLINE, "calls were still under way at the deadline");
        grpc.abort();
    }
    if let Some(ended) = feed_ended
        && tokio::time::timeout(DRAIN_DEADLINE, ended).await.is_err()
    {
        tracing::warn!(deadline = ?DRAIN_DEADLINE, "the streams were still read at the deadline");
    }
    let _no_receiver = close_store.send(true);
    match store_ended {
        Some(ended) => ended?,
        None => flatten_store((&mut store).await)?,
    }
    http.abort();
    tracing::info!("the store is closed");
    Ok(())
}

/// Serves HTTP beside gRPC, by TLS where there is a certificate.
fn open_http(
    listener: TcpListener,
    tls: Option<HttpTls>,
    routes: axum::Router,
    closing: impl Future<Output = ()> + Send + 'static,
) -> Result<JoinHandle<std::io::Result<()>>, ServerError> {
    Ok(match tls {
        Some(tls) => {
            let listener = TlsListener::new(listener, &tls)?;
            tokio::spawn(serve_http(listener, routes, closing))
        }
        None => {
            let listener = BoundedListener::plain(listener);
            tokio::spawn(serve_http(listener, routes, closing))
        }
    })
}

async fn serve_http<L: Listener<Addr = SocketAddr>>(
    listener: L,
    routes: axum::Router,
    closing: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(listener, routes)
        .with_graceful_shutdown(closing)
        .await
}

/// Says that questions are answered once the streams are caught up with.
async fn serve_once_caught_up(reporter: HealthReporter, mut caught_up: watch::Receiver<bool>) {
    if !*caught_up.borrow() {
        reporter
            .set_service_status("", ServingStatus::NotServing)
            .await;
    }
    if caught_up.wait_for(|caught_up| *caught_up).await.is_ok() {
        reporter
            .set_service_status("", ServingStatus::Serving)
            .await;
    }
}

/// Our services for other services, and the reflection that tells of them.
fn services(
    node: &Node,
    pseudonymiser: Pseudonymiser,
    review: ReviewDoor,
    closing: watch::Receiver<bool>,
) -> Result<Routes, ServerError> {
    let events = EventDoor {
        node: node.clone(),
        pseudonymiser,
        closing: closing.clone(),
    };
    let mut services = RoutesBuilder::default();
    services
        .add_service(reflection().build_v1()?)
        .add_service(reflection().build_v1alpha()?)
        .add_service(
            EventServiceServer::new(events).max_decoding_message_size(MESSAGE_BYTES_AT_MOST),
        );
    add_shared(&mut services, node, review, closing);
    Ok(services.routes())
}

/// Our services for people.
fn people_services(node: &Node, review: ReviewDoor, closing: watch::Receiver<bool>) -> Routes {
    let mut services = RoutesBuilder::default();
    add_shared(&mut services, node, review, closing);
    services.routes()
}

fn add_shared(
    services: &mut RoutesBuilder,
    node: &Node,
    review: ReviewDoor,
    closing: watch::Receiver<bool>,
) {
    let verdicts = VerdictDoor {
        node: node.clone(),
        closing,
    };
    let campaigns = CampaignDoor { node: node.clone() };
    let people = PeopleDoor { node: node.clone() };
    services
        .add_service(
            VerdictServiceServer::new(verdicts).max_decoding_message_size(MESSAGE_BYTES_AT_MOST),
        )
        .add_service(
            CampaignServiceServer::new(campaigns).max_decoding_message_size(MESSAGE_BYTES_AT_MOST),
        )
        .add_service(PeopleServiceServer::new(people))
        .add_service(ReviewServiceServer::new(review));
}

fn tonic_server(tls: Option<Tls>) -> Result<Server, ServerError> {
    let server = Server::builder()
        .max_concurrent_streams(Some(CALLS_A_CONNECTION))
        .http2_keepalive_interval(Some(KEEPALIVE_INTERVAL))
        .tcp_nodelay(true);
    let Some(tls) = tls else {
        return Ok(server);
    };
    let identity = Identity::from_pem(tls.certificate_pem, tls.key_pem);
    let authority = Certificate::from_pem(tls.client_authority_pem);
    let config = ServerTlsConfig::new()
        .identity(identity)
        .client_ca_root(authority);
    Ok(server.tls_config(config)?)
}

fn reflection() -> tonic_reflection::server::Builder<'static> {
    tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
}

async fn closed(mut closing: watch::Receiver<bool>) {
    // A dropped sender means the same: the server is going.
    let _gone = closing.wait_for(|closing| *closing).await;
}

type Joined<T> = Result<T, tokio::task::JoinError>;

fn flatten(ended: Joined<Result<(), tonic::transport::Error>>) -> Result<(), ServerError> {
    match ended {
        Ok(result) => Ok(result?),
        Err(error) => Err(ServerError::Http(std::io::Error::other(error))),
    }
}

fn flatten_store(ended: Joined<Result<(), Refusal>>) -> Result<(), ServerError> {
    match ended {
        Ok(result) => Ok(result?),
        Err(error) => Err(ServerError::Http(std::io::Error::other(error))),
    }
}
