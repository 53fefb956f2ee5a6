//! Honest people. None of them does anything against the terms, and each kind looks bad to some
//! naive rule.

mod appliance;
mod change;
mod household;
mod network;
mod place;
mod single;
mod surge;

pub use single::clock_start;

use super::population::Population;
use crate::lab::label::Label;

const fn honest(
    name: &'static str,
    weight: f64,
    build: fn(&mut super::scene::Scene) -> std::io::Result<()>,
) -> Population {
    Population {
        name,
        label: Label::Legitimate,
        weight,
        build,
    }
}

/// Every honest population with its share.
pub const POPULATIONS: &[Population] = &[
    honest("single", 0.270, single::single),
    honest("household", 0.095, household::own_devices),
    honest("household_family_pc", 0.060, household::family_computer),
    honest(
        "household_one_pc",
        0.035,
        household::only_the_family_computer,
    ),
    honest("office", 0.085, place::office),
    honest("campus", 0.045, place::campus),
    honest("lab_reset", 0.020, place::campus_with_resets),
    honest("internet_cafe", 0.024, place::internet_cafe),
    honest("carrier_nat", 0.060, network::carrier),
    honest("vpn", 0.022, network::vpn),
    honest("relay", 0.020, network::relay),
    honest("traveller", 0.020, network::traveller),
    honest("recycled_number", 0.018, change::recycled_number),
    honest("second_hand_device", 0.018, change::second_hand_device),
    honest("replaced_phone", 0.022, change::replaced_phone),
    honest("left_account", 0.016, change::left_account),
    honest("heavy_user", 0.020, single::heavy_user),
    honest("night_owl", 0.018, single::night_owl),
    honest("office_hours", 0.020, single::office_hours),
    honest("scheduled_tasks", 0.020, single::scheduled_tasks),
    honest("old_account", 0.025, single::old_account),
    honest("launch_class", 0.030, surge::class),
    honest("cloud_desktop", 0.020, appliance::cloud_desktop),
    honest("faulty_client", 0.016, appliance::faulty_client),
    honest("missing_fields", 0.018, appliance::missing_fields),
    honest("enterprise", 0.018, place::enterprise),
];
