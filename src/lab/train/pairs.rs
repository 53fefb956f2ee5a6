//! Pairs of accounts as what agrees between them: those that share an identifier, and strangers.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use crate::domain::{
    evidence::{EvidenceSubject, PairEvidence, weigh},
    evidence_weights::EvidenceWeights,
    graph::EntityGraph,
    identifier::{IdentifierClass, IdentifierKind},
    same_user::candidates,
};

/// How many strangers each account is compared with.
const STRANGERS_AN_ACCOUNT: usize = 16;

/// What may agree or disagree: a weight of the file each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Agreement {
    /// An identifier of this kind and class is shared.
    Shared(IdentifierKind, IdentifierClass),
    /// See [`EvidenceSubject::PassedOnNumber`].
    PassedOnNumber,
    /// See [`EvidenceSubject::PassedOnDevice`].
    PassedOnDevice,
    /// See [`EvidenceSubject::SameDeviceSet`].
    SameDeviceSet,
    /// See [`EvidenceSubject::CameBack`].
    CameBack,
    /// See [`EvidenceSubject::CameBackWithNothingElse`].
    CameBackWithNothingElse,
    /// See [`EvidenceSubject::CameBackAfterSteadyUse`].
    CameBackAfterSteadyUse,
    /// See [`EvidenceSubject::CameBackReinstalled`].
    CameBackReinstalled,
    /// See [`EvidenceSubject::NothingOfItsOwn`].
    NothingOfItsOwn,
    /// See [`EvidenceSubject::RegisteredWithoutNumber`].
    RegisteredWithoutNumber,
    /// See [`EvidenceSubject::InstalledAnew`].
    InstalledAnew,
    /// See [`EvidenceSubject::OnlyPhone`].
    OnlyPhone,
    /// See [`EvidenceSubject::NearNumbersInGroup`].
    NearNumbersInGroup,
    /// See [`EvidenceSubject::SameName`].
    SameName,
    /// See [`EvidenceSubject::NearNumbers`].
    NearNumbers,
    /// See [`EvidenceSubject::RegisteredTogether`].
    RegisteredTogether,
    /// See [`EvidenceSubject::RegisteredOnFarm`].
    RegisteredOnFarm,
    /// See [`EvidenceSubject::RegisteredAlike`].
    RegisteredAlike,
    /// See [`EvidenceSubject::DifferentPhones`].
    DifferentPhones,
}

/// What agrees between two accounts: of each group the strongest.
pub type Pattern = BTreeMap<String, Agreement>;

/// What an analyst said about a pair: one line of a file of labels.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PairLabel {
    /// One account.
    pub account_id: String,
    /// The other.
    pub other_account_id: String,
    /// Whether one person has both.
    pub same_user: bool,
}

/// How many pairs show a pattern.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Without a label.
    pub unknown: u64,
    /// Labelled as one person's.
    pub same: u64,
    /// Labelled as two persons'.
    pub different: u64,
    /// Of those without a label, linked by the weights to begin with.
    pub linked: u64,
}

/// All pairs of some event files.
#[derive(Default)]
pub struct Pairs {
    /// Those that share an identifier which proposes pairs, by what agrees.
    pub proposed: BTreeMap<Pattern, Tally>,
    /// Of the strangers looked at, how many showed an agreement; by group.
    pub strangers: BTreeMap<(String, Agreement), u64>,
    /// Strangers looked at.
    pub strangers_seen: u64,
    /// All pairs there are.
    pub all: f64,
}

impl Pairs {
    /// Takes in the pairs of a graph.
    pub fn add(&mut self, graph: &EntityGraph, weights: &EvidenceWeights, labels: &[PairLabel]) {
        let count = graph.account_count();
        self.all += count as f64 * (count as f64 - 1.0) / 2.0;
        let labels = known(graph, labels);
        for a in 0..count as u32 {
            for b in candidates(graph, a).into_iter().filter(|b| *b > a) {
                let evidence = weigh(graph, weights, a, b);
                let tally = self
                    .proposed
                    .entry(pattern(graph, weights, &evidence))
                    .or_default();
                match labels.get(&(a, b)) {
                    Some(true) => tally.same += 1,
                    Some(false) => tally.different += 1,
                    None => {
                        tally.unknown += 1;
                        tally.linked += u64::from(evidence.links(weights));
                    }
                }
            }
        }
        self.add_strangers(graph, weights);
    }

