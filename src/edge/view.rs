//! What analysts look at, as messages: an account in full, the user behind it, the graph around it.
//! Every answer is bounded; raw identifiers never appear, only tags.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use petgraph::graphmap::UnGraphMap;

use super::{
    answer,
    case::case_of,
    convert::to_proto,
    evidence::evidence,
    lineage::earlier_users,
    listing::{account_summary, page_size, summary},
    proto::v1,
    review::{appeal, book, disposition},
};
use crate::{
    domain::{
        abuse::{FeatureTable, millibits},
        clock::Timestamp,
        feature::features,
    },
    service::{engine::Engine, refusal::Refusal, seen::account_tag},
};

/// Verdicts shown of an account.
const VERDICTS_SHOWN: usize = 50;
/// Accounts shown of a user.
const USER_ACCOUNTS_SHOWN: usize = 1000;
/// Pairs of accounts whose evidence one answer shows at most.
const PAIRS_SHOWN: usize = 2000;

/// A second as messages carry it; 0 stands for never.
pub(super) fn at_second(seconds: u32) -> Option<pbjson_types::Timestamp> {
    (seconds != 0).then(|| to_proto(Timestamp::from_micros(i64::from(seconds) * 1_000_000)))
}

/// An account in full.
///
/// # Errors
/// The store can't be read.
pub fn account_detail(engine: &mut Engine, account: u32) -> Result<v1::AccountDetail, Refusal> {
    let case = case_of(engine, account);
    let engine = &*engine;
    let facts = engine.graph().account(account);
    let members = engine
        .same_user()
        .members(engine.graph(), account, |_| true);
    let held = &engine.ledger().held;
    let campaigns: Vec<(u16, &str)> = held
        .of(account)
        .iter()
        .map(|one| (one.campaign, held.campaign(one.campaign)))
        .collect();
    let mut latest: Vec<u64> = campaigns
        .iter()
        .flat_map(|(number, _)| held.list(account, *number).take(VERDICTS_SHOWN))
        .map(|verdict| verdict.verdict)
        .collect();
    latest.sort_unstable_by(|a, b| b.cmp(a));
    latest.truncate(VERDICTS_SHOWN);
    let verdicts: Result<Vec<v1::Verdict>, Refusal> = latest
        .into_iter()
        .map(|sequence| Ok(answer::verdict(engine.verdict(sequence)?)))
        .collect();
    let dispositions = engine.people().of(account);
    let dispositions = dispositions.filter_map(|(number, _)| {
        let decided = engine.people().get(number)?;
        Some(disposition(number, decided))
    });
    let appeals = engine.appeals().of(&facts.id);
    let (identifiers, links) = identifiers_of(engine, account, &[account]);
    Ok(v1::AccountDetail {
        summary: Some(account_summary(engine, account)),
        account_tag: account_tag(&facts.id),
        first_seen_at: at_second(facts.first_seen),
        last_seen_at: at_second(facts.last_seen),
        registered_at: facts.registration.and_then(|one| at_second(one.at)),
        user_accounts: u32::try_from(members.len()).unwrap_or(u32::MAX),
        dispositions: dispositions.collect(),
        appeals: appeals
            .map(|(number, heard)| appeal(number, heard, engine.now()))
            .collect(),
        books: campaigns
            .iter()
            .map(|(_, campaign)| book(campaign, &engine.account_book(&[account], campaign)))
            .collect(),
        verdicts: verdicts?,
        contributions: contributions(engine, account),
        bias_millibits: millibits(engine.models().current().bias_millilogits),
        model_revision: engine.models().decided_with.model_revision.clone(),
        identifiers,
        links,
        case,
    })
}

/// What each feature adds to the account's score.
fn contributions(engine: &Engine, account: u32) -> Vec<v1::ScoreContribution> {
    let Some(features) = features(engine.graph(), account) else {
        return Vec::new();
    };
    let found = engine.models().current().contributions(&features);
    let one = |(table, value, points): (&FeatureTable, Option<i32>, i32)| v1::ScoreContribution {
        feature: table.name.clone(),
        pattern: answer::reason_code(table.pattern).into(),
        statement: table.words(value),
        value,
        millibits: millibits(points),
    };
    found.into_iter().map(one).collect()
}

/// The same user behind an account. Of the evidence of its pairs bridges come first, then the strongest.
///
/// # Errors
/// The account is unknown, a size is negative, or the store can't be read.
pub fn user(engine: &Engine, request: &v1::GetUserRequest) -> Result<v1::GetUserResponse, Refusal> {
    let account = engine.known_account(&request.account_id)?;
    let pairs = page_size(request.pairs_at_most, PAIRS_SHOWN, PAIRS_SHOWN)?;
    let graph = engine.graph();
    let mut members = engine.same_user().members(graph, account, |_| true);
    members.sort_by_key(|member| graph.seniority(*member));
    members.truncate(USER_ACCOUNTS_SHOWN);
    let mut evidence = linked_evidence(engine, &members);
    evidence.sort_by_key(|pair| (!pair.bridge, Reverse(pair.millibits)));
    evidence.truncate(pairs);
    let summary = |member: &u32| summary(engine, *member, !request.without_reasons);
    let user_id = engine.user_id(account);
    Ok(v1::GetUserResponse {
        earlier_users: earlier_users(engine, &members, &user_id)?,
        user_id,
        accounts: members.iter().map(summary).collect(),
        evidence,
    })
}

