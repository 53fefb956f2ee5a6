//! A server under `strace`, and what the trace says.

use std::{fmt, path::Path, process::Command};

use super::traced_program;
use crate::support::Server;

/// A traced server. The tracer is the child; what it traces must not outlive a failing test.
pub struct Traced {
    server: Option<Server>,
    group: u32,
}

impl Traced {
    pub fn start(data: &Path, trace_file: &Path) -> Self {
        use std::os::unix::process::CommandExt;
        let mut command = traced_program(trace_file);
        command.arg("serve").arg("--data").arg(data);
        command.args(["--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"]);
        command.process_group(0);
        let server = Server::spawn(command);
        Traced {
            group: server.process_id(),
            server: Some(server),
        }
    }

    pub fn server(&self) -> &Server {
        self.server.as_ref().unwrap()
    }

    /// Ends the server in order; the tracer ends with it.
    pub fn stop(mut self) {
        self.signal_group("TERM");
        let (status, log) = self.server.take().unwrap().wait();
        assert!(status.success(), "{log}");
    }

    /// To the tracer and the traced alike: the tracer ignores it and waits for its child.
    fn signal_group(&self, name: &str) {
        let group = format!("-{}", self.group);
        // Once all is well the group is gone already.
        let _gone = Command::new("kill")
            .args(["-s", name, "--", &group])
            .stderr(std::process::Stdio::null())
            .status();
    }
}

impl Drop for Traced {
    fn drop(&mut self) {
        self.signal_group("KILL");
    }
}

/// One system call, by the lines where it began and ended: strace writes both in the order seen.
#[derive(Clone, Debug)]
struct Call {
    name: String,
    /// The rest of its line: descriptors and data.
    arguments: String,
    began: usize,
    ended: usize,
    /// Seconds since 1970.
    at: f64,
    succeeded: bool,
}

impl Call {
    fn is_sync(&self) -> bool {
        matches!(&*self.name, "fsync" | "fdatasync") && self.succeeded
    }

    fn is_on_log(&self) -> bool {
        let descriptor = self.arguments.split(',').next().unwrap_or_default();
        descriptor.contains("sameuser.db-wal")
    }

    fn is_on_socket(&self) -> bool {
        let descriptor = self.arguments.split(", ").next().unwrap_or_default();
        descriptor.contains("<TCP")
    }
}

/// The calls of a run.
pub struct Trace {
    calls: Vec<Call>,
}

/// What the trace shows of one answer.
pub struct Found {
    marker: String,
    row: Call,
    sync: Call,
    answer: Call,
}

impl Found {
    /// From the row's write to the answer's.
    pub fn micros(&self) -> u64 {
        ((self.answer.at - self.row.at) * 1e6).round() as u64
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since = |call: &Call| ((call.at - self.row.at) * 1e6).round();
        writeln!(f, "  such as {}", self.marker.trim_end_matches('-'))?;
        for (call, what) in [
            (&self.row, "its row, into sameuser.db-wal"),
            (&self.sync, "sameuser.db-wal"),
            (&self.answer, "the answer, to the client"),
        ] {
            let ended = call.ended;
            let name = &call.name;
            writeln!(
                f,
                "    +{:>6} µs  line {:>5} to {ended:>5}  {name} {what}",
                since(call),
                call.began
            )?;
        }
        Ok(())
    }
}

impl Trace {
    pub fn read(path: &Path) -> Self {
        let text = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
        let mut calls: Vec<Call> = Vec::new();
        // Of each thread, the call that another thread's line interrupted.
        let mut unfinished = std::collections::HashMap::<String, usize>::new();
        for (line, content) in text.lines().enumerate() {
            let Some((thread, timed)) = content.split_once(' ') else {
                continue;
            };
            let Some((at, rest)) = timed.trim_start().split_once(' ') else {
                continue;
            };
            if let Some(resumed) = rest.strip_prefix("<... ") {
                let call = unfinished.remove(thread);
                let call = &mut calls[call.unwrap_or_else(|| panic!("line {line}: {resumed}"))];
                call.ended = line;
                call.succeeded = succeeded(resumed);
                continue;
            }
            // Signals and exits are no calls.
            let Some((name, arguments)) = rest.split_once('(') else {
                continue;
            };
            if content.ends_with("<unfinished ...>") {
                unfinished.insert(thread.into(), calls.len());
            }
            calls.push(Call {
                name: name.into(),
                arguments: arguments.into(),
                began: line,
                ended: line,
                at: at.parse().unwrap(),
                succeeded: succeeded(arguments),
            });
        }
        Trace { calls }
    }

    /// Fails unless the marker's row was written to the log, then the log synced, then the marker's
    /// answer sent.
    #[track_caller]
    pub fn check(&self, marker: &str) -> Found {
        let with_marker = |call: &&Call| call.arguments.contains(marker);
        let row = self.calls.iter().filter(|call| call.is_on_log());
        let row = row.clone().find(with_marker);
        let row = row.unwrap_or_else(|| panic!("no row of {marker} in the log"));
        let answer = self.calls.iter().filter(|call| call.is_on_socket());
        let answer = answer.clone().find(with_marker);
        let answer = answer.unwrap_or_else(|| panic!("no answer with {marker}"));
        let sync = self.calls.iter().find(|call| {
            call.is_sync()
                && call.is_on_log()
                && call.began > row.ended
                && call.ended < answer.began
        });
        let sync = sync.unwrap_or_else(|| {
            panic!("{marker} was answered without a sync of its row: {row:?} {answer:?}")
        });
        Found {
            marker: marker.into(),
            row: row.clone(),
            sync: sync.clone(),
            answer: answer.clone(),
        }
    }
}

fn succeeded(rest: &str) -> bool {
    rest.rsplit_once(" = ")
        .is_some_and(|(_, result)| !result.starts_with('-') && !result.starts_with('?'))
}
