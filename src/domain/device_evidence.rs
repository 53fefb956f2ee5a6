//! What devices say of two accounts beyond being shared: most of a set in common, or one account taking
//! over where the other ended.

use smallvec::SmallVec;

use super::{
    evidence::{Common, EvidenceSubject, Weighing, day_of},
    evidence_groups::SUCCESSION,
    identifier::{IdentifierClass, IdentifierKind},
    link::LinkedIdentifier,
};

impl Weighing<'_> {
    /// Whether nobody but the two uses an identifier.
    pub(super) fn is_of_two(&self, identifier: u32) -> bool {
        self.graph.class(identifier) == IdentifierClass::Personal
    }

    fn is_narrow(&self, common: &Common) -> bool {
        let class = self.graph.class(common.identifier);
        matches!(
            class,
            IdentifierClass::Personal | IdentifierClass::Household
        )
    }

    /// A device id that came with one hardware fingerprint from the one account and with another from the
    /// other was never one machine: a fault of the client gave it to strangers. It says nothing.
    pub(super) fn drop_ids_of_two_machines(&mut self) {
        let fingerprints = |links: &[LinkedIdentifier], first_seen: u32| -> SmallVec<[u32; 2]> {
            links
                .iter()
                .filter(|linked| linked.kind == IdentifierKind::HARDWARE)
                .filter(|linked| linked.link.first_seen == first_seen)
                .map(|linked| linked.identifier)
                .collect()
        };
        let (of_a, of_b) = (&self.a.links, &self.b.links);
        let one_machine = |common: &mut Common| {
            let by_a = fingerprints(of_a, common.by_a.first_seen);
            let by_b = fingerprints(of_b, common.by_b.first_seen);
            common.kind != IdentifierKind::DEVICE
                || by_a.is_empty()
                || by_b.is_empty()
                || by_a.iter().any(|one| by_b.contains(one))
        };
        self.shared.retain(one_machine);
        self.passed_on.retain(one_machine);
    }

    /// Two accounts on the same *set* of devices are one person, be it at once or one after the other: a
    /// couple shares the family PC, not both phones as well; who buys one used device does not get the
    /// others too.
    pub(super) fn weigh_device_set(&mut self) {
        let devices = |links: &[LinkedIdentifier]| {
            let is = |linked: &&LinkedIdentifier| linked.kind == IdentifierKind::DEVICE;
            links.iter().filter(is).count()
        };
        let of_kind = |kind: IdentifierKind| {
            self.shared
                .iter()
                .chain(&self.passed_on)
                .filter(move |common| common.kind == kind)
                .filter(|common| self.is_narrow(common))
        };
        let with_id: SmallVec<[Common; 4]> = of_kind(IdentifierKind::DEVICE).copied().collect();
        // A machine installed anew has another id and the old fingerprint, which neither account saw first
        // with one of the ids in common.
        let anew = of_kind(IdentifierKind::HARDWARE)
            .filter(|hardware| {
                with_id.iter().all(|device| {
                    device.by_a.first_seen != hardware.by_a.first_seen
                        && device.by_b.first_seen != hardware.by_b.first_seen
                })
            })
            .count();
        let common = with_id.len() + anew;
        let all = devices(&self.a.links) + devices(&self.b.links) - common;
        if common < 2 || common * 3 < all * 2 {
            return;
        }
        self.evidence.same_device_set = true;
        let group = self.group(IdentifierKind::DEVICE);
        let set = self.weights.same_device_set;
        let together = self.groups.strongest(group) + set;
        self.groups.count(group, together);
        self.note(EvidenceSubject::SameDeviceSet, set);
    }

    /// One account ended before the other began, on a machine that only the two use: whoever left an
    /// account, or was struck off, and came back. Who installs the client anew for it leaves the
    /// fingerprint alone.
    pub(super) fn weigh_succession(&mut self) {
        let facts = |account| self.graph.account(account);
        let (a, b) = (facts(self.a.account), facts(self.b.account));
        // Of one day: a family that signs up together has, so far, only that day.
        let before = |ended: u32, begun: u32| day_of(ended) < day_of(begun);
        if !before(a.last_seen, b.first_seen) && !before(b.last_seen, a.first_seen) {
            return;
        }
        let machines = self.shared.iter().filter(|common| common.kind.is_machine());
        let shares_id = machines
            .clone()
            .any(|common| common.kind == IdentifierKind::DEVICE);
        let narrow = machines.clone().any(|common| self.is_narrow(common));
        let of_two = machines
            .clone()
            .any(|common| self.is_of_two(common.identifier));
        let (subject, millibits) = if !shares_id && narrow {
            (
                EvidenceSubject::CameBackReinstalled,
                self.weights.came_back_reinstalled,
            )
        } else if shares_id && of_two {
            (EvidenceSubject::CameBack, self.weights.came_back)
        } else {
            return;
        };
        self.add(SUCCESSION, subject, millibits);
    }
}
