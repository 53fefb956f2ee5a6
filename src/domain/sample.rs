//! Samples: an identifier is judged by its earliest accounts, so that no popularity makes it cost
//! more. The sample is a function of the facts alone: neither arrival nor the key decides who is in.

use smallvec::SmallVec;

use super::{
    account::{Account, MOBILE_PLATFORMS, Registration},
    cohort::{COHORT_SLOT_SECONDS, mix},
    event::NetworkClass,
    identifier::{IdentifierClass, IdentifierKind},
};

/// Accounts remembered an identifier, the earliest linked first (then by account id): they are the
/// ones compared with each other, and the sample from which the identifier's class is inferred.
pub const ACCOUNTS_SAMPLED: usize = 32;
/// Accounts remembered a machine, those of the sample among them: where it is a farm's, the others are compared
/// with [`PIVOTS`] of the sample, through which they belong to one user.
pub const ACCOUNTS_REMEMBERED: usize = 128;
/// So many of a sample are compared with everybody remembered.
pub const PIVOTS: usize = 2;
/// Up to so many accounts an identifier is personal.
pub const PERSONAL_ACCOUNTS: u32 = 2;
/// Up to so many accounts an identifier is a household's.
pub const HOUSEHOLD_ACCOUNTS: u32 = 5;
/// Up to so many accounts a machine is a small group's: a large household's, or a small operation's.
pub const SMALL_GROUP_ACCOUNTS: u32 = 8;
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
/// The share of a sample, per cent, whose names or numbers are of *one* series, as a program hands them out...
pub const SERIES_SHARE_PERCENT: usize = 60;
/// ...and the share, per cent, that registered on the machine, for a farm that keeps phones for cover: a class may
/// have numbers in a row, and comes to the laboratory's machines with accounts made elsewhere.
pub const SERIES_REGISTERED_PERCENT: usize = 40;

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
    /// Very many of the earliest accounts registered on it, at any time, and nearly all of them; or fewer, and most are
    /// of one series.
    pub slow_farm: bool,
    /// Sampled accounts that registered on another device.
    pub registered_elsewhere: u8,
    /// Sampled accounts seen on phones or tablets only.
    pub mobile: u8,
}

/// What became of an account's place among the earliest.
#[derive(Default)]
pub struct Placed {
    /// Whether it is in the sample; else it is remembered at most.
    pub is_sampled: bool,
    /// Of whose places it made something else.
    pub displaced: SmallVec<[Displaced; 6]>,
}

/// First use, account.
type Entry = (u32, u32);

/// An account of whose place another one's coming made something else.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Displaced {
    /// It is no pivot any more, or is one now.
    Pivot(u32),
    /// It is not sampled any more.
    Sampled(u32),
    /// It is forgotten.
    Forgotten(u32),
}

/// The earliest accounts of one identifier and what they say; the first [`ACCOUNTS_SAMPLED`] are the sample.
#[derive(Default)]
pub struct Sample {
    /// (first use, account), ascending by first use, then account id.
    earliest: SmallVec<[Entry; 2]>,
    /// Where the pivots stand, ascending, once others are remembered besides the sample.
    pivots: [u8; PIVOTS],
    /// As of the last [`Sample::summarise`].
    pub summary: Summary,
}

