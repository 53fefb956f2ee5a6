//! The journal: everything durable, append-only, in one SQLite file.
//!
//! This floor deals in bytes. It stores events, verdicts and rarer entries in the order in which
//! they were committed, seals each group of them into a chain of hashes, keeps the set of event
//! identifiers ever accepted, and holds checkpoints of the state that is folded from it. What the
//! bytes mean is written above. No SQL stands outside this floor.
//!
//! * [`Journal`] owns the one writing connection: one transaction and one sync a [`Group`].
//! * [`Reader`] is a read-only connection; it sees what is committed and nothing else.
//! * [`EventIndex`] answers whether an event was seen before, exactly, at about 9 bits an event.
//! * [`verify_chain`] recomputes every hash and names what was changed.
//! * [`backup`] copies a store that a server holds open.
//!
//! Sequence numbers (`seq`) start at 1, separately for events, verdicts and entries, without gaps.

mod backup;
mod chain;
mod checkpoint;
mod commit;
mod directory;
mod error;
mod event_index;
mod event_key;
mod event_run;
mod fault;
mod group;
mod integer;
mod positions;
mod reader;
mod recompute;
mod schema;
mod store;
mod stored;
mod stream_position;
mod verify;

pub use backup::backup;
pub use error::JournalError;
pub use event_index::{EventIndex, Seen};
pub use event_key::EventKey;
pub use event_run::{IndexFlush, NewFilter};
pub use fault::{Fault, Ledger};
pub use group::{AdjustmentColumns, Group, MAX_GROUP_BYTES, VerdictColumns};
pub use positions::Positions;
pub use reader::Reader;
pub use schema::{LOCK_FILE, STORE_FILE};
pub use store::{Journal, WalCopier};
pub use stored::{CheckpointMeta, StoredAdjustment, StoredEntry, StoredGroup, StoredVerdict};
pub use stream_position::StreamPosition;
pub use verify::verify_chain;
