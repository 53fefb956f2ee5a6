//! Properties of the promises, in process, on stores of their own. Seeds are fixed, so a run is the
//! same everywhere; `SAMEUSER_SOAK=1` draws twenty times as many cases.

mod bounds;
mod contradictions;
mod countries;
mod crowds;
mod decisions;
pub mod drive;
mod farms;
mod judgement;
mod ledger;
mod order;
mod recovery;
mod seats;
mod series;
mod sketch;
mod succession;
mod types;

use proptest::test_runner::{Config, RngSeed};

/// So many cases, four times as many where the program is optimised and twenty times that in a long
/// run, from a seed of their own.
fn cases(cases: u32, seed: u64) -> Config {
    let cases = if cfg!(debug_assertions) {
        cases
    } else {
        cases * 4
    };
    Config {
        cases: if crate::support::is_soak() {
            cases * 20
        } else {
            cases
        },
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        // A failing set is worth a minute of making it small, no more.
        max_shrink_time: 30_000,
        ..Config::default()
    }
}
