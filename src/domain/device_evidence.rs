//! What devices say of two accounts beyond being shared: most of a set in common, one account taking over
//! where the other ended, an account with nothing of its own.

use smallvec::SmallVec;

use super::{
    evidence::{Common, EvidenceSubject, Side, Weighing, day_of},
    evidence_groups::SUCCESSION,
    identifier::{IdentifierClass, IdentifierKind},
    link::LinkedIdentifier,
};

/// Where people have one computer and nothing else, one of them may begin days after another stopped; an
/// account that nobody used for so long was left.
const LEFT_AFTER_SECONDS: u32 = 14 * 86_400;

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
        let devices = |side: &Side| side.count(IdentifierKind::DEVICE);
        let all = devices(self.a) + devices(self.b) - common;
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
    /// fingerprint alone. Who buys a used device has another of their own beside it, as its seller has;
    /// where one of the two has nothing else, it was hardly sold.
    pub(super) fn weigh_succession(&mut self) {
        let Some(silence) = self.silence_between() else {
            return;
        };
        let mut machines = self.shared.iter().filter(|common| common.kind.is_machine());
        let mut ids = machines
            .clone()
            .filter(|common| common.kind == IdentifierKind::DEVICE)
            .peekable();
        let devices = [self.a, self.b].map(|side| side.count(IdentifierKind::DEVICE));
        let (subject, millibits) = if ids.peek().is_none() {
            if !machines.any(|common| self.is_narrow(common)) {
                return;
            }
            let millibits = self.weights.came_back_reinstalled;
            (EvidenceSubject::CameBackReinstalled, millibits)
        } else if !ids.any(|common| self.is_of_two(common.identifier)) {
            return;
        } else if matches!(devices, [1, 2] | [2, 1])
            || (devices == [1, 1] && silence >= LEFT_AFTER_SECONDS)
        {
            let millibits = self.weights.came_back_with_nothing_else;
            (EvidenceSubject::CameBackWithNothingElse, millibits)
        } else {
            (EvidenceSubject::CameBack, self.weights.came_back)
        };
        self.add(SUCCESSION, subject, millibits);
    }

    /// Seconds, in whole days, from the end of one account to the beginning of the other. Of one day: a family
    /// that signs up together has, so far, only that day.
    fn silence_between(&self) -> Option<u32> {
        let facts = |account| self.graph.account(account);
        let (a, b) = (facts(self.a.account), facts(self.b.account));
        let (ended, begun) = match a.first_seen <= b.first_seen {
            true => (day_of(a.last_seen), day_of(b.first_seen)),
            false => (day_of(b.last_seen), day_of(a.first_seen)),
        };
        begun.checked_sub(ended).filter(|silence| *silence > 0)
    }

    /// An account that has no number, and no device but one that only the two use: it was made beside the
    /// other, if only one of the two was registered there.
    pub(super) fn weigh_nothing_of_its_own(&mut self) {
        let has_nothing = |side: &Side| {
            side.count(IdentifierKind::PHONE) == 0 && side.count(IdentifierKind::DEVICE) == 1
        };
        let one_has_nothing = (has_nothing(self.a) && self.b.count(IdentifierKind::DEVICE) == 2)
            || (has_nothing(self.b) && self.a.count(IdentifierKind::DEVICE) == 2);
        let registered = |account: u32, common: &Common, first_seen: u32| {
            let registration = self.graph.account(account).registration;
            registration.is_some_and(|registration| {
                registration.device == Some(common.identifier) || registration.at == first_seen
            })
        };
        let one_registered = self
            .shared
            .iter()
            .filter(|common| common.kind == IdentifierKind::DEVICE)
            .filter(|common| self.is_of_two(common.identifier))
            .any(|common| {
                registered(self.a.account, common, common.by_a.first_seen)
                    != registered(self.b.account, common, common.by_b.first_seen)
            });
        if one_has_nothing && one_registered {
            let millibits = self.weights.nothing_of_its_own;
            self.add(SUCCESSION, EvidenceSubject::NothingOfItsOwn, millibits);
        }
    }
}
