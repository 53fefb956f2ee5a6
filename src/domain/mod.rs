//! GROUND: the pure domain. No IO, no waiting, no clock, no random number: everything here is a
//! function of recorded facts, revisions and what the caller passes in.
//!
//! Read in this order: [`event`] (what is told), [`graph`] (facts and how they merge),
//! [`evidence`] and [`same_user`] (who is the same user), [`feature`] and [`abuse`] (how likely
//! abuse is), [`campaign`] (the terms), [`verdict`] (what billing is answered).

pub mod abuse;
pub mod account;
pub mod activity;
pub mod adjustment;
mod ahead;
pub mod appeal;
pub mod assertion;
pub mod campaign;
mod campaign_file;
pub mod case_work;
pub mod clock;
pub mod cohort;
pub mod costs;
mod device_evidence;
pub mod disposition;
pub mod event;
pub mod evidence;
mod evidence_groups;
pub mod evidence_weights;
pub mod feature;
pub mod fold;
pub mod forest;
pub mod fuse;
pub mod graph;
pub mod identifier;
pub mod interval;
pub mod ledger;
pub mod link;
pub mod linked;
pub mod moments;
pub mod person;
pub mod reason;
mod registration_evidence;
pub mod same_user;
pub mod sample;
pub mod table;
pub mod task_history;
pub mod verdict;
