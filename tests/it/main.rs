//! Every test that drives the real program: one binary, so that it links once.
#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a test says what went wrong by failing; nobody links it"
)]

mod audit_sample;
mod bad_input;
mod benefits;
mod clients;
mod command_line;
mod console;
mod crash;
mod deadline;
mod drain;
mod durable;
mod evaluation;
mod formats;
mod full_disk;
mod fuse;
mod labels;
mod probes;
mod properties;
mod simulator;
mod streams;
mod support;
mod terms;
mod tidy;
mod training;
