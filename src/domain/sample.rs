//! Samples: an identifier is judged by its earliest accounts, so that no popularity makes it cost
//! more. The sample is a function of the facts alone: neither arrival nor the key decides who is in.

use smallvec::SmallVec;

use super::{
    account::MOBILE_PLATFORMS,
    cohort::COHORT_SLOT_SECONDS,
    graph::EntityGraph,
    identifier::{IdentifierClass, IdentifierKind},
};

/// Accounts remembered an identifier, the earliest linked first (then by account id): they are the
/// ones compared with each other, and the sample from which the identifier's class is inferred.
pub const ACCOUNTS_SAMPLED: usize = 32;
/// Up to so many accounts an identifier is personal.
pub const PERSONAL_ACCOUNTS: u32 = 2;
/// Up to so many accounts an identifier is a household's.
pub const HOUSEHOLD_ACCOUNTS: u32 = 5;
/// From so many accounts on, an address used mostly by phones is a carrier's.
pub const CARRIER_ACCOUNTS: u32 = 64;
/// From so many accounts on, any address is a carrier's or as good as one.
pub const CARRIER_ACCOUNTS_ANY_PLATFORM: u32 = 1024;
/// The share of a sample, per cent, that must be registered on a device in a burst for a farm.
pub const FARM_SHARE_PERCENT: usize = 60;

/// What is derived of an identifier from its sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Summary {
    /// Sampled accounts that registered on this device in a burst with another of the sample.
    pub registered_in_burst: u8,
    /// Sampled accounts that registered on another device.
    pub registered_elsewhere: u8,
    /// Sampled accounts seen on phones or tablets only.
    pub mobile: u8,
}

/// What became of an account's place in a sample.
pub(super) enum Placed {
    Outside,
    Inside,
    Evicting(u32),
}

impl EntityGraph {
    /// The identifier's sample: its earliest accounts.
    pub fn sample(&self, identifier: u32) -> impl Iterator<Item = u32> + '_ {
        self.identifiers[identifier]
            .earliest
            .iter()
            .map(|(_, account)| *account)
    }

    /// Whether an account is in an identifier's sample.
    pub fn is_sampled(&self, identifier: u32, account: u32) -> bool {
        self.identifiers[identifier]
            .earliest
            .iter()
            .any(|(_, known)| *known == account)
    }

    /// What the sample says.
    pub fn summary(&self, identifier: u32) -> Summary {
        self.identifiers[identifier].summary
    }

    /// What the identifier is, from its use.
    pub fn class(&self, identifier: u32) -> IdentifierClass {
        let node = &self.identifiers[identifier];
        let sampled = node.earliest.len();
        let share = |count: u8| usize::from(count) * 100 / sampled.max(1);
        if node.accounts <= PERSONAL_ACCOUNTS {
            IdentifierClass::Personal
        } else if node.accounts <= HOUSEHOLD_ACCOUNTS {
            IdentifierClass::Household
        } else if node.kind == IdentifierKind::ADDRESS {
            let carrier = node.accounts >= CARRIER_ACCOUNTS_ANY_PLATFORM
                || (node.accounts >= CARRIER_ACCOUNTS && share(node.summary.mobile) >= 50);
            if carrier {
                IdentifierClass::CarrierNat
            } else {
                IdentifierClass::SharedPlace
            }
        } else if share(node.summary.registered_in_burst) >= FARM_SHARE_PERCENT {
            IdentifierClass::Farm
        } else {
            IdentifierClass::SharedPlace
        }
    }

    /// Puts an account where its first use belongs among the earliest. First uses only ever move
    /// earlier, and whenever one does we come by here, so the sample is exact.
    pub(super) fn place_in_sample(
        &mut self,
        account: u32,
        identifier: u32,
        first_seen: u32,
    ) -> Placed {
        let sample = &self.identifiers[identifier].earliest;
        let rank = |(seen, account): (u32, u32)| (seen, &*self.accounts[account].facts.id);
        let entry = (first_seen, account);
        let known = sample.iter().position(|(_, known)| *known == account);
        let place = sample.partition_point(|other| rank(*other) < rank(entry));
        if known.is_none() && place >= ACCOUNTS_SAMPLED {
            return Placed::Outside;
        }
        let sample = &mut self.identifiers[identifier].earliest;
        if let Some(known) = known {
            sample.remove(known);
        }
        sample.insert(place.min(sample.len()), entry);
        if sample.len() <= ACCOUNTS_SAMPLED {
            return Placed::Inside;
        }
        sample
            .pop()
            .map_or(Placed::Inside, |(_, evicted)| Placed::Evicting(evicted))
    }

    pub(super) fn summarise(&self, identifier: u32) -> Summary {
        let node = &self.identifiers[identifier];
        let mut summary = Summary::default();
        let mut registered_here: SmallVec<[u32; ACCOUNTS_SAMPLED]> = SmallVec::new();
        for (_, account) in &node.earliest {
            let facts = &self.accounts[*account].facts;
            let mobile = facts.platforms != 0 && facts.platforms & !MOBILE_PLATFORMS == 0;
            summary.mobile += u8::from(mobile);
            match facts.registration {
                Some(registration) if registration.device == Some(identifier) => {
                    registered_here.push(registration.at);
                }
                Some(registration) if registration.device.is_some() => {
                    summary.registered_elsewhere += 1;
                }
                _ => {}
            }
        }
        registered_here.sort_unstable();
        let near = |a: u32, b: u32| b - a <= 2 * COHORT_SLOT_SECONDS;
        for (position, at) in registered_here.iter().enumerate() {
            let after = registered_here.get(position + 1);
            let before = position.checked_sub(1).map(|i| registered_here[i]);
            let bursts = after.is_some_and(|after| near(*at, *after))
                || before.is_some_and(|before| near(before, *at));
            summary.registered_in_burst += u8::from(bursts);
        }
        summary
    }
}
