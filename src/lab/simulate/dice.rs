//! Random draws: one stream a group, from the seed and the group's own numbers.

use rand::{Rng, RngExt, SeedableRng};
use rand_distr::{Distribution, LogNormal, Poisson, StandardNormal};
use rand_pcg::Pcg64Mcg;

/// A stream of draws. PCG is specified bit for bit, so a seed gives the same world on every machine.
pub struct Dice(Pcg64Mcg);

/// Mixes a word with another (the finaliser of SplitMix64): for derived streams and for values that
/// must be the same whenever they are asked for, such as the lease of a line on some day.
pub fn mix(a: u64, b: u64) -> u64 {
    scramble(a ^ scramble(b.wrapping_add(0x9e37_79b9_7f4a_7c15)))
}

/// A one-to-one map of 64-bit words that leaves no order visible: identifiers are made with it.
pub fn scramble(word: u64) -> u64 {
    let z = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Dice {
    /// The stream that belongs to these words.
    pub fn of(words: &[u64]) -> Self {
        Dice(Pcg64Mcg::seed_from_u64(
            words.iter().fold(0, |seed, word| mix(seed, *word)),
        ))
    }

    /// Any word.
    pub fn word(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// From 0 to 1.
    pub fn share(&mut self) -> f64 {
        self.0.random()
    }

    /// Whether something of this probability happens.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.share() < probability
    }

    /// A number of a range.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.share()
    }

    /// A whole number of a range, both ends included.
    pub fn whole(&mut self, low: u64, high: u64) -> u64 {
        self.0.random_range(low..=high.max(low))
    }

    /// A whole number of a range whose logarithm is uniform: sizes of groups are like that.
    pub fn size(&mut self, low: f64, high: f64) -> usize {
        self.between(low.ln(), high.max(low).ln()).exp().round() as usize
    }

    /// Log-normal by its median and the standard deviation of its logarithm.
    pub fn log_normal(&mut self, median: f64, sigma: f64) -> f64 {
        LogNormal::new(median.ln(), sigma).map_or(median, |law| law.sample(&mut self.0))
    }

    /// Normal.
    pub fn normal(&mut self, mean: f64, deviation: f64) -> f64 {
        let standard: f64 = StandardNormal.sample(&mut self.0);
        mean + deviation * standard
    }

    /// How often something happens that happens so often on average.
    pub fn count(&mut self, mean: f64) -> usize {
        Poisson::new(mean.max(1e-9)).map_or(0, |law: Poisson<f64>| law.sample(&mut self.0) as usize)
    }

    /// One of them.
    ///
    /// # Panics
    /// Never: callers hand in lists that hold something.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.0.random_range(0..from.len())]
    }

    /// The position of one of these weights.
    pub fn weighted(&mut self, weights: impl Iterator<Item = f64> + Clone) -> usize {
        let mut left = self.share() * weights.clone().sum::<f64>();
        let mut last = 0;
        for (position, weight) in weights.enumerate() {
            if weight > 0.0 {
                last = position;
                left -= weight;
                if left < 0.0 {
                    break;
                }
            }
        }
        last
    }
}
