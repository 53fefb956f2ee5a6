//! People on their own, with habits of all sorts.

use std::io;

use super::super::{
    calendar::{DAY, HOUR, MINUTE},
    device::Device,
    habit::{Input, Schedule},
    life::Life,
    person::{Person, Station, When},
    scene::Scene,
};

/// Somebody with a phone and, mostly, a computer; some take it to work.
pub fn person(scene: &mut Scene) -> Person {
    let mut person = scene.person();
    equip(scene, &mut person);
    person
}

/// Gives somebody what most people have: a computer, and for some a second one at work.
pub fn equip(scene: &mut Scene, person: &mut Person) {
    if scene.dice.chance(0.86) {
        let computer = person.own_computer(scene.world, &mut scene.dice);
        if scene.dice.chance(0.25) {
            let elsewhere = Station::new(&computer, &person.mobile, 0.3);
            person.use_station(elsewhere);
        }
    }
    if scene.dice.chance(0.12) {
        let second = std::rc::Rc::new(Device::computer(scene.world, &mut scene.dice));
        let station = Station::new(&second, &person.home, scene.dice.between(0.3, 1.0));
        person.use_station(station);
    }
}

/// Registers a person's account where the person is, and lives with it.
pub fn join(scene: &mut Scene, person: &Person) -> io::Result<()> {
    let account = scene.account(person);
    let station = scene.dice.pick(&person.stations).clone();
    scene.register(&account, &station)?;
    Life::whole(scene, &account, person).live(scene)
}

/// One person.
pub fn single(scene: &mut Scene) -> io::Result<()> {
    let person = person(scene);
    join(scene, &person)
}

/// One who consumes many times what others do, honestly.
pub fn heavy_user(scene: &mut Scene) -> io::Result<()> {
    let mut person = person(scene);
    person.own_computer(scene.world, &mut scene.dice);
    person.habit = person.habit.faster(scene.dice.between(1.5, 3.5));
    person.habit.tasks_a_session *= scene.dice.between(1.3, 3.0);
    person.habit.tokens_median *= scene.dice.log_normal(6.0, 0.8);
    person.habit.by_themselves = scene.dice.between(0.1, 0.5);
    join(scene, &person)
}

/// One who works at night.
pub fn night_owl(scene: &mut Scene) -> io::Result<()> {
    let mut person = person(scene);
    person.habit.rhythm.shift = scene.dice.between(240.0, 560.0);
    person.habit.rhythm.parts = [0.2, 1.0, scene.dice.between(1.0, 2.0)];
    join(scene, &person)
}

/// One who comes on working days, at much the same hours.
pub fn office_hours(scene: &mut Scene) -> io::Result<()> {
    let mut person = person(scene);
    let rhythm = &mut person.habit.rhythm;
    rhythm.parts = [1.0, scene.dice.between(0.6, 1.2), 0.03];
    rhythm.weekend_rest = 0.96;
    person.habit.gap_sigma *= scene.dice.between(0.25, 0.5);
    person.habit.event_gap_days = scene.dice.between(0.8, 1.5);
    person.own_computer(scene.world, &mut scene.dice);
    for station in &mut person.stations {
        station.when = When::Any;
    }
    join(scene, &person)
}

/// One whose computer runs tasks by the clock, without a hand on it.
pub fn scheduled_tasks(scene: &mut Scene) -> io::Result<()> {
    let mut person = person(scene);
    person.own_computer(scene.world, &mut scene.dice);
    let start = clock_start(scene, 0.0, 600.0);
    let from = scene.dice.whole(0, 8) as i64;
    person.habit.schedule = Some(Schedule {
        every_minutes: [15.0, 30.0, 60.0, 120.0, 360.0, 1_440.0][scene
            .dice
            .weighted([0.06, 0.14, 0.30, 0.20, 0.15, 0.15].into_iter())],
        hours: (start, scene.dice.between(start + 120.0, 1_440.0)),
        jitter_seconds: scene.dice.log_normal(4.0, 1.5),
        reliable: scene.dice.between(0.75, 0.98),
        days: (from, scene.dice.whole(from as u64 + 3, 15) as i64),
        input: if scene.dice.chance(0.8) {
            Input::Nothing
        } else {
            Input::Unknown
        },
        tokens_sigma: scene.dice.between(0.05, 0.7),
    });
    join(scene, &person)
}

/// When a schedule begins, local minutes: many run on the full minute.
pub fn clock_start(scene: &mut Scene, low: f64, high: f64) -> f64 {
    let minute = scene.dice.between(low, high);
    match scene.dice.chance(scene.world.parameters.on_the_minute) {
        true => minute.round(),
        false => minute,
    }
}

/// One whose account is older than anything the stream shows.
pub fn old_account(scene: &mut Scene) -> io::Result<()> {
    let person = person(scene);
    let mut account = scene.account(&person);
    let ago = scene.dice.log_normal(400.0, 0.8) * DAY as f64;
    account.registered_at = scene.world.history_start - ago as i64 - HOUR - MINUTE;
    let station = scene.dice.pick(&person.stations).clone();
    scene.register(&account, &station)?;
    Life::whole(scene, &account, &person).live(scene)
}
