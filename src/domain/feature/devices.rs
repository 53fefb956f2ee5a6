//! Features of an account's devices: who else uses them, how many it has, and whether it changed hands.

use smallvec::SmallVec;

use super::{
    definition::Gathered,
    gather::{Links, count, length, thousandths},
    neighbours::is_many_machines,
};
use crate::domain::{graph::EntityGraph, link::LinkedIdentifier, task_history::TASKS_KEPT};

/// So many different signs make a device look emulated.
const EMULATED_FROM_SIGNALS: u32 = 2;
/// Tasks of two accounts on one device begun within so many seconds of each other are interleaved.
const INTERLEAVED_SECONDS: u32 = 600;
/// Tasks on shared devices needed before a share of them says anything.
const TASKS_FOR_INTERLEAVING: u32 = 3;
/// What changes within so many seconds changes at one moment.
const HANDOVER_SECONDS: u32 = 2 * 86_400;

pub(super) fn gather(
    graph: &EntityGraph,
    account: u32,
    (devices, without): (&Links, &[u32]),
    gathered: &mut Gathered,
) {
    let facts = graph.account(account);
    let registered_on = facts
        .registration
        .and_then(|registration| registration.device);
    let accounts_on = |device: &LinkedIdentifier| graph.accounts_on(device.identifier);
    let Some(busiest) = devices.iter().map(accounts_on).max() else {
        return;
    };
    // A cloud desktop shows the same signs as an emulator, but one person uses it.
    let emulated = facts.signals.len() >= EMULATED_FROM_SIGNALS;
    gathered.device_accounts = Some(count(busiest));
    gathered.emulator_signals = Some(count(facts.signals.len()));
    gathered.emulated_device_accounts = Some(if emulated { count(busiest) } else { 0 });
    gathered.device_registered_elsewhere = devices
        .iter()
        .filter(|device| !is_many_machines(graph, device))
        .map(|device| device.identifier)
        .filter(|device| registered_on.is_some() && registered_on != Some(*device))
        .map(|device| i32::from(graph.summary(device).registered_elsewhere))
        .max();
    gathered.devices_used = Some(length(devices.len()));
    gathered.devices_at_once = Some(length(at_once(devices)));
    if busiest > 1 {
        gathered.interleaved_tasks = interleaved(graph, account, without);
    }
}

/// The most devices in use over one stretch of time.
fn at_once(devices: &Links) -> usize {
    let uses = |moment: u32| {
        let used = |device: &&LinkedIdentifier| {
            (device.link.first_seen..=device.link.last_seen).contains(&moment)
        };
        devices.iter().filter(used).count()
    };
    let beginnings = devices.iter().map(|device| uses(device.link.first_seen));
    beginnings.max().unwrap_or_default()
}

/// Thousandths of the account's sampled tasks that began within minutes of another sampled account's
/// on the same device.
fn interleaved(graph: &EntityGraph, account: u32, without: &[u32]) -> Option<i32> {
    let own = graph.account(account).tasks.as_ref()?;
    let on_shared: SmallVec<[(u32, u32); TASKS_KEPT]> = own
        .latest()
        .iter()
        .filter_map(|task| Some((task.device.checked_sub(1)?, task.started)))
        .filter(|(device, _)| graph.accounts_on(*device) > 1 && !without.contains(device))
        .collect();
    let whole = u32::try_from(on_shared.len()).unwrap_or(u32::MAX);
    if whole < TASKS_FOR_INTERLEAVING {
        return None;
    }
    let mut devices: SmallVec<[u32; TASKS_KEPT]> = on_shared.iter().map(|it| it.0).collect();
    devices.sort_unstable();
    devices.dedup();
    let mut part = 0;
    for device in devices {
        let others = graph.sample(device).filter(|other| *other != account);
        let begun: SmallVec<[u32; 64]> = others
            .filter_map(|other| graph.account(other).tasks.as_ref())
            .flat_map(|tasks| tasks.latest())
            .filter(|task| task.device == device + 1)
            .map(|task| task.started)
            .collect();
        let beside = |(on, started): &&(u32, u32)| {
            let near = |other: &u32| other.abs_diff(*started) <= INTERLEAVED_SECONDS;
            *on == device && begun.iter().any(near)
        };
        part += on_shared.iter().filter(beside).count();
    }
    Some(thousandths(u32::try_from(part).unwrap_or(u32::MAX), whole))
}

/// What changed at the moment at which most did.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Handover {
    /// Kinds of identifier (device, network, phone).
    pub kinds: i32,
    /// Days of use on the shorter side of it.
    pub days: i32,
    /// Devices on the side with fewer.
    pub devices: i32,
}

/// What changed at one moment: the devices before were never seen after it and those after never before; so
/// the addresses; so the phone number. `None` of a single device; nothing, where some device stayed.
pub(super) fn handover(devices: &Links, addresses: &Links, phones: &Links) -> Option<Handover> {
    if devices.len() < 2 {
        return None;
    }
    let moments = devices.iter().map(|device| device.link.first_seen);
    moments
        .map(|moment| {
            let Some((before, after)) = changed(devices, moment) else {
                return Handover::default();
            };
            let other = [addresses, phones].map(|links| changed(links, moment).is_some());
            let days = days_used(&before).min(days_used(&after));
            Handover {
                kinds: 1 + i32::from(other[0]) + i32::from(other[1]),
                days: count(days),
                devices: length(before.len().min(after.len())),
            }
        })
        .max()
}

/// Links that ended by a moment, and those that began then, where there are some of both and no others.
fn changed(links: &Links, moment: u32) -> Option<(Links, Links)> {
    let (before, after): (Links, Links) = links
        .iter()
        .copied()
        .partition(|linked| linked.link.first_seen + HANDOVER_SECONDS < moment);
    let ended = |linked: &LinkedIdentifier| {
        linked.link.last_seen.min(linked.link.held_until()) <= moment + HANDOVER_SECONDS
    };
    let all = !before.is_empty() && !after.is_empty() && before.iter().all(ended);
    all.then_some((before, after))
}

/// Days from the first use of any to the last.
fn days_used(links: &Links) -> u32 {
    let first = links.iter().map(|linked| linked.link.first_seen).min();
    let last = links.iter().map(|linked| linked.link.last_seen).max();
    let seconds = last.zip(first).map_or(0, |(last, first)| last - first);
    seconds / 86_400
}
