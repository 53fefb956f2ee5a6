//! Answers: records as messages.

use super::{convert::to_proto, proto::v1};
use crate::{
    domain::{
        adjustment::{AdjustmentChange, AdjustmentKind, AdjustmentState},
        campaign::{CampaignState, RevisionRecord},
        reason::{Reason, ReasonCode},
        verdict::Decision,
    },
    journal::StoredAdjustment,
    service::{
        adjustments::Latest,
        codec::Stored,
        engine::{Decided, Engine},
        refusal::Refusal,
    },
};

/// A verdict as billing sees it.
pub fn verdict(decided: Decided) -> v1::Verdict {
    let sequence = decided.sequence;
    let record = *decided.record;
    let decision_version = record.decided_with.to_string();
    let (question, outcome) = (record.question, record.outcome);
    v1::Verdict {
        verdict_id: if sequence == 0 {
            String::new()
        } else {
            verdict_id(sequence)
        },
        decision: decision(outcome.decision).into(),
        rate_basis_points: outcome.rate_basis_points,
        reasons: outcome.reasons.into_iter().map(reason).collect(),
        campaign_id: question.campaign_id,
        campaign_revision: record.campaign_revision,
        user_id: record.seen.user_id,
        decided_at: Some(to_proto(record.seen.now)),
        account_id: question.account_id,
        task_id: question.task_id,
        r#final: outcome.is_final,
        decision_version,
        observed: outcome
            .observed
            .map_or(v1::Decision::Unspecified, decision)
            .into(),
    }
}

/// The id of a verdict, from its sequence number.
pub fn verdict_id(sequence: u64) -> String {
    format!("v{sequence}")
}

/// The sequence number in a verdict's id.
///
/// # Errors
/// It is no verdict id.
pub fn verdict_sequence(id: &str) -> Result<u64, Refusal> {
    let sequence = id.strip_prefix('v').and_then(|digits| digits.parse().ok());
    sequence.ok_or_else(|| {
        Refusal::field(
            "verdict_id",
            "must be an id that a verdict carries, such as `v17`",
        )
    })
}

/// A decision.
pub fn decision(decision: Decision) -> v1::Decision {
    match decision {
        Decision::Allow => v1::Decision::Allow,
        Decision::Deny => v1::Decision::Deny,
        Decision::Revoke => v1::Decision::Revoke,
    }
}

/// A reason.
pub fn reason(reason: Reason) -> v1::Reason {
    v1::Reason {
        code: reason_code(reason.code).into(),
        statement: reason.statement,
        weight_millibits: reason.weight_millibits,
        facts: reason.facts.into_iter().collect(),
    }
}

/// The code of a reason.
pub fn reason_code(code: ReasonCode) -> v1::ReasonCode {
    match code {
        ReasonCode::Eligible => v1::ReasonCode::Eligible,
        ReasonCode::OutsideEventPeriod => v1::ReasonCode::OutsideEventPeriod,
        ReasonCode::TaskNotCompleted => v1::ReasonCode::TaskNotCompleted,
        ReasonCode::SurfaceNotCovered => v1::ReasonCode::SurfaceNotCovered,
        ReasonCode::EnterpriseAccount => v1::ReasonCode::EnterpriseAccount,
        ReasonCode::NoDesktopLogin => v1::ReasonCode::NoDesktopLogin,
        ReasonCode::OtherOfferApplied => v1::ReasonCode::OtherOfferApplied,
        ReasonCode::CampaignSuspended => v1::ReasonCode::CampaignSuspended,
        ReasonCode::CampaignTerminated => v1::ReasonCode::CampaignTerminated,
        ReasonCode::UnknownAccount => v1::ReasonCode::UnknownAccount,
        ReasonCode::SameUserLimit => v1::ReasonCode::SameUserLimit,
        ReasonCode::SameUserDisqualified => v1::ReasonCode::SameUserDisqualified,
        ReasonCode::Disqualified => v1::ReasonCode::Disqualified,
        ReasonCode::Restricted => v1::ReasonCode::Restricted,
        ReasonCode::BulkRegistration => v1::ReasonCode::BulkRegistration,
        ReasonCode::ScriptedActivity => v1::ReasonCode::ScriptedActivity,
        ReasonCode::Emulator => v1::ReasonCode::Emulator,
        ReasonCode::OperatedForOthers => v1::ReasonCode::OperatedForOthers,
        ReasonCode::FalseIdentity => v1::ReasonCode::FalseIdentity,
        ReasonCode::FalseActivity => v1::ReasonCode::FalseActivity,
        ReasonCode::AnalystDecision => v1::ReasonCode::AnalystDecision,
    }
}

