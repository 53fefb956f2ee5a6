//! Programs that use an account.

use std::io;

use super::super::{
    calendar::{DAY, PERIOD_START},
    habit::{Input, Schedule},
    honest::clock_start,
    life::Life,
    person::Person,
    scene::Scene,
};

/// A program that hides little: by the clock, around the clock, always the same, no hand on it.
pub fn crude(scene: &mut Scene) -> io::Result<()> {
    let begin = clock_start(scene, 0.0, 300.0);
    let schedule = Schedule {
        every_minutes: scene.dice.log_normal(60.0, 0.8).round().clamp(8.0, 400.0),
        hours: (begin, 1_440.0),
        jitter_seconds: scene.dice.log_normal(2.0, 1.5),
        reliable: scene.dice.between(0.8, 1.0),
        days: (
            scene.dice.whole(0, 4) as i64,
            scene.dice.whole(10, 15) as i64,
        ),
        input: if scene.dice.chance(0.85) {
            Input::Nothing
        } else {
            Input::Unknown
        },
        tokens_sigma: scene.dice.between(0.0, 0.15),
    };
    run(scene, schedule, 0.4)
}

/// A program that imitates: hours of the day, pauses, invented input; its regularity is in what varies
/// too little.
pub fn subtle(scene: &mut Scene) -> io::Result<()> {
    let begin = clock_start(scene, 380.0, 640.0);
    let every = scene.dice.log_normal(75.0, 0.7).round().clamp(12.0, 400.0);
    let schedule = Schedule {
        every_minutes: every,
        hours: (begin, scene.dice.between(1_080.0, 1_430.0)),
        jitter_seconds: every * 60.0 * scene.dice.between(0.05, 0.6),
        reliable: scene.dice.between(0.4, 0.9),
        days: (
            scene.dice.whole(0, 5) as i64,
            scene.dice.whole(9, 15) as i64,
        ),
        input: Input::Faked(scene.dice.between(25.0, 200.0)),
        tokens_sigma: scene.dice.between(0.1, 0.6),
    };
    run(scene, schedule, 1.0)
}

/// Somebody who lets a program use the account, and uses it too.
fn run(scene: &mut Scene, schedule: Schedule, own_use: f64) -> io::Result<()> {
    let mut person = scene.person();
    person.own_computer(scene.world, &mut scene.dice);
    script(scene, &mut person, schedule, own_use);
    let mut account = scene.account(&person);
    if scene.dice.chance(0.5) {
        let days = scene.dice.between(-10.0, 4.0) * DAY as f64;
        account.registered_at = scene.awake(PERIOD_START + days as i64, &person.habit, person.city);
    }
    let station = scene.dice.pick(&person.stations).clone();
    scene.register(&account, &station)?;
    Life::whole(scene, &account, &person).live(scene)
}

/// Puts a program in somebody's habits.
pub fn script(scene: &mut Scene, person: &mut Person, schedule: Schedule, own_use: f64) {
    person.habit.schedule = Some(schedule);
    person.habit.tokens_median *= scene.dice.log_normal(1.2, 0.6);
    person.habit.task_minutes *= 0.6;
    person.habit = person.habit.clone().faster(own_use);
}
