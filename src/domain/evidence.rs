//! Evidence that two accounts are the same user, in thousandths of a bit (Fellegi and Sunter:
//! log2(m/u) an agreement), by independent groups. Inside a group the strongest counts, not the sum.

use serde::Deserialize;
use smallvec::SmallVec;

use super::{
    account::Registration,
    cohort::COHORT_SLOT_SECONDS,
    graph::EntityGraph,
    identifier::{IdentifierClass, IdentifierKind, IdentifierKinds},
    link::{Link, LinkedIdentifier},
};

/// Uses of one device further apart than this are a second-hand device, not a shared one.
pub const SECOND_HAND_GAP_SECONDS: u32 = 30 * 86_400;
/// Evidence of a group below this does not make the group count as independent support.
pub const GROUP_COUNTS_FROM_MILLIBITS: i32 = 1000;
/// Kinds of identifier a weights file may list.
pub const KINDS_AT_MOST: usize = 32;

/// The evidence weights, as the file says them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceWeights {
    /// Names this file in verdicts.
    pub revision: String,
    /// Linked from so many millibits on.
    pub link_at: i32,
    /// Both have phones, none in common.
    pub different_phones: i32,
    /// Most of their devices in common, and at least two.
    pub same_device_set: i32,
    /// Registered near each other on one device.
    pub registered_together: i32,
    /// Registered near each other from one network under one pattern of names.
    pub registered_alike: i32,
    /// A row a kind; the first four are the built-in ones, in their order.
    #[serde(rename = "kind")]
    pub kinds: Vec<KindWeights>,
}

/// Weights of one kind of identifier, in millibits by the class of the identifier shared.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindWeights {
    /// The kind, as events name it.
    pub name: String,
    /// Its group.
    pub group: String,
    /// May carry a link alone.
    #[serde(default)]
    pub exact: bool,
    /// One or two accounts use it.
    pub personal: i32,
    /// A few do.
    pub household: i32,
    /// Many do.
    pub shared_place: i32,
    /// Many registered on it in bursts.
    pub farm: i32,
    /// It is a carrier's.
    pub carrier_nat: i32,
    /// It is a data centre's or a proxy's.
    #[serde(default)]
    pub data_centre: i32,
    /// A fault gave it to strangers.
    #[serde(default)]
    pub faulty: i32,
}

/// Why a weights file is refused.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// Not TOML, or a key is missing, unknown or of the wrong type.
    #[error("evidence weights: {0}")]
    Syntax(#[from] toml::de::Error),
    /// The rows are not what the program needs.
    #[error("evidence weights: {0}")]
    Kinds(String),
}

impl EvidenceWeights {
    /// Reads and checks a weights file.
    ///
    /// # Errors
    /// A key is missing, unknown or of the wrong type, or the first four kinds are not `phone`,
    /// `device`, `hardware_fingerprint`, `ip_address`.
    pub fn parse(text: &str) -> Result<Self, WeightsError> {
        let weights: EvidenceWeights = toml::from_str(text)?;
        let built_in = ["phone", "device", "hardware_fingerprint", "ip_address"];
        let first: Vec<&str> = weights
            .kinds
            .iter()
            .map(|kind| &*kind.name)
            .take(4)
            .collect();
        if first != built_in {
            return Err(WeightsError::Kinds(format!(
                "the first four kinds must be {built_in:?}, found {first:?}"
            )));
        }
        if weights.kinds.len() > KINDS_AT_MOST {
            return Err(WeightsError::Kinds(format!(
                "at most {KINDS_AT_MOST} kinds, found {}",
                weights.kinds.len()
            )));
        }
        Ok(weights)
    }

    /// The kinds listed.
    pub fn identifier_kinds(&self) -> IdentifierKinds {
        IdentifierKinds::new(self.kinds.iter().map(|kind| kind.name.clone()).collect())
    }

    /// The row of a kind.
    pub fn row(&self, kind: IdentifierKind) -> &KindWeights {
        &self.kinds[usize::from(kind.0)]
    }

    fn shared(&self, kind: IdentifierKind, class: IdentifierClass) -> i32 {
        let row = self.row(kind);
        match class {
            IdentifierClass::Personal => row.personal,
            IdentifierClass::Household => row.household,
            IdentifierClass::SharedPlace => row.shared_place,
            IdentifierClass::Farm => row.farm,
            IdentifierClass::CarrierNat => row.carrier_nat,
            IdentifierClass::DataCentre => row.data_centre,
            IdentifierClass::Faulty => row.faulty,
        }
    }
}

