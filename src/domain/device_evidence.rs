//! What devices say of two accounts beyond being shared: most of a set in common, one account taking over
//! where the other ended, an account with nothing of its own.

use smallvec::SmallVec;

use super::{
    account::{Account, MOBILE_PLATFORMS},
    evidence::{Common, EvidenceSubject, Side, Weighing, day_of},
    evidence_groups::SUCCESSION,
    graph::FEW_DEVICES,
    identifier::{IdentifierClass, IdentifierKind},
    link::LinkedIdentifier,
};

/// Who was struck off comes back at once...
const AT_ONCE_SECONDS: u32 = 2 * 86_400;
/// ...otherwise an account is left when its successor went on for so long without it: a family's members are
/// absent for days.
const WENT_ON_SECONDS: u32 = 14 * 86_400;
/// Where people have one computer and nothing else, one of them may begin days after another stopped; an
/// account that nobody used for so long was left.
const LEFT_AFTER_SECONDS: u32 = 14 * 86_400;
/// An account of so many events...
const STEADY_EVENTS: u32 = 32;
/// ...of which so many more were to be expected ended; what a family shares is used now and then.
const EVENTS_MISSED: u64 = 8;

impl Common {
    /// Whether nobody but the two uses it.
    pub(super) fn is_of_two(&self) -> bool {
        self.class == IdentifierClass::Personal
    }

    fn is_narrow(&self) -> bool {
        matches!(
            self.class,
            IdentifierClass::Personal | IdentifierClass::Household
        )
    }

    /// Whether it says something of who its accounts are: many people pass through a place.
    fn is_of_a_group(&self) -> bool {
        let of_more = [IdentifierClass::SmallGroup, IdentifierClass::Farm];
        self.is_narrow() || of_more.contains(&self.class)
    }
}

