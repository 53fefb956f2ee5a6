//! Features of who else uses an account's machines: what tells a farm from a dormitory is not how many
//! they are but how alike.

use smallvec::SmallVec;

use super::{
    definition::Gathered,
    gather::{Links, length, thousandths},
    tasks::mean_and_deviation,
};
use crate::domain::{
    account::{Account, MOBILE_PLATFORMS},
    graph::EntityGraph,
    identifier::{IdentifierClass, IdentifierKind},
    link::LinkedIdentifier,
};

/// Others on its machines needed before their likeness says anything.
const NEIGHBOURS_NEEDED: usize = 2;
/// Others looked at, at most.
pub(super) const NEIGHBOURS_AT_MOST: usize = 48;
/// Who was there so long before a machine was first used was not registered for it.
const OLDER_SECONDS: u32 = 7 * 86_400;

/// Other accounts, each once.
pub(super) type Neighbours = SmallVec<[u32; NEIGHBOURS_AT_MOST]>;

/// Leaves at most so many of some accounts, each once, in no order that means anything. By seniority, since an index
/// tells of arrival; who all fit are not ranked.
pub(super) fn most_senior(graph: &EntityGraph, accounts: &mut Neighbours, at_most: usize) {
    accounts.sort_unstable();
    accounts.dedup();
    if accounts.len() > at_most {
        let ranked = accounts.iter().map(|one| (graph.seniority(*one), *one));
        let mut ranked: SmallVec<[_; 2 * NEIGHBOURS_AT_MOST]> = ranked.collect();
        ranked.select_nth_unstable(at_most);
        accounts.clear();
        accounts.extend(ranked[..at_most].iter().map(|(_, one)| *one));
    }
}

/// `machines` are the account's devices and hardware fingerprints. Answers who else is on them.
pub(super) fn gather(
    graph: &EntityGraph,
    account: u32,
    machines: &Links,
    gathered: &mut Gathered,
) -> Neighbours {
    let mut neighbours = Neighbours::new();
    let mut brought_here = 0;
    for machine in machines {
        let identifier = machine.identifier;
        if graph.accounts_on(identifier) < 2 || graph.class(identifier) == IdentifierClass::Faulty {
            continue;
        }
        if !is_many_machines(graph, machine) {
            let began = graph.first_use(identifier);
            let older = |other: &u32| graph.account(*other).first_seen + OLDER_SECONDS < began;
            brought_here = brought_here.max(graph.sample(identifier).filter(older).count());
        }
        neighbours.extend(graph.sample(identifier).filter(|other| *other != account));
    }
    most_senior(graph, &mut neighbours, NEIGHBOURS_AT_MOST);
    gathered.brought_to_machine = Some(length(brought_here));
    if neighbours.len() < NEIGHBOURS_NEEDED {
        return neighbours;
    }
    let facts = || neighbours.iter().map(|other| graph.account(*other));
    let desktop_only = |other: &&Account| other.platforms & MOBILE_PLATFORMS == 0;
    gathered.neighbours_desktop_only = Some(length(facts().filter(desktop_only).count()));
    let own = graph.account(account);
    let mut sizes: SmallVec<[f64; NEIGHBOURS_AT_MOST]> =
        facts().chain([own]).filter_map(mean_size).collect();
    // Equal sums need equal order, whichever the accounts came in.
    sizes.sort_unstable_by(f64::total_cmp);
    if sizes.len() > NEIGHBOURS_NEEDED {
        let spread = mean_and_deviation(&sizes).1 * 1000.0;
        gathered.neighbours_size_spread = Some(spread as i32);
    }
    let tasks = facts().filter_map(|other| other.tasks.as_ref());
    let (without, counted) = tasks.fold((0u32, 0u32), |(without, counted), tasks| {
        (
            without.saturating_add(tasks.without_input),
            counted.saturating_add(tasks.with_input_known),
        )
    });
    gathered.neighbours_without_input = (counted >= 8).then(|| thousandths(without, counted));
    neighbours
}

/// Whether one device id stands for several machines, as a faulty client makes it: it says several models, and
/// not because a farm that registered on it forges them. Nobody was brought anywhere then.
pub(super) fn is_many_machines(graph: &EntityGraph, device: &LinkedIdentifier) -> bool {
    let summary = graph.summary(device.identifier);
    device.kind == IdentifierKind::DEVICE
        && graph.told(device.identifier).contradicts_itself()
        && !summary.farm
        && !summary.slow_farm
}

/// The mean logarithm (base 2) of an account's task sizes, where it has a few.
fn mean_size(facts: &Account) -> Option<f64> {
    let tasks = facts.tasks.as_ref().filter(|tasks| tasks.completed >= 3)?;
    Some(tasks.mean_size)
}
