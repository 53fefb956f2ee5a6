//! Dead letters as doors and commands handle them: listed, and read again.

use super::{
    convert::to_proto,
    intake,
    proto::v1,
    pseudonym::Pseudonymiser,
    stream::{Sealer, decode},
};
use crate::service::{dead_letters::DeadLetter, engine::Arrival, refusal::Refusal};

/// A dead letter as a message.
pub fn message(letter: DeadLetter) -> v1::DeadLetter {
    v1::DeadLetter {
        stream: letter.stream,
        entry_id: letter.entry.to_string(),
        received_at: Some(to_proto(letter.received_at)),
        reason: letter.reason.name().into(),
        error: letter.error,
        entry_bytes: letter.bytes,
    }
}

/// The event of a dead letter, as it was sent or corrected.
///
/// # Errors
/// It still can't be read or checked; the letter was sealed under another key, or cut.
pub fn arrival(
    letter: &DeadLetter,
    corrected: Option<v1::Event>,
    pseudonymiser: &Pseudonymiser,
) -> Result<Arrival, Refusal> {
    if let Some(event) = corrected {
        return intake::arrival(event, pseudonymiser);
    }
    let original = original(letter, pseudonymiser)?;
    let event = decode(&original).map_err(|unfit| Refusal::field("entry", unfit.to_string()))?;
    intake::arrival(event, pseudonymiser)
}

/// The original bytes of a dead letter.
///
/// # Errors
/// They were sealed under another key, or changed.
pub fn original(letter: &DeadLetter, pseudonymiser: &Pseudonymiser) -> Result<Vec<u8>, Refusal> {
    Sealer::new(pseudonymiser).open(&letter.stream, letter.entry, &letter.sealed)
}
