//! Identifiers as messages: tag, kind and class, never a value.

use super::{listing::account_summary, proto::v1, view::at_second};
use crate::{
    domain::identifier::{IdentifierKind, Pseudonym},
    service::{engine::Engine, node::Node, refusal::Refusal},
};

/// Accounts shown of an identifier, the earliest to use it.
const ACCOUNTS_SHOWN: usize = 64;
/// Identifiers looked at under one hold of the store, for a tag.
const LOOKED_AT_A_HOLD: usize = 1 << 16;
/// Identifiers of one tag that are shown.
const NAMESAKES_SHOWN: usize = 16;
/// Bytes of a pseudonym that its tag shows.
const TAG_BYTES: usize = 3;

/// An identifier with its use.
pub fn identifier(engine: &Engine, number: u32) -> v1::Identifier {
    let graph = engine.graph();
    let (kind, pseudonym) = graph.identifier(number);
    let uses = graph.sample(number).filter_map(|account| {
        let considered = graph.considered(account);
        let linked = considered.iter().find(|one| one.identifier == number)?;
        Some(linked.link)
    });
    let last = uses.map(|link| link.last_seen).max().unwrap_or_default();
    v1::Identifier {
        number,
        kind: engine.models().weights.row(kind).name.clone(),
        tag: pseudonym.tag(),
        class: graph.class(number).words().into(),
        accounts: graph.accounts_on(number),
        first_seen_at: at_second(graph.first_use(number)),
        last_seen_at: at_second(last),
    }
}

/// What an event was seen with: tag, kind and class.
pub fn tagged(engine: &Engine, kind: IdentifierKind, pseudonym: Pseudonym) -> v1::Identifier {
    let graph = engine.graph();
    let number = graph.find_identifier(kind, pseudonym);
    v1::Identifier {
        number: number.unwrap_or_default(),
        kind: engine.models().weights.row(kind).name.clone(),
        tag: pseudonym.tag(),
        class: number.map_or(String::new(), |number| graph.class(number).words().into()),
        ..v1::Identifier::default()
    }
}

/// The identifiers of a tag, by number; tags are short, so there may be several. Looks at all identifiers,
/// a bounded part at a time.
///
/// # Errors
/// It is no tag; the node stops.
pub async fn of_tag(node: &Node, tag: &str, kind: &str) -> Result<Vec<u32>, Refusal> {
    let wanted = tag_bytes(tag).ok_or_else(|| {
        Refusal::field("tag", "must be 6 hexadecimal digits, as answers show them")
    })?;
    let mut found = Vec::new();
    let mut next = 0;
    loop {
        let known = node.look(|engine| {
            let graph = engine.graph();
            let known = graph.identifier_count();
            let end = known.min(next + LOOKED_AT_A_HOLD);
            let numbers = (next..end).map(|number| number as u32);
            found.extend(numbers.filter(|number| {
                let (found, pseudonym) = graph.identifier(*number);
                pseudonym.0.starts_with(&wanted)
                    && (kind.is_empty() || engine.models().weights.row(found).name == kind)
            }));
            next = end;
            known
        })?;
        if next >= known || found.len() > NAMESAKES_SHOWN {
            found.truncate(NAMESAKES_SHOWN + 1);
            return Ok(found);
        }
        // Verdicts go first.
        tokio::task::yield_now().await;
    }
}

fn tag_bytes(tag: &str) -> Option<[u8; TAG_BYTES]> {
    if tag.len() != TAG_BYTES * 2 || !tag.is_ascii() {
        return None;
    }
    let mut bytes = [0; TAG_BYTES];
    for (byte, place) in bytes.iter_mut().zip([0, 2, 4]) {
        *byte = u8::from_str_radix(&tag[place..place + 2], 16).ok()?;
    }
    Some(bytes)
}

/// One identifier in full.
///
/// # Errors
/// There is none of this tag.
pub async fn get_identifier(
    node: &Node,
    request: v1::GetIdentifierRequest,
) -> Result<v1::GetIdentifierResponse, Refusal> {
    let v1::GetIdentifierRequest { tag, number, kind } = request;
    let is_it = node.look(|engine| {
        let graph = engine.graph();
        let known = number != 0 && (number as usize) < graph.identifier_count();
        known && graph.identifier(number).1.tag() == tag
    })?;
    let found = if is_it {
        vec![number]
    } else {
        of_tag(node, &tag, &kind).await?
    };
    let Some((number, namesakes)) = found.split_first() else {
        return Err(Refusal::NotFound {
            what: "identifier",
            name: tag,
        });
    };
    node.look(|engine| in_full(engine, *number, namesakes))
}

fn in_full(engine: &Engine, number: u32, namesakes: &[u32]) -> v1::GetIdentifierResponse {
    let graph = engine.graph();
    let accounts: Vec<u32> = graph.sample(number).take(ACCOUNTS_SHOWN).collect();
    let links = accounts.iter().filter_map(|account| {
        let considered = graph.considered(*account);
        let linked = considered.iter().find(|one| one.identifier == number)?;
        Some(v1::IdentifierLink {
            account_id: graph.account(*account).id.to_string(),
            identifier_number: number,
            first_seen_at: at_second(linked.link.first_seen),
            last_seen_at: at_second(linked.link.last_seen),
            unbound_at: at_second(linked.link.unbound_at),
        })
    });
    v1::GetIdentifierResponse {
        identifier: Some(identifier(engine, number)),
        links: links.collect(),
        accounts: accounts
            .iter()
            .map(|account| account_summary(engine, *account))
            .collect(),
        namesakes: namesakes
            .iter()
            .map(|other| identifier(engine, *other))
            .collect(),
    }
}
