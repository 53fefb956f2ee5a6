//! Section 01, Event Period; section 02, Task Timing Requirement.

use sameuser::edge::proto::v1::CheckDiscountRequest;

use super::{Story, ask, ask_one, registered};
use crate::support::{Kind, check, event, set_task};

/// A question about a task that ran from one instant to another.
fn task(name: &str, started: &str, completed: &str) -> CheckDiscountRequest {
    let mut question = check("a1", name);
    set_task(&mut question, started, Some(completed));
    question
}

/// "From 00:00 on Jun 16, 2026 … Beijing Time": to the second, and to the microsecond.
#[test]
fn the_event_starts_at_00_00_on_june_16_beijing_time() {
    let at = |name, started| task(name, started, "2026-06-16T00:10:00+08:00");
    let answers = ask(
        [registered("a1")],
        [
            at("t1", "2026-06-15T23:59:59+08:00"),
            at("t2", "2026-06-15T23:59:59.999999+08:00"),
            at("t3", "2026-06-16T00:00:00+08:00"),
            at("t4", "2026-06-16T00:00:00.000001+08:00"),
            at("t5", "2026-06-16T00:00:01+08:00"),
        ],
    );
    answers[0].assert_denied(&["OUTSIDE_EVENT_PERIOD"]);
    answers[1].assert_denied(&["OUTSIDE_EVENT_PERIOD"]);
    answers[2].assert_allowed();
    answers[3].assert_allowed();
    answers[4].assert_allowed();
}

/// The same boundary for tasks that end with it: wholly before the event, up to its first instant.
#[test]
fn a_task_completed_before_the_event_is_not_covered() {
    let answers = ask(
        [registered("a1")],
        [
            task(
                "t1",
                "2026-06-15T23:00:00+08:00",
                "2026-06-15T23:59:59+08:00",
            ),
            task(
                "t2",
                "2026-06-15T23:00:00+08:00",
                "2026-06-15T23:59:59.999999+08:00",
            ),
            task(
                "t3",
                "2026-06-15T23:00:00+08:00",
                "2026-06-16T00:00:00+08:00",
            ),
            task(
                "t4",
                "2026-06-16T00:00:00+08:00",
                "2026-06-16T00:00:00+08:00",
            ),
        ],
    );
    answers[0].assert_denied(&["OUTSIDE_EVENT_PERIOD"]);
    answers[1].assert_denied(&["OUTSIDE_EVENT_PERIOD"]);
    // Completed within, but initiated before.
    answers[2].assert_denied(&["OUTSIDE_EVENT_PERIOD"]);
    answers[3].assert_allowed();
}

/// "to 23:59 on Jun 30, 2026, Beijing Time": the minute 23:59 belongs to the event, to its last
/// microsecond.
#[test]
fn the_event_ends_with_the_minute_23_59_on_june_30_beijing_time() {
    let at = |name, completed| task(name, "2026-06-30T23:00:00+08:00", completed);
    let answers = ask(
        [registered("a1")],
        [
            at("t1", "2026-06-30T23:58:59+08:00"),
            at("t2", "2026-06-30T23:59:00+08:00"),
            at("t3", "2026-06-30T23:59:59+08:00"),
            at("t4", "2026-06-30T23:59:59.999999+08:00"),
            at("t5", "2026-07-01T00:00:00+08:00"),
            at("t6", "2026-07-01T00:00:01+08:00"),
        ],
    );
    for answer in &answers[..4] {
        answer.assert_allowed();
    }
    answers[4].assert_denied(&["OUTSIDE_EVENT_PERIOD"]);
    answers[5].assert_denied(&["OUTSIDE_EVENT_PERIOD"]);
}

/// A task may begin in the last microsecond too, and not after it.
#[test]
fn a_task_started_after_the_event_is_not_covered() {
    let answers = ask(
        [registered("a1")],
        [
            task(
                "t1",
                "2026-06-30T23:59:59.999999+08:00",
                "2026-06-30T23:59:59.999999+08:00",
            ),
            task(
                "t2",
                "2026-07-01T00:00:00+08:00",
                "2026-07-01T00:00:00+08:00",
            ),
            task(
                "t3",
                "2026-08-01T00:00:00+08:00",
                "2026-08-01T00:01:00+08:00",
            ),
        ],
    );
    answers[0].assert_allowed();
    answers[1].assert_denied(&["OUTSIDE_EVENT_PERIOD"]);
    answers[2].assert_denied(&["OUTSIDE_EVENT_PERIOD"]);
}

