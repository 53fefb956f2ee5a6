//! Deciding alone, without doors and journal: a simulated world of one million accounts in memory, questions
//! of accounts drawn uniformly, each about a new task. CPU of the one thread a question, in parts: only judged
//! (`validate_only`), and judged and recorded, its group cleared and not committed.

#[allow(dead_code, reason = "each bench uses a part")]
mod support;

use sameuser::{domain::verdict::Question, edge::question::question, service::store::Store};
use serde_json::json;
use support::{
    Failure, data,
    draw::mix,
    process,
    question::question as asked,
    report::{self, median, short},
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const QUESTIONS: u64 = 100_000;

fn main() -> Result<(), Failure> {
    let accounts = data::accounts();
    let world = data::world(accounts)?;
    let askers = world.askers()?;
    let mut store = Store::open(&world.store(), &data::setup(accounts as usize))?;
    let engine = store.engine_mut();
    let [mut judged, mut recorded] = [const { Vec::new() }; 2];
    for round in 0..data::rounds() {
        for validate_only in [true, false] {
            let run = u64::from(validate_only) << 32 | round;
            let questions: Vec<Question> = (0..QUESTIONS)
                .map(|number| {
                    let asker = mix(number, run) % askers.len() as u64;
                    Ok(question(asked(&askers[asker as usize], run, number))?)
                })
                .collect::<Result<_, Failure>>()?;
            let before = process::thread_cpu();
            for question in questions {
                std::hint::black_box(engine.decide(question, validate_only)?);
                if engine.pending().len() >= 256 {
                    let group = engine.take_group(Default::default());
                    engine.committed(engine.verdict_count(), Vec::new());
                    drop(group);
                }
            }
            let spent = (process::thread_cpu() - before).as_nanos() as f64 / QUESTIONS as f64;
            let list = if validate_only { &mut judged } else { &mut recorded };
            list.push(spent);
        }
    }
    let [judged, recorded] = [judged, recorded].map(median);
    report::table(
        &["", "ns a question"],
        &[
            vec!["judged".into(), format!("{judged:.0}")],
            vec!["judged and recorded".into(), format!("{recorded:.0}")],
        ],
    );
    report::json(&json!({
        "bench": "deciding",
        "judged_ns": short(judged),
        "recorded_ns": short(recorded),
    }));
    // The process ends with the store: what was decided is not written.
    std::process::exit(0);
}
