//! What an abuse score costs: features gathered from the graph, and the shipped model's tables and trees
//! asked, with exact contributions and without, against the same model without its trees. CPU nanoseconds of one
//! thread, medians of rounds in turns, over the accounts of a simulated world.

#[allow(dead_code, reason = "each bench uses a part")]
mod support;

use sameuser::{
    domain::{
        abuse::AbuseModel,
        feature::{Features, features},
        forest::Forest,
    },
    lab::simulate::Profile,
};
use serde_json::json;
use support::{
    Failure, data, process,
    report::{self, median, short},
    simulated,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ACCOUNTS: u64 = 20_000;
const ROUNDS_DEFAULT: u64 = 5;

fn main() -> Result<(), Failure> {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let nobody = Box::new(std::io::sink());
    let lines = simulated::arrivals(ACCOUNTS, 1, Profile::Full, nobody)?;
    let events = lines.map(|line| Ok(serde_json::from_str(&line?)?));
    let store = data::fill(directory.path(), ACCOUNTS, events)?;
    let engine = store.engine();
    let graph = engine.graph();
    let accounts = 0..u32::try_from(graph.account_count())?;
    let rows: Vec<Features> = accounts
        .clone()
        .filter_map(|one| features(graph, one))
        .collect();
    let whole = engine.models().current().clone();
    let alone = AbuseModel {
        trees: Forest::default(),
        ..whole.clone()
    };
    let probability = || {
        let sums = rows.iter().map(|row| whole.probability_ppm(Some(row)));
        sums.map(u64::from).sum::<u64>()
    };
    let score = |model: &AbuseModel| {
        let sums = rows
            .iter()
            .map(|row| model.score(Some(row)).probability_ppm);
        sums.map(u64::from).sum::<u64>()
    };
    let [mut gathering, mut asking, mut scoring, mut reference] = [const { Vec::new() }; 4];
    for _ in 0..data::setting("SAMEUSER_BENCH_ROUNDS", ROUNDS_DEFAULT) {
        let gathered = || {
            accounts
                .clone()
                .filter_map(|one| features(graph, one))
                .count()
        };
        gathering.push(nanoseconds(rows.len(), gathered));
        reference.push(nanoseconds(rows.len(), || score(&alone)));
        asking.push(nanoseconds(rows.len(), probability));
        scoring.push(nanoseconds(rows.len(), || score(&whole)));
    }
    let [gathering, asking, scoring, reference] =
        [gathering, asking, scoring, reference].map(median);
    let row = |what: &str, value: f64| vec![what.into(), format!("{value:.0}")];
    println!(
        "{} accounts scored, {} features, {} trees",
        rows.len(),
        whole.features.len(),
        whole.trees.len()
    );
    report::table(
        &["", "ns an account"],
        &[
            row("features gathered", gathering),
            row("probability alone", asking),
            row("scored, with contributions", scoring),
            row("the same without trees (reference)", reference),
        ],
    );
    report::json(&json!({
        "bench": "scores",
        "gathering_ns": short(gathering),
        "probability_ns": short(asking),
        "scoring_ns": short(scoring),
        "reference_ns": short(reference),
        "ratio": short(scoring / reference),
    }));
    Ok(())
}

/// CPU time of this thread an account.
fn nanoseconds<T>(accounts: usize, work: impl FnOnce() -> T) -> f64 {
    let before = process::thread_cpu();
    std::hint::black_box(work());
    (process::thread_cpu() - before).as_nanos() as f64 / accounts as f64
}
