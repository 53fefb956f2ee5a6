//! The fuse in memory: whose revocation each atom of evidence was found to carry, which atoms are held, and
//! what people decided of them. Held atoms are rebuilt from the journal; the counts are derived, and a
//! sweep after a restart finds them again.

use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};
use metrics::{Counter, counter};

use super::{
    adjustments::check_words,
    cases::SUSPICIOUS_AT_MOST,
    codec::{Stored, entry},
    engine::Engine,
    measure,
    refusal::Refusal,
};
use crate::domain::{
    clock::Timestamp,
    fuse::{Atom, FuseChange, FuseStep, WIDE_WINDOW_SECONDS, own_identifiers},
};

/// Atoms whose users are counted at a time; the one with the fewest makes room.
pub const ATOMS_COUNTED_AT_MOST: usize = 4096;
/// Fuses that may ever trip; each took a campaign's number of users.
pub const FUSES_AT_MOST: usize = 10_000;

/// What became of an atom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Its revocations wait for a person.
    Held,
    /// A person found it right: it revokes.
    Released,
    /// A person found it wrong: it does not.
    Discarded,
}

/// What a person does with a fuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FuseResolution {
    /// The evidence is right.
    Release,
    /// The evidence is wrong.
    Discard,
}

/// Who decided of a fuse, why and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FuseDecision {
    /// Who.
    pub author: String,
    /// Why, in words.
    pub statement: String,
    /// When.
    pub at: Timestamp,
}

/// A fuse that tripped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tripped {
    /// What it holds.
    pub atom: Atom,
    /// The campaign whose limit was passed.
    pub campaign_id: String,
    /// That limit.
    pub clean_users_at_most: u32,
    /// When.
    pub tripped_at: Timestamp,
    /// What became of it.
    pub standing: Standing,
    /// The last decision of a person.
    pub decision: Option<FuseDecision>,
}

/// Users that one atom would revoke.
#[derive(Default)]
struct Counted {
    since: Timestamp,
    leaders: HashSet<u32>,
    /// What they don't share with each other.
    identifiers: HashSet<u32>,
}

/// All of it.
#[derive(Default)]
pub struct Fuse {
    tripped: BTreeMap<u64, Tripped>,
    by_atom: HashMap<Atom, u64>,
    /// Fuses whose atom does not revoke now: by identifier (index), by rule, by model revision.
    pub(super) identifiers: HashMap<u32, u64>,
    pub(super) rules: BTreeMap<String, u64>,
    pub(super) models: BTreeMap<String, u64>,
    counted: HashMap<Atom, Counted>,
    /// Accounts whose revocation waits, with the fuse that holds it.
    waiting: HashMap<u32, u64>,
}

impl Fuse {
    /// A fuse by its number.
    pub fn get(&self, fuse: u64) -> Option<&Tripped> {
        self.tripped.get(&fuse)
    }

    /// Every fuse that ever tripped, the first first.
    pub fn all(&self) -> impl Iterator<Item = (u64, &Tripped)> {
        self.tripped.iter().map(|(number, fuse)| (*number, fuse))
    }

    /// Fuses that wait for a person.
    pub fn held(&self) -> impl Iterator<Item = (u64, &Tripped)> {
        self.all()
            .filter(|(_, fuse)| fuse.standing == Standing::Held)
    }

    /// Whether every atom revokes: the common case, and all that a verdict asks then.
    pub(super) fn is_whole(&self) -> bool {
        self.identifiers.is_empty() && self.rules.is_empty() && self.models.is_empty()
    }

    /// Whether a fuse waits for a person.
    pub(super) fn is_held(&self, fuse: u64) -> bool {
        self.get(fuse)
            .is_some_and(|fuse| fuse.standing == Standing::Held)
    }

    /// Whether an atom tripped before: it is not counted any more.
    pub(super) fn knows(&self, atom: &Atom) -> bool {
        self.by_atom.contains_key(atom)
    }

