//! Evidence that two accounts are the same user, in thousandths of a bit (Fellegi and Sunter:
//! log2(m/u) an agreement), by independent groups. Inside a group the strongest counts, not the sum.

use smallvec::SmallVec;

use super::{
    evidence_groups::EvidenceGroups,
    evidence_weights::EvidenceWeights,
    graph::EntityGraph,
    identifier::{IdentifierClass, IdentifierKind},
    link::{Link, LinkedIdentifier},
};

/// A number whose account fell silent so long before another account first used it was given to somebody
/// else, whether or not the first account said so (operators rest numbers for 45 to 90 days; Lee and
/// Narayanan 2021).
pub const RECYCLED_AFTER_SECONDS: u32 = 20 * 86_400;
/// Uses of one device further apart than this are a second-hand device, or an account left for long, not
/// a shared device.
pub const SECOND_HAND_GAP_SECONDS: u32 = 30 * 86_400;

/// One agreement or disagreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EvidenceItem {
    /// What it is about.
    pub subject: EvidenceSubject,
    /// What it adds, millibits, before its group takes the maximum.
    pub millibits: i32,
    /// The number of its group; none where it adds to the sum whatever else is known.
    group: Option<u8>,
}

/// What a piece of evidence is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EvidenceSubject {
    /// Both use this identifier (index).
    Shared(u32),
    /// One used the device (index) that nobody else but the other uses, weeks apart from it.
    PassedOnDevice(u32),
    /// Both use most of the same devices, at least two.
    SameDeviceSet,
    /// One began when the other had ended, on the same machine.
    CameBack,
    /// The same, and one of the two has no other device.
    CameBackWithNothingElse,
    /// The same, and the other had been used steadily until then.
    CameBackAfterSteadyUse,
    /// One began when the other had ended, on the same machine with the client installed anew.
    CameBackReinstalled,
    /// One has no number and no device but one of the other's, on which it alone was registered.
    NothingOfItsOwn,
    /// One was registered without a number on a device of the other's, which has one.
    RegisteredWithoutNumber,
    /// They share a machine under two ids, and a home: its client was installed anew.
    InstalledAnew,
    /// They have one phone or tablet, and no other device.
    OnlyPhone,
    /// Their numbers are of one block of 1,000, or of 10,000 under names of one pattern, on a machine of a small
    /// group; or of 10,000 on a farm's.
    NearNumbersInGroup,
    /// Each has its own phone number.
    DifferentPhones,
    /// One took over the phone number (index) of the other, which had fallen silent.
    PassedOnNumber(u32),
    /// Their names are of one series.
    SameName,
    /// Their numbers are of one block of 100.
    NearNumbers,
    /// They registered near each other on one device.
    RegisteredTogether,
    /// They registered on one device that many registered on.
    RegisteredOnFarm,
    /// They registered near each other from one network under one pattern of names.
    RegisteredAlike,
}

/// All evidence between two accounts.
#[derive(Clone, Debug, Default)]
pub struct PairEvidence {
    /// The sum over groups, millibits.
    pub millibits: i32,
    /// Groups that speak for it.
    pub groups: u8,
    /// Of them those that do not rest on what another group has counted.
    pub independent_groups: u8,
    /// An exact kind is among them.
    pub exact: bool,
    /// They share a set of devices.
    pub same_device_set: bool,
    /// The pieces.
    pub items: SmallVec<[EvidenceItem; 6]>,
}

impl PairEvidence {
    /// Whether the two are one user by this evidence alone.
    pub fn links(&self, weights: &EvidenceWeights) -> bool {
        self.millibits >= weights.link_at
            && (self.exact || self.groups >= 2 || self.same_device_set)
    }

    /// What each piece adds to the sum, millibits: of a group the strongest, the first of equals.
    pub fn counted(&self) -> impl Iterator<Item = i32> + '_ {
        let is_outdone = |nth: usize, item: &EvidenceItem| {
            let mut others = self.items.iter().enumerate();
            item.group.is_some()
                && others.any(|(other, piece)| {
                    let (ours, theirs) = (item.millibits, piece.millibits);
                    piece.group == item.group && (theirs > ours || theirs == ours && other < nth)
                })
        };
        let pieces = self.items.iter().enumerate();
        pieces.map(move |(nth, item)| match is_outdone(nth, item) {
            true => 0,
            false => item.millibits,
        })
    }

    /// Whether a link by this evidence may make one account answer for the other: never by what rests on
    /// one device or address alone, however much of it there is.
    pub fn carries_blame(&self) -> bool {
        self.exact || self.independent_groups >= 2
    }
}

