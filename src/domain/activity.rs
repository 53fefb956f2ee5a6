//! An account's events, counted: when of the day they happen, and from what networks.

use serde::{Deserialize, Serialize};

use super::event::NetworkClass;

/// Hours of a day.
const HOURS: usize = 24;

/// Counts of distinct events; each saturates, so counts merge in any order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// All events.
    pub events: u32,
    /// From data centres.
    pub from_data_centres: u32,
    /// From commercial VPNs.
    pub from_vpns: u32,
    /// By hour of the day (UTC), up to 255 each.
    pub hours: [u8; HOURS],
}

impl Activity {
    /// Takes in an event.
    pub fn add(&mut self, second: u32, network: Option<NetworkClass>) {
        self.events = self.events.saturating_add(1);
        let hour = &mut self.hours[(second / 3600) as usize % HOURS];
        *hour = hour.saturating_add(1);
        match network {
            Some(NetworkClass::DataCentre) => {
                self.from_data_centres = self.from_data_centres.saturating_add(1);
            }
            Some(NetworkClass::Vpn) => self.from_vpns = self.from_vpns.saturating_add(1),
            _ => {}
        }
    }

    /// A power of two that there are at least so many events as.
    pub fn events_at_least(&self) -> u32 {
        1 << self.events.max(1).ilog2()
    }

    /// The longest run of hours of the day, round the clock, in each of which at most a fiftieth of
    /// the events happened: people sleep, whatever their time zone.
    pub fn quiet_hours(&self) -> u32 {
        let sum: u32 = self.hours.iter().map(|count| u32::from(*count)).sum();
        let quiet = |hour: usize| u32::from(self.hours[hour % HOURS]) * 50 <= sum;
        let mut longest = 0;
        let mut run = 0;
        for hour in 0..2 * HOURS {
            run = if quiet(hour) { run + 1 } else { 0 };
            longest = longest.max(run);
        }
        longest.min(HOURS as u32)
    }
}
