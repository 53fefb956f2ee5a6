//! The threads that read and follow every stream, and when they are caught up with.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    sync::{oneshot, watch},
    task::JoinSet,
};

use super::{entry::EntryReader, partition::Partition, source::StreamSource};
use crate::{
    edge::pseudonym::Pseudonymiser,
    service::{node::Node, refusal::Refusal},
};

/// While streams are being caught up with, the log tells how far that is so often.
const TELL_EVERY: Duration = Duration::from_secs(10);
/// Threads that decode entries, beside the one that reads connections and the one that folds.
pub(super) const DECODING_THREADS: usize = 2;
const NO_RUNTIME: Refusal = Refusal::Unavailable("no runtime for the streams");

/// What feeds a node from its streams.
pub struct Feed {
    /// Turns true once every stream was caught up with.
    pub caught_up: watch::Receiver<bool>,
    /// Comes once the last batch is settled, after `closing`.
    pub ended: oneshot::Receiver<()>,
}

/// How far the streams are, all of them together.
pub(super) struct Progress {
    node: Node,
    streams: Mutex<BTreeMap<String, StreamProgress>>,
    taken_in: AtomicU64,
    caught_up: watch::Sender<bool>,
}

#[derive(Clone, Copy, Default)]
struct StreamProgress {
    left: u64,
    caught_up: bool,
}

impl Progress {
    /// Notes how many entries a stream has beyond what is taken in.
    pub fn left(&self, stream: &str, left: u64) {
        if let Some(progress) = self.streams().get_mut(stream) {
            progress.left = left;
        }
        self.node.set_stream_lag(stream, left);
    }

    /// Counts entries that are durable.
    pub fn taken_in(&self, entries: usize) {
        self.taken_in.fetch_add(entries as u64, Ordering::Relaxed);
    }

    /// Notes that a stream is caught up with; after the last one the node takes questions.
    pub fn caught_up(&self, stream: &str) {
        if *self.caught_up.borrow() {
            return;
        }
        let mut streams = self.streams();
        if let Some(progress) = streams.get_mut(stream) {
            progress.caught_up = true;
        }
        if streams.values().all(|progress| progress.caught_up) {
            self.node.set_catching_up(false);
            self.caught_up.send_replace(true);
            let entries = self.taken_in.load(Ordering::Relaxed);
            tracing::info!(entries, "caught up with the login event streams: ready");
        }
    }

    fn streams(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, StreamProgress>> {
        self.streams.lock().expect("no holder panics")
    }

    /// Tells in the log how far catching up is, and how long it will take at the rate so far.
    async fn tell(&self) {
        let mut caught_up = self.caught_up.subscribe();
        let (mut at, mut before) = (Instant::now(), 0);
        loop {
            tokio::select! {
                () = tokio::time::sleep(TELL_EVERY) => {}
                _ = caught_up.wait_for(|caught_up| *caught_up) => return,
            }
            let taken_in = self.taken_in.load(Ordering::Relaxed);
            let rate = (taken_in - before) as f64 / at.elapsed().as_secs_f64();
            (at, before) = (Instant::now(), taken_in);
            let left: u64 = self.streams().values().map(|progress| progress.left).sum();
            let estimate = if rate > 0.0 {
                format!("{:.0}", left as f64 / rate)
            } else {
                "unknown".into()
            };
            tracing::info!(
                taken_in,
                left,
                entries_a_second = rate.round(),
                seconds_left = estimate,
                "catching up with the login event streams; no questions are answered yet"
            );
        }
    }
}

/// Starts following every stream of a source, until `closing`. The node takes no questions before all
/// of them were caught up with once.
///
/// # Errors
/// There is no thread or runtime; the store can't be read.
pub fn start(
    source: StreamSource,
    node: Node,
    pseudonymiser: Pseudonymiser,
    closing: watch::Receiver<bool>,
) -> Result<Feed, Refusal> {
    node.set_catching_up(true);
    let (caught_up, watched) = watch::channel(false);
    let streams = source.streams.iter();
    let progress = Arc::new(Progress {
        node: node.clone(),
        streams: Mutex::new(
            streams
                .map(|stream| (stream.clone(), StreamProgress::default()))
                .collect(),
        ),
        taken_in: AtomicU64::new(0),
        caught_up,
    });
    let reads = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(DECODING_THREADS)
        .thread_name("stream-reads")
        .enable_all()
        .build()
        .map_err(|_| NO_RUNTIME)?;
    let reader = EntryReader::new(pseudonymiser);
    let source = Arc::new(source);
    let mut partitions = Vec::new();
    for stream in &source.streams {
        partitions.push(Partition::new(
            stream,
            source.clone(),
            node.clone(),
            reads.handle().clone(),
            reader.clone(),
            progress.clone(),
            closing.clone(),
        )?);
    }
    let follows = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|_| NO_RUNTIME)?;
    let (end, ended) = oneshot::channel();
    let following = move || {
        follows.block_on(follow(partitions, &progress));
        drop(reads);
        // Whoever waited is gone already if this fails.
        let _nobody = end.send(());
    };
    std::thread::Builder::new()
        .name("streams".into())
        .spawn(following)
        .map_err(|_| Refusal::Unavailable("no thread for the streams"))?;
    Ok(Feed {
        caught_up: watched,
        ended,
    })
}

async fn follow(partitions: Vec<Partition>, progress: &Arc<Progress>) {
    let telling = progress.clone();
    let telling = tokio::spawn(async move { telling.tell().await });
    let mut following = JoinSet::new();
    for partition in partitions {
        following.spawn(partition.run());
    }
    while let Some(ended) = following.join_next().await {
        if let Ok(Err(refusal)) = ended {
            tracing::error!(%refusal, "a login event stream is not followed any more");
        }
    }
    telling.abort();
}
