//! Identifiers: phone numbers, devices, addresses and whatever else tells subjects apart. Inside the
//! service they exist only as keyed pseudonyms.

use std::num::NonZeroU64;

use serde::{Deserialize, Serialize};

/// A keyed pseudonym (HMAC) of an identifier's canonical value. Equal values have equal pseudonyms
/// in one store, and nothing else can be read from it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Pseudonym(pub [u8; 16]);

impl Pseudonym {
    /// The short tag that people see in place of the value.
    pub fn tag(&self) -> String {
        let [a, b, c, ..] = self.0;
        format!("{a:02x}{b:02x}{c:02x}")
    }

    /// The first 8 bytes as a number: uniform, so it serves as a hash.
    pub fn hash(&self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        u64::from_le_bytes([a, b, c, d, e, f, g, h])
    }
}

impl std::fmt::Debug for Pseudonym {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.tag())
    }
}

/// A keyed pseudonym of a *group* of values (a number block, an address block, a name skeleton).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BlockPseudonym(NonZeroU64);

impl BlockPseudonym {
    /// From a keyed hash. Zero stands for absence in memory, so it is taken for one.
    pub fn new(hash: u64) -> Self {
        BlockPseudonym(NonZeroU64::new(hash).unwrap_or(NonZeroU64::MIN))
    }

    /// As a number.
    pub fn get(self) -> u64 {
        self.0.get()
    }
}

/// The kind of an identifier. The first four are built in; further kinds (payment card, e-mail,
/// identity document) are rows of the evidence weights, numbered from [`IdentifierKind::FIRST_OTHER`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IdentifierKind(pub u8);

impl IdentifierKind {
    /// A phone number (E.164).
    pub const PHONE: Self = IdentifierKind(0);
    /// A device id, as the client reports it.
    pub const DEVICE: Self = IdentifierKind(1);
    /// A fingerprint of the hardware.
    pub const HARDWARE: Self = IdentifierKind(2);
    /// An IPv4 address, or the /64 of an IPv6 address.
    pub const ADDRESS: Self = IdentifierKind(3);
    /// The number of the first configured kind.
    pub const FIRST_OTHER: u8 = 4;

    /// Whether accounts that share such an identifier are compared at all. An address never
    /// proposes a pair (design promise 7: an IP address never counts alone); it only supports one.
    pub fn proposes_pairs(self) -> bool {
        self != Self::ADDRESS
    }

    /// Whether it says which machine it was.
    pub fn is_machine(self) -> bool {
        matches!(self, Self::DEVICE | Self::HARDWARE)
    }
}

/// The kinds of identifier that a store knows, by the names that events use.
#[derive(Clone, Debug, Default)]
pub struct IdentifierKinds {
    names: Vec<String>,
}

impl IdentifierKinds {
    /// Kinds by name, in the order of their numbers.
    pub fn new(names: Vec<String>) -> Self {
        IdentifierKinds { names }
    }

    /// A configured kind by its name; `None` for a kind that is not configured, or built in (those
    /// have fields of their own in events).
    pub fn find(&self, name: &str) -> Option<IdentifierKind> {
        let others = self
            .names
            .iter()
            .skip(usize::from(IdentifierKind::FIRST_OTHER));
        let position = others.into_iter().position(|known| known == name)?;
        let number = position + usize::from(IdentifierKind::FIRST_OTHER);
        u8::try_from(number).ok().map(IdentifierKind)
    }

    /// Any kind by its name, the built-in ones too.
    pub fn named(&self, name: &str) -> Option<IdentifierKind> {
        let position = self.names.iter().position(|known| known == name)?;
        u8::try_from(position).ok().map(IdentifierKind)
    }
}

/// What an identifier is, inferred from how it is used, not from its degree alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum IdentifierClass {
    /// One or two accounts.
    Personal,
    /// A few accounts: a family's PC, a home's address.
    Household,
    /// Many accounts of different people: an office, a campus, an internet café.
    SharedPlace,
    /// An address behind which a carrier puts its subscribers.
    CarrierNat,
    /// A device on which most of its accounts were registered in bursts.
    Farm,
    /// An address of a data centre, a VPN or a relay.
    DataCentre,
    /// A device id that a fault of the client gave to strangers.
    Faulty,
    /// A machine of more accounts than a household's and fewer than a place's.
    SmallGroup,
}

impl IdentifierClass {
    /// The class in words, as reasons show it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Personal => "personal",
            Self::Household => "household",
            Self::SharedPlace => "shared place",
            Self::CarrierNat => "carrier NAT",
            Self::Farm => "farm",
            Self::DataCentre => "data centre or proxy",
            Self::Faulty => "faulty id",
            Self::SmallGroup => "small group",
        }
    }
}
