//! SECOND: the service. It turns facts into verdicts and owns the order in which both become
//! durable. [`engine`] is the whole state of one store in memory; [`node`] serves it to many callers
//! with group commits; [`store`] drives it alone, for the command line.

pub mod adjustments;
pub mod appeals;
mod atoms;
pub mod audit_sample;
pub mod backtest;
pub mod blame;
pub mod books;
pub mod campaigns;
pub mod case_queue;
pub mod cases;
pub mod checkpoint;
pub mod clock;
pub mod codec;
pub mod dead_letters;
pub mod desk;
pub mod dispositions;
pub mod engine;
pub mod entries;
pub mod export;
pub mod fuse;
pub mod held;
pub mod labels;
pub mod ledger;
pub mod measure;
pub mod node;
pub mod notice;
pub mod overview;
pub mod people;
pub mod quality;
pub mod reconcile;
pub mod recovery;
pub mod refusal;
pub mod runner;
pub mod seats;
pub mod seen;
pub mod staff;
pub mod standing;
pub mod store;
pub mod stream;
pub mod terms_difference;
pub mod timeline;
pub mod trial;
pub mod verdicts;
pub mod verify;
mod verify_ledger;
