//! The same seed gives the same bytes; another seed is another world.

use serde_json::Value;

use super::Set;
use crate::support::run_ok;

#[test]
fn the_same_arguments_give_the_same_bytes() {
    let arguments = ["--accounts", "700", "--seed", "5", "--mix", "chaos"];
    let (first, second) = (Set::make(&arguments), Set::make(&arguments));
    // Also where a stream is broken.
    for name in [
        "events.jsonl",
        "checks.jsonl",
        "truth.jsonl",
        "parameters.json",
    ] {
        let bytes = first.bytes(name);
        assert!(!bytes.is_empty());
        assert!(bytes == second.bytes(name), "{name} differs");
    }
}

#[test]
fn standard_output_carries_the_same_events() {
    let arguments = ["--accounts", "300", "--seed", "6"];
    let set = Set::make(&arguments);
    let piped = run_ok([&["simulate", "--out", "-"][..], &arguments].concat());
    assert!(piped.stdout == set.text("events.jsonl"));
}

#[test]
fn two_seeds_differ_in_every_parameter() {
    let parameters = |seed: &str| -> Value {
        let printed = run_ok([
            "simulate",
            "--accounts",
            "1",
            "--parameters",
            "--seed",
            seed,
        ]);
        serde_json::from_str(&printed.stdout).unwrap()
    };
    let (first, second) = (parameters("1"), parameters("2"));
    let (first, second) = (first.as_object().unwrap(), second.as_object().unwrap());
    assert!(first.len() > 50, "{}", first.len());
    for (name, value) in first {
        assert_ne!(Some(value), second.get(name), "{name}");
    }
}

#[test]
fn two_seeds_share_no_account() {
    let [first, second] = ["7", "8"].map(|seed| Set::make(&["--accounts", "300", "--seed", seed]));
    let known = first.truth();
    assert!(
        second
            .truth()
            .keys()
            .all(|account| !known.contains_key(account))
    );
}
