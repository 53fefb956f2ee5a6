//! Offices, campuses, internet cafés: places with few addresses and shared computers.

use std::{io, rc::Rc};

use super::{
    super::{
        calendar::{DAY, MINUTE, PERIOD_START},
        device::{Device, Reset},
        life::Life,
        network::Access,
        person::{Person, Station, When},
        scene::Scene,
    },
    single,
};

/// Computers that came with one order: one model, one image. Where the image was copied with what
/// identifies the hardware, all show one fingerprint.
fn fleet(scene: &mut Scene, count: usize, cloned: bool) -> Vec<Rc<Device>> {
    let first = Device::of_platform(scene.world, &mut scene.dice, "windows");
    (0..count)
        .map(|_| {
            let mut twin = first.twin(&mut scene.dice);
            if cloned {
                twin.fingerprint = first.fingerprint.clone();
            }
            Rc::new(twin)
        })
        .collect()
}

/// Colleagues behind one address, mostly each at a computer of their own.
pub fn office(scene: &mut Scene) -> io::Result<()> {
    let size = people(scene, scene.world.parameters.office_people, 0.7);
    let city = scene.world.draw_city(&mut scene.dice);
    let lines = scene.dice.whole(1, 2) as usize;
    let office = Access::place(scene.world, city, lines, &mut scene.dice);
    let issued = scene.dice.chance(0.6);
    let fleet = fleet(scene, size, false);
    for computer in fleet.iter().take(size) {
        let mut person = scene.person_in(city);
        let own = Rc::new(Device::computer(scene.world, &mut scene.dice));
        let computer = if issued { computer } else { &own };
        let at_work = Station::new(computer, &office, 2.0).at(When::Work);
        person.use_station(at_work);
        let on_wifi = Station::new(&person.phone, &office, 0.5).at(When::Work);
        person.use_station(on_wifi);
        if scene.dice.chance(0.5) {
            let home = person.home.clone();
            person.use_station(Station::new(computer, &home, 0.6).at(When::Home));
        } else {
            person.own_computer(scene.world, &mut scene.dice);
        }
        person.habit.rhythm.parts[0] += 0.6;
        person.habit.rhythm.parts[1] += 0.5;
        single::join(scene, &person)?;
    }
    Ok(())
}

/// Students with laptops and phones on a campus network, and a lab with computers that anybody uses.
pub fn campus(scene: &mut Scene) -> io::Result<()> {
    students(scene, Reset::Never)
}

/// The same, and the lab's computers are restored from an image at each boot: new ids every day.
pub fn campus_with_resets(scene: &mut Scene) -> io::Result<()> {
    students(scene, Reset::Daily)
}

fn students(scene: &mut Scene, reset: Reset) -> io::Result<()> {
    let parameters = &scene.world.parameters;
    let (median, a_computer) = (parameters.campus_people, parameters.students_a_lab_computer);
    let size = people(scene, median, 0.5);
    let city = scene.world.draw_city(&mut scene.dice);
    let addresses = (size / 60).clamp(1, 8);
    let campus = Access::place(scene.world, city, addresses, &mut scene.dice);
    let computers = ((size as f64 / a_computer).ceil() as usize).max(2);
    let cloned = scene.dice.chance(0.5);
    let lab: Vec<Rc<Device>> = fleet(scene, computers, cloned)
        .into_iter()
        .map(|device| {
            Rc::new(Device {
                reset,
                ..(*device).clone()
            })
        })
        .collect();
    for _ in 0..size {
        let mut person = scene.person_at(city, campus.clone());
        // A few seats near one another, as friends sit.
        let seats = scene.dice.whole(1, 4);
        for _ in 0..seats {
            let seat = scene.dice.pick(&lab).clone();
            let weight = scene.dice.between(0.1, 0.7);
            person.use_station(Station::new(&seat, &campus, weight));
        }
        if scene.dice.chance(0.72) {
            person.own_computer(scene.world, &mut scene.dice);
        }
        person.habit.rhythm.shift += 45.0;
        single::join(scene, &person)?;
    }
    Ok(())
}

/// Customers at whatever computer is free; the café restores one image to all of them.
pub fn internet_cafe(scene: &mut Scene) -> io::Result<()> {
    let parameters = &scene.world.parameters;
    let (median, a_computer) = (parameters.cafe_people, parameters.customers_a_cafe_computer);
    let size = people(scene, median, 0.5);
    let city = scene.world.draw_city(&mut scene.dice);
    let cafe = Access::place(scene.world, city, 1, &mut scene.dice);
    let computers = ((size as f64 / a_computer).ceil() as usize).max(3);
    let cloned = scene.dice.chance(0.6);
    let seats = fleet(scene, computers, cloned);
    for _ in 0..size {
        let mut person = scene.person_in(city);
        let visits = scene.dice.whole(2, 6);
        for _ in 0..visits {
            let seat = scene.dice.pick(&seats).clone();
            person.use_station(Station::new(&seat, &cafe, 0.5));
        }
        if scene.dice.chance(0.25) {
            person.own_computer(scene.world, &mut scene.dice);
        }
        person.habit.rhythm.parts[2] += 0.8;
        single::join(scene, &person)?;
    }
    Ok(())
}

/// A company whose people have enterprise accounts, many of them made in one go.
pub fn enterprise(scene: &mut Scene) -> io::Result<()> {
    let size = people(scene, scene.world.parameters.office_people * 0.8, 0.6);
    let city = scene.world.draw_city(&mut scene.dice);
    let office = Access::place(scene.world, city, 1, &mut scene.dice);
    let fleet = fleet(scene, size, false);
    let together = scene.dice.chance(0.6);
    let span = (PERIOD_START - scene.world.history_start) / DAY;
    let mut hour = scene.world.history_start + scene.dice.whole(1, span as u64) as i64 * DAY;
    for computer in &fleet {
        let mut person: Person = scene.person_in(city);
        person.use_station(Station::new(computer, &office, 2.5).at(When::Work));
        let mut account = scene.account(&person);
        account.enterprise = true;
        if together {
            hour += (scene.dice.log_normal(1.5, 0.8) * MINUTE as f64) as i64;
            account.registered_at = hour;
        }
        let desk = Station::new(computer, &office, 1.0);
        scene.register(&account, &desk)?;
        Life::whole(scene, &account, &person).live(scene)?;
    }
    Ok(())
}

/// How many people a place has: log-normal, and no more than there is room for.
fn people(scene: &mut Scene, median: f64, sigma: f64) -> usize {
    let drawn = scene.dice.log_normal(median, sigma).round() as usize;
    scene.group_size(drawn, 3)
}
