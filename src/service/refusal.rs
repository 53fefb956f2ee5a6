//! Why the service refuses: nine codes, each with what the caller can do about it. The edge maps
//! them to gRPC and HTTP in one table.

use crate::journal::JournalError;

/// A field of the request and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldViolation {
    /// The field, dotted, as the protos name it.
    pub field: String,
    /// What is wrong, and what would be right.
    pub description: String,
}

impl FieldViolation {
    /// A violation of one field.
    pub fn new(field: impl Into<String>, description: impl Into<String>) -> Self {
        FieldViolation {
            field: field.into(),
            description: description.into(),
        }
    }
}

/// A refusal.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The request is wrong in itself; asking again unchanged never helps.
    #[error("{}", list(.0))]
    InvalidArgument(Vec<FieldViolation>),
    /// The request contradicts what is recorded.
    #[error("{}: {}", .0.field, .0.description)]
    FailedPrecondition(FieldViolation),
    /// There is no such thing.
    #[error("{what} `{name}` does not exist")]
    NotFound {
        /// What was looked for.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// Too much is under way; ask again after a moment.
    #[error("overloaded: {0}; try again in a moment")]
    Overloaded(&'static str),
    /// Not ready yet, or no more.
    #[error("unavailable: {0}")]
    Unavailable(&'static str),
    /// The answer came too late; what became of the request is not known: asking again tells.
    #[error("deadline exceeded; ask again to learn the outcome")]
    DeadlineExceeded,
    /// The store failed; the process stops and its successor reopens the store.
    #[error("the store failed: {0}")]
    Store(#[from] JournalError),
    /// Stored bytes or shipped files are not what they must be.
    #[error("{0}")]
    Damaged(String),
}

impl Refusal {
    /// A refusal for one field.
    pub fn field(field: impl Into<String>, description: impl Into<String>) -> Self {
        Refusal::InvalidArgument(vec![FieldViolation::new(field, description)])
    }

    /// A contradiction of what is recorded, in one field.
    pub fn contradicts(field: impl Into<String>, description: impl Into<String>) -> Self {
        Refusal::FailedPrecondition(FieldViolation::new(field, description))
    }
}

fn list(violations: &[FieldViolation]) -> String {
    let each = violations
        .iter()
        .map(|violation| format!("{}: {}", violation.field, violation.description));
    each.collect::<Vec<_>>().join("; ")
}

/// A reason in words has at most so many bytes.
const WORDS_AT_MOST: usize = 4096;

/// Checks words that must be there.
pub(super) fn check_words(field: &str, words: &str) -> Result<(), Refusal> {
    if words.trim().is_empty() {
        return Err(Refusal::field(field, "is required"));
    }
    if words.len() > WORDS_AT_MOST {
        let description = format!("has at most {WORDS_AT_MOST} bytes");
        return Err(Refusal::field(field, description));
    }
    Ok(())
}