    /// Accounts whose revocation waits, by fuse.
    pub fn waiting(&self) -> impl Iterator<Item = (u32, u64)> + '_ {
        self.waiting.iter().map(|(account, fuse)| (*account, *fuse))
    }

    /// Whether an account's revocation waits.
    pub(super) fn waits(&self, account: u32) -> bool {
        self.waiting.contains_key(&account)
    }

    /// Notes which fuse holds an account's revocation back; answers whether that changed.
    pub(super) fn note(&mut self, account: u32, fuse: Option<u64>) -> bool {
        match fuse {
            None => self.waiting.remove(&account).is_some(),
            Some(_) if self.waiting.len() >= SUSPICIOUS_AT_MOST => false,
            Some(fuse) => self.waiting.insert(account, fuse) != Some(fuse),
        }
    }

    /// Counts a user: (most senior account, what is its own); answers how many there are. Who shares
    /// anything with one counted before is not counted again.
    fn count(&mut self, atom: &Atom, now: Timestamp, leader: u32, own: &[u32]) -> usize {
        if !self.counted.contains_key(atom) && self.counted.len() >= ATOMS_COUNTED_AT_MOST {
            let fewest = self.counted.iter().min_by_key(|(_, it)| it.leaders.len());
            if let Some(fewest) = fewest.map(|(atom, _)| atom.clone()) {
                self.counted.remove(&fewest);
            }
        }
        let counted = self.counted.entry(atom.clone()).or_default();
        if atom.is_wide() && counted.since.plus_seconds(WIDE_WINDOW_SECONDS) <= now {
            *counted = Counted {
                since: now,
                ..Counted::default()
            };
        }
        let shares = own.iter().any(|one| counted.identifiers.contains(one));
        if !shares && counted.leaders.insert(leader) {
            counted.identifiers.extend(own);
        }
        counted.leaders.len()
    }

    fn apply(&mut self, number: u64, change: FuseChange, identifier: Option<u32>) {
        let FuseChange { atom, step, at } = change;
        let decision = |author, statement| {
            Some(FuseDecision {
                author,
                statement,
                at,
            })
        };
        let (standing, decision) = match step {
            FuseStep::Tripped {
                campaign_id,
                clean_users_at_most,
            } => {
                self.counted.remove(&atom);
                self.by_atom.insert(atom.clone(), number);
                let tripped = Tripped {
                    atom: atom.clone(),
                    campaign_id,
                    clean_users_at_most,
                    tripped_at: at,
                    standing: Standing::Held,
                    decision: None,
                };
                self.tripped.insert(number, tripped);
                (Standing::Held, None)
            }
            FuseStep::Released { author, statement } => {
                (Standing::Released, decision(author, statement))
            }
            FuseStep::Discarded { author, statement } => {
                (Standing::Discarded, decision(author, statement))
            }
        };
        let Some(number) = self.by_atom.get(&atom).copied() else {
            return;
        };
        if let Some(tripped) = self.tripped.get_mut(&number) {
            (tripped.standing, tripped.decision) = (standing, decision);
        }
        self.block(number, atom, identifier, standing != Standing::Released);
    }

    fn block(&mut self, number: u64, atom: Atom, identifier: Option<u32>, blocks: bool) {
        match (atom, blocks) {
            (Atom::Identifier { .. }, true) => {
                self.identifiers.extend(identifier.zip(Some(number)))
            }
            (Atom::Identifier { .. }, false) => {
                self.identifiers.retain(|_, fuse| *fuse != number);
            }
            (Atom::Rule { feature }, true) => drop(self.rules.insert(feature, number)),
            (Atom::Rule { feature }, false) => drop(self.rules.remove(&feature)),
            (Atom::Model { revision }, true) => drop(self.models.insert(revision, number)),
            (Atom::Model { revision }, false) => drop(self.models.remove(&revision)),
        }
    }
}

impl Engine {
    /// The fuse.
    pub fn fuse(&self) -> &Fuse {
        &self.fuse
    }

