//! Every test that drives the real program: one binary, so that it links once.
#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a test says what went wrong by failing; nobody links it"
)]

mod drain;
mod properties;
mod support;