impl Sample {
    /// The accounts sampled, earliest first.
    pub fn accounts(&self) -> impl Iterator<Item = u32> + '_ {
        self.parts().0.iter().map(|(_, account)| *account)
    }

    /// The sample, and those remembered besides.
    fn parts(&self) -> (&[Entry], &[Entry]) {
        let sampled = self.earliest.len().min(ACCOUNTS_SAMPLED);
        self.earliest.split_at(sampled)
    }

    /// Whether others are remembered besides the sample.
    pub fn is_exceeded(&self) -> bool {
        self.earliest.len() > ACCOUNTS_SAMPLED
    }

    /// The accounts that one is compared with, and perhaps itself, the latest first: of those who first used the
    /// identifier on a later day than a second's. Who is remembered besides the sample counts in a farm alone.
    pub fn compared_with(
        &self,
        account: u32,
        farm: bool,
        after: u32,
    ) -> impl Iterator<Item = u32> + '_ {
        let (sample, rest) = self.parts();
        let rest = if farm { rest } else { &[] };
        let pivots = if farm { self.pivots() } else { SmallVec::new() };
        let is_in = |some: &[Entry]| some.iter().any(|(_, known)| *known == account);
        let beyond = if is_in(&pivots) { rest } else { &[] };
        let (sampled, pivots) = match (is_in(sample), is_in(rest)) {
            (true, _) => (sample, SmallVec::new()),
            (false, true) => (&[][..], pivots),
            (false, false) => (&[][..], SmallVec::new()),
        };
        let latest = beyond.iter().rev().chain(sampled.iter().rev()).copied();
        latest
            .chain(pivots.into_iter().rev())
            .take_while(move |(first_use, _)| first_use / 86_400 > after / 86_400)
            .map(|(_, account)| account)
    }

    /// Whether two accounts are compared on the identifier.
    pub fn compares(&self, one: u32, other: u32, farm: bool) -> bool {
        let (sample, rest) = self.parts();
        let is_in = |some: &[Entry], account| some.iter().any(|(_, known)| *known == account);
        match (is_in(sample, one), is_in(sample, other)) {
            (true, true) => true,
            (true, false) => farm && is_in(&self.pivots(), one) && is_in(rest, other),
            (false, true) => farm && is_in(&self.pivots(), other) && is_in(rest, one),
            (false, false) => false,
        }
    }

    /// Those of the sample who are compared with everybody remembered, where others are. Earliest first.
    pub fn pivots(&self) -> SmallVec<[Entry; PIVOTS]> {
        let places = self.pivots.iter().filter(|_| self.is_exceeded());
        places
            .map(|place| self.earliest[usize::from(*place)])
            .collect()
    }

    /// Draws the pivots by their first uses, so that one who came before all others seldom takes the place of another.
    fn draw_pivots(&mut self) {
        let (sample, rest) = self.parts();
        if rest.is_empty() {
            return;
        }
        let mut drawn = [(u64::MAX, 0); PIVOTS];
        for (place, (first_use, _)) in (0..).zip(sample) {
            let draw = (mix(u64::from(*first_use), 0), place);
            let rank = drawn.partition_point(|known| *known <= draw);
            if rank < PIVOTS {
                drawn[rank..].rotate_right(1);
                drawn[rank] = draw;
            }
        }
        drawn.sort_unstable_by_key(|(_, place)| *place);
        self.pivots = drawn.map(|(_, place)| place);
    }

    /// The earliest use of all; 0 where there is none.
    pub fn first_use(&self) -> u32 {
        self.earliest.first().map_or(0, |(first, _)| *first)
    }

    /// Whether an account is sampled.
    pub fn contains(&self, account: u32) -> bool {
        self.accounts().any(|known| known == account)
    }

    /// Puts an account where its first use belongs; so many are remembered at most. First uses only ever move
    /// earlier, and whenever one does it comes by here, so the sample is exact.
    pub fn place<'a>(
        &mut self,
        (first_seen, account): (u32, u32),
        at_most: usize,
        id_of: impl Fn(u32) -> &'a str,
    ) -> Placed {
        let rank = |(seen, account): (u32, u32)| (seen, id_of(account));
        let entry = (first_seen, account);
        let known = self.earliest.iter().position(|known| known.1 == account);
        let place = self
            .earliest
            .partition_point(|other| rank(*other) < rank(entry));
        if known.is_none() && place >= at_most {
            return Placed::default();
        }
        let mut displaced = SmallVec::new();
        let pivots = self.pivots();
        let from = known.unwrap_or(self.earliest.len());
        if let Some(known) = known {
            self.earliest.remove(known);
        }
        let place = place.min(self.earliest.len());
        self.earliest.insert(place, entry);
        if place < ACCOUNTS_SAMPLED && ACCOUNTS_SAMPLED <= from {
            let (_, account) = self.earliest[ACCOUNTS_SAMPLED];
            displaced.push(Displaced::Sampled(account));
        }
        if self.earliest.len() > at_most
            && let Some((_, forgotten)) = self.earliest.pop()
        {
            displaced.retain(|one| *one != Displaced::Sampled(forgotten));
            displaced.push(Displaced::Forgotten(forgotten));
        }
        if place < ACCOUNTS_SAMPLED || pivots.is_empty() {
            self.draw_pivots();
        }
        let now = self.pivots();
        let before = pivots.iter().filter(|pivot| !now.contains(pivot));
        let since = now.iter().filter(|pivot| !pivots.contains(pivot));
        displaced.extend(
            before
                .chain(since)
                .map(|(_, account)| Displaced::Pivot(*account)),
        );
        Placed {
            is_sampled: place < ACCOUNTS_SAMPLED,
            displaced,
        }
    }

    /// Sums up what the accounts say of the identifier; an account without facts says nothing.
    pub fn summarise<'a>(
        &mut self,
        identifier: u32,
        facts_of: impl Fn(u32) -> Option<&'a Account>,
    ) {
        let mut summary = Summary::default();
        let mut registered_here: SmallVec<[u32; ACCOUNTS_SAMPLED]> = SmallVec::new();
        let mut series = Series::default();
        for (position, (first_use, account)) in self.parts().0.iter().enumerate() {
            let Some(facts) = facts_of(*account) else {
                continue;
            };
            let mobile = facts.platforms != 0 && facts.platforms & !MOBILE_PLATFORMS == 0;
            summary.mobile += u8::from(mobile);
            if let Some(registration) = &facts.registration {
                series.add(registration);
            }
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
            let here = share(registered_here.len());
            summary.farm |= earliest > HOUSEHOLD_ACCOUNTS as usize
                && here >= FARM_SHARE_PERCENT
                && share(in_burst(&registered_here)) >= FARM_SHARE_PERCENT;
            summary.slow_farm |= earliest >= SLOW_FARM_ACCOUNTS && here >= SLOW_FARM_SHARE_PERCENT;
            summary.slow_farm |= earliest > HOUSEHOLD_ACCOUNTS as usize
                && here >= SERIES_REGISTERED_PERCENT
                && share(series.longest) >= SERIES_SHARE_PERCENT;
        }
        self.summary = summary;
    }

    /// What the identifier is, from its use by so many accounts and what events told of it.
    pub fn class(&self, kind: IdentifierKind, accounts: u32, told: Told) -> IdentifierClass {
        let share = |count: u8| usize::from(count) * 100 / self.parts().0.len().max(1);
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
        } else if kind.is_machine() && accounts <= SMALL_GROUP_ACCOUNTS {
            IdentifierClass::SmallGroup
        } else {
            IdentifierClass::SharedPlace
        }
    }
}

/// Registrations, and how many of them the longest series of names, or of numbers, has.
#[derive(Default)]
struct Series<'a> {
    members: SmallVec<[(&'a Registration, usize); ACCOUNTS_SAMPLED]>,
    longest: usize,
}

impl<'a> Series<'a> {
    fn add(&mut self, registration: &'a Registration) {
        let mut length = 1;
        for (known, alike) in &mut self.members {
            if registration.is_of_series(known) {
                length += 1;
                *alike += 1;
                self.longest = self.longest.max(*alike);
            }
        }
        self.members.push((registration, length));
        self.longest = self.longest.max(length);
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
