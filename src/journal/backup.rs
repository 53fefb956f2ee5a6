//! An online copy of a store that a server may hold open.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::{JournalError, Reader, STORE_FILE, directory};

/// Database pages a step (4 MiB), after which progress is told.
const STEP_PAGES: i32 = 1024;
/// How long a busy step may be tried again.
const BUSY_TRIES: u32 = 600;
const BUSY_PAUSE: Duration = Duration::from_millis(50);

/// Copies the store in `from` into the directory `to`, as of one instant, and makes the copy
/// durable. `progress` gets the database pages done and the pages in all. Refuses a target that
/// holds a store. While it runs, the source's write-ahead log cannot rewind, so it grows by what is
/// committed meanwhile.
pub fn backup(
    from: &Path,
    to: &Path,
    mut progress: impl FnMut(u64, u64),
) -> Result<(), JournalError> {
    let source = Reader::open(from)?;
    directory::create(to)?;
    let target = to.join(STORE_FILE);
    if target.exists() {
        return Err(JournalError::TargetExists {
            dir: to.to_path_buf(),
        });
    }
    let partial = to.join(format!("{STORE_FILE}.partial"));
    remove(&partial)?;
    let outcome = copy(source.connection(), &partial, &mut progress);
    if let Err(error) = outcome {
        // Best effort: the error that stopped the copy is the one to tell.
        let _ = fs::remove_file(&partial);
        return Err(error);
    }
    File::open(&partial)
        .and_then(|file| file.sync_all())
        .map_err(JournalError::file("sync", &partial))?;
    // A link, unlike a rename, fails where a store appeared meanwhile.
    fs::hard_link(&partial, &target).map_err(JournalError::file("name", &target))?;
    remove(&partial)?;
    directory::sync(to)
}

fn copy(
    source: &Connection,
    partial: &PathBuf,
    progress: &mut impl FnMut(u64, u64),
) -> Result<(), JournalError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut target = Connection::open_with_flags(partial, flags)?;
    // The file has no name yet that anybody opens: one sync at the end is enough.
    target.pragma_update(None, "synchronous", "OFF")?;
    // Pins one state of the source: without it each commit beside the copy starts it over.
    let snapshot = source.unchecked_transaction()?;
    snapshot.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    let backup = Backup::new(source, &mut target)?;
    let mut busy = 0;
    loop {
        let step = backup.step(STEP_PAGES)?;
        let pages = backup.progress();
        let total = u64::try_from(pages.pagecount).unwrap_or(0);
        let remaining = u64::try_from(pages.remaining).unwrap_or(0);
        progress(total.saturating_sub(remaining), total);
        match step {
            StepResult::Done => return Ok(()),
            StepResult::Busy | StepResult::Locked if busy < BUSY_TRIES => {
                busy += 1;
                std::thread::sleep(BUSY_PAUSE);
            }
            StepResult::Busy | StepResult::Locked => {
                return Err(JournalError::misused(
                    "the store stayed locked during the backup",
                ));
            }
            _ => busy = 0,
        }
    }
}

fn remove(path: &Path) -> Result<(), JournalError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(JournalError::file("remove", path)(error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{EventKey, Group, Journal, verify_chain};

    #[test]
    fn a_copy_of_an_open_store_opens_as_one() {
        let directory = tempfile::tempdir().unwrap();
        let (from, to) = (
            directory.path().join("store"),
            directory.path().join("new/copy"),
        );
        let (mut journal, _) = Journal::open(&from).unwrap();
        let mut group = Group::default();
        for number in 0..2_000u32 {
            group.push_event(EventKey([number as u8; 16]), &[number as u8; 3_000]);
        }
        journal.commit(&group).unwrap();
        let before = journal.positions();
        let mut steps = 0;
        backup(&from, &to, |done, total| {
            assert!(done <= total);
            steps += 1;
            // The server goes on meanwhile.
            group.clear();
            group.push_entry(1, 0, "subject", b"during the backup");
            journal.commit(&group).unwrap();
        })
        .unwrap();
        assert!(steps > 1);
        let (copy, created) = Journal::open(&to).unwrap();
        assert!(!created);
        assert_eq!(copy.positions(), before);
        assert_eq!(
            verify_chain(&copy.reader().unwrap(), |_, _| {}).unwrap(),
            []
        );
        let names: Vec<_> = fs::read_dir(&to)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.contains("partial"))
            .collect();
        assert!(names.is_empty(), "{names:?}");
    }

    #[test]
    fn refuses_a_target_with_a_store_and_a_source_without() {
        let directory = tempfile::tempdir().unwrap();
        let (from, to) = (
            directory.path().join("store"),
            directory.path().join("copy"),
        );
        assert!(matches!(
            backup(&from, &to, |_, _| {}),
            Err(JournalError::NoStore { .. })
        ));
        Journal::open(&from).unwrap();
        Journal::open(&to).unwrap();
        assert!(matches!(
            backup(&from, &to, |_, _| {}),
            Err(JournalError::TargetExists { .. })
        ));
    }
}
