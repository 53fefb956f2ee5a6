//! LAB: what the service is tried on. It may use every floor below the roof; only the roof imports it.
//!
//! - [`simulate`]: labelled worlds of people, households, places, networks, devices and numbers, honest
//!   and abusive; `docs/simulator.md` says where each of its numbers comes from.
//! - [`evaluate`]: how good the answers are, against the truth of such a world.

pub mod evaluate;
pub mod simulate;
