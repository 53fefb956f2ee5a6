//! Shares and other estimates, each with a 95% interval.

use std::collections::BTreeMap;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde::Serialize;

use crate::domain::interval::{Z, wilson};

/// Resamples of a bootstrap: enough for the 2.5% and 97.5% points to be good to about a tenth of the
/// interval (Efron and Tibshirani 1993, §13.3 ask for 1,000; with 500 the points are the 13th and 488th).
pub const RESAMPLES: usize = 500;
/// With fewer clusters a bootstrap is too narrow to be honest (Cameron, Gelbach and Miller 2008).
pub const CLUSTERS_TO_RESAMPLE: usize = 10;
/// Fixed, so that the same answers give the same report.
const SEED: u64 = 0x5EED_0F1A_7E12_57ED;

/// How an interval was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Wilson's score interval (Wilson 1927): each cluster has one unit.
    Wilson,
    /// The same with each cluster taken for one unit, where resampling would give an interval without
    /// width: none or all have it, or there are fewer than [`CLUSTERS_TO_RESAMPLE`].
    WilsonOverClusters,
    /// Percentile bootstrap that resamples clusters (Efron and Tibshirani 1993, §8.6 and §13.3).
    ClusterBootstrap,
    /// Put together from the intervals of independent strata (MOVER: Zou and Donner 2008).
    FromStrata,
    /// Order statistics around the median (Conover 1999, §3.2).
    OrderStatistics,
}

/// A number and its 95% interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// The number.
    pub value: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// How the interval was made.
    pub interval: Method,
}

/// A part of a whole.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Share {
    /// The part.
    pub part: u64,
    /// The whole.
    pub whole: u64,
    /// Their ratio; absent where the whole is 0.
    #[serde(flatten)]
    pub estimate: Option<Estimate>,
}

/// Sums by cluster: what is resampled together. `K` numbers are summed.
#[derive(Clone, Debug)]
pub struct Clustered<const K: usize> {
    sums: BTreeMap<u32, [f64; K]>,
}

impl<const K: usize> Default for Clustered<K> {
    fn default() -> Self {
        Clustered {
            sums: BTreeMap::new(),
        }
    }
}

impl<const K: usize> Clustered<K> {
    /// Adds numbers to the sums of a cluster.
    pub fn add(&mut self, cluster: u32, numbers: [f64; K]) {
        let sums = self.sums.entry(cluster).or_insert([0.0; K]);
        for (sum, number) in sums.iter_mut().zip(numbers) {
            *sum += number;
        }
    }

    /// The sums over all clusters.
    pub fn total(&self) -> [f64; K] {
        add_up(self.sums.values())
    }

    /// The sums over clusters drawn with replacement, as many as there are; [`RESAMPLES`] times.
    pub fn resampled(&self) -> Vec<[f64; K]> {
        let sums: Vec<&[f64; K]> = self.sums.values().collect();
        let mut dice = Pcg64Mcg::seed_from_u64(SEED);
        let mut draw = || add_up((0..sums.len()).map(|_| sums[dice.random_range(0..sums.len())]));
        (0..RESAMPLES).map(|_| draw()).collect()
    }

    /// A statistic of the sums, with a bootstrap interval; `None` where it is not defined.
    pub fn estimate(&self, statistic: impl Fn([f64; K]) -> f64) -> Option<Estimate> {
        let value = statistic(self.total());
        let drawn = self.resampled().into_iter().map(statistic);
        value
            .is_finite()
            .then(|| percentile_interval(value, drawn.collect()))
    }
}

fn add_up<'a, const K: usize>(all: impl Iterator<Item = &'a [f64; K]>) -> [f64; K] {
    all.fold([0.0; K], |mut sum, one| {
        sum.iter_mut().zip(one).for_each(|(sum, one)| *sum += one);
        sum
    })
}

impl Estimate {
    /// The share of `part` in `whole` independent units with its score interval.
    pub fn wilson(part: f64, whole: f64, interval: Method) -> Self {
        let (low, high) = wilson(part, whole);
        Estimate {
            value: part / whole,
            low,
            high,
            interval,
        }
    }
}

