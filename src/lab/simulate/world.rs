//! What all groups of a world share: its parameters, its cities and its releases.

use std::net::Ipv4Addr;

use super::{
    calendar::{DAY, PERIOD_START, STREAM_END},
    catalogue::{Catalogue, Prefix},
    dice::{Dice, mix},
    mix::Mix,
    parameters::Parameters,
};

/// A country: where its people's clocks, numbers, names and networks come from.
pub struct Country {
    pub code: &'static str,
    /// Share among people outside China; China's share is a parameter.
    weight: f64,
    /// Minutes east of Greenwich in June.
    pub offset_minutes: i64,
    /// First 32 bits of homes' IPv6 addresses.
    pub home_ipv6: &'static [u32],
    /// First 32 bits of phones' IPv6 addresses.
    pub mobile_ipv6: &'static [u32],
}

/// China first.
pub const COUNTRIES: [Country; 10] = [
    country(
        "CN",
        0.0,
        480,
        &[0x240e_03a0, 0x2409_8a00, 0x2408_8200],
        &[0x240e_046c, 0x2409_8900],
    ),
    country(
        "US",
        0.24,
        -300,
        &[0x2601_0280, 0x2600_1700],
        &[0x2607_fb90, 0x2600_1000],
    ),
    country("IN", 0.14, 330, &[0x2405_0201], &[0x2409_4050, 0x2405_0205]),
    country("DE", 0.11, 120, &[0x2003_00e4], &[0x2a01_0598]),
    country("JP", 0.12, 540, &[0x240b_0010, 0x2400_2410], &[0x240a_0061]),
    country("BR", 0.08, -180, &[0x2804_014c], &[0x2804_0018]),
    country("RU", 0.07, 180, &[0x2a00_1370], &[0x2a00_1fa1]),
    country("ID", 0.09, 420, &[0x2001_448a], &[0x2404_00c0]),
    country("NG", 0.05, 60, &[0x2c0f_f5c0], &[0x2c0f_2a80]),
    country("HK", 0.10, 480, &[0x2404_c800], &[0x2401_e180]),
];

const fn country(
    code: &'static str,
    weight: f64,
    offset_minutes: i64,
    home_ipv6: &'static [u32],
    mobile_ipv6: &'static [u32],
) -> Country {
    Country {
        code,
        weight,
        offset_minutes,
        home_ipv6,
        mobile_ipv6,
    }
}

/// Carriers a city.
pub const CARRIERS: usize = 3;

/// A city: networks and number blocks that its people share.
pub struct City {
    pub number: u64,
    pub country: &'static Country,
    pub homes: Vec<Prefix>,
    /// Addresses behind which each carrier puts its subscribers.
    pub carriers: [Vec<Ipv4Addr>; CARRIERS],
    /// Addresses behind which the broadband provider puts homes.
    pub shared_homes: Vec<Ipv4Addr>,
}

/// The shared part of a world.
pub struct World {
    pub seed: u64,
    pub parameters: Parameters,
    pub catalogue: Catalogue,
    pub cities: Vec<City>,
    pub history_start: i64,
    /// When each release of the desktop client came out; the phone's come three days later.
    releases: Vec<i64>,
    hosting: Vec<Prefix>,
    /// Exits of VPN providers and of the relay: addresses that strangers share.
    pub vpn_exits: Vec<Ipv4Addr>,
    pub relay_exits: Vec<Ipv4Addr>,
    /// Probability of a city, summed up.
    city_sums: Vec<f64>,
}

impl World {
    /// The world of a seed, for so many accounts.
    pub fn new(seed: u64, accounts: usize, mix: Mix) -> Self {
        let mut parameters = Parameters::draw(seed);
        mix.adjust(&mut parameters);
        let mut dice = Dice::of(&[seed, 0x776f_726c]);
        let catalogue = Catalogue::read();
        let cities = cities(accounts, &parameters, &catalogue, &mut dice);
        let city_sums = weights(&cities, &parameters)
            .scan(0.0, |sum, weight| {
                *sum += weight;
                Some(*sum)
            })
            .collect();
        let history_start = PERIOD_START - (parameters.history_days * DAY as f64) as i64;
        let mut releases = Vec::new();
        let mut release = history_start - 90 * DAY;
        while release < STREAM_END {
            releases.push(release);
            release += (dice.between(4.0, 13.0) * DAY as f64) as i64;
        }
        let mut exits = |class, people: f64, an_exit: f64| {
            let networks = catalogue.networks(class, "--");
            let count = (people / an_exit).ceil().max(6.0) as usize;
            (0..count)
                .map(|_| dice.pick(&networks).address(dice.word()))
                .collect()
        };
        World {
            vpn_exits: exits("vpn", accounts as f64 * 0.08, 14.0),
            relay_exits: exits("relay", accounts as f64 * 0.03, 9.0),
            hosting: catalogue.networks("hosting", "--"),
            seed,
            parameters,
            catalogue,
            cities,
            history_start,
            releases,
            city_sums,
        }
    }

