//! `sameuser train abuse`: the same sets give the same model, directions hold, and it is better than
//! nothing on a set it never saw.

use std::{fs, path::Path};

use sameuser::domain::{
    abuse::{AbuseModel, Monotone},
    feature::{FEATURES, Features},
};

use crate::support::{folder, run_ok};

fn simulate(folder: &Path, seed: &str) -> String {
    let set = folder.join(seed).to_str().unwrap().to_owned();
    let accounts = ["--accounts", "1500", "--abuse", "0.2"];
    let arguments = ["simulate", "--seed", seed, "--out", &set];
    run_ok([&arguments[..], &accounts[..]].concat());
    set
}

fn train(set: &str, out: &Path) -> String {
    let out = out.to_str().unwrap();
    run_ok([
        "train",
        "abuse",
        "--data-set",
        set,
        "--revision",
        "tried-1",
        "--out",
        out,
    ]);
    fs::read_to_string(out).unwrap()
}

#[test]
fn a_model_is_reproducible_monotone_and_finds_abuse_it_never_saw() {
    let folder = folder();
    let folder = folder.path();
    let seen = simulate(folder, "31");
    let text = train(&seen, &folder.join("model.json"));
    assert_eq!(
        text,
        train(&seen, &folder.join("again.json")),
        "the same set, the same bytes"
    );
    let model = AbuseModel::parse(&text).unwrap();
    assert_eq!(model.revision, "tried-1");
    assert!(!model.features.is_empty());
    every_direction_holds(&model);

    let unseen = simulate(folder, "32");
    let model = folder.join("model.json");
    let evaluated = run_ok([
        "evaluate",
        "--data-set",
        &unseen,
        "--model",
        model.to_str().unwrap(),
    ]);
    let report = &evaluated.summary()["report"];
    let area = report["scores"]["roc_area"]["value"].as_f64();
    assert!(
        area.is_some_and(|area| area > 0.8),
        "area under ROC: {area:?}"
    );
}

/// Sweeps each feature, with all others absent and with all others at each of their edges in turn: the
/// score moves only the way that common sense allows.
fn every_direction_holds(model: &AbuseModel) {
    let edge = |number: usize| {
        let mut features = Features::default();
        for table in &model.features {
            let edges = table.edges.len().max(1);
            features.0[table.position] = table.edges.get(number % edges).copied();
        }
        features
    };
    for others in std::iter::once(Features::default()).chain((0..8).map(|turn| edge(turn * 5))) {
        directions_hold_beside(model, others);
    }
}

fn directions_hold_beside(model: &AbuseModel, others: Features) {
    for (position, feature) in FEATURES.iter().enumerate() {
        let score = |value: i32| {
            let mut features = others;
            features.0[position] = Some(value);
            model.score(Some(&features)).probability_ppm
        };
        let edges = model
            .features
            .iter()
            .filter(|table| table.position == position);
        let mut values: Vec<i32> = edges.flat_map(|table| table.edges.clone()).collect();
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
