//! Seals the original bytes of dead letters: XChaCha20-Poly1305 under a key derived from the store's
//! pseudonym key, bound to the entry that they came in.

use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};

use crate::{
    edge::pseudonym::Pseudonymiser,
    service::{refusal::Refusal, stream::EntryId},
};

/// So many bytes of an entry are kept; what is longer is cut, and can't be replayed.
pub const SEALED_BYTES_AT_MOST: usize = 2 << 20;
const NONCE_BYTES: usize = 24;

/// Seals and opens the bytes of dead letters.
#[derive(Clone)]
pub struct Sealer {
    cipher: XChaCha20Poly1305,
}

impl Sealer {
    /// Under a key derived from the store's.
    pub fn new(pseudonymiser: &Pseudonymiser) -> Self {
        Sealer {
            cipher: XChaCha20Poly1305::new(&pseudonymiser.sealing_key().into()),
        }
    }

    /// A random nonce, then the sealed bytes.
    ///
    /// # Errors
    /// The operating system gives no random bytes.
    pub fn seal(&self, stream: &str, entry: EntryId, bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce)
            .map_err(|_| Refusal::Unavailable("no random bytes from the operating system"))?;
        let place = bound_to(stream, entry);
        let payload = Payload {
            msg: &bytes[..bytes.len().min(SEALED_BYTES_AT_MOST)],
            aad: place.as_bytes(),
        };
        let sealed = self
            .cipher
            .encrypt(&XNonce::from(nonce), payload)
            .expect("no message near the cipher's limit of 256 GB");
        let mut whole = nonce.to_vec();
        whole.extend_from_slice(&sealed);
        Ok(whole)
    }

    /// The original bytes.
    ///
    /// # Errors
    /// They were sealed under another key or for another entry, or were changed.
    pub fn open(&self, stream: &str, entry: EntryId, sealed: &[u8]) -> Result<Vec<u8>, Refusal> {
        let place = bound_to(stream, entry);
        let opened = sealed
            .split_first_chunk::<NONCE_BYTES>()
            .and_then(|(nonce, sealed)| {
                let payload = Payload {
                    msg: sealed,
                    aad: place.as_bytes(),
                };
                self.cipher.decrypt(&XNonce::from(*nonce), payload).ok()
            });
        opened.ok_or_else(|| {
            Refusal::Damaged(format!(
                "the dead letter {entry} of {stream} does not open: sealed under another pseudonym \
                 key, or changed"
            ))
        })
    }
}

fn bound_to(stream: &str, entry: EntryId) -> String {
    format!("{stream} {entry}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_only_in_its_place_and_under_its_key() {
        let sealer = Sealer::new(&Pseudonymiser::new(&[7; 32], Default::default()));
        let entry: EntryId = "5-1".parse().unwrap();
        let sealed = sealer.seal("logins", entry, b"+8613800138000").unwrap();
        assert!(!sealed.windows(5).any(|part| part == b"13800"));
        assert_eq!(
            sealer.open("logins", entry, &sealed).unwrap(),
            b"+8613800138000"
        );
        assert_ne!(
            sealed,
            sealer.seal("logins", entry, b"+8613800138000").unwrap()
        );
        let elsewhere = Sealer::new(&Pseudonymiser::new(&[8; 32], Default::default()));
        assert!(elsewhere.open("logins", entry, &sealed).is_err());
        assert!(
            sealer
                .open("logins", "5-2".parse().unwrap(), &sealed)
                .is_err()
        );
        assert!(sealer.open("others", entry, &sealed).is_err());
        assert!(sealer.open("logins", entry, &sealed[..20]).is_err());
        let long = vec![1; SEALED_BYTES_AT_MOST + 1];
        let cut = sealer.seal("logins", entry, &long).unwrap();
        assert_eq!(
            sealer.open("logins", entry, &cut).unwrap().len(),
            SEALED_BYTES_AT_MOST
        );
    }
}