impl Weighing<'_> {
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
    /// others too. What more than a household uses counts where neither has anything else.
    pub(super) fn weigh_device_set(&mut self) {
        let devices = |side: &Side| side.count(IdentifierKind::DEVICE);
        let all = |common: usize| devices(self.a) + devices(self.b) - common;
        let narrow = self.machines_in_common(Common::is_narrow);
        let of_a_group = self.machines_in_common(Common::is_of_a_group);
        let most = narrow >= 2 && narrow * 3 >= all(narrow) * 2;
        if !most && (of_a_group < 2 || of_a_group != all(of_a_group)) {
            return;
        }
        self.evidence.same_device_set = true;
        let group = self.group(IdentifierKind::DEVICE);
        let set = self.weights.same_device_set;
        let together = self.groups.strongest(group) + set;
        self.groups.count(group, together);
        self.note(EvidenceSubject::SameDeviceSet, set);
    }

    /// How many machines of some kind of use both have, be it at once or one after the other.
    fn machines_in_common(&self, counts: impl Fn(&Common) -> bool) -> usize {
        let of_kind = |kind: IdentifierKind| {
            let both = self.shared.iter().chain(&self.passed_on);
            both.filter(move |common| common.kind == kind)
                .filter(|common| counts(common))
        };
        let with_id: SmallVec<[&Common; 4]> = of_kind(IdentifierKind::DEVICE).collect();
        // A machine installed anew has another id and the old fingerprint, which neither account saw first
        // with one of the ids in common.
        let anew = of_kind(IdentifierKind::HARDWARE).filter(|hardware| {
            with_id.iter().all(|device| {
                device.by_a.first_seen != hardware.by_a.first_seen
                    && device.by_b.first_seen != hardware.by_b.first_seen
            })
        });
        with_id.len() + anew.count()
    }

    /// One account ended before the other began, on a machine that only the two use: whoever left an
    /// account, or was struck off, and came back. Who installs the client anew for it leaves the
    /// fingerprint alone. Who buys a used device has another of their own beside it, as its seller has;
    /// where one of the two has nothing else, it was hardly sold.
    pub(super) fn weigh_succession(&mut self) {
        let Some((silence, went_on)) = self.silence_between() else {
            return;
        };
        let ended = silence <= AT_ONCE_SECONDS && self.ended_from_steady_use(went_on);
        let mut machines = self.shared.iter().filter(|common| common.kind.is_machine());
        let mut ids = machines
            .clone()
            .filter(|common| common.kind == IdentifierKind::DEVICE)
            .peekable();
        let devices = [self.a, self.b].map(|side| side.count(IdentifierKind::DEVICE));
        let (subject, millibits) = if ids.peek().is_none() {
            if silence == 0 || !machines.any(|common| common.is_narrow()) {
                return;
            }
            let millibits = self.weights.came_back_reinstalled;
            (EvidenceSubject::CameBackReinstalled, millibits)
        } else if !ids.any(|common| common.is_of_two())
            || (silence > AT_ONCE_SECONDS && went_on < WENT_ON_SECONDS)
        {
            return;
        } else if ended {
            let millibits = self.weights.came_back_after_steady_use;
            (EvidenceSubject::CameBackAfterSteadyUse, millibits)
        } else if silence == 0 {
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

    /// Whether the older account was used so often that it would have been seen while the younger went on: who is
    /// struck off, or leaves, ends at once.
    fn ended_from_steady_use(&self, went_on: u32) -> bool {
        let (older, _) = self.older_and_younger();
        let days = u64::from(older.last_seen / 86_400 - older.first_seen / 86_400) + 1;
        let silent_days = u64::from(went_on / 86_400);
        let events = older.activity.events_at_least();
        events >= STEADY_EVENTS && u64::from(events) * silent_days >= EVENTS_MISSED * days
    }

    /// Seconds, in whole days, from the end of one account to the beginning of the other, and to the latter's last
    /// event. Of one day: a family that signs up together has, so far, only that day.
    fn silence_between(&self) -> Option<(u32, u32)> {
        let (older, younger) = self.older_and_younger();
        // Who is first heard of now may have had the account for years.
        younger.registration?;
        let ended = day_of(older.last_seen);
        let silence = day_of(younger.first_seen).checked_sub(ended)?;
        let went_on = day_of(younger.last_seen).saturating_sub(ended);
        let began_later = day_of(older.first_seen) < day_of(younger.first_seen);
        Some((silence, went_on)).filter(|_| began_later)
    }

    fn older_and_younger(&self) -> (&Account, &Account) {
        let facts = |account| self.graph.account(account);
        let (a, b) = (facts(self.a.account), facts(self.b.account));
        match a.first_seen <= b.first_seen {
            true => (a, b),
            false => (b, a),
        }
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
            .filter(|common| common.is_of_two())
            .any(|common| {
                registered(self.a.account, common, common.by_a.first_seen)
                    != registered(self.b.account, common, common.by_b.first_seen)
            });
        let (_, younger) = self.older_and_younger();
        if one_has_nothing && one_registered && younger.registration.is_some() {
            let millibits = self.weights.nothing_of_its_own;
            self.add(SUCCESSION, EvidenceSubject::NothingOfItsOwn, millibits);
        }
    }

    /// One machine under two ids, and a home in common: who wanted another account installed the client anew.
    /// Machines alike share fingerprints, too, but no home; and a family that installs its computer anew goes on
    /// with it under the new id.
    pub(super) fn weigh_installed_anew(&mut self) {
        let narrow = |kind: IdentifierKind| {
            let mut of_kind = self.shared.iter().filter(move |common| common.kind == kind);
            of_kind.any(|common| common.is_narrow())
        };
        let mut common = self.shared.iter().chain(&self.passed_on);
        let is_device = |common: &Common| common.kind == IdentifierKind::DEVICE;
        let few = |side: &Side| side.count(IdentifierKind::DEVICE) <= FEW_DEVICES;
        if narrow(IdentifierKind::HARDWARE)
            && narrow(IdentifierKind::ADDRESS)
            && !common.any(is_device)
            && few(self.a)
            && few(self.b)
        {
            let millibits = self.weights.installed_anew;
            self.add(SUCCESSION, EvidenceSubject::InstalledAnew, millibits);
        }
    }

    /// Both accounts have one phone or tablet, the same, and nothing else: people share computers, and each has
    /// a phone.
    pub(super) fn weigh_only_phone(&mut self) {
        let has_one = |side: &Side| {
            let platforms = self.graph.account(side.account).platforms;
            let mobile = platforms != 0 && platforms & !MOBILE_PLATFORMS == 0;
            mobile && side.count(IdentifierKind::DEVICE) == 1
        };
        let mut common = self.shared.iter().chain(&self.passed_on);
        let of_two = |common: &Common| common.kind == IdentifierKind::DEVICE && common.is_of_two();
        if common.any(of_two) && has_one(self.a) && has_one(self.b) {
            let millibits = self.weights.only_phone;
            self.add(SUCCESSION, EvidenceSubject::OnlyPhone, millibits);
        }
    }
}
