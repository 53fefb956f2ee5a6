//! Ordinary people who take the discount with several accounts.

use std::{io, rc::Rc};

use super::super::{
    account::Account,
    calendar::{DAY, PERIOD_START},
    device::Device,
    life::Life,
    name,
    network::Access,
    number,
    person::{Person, Station},
    scene::Scene,
};

/// One person, two accounts or a few more. What they hide of it depends on their care.
pub fn several_accounts(scene: &mut Scene) -> io::Result<()> {
    let more = scene.dice.count(scene.world.parameters.duplicate_more);
    let size = (2 + more).min(8).min(scene.room);
    let care = scene
        .dice
        .normal(scene.world.parameters.duplicate_care, 0.25)
        .clamp(0.0, 1.0);
    let mut person = scene.person();
    let computer = person.own_computer(scene.world, &mut scene.dice);
    let mut accounts = vec![scene.account(&person)];
    let stem = accounts[0]
        .name
        .trim_end_matches(|c: char| c.is_ascii_digit())
        .to_string();
    while accounts.len() < size {
        let further = further(scene, &person, &accounts, &stem, care);
        accounts.push(further);
    }
    // Alone in the set (the last of a quota), it is nobody's double, but still the first.
    let first = accounts.iter().map(|account| account.registered_at).min();
    let mut primary_left = true;
    for (position, account) in accounts.iter_mut().enumerate() {
        account.primary = primary_left && Some(account.registered_at) == first;
        primary_left &= !account.primary;
        let mut hands = person.clone();
        if position > 0 {
            hands.stations = stations(scene, &person, &computer, care);
        }
        // The same person's hours, shared out among the accounts.
        hands.habit = hands.habit.faster(0.85);
        hands.habit.tokens_median *= scene.dice.log_normal(1.0, 0.3);
        let station = scene.dice.pick(&hands.stations).clone();
        scene.register(account, &station)?;
        Life::whole(scene, account, &hands).live(scene)?;
    }
    Ok(())
}

/// A further account of somebody.
fn further(
    scene: &mut Scene,
    person: &Person,
    before: &[Account],
    stem: &str,
    care: f64,
) -> Account {
    let mut account = scene.account(person);
    if scene.dice.chance(0.7) {
        // For the event.
        let days = scene.dice.between(-2.0, 9.0) * DAY as f64;
        account.registered_at = scene.awake(PERIOD_START + days as i64, &person.habit, person.city);
    }
    match scene
        .dice
        .weighted([0.52, 0.12, 0.07, 0.23, 0.06].into_iter())
    {
        // Another SIM of their own.
        0 => {}
        1 => {
            let city = &scene.world.cities[person.city];
            let block = number::block(city, number::Kind::Virtual, &mut scene.dice);
            account.number = number::complete(&block, scene.dice.word());
        }
        2 => account.number = number::disposable(scene.world, &mut scene.dice),
        3 => account.number.clear(),
        // Bound to both at once, where the service lets that pass.
        _ => account.number.clone_from(&before[0].number),
    }
    let careless = !scene.dice.chance(care);
    if careless && scene.dice.chance(0.5) {
        account.name = match scene.dice.chance(0.4) {
            true => before[0].name.clone(),
            false => format!("{stem}{}", scene.dice.whole(2, 99)),
        };
    }
    if careless && scene.dice.chance(0.4) {
        // The same card or e-mail.
        account.others.clone_from(&before[0].others);
    }
    if account.name.is_empty() {
        account.name = name::by_default(&mut scene.dice);
    }
    account
}

/// Where a further account is used: the same computer, another profile of it, another device; the same
/// line or a VPN.
fn stations(scene: &mut Scene, person: &Person, computer: &Rc<Device>, care: f64) -> Vec<Station> {
    let careful = |scene: &mut Scene| scene.dice.chance(care);
    let device = if !careful(scene) {
        computer.clone()
    } else if !careful(scene) {
        Rc::new(computer.installed_anew(&mut scene.dice))
    } else {
        Rc::new(Device::computer(scene.world, &mut scene.dice))
    };
    let access = match careful(scene) && careful(scene) {
        true => match scene.dice.chance(0.5) {
            true => Access::Vpn {
                provider: scene.dice.whole(0, 40),
            },
            false => person.mobile.clone(),
        },
        false => person.home.clone(),
    };
    let mut stations = vec![Station::new(&device, &access, 2.0)];
    if !careful(scene) {
        stations.push(Station::new(&person.phone, &person.mobile, 0.3));
    } else if scene.dice.chance(0.3) {
        let second = Rc::new(Device::phone(scene.world, &mut scene.dice));
        stations.push(Station::new(&second, &person.home, 0.4));
    }
    stations
}
