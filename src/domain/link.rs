//! Links: an account used an identifier, from when until when; and the list of an account's links.

use hashbrown::HashTable;

use super::{cohort::mix, identifier::IdentifierKind};

/// Identifiers considered an account, the earliest linked first, addresses after all others: people have many of
/// them, and they must not crowd devices out.
pub const IDENTIFIERS_CONSIDERED: usize = 64;
/// Up to so many links an account, room is made for one at a time.
const LINKS_BY_ONES: usize = 16;

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

/// A link as the list keeps it.
#[derive(Clone, Copy)]
struct Edge {
    link: Link,
    /// Index of the identifier (27 bits) below its kind (5 bits).
    identifier: u32,
}

impl Edge {
    const KIND_SHIFT: u32 = 27;

    fn new(link: Link, kind: IdentifierKind, identifier: u32) -> Self {
        assert!(
            identifier < 1 << Self::KIND_SHIFT,
            "fewer than 2^27 identifiers"
        );
        Edge {
            link,
            identifier: u32::from(kind.0) << Self::KIND_SHIFT | identifier,
        }
    }

    fn identifier(&self) -> u32 {
        self.identifier & ((1 << Self::KIND_SHIFT) - 1)
    }

    fn linked(&self) -> LinkedIdentifier {
        LinkedIdentifier {
            identifier: self.identifier(),
            kind: IdentifierKind((self.identifier >> Self::KIND_SHIFT) as u8),
            link: self.link,
        }
    }
}

/// The links of one account, in one piece of memory: a verdict walks them, and where memory is far
/// larger than the processor's caches, it waits for every other place that it looks at.
#[derive(Default)]
pub(super) struct Links {
    edges: Vec<Edge>,
    wide: Option<Box<Wide>>,
}

/// What an account with more than [`IDENTIFIERS_CONSIDERED`] links has besides, so that neither a
/// look-up nor a walk grows with their number. Links by their place in the list.
struct Wide {
    chosen: [u32; IDENTIFIERS_CONSIDERED],
    by_identifier: HashTable<u32>,
}

impl Links {
    /// Memory of one.
    pub(super) const BYTES_A_LINK: usize = size_of::<Edge>();

    /// Makes room at once, where so many are about to come.
    pub(super) fn reserve(&mut self, links: usize) {
        self.edges.reserve_exact(links);
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = LinkedIdentifier> + '_ {
        self.edges.iter().map(Edge::linked)
    }

    /// Those considered, in no order that means anything.
    pub(super) fn considered(&self) -> impl Iterator<Item = LinkedIdentifier> + '_ {
        let chosen = self.wide.as_deref().map(|wide| &wide.chosen);
        let count = chosen.map_or(self.edges.len(), |chosen| chosen.len());
        let place = move |nth: usize| chosen.map_or(nth, |chosen| chosen[nth] as usize);
        (0..count).map(move |nth| self.edges[place(nth)].linked())
    }

    /// Whether the link to an identifier, which is known to be there, is considered.
    pub(super) fn is_considered(&self, identifier: u32) -> bool {
        self.wide.is_none()
            || self
                .considered()
                .any(|linked| linked.identifier == identifier)
    }

    /// Whether the link to an identifier is considered instead of another one.
    pub(super) fn crowds_out(&self, identifier: u32) -> bool {
        self.wide.is_some() && self.is_considered(identifier)
    }

    /// Where the link to an identifier is. Few links are walked; many are looked up.
    pub(super) fn place_of(&self, identifier: u32) -> Option<u32> {
        let is_it = |edge: &Edge| edge.identifier() == identifier;
        match &self.wide {
            Some(wide) => wide
                .by_identifier
                .find(hash(identifier), |place| {
                    is_it(&self.edges[*place as usize])
                })
                .copied(),
            None => self.edges.iter().position(is_it).map(|place| place as u32),
        }
    }

    /// The link at a place.
    pub(super) fn at_mut(&mut self, place: u32) -> &mut Link {
        &mut self.edges[place as usize].link
    }

    /// Adds a link that is known to be absent; answers its place. [`Links::choose`] must follow.
    pub(super) fn push(&mut self, identifier: u32, kind: IdentifierKind, link: Link) -> u32 {
        if self.edges.len() < LINKS_BY_ONES {
            self.edges.reserve_exact(1);
        }
        let place = u32::try_from(self.edges.len()).expect("fewer than 2^32 links");
        self.edges.push(Edge::new(link, kind, identifier));
        match &mut self.wide {
            Some(wide) => wide.add(place, &self.edges),
            None if self.edges.len() > IDENTIFIERS_CONSIDERED => {
                self.wide = Some(Box::new(Wide::of(&self.edges)));
            }
            None => {}
        }
        place
    }

    /// Puts the link at a place, which is new or whose first use moved earlier, among those
    /// considered if its rank is below one of theirs. Answers the identifiers for which that may
    /// change anything.
    pub(super) fn choose<R: Ord>(
        &mut self,
        place: u32,
        rank: impl Fn(LinkedIdentifier) -> R,
    ) -> Vec<u32> {
        let Some(wide) = &mut self.wide else {
            return Vec::new();
        };
        let mut chosen = wide.chosen.to_vec();
        if !chosen.contains(&place) {
            chosen.push(place);
        }
        let edge = |place: u32| &self.edges[place as usize];
        chosen.sort_unstable_by_key(|place| rank(edge(*place).linked()));
        let left_out = chosen.split_off(IDENTIFIERS_CONSIDERED);
        wide.chosen.copy_from_slice(&chosen);
        let changed = left_out.into_iter().chain([place]);
        changed.map(|place| edge(place).identifier()).collect()
    }
}

impl Wide {
    fn of(edges: &[Edge]) -> Self {
        let mut wide = Wide {
            chosen: std::array::from_fn(|place| place as u32),
            by_identifier: HashTable::new(),
        };
        (0..edges.len() as u32).for_each(|place| wide.add(place, edges));
        wide
    }

    fn add(&mut self, place: u32, edges: &[Edge]) {
        let hash_of = |place: u32| hash(edges[place as usize].identifier());
        self.by_identifier
            .insert_unique(hash_of(place), place, |place| hash_of(*place));
    }
}

fn hash(identifier: u32) -> u64 {
    mix(u64::from(identifier), 1)
}