/// An account of the pair, and the identifiers considered of it.
pub(super) struct Side {
    pub(super) account: u32,
    pub(super) links: SmallVec<[LinkedIdentifier; 8]>,
}

impl Side {
    /// An account's.
    pub(super) fn of(graph: &EntityGraph, account: u32) -> Self {
        Side {
            account,
            links: graph.considered(account),
        }
    }

    /// Identifiers of a kind among them.
    pub(super) fn count(&self, kind: IdentifierKind) -> usize {
        self.links
            .iter()
            .filter(|linked| linked.kind == kind)
            .count()
    }
}

/// A pair while it is weighed.
pub(super) struct Weighing<'a> {
    pub(super) graph: &'a EntityGraph,
    pub(super) weights: &'a EvidenceWeights,
    pub(super) a: &'a Side,
    pub(super) b: &'a Side,
    /// What both use, at times that overlap.
    pub(super) shared: SmallVec<[Common; 8]>,
    /// What both use, at times far apart.
    pub(super) passed_on: SmallVec<[Common; 2]>,
    pub(super) groups: EvidenceGroups<'a>,
    pub(super) evidence: PairEvidence,
}

/// An identifier that both use, each sampled on it.
#[derive(Clone, Copy)]
pub(super) struct Common {
    pub(super) identifier: u32,
    pub(super) kind: IdentifierKind,
    pub(super) class: IdentifierClass,
    pub(super) by_a: Link,
    pub(super) by_b: Link,
}

/// Weighs all evidence between two accounts: a pure function of their facts and of the classes of
/// what they share. Bounded by the identifiers considered of each.
pub fn weigh(graph: &EntityGraph, weights: &EvidenceWeights, a: u32, b: u32) -> PairEvidence {
    weigh_sides(graph, weights, &Side::of(graph, a), &Side::of(graph, b))
}

/// The same, for a caller who compares an account with many.
pub(super) fn weigh_sides(
    graph: &EntityGraph,
    weights: &EvidenceWeights,
    a: &Side,
    b: &Side,
) -> PairEvidence {
    let mut pair = Weighing::of(graph, weights, a, b);
    pair.weigh_shared();
    pair.weigh_passed_on();
    pair.weigh_device_set();
    pair.weigh_succession();
    pair.weigh_nothing_of_its_own();
    pair.weigh_installed_anew();
    pair.weigh_only_phone();
    pair.weigh_likeness();
    pair.weigh_registrations();
    pair.weigh_missing_number();
    pair.sum()
}

impl<'a> Weighing<'a> {
    fn of(graph: &'a EntityGraph, weights: &'a EvidenceWeights, a: &'a Side, b: &'a Side) -> Self {
        let mut pair = Weighing {
            graph,
            weights,
            a,
            b,
            shared: SmallVec::new(),
            passed_on: SmallVec::new(),
            groups: EvidenceGroups::default(),
            evidence: PairEvidence::default(),
        };
        pair.compare_identifiers();
        pair.drop_ids_of_two_machines();
        pair
    }

    /// Walks both lists, which are ascending.
    fn compare_identifiers(&mut self) {
        let graph = self.graph;
        let (mut left, mut right) = (
            self.a.links.iter().peekable(),
            self.b.links.iter().peekable(),
        );
        while let (Some(one), Some(other)) = (left.peek(), right.peek()) {
            if one.identifier < other.identifier {
                left.next();
                continue;
            }
            if one.identifier == other.identifier {
                if graph.are_compared(one.identifier, self.a.account, self.b.account) {
                    let common = Common {
                        identifier: one.identifier,
                        kind: one.kind,
                        class: graph.class(one.identifier),
                        by_a: one.link,
                        by_b: other.link,
                    };
                    let together = used_together(graph, common, self.a.account, self.b.account);
                    match together {
                        true => self.shared.push(common),
                        false => self.passed_on.push(common),
                    }
                }
                left.next();
            }
            right.next();
        }
    }

    /// Takes a piece of evidence in.
    pub(super) fn add(&mut self, group: &'a str, subject: EvidenceSubject, millibits: i32) {
        let group = Some(self.groups.count(group, millibits));
        self.evidence.items.push(EvidenceItem {
            subject,
            millibits,
            group,
        });
    }

