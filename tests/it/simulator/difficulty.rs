//! The sets are not too easy: rules that count accounts hit honest people and miss farms.

use std::collections::BTreeMap;

use super::{Set, Truth, busiest};

/// Shares hit by "more than so many accounts on one value": of the honest, and of farms' accounts.
fn hit(
    truth: &BTreeMap<String, Truth>,
    busiest: &BTreeMap<&str, usize>,
    at_least: usize,
) -> (f64, f64) {
    let share = |wanted: &dyn Fn(&Truth) -> bool| {
        let of_kind: Vec<_> = truth.iter().filter(|(_, truth)| wanted(truth)).collect();
        let hit = of_kind
            .iter()
            .filter(|(account, _)| busiest.get(account.as_str()).copied() >= Some(at_least))
            .count();
        hit as f64 / of_kind.len() as f64
    };
    (
        share(&|truth| truth.label == "legitimate"),
        share(&|truth| truth.population.ends_with("_farm")),
    )
}

#[test]
fn counting_accounts_hits_the_honest_and_misses_farms() {
    for mix in ["base", "sophisticated"] {
        let set = Set::make(&[
            "--accounts",
            "5000",
            "--seed",
            "31",
            "--mix",
            mix,
            "--abuse",
            "0.17",
        ]);
        let truth = set.truth();
        let events = set.lines("events.jsonl");
        for (path, thresholds) in [
            ("/device/deviceId", [3, 5, 10]),
            ("/ipAddress", [5, 10, 20]),
        ] {
            let busiest = busiest(&events, path);
            for at_least in thresholds {
                let (honest, farms) = hit(&truth, &busiest, at_least);
                let told = format!("{mix} {path} {at_least}: honest {honest:.3}, farms {farms:.3}");
                assert!(honest > 0.02, "{told}");
                assert!(farms < 0.8, "{told}");
            }
        }
    }
}

/// No identifier, format or missing field gives the label away: each single trait of an account
/// that is not behaviour parts honest from abusive accounts hardly better than a coin.
#[test]
fn no_trait_of_the_generator_gives_the_label_away() {
    let set = Set::make(&["--accounts", "5000", "--seed", "32", "--abuse", "0.3"]);
    let truth = set.truth();
    type Trait = (&'static str, fn(&str) -> f64);
    let traits: [Trait; 3] = [
        ("first digit of the account id", |id| {
            f64::from(id.as_bytes()[1])
        }),
        ("last digit of the account id", |id| {
            f64::from(id.as_bytes()[id.len() - 1])
        }),
        ("length of the account id", |id| id.len() as f64),
    ];
    for (name, value) in traits {
        let values = truth
            .iter()
            .map(|(id, truth)| (value(id), truth.label != "legitimate"));
        assert_coin(name, values.collect());
    }
    // Where a line stands in the truth file.
    let lines = set.lines("truth.jsonl");
    let places = lines.iter().enumerate();
    let places = places.map(|(place, line)| (place as f64, line["label"] != "legitimate"));
    assert_coin("place in the truth file", places.collect());
    // Milliseconds of the first event.
    let mut seen = BTreeMap::new();
    let events = set.lines("events.jsonl");
    for event in &events {
        let account = super::said(event, "/accountId");
        let millisecond = super::said(event, "/occurredAt")[20..23]
            .parse::<f64>()
            .unwrap();
        seen.entry(account).or_insert(millisecond);
    }
    let milliseconds = seen
        .iter()
        .map(|(account, value)| (*value, truth[*account].label != "legitimate"));
    assert_coin("milliseconds", milliseconds.collect());
}

/// The area under the curve of a value as a test for abuse is near a half.
#[track_caller]
fn assert_coin(name: &str, mut values: Vec<(f64, bool)>) {
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let positives = values.iter().filter(|(_, abusive)| *abusive).count() as f64;
    let negatives = values.len() as f64 - positives;
    // Equal values share their mean rank.
    let (mut ranks, mut start) = (0.0, 0);
    while start < values.len() {
        let same = values[start..]
            .iter()
            .take_while(|(value, _)| *value == values[start].0);
        let end = start + same.count();
        let mean = (start + end - 1) as f64 / 2.0;
        let abusive = values[start..end]
            .iter()
            .filter(|(_, abusive)| *abusive)
            .count();
        ranks += mean * abusive as f64;
        start = end;
    }
    let area = (ranks - positives * (positives - 1.0) / 2.0) / (positives * negatives);
    assert!((0.46..0.54).contains(&area), "{name}: {area:.3}");
}
