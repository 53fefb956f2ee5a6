//! Adjustments: corrections of money already charged. Each corrects one verdict; at most one a verdict
//! is live. Every change of state is a record that says what caused it.

use serde::{Deserialize, Serialize};

use super::{clock::Timestamp, reason::Reason};

/// Which way the benefit moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AdjustmentKind {
    /// A granted benefit is taken back.
    Recovery,
    /// A refused one is given.
    Restoration,
}

impl AdjustmentKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Recovery, Self::Restoration];

    /// Its number in the ledger's column `kind`.
    pub fn number(self) -> u8 {
        match self {
            Self::Recovery => 1,
            Self::Restoration => 2,
        }
    }

    /// The kind of such a number; `None`: of no kind.
    pub fn numbered(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.number() == number)
    }
}

/// Where an adjustment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AdjustmentState {
    /// Found; waits for its delay, or for a person. Moves no money.
    Proposed,
    /// Billing is to apply it.
    Open,
    /// Billing applied it.
    Acknowledged,
    /// Billing can't apply it, and said why; a person decides what then.
    Refused,
    /// Called off, before or after billing applied it. For good.
    Reversed,
    /// Given up by a person. For good.
    WrittenOff,
}

impl AdjustmentState {
    /// Every state.
    pub const ALL: [Self; 6] = [
        Self::Proposed,
        Self::Open,
        Self::Acknowledged,
        Self::Refused,
        Self::Reversed,
        Self::WrittenOff,
    ];

    /// Its number in the ledger's column `state`.
    pub fn number(self) -> u8 {
        match self {
            Self::Proposed => 1,
            Self::Open => 2,
            Self::Acknowledged => 3,
            Self::Refused => 4,
            Self::Reversed => 5,
            Self::WrittenOff => 6,
        }
    }

    /// The state of such a number; `None`: of no state.
    pub fn numbered(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.number() == number)
    }

    /// Whether another adjustment of the same verdict is out of the question.
    pub fn is_live(self) -> bool {
        !matches!(self, Self::Reversed | Self::WrittenOff)
    }

    /// Whether an adjustment may pass from this state to another.
    pub fn may_become(self, next: Self) -> bool {
        use AdjustmentState::{Acknowledged, Open, Proposed, Refused, Reversed, WrittenOff};
        match self {
            Proposed => matches!(next, Open | Reversed | WrittenOff),
            Open => matches!(next, Acknowledged | Refused | Reversed | WrittenOff),
            Acknowledged => matches!(next, Reversed),
            Refused => matches!(next, Open | Reversed | WrittenOff),
            Reversed | WrittenOff => false,
        }
    }
}

/// One change of one adjustment, as the journal keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdjustmentChange {
    /// The adjustment: the sequence number of its first change.
    pub adjustment: u64,
    /// Which way.
    pub kind: AdjustmentKind,
    /// The state from now on.
    pub state: AdjustmentState,
    /// The verdict it corrects.
    pub verdict: u64,
    /// That verdict's campaign.
    pub campaign_id: String,
    /// That verdict's account.
    pub account_id: String,
    /// That verdict's task.
    pub task_id: String,
    /// The task's tokens.
    pub tokens: u64,
    /// The rate to charge once it is applied.
    pub rate_basis_points: u32,
    /// The benefit moved: tokens x basis points.
    pub token_basis_points: u64,
    /// Why the adjustment was made.
    pub reasons: Vec<Reason>,
    /// When.
    pub changed_at: Timestamp,
    /// While proposed: when it settles by itself; `None` = a person must confirm it.
    pub settles_at: Option<Timestamp>,
    /// What caused this change.
    pub cause: ChangeCause,
}

/// What caused a change of an adjustment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChangeCause {
    /// The account's standing turned: what the verdict would be now differs from what it was.
    Standing,
    /// The delay passed.
    Settled,
    /// Billing answered; in words where it refused.
    Billing {
        /// Why it refused; empty where it accepted.
        reason: String,
    },
    /// A person decided so.
    Person {
        /// Who.
        author: String,
        /// Why, in words.
        statement: String,
    },
    /// Billing reversed the charge itself.
    Voided,
    /// The task was asked about again, and this verdict gives the benefit.
    AskedAgain {
        /// The verdict.
        verdict: u64,
    },
}

/// Billing reversed a charge itself: the grant is void.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantVoid {
    /// The verdict that granted.
    pub verdict: u64,
    /// Why, in billing's words.
    pub reason: String,
    /// When.
    pub voided_at: Timestamp,
}
