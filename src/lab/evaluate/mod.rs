//! How good the answers are, against a truth. Everything here is a function of plain values: who is
//! who ([`truth`]), what a system answered ([`answers`]), and from both a [`report::Report`]. Where
//! the answers come from is another matter: the service itself ([`rehearsal`]), obvious alternatives
//! to it ([`rivals`]), or files that any other system wrote ([`recorded`]).
//!
//! `docs/evaluation.md` says what each number means, with formulae and sources.

pub mod answers;
pub mod calibration;
pub mod curve;
pub mod delay;
pub mod duplicates;
pub mod evidence;
pub mod harm;
pub mod interval;
pub mod page;
pub mod popularity;
pub mod prefix;
pub mod reach;
pub mod recorded;
pub mod rehearsal;
pub mod report;
pub mod resolution;
pub mod rivals;
pub mod scores;
pub mod summary;
pub mod thresholds;
pub mod truth;
