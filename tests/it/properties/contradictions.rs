//! What billing was told against what the stream saw: a task's contradiction counts at every later question
//! about its account, once, and after a restart too.

use sameuser::domain::{feature::FEATURES, verdict::VerdictRecord};

use super::drive::Drive;
use crate::support::{Kind, check, completed_task, event};

const SEEN_TOKENS: u64 = 10_000;

fn feature(record: &VerdictRecord, name: &str) -> Option<i32> {
    let mut names = FEATURES.iter().map(|feature| feature.name);
    let place = names.position(|known| known == name).unwrap();
    record.seen.features.unwrap().0[place]
}

/// Asks about a task with so many tokens; answers (told, contradicted so far).
fn ask(drive: &mut Drive, task: usize, tokens: u64) -> (Option<i32>, Option<i32>) {
    let mut question = check("a1", &format!("t{task}"));
    question.task.as_mut().unwrap().tokens = tokens;
    let decided = drive.ask(&question).unwrap();
    let of = |name| feature(&decided.record, name);
    (of("told_tokens"), of("contradicted_tasks"))
}

fn with_tasks(tasks: usize) -> Drive {
    let mut drive = Drive::new();
    let registered = event(Kind::Registration, "a1", "2026-06-17T08:00:00+08:00");
    drive.observe(&registered).unwrap();
    for task in 0..tasks {
        let (started, completed) = (
            format!("2026-06-18T10:{task:02}:00+08:00"),
            format!("2026-06-18T10:{task:02}:50+08:00"),
        );
        let mut done = event(Kind::TaskCompleted, "a1", &completed);
        let id = format!("t{task}");
        done.task = Some(completed_task(&id, &started, &completed, SEEN_TOKENS));
        drive.observe(&done).unwrap();
    }
    drive
}

#[test]
fn a_contradiction_counts_from_then_on_and_once() {
    let mut drive = with_tasks(4);
    assert_eq!(ask(&mut drive, 0, SEEN_TOKENS), (Some(100), Some(0)));
    assert_eq!(
        ask(&mut drive, 1, SEEN_TOKENS * 11 / 10),
        (Some(110), Some(0)),
        "counted a little otherwise is no contradiction"
    );
    assert_eq!(ask(&mut drive, 2, 6 * SEEN_TOKENS), (Some(600), Some(1)));
    assert_eq!(
        ask(&mut drive, 2, 6 * SEEN_TOKENS),
        (Some(600), Some(1)),
        "asked again"
    );
    assert_eq!(ask(&mut drive, 3, SEEN_TOKENS), (Some(100), Some(1)));
    assert_eq!(
        ask(&mut drive, 9, SEEN_TOKENS),
        (None, Some(1)),
        "the stream has not shown this one"
    );
}

#[test]
fn it_outlives_a_restart_with_and_without_a_checkpoint() {
    for checkpoint in [false, true] {
        let mut drive = with_tasks(4);
        ask(&mut drive, 0, 3 * SEEN_TOKENS);
        if checkpoint {
            drive.checkpoint();
        }
        ask(&mut drive, 1, 3 * SEEN_TOKENS);
        drive.reopen();
        assert_eq!(
            ask(&mut drive, 2, SEEN_TOKENS),
            (Some(100), Some(2)),
            "with a checkpoint: {checkpoint}"
        );
    }
}
