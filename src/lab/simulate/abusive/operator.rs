//! Accounts that others than their owners use.

use std::{io, rc::Rc};

use super::super::{
    calendar::{DAY, PERIOD_START, STREAM_END},
    device::Device,
    habit::Habit,
    life::Life,
    network::Access,
    person::{Person, Station},
    scene::Scene,
};

/// Somebody with a phone and a computer, as owners of such accounts are.
fn owner(scene: &mut Scene) -> Person {
    let mut person = scene.person();
    person.own_computer(scene.world, &mut scene.dice);
    person
}

/// One account, used by a circle of people, each from their own place.
pub fn shared_account(scene: &mut Scene) -> io::Result<()> {
    let parameters = &scene.world.parameters;
    let users = (scene.dice.log_normal(parameters.sharing_users, 0.6) as usize).clamp(2, 60);
    let owner = owner(scene);
    let mut account = scene.account(&owner);
    // Shared for the event, or for long.
    let from = match scene.dice.chance(0.6) {
        true => PERIOD_START - scene.dice.whole(0, 6) as i64 * DAY,
        false => scene.world.history_start,
    };
    account.registered_at = account.registered_at.min(PERIOD_START + 5 * DAY);
    let station = scene.dice.pick(&owner.stations).clone();
    scene.register(&account, &station)?;
    Life::whole(scene, &account, &owner).live(scene)?;
    // A circle is often of one city; a market is not.
    let one_city = scene.dice.chance(0.4);
    for _ in 1..users {
        let mut user = match one_city {
            true => scene.person_in(owner.city),
            false => scene.person(),
        };
        user.own_computer(scene.world, &mut scene.dice);
        user.habit = user.habit.faster(scene.dice.between(0.3, 1.0));
        let from = from.max(account.registered_at) + scene.dice.whole(1, 5) as i64 * DAY / 2;
        let whole = Life::whole(scene, &account, &user);
        Life { from, ..whole }.live(scene)?;
    }
    Ok(())
}

/// One who works the event for customers: their accounts, registered and lived with elsewhere, come to
/// the operator's machines.
pub fn operator(scene: &mut Scene) -> io::Result<()> {
    let median = scene.world.parameters.operator_customers;
    let drawn = scene.dice.log_normal(median, 0.7) as usize;
    let customers = scene.group_size(drawn, 2);
    let parameters = &scene.world.parameters;
    let care = scene
        .dice
        .normal(parameters.thoroughness_mean, parameters.thoroughness_spread);
    let care = care.clamp(0.0, 1.0);
    let mut operator = scene.person();
    let machines: Vec<_> = (0..scene.dice.size(1.0, 6.0))
        .map(|_| operator.own_computer(scene.world, &mut scene.dice))
        .collect();
    let own_way = scene
        .dice
        .chance(care)
        .then(|| match scene.dice.chance(0.5) {
            true => Access::Proxies(Rc::from([operator.city])),
            false => Access::Vpn {
                provider: scene.dice.whole(0, 40),
            },
        });
    let access = own_way.unwrap_or_else(|| operator.home.clone());
    let separate_ids = scene.dice.chance(care);
    for _ in 0..customers {
        let owner = owner(scene);
        let mut account = scene.account(&owner);
        account.registered_at = account.registered_at.min(PERIOD_START + 4 * DAY);
        let station = scene.dice.pick(&owner.stations).clone();
        scene.register(&account, &station)?;
        let own = owner.habit.clone().faster(scene.dice.between(0.3, 0.9));
        let whole = Life::whole(scene, &account, &owner);
        Life {
            habit: &own,
            ..whole
        }
        .live(scene)?;
        let mut machine = (**scene.dice.pick(&machines)).clone();
        if separate_ids {
            machine = machine.installed_anew(&mut scene.dice);
        }
        let stations = [Station::new(&Rc::new(machine), &access, 1.0)];
        let worked = worked(scene, &operator, &owner);
        let from = PERIOD_START + (scene.dice.between(0.0, 6.0) * DAY as f64) as i64;
        let until = from + (scene.dice.between(3.0, 15.0) * DAY as f64) as i64;
        Life {
            account: &account,
            habit: &worked,
            stations: &stations,
            city: operator.city,
            from: from.max(account.registered_at + DAY / 8),
            until: until.min(STREAM_END),
        }
        .live(scene)?;
    }
    Ok(())
}

/// How an operator works an account: at the operator's hours, for the customer's purposes.
fn worked(scene: &mut Scene, operator: &Person, customer: &Person) -> Habit {
    let mut habit = operator.habit.clone();
    habit.event_gap_days = scene.dice.between(0.4, 1.2);
    habit.gap_sigma *= 0.6;
    habit.tokens_median = (habit.tokens_median * customer.habit.tokens_median).sqrt();
    habit.tasks_a_session *= scene.dice.between(0.8, 2.0);
    habit
}

/// Accounts that people made long ago and sold: from one day on, all in the buyer's hands. The true user
/// is the buyer.
pub fn bought_accounts(scene: &mut Scene) -> io::Result<()> {
    let drawn = scene.dice.size(1.0, 25.0);
    let size = scene.group_size(drawn, 1);
    let parameters = &scene.world.parameters;
    let care = scene
        .dice
        .normal(parameters.thoroughness_mean, parameters.thoroughness_spread);
    let care = care.clamp(0.0, 1.0);
    let mut buyer = scene.person();
    buyer.own_computer(scene.world, &mut scene.dice);
    let bought = PERIOD_START + (scene.dice.between(-12.0, 4.0) * DAY as f64) as i64;
    for _ in 0..size {
        let mut seller = owner(scene);
        seller.habit = seller.habit.faster(0.6);
        let mut account = scene.account(&seller);
        account.person.clone_from(&buyer.id);
        account.registered_at = account
            .registered_at
            .min(scene.world.history_start + 15 * DAY);
        let station = scene.dice.pick(&seller.stations).clone();
        scene.register(&account, &station)?;
        let silent = scene.dice.whole(1, 12) as i64 * DAY;
        let whole = Life::whole(scene, &account, &seller);
        Life {
            until: bought - silent,
            ..whole
        }
        .live(scene)?;
        let mut hands = buyer.clone();
        if scene.dice.chance(care) {
            let machine = Rc::new(Device::computer(scene.world, &mut scene.dice));
            let way = match scene.dice.chance(0.6) {
                true => Access::Proxies(Rc::from([seller.city])),
                false => Access::home(scene.world, buyer.city, &mut scene.dice),
            };
            hands.stations = vec![Station::new(&machine, &way, 1.0)];
        }
        let handover = bought + scene.soon(8.0);
        if scene.dice.chance(0.65) {
            let station = hands.stations[0].clone();
            scene.bind(&account, &station, handover, false)?;
            account.number = scene.number(buyer.city);
            let after = handover + scene.soon(0.1);
            scene.bind(&account, &station, after, true)?;
        }
        hands.habit = hands.habit.faster(scene.dice.between(0.7, 1.5));
        let whole = Life::whole(scene, &account, &hands);
        Life {
            from: handover,
            ..whole
        }
        .live(scene)?;
    }
    Ok(())
}
