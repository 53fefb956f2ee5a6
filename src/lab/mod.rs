//! THE LAB: worlds to try the service on, measures of how well it does, models learnt from them. It may
//! use every floor below the roof; only the roof imports it.
//!
//! - [`simulate`]: labelled worlds; `docs/simulator.md` says where each of its numbers comes from.
//! - [`evaluate`]: what the service does on such a set; `docs/evaluation.md` says what each number means.
//! - [`hop`]: real accounts, of another promotion, as such a set.
//! - [`train`]: the abuse model from labelled sets.

pub mod evaluate;
pub mod hop;
pub mod label;
pub mod simulate;
pub mod train;
