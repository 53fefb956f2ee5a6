//! What the benches share: made-up people, stores made of them, child processes and their CPU, a
//! closed-loop client, and tables.

pub mod data;
pub mod load;
pub mod population;
pub mod process;
pub mod report;
pub mod server;

/// What any bench may fail with.
pub type Failure = Box<dyn std::error::Error>;
