//! A labelled data set told in its order, with its questions asked as they would have come live.

use std::path::Path;

use indicatif::ProgressBar;

use super::{
    failure::Failure,
    input::{Lines, read_checks, total_bytes},
    progress,
};
use crate::{
    edge::{json_lines, proto::v1, schedule::Schedule},
    service::refusal::Refusal,
};

/// Refusals shown of each kind; the rest is counted.
const REFUSALS_SHOWN: u64 = 5;

/// What comes next.
pub(super) enum Step<'a> {
    Event(&'a v1::Event),
    Question(v1::CheckDiscountRequest),
}

/// What was refused, which stops nothing: a set may hold broken lines on purpose.
#[derive(Default)]
pub(super) struct RefusedSteps {
    pub(super) events: u64,
    pub(super) questions: u64,
}

/// Tells `events.jsonl` and `checks.jsonl` of a folder step by step, with progress; the first few that `take`
/// refuses go to standard error, the others as a number.
pub(super) fn tell(
    data_set: &Path,
    mut take: impl FnMut(Step<'_>) -> Result<(), Refusal>,
) -> Result<RefusedSteps, Failure> {
    let events = data_set.join("events.jsonl");
    let mut questions = Schedule::new(read_checks(&data_set.join("checks.jsonl"))?);
    let bar = progress::bytes(total_bytes(std::slice::from_ref(&events)));
    let mut refused = RefusedSteps::default();
    let mut lines = Lines::open(&events)?;
    while let Some(line) = lines.next()? {
        bar.inc(line.read);
        let read = match line.bytes {
            Some(bytes) => json_lines::event(bytes),
            None => Err(Refusal::field("line", "is too long")),
        };
        let taken = match read {
            Ok(event) => {
                while let Some(question) = questions.due_before(&event) {
                    ask(question, &mut take, &mut refused, &bar)?;
                }
                take(Step::Event(&event))
            }
            Err(refusal) => Err(refusal),
        };
        let name = || format!("{}:{}", events.display(), line.number);
        note(taken, &mut refused.events, &bar, name)?;
    }
    while let Some(question) = questions.take_next() {
        ask(question, &mut take, &mut refused, &bar)?;
    }
    bar.finish_and_clear();
    tell_more(refused.events, "lines");
    tell_more(refused.questions, "checks");
    Ok(refused)
}

fn tell_more(refused: u64, what: &str) {
    if let Some(more) = refused.checked_sub(REFUSALS_SHOWN).filter(|more| *more > 0) {
        eprintln!("and {more} more {what} were refused");
    }
}

fn ask(
    question: v1::CheckDiscountRequest,
    take: &mut impl FnMut(Step<'_>) -> Result<(), Refusal>,
    refused: &mut RefusedSteps,
    bar: &ProgressBar,
) -> Result<(), Failure> {
    let task = question.task.as_ref().map(|task| task.task_id.clone());
    let name = || format!("check of task `{}`", task.unwrap_or_default());
    note(
        take(Step::Question(question)),
        &mut refused.questions,
        bar,
        name,
    )
}

/// Counts and shows a refusal; a store that failed ends it all.
fn note(
    taken: Result<(), Refusal>,
    refused: &mut u64,
    bar: &ProgressBar,
    name: impl FnOnce() -> String,
) -> Result<(), Failure> {
    match taken {
        Ok(()) => Ok(()),
        Err(fault @ Refusal::Store(_)) => Err(fault.into()),
        Err(refusal) => {
            *refused += 1;
            if *refused <= REFUSALS_SHOWN {
                bar.suspend(|| eprintln!("{}: {refusal}", name()));
            }
            Ok(())
        }
    }
}
