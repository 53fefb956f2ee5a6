//! The account's type at an instant: the last one known by then, else the next known, else
//! individual; in whatever order it became known.

use proptest::prelude::*;
use sameuser::domain::{
    account::{TYPE_DAYS_KEPT, TypeHistory},
    event::AccountType::{self, Enterprise, Individual},
};

use super::cases;

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

/// At most one change a day: what the history keeps exactly.
fn told_daily() -> impl Strategy<Value = Vec<(u32, AccountType)>> {
    let one = (0..40u32, 0..86_400u32, any::<bool>());
    prop::collection::vec(one, 0..30).prop_map(|told| {
        let mut days = std::collections::BTreeMap::new();
        for (day, second, enterprise) in told {
            let which = if enterprise { Enterprise } else { Individual };
            days.entry(day).or_insert((day * 86_400 + second, which));
        }
        days.into_values().collect()
    })
}

proptest! {
    #![proptest_config(cases(512, 7))]
    #[test]
    fn a_type_told_once_a_day_is_as_the_contract_says(
        told in told_daily(),
        at in 0..41 * 86_400u32,
    ) {
        prop_assert_eq!(history(&told).at(at), by_the_contract(&told, at));
        for (second, _) in &told {
            for at in [second.saturating_sub(1), *second, second + 1] {
                prop_assert_eq!(history(&told).at(at), by_the_contract(&told, at), "at {}", at);
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(512, 8))]
    #[test]
    fn neither_order_nor_repetition_matters(
        told in prop::collection::vec((0..5 * 86_400u32, any::<bool>()), 0..60),
        ranks in prop::collection::vec(any::<u16>(), 60),
    ) {
        let which = |is: bool| if is { Enterprise } else { Individual };
        let told: Vec<_> = told.into_iter().map(|(at, is)| (at, which(is))).collect();
        let mut other: Vec<_> = ranks.iter().zip(told.iter().chain(&told)).collect();
        other.sort_by_key(|(rank, _)| **rank);
        let mut other: Vec<_> = other.into_iter().map(|(_, told)| *told).collect();
        other.extend(&told);
        prop_assert_eq!(history(&told), history(&other));
    }
}

/// Bounded: of more days than are kept, the newest are.
#[test]
fn the_newest_days_are_kept_in_any_order() {
    let days = TYPE_DAYS_KEPT as u32 + 200;
    let forward: Vec<_> = (0..days).map(|day| (day * 86_400, Enterprise)).collect();
    let mut backward = forward.clone();
    backward.reverse();
    assert_eq!(history(&forward), history(&backward));
    let early = [(5, Individual), (days * 86_400, Enterprise)];
    let mut told = forward;
    told.extend(early);
    // Only the individual day stands before the enterprise days that are kept.
    assert_eq!(history(&told).at(100 * 86_400), Individual);
    assert_eq!(history(&told).at(days * 86_400), Enterprise);
}
