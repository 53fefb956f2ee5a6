//! Settings of `serve`: what was said (file and flags), checked into what is meant.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::{arguments::ServeArguments, failure::Failure};
use crate::edge::{
    server::Tls,
    stream::{StreamSource, partition_names},
    tls::HttpTls,
};

/// The default configuration, as `sameuser config` prints it.
pub(super) const DEFAULT_CONFIGURATION: &str = r#"# Configuration of `sameuser serve --config FILE`. Every key may be left out; these are the defaults.
# Flags win over this file. An unknown key stops the start.

# Directory of the store: sameuser.db and pseudonym.key. Made where there is none.
data = "./data"

# Where gRPC listens. Anything but loopback needs [tls].
listen = "127.0.0.1:50051"

# Where HTTP listens: the console, /metrics, /healthz, /readyz. Anything but loopback needs [http_tls], or
# stays on loopback behind a reverse proxy with TLS; see docs/console.md.
http = "127.0.0.1:8080"

# Accounts to make room for when starting (0 to 100000000), so that growth does not cause pauses.
expected_accounts = 1000000

# The state in memory is checkpointed every so many events (1 to 1000000000), and every five minutes:
# fewer reopen sooner, more write less.
checkpoint_every_events = 2000000

# Lines of the log: "text" or "json". The environment variable RUST_LOG sets the level.
log_format = "text"

# The store's pseudonym key; by default pseudonym.key in the data directory.
# pseudonym_key = "/etc/sameuser/pseudonym.key"

# Directory of networks.txt (lines of `relay|vpn|data_centre PREFIX`) and numbers.txt (digits of numbers that
# anybody can borrow), each beginning with `# revision N`; by default the lists of this release.
# reference_data = "/etc/sameuser/reference"

# The abuse model; by default the one of this release. The file is looked at every few seconds, and upon SIGHUP
# at once: another revision is tried, journaled and brought into force; what makes no sense changes nothing.
# abuse_model = "/etc/sameuser/abuse-model.json"

# Login event streams in Redis (7 or newer); without a url none are followed. Until all of them are
# caught up with once, the service is not ready and answers no questions.
[redis]
# Where: redis://, or rediss:// for TLS, with an ACL user and its password if need be.
# url = "rediss://sameuser:password@redis.example.com:6379/0"
# Who signed the server's certificate, PEM; by default whom the system trusts.
# authority = "/etc/sameuser/redis-authority.pem"
# The stream. With partitions = N (1 to 64) instead of 0, the streams "NAME:{0}" to "NAME:{N-1}".
stream = "sameuser:events"
partitions = 0
# Entries read at once (1 to 10000).
batch = 1000

# Mutual TLS for gRPC: clients must show a certificate that this authority signed.
# [tls]
# certificate = "/etc/sameuser/server.pem"
# key = "/etc/sameuser/server.key"
# client_authority = "/etc/sameuser/clients.pem"

# TLS for HTTP: browsers need no certificate of their own.
# [http_tls]
# certificate = "/etc/sameuser/console.pem"
# key = "/etc/sameuser/console.key"
"#;

