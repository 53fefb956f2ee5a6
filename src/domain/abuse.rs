//! The abuse score: an additive model with pairwise interactions (a GA2M: Lou, Caruana, Gehrke and Hooker
//! 2013) read from one JSON file. Each feature has a table of edges and points, some pairs of features a
//! table of both; the score is their sum. A feature adds its own points and half of those of its pairs,
//! which is its Shapley value exactly. Whole numbers throughout: a record scored again anywhere gives
//! the same answer.

use super::{
    feature::{FEATURES, Features},
    interaction::{Interaction, Interactions},
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
    /// What pairs of features say beyond what each says alone.
    pub interactions: Interactions,
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
    interactions: Vec<Interaction>,
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
    /// An interaction contradicts the tables of its features.
    #[error("abuse model: interaction of `{first}` and `{second}`: {problem}")]
    Interaction {
        /// One feature.
        first: String,
        /// The other.
        second: String,
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
    /// the wrong number of points or edges that don't ascend; an interaction is of features without a
    /// table or has other bins than they; a feature goes against its direction somewhere; the calibration
    /// doesn't ascend. A feature that the model leaves out adds nothing.
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
        let model = AbuseModel {
            interactions: Interactions::of(&file.features, &file.interactions)?,
            revision: file.revision,
            description: file.description,
            base_rate_ppm: file.base_rate_ppm,
            bias_millilogits: file.bias_millilogits,
            features: file.features,
            calibration: file.calibration,
        };
        model.check_directions()?;
        Ok(model)
    }

    /// The probability alone, millionths: what [`Self::score`] says, for a fraction of its cost. Most
    /// accounts are far from any threshold, and nobody asks what added up to that.
    pub fn probability_ppm(&self, features: Option<&Features>) -> u32 {
        let Some(features) = features else {
            return self.base_rate_ppm;
        };
        let bins = self.bins(features);
        let alone = self.features.iter().zip(bins);
        let alone: i32 = alone.map(|(table, bin)| table.points_of(bin)).sum();
        let paired: i32 = self
            .interactions
            .found(&bins)
            .map(|(_, points)| points)
            .sum();
        self.calibrate(self.bias_millilogits + alone + paired)
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
        let bins = self.bins(features);
        let mut added = [0; FEATURES.len()];
        for (number, table) in self.features.iter().enumerate() {
            if counts(number) {
                added[number] = table.points_of(bins[number]);
            }
        }
        for (pair, points) in self.interactions.found(&bins) {
            let [first, second] = pair.tables.map(usize::from);
            if counts(first) && counts(second) {
                added[first] += points / 2;
                added[second] += points - points / 2;
            }
        }
        (self.bias_millilogits + added.iter().sum::<i32>(), added)
    }

    /// The bin of each table; no model has more tables than there are features.
    fn bins(&self, features: &Features) -> [u16; FEATURES.len()] {
        let mut bins = [0; FEATURES.len()];
        for (table, bin) in self.features.iter().zip(&mut bins) {
            *bin = table.bin(features.0[table.position]);
        }
        bins
    }

    fn check_directions(&self) -> Result<(), ModelError> {
        for (number, table) in self.features.iter().enumerate() {
            let least = self.least_rises(number);
            if table.monotone != Monotone::Either && least.iter().any(|rise| *rise < 0) {
                return Err(table.fault("points go against the direction"));
            }
        }
        Ok(())
    }

    /// From each bin of a feature to the next, how far the sum goes the feature's way at least, whatever
    /// the other features are, millilogits. Exact, since what it is paired with differs from pair to pair.
    pub fn least_rises(&self, number: usize) -> Vec<i32> {
        let table = &self.features[number];
        let way = if table.monotone == Monotone::Falling {
            -1
        } else {
            1
        };
        let least = |bin: u16| {
            let own = (table.points_of(bin + 1) - table.points_of(bin)) * way;
            let paired = self.interactions.pairs().filter_map(|pair| {
                let tables = pair.tables.map(usize::from);
                let side = tables.iter().position(|table| *table == number)?;
                let at = |bin: u16, other: usize| {
                    let mut bins = [other; 2];
                    bins[side] = usize::from(bin);
                    self.interactions.points(pair, bins)
                };
                let others = 0..self.features[tables[1 - side]].bins();
                let rise = |other| (at(bin + 1, other) - at(bin, other)) * way;
                others.map(rise).min()
            });
            own + paired.sum::<i32>()
        };
        let last = u16::try_from(table.points.len()).expect("checked: few bins");
        (1..last).map(least).collect()
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
        Ok(())
    }

    /// What the feature says in words, of its value or of its absence.
    pub fn words(&self, value: Option<&str>) -> String {
        match value {
            Some(value) => self.statement.replace("{value}", value),
            None => format!(
                "nothing is known of its {} yet",
                self.name.replace('_', " ")
            ),
        }
    }

    /// Bins, that of an absent feature included.
    pub fn bins(&self) -> usize {
        self.points.len() + 1
    }

    /// 0 where the feature is absent, else the place of its value among the edges, from 1.
    pub fn bin(&self, value: Option<i32>) -> u16 {
        value.map_or(0, |value| {
            let below = self.edges.partition_point(|edge| *edge <= value);
            u16::try_from(below + 1).expect("checked: few bins")
        })
    }

    fn points_of(&self, bin: u16) -> i32 {
        let place = usize::from(bin).checked_sub(1);
        place.map_or(self.missing, |place| self.points[place])
    }
}

/// Logits as bits, for reasons.
pub fn millibits(millilogits: i32) -> i64 {
    i64::from(millilogits) * MILLIBITS_PER_1000_MILLILOGITS / 1000
}
