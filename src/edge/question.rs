//! What billing asks, checked.

use super::{convert::Violations, intake::check_tokens, proto::v1};
use crate::{domain::verdict::Question, service::refusal::Refusal};

/// A question names at most so many other offers.
pub const OTHER_OFFERS_AT_MOST: usize = 16;

/// Checks a request and reads the question in it.
///
/// # Errors
/// [`Refusal::InvalidArgument`] with every field that is wrong.
pub fn question(request: v1::CheckDiscountRequest) -> Result<Question, Refusal> {
    let mut violations = Violations::default();
    violations.check_required("campaign_id", &request.campaign_id);
    violations.check_required("account_id", &request.account_id);
    violations.check_required("surface", &request.surface);
    if request.other_offers.len() > OTHER_OFFERS_AT_MOST {
        let count = request.other_offers.len();
        violations.add(
            "other_offers",
            format!("has {count}; at most {OTHER_OFFERS_AT_MOST}"),
        );
    }
    for (position, offer) in request.other_offers.iter().enumerate() {
        violations.check_required(&format!("other_offers[{position}]"), offer);
    }
    let task = request.task.unwrap_or_default();
    violations.check_required("task.task_id", &task.task_id);
    check_tokens(task.tokens, &mut violations);
    let started_at = match &task.started_at {
        Some(instant) => violations.instant("task.started_at", instant),
        None => {
            violations.add("task.started_at", "is required");
            Default::default()
        }
    };
    let completed_at = task
        .completed_at
        .as_ref()
        .map(|instant| violations.instant("task.completed_at", instant));
    if violations.0.is_empty() && completed_at.is_some_and(|completed| completed < started_at) {
        violations.add("task.completed_at", "lies before task.started_at");
    }
    if !violations.0.is_empty() {
        return Err(Refusal::InvalidArgument(violations.0));
    }
    let mut other_offers = request.other_offers;
    other_offers.sort_unstable();
    other_offers.dedup();
    Ok(Question {
        campaign_id: request.campaign_id,
        account_id: request.account_id,
        task_id: task.task_id,
        started_at,
        completed_at,
        tokens: task.tokens,
        surface: request.surface,
        other_offers,
    })
}
