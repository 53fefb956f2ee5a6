//! People who are not who they say: borrowed numbers, devices that can't be, servers for homes.

use std::{io, rc::Rc};

use super::super::{
    calendar::{DAY, PERIOD_START},
    device::Device,
    life::Life,
    name,
    network::Access,
    number,
    person::Station,
    scene::Scene,
};

/// A person with an account or a few that pretend to be somebody.
pub fn false_identity(scene: &mut Scene) -> io::Result<()> {
    let size = scene.dice.size(1.0, 6.0).max(1).min(scene.room);
    let mut person = scene.person();
    let computer = person.own_computer(scene.world, &mut scene.dice);
    for _ in 0..size {
        let mut account = scene.account(&person);
        account.number = match scene.dice.weighted([0.60, 0.25, 0.15].into_iter()) {
            0 => number::disposable(scene.world, &mut scene.dice),
            1 => scene.virtual_number(person.city),
            _ => account.number,
        };
        if scene.dice.chance(0.5) {
            account.name = name::senseless(&mut scene.dice);
        }
        let days = scene.dice.between(-5.0, 10.0) * DAY as f64;
        account.registered_at = scene.awake(PERIOD_START + days as i64, &person.habit, person.city);
        let device = match scene.dice.chance(0.6) {
            true => impossible(scene, &computer),
            false => Device::computer(scene.world, &mut scene.dice),
        };
        let access = match scene.dice.weighted([0.5, 0.25, 0.25].into_iter()) {
            0 => Access::Hosted(scene.world.hosted(scene.dice.word())),
            1 => Access::Vpn {
                provider: scene.dice.whole(0, 40),
            },
            _ => person.home.clone(),
        };
        let mut hands = person.clone();
        hands.stations = vec![Station::new(&Rc::new(device), &access, 1.0)];
        let station = hands.stations[0].clone();
        scene.register(&account, &station)?;
        Life::whole(scene, &account, &hands).live(scene)?;
    }
    Ok(())
}

/// A device whose statements contradict each other: a model of one maker with a system of another.
fn impossible(scene: &mut Scene, real: &Device) -> Device {
    let mut device = real.twin(&mut scene.dice);
    match scene.dice.whole(0, 2) {
        0 => device.model = scene.world.catalogue.model("ios", &mut scene.dice),
        1 => {
            let other = if real.platform == "macos" {
                "windows"
            } else {
                "macos"
            };
            device.model = scene.world.catalogue.model(other, &mut scene.dice);
        }
        _ => {
            let other = if real.platform == "windows" {
                "android"
            } else {
                "windows"
            };
            device.os_version = scene.world.catalogue.version(other, &mut scene.dice);
        }
    }
    device
}
