//! The store's directory: made, locked, synced.

use std::fs::{DirBuilder, File, TryLockError};
use std::path::Path;
use std::time::Duration;

use super::{JournalError, LOCK_FILE};

/// A holder that is just ending, or a process between its fork and its exec, holds the lock for a
/// moment more: it is tried so often, half a second in all.
const LOCK_TRIES: u32 = 50;
const LOCK_PAUSE: Duration = Duration::from_millis(10);

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
    let mut tries = LOCK_TRIES;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if tries > 1 => {
                tries -= 1;
                std::thread::sleep(LOCK_PAUSE);
            }
            Err(TryLockError::WouldBlock) => {
                return Err(JournalError::Locked {
                    dir: directory.to_path_buf(),
                });
            }
            Err(TryLockError::Error(error)) => {
                return Err(JournalError::file("lock", &path)(error));
            }
        }
    }
}

/// Makes the names in the directory durable.
pub(super) fn sync(directory: &Path) -> Result<(), JournalError> {
    File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(JournalError::file("sync", directory))
}
