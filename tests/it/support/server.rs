//! A spawned server.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use sameuser::edge::proto::v1::{
    self, campaign_service_client::CampaignServiceClient, event_service_client::EventServiceClient,
    review_service_client::ReviewServiceClient, verdict_service_client::VerdictServiceClient,
};
use tonic::transport::{Channel, Endpoint};

use super::command::program;

/// A server that takes longer to stop has hung; its own deadline for calls under way is 10 s.
const STOPS_WITHIN: Duration = Duration::from_secs(60);
/// What a test waits for happens within this, however busy the machine is.
const HAPPENS_WITHIN: Duration = Duration::from_secs(120);
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(2);

/// A server in a process of its own, killed when the value goes.
pub struct Server {
    child: Child,
    /// Where it speaks gRPC.
    pub grpc: SocketAddr,
    /// Where it speaks HTTP.
    pub http: SocketAddr,
    log: Arc<Mutex<String>>,
    log_reader: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts a server on a store; answers once it takes requests.
    #[track_caller]
    pub fn start(data: &Path) -> Server {
        Self::start_with(data, |_| {})
    }

    /// The same, with more arguments or environment.
    #[track_caller]
    pub fn start_with(data: &Path, configure: impl FnOnce(&mut Command)) -> Server {
        let mut command = program();
        command.arg("serve").arg("--data").arg(data).args([
            "--listen",
            "127.0.0.1:0",
            "--http",
            "127.0.0.1:0",
        ]);
        configure(&mut command);
        Self::spawn(command)
    }

    /// Starts any command that becomes a server and says on standard error where it listens.
    #[track_caller]
    pub fn spawn(command: Command) -> Server {
        let server = Self::spawn_unready(command);
        while server.get("/readyz").0 != 200 {
            std::thread::yield_now();
        }
        server
    }

    /// A server that follows the streams of a Redis; answers once it is caught up with them.
    #[track_caller]
    pub fn following(data: &Path, redis: &str) -> Server {
        Self::start_with(data, |command| {
            command.args(["--redis", redis]);
        })
    }

    /// The same, without waiting until it takes requests.
    #[track_caller]
    pub fn following_unready(data: &Path, redis: &str) -> Server {
        let mut command = program();
        command.arg("serve").arg("--data").arg(data);
        command.args(["--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"]);
        command.args(["--redis", redis]);
        Self::spawn_unready(command)
    }

    /// As [`Server::spawn`], without waiting until it takes requests.
    #[track_caller]
    pub fn spawn_unready(mut command: Command) -> Server {
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let log = Arc::new(Mutex::new(String::new()));
        let Some((grpc, http)) = read_addresses(&mut lines, &log) else {
            let status = child.wait().unwrap();
            panic!(
                "the server did not start ({status}): {}",
                log.lock().unwrap()
            );
        };
        let kept = log.clone();
        // Someone must go on reading, or a full pipe would stop the server.
        let log_reader =
            std::thread::spawn(move || while read_line(&mut lines, &kept).is_some() {});
        Server {
            child,
            grpc,
            http,
            log,
            log_reader: Some(log_reader),
        }
    }

    /// Waits until something holds; fails the test with the log where it takes too long.
    #[track_caller]
    pub fn until(&self, what: &str, mut holds: impl FnMut() -> bool) {
        let began = Instant::now();
        while !holds() {
            assert!(
                began.elapsed() < HAPPENS_WITHIN,
                "never {what}: {}",
                self.log()
            );
            std::thread::sleep(LOOK_AGAIN_AFTER * 5);
        }
    }

    /// The value of a metric's series; 0 where it was never counted.
    pub fn metric(&self, series: &str) -> f64 {
        let metrics = self.get("/metrics").1;
        let line = metrics
            .lines()
            .find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        line.map_or(0.0, |value| value.parse().unwrap())
    }

    /// Its process id.
    pub fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// Where clients find it.
    pub fn url(&self) -> String {
        format!("http://{}", self.grpc)
    }

