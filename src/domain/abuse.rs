//! The abuse score: a sum of tables and trees, read from one JSON file. Each feature has a table of edges and
//! points, which a person can write by hand; trees say what features mean together. What each feature adds is
//! told exactly. Whole numbers throughout: a record scored again anywhere gives the same answer.

use super::{
    feature::{FEATURES, Features},
    forest::{Branch, Forest, Values},
    reason::ReasonCode,
};
use serde::{Deserialize, Serialize};

/// Millilogits in a bit, inverted for whole-number arithmetic: 1000 / ln 2 = 1442.695.
const MILLIBITS_PER_1000_MILLILOGITS: i64 = 1443;

/// Edges of one feature's table.
pub const EDGES_AT_MOST: usize = 1024;

/// The model.
#[derive(Clone, Debug, PartialEq)]
pub struct AbuseModel {
    /// Names it in verdicts.
    pub revision: String,
    /// What it is, for people.
    pub description: String,
    /// The probability where nothing can be said, millionths.
    pub base_rate_ppm: u32,
    /// Where every sum begins, millilogits.
    pub bias_millilogits: i32,
    /// A table a feature.
    pub features: Vec<FeatureTable>,
    /// What features say together.
    pub trees: Forest,
    /// (millilogits, millionths), both ascending: sums in between are interpolated.
    pub calibration: Vec<(i32, u32)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelFile {
    revision: String,
    description: String,
    base_rate_ppm: u32,
    bias_millilogits: i32,
    features: Vec<FeatureTable>,
    #[serde(default)]
    trees: Vec<Branch>,
    calibration: Vec<(i32, u32)>,
}

/// The points of one feature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// A tree contradicts the tables of its features, or goes against a direction.
    #[error("abuse model: tree {tree}: {problem}")]
    Tree {
        /// Which, from 0.
        tree: usize,
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
    /// Sum of what known features of the account's own behaviour added, where positive, millilogits.
    pub own_behaviour_millilogits: i32,
    /// (index of the model's table, millilogits), strongest first, positive ones only. What is unknown of an
    /// account may add to its score, but is nothing that it did: it is no reason, and no behaviour.
    pub contributions: Vec<(usize, i32)>,
}

/// Behaviour of an account's own must speak against it with one bit at least.
const OWN_BEHAVIOUR_NEEDED_MILLILOGITS: i32 = 693;

impl Score {
    /// Whether enough of it is the account's own behaviour (design promise 7).
    pub fn is_of_own_behaviour(&self) -> bool {
        self.scored && self.own_behaviour_millilogits >= OWN_BEHAVIOUR_NEEDED_MILLILOGITS
    }
}

impl AbuseModel {
    /// Reads and checks a model file.
    ///
    /// # Errors
    /// A key is missing, unknown or of the wrong type; a feature is unknown or given twice; a table has
    /// the wrong number of points, edges that don't ascend, or points against its direction; a tree asks of a
    /// feature without a table, or goes against a direction; the calibration doesn't ascend. A feature
    /// that the model leaves out adds nothing.
    pub fn parse(text: &str) -> Result<Self, ModelError> {
        let mut file: ModelFile = serde_json::from_str(text)?;
        let mut used = [false; FEATURES.len()];
        for table in &mut file.features {
            let position = FEATURES
                .iter()
                .position(|feature| feature.name == table.name)
                .filter(|position| !used[*position]);
            table.position = position.ok_or_else(|| table.fault("is unknown or given twice"))?;
            used[table.position] = true;
            table.check()?;
        }
        let ascends = |pair: &[(i32, u32)]| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1;
        if file.calibration.len() < 2 || !file.calibration.windows(2).all(ascends) {
            return Err(ModelError::Calibration);
        }
        Ok(AbuseModel {
            trees: Forest::of(&file.features, &file.trees)?,
            revision: file.revision,
            description: file.description,
            base_rate_ppm: file.base_rate_ppm,
            bias_millilogits: file.bias_millilogits,
            features: file.features,
            calibration: file.calibration,
        })
    }

