//! The abuse model from examples: boosted trees, calibrated on examples that they did not see.

use serde::Serialize;

use super::{
    boosting::{Boosting, Branch, boost},
    emphasis::emphasise,
    examples::Example,
    isotonic::{Outcome, isotonic},
};
use crate::domain::{
    abuse::{AbuseModel, FeatureTable},
    feature::{FEATURES, FeatureDefinition},
    forest::{self, Forest, Side},
};

/// Logits in millilogits.
const MILLI: f64 = 1000.0;
/// No calibrated probability is nearer to 0 or 1 than this, millionths.
const NEAREST_PPM: f64 = 100.0;

/// The first model, which only tells who is hard to tell from an abuser, learns in so many rounds...
const PILOT_ROUNDS: usize = 60;
/// ...and so much in each.
const PILOT_LEARNING_RATE: f32 = 0.3;

/// Why there is no model.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    /// The booster refuses the data.
    #[error("boosting: {0}")]
    Boosting(#[from] forust_ml::errors::ForustError),
    /// Too few folds to calibrate on unseen examples.
    #[error("needs examples of at least two folds; found {0}")]
    Folds(usize),
}

/// Learns, calibrates and names a model. Answers it with the outcome of every example as the model of
/// the other folds would have had it.
///
/// # Errors
/// The examples are all of one fold or of one kind.
pub fn fit(
    examples: &[Example],
    boosting: Boosting,
    revision: &str,
    description: &str,
) -> Result<(AbuseModel, Vec<Outcome>), FitError> {
    let mut folds: Vec<u32> = examples.iter().map(|example| example.fold).collect();
    folds.sort_unstable();
    folds.dedup();
    if folds.len() < 2 {
        return Err(FitError::Folds(folds.len()));
    }
    let pilot = Boosting {
        rounds: PILOT_ROUNDS,
        learning_rate: PILOT_LEARNING_RATE,
        ..boosting
    };
    let examples = emphasise(examples, &judged_by_others(examples, folds[0], pilot)?);
    // Folds do not look at each other, so they are learnt beside each other.
    let judged = std::thread::scope(|scope| {
        let fold = |fold: &u32| {
            let (fold, examples) = (*fold, &examples);
            scope.spawn(move || judged_by_others(examples, fold, boosting))
        };
        let learning: Vec<_> = folds.iter().map(fold).collect();
        let learnt = learning.into_iter().map(|fold| fold.join());
        let learnt = learnt.map(|fold| fold.expect("learning a fold does not panic"));
        learnt.collect::<Result<Vec<_>, _>>()
    })?;
    let outcomes: Vec<Outcome> = judged
        .into_iter()
        .flatten()
        .map(|(sum, example)| (sum, example.abusive, example.weight))
        .collect();
    let all: Vec<&Example> = examples.iter().collect();
    let model = AbuseModel {
        revision: revision.into(),
        description: description.into(),
        base_rate_ppm: base_rate_ppm(&examples),
        calibration: calibration(isotonic(outcomes.clone())),
        ..uncalibrated(&all, boosting)?
    };
    Ok((model, outcomes))
}

/// The examples of a fold, with their sums by a model of the others.
fn judged_by_others(
    examples: &[Example],
    fold: u32,
    boosting: Boosting,
) -> Result<Vec<(f64, &Example)>, FitError> {
    let (held_out, seen): (Vec<&Example>, Vec<&Example>) =
        examples.iter().partition(|example| example.fold == fold);
    let model = uncalibrated(&seen, boosting)?;
    let sum = |example: &Example| f64::from(model.add(&example.features).0);
    let judged = held_out.into_iter().map(|example| (sum(example), example));
    Ok(judged.collect())
}

/// A model whose sums are told, but no probabilities yet.
fn uncalibrated(examples: &[&Example], boosting: Boosting) -> Result<AbuseModel, FitError> {
    let boosted = boost(examples, boosting)?;
    let mut asked = [false; FEATURES.len()];
    let trees: Vec<forest::Branch> = boosted
        .trees
        .iter()
        .map(|tree| told(tree, &mut asked))
        .collect();
    let asked = FEATURES.iter().enumerate().filter(|it| asked[it.0]);
    let table = |(position, feature): (usize, &FeatureDefinition)| FeatureTable {
        name: feature.name.into(),
        pattern: feature.pattern,
        monotone: feature.direction,
        edges: Vec::new(),
        points: vec![0],
        missing: 0,
        statement: feature.statement.into(),
        position,
    };
    let features: Vec<FeatureTable> = asked.map(table).collect();
    Ok(AbuseModel {
        revision: String::new(),
        description: String::new(),
        base_rate_ppm: 0,
        bias_millilogits: millilogits(boosted.bias),
        trees: Forest::of(&features, &trees).expect("trees are held to their directions"),
        features,
        calibration: Vec::new(),
    })
}

/// A tree as a model file says it; notes the features that it asks.
fn told(branch: &Branch, asked: &mut [bool]) -> forest::Branch {
    let points = millilogits(branch.points);
    let Some(split) = &branch.split else {
        return forest::Branch::Leaf(points);
    };
    asked[split.feature] = true;
    forest::Branch::Split(
        FEATURES[split.feature].name.into(),
        split.edge,
        match split.absent_goes_above {
            true => Side::Above,
            false => Side::Below,
        },
        points,
        Box::new(told(&split.below, asked)),
        Box::new(told(&split.above, asked)),
    )
}

fn base_rate_ppm(examples: &[Example]) -> u32 {
    let whole: f64 = examples.iter().map(|example| example.weight).sum();
    let abusive = examples.iter().filter(|example| example.abusive);
    let abusive: f64 = abusive.map(|example| example.weight).sum();
    (abusive / whole * 1e6) as u32
}

fn millilogits(logits: f64) -> i32 {
    (logits * MILLI).round() as i32
}

fn calibration(steps: Vec<(f64, f64)>) -> Vec<(i32, u32)> {
    let mut calibration: Vec<(i32, u32)> = Vec::new();
    for (sum, probability) in steps {
        let ppm = (probability * 1e6).clamp(NEAREST_PPM, 1e6 - NEAREST_PPM) as u32;
        let sum = sum.round() as i32;
        match calibration.last_mut() {
            Some(last) if last.0 >= sum => last.1 = last.1.max(ppm),
            _ => calibration.push((sum, ppm)),
        }
    }
    if calibration.len() < 2 {
        // All alike: one level, said twice, since a calibration has two ends.
        let level = calibration.first().map_or(500_000, |(_, ppm)| *ppm);
        return vec![(-1, level), (1, level)];
    }
    calibration
}

/// The model as a file: a table or a tree a line, so that two revisions can be compared.
pub fn to_json(model: &AbuseModel) -> String {
    format!(
        "{{\n \"revision\": {},\n \"description\": {},\n \"base_rate_ppm\": {},\n \
         \"bias_millilogits\": {},\n \"features\": [\n  {}\n ],\n \"trees\": [\n  {}\n ],\n \
         \"calibration\": {}\n}}\n",
        json(&model.revision),
        json(&model.description),
        model.base_rate_ppm,
        model.bias_millilogits,
        lines(&model.features),
        lines(&model.trees.as_told(&model.features)),
        json(&model.calibration),
    )
}

fn lines(tables: &[impl Serialize]) -> String {
    let lines: Vec<String> = tables.iter().map(json).collect();
    lines.join(",\n  ")
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("a model is JSON")
}
