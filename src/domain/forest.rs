//! Decision trees whose leaves are added up, and what each feature contributes to that. Every split says what
//! the tree would say if it ended there, so that going on from it changes the sum by so much because of the
//! split's feature (Saabas 2014): contributions add up to the sum exactly.

use serde::{Deserialize, Serialize};

use super::{
    abuse::{FeatureTable, ModelError, Monotone},
    feature::{FEATURES, Features},
};

/// Trees of one model; of at most 256 splits and leaves each.
pub const TREES_AT_MOST: usize = 2048;
/// Trees that are asked in step.
const IN_STEP: usize = 8;
/// No value is less than this, so that an absent one can be.
const LEAST: i32 = i32::MIN + 1;

/// A tree, or what hangs off a split of one, as a model file says it: a leaf is its points (millilogits), a
/// split a list of its feature, the least value that goes above, where an absent value goes, its points
/// were it a leaf, and what is below and above.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Branch {
    /// Points, millilogits.
    Leaf(i32),
    /// Feature, edge, where absent values go, points, below, above.
    Split(String, i32, Side, i32, Box<Branch>, Box<Branch>),
}

/// A side of a split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Where values less than the edge go.
    Below,
    /// Where the edge and what is greater go.
    Above,
}

/// All trees of a model, in lists that a score walks without a branch that a processor could guess wrong: a
/// score asks every tree, several in step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Forest {
    splits: Vec<Split>,
    trees: Vec<Tree>,
    /// What all trees say before any split, millilogits.
    base: i32,
}

/// A split, or a leaf: one that leads to itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Split {
    /// What is said here, millilogits.
    points: i32,
    /// The least value that goes above.
    edge: i32,
    /// Which of [`Values`] is asked.
    slot: u8,
    /// Where it goes below and above, from where the tree begins.
    next: [u8; 2],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tree {
    begins: u32,
    /// Splits above its deepest leaf.
    depth: u32,
}

/// The values of features by the model's tables, twice: an absent one is less than every edge in the first half and
/// no less in the second, and a split asks the half that sends it where it belongs.
#[derive(Debug)]
pub struct Values([i32; 2 * FEATURES.len()]);

impl Values {
    /// Of features, by tables.
    pub fn of(tables: &[FeatureTable], features: &Features) -> Self {
        let mut values = [i32::MIN; 2 * FEATURES.len()];
        for (number, table) in tables.iter().enumerate() {
            let value = features.0[table.position];
            values[number] = value.map_or(i32::MIN, |it| it.max(LEAST));
            values[FEATURES.len() + number] = value.map_or(i32::MAX, |it| it.max(LEAST));
        }
        Values(values)
    }
}

impl Forest {
    /// Trees of the features of a model, as its file says them.
    ///
    /// # Errors
    /// There are too many, or one is too large; a split is of a feature without a table, or goes against
    /// its direction.
    pub fn of(tables: &[FeatureTable], trees: &[Branch]) -> Result<Self, ModelError> {
        let mut forest = Forest::default();
        for (number, tree) in trees.iter().enumerate() {
            let fault = |problem| ModelError::Tree {
                tree: number,
                problem,
            };
            if number == TREES_AT_MOST {
                return Err(fault("is one more than a model may have"));
            }
            let begins = forest.splits.len();
            let range = forest.add(tables, tree, begins).map_err(fault)?;
            forest.base += forest.splits[begins].points;
            forest.trees.push(Tree {
                begins: u32::try_from(begins).expect("trees and their nodes are bounded"),
                depth: range.depth,
            });
        }
        Ok(forest)
    }

