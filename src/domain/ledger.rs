//! Money, exactly: integer tokens times basis points. The ledger records rates; it issues no tokens.

use serde::{Deserialize, Serialize};

/// A task has at most so many tokens.
pub const TOKENS_AT_MOST: u64 = 1_000_000_000_000;
/// The full rate.
pub const FULL_RATE_BASIS_POINTS: u32 = 10_000;

/// The benefit of charging `tokens` at a rate: tokens x (10000 - rate), in token basis points. Fits
/// in 64 bits: at most 10^16.
pub fn benefit_token_basis_points(tokens: u64, rate_basis_points: u32) -> u64 {
    tokens * u64::from(FULL_RATE_BASIS_POINTS.saturating_sub(rate_basis_points))
}

/// Which way an adjustment moves a benefit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AdjustmentKind {
    /// Take a granted benefit back.
    Recovery,
    /// Give a refused one.
    Restoration,
}
