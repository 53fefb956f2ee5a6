//! `sameuser produce`.

use std::{
    fs,
    process::ExitCode,
    time::{Duration, Instant},
};

use indicatif::ProgressBar;
use prost::Message;
use redis::aio::MultiplexedConnection;
use serde_json::json;

use super::{
    arguments::ProduceArguments,
    failure::Failure,
    input::{Lines, total_bytes},
    progress,
};
use crate::{
    edge::{
        json_lines,
        stream::{StreamSource, partition_names},
    },
    service::codec::stable_hash,
};

/// Events of one pipeline at most.
const EVENTS_AT_ONCE: usize = 1000;
/// A set rate is kept in steps of this.
const STEP: Duration = Duration::from_millis(20);
/// Redis may be away so long, as in a restart or a failover, before we give up.
const AWAY_AT_MOST: Duration = Duration::from_secs(30);
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(200);

struct Producer {
    source: StreamSource,
    connection: Option<MultiplexedConnection>,
    /// Partition and bytes of what is not sent yet.
    unsent: Vec<(usize, Vec<u8>)>,
    produced: u64,
    began: Instant,
    rate: Option<u32>,
    protobuf: bool,
    bar: ProgressBar,
}

pub(super) async fn produce(arguments: ProduceArguments) -> Result<ExitCode, Failure> {
    let authority = match &arguments.redis_authority {
        Some(path) => Some(fs::read(path).map_err(Failure::file("read", path))?),
        None => None,
    };
    let streams = partition_names(&arguments.stream, arguments.partitions.into());
    let source = StreamSource::new(&arguments.redis, authority, streams, EVENTS_AT_ONCE)
        .map_err(|error| Failure::Usage(format!("--redis: {error}")))?;
    let mut producer = Producer {
        source,
        connection: None,
        unsent: Vec::new(),
        produced: 0,
        began: Instant::now(),
        rate: arguments.rate,
        protobuf: arguments.protobuf,
        bar: progress::bytes(total_bytes(&arguments.files)),
    };
    for file in &arguments.files {
        let mut lines = Lines::open(file)?;
        while let Some(line) = lines.next()? {
            producer.bar.inc(line.read);
            match line.bytes {
                Some(bytes) => producer.push(bytes).await?,
                None => eprintln!("{}:{}: line: too long", file.display(), line.number),
            }
        }
    }
    producer.send().await?;
    producer.bar.finish_and_clear();
    println!("{}", json!({ "produced": producer.produced }));
    Ok(ExitCode::SUCCESS)
}

impl Producer {
    async fn push(&mut self, line: &[u8]) -> Result<(), Failure> {
        let event = json_lines::event(line).ok();
        // An account's events keep their order in one partition.
        let partition = event.as_ref().map_or(0, |event| {
            let hash = stable_hash(&["partition", &event.account_id]);
            (hash % self.source.streams.len() as u64) as usize
        });
        let bytes = match event {
            Some(event) if self.protobuf => event.encode_to_vec(),
            _ => line.to_vec(),
        };
        self.unsent.push((partition, bytes));
        if self.unsent.len() >= self.events_a_step() {
            self.send().await?;
        }
        Ok(())
    }

    fn events_a_step(&self) -> usize {
        let step = |rate| (f64::from(rate) * STEP.as_secs_f64()) as usize;
        self.rate
            .map_or(EVENTS_AT_ONCE, |rate| step(rate).clamp(1, EVENTS_AT_ONCE))
    }

    /// Sends what is unsent, when the rate says so. After a fault all of it is sent again: what Redis
    /// took already comes twice, which the service tells by the event's id.
    async fn send(&mut self) -> Result<(), Failure> {
        if self.unsent.is_empty() {
            return Ok(());
        }
        if let Some(rate) = self.rate {
            let due = self.began + Duration::from_secs_f64(self.produced as f64 / f64::from(rate));
            tokio::time::sleep_until(due.into()).await;
        }
        let began = Instant::now();
        while let Err(error) = self.try_send().await {
            self.connection = None;
            if began.elapsed() > AWAY_AT_MOST {
                return Err(Failure::Failed(format!(
                    "Redis at {}: {error}",
                    self.source.address()
                )));
            }
            self.bar
                .suspend(|| eprintln!("Redis: {error}; trying again"));
            tokio::time::sleep(TRY_AGAIN_AFTER).await;
        }
        self.produced += self.unsent.len() as u64;
        self.unsent.clear();
        Ok(())
    }

    async fn try_send(&mut self) -> Result<(), redis::RedisError> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(self.source.connect().await?),
        };
        let mut adds = redis::pipe();
        for (partition, bytes) in &self.unsent {
            let stream = &self.source.streams[*partition];
            adds.cmd("XADD")
                .arg(stream)
                .arg("*")
                .arg("event")
                .arg(bytes);
        }
        adds.exec_async(connection).await
    }
}
