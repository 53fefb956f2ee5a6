//! The codec of stored bytes: a version byte, then postcard (whose wire format is published and
//! stable). Versions are only added: a reader of every released one stays.

use serde::{Serialize, de::DeserializeOwned};

use super::held::HeldAnswer;
use crate::domain::{
    account::Account,
    adjustment::{AdjustmentChange, GrantVoid},
    appeal::{Appeal, AppealDecision},
    campaign::RevisionRecord,
    case_work::{CaseClaim, CaseNote, CaseSnooze},
    clock::Timestamp,
    disposition::{Disposition, DispositionEnd},
    event::{Event, EventType},
    fuse::FuseChange,
    identifier::{IdentifierKind, Pseudonym},
    link::Link,
    person::{PersonChange, RevisionAuthor},
    sample::{Summary, Told},
    verdict::VerdictRecord,
};

/// The version written by this release, of everything below.
pub const FORMAT_VERSION: u8 = 1;

/// Kinds of journal entries beside events and verdicts.
pub mod entry {
    /// A campaign's revision ([`super::RevisionRecord`]).
    pub const CAMPAIGN_REVISION: u8 = 1;
    /// An abuse model came into force: its text; its subject is the revision.
    pub const ABUSE_MODEL: u8 = 2;
    /// Evidence weights, as text; its subject is the revision.
    pub const EVIDENCE_WEIGHTS: u8 = 3;
    /// A disposition of a person ([`super::Disposition`]); its subject is the first account.
    pub const DISPOSITION: u8 = 4;
    /// The end of one ([`super::DispositionEnd`]).
    pub const DISPOSITION_END: u8 = 5;
    /// A change of an adjustment ([`super::AdjustmentChange`]); its subject is the account.
    pub const ADJUSTMENT: u8 = 6;
    /// Billing voided a grant ([`super::GrantVoid`]); its subject is the verdict's number.
    pub const GRANT_VOID: u8 = 7;
    /// An appeal ([`super::Appeal`]); its subject is the account.
    pub const APPEAL: u8 = 8;
    /// How an appeal was decided ([`super::AppealDecision`]); its subject is the account.
    pub const APPEAL_DECISION: u8 = 9;
    /// A person took a case or gave it back ([`super::CaseClaim`]); its subject is the account.
    pub const CASE_CLAIM: u8 = 10;
    /// A person put a case aside ([`super::CaseSnooze`]); its subject is the account.
    pub const CASE_SNOOZE: u8 = 11;
    /// A person's note ([`super::CaseNote`]); its subject is the account.
    pub const CASE_NOTE: u8 = 12;
    /// A person added, changed or removed ([`super::PersonChange`]); its subject is their name.
    pub const PERSON: u8 = 13;
    /// Who made a campaign's revision ([`super::RevisionAuthor`]); its subject is the campaign.
    pub const REVISION_AUTHOR: u8 = 14;
    /// A fuse tripped, or a person decided of one ([`super::FuseChange`]); its subject is the atom in words.
    pub const FUSE: u8 = 16;
    /// An entry of a login event stream that could not be taken in
    /// ([`DeadLetter`](super::super::dead_letters::DeadLetter)).
    pub const DEAD_LETTER: u8 = 20;
    /// What became of one
    /// ([`DeadLetterResolution`](super::super::dead_letters::DeadLetterResolution)).
    pub const DEAD_LETTER_RESOLUTION: u8 = 21;
    /// Entries that left a stream unread ([`StreamLoss`](super::super::stream::StreamLoss)).
    pub const STREAM_LOSS: u8 = 22;
}

/// Kinds of checkpoint chunks, in the order in which they are copied. Those before 27 were of forms that are not
/// read any more: a checkpoint of them counts as none.
pub mod chunk {
    /// [`super::AccountSnapshot`]s.
    pub const ACCOUNTS: u8 = 27;
    /// [`super::IdentifierSnapshot`]s.
    pub const IDENTIFIERS: u8 = 28;
    /// Strong links: (account, other, millibits, carries blame).
    pub const STRONG_LINKS: u8 = 29;
    /// Verdict keys: (hash, sequence).
    pub const VERDICT_KEYS: u8 = 30;
    /// [`super::LedgerSnapshot`].
    pub const LEDGER: u8 = 31;
    /// Verdicts held by accounts ([`super::HeldSnapshot`]).
    pub const HELD: u8 = 32;
}

/// Stored bytes that this release can't read.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// Written by a newer release, or not ours.
    #[error("stored {what} has version {found}; this release reads up to {FORMAT_VERSION}")]
    Version {
        /// What was read.
        what: &'static str,
        /// The version byte.
        found: u8,
    },
    /// The bytes are not what the version says.
    #[error("stored {what} is damaged: {source}")]
    Damaged {
        /// What was read.
        what: &'static str,
        /// Why.
        source: postcard::Error,
    },
}

/// Something with stored bytes.
pub trait Stored: Serialize + DeserializeOwned {
    /// What it is, for errors.
    const WHAT: &'static str;

    /// Appends the bytes.
    fn encode_to(&self, buffer: &mut Vec<u8>) {
        buffer.push(FORMAT_VERSION);
        *buffer = postcard::to_extend(self, std::mem::take(buffer))
            .expect("writing to memory does not fail");
    }

