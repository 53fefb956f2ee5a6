//! Where login event streams come from.

use std::time::Duration;

use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, RedisError, TlsCertificates,
    aio::MultiplexedConnection,
};

/// Connecting takes at most so long.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// An answer takes at most so long; well above the time that a read waits for entries.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);

/// A Redis server and the streams to follow there.
pub struct StreamSource {
    client: Client,
    /// The streams' names.
    pub streams: Vec<String>,
    /// Entries of one batch at most.
    pub batch: usize,
}

/// The names of a stream's partitions: the stream itself where there are none, else the partition's
/// number in braces behind it, which is what a Redis cluster places streams by.
pub fn partition_names(stream: &str, partitions: usize) -> Vec<String> {
    match partitions {
        0 => vec![stream.into()],
        _ => (0..partitions)
            .map(|number| format!("{stream}:{{{number}}}"))
            .collect(),
    }
}

impl StreamSource {
    /// A source by its URL, such as `rediss://user:password@host:6379/0`; `authority_pem` signed the
    /// server's certificate, where the system's authorities did not.
    ///
    /// # Errors
    /// The URL or the certificate makes no sense.
    pub fn new(
        url: &str,
        authority_pem: Option<Vec<u8>>,
        streams: Vec<String>,
        batch: usize,
    ) -> Result<Self, RedisError> {
        let client = match authority_pem {
            Some(_) => Client::build_with_tls(
                url,
                TlsCertificates {
                    client_tls: None,
                    root_cert: authority_pem,
                },
            )?,
            None => Client::open(url)?,
        };
        Ok(StreamSource {
            client,
            streams,
            batch,
        })
    }

    /// Where the server is, without user and password.
    pub fn address(&self) -> String {
        match self.client.get_connection_info().addr() {
            ConnectionAddr::Tcp(host, port) => format!("{host}:{port}"),
            ConnectionAddr::TcpTls { host, port, .. } => format!("{host}:{port} (TLS)"),
            other => other.to_string(),
        }
    }

    /// A new connection.
    ///
    /// # Errors
    /// Nobody answers there, or it lets us not in.
    pub async fn connect(&self) -> Result<MultiplexedConnection, RedisError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(ANSWER_TIMEOUT));
        self.client
            .get_multiplexed_async_connection_with_config(&config)
            .await
    }
}
