//! `sameuser evaluate`.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use indicatif::ProgressBar;
use serde::de::DeserializeOwned;
use tempfile::TempDir;

use super::{
    arguments::EvaluateArguments,
    failure::Failure,
    input::{Lines, read_checks, read_lines, total_bytes},
    progress, shipped,
};
use crate::{
    domain::campaign::Terms,
    edge::{json_lines, proto::v1, schedule::Schedule},
    lab::evaluate::{
        answers::Answers,
        page,
        recorded::Recorded,
        rehearsal::{Rehearsal, Rehearsed},
        report::{Evaluation, Report, Told},
        rivals::Rivals,
        summary::summary,
        truth::{Truth, TruthLine},
    },
    service::{clock::Clock, engine::Observed, refusal::Refusal, store::Store},
};

/// The name of this system in reports.
const OURSELVES: &str = "sameuser";

pub(super) fn evaluate(arguments: &EvaluateArguments) -> Result<ExitCode, Failure> {
    let file = |name: &str| arguments.data_set.join(name);
    let lines = read_lines::<TruthLine>(&file("truth.jsonl"))?;
    let truth = Truth::new(lines)
        .map_err(|error| Failure::Usage(format!("{}: {error}", file("truth.jsonl").display())))?;
    let recorded = arguments
        .answers
        .as_deref()
        .map(read_recorded)
        .transpose()?;
    let terms_toml = campaign(arguments.campaign.as_deref())?;
    let terms = Terms::parse(&terms_toml).map_err(|error| Failure::Usage(error.to_string()))?;

    let folder = TempDir::with_prefix("sameuser-evaluate-")?;
    let mut telling = Telling {
        rehearsal: rehearsal(folder.path(), terms_toml, arguments.model.as_deref())?,
        checks: Schedule::new(read_checks(&file("checks.jsonl"))?),
        decides: recorded.is_none(),
        rivals: arguments.against.then(Rivals::default),
        told: Told::default(),
    };
    telling.tell(&file("events.jsonl"))?;
    let Telling {
        rehearsal,
        rivals,
        mut told,
        ..
    } = telling;
    let mut rehearsed = rehearsal.end(&truth)?;
    told.tasks_uncovered = rehearsed.uncovered;
    told.tasks_unlabelled = rehearsed.unlabelled;
    let answers = match recorded {
        Some(recorded) => recorded.answers(&truth, &rehearsed.covered),
        None => ask_anew(&mut rehearsed, &truth)?,
    };
    let system = arguments.answers.as_deref().map(Path::display);
    let evaluation = Evaluation {
        data_set: arguments.data_set.display().to_string(),
        system: system.map_or(OURSELVES.into(), |system| system.to_string()),
        campaign_id: terms.campaign_id,
        told,
        report: Report::new(&truth, &answers),
        alternatives: rivals.map_or_else(Vec::new, |rivals| {
            rivals.alternatives(&truth, &rehearsed.covered)
        }),
    };
    write(&evaluation, arguments.out.as_deref())?;
    Ok(ExitCode::SUCCESS)
}

/// A data set being told.
struct Telling {
    rehearsal: Rehearsal,
    checks: Schedule,
    /// Whether questions are decided, or another system was asked them.
    decides: bool,
    rivals: Option<Rivals>,
    told: Told,
}

impl Telling {
    fn tell(&mut self, events: &Path) -> Result<(), Failure> {
        let mut lines = Lines::open(events)?;
        let bar = progress::bytes(total_bytes(&[PathBuf::from(events)]));
        while let Some(line) = lines.next()? {
            bar.inc(line.read);
            let parsed = match line.bytes {
                Some(bytes) => json_lines::event(bytes),
                None => Err(Refusal::field("line", "is too long")),
            };
            let number = line.number;
            let taken = parsed.map_err(Into::into).and_then(|event| {
                while let Some(check) = self.checks.due_before(&event) {
                    self.ask(check, &bar)?;
                }
                self.observe(&event)
            });
            match taken {
                Ok(()) => {}
                Err(Untold::Refused(refusal)) => {
                    self.told.events_refused += 1;
                    bar.suspend(|| eprintln!("{}:{number}: {refusal}", events.display()));
                }
                Err(Untold::Failed(failure)) => return Err(failure),
            }
        }
        while let Some(check) = self.checks.take_next() {
            self.ask(check, &bar)?;
        }
        bar.finish_and_clear();
        Ok(())
    }

    fn observe(&mut self, event: &v1::Event) -> Result<(), Untold> {
        match self.rehearsal.observe(event)? {
            Observed::Accepted => {
                self.told.events += 1;
                if let Some(rivals) = &mut self.rivals {
                    rivals.observe(event);
                }
            }
            Observed::Duplicate => self.told.events_duplicate += 1,
        }
        Ok(())
    }

