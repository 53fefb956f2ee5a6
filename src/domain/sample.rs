//! Samples: an identifier is judged by its earliest accounts, so that no popularity makes it cost
//! more. The sample is a function of the facts alone: neither arrival nor the key decides who is in.

use smallvec::SmallVec;

use super::{
    account::{Account, MOBILE_PLATFORMS},
    cohort::COHORT_SLOT_SECONDS,
    event::NetworkClass,
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
/// From so many accounts on, more than a large family has, a device is a farm's without any burst too...
pub const SLOW_FARM_ACCOUNTS: usize = 9;
/// ...if so large a share of the sample, per cent, registered on it: people bring accounts to a shared
/// computer that they made elsewhere.
pub const SLOW_FARM_SHARE_PERCENT: usize = 80;

/// What events told of an identifier besides itself: the model of a device, the class of a network
/// ([`NetworkClass`] as a number). Of all that was told the extremes are kept; 0 = nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Told {
    lowest: u32,
    highest: u32,
}

impl Told {
    /// Takes in what an event told; answers whether it changed anything.
    pub fn add(&mut self, told: u32) -> bool {
        let before = *self;
        if told != 0 {
            self.highest = self.highest.max(told);
            self.lowest = match self.lowest {
                0 => told,
                lowest => lowest.min(told),
            };
        }
        *self != before
    }

    /// Whether different things were told.
    pub fn contradicts_itself(self) -> bool {
        self.lowest != self.highest
    }

    /// Whether a network of servers was told, and no VPN.
    pub fn is_data_centre(self) -> bool {
        self.highest == NetworkClass::DataCentre as u32
    }

    fn is_proxy(self) -> bool {
        self.highest >= NetworkClass::DataCentre as u32
    }
}

/// What is derived of an identifier from its sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Summary {
    /// The earliest accounts, more than a household's, mostly registered on it in bursts.
    pub farm: bool,
    /// Very many of the earliest accounts, at any time, and nearly all of them.
    pub slow_farm: bool,
    /// Sampled accounts that registered on another device.
    pub registered_elsewhere: u8,
    /// Sampled accounts seen on phones or tablets only.
    pub mobile: u8,
}

/// What became of an account's place in a sample.
pub enum Placed {
    /// It is not among the earliest.
    Outside,
    /// It is.
    Inside,
    /// It is, and this account no more.
    Evicting(u32),
}

/// The earliest accounts of one identifier and what they say.
#[derive(Default)]
pub struct Sample {
    /// (first use, account), ascending by first use, then account id.
    earliest: SmallVec<[(u32, u32); 2]>,
    /// As of the last [`Sample::summarise`].
    pub summary: Summary,
}