/// Evidence between those of these accounts that are linked or asserted about.
fn linked_evidence(engine: &Engine, accounts: &[u32]) -> Vec<v1::Evidence> {
    let shown: BTreeSet<u32> = accounts.iter().copied().collect();
    let same_user = engine.same_user();
    let mut pairs: BTreeSet<(u32, u32)> = BTreeSet::new();
    for account in accounts {
        let linked = same_user.links(*account).iter().map(|link| link.other);
        let asserted = engine.people().asserted(*account);
        let asserted = asserted
            .iter()
            .filter_map(|id| engine.graph().find_account(id));
        for other in linked.chain(asserted) {
            if shown.contains(&other) && other != *account && pairs.len() < PAIRS_SHOWN {
                pairs.insert(((*account).min(other), (*account).max(other)));
            }
        }
    }
    let mut found: Vec<v1::Evidence> = pairs
        .iter()
        .map(|(a, b)| evidence(engine, *a, *b))
        .collect();
    let linked = pairs.iter().zip(&found).filter(|(_, found)| found.linked);
    let bridges = bridges(linked.map(|(pair, _)| *pair));
    for (pair, found) in pairs.iter().zip(&mut found) {
        found.bridge = bridges.contains(pair);
    }
    found
}

/// The links without which a user would fall into parts of two accounts or more each.
fn bridges(linked: impl Iterator<Item = (u32, u32)>) -> BTreeSet<(u32, u32)> {
    let links = UnGraphMap::<u32, ()>::from_edges(linked);
    let joins_parts = |a: u32| links.neighbors(a).count() > 1;
    petgraph::algo::bridges::bridges(&links)
        .map(|(a, b, _)| (a.min(b), a.max(b)))
        .filter(|(a, b)| joins_parts(*a) && joins_parts(*b))
        .collect()
}

/// The entity graph around an account: who shares an identifier with it, and its user.
pub fn neighbourhood(
    engine: &Engine,
    account: u32,
    accounts_at_most: usize,
) -> v1::GetNeighbourhoodResponse {
    let graph = engine.graph();
    let own = graph.considered(account);
    let mut near: BTreeSet<u32> = own
        .iter()
        .flat_map(|linked| graph.sample(linked.identifier))
        .collect();
    near.extend(engine.same_user().members(graph, account, |_| true));
    near.remove(&account);
    let mut near: Vec<u32> = near.into_iter().collect();
    near.sort_by_key(|other| graph.seniority(*other));
    let truncated = near.len() >= accounts_at_most;
    near.truncate(accounts_at_most.saturating_sub(1));
    near.insert(0, account);
    let (identifiers, links) = identifiers_of(engine, account, &near);
    v1::GetNeighbourhoodResponse {
        accounts: near
            .iter()
            .map(|one| account_summary(engine, *one))
            .collect(),
        identifiers,
        links,
        evidence: linked_evidence(engine, &near),
        truncated,
    }
}

/// The account's identifiers, those that two of the others share, and who used which.
fn identifiers_of(
    engine: &Engine,
    account: u32,
    accounts: &[u32],
) -> (Vec<v1::Identifier>, Vec<v1::IdentifierLink>) {
    let (graph, weights) = (engine.graph(), &engine.models().weights);
    let mut users: BTreeMap<u32, u32> = BTreeMap::new();
    for one in accounts {
        for linked in graph.considered(*one) {
            let weight = if *one == account { 2 } else { 1 };
            *users.entry(linked.identifier).or_default() += weight;
        }
    }
    users.retain(|_, count| *count >= 2);
    let identifiers = users.keys().map(|identifier| {
        let (kind, pseudonym) = graph.identifier(*identifier);
        v1::Identifier {
            number: *identifier,
            kind: weights.row(kind).name.clone(),
            tag: pseudonym.tag(),
            class: graph.class(*identifier).words().into(),
            accounts: graph.accounts_on(*identifier),
            ..v1::Identifier::default()
        }
    });
    let mut links = Vec::new();
    for one in accounts {
        let considered = graph.considered(*one);
        let shown = considered
            .iter()
            .filter(|linked| users.contains_key(&linked.identifier));
        links.extend(shown.map(|linked| v1::IdentifierLink {
            account_id: graph.account(*one).id.to_string(),
            identifier_number: linked.identifier,
            first_seen_at: at_second(linked.link.first_seen),
            last_seen_at: at_second(linked.link.last_seen),
            unbound_at: at_second(linked.link.unbound_at),
        }));
    }
    (identifiers.collect(), links)
}
