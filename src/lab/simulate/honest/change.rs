//! Identifiers that pass from one honest person to another, and people who change theirs.

use std::{io, rc::Rc};

use super::{
    super::{
        account::Account,
        calendar::{DAY, PERIOD_START, STREAM_END},
        device::Device,
        life::Life,
        person::Person,
        scene::Scene,
    },
    single,
};

/// Registers an account early enough for something to happen to it before the event.
fn early(scene: &mut Scene, person: &Person) -> io::Result<Account> {
    let mut account = scene.account(person);
    let history = scene.world.history_start;
    if account.registered_at > history + 10 * DAY {
        let days = scene.dice.between(0.0, 10.0) * DAY as f64;
        account.registered_at = scene.awake(history + days as i64, &person.habit, person.city);
    }
    let station = scene.dice.pick(&person.stations).clone();
    scene.register(&account, &station)?;
    Ok(account)
}

/// A day between two, as a moment.
fn day_between(scene: &mut Scene, low: f64, high: f64) -> i64 {
    (scene.dice.between(low, high) * DAY as f64) as i64
}

/// A number is given up and months later given to a stranger, who registers with it. Its old account
/// says so, or is just silent.
pub fn recycled_number(scene: &mut Scene) -> io::Result<()> {
    let history = scene.world.history_start;
    let first = single::person(scene);
    let before = early(scene, &first)?;
    let end = history + day_between(scene, 8.0, 20.0);
    let whole = Life::whole(scene, &before, &first);
    Life {
        until: end,
        ..whole
    }
    .live(scene)?;
    if scene.dice.chance(0.4) {
        let station = scene.dice.pick(&first.stations).clone();
        scene.bind(&before, &station, end, false)?;
    }
    let mut second = single::person(scene);
    second.city = first.city;
    if scene.room == 0 {
        return Ok(());
    }
    let mut after = scene.account(&second);
    after.number = before.number.clone();
    let wait = day_between(scene, scene.world.parameters.recycling_days, 60.0);
    let registered = (end + wait).min(PERIOD_START + 8 * DAY);
    after.registered_at = scene.awake(registered, &second.habit, second.city);
    let station = scene.dice.pick(&second.stations).clone();
    scene.register(&after, &station)?;
    Life::whole(scene, &after, &second).live(scene)
}

/// A computer or a phone is sold and used by a stranger.
pub fn second_hand_device(scene: &mut Scene) -> io::Result<()> {
    let mut seller = single::person(scene);
    let sold = match scene.dice.chance(0.5) {
        true => seller.phone.clone(),
        false => seller.own_computer(scene.world, &mut scene.dice),
    };
    let account = early(scene, &seller)?;
    let sale = scene.world.history_start + day_between(scene, 15.0, 55.0);
    let whole = Life::whole(scene, &account, &seller);
    Life {
        until: sale,
        ..whole
    }
    .live(scene)?;
    let replacement = Rc::new(replacement_of(scene, &sold));
    replace(&mut seller, &sold, &replacement);
    let whole = Life::whole(scene, &account, &seller);
    Life {
        from: sale,
        ..whole
    }
    .live(scene)?;
    if scene.room == 0 {
        return Ok(());
    }
    let mut buyer = single::person(scene);
    let own = match sold.mobile() {
        true => buyer.phone.clone(),
        false => buyer.own_computer(scene.world, &mut scene.dice),
    };
    replace(&mut buyer, &own, &sold);
    let mut account = scene.account(&buyer);
    let arrival = sale + day_between(scene, 2.0, 20.0);
    if account.registered_at < arrival {
        let later = arrival + day_between(scene, 0.0, 12.0);
        account.registered_at = scene.awake(later, &buyer.habit, buyer.city);
    }
    let station = scene.dice.pick(&buyer.stations).clone();
    scene.register(&account, &station)?;
    Life::whole(scene, &account, &buyer).live(scene)
}

fn replacement_of(scene: &mut Scene, old: &Device) -> Device {
    match old.mobile() {
        true => Device::phone(scene.world, &mut scene.dice),
        false => Device::computer(scene.world, &mut scene.dice),
    }
}

/// Puts one device in the place of another at every station.
fn replace(person: &mut Person, old: &Rc<Device>, new: &Rc<Device>) {
    for station in &mut person.stations {
        if Rc::ptr_eq(&station.device, old) {
            station.device = new.clone();
        }
    }
}

/// Somebody buys a new phone and goes on with the account; some change the number as well.
pub fn replaced_phone(scene: &mut Scene) -> io::Result<()> {
    let mut person = single::person(scene);
    let mut account = early(scene, &person)?;
    let change = scene.world.history_start + day_between(scene, 12.0, 85.0);
    let whole = Life::whole(scene, &account, &person);
    Life {
        until: change,
        ..whole
    }
    .live(scene)?;
    let old = person.phone.clone();
    let new = Rc::new(Device::phone(scene.world, &mut scene.dice));
    replace(&mut person, &old, &new);
    if scene.dice.chance(0.3) {
        let station = person.stations[0].clone();
        scene.bind(&account, &station, change, false)?;
        account.number = scene.number(person.city);
        let soon = change + scene.soon(0.2);
        scene.bind(&account, &station, soon, true)?;
    }
    let whole = Life::whole(scene, &account, &person);
    Life {
        from: change,
        ..whole
    }
    .live(scene)
}

/// Somebody loses an account (a number, a password) and goes on with a new one: two accounts, one
/// after the other, never both.
pub fn left_account(scene: &mut Scene) -> io::Result<()> {
    let person = single::person(scene);
    let old = early(scene, &person)?;
    let change = scene.world.history_start + day_between(scene, 15.0, 62.0);
    let whole = Life::whole(scene, &old, &person);
    Life {
        until: change,
        ..whole
    }
    .live(scene)?;
    if scene.room == 0 {
        return Ok(());
    }
    let mut new = scene.account(&person);
    new.name = old.name.clone();
    let later = change + day_between(scene, 0.5, 15.0);
    new.registered_at = scene.awake(later.min(STREAM_END - 4 * DAY), &person.habit, person.city);
    let station = scene.dice.pick(&person.stations).clone();
    scene.register(&new, &station)?;
    Life::whole(scene, &new, &person).live(scene)
}
