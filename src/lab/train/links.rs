//! The evidence weights by expectation–maximisation (Fellegi and Sunter 1969; Winkler 1988; as Splink
//! does): how often each agreement is seen between two accounts of one person (m) and of two (u), without
//! anybody having said which pairs are which. Labels of analysts, where there are any, settle their pairs.
//!
//! Every pair of accounts counts: those that share an identifier are looked at one by one, all others
//! are strangers and stand for how often names, numbers and addresses agree by chance.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::pairs::{Agreement, Pairs, Pattern, Tally};
use crate::domain::evidence_weights::EvidenceWeights;

/// Rounds at most.
const ROUNDS: usize = 200;
/// Done once the number of pairs of one person moves by less than this part of it.
const SETTLED: f64 = 1e-6;
/// Before the first round a pair that the weights to begin with link is one person's so probably...
const LINKED_PRIOR: f64 = 0.9;
/// ...and any other proposed pair so.
const UNLINKED_PRIOR: f64 = 0.02;
/// Added to every count, so that nothing is impossible.
const PSEUDO_COUNT: f64 = 0.5;
/// Two accounts are linked when they are one person with at least this probability.
pub const LINK_PROBABILITY: f64 = 0.99;

/// What was fitted, for the card.
#[derive(Clone, Debug, Serialize)]
pub struct LinksCard {
    /// Of the weights.
    pub revision: String,
    /// Pairs that share an identifier.
    pub pairs_proposed: u64,
    /// Of them labelled.
    pub pairs_labelled: u64,
    /// Of them one person's, as estimated.
    pub pairs_of_one_person: f64,
    /// All pairs of accounts.
    pub pairs: f64,
    /// Rounds until it settled.
    pub rounds: usize,
    /// What each agreement is worth.
    pub agreements: Vec<AgreementCard>,
}

/// An agreement and how often it is seen.
#[derive(Clone, Debug, Serialize)]
pub struct AgreementCard {
    /// The group in which the strongest counts.
    pub group: String,
    /// What agrees.
    pub agreement: String,
    /// Between two accounts of one person.
    pub m: f64,
    /// Between two accounts of two persons.
    pub u: f64,
    /// What it adds beside no agreement in the group, millibits.
    pub millibits: i32,
}

/// How often each agreement is seen, of a group.
#[derive(Default)]
struct Rates {
    /// By agreement: (m, u).
    of: BTreeMap<Agreement, (f64, f64)>,
    /// Of no agreement.
    none: (f64, f64),
}

impl Rates {
    fn bits(&self, agreement: Option<&Agreement>) -> f64 {
        let (m, u) = agreement.map_or(self.none, |agreement| self.of[agreement]);
        (m / u).log2()
    }
}

/// What the last round held.
struct Model<'a> {
    groups: BTreeMap<&'a str, Rates>,
    /// log2 of the odds that any two accounts are one person's.
    prior_bits: f64,
    of_one_person: f64,
}

impl Model<'_> {
    fn probability(&self, pattern: &Pattern) -> f64 {
        let bits: f64 = self
            .groups
            .iter()
            .map(|(group, rates)| rates.bits(pattern.get(*group)))
            .sum();
        1.0 / (1.0 + (-(self.prior_bits + bits)).exp2())
    }
}

/// Fits weights. What no pair shows keeps its proportion to the threshold.
pub fn fit(pairs: &Pairs, start: &EvidenceWeights, revision: &str) -> (EvidenceWeights, LinksCard) {
    let labelled = |tally: &Tally| tally.same + tally.different;
    let first = |tally: &Tally| {
        let linked = tally.linked as f64;
        let unlinked = tally.unknown as f64 - linked;
        linked * LINKED_PRIOR + unlinked * UNLINKED_PRIOR + tally.same as f64
    };
    let mut model = maximise(pairs, |_, tally| first(tally));
    let mut rounds = 0;
    while rounds < ROUNDS {
        rounds += 1;
        let before = model.of_one_person;
        model = maximise(pairs, |pattern, tally| {
            tally.unknown as f64 * model.probability(pattern) + tally.same as f64
        });
        if (model.of_one_person - before).abs() <= SETTLED * before {
            break;
        }
    }
    let (weights, agreements) = weights_of(&model, start, revision);
    let sum = |of: &dyn Fn(&Tally) -> u64| pairs.proposed.values().map(of).sum();
    let card = LinksCard {
        revision: revision.into(),
        pairs_proposed: sum(&|tally| tally.unknown + labelled(tally)),
        pairs_labelled: sum(&labelled),
        pairs_of_one_person: model.of_one_person.round(),
        pairs: pairs.all,
        rounds,
        agreements,
    };
    (weights, card)
}

