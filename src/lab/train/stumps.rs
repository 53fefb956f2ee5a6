//! Boosted stumps, collapsed into one table a feature. At depth 1 the booster keeps the monotone
//! directions exactly; deeper it does not (measured), so depth is no setting.

use std::collections::HashMap;

use forust_ml::{
    GradientBooster, Matrix,
    constraints::{Constraint, ConstraintMap},
    errors::ForustError,
    tree::Tree,
};

use super::examples::{Example, columns};
use crate::domain::{
    abuse::Monotone,
    feature::{FEATURES, Features},
};

/// How boosting goes.
#[derive(Clone, Copy, Debug)]
pub struct Boosting {
    /// Stumps.
    pub rounds: usize,
    /// What each adds, as a part of what it would like to add.
    pub learning_rate: f32,
    /// Second derivatives that a side of a stump needs at least: keeps it from fitting a handful.
    pub least_weight: f32,
    /// Penalty on the square of what a side adds.
    pub ridge: f32,
}

/// The points of one feature, logits.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Ascending.
    pub edges: Vec<i32>,
    /// One more than edges.
    pub points: Vec<f64>,
    /// Where the feature is absent.
    pub missing: f64,
}

/// A sum of tables.
#[derive(Clone, Debug)]
pub struct Stumps {
    /// Where every sum begins, logits.
    pub bias: f64,
    /// A table a feature, in the order of [`FEATURES`].
    pub tables: Vec<Table>,
}

impl Table {
    /// What a value adds.
    pub fn points_for(&self, value: Option<i32>) -> f64 {
        match value {
            Some(value) => self.points[self.edges.partition_point(|edge| *edge <= value)],
            None => self.missing,
        }
    }

    /// Adds a stump: `left` below the edge, `right` from it on.
    fn add(&mut self, edge: i32, left: f64, right: f64, missing: f64) {
        if self.points.is_empty() {
            self.points.push(0.0);
        }
        let place = match self.edges.binary_search(&edge) {
            Ok(place) => place,
            Err(place) => {
                self.edges.insert(place, edge);
                self.points.insert(place, self.points[place]);
                place
            }
        };
        let (below, above) = self.points.split_at_mut(place + 1);
        below.iter_mut().for_each(|points| *points += left);
        above.iter_mut().for_each(|points| *points += right);
        self.missing += missing;
    }
}

impl Stumps {
    /// Learns from examples.
    ///
    /// # Errors
    /// The booster refuses the data, such as examples of one kind only.
    pub fn learn(examples: &[&Example], boosting: Boosting) -> Result<Self, ForustError> {
        let features = columns(examples);
        let data = Matrix::new(&features, examples.len(), FEATURES.len());
        let abusive = |example: &&Example| f64::from(u8::from(example.abusive));
        let truth: Vec<f64> = examples.iter().map(abusive).collect();
        let weights: Vec<f64> = examples.iter().map(|example| example.weight).collect();
        let mut booster = GradientBooster::default()
            .set_iterations(boosting.rounds)
            .set_learning_rate(boosting.learning_rate)
            .set_max_depth(1)
            .set_max_leaves(3)
            .set_l2(boosting.ridge)
            .set_min_leaf_weight(boosting.least_weight)
            .set_nbins(255)
            .set_create_missing_branch(true)
            .set_initialize_base_score(true)
            .set_monotone_constraints(Some(directions()));
        booster.fit(&data, &truth, &weights, None)?;
        let mut stumps = Stumps {
            bias: booster.base_score,
            tables: vec![Table::default(); FEATURES.len()],
        };
        booster.trees.iter().for_each(|tree| stumps.add(tree));
        for table in &mut stumps.tables {
            if table.points.is_empty() {
                table.points.push(0.0);
            }
        }
        Ok(stumps)
    }

    fn add(&mut self, tree: &Tree) {
        let Some(root) = tree.nodes.first().filter(|root| !root.is_leaf) else {
            let only = tree.nodes.first().map_or(0.0, |root| root.weight_value);
            self.bias += f64::from(only);
            return;
        };
        let weight = |node: usize| f64::from(tree.nodes[node].weight_value);
        self.tables[root.split_feature].add(
            root.split_value.ceil() as i32,
            weight(root.left_child),
            weight(root.right_child),
            weight(root.missing_node),
        );
    }

    /// Moves each table so that it adds nothing to the honest on average: what a feature then adds is
    /// what it speaks against the account.
    pub fn centre(&mut self, examples: &[&Example]) {
        let honest = || examples.iter().filter(|example| !example.abusive);
        let whole: f64 = honest().map(|example| example.weight).sum();
        for (position, table) in self.tables.iter_mut().enumerate() {
            let points = |example: &&Example| {
                example.weight * table.points_for(example.features.0[position])
            };
            let mean = honest().map(points).sum::<f64>() / whole.max(f64::MIN_POSITIVE);
            table.points.iter_mut().for_each(|points| *points -= mean);
            table.missing -= mean;
            self.bias += mean;
        }
    }

    /// The sum for an account, logits.
    pub fn sum(&self, features: &Features) -> f64 {
        let tables = self.tables.iter().zip(&features.0);
        self.bias
            + tables
                .map(|(table, value)| table.points_for(*value))
                .sum::<f64>()
    }
}

fn directions() -> ConstraintMap {
    let direction = |(position, feature): (usize, &crate::domain::feature::FeatureDefinition)| {
        let constraint = match feature.direction {
            Monotone::Rising => Constraint::Positive,
            Monotone::Falling => Constraint::Negative,
            Monotone::Either => Constraint::Unconstrained,
        };
        (position, constraint)
    };
    FEATURES
        .iter()
        .enumerate()
        .map(direction)
        .collect::<HashMap<_, _>>()
}
