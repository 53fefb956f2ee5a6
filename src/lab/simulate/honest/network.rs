//! People whose addresses are shared with strangers, or change.

use std::io;

use super::{
    super::{
        calendar::{DAY, STREAM_END},
        life::Life,
        network::Access,
        person::{Person, Station},
        scene::Scene,
    },
    single,
};

/// Lets everything somebody does go by another access.
fn only_by(person: &mut Person, access: &Access) {
    for station in &mut person.stations {
        station.access = access.clone();
    }
}

/// One who has mobile data and nothing else: the computer hangs on the phone.
pub fn carrier(scene: &mut Scene) -> io::Result<()> {
    let mut person = scene.person();
    person.own_computer(scene.world, &mut scene.dice);
    let mobile = person.mobile.clone();
    only_by(&mut person, &mobile);
    single::join(scene, &person)
}

/// One who is always on a VPN, on some devices or on all.
pub fn vpn(scene: &mut Scene) -> io::Result<()> {
    let mut person = single::person(scene);
    person.own_computer(scene.world, &mut scene.dice);
    let provider = scene.dice.whole(0, 40);
    let vpn = Access::Vpn { provider };
    if scene.dice.chance(0.4) {
        only_by(&mut person, &vpn);
    } else {
        for station in person
            .stations
            .iter_mut()
            .filter(|station| !station.device.mobile())
        {
            station.access = vpn.clone();
        }
    }
    single::join(scene, &person)
}

/// One whose operating system hides the address behind a relay.
pub fn relay(scene: &mut Scene) -> io::Result<()> {
    let mut person = single::person(scene);
    person.own_computer(scene.world, &mut scene.dice);
    only_by(&mut person, &Access::Relay);
    let home = person.home.clone();
    let device = person.stations[0].device.clone();
    person.use_station(Station::new(&device, &home, 0.2));
    single::join(scene, &person)
}

/// One who is in another city, or country, for a while: hotels, airports, other carriers.
pub fn traveller(scene: &mut Scene) -> io::Result<()> {
    let mut person = single::person(scene);
    let laptop = person.own_computer(scene.world, &mut scene.dice);
    let account = scene.account(&person);
    let station = scene.dice.pick(&person.stations).clone();
    scene.register(&account, &station)?;
    let mut from = account.registered_at.max(scene.world.history_start);
    while from < STREAM_END {
        let at_home = from + (scene.dice.log_normal(9.0, 0.8) * DAY as f64) as i64;
        let whole = Life::whole(scene, &account, &person);
        Life {
            from,
            until: at_home.min(STREAM_END),
            ..whole
        }
        .live(scene)?;
        let city = scene.world.draw_city(&mut scene.dice);
        let hotel = Access::place(scene.world, city, 1, &mut scene.dice);
        let roaming = Access::mobile(city, &mut scene.dice);
        let away = [
            Station::new(&person.phone, &roaming, 0.8),
            Station::new(&person.phone, &hotel, 0.5),
            Station::new(&laptop, &hotel, 1.0),
        ];
        let back = at_home + (scene.dice.log_normal(4.0, 0.6) * DAY as f64) as i64;
        let whole = Life::whole(scene, &account, &person);
        let trip = Life {
            from: at_home,
            until: back.min(STREAM_END),
            stations: &away,
            city,
            ..whole
        };
        trip.live(scene)?;
        from = back;
    }
    Ok(())
}
