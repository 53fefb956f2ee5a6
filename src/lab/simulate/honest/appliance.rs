//! Honest people whose devices say something misleading, or nothing.

use std::{io, rc::Rc};

use super::{
    super::{
        calendar::{DAY, PERIOD_START, STREAM_END},
        device::{Device, HYPERVISOR, SOFTWARE_GPU, VIRTUAL_NETWORK, device_id},
        life::Life,
        network::Access,
        person::Station,
        scene::Scene,
    },
    single,
};

/// People on rented cloud desktops made from one image: virtual hardware, often one fingerprint for all,
/// a data centre's address.
pub fn cloud_desktop(scene: &mut Scene) -> io::Result<()> {
    let median = scene.world.parameters.cloud_image_people;
    let drawn = scene.dice.log_normal(median, 0.6) as usize;
    let size = scene.group_size(drawn, 3);
    let mut image = Device::of_platform(scene.world, &mut scene.dice, "windows");
    image.signals = vec![HYPERVISOR];
    for signal in [SOFTWARE_GPU, VIRTUAL_NETWORK] {
        if scene.dice.chance(0.6) {
            image.signals.push(signal);
        }
    }
    let cloned = scene.dice.chance(0.7);
    let city = scene.world.draw_city(&mut scene.dice);
    for _ in 0..size {
        let mut person = scene.person_in(city);
        let mut desktop = image.twin(&mut scene.dice);
        if cloned {
            desktop.fingerprint = image.fingerprint.clone();
        }
        let address = scene.world.hosted(scene.dice.word());
        person.use_station(Station::new(
            &Rc::new(desktop),
            &Access::Hosted(address),
            3.0,
        ));
        if scene.dice.chance(0.3) {
            person.own_computer(scene.world, &mut scene.dice);
        }
        single::join(scene, &person)?;
    }
    Ok(())
}

/// Strangers to whom one release of the client gives one device id.
pub fn faulty_client(scene: &mut Scene) -> io::Result<()> {
    let median = scene.world.parameters.faulty_id_people;
    let drawn = scene.dice.log_normal(median, 0.5) as usize;
    let size = scene.group_size(drawn, 3);
    let id = device_id("windows", scene.dice.word());
    let begins = PERIOD_START - scene.dice.whole(0, 30) as i64 * DAY;
    let lasts = scene.dice.whole(12, 45) as i64 * DAY;
    for _ in 0..size {
        let mut person = scene.person();
        let mut computer = Device::of_platform(scene.world, &mut scene.dice, "windows");
        let station =
            |computer: &Device| Station::new(&Rc::new(computer.clone()), &person.home, 1.5);
        let good = station(&computer);
        computer.id.clone_from(&id);
        let faulty = station(&computer);
        let mut stations = person.stations.clone();
        stations.push(faulty);
        person.use_station(good);
        let account = scene.account(&person);
        let at = account.registered_at.max(scene.world.history_start);
        let during = (begins..begins + lasts).contains(&at);
        let register_at = if during { &stations } else { &person.stations };
        let here = scene.dice.pick(register_at).clone();
        scene.register(&account, &here)?;
        let parts = [
            (at, begins, &person.stations),
            (begins.max(at), begins + lasts, &stations),
            ((begins + lasts).max(at), STREAM_END, &person.stations),
        ];
        for (from, until, stations) in parts {
            let whole = Life::whole(scene, &account, &person);
            let until = until.min(STREAM_END);
            Life {
                from,
                until,
                stations,
                ..whole
            }
            .live(scene)?;
        }
    }
    Ok(())
}

/// Somebody whose events lack fields: an old client, a privacy setting, a proxy that eats headers.
pub fn missing_fields(scene: &mut Scene) -> io::Result<()> {
    let person = single::person(scene);
    let mut account = scene.account(&person);
    account.lacks.device = scene.dice.chance(0.35);
    account.lacks.address = scene.dice.chance(0.35);
    account.lacks.number = scene.dice.chance(0.35);
    account.lacks.name = scene.dice.chance(0.35);
    account.lacks.account_type = scene.dice.chance(0.5);
    let station = scene.dice.pick(&person.stations).clone();
    scene.register(&account, &station)?;
    Life::whole(scene, &account, &person).live(scene)
}