    /// The bytes.
    fn encode(&self) -> Vec<u8> {
        let mut buffer = Vec::new();
        self.encode_to(&mut buffer);
        buffer
    }

    /// Reads the bytes back.
    ///
    /// # Errors
    /// A version this release does not know, or bytes that are not of the version's form.
    fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        match bytes.split_first() {
            Some((&FORMAT_VERSION, rest)) => {
                postcard::from_bytes(rest).map_err(|source| CodecError::Damaged {
                    what: Self::WHAT,
                    source,
                })
            }
            other => Err(CodecError::Version {
                what: Self::WHAT,
                found: other.map_or(0, |(version, _)| *version),
            }),
        }
    }
}

impl Stored for Event {
    const WHAT: &'static str = "event";
}

impl Stored for VerdictRecord {
    const WHAT: &'static str = "verdict";
}

impl Stored for RevisionRecord {
    const WHAT: &'static str = "campaign revision";
}

impl Stored for Disposition {
    const WHAT: &'static str = "disposition";
}

impl Stored for DispositionEnd {
    const WHAT: &'static str = "end of a disposition";
}

impl Stored for AdjustmentChange {
    const WHAT: &'static str = "change of an adjustment";
}

impl Stored for GrantVoid {
    const WHAT: &'static str = "void of a grant";
}

impl Stored for Appeal {
    const WHAT: &'static str = "appeal";
}

impl Stored for AppealDecision {
    const WHAT: &'static str = "decision of an appeal";
}

impl Stored for CaseClaim {
    const WHAT: &'static str = "claim of a case";
}

impl Stored for CaseSnooze {
    const WHAT: &'static str = "snooze of a case";
}

impl Stored for CaseNote {
    const WHAT: &'static str = "note on a case";
}

impl Stored for PersonChange {
    const WHAT: &'static str = "change of a person";
}

impl Stored for FuseChange {
    const WHAT: &'static str = "step of a fuse";
}

impl Stored for RevisionAuthor {
    const WHAT: &'static str = "author of a campaign revision";
}

/// The account that stored bytes of an event name, without reading the rest; `None` where the bytes are of
/// another version or erased.
pub fn event_account(bytes: &[u8]) -> Option<&str> {
    // The first fields of [`Event`], in its order.
    type Head<'a> = (EventType, Timestamp, &'a str);
    let (&FORMAT_VERSION, rest) = bytes.split_first()? else {
        return None;
    };
    let ((_, _, account), _) = postcard::take_from_bytes::<Head>(rest).ok()?;
    Some(account)
}

/// An account with its links, as a checkpoint keeps it. Identifiers by index.
#[derive(Serialize, serde::Deserialize)]
pub struct AccountSnapshot {
    /// Its facts.
    pub facts: Account,
    /// (identifier, link).
    pub links: Vec<(u32, Link)>,
}

impl Stored for Vec<AccountSnapshot> {
    const WHAT: &'static str = "checkpoint of accounts";
}

/// An identifier, as a checkpoint keeps it.
#[derive(Serialize, serde::Deserialize)]
pub struct IdentifierSnapshot {
    /// Its kind.
    pub kind: IdentifierKind,
    /// Its pseudonym.
    pub pseudonym: Pseudonym,
    /// What its sample says.
    pub summary: Summary,
    /// What events told of it besides itself.
    pub told: Told,
}

impl Stored for Vec<IdentifierSnapshot> {
    const WHAT: &'static str = "checkpoint of identifiers";
}

impl Stored for Vec<(u32, u32, i32, bool)> {
    const WHAT: &'static str = "checkpoint of strong links";
}

impl Stored for Vec<(u64, u64)> {
    const WHAT: &'static str = "checkpoint of verdict keys";
}

/// The small rest of a checkpoint.
#[derive(Serialize, serde::Deserialize)]
pub struct LedgerSnapshot {
    /// The evidence weights that the derived state was made with.
    pub weights_revision: String,
    /// The latest `occurred_at` of any event.
    pub latest_event: Timestamp,
    /// Accounts, identifiers and links copied: what to make room for.
    pub counts: (u64, u64, u64),
    /// (campaign, account, sequence of the verdict that took the seat).
    pub seats: Vec<(String, String, u64)>,
    /// (account, campaign, verdict): refusals of accounts that no event has named yet.
    pub strangers: Vec<(String, String, u64)>,
}

impl Stored for LedgerSnapshot {
    const WHAT: &'static str = "checkpoint of the ledger";
}

/// Verdicts whose benefit may still be corrected, as a checkpoint keeps them.
#[derive(Serialize, serde::Deserialize)]
pub struct HeldSnapshot {
    /// The campaigns named by number below.
    pub campaigns: Vec<String>,
    /// (verdict, account by index, campaign by number, benefit in token basis points, answer).
    pub verdicts: Vec<(u64, u32, u16, u64, HeldAnswer)>,
}

impl Stored for HeldSnapshot {
    const WHAT: &'static str = "checkpoint of held verdicts";
}

/// A stable 64-bit hash of a few words (FNV-1a over their bytes with a separator, then mixed): it is
/// stored, so it must not change with a library's default hasher.
pub fn stable_hash(words: &[&str]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for word in words {
        for byte in word.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    hash ^= hash >> 32;
    hash = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash ^ (hash >> 29)
}
