//! Login event streams from Redis. One task a partition reads in order through the consumer group
//! `sameuser`: one thread reads and decodes, another folds, so that a large batch delays no verdict and the
//! next one is ready when it is folded. The journal is
//! the truth: the position becomes durable with the batch, an entry is acknowledged after that, and on
//! every connection the group is set to where the journal stands.
//!
//! * `feed` starts and ends the thread and tells when everything is caught up with.
//! * `partition` follows one stream: read, take in, wait for the journal, acknowledge; `read` asks ahead.
//! * `group` sets the consumer group to the journal's position and finds what was lost.
//! * `claim` takes over what was handed out and never acknowledged.
//! * `entry` reads one entry; `seal` keeps what can't be read from other eyes; `mirror` shows it in Redis.
//! * `fault` sorts what goes wrong; `reply` reads Redis' answers.

mod claim;
mod entry;
mod fault;
mod feed;
mod group;
mod meters;
mod mirror;
mod partition;
mod read;
mod reply;
mod seal;
mod source;

pub use entry::decode;
pub use feed::{Feed, start};
pub use seal::{SEALED_BYTES_AT_MOST, Sealer};
pub use source::{StreamSource, partition_names};
