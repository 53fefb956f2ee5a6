//! The abuse score: an additive model (a GAM) read from one small JSON file. Each feature has a table
//! of edges and points; the score is their sum, so what each feature adds is exact. Whole numbers
//! throughout: a record scored again anywhere gives the same answer.

use serde::{Deserialize, Serialize};

use super::{
    feature::{FEATURES, Features},
    reason::ReasonCode,
};

/// Millilogits in a bit, inverted for whole-number arithmetic: 1000 / ln 2 = 1442.695.
const MILLIBITS_PER_1000_MILLILOGITS: i64 = 1443;

/// The model, as its file says it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AbuseModel {
    /// Names this file in verdicts.
    pub revision: String,
    /// What it is, for people.
    pub description: String,
    /// The probability where nothing can be said, millionths.
    pub base_rate_ppm: u32,
    /// Where every sum begins, millilogits.
    pub bias_millilogits: i32,
    /// A table a feature.
    pub features: Vec<FeatureTable>,
    /// (millilogits, millionths), both ascending: sums in between are interpolated.
    pub calibration: Vec<(i32, u32)>,
}

/// The points of one feature.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureTable {
    /// The feature, as [`FEATURES`] names it.
    pub name: String,
    /// The pattern it speaks for.
    pub pattern: ReasonCode,
    /// Whether the points may only rise, or only fall, as the feature rises.
    pub monotone: Monotone,
    /// Ascending; a value below the first edge falls in the first bin.
    pub edges: Vec<i32>,
    /// Millilogits a bin: one more than edges.
    pub points: Vec<i32>,
    /// Millilogits where the feature is absent.
    pub missing: i32,
    /// In words, `{value}` standing for the feature.
    pub statement: String,
    /// Where the feature stands in [`FEATURES`].
    #[serde(skip)]
    pub position: usize,
}

/// Direction that common sense prescribes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Monotone {
    /// More of it, never less suspicious.
    Rising,
    /// More of it, never more suspicious.
    Falling,
    /// Common sense prescribes none.
    Either,
}

/// Why a model file is refused.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// Not JSON, or a key is missing, unknown or of the wrong type.
    #[error("abuse model: {0}")]
    Syntax(#[from] serde_json::Error),
    /// A table contradicts itself or the program.
    #[error("abuse model: feature `{feature}`: {problem}")]
    Feature {
        /// The feature.
        feature: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// The calibration doesn't rise, or is empty.
    #[error("abuse model: calibration must have at least two ascending steps")]
    Calibration,
}

/// A score with what each feature added to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Score {
    /// Probability of abuse, millionths.
    pub probability_ppm: u32,
    /// Whether there was enough to say anything.
    pub scored: bool,
    /// Sum of what features of the account's own behaviour added, where positive, millilogits.
    pub own_behaviour_millilogits: i32,
    /// (index of the model's table, millilogits), strongest first, positive ones only.
    pub contributions: Vec<(usize, i32)>,
}

impl AbuseModel {
    /// Reads and checks a model file.
    ///
    /// # Errors
    /// A key is missing, unknown or of the wrong type; a feature is unknown or given twice; a table has
    /// the wrong number of points, edges that don't ascend or points against its direction; the
    /// calibration doesn't ascend. A feature that the model leaves out adds nothing.
    pub fn parse(text: &str) -> Result<Self, ModelError> {
        let mut model: AbuseModel = serde_json::from_str(text)?;
        let mut used = [false; FEATURES.len()];
        for table in &mut model.features {
            let position = FEATURES
                .iter()
                .position(|feature| feature.name == table.name)
                .filter(|position| !used[*position]);
            table.position = position.ok_or_else(|| table.fault("is unknown or given twice"))?;
            used[table.position] = true;
            table.check()?;
        }
        let ascends = |pair: &[(i32, u32)]| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1;
        if model.calibration.len() < 2 || !model.calibration.windows(2).all(ascends) {
            return Err(ModelError::Calibration);
        }
        Ok(model)
    }

    /// Scores features; `None` where nothing can be said of the account.
    pub fn score(&self, features: Option<&Features>) -> Score {
        let Some(features) = features else {
            return Score {
                probability_ppm: self.base_rate_ppm,
                scored: false,
                own_behaviour_millilogits: 0,
                contributions: Vec::new(),
            };
        };
        let mut sum = self.bias_millilogits;
        let mut own_behaviour_millilogits = 0;
        let mut contributions = Vec::new();
        for (number, table) in self.features.iter().enumerate() {
            let points = table.points_for(features.0[table.position]);
            sum += points;
            if points > 0 {
                contributions.push((number, points));
                if FEATURES[table.position].own_behaviour {
                    own_behaviour_millilogits += points;
                }
            }
        }
        contributions.sort_by_key(|(number, points)| (-points, *number));
        Score {
            probability_ppm: self.calibrate(sum),
            scored: true,
            own_behaviour_millilogits,
            contributions,
        }
    }

    /// What each feature adds to the sum of a score: (the model's table, the feature, millilogits), the most
    /// first; those that add nothing are left out.
    pub fn contributions(&self, features: &Features) -> Vec<(&FeatureTable, Option<i32>, i32)> {
        let mut found: Vec<(&FeatureTable, Option<i32>, i32)> = self
            .features
            .iter()
            .map(|table| {
                let value = features.0[table.position];
                (table, value, table.points_for(value))
            })
            .filter(|(.., points)| *points != 0)
            .collect();
        found.sort_by_key(|(.., points)| -points);
        found
    }

    fn calibrate(&self, millilogits: i32) -> u32 {
        let after = self
            .calibration
            .partition_point(|(step, _)| *step <= millilogits);
        let Some(((low, low_ppm), (high, high_ppm))) = after
            .checked_sub(1)
            .and_then(|before| Some((self.calibration[before], *self.calibration.get(after)?)))
        else {
            let end = if after == 0 { 0 } else { after - 1 };
            return self.calibration[end].1;
        };
        let (run, rise) = (
            i64::from(high - low),
            i64::from(high_ppm) - i64::from(low_ppm),
        );
        let ppm = i64::from(low_ppm) + rise * i64::from(millilogits - low) / run;
        u32::try_from(ppm).expect("between two probabilities")
    }
}

impl FeatureTable {
    fn fault(&self, problem: &'static str) -> ModelError {
        let feature = self.name.clone();
        ModelError::Feature { feature, problem }
    }

    fn check(&self) -> Result<(), ModelError> {
        let fault = |problem| Err(self.fault(problem));
        if self.points.len() != self.edges.len() + 1 {
            return fault("needs one more point than edges");
        }
        if !self.edges.windows(2).all(|pair| pair[0] < pair[1]) {
            return fault("edges must ascend");
        }
        let ordered = |pair: &[i32]| match self.monotone {
            Monotone::Rising => pair[0] <= pair[1],
            Monotone::Falling => pair[0] >= pair[1],
            Monotone::Either => true,
        };
        if !self.points.windows(2).all(ordered) {
            return fault("points go against the direction");
        }
        Ok(())
    }

    fn points_for(&self, value: Option<i32>) -> i32 {
        match value {
            Some(value) => self.points[self.edges.partition_point(|edge| *edge <= value)],
            None => self.missing,
        }
    }
}

/// Logits as bits, for reasons.
pub fn millibits(millilogits: i32) -> i64 {
    i64::from(millilogits) * MILLIBITS_PER_1000_MILLILOGITS / 1000
}
