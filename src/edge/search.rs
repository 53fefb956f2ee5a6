//! Search: what an id names, or an identifier typed in clear.

use std::net::IpAddr;

use super::{
    answer,
    convert::{STRING_BYTES_AT_MOST, Violations},
    identifier::identifier,
    intake::check_phone,
    listing::account_summary,
    proto::v1,
    pseudonym::Pseudonymiser,
    review::{self, number},
};
use crate::{
    domain::identifier::{IdentifierKind, Pseudonym},
    service::{engine::Engine, refusal::Refusal},
};

/// An identifier typed in clear: from here on it is a pseudonym, and nothing keeps what was typed.
pub struct Clear(Vec<(IdentifierKind, Pseudonym)>);

impl Clear {
    /// Reads what was typed; `None` where it is the id of something.
    ///
    /// # Errors
    /// It is no phone number, device id or address; the refusal does not repeat it.
    pub fn read(
        kind: v1::SearchKind,
        query: &str,
        keyed: &Pseudonymiser,
    ) -> Result<Option<Self>, Refusal> {
        Ok(Some(Clear(match kind {
            v1::SearchKind::Unspecified | v1::SearchKind::Tag => return Ok(None),
            v1::SearchKind::Phone => {
                let separates = |c: char| c.is_whitespace() || matches!(c, '-' | '(' | ')');
                let number: String = query.chars().filter(|c| !separates(*c)).collect();
                let mut violations = Violations::default();
                if !check_phone(&number, &mut violations) {
                    let description = "must be a phone number: `+` and 7 to 15 digits";
                    return Err(Refusal::field("query", description));
                }
                vec![(IdentifierKind::PHONE, keyed.phone(&number).number)]
            }
            v1::SearchKind::Device => {
                if query.is_empty() || query.len() > STRING_BYTES_AT_MOST {
                    let description = "must be a device id of at most 256 bytes";
                    return Err(Refusal::field("query", description));
                }
                let of = |kind| keyed.pseudonym(kind, query.as_bytes());
                vec![
                    (IdentifierKind::DEVICE, of("device")),
                    (IdentifierKind::HARDWARE, of("hardware_fingerprint")),
                ]
            }
            v1::SearchKind::IpAddress => {
                let address: Option<IpAddr> = query.parse().ok();
                let address = address
                    .ok_or_else(|| Refusal::field("query", "must be an IPv4 or an IPv6 address"))?;
                vec![(IdentifierKind::ADDRESS, keyed.address(address).address)]
            }
        })))
    }

    /// The identifiers that it names, by number.
    pub fn find(&self, engine: &Engine) -> Vec<u32> {
        let named = self.0.iter();
        named
            .filter_map(|(kind, one)| engine.graph().find_identifier(*kind, *one))
            .collect()
    }
}

/// Identifiers as results.
pub fn identified(engine: &Engine, found: &[u32]) -> Vec<v1::SearchResult> {
    let found = found.iter().map(|number| identifier(engine, *number));
    found
        .map(|found| v1::SearchResult {
            found: Some(v1::search_result::Found::Identifier(found)),
        })
        .collect()
}

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
        let latest = latest.clone();
        found.push(Found::Adjustment(answer::current_adjustment(
            engine, latest,
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
