//! Keyed pseudonyms: HMAC-SHA-256 under the store's key, cut to what is needed. Nothing raw passes
//! this file inward.

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
};

use hmac::{Hmac, KeyInit, Mac};
use prost::Message;
use sha2::Sha256;

use super::{proto::v1, reference::ReferenceData};
use crate::{
    domain::{
        event::{Address, DisplayName, Phone},
        identifier::{BlockPseudonym, Pseudonym},
    },
    journal::EventKey,
};

/// A pseudonym key has so many bytes.
pub const KEY_BYTES: usize = 32;
/// A trailing number of a display name has at most so many digits; longer ones are part of the name.
const TRAILING_DIGITS_AT_MOST: usize = 9;

/// Makes pseudonyms under one key.
#[derive(Clone)]
pub struct Pseudonymiser {
    keyed: Hmac<Sha256>,
    reference: Arc<ReferenceData>,
}

impl Pseudonymiser {
    /// Under a key; what only the raw value tells (the class of a network, of a number) is looked up
    /// in the reference data on the way.
    pub fn new(key: &[u8; KEY_BYTES], reference: Arc<ReferenceData>) -> Self {
        Pseudonymiser {
            keyed: Hmac::new_from_slice(key).expect("HMAC takes a key of any length"),
            reference,
        }
    }

    /// HMAC over the kind and the value; the kind's length keeps kinds apart.
    fn digest(&self, kind: &str, value: &[u8]) -> [u8; 32] {
        let mut mac = self.keyed.clone();
        mac.update(&[u8::try_from(kind.len()).unwrap_or(u8::MAX)]);
        mac.update(kind.as_bytes());
        mac.update(value);
        mac.finalize().into_bytes().into()
    }

    /// Tells keys apart without telling the key.
    pub fn key_check(&self) -> [u8; 8] {
        self.pseudonym("key check", b"").hash().to_le_bytes()
    }

    /// The pseudonym of a value.
    pub fn pseudonym(&self, kind: &str, value: &[u8]) -> Pseudonym {
        let digest = self.digest(kind, value);
        let mut pseudonym = [0; 16];
        pseudonym.copy_from_slice(&digest[..16]);
        Pseudonym(pseudonym)
    }

    fn block(&self, kind: &str, value: &[u8]) -> BlockPseudonym {
        BlockPseudonym::new(self.pseudonym(kind, value).hash())
    }

    /// A phone number in E.164 and its blocks.
    pub fn phone(&self, number: &str) -> Phone {
        let block = |kind, dropped: usize| {
            let kept = number.len().saturating_sub(dropped);
            self.block(kind, &number.as_bytes()[..kept])
        };
        let (class, reference_revision) = self.reference.number(number);
        Phone {
            class,
            reference_revision,
            number: self.pseudonym("phone", number.as_bytes()),
            blocks: [
                block("phone/100", 2),
                block("phone/1000", 3),
                block("phone/10000", 4),
            ],
        }
    }

    /// An address: an IPv4 address and its /24, or the /64 and the /56 of an IPv6 address. An IPv4
    /// address written as IPv6 is IPv4.
    pub fn address(&self, raw: IpAddr) -> Address {
        let (address, block) = match raw.to_canonical() {
            IpAddr::V4(v4) => {
                let [a, b, c, _] = v4.octets();
                let block = self.block("ip/24", &[a, b, c]);
                (self.pseudonym("ip/32", &v4.octets()), block)
            }
            IpAddr::V6(v6) => {
                let octets = Ipv6Addr::octets(&v6);
                let block = self.block("ip/56", &octets[..7]);
                (self.pseudonym("ip/64", &octets[..8]), block)
            }
        };
        let (class, reference_revision) = self.reference.network(raw);
        Address {
            address,
            block,
            class,
            reference_revision,
        }
    }

    /// A display name: its skeleton (without trailing digits, white space and case) and its trailing
    /// number.
    pub fn display_name(&self, name: &str) -> DisplayName {
        let name = name.trim();
        let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
        let digits = &name[stem.len()..];
        let (stem, digits) = if digits.len() > TRAILING_DIGITS_AT_MOST {
            (name, "")
        } else {
            (stem, digits)
        };
        let skeleton = stem.trim_end().to_lowercase();
        DisplayName {
            skeleton: self.block("name", skeleton.as_bytes()),
            trailing_number: digits.parse().ok(),
        }
    }

    /// The key of an event: its id, and its content as the decoded message says it.
    pub fn event_key(&self, event: &v1::Event) -> EventKey {
        let id = self.digest("event_id", event.event_id.as_bytes());
        let content = self.digest("event", &event.encode_to_vec());
        let mut key = [0; 16];
        key[..10].copy_from_slice(&id[..10]);
        key[10..].copy_from_slice(&content[..6]);
        EventKey(key)
    }
}
