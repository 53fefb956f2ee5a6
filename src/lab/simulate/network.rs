//! How people reach the service, and from which address at some moment.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    rc::Rc,
};

use super::{
    calendar::DAY,
    dice::{Dice, mix},
    world::{CARRIERS, World},
};

/// A way to the service.
#[derive(Clone)]
pub enum Access {
    /// A home's own line: its address changes with the lease; some traffic goes by IPv6.
    Line { city: usize, line: u64 },
    /// A home behind its provider's NAT.
    SharedLine { city: usize, line: u64 },
    /// Mobile data behind a carrier's NAT, or by an IPv6 /64 of the day's own.
    Mobile { city: usize, subscriber: u64 },
    /// The outward addresses of an office, a campus, a café.
    Egress(Rc<[Ipv4Addr]>),
    /// One server's address.
    Hosted(Ipv4Addr),
    /// A VPN: one of a provider's exits, another one each session.
    Vpn { provider: u64 },
    /// A privacy relay of the operating system.
    Relay,
    /// Residential proxies: another home's line, in these cities, each session.
    Proxies(Rc<[usize]>),
}

impl Access {
    /// A new home's line in a city.
    pub fn home(world: &World, city: usize, dice: &mut Dice) -> Self {
        let line = dice.word();
        if dice.chance(world.parameters.homes_behind_nat) {
            Access::SharedLine { city, line }
        } else {
            Access::Line { city, line }
        }
    }

    /// A new subscription to mobile data.
    pub fn mobile(city: usize, dice: &mut Dice) -> Self {
        let subscriber = dice.word();
        Access::Mobile { city, subscriber }
    }

    /// A place with so many outward addresses of its own.
    pub fn place(world: &World, city: usize, addresses: usize, dice: &mut Dice) -> Self {
        let prefix = *dice.pick(&world.cities[city].homes);
        // Neighbours: a provider hands them out together.
        let base = dice.word();
        Access::Egress(
            (0..addresses as u64)
                .map(|next| prefix.address(base + next))
                .collect(),
        )
    }

    /// The address of a session that begins now.
    pub fn address(&self, world: &World, dice: &mut Dice, at: i64) -> IpAddr {
        match self {
            Access::Line { city, line } => home_address(world, *city, *line, dice, at),
            Access::SharedLine { city, line } => {
                let pool = &world.cities[*city].shared_homes;
                let lease = at / (2 * DAY);
                pool[(mix(*line, lease as u64) % pool.len() as u64) as usize].into()
            }
            Access::Mobile { city, subscriber } => {
                mobile_address(world, *city, *subscriber, dice, at)
            }
            Access::Egress(addresses) => (*dice.pick(addresses)).into(),
            Access::Hosted(address) => (*address).into(),
            Access::Vpn { provider } => {
                let exits = &world.vpn_exits;
                let exit = mix(*provider, dice.whole(0, 5)) % exits.len() as u64;
                exits[exit as usize].into()
            }
            Access::Relay => (*dice.pick(&world.relay_exits)).into(),
            Access::Proxies(cities) => {
                let city = *dice.pick(cities);
                home_address(world, city, dice.word(), dice, at)
            }
        }
    }
}

fn home_address(world: &World, city: usize, line: u64, dice: &mut Dice, at: i64) -> IpAddr {
    // Each line has a lease of its own length and phase.
    let stretch = 0.4 + (line % 1024) as f64 / 640.0;
    let lease_length = (world.parameters.lease_days * stretch * DAY as f64) as i64;
    let phase = (mix(line, 2) % lease_length as u64) as i64;
    let lease = ((at + phase) / lease_length) as u64;
    let city = &world.cities[city];
    // Not every line has IPv6.
    let dual = (mix(line, 3) % 1000) as f64 / 1000.0 < 0.7;
    if dual && dice.chance(world.parameters.ipv6_home / 0.7) {
        let prefixes = city.country.home_ipv6;
        let prefix = prefixes[(line % prefixes.len() as u64) as usize];
        return ipv6(prefix, mix(line, lease), mix(line, 4) % 4, dice.word());
    }
    let place = mix(mix(line, lease), world.seed);
    let prefix = city.homes[(place % city.homes.len() as u64) as usize];
    prefix.address(mix(place, 5)).into()
}

fn mobile_address(world: &World, city: usize, subscriber: u64, dice: &mut Dice, at: i64) -> IpAddr {
    let city = &world.cities[city];
    let day = mix(subscriber, (at / DAY) as u64);
    if dice.chance(world.parameters.ipv6_mobile) {
        let prefixes = city.country.mobile_ipv6;
        let prefix = prefixes[(subscriber % prefixes.len() as u64) as usize];
        // A /64 for every connection: nothing of it lasts.
        return ipv6(prefix, mix(day, 6), dice.word() & 0xff, dice.word());
    }
    let pool = &city.carriers[(subscriber % CARRIERS as u64) as usize];
    // The carrier keeps a subscriber on few addresses a day.
    let address = mix(day, dice.whole(0, 2)) % pool.len() as u64;
    pool[address as usize].into()
}

/// An address of a /56 (24 bits of the customer's), a /64 in it, and an interface.
fn ipv6(prefix: u32, customer: u64, subnet: u64, interface: u64) -> IpAddr {
    let high = u64::from(prefix) << 32 | (customer & 0xff_ffff) << 8 | subnet & 0xff;
    Ipv6Addr::from(u128::from(high) << 64 | u128::from(interface)).into()
}
