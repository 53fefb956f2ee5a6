//! What is known of an account from events alone. Every part merges commutatively and is bounded:
//! where not everything can be kept, what is kept is chosen by an order of the set itself.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::{
    activity::Activity,
    event::{AccountType, NetworkClass, SignalSet, Task},
    identifier::BlockPseudonym,
    task_history::TaskHistory,
};

/// Days of each account type that are remembered; the newest are kept.
pub const TYPE_DAYS_KEPT: usize = 4;
/// Surfaces remembered an account; those with the smallest hash are kept.
pub const SURFACES_KEPT: usize = 16;

/// What is known of one account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// The operator's id of the account.
    pub id: CompactString,
    /// First event known, seconds since 1970.
    pub first_seen: u32,
    /// Last event known, seconds since 1970.
    pub last_seen: u32,
    /// The earliest registration event, where one is known.
    pub registration: Option<Registration>,
    /// When it was which type.
    pub types: TypeHistory,
    /// Hashes of the surfaces it was seen on, ascending.
    pub surfaces: SmallVec<[u32; 2]>,
    /// Platforms it was seen on, a bit each (see [`platform_bit`]).
    pub platforms: u8,
    /// Signs of emulation on any of its devices.
    pub signals: SignalSet,
    /// Whether it ever used a phone number that anybody can borrow.
    pub disposable_number: bool,
    /// Whether a device of its said what can't be true.
    pub impossible_device: bool,
    /// Its events, summed up.
    pub activity: Activity,
    /// Its tasks, where any completed.
    pub tasks: Option<Box<TaskHistory>>,
    /// Sequence number of the last event folded into it: what a restart skips.
    pub changed_by: u64,
}

/// The bit of a platform in [`Account::platforms`].
pub fn platform_bit(platform: &str) -> u8 {
    match platform {
        "windows" => 1,
        "macos" => 2,
        "linux" => 4,
        "android" => 8,
        "ios" => 16,
        _ => 32,
    }
}

/// Platforms of phones and tablets.
pub const MOBILE_PLATFORMS: u8 = 8 | 16;

/// How an account registered: its earliest registration event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// When, seconds since 1970.
    pub at: u32,
    /// Tells registrations of the same second apart, in an order that arrival does not set.
    pub tie: u64,
    /// Index of the device it was made on.
    pub device: Option<u32>,
    /// The address block it came from.
    pub network: Option<BlockPseudonym>,
    /// The class of that network.
    pub network_class: NetworkClass,
    /// The blocks of 100, of 1,000 and of 10,000 numbers of its phone number.
    pub number_blocks: Option<[BlockPseudonym; 3]>,
    /// Hash of the device's model; 0 where it says none.
    pub model: u32,
    /// The skeleton of its display name.
    pub name: Option<BlockPseudonym>,
    /// The number at the name's end.
    pub name_number: Option<u32>,
}

impl Registration {
    /// Whether two names are of one series: one skeleton, and numbers near each other or none. Names that
    /// a program deals out at random share a skeleton too, but their numbers lie far apart.
    pub fn is_named_like(&self, other: &Self) -> bool {
        let near = match (self.name_number, other.name_number) {
            (Some(one), Some(other)) => one.abs_diff(other) <= NAME_NUMBERS_NEAR,
            (Some(only), None) | (None, Some(only)) => only <= NAME_NUMBERS_NEAR,
            (None, None) => true,
        };
        self.name.is_some() && self.name == other.name && near
    }

    /// Whether the numbers are of one block of 100.
    pub fn is_numbered_near(&self, other: &Self) -> bool {
        let block = |one: &Self| one.number_blocks.map(|[hundred, ..]| hundred);
        block(self).is_some() && block(self) == block(other)
    }

    /// Whether both are of one series, by name or by number.
    pub fn is_of_series(&self, other: &Self) -> bool {
        self.is_numbered_near(other) || self.is_named_like(other)
    }
}

/// Numbers at the ends of two names are near each other up to this distance.
pub const NAME_NUMBERS_NEAR: u32 = 500;

