//! What ends a command early.

use std::{path::Path, process::ExitCode};

use crate::{journal::JournalError, service::refusal::Refusal};

/// A command's failure, in words for people.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The command was called wrongly: exit code 2.
    #[error("{0}")]
    Usage(String),
    /// Whoever read our output has had enough, as `head` does: nothing is wrong.
    #[error("the output was closed")]
    OutputClosed,
    /// Something failed: exit code 1.
    #[error("{0}")]
    Failed(String),
}

impl Failure {
    pub(super) fn exit_code(&self) -> ExitCode {
        match self {
            Failure::Usage(_) => ExitCode::from(2),
            Failure::Failed(_) => ExitCode::FAILURE,
            Failure::OutputClosed => ExitCode::SUCCESS,
        }
    }

    /// For `map_err` on what happens to a file.
    pub(super) fn file<E: std::fmt::Display>(
        action: &'static str,
        path: &Path,
    ) -> impl FnOnce(E) -> Failure {
        let path = path.display().to_string();
        move |error| Failure::Failed(format!("{action} {path}: {error}"))
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Store(error) => error.into(),
            other => Failure::Failed(other.to_string()),
        }
    }
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        let hint = match &error {
            JournalError::Locked { .. } => "; stop it, or use --server URL to ask it",
            JournalError::NoStore { .. } => "; name the directory of a store with --data",
            _ => "",
        };
        Failure::Failed(format!("{error}{hint}"))
    }
}

impl From<tonic::Status> for Failure {
    fn from(status: tonic::Status) -> Self {
        Failure::Failed(format!("server: {:?}: {}", status.code(), status.message()))
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Failure::OutputClosed,
            _ => Failure::Failed(error.to_string()),
        }
    }
}