    /// The city of some person.
    pub fn draw_city(&self, dice: &mut Dice) -> usize {
        let total = self.city_sums.last().copied().unwrap_or_default();
        let drawn = dice.share() * total;
        let found = self.city_sums.partition_point(|sum| *sum <= drawn);
        found.min(self.cities.len() - 1)
    }

    /// A server's address.
    pub fn hosted(&self, word: u64) -> Ipv4Addr {
        let prefix = self.hosting[(word % self.hosting.len() as u64) as usize];
        prefix.address(mix(word, 1))
    }

    /// The newest release of the client at some moment.
    pub fn release(&self, at: i64) -> usize {
        self.releases.partition_point(|release| *release <= at)
    }
}

/// The weight of each city: a few are large (Zipf), and China has its share.
fn weights<'a>(
    cities: &'a [City],
    parameters: &'a Parameters,
) -> impl Iterator<Item = f64> + Clone + 'a {
    let zipf = |city: &City| 1.0 / (city.number as f64 / COUNTRIES.len() as f64 + 2.0).sqrt();
    let of_country = move |code: &str| -> f64 {
        let cities = cities.iter().filter(|city| city.country.code == code);
        cities.map(zipf).sum()
    };
    let sums: Vec<(&str, f64)> = COUNTRIES
        .iter()
        .map(|country| (country.code, of_country(country.code)))
        .collect();
    cities.iter().map(move |city| {
        let share = match city.country.code {
            "CN" => parameters.share_in_china,
            _ => (1.0 - parameters.share_in_china) * city.country.weight,
        };
        let sum = sums.iter().find(|(code, _)| *code == city.country.code);
        share * zipf(city) / sum.map_or(1.0, |(_, sum)| *sum)
    })
}

fn cities(
    accounts: usize,
    parameters: &Parameters,
    catalogue: &Catalogue,
    dice: &mut Dice,
) -> Vec<City> {
    let wanted = (accounts as f64 / parameters.accounts_a_city).ceil() as usize;
    let mut cities: Vec<City> = (0..wanted.max(4) + COUNTRIES.len())
        .map(|number| {
            // One city for each country at least; the others by its weight.
            let chinese = number >= COUNTRIES.len() && dice.chance(parameters.share_in_china);
            let country = match number {
                _ if chinese => &COUNTRIES[0],
                _ if number < COUNTRIES.len() => &COUNTRIES[number],
                _ => &COUNTRIES[dice.weighted(COUNTRIES.iter().map(|country| country.weight))],
            };
            let homes = catalogue.networks("home", country.code);
            City {
                number: number as u64,
                country,
                homes: (0..4).map(|_| *dice.pick(&homes)).collect(),
                carriers: Default::default(),
                shared_homes: Vec::new(),
            }
        })
        .collect();
    let people: Vec<f64> = weights(&cities, parameters)
        .map(|weight| weight * accounts as f64)
        .collect();
    for (city, people) in cities.iter_mut().zip(people) {
        let mobile = catalogue.networks("mobile", city.country.code);
        let mut pool = |from: &[Prefix], people: f64, an_address: f64| -> Vec<Ipv4Addr> {
            let count = (people / an_address).ceil().max(1.0) as usize;
            let prefix = *dice.pick(from);
            (0..count).map(|_| prefix.address(dice.word())).collect()
        };
        let carrier_people = people / CARRIERS as f64;
        for carrier in &mut city.carriers {
            *carrier = pool(
                &mobile,
                carrier_people,
                parameters.carrier_people_an_address,
            );
        }
        let behind_nat = people * parameters.homes_behind_nat;
        city.shared_homes = pool(&city.homes, behind_nat, parameters.homes_an_address);
    }
    cities
}
