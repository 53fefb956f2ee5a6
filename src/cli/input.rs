//! Lines of files and standard input, bounded.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use serde::de::DeserializeOwned;

use super::failure::Failure;
use crate::edge::{
    json_lines::{self, LINE_BYTES_AT_MOST},
    proto::v1,
};

/// A file, or standard input for `-`, line by line.
pub(super) struct Lines {
    path: PathBuf,
    reader: Box<dyn BufRead>,
    number: u64,
    buffer: Vec<u8>,
}

/// One line.
pub(super) struct Line<'a> {
    /// From 1.
    pub number: u64,
    /// Its bytes without the line's end; `None` = longer than [`LINE_BYTES_AT_MOST`].
    pub bytes: Option<&'a [u8]>,
    /// Bytes read for it.
    pub read: u64,
}

/// Bytes of all files together, where they are regular files.
pub(super) fn total_bytes(paths: &[PathBuf]) -> Option<u64> {
    paths.iter().map(|path| regular_size(path)).sum()
}

fn regular_size(path: &Path) -> Option<u64> {
    let metadata = path.metadata().ok()?;
    metadata.is_file().then_some(metadata.len())
}

impl Lines {
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let reader: Box<dyn BufRead> = if path == Path::new("-") {
            Box::new(BufReader::new(io::stdin()))
        } else {
            let file = File::open(path)
                .map_err(|error| Failure::Usage(format!("open {}: {error}", path.display())))?;
            Box::new(BufReader::with_capacity(1 << 18, file))
        };
        Ok(Lines {
            path: path.into(),
            reader,
            number: 0,
            buffer: Vec::new(),
        })
    }

    /// The next line that is not blank.
    pub(super) fn next(&mut self) -> Result<Option<Line<'_>>, Failure> {
        let mut read = 0;
        loop {
            self.buffer.clear();
            let limit = LINE_BYTES_AT_MOST as u64 + 1;
            let taken = (&mut self.reader)
                .take(limit)
                .read_until(b'\n', &mut self.buffer)
                .map_err(Failure::file("read", &self.path))?;
            if taken == 0 {
                return Ok(None);
            }
            self.number += 1;
            read += taken as u64;
            let ended = self.buffer.last() == Some(&b'\n');
            if !ended && taken as u64 == limit {
                read += self.skip_line()?;
                return Ok(Some(Line {
                    number: self.number,
                    bytes: None,
                    read,
                }));
            }
            let blank = self.buffer.iter().all(u8::is_ascii_whitespace);
            if !blank {
                let bytes = self.buffer.trim_ascii_end();
                return Ok(Some(Line {
                    number: self.number,
                    bytes: Some(bytes),
                    read,
                }));
            }
        }
    }

    fn skip_line(&mut self) -> Result<u64, Failure> {
        self.reader
            .skip_until(b'\n')
            .map(|skipped| skipped as u64)
            .map_err(Failure::file("read", &self.path))
    }
}

/// Reads questions; a line that can't be read is named on stderr and left out.
pub(super) fn read_checks(path: &Path) -> Result<Vec<v1::CheckDiscountRequest>, Failure> {
    let mut lines = Lines::open(path)?;
    let mut checks = Vec::new();
    while let Some(line) = lines.next()? {
        match line.bytes.map(json_lines::check) {
            Some(Ok(check)) => checks.push(check),
            Some(Err(refusal)) => {
                eprintln!("{}:{}: {refusal}", path.display(), line.number);
            }
            None => eprintln!("{}:{}: line: too long", path.display(), line.number),
        }
    }
    Ok(checks)
}

/// Reads JSON lines of a form that must hold for every one of them.
pub(super) fn read_lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, Failure> {
    let mut lines = Lines::open(path)?;
    let mut read = Vec::new();
    while let Some(line) = lines.next()? {
        let number = line.number;
        let unfit = |problem: &dyn std::fmt::Display| {
            Failure::Usage(format!("{}:{number}: {problem}", path.display()))
        };
        let bytes = line.bytes.ok_or_else(|| unfit(&"is too long"))?;
        read.push(serde_json::from_slice(bytes).map_err(|error| unfit(&error))?);
    }
    Ok(read)
}
