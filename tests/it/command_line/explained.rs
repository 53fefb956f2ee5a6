//! `explain` and `why`: from a store and from a server alike, in words, and masked.

use super::Set;
use crate::support::{Finished, Server, folder, run, run_ok};

/// Runs a command on the set's store, then at a server on the same store; both must say the same.
fn on_both(command: &[&str]) -> Finished {
    let folder = folder();
    let data = folder.path().join("data");
    let set = Set::write(folder.path());
    set.replay_into(&data);
    let checks = set.checks.to_str().unwrap();
    let data_set = ["--data", data.to_str().unwrap()];
    run(["check", "--batch", checks].into_iter().chain(data_set));
    let with = |target: [&str; 2]| run(command.iter().copied().chain(target));
    let from_store = with(data_set);
    let server = Server::start_with(&data, |_| {});
    let from_server = with(["--server", &server.url()]);
    assert_eq!(from_store.stdout, from_server.stdout);
    from_store
}

/// What a waterfall says it comes to is what its steps come to.
fn assert_adds_up(text: &str) {
    let number =
        |line: &str, nth: usize| -> Option<f64> { line.split_whitespace().nth(nth)?.parse().ok() };
    let steps: Vec<(f64, f64)> = text
        .lines()
        .filter_map(|line| Some((number(line, 0)?, number(line, 1)?)))
        .collect();
    let mut sum = 0.0;
    for (adds, so_far) in &steps {
        sum += adds;
        assert!((sum - so_far).abs() < 0.11, "{text}");
    }
    let in_all = text.lines().find(|line| line.contains("in all")).unwrap();
    let in_all = number(in_all, 0).unwrap();
    assert!(!steps.is_empty() && (sum - in_all).abs() < 0.11, "{text}");
}

#[test]
fn explain_tells_why_two_accounts_are_one_user() {
    let told = on_both(&["explain", "first", "second"]).expect(0).stdout;
    assert_adds_up(&told);
    assert!(told.contains("Both use the phone"), "{told}");
    assert!(told.contains("They are one user."), "{told}");
    assert!(!told.contains("+86"), "no number in clear: {told}");
}

#[test]
fn explain_tells_what_is_missing() {
    let told = on_both(&["explain", "farmed 3", "farmed 17"])
        .expect(0)
        .stdout;
    assert_adds_up(&told);
    assert!(told.contains("Their names are of one series."), "{told}");
    assert!(
        told.contains("Only ") && told.contains("They are two users."),
        "{told}"
    );
    assert!(!told.contains("10.200.7.7"), "no address in clear: {told}");
}

#[test]
fn explain_tells_why_two_accounts_are_not_one_user() {
    let told = on_both(&["explain", "first", "on the app"])
        .expect(0)
        .stdout;
    assert!(told.contains("They are two users."), "{told}");
}

#[test]
fn explain_names_the_account_that_nobody_knows() {
    let told = on_both(&["explain", "first", "unheard of"]).expect(1);
    assert!(told.stderr.contains("other_account_id"), "{}", told.stderr);
    let told = on_both(&["explain", "first", "first"]).expect(1);
    assert!(told.stderr.contains("another account"), "{}", told.stderr);
}

#[test]
fn why_tells_how_an_account_stands() {
    let told = on_both(&["why", "farmed 7"]).expect(0).stdout;
    for part in [
        "Abuse: probability",
        "User ",
        "Identifiers",
        "of task farmed 7's task",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(!told.contains("10.200.7.7"), "no address in clear: {told}");
    let told = on_both(&["why", "little known"]).expect(0).stdout;
    assert!(told.contains("too little is known"), "{told}");
}

#[test]
fn both_teach_themselves() {
    for command in ["explain", "why"] {
        assert!(run_ok([command, "--help"]).stdout.contains("Example"));
    }
}
