//! The abuse model of a file, followed while the service runs: what is written there is offered to the
//! store; what makes no sense is told, and the last good one stays in force.

use std::{
    io::Read,
    path::{Path, PathBuf},
    time::Duration,
};

use metrics::counter;
use tokio::signal::unix::{SignalKind, signal};

use super::failure::Failure;
use crate::service::{measure, node::Node, trial::Offered};

/// A model file has at most so many bytes.
const BYTES_AT_MOST: u64 = 16 << 20;
/// The file is looked at so often, and upon SIGHUP at once.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// The text of a model file.
///
/// # Errors
/// It can't be read, or is too long.
pub(super) fn read(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(Failure::file("read", path))?;
    file.take(BYTES_AT_MOST + 1)
        .read_to_string(&mut text)
        .map_err(Failure::file("read", path))?;
    if text.len() as u64 > BYTES_AT_MOST {
        let path = path.display();
        let problem = format!("{path}: a model has at most {BYTES_AT_MOST} bytes");
        return Err(Failure::Usage(problem));
    }
    Ok(text)
}

/// Follows a model file whose text was `offered` when the store opened, for as long as it is driven.
pub(super) async fn follow(node: Node, path: PathBuf, mut offered: String) {
    for outcome in ["adopted", "refused", "unchanged"] {
        counter!(measure::MODEL_OFFERS, "outcome" => outcome).increment(0);
    }
    let mut hangup = match signal(SignalKind::hangup()) {
        Ok(hangup) => hangup,
        Err(error) => {
            tracing::error!(%error, "SIGHUP can't be heard, and the abuse model is not followed");
            return;
        }
    };
    // A file that can't be read is told once, not every few seconds.
    let mut unreadable = false;
    loop {
        let asked = tokio::select! {
            _ = hangup.recv() => true,
            () = tokio::time::sleep(LOOK_EVERY) => false,
        };
        let text = match read(&path) {
            Ok(text) => text,
            Err(failure) => {
                if asked || !unreadable {
                    refused(&path, &failure.to_string());
                }
                unreadable = true;
                continue;
            }
        };
        unreadable = false;
        if asked || text != offered {
            offer(&node, &path, &text).await;
            offered = text;
        }
    }
}

async fn offer(node: &Node, path: &Path, text: &str) {
    let outcome = match node.change(|engine| engine.offer_model(text)).await {
        Ok(Offered::InForce) => "unchanged",
        Ok(Offered::OnTrial) => "adopted",
        Err(refusal) => return refused(path, &refusal.to_string()),
    };
    counter!(measure::MODEL_OFFERS, "outcome" => outcome).increment(1);
    tracing::info!(path = %path.display(), outcome, "the abuse model's file was read again");
}

fn refused(path: &Path, problem: &str) {
    counter!(measure::MODEL_OFFERS, "outcome" => "refused").increment(1);
    tracing::error!(
        path = %path.display(),
        problem,
        "the abuse model's file is refused; the last good one stays in force"
    );
}
