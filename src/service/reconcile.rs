//! Reconciliation: billing's own list of applied discounts against the ledger.

use std::{collections::HashMap, ops::ControlFlow};

use serde::Serialize;

use super::{engine::Engine, refusal::Refusal};
use crate::domain::{
    adjustment::{AdjustmentKind, AdjustmentState},
    ledger::FULL_RATE_BASIS_POINTS,
    verdict::Decision,
};

/// Discounts that one list may name.
pub const APPLIED_AT_MOST: usize = 20_000_000;

/// A task: campaign, task, account.
pub type TaskKey = (String, String, String);

/// A discount as one side has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Applied {
    /// The task's tokens.
    pub tokens: u64,
    /// The rate charged.
    pub rate_basis_points: u32,
}

/// A discount that the two sides have otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The campaign.
    pub campaign_id: String,
    /// The task.
    pub task_id: String,
    /// The account.
    pub account_id: String,
    /// The ledger's verdict, where it has one.
    pub verdict_id: Option<String>,
    /// What billing applied; `None` = nothing.
    pub billing: Option<Applied>,
    /// What the ledger has; `None` = nothing.
    pub ledger: Option<Applied>,
}

/// What a reconciliation found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Reconciled {
    /// Discounts on billing's list.
    pub billing: u64,
    /// Discounts in the ledger, after what billing acknowledged and voided.
    pub ledger: u64,
    /// The same on both sides.
    pub equal: u64,
    /// Discounts that differ.
    pub differences: u64,
}

impl Engine {
    /// Compares billing's list with the ledger, both ways; `differs` hears each difference. What is not
    /// on the list is reported only for campaigns that the list names.
    ///
    /// # Errors
    /// The store can't be read.
    pub fn reconcile(
        &self,
        mut applied: HashMap<TaskKey, Applied>,
        mut differs: impl FnMut(Difference),
    ) -> Result<Reconciled, Refusal> {
        let mut found = Reconciled {
            billing: applied.len() as u64,
            ..Reconciled::default()
        };
        let mut campaigns: Vec<String> = applied
            .keys()
            .map(|(campaign, ..)| campaign.clone())
            .collect();
        campaigns.sort_unstable();
        campaigns.dedup();
        self.reader.for_each_verdict(0, |stored| {
            if campaigns.binary_search(&stored.campaign_id).is_err() {
                return ControlFlow::Continue(());
            }
            let Some(rate_basis_points) =
                self.rate_applied(stored.seq, stored.decision, stored.rate_basis_points)
            else {
                return ControlFlow::Continue(());
            };
            let ledger = Applied {
                tokens: stored.tokens,
                rate_basis_points,
            };
            found.ledger += 1;
            let key = (stored.campaign_id, stored.task_id, stored.account_id);
            let billing = applied.remove(&key);
            if billing == Some(ledger) {
                found.equal += 1;
            } else {
                found.differences += 1;
                let verdict = Some(format!("v{}", stored.seq));
                differs(difference(key, verdict, billing, Some(ledger)));
            }
            ControlFlow::Continue(())
        })?;
        let mut lost: Vec<(TaskKey, Applied)> = applied.into_iter().collect();
        lost.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        for (key, billing) in lost {
            found.differences += 1;
            differs(difference(key, None, Some(billing), None));
        }
        Ok(found)
    }

    /// The discounted rate that billing should have applied for a verdict by now, where there is one.
    fn rate_applied(&self, verdict: u64, decision: u8, rate: u32) -> Option<u32> {
        let adjustments = &self.ledger.adjustments;
        let granted = Decision::numbered(decision) == Some(Decision::Allow)
            && !adjustments.is_voided(verdict);
        let live = adjustments.live(verdict).map(|latest| &latest.change);
        let corrected = live.filter(|change| change.state == AdjustmentState::Acknowledged);
        let rate = match corrected {
            Some(change) if change.kind == AdjustmentKind::Restoration => change.rate_basis_points,
            Some(_) => return None,
            None if granted => rate,
            None => return None,
        };
        (rate < FULL_RATE_BASIS_POINTS).then_some(rate)
    }
}

fn difference(
    (campaign_id, task_id, account_id): TaskKey,
    verdict_id: Option<String>,
    billing: Option<Applied>,
    ledger: Option<Applied>,
) -> Difference {
    Difference {
        campaign_id,
        task_id,
        account_id,
        verdict_id,
        billing,
        ledger,
    }
}
