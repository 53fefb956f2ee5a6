//! Gathering an account's features from the graph.

use smallvec::SmallVec;

use super::{
    circle,
    definition::{Features, Gathered, place_of},
    devices, neighbours, registration, signs, tasks,
};
use crate::domain::{
    account::{Account, MOBILE_PLATFORMS},
    graph::EntityGraph,
    identifier::IdentifierKind,
    link::LinkedIdentifier,
    task_history::CONTRADICTION_HUNDREDTHS,
};

/// Tasks or events needed before a share of them says anything.
pub(super) const NEEDED_FOR_SHARES: u32 = 8;
/// Events needed before the hours without any say something.
const EVENTS_FOR_QUIET_HOURS: u32 = 40;

/// The same, where few events may do.
const EVENTS_FOR_REST: u32 = 12;

const TOLD_TOKENS: usize = place_of("told_tokens");
const CONTRADICTED_TASKS: usize = place_of("contradicted_tasks");

/// The links of one kind.
pub(super) type Links = SmallVec<[LinkedIdentifier; 8]>;

/// Reads an account's features from the graph. Bounded by the identifiers considered of it and the
/// accounts sampled of those. `None`: nothing can be said of it, since it did not register before our
/// eyes and has few tasks.
pub fn features(graph: &EntityGraph, account: u32) -> Option<Features> {
    can_score(graph.account(account)).then(|| gather(graph, account, true, &[]).into())
}

/// The same, with what the question itself shows: the tokens that billing tells of a task, against those
/// that the stream saw of it. A task that the stream has not shown is neutral.
pub fn features_when_asked(
    graph: &EntityGraph,
    account: u32,
    (task_id, tokens): (&str, u64),
) -> Option<Features> {
    let facts = graph.account(account);
    if !can_score(facts) {
        return None;
    }
    let mut gathered = gather(graph, account, true, &[]);
    let tasks = facts.tasks.as_ref();
    gathered.told_tokens = tasks.and_then(|tasks| tasks.find(task_id)).map(|seen| {
        let hundredths = tokens.saturating_mul(100) / u64::from(seen.max(1));
        i32::try_from(hundredths).unwrap_or(i32::MAX)
    });
    let mut features = Features::from(gathered);
    let told = features.contradicts_stream().then_some(task_id);
    let contradicted = tasks.map(|tasks| tasks.contradicted_with(told));
    features.0[CONTRADICTED_TASKS] = contradicted.map(length);
    Some(features)
}

impl Features {
    /// Whether billing was told more tokens of the task it asked about than the stream saw of it.
    pub fn contradicts_stream(&self) -> bool {
        self.0[TOLD_TOKENS] >= Some(CONTRADICTION_HUNDREDTHS)
    }
}

/// The same, as if no task had been shown yet, of it or of others: what there is to go by when a farm's
/// accounts first ask. `None`: it did not register before our eyes.
pub fn features_before_tasks(graph: &EntityGraph, account: u32) -> Option<Features> {
    let registered = graph.account(account).registration.is_some();
    registered.then(|| gather(graph, account, false, &[]).into())
}

/// What is left of features without these identifiers, as if the account had never used them.
pub fn features_without(
    graph: &EntityGraph,
    account: u32,
    identifiers: &[u32],
    features: &Features,
) -> Features {
    let gathered = gather(graph, account, true, identifiers);
    let mut left = Features::from(gathered);
    // The question showed them, not the graph.
    for asked in [TOLD_TOKENS, CONTRADICTED_TASKS] {
        left.0[asked] = features.0[asked];
    }
    left
}

fn can_score(account: &Account) -> bool {
    let tasks = account.tasks.as_ref();
    account.registration.is_some()
        || tasks.is_some_and(|tasks| tasks.completed >= NEEDED_FOR_SHARES)
}

fn gather(graph: &EntityGraph, account: u32, tasks_shown: bool, without: &[u32]) -> Gathered {
    let facts = graph.account(account);
    let of = |kind| -> Links {
        // No feature depends on their order.
        let of_kind = graph.considered_in_any_order(account);
        let of_kind = of_kind.filter(|linked| linked.kind == kind);
        of_kind
            .filter(|linked| !without.contains(&linked.identifier))
            .collect()
    };
    let mut gathered = Gathered::default();
    registration::gather(graph, facts, without, &mut gathered);
    let devices = of(IdentifierKind::DEVICE);
    devices::gather(graph, account, (&devices, without), &mut gathered);
    let hardware = of(IdentifierKind::HARDWARE);
    gathered.hardware_accounts = hardware
        .iter()
        .map(|hardware| count(graph.accounts_on(hardware.identifier)))
        .max();
    gathered.hardware_registered_elsewhere = hardware
        .iter()
        .map(|hardware| i32::from(graph.summary(hardware.identifier).registered_elsewhere))
        .max();
    let machines: Links = devices.iter().chain(&hardware).copied().collect();
    let on_machines = neighbours::gather(graph, account, &machines, &mut gathered);
    let (addresses, phones) = (of(IdentifierKind::ADDRESS), of(IdentifierKind::PHONE));
    circle::gather_addresses(graph, &addresses, &mut gathered);
    let met = (&on_machines, &addresses);
    circle::gather(graph, account, met, tasks_shown, &mut gathered);
    let others = graph.considered_in_any_order(account).filter(|linked| {
        linked.kind.0 >= IdentifierKind::FIRST_OTHER
            && !without.contains(&linked.identifier)
            && graph.accounts_on(linked.identifier) == 1
    });
    gathered.own_identifiers = Some(length(others.count()));
    gathered.addresses_used = (!addresses.is_empty()).then(|| length(addresses.len()));
    let handover = devices::handover(&devices, &addresses, &phones);
    gathered.handover = handover.map(|it| it.kinds);
    gathered.handover_days = handover.map(|it| it.days);
    gathered.handover_devices = handover.map(|it| it.devices);
    if !tasks_shown {
        gathered.interleaved_tasks = None;
        gathered.neighbours_size_spread = None;
        gathered.neighbours_without_input = None;
    } else if let Some(history) = &facts.tasks {
        tasks::gather(history, facts, &mut gathered);
    }
    gather_activity(facts, &mut gathered);
    signs::gather(&mut gathered);
    gathered
}

fn gather_activity(facts: &Account, gathered: &mut Gathered) {
    let activity = &facts.activity;
    gathered.data_centre_events = share(activity.from_data_centres, activity.events);
    gathered.vpn_events = share(activity.from_vpns, activity.events);
    gathered.quiet_hours =
        (activity.events >= EVENTS_FOR_QUIET_HOURS).then(|| count(activity.quiet_hours()));
    gathered.rest_hours =
        (activity.events >= EVENTS_FOR_REST).then(|| count(activity.quiet_hours()));
    gathered.phone_seen = Some(i32::from(facts.platforms & MOBILE_PLATFORMS != 0));
    gathered.surfaces_used = Some(length(facts.surfaces.len()));
}

pub(super) fn count(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

pub(super) fn length(length: usize) -> i32 {
    i32::try_from(length).unwrap_or(i32::MAX)
}

/// Thousandths, where there are enough.
pub(super) fn share(part: u32, whole: u32) -> Option<i32> {
    (whole >= NEEDED_FOR_SHARES).then(|| thousandths(part, whole))
}

/// Thousandths of a whole that is not 0.
pub(super) fn thousandths(part: u32, whole: u32) -> i32 {
    i32::try_from(u64::from(part) * 1000 / u64::from(whole.max(1))).unwrap_or(i32::MAX)
}