impl Account {
    /// An account of which nothing is known yet but its first event's second.
    pub fn new(id: CompactString, seconds: u32) -> Self {
        Account {
            id,
            first_seen: seconds,
            last_seen: seconds,
            registration: None,
            types: TypeHistory::default(),
            surfaces: SmallVec::new(),
            platforms: 0,
            signals: SignalSet::default(),
            disposable_number: false,
            impossible_device: false,
            activity: Activity::default(),
            tasks: None,
            changed_by: 0,
        }
    }

    /// Remembers a surface by its hash.
    pub fn add_surface(&mut self, surface: u32) {
        if let Err(position) = self.surfaces.binary_search(&surface) {
            self.surfaces.insert(position, surface);
            self.surfaces.truncate(SURFACES_KEPT);
        }
    }

    /// Whether any known event was on one of these surfaces (hashes).
    pub fn seen_on_any(&self, surfaces: &[u32]) -> bool {
        surfaces
            .iter()
            .any(|surface| self.surfaces.binary_search(surface).is_ok())
    }

    /// Takes in a registration; the earliest counts. Answers whether it changed anything.
    pub fn register(&mut self, registration: Registration) -> bool {
        let earlier =
            |known: &Registration| (registration.at, registration.tie) < (known.at, known.tie);
        let changes = self.registration.as_ref().is_none_or(earlier);
        if changes {
            self.registration = Some(registration);
        }
        changes
    }

    /// Remembers a completed task, and the device (index) that reported it.
    pub fn add_task(&mut self, task: &Task, device: Option<u32>) {
        self.tasks.get_or_insert_default().add(task, device);
    }
}

/// When an account was said to be which type: of each type the first time ever, and first and last
/// time of the newest [`TYPE_DAYS_KEPT`] UTC days. One change of type is exact at any time; of more
/// than one, those of the newest days.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TypeHistory {
    individual: TypeSeen,
    enterprise: Option<Box<TypeSeen>>,
}

/// When one type was said, seconds since 1970; 0 = never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct TypeSeen {
    first: u32,
    /// (first, last) of a day, ascending, unused ones (0, 0) in front.
    days: [(u32, u32); TYPE_DAYS_KEPT],
}

impl TypeSeen {
    fn add(&mut self, second: u32) {
        if self.first == 0 || second < self.first {
            self.first = second;
        }
        let day = |(first, _): (u32, u32)| first / 86_400;
        let place = self
            .days
            .partition_point(|known| day(*known) < second / 86_400);
        match self.days.get_mut(place) {
            Some(known) if known.0 / 86_400 == second / 86_400 => {
                *known = (known.0.min(second), known.1.max(second));
            }
            // The oldest day makes room; a day older than all is not kept.
            _ if place > 0 => {
                self.days.copy_within(1..place, 0);
                self.days[place - 1] = (second, second);
            }
            _ => {}
        }
    }

    /// The last time by a second.
    fn last_by(&self, second: u32) -> Option<u32> {
        let mut known = self
            .days
            .iter()
            .rev()
            .flat_map(|(first, last)| [*last, *first]);
        let by = |time: &u32| *time != 0 && *time <= second;
        known.find(by).or(Some(self.first).filter(by))
    }
}

impl TypeHistory {
    /// Takes in that the account was of this type at this second.
    pub fn add(&mut self, account_type: AccountType, second: u32) {
        match account_type {
            AccountType::Individual => self.individual.add(second),
            AccountType::Enterprise => self.enterprise.get_or_insert_default().add(second),
        }
    }

    /// The type at a second: the last one known by then, else the next known, else individual.
    /// Where both are known from one second, individual: a doubt is not held against the user.
    pub fn at(&self, second: u32) -> AccountType {
        let Some(enterprise) = &self.enterprise else {
            return AccountType::Individual;
        };
        let individual = &self.individual;
        let is_enterprise = match (enterprise.last_by(second), individual.last_by(second)) {
            (Some(enterprise), Some(individual)) => enterprise > individual,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (None, None) => individual.first == 0 || enterprise.first < individual.first,
        };
        if is_enterprise {
            AccountType::Enterprise
        } else {
            AccountType::Individual
        }
    }
}
