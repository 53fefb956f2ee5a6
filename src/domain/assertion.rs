//! Assertions of people on who is the same user. They bind the resolver: a must-link adds a strong link,
//! a must-not-link removes one. Which assertions are in force is handed in, so that users stay a
//! function of facts and decisions, whatever came first.

use hashbrown::HashMap;
use smallvec::SmallVec;

use super::{
    evidence::{EvidenceSubject, PairEvidence, weigh},
    evidence_groups::{EvidenceGroups, REGISTRATION},
    evidence_weights::EvidenceWeights,
    graph::EntityGraph,
    identifier::{IdentifierClass, IdentifierKind, Pseudonym},
    same_user::StrongLink,
};

/// One assertion about a pair of accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assertion {
    /// They are one user.
    Same,
    /// They are not, unless evidence beside these identifiers says so by itself; empty: in no case.
    NotSame {
        /// Identifiers overturned, ascending.
        overturned: Vec<Pseudonym>,
    },
}

/// The assertions in force, by pair of accounts.
#[derive(Default)]
pub struct Assertions {
    pairs: HashMap<(u32, u32), Assertion>,
    /// Accounts asserted to be the same user as another one: they are always compared.
    partners: HashMap<u32, SmallVec<[u32; 2]>>,
}

impl Assertions {
    /// Sets or lifts the assertion about a pair.
    pub fn set(&mut self, a: u32, b: u32, assertion: Option<Assertion>) {
        for (one, other) in [(a, b), (b, a)] {
            let partners = self.partners.entry(one).or_default();
            partners.retain(|partner| *partner != other);
            if assertion == Some(Assertion::Same) {
                partners.push(other);
                partners.sort_unstable();
            }
            if partners.is_empty() {
                self.partners.remove(&one);
            }
        }
        match assertion {
            Some(assertion) => self.pairs.insert(pair(a, b), assertion),
            None => self.pairs.remove(&pair(a, b)),
        };
    }

    /// The assertion about a pair.
    pub fn get(&self, a: u32, b: u32) -> Option<&Assertion> {
        if self.pairs.is_empty() {
            return None;
        }
        self.pairs.get(&pair(a, b))
    }

    /// Accounts asserted to be the same user as this one.
    pub fn partners(&self, account: u32) -> &[u32] {
        self.partners.get(&account).map_or(&[], |partners| partners)
    }

    /// The strong link of a pair: what the evidence says, bound by the assertion about it.
    pub fn bind(
        &self,
        graph: &EntityGraph,
        weights: &EvidenceWeights,
        (a, b): (u32, u32),
        evidence: &PairEvidence,
        link: Option<StrongLink>,
    ) -> Option<StrongLink> {
        match self.get(a, b) {
            None => link,
            Some(Assertion::Same) => Some(StrongLink {
                other: b,
                millibits: evidence.millibits.max(weights.link_at),
                carries_blame: true,
            }),
            Some(Assertion::NotSame { overturned }) if overturned.is_empty() => None,
            Some(Assertion::NotSame { overturned }) => link.filter(|_| {
                let is_new = |identifier| {
                    let (_, pseudonym) = graph.identifier(identifier);
                    overturned.binary_search(&pseudonym).is_err()
                };
                links_by(graph, weights, evidence, is_new)
            }),
        }
    }

    /// Whether blame may pass between two accounts: a person said that they are one user, or the
    /// evidence links them without any identifier of a shared place or a carrier.
    pub fn is_firm(&self, graph: &EntityGraph, weights: &EvidenceWeights, a: u32, b: u32) -> bool {
        if self.get(a, b) == Some(&Assertion::Same) {
            return true;
        }
        let own = |identifier| {
            matches!(
                graph.class(identifier),
                IdentifierClass::Personal | IdentifierClass::Household | IdentifierClass::Farm
            )
        };
        links_by(graph, weights, &weigh(graph, weights, a, b), own)
    }
}

fn pair(a: u32, b: u32) -> (u32, u32) {
    (a.min(b), a.max(b))
}

/// Whether evidence would link and carry blame by some of the identifiers shared alone. How devices were
/// used rests on those left out too, so it does not speak for the pair.
fn links_by(
    graph: &EntityGraph,
    weights: &EvidenceWeights,
    evidence: &PairEvidence,
    counts: impl Fn(u32) -> bool,
) -> bool {
    let mut groups = EvidenceGroups::default();
    let mut rest = PairEvidence::default();
    let device_group = &*weights.row(IdentifierKind::DEVICE).group;
    let shares_device = evidence.items.iter().any(|item| match item.subject {
        EvidenceSubject::Shared(identifier) => {
            &*weights.row(graph.identifier(identifier).0).group == device_group
        }
        _ => false,
    });
    for item in &evidence.items {
        match item.subject {
            EvidenceSubject::Shared(identifier) if counts(identifier) => {
                let (kind, _) = graph.identifier(identifier);
                let row = weights.row(kind);
                rest.exact |= row.exact && item.millibits >= weights.link_at;
                let beside_device = kind == IdentifierKind::ADDRESS && shares_device;
                let group = if beside_device {
                    device_group
                } else {
                    &row.group
                };
                groups.count(group, item.millibits);
            }
            EvidenceSubject::RegisteredTogether
            | EvidenceSubject::RegisteredOnFarm
            | EvidenceSubject::RegisteredAlike => {
                groups.count(REGISTRATION, item.millibits);
            }
            // What is left out counts against the pair where it does, and never for it.
            _ => rest.millibits += item.millibits.min(0),
        }
    }
    rest.millibits += groups.sum();
    rest.groups = groups.speaking();
    rest.independent_groups = groups.independent();
    rest.links(weights) && rest.carries_blame()
}
