//! Money, exactly: integer tokens times basis points. The ledger records rates; it issues no tokens.

/// A task has at most so many tokens.
pub const TOKENS_AT_MOST: u64 = 1_000_000_000_000;
/// The full rate.
pub const FULL_RATE_BASIS_POINTS: u32 = 10_000;
