//! People who sign in: who they are, what they may do, and how they prove it.

use serde::{Deserialize, Serialize};

use super::clock::Timestamp;

/// A person's name has at most so many bytes.
pub const NAME_BYTES_AT_MOST: usize = 64;

/// What a person may do; which calls that means is one table of the door that people come in by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Role {
    /// Looks at cases and decides them.
    Analyst,
    /// An analyst who also resolves adjustments and publishes, suspends and ends campaigns.
    Lead,
    /// Publishes, suspends and ends campaigns, lets people in; decides of no user.
    Administrator,
    /// Sees everything, changes nothing.
    Auditor,
}

impl Role {
    /// All of them.
    pub const ALL: [Role; 4] = [
        Role::Analyst,
        Role::Lead,
        Role::Administrator,
        Role::Auditor,
    ];

    /// The word that people type and the console shows.
    pub fn word(self) -> &'static str {
        match self {
            Role::Analyst => "analyst",
            Role::Lead => "lead",
            Role::Administrator => "administrator",
            Role::Auditor => "auditor",
        }
    }
}

/// How a person proves who they are. A sign-in with OpenID Connect will be a variant of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignIn {
    /// By a password.
    Password {
        /// Its argon2id hash as a PHC string.
        hash: String,
    },
}

/// A person who may sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// What they may do.
    pub role: Role,
    /// How they prove who they are.
    pub sign_in: SignIn,
}

/// A person added, changed or removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonChange {
    /// The name that decisions carry as their author.
    pub name: String,
    /// As they are from now on; `None`: removed.
    pub person: Option<Person>,
    /// Who changed it.
    pub author: String,
    /// When.
    pub at: Timestamp,
}

/// Who published, suspended, resumed or terminated a campaign, where a person of the console did: the
/// revision itself holds only what users may be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevisionAuthor {
    /// The campaign.
    pub campaign_id: String,
    /// Its revision.
    pub revision: u32,
    /// Who.
    pub author: String,
    /// When.
    pub at: Timestamp,
}

/// What is wrong with a name, if anything: it stands in journals and lists, on one line.
pub fn name_fault(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        Some("is required")
    } else if name.len() > NAME_BYTES_AT_MOST {
        Some("has at most 64 bytes")
    } else if name.trim() != name || name.chars().any(char::is_control) {
        Some("must have no white space around it and no control characters")
    } else {
        None
    }
}