/// "all times referred to in this Event shall be based on Beijing Time (UTC+8)": an instant is what
/// counts, however it is written, and people are shown Beijing Time.
#[test]
fn all_times_are_based_on_beijing_time() {
    let answers = ask(
        [registered("a1")],
        [
            task("t1", "2026-06-15T16:00:00Z", "2026-06-15T16:10:00Z"),
            task("t2", "2026-06-15T15:59:59Z", "2026-06-15T16:10:00Z"),
            task(
                "t3",
                "2026-06-15T12:00:00-04:00",
                "2026-06-30T11:59:59.999999-04:00",
            ),
            task(
                "t4",
                "2026-06-15T12:00:00-04:00",
                "2026-06-30T12:00:00-04:00",
            ),
            // New York's own midnight is no boundary of the event.
            task(
                "t5",
                "2026-06-30T22:00:00-04:00",
                "2026-06-30T23:58:00-04:00",
            ),
        ],
    );
    answers[0].assert_allowed();
    answers[1].assert_denied(&["OUTSIDE_EVENT_PERIOD"]);
    answers[2].assert_allowed();
    answers[3].assert_denied(&["OUTSIDE_EVENT_PERIOD"]);
    answers[4].assert_denied(&["OUTSIDE_EVENT_PERIOD"]);
    let words = answers[1].statement();
    assert!(words.contains("2026-06-15T23:59:59+08:00"), "{words}");
    assert!(words.contains("2026-06-16T00:00:00+08:00"), "{words}");
    assert!(words.contains("2026-07-01T00:00:00+08:00"), "{words}");
}

/// "for tasks you initiate … during the Event Period": one initiated before it pays the full rate,
/// though it is completed within.
#[test]
fn a_task_initiated_before_the_event_is_not_covered() {
    let answer = ask_one(
        [registered("a1")],
        task(
            "t1",
            "2026-06-14T09:00:00+08:00",
            "2026-06-16T09:00:00+08:00",
        ),
    );
    answer.assert_denied(&["OUTSIDE_EVENT_PERIOD"]);
    let words = answer.statement();
    assert!(words.contains("2026-06-14T09:00:00+08:00"), "{words}");
}

/// "If a task is completed after the Event ends … that task will consume Tokens at the standard rate".
#[test]
fn a_task_completed_after_the_event_ends_pays_the_standard_rate() {
    let answer = ask_one(
        [registered("a1")],
        task(
            "t1",
            "2026-06-30T22:00:00+08:00",
            "2026-07-01T00:00:00+08:00",
        ),
    );
    answer.assert_denied(&["OUTSIDE_EVENT_PERIOD"]);
    let words = answer.statement();
    assert!(words.contains("2026-07-01T00:00:00+08:00"), "{words}");
}

/// "… or is still in progress when the Event ends": while the event runs, the answer can still become
/// a discount; once it has ended, it can't. The end is told by the store's clock.
#[test]
fn a_task_still_in_progress_when_the_event_ends_pays_the_standard_rate() {
    let running = || {
        let mut question = check("a1", "t1");
        set_task(&mut question, "2026-06-30T22:00:00+08:00", None);
        question
    };
    let clock_moves_to = |at| event(Kind::Login, "someone else", at);
    let answers = Story::default()
        .then(
            [
                registered("a1"),
                clock_moves_to("2026-06-30T23:59:59.999999+08:00"),
            ],
            [running()],
        )
        .then([clock_moves_to("2026-07-01T00:00:00+08:00")], [running()])
        .answers();
    answers[0].assert_denied_for_now(&["TASK_NOT_COMPLETED"]);
    answers[1].assert_denied(&["OUTSIDE_EVENT_PERIOD"]);
}

/// "A task must be completed before the Event end time to be eligible": asked too early, it is denied
/// for now; asked again when completed, it is decided again and granted.
#[test]
fn a_task_not_completed_yet_is_decided_again_when_it_is() {
    let mut running = check("a1", "t1");
    set_task(&mut running, "2026-06-20T10:20:00+08:00", None);
    let answers = Story::default()
        .then([registered("a1")], [running.clone(), running])
        .then([], [check("a1", "t1"), check("a1", "t1")])
        .answers();
    answers[0].assert_denied_for_now(&["TASK_NOT_COMPLETED"]);
    answers[1].assert_denied_for_now(&["TASK_NOT_COMPLETED"]);
    answers[2].assert_allowed();
    assert_eq!(answers[2], answers[3], "a repeat answers what was recorded");
}

/// A task not completed, and begun before the event: no completion can cure that.
#[test]
fn a_running_task_initiated_before_the_event_is_denied_for_good() {
    let mut question = check("a1", "t1");
    set_task(&mut question, "2026-06-15T23:59:59+08:00", None);
    ask_one([registered("a1")], question).assert_denied(&["OUTSIDE_EVENT_PERIOD"]);
}
