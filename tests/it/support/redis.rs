//! A Redis server of the test's own, with an append-only file.

use std::{
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use redis::{Connection, FromRedisValue, cmd};
use tempfile::TempDir;

use super::folder;

const STARTS_WITHIN: Duration = Duration::from_secs(60);

/// A running `redis-server`; killed when the value goes.
pub struct Redis {
    child: Option<Child>,
    folder: TempDir,
    port: u16,
    options: Vec<String>,
}

/// A port that nobody listens on right now.
pub fn free_port() -> u16 {
    let probe = TcpListener::bind("127.0.0.1:0").unwrap();
    probe.local_addr().unwrap().port()
}

impl Redis {
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// With more options, as on its command line.
    pub fn start_with(options: &[&str]) -> Self {
        let mut redis = Redis {
            child: None,
            folder: folder(),
            port: free_port(),
            options: options.iter().map(ToString::to_string).collect(),
        };
        redis.launch();
        redis
    }

    fn launch(&mut self) {
        let port = self.port.to_string();
        let mut command = Command::new("redis-server");
        command
            .args(["--port", &port, "--bind", "127.0.0.1", "--save", ""])
            .args(["--appendonly", "yes", "--appendfsync", "everysec"])
            .arg("--dir")
            .arg(self.folder.path())
            .args(&self.options)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let spawned = command.spawn();
        self.child = Some(spawned.expect("redis-server is installed (make tools)"));
        let began = Instant::now();
        while !self.answers() {
            assert!(
                began.elapsed() < STARTS_WITHIN,
                "redis-server did not start"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Whether it answers, and has loaded what it had.
    fn answers(&self) -> bool {
        if TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            return false;
        }
        let client = redis::Client::open(self.url()).unwrap();
        let connection = client.get_connection_with_timeout(Duration::from_secs(5));
        connection.is_ok_and(|mut connection| cmd("PING").exec(&mut connection).is_ok())
    }

    /// Kills it at once.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Starts it again on what it had.
    pub fn restart(&mut self) {
        self.kill();
        self.launch();
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// A new connection.
    pub fn connection(&self) -> Connection {
        let client = redis::Client::open(self.url()).unwrap();
        client.get_connection().unwrap()
    }

    /// One command, as its words.
    #[track_caller]
    pub fn ask<T: FromRedisValue>(&self, words: &[&str]) -> T {
        self.try_ask(words)
            .unwrap_or_else(|error| panic!("{words:?}: {error}"))
    }

    /// The same where an error is awaited.
    pub fn try_ask<T: FromRedisValue>(&self, words: &[&str]) -> redis::RedisResult<T> {
        let mut command = cmd(words[0]);
        words[1..].iter().for_each(|word| {
            command.arg(*word);
        });
        command.query(&mut self.connection())
    }

    /// Adds entries with a field `event`; answers their ids.
    pub fn add<B: AsRef<[u8]>>(
        &self,
        stream: &str,
        events: impl IntoIterator<Item = B>,
    ) -> Vec<String> {
        let mut adds = redis::pipe();
        for event in events {
            adds.cmd("XADD")
                .arg(stream)
                .arg("*")
                .arg("event")
                .arg(event.as_ref());
        }
        adds.query(&mut self.connection()).unwrap()
    }

    /// A property of the consumer group, such as `pending` or `lag`.
    pub fn group(&self, stream: &str, property: &str) -> Option<u64> {
        let groups: Vec<redis::Value> = self.ask(&["XINFO", "GROUPS", stream]);
        let group = groups.into_iter().next()?;
        let pairs: std::collections::HashMap<String, redis::Value> =
            redis::from_redis_value(group).unwrap();
        redis::from_redis_value(pairs.get(property)?.clone()).unwrap()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Certificates for a server on loopback, made by `openssl`: authority, certificate and key.
pub fn certificates(folder: &Path) -> (PathBuf, PathBuf, PathBuf) {
    let path = |name: &str| folder.join(name);
    let openssl = |arguments: &[&str]| {
        let made = Command::new("openssl")
            .args(arguments)
            .current_dir(folder)
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
    };
    openssl(&[
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-keyout",
        "authority.key",
        "-out",
        "authority.pem",
        "-days",
        "2",
        "-subj",
        "/CN=authority",
    ]);
    openssl(&[
        "req",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-keyout",
        "server.key",
        "-out",
        "server.csr",
        "-subj",
        "/CN=localhost",
    ]);
    std::fs::write(path("names"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n").unwrap();
    openssl(&[
        "x509",
        "-req",
        "-in",
        "server.csr",
        "-CA",
        "authority.pem",
        "-CAkey",
        "authority.key",
        "-CAcreateserial",
        "-out",
        "server.pem",
        "-days",
        "2",
        "-extfile",
        "names",
    ]);
    (
        path("authority.pem"),
        path("server.pem"),
        path("server.key"),
    )
}
