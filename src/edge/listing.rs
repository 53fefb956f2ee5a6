//! Pages: accounts with their users and scores.

use super::{
    answer::{current_adjustment, reason},
    proto::v1,
};
use crate::{
    domain::{feature::features, verdict::pattern_reasons},
    service::{codec::entry, engine::Engine, node::Node, refusal::Refusal},
};

/// Accounts summed up under one hold of the store.
const ACCOUNTS_A_HOLD: u32 = 256;

/// One account as reviewers see it. `index` is one of the graph's.
pub fn account_summary(engine: &Engine, index: u32) -> v1::AccountSummary {
    summary(engine, index, true)
}

/// See [`account_summary`]; without the reasons of the score where they are not wanted.
pub fn summary(engine: &Engine, index: u32, with_reasons: bool) -> v1::AccountSummary {
    let graph = engine.graph();
    let facts = graph.account(index);
    let features = features(graph, index);
    let model = engine.models().current();
    let score = model.score(features.as_ref());
    let reasons = match &features {
        Some(features) if with_reasons => pattern_reasons(model, features, &score),
        _ => Vec::new(),
    };
    v1::AccountSummary {
        account_id: facts.id.to_string(),
        user_id: engine.user_id(index),
        abuse_probability: probability(score.probability_ppm),
        scored: score.scored,
        reasons: reasons.into_iter().map(reason).collect(),
    }
}

/// Millionths as a probability.
pub fn probability(ppm: u32) -> f64 {
    f64::from(ppm) / 1e6
}

/// A page of adjustments, each in its latest state, the longest unchanged first. May hold fewer than asked
/// for: the page size bounds the changes that are looked at.
///
/// # Errors
/// Page size or token make no sense; the store can't be read.
pub fn adjustments_page(
    engine: &Engine,
    message: &v1::ListAdjustmentsRequest,
) -> Result<v1::ListAdjustmentsResponse, Refusal> {
    let size = page_size(message.page_size, 100, 1000)?;
    let after: u64 = page_start(&message.page_token)?;
    let reader = engine.reader();
    let changes = reader.adjustments(entry::ADJUSTMENT, after, size)?;
    let latest = changes.iter().filter_map(|change| {
        let latest = engine.adjustment(change.adjustment).ok()?;
        (latest.sequence == change.sequence).then(|| current_adjustment(engine, latest.clone()))
    });
    let wanted = |adjustment: &v1::Adjustment| {
        (message.campaign_id.is_empty() || adjustment.campaign_id == message.campaign_id)
            && (message.kind == 0 || adjustment.kind == message.kind)
    };
    let last = changes.last().map_or(0, |last| last.sequence);
    Ok(v1::ListAdjustmentsResponse {
        adjustments: latest.filter(wanted).collect(),
        next_page_token: next_token(changes.len() == size, last),
    })
}

/// A page of accounts, in the order of arrival.
///
/// # Errors
/// Page size or token make no sense; the node stops.
pub async fn accounts_page(
    node: &Node,
    message: v1::ListAccountsRequest,
) -> Result<v1::ListAccountsResponse, Refusal> {
    let size = page_size(message.page_size, 1000, 10_000)? as u32;
    let mut next: u32 = page_start(&message.page_token)?;
    let last = next.saturating_add(size);
    let mut accounts = Vec::new();
    loop {
        let known = node.look(|engine| {
            let known = engine.graph().account_count() as u32;
            let end = next.saturating_add(ACCOUNTS_A_HOLD).min(last).min(known);
            accounts.extend((next..end).map(|index| account_summary(engine, index)));
            next = next.max(end);
            known
        })?;
        if next >= last.min(known) {
            return Ok(v1::ListAccountsResponse {
                accounts,
                next_page_token: next_token(next < known, next.into()),
            });
        }
        // Verdicts go first.
        tokio::task::yield_now().await;
    }
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

/// The token of the next page, where there is one.
pub fn next_token(more: bool, next: u64) -> String {
    if more {
        next.to_string()
    } else {
        String::new()
    }
}
