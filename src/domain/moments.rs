//! Sums of which means, deviations and regularities follow. Each merges in any order.

use serde::{Deserialize, Serialize};

/// Parts of a doubling that a logarithm is kept in.
const PARTS: f64 = 64.0;
/// Parts of a step around the circle.
const RADIUS: f64 = 100.0;

/// Number, sum and sum of squares of logarithms (base 2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moments {
    /// How many values.
    pub count: u32,
    sum: u32,
    squares: u64,
}

impl Moments {
    /// Takes in a value.
    pub fn add(&mut self, value: u64) {
        let logarithm = ((value as f64 + 1.0).log2() * PARTS).round() as u32;
        self.count = self.count.saturating_add(1);
        self.sum = self.sum.saturating_add(logarithm);
        let square = u64::from(logarithm) * u64::from(logarithm);
        self.squares = self.squares.saturating_add(square);
    }

    /// Takes in all values of another.
    pub fn join(&mut self, other: &Self) {
        self.count = self.count.saturating_add(other.count);
        self.sum = self.sum.saturating_add(other.sum);
        self.squares = self.squares.saturating_add(other.squares);
    }

    /// The mean of the logarithms, thousandths of a doubling; `None` of fewer values than needed.
    pub fn mean(&self, needed: u32) -> Option<i32> {
        let mean = f64::from(self.sum) / f64::from(self.count) / PARTS;
        (self.count >= needed.max(1)).then_some((mean * 1000.0) as i32)
    }

    /// The deviation of the logarithms, thousandths of a doubling; `None` of fewer values than needed.
    pub fn deviation(&self, needed: u32) -> Option<i32> {
        let count = f64::from(self.count);
        let mean = f64::from(self.sum) / count;
        let variance = (self.squares as f64 / count - mean * mean).max(0.0);
        (self.count >= needed.max(1)).then_some((variance.sqrt() / PARTS * 1000.0) as i32)
    }
}

/// Steps around a circle, one a moment, in the direction of its place in a cycle. How far one comes tells
/// how regular the moments are (the mean resultant length; Mardia and Jupp 2000, 2.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phase {
    across: i32,
    up: i32,
}

impl Phase {
    /// Takes in a moment, for a cycle of so many seconds.
    pub fn add(&mut self, second: u32, cycle: u32) {
        let angle = f64::from(second % cycle) / f64::from(cycle) * std::f64::consts::TAU;
        let step = |part: f64| (part * RADIUS).round() as i32;
        self.across = self.across.wrapping_add(step(angle.cos()));
        self.up = self.up.wrapping_add(step(angle.sin()));
    }

    /// Thousandths of the way that so many moments of one place in the cycle would go; `None` of fewer than
    /// needed.
    pub fn regularity(&self, count: u32, needed: u32) -> Option<i32> {
        let way = f64::from(self.across).hypot(f64::from(self.up)) / RADIUS;
        let part = way / f64::from(count);
        (count >= needed.max(1)).then_some(((part * 1000.0) as i32).min(1000))
    }
}
