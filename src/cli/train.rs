//! `sameuser train`.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use tempfile::TempDir;

use super::{
    arguments::TrainAbuseArguments,
    evaluate::rehearsal,
    failure::Failure,
    input::{Lines, read_checks, read_lines, total_bytes},
    progress, shipped,
};
use crate::{
    domain::feature::FEATURES,
    edge::{json_lines, schedule::Schedule},
    lab::{
        evaluate::truth::{Truth, TruthLine},
        train::{collect::Collector, examples::Example, fit::fit, stumps::Boosting},
    },
    service::refusal::Refusal,
};

/// How the shipped model was boosted.
const BOOSTING: Boosting = Boosting {
    rounds: 400,
    learning_rate: 0.15,
    least_weight: 3.0,
    ridge: 1.0,
};

pub(super) fn train_abuse(arguments: &TrainAbuseArguments) -> Result<ExitCode, Failure> {
    let mut all = Vec::new();
    let mut table = arguments
        .examples
        .as_deref()
        .map(Table::create)
        .transpose()?;
    for (set, directory) in arguments.data_sets.iter().enumerate() {
        let examples = collect(directory, set as u32)?;
        if let Some(table) = &mut table {
            table.write(directory, &examples)?;
        }
        all.extend(examples.into_iter().map(|(_, example)| example));
    }
    eprintln!("{} examples; boosting", all.len());
    let names: Vec<_> = arguments
        .data_sets
        .iter()
        .filter_map(|set| Some(set.file_name()?.to_string_lossy()))
        .collect();
    let description = format!("Boosted stumps learnt from {}", names.join(", "));
    let (model, _) = fit(&all, BOOSTING, &arguments.revision, &description)
        .map_err(|error| Failure::Usage(error.to_string()))?;
    let text = serde_json::to_string_pretty(&model).expect("a model is JSON");
    fs::write(&arguments.out, text + "\n").map_err(Failure::file("write", &arguments.out))?;
    Ok(ExitCode::SUCCESS)
}

/// Tells a data set to an empty store, and collects its examples by account.
fn collect(directory: &Path, set: u32) -> Result<Vec<(String, Example)>, Failure> {
    let file = |name: &str| directory.join(name);
    let truth = Truth::new(read_lines::<TruthLine>(&file("truth.jsonl"))?)
        .map_err(|error| Failure::Usage(format!("{}: {error}", directory.display())))?;
    let folder = TempDir::with_prefix("sameuser-train-")?;
    let mut rehearsal = rehearsal(folder.path(), shipped::CAMPAIGN_TOML.into(), None)?;
    let mut checks = Schedule::new(read_checks(&file("checks.jsonl"))?);
    let mut collector = Collector::new(&truth, set);
    let mut ask = |rehearsal: &mut crate::lab::evaluate::rehearsal::Rehearsal, check| {
        match rehearsal.ask(check) {
            Ok((account, seen)) => collector.asked(&account, seen),
            Err(Refusal::Store(fault)) => return Err(Failure::from(Refusal::Store(fault))),
            // What a set holds on purpose to be refused teaches nothing.
            Err(_) => {}
        }
        Ok(())
    };
    let events = file("events.jsonl");
    let bar = progress::bytes(total_bytes(&[PathBuf::from(&events)]));
    let mut lines = Lines::open(&events)?;
    while let Some(line) = lines.next()? {
        bar.inc(line.read);
        let Some(Ok(event)) = line.bytes.map(json_lines::event) else {
            continue;
        };
        while let Some(check) = checks.due_before(&event) {
            ask(&mut rehearsal, check)?;
        }
        if let Err(Refusal::Store(fault)) = rehearsal.observe(&event) {
            return Err(Refusal::Store(fault).into());
        }
    }
    while let Some(check) = checks.take_next() {
        ask(&mut rehearsal, check)?;
    }
    bar.finish_and_clear();
    Ok(collector.examples(rehearsal.graph()))
}

/// Examples as a table that any tool reads.
struct Table(BufWriter<File>);

impl Table {
    fn create(path: &Path) -> Result<Self, Failure> {
        let file = File::create(path).map_err(Failure::file("create", path))?;
        let mut table = BufWriter::new(file);
        let names: Vec<_> = FEATURES.iter().map(|feature| feature.name).collect();
        writeln!(table, "set,account_id,abusive,weight,{}", names.join(","))?;
        Ok(Table(table))
    }

    fn write(&mut self, set: &Path, examples: &[(String, Example)]) -> Result<(), Failure> {
        let set = set.file_name().unwrap_or_default().to_string_lossy();
        for (account, example) in examples {
            let Example {
                abusive, weight, ..
            } = example;
            write!(self.0, "{set},{account},{},{weight}", u8::from(*abusive))?;
            for value in example.features.0 {
                match value {
                    Some(value) => write!(self.0, ",{value}")?,
                    None => write!(self.0, ",")?,
                }
            }
            writeln!(self.0)?;
        }
        Ok(())
    }
}