    /// Adds a branch of the tree that begins at a place.
    fn add(
        &mut self,
        tables: &[FeatureTable],
        branch: &Branch,
        begins: usize,
    ) -> Result<Range, &'static str> {
        let here = self.splits.len();
        let from_root =
            |place: usize| u8::try_from(place - begins).map_err(|_| "has more than 256 nodes");
        let itself = from_root(here)?;
        let (feature, edge, absent, points, below, above) = match branch {
            Branch::Leaf(points) => {
                // Each leaf asks another feature: nothing is added at one, but not to the same sum.
                let slot = here % FEATURES.len();
                self.splits.push(Split {
                    points: *points,
                    edge: i32::MAX,
                    slot: u8::try_from(slot).expect("features are few"),
                    next: [itself; 2],
                });
                return Ok(Range {
                    least: *points,
                    most: *points,
                    depth: 0,
                });
            }
            Branch::Split(feature, edge, absent, points, below, above) => {
                (feature, edge, absent, points, below, above)
            }
        };
        let table = tables.iter().position(|table| table.name == *feature);
        let table = table.ok_or("asks of a feature without a table")?;
        let slot = match absent {
            Side::Below => table,
            Side::Above => FEATURES.len() + table,
        };
        self.splits.push(Split {
            points: *points,
            edge: (*edge).max(LEAST),
            slot: u8::try_from(slot).expect("features are few"),
            next: [from_root(here + 1)?, itself],
        });
        let low = self.add(tables, below, begins)?;
        self.splits[here].next[1] = from_root(self.splits.len())?;
        let high = self.add(tables, above, begins)?;
        let holds = match tables[table].monotone {
            Monotone::Either => true,
            Monotone::Rising => low.most <= high.least,
            Monotone::Falling => low.least >= high.most,
        };
        let range = Range {
            least: low.least.min(high.least),
            most: low.most.max(high.most),
            depth: 1 + low.depth.max(high.depth),
        };
        holds.then_some(range).ok_or("goes against a direction")
    }

    /// How many trees there are.
    pub fn len(&self) -> usize {
        self.trees.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.trees.is_empty()
    }

    /// The sum of all trees, millilogits.
    pub fn points(&self, values: &Values) -> i32 {
        let groups = self.trees.chunks(IN_STEP);
        groups.map(|trees| self.points_of(trees, values)).sum()
    }

    /// The sum of a few trees.
    fn points_of(&self, trees: &[Tree], values: &Values) -> i32 {
        let begins = begins(trees);
        let mut places = begins;
        for _ in 0..depth(trees) {
            for (place, begins) in places.iter_mut().zip(begins) {
                *place = begins + self.splits[*place].next(values);
            }
        }
        let leaves = places.iter().take(trees.len());
        leaves.map(|place| self.splits[*place].points).sum()
    }

    /// Adds to each table what its feature contributes, and answers what all trees say before any split; the
    /// two add up to the sum. Where a feature does not count, a tree ends.
    pub fn contribute(
        &self,
        values: &Values,
        counts: impl Fn(usize) -> bool,
        added: &mut [i32],
    ) -> i32 {
        let mut by_slot = [0; 2 * FEATURES.len()];
        for trees in self.trees.chunks(IN_STEP) {
            let begins = begins(trees);
            let mut places = begins;
            for _ in 0..depth(trees) {
                // Not those beyond the last tree: they would add once more what the first says.
                for (place, begins) in places.iter_mut().zip(begins).take(trees.len()) {
                    let split = &self.splits[*place];
                    let slot = usize::from(split.slot);
                    if counts(slot % FEATURES.len()) {
                        *place = begins + split.next(values);
                        by_slot[slot] += self.splits[*place].points - split.points;
                    }
                }
            }
        }
        let (below, above) = by_slot.split_at(FEATURES.len());
        for (added, (below, above)) in added.iter_mut().zip(below.iter().zip(above)) {
            *added += below + above;
        }
        self.base
    }

    /// As a file says them.
    pub fn as_told(&self, tables: &[FeatureTable]) -> Vec<Branch> {
        let told = |tree: &Tree| self.branch(tree.begins as usize, 0, tables);
        self.trees.iter().map(told).collect()
    }

    fn branch(&self, begins: usize, place: u8, tables: &[FeatureTable]) -> Branch {
        let here = begins + usize::from(place);
        let split = self.splits[here];
        let [below, above] = split.next;
        if below == place {
            return Branch::Leaf(split.points);
        }
        let slot = usize::from(split.slot);
        Branch::Split(
            tables[slot % FEATURES.len()].name.clone(),
            split.edge,
            match slot < FEATURES.len() {
                true => Side::Below,
                false => Side::Above,
            },
            split.points,
            Box::new(self.branch(begins, below, tables)),
            Box::new(self.branch(begins, above, tables)),
        )
    }
}

/// Where the trees that are asked in step begin; those that are not there, at the first of all.
fn begins(trees: &[Tree]) -> [usize; IN_STEP] {
    let mut begins = [0; IN_STEP];
    for (begins, tree) in begins.iter_mut().zip(trees) {
        *begins = tree.begins as usize;
    }
    begins
}

/// The splits above the deepest leaf of any.
fn depth(trees: &[Tree]) -> u32 {
    let depths = trees.iter().map(|tree| tree.depth);
    depths.max().unwrap_or(0)
}

/// What the leaves of a branch say, and the splits above the deepest.
struct Range {
    least: i32,
    most: i32,
    depth: u32,
}

impl Split {
    /// Where to go on, from where the tree begins.
    fn next(&self, values: &Values) -> usize {
        let value = values.0[usize::from(self.slot)];
        usize::from(self.next[usize::from(value >= self.edge)])
    }
}
