//! Whether a probability means what it says.

use serde::Serialize;

use super::interval::{Estimate, Method};

/// Bins of equal width, the usual number (Guo, Pleiss, Sun and Weinberger 2017 use 15, Naeini, Cooper
/// and Hauskrecht 2015 use 10).
pub const BINS: usize = 10;

/// Calibration of probabilities.
#[derive(Clone, Debug, Serialize)]
pub struct Calibration {
    /// The mean squared error (Brier 1950): 0 is perfect.
    pub brier: f64,
    /// The same for the base rate told of everybody.
    pub brier_of_base_rate: f64,
    /// Expected calibration error: the gap between told and true in each bin, weighed by its accounts.
    pub expected_error: f64,
    /// Reliability by bins of equal width; empty ones are left out.
    pub bins: Vec<Bin>,
}

/// Accounts told about the same probability.
#[derive(Clone, Debug, Serialize)]
pub struct Bin {
    /// From this probability on.
    pub from: f64,
    /// Up to this one.
    pub to: f64,
    /// Accounts in it.
    pub accounts: u64,
    /// The mean probability told.
    pub told: f64,
    /// The share that is abusive.
    pub abusive: Estimate,
}

/// Measures calibration of (probability, whether abusive); `None` of nobody.
pub fn calibration(told: &[(f64, bool)]) -> Option<Calibration> {
    if told.is_empty() {
        return None;
    }
    let count = told.len() as f64;
    let truth = |positive: bool| f64::from(u8::from(positive));
    let base_rate = told
        .iter()
        .map(|(_, positive)| truth(*positive))
        .sum::<f64>()
        / count;
    let mean_square = |error: &dyn Fn(&(f64, bool)) -> f64| {
        told.iter().map(|one| error(one).powi(2)).sum::<f64>() / count
    };
    let bins = bins(told);
    Some(Calibration {
        brier: mean_square(&|(told, positive)| told - truth(*positive)),
        brier_of_base_rate: mean_square(&|(_, positive)| base_rate - truth(*positive)),
        expected_error: bins
            .iter()
            .map(|bin| (bin.told - bin.abusive.value).abs() * bin.accounts as f64 / count)
            .sum(),
        bins,
    })
}

fn bins(told: &[(f64, bool)]) -> Vec<Bin> {
    let mut sums = [(0u64, 0.0, 0u64); BINS];
    for (probability, positive) in told {
        let bin = (probability.clamp(0.0, 1.0) * BINS as f64) as usize;
        let (accounts, total, abusive) = &mut sums[bin.min(BINS - 1)];
        *accounts += 1;
        *total += probability;
        *abusive += u64::from(*positive);
    }
    let filled = sums.iter().enumerate().filter(|(_, sums)| sums.0 > 0);
    filled
        .map(|(number, (accounts, total, abusive))| Bin {
            from: number as f64 / BINS as f64,
            to: (number + 1) as f64 / BINS as f64,
            accounts: *accounts,
            told: total / *accounts as f64,
            abusive: Estimate::wilson(*abusive as f64, *accounts as f64, Method::Wilson),
        })
        .collect()
}