const EXPECTED_ACCOUNTS_AT_MOST: usize = 100_000_000;
const PARTITIONS_AT_MOST: usize = 64;
const BATCH: std::ops::RangeInclusive<usize> = 1..=10_000;
const CHECKPOINT_EVERY_EVENTS: std::ops::RangeInclusive<u64> = 1..=1_000_000_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    data: Option<PathBuf>,
    listen: Option<SocketAddr>,
    http: Option<SocketAddr>,
    expected_accounts: Option<usize>,
    checkpoint_every_events: Option<u64>,
    log_format: Option<LogFormat>,
    pseudonym_key: Option<PathBuf>,
    reference_data: Option<PathBuf>,
    abuse_model: Option<PathBuf>,
    redis: Option<SaidRedis>,
    tls: Option<SaidTls>,
    http_tls: Option<SaidHttpTls>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SaidRedis {
    url: Option<String>,
    authority: Option<PathBuf>,
    stream: Option<String>,
    partitions: Option<usize>,
    batch: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SaidTls {
    certificate: PathBuf,
    key: PathBuf,
    client_authority: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SaidHttpTls {
    certificate: PathBuf,
    key: PathBuf,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum LogFormat {
    Text,
    Json,
}

/// Checked settings.
pub(super) struct Settings {
    pub data: PathBuf,
    pub listen: SocketAddr,
    pub http: SocketAddr,
    pub expected_accounts: usize,
    pub checkpoint_every_events: u64,
    pub log_format: LogFormat,
    pub pseudonym_key: Option<PathBuf>,
    pub reference_data: Option<PathBuf>,
    pub abuse_model: Option<PathBuf>,
    pub source: Option<StreamSource>,
    pub tls: Option<Tls>,
    pub http_tls: Option<HttpTls>,
}

impl Settings {
    /// Gathers and checks; nothing is opened but the files named.
    pub(super) fn gather(arguments: ServeArguments) -> Result<Self, Failure> {
        let mut said = toml::from_str::<Said>(DEFAULT_CONFIGURATION)
            .map_err(|error| Failure::Failed(format!("default configuration: {error}")))?;
        if let Some(path) = &arguments.config {
            let text = fs::read_to_string(path)
                .map_err(|error| Failure::Usage(format!("read {}: {error}", path.display())))?;
            let file = toml::from_str::<Said>(&text)
                .map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))?;
            said = file.or(said);
        }
        said = Said {
            data: arguments.data,
            listen: arguments.listen,
            http: arguments.http,
            expected_accounts: None,
            checkpoint_every_events: None,
            log_format: None,
            pseudonym_key: None,
            reference_data: None,
            abuse_model: None,
            redis: arguments.redis.map(|url| SaidRedis {
                url: Some(url),
                ..SaidRedis::default()
            }),
            tls: None,
            http_tls: None,
        }
        .or(said);
        said.check()
    }
}

impl Said {
    fn or(self, other: Said) -> Said {
        Said {
            data: self.data.or(other.data),
            listen: self.listen.or(other.listen),
            http: self.http.or(other.http),
            expected_accounts: self.expected_accounts.or(other.expected_accounts),
            checkpoint_every_events: self
                .checkpoint_every_events
                .or(other.checkpoint_every_events),
            log_format: self.log_format.or(other.log_format),
            pseudonym_key: self.pseudonym_key.or(other.pseudonym_key),
            reference_data: self.reference_data.or(other.reference_data),
            abuse_model: self.abuse_model.or(other.abuse_model),
            redis: match (self.redis, other.redis) {
                (Some(redis), Some(other)) => Some(redis.or(other)),
                (redis, other) => redis.or(other),
            },
            tls: self.tls.or(other.tls),
            http_tls: self.http_tls.or(other.http_tls),
        }
    }

    fn check(self) -> Result<Settings, Failure> {
        let missing = |key: &str| Failure::Usage(format!("configuration: {key} is missing"));
        let listen = self.listen.ok_or_else(|| missing("listen"))?;
        let http = self.http.ok_or_else(|| missing("http"))?;
        let expected_accounts = self.expected_accounts.unwrap_or_default();
        if expected_accounts > EXPECTED_ACCOUNTS_AT_MOST {
            return Err(Failure::Usage(format!(
                "expected_accounts: at most {EXPECTED_ACCOUNTS_AT_MOST}"
            )));
        }
        let checkpoint_every_events = self
            .checkpoint_every_events
            .ok_or_else(|| missing("checkpoint_every_events"))?;
        if !CHECKPOINT_EVERY_EVENTS.contains(&checkpoint_every_events) {
            return Err(Failure::Usage(format!(
                "checkpoint_every_events: must lie between {} and {}",
                CHECKPOINT_EVERY_EVENTS.start(),
                CHECKPOINT_EVERY_EVENTS.end()
            )));
        }
        if !listen.ip().is_loopback() && self.tls.is_none() {
            return Err(Failure::Usage(format!(
                "listen = {listen}: without [tls] only loopback is allowed; `sameuser config` shows \
                 the keys"
            )));
        }
        if !http.ip().is_loopback() && self.http_tls.is_none() {
            return Err(Failure::Usage(format!(
                "http = {http}: without [http_tls] only loopback is allowed; `sameuser config` shows the \
                 keys"
            )));
        }
        Ok(Settings {
            data: self.data.ok_or_else(|| missing("data"))?,
            listen,
            http,
            expected_accounts,
            checkpoint_every_events,
            log_format: self.log_format.unwrap_or(LogFormat::Text),
            pseudonym_key: self.pseudonym_key,
            reference_data: self.reference_data,
            abuse_model: self.abuse_model,
            source: self.redis.unwrap_or_default().check()?,
            tls: self.tls.map(SaidTls::read).transpose()?,
            http_tls: self.http_tls.map(SaidHttpTls::read).transpose()?,
        })
    }
}

impl SaidRedis {
    fn or(self, other: SaidRedis) -> SaidRedis {
        SaidRedis {
            url: self.url.or(other.url),
            authority: self.authority.or(other.authority),
            stream: self.stream.or(other.stream),
            partitions: self.partitions.or(other.partitions),
            batch: self.batch.or(other.batch),
        }
    }

    fn check(self) -> Result<Option<StreamSource>, Failure> {
        let Some(url) = self.url else {
            return Ok(None);
        };
        let stream = self.stream.unwrap_or_default();
        let partitions = self.partitions.unwrap_or_default();
        let batch = self.batch.unwrap_or_default();
        if stream.is_empty() {
            return Err(Failure::Usage("redis.stream: must not be empty".into()));
        }
        if partitions > PARTITIONS_AT_MOST {
            return Err(Failure::Usage(format!(
                "redis.partitions: at most {PARTITIONS_AT_MOST}"
            )));
        }
        if !BATCH.contains(&batch) {
            return Err(Failure::Usage(format!(
                "redis.batch: must lie between {} and {}",
                BATCH.start(),
                BATCH.end()
            )));
        }
        let authority = self.authority.map(|path| read_file(&path)).transpose()?;
        let streams = partition_names(&stream, partitions);
        // The URL may hold a password: the message says what is wrong without it.
        StreamSource::new(&url, authority, streams, batch)
            .map(Some)
            .map_err(|error| Failure::Usage(format!("redis.url: {error}")))
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(Failure::file("read", path))
}

impl SaidHttpTls {
    fn read(self) -> Result<HttpTls, Failure> {
        Ok(HttpTls {
            certificate_pem: read_file(&self.certificate)?,
            key_pem: read_file(&self.key)?,
        })
    }
}

impl SaidTls {
    fn read(self) -> Result<Tls, Failure> {
        Ok(Tls {
            certificate_pem: read_file(&self.certificate)?,
            key_pem: read_file(&self.key)?,
            client_authority_pem: read_file(&self.client_authority)?,
        })
    }
}
