//! Sets of events, sketched small so that a failing one shrinks to what matters, and dense, so that a
//! few hundred events share nearly everything.

use pbjson_types::Timestamp;
use proptest::{collection::vec, option, prelude::*, sample::select};
use sameuser::edge::proto::v1;

use crate::support::Kind;

/// 2026-06-10T00:00:00Z: sketches lie around it.
pub const MIDDLE: i64 = 1_781_049_600;

/// An event in small numbers.
#[derive(Clone)]
pub struct Sketch {
    pub kind: Kind,
    pub account: u16,
    /// Seconds from [`MIDDLE`]; few different values, so that many are equal.
    pub at: i32,
    pub phone: Option<u16>,
    pub device: Option<u16>,
    pub hardware: Option<u16>,
    pub address: Option<u16>,
    pub card: Option<u16>,
    pub name: Option<u8>,
    pub enterprise: Option<bool>,
    pub platform: u8,
    pub signals: u8,
    pub tokens: u8,
    /// Where it stands when the set comes in another order.
    pub rank: u16,
    /// Where it comes again.
    pub again: Option<u16>,
    /// What happens right after it when the set comes in another order.
    pub then: Step,
}

/// One line: a failing set is read, not only counted.
impl std::fmt::Debug for Sketch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} of {} at {}", self.kind, self.account, self.at)?;
        let uses = [
            ("phone", self.phone),
            ("device", self.device),
            ("hardware", self.hardware),
            ("address", self.address),
            ("card", self.card),
            ("again", self.again),
        ];
        for (name, used) in uses.iter().filter_map(|(n, used)| Some((n, (*used)?))) {
            write!(f, " {name}={used}")?;
        }
        write!(
            f,
            " name={:?} enterprise={:?} platform={} signals={} tokens={} rank={} then={:?}",
            self.name,
            self.enterprise,
            self.platform,
            self.signals,
            self.tokens,
            self.rank,
            self.then
        )
    }
}

/// What may happen between two events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Nothing,
    Refresh,
    Commit,
    Reopen,
    CopySlice,
    Checkpoint,
}

const KINDS: [Kind; 8] = [
    Kind::Registration,
    Kind::Registration,
    Kind::Login,
    Kind::Login,
    Kind::PhoneBound,
    Kind::PhoneUnbound,
    Kind::TaskStarted,
    Kind::TaskCompleted,
];
const PLATFORMS: [&str; 6] = ["windows", "macos", "linux", "android", "ios", "tv"];
const NAMES: [&str; 3] = ["Ada", "user0041", "user0042"];

/// How many there are of each, and so how densely a set shares.
#[derive(Clone, Copy)]
pub struct Density {
    pub accounts: u16,
    pub phones: u16,
    pub devices: u16,
    pub addresses: u16,
    pub cards: u16,
}

/// A few people who share nearly everything.
pub const DENSE: Density = Density {
    accounts: 10,
    phones: 6,
    devices: 5,
    addresses: 4,
    cards: 5,
};
/// More accounts than an identifier samples, on two devices and one address.
pub const CROWD: Density = Density {
    accounts: 80,
    phones: 40,
    devices: 2,
    addresses: 1,
    cards: 60,
};
/// Two or three accounts that wander over more identifiers than are considered.
pub const WANDERERS: Density = Density {
    accounts: 8,
    phones: 60,
    devices: 60,
    addresses: 60,
    cards: 60,
};

/// Mostly equal instants, minutes and days apart, and some of long before: they come late.
fn instants() -> impl Strategy<Value = i32> {
    prop_oneof![
        4 => Just(0),
        6 => (0..12).prop_map(|tens| tens * 600),
        4 => (0..6).prop_map(|days| days * 86_400),
        2 => (0..5).prop_map(|months| months * 31 * 86_400),
        1 => -300..300i32,
        1 => (1..4i32).prop_map(|months| -months * 31 * 86_400),
    ]
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        60 => Just(Step::Nothing),
        12 => Just(Step::Refresh),
        4 => Just(Step::Commit),
        2 => Just(Step::Reopen),
        6 => Just(Step::CopySlice),
        2 => Just(Step::Checkpoint),
    ]
}

