//! People whose account was struck off and who come back with another.

use std::{io, rc::Rc};

use super::super::{
    calendar::{DAY, PERIOD_END, PERIOD_START},
    device::Device,
    habit::{Input, Schedule},
    honest::clock_start,
    life::Life,
    network::Access,
    person::{Person, Station},
    scene::Scene,
};
use crate::lab::label::Label;

/// A script's account, found out during the event, and then the same person's new one.
pub fn ban_evasion(scene: &mut Scene) -> io::Result<()> {
    let mut person = scene.person();
    person.own_computer(scene.world, &mut scene.dice);
    let found_out = PERIOD_START + (scene.dice.between(2.0, 10.0) * DAY as f64) as i64;
    let mut old = scene.account(&person);
    old.label = Label::ScriptedActivity;
    old.registered_at = old.registered_at.min(PERIOD_START + DAY / 2);
    let station = scene.dice.pick(&person.stations).clone();
    scene.register(&old, &station)?;
    let mut scripted = person.clone();
    let begin = clock_start(scene, 0.0, 600.0);
    let schedule = Schedule {
        every_minutes: scene.dice.log_normal(50.0, 0.7).round().clamp(8.0, 300.0),
        hours: (begin, 1_440.0),
        jitter_seconds: scene.dice.log_normal(10.0, 1.5),
        reliable: scene.dice.between(0.7, 1.0),
        days: (0, 15),
        input: Input::Nothing,
        tokens_sigma: scene.dice.between(0.0, 0.4),
    };
    super::script::script(scene, &mut scripted, schedule, 0.5);
    let whole = Life::whole(scene, &old, &scripted);
    Life {
        until: found_out,
        ..whole
    }
    .live(scene)?;
    if scene.room == 0 {
        return Ok(());
    }
    let hands = come_back(scene, &person);
    let mut new = scene.account(&person);
    if scene.dice.chance(0.3) {
        new.others.clone_from(&old.others);
    }
    new.registered_at = (found_out + scene.soon(10.0)).min(PERIOD_END - DAY);
    let station = scene.dice.pick(&hands.stations).clone();
    scene.register(&new, &station)?;
    Life::whole(scene, &new, &hands).live(scene)
}

/// What the person changes for the new account.
fn come_back(scene: &mut Scene, person: &Person) -> Person {
    let care = scene
        .dice
        .normal(scene.world.parameters.duplicate_care + 0.1, 0.25);
    let mut hands = person.clone();
    if scene.dice.chance(care) {
        let anew = !scene.dice.chance(care);
        for station in &mut hands.stations {
            let old = &station.device;
            station.device = Rc::new(match anew {
                true => old.installed_anew(&mut scene.dice),
                false if old.mobile() => Device::phone(scene.world, &mut scene.dice),
                false => Device::computer(scene.world, &mut scene.dice),
            });
        }
    }
    if scene.dice.chance(care * 0.7) {
        let provider = scene.dice.whole(0, 40);
        for station in &mut hands.stations {
            station.access = Access::Vpn { provider };
        }
    }
    let first: Station = hands.stations[0].clone();
    hands.use_station(first);
    hands
}
