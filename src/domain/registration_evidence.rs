//! What two registrations have in common: weak evidence, which supports a link and never carries one.

use super::{
    account::Registration,
    cohort::COHORT_SLOT_SECONDS,
    evidence::{Common, EvidenceSubject, Side, Weighing},
    evidence_groups::REGISTRATION,
    identifier::{IdentifierClass, IdentifierKind},
};

impl Weighing<'_> {
    fn registrations(&self) -> Option<(Registration, Registration)> {
        let of = |account: u32| self.graph.account(account).registration;
        of(self.a.account).zip(of(self.b.account))
    }

    /// Names and numbers that are alike though not equal: what a program hands out, or one person's habit.
    pub(super) fn weigh_likeness(&mut self) {
        let Some((one, other)) = self.registrations() else {
            return;
        };
        if one.is_named_like(&other) {
            self.add("name", EvidenceSubject::SameName, self.weights.same_name);
        }
        if one.is_numbered_near(&other) {
            let millibits = self.weights.near_numbers;
            self.add("numbers", EvidenceSubject::NearNumbers, millibits);
        }
        if self.has_near_numbers_in_group(&one, &other) {
            let millibits = self.weights.near_numbers_in_group;
            self.add("numbers", EvidenceSubject::NearNumbersInGroup, millibits);
        }
    }

    /// Whether both numbers were bought together, as an operation's are whose machine they share. Relatives' may be
    /// of one block of 10,000, too, so that names must be of one pattern there.
    fn has_near_numbers_in_group(&self, one: &Registration, other: &Registration) -> bool {
        let (Some(blocks), Some(others)) = (one.number_blocks, other.number_blocks) else {
            return false;
        };
        let [_, thousand, ten_thousand] = [0, 1, 2].map(|size| blocks[size] == others[size]);
        let alike = one.name.is_some() && one.name == other.name;
        let on = |class| self.share_device_of(&[class]);
        (on(IdentifierClass::SmallGroup) && (thousand || (ten_thousand && alike)))
            || (on(IdentifierClass::Farm) && ten_thousand)
    }

    fn share_device_of(&self, classes: &[IdentifierClass]) -> bool {
        let devices = self.shared.iter();
        let mut devices = devices.filter(|common| common.kind == IdentifierKind::DEVICE);
        devices.any(|common| classes.contains(&common.class))
    }

    /// One was registered without a number, and has none, on a device of the other's, which was registered with
    /// one: who has a number already has none to spare, while each of a family has its own.
    pub(super) fn weigh_missing_number(&mut self) {
        let Some((one, other)) = self.registrations() else {
            return;
        };
        let has_none = |side: &Side, registration: &Registration| {
            registration.number_blocks.is_none() && side.count(IdentifierKind::PHONE) == 0
        };
        let (by_a, by_b) = (has_none(self.a, &one), has_none(self.b, &other));
        let one_has = one.number_blocks.is_some() != other.number_blocks.is_some();
        let own = [IdentifierClass::Personal, IdentifierClass::Household];
        if one_has && (by_a || by_b) && self.share_device_of(&own) {
            let millibits = self.weights.registered_without_number;
            self.add(
                REGISTRATION,
                EvidenceSubject::RegisteredWithoutNumber,
                millibits,
            );
        }
    }

    /// Where and when they registered.
    pub(super) fn weigh_registrations(&mut self) {
        let Some((one, other)) = self.registrations() else {
            return;
        };
        let near = one.at.abs_diff(other.at) <= 2 * COHORT_SLOT_SECONDS;
        let on_one_device = one.device == other.device
            && self
                .shared
                .iter()
                .any(|common| Some(common.identifier) == one.device);
        let (subject, millibits) = if near && on_one_device {
            (
                EvidenceSubject::RegisteredTogether,
                self.weights.registered_together,
            )
        } else if self.registered_on_farm(&one, &other) {
            (
                EvidenceSubject::RegisteredOnFarm,
                self.weights.registered_on_farm,
            )
        } else if near
            && one.network.is_some()
            && one.network == other.network
            && one.name.is_some()
            && one.name == other.name
        {
            (
                EvidenceSubject::RegisteredAlike,
                self.weights.registered_alike,
            )
        } else {
            return;
        };
        self.add(REGISTRATION, subject, millibits);
    }

    /// Whether both registered on one machine that most of its accounts registered on. A fingerprint is
    /// named by a registration through its first use alone.
    fn registered_on_farm(&self, one: &Registration, other: &Registration) -> bool {
        let on = |registration: &Registration, common: &Common, first_seen: u32| {
            registration.device == Some(common.identifier) || first_seen == registration.at
        };
        self.shared.iter().any(|common| {
            common.kind.is_machine()
                && common.class == IdentifierClass::Farm
                && on(one, common, common.by_a.first_seen)
                && on(other, common, common.by_b.first_seen)
        })
    }
}
