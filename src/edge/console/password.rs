//! Passwords: argon2id with the parameters that OWASP's Password Storage Cheat Sheet names first (19 MiB,
//! two passes, one lane), which are the library's defaults; the hash says them, so that later ones may
//! differ.

use argon2::{
    Argon2, PasswordHasher, PasswordVerifier,
    password_hash::{Error, phc::PasswordHash},
};

/// A password has at least so many characters.
pub const CHARACTERS_AT_LEAST: usize = 10;
/// A password has at most so many bytes: hashing more would be work for nothing.
pub const BYTES_AT_MOST: usize = 256;

/// What is compared with where there is nobody by that name, so that the answer takes as long: the hash
/// of a password that was thrown away.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FtZXVzZXIgbm9ib2R5$\
                       AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What is wrong with a password, if anything.
pub fn fault(password: &str) -> Option<&'static str> {
    if password.chars().count() < CHARACTERS_AT_LEAST {
        Some("has at least 10 characters")
    } else if password.len() > BYTES_AT_MOST {
        Some("has at most 256 bytes")
    } else {
        None
    }
}

/// The hash of a password, as a PHC string. Takes tens of milliseconds: not on a thread that serves.
///
/// # Errors
/// The system has no random bytes.
pub fn hash(password: &str) -> Result<String, Error> {
    let hash = Argon2::default().hash_password(password.as_bytes())?;
    Ok(hash.to_string())
}

/// Whether a password is the one of a hash; `None`: of nobody's, which takes as long. Not on a thread that
/// serves.
pub fn is_right(password: &str, hash: Option<&str>) -> bool {
    let parsed = PasswordHash::new(hash.unwrap_or(NOBODYS));
    let verified = parsed.is_ok_and(|parsed| {
        let verified = Argon2::default().verify_password(password.as_bytes(), &parsed);
        verified.is_ok()
    });
    verified && hash.is_some()
}