/// Where a campaign stands.
pub fn campaign_state(state: CampaignState) -> v1::CampaignState {
    match state {
        CampaignState::Active => v1::CampaignState::Active,
        CampaignState::Suspended => v1::CampaignState::Suspended,
        CampaignState::Terminated => v1::CampaignState::Terminated,
    }
}

/// A campaign's revision.
pub fn campaign_revision(record: RevisionRecord) -> v1::CampaignRevision {
    v1::CampaignRevision {
        campaign_id: record.campaign_id,
        revision: record.revision,
        state: campaign_state(record.state).into(),
        published_at: Some(to_proto(record.published_at)),
        terms_toml: record.terms_toml,
        reason: record.reason,
    }
}

/// A change of an adjustment, as the ledger holds it.
///
/// # Errors
/// Its record is damaged.
pub fn stored_adjustment(stored: &StoredAdjustment) -> Result<v1::Adjustment, Refusal> {
    let change = AdjustmentChange::decode(&stored.record)?;
    Ok(adjustment(stored.sequence, change))
}

/// Which way an adjustment goes.
pub fn adjustment_kind(kind: AdjustmentKind) -> v1::AdjustmentKind {
    match kind {
        AdjustmentKind::Recovery => v1::AdjustmentKind::Recovery,
        AdjustmentKind::Restoration => v1::AdjustmentKind::Restoration,
    }
}

/// What became of an adjustment.
pub fn adjustment_state(state: AdjustmentState) -> v1::AdjustmentState {
    match state {
        AdjustmentState::Proposed => v1::AdjustmentState::Proposed,
        AdjustmentState::Open => v1::AdjustmentState::Open,
        AdjustmentState::Acknowledged => v1::AdjustmentState::Acknowledged,
        AdjustmentState::Refused => v1::AdjustmentState::Refused,
        AdjustmentState::Reversed => v1::AdjustmentState::Reversed,
        AdjustmentState::WrittenOff => v1::AdjustmentState::WrittenOff,
    }
}

/// A change of an adjustment.
pub fn adjustment(sequence: u64, change: AdjustmentChange) -> v1::Adjustment {
    let (kind, state) = (adjustment_kind(change.kind), adjustment_state(change.state));
    v1::Adjustment {
        sequence,
        adjustment_id: format!("j{}", change.adjustment),
        kind: kind.into(),
        state: state.into(),
        verdict_id: verdict_id(change.verdict),
        campaign_id: change.campaign_id,
        account_id: change.account_id,
        task_id: change.task_id,
        tokens: change.tokens,
        rate_basis_points: change.rate_basis_points,
        token_basis_points: change.token_basis_points,
        reasons: change.reasons.into_iter().map(reason).collect(),
        changed_at: Some(to_proto(change.changed_at)),
        paused_by_appeal_id: String::new(),
    }
}

/// An adjustment as it stands.
pub fn current_adjustment(engine: &Engine, latest: Latest) -> v1::Adjustment {
    let paused = pausing_appeal(engine, &latest);
    v1::Adjustment {
        paused_by_appeal_id: paused,
        ..adjustment(latest.sequence, latest.change)
    }
}

/// The open appeal that a proposed recovery waits for, where there is one.
fn pausing_appeal(engine: &Engine, latest: &Latest) -> String {
    let is_proposed = latest.change.state == AdjustmentState::Proposed;
    let appeal = engine.appeal_about(&latest.change).filter(|_| is_proposed);
    appeal.map_or(String::new(), |number| format!("p{number}"))
}