    /// Counts an established, so far clean user that an atom would revoke in a campaign; trips the fuse where it
    /// is one too many. Answers whether it did.
    pub(super) fn count_user(
        &mut self,
        atom: &Atom,
        (account, of_atom): (u32, Option<u32>),
        campaign_id: &str,
    ) -> bool {
        let Some(campaign) = self.campaigns.get(campaign_id) else {
            return false;
        };
        if self.fuse.knows(atom) || self.fuse.tripped.len() >= FUSES_AT_MOST {
            return false;
        }
        let accounts = self.ledger.held.holders_in(campaign_id);
        let clean_users_at_most = campaign.latest().terms.fuse.of(atom, accounts);
        let leader = self.same_user.leader(&self.graph, account);
        let own: Vec<u32> = own_identifiers(&self.graph, account, of_atom).collect();
        let now = self.now();
        let users = self.fuse.count(atom, now, leader, &own);
        if users <= clean_users_at_most as usize {
            return false;
        }
        let atom_words = atom.words();
        let fuse = self.append_fuse(FuseChange {
            atom: atom.clone(),
            step: FuseStep::Tripped {
                campaign_id: campaign_id.into(),
                clean_users_at_most,
            },
            at: self.now(),
        });
        tracing::error!(
            fuse = format!("f{fuse}"),
            atom = atom_words,
            campaign = campaign_id,
            clean_users_at_most,
            "the fuse tripped: revocations through one piece of evidence wait for a person"
        );
        trips(atom.kind()).increment(1);
        true
    }

    /// Lets a person say whether held evidence is right; either can be said again later.
    ///
    /// # Errors
    /// There is no such fuse; it stands so already; author or statement is missing.
    pub fn resolve_fuse(
        &mut self,
        fuse: u64,
        resolution: FuseResolution,
        author: String,
        statement: String,
    ) -> Result<(), Refusal> {
        check_words("author", &author)?;
        check_words("statement", &statement)?;
        let tripped = self.fuse.get(fuse).ok_or_else(|| Refusal::NotFound {
            what: "fuse",
            name: format!("f{fuse}"),
        })?;
        let (becomes, step) = match resolution {
            FuseResolution::Release => {
                (Standing::Released, FuseStep::Released { author, statement })
            }
            FuseResolution::Discard => (
                Standing::Discarded,
                FuseStep::Discarded { author, statement },
            ),
        };
        if tripped.standing == becomes {
            let description = format!("is {} already", standing_word(becomes));
            return Err(Refusal::contradicts("fuse_id", description));
        }
        let (atom, at) = (tripped.atom.clone(), self.now());
        self.refresh();
        self.append_fuse(FuseChange { atom, step, at });
        Ok(())
    }

    fn append_fuse(&mut self, change: FuseChange) -> u64 {
        self.positions.entries += 1;
        let (number, at) = (self.positions.entries, change.at.micros());
        let subject = change.atom.words();
        self.group
            .push_entry(entry::FUSE, at, &subject, &change.encode());
        self.apply_fuse(number, change);
        number
    }

    /// Takes in a recorded step; whoever it may concern is looked at again.
    pub(super) fn apply_fuse(&mut self, number: u64, change: FuseChange) {
        let identifier = match &change.atom {
            Atom::Identifier { kind, pseudonym } => {
                let kind = self.models.kinds.named(kind);
                kind.and_then(|kind| self.graph.find_identifier(kind, *pseudonym))
            }
            _ => None,
        };
        self.fuse.apply(number, change, identifier);
        for account in identifier.iter().flat_map(|one| self.graph.sample(*one)) {
            self.ledger.note(account);
        }
        self.ledger.adjustments.unpark();
        self.ledger.sweep_anew();
    }
}

fn trips(kind: &'static str) -> Counter {
    counter!(measure::FUSE_TRIPS, "atom" => kind)
}

/// Has every counter of trips begin at 0: a rate does not see the first of what was not there before.
pub(super) fn begin_counting_trips() {
    for kind in ["identifier", "model", "rule"] {
        trips(kind).increment(0);
    }
}

/// A standing in words.
pub fn standing_word(standing: Standing) -> &'static str {
    match standing {
        Standing::Held => "held",
        Standing::Released => "released",
        Standing::Discarded => "discarded",
    }
}
