//! Intervals of shares: how far what was counted of some may be from what holds of all.

/// The 97.5th percentile of the normal distribution: intervals are two-sided, of 95%.
pub const Z: f64 = 1.959_963_984_540_054;

/// The 95% score interval of `part` in `whole` independent units, which holds for few units and for shares
/// near 0 or 1 too (Wilson 1927; Brown, Cai and DasGupta 2001 recommend it for any number). Lies between 0
/// and 1 and around the share. `part` is at most `whole`, which is above 0.
pub fn wilson(part: f64, whole: f64) -> (f64, f64) {
    let share = part / whole;
    let spread = Z * Z / whole;
    let centre = share + spread / 2.0;
    let half = Z * (share * (1.0 - share) / whole + spread / (4.0 * whole)).sqrt();
    (
        ((centre - half) / (1.0 + spread)).clamp(0.0, share),
        ((centre + half) / (1.0 + spread)).clamp(share, 1.0),
    )
}
