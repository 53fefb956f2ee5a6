//! What `docs/simulator.md` says of a set, measured on one.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use serde_json::Value;

use super::{Set, Truth, accounts_by, said};

/// One set for all measures: its truth and its events.
static SET: LazyLock<(BTreeMap<String, Truth>, Vec<Value>)> = LazyLock::new(|| {
    let set = Set::make(&["--accounts", "5000", "--seed", "41"]);
    (set.truth(), set.lines("events.jsonl"))
});

/// Milliseconds since 1970.
fn moment(event: &Value) -> i64 {
    let at = chrono::DateTime::parse_from_rfc3339(said(event, "/occurredAt")).unwrap();
    at.timestamp_millis()
}

#[test]
fn identifiers_are_shared_as_documented() {
    let (truth, events) = &*SET;
    let honest: Vec<Value> = events
        .iter()
        .filter(|event| truth[said(event, "/accountId")].label == "legitimate")
        .cloned()
        .collect();
    // Most devices have one account; some have dozens.
    let devices = accounts_by(&honest, "/device/deviceId");
    let share = |of: &dyn Fn(usize) -> bool| {
        let count = devices
            .values()
            .filter(|accounts| of(accounts.len()))
            .count();
        count as f64 / devices.len() as f64
    };
    let (one, several) = (share(&|count| count == 1), share(&|count| count >= 4));
    assert!((0.85..0.99).contains(&one), "{one}");
    assert!((0.001..0.05).contains(&several), "{several}");
    assert!(devices.values().any(|accounts| accounts.len() >= 12));
    // Carriers put hundreds of accounts behind one address; IPv6 addresses stand for one or two.
    let addresses = accounts_by(&honest, "/ipAddress");
    let (mut most, mut most_ipv6) = (0, 0);
    for (address, accounts) in addresses {
        let of_family = if address.contains(':') {
            &mut most_ipv6
        } else {
            &mut most
        };
        *of_family = accounts.len().max(*of_family);
    }
    assert!((100..5_000).contains(&most), "{most}");
    assert!(most_ipv6 <= 2, "{most_ipv6}");
}

/// Log-normal gaps between days of use: the middle half spans a factor of some four to eight.
#[test]
fn gaps_between_logins_are_bursty() {
    let (truth, events) = &*SET;
    let mut logins: BTreeMap<&str, BTreeSet<i64>> = BTreeMap::new();
    for event in events
        .iter()
        .filter(|event| said(event, "/eventType").ends_with("LOGIN"))
    {
        let account = said(event, "/accountId");
        if truth[account].population == "single" {
            logins.entry(account).or_default().insert(moment(event));
        }
    }
    let mut gaps = Vec::new();
    for times in logins.values() {
        let times: Vec<i64> = times.iter().copied().collect();
        gaps.extend(times.windows(2).map(|pair| (pair[1] - pair[0]) as f64));
    }
    let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
    let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
    // Burstiness of Goh and Barabási: (r - 1) / (r + 1), r = deviation / mean; 0 is chance.
    let r = variance.sqrt() / mean;
    let burstiness = (r - 1.0) / (r + 1.0);
    assert!((0.05..0.6).contains(&burstiness), "{burstiness}");
}

/// People sleep: the deepest six hours of the local day hold few of their logins.
#[test]
fn people_sleep() {
    let (truth, events) = &*SET;
    let mut hours = [0_u32; 24];
    for event in events {
        let of_single = truth[said(event, "/accountId")].population == "single";
        // Numbers of China: one clock.
        let chinese = said(event, "/phoneNumber").starts_with("+86");
        if of_single && chinese && said(event, "/eventType").ends_with("LOGIN") {
            let local = moment(event) / 3_600_000 + 8;
            hours[(local % 24) as usize] += 1;
        }
    }
    let all: u32 = hours.iter().sum();
    let night: u32 = hours[1..7].iter().sum();
    assert!(all > 500, "{all}");
    assert!(f64::from(night) < 0.05 * f64::from(all), "{hours:?}");
}

/// A recycled number is silent for weeks before the next holder registers with it.
#[test]
fn recycled_numbers_rest() {
    let (truth, events) = &*SET;
    let mut seen: BTreeMap<&str, BTreeMap<&str, (i64, i64)>> = BTreeMap::new();
    for event in events {
        let (account, number) = (said(event, "/accountId"), said(event, "/phoneNumber"));
        if truth[account].population == "recycled_number" && !number.is_empty() {
            let at = moment(event);
            let spans = seen.entry(number).or_default();
            let span = spans.entry(account).or_insert((at, at));
            *span = (span.0.min(at), span.1.max(at));
        }
    }
    let mut recycled = 0;
    for spans in seen.values().filter(|spans| spans.len() == 2) {
        let mut spans: Vec<_> = spans.values().collect();
        spans.sort();
        let days = (spans[1].0 - spans[0].1) / 86_400_000;
        assert!(days >= 20, "{days}");
        recycled += 1;
    }
    assert!(recycled > 20, "{recycled}");
}

/// About thirty to forty events an account in full, six to ten when sparse.
#[test]
fn accounts_do_as_much_as_documented() {
    for (profile, low, high) in [("full", 25.0, 45.0), ("sparse", 4.0, 11.0)] {
        let set = Set::make(&["--accounts", "3000", "--seed", "42", "--profile", profile]);
        let events = set.text("events.jsonl").lines().count() as f64 / 3000.0;
        assert!((low..high).contains(&events), "{profile}: {events}");
    }
}
