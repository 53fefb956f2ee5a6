//! The store's directory: made, locked, synced.

use std::fs::{DirBuilder, File, TryLockError};
use std::path::Path;

use super::{JournalError, LOCK_FILE};

/// Makes the directory and those above it where they are missing, for the owner alone: the ledger
/// says who was refused.
pub(super) fn create(directory: &Path) -> Result<(), JournalError> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .recursive(true)
        .create(directory)
        .map_err(JournalError::file("create", directory))
}

/// Takes the lock that keeps a second writer out; dropping the file releases it.
pub(super) fn lock(directory: &Path) -> Result<File, JournalError> {
    let path = directory.join(LOCK_FILE);
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(JournalError::file("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(JournalError::Locked {
            dir: directory.to_path_buf(),
        }),
        Err(TryLockError::Error(error)) => Err(JournalError::file("lock", &path)(error)),
    }
}

/// Makes the names in the directory durable.
pub(super) fn sync(directory: &Path) -> Result<(), JournalError> {
    File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(JournalError::file("sync", directory))
}
