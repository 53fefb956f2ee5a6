//! `sameuser evaluate`.

use std::{
    fs,
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

use clap::{ValueEnum, builder::PossibleValue};
use serde::de::DeserializeOwned;
use tempfile::TempDir;

use super::{
    arguments::EvaluateArguments,
    failure::Failure,
    hop,
    input::read_lines,
    progress, shipped,
    telling::{Step, tell},
};
use crate::{
    domain::campaign::Terms,
    lab::evaluate::{
        answers::Answers,
        evidence::{Evidence, stripped},
        harm::honest_by,
        page,
        prefix::Prefixes,
        recorded::Recorded,
        rehearsal::{Rehearsal, Rehearsed},
        report::{Evaluation, Report, Told},
        rivals::Rivals,
        summary::summary,
        thresholds::thresholds,
        truth::{Truth, TruthLine},
    },
    service::{clock::Clock, engine::Observed, store::Store},
};

impl ValueEnum for Evidence {
    fn value_variants<'a>() -> &'a [Self] {
        &Evidence::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}

/// The name of this system in reports.
const OURSELVES: &str = "sameuser";

pub(super) fn evaluate(arguments: &EvaluateArguments) -> Result<ExitCode, Failure> {
    let converted = hop::converted(&arguments.data_set)?;
    let data_set = converted
        .as_ref()
        .map_or(&*arguments.data_set, TempDir::path);
    let file = |name: &str| data_set.join(name);
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
    let mut rehearsal = rehearsal(
        folder.path(),
        terms_toml,
        arguments.model.as_deref(),
        arguments.weights.as_deref(),
    )?;
    let mut rivals = arguments.against.then(Rivals::default);
    let mut told = Told::default();
    let mut prefixes = Prefixes::default();
    let refused = tell(data_set, |step| {
        match step {
            Step::Event(event) => {
                prefixes.observe(event);
                let event = &stripped(event, &arguments.without);
                match rehearsal.observe(event.clone().into_owned())? {
                    Observed::Accepted => {
                        told.events += 1;
                        if let Some(rivals) = &mut rivals {
                            rivals.observe(event);
                        }
                    }
                    Observed::Duplicate => told.events_duplicate += 1,
                }
            }
            Step::Question(question) => {
                let account = question.account_id.clone();
                match recorded {
                    Some(_) => rehearsal.note(question)?,
                    None => drop(rehearsal.ask(question)?),
                }
                if let Some(rivals) = &mut rivals {
                    rivals.ask(&account);
                }
            }
        }
        Ok(())
    })?;
    told.events_refused = refused.events;
    told.checks_refused = refused.questions;
    let mut rehearsed = rehearsal.end(&truth)?;
    told.tasks_uncovered = rehearsed.uncovered;
    told.tasks_unlabelled = rehearsed.unlabelled;
    let is_own = recorded.is_none();
    let answers = match recorded {
        Some(recorded) => recorded.answers(&truth, &rehearsed.covered),
        None => ask_anew(&mut rehearsed, &truth)?,
    };
    let revocable_ppm = rehearsed.covered.iter().map(|task| task.revocable_ppm);
    let revocable_ppm: Vec<u32> = revocable_ppm.collect();
    let tasks = &answers.tasks;
    let system = arguments.answers.as_deref().map(Path::display);
    let evaluation = Evaluation {
        data_set: arguments.data_set.display().to_string(),
        system: system.map_or(OURSELVES.into(), |system| system.to_string()),
        without: arguments.without.iter().map(|one| one.name()).collect(),
        told,
        held_by_fuse: rehearsed.held_by_fuse(),
        honest_by_calling_code: honest_by(&truth, tasks, |account| prefixes.of(account)),
        thresholds: is_own
            .then(|| thresholds(&terms, &truth, tasks, &revocable_ppm))
            .flatten(),
        campaign_id: terms.campaign_id,
        report: Report::new(&truth, &answers),
        alternatives: rivals.map_or_else(Vec::new, |rivals| {
            rivals.alternatives(&truth, &rehearsed.covered)
        }),
    };
    write(&evaluation, arguments.out.as_deref())?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn rehearsal(
    folder: &Path,
    campaign_toml: String,
    model: Option<&Path>,
    weights: Option<&Path>,
) -> Result<Rehearsal, Failure> {
    let pseudonymiser = shipped::pseudonymiser(folder, None, shipped::reference_data(None)?)?;
    let mut setup = shipped::setup(Clock::Events, &pseudonymiser);
    setup.campaign_toml = campaign_toml;
    if let Some(path) = model {
        setup.model_json = fs::read_to_string(path).map_err(Failure::file("read", path))?;
    }
    setup.weights_toml = shipped::weights(weights)?;
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