impl Sample {
    /// The accounts, earliest first.
    pub fn accounts(&self) -> impl Iterator<Item = u32> + '_ {
        self.earliest.iter().map(|(_, account)| *account)
    }

    /// Those who first used the identifier on a later day than a second's, the latest first.
    pub fn accounts_after(&self, after: u32) -> impl Iterator<Item = u32> + '_ {
        let later = move |first_use: u32| first_use / 86_400 > after / 86_400;
        let latest = self.earliest.iter().rev();
        latest
            .take_while(move |(first_use, _)| later(*first_use))
            .map(|(_, account)| *account)
    }

    /// The earliest use of all; 0 where there is none.
    pub fn first_use(&self) -> u32 {
        self.earliest.first().map_or(0, |(first, _)| *first)
    }

    /// Whether an account is among them.
    pub fn contains(&self, account: u32) -> bool {
        self.accounts().any(|known| known == account)
    }

    /// Puts an account where its first use belongs. First uses only ever move earlier, and whenever
    /// one does it comes by here, so the sample is exact.
    pub fn place<'a>(
        &mut self,
        first_seen: u32,
        account: u32,
        id_of: impl Fn(u32) -> &'a str,
    ) -> Placed {
        let rank = |(seen, account): (u32, u32)| (seen, id_of(account));
        let entry = (first_seen, account);
        let known = self.accounts().position(|known| known == account);
        let place = self
            .earliest
            .partition_point(|other| rank(*other) < rank(entry));
        if known.is_none() && place >= ACCOUNTS_SAMPLED {
            return Placed::Outside;
        }
        if let Some(known) = known {
            self.earliest.remove(known);
        }
        self.earliest.insert(place.min(self.earliest.len()), entry);
        if self.earliest.len() <= ACCOUNTS_SAMPLED {
            return Placed::Inside;
        }
        let evicted = self.earliest.pop();
        evicted.map_or(Placed::Inside, |(_, evicted)| Placed::Evicting(evicted))
    }

    /// Sums up what the accounts say of the identifier; an account without facts says nothing.
    pub fn summarise<'a>(
        &mut self,
        identifier: u32,
        facts_of: impl Fn(u32) -> Option<&'a Account>,
    ) {
        let mut summary = Summary::default();
        let mut registered_here: SmallVec<[u32; ACCOUNTS_SAMPLED]> = SmallVec::new();
        for (position, (first_use, account)) in self.earliest.iter().enumerate() {
            let Some(facts) = facts_of(*account) else {
                continue;
            };
            let mobile = facts.platforms != 0 && facts.platforms & !MOBILE_PLATFORMS == 0;
            summary.mobile += u8::from(mobile);
            // A fingerprint is named by the registration through its first use alone.
            match facts.registration {
                Some(registration)
                    if registration.device == Some(identifier) || *first_use == registration.at =>
                {
                    let later = registered_here.partition_point(|at| *at < registration.at);
                    registered_here.insert(later, registration.at);
                }
                Some(registration) if registration.device.is_some() => {
                    summary.registered_elsewhere += 1;
                }
                _ => {}
            }
            // Asked of every number of earliest accounts: who comes later, be it thousands of throw-away
            // accounts, can't unmake a farm.
            let earliest = position + 1;
            let share = |count: usize| count * 100 / earliest;
            summary.farm |= earliest > HOUSEHOLD_ACCOUNTS as usize
                && share(in_burst(&registered_here)) >= FARM_SHARE_PERCENT;
            summary.slow_farm |= earliest >= SLOW_FARM_ACCOUNTS
                && share(registered_here.len()) >= SLOW_FARM_SHARE_PERCENT;
        }
        self.summary = summary;
    }

    /// What the identifier is, from its use by so many accounts and what events told of it.
    pub fn class(&self, kind: IdentifierKind, accounts: u32, told: Told) -> IdentifierClass {
        let share = |count: u8| usize::from(count) * 100 / self.earliest.len().max(1);
        let registered_elsewhere = share(self.summary.registered_elsewhere) >= 50;
        if kind == IdentifierKind::ADDRESS && told.is_proxy() {
            IdentifierClass::DataCentre
        } else if kind == IdentifierKind::DEVICE
            && told.contradicts_itself()
            && registered_elsewhere
        {
            // One machine is of one model; that its users registered elsewhere tells the fault from
            // a farm that forges models.
            IdentifierClass::Faulty
        } else if accounts <= PERSONAL_ACCOUNTS {
            IdentifierClass::Personal
        } else if accounts <= HOUSEHOLD_ACCOUNTS {
            IdentifierClass::Household
        } else if kind == IdentifierKind::ADDRESS {
            let carrier = accounts >= CARRIER_ACCOUNTS_ANY_PLATFORM
                || (accounts >= CARRIER_ACCOUNTS && share(self.summary.mobile) >= 50);
            if carrier {
                IdentifierClass::CarrierNat
            } else {
                IdentifierClass::SharedPlace
            }
        } else if self.summary.farm || (self.summary.slow_farm && kind.is_machine()) {
            // A number that web sites lend is registered with by strangers, at any time.
            IdentifierClass::Farm
        } else {
            IdentifierClass::SharedPlace
        }
    }
}

/// How many of these registrations, ascending, have another one near.
fn in_burst(registered: &[u32]) -> usize {
    let near = |a: &u32, b: &u32| b - a <= 2 * COHORT_SLOT_SECONDS;
    let bursts = |position: usize| {
        let at = &registered[position];
        let after = registered.get(position + 1);
        let before = position.checked_sub(1).map(|before| &registered[before]);
        after.is_some_and(|after| near(at, after)) || before.is_some_and(|before| near(before, at))
    };
    (0..registered.len())
        .filter(|position| bursts(*position))
        .count()
}
