//! `sameuser train abuse`: the same sets give the same model, directions hold, and it is better than
//! nothing on a set it never saw.

use std::{fs, path::Path};

use sameuser::domain::{
    abuse::{AbuseModel, Monotone},
    evidence_weights::EvidenceWeights,
    feature::{FEATURES, Features},
};

use serde_json::Value;

use crate::support::{folder, run_ok};

fn simulate(folder: &Path, seed: &str) -> String {
    let set = folder.join(seed).to_str().unwrap().to_owned();
    let accounts = ["--accounts", "1500", "--abuse", "0.2"];
    let arguments = ["simulate", "--seed", seed, "--out", &set];
    run_ok([&arguments[..], &accounts[..]].concat());
    set
}

fn train(sets: &[&str], out: &Path) -> String {
    let out = out.to_str().unwrap();
    let named = ["train", "abuse", "--revision", "tried-1", "--out", out];
    run_ok([&named[..], sets].concat());
    fs::read_to_string(out).unwrap()
}

/// The area under ROC of a model's scores on a set.
fn area(evaluate: &[&str], set: &str, model: &Path) -> f64 {
    let model = model.to_str().unwrap();
    let judged = ["evaluate", "--data-set", set, "--model", model];
    let evaluated = run_ok([&judged[..], evaluate].concat());
    let area = &evaluated.summary()["report"]["scores"]["roc_area"]["value"];
    area.as_f64().unwrap()
}

#[test]
fn a_model_is_reproducible_monotone_and_finds_abuse_it_never_saw() {
    let folder = folder();
    let folder = folder.path();
    let seen = simulate(folder, "31");
    let text = train(&["--data-set", &seen], &folder.join("model.json"));
    assert_eq!(
        text,
        train(&["--data-set", &seen], &folder.join("again.json")),
        "the same set, the same bytes"
    );
    let model = AbuseModel::parse(&text).unwrap();
    assert_eq!(model.revision, "tried-1");
    assert!(!model.features.is_empty());
    every_direction_holds(&model, &text);

    let unseen = simulate(folder, "32");
    let area = area(&[], &unseen, &folder.join("model.json"));
    assert!(area > 0.8, "area under ROC: {area}");
}

/// A service may not be told everything: who learnt also of a set told without devices knows abuse better
/// where nobody tells them.
#[test]
fn a_model_learns_to_do_without_evidence() {
    let folder = folder();
    let folder = folder.path();
    let (seen, unseen) = (simulate(folder, "33"), simulate(folder, "34"));
    let [whole, both] = ["whole.json", "both.json"].map(|name| folder.join(name));
    train(&["--data-set", &seen], &whole);
    let reduced = format!("device={seen}");
    train(
        &["--data-set", &seen, "--data-set-without", &reduced],
        &both,
    );
    let without = ["--without", "device"];
    let [whole, both] = [whole, both].map(|model| area(&without, &unseen, &model));
    assert!(both > whole, "{whole} and {both}");
}

/// Sweeps each feature, with all others absent and with all others at each of their edges in turn: the
/// score moves only the way that common sense allows.
fn every_direction_holds(model: &AbuseModel, text: &str) {
    let mut edges: Vec<Vec<i32>> = vec![Vec::new(); FEATURES.len()];
    let file: Value = serde_json::from_str(text).unwrap();
    for tree in file["trees"].as_array().unwrap() {
        collect_edges(tree, &mut edges);
    }
    assert!(edges.iter().any(|edges| !edges.is_empty()));
    for edges in &mut edges {
        edges.sort_unstable();
        edges.dedup();
    }
    let edge = |number: usize| {
        let at = |edges: &Vec<i32>| edges.get(number % edges.len().max(1)).copied();
        Features(std::array::from_fn(|position| at(&edges[position])))
    };
    for others in std::iter::once(Features::default()).chain((0..8).map(|turn| edge(turn * 5))) {
        directions_hold_beside(model, &edges, others);
    }
}

/// A split is a list of feature, edge, side of the absent, points, and what is below and above it.
fn collect_edges(branch: &Value, edges: &mut [Vec<i32>]) {
    if let Some([feature, edge, _, _, below, above]) = branch.as_array().map(Vec::as_slice) {
        let place = FEATURES.iter().position(|one| feature == one.name).unwrap();
        edges[place].push(edge.as_i64().unwrap().try_into().unwrap());
        collect_edges(below, edges);
        collect_edges(above, edges);
    }
}

fn directions_hold_beside(model: &AbuseModel, edges: &[Vec<i32>], others: Features) {
    for (position, feature) in FEATURES.iter().enumerate() {
        let score = |value: i32| {
            let mut features = others;
            features.0[position] = Some(value);
            model.score(Some(&features)).probability_ppm
        };
        let mut values = edges[position].clone();
        values.extend([i32::MIN, 0, i32::MAX]);
        values.sort_unstable();
        for pair in values.windows(2) {
            let (below, above) = (score(pair[0]), score(pair[1]));
            let holds = match feature.direction {
                Monotone::Rising => below <= above,
                Monotone::Falling => below >= above,
                Monotone::Either => true,
            };
            assert!(holds, "{} from {} to {}", feature.name, pair[0], pair[1]);
        }
    }
}

fn train_links(set: &str, labels: Option<&Path>, out: &Path) -> String {
    let events = format!("{set}/events.jsonl");
    let out = out.to_str().unwrap();
    let mut arguments = vec!["train", "links", "--events", &events];
    if let Some(labels) = labels {
        arguments.extend(["--labels", labels.to_str().unwrap()]);
    }
    arguments.extend(["--revision", "tried-links-1", "--out", out]);
    run_ok(arguments);
    fs::read_to_string(out).unwrap()
}

/// Without a label the weights say that a shared set of devices speaks for one person; labels move them;
/// the same events give the same bytes; and the file is one that the program links with.
#[test]
fn evidence_weights_are_fitted_without_labels_and_refined_with_them() {
    let folder = folder();
    let folder = folder.path();
    let set = simulate(folder, "33");
    let text = train_links(&set, None, &folder.join("weights.toml"));
    let again = train_links(&set, None, &folder.join("again.toml"));
    assert_eq!(text, again, "the same events, the same bytes");
    let weights = EvidenceWeights::parse(&text).unwrap();
    assert_eq!(weights.revision, "tried-links-1");
    assert!(weights.link_at > 0);
    assert!(weights.same_device_set > 0, "{}", weights.same_device_set);

    // An analyst says of every two accounts of one person what they are.
    let truth = fs::read_to_string(format!("{set}/truth.jsonl")).unwrap();
    let accounts: Vec<serde_json::Value> = truth
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let mut labels = String::new();
    for (number, one) in accounts.iter().enumerate() {
        for other in &accounts[number + 1..] {
            if one["person"] == other["person"] {
                let label = serde_json::json!({
                    "account_id": one["account_id"],
                    "other_account_id": other["account_id"],
                    "same_user": true,
                });
                labels.push_str(&format!("{label}\n"));
            }
        }
    }
    let file = folder.join("pairs.jsonl");
    fs::write(&file, labels).unwrap();
    let refined = train_links(&set, Some(&file), &folder.join("refined.toml"));
    assert_ne!(refined, text);
    let out = folder.join("refined.toml");
    let evaluated = run_ok([
        "evaluate",
        "--data-set",
        &set,
        "--weights",
        out.to_str().unwrap(),
    ]);
    let users = &evaluated.summary()["report"]["users"];
    assert!(users["pairwise"]["recall"].is_object());
}
