//! People who live together.

use std::{io, rc::Rc};

use super::{
    super::{
        device::Device,
        network::Access,
        person::{Person, Station},
        scene::Scene,
    },
    single,
};

/// People of one home: one line, one city; each has a phone.
fn members(scene: &mut Scene, at_least: usize) -> Vec<Person> {
    let city = scene.world.draw_city(&mut scene.dice);
    let home = Access::home(scene.world, city, &mut scene.dice);
    let more = scene.dice.count(scene.world.parameters.household_more);
    let size = (at_least + more).min(6).min(scene.room);
    (0..size)
        .map(|_| scene.person_at(city, home.clone()))
        .collect()
}

/// Each member has what they need.
pub fn own_devices(scene: &mut Scene) -> io::Result<()> {
    for mut person in members(scene, 2) {
        single::equip(scene, &mut person);
        single::join(scene, &person)?;
    }
    Ok(())
}

/// The members share a computer, and each has a phone of their own; some have a computer too.
pub fn family_computer(scene: &mut Scene) -> io::Result<()> {
    let shared = Rc::new(Device::computer(scene.world, &mut scene.dice));
    for mut person in members(scene, 2) {
        let weight = scene.dice.between(0.5, 2.0);
        let station = Station::new(&shared, &person.home, weight);
        person.use_station(station);
        if scene.dice.chance(0.25) {
            person.own_computer(scene.world, &mut scene.dice);
        }
        single::join(scene, &person)?;
    }
    Ok(())
}

/// The members share a computer and have nothing else: what tells them apart is when and how.
pub fn only_the_family_computer(scene: &mut Scene) -> io::Result<()> {
    let shared = Rc::new(Device::computer(scene.world, &mut scene.dice));
    for mut person in members(scene, 2) {
        person.stations = vec![Station::new(&shared, &person.home, 1.0)];
        single::join(scene, &person)?;
    }
    Ok(())
}
