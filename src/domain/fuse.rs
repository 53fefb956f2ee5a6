//! The fuse on harm (design promise 11). Where more *established, so far clean* users than the campaign
//! says would be revoked through one atom of evidence, a fault is likelier than so much abuse: the atom
//! is held until a person decides.
//!
//! A revocation *rests on* an atom if the score would not reach the threshold without it. A user is
//! *established* if the account has a history of its own from before the atom's first sign (see
//! [`is_established`]), and *so far clean* if no person decided against it and what is left without the
//! atom is not even suspicious. Both are facts, so that nobody makes harm up by being revoked: a farm's
//! accounts that were registered on its machine, or that stand on other evidence, count for nothing.

use serde::{Deserialize, Serialize};

use super::{
    clock::Timestamp,
    graph::EntityGraph,
    identifier::{IdentifierClass, Pseudonym},
    sample::HOUSEHOLD_ACCOUNTS,
};

/// An established account was in use for so many days before the first sign of what speaks against it.
pub const ESTABLISHED_DAYS: u32 = 14;
/// It has at least so many events.
pub const ESTABLISHED_EVENTS: u32 = 10;
/// Users whom a model or a rule turns are counted over so long, each once in its life; those of an
/// identifier over all time.
pub const WIDE_WINDOW_SECONDS: i64 = 86_400;

/// One piece of evidence that many revocations may rest on, from the narrowest to the widest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Atom {
    /// One identifier, such as a device id.
    Identifier {
        /// Its kind, as events name it.
        kind: String,
        /// Its pseudonym, of which people see the tag.
        pseudonym: Pseudonym,
    },
    /// A revision of the abuse model: what it says and the trusted one before it did not.
    Model {
        /// The revision.
        revision: String,
    },
    /// One rule of the score: a feature, by its name in [`FEATURES`](super::feature::FEATURES).
    Rule {
        /// The feature.
        feature: String,
    },
}

impl Atom {
    /// What kind of atom it is, in metrics.
    pub fn kind(&self) -> &'static str {
        match self {
            Atom::Identifier { .. } => "identifier",
            Atom::Model { .. } => "model",
            Atom::Rule { .. } => "rule",
        }
    }

    /// Whether it speaks of everybody: real abuse adds up under it in time, a fault comes at once.
    pub fn is_wide(&self) -> bool {
        matches!(self, Atom::Model { .. } | Atom::Rule { .. })
    }

    /// In what people may see.
    pub fn words(&self) -> String {
        match self {
            Atom::Identifier { kind, pseudonym } => format!("{kind} {}", pseudonym.tag()),
            Atom::Model { revision } => format!("model {revision}"),
            Atom::Rule { feature } => format!("rule {feature}"),
        }
    }
}

/// How many established, so far clean users may be revoked through one atom before it is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FuseLimit {
    /// So many at least.
    pub clean_users: u32,
    /// For an atom that speaks of everybody also so many millionths of the campaign's accounts: of more
    /// accounts more abuse comes to light in a day.
    pub clean_share_ppm: u32,
}

impl FuseLimit {
    /// The limit for an atom in a campaign of which so many accounts hold a verdict.
    pub fn of(self, atom: &Atom, accounts: usize) -> u32 {
        if !atom.is_wide() {
            return self.clean_users;
        }
        let share = accounts as u64 * u64::from(self.clean_share_ppm) / 1_000_000;
        self.clean_users
            .max(u32::try_from(share).unwrap_or(u32::MAX))
    }
}

/// A step in the life of a fuse, as the journal keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FuseChange {
    /// The atom; a fuse is named by the sequence number of the entry that tripped it.
    pub atom: Atom,
    /// What happened.
    pub step: FuseStep,
    /// When.
    pub at: Timestamp,
}

/// What happened to a fuse.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FuseStep {
    /// One user too many: the atom is held from now on.
    Tripped {
        /// The campaign whose limit was passed.
        campaign_id: String,
        /// That limit.
        clean_users_at_most: u32,
    },
    /// A person found the evidence right: it counts again, and does not trip again.
    Released {
        /// Who.
        author: String,
        /// Why, in words.
        statement: String,
    },
    /// A person found the evidence wrong: nothing is revoked through it.
    Discarded {
        /// Who.
        author: String,
        /// Why, in words.
        statement: String,
    },
}

/// Whether an account has a history of its own: [`ESTABLISHED_DAYS`] before `first_sign` (seconds since
/// 1970) it was in use, and on a machine that a household at most shares and that is not the atom itself
/// (`of_atom`); and it has [`ESTABLISHED_EVENTS`]. A phone number is no such history: numbers are cheap.
pub fn is_established(
    graph: &EntityGraph,
    account: u32,
    first_sign: u32,
    of_atom: Option<u32>,
) -> bool {
    let facts = graph.account(account);
    let by = first_sign.saturating_sub(ESTABLISHED_DAYS * 86_400);
    let registered = facts.registration.is_none_or(|known| known.at <= by);
    if facts.first_seen > by || !registered || facts.activity.events < ESTABLISHED_EVENTS {
        return false;
    }
    graph.considered(account).iter().any(|linked| {
        linked.kind.is_machine()
            && Some(linked.identifier) != of_atom
            && linked.link.first_seen <= by
            && graph.accounts_on(linked.identifier) <= HOUSEHOLD_ACCOUNTS
    })
}

/// What tells one user from another beside the atom: machines, numbers, homes. Two who share any of them may
/// be one farm, and count once. A carrier's address says nothing.
pub fn own_identifiers(
    graph: &EntityGraph,
    account: u32,
    of_atom: Option<u32>,
) -> impl Iterator<Item = u32> + '_ {
    let considered = graph.considered(account).into_iter();
    considered
        .map(|linked| linked.identifier)
        .filter(move |identifier| {
            Some(*identifier) != of_atom && graph.class(*identifier) != IdentifierClass::CarrierNat
        })
}
