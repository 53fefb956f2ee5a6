//! Features of how an account registered: who registered beside it.

use super::{
    definition::Gathered,
    gather::{count, thousandths},
};
use crate::domain::{
    account::{Account, Registration},
    cohort::CohortKind,
    event::NetworkClass,
    graph::EntityGraph,
};

/// Accounts in a network's cohort before a share of them says anything.
const COHORT_FOR_SHARES: u32 = 5;

pub(super) fn gather(
    graph: &EntityGraph,
    facts: &Account,
    without: &[u32],
    gathered: &mut Gathered,
) {
    gathered.disposable_number = Some(i32::from(facts.disposable_number));
    gathered.impossible_device = Some(i32::from(facts.impossible_device));
    let Some(registration) = &facts.registration else {
        return;
    };
    let others = |kind| graph.cohorts().others(registration, kind);
    // Who is alone on a device or in a network is alone in every part of it: the common case is one look.
    let alone_on_device = registration
        .device
        .is_none_or(|device| graph.accounts_on(device) < 2 || without.contains(&device));
    gathered.registration_device_cohort = Some(if alone_on_device {
        0
    } else {
        count(others(CohortKind::Device))
    });
    let network = others(CohortKind::Network);
    let within = |kind| if network == 0 { 0 } else { others(kind) };
    gathered.registration_network_cohort = Some(count(network));
    gathered.registration_number_cohort = Some(count(within(CohortKind::NetworkAndNumbers)));
    gathered.registration_name_cohort = Some(count(within(CohortKind::NetworkAndName)));
    gathered.registration_model_share = (network >= COHORT_FOR_SHARES)
        .then(|| thousandths(others(CohortKind::NetworkAndModel), network));
    gathered.registration_name_day = registration
        .name
        .map(|_| count(others(CohortKind::NameDay)));
    if registration.number_blocks.is_some() {
        gathered.registration_number_day = Some(count(others(CohortKind::NumbersDay)));
        gathered.number_neighbours = Some(count(others(CohortKind::NumbersEver)));
        gathered.number_block_week = Some(count(others(CohortKind::NumberBlockWeek)));
        gathered.number_block_accounts = Some(count(others(CohortKind::NumberBlockEver)));
    }
    gathered.registration_hosted = hosted(registration);
}

fn hosted(registration: &Registration) -> Option<i32> {
    match registration.network_class {
        NetworkClass::Unknown => None,
        NetworkClass::Ordinary | NetworkClass::Relay => Some(0),
        NetworkClass::Vpn => Some(1),
        NetworkClass::DataCentre => Some(2),
    }
}
