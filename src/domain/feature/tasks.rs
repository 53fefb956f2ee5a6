//! Features of an account's tasks: whether a person or a script is behind them.

use smallvec::SmallVec;

use super::{
    definition::Gathered,
    gather::{NEEDED_FOR_SHARES, count, length, share, thousandths},
};
use crate::domain::{
    account::Account,
    moments::Phase,
    task_history::{INPUT_UNKNOWN, TASKS_KEPT, TaskHistory, TaskSample},
};

/// Tasks needed before the regularity of their starts says anything (Kim and Jo 2016).
const TASKS_FOR_CADENCE: usize = 10;
/// Tasks with input needed before its spread says anything.
const INPUTS_FOR_SPREAD: usize = 6;
/// Tasks needed before their overlaps say anything.
const TASKS_FOR_OVERLAPS: usize = 3;

pub(super) fn gather(tasks: &TaskHistory, facts: &Account, gathered: &mut Gathered) {
    let latest = &*tasks.latest();
    let first = tasks.first_started;
    gathered.tasks_without_input = share(tasks.without_input, tasks.with_input_known);
    gathered.task_cadence = cadence(latest);
    gathered.round_seconds = round_seconds(latest);
    gathered.identical_tasks = identical(latest);
    gathered.size_spread = size_spread(latest);
    gathered.parallel_tasks = parallel(latest);
    gathered.input_spread = input_spread(latest);
    gathered.token_rate = token_rate(tasks);
    gathered.usual_token_rate = usual_token_rate(latest);
    gathered.idle_tasks = Some(count(tasks.idle));
    gathered.contradicted_tasks = Some(length(tasks.contradicted_with(None)));
    gathered.tasks_seen = Some(count(tasks.completed));
    gathered.all_sizes_spread = tasks.sizes.deviation(NEEDED_FOR_SHARES);
    gathered.all_inputs_spread = tasks.inputs.deviation(INPUTS_FOR_SPREAD as u32);
    gathered.lengths_spread = tasks.lengths.deviation(NEEDED_FOR_SHARES);
    gathered.mean_length = tasks.lengths.mean(NEEDED_FOR_SHARES);
    let timed = tasks.lengths.count;
    let regularity = |phase: &Phase| phase.regularity(timed, TASKS_FOR_CADENCE as u32);
    gathered.minute_regularity = regularity(&tasks.minutes);
    gathered.quarter_regularity = regularity(&tasks.quarters);
    gathered.hasty_tasks = share(tasks.hasty, timed);
    gathered.similar_sizes = similar(latest);
    gathered.task_share = share(tasks.completed, facts.activity.events);
    gathered.tiny_tasks = share(tasks.tiny, tasks.completed);
    if tasks.completed >= NEEDED_FOR_SHARES {
        let mean = tasks.tokens / u64::from(tasks.completed);
        gathered.mean_task = Some(((mean as f64 + 1.0).log2() * 10.0) as i32);
        gathered.tasks_a_day = first.map(|first| {
            let days = 1.0 + f64::from(facts.last_seen.saturating_sub(first)) / 86_400.0;
            (f64::from(tasks.completed) * 10.0 / days) as i32
        });
    }
    gathered.age_at_first_task = facts
        .registration
        .zip(first)
        .map(|(registration, first)| count(first.saturating_sub(registration.at) / 3600));
}

/// Burstiness of task starts with the finite-size correction of Kim and Jo (2016), x 1000:
/// A = (sqrt(n+1) r - sqrt(n-1)) / ((sqrt(n+1) - 2) r + sqrt(n-1)), r = deviation / mean of the gaps.
fn cadence(latest: &[TaskSample]) -> Option<i32> {
    if latest.len() < TASKS_FOR_CADENCE {
        return None;
    }
    let gaps: SmallVec<[f64; 16]> = latest
        .windows(2)
        .map(|pair| f64::from(pair[1].started - pair[0].started))
        .collect();
    let (n, (mean, deviation)) = (gaps.len() as f64, mean_and_deviation(&gaps));
    if mean <= 0.0 {
        return Some(-1000);
    }
    let r = deviation / mean;
    let (more, less) = ((n + 1.0).sqrt(), (n - 1.0).sqrt());
    let burstiness = (more * r - less) / ((more - 2.0) * r + less);
    Some((burstiness * 1000.0).round().clamp(-1000.0, 1000.0) as i32)
}

