//! What tests drive the program with: a spawned server, commands, files, and messages with sensible
//! values to change.

pub mod command;
pub mod message;
pub mod redis;
pub mod server;

pub use command::*;
pub use message::*;
pub use redis::Redis;
pub use server::Server;

use std::path::PathBuf;

use tempfile::TempDir;

/// A folder for one test; it goes when the value does.
pub fn folder() -> TempDir {
    tempfile::Builder::new()
        .prefix("sameuser-test-")
        .tempdir()
        .unwrap()
}

/// The root of the repository.
pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Whether this is a long run (`make soak`): more cases, more kills, records kept.
pub fn is_soak() -> bool {
    std::env::var_os("SAMEUSER_SOAK").is_some_and(|value| value == "1")
}
