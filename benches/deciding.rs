//! Deciding alone, without doors and journal: a simulated world of one million accounts in memory, questions
//! of accounts drawn uniformly, each about a new task. CPU of the one thread a question: only judged
//! (`validate_only`), judged and recorded, and the same in batches; groups are cleared and not committed.

#[allow(dead_code, reason = "each bench uses a part")]
mod support;

use sameuser::{
    domain::verdict::Question,
    edge::question::question,
    journal::Group,
    service::{engine::Engine, store::Store},
};
use serde_json::json;
use support::{
    Failure, data,
    draw::mix,
    process,
    question::question as asked,
    report::{self, short},
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const QUESTIONS: u64 = 100_000;
const WAYS: [&str; 3] = ["judged", "judged and recorded", "the same, 100 at a time"];

fn main() -> Result<(), Failure> {
    let accounts = data::accounts();
    let world = data::world(accounts)?;
    let askers = world.askers()?;
    let mut store = Store::open(&world.store(), &data::setup(accounts as usize))?;
    let mut ways = WAYS.map(|_| f64::INFINITY);
    for round in 0..data::rounds() {
        for (way, least) in ways.iter_mut().enumerate() {
            let run = (way as u64) << 32 | round;
            let ask = |number| {
                let asker = mix(number, run) % askers.len() as u64;
                Ok(question(asked(&askers[asker as usize], run, number))?)
            };
            let questions: Vec<Question> =
                (0..QUESTIONS).map(ask).collect::<Result<_, Failure>>()?;
            let before = process::thread_cpu();
            decide(store.engine_mut(), questions, way)?;
            let spent = (process::thread_cpu() - before).as_nanos() as f64 / QUESTIONS as f64;
            // The least of all rounds: what runs beside only adds.
            *least = least.min(spent);
        }
    }
    let rows: Vec<Vec<String>> = std::iter::zip(WAYS, ways)
        .map(|(name, nanoseconds)| vec![name.into(), format!("{nanoseconds:.0}")])
        .collect();
    report::table(&["", "ns a question"], &rows);
    report::json(&json!({
        "bench": "deciding",
        "judged_ns": short(ways[0]),
        "recorded_ns": short(ways[1]),
        "batched_ns": short(ways[2]),
    }));
    // The process ends with the store: what was decided is not written.
    std::process::exit(0);
}

/// Decides in one of [`WAYS`].
fn decide(engine: &mut Engine, questions: Vec<Question>, way: usize) -> Result<(), Failure> {
    let mut questions = questions.into_iter();
    let mut spare = Group::default();
    while !questions.as_slice().is_empty() {
        if way == 2 {
            let part = questions
                .by_ref()
                .take(100)
                .map(|question| (question, false));
            std::hint::black_box(engine.decide_all(part.collect()));
        } else {
            for question in questions.by_ref().take(100) {
                std::hint::black_box(engine.decide(question, way == 0)?);
            }
        }
        spare = engine.take_group(spare);
        engine.committed(engine.verdict_count(), Vec::new());
        spare.clear();
    }
    Ok(())
}