    /// Everything it has logged.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Sends it a signal, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let process = self.process_id().to_string();
        let sent = Command::new("kill").args(["-s", name, &process]).status();
        assert!(sent.unwrap().success(), "kill -s {name} {process}");
    }

    /// Kills it at once, as `kill -9` does.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop, and waits until it has; answers what it logged too. Not for a test that holds
    /// connections: they could not be closed meanwhile.
    pub fn stop(self) -> (ExitStatus, String) {
        self.signal("TERM");
        self.wait()
    }

    /// Waits until it has stopped by itself.
    pub fn wait(mut self) -> (ExitStatus, String) {
        let began = Instant::now();
        while !self.has_ended(began) {
            std::thread::sleep(LOOK_AGAIN_AFTER);
        }
        self.into_end()
    }

    /// As [`Server::stop`], for tests that hold connections.
    pub async fn stopped(self) -> (ExitStatus, String) {
        self.signal("TERM");
        self.ended().await
    }

    /// As [`Server::wait`], while connections go on.
    pub async fn ended(mut self) -> (ExitStatus, String) {
        let began = Instant::now();
        while !self.has_ended(began) {
            tokio::time::sleep(LOOK_AGAIN_AFTER).await;
        }
        self.into_end()
    }

    fn has_ended(&mut self, began: Instant) -> bool {
        let ended = self.child.try_wait().unwrap().is_some();
        assert!(
            ended || began.elapsed() < STOPS_WITHIN,
            "the server did not stop: {}",
            self.log()
        );
        ended
    }

    fn into_end(mut self) -> (ExitStatus, String) {
        let status = self.child.wait().unwrap();
        self.log_reader.take().unwrap().join().unwrap();
        (status, self.log())
    }

    /// `GET` over HTTP: the status and the body.
    pub fn get(&self, path: &str) -> (u16, String) {
        get(self.http, path).unwrap()
    }

    /// A new connection.
    pub async fn channel(&self) -> Channel {
        let endpoint = Endpoint::from_shared(self.url()).unwrap();
        endpoint.tcp_nodelay(true).connect().await.unwrap()
    }

    pub async fn events(&self) -> EventServiceClient<Channel> {
        EventServiceClient::new(self.channel().await)
    }

    pub async fn verdicts(&self) -> VerdictServiceClient<Channel> {
        VerdictServiceClient::new(self.channel().await)
    }

    pub async fn campaigns(&self) -> CampaignServiceClient<Channel> {
        CampaignServiceClient::new(self.channel().await)
    }

    pub async fn review(&self) -> ReviewServiceClient<Channel> {
        ReviewServiceClient::new(self.channel().await)
    }

    /// Publishes events in one message on a stream of its own; answers each one's result.
    pub async fn publish(&self, events: Vec<v1::Event>) -> Vec<v1::EventResult> {
        let request = v1::PublishEventsRequest { events };
        let mut client = self.events().await;
        let stream = client.publish_events(tokio_stream::once(request)).await;
        let mut answers = stream.unwrap().into_inner();
        let answer = answers.message().await.unwrap().unwrap();
        assert!(
            answers.message().await.unwrap().is_none(),
            "one answer a message"
        );
        answer.results
    }

    /// Publishes events that must all be accepted.
    pub async fn accept(&self, events: Vec<v1::Event>) {
        for result in self.publish(events).await {
            assert!(result.error.is_none() && !result.duplicate, "{result:?}");
        }
    }

    /// Asks one question.
    pub async fn ask(&self, check: v1::CheckDiscountRequest) -> Result<v1::Verdict, tonic::Status> {
        let answer = self.verdicts().await.check_discount(check).await?;
        Ok(answer.into_inner().verdict.unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Fails only where it has ended already.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// `GET` over HTTP/1.1: the status and the body.
///
/// # Errors
/// Nobody listens, or what answers is no HTTP.
pub fn get(address: SocketAddr, path: &str) -> std::io::Result<(u16, String)> {
    let mut stream = TcpStream::connect(address)?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok());
    let status = status.ok_or_else(|| std::io::Error::other(answer.clone()))?;
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Ok((status, body.into()))
}

fn read_line(lines: &mut impl BufRead, log: &Mutex<String>) -> Option<String> {
    let mut line = Vec::new();
    if lines.read_until(b'\n', &mut line).ok()? == 0 {
        return None;
    }
    let line = String::from_utf8_lossy(&line).into_owned();
    log.lock().unwrap().push_str(&line);
    Some(line)
}

/// Reads the log up to the line that says where the server listens.
fn read_addresses(
    lines: &mut impl BufRead,
    log: &Mutex<String>,
) -> Option<(SocketAddr, SocketAddr)> {
    let value = |line: &str, name: &str| {
        let text = line
            .split_whitespace()
            .find_map(|word| word.strip_prefix(name));
        text.and_then(|text| text.parse().ok())
    };
    loop {
        let line = read_line(lines, log)?;
        if let (Some(grpc), Some(http)) = (value(&line, "grpc="), value(&line, "http=")) {
            return Some((grpc, http));
        }
    }
}