/// One agreement or disagreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EvidenceItem {
    /// What it is about.
    pub subject: EvidenceSubject,
    /// What it adds, millibits, before its group takes the maximum.
    pub millibits: i32,
}

/// What a piece of evidence is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EvidenceSubject {
    /// Both use this identifier (index).
    Shared(u32),
    /// Both use most of the same devices, at least two.
    SameDeviceSet,
    /// Each has its own phone number.
    DifferentPhones,
    /// They registered near each other on one device.
    RegisteredTogether,
    /// They registered near each other from one network under one pattern of names.
    RegisteredAlike,
}

/// All evidence between two accounts.
#[derive(Clone, Debug, Default)]
pub struct PairEvidence {
    /// The sum over groups, millibits.
    pub millibits: i32,
    /// Independent groups that speak for it.
    pub groups: u8,
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
}

/// Strongest evidence a group, while it is gathered.
struct Groups<'a> {
    weights: &'a EvidenceWeights,
    strongest: SmallVec<[(&'a str, i32); 6]>,
}

impl<'a> Groups<'a> {
    fn take(&mut self, group: &'a str, millibits: i32) {
        match self.strongest.iter_mut().find(|(known, _)| *known == group) {
            Some((_, strongest)) => *strongest = (*strongest).max(millibits),
            None => self.strongest.push((group, millibits)),
        }
    }
}

/// Weighs all evidence between two accounts: a pure function of their facts and of the classes of
/// what they share. Bounded by the identifiers considered of each.
pub fn weigh(graph: &EntityGraph, weights: &EvidenceWeights, a: u32, b: u32) -> PairEvidence {
    let (of_a, of_b) = (graph.considered(a), graph.considered(b));
    let mut evidence = PairEvidence::default();
    let mut groups = Groups {
        weights,
        strongest: SmallVec::new(),
    };
    let shared = shared_identifiers(graph, (a, &of_a), (b, &of_b));
    weigh_shared(graph, &shared, &mut groups, &mut evidence);
    weigh_device_set(graph, &of_a, &of_b, &shared, &mut groups, &mut evidence);
    let registered = weigh_registrations(graph, weights, a, b, &mut evidence);
    groups.take("registration", registered);

    for (_, strongest) in &groups.strongest {
        evidence.millibits += strongest;
        evidence.groups += u8::from(*strongest >= GROUP_COUNTS_FROM_MILLIBITS);
    }
    if has_phone(&of_a) && has_phone(&of_b) && !shares_phone(graph, &shared) {
        evidence.millibits += weights.different_phones;
        evidence.items.push(EvidenceItem {
            subject: EvidenceSubject::DifferentPhones,
            millibits: weights.different_phones,
        });
    }
    evidence
}

/// What both use, each sampled on it, at times that overlap: (identifier, link of a, link of b).
fn shared_identifiers(
    graph: &EntityGraph,
    (a, of_a): (u32, &[LinkedIdentifier]),
    (b, of_b): (u32, &[LinkedIdentifier]),
) -> SmallVec<[u32; 8]> {
    let mut shared = SmallVec::new();
    let (mut left, mut right) = (of_a.iter().peekable(), of_b.iter().peekable());
    while let (Some(one), Some(other)) = (left.peek(), right.peek()) {
        match one.identifier.cmp(&other.identifier) {
            std::cmp::Ordering::Less => {
                left.next();
            }
            std::cmp::Ordering::Greater => {
                right.next();
            }
            std::cmp::Ordering::Equal => {
                let identifier = one.identifier;
                if used_together(one.kind, &one.link, &other.link)
                    && graph.is_sampled(identifier, a)
                    && graph.is_sampled(identifier, b)
                {
                    shared.push(identifier);
                }
                left.next();
                right.next();
            }
        }
    }
    shared
}

/// Whether two uses of one identifier overlap. A phone number is held from its first use until it
/// is unbound (else it was recycled); anything else was shared unless a long gap parts the uses.
fn used_together(kind: IdentifierKind, one: &Link, other: &Link) -> bool {
    if kind == IdentifierKind::PHONE {
        one.first_seen <= other.held_until() && other.first_seen <= one.held_until()
    } else {
        let day = |second: u32| second / 86_400 * 86_400;
        let within =
            |first: u32, last: u32| day(first) <= day(last).saturating_add(SECOND_HAND_GAP_SECONDS);
        within(one.first_seen, other.last_seen) && within(other.first_seen, one.last_seen)
    }
}

fn weigh_shared<'a>(
    graph: &EntityGraph,
    shared: &[u32],
    groups: &mut Groups<'a>,
    evidence: &mut PairEvidence,
) {
    let shares_device = shared
        .iter()
        .any(|identifier| is_device(graph, *identifier));
    for identifier in shared {
        let (kind, _) = graph.identifier(*identifier);
        let row = groups.weights.row(kind);
        let millibits = groups.weights.shared(kind, graph.class(*identifier));
        // The address seen with a shared device says nothing that the device has not said.
        let group = if kind == IdentifierKind::ADDRESS && shares_device {
            &groups.weights.row(IdentifierKind::DEVICE).group
        } else {
            &row.group
        };
        groups.take(group, millibits);
        evidence.exact |= row.exact && millibits >= groups.weights.link_at;
        evidence.items.push(EvidenceItem {
            subject: EvidenceSubject::Shared(*identifier),
            millibits,
        });
    }
}

