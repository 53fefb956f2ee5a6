//! Boosting trees.

use std::collections::HashMap;

use forust_ml::{
    GradientBooster, Matrix,
    constraints::{Constraint, ConstraintMap},
    errors::ForustError,
    gradientbooster::GrowPolicy,
    sampler::SampleMethod,
    tree::Tree,
};

use super::{binning::Binning, examples::Example};
use crate::domain::{
    abuse::Monotone,
    feature::{FEATURES, FeatureDefinition},
};

/// How boosting goes.
#[derive(Clone, Copy, Debug)]
pub struct Boosting {
    /// Trees.
    pub rounds: usize,
    /// Leaves of each.
    pub leaves: usize,
    /// What each adds, as a part of what it would like to add.
    pub learning_rate: f32,
    /// Second derivatives that a leaf needs at least: keeps it from fitting a handful.
    pub least_weight: f32,
    /// Penalty on the square of what a leaf adds.
    pub ridge: f32,
    /// Quantiles at which a feature may be parted; see [`Binning`].
    pub quantiles: u16,
}

/// No more splits than so many lie above a leaf.
const DEPTH: usize = 8;
/// Each tree learns from this share of the examples...
const EXAMPLES_A_TREE: f32 = 0.7;
/// ...and of the features, so that no tree rests on the few that say most.
const FEATURES_A_TREE: f64 = 0.5;

/// Trees, and where every sum begins, logits.
pub struct Boosted {
    /// Where every sum begins.
    pub bias: f64,
    /// What a tree says is added to it.
    pub trees: Vec<Branch>,
}

/// A tree, or what hangs off a split of one.
pub struct Branch {
    /// What is added where the tree ends here, logits.
    pub points: f64,
    /// Where a feature parts the examples; `None` in a leaf.
    pub split: Option<Box<Split>>,
}

/// A split on one feature.
pub struct Split {
    /// The feature's place in [`FEATURES`].
    pub feature: usize,
    /// The least value that goes above.
    pub edge: i32,
    /// Whether an absent feature goes above too.
    pub absent_goes_above: bool,
    /// Where lesser values go.
    pub below: Branch,
    /// Where the edge and what is greater go.
    pub above: Branch,
}

/// Learns from examples. Every tree keeps the directions of [`FEATURES`].
///
/// # Errors
/// The booster refuses the data, such as examples of one kind only.
pub fn boost(examples: &[&Example], boosting: Boosting) -> Result<Boosted, ForustError> {
    let binning = Binning::of(examples, boosting.quantiles);
    let features = columns(examples, &binning);
    let data = Matrix::new(&features, examples.len(), FEATURES.len());
    let abusive = |example: &&Example| f64::from(u8::from(example.abusive));
    let truth: Vec<f64> = examples.iter().map(abusive).collect();
    let weight = |example: &&Example| example.weight * example.emphasis;
    let weights: Vec<f64> = examples.iter().map(weight).collect();
    // Of so many bins every value is an edge.
    let bins = u16::try_from(binning.bins_at_most()).expect("quantiles are few");
    let mut booster = GradientBooster::default()
        .set_iterations(boosting.rounds)
        .set_learning_rate(boosting.learning_rate)
        .set_max_depth(DEPTH)
        .set_max_leaves(boosting.leaves)
        .set_sample_method(SampleMethod::Random)
        .set_subsample(EXAMPLES_A_TREE)
        .set_colsample_bytree(FEATURES_A_TREE)
        .set_l2(boosting.ridge)
        .set_min_leaf_weight(boosting.least_weight)
        .set_nbins(bins)
        .set_create_missing_branch(false)
        .set_initialize_base_score(true)
        .set_monotone_constraints(Some(directions()));
    // The leaves that say most, wherever they hang.
    booster.grow_policy = GrowPolicy::LossGuide;
    booster.fit(&data, &truth, &weights, None)?;
    Ok(Boosted {
        bias: booster.base_score,
        trees: booster
            .trees
            .iter()
            .map(|tree| branch(tree, 0, &binning))
            .collect(),
    })
}

/// The bins of examples' features, one column after another; NaN = absent.
fn columns(examples: &[&Example], binning: &Binning) -> Vec<f64> {
    let mut columns = Vec::with_capacity(examples.len() * FEATURES.len());
    for feature in 0..FEATURES.len() {
        let bin = |value| binning.bin(feature, value) as f64;
        let bins = examples.iter();
        columns.extend(bins.map(|example| example.features.0[feature].map_or(f64::NAN, bin)));
    }
    columns
}

/// The booster binds a split only by its own feature's direction: below a split of a feature with a
/// direction, one of a feature without may carry a leaf past those of the other side. Each side is held
/// to its own side of the middle.
fn branch(tree: &Tree, number: usize, binning: &Binning) -> Branch {
    let node = &tree.nodes[number];
    let weight = |node: usize| f64::from(tree.nodes[node].weight_value);
    let mut split = None;
    if !node.is_leaf {
        let middle = f64::midpoint(weight(node.left_child), weight(node.right_child));
        let mut below = branch(tree, node.left_child, binning);
        let mut above = branch(tree, node.right_child, binning);
        let (up_to, from) = ((f64::MIN, middle), (middle, f64::MAX));
        match FEATURES[node.split_feature].direction {
            Monotone::Either => {}
            Monotone::Rising => {
                below.hold(up_to);
                above.hold(from);
            }
            Monotone::Falling => {
                below.hold(from);
                above.hold(up_to);
            }
        }
        split = Some(Box::new(Split {
            feature: node.split_feature,
            // Bins are whole numbers: below 2.5 is below 3.
            edge: binning.edge(node.split_feature, node.split_value.ceil() as usize),
            absent_goes_above: node.missing_node == node.right_child,
            below,
            above,
        }));
    }
    Branch {
        points: weight(number),
        split,
    }
}

impl Branch {
    fn hold(&mut self, (least, most): (f64, f64)) {
        self.points = self.points.clamp(least, most);
        if let Some(split) = &mut self.split {
            split.below.hold((least, most));
            split.above.hold((least, most));
        }
    }
}

fn directions() -> ConstraintMap {
    let direction = |(position, feature): (usize, &FeatureDefinition)| {
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
