//! Thresholds by cost, evidence taken away, and calling codes.

use sameuser::{
    domain::campaign::Terms,
    lab::{
        evaluate::{
            answers::{Answer, AnsweredTask},
            prefix::calling_code,
            thresholds::{Thresholds, thresholds},
            truth::Truth,
        },
        label::Label,
    },
    service::terms_difference::differences,
};
use serde_json::Value;

use super::{TOKENS, command::write_set, line, tasks};
use crate::support::{folder, repository, run_ok};

fn shipped() -> String {
    let path = repository().join("campaigns/kimi-work-desktop-2026-06.toml");
    std::fs::read_to_string(path).unwrap()
}

/// The shipped terms with costs that are easy to add up, and this threshold.
fn terms(revoke_probability: &str) -> Terms {
    let text = shipped()
        .replace("wrong_revocation = 150_000_000", "wrong_revocation = 10")
        .replace("missed_token = 0.5", "missed_token = 0.01")
        .replace("expected_prevalence = 0.07", "expected_prevalence = 0.5")
        .replace(
            "revoke_probability = 0.985",
            &format!("revoke_probability = {revoke_probability}"),
        );
    Terms::parse(&text).unwrap()
}

/// Sixty honest people and forty abusers, each with two tasks of 1,000 tokens. One honest account could be
/// revoked at 0.97, the others at 0.1; most abusers at 0.9, two of them never.
fn world() -> (Truth, Vec<AnsweredTask>, Vec<u32>) {
    let mut lines = Vec::new();
    for number in 0..100 {
        let label = match number < 60 {
            true => Label::Legitimate,
            false => Label::ScriptedActivity,
        };
        lines.push(line(
            &format!("a{number}"),
            &format!("p{number}"),
            label,
            label.name(),
        ));
    }
    let truth = Truth::new(lines).unwrap();
    let tasks = tasks(&truth, |_| (Answer::Allowed, Answer::Allowed));
    let revocable = tasks.iter().map(|task| match task.account {
        0 => 970_000,
        1..60 => 100_000,
        60 | 61 => 0,
        _ => 900_000,
    });
    let revocable = revocable.collect();
    (truth, tasks, revocable)
}

fn judged(revoke_probability: &str) -> Thresholds {
    let (truth, tasks, revocable) = world();
    thresholds(&terms(revoke_probability), &truth, &tasks, &revocable).unwrap()
}

#[test]
fn the_cheapest_threshold_is_found_and_the_campaigns_is_judged_by_it() {
    let found = judged("0.96");
    let near = |one: f64, other: f64| (one - other).abs() < 1e-6;
    // Nothing revoked: half of 1,000 accounts keep 2 x 1,000 tokens of 0.01 each.
    let never = 500.0 * 2.0 * TOKENS as f64 * 0.01;
    assert!(near(found.never.cost.unwrap().value, never), "{found:?}");
    // At 0.96 one honest account in sixty is lost besides, at 0.9 all abusers but two of forty are seen.
    let one_lost = 500.0 / 60.0 * 10.0;
    assert!(near(found.campaign.cost.unwrap().value, never + one_lost));
    assert_eq!(found.best.threshold, 0.9);
    assert!(near(
        found.best.cost.unwrap().value,
        never / 20.0 + one_lost
    ));
    assert_eq!(found.best.honest_revoked.part, 1);
    assert_eq!(found.best.tokens_missed.part, 2 * 2 * TOKENS);
    assert!(found.is_off && found.excess.unwrap().low > 0.0);
    assert!(near(found.excess.unwrap().value, never * 0.95));
    assert!(found.verdict().contains("is off"), "{}", found.verdict());
    // From 0.5 to 0.96 lie 38 of 40 abusers and no honest account.
    assert_eq!(found.reviewed.abusive.part, 38);
    assert_eq!(found.reviewed.honest.part, 0);
    let thresholds: Vec<f64> = found
        .curve
        .iter()
        .map(|(threshold, _)| *threshold)
        .collect();
    assert_eq!(thresholds, [0.1, 0.9, 0.97, 1.000001]);

    // Every threshold between two scores is as good as the upper one.
    let right = judged("0.5");
    assert!(!right.is_off && near(right.excess.unwrap().value, 0.0));
    assert!(right.verdict().contains("not surely dearer"));
}

