//! A running server as the command line's target.

use std::{fs, path::Path, time::Duration};

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{
    Streaming,
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity},
};

use super::{arguments::Target, failure::Failure};
use crate::edge::proto::v1::{
    self, event_service_client::EventServiceClient, people_service_client::PeopleServiceClient,
    review_service_client::ReviewServiceClient, verdict_service_client::VerdictServiceClient,
};

/// A message may be so large: a page of 10,000 accounts with reasons.
const MESSAGE_BYTES_AT_MOST: usize = 64 * 1024 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection to a server.
pub(super) struct Client {
    pub verdicts: VerdictServiceClient<Channel>,
    pub review: ReviewServiceClient<Channel>,
    pub events: EventServiceClient<Channel>,
    pub people: PeopleServiceClient<Channel>,
    stream: Option<EventStream>,
}

struct EventStream {
    requests: mpsc::Sender<v1::PublishEventsRequest>,
    answers: Streaming<v1::PublishEventsResponse>,
}

impl Client {
    pub(super) async fn connect(url: &str, target: &Target) -> Result<Self, Failure> {
        let endpoint = Endpoint::from_shared(url.to_string())
            .map_err(|error| Failure::Usage(format!("--server {url}: {error}")))?
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_nodelay(true);
        let endpoint = if url.starts_with("https:") {
            endpoint
                .tls_config(tls(target)?)
                .map_err(|error| Failure::Usage(format!("--server {url}: {error}")))?
        } else {
            endpoint
        };
        let channel = endpoint.connect().await.map_err(|error| {
            use std::error::Error;
            let cause = error
                .source()
                .map_or_else(|| error.to_string(), ToString::to_string);
            Failure::Failed(format!("no server at {url}: {cause}"))
        })?;
        Ok(Client {
            verdicts: VerdictServiceClient::new(channel.clone())
                .max_decoding_message_size(MESSAGE_BYTES_AT_MOST),
            review: ReviewServiceClient::new(channel.clone())
                .max_decoding_message_size(MESSAGE_BYTES_AT_MOST),
            people: PeopleServiceClient::new(channel.clone()),
            events: EventServiceClient::new(channel)
                .max_decoding_message_size(MESSAGE_BYTES_AT_MOST),
            stream: None,
        })
    }

    /// Sends a message of events; [`Client::acknowledged`] answers it later, in order.
    pub(super) async fn publish(&mut self, events: Vec<v1::Event>) -> Result<(), Failure> {
        let request = v1::PublishEventsRequest { events };
        if let Some(stream) = &self.stream {
            let sent = stream.requests.send(request).await;
            return sent.map_err(|_| Failure::Failed("the server closed the stream".into()));
        }
        let (requests, receiver) = mpsc::channel(4);
        let _cannot_be_full = requests.try_send(request);
        let answers = self
            .events
            .publish_events(ReceiverStream::new(receiver))
            .await?
            .into_inner();
        self.stream = Some(EventStream { requests, answers });
        Ok(())
    }

    /// The results of the oldest unanswered message.
    pub(super) async fn acknowledged(&mut self) -> Result<Vec<v1::EventResult>, Failure> {
        let ended = || Failure::Failed("the server ended the stream early".into());
        let stream = self.stream.as_mut().ok_or_else(ended)?;
        let answer = stream.answers.message().await?.ok_or_else(ended)?;
        Ok(answer.results)
    }
}

fn tls(target: &Target) -> Result<ClientTlsConfig, Failure> {
    let read = |path: &Path| fs::read(path).map_err(Failure::file("read", path));
    let mut config = ClientTlsConfig::new();
    if let Some(authority) = &target.server_authority {
        config = config.ca_certificate(Certificate::from_pem(read(authority)?));
    }
    if let (Some(certificate), Some(key)) = (&target.client_certificate, &target.client_key) {
        config = config.identity(Identity::from_pem(read(certificate)?, read(key)?));
    }
    Ok(config)
}
