//! `sameuser simulate`: a world first, events from what its people do.
//!
//! A group (a household, an office, a farm) is built from a random stream of its own, so groups are
//! independent of each other and of the order in which they are made. What a group emits goes to
//! sorted runs on disk and is merged by arrival: memory does not grow with the number of accounts.
//! Abusers live by the same code as honest people, from the same catalogues; only what the attack
//! itself changes differs. `docs/simulator.md` has the calibration.

mod abusive;
mod account;
mod calendar;
mod catalogue;
mod device;
mod dice;
mod habit;
mod honest;
mod life;
mod line;
mod mix;
mod name;
mod network;
mod number;
mod parameters;
mod person;
mod population;
mod scene;
mod simulation;
mod sorter;
mod stream;
mod world;

pub use mix::Mix;
pub use parameters::Parameters;
pub use population::{Population, populations, quotas};
pub use simulation::{Outputs, Plan, Profile, SimulateError, Summary, simulate};