    /// Each account with some others, spread evenly over all in the order of their coming: nearly none
    /// has anything to do with it.
    fn add_strangers(&mut self, graph: &EntityGraph, weights: &EvidenceWeights) {
        let count = graph.account_count();
        for step in 1..=STRANGERS_AN_ACCOUNT {
            let stride = count * step / (STRANGERS_AN_ACCOUNT + 1);
            for a in 0..count {
                let b = (a + stride) % count;
                if a == b || candidates(graph, a as u32).contains(&(b as u32)) {
                    continue;
                }
                let evidence = weigh(graph, weights, a as u32, b as u32);
                for (group, agreement) in pattern(graph, weights, &evidence) {
                    *self.strangers.entry((group, agreement)).or_default() += 1;
                }
                self.strangers_seen += 1;
            }
        }
    }
}

/// Labels by pair of accounts that the graph knows, in ascending order.
fn known(graph: &EntityGraph, labels: &[PairLabel]) -> HashMap<(u32, u32), bool> {
    let pair = |label: &PairLabel| {
        let a = graph.find_account(&label.account_id)?;
        let b = graph.find_account(&label.other_account_id)?;
        Some(((a.min(b), a.max(b)), label.same_user))
    };
    labels.iter().filter_map(pair).collect()
}

/// Of each group the strongest agreement; what is added to a group, or taken off, stands by itself.
fn pattern(graph: &EntityGraph, weights: &EvidenceWeights, evidence: &PairEvidence) -> Pattern {
    let mut strongest: BTreeMap<String, (i32, Agreement)> = BTreeMap::new();
    for item in &evidence.items {
        let row = |identifier: u32| {
            let (kind, _) = graph.identifier(identifier);
            (kind, weights.row(kind).group.clone())
        };
        let (group, agreement) = match item.subject {
            EvidenceSubject::Shared(identifier) => {
                let (kind, group) = row(identifier);
                (group, Agreement::Shared(kind, graph.class(identifier)))
            }
            EvidenceSubject::PassedOnNumber(number) => (row(number).1, Agreement::PassedOnNumber),
            EvidenceSubject::PassedOnDevice(device) => (row(device).1, Agreement::PassedOnDevice),
            EvidenceSubject::SameDeviceSet => ("set".into(), Agreement::SameDeviceSet),
            EvidenceSubject::CameBack => ("succession".into(), Agreement::CameBack),
            EvidenceSubject::CameBackWithNothingElse => {
                ("succession".into(), Agreement::CameBackWithNothingElse)
            }
            EvidenceSubject::CameBackAfterSteadyUse => {
                ("succession".into(), Agreement::CameBackAfterSteadyUse)
            }
            EvidenceSubject::CameBackReinstalled => {
                ("succession".into(), Agreement::CameBackReinstalled)
            }
            EvidenceSubject::NothingOfItsOwn => ("succession".into(), Agreement::NothingOfItsOwn),
            EvidenceSubject::RegisteredWithoutNumber => {
                ("registration".into(), Agreement::RegisteredWithoutNumber)
            }
            EvidenceSubject::InstalledAnew => ("succession".into(), Agreement::InstalledAnew),
            EvidenceSubject::OnlyPhone => ("succession".into(), Agreement::OnlyPhone),
            EvidenceSubject::NearNumbersInGroup => {
                ("numbers".into(), Agreement::NearNumbersInGroup)
            }
            EvidenceSubject::SameName => ("name".into(), Agreement::SameName),
            EvidenceSubject::NearNumbers => ("numbers".into(), Agreement::NearNumbers),
            EvidenceSubject::RegisteredTogether => {
                ("registration".into(), Agreement::RegisteredTogether)
            }
            EvidenceSubject::RegisteredOnFarm => {
                ("registration".into(), Agreement::RegisteredOnFarm)
            }
            EvidenceSubject::RegisteredAlike => ("registration".into(), Agreement::RegisteredAlike),
            EvidenceSubject::DifferentPhones => ("phones".into(), Agreement::DifferentPhones),
        };
        let entry = strongest
            .entry(group)
            .or_insert((item.millibits, agreement));
        if item.millibits > entry.0 {
            *entry = (item.millibits, agreement);
        }
    }
    // The address seen with a shared device says nothing that the device has not said.
    let network = &weights.row(IdentifierKind::ADDRESS).group;
    if strongest.contains_key(&weights.row(IdentifierKind::DEVICE).group) {
        strongest.remove(network);
    }
    let agreement = |(group, (_, agreement))| (group, agreement);
    strongest.into_iter().map(agreement).collect()
}
