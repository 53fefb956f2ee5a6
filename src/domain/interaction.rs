//! What pairs of features say beyond what each says alone. A score looks up one point of every pair, so
//! the points of all pairs lie in one list.

use serde::{Deserialize, Serialize};

use super::abuse::{FeatureTable, ModelError};

/// The points of two features together, as a model file says them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interaction {
    /// Two features that have tables of their own.
    pub features: [String; 2],
    /// Millilogits: a row a bin of the first feature, a column a bin of the second. The first row and the
    /// first column stand for a feature that is absent.
    pub points: Vec<Vec<i16>>,
}

/// All pairs of a model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Interactions {
    pairs: Vec<Pair>,
    points: Vec<i16>,
}

/// Where the points of a pair stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Its two tables in the model.
    pub tables: [u8; 2],
    columns: u16,
    begins: u32,
}

impl Interactions {
    /// Pairs of the tables of a model, as its file says them.
    ///
    /// # Errors
    /// A pair is of a feature without a table, or of one twice, or has not a row and a column a bin.
    pub fn of(tables: &[FeatureTable], interactions: &[Interaction]) -> Result<Self, ModelError> {
        let find = |name: &String| tables.iter().position(|table| table.name == *name);
        let mut all = Interactions::default();
        for interaction in interactions {
            let [Some(first), Some(second)] = interaction.features.each_ref().map(find) else {
                return Err(interaction.fault("is of a feature without a table"));
            };
            let (rows, columns) = (tables[first].bins(), tables[second].bins());
            let fits = |row: &Vec<i16>| row.len() == columns;
            if first == second
                || interaction.points.len() != rows
                || !interaction.points.iter().all(fits)
            {
                return Err(interaction.fault("must have a row and a column for each bin"));
            }
            let small = "features, and edges of each, are bounded";
            let tables = [first, second].map(|table| u8::try_from(table).expect(small));
            if all.pairs.iter().any(|known| known.is_of(tables)) {
                return Err(interaction.fault("is given twice"));
            }
            all.pairs.push(Pair {
                tables,
                columns: u16::try_from(columns).expect(small),
                begins: u32::try_from(all.points.len()).expect(small),
            });
            all.points.extend(interaction.points.iter().flatten());
        }
        Ok(all)
    }

    /// How many pairs there are.
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// Every pair.
    pub fn pairs(&self) -> impl Iterator<Item = &Pair> {
        self.pairs.iter()
    }

    /// The points of a pair where its features stand in these bins, millilogits.
    pub fn points(&self, pair: &Pair, [first, second]: [usize; 2]) -> i32 {
        let place = pair.begins as usize + first * usize::from(pair.columns) + second;
        i32::from(self.points[place])
    }

    /// Every pair with its points in each bin of all tables: (pair, millilogits).
    pub fn found<'a>(&'a self, bins: &'a [u16]) -> impl Iterator<Item = (&'a Pair, i32)> {
        self.pairs.iter().map(|pair| {
            let [first, second] = pair.tables;
            let [first, second] = [bins[usize::from(first)], bins[usize::from(second)]];
            (pair, self.points(pair, [first.into(), second.into()]))
        })
    }

    /// As a file says them.
    pub fn as_told(&self, tables: &[FeatureTable]) -> Vec<Interaction> {
        let told = |pair: &Pair| {
            let of = pair.tables.map(|table| &tables[usize::from(table)]);
            let (rows, columns) = (of[0].bins(), of[1].bins());
            let begins = pair.begins as usize;
            let points = &self.points[begins..begins + rows * columns];
            Interaction {
                features: of.map(|table| table.name.clone()),
                points: points.chunks(columns).map(<[i16]>::to_vec).collect(),
            }
        };
        self.pairs.iter().map(told).collect()
    }
}

impl Pair {
    fn is_of(&self, tables: [u8; 2]) -> bool {
        self.tables == tables || self.tables == [tables[1], tables[0]]
    }
}

impl Interaction {
    fn fault(&self, problem: &'static str) -> ModelError {
        let [first, second] = self.features.clone();
        ModelError::Interaction {
            first,
            second,
            problem,
        }
    }
}