    fn ask(&mut self, check: v1::CheckDiscountRequest, bar: &ProgressBar) -> Result<(), Failure> {
        let (account, task) = (check.account_id.clone(), check.task.clone());
        let asked = if self.decides {
            self.rehearsal.ask(check).map(|_| ())
        } else {
            self.rehearsal.note(check)
        };
        match asked.map_err(Untold::from) {
            Ok(()) => {
                if let Some(rivals) = &mut self.rivals {
                    rivals.ask(&account);
                }
                Ok(())
            }
            Err(Untold::Refused(refusal)) => {
                self.told.checks_refused += 1;
                let task = task.unwrap_or_default().task_id;
                bar.suspend(|| eprintln!("check of task `{task}`: {refusal}"));
                Ok(())
            }
            Err(Untold::Failed(failure)) => Err(failure),
        }
    }
}

/// Why something was not told: it is refused, which stops nothing, or the store failed.
enum Untold {
    Refused(Refusal),
    Failed(Failure),
}

impl From<Refusal> for Untold {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Store(_) => Untold::Failed(refusal.into()),
            _ => Untold::Refused(refusal),
        }
    }
}

impl From<Failure> for Untold {
    fn from(failure: Failure) -> Self {
        Untold::Failed(failure)
    }
}

pub(super) fn rehearsal(
    folder: &Path,
    campaign_toml: String,
    model: Option<&Path>,
) -> Result<Rehearsal, Failure> {
    let pseudonymiser = shipped::pseudonymiser(folder, None, shipped::reference_data(None)?)?;
    let mut setup = shipped::setup(Clock::Events, &pseudonymiser);
    setup.campaign_toml = campaign_toml;
    if let Some(path) = model {
        setup.model_json = fs::read_to_string(path).map_err(Failure::file("read", path))?;
    }
    Ok(Rehearsal::new(Store::open(folder, &setup)?, pseudonymiser))
}

fn ask_anew(rehearsed: &mut Rehearsed, truth: &Truth) -> Result<Answers, Failure> {
    let bar = progress::steps();
    bar.set_length(rehearsed.covered.len() as u64);
    bar.set_message("asking anew");
    let answers = rehearsed.answers(truth, || bar.inc(1))?;
    bar.finish_and_clear();
    Ok(answers)
}

/// The campaign's terms, in `enforce` mode: what is measured is what it does, not what it would do.
fn campaign(given: Option<&Path>) -> Result<String, Failure> {
    let Some(path) = given else {
        return Ok(shipped::CAMPAIGN_TOML.into());
    };
    let unfit = |error: &dyn std::fmt::Display| {
        Failure::Usage(format!("--campaign {}: {error}", path.display()))
    };
    let text = fs::read_to_string(path).map_err(|error| unfit(&error))?;
    let mut table: toml::Table = text.parse().map_err(|error| unfit(&error))?;
    table.insert("mode".into(), "enforce".into());
    Ok(table.to_string())
}

fn read_recorded(folder: &Path) -> Result<Recorded, Failure> {
    fn read<T: DeserializeOwned>(folder: &Path, name: &str) -> Result<Option<Vec<T>>, Failure> {
        let path = folder.join(name);
        path.exists().then(|| read_lines(&path)).transpose()
    }
    let recorded = Recorded {
        verdicts: read(folder, "verdicts.jsonl")?,
        verdicts_at_end: read(folder, "verdicts-at-end.jsonl")?,
        clusters: read(folder, "clusters.jsonl")?,
        scores: read(folder, "scores.jsonl")?,
    };
    let has_any = recorded.verdicts.is_some() || recorded.clusters.is_some();
    if !has_any && recorded.scores.is_none() {
        return Err(Failure::Usage(format!(
            "--answers {}: holds none of verdicts.jsonl, clusters.jsonl and scores.jsonl",
            folder.display()
        )));
    }
    Ok(recorded)
}

fn write(evaluation: &Evaluation, out: Option<&Path>) -> Result<(), Failure> {
    let json = serde_json::to_string(evaluation).expect("a report is JSON");
    if let Some(out) = out {
        fs::create_dir_all(out).map_err(Failure::file("create", out))?;
        for (name, content) in [
            ("evaluation.json", format!("{json}\n")),
            ("evaluation.html", page::page(evaluation)),
        ] {
            let path = out.join(name);
            fs::write(&path, content).map_err(Failure::file("write", &path))?;
        }
    }
    eprint!("{}", summary(evaluation));
    writeln!(io::stdout().lock(), "{json}")?;
    Ok(())
}
