//! Features of one account for the abuse score: whole numbers from facts alone, no clock and no
//! country in them. Each is a relation between recorded times or counts, or absent where there is
//! too little to say.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::{
    account::{Account, TaskHistory},
    cohort::CohortKind,
    graph::EntityGraph,
    identifier::IdentifierKind,
};

/// Tasks needed before a share of tasks says anything.
pub const TASKS_FOR_SHARES: u32 = 8;
/// Tasks needed before the regularity of their starts says anything (Kim and Jo 2016).
pub const TASKS_FOR_CADENCE: usize = 10;

/// So many different signs make a device look emulated.
pub const EMULATED_FROM_SIGNALS: u32 = 2;

/// What a feature is.
pub struct FeatureDefinition {
    /// Its name, as model files say it.
    pub name: &'static str,
    /// Its unit and range.
    pub unit: &'static str,
    /// Whether it tells of what this account itself did (design promise 7: a REVOKE for behaviour
    /// needs behaviour of its own; registering inside a burst is, a link alone is not).
    pub own_behaviour: bool,
}

const fn feature(name: &'static str, unit: &'static str, own_behaviour: bool) -> FeatureDefinition {
    FeatureDefinition {
        name,
        unit,
        own_behaviour,
    }
}

/// Every feature, in the order of [`Features`].
pub const FEATURES: [FeatureDefinition; 12] = [
    feature(
        "registration_device_cohort",
        "other accounts registered on the device within an hour",
        true,
    ),
    feature(
        "registration_number_cohort",
        "the same, by network and block of 1,000 numbers",
        true,
    ),
    feature(
        "registration_name_cohort",
        "the same, by network and skeleton of the name",
        true,
    ),
    feature("registration_network_cohort", "the same, by network", true),
    feature(
        "device_accounts",
        "accounts on the busiest of its devices",
        false,
    ),
    feature(
        "device_registered_elsewhere",
        "sampled accounts on a device of its that registered on other devices",
        false,
    ),
    feature(
        "emulator_signals",
        "different signs of emulation on its devices, 0 to 6",
        true,
    ),
    feature(
        "emulated_device_accounts",
        "accounts on the busiest of its devices where at least 2 signs of emulation show, else 0",
        true,
    ),
    feature(
        "tasks_without_input",
        "thousandths of its tasks; needs 8",
        true,
    ),
    feature(
        "task_cadence",
        "burstiness of task starts x 1000, -1000 = clockwork; needs 10",
        true,
    ),
    feature("tiny_tasks", "thousandths of its tasks; needs 8", true),
    feature(
        "identical_tasks",
        "thousandths of its earliest tasks that have one size; needs 8",
        true,
    ),
];

/// The features of one account; `None` = too little evidence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Features(pub [Option<i32>; FEATURES.len()]);

/// Whether anything can be said of an account at all: it registered before our eyes, or it has
/// enough tasks.
pub fn can_score(account: &Account) -> bool {
    account.registration.is_some()
        || account
            .tasks
            .as_ref()
            .is_some_and(|tasks| tasks.completed >= TASKS_FOR_SHARES)
}

/// Reads an account's features from the graph. Bounded by the identifiers considered.
pub fn features(graph: &EntityGraph, account: u32) -> Features {
    let facts = graph.account(account);
    let devices: SmallVec<[u32; 8]> = graph
        .considered(account)
        .iter()
        .filter(|linked| linked.kind == IdentifierKind::DEVICE)
        .map(|linked| linked.identifier)
        .collect();
    let registered_on = facts
        .registration
        .and_then(|registration| registration.device);
    let busiest = devices
        .iter()
        .map(|device| graph.accounts_on(*device))
        .max();
    let elsewhere = devices
        .iter()
        .filter(|device| registered_on.is_some() && registered_on != Some(**device))
        .map(|device| i32::from(graph.summary(*device).registered_elsewhere))
        .max();
    // A cloud desktop shows the same signs as an emulator, but one person uses it.
    let emulated = facts.signals.len() >= EMULATED_FROM_SIGNALS;
    let tasks = facts.tasks.as_deref();
    let [device, numbers, name, network] = cohorts(graph, facts);
    Features([
        device,
        numbers,
        name,
        network,
        busiest.map(count),
        elsewhere,
        (!devices.is_empty()).then(|| count(facts.signals.len())),
        busiest.map(|accounts| if emulated { count(accounts) } else { 0 }),
        tasks.and_then(|tasks| share(tasks.without_input, tasks.with_input_known)),
        tasks.and_then(cadence),
        tasks.and_then(|tasks| share(tasks.tiny, tasks.completed)),
        tasks.and_then(identical),
    ])
}

/// Other accounts registered near in time: on the device, and in the network by numbers, by name and
/// at all. Who is alone on a device or in a network is alone in every part of it: the common case
/// is one look.
fn cohorts(graph: &EntityGraph, facts: &Account) -> [Option<i32>; 4] {
    let Some(registration) = &facts.registration else {
        return [None; 4];
    };
    let others = |kind| graph.cohorts().others(registration, kind);
    let alone_on_device = registration
        .device
        .is_none_or(|device| graph.accounts_on(device) < 2);
    let device = if alone_on_device {
        0
    } else {
        others(CohortKind::Device)
    };
    let network = others(CohortKind::Network);
    let [numbers, name] = [CohortKind::NetworkAndNumbers, CohortKind::NetworkAndName]
        .map(|part| if network == 0 { 0 } else { others(part) });
    [device, numbers, name, network].map(|others| Some(count(others)))
}

fn count(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// Thousandths, where there are enough.
fn share(part: u32, whole: u32) -> Option<i32> {
    (whole >= TASKS_FOR_SHARES).then(|| count((u64::from(part) * 1000 / u64::from(whole)) as u32))
}

/// Burstiness of task starts with the finite-size correction of Kim and Jo (2016), x 1000:
/// A = (sqrt(n+1) r - sqrt(n-1)) / ((sqrt(n+1) - 2) r + sqrt(n-1)), r = deviation / mean of the gaps.
fn cadence(tasks: &TaskHistory) -> Option<i32> {
    if tasks.earliest.len() < TASKS_FOR_CADENCE {
        return None;
    }
    let gaps: SmallVec<[f64; 16]> = tasks
        .earliest
        .windows(2)
        .map(|pair| f64::from(pair[1].started - pair[0].started))
        .collect();
    let n = gaps.len() as f64;
    let mean = gaps.iter().sum::<f64>() / n;
    if mean <= 0.0 {
        return Some(-1000);
    }
    let variance = gaps
        .iter()
        .map(|gap| (gap - mean) * (gap - mean))
        .sum::<f64>()
        / n;
    let r = variance.sqrt() / mean;
    let (more, less) = ((n + 1.0).sqrt(), (n - 1.0).sqrt());
    let burstiness = (more * r - less) / ((more - 2.0) * r + less);
    Some((burstiness * 1000.0).round().clamp(-1000.0, 1000.0) as i32)
}

/// Thousandths of the earliest tasks that share the commonest size.
fn identical(tasks: &TaskHistory) -> Option<i32> {
    // Where there are too few, what they are is not even looked at.
    share(0, count_u32(tasks.earliest.len()))?;
    let mut sizes: SmallVec<[u32; 16]> = tasks.earliest.iter().map(|task| task.tokens).collect();
    sizes.sort_unstable();
    let commonest = sizes.chunk_by(|a, b| a == b).map(<[u32]>::len).max()?;
    share(count_u32(commonest), count_u32(sizes.len()))
}

fn count_u32(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