/// Rates, given how many pairs of each pattern are one person's.
fn maximise(pairs: &Pairs, one_person: impl Fn(&Pattern, &Tally) -> f64) -> Model<'_> {
    let groups: BTreeSet<&str> = pairs
        .proposed
        .keys()
        .flat_map(|pattern| pattern.keys().map(String::as_str))
        .chain(pairs.strangers.keys().map(|(group, _)| group.as_str()))
        .collect();
    let mut counts: BTreeMap<&str, BTreeMap<Agreement, (f64, f64)>> = groups
        .iter()
        .map(|group| (*group, BTreeMap::new()))
        .collect();
    let (mut matches, mut proposed) = (0.0, 0.0);
    for (pattern, tally) in &pairs.proposed {
        let all = (tally.unknown + tally.same + tally.different) as f64;
        let same = one_person(pattern, tally);
        matches += same;
        proposed += all;
        for (group, agreement) in pattern {
            let of = counts.entry(group).or_default().entry(*agreement);
            let (m, u) = of.or_default();
            *m += same;
            *u += all - same;
        }
    }
    // All pairs that no identifier proposes are as the strangers looked at.
    let unseen = (pairs.all - proposed) / pairs.strangers_seen.max(1) as f64;
    for ((group, agreement), seen) in &pairs.strangers {
        let of = counts.entry(group).or_default().entry(*agreement);
        of.or_default().1 += *seen as f64 * unseen;
    }
    let strangers = pairs.all - matches;
    let rates = |of: BTreeMap<Agreement, (f64, f64)>| {
        let levels = (of.len() + 1) as f64 * PSEUDO_COUNT;
        let rate = |(m, u): (f64, f64)| {
            (
                (m + PSEUDO_COUNT) / (matches + levels),
                (u + PSEUDO_COUNT) / (strangers + levels),
            )
        };
        let seen = of
            .values()
            .fold((0.0, 0.0), |(m, u), of| (m + of.0, u + of.1));
        let none = (matches - seen.0, strangers - seen.1);
        Rates {
            of: of
                .into_iter()
                .map(|(one, count)| (one, rate(count)))
                .collect(),
            none: rate((none.0.max(0.0), none.1.max(0.0))),
        }
    };
    Model {
        groups: counts
            .into_iter()
            .map(|(group, of)| (group, rates(of)))
            .collect(),
        prior_bits: (matches / strangers).log2(),
        of_one_person: matches,
    }
}

/// The file's numbers: a weight is what an agreement adds beside none in its group, and what "none in any
/// group" and the prior say is in the threshold.
fn weights_of(
    model: &Model,
    start: &EvidenceWeights,
    revision: &str,
) -> (EvidenceWeights, Vec<AgreementCard>) {
    let nothing: f64 = model.groups.values().map(|rates| rates.bits(None)).sum();
    let threshold = (LINK_PROBABILITY / (1.0 - LINK_PROBABILITY)).log2();
    let link_at = millibits(threshold - model.prior_bits - nothing).max(1);
    let mut weights = start.clone();
    weights.revision = revision.into();
    weights.scale(link_at);
    let mut cards = Vec::new();
    for (group, rates) in &model.groups {
        for (agreement, (m, u)) in &rates.of {
            let added = millibits(rates.bits(Some(agreement)) - rates.bits(None));
            *weight_of(&mut weights, *agreement) = added;
            cards.push(AgreementCard {
                group: (*group).into(),
                agreement: format!("{agreement:?}"),
                m: *m,
                u: *u,
                millibits: added,
            });
        }
    }
    (weights, cards)
}

fn millibits(bits: f64) -> i32 {
    (bits * 1000.0).round() as i32
}

/// Where the file holds the weight of an agreement.
fn weight_of(weights: &mut EvidenceWeights, agreement: Agreement) -> &mut i32 {
    match agreement {
        Agreement::Shared(kind, class) => weights.shared_mut(kind, class),
        Agreement::PassedOnNumber => &mut weights.passed_on_number,
        Agreement::PassedOnDevice => &mut weights.passed_on_device,
        Agreement::SameDeviceSet => &mut weights.same_device_set,
        Agreement::CameBack => &mut weights.came_back,
        Agreement::CameBackWithNothingElse => &mut weights.came_back_with_nothing_else,
        Agreement::CameBackAfterSteadyUse => &mut weights.came_back_after_steady_use,
        Agreement::CameBackReinstalled => &mut weights.came_back_reinstalled,
        Agreement::NothingOfItsOwn => &mut weights.nothing_of_its_own,
        Agreement::RegisteredWithoutNumber => &mut weights.registered_without_number,
        Agreement::InstalledAnew => &mut weights.installed_anew,
        Agreement::OnlyPhone => &mut weights.only_phone,
        Agreement::NearNumbersInGroup => &mut weights.near_numbers_in_group,
        Agreement::SameName => &mut weights.same_name,
        Agreement::NearNumbers => &mut weights.near_numbers,
        Agreement::RegisteredTogether => &mut weights.registered_together,
        Agreement::RegisteredOnFarm => &mut weights.registered_on_farm,
        Agreement::RegisteredAlike => &mut weights.registered_alike,
        Agreement::DifferentPhones => &mut weights.different_phones,
    }
}
