//! People: where they live, what they carry, how they use the service.

use std::rc::Rc;

use super::{device::Device, dice::Dice, habit::Habit, network::Access, world::World};

/// When somebody is at a station.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum When {
    Any,
    /// On weekdays from nine to seven.
    Work,
    /// At other times.
    Home,
}

/// A device somewhere, and what is used on it.
#[derive(Clone)]
pub struct Station {
    pub device: Rc<Device>,
    pub access: Access,
    pub when: When,
    pub weight: f64,
}

impl Station {
    /// A device used at any time.
    pub fn new(device: &Rc<Device>, access: &Access, weight: f64) -> Self {
        Station {
            device: device.clone(),
            access: access.clone(),
            when: When::Any,
            weight,
        }
    }

    /// The same at certain hours.
    pub fn at(mut self, when: When) -> Self {
        self.when = when;
        self
    }
}

/// A person.
#[derive(Clone)]
pub struct Person {
    /// Opaque.
    pub id: String,
    pub city: usize,
    pub home: Access,
    pub mobile: Access,
    pub phone: Rc<Device>,
    pub habit: Habit,
    /// Where they use the service.
    pub stations: Vec<Station>,
}

impl Person {
    /// Somebody of a city with a phone and nothing else yet.
    pub fn draw(world: &World, dice: &mut Dice, id: String, city: usize, home: Access) -> Self {
        let phone = Rc::new(Device::phone(world, dice));
        let mobile = Access::mobile(city, dice);
        // Some hardly know the app.
        let fondness = dice.log_normal(0.9, 0.9);
        let out = Station::new(&phone, &mobile, fondness * dice.between(0.2, 0.8));
        let inside = Station::new(&phone, &home, fondness * dice.between(0.2, 0.8)).at(When::Home);
        let mut person = Person {
            id,
            city,
            home,
            mobile,
            phone,
            habit: Habit::draw(&world.parameters, dice),
            stations: vec![out, inside],
        };
        if dice.chance(world.parameters.vpn_now_and_then) {
            let provider = dice.whole(0, 40);
            let device = person.phone.clone();
            person.use_station(Station::new(&device, &Access::Vpn { provider }, 0.4));
        }
        person
    }

    /// Adds a station.
    pub fn use_station(&mut self, station: Station) {
        self.stations.push(station);
    }

    /// Gives them a computer of their own at home, and returns it.
    pub fn own_computer(&mut self, world: &World, dice: &mut Dice) -> Rc<Device> {
        let computer = Rc::new(Device::computer(world, dice));
        let weight = dice.between(0.8, 2.0);
        self.use_station(Station::new(&computer, &self.home, weight));
        computer
    }
}
