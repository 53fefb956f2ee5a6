//! The Hop airdrop's tables as a data set for `sameuser evaluate`.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::Path,
};

use serde::Serialize;
use tempfile::TempDir;

use super::failure::Failure;
use crate::lab::hop::{FILES, Hop};

/// A folder with such a set's events and truth where a directory holds its tables instead; nobody asked
/// for a discount there, so it has no checks.
pub(super) fn converted(data_set: &Path) -> Result<Option<TempDir>, Failure> {
    if !data_set.join(FILES[0]).exists() {
        return Ok(None);
    }
    let [accounts, transfers, counterparties] = FILES.map(|name| {
        let path = data_set.join(name);
        fs::read_to_string(&path)
            .map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))
    });
    let hop = Hop::read([&accounts?, &transfers?, &counterparties?])
        .map_err(|error| Failure::Usage(format!("{}: {error}", data_set.display())))?;
    let folder = TempDir::with_prefix("sameuser-hop-")?;
    write(&folder.path().join("events.jsonl"), &hop.events)?;
    write(&folder.path().join("truth.jsonl"), &hop.truth)?;
    write::<()>(&folder.path().join("checks.jsonl"), &[])?;
    Ok(Some(folder))
}

fn write<T: Serialize>(path: &Path, lines: &[T]) -> Result<(), Failure> {
    let failed = Failure::file("write", path);
    let mut file = BufWriter::new(File::create(path)?);
    for line in lines {
        serde_json::to_writer(&mut file, line)
            .map_err(|error| Failure::Failed(error.to_string()))?;
        file.write_all(b"\n")?;
    }
    file.flush().map_err(failed)
}
