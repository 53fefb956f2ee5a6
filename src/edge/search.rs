//! Search: what an id names, or an identifier typed in clear.

use super::{
    answer,
    listing::account_summary,
    proto::v1,
    review::{self, number},
};
use crate::service::{engine::Engine, refusal::Refusal};

/// A disposition by its id.
///
/// # Errors
/// There is none.
pub fn known_disposition(engine: &Engine, id: &str) -> Result<v1::Disposition, Refusal> {
    let number = number("disposition_id", id, 'd')?;
    let decided = engine.people().get(number);
    let decided = decided.ok_or_else(|| Refusal::NotFound {
        what: "disposition",
        name: id.into(),
    })?;
    Ok(review::disposition(number, decided))
}

/// An appeal by its number.
///
/// # Errors
/// There is none.
pub fn known_appeal(engine: &Engine, number: u64) -> Result<v1::Appeal, Refusal> {
    let heard = engine.appeals().get(number);
    let heard = heard.ok_or_else(|| Refusal::NotFound {
        what: "appeal",
        name: format!("p{number}"),
    })?;
    Ok(review::appeal(number, heard, engine.now()))
}

/// Finds what an id names.
pub fn search(engine: &Engine, query: &str) -> Vec<v1::SearchResult> {
    use v1::search_result::Found;
    let mut found = Vec::new();
    if let Some(account) = engine.graph().find_account(query) {
        found.push(Found::Account(account_summary(engine, account)));
    }
    let named = |letter| number("query", query, letter).ok();
    if let Some(verdict) = named('v').and_then(|number| engine.verdict(number).ok()) {
        found.push(Found::Verdict(answer::verdict(verdict)));
    }
    if let Some(latest) = named('j').and_then(|number| engine.adjustment(number).ok()) {
        let change = latest.change.clone();
        found.push(Found::Adjustment(answer::adjustment(
            latest.sequence,
            change,
        )));
    }
    if named('d').is_some() {
        found.extend(known_disposition(engine, query).map(Found::Disposition));
    }
    if let Some(number) = named('p') {
        found.extend(known_appeal(engine, number).map(Found::Appeal));
    }
    let results = found.into_iter();
    results
        .map(|found| v1::SearchResult { found: Some(found) })
        .collect()
}
