//! Where a tree may part the values of a feature. Quantiles of all examples alone never part what is rare:
//! of a task count that one account in three hundred reaches, the last of 32 quantiles ends far below. So
//! what the abusive show and the tails of the honest have quantiles of their own.

use super::examples::Example;
use crate::domain::feature::FEATURES;

/// Shares of the honest and of the abusive that lie beyond an edge, at either end.
const TAILS: [f64; 6] = [0.02, 0.01, 0.005, 0.002, 0.001, 0.0003];

/// The edges of every feature, ascending, in the order of [`FEATURES`].
pub struct Binning {
    edges: Vec<Vec<i32>>,
}

impl Binning {
    /// So many quantiles of all examples and as many of the abusive, and the tails of both; every value, where
    /// there are few.
    pub fn of(examples: &[&Example], quantiles: u16) -> Self {
        let edges = (0..FEATURES.len()).map(|feature| edges(examples, feature, quantiles));
        Binning {
            edges: edges.collect(),
        }
    }

    /// The bin of a value: how many edges it reaches.
    pub fn bin(&self, feature: usize, value: i32) -> usize {
        self.edges[feature].partition_point(|edge| *edge <= value)
    }

    /// The least value in a bin or above it.
    pub fn edge(&self, feature: usize, bin: usize) -> i32 {
        let below = bin.checked_sub(1);
        below.map_or(i32::MIN, |below| self.edges[feature][below])
    }

    /// The most bins of any feature.
    pub fn bins_at_most(&self) -> usize {
        let edges = self.edges.iter().map(Vec::len);
        edges.max().unwrap_or_default() + 1
    }
}

fn edges(examples: &[&Example], feature: usize, quantiles: u16) -> Vec<i32> {
    let known = examples.iter().filter_map(|example| {
        let value = example.features.0[feature]?;
        Some((value, example.weight * example.emphasis, example.abusive))
    });
    let mut known: Vec<(i32, f64, bool)> = known.collect();
    known.sort_unstable_by_key(|(value, ..)| *value);
    let mut distinct: Vec<i32> = known.iter().map(|(value, ..)| *value).collect();
    distinct.dedup();
    if distinct.len() <= 2 * usize::from(quantiles) {
        return distinct.split_off(distinct.len().min(1));
    }
    let even = (1..quantiles).map(|part| f64::from(part) / f64::from(quantiles));
    let even: Vec<f64> = even.collect();
    let mut tails: Vec<f64> = TAILS.to_vec();
    tails.extend(TAILS.map(|tail| 1.0 - tail));
    let mut edges = values_at(known.iter().copied(), &even);
    edges.extend(values_at(known.iter().copied().filter(|it| it.2), &even));
    for abusive in [false, true] {
        let of_a_kind = known.iter().copied().filter(|it| it.2 == abusive);
        edges.extend(values_at(of_a_kind, &tails));
    }
    edges.sort_unstable();
    edges.dedup();
    edges
}

/// The values at these shares of the weight, in the order of the shares.
fn values_at(known: impl Iterator<Item = (i32, f64, bool)> + Clone, shares: &[f64]) -> Vec<i32> {
    let whole: f64 = known.clone().map(|(_, weight, _)| weight).sum();
    let mut sums = Vec::new();
    let mut sum = 0.0;
    for (value, weight, _) in known {
        sum += weight;
        sums.push((sum / whole, value));
    }
    let at = |share: &f64| {
        let place = sums.partition_point(|(reached, _)| reached < share);
        sums.get(place).or(sums.last()).map(|(_, value)| *value)
    };
    shares.iter().filter_map(at).collect()
}
