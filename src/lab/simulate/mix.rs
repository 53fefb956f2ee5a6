//! Named mixes: which populations a world has, and how hard its abusers are.

use super::parameters::Parameters;

/// A kind of world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mix {
    /// A bit of everything.
    Base,
    /// A launch: classes, offices and newcomers register in bursts, and so do farms.
    Surge,
    /// Most people are behind carriers' NAT, cafés and campuses.
    Carrier,
    /// Abusers separate most identifiers; crude ones are rare.
    Sophisticated,
    /// Abusers who take no trouble: many accounts on few machines, most of them emulated.
    Crude,
    /// Nobody abuses.
    Clean,
    /// Base, with a bad stream: repeats, late and broken lines by the per cent.
    Chaos,
}

impl Mix {
    /// The factor on a population's weight.
    pub fn emphasis(self, population: &str) -> f64 {
        match (self, population) {
            (Mix::Surge, "launch_class") => 4.0,
            (Mix::Surge, "device_farm" | "emulator_farm") => 1.6,
            (Mix::Surge, "slow_drip_farm") => 0.4,
            (Mix::Carrier, "carrier_nat") => 3.0,
            (Mix::Carrier, "campus" | "internet_cafe" | "lab_reset") => 2.0,
            (Mix::Carrier, "proxy_farm") => 1.5,
            (Mix::Sophisticated, "device_farm" | "emulator_farm" | "crude_script") => 0.35,
            (Mix::Sophisticated, "proxy_farm" | "randomised_farm" | "slow_drip_farm") => 1.8,
            (Mix::Sophisticated, "subtle_script") => 2.0,
            (Mix::Crude, "emulator_farm") => 4.0,
            (Mix::Crude, "device_farm" | "crude_script") => 1.5,
            _ => 1.0,
        }
    }

    /// What the mix changes of a world's parameters.
    pub fn adjust(self, parameters: &mut Parameters) {
        match self {
            Mix::Surge => parameters.registered_for_event *= 2.0,
            Mix::Carrier => {
                parameters.carrier_people_an_address *= 2.5;
                parameters.homes_behind_nat = (parameters.homes_behind_nat * 2.0).min(0.8);
            }
            Mix::Sophisticated => {
                parameters.thoroughness_mean += 0.30;
                parameters.cover_mean += 0.20;
                parameters.duplicate_care += 0.25;
            }
            Mix::Crude => parameters.thoroughness_mean -= 0.35,
            Mix::Chaos => {
                parameters.repeats *= 10.0;
                parameters.late *= 8.0;
                parameters.late_minutes *= 6.0;
            }
            Mix::Base | Mix::Clean => {}
        }
    }

    /// The share of abusive accounts where none is asked for.
    pub fn default_abuse(self) -> f64 {
        if self == Mix::Clean { 0.0 } else { 0.07 }
    }
}
