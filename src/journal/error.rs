//! What can go wrong with the store.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::types::FromSqlError;
use thiserror::Error;

/// Errors of the journal. After one from a writing call, the [`Journal`](super::Journal) answers
/// [`JournalError::Poisoned`] to everything: memory may be ahead of the disk, so reopen.
#[derive(Debug, Error)]
pub enum JournalError {
    /// Another process (or another `Journal` in this one) holds the store.
    #[error("the store in {} is in use by another process", dir.display())]
    Locked {
        /// The store's directory.
        dir: PathBuf,
    },
    /// There is no store where one was expected.
    #[error("there is no store in {}", dir.display())]
    NoStore {
        /// The directory that was looked in.
        dir: PathBuf,
    },
    /// The target of a backup holds a store already.
    #[error("{} already holds a store; a backup never overwrites one", dir.display())]
    TargetExists {
        /// The target directory.
        dir: PathBuf,
    },
    /// The file is a SQLite database, but not one of ours.
    #[error("{} is not a sameuser store", path.display())]
    NotAStore {
        /// The file.
        path: PathBuf,
    },
    /// A newer release wrote the store.
    #[error(
        "the store has schema version {found}, newer than {known}, the newest this release knows; \
         use a newer release"
    )]
    NewerSchema {
        /// Version found in the file.
        found: i64,
        /// Newest version this release reads.
        known: i64,
    },
    /// An earlier write failed; nothing is retried.
    #[error("an earlier write to the store failed; reopen it")]
    Poisoned,
    /// Stored bytes do not have the form that was written.
    #[error("the store is damaged: {detail}")]
    Damaged {
        /// What was found, naming the row.
        detail: String,
    },
    /// A value is beyond what the store holds.
    #[error("{what} is too large for the store (at most {most})")]
    TooLarge {
        /// Which value.
        what: &'static str,
        /// Its limit.
        most: u64,
    },
    /// A caller broke the order of calls that this floor relies on.
    #[error("{detail}")]
    Misused {
        /// What was wrong.
        detail: String,
    },
    /// The operating system gave no random bytes.
    #[error("no random bytes from the operating system: {0}")]
    Random(getrandom::Error),
    /// A file or directory operation failed.
    #[error("{action} {}: {source}", path.display())]
    File {
        /// What was tried, such as "open".
        action: &'static str,
        /// On which path.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// Compressing or decompressing a checkpoint chunk failed.
    #[error("checkpoint chunk: {0}")]
    Chunk(io::Error),
    /// SQLite failed.
    #[error("store: {0}")]
    Sqlite(#[from] rusqlite::Error),
}

impl JournalError {
    pub(super) fn damaged(detail: impl Into<String>) -> Self {
        JournalError::Damaged {
            detail: detail.into(),
        }
    }

    pub(super) fn misused(detail: impl Into<String>) -> Self {
        JournalError::Misused {
            detail: detail.into(),
        }
    }

    /// For `map_err` on an `io::Result`.
    pub(super) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| JournalError::File {
            action,
            path,
            source,
        }
    }
}

/// A column of another type than the schema gives it.
impl From<FromSqlError> for JournalError {
    fn from(error: FromSqlError) -> Self {
        JournalError::damaged(format!("a column's type: {error}"))
    }
}
