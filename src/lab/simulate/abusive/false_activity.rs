//! Tasks that are none: tiny ones, padded ones, impossible ones, and questions that contradict the
//! stream.

use std::io;

use super::super::{
    calendar::{DAY, MINUTE, PERIOD_END, PERIOD_START},
    life::{Life, input_of},
    person::{Person, Station},
    scene::{Scene, Work},
};

/// What is false.
#[derive(Clone, Copy, PartialEq)]
enum Falsehood {
    /// Tasks of nearly nothing, by the dozen.
    Tiny,
    /// One long text again and again.
    Padded,
    /// More tokens than can be made in that time.
    Impossible,
    /// Billing is told more than the stream saw, or of tasks it never saw.
    Contradicted,
}

/// One who invents activity, besides some of their own.
pub fn false_activity(scene: &mut Scene) -> io::Result<()> {
    let mut person = scene.person();
    let computer = person.own_computer(scene.world, &mut scene.dice);
    person.habit = person.habit.faster(scene.dice.between(0.3, 1.0));
    let account = scene.account(&person);
    let station = scene.dice.pick(&person.stations).clone();
    scene.register(&account, &station)?;
    Life::whole(scene, &account, &person).live(scene)?;
    let falsehood = [
        Falsehood::Tiny,
        Falsehood::Padded,
        Falsehood::Impossible,
        Falsehood::Contradicted,
    ][scene.dice.weighted([0.3, 0.3, 0.15, 0.25].into_iter())];
    let days = scene.dice.whole(3, 13);
    let a_day = scene.dice.log_normal(8.0, 0.6);
    let usual = person.habit.tokens_median;
    let padded = scene.dice.log_normal(usual * 4.0, 0.6);
    let station = Station::new(&computer, &person.home, 1.0);
    for _ in 0..days {
        let day = PERIOD_START + scene.dice.whole(0, 14) as i64 * DAY;
        let mut at = scene
            .awake(day, &person.habit, person.city)
            .max(account.registered_at);
        let address = station.access.address(scene.world, &mut scene.dice, at);
        for _ in 0..scene.dice.count(a_day * scene.profile.task_factor()) {
            at += (scene.dice.log_normal(3.0, 0.7) * MINUTE as f64) as i64;
            let work = invent(scene, &person, falsehood, padded, at);
            if work.completed < Some(PERIOD_END) {
                scene.work(&account, &computer, address, work)?;
            }
        }
    }
    Ok(())
}

fn invent(scene: &mut Scene, person: &Person, falsehood: Falsehood, padded: f64, at: i64) -> Work {
    let usual = person.habit.tokens_median;
    let (tokens, minutes) = match falsehood {
        Falsehood::Tiny => (
            scene.dice.between(5.0, 300.0),
            scene.dice.between(0.02, 0.5),
        ),
        Falsehood::Padded => (
            padded * scene.dice.between(0.99, 1.01),
            scene.dice.log_normal(person.habit.task_minutes, 0.3),
        ),
        Falsehood::Impossible => (
            scene.dice.log_normal(usual * 40.0, 0.8),
            scene.dice.between(0.003, 0.05),
        ),
        Falsehood::Contradicted => (
            scene.dice.log_normal(usual, 0.8),
            scene.dice.log_normal(person.habit.task_minutes, 0.7),
        ),
    };
    let contradicted = falsehood == Falsehood::Contradicted;
    let seen = !contradicted || scene.dice.chance(0.7);
    let more = scene.dice.log_normal(6.0, 0.7).max(1.2);
    Work {
        surface: "work-desktop",
        started: at,
        completed: Some(at + (minutes * MINUTE as f64) as i64 + 50),
        tokens: tokens as u64 + 1,
        input: input_of(scene, person.habit.input, 0.5),
        seen,
        told: (contradicted && seen && scene.dice.chance(0.8))
            .then_some((tokens * more) as u64 + 1),
    }
}
