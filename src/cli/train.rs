//! `sameuser train`.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::Path,
    process::ExitCode,
};

use tempfile::TempDir;

use super::{
    arguments::TrainAbuseArguments,
    failure::Failure,
    input::read_lines,
    shipped,
    telling::{Step, tell},
};
use crate::{
    domain::{evidence_weights::EvidenceWeights, feature::FEATURES},
    lab::{
        evaluate::truth::{Truth, TruthLine},
        train::{
            boosting::Boosting,
            collect::Collector,
            examples::Example,
            fit::{fit, to_json},
            labelled,
            listener::Listener,
        },
    },
    service::export::LabelledMoment,
};

/// How the shipped model was boosted.
const BOOSTING: Boosting = Boosting {
    rounds: 400,
    leaves: 31,
    learning_rate: 0.06,
    least_weight: 0.3,
    ridge: 5.0,
    quantiles: 48,
};

pub(super) fn train_abuse(arguments: &TrainAbuseArguments) -> Result<ExitCode, Failure> {
    let mut all = Vec::new();
    let mut table = arguments
        .examples
        .as_deref()
        .map(Table::create)
        .transpose()?;
    let sources = arguments.data_sets.iter().chain(&arguments.labels);
    for (set, source) in sources.clone().enumerate() {
        let examples = match set < arguments.data_sets.len() {
            true => collect(source, set as u32)?,
            false => read_labels(source, set as u32)?,
        };
        if let Some(table) = &mut table {
            table.write(source, &examples)?;
        }
        all.extend(examples.into_iter().map(|(_, example)| example));
    }
    eprintln!("{} examples; boosting", all.len());
    let names: Vec<_> = sources
        .filter_map(|source| Some(source.file_name()?.to_string_lossy()))
        .collect();
    let description = format!("Boosted trees learnt from {}", names.join(", "));
    let (model, _) = fit(&all, BOOSTING, &arguments.revision, &description)
        .map_err(|error| Failure::Usage(error.to_string()))?;
    fs::write(&arguments.out, to_json(&model)).map_err(Failure::file("write", &arguments.out))?;
    Ok(ExitCode::SUCCESS)
}

/// Tells a data set to an empty graph, and collects its examples by account.
fn collect(directory: &Path, set: u32) -> Result<Vec<(String, Example)>, Failure> {
    let file = |name: &str| directory.join(name);
    let truth = Truth::new(read_lines::<TruthLine>(&file("truth.jsonl"))?)
        .map_err(|error| Failure::Usage(format!("{}: {error}", directory.display())))?;
    let folder = TempDir::with_prefix("sameuser-train-")?;
    let pseudonymiser =
        shipped::pseudonymiser(folder.path(), None, shipped::reference_data(None)?)?;
    let weights = EvidenceWeights::parse(&shipped::weights(None)?)
        .map_err(|fault| Failure::Usage(fault.to_string()))?;
    let mut listener = Listener::new(weights.identifier_kinds(), pseudonymiser);
    let mut collector = Collector::new(&truth, set);
    // What a set holds on purpose to be refused teaches nothing.
    tell(directory, |step| {
        match step {
            Step::Event(event) => listener.observe(event.clone())?,
            Step::Question(question) => {
                let (account, seen) = listener.ask(question)?;
                collector.asked(&account, seen);
            }
        }
        Ok(())
    })?;
    Ok(collector.examples(&listener.into_graph()))
}

/// Reads labels of people.
fn read_labels(file: &Path, set: u32) -> Result<Vec<(String, Example)>, Failure> {
    let moments = read_lines::<LabelledMoment>(file)?;
    labelled::examples(&moments, set)
        .map_err(|error| Failure::Usage(format!("{}: {error}", file.display())))
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
