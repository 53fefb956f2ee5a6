//! Honest bursts of registrations.

use std::io;

use super::{
    super::{
        calendar::{DAY, HOUR, MINUTE, PERIOD_START},
        life::Life,
        network::Access,
        number,
        person::{Station, When},
        scene::Scene,
    },
    single,
};

/// A class, a course, a conference: they register within minutes behind one address, many with numbers
/// that were handed out in sequence, names by one pattern, each on a device of their own.
pub fn class(scene: &mut Scene) -> io::Result<()> {
    let parameters = &scene.world.parameters;
    let (median, minutes) = (parameters.class_people, parameters.class_minutes);
    let drawn = scene.dice.log_normal(median, 0.4) as usize;
    let size = scene.group_size(drawn, 4);
    let city = scene.world.draw_city(&mut scene.dice);
    let room = Access::place(scene.world, city, 1, &mut scene.dice);
    let block = number::block(
        &scene.world.cities[city],
        number::Kind::Carrier,
        &mut scene.dice,
    );
    let first = scene.dice.whole(0, 9_000);
    let in_sequence = scene.dice.between(0.0, 0.9);
    let by_pattern = if scene.dice.chance(0.4) {
        scene.dice.between(0.3, 0.9)
    } else {
        0.0
    };
    let stem = super::super::name::stem(&scene.world.cities[city], &mut scene.dice);
    // The launch draws classes in; some met before.
    let day = match scene.dice.chance(0.6) {
        true => PERIOD_START + scene.dice.whole(0, 9) as i64 * DAY,
        false => PERIOD_START - scene.dice.whole(3, 50) as i64 * DAY,
    };
    let begin =
        day + scene.dice.whole(8, 20) as i64 * HOUR + scene.dice.whole(0, 59) as i64 * MINUTE;
    for seat in 0..size as u64 {
        let mut person = scene.person_in(city);
        single::equip(scene, &mut person);
        let laptop = person.own_computer(scene.world, &mut scene.dice);
        person.use_station(Station::new(&laptop, &room, 0.6).at(When::Work));
        let mut account = scene.account(&person);
        let within = scene.dice.share() * minutes * MINUTE as f64;
        account.registered_at = begin + within as i64;
        if scene.dice.chance(in_sequence) {
            account.number = number::complete(&block, first + seat);
        }
        if scene.dice.chance(by_pattern) {
            account.name = format!("{stem}{}", 2_026_001 + seat);
        }
        let device = if scene.dice.chance(0.6) {
            &laptop
        } else {
            &person.phone
        };
        let here = Station::new(device, &room, 1.0);
        scene.register(&account, &here)?;
        Life::whole(scene, &account, &person).live(scene)?;
    }
    Ok(())
}
