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
        evaluate::{
            evidence::{Evidence, stripped},
            truth::{Truth, TruthLine},
        },
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
    leaves: 48,
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
    let mut names = Vec::new();
    let mut learn_of = |name: String, examples: Vec<(String, Example)>| -> Result<(), Failure> {
        if let Some(table) = &mut table {
            table.write(&name, &examples)?;
        }
        all.extend(examples.into_iter().map(|(_, example)| example));
        names.push(name);
        Ok(())
    };
    let mut sources: Vec<&Path> = Vec::new();
    let whole = arguments.data_sets.iter().map(|set| (&[][..], set));
    let reduced = arguments.data_set_without.iter();
    let reduced = reduced.map(|(without, set)| (&without[..], set));
    for (without, directory) in whole.chain(reduced) {
        let set = number(&mut sources, directory);
        learn_of(name(directory, without), collect(directory, set, without)?)?;
    }
    for labels in &arguments.labels {
        let set = number(&mut sources, labels);
        learn_of(name(labels, &[]), read_labels(labels, set)?)?;
    }
    eprintln!("{} examples; boosting", all.len());
    let description = format!("Boosted trees learnt from {}", names.join(", "));
    let (model, _) = fit(&all, BOOSTING, &arguments.revision, &description)
        .map_err(|error| Failure::Usage(error.to_string()))?;
    fs::write(&arguments.out, to_json(&model)).map_err(Failure::file("write", &arguments.out))?;
    Ok(ExitCode::SUCCESS)
}

/// The number of a source among those before it: a set that is told twice keeps its own, so that a farm stays
/// in one fold.
fn number<'a>(sources: &mut Vec<&'a Path>, source: &'a Path) -> u32 {
    let place = sources.iter().position(|one| *one == source);
    let place = place.unwrap_or_else(|| {
        sources.push(source);
        sources.len() - 1
    });
    place as u32
}

/// A source in a model's description, and in a table of examples.
fn name(source: &Path, without: &[Evidence]) -> String {
    let mut name = source
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    for (number, one) in without.iter().enumerate() {
        name += if number == 0 { " without " } else { " or " };
        name += one.name();
    }
    name
}

/// Tells a data set to an empty graph, and collects its examples by account.
fn collect(
    directory: &Path,
    set: u32,
    without: &[Evidence],
) -> Result<Vec<(String, Example)>, Failure> {
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
            Step::Event(event) => listener.observe(stripped(event, without).into_owned())?,
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

    fn write(&mut self, set: &str, examples: &[(String, Example)]) -> Result<(), Failure> {
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