    /// The probability alone, millionths: what [`Self::score`] says, for a fraction of its cost. Most
    /// accounts are far from any threshold, and nobody asks what added up to that.
    pub fn probability_ppm(&self, features: Option<&Features>) -> u32 {
        let Some(features) = features else {
            return self.base_rate_ppm;
        };
        let alone = self.features.iter();
        let alone = alone.map(|table| table.points_of(features.0[table.position]));
        let together = self.trees.points(&Values::of(&self.features, features));
        self.calibrate(self.bias_millilogits + alone.sum::<i32>() + together)
    }

    /// Scores features; `None` where nothing can be said of the account.
    pub fn score(&self, features: Option<&Features>) -> Score {
        self.score_by(features, |_| true)
    }

    /// Scores features as if the model had no such tables.
    pub fn score_without(&self, features: &Features, tables: &[usize]) -> Score {
        self.score_by(Some(features), |table| !tables.contains(&table))
    }

    fn score_by(&self, features: Option<&Features>, counts: impl Fn(usize) -> bool) -> Score {
        let Some(features) = features else {
            return Score {
                probability_ppm: self.base_rate_ppm,
                scored: false,
                own_behaviour_millilogits: 0,
                contributions: Vec::new(),
            };
        };
        let (sum, added) = self.add_by(features, counts);
        let mut own_behaviour_millilogits = 0;
        let mut contributions = Vec::new();
        for (number, points) in added.into_iter().enumerate().filter(|it| it.1 > 0) {
            let position = self.features[number].position;
            if features.0[position].is_none() {
                continue;
            }
            contributions.push((number, points));
            if FEATURES[position].own_behaviour {
                own_behaviour_millilogits += points;
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
        let (_, added) = self.add(features);
        let mut found: Vec<(&FeatureTable, Option<i32>, i32)> = self
            .features
            .iter()
            .zip(added)
            .map(|(table, points)| (table, features.0[table.position], points))
            .filter(|(.., points)| *points != 0)
            .collect();
        found.sort_by_key(|(.., points)| -points);
        found
    }

    /// The sum of all points, and what each table's feature adds to it, millilogits.
    pub fn add(&self, features: &Features) -> (i32, [i32; FEATURES.len()]) {
        self.add_by(features, |_| true)
    }

    /// The same of the tables that count.
    fn add_by(
        &self,
        features: &Features,
        counts: impl Fn(usize) -> bool,
    ) -> (i32, [i32; FEATURES.len()]) {
        let mut added = [0; FEATURES.len()];
        for (number, table) in self.features.iter().enumerate() {
            if counts(number) {
                added[number] = table.points_of(features.0[table.position]);
            }
        }
        let values = Values::of(&self.features, features);
        let base = self.trees.contribute(&values, counts, &mut added);
        let sum = self.bias_millilogits + base + added.iter().sum::<i32>();
        (sum, added)
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
        if self.edges.len() >= EDGES_AT_MOST {
            return fault("has more edges than a table may");
        }
        if !self.edges.windows(2).all(|pair| pair[0] < pair[1]) {
            return fault("edges must ascend");
        }
        let holds = |pair: &[i32]| match self.monotone {
            Monotone::Either => true,
            Monotone::Rising => pair[0] <= pair[1],
            Monotone::Falling => pair[0] >= pair[1],
        };
        if !self.points.windows(2).all(holds) {
            return fault("points go against the direction");
        }
        Ok(())
    }

    /// What the feature says in words, of its value or of its absence. Shares are told in percent.
    pub fn words(&self, value: Option<i32>) -> String {
        let Some(value) = value else {
            let name = self.name.replace('_', " ");
            return format!("nothing is known of its {name} yet");
        };
        self.statement
            .replace("{value} in 1000", &format!("{}%", f64::from(value) / 10.0))
            .replace("{value} in 100", &format!("{value}%"))
            .replace("{value}", &value.to_string())
    }

    /// Millilogits of a value.
    fn points_of(&self, value: Option<i32>) -> i32 {
        let bin = |value| self.edges.partition_point(|edge| *edge <= value);
        value.map_or(self.missing, |value| self.points[bin(value)])
    }
}

/// Logits as bits, for reasons.
pub fn millibits(millilogits: i32) -> i64 {
    i64::from(millilogits) * MILLIBITS_PER_1000_MILLILOGITS / 1000
}
