//! Batches are asked for ahead, and read and decoded on threads of their own while others are folded.

use std::{future::poll_fn, pin::pin, task::Poll};

use redis::{RedisError, aio::MultiplexedConnection, cmd, pipe};
use tokio::{
    sync::oneshot,
    task::{JoinHandle, spawn_blocking},
};

use super::{
    entry::ReadEntry,
    fault::Fault,
    group::{CONSUMER, GROUP, check_forward},
    partition::Partition,
    reply::{StreamState, read_answer, stream_state, unexpected},
};
use crate::service::stream::EntryId;

/// Entries, and where the stream stood right before they were read.
pub(super) type Read = (Vec<ReadEntry>, StreamState);

/// A batch that was asked for; given up when dropped, so that nothing is read behind the back of the next
/// connection.
pub(super) struct Asked(JoinHandle<Result<Read, RedisError>>);

impl Drop for Asked {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Partition {
    /// A new connection, read where decoding delays no folding.
    pub(super) async fn connect(&self) -> Result<MultiplexedConnection, RedisError> {
        let source = self.source.clone();
        let connecting = self.reads.spawn(async move { source.connect().await });
        connecting
            .await
            .unwrap_or_else(|_| Err(unexpected("connecting was cut off")))
    }

    pub(super) fn read_command(&self, wait_ms: Option<u64>) -> redis::Cmd {
        let mut read = cmd("XREADGROUP");
        read.arg("GROUP").arg(GROUP).arg(CONSUMER);
        read.arg("COUNT").arg(self.count);
        if let Some(wait_ms) = wait_ms {
            read.arg("BLOCK").arg(wait_ms);
        }
        read.arg("STREAMS").arg(&self.stream).arg(">");
        read
    }

    /// Acknowledges what is durable and asks for the next batch, with where the stream stood right
    /// before. Batches are decoded beside each other, but one stands in line for Redis once the one
    /// before it does: so they come in order, and Redis never waits for us. No transaction: Redis refuses
    /// to queue one while its memory is full. What is trimmed in between is missed once all is read.
    pub(super) fn ask(
        &mut self,
        connection: &MultiplexedConnection,
        acknowledge: Vec<EntryId>,
    ) -> Asked {
        let mut commands = pipe();
        if !acknowledge.is_empty() {
            commands.add_command(self.acknowledgement(&acknowledge));
        }
        commands.cmd("XINFO").arg("STREAM").arg(&self.stream);
        commands.add_command(self.read_command(None));
        let (mut connection, reader) = (connection.clone(), self.reader.clone());
        let acknowledged = self.meters.acknowledged.clone();
        let (in_line, turn) = oneshot::channel();
        let before = self.turn.replace(turn);
        Asked(self.reads.spawn(async move {
            if let Some(before) = before {
                let failed = |_| unexpected("the batch before was not read");
                before.await.map_err(failed)?;
            }
            let count = commands.len();
            let mut answers = pin!(connection.send_packed_commands(&commands, 0, count));
            // The first poll puts the commands in line; nobody waits after the last.
            let polled = poll_fn(|context| Poll::Ready(answers.as_mut().poll(context))).await;
            let _next = in_line.send(());
            let answers = match polled {
                Poll::Ready(answers) => answers?,
                Poll::Pending => answers.await?,
            };
            let mut answers = answers.into_iter().rev();
            let (Some(entries), Some(state)) = (answers.next(), answers.next()) else {
                return Err(unexpected("a pipeline answered something else"));
            };
            if let Some(answer) = answers.next() {
                answer.extract_error()?;
                acknowledged.increment(acknowledge.len() as u64);
            }
            let state = stream_state(state)?;
            let decoding = spawn_blocking(move || Ok((reader.read(read_answer(entries)?), state)));
            decoding
                .await
                .unwrap_or_else(|_| Err(unexpected("decoding was cut off")))
        }))
    }

    /// The batch that was asked for.
    pub(super) async fn receive(&mut self, mut asked: Asked) -> Result<Read, Fault> {
        let read = (&mut asked.0).await;
        let (entries, state) = read.map_err(|_| unexpected("a read was cut off"))??;
        check_forward(&self.place, &state)?;
        Ok((entries, state))
    }
}
