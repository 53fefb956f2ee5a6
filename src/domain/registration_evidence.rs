//! What two registrations have in common: weak evidence, which supports a link and never carries one.

use super::{
    account::Registration,
    cohort::COHORT_SLOT_SECONDS,
    evidence::{Common, EvidenceSubject, Weighing},
    evidence_groups::REGISTRATION,
    identifier::IdentifierClass,
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
        let block =
            |registration: &Registration| registration.number_blocks.map(|blocks| blocks[0]);
        if block(&one).is_some() && block(&one) == block(&other) {
            let millibits = self.weights.near_numbers;
            self.add("numbers", EvidenceSubject::NearNumbers, millibits);
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
                && self.graph.class(common.identifier) == IdentifierClass::Farm
                && on(one, common, common.by_a.first_seen)
                && on(other, common, common.by_b.first_seen)
        })
    }
}
