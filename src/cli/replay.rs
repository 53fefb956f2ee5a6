//! `sameuser replay`.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
    process::ExitCode,
};

use indicatif::ProgressBar;
use serde::Serialize;

use super::{
    arguments::ReplayArguments,
    failure::Failure,
    input::{Lines, read_checks, total_bytes},
    progress,
    target::{Answers, EventAnswer, Target},
};
use crate::edge::{json_lines, proto::v1, question::question, schedule::Schedule};

/// What a replay prints.
#[derive(Default, Serialize)]
struct Summary {
    accepted: u64,
    duplicate: u64,
    refused: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdicts: Option<u64>,
}

struct Replay {
    target: Target,
    checks: Schedule,
    verdicts: Option<BufWriter<File>>,
    summary: Summary,
    bar: ProgressBar,
}

pub(super) async fn replay(arguments: ReplayArguments) -> Result<ExitCode, Failure> {
    let mut checks = Vec::new();
    let mut verdicts = None;
    if let (Some(from), Some(to)) = (&arguments.checks, &arguments.verdicts) {
        checks = read_checks(from)?;
        let file = File::create(to).map_err(Failure::file("create", to))?;
        verdicts = Some(BufWriter::new(file));
    }
    let mut replay = Replay {
        target: Target::open(&arguments.target).await?,
        summary: Summary {
            verdicts: verdicts.is_some().then_some(0),
            ..Summary::default()
        },
        checks: Schedule::new(checks),
        verdicts,
        bar: progress::bytes(total_bytes(&arguments.files)),
    };
    for file in &arguments.files {
        replay.file(file).await?;
    }
    replay.finish().await
}

impl Replay {
    async fn file(&mut self, path: &Path) -> Result<(), Failure> {
        let mut lines = Lines::open(path)?;
        while let Some(line) = lines.next()? {
            self.bar.inc(line.read);
            let number = line.number;
            let parsed = match line.bytes {
                Some(bytes) => json_lines::event(bytes).map_err(|refusal| refusal.to_string()),
                None => Err("line: too long".into()),
            };
            match parsed {
                Ok(event) => {
                    while let Some(check) = self.checks.due_before(&event) {
                        self.ask(check).await?;
                    }
                    self.target.observe(number, event).await?;
                    let answers = self.target.take_answers()?;
                    self.write(path, answers)?;
                }
                Err(problem) => self.refuse(path, number, &problem),
            }
        }
        // Line numbers are of this file: settle before the next one.
        let answers = self.target.settle().await?;
        self.write(path, answers)
    }

    async fn ask(&mut self, check: v1::CheckDiscountRequest) -> Result<(), Failure> {
        let validate_only = check.validate_only;
        let asked = question(check.clone()).map(|question| (question, validate_only));
        self.target.ask(check, asked).await
    }

    fn write(&mut self, path: &Path, answers: Answers) -> Result<(), Failure> {
        for (line, answer) in answers.events {
            match answer {
                EventAnswer::Accepted => self.summary.accepted += 1,
                EventAnswer::Duplicate => self.summary.duplicate += 1,
                EventAnswer::Refused(problem) => self.refuse(path, line, &problem),
            }
        }
        if let (Some(file), Some(count)) = (&mut self.verdicts, &mut self.summary.verdicts) {
            *count += answers.verdicts.len() as u64;
            for verdict in &answers.verdicts {
                writeln!(file, "{verdict}")?;
            }
            file.flush()?;
        }
        Ok(())
    }

    fn refuse(&mut self, path: &Path, line: u64, problem: &str) {
        self.summary.refused += 1;
        let path = path.display();
        self.bar.suspend(|| eprintln!("{path}:{line}: {problem}"));
    }

    async fn finish(mut self) -> Result<ExitCode, Failure> {
        while let Some(check) = self.checks.take_next() {
            self.ask(check).await?;
            let answers = self.target.take_answers()?;
            self.write(Path::new("-"), answers)?;
        }
        let answers = self.target.settle().await?;
        self.write(Path::new("-"), answers)?;
        self.bar.set_message("writing a checkpoint");
        self.target.close()?;
        self.bar.finish_and_clear();
        println!(
            "{}",
            serde_json::to_string(&self.summary).expect("a summary is JSON")
        );
        Ok(ExitCode::SUCCESS)
    }
}
