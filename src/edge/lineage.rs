//! Where a user comes from. Users are derived, and no merge or split is stored; but verdicts name the user of
//! their moment for good, so which ones an account belonged to is read off them.

use std::{cmp::Reverse, collections::HashSet};

use super::{answer, proto::v1};
use crate::service::{engine::Engine, refusal::Refusal};

/// Verdicts looked at for one user, the latest ones.
const VERDICTS_LOOKED_AT: usize = 200;

/// The users other than `user_id` that the last verdicts about some accounts named, the latest first; each
/// once an account.
///
/// # Errors
/// The store can't be read.
pub(super) fn earlier_users(
    engine: &Engine,
    accounts: &[u32],
    user_id: &str,
) -> Result<Vec<v1::EarlierUser>, Refusal> {
    let held = &engine.ledger().held;
    let mut latest = Vec::new();
    for account in accounts {
        for known in held.of(*account) {
            let verdicts = held.list(*account, known.campaign);
            latest.extend(verdicts.take(VERDICTS_LOOKED_AT).map(|held| held.verdict));
        }
    }
    latest.sort_unstable_by_key(|verdict| Reverse(*verdict));
    latest.truncate(VERDICTS_LOOKED_AT);
    let mut named = HashSet::new();
    let mut earlier = Vec::new();
    for sequence in latest {
        let verdict = answer::verdict(engine.verdict(sequence)?);
        let place = (verdict.account_id.clone(), verdict.user_id.clone());
        if verdict.user_id != user_id && named.insert(place) {
            earlier.push(v1::EarlierUser {
                user_id: verdict.user_id,
                account_id: verdict.account_id,
                verdict_id: verdict.verdict_id,
                decided_at: verdict.decided_at,
            });
        }
    }
    Ok(earlier)
}