#[test]
fn nothing_is_weighed_without_costs_or_where_the_score_decides_nothing() {
    let (truth, mut tasks, revocable) = world();
    let (without, _) = shipped()
        .split_once("[costs]")
        .map(|(a, b)| (a.to_string(), b.to_string()))
        .unwrap();
    let without = Terms::parse(&without).unwrap();
    assert!(thresholds(&without, &truth, &tasks, &revocable).is_none());
    // Who has no seat loses nothing by any threshold.
    tasks
        .iter_mut()
        .for_each(|task| task.online = Answer::NoSeat);
    assert!(thresholds(&terms("0.96"), &truth, &tasks, &revocable).is_none());
}

#[test]
fn costs_and_the_sample_are_shown_where_terms_differ() {
    let changed = shipped()
        .replace("missed_token = 0.5", "missed_token = 0.75")
        .replace("sample_ppm = 1000", "sample_ppm = 2000");
    let keys = differences(&shipped(), &changed);
    let keys: Vec<&str> = keys.iter().map(|one| one.key.as_str()).collect();
    assert_eq!(keys, ["audit.sample_ppm", "costs.missed_token"]);
}

#[test]
fn a_calling_code_is_the_countrys() {
    for (number, code) in [
        ("+8613800138000", "86"),
        ("+12125550100", "1"),
        ("+79211234567", "7"),
        ("+2348012345678", "234"),
        ("+85291234567", "852"),
        ("+447911123456", "44"),
    ] {
        assert_eq!(calling_code(number), Some(code), "{number}");
    }
    assert_eq!(calling_code("13800138000"), None);
}

/// One command takes evidence away: what is left says less, and the report says what was taken. Honest rates
/// are told by calling code, thresholds by cost.
#[test]
fn evidence_can_be_taken_away() {
    let folder = folder();
    let (set, out) = (folder.path().join("set"), folder.path().join("out"));
    write_set(&set);
    let evaluate = |more: &[&str]| {
        let usual = ["evaluate", "--data-set", set.to_str().unwrap()];
        run_ok([usual.as_slice(), more].concat())
    };
    let out_name = out.to_str().unwrap();
    let all = evaluate(&["--out", out_name]).summary();
    assert_eq!(all["without"], serde_json::json!([]));
    let page = std::fs::read_to_string(out.join("evaluation.html")).unwrap();
    for part in [
        "Thresholds by cost",
        "Honest people by country of number",
        "+86",
    ] {
        assert!(page.contains(part), "{part}");
    }
    let honest = |evaluation: &Value| {
        let of = "/report/harm/honest/accounts_revoked/whole";
        evaluation.pointer(of).and_then(Value::as_u64).unwrap()
    };
    let codes = all["honest_by_calling_code"].as_array().unwrap();
    let by_code = codes
        .iter()
        .map(|row| row["accounts_revoked"]["whole"].as_u64().unwrap());
    assert_eq!(by_code.sum::<u64>(), honest(&all));
    assert!(codes.len() > 1, "{codes:?}");
    assert!(all["thresholds"]["best"]["cost"]["value"].is_f64());

    let addresses_alone = [
        "--without",
        "device,phone,identifiers,name",
        "--out",
        out_name,
    ];
    let told = evaluate(&addresses_alone);
    assert!(
        told.stderr.contains("without device, phone"),
        "{}",
        told.stderr
    );
    let without = told.summary();
    assert_eq!(without["without"][0], "device");
    assert_eq!(without["told"]["events"], all["told"]["events"]);
    let found = |evaluation: &Value| {
        let of = "/report/users/pairwise/recall/value";
        evaluation.pointer(of).and_then(Value::as_f64)
    };
    assert!(found(&all).unwrap() > 0.0);
    assert_eq!(
        found(&without).unwrap_or(0.0),
        0.0,
        "an address alone links nobody"
    );
    // Whose number was taken away is still told by it: the groups are of people, not of evidence.
    assert_eq!(
        without["honest_by_calling_code"].as_array().unwrap().len(),
        codes.len()
    );
    let page = std::fs::read_to_string(out.join("evaluation.html")).unwrap();
    assert!(page.contains("without device, phone, identifiers, name"));
}
