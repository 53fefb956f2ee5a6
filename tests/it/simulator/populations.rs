//! Every population is there, in every mix, in numbers that a measure can rest on.

use std::collections::BTreeMap;

use sameuser::lab::{
    label::Label,
    simulate::{Mix, populations, quotas},
};

use super::Set;

const MIXES: [Mix; 7] = [
    Mix::Base,
    Mix::Surge,
    Mix::Carrier,
    Mix::Sophisticated,
    Mix::Crude,
    Mix::Clean,
    Mix::Chaos,
];

#[test]
fn fifty_thousand_accounts_hold_five_hundred_of_every_honest_population() {
    for mix in MIXES {
        for (population, quota) in quotas(50_000, mix.default_abuse(), mix) {
            let honest = population.label == Label::Legitimate;
            assert!(
                !honest || quota >= 500,
                "{mix:?}: {quota} of {}",
                population.name
            );
        }
    }
}

#[test]
fn quotas_add_up() {
    for accounts in [1, 7, 100, 12_345] {
        for abuse in [0.0, 0.02, 0.07, 0.17, 0.5] {
            let quotas = quotas(accounts, abuse, Mix::Base);
            let sum: usize = quotas.iter().map(|(_, quota)| quota).sum();
            assert_eq!(sum, accounts);
        }
    }
}

/// What is built is what was planned: a group never outgrows the room it has.
#[test]
fn a_set_holds_what_its_quotas_say() {
    for (mix, name) in [
        (Mix::Base, "base"),
        (Mix::Surge, "surge"),
        (Mix::Clean, "clean"),
    ] {
        let set = Set::make(&["--accounts", "3000", "--seed", "21", "--mix", name]);
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for truth in set.truth().values() {
            *counts.entry(truth.population.clone()).or_default() += 1;
        }
        for (population, quota) in quotas(3000, mix.default_abuse(), mix) {
            let count = counts.get(population.name).copied().unwrap_or(0);
            assert_eq!(count, quota, "{name}: {}", population.name);
        }
    }
}

#[test]
fn truth_uses_the_labels_of_the_contract() {
    let set = Set::make(&["--accounts", "4000", "--seed", "22", "--abuse", "0.4"]);
    let mut labels: BTreeMap<String, usize> = BTreeMap::new();
    for truth in set.truth().values() {
        *labels.entry(truth.label.clone()).or_default() += 1;
    }
    let known = [
        "legitimate",
        "bulk_registration",
        "scripted_activity",
        "emulator",
        "operated_for_others",
        "false_identity",
        "false_activity",
        "duplicate_account",
        "ban_evasion",
    ];
    assert_eq!(labels.len(), known.len(), "{labels:?}");
    assert!(known.iter().all(|label| labels.contains_key(*label)));
    assert_eq!(populations().count(), 40);
}
