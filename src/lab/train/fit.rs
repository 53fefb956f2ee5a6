//! The abuse model from examples: boosted stumps as tables, calibrated on examples that the tables
//! did not see.

use super::{
    examples::Example,
    isotonic::{Outcome, isotonic},
    stumps::{Boosting, Stumps, Table},
};
use crate::domain::{
    abuse::{AbuseModel, FeatureTable},
    feature::FEATURES,
};

/// Logits in millilogits.
const MILLI: f64 = 1000.0;
/// No calibrated probability is nearer to 0 or 1 than this, millionths.
const NEAREST_PPM: f64 = 100.0;

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
    let mut outcomes = Vec::with_capacity(examples.len());
    for fold in folds {
        let (held_out, seen): (Vec<&Example>, Vec<&Example>) =
            examples.iter().partition(|example| example.fold == fold);
        let stumps = Stumps::learn(&seen, boosting)?;
        outcomes.extend(held_out.iter().map(|example| {
            let sum = stumps.sum(&example.features);
            (sum, example.abusive, example.weight)
        }));
    }
    let all: Vec<&Example> = examples.iter().collect();
    let mut stumps = Stumps::learn(&all, boosting)?;
    stumps.centre(&all);
    let model = AbuseModel {
        revision: revision.into(),
        description: description.into(),
        base_rate_ppm: base_rate_ppm(examples),
        bias_millilogits: (stumps.bias * MILLI).round() as i32,
        features: tables(&stumps),
        calibration: calibration(isotonic(outcomes.clone())),
    };
    Ok((model, outcomes))
}

fn base_rate_ppm(examples: &[Example]) -> u32 {
    let whole: f64 = examples.iter().map(|example| example.weight).sum();
    let abusive = examples.iter().filter(|example| example.abusive);
    let abusive: f64 = abusive.map(|example| example.weight).sum();
    (abusive / whole * 1e6) as u32
}

/// The tables that say anything, in whole numbers.
fn tables(stumps: &Stumps) -> Vec<FeatureTable> {
    let says_nothing = |table: &Table| {
        let all = table.points.iter().chain([&table.missing]);
        all.clone().all(|points| points.abs() * MILLI < 0.5)
    };
    let tables = FEATURES.iter().zip(&stumps.tables).enumerate();
    tables
        .filter(|(_, (_, table))| !says_nothing(table))
        .map(|(position, (feature, table))| FeatureTable {
            name: feature.name.into(),
            pattern: feature.pattern,
            monotone: feature.direction,
            edges: table.edges.clone(),
            points: table
                .points
                .iter()
                .map(|points| millilogits(*points))
                .collect(),
            missing: millilogits(table.missing),
            statement: feature.statement.into(),
            position,
        })
        .collect()
}

fn millilogits(logits: f64) -> i32 {
    (logits * MILLI).round() as i32
}

fn calibration(steps: Vec<(f64, f64)>) -> Vec<(i32, u32)> {
    let mut calibration: Vec<(i32, u32)> = Vec::new();
    for (sum, probability) in steps {
        let ppm = (probability * 1e6).clamp(NEAREST_PPM, 1e6 - NEAREST_PPM) as u32;
        let sum = millilogits(sum);
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
