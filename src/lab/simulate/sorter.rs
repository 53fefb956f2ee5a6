//! Sorting more lines than memory holds: sorted runs on disk, merged at the end.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    fs::File,
    io::{self, BufReader, BufWriter, Read, Seek, Write},
    path::{Path, PathBuf},
};

/// Bytes of lines held before a run is written.
const RUN_BYTES: usize = 96 << 20;
/// Fast, and runs shrink to about a seventh.
const COMPRESSION_LEVEL: i32 = 1;
/// 256 KiB of window a run: what bounds the memory of a merge.
const WINDOW_LOG: u32 = 18;
/// Nearly every line is shorter; a longer one makes its buffer grow.
const LINE_BYTES: usize = 512;

/// Where a line goes: by time, then by a word that says nothing.
type Key = (i64, u64);

/// Takes lines in any order and writes them in the order of their keys.
pub struct Sorter {
    folder: PathBuf,
    text: Vec<u8>,
    lines: Vec<(Key, usize, u32)>,
    runs: Vec<File>,
    taken: u64,
}

impl Sorter {
    /// Runs go to unnamed files of this folder: they vanish with the process, however it ends.
    pub fn new(folder: &Path) -> Self {
        Sorter {
            folder: folder.into(),
            text: Vec::new(),
            lines: Vec::new(),
            runs: Vec::new(),
            taken: 0,
        }
    }

    /// Takes a line.
    pub fn push(&mut self, key: Key, line: &[u8]) -> io::Result<()> {
        if self.text.len() + line.len() > RUN_BYTES {
            self.spill()?;
        }
        self.lines.push((key, self.text.len(), line.len() as u32));
        self.text.extend_from_slice(line);
        self.taken += 1;
        Ok(())
    }

    /// Lines taken so far.
    pub fn taken(&self) -> u64 {
        self.taken
    }

    fn spill(&mut self) -> io::Result<()> {
        self.lines.sort_unstable_by_key(|(key, ..)| *key);
        let file = BufWriter::new(tempfile::tempfile_in(&self.folder)?);
        let mut run = zstd::Encoder::new(file, COMPRESSION_LEVEL)?;
        run.window_log(WINDOW_LOG)?;
        for ((at, tie), start, length) in self.lines.drain(..) {
            run.write_all(&at.to_le_bytes())?;
            run.write_all(&tie.to_le_bytes())?;
            run.write_all(&length.to_le_bytes())?;
            run.write_all(&self.text[start..start + length as usize])?;
        }
        let file = run
            .finish()?
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        self.runs.push(file);
        self.text.clear();
        Ok(())
    }

    /// Writes every line in order, one below the other, and says after each how many there were.
    pub fn write_to(mut self, out: &mut dyn Write, mut written: impl FnMut(u64)) -> io::Result<()> {
        if self.runs.is_empty() {
            self.lines.sort_unstable_by_key(|(key, ..)| *key);
            for (number, (_, start, length)) in self.lines.iter().enumerate() {
                out.write_all(&self.text[*start..start + *length as usize])?;
                out.write_all(b"\n")?;
                written(number as u64 + 1);
            }
            return out.flush();
        }
        self.spill()?;
        self.text = Vec::new();
        let mut runs = Vec::new();
        let mut heads = BinaryHeap::new();
        for (number, file) in self.runs.drain(..).enumerate() {
            let mut run = Run::open(file)?;
            heads.extend(run.next()?.map(|key| Reverse((key, number))));
            runs.push(run);
        }
        let mut count = 0;
        while let Some(Reverse((_, number))) = heads.pop() {
            let run = &mut runs[number];
            out.write_all(&run.line)?;
            out.write_all(b"\n")?;
            heads.extend(run.next()?.map(|key| Reverse((key, number))));
            count += 1;
            written(count);
        }
        out.flush()
    }
}

/// A run being read.
struct Run {
    from: BufReader<zstd::Decoder<'static, BufReader<File>>>,
    line: Vec<u8>,
}

impl Run {
    fn open(mut file: File) -> io::Result<Self> {
        file.rewind()?;
        Ok(Run {
            from: BufReader::new(zstd::Decoder::new(file)?),
            line: Vec::with_capacity(LINE_BYTES),
        })
    }

    /// Reads the next line; `None` at the end.
    fn next(&mut self) -> io::Result<Option<Key>> {
        let mut head = [0; 20];
        match self.from.read_exact(&mut head) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            other => other?,
        }
        let (at, rest) = head.split_at(8);
        let (tie, length) = rest.split_at(8);
        let word = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().unwrap_or_default());
        let length = u32::from_le_bytes(length.try_into().unwrap_or_default());
        self.line.resize(length as usize, 0);
        self.from.read_exact(&mut self.line)?;
        Ok(Some((word(at) as i64, word(tie))))
    }
}
