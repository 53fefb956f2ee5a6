//! Money, exactly: integer tokens times basis points. The ledger records rates; it issues no tokens.

use serde::Serialize;

use super::adjustment::{AdjustmentKind, AdjustmentState};

/// A task has at most so many tokens.
pub const TOKENS_AT_MOST: u64 = 1_000_000_000_000;
/// The full rate.
pub const FULL_RATE_BASIS_POINTS: u32 = 10_000;

/// The benefit of a rate: tokens times the basis points not charged. Fits: a task has at most
/// [`TOKENS_AT_MOST`] tokens.
pub fn benefit(tokens: u64, rate_basis_points: u32) -> u64 {
    tokens * u64::from(FULL_RATE_BASIS_POINTS.saturating_sub(rate_basis_points))
}

/// What an account, a user or a campaign had, in token basis points. Every sum only ever grows, but
/// [`Book::outstanding`] and the two that a reversal takes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Book {
    /// Granted by verdicts.
    pub granted: u128,
    /// Of that, void: billing reversed the charge itself.
    pub voided: u128,
    /// Of that, recovered: billing applied the recovery.
    pub recovered: u128,
    /// Refused by verdicts and given after all: billing applied the restoration.
    pub restored: u128,
    /// Of the granted, recoverable but given up by a person.
    pub written_off: u128,
    /// Recoveries that are under way: proposed, open, or refused by billing.
    pub outstanding: u128,
    /// Restorations that are under way.
    pub promised: u128,
}

impl Book {
    /// Adds a grant.
    pub fn grant(&mut self, benefit: u64) {
        self.granted += u128::from(benefit);
    }

    /// Adds the void of a grant.
    pub fn void(&mut self, benefit: u64) {
        self.voided += u128::from(benefit);
    }

    /// Moves an adjustment from one state (`None`: there was none) to another. `None` where the books
    /// say that there was nothing to move.
    pub fn adjust(
        &mut self,
        kind: AdjustmentKind,
        from: Option<AdjustmentState>,
        to: AdjustmentState,
        benefit: u64,
    ) -> Option<()> {
        let benefit = u128::from(benefit);
        if let Some(from) = from.and_then(|from| self.leaf(kind, from)) {
            *from = from.checked_sub(benefit)?;
        }
        if let Some(to) = self.leaf(kind, to) {
            *to += benefit;
        }
        Some(())
    }

    fn leaf(&mut self, kind: AdjustmentKind, state: AdjustmentState) -> Option<&mut u128> {
        use AdjustmentState::{Acknowledged, Open, Proposed, Refused, Reversed, WrittenOff};
        match (kind, state) {
            (AdjustmentKind::Recovery, Proposed | Open | Refused) => Some(&mut self.outstanding),
            (AdjustmentKind::Recovery, Acknowledged) => Some(&mut self.recovered),
            (AdjustmentKind::Recovery, WrittenOff) => Some(&mut self.written_off),
            (AdjustmentKind::Restoration, Proposed | Open | Refused) => Some(&mut self.promised),
            (AdjustmentKind::Restoration, Acknowledged) => Some(&mut self.restored),
            (AdjustmentKind::Restoration, WrittenOff) | (_, Reversed) => None,
        }
    }

    /// Both books in one.
    pub fn plus(self, other: &Book) -> Book {
        Book {
            granted: self.granted + other.granted,
            voided: self.voided + other.voided,
            recovered: self.recovered + other.recovered,
            restored: self.restored + other.restored,
            written_off: self.written_off + other.written_off,
            outstanding: self.outstanding + other.outstanding,
            promised: self.promised + other.promised,
        }
    }

    /// What the account, user or campaign has of it now.
    pub fn benefit(&self) -> Option<u128> {
        (self.granted + self.restored).checked_sub(self.voided + self.recovered)
    }

    /// Whether no more was taken back, or is about to be, than was granted. What was written off can
    /// become recoverable again only by a new finding, so it is not part of this sum.
    pub fn is_balanced(&self) -> bool {
        self.voided + self.recovered + self.outstanding <= self.granted
    }
}
