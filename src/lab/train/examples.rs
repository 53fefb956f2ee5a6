//! Examples to learn from: features as they were when something was asked, with what was true.

use crate::domain::feature::Features;

/// One moment of one account.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// What was seen.
    pub features: Features,
    /// Whether the account is abusive in truth.
    pub abusive: bool,
    /// How much it counts: the examples of one account add up to 1.
    pub weight: f64,
    /// Which honest population it is of, where that is known: told apart, not named.
    pub honest_population: Option<u32>,
    /// How often that is counted in learning; probabilities are of the examples as they are.
    pub emphasis: f64,
    /// Examples of one fold are never on both sides of a cross-validation: a farm is in one fold.
    pub fold: u32,
}