impl Share {
    /// The share of sums `[part, whole]`.
    pub fn of(clusters: &Clustered<2>) -> Share {
        let [part, whole] = clusters.total();
        Share {
            part: part as u64,
            whole: whole as u64,
            estimate: (whole > 0.0).then(|| share_estimate(clusters, part, whole)),
        }
    }

    /// The ratio; `None` where the whole is 0.
    pub fn value(&self) -> Option<f64> {
        self.estimate.map(|estimate| estimate.value)
    }
}

fn share_estimate(clusters: &Clustered<2>, part: f64, whole: f64) -> Estimate {
    let with_any = clusters.sums.values().filter(|sums| sums[1] > 0.0);
    let clusters_counted = with_any.clone().count();
    if with_any.clone().all(|sums| sums[1] == 1.0) {
        return Estimate::wilson(part, whole, Method::Wilson);
    }
    if part == 0.0 || part == whole || clusters_counted < CLUSTERS_TO_RESAMPLE {
        let units = clusters_counted as f64;
        return Estimate::wilson(part / whole * units, units, Method::WilsonOverClusters);
    }
    let drawn = clusters.resampled().into_iter();
    percentile_interval(
        part / whole,
        drawn.map(|[part, whole]| part / whole).collect(),
    )
}

/// The unweighted mean of the shares of independent strata; its interval is put together from theirs
/// (MOVER: Zou and Donner 2008). `None` where no stratum has a whole.
pub fn macro_average<'a>(strata: impl Iterator<Item = &'a Clustered<2>>) -> Option<Estimate> {
    let shares: Vec<Estimate> = strata.filter_map(|one| Share::of(one).estimate).collect();
    if shares.is_empty() {
        return None;
    }
    let count = shares.len() as f64;
    let value = shares.iter().map(|one| one.value).sum::<f64>() / count;
    let reach = |side: fn(&Estimate) -> f64| {
        let squares = shares.iter().map(|one| (side(one) - one.value).powi(2));
        squares.sum::<f64>().sqrt() / count
    };
    Some(Estimate {
        value,
        low: (value - reach(|one| one.low)).max(0.0),
        high: (value + reach(|one| one.high)).min(1.0),
        interval: Method::FromStrata,
    })
}

/// The 2.5% and 97.5% points of resampled values around the value itself; those where the statistic
/// was not defined are left out.
pub fn percentile_interval(value: f64, mut resampled: Vec<f64>) -> Estimate {
    resampled.retain(|one| one.is_finite());
    resampled.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let position = share * resampled.len().saturating_sub(1) as f64;
        resampled.get(position.round() as usize).copied()
    };
    Estimate {
        value,
        low: at(0.025).unwrap_or(value).min(value),
        high: at(0.975).unwrap_or(value).max(value),
        interval: Method::ClusterBootstrap,
    }
}

/// Weights that draw clusters with replacement: how often each of `clusters` was drawn, for each
/// resample in turn.
pub fn resampling_weights(clusters: usize) -> impl Iterator<Item = Vec<u32>> {
    let mut dice = Pcg64Mcg::seed_from_u64(SEED);
    (0..RESAMPLES).map(move |_| {
        let mut weights = vec![0; clusters];
        for _ in 0..clusters {
            weights[dice.random_range(0..clusters)] += 1;
        }
        weights
    })
}

/// The median with an interval from order statistics (Conover 1999, §3.2, normal approximation);
/// `None` of nothing.
pub fn median(mut values: Vec<f64>) -> Option<Estimate> {
    values.sort_by(f64::total_cmp);
    let count = values.len() as f64;
    let last = values.len().checked_sub(1)?;
    let at = |rank: f64| values[(rank.max(0.0) as usize).min(last)];
    let half = Z * count.sqrt() / 2.0;
    let value = (at(((count - 1.0) / 2.0).floor()) + at(((count - 1.0) / 2.0).ceil())) / 2.0;
    Some(Estimate {
        value,
        low: at((count / 2.0 - half).floor() - 1.0).min(value),
        high: at((count / 2.0 + half).ceil()).max(value),
        interval: Method::OrderStatistics,
    })
}
