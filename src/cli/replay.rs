//! `sameuser replay`.

use std::{
    collections::VecDeque,
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
    input::{Lines, total_bytes},
    progress,
    target::{Answers, EventAnswer, Target},
};
use crate::{
    domain::clock::Timestamp,
    edge::{convert::Violations, json_lines, proto::v1, question::question},
};

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
    /// Questions not asked yet, by the completion of their task.
    checks: VecDeque<v1::CheckDiscountRequest>,
    verdicts: Option<BufWriter<File>>,
    summary: Summary,
    bar: ProgressBar,
}

pub(super) async fn replay(arguments: ReplayArguments) -> Result<ExitCode, Failure> {
    let mut checks = VecDeque::new();
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
        checks,
        verdicts,
        bar: progress::bytes(total_bytes(&arguments.files)),
    };
    for file in &arguments.files {
        replay.file(file).await?;
    }
    replay.finish().await
}

/// Reads the questions; a line that can't be read is named on stderr and left out.
fn read_checks(path: &Path) -> Result<VecDeque<v1::CheckDiscountRequest>, Failure> {
    let mut lines = Lines::open(path)?;
    let mut checks: Vec<v1::CheckDiscountRequest> = Vec::new();
    while let Some(line) = lines.next()? {
        match line.bytes.map(json_lines::check) {
            Some(Ok(check)) => checks.push(check),
            Some(Err(refusal)) => {
                eprintln!("{}:{}: {refusal}", path.display(), line.number);
            }
            None => eprintln!("{}:{}: line: too long", path.display(), line.number),
        }
    }
    // What has no completion is asked last; sorting is stable, so equal ones keep their order.
    checks.sort_by_key(|check| completion(check).unwrap_or(Timestamp::from_micros(i64::MAX)));
    Ok(checks.into())
}

fn completion(check: &v1::CheckDiscountRequest) -> Option<Timestamp> {
    let instant = check.task.as_ref()?.completed_at.as_ref()?;
    let mut violations = Violations::default();
    let read = violations.instant("task.completed_at", instant);
    violations.0.is_empty().then_some(read)
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
                    self.ask_until(&event).await?;
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

    /// Asks every question whose task completed before this event happened.
    async fn ask_until(&mut self, event: &v1::Event) -> Result<(), Failure> {
        if self.checks.is_empty() {
            return Ok(());
        }
        let Some(occurred_at) = &event.occurred_at else {
            return Ok(());
        };
        let mut violations = Violations::default();
        let occurred_at = violations.instant("occurred_at", occurred_at);
        if !violations.0.is_empty() {
            return Ok(());
        }
        let due = |check: &v1::CheckDiscountRequest| {
            completion(check).is_some_and(|completed| completed < occurred_at)
        };
        while self.checks.front().is_some_and(due) {
            self.ask_next().await?;
        }
        Ok(())
    }

    async fn ask_next(&mut self) -> Result<(), Failure> {
        let Some(check) = self.checks.pop_front() else {
            return Ok(());
        };
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
        while !self.checks.is_empty() {
            self.ask_next().await?;
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
