//! What the benches share: simulated people, people of an exact shape, stores made of them, questions
//! about them, child processes and their CPU, a closed-loop client, and tables.

pub mod data;
pub mod draw;
pub mod load;
pub mod population;
pub mod process;
pub mod question;
pub mod report;
pub mod server;
pub mod simulated;

/// What any bench may fail with.
pub type Failure = Box<dyn std::error::Error>;
