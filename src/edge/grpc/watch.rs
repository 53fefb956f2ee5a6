//! `WatchAdjustments`: every change after a sequence, then each as it becomes durable. Pages are read
//! only as fast as the consumer takes them, so a slow one holds no more than one page here.

use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use super::refuse;
use crate::{
    edge::{answer::stored_adjustment, proto::v1},
    service::{codec::entry, node::Node, refusal::Refusal},
};

/// Changes read at once.
const CHANGES_A_PAGE: usize = 256;
/// Changes sent ahead of the consumer.
const CHANGES_AHEAD: usize = 16;

type Change = Result<v1::WatchAdjustmentsResponse, Status>;
/// A stream of changes.
pub type Changes = ReceiverStream<Change>;

/// One consumer's place in the changes.
struct Watcher {
    node: Node,
    durable: watch::Receiver<u64>,
    closing: watch::Receiver<bool>,
    campaign_id: String,
    after: u64,
    consumer: mpsc::Sender<Change>,
}

/// Streams the changes after a sequence, of one campaign or (empty) of all.
///
/// # Errors
/// The node stops.
pub fn watch_adjustments(
    node: Node,
    closing: watch::Receiver<bool>,
    request: v1::WatchAdjustmentsRequest,
) -> Result<Changes, Refusal> {
    let durable = node.look(|engine| engine.ledger().watch())?;
    let (consumer, changes) = mpsc::channel(CHANGES_AHEAD);
    let watcher = Watcher {
        node,
        durable,
        closing,
        campaign_id: request.campaign_id,
        after: request.after_sequence,
        consumer,
    };
    tokio::spawn(watcher.run());
    Ok(ReceiverStream::new(changes))
}

impl Watcher {
    /// Sends until the consumer is gone or the server closes; a consumer that is still there is told.
    async fn run(mut self) {
        if let Err(refusal) = self.send_all().await {
            let _gone = self.consumer.send(Err(refuse(&refusal))).await;
        }
    }

    async fn send_all(&mut self) -> Result<(), Refusal> {
        let (consumer, mut closing) = (self.consumer.clone(), self.closing.clone());
        loop {
            // Marked as seen before reading: what commits meanwhile is news again.
            let _seen = *self.durable.borrow_and_update();
            let page = self.read_page()?;
            let was_empty = page.is_none();
            for adjustment in page.into_iter().flatten() {
                let adjustment = Some(adjustment);
                let change = v1::WatchAdjustmentsResponse { adjustment };
                tokio::select! {
                    sent = consumer.send(Ok(change)) => if sent.is_err() {
                        return Ok(());
                    },
                    _ = closing.wait_for(|closing| *closing) => {
                        return Err(Refusal::Unavailable("shutting down"));
                    }
                }
            }
            if was_empty {
                tokio::select! {
                    changed = self.durable.changed() => {
                        changed.map_err(|_| Refusal::Unavailable("the store is closed"))?;
                    }
                    () = consumer.closed() => return Ok(()),
                    _ = closing.wait_for(|closing| *closing) => {
                        return Err(Refusal::Unavailable("shutting down"));
                    }
                }
            }
        }
    }

    /// Reads the next page; `None` where there is no later change.
    fn read_page(&mut self) -> Result<Option<Vec<v1::Adjustment>>, Refusal> {
        let after = self.after;
        let stored = self.node.look(|engine| {
            let reader = engine.reader();
            reader.adjustments(entry::ADJUSTMENT, after, CHANGES_A_PAGE)
        })??;
        let Some(last) = stored.last() else {
            return Ok(None);
        };
        self.after = last.sequence;
        let wanted = stored
            .iter()
            .filter(|one| self.campaign_id.is_empty() || one.campaign_id == self.campaign_id);
        wanted
            .map(stored_adjustment)
            .collect::<Result<_, _>>()
            .map(Some)
    }
}
