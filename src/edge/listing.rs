//! Pages: accounts with their users and scores.

use super::{answer::reason, proto::v1};
use crate::{
    domain::{
        feature::{can_score, features},
        verdict::pattern_reasons,
    },
    service::{engine::Engine, refusal::Refusal},
};

/// One account as reviewers see it. `index` is one of the graph's.
pub fn account_summary(engine: &Engine, index: u32) -> v1::AccountSummary {
    let graph = engine.graph();
    let facts = graph.account(index);
    let features = can_score(facts).then(|| features(graph, index));
    let model = engine.models().current();
    let score = model.score(features.as_ref());
    let reasons = match &features {
        Some(features) => pattern_reasons(model, features, &score),
        None => Vec::new(),
    };
    v1::AccountSummary {
        account_id: facts.id.to_string(),
        user_id: engine.user_id(index),
        abuse_probability: probability(score.probability_ppm),
        scored: score.scored,
        reasons: reasons.into_iter().map(reason).collect(),
    }
}

/// Millionths as a probability, rounded to 4 decimals.
pub fn probability(ppm: u32) -> f64 {
    (f64::from(ppm) / 100.0).round() / 10_000.0
}

/// The size of a page: what is asked for, within the limit; 0 = the default.
///
/// # Errors
/// It is negative.
pub fn page_size(asked: i32, default: usize, most: usize) -> Result<usize, Refusal> {
    match usize::try_from(asked) {
        Ok(0) => Ok(default),
        Ok(size) => Ok(size.min(most)),
        Err(_) => Err(Refusal::field("page_size", "must not be negative")),
    }
}

/// Where a page begins: a number that an earlier answer gave.
///
/// # Errors
/// It is none of ours.
pub fn page_start<T: std::str::FromStr + Default>(token: &str) -> Result<T, Refusal> {
    if token.is_empty() {
        return Ok(T::default());
    }
    token
        .parse()
        .map_err(|_| Refusal::field("page_token", "is not one that an earlier answer gave"))
}
