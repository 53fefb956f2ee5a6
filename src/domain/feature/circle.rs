//! Features of an account's circle: who uses its machines, or comes from several of its addresses. A
//! stranger behind the same carrier shares one address by chance; who shares two has been in two places
//! with it. What tells a farm from a family or an office is how alike they are, and one account's few
//! tasks say less of it than all of theirs together.

use smallvec::SmallVec;

use super::{
    definition::Gathered,
    gather::{Links, count, length, thousandths},
    neighbours::{NEIGHBOURS_AT_MOST, Neighbours, most_senior},
};
use crate::domain::{
    account::{Account, MOBILE_PLATFORMS},
    graph::EntityGraph,
    moments::Moments,
    sample::ACCOUNTS_SAMPLED,
};

/// Addresses in common that make a companion.
const ADDRESSES_IN_COMMON: usize = 2;
/// Others needed before their likeness says anything.
const OTHERS_NEEDED: usize = 2;
/// Tasks of a circle needed before their spread says anything.
const TASKS_NEEDED: u32 = 12;
/// Who registered within so many seconds of an account registered near it.
const NEAR_SECONDS: u32 = 2 * 86_400;
/// Others whose tasks are compared with the account's own, at most.
const COMPARED_AT_MOST: usize = 24;
/// Tasks begun within so many seconds of each other are in step.
const IN_STEP_SECONDS: u32 = 900;
/// Tasks needed before a share of them says anything.
const TASKS_FOR_STEPS: usize = 4;
/// Addresses needed before a share of them says anything.
const ADDRESSES_NEEDED: usize = 5;
/// An address used for no longer, seconds, was passed through.
const PASSING_SECONDS: u32 = 43_200;

pub(super) fn gather(
    graph: &EntityGraph,
    account: u32,
    (on_machines, addresses): (&Neighbours, &Links),
    tasks_shown: bool,
    gathered: &mut Gathered,
) {
    let companions = companions(graph, account, addresses);
    gathered.companions = Some(length(companions.len()));
    let mut circle = on_machines.clone();
    circle.extend(companions);
    most_senior(graph, &mut circle, NEIGHBOURS_AT_MOST);
    gathered.circle_accounts = Some(length(circle.len()));
    if circle.len() < OTHERS_NEEDED {
        return;
    }
    let own = graph.account(account);
    let others = || circle.iter().map(|other| graph.account(*other));
    let part = |wanted: &dyn Fn(&&Account) -> bool| {
        let wanted = u32::try_from(others().filter(wanted).count()).unwrap_or(u32::MAX);
        thousandths(wanted, circle.len() as u32)
    };
    gathered.circle_desktop_only = Some(part(&|other| other.platforms & MOBILE_PLATFORMS == 0));
    if let Some(registration) = &own.registration {
        let near = |other: &&Account| {
            let theirs = other.registration.as_ref();
            theirs.is_some_and(|theirs| theirs.at.abs_diff(registration.at) <= NEAR_SECONDS)
        };
        gathered.circle_registered_near = Some(part(&near));
        gathered.circle_number_block = registration.number_blocks.map(|[.., block]| {
            let same = |other: &&Account| {
                let theirs = other.registration.and_then(|theirs| theirs.number_blocks);
                theirs.is_some_and(|[.., theirs]| theirs == block)
            };
            part(&same)
        });
    }
    if tasks_shown {
        let (mut sizes, mut lengths) = (Moments::default(), Moments::default());
        for tasks in others().chain([own]).filter_map(|one| one.tasks.as_ref()) {
            sizes.join(&tasks.sizes);
            lengths.join(&tasks.lengths);
        }
        gathered.circle_size_spread = sizes.deviation(TASKS_NEEDED);
        gathered.circle_length_spread = lengths.deviation(TASKS_NEEDED);
        most_senior(graph, &mut circle, COMPARED_AT_MOST);
        let compared = circle.iter().map(|other| graph.account(*other));
        gathered.circle_in_step = compared.filter_map(|other| in_step(own, other)).max();
    }
}

/// Accounts that came from several of its addresses. Addresses with more accounts than are sampled are
/// carriers' and the like.
fn companions(graph: &EntityGraph, account: u32, addresses: &Links) -> SmallVec<[u32; 32]> {
    let shared: SmallVec<[u32; 16]> = addresses
        .iter()
        .map(|address| address.identifier)
        .filter(|address| (2..=ACCOUNTS_SAMPLED as u32).contains(&graph.accounts_on(*address)))
        .collect();
    let mut met: SmallVec<[u32; 128]> = SmallVec::new();
    // Who shares one address alone is no companion.
    if shared.len() >= ADDRESSES_IN_COMMON {
        let here = shared.iter().flat_map(|address| graph.sample(*address));
        met.extend(here.filter(|other| *other != account));
    }
    met.sort_unstable();
    let often = met
        .chunk_by(|a, b| a == b)
        .filter(|met| met.len() >= ADDRESSES_IN_COMMON);
    often.map(|met| met[0]).collect()
}

/// Thousandths of an account's latest tasks that began near one of another's.
fn in_step(own: &Account, other: &Account) -> Option<i32> {
    let (own, other) = (own.tasks.as_ref()?, other.tasks.as_ref()?);
    let (own, theirs) = (own.latest_started(), other.latest_started());
    let whole = own.len();
    if whole < TASKS_FOR_STEPS || theirs.len() < TASKS_FOR_STEPS {
        return None;
    }
    // Both ascend: what lies too long before one task does so before all that follow.
    let mut theirs = theirs.peekable();
    let near = |began: &u32| {
        while theirs
            .next_if(|other| other.saturating_add(IN_STEP_SECONDS) < *began)
            .is_some()
        {}
        let next = theirs.peek();
        next.is_some_and(|other| other.abs_diff(*began) <= IN_STEP_SECONDS)
    };
    Some(thousandths(own.filter(near).count() as u32, whole as u32))
}

/// What an account's addresses say: whether it comes back to them, and who else is there.
pub(super) fn gather_addresses(graph: &EntityGraph, addresses: &Links, gathered: &mut Gathered) {
    let servers = addresses
        .iter()
        .filter(|address| graph.told(address.identifier).is_data_centre())
        .map(|address| graph.accounts_on(address.identifier));
    gathered.server_accounts = Some(count(servers.max().unwrap_or(0)));
    if addresses.len() < ADDRESSES_NEEDED {
        return;
    }
    let part = |count: usize| Some(thousandths(count as u32, addresses.len() as u32));
    let passing = addresses.iter().filter(|address| {
        address
            .link
            .last_seen
            .saturating_sub(address.link.first_seen)
            <= PASSING_SECONDS
    });
    gathered.passing_addresses = part(passing.count());
    let lone = addresses
        .iter()
        .filter(|address| graph.accounts_on(address.identifier) == 1);
    gathered.lone_addresses = part(lone.count());
}
