//! `sameuser train links`.

use std::{fs, path::Path, process::ExitCode};

use tempfile::TempDir;

use super::{
    arguments::TrainLinksArguments,
    evaluate::rehearsal,
    failure::Failure,
    input::{Lines, read_lines, total_bytes},
    progress, shipped,
};
use crate::{
    domain::evidence_weights::EvidenceWeights,
    edge::json_lines,
    lab::train::{
        links::{LINK_PROBABILITY, LinksCard, fit},
        pairs::{PairLabel, Pairs},
    },
    service::refusal::Refusal,
};

pub(super) fn train_links(arguments: &TrainLinksArguments) -> Result<ExitCode, Failure> {
    let labels: Vec<PairLabel> = match &arguments.labels {
        Some(path) => read_lines(path)?,
        None => Vec::new(),
    };
    let start = shipped::weights(arguments.start.as_deref())?;
    let start =
        EvidenceWeights::parse(&start).map_err(|fault| Failure::Usage(fault.to_string()))?;
    let mut pairs = Pairs::default();
    for file in &arguments.events {
        add(&mut pairs, file, &start, &labels)?;
    }
    if pairs.proposed.is_empty() {
        let problem = "no two accounts of these events share an identifier: nothing to fit";
        return Err(Failure::Usage(problem.into()));
    }
    let (weights, card) = fit(&pairs, &start, &arguments.revision);
    let text = written(&weights, &card, arguments)?;
    fs::write(&arguments.out, text).map_err(Failure::file("write", &arguments.out))?;
    eprintln!(
        "{} pairs share an identifier, {} of them labelled; about {} are one person's ({} rounds)",
        card.pairs_proposed, card.pairs_labelled, card.pairs_of_one_person, card.rounds
    );
    let card = serde_json::to_string(&card).map_err(|fault| Failure::Failed(fault.to_string()))?;
    println!("{card}");
    Ok(ExitCode::SUCCESS)
}

/// Tells a file of events to an empty store and takes in its pairs. What is broken on purpose, or came
/// twice, changes nothing.
fn add(
    pairs: &mut Pairs,
    file: &Path,
    start: &EvidenceWeights,
    labels: &[PairLabel],
) -> Result<(), Failure> {
    let folder = TempDir::with_prefix("sameuser-train-")?;
    let mut rehearsal = rehearsal(folder.path(), shipped::CAMPAIGN_TOML.into(), None, None)?;
    let bar = progress::bytes(total_bytes(&[file.to_path_buf()]));
    let mut lines = Lines::open(file)?;
    while let Some(line) = lines.next()? {
        bar.inc(line.read);
        let event = line.bytes.map(json_lines::event);
        let taken = event.map(|event| rehearsal.observe(event?));
        if let Some(Err(fault @ Refusal::Store(_))) = taken {
            return Err(fault.into());
        }
    }
    bar.finish_and_clear();
    rehearsal.settle()?;
    pairs.add(rehearsal.graph(), start, labels);
    Ok(())
}

/// The file, with a card as its head.
fn written(
    weights: &EvidenceWeights,
    card: &LinksCard,
    arguments: &TrainLinksArguments,
) -> Result<String, Failure> {
    let names: Vec<_> = arguments
        .events
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    let body = toml::to_string(weights).map_err(|fault| Failure::Failed(fault.to_string()))?;
    Ok(format!(
        "# Evidence weights, thousandths of a bit, fitted by `sameuser train links` (expectation-maximisation).\n\
         # Events: {}.\n\
         # {} of {} pairs of accounts share an identifier; {} of them were labelled; about {} are one person's.\n\
         # Linked from a probability of {LINK_PROBABILITY} on. {} rounds. An agreement that no pair showed keeps its\n\
         # proportion to the threshold. `exact`: may carry a link alone, as the file it began with says.\n\n{body}",
        names.join(", "),
        card.pairs_proposed,
        card.pairs,
        card.pairs_labelled,
        card.pairs_of_one_person,
        card.rounds,
    ))
}
