//! Features of an account's devices: who else uses them, how many it has, and whether it changed hands.

use smallvec::SmallVec;

use super::{
    definition::Gathered,
    gather::{Links, count, length, thousandths},
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

/// How many kinds of identifier changed at one moment: the devices before were never seen after it
/// and those after never before; so the addresses; so the phone number.
pub(super) fn handover(devices: &Links, addresses: &Links, phones: &Links) -> Option<i32> {
    if devices.len() < 2 {
        return None;
    }
    let moments = devices.iter().map(|device| device.link.first_seen);
    let changed = |links: &Links, moment: u32| {
        let (before, after): (Vec<_>, Vec<_>) = links
            .iter()
            .partition(|linked| linked.link.first_seen + HANDOVER_SECONDS < moment);
        let ended = |linked: &&LinkedIdentifier| {
            linked.link.last_seen.min(linked.link.held_until()) <= moment + HANDOVER_SECONDS
        };
        !before.is_empty() && !after.is_empty() && before.iter().all(ended)
    };
    moments
        .map(|moment| {
            if !changed(devices, moment) {
                return 0;
            }
            1 + i32::from(changed(addresses, moment)) + i32::from(changed(phones, moment))
        })
        .max()
}
