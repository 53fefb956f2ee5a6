//! Sorting more lines than memory holds: sorted runs on disk, merged at the end.

use std::fs::File;
use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    io::{self, BufReader, BufWriter, Read, Seek, Write},
    path::{Path, PathBuf},
};

/// Fast, and runs shrink to about a seventh.
const COMPRESSION_LEVEL: i32 = 1;
/// 256 KiB of window: a run that is read costs some 600 KB.
const WINDOW_LOG: u32 = 18;
/// As many runs are merged into one when there are so many: what bounds the memory of a merge.
const RUNS_AT_MOST: usize = 200;
/// Nearly every line is shorter; a longer one makes its buffer grow.
const LINE_BYTES: usize = 512;

/// Where a line goes: by time, then by a word that says nothing.
type Key = (i64, u64);

/// Takes lines in any order and writes them in the order of their keys.
pub struct Sorter {
    folder: PathBuf,
    /// Bytes of lines held before a run is written.
    held_at_most: usize,
    text: Vec<u8>,
    lines: Vec<(Key, u32, u32)>,
    runs: Vec<File>,
    taken: u64,
}

impl Sorter {
    /// Holds so many bytes of lines, at most 1 GiB. Runs go to unnamed files of this folder: they
    /// vanish with the process, however it ends.
    pub fn new(folder: &Path, held_at_most: usize) -> Self {
        Sorter {
            folder: folder.into(),
            held_at_most: held_at_most.min(1 << 30),
            text: Vec::new(),
            lines: Vec::new(),
            runs: Vec::new(),
            taken: 0,
        }
    }

    /// Takes a line.
    ///
    /// # Errors
    /// A run could not be written.
    pub fn push(&mut self, key: Key, line: &[u8]) -> io::Result<()> {
        if self.text.len() + line.len() > self.held_at_most {
            self.spill()?;
        }
        let place = (self.text.len() as u32, line.len() as u32);
        self.lines.push((key, place.0, place.1));
        self.text.extend_from_slice(line);
        self.taken += 1;
        Ok(())
    }

    /// Lines taken so far.
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// Hands the held lines out in order and forgets them.
    fn drain(&mut self, mut take: impl FnMut(Key, &[u8]) -> io::Result<()>) -> io::Result<()> {
        self.lines.sort_unstable_by_key(|(key, ..)| *key);
        for (key, start, length) in self.lines.drain(..) {
            let (start, length) = (start as usize, length as usize);
            take(key, &self.text[start..start + length])?;
        }
        self.text.clear();
        Ok(())
    }

    fn spill(&mut self) -> io::Result<()> {
        let mut run = RunWriter::create(&self.folder)?;
        self.drain(|key, line| run.write(key, line))?;
        self.runs.push(run.finish()?);
        if self.runs.len() >= RUNS_AT_MOST {
            let mut merged = RunWriter::create(&self.folder)?;
            merge(self.runs.drain(..), |key, line| merged.write(key, line))?;
            self.runs.push(merged.finish()?);
        }
        Ok(())
    }

    /// Writes every line in order, one below the other, and says after each how many there were.
    ///
    /// # Errors
    /// A run could not be read or the lines not be written.
    pub fn write_to(mut self, out: &mut dyn Write, mut written: impl FnMut(u64)) -> io::Result<()> {
        let mut count = 0;
        let mut write = |_: Key, line: &[u8]| {
            out.write_all(line)?;
            out.write_all(b"\n")?;
            count += 1;
            written(count);
            Ok(())
        };
        if self.runs.is_empty() {
            self.drain(&mut write)?;
        } else {
            self.spill()?;
            self.text = Vec::new();
            merge(self.runs.into_iter(), &mut write)?;
        }
        out.flush()
    }
}

/// Hands the lines of all runs out in order.
fn merge(
    files: impl Iterator<Item = File>,
    mut take: impl FnMut(Key, &[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut runs = Vec::new();
    let mut heads = BinaryHeap::new();
    for (number, file) in files.enumerate() {
        let mut run = RunReader::open(file)?;
        heads.extend(run.next()?.map(|key| Reverse((key, number))));
        runs.push(run);
    }
    while let Some(Reverse((key, number))) = heads.pop() {
        let run = &mut runs[number];
        take(key, &run.line)?;
        heads.extend(run.next()?.map(|key| Reverse((key, number))));
    }
    Ok(())
}

/// A run being written: key, length and text of each line, compressed.
struct RunWriter(zstd::Encoder<'static, BufWriter<File>>);

impl RunWriter {
    fn create(folder: &Path) -> io::Result<Self> {
        let file = BufWriter::new(tempfile::tempfile_in(folder)?);
        let mut run = zstd::Encoder::new(file, COMPRESSION_LEVEL)?;
        run.window_log(WINDOW_LOG)?;
        Ok(RunWriter(run))
    }

    fn write(&mut self, (at, tie): Key, line: &[u8]) -> io::Result<()> {
        self.0.write_all(&at.to_le_bytes())?;
        self.0.write_all(&tie.to_le_bytes())?;
        self.0.write_all(&(line.len() as u32).to_le_bytes())?;
        self.0.write_all(line)
    }

    fn finish(self) -> io::Result<File> {
        let file = self.0.finish()?.into_inner();
        file.map_err(io::IntoInnerError::into_error)
    }
}

/// A run being read.
struct RunReader {
    from: BufReader<zstd::Decoder<'static, BufReader<File>>>,
    line: Vec<u8>,
}

impl RunReader {
    fn open(mut file: File) -> io::Result<Self> {
        file.rewind()?;
        Ok(RunReader {
            from: BufReader::new(zstd::Decoder::new(file)?),
            line: Vec::with_capacity(LINE_BYTES),
        })
    }

    /// Reads the next line; `None` at the end.
    fn next(&mut self) -> io::Result<Option<Key>> {
        let mut word = [0; 8];
        match self.from.read_exact(&mut word) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            other => other?,
        }
        let at = i64::from_le_bytes(word);
        self.from.read_exact(&mut word)?;
        let tie = u64::from_le_bytes(word);
        let mut length = [0; 4];
        self.from.read_exact(&mut length)?;
        self.line.resize(u32::from_le_bytes(length) as usize, 0);
        self.from.read_exact(&mut self.line)?;
        Ok(Some((at, tie)))
    }
}
