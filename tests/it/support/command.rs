//! The program as a command.

use std::{
    ffi::OsStr,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde::Serialize;
use serde_json::Value;

/// The program under test.
pub fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_sameuser"))
}

/// The program with plain, colourless logs and nothing inherited that changes its answers.
pub fn program() -> Command {
    let mut command = Command::new(binary());
    command
        .env("NO_COLOR", "1")
        .env_remove("RUST_LOG")
        .stdin(Stdio::null());
    command
}

/// A command that ended.
pub struct Finished {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Finished {
    fn from(output: Output) -> Self {
        Finished {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Finished {
    /// Fails the test unless the command ended with this code.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "exit code; stdout: {}\nstderr: {}",
            self.stdout, self.stderr
        );
        self
    }

    /// Standard output as JSON lines.
    #[track_caller]
    pub fn json(&self) -> Vec<Value> {
        json_lines(&self.stdout)
    }

    /// Standard output as the one JSON value it is.
    #[track_caller]
    pub fn summary(&self) -> Value {
        let mut lines = self.json();
        assert_eq!(lines.len(), 1, "one line of JSON, found: {}", self.stdout);
        lines.remove(0)
    }
}

/// Reads JSON lines.
#[track_caller]
pub fn json_lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}")))
        .collect()
}

/// Runs the program to its end.
pub fn run<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(arguments: I) -> Finished {
    program().args(arguments).output().unwrap().into()
}

/// Runs the program to its end; it must exit with 0.
#[track_caller]
pub fn run_ok<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(arguments: I) -> Finished {
    run(arguments).expect(0)
}

/// Runs the program with this on standard input.
/// Writes a simulated set into a folder: `events.jsonl`, `checks.jsonl`, `truth.jsonl`.
#[track_caller]
pub fn simulate(to: &Path, arguments: &[&str]) {
    run_ok([&["simulate", "--out", to.to_str().unwrap()], arguments].concat());
}

pub fn run_with_input<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(
    arguments: I,
    input: &[u8],
) -> Finished {
    let mut child = program()
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap().into()
}

/// Writes messages as a file of JSON lines and answers its path.
pub fn write_json_lines<T: Serialize>(
    folder: &Path,
    name: &str,
    messages: impl IntoIterator<Item = T>,
) -> PathBuf {
    let path = folder.join(name);
    let mut text = String::new();
    for message in messages {
        text.push_str(&serde_json::to_string(&message).unwrap());
        text.push('\n');
    }
    std::fs::write(&path, text).unwrap();
    path
}