    /// Tells a piece of evidence that adds to the sum beside the groups.
    pub(super) fn note(&mut self, subject: EvidenceSubject, millibits: i32) {
        self.evidence.items.push(EvidenceItem {
            subject,
            millibits,
            group: None,
        });
    }

    /// The group of a kind of identifier.
    pub(super) fn group(&self, kind: IdentifierKind) -> &'a str {
        let weights: &'a EvidenceWeights = self.weights;
        &weights.row(kind).group
    }

    fn weigh_shared(&mut self) {
        let shares_device = self.shared.iter().any(|common| common.kind.is_machine());
        for place in 0..self.shared.len() {
            let Common {
                identifier,
                kind,
                class,
                ..
            } = self.shared[place];
            // A number that web sites lend is everybody's, however few were seen with it.
            let class = match kind == IdentifierKind::PHONE && self.both_borrow_numbers() {
                true => IdentifierClass::SharedPlace,
                false => class,
            };
            let millibits = self.weights.shared(kind, class);
            // The address seen with a shared device says nothing that the device has not said.
            let group = match kind == IdentifierKind::ADDRESS && shares_device {
                true => self.group(IdentifierKind::DEVICE),
                false => self.group(kind),
            };
            self.evidence.exact |=
                self.weights.row(kind).exact && millibits >= self.weights.link_at;
            self.add(group, EvidenceSubject::Shared(identifier), millibits);
        }
    }

    fn both_borrow_numbers(&self) -> bool {
        let borrows = |side: &Side| self.graph.account(side.account).disposable_number;
        borrows(self.a) && borrows(self.b)
    }

    /// What both had, though not at once. A number: the same person's new account, or a stranger who got
    /// the number next. A device: an account left for long, or the device's next owner. It supports, and
    /// never carries.
    fn weigh_passed_on(&mut self) {
        for place in 0..self.passed_on.len() {
            let common = self.passed_on[place];
            let unbound = [common.by_a, common.by_b]
                .iter()
                .any(|link| link.held_until() != u32::MAX);
            let (subject, millibits) = match common.kind {
                IdentifierKind::PHONE if !unbound => (
                    EvidenceSubject::PassedOnNumber(common.identifier),
                    self.weights.passed_on_number,
                ),
                IdentifierKind::DEVICE if common.is_of_two() => (
                    EvidenceSubject::PassedOnDevice(common.identifier),
                    self.weights.passed_on_device,
                ),
                _ => continue,
            };
            self.add(self.group(common.kind), subject, millibits);
        }
    }

    fn sum(mut self) -> PairEvidence {
        self.evidence.millibits = self.groups.sum();
        self.evidence.groups = self.groups.speaking();
        self.evidence.independent_groups = self.groups.independent();
        let of_phones = |common: &Common| common.kind == IdentifierKind::PHONE;
        let shares_phone = self.shared.iter().any(of_phones);
        let has_phone = |side: &Side| side.count(IdentifierKind::PHONE) > 0;
        if has_phone(self.a) && has_phone(self.b) && !shares_phone {
            let millibits = self.weights.different_phones;
            self.evidence.millibits += millibits;
            self.note(EvidenceSubject::DifferentPhones, millibits);
        }
        self.evidence
    }
}

/// Whether two uses of one identifier overlap. A phone number is held from its first use until it
/// is unbound (else it was recycled); anything else was shared unless a long gap parts the uses.
fn used_together(graph: &EntityGraph, common: Common, a: u32, b: u32) -> bool {
    let (one, other) = (common.by_a, common.by_b);
    if common.kind == IdentifierKind::PHONE {
        let held = |account: u32, link: Link| {
            let silent_from = day_of(graph.account(account).last_seen);
            let lost_at = silent_from.saturating_add(RECYCLED_AFTER_SECONDS);
            link.held_until().min(lost_at)
        };
        one.first_seen <= held(b, other) && other.first_seen <= held(a, one)
    } else {
        let within = |first: u32, last: u32| {
            day_of(first) <= day_of(last).saturating_add(SECOND_HAND_GAP_SECONDS)
        };
        within(one.first_seen, other.last_seen) && within(other.first_seen, one.last_seen)
    }
}

/// The beginning of a day: evidence moves with days, so that an account is not compared anew at every
/// event.
pub(super) fn day_of(second: u32) -> u32 {
    second / 86_400 * 86_400
}