/// Two accounts on the same *set* of devices are one person: a couple shares the family PC, not
/// both phones as well.
fn weigh_device_set<'a>(
    graph: &EntityGraph,
    of_a: &[LinkedIdentifier],
    of_b: &[LinkedIdentifier],
    shared: &[u32],
    groups: &mut Groups<'a>,
    evidence: &mut PairEvidence,
) {
    let devices = |links: &[LinkedIdentifier]| {
        let is = |linked: &&LinkedIdentifier| linked.kind == IdentifierKind::DEVICE;
        links.iter().filter(is).count()
    };
    let narrow = |identifier: &&u32| {
        graph.identifier(**identifier).0 == IdentifierKind::DEVICE
            && matches!(
                graph.class(**identifier),
                IdentifierClass::Personal | IdentifierClass::Household
            )
    };
    let common = shared.iter().filter(narrow).count();
    let all = devices(of_a) + devices(of_b) - common;
    if common < 2 || common * 3 < all * 2 {
        return;
    }
    evidence.same_device_set = true;
    let group = &*groups.weights.row(IdentifierKind::DEVICE).group;
    let together = groups
        .strongest
        .iter()
        .find(|(known, _)| *known == group)
        .map_or(0, |(_, strongest)| *strongest)
        + groups.weights.same_device_set;
    groups.take(group, together);
    evidence.items.push(EvidenceItem {
        subject: EvidenceSubject::SameDeviceSet,
        millibits: groups.weights.same_device_set,
    });
}

fn weigh_registrations(
    graph: &EntityGraph,
    weights: &EvidenceWeights,
    a: u32,
    b: u32,
    evidence: &mut PairEvidence,
) -> i32 {
    let (Some(one), Some(other)) = (graph.account(a).registration, graph.account(b).registration)
    else {
        return 0;
    };
    let Some((subject, millibits)) = registered_near(&one, &other, weights) else {
        return 0;
    };
    evidence.items.push(EvidenceItem { subject, millibits });
    millibits
}

fn registered_near(
    one: &Registration,
    other: &Registration,
    weights: &EvidenceWeights,
) -> Option<(EvidenceSubject, i32)> {
    if one.at.abs_diff(other.at) > 2 * COHORT_SLOT_SECONDS {
        return None;
    }
    if one.device.is_some() && one.device == other.device {
        Some((
            EvidenceSubject::RegisteredTogether,
            weights.registered_together,
        ))
    } else if one.network.is_some()
        && one.network == other.network
        && one.name.is_some()
        && one.name == other.name
    {
        Some((EvidenceSubject::RegisteredAlike, weights.registered_alike))
    } else {
        None
    }
}

fn is_device(graph: &EntityGraph, identifier: u32) -> bool {
    matches!(
        graph.identifier(identifier).0,
        IdentifierKind::DEVICE | IdentifierKind::HARDWARE
    )
}

fn has_phone(links: &[LinkedIdentifier]) -> bool {
    links
        .iter()
        .any(|linked| linked.kind == IdentifierKind::PHONE)
}

fn shares_phone(graph: &EntityGraph, shared: &[u32]) -> bool {
    shared
        .iter()
        .any(|identifier| graph.identifier(*identifier).0 == IdentifierKind::PHONE)
}
