//! Links: an account used an identifier, from when until when.

use super::identifier::IdentifierKind;

/// An account used an identifier. Seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Link {
    /// First use.
    pub first_seen: u32,
    /// Last use; 0 where only an unbinding is known.
    pub last_seen: u32,
    /// Last unbinding; 0 = none.
    pub unbound_at: u32,
}

impl Link {
    /// The end of holding: the last unbinding where nothing came after it, else never.
    pub fn held_until(&self) -> u32 {
        if self.unbound_at != 0 && self.unbound_at >= self.last_seen {
            self.unbound_at
        } else {
            u32::MAX
        }
    }
}

/// A link as an account's neighbour list shows it.
#[derive(Clone, Copy, Debug)]
pub struct LinkedIdentifier {
    /// Index of the identifier.
    pub identifier: u32,
    /// Its kind.
    pub kind: IdentifierKind,
    /// The link itself.
    pub link: Link,
}

/// An edge of the graph. It names its identifier, so that going through an account's links touches
/// nothing else.
#[derive(Clone, Copy)]
pub(super) struct Edge {
    pub(super) link: Link,
    /// Index of the identifier (27 bits) below its kind (5 bits).
    identifier: u32,
}

impl Edge {
    const KIND_SHIFT: u32 = 27;

    pub(super) fn new(link: Link, kind: IdentifierKind, identifier: u32) -> Self {
        assert!(
            identifier < 1 << Self::KIND_SHIFT,
            "fewer than 2^27 identifiers"
        );
        Edge {
            link,
            identifier: u32::from(kind.0) << Self::KIND_SHIFT | identifier,
        }
    }

    pub(super) fn linked(&self) -> LinkedIdentifier {
        LinkedIdentifier {
            identifier: self.identifier & ((1 << Self::KIND_SHIFT) - 1),
            kind: IdentifierKind((self.identifier >> Self::KIND_SHIFT) as u8),
            link: self.link,
        }
    }
}
