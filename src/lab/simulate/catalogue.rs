//! Models, versions, networks and numbers of the real world, with their weights: `src/lab/data/`.

use std::net::Ipv4Addr;

use super::dice::Dice;

/// Words with the sum of the weights up to each.
struct Weighted(Vec<(&'static str, f64)>);

impl Weighted {
    /// One of them, by weight.
    fn draw(&self, dice: &mut Dice) -> &'static str {
        let total = self.0.last().map_or(0.0, |(_, sum)| *sum);
        let drawn = dice.share() * total;
        let position = self.0.partition_point(|(_, sum)| *sum <= drawn);
        self.0.get(position).map_or("", |(word, _)| word)
    }
}

/// A block of addresses.
#[derive(Clone, Copy)]
pub struct Prefix {
    pub base: u32,
    pub length: u32,
}

impl Prefix {
    /// One of its addresses, by a word; network and broadcast addresses of its /24s are left out.
    pub fn address(self, word: u64) -> Ipv4Addr {
        let size = 1_u64 << (32 - self.length);
        let inside = (word % size) as u32;
        let address = self.base + inside;
        let last = address & 0xff;
        Ipv4Addr::from(if last == 0 {
            address | 1
        } else if last == 255 {
            address - 1
        } else {
            address
        })
    }
}

/// What the tables say.
pub struct Catalogue {
    android: Weighted,
    ios: Weighted,
    windows: Weighted,
    macos: Weighted,
    linux: Weighted,
    versions: Vec<(&'static str, Weighted)>,
    networks: Vec<(&'static str, &'static str, Prefix)>,
    pub disposable_numbers: Vec<&'static str>,
}

fn rows(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split('\t').collect())
}

fn weighted(text: &'static str, platform: &str) -> Weighted {
    let of_platform = rows(text).filter(|row| row[0] == platform);
    let sums = of_platform.scan(0.0, |sum, row| {
        *sum += row[2].parse().unwrap_or(0.0);
        Some((row[1], *sum))
    });
    Weighted(sums.collect())
}

impl Catalogue {
    /// Reads the tables, which are part of the program.
    pub fn read() -> Self {
        let phones = include_str!("../data/phones.tsv");
        let computers = include_str!("../data/computers.tsv");
        let versions = include_str!("../data/os_versions.tsv");
        let networks = rows(include_str!("../data/networks.tsv")).filter_map(|row| {
            let (base, length) = row[2].split_once('/')?;
            let base: Ipv4Addr = base.parse().ok()?;
            let length = length.parse().ok()?;
            let base = u32::from(base);
            Some((row[0], row[1], Prefix { base, length }))
        });
        let platforms = ["android", "ios", "windows", "macos", "linux"];
        Catalogue {
            android: weighted(phones, "android"),
            ios: weighted(computers, "ios"),
            windows: weighted(computers, "windows"),
            macos: weighted(computers, "macos"),
            linux: weighted(computers, "linux"),
            versions: platforms
                .into_iter()
                .map(|platform| (platform, weighted(versions, platform)))
                .collect(),
            networks: networks.collect(),
            disposable_numbers: include_str!("../data/disposable_numbers.txt")
                .lines()
                .collect(),
        }
    }

    /// A model of a platform.
    pub fn model(&self, platform: &str, dice: &mut Dice) -> &'static str {
        match platform {
            "ios" => &self.ios,
            "windows" => &self.windows,
            "macos" => &self.macos,
            "linux" => &self.linux,
            _ => &self.android,
        }
        .draw(dice)
    }

    /// A version of its operating system.
    pub fn version(&self, platform: &str, dice: &mut Dice) -> &'static str {
        let of_platform = self.versions.iter().find(|(name, _)| *name == platform);
        of_platform.map_or("", |(_, versions)| versions.draw(dice))
    }

    /// The networks of a class (`home`, `mobile`, `hosting`, `vpn`, `relay`) in a country (`--` where
    /// the class has none).
    pub fn networks(&self, class: &str, country: &str) -> Vec<Prefix> {
        let wanted = |(of, place, _): &&(&str, &str, Prefix)| *of == class && *place == country;
        let found = self.networks.iter().filter(wanted);
        found.map(|(.., prefix)| *prefix).collect()
    }
}