fn sketch(density: Density) -> impl Strategy<Value = Sketch> {
    let maybe = |share: f64, most: u16| option::weighted(share, 0..most);
    let who = (select(&KINDS[..]), 0..density.accounts, instants());
    // Some say nothing but that the account was there.
    let silent = prop::bool::weighted(0.1);
    let with = (
        maybe(0.5, density.phones),
        maybe(0.7, density.devices),
        maybe(0.2, density.devices),
        maybe(0.6, density.addresses),
        maybe(0.2, density.cards),
    );
    let traits = (
        option::weighted(0.3, 0..NAMES.len() as u8),
        option::weighted(0.3, any::<bool>()),
        0..PLATFORMS.len() as u8,
        prop_oneof![4 => Just(0u8), 1 => 0..64u8],
        0..4u8,
    );
    let order = (any::<u16>(), option::weighted(0.2, any::<u16>()), steps());
    (who, (silent, with), traits, order).prop_map(
        |(
            (kind, account, at),
            (silent, (phone, device, hardware, address, card)),
            (name, enterprise, platform, signals, tokens),
            (rank, again, then),
        )| Sketch {
            kind,
            account,
            at,
            phone: phone.filter(|_| !silent),
            device: device.filter(|_| !silent),
            hardware: hardware.filter(|_| !silent),
            address: address.filter(|_| !silent),
            card: card.filter(|_| !silent),
            name,
            enterprise,
            platform,
            signals,
            tokens,
            rank,
            again,
            then,
        },
    )
}

/// Sets of sketches.
pub fn sketches(
    density: Density,
    count: std::ops::Range<usize>,
) -> impl Strategy<Value = Vec<Sketch>> {
    vec(sketch(density), count)
}

fn instant(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp { seconds, nanos: 0 })
}

/// The event that a sketch stands for; `number` names it.
pub fn event(number: usize, sketch: &Sketch) -> v1::Event {
    let at = MIDDLE + i64::from(sketch.at);
    let phone = sketch.phone.or(
        // Binding names a number, else it says nothing.
        matches!(sketch.kind, Kind::PhoneBound | Kind::PhoneUnbound).then_some(sketch.account % 3),
    );
    let has_device = sketch.device.is_some() || sketch.hardware.is_some();
    let device = has_device.then(|| v1::Device {
        device_id: sketch
            .device
            .map_or(String::new(), |d| format!("device-{d}")),
        platform: PLATFORMS[usize::from(sketch.platform)].into(),
        hardware_fingerprint: sketch
            .hardware
            .map_or(String::new(), |h| format!("hardware-{h}")),
        emulator_signals: (0..6)
            .filter(|bit| sketch.signals >> bit & 1 == 1)
            .map(|bit| bit + 1)
            .collect(),
        ..v1::Device::default()
    });
    let tokens = [10, 64, 65, 5000][usize::from(sketch.tokens)];
    v1::Event {
        event_id: format!("event-{number}"),
        event_type: sketch.kind.into(),
        occurred_at: instant(at),
        account_id: account_id(sketch.account),
        account_type: sketch.enterprise.map_or(0, |is| 1 + i32::from(is)),
        phone_number: phone.map_or(String::new(), |p| format!("+86138{:08}", u32::from(p) * 40)),
        device,
        ip_address: sketch
            .address
            .map_or(String::new(), |a| format!("198.51.{}.7", 100 + a)),
        other_identifiers: sketch
            .card
            .map(|card| v1::OtherIdentifier {
                kind: "payment_card".into(),
                value: format!("card-{card}"),
            })
            .into_iter()
            .collect(),
        surface: ["work-desktop", "app", ""][usize::from(sketch.platform % 3)].into(),
        task: (sketch.kind == Kind::TaskCompleted).then(|| v1::Task {
            task_id: format!("task-{number}"),
            started_at: instant(at - 60),
            completed_at: instant(at),
            tokens,
            input_events: (sketch.tokens != 1).then_some(u32::from(sketch.tokens)),
        }),
        display_name: sketch
            .name
            .map_or(String::new(), |name| NAMES[usize::from(name)].into()),
    }
}

/// The id of an account in sketches.
pub fn account_id(account: u16) -> String {
    format!("account-{account}")
}

/// The events of a set, in the order of their numbers.
pub fn events(sketches: &[Sketch]) -> Vec<v1::Event> {
    let numbered = sketches.iter().enumerate();
    numbered.map(|(number, one)| event(number, one)).collect()
}

/// The same set in another order with repeats: numbers of events, each with what follows it.
pub fn other_order(sketches: &[Sketch]) -> Vec<(usize, Step)> {
    let mut order: Vec<(u16, usize, Step)> = Vec::new();
    for (number, sketch) in sketches.iter().enumerate() {
        order.push((sketch.rank, number, sketch.then));
        order.extend(sketch.again.map(|rank| (rank, number, Step::Nothing)));
    }
    order.sort_by_key(|(rank, number, _)| (*rank, *number));
    order
        .into_iter()
        .map(|(_, number, step)| (number, step))
        .collect()
}