/// Mean and (population) deviation; of no values, not a number.
pub(super) fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values
        .iter()
        .map(|value| (value - mean).powi(2))
        .sum::<f64>()
        / n;
    (mean, variance.sqrt())
}

/// Thousandths of the latest tasks that share the commonest size.
fn identical(latest: &[TaskSample]) -> Option<i32> {
    let sizes = latest.iter().map(|task| task.tokens);
    commonest(sizes, NEEDED_FOR_SHARES as usize)
}

/// Thousandths of the latest tasks begun at the commonest second of a minute.
fn round_seconds(latest: &[TaskSample]) -> Option<i32> {
    let seconds = latest.iter().map(|task| task.started % 60);
    commonest(seconds, TASKS_FOR_CADENCE)
}

/// Thousandths of the values that equal the commonest, where there are enough.
fn commonest(values: impl Iterator<Item = u32>, needed: usize) -> Option<i32> {
    let mut values: SmallVec<[u32; 16]> = values.collect();
    if values.len() < needed {
        return None;
    }
    values.sort_unstable();
    let commonest = values.chunk_by(|a, b| a == b).map(<[u32]>::len).max()?;
    Some(length(commonest * 1000 / values.len()))
}

/// Deviation of the logarithm of the latest tasks' sizes, thousandths of a doubling.
fn size_spread(latest: &[TaskSample]) -> Option<i32> {
    if latest.len() < NEEDED_FOR_SHARES as usize {
        return None;
    }
    let logarithms: SmallVec<[f64; 16]> = latest
        .iter()
        .map(|task| (f64::from(task.tokens) + 1.0).log2())
        .collect();
    Some((mean_and_deviation(&logarithms).1 * 1000.0) as i32)
}

/// Deviation of the logarithm of the latest tasks' input, thousandths of a doubling. A hand varies;
/// what imitates one mostly varies too little.
fn input_spread(latest: &[TaskSample]) -> Option<i32> {
    let counted = |input: &u32| (1..INPUT_UNKNOWN).contains(input);
    let inputs = latest.iter().map(|task| task.input).filter(counted);
    let logarithms: SmallVec<[f64; 16]> = inputs.map(|input| f64::from(input).log2()).collect();
    (logarithms.len() >= INPUTS_FOR_SPREAD)
        .then(|| (mean_and_deviation(&logarithms).1 * 1000.0) as i32)
}

/// The most tokens a second, as a logarithm x 10. What can't be made can't be made once.
fn token_rate(tasks: &TaskHistory) -> Option<i32> {
    (tasks.lengths.count > 0).then(|| rate_class(tasks.fastest))
}

/// The median tokens a second of the latest tasks, as a logarithm x 10. A task whose start is unknown has no
/// length.
fn usual_token_rate(latest: &[TaskSample]) -> Option<i32> {
    let timed = latest.iter().filter(|task| task.seconds > 0);
    let mut rates: SmallVec<[u32; TASKS_KEPT]> =
        timed.map(|task| task.tokens / task.seconds).collect();
    rates.sort_unstable();
    (rates.len() >= TASKS_FOR_OVERLAPS).then(|| rate_class(rates[rates.len() / 2]))
}

fn rate_class(tokens_a_second: u32) -> i32 {
    ((f64::from(tokens_a_second) + 1.0).log2() * 10.0) as i32
}

/// Thousandths of the latest tasks whose sizes lie within a fiftieth of one of them, at most.
fn similar(latest: &[TaskSample]) -> Option<i32> {
    if latest.len() < NEEDED_FOR_SHARES as usize {
        return None;
    }
    let sizes: SmallVec<[u64; TASKS_KEPT]> =
        latest.iter().map(|task| u64::from(task.tokens)).collect();
    let near = |size: &u64| {
        let within = |other: &&u64| other.abs_diff(*size) * 50 <= *size;
        sizes.iter().filter(within).count()
    };
    let most = sizes.iter().map(near).max()?;
    Some(thousandths(most as u32, sizes.len() as u32))
}

/// Thousandths of the latest tasks that began before an earlier one had ended.
fn parallel(latest: &[TaskSample]) -> Option<i32> {
    if latest.len() < TASKS_FOR_OVERLAPS {
        return None;
    }
    let mut busy_until = 0;
    let mut overlapping = 0;
    for task in latest {
        overlapping += u32::from(task.started < busy_until);
        busy_until = busy_until.max(task.started.saturating_add(task.seconds));
    }
    Some(thousandths(overlapping, latest.len() as u32))
}
