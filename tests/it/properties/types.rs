//! The account's type at an instant: the last one known by then, else the next known, else
//! individual; in whatever order it became known.

use proptest::prelude::*;
use sameuser::domain::{
    account::{TYPE_DAYS_KEPT, TypeHistory},
    event::AccountType::{self, Enterprise, Individual},
};

use super::cases;

/// 2026-06-01T00:00:00Z: days here are counted from it.
const FIRST_DAY: u32 = 1_780_272_000;
const DAY: u32 = 86_400;

/// What the contract says, on the plain list of what was told.
fn by_the_contract(told: &[(u32, AccountType)], at: u32) -> AccountType {
    let at_second = |second: u32| {
        let mut types = told.iter().filter(|(when, _)| *when == second);
        // Two types in one second: a doubt is not held against the user.
        match types.all(|(_, which)| *which == Enterprise) {
            true => Enterprise,
            false => Individual,
        }
    };
    let last = told
        .iter()
        .map(|(when, _)| *when)
        .filter(|w| *w <= at)
        .max();
    let next = told.iter().map(|(when, _)| *when).filter(|w| *w > at).min();
    last.or(next).map_or(Individual, at_second)
}

fn history(told: &[(u32, AccountType)]) -> TypeHistory {
    let mut history = TypeHistory::default();
    for (second, which) in told {
        history.add(*which, *second);
    }
    history
}

fn second(day: u32, of_day: u32) -> u32 {
    FIRST_DAY + day * DAY + of_day
}

/// At most one type a day, each on no more days than are kept to the second.
fn told_daily() -> impl Strategy<Value = Vec<(u32, AccountType)>> {
    let days = |most| prop::collection::vec((0..40u32, 0..DAY), 0..=most);
    (days(TYPE_DAYS_KEPT), days(TYPE_DAYS_KEPT)).prop_map(|(individual, enterprise)| {
        let mut days = std::collections::BTreeMap::new();
        for (which, told) in [(Individual, individual), (Enterprise, enterprise)] {
            for (day, of_day) in told {
                days.entry(day).or_insert((second(day, of_day), which));
            }
        }
        days.into_values().collect()
    })
}

/// Many days of one type, then many of the other.
fn told_with_one_change() -> impl Strategy<Value = Vec<(u32, AccountType)>> {
    let days = prop::collection::btree_set((0..40u32, 0..DAY), 1..60);
    (days, any::<prop::sample::Index>(), any::<bool>()).prop_map(|(days, change, firm_first)| {
        let change = change.index(days.len());
        let told = days.into_iter().enumerate();
        told.map(|(position, (day, of_day))| {
            let is_firm = (position < change) == firm_first;
            let which = if is_firm { Enterprise } else { Individual };
            (second(day, of_day), which)
        })
        .collect()
    })
}

fn assert_as_the_contract_says(told: &[(u32, AccountType)], at: u32) {
    let history = history(told);
    let around = told
        .iter()
        .flat_map(|(told, _)| [told - 1, *told, told + 1]);
    for at in around.chain([at]) {
        assert_eq!(history.at(at), by_the_contract(told, at), "at {at}");
    }
}

proptest! {
    #![proptest_config(cases(512, 7))]
    #[test]
    fn types_told_on_a_few_days_are_as_the_contract_says(
        told in told_daily(),
        day in 0..41u32,
    ) {
        assert_as_the_contract_says(&told, second(day, 7));
    }
}

proptest! {
    #![proptest_config(cases(512, 19))]
    #[test]
    fn one_change_of_type_is_as_the_contract_says_however_long_ago(
        told in told_with_one_change(),
        day in 0..41u32,
    ) {
        assert_as_the_contract_says(&told, second(day, 7));
    }
}

proptest! {
    #![proptest_config(cases(512, 8))]
    #[test]
    fn neither_order_nor_repetition_matters(
        told in prop::collection::vec((0..9u32, 0..DAY, any::<bool>()), 0..60),
        ranks in prop::collection::vec(any::<u16>(), 120),
    ) {
        let which = |is: bool| if is { Enterprise } else { Individual };
        let told: Vec<_> = told
            .into_iter()
            .map(|(day, of_day, is)| (second(day, of_day), which(is)))
            .collect();
        let mut other: Vec<_> = ranks.iter().zip(told.iter().chain(&told)).collect();
        other.sort_by_key(|(rank, _)| **rank);
        let other: Vec<_> = other.into_iter().map(|(_, told)| *told).collect();
        prop_assert_eq!(history(&told), history(&other));
    }
}

/// Bounded: of more days than are kept, the first time ever and the newest are.
#[test]
fn the_newest_days_are_kept_in_any_order() {
    let days = TYPE_DAYS_KEPT as u32 + 200;
    let forward: Vec<_> = (0..days).map(|day| (second(day, 9), Enterprise)).collect();
    let mut backward = forward.clone();
    backward.reverse();
    assert_eq!(history(&forward), history(&backward));
    let mut told = forward;
    told.push((second(0, 5), Individual));
    assert_eq!(history(&told).at(second(0, 6)), Individual);
    assert_eq!(history(&told).at(second(100, 0)), Enterprise);
    assert_eq!(history(&told).at(second(days, 0)), Enterprise);
}
