//! Trees of depth 2 as tables: what each feature says alone, and what each pair of them says beyond that.

use std::collections::BTreeMap;

use super::{
    boosting::{Boosted, Branch, Split},
    examples::Example,
};
use crate::domain::feature::FEATURES;

/// A pair of features whose table nowhere says so much, logits, is left out.
const LEAST_SAID: f64 = 0.02;

/// A sum of tables, logits. The first bin of a feature stands for its absence.
pub struct Tables {
    /// Where every sum begins.
    pub bias: f64,
    /// Edges of each feature, ascending, in the order of [`FEATURES`].
    pub edges: Vec<Vec<i32>>,
    /// Points a bin of each feature.
    pub alone: Vec<Vec<f64>>,
    /// Points of pairs of features, a row a bin of the first, the smaller position first.
    pub pairs: BTreeMap<(usize, usize), Vec<Vec<f64>>>,
}

/// Bins where a condition holds.
type Holds = Vec<bool>;

impl Tables {
    /// Adds the trees up and separates what the features say alone (Lengerich, Tan, Chang, Hooker and
    /// Caruana 2020, with the honest examples' own shares as weights of the bins). A feature adds
    /// nothing to the honest on average: what it then adds is what it speaks against the account.
    pub fn of(boosted: &Boosted, examples: &[&Example]) -> Self {
        let mut tables = Tables {
            bias: boosted.bias,
            edges: edges(&boosted.trees),
            alone: Vec::new(),
            pairs: BTreeMap::new(),
        };
        let empty = tables.edges.iter().map(|edges| vec![0.0; edges.len() + 2]);
        tables.alone = empty.collect();
        boosted.trees.iter().for_each(|tree| tables.add(tree));
        let shares = tables.honest_shares(examples);
        tables.separate(&shares);
        tables.pairs.retain(|_, points| {
            let mut all = points.iter().flatten();
            all.any(|points| points.abs() >= LEAST_SAID)
        });
        tables
    }

    fn add(&mut self, tree: &Branch) {
        let root = match tree {
            Branch::Leaf(points) => return self.bias += points,
            Branch::Split(root) => root,
        };
        for (side, holds) in self.branches(root) {
            match side {
                Branch::Leaf(points) => self.add_alone(root.feature, &holds, *points),
                Branch::Split(split) => {
                    for (leaf, below) in self.branches(split) {
                        let Branch::Leaf(points) = leaf else {
                            unreachable!("trees are of depth 2")
                        };
                        self.add_pair((root.feature, &holds), (split.feature, &below), *points);
                    }
                }
            }
        }
    }

    /// Where a split leads to, with the bins that go there.
    fn branches<'a>(&self, split: &'a Split) -> [(&'a Branch, Holds); 3] {
        let edges = &self.edges[split.feature];
        let place = edges.partition_point(|edge| *edge < split.edge) + 1;
        let bins = 0..edges.len() + 2;
        let holds = |holds: &dyn Fn(usize) -> bool| bins.clone().map(holds).collect();
        [
            (&split.below, holds(&|bin| (1..=place).contains(&bin))),
            (&split.above, holds(&|bin| bin > place)),
            (&split.absent, holds(&|bin| bin == 0)),
        ]
    }

    fn add_alone(&mut self, feature: usize, holds: &Holds, points: f64) {
        let cells = self.alone[feature].iter_mut().zip(holds);
        cells
            .filter(|(_, holds)| **holds)
            .for_each(|(cell, _)| *cell += points);
    }

    fn add_pair(&mut self, one: (usize, &Holds), other: (usize, &Holds), points: f64) {
        if one.0 == other.0 {
            let both: Holds = one.1.iter().zip(other.1).map(|(a, b)| *a && *b).collect();
            return self.add_alone(one.0, &both, points);
        }
        let (first, second) = if one.0 < other.0 {
            (one, other)
        } else {
            (other, one)
        };
        let (rows, columns) = (first.1.len(), second.1.len());
        let table = self
            .pairs
            .entry((first.0, second.0))
            .or_insert_with(|| vec![vec![0.0; columns]; rows]);
        for (row, _) in table.iter_mut().zip(first.1).filter(|(_, holds)| **holds) {
            let cells = row.iter_mut().zip(second.1);
            cells
                .filter(|(_, holds)| **holds)
                .for_each(|(cell, _)| *cell += points);
        }
    }

    /// The share of the honest in each bin of each feature.
    fn honest_shares(&self, examples: &[&Example]) -> Vec<Vec<f64>> {
        let empty = self.alone.iter().map(|bins| vec![0.0; bins.len()]);
        let mut shares: Vec<Vec<f64>> = empty.collect();
        let mut whole = 0.0;
        for example in examples.iter().filter(|example| !example.abusive) {
            whole += example.weight;
            let values = self.edges.iter().zip(&example.features.0);
            for ((edges, value), shares) in values.zip(&mut shares) {
                let bin = value.map_or(0, |it| edges.partition_point(|edge| *edge <= it) + 1);
                shares[bin] += example.weight;
            }
        }
        let whole = f64::max(whole, f64::MIN_POSITIVE);
        shares
            .iter_mut()
            .flatten()
            .for_each(|share| *share /= whole);
        shares
    }

    /// Moves what a pair says on average over one of its features to the other's own table, and what a
    /// feature says on average to the bias.
    fn separate(&mut self, shares: &[Vec<f64>]) {
        for ((first, second), points) in &mut self.pairs {
            for (row, alone) in points.iter_mut().zip(&mut self.alone[*first]) {
                let mean = mean(row.iter(), &shares[*second]);
                row.iter_mut().for_each(|cell| *cell -= mean);
                *alone += mean;
            }
            for column in 0..shares[*second].len() {
                let mean = mean(points.iter().map(|row| &row[column]), &shares[*first]);
                points.iter_mut().for_each(|row| row[column] -= mean);
                self.alone[*second][column] += mean;
            }
        }
        for (alone, shares) in self.alone.iter_mut().zip(shares) {
            let mean = mean(alone.iter(), shares);
            alone.iter_mut().for_each(|points| *points -= mean);
            self.bias += mean;
        }
    }
}

fn mean<'a>(points: impl Iterator<Item = &'a f64>, shares: &[f64]) -> f64 {
    points
        .zip(shares)
        .map(|(points, share)| points * share)
        .sum()
}

fn edges(trees: &[Branch]) -> Vec<Vec<i32>> {
    let mut edges = vec![Vec::new(); FEATURES.len()];
    let mut branches: Vec<&Branch> = trees.iter().collect();
    while let Some(branch) = branches.pop() {
        if let Branch::Split(split) = branch {
            edges[split.feature].push(split.edge);
            branches.extend([&split.below, &split.above, &split.absent]);
        }
    }
    for edges in &mut edges {
        edges.sort_unstable();
        edges.dedup();
    }
    edges
}
