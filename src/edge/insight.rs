//! Overview and quality as messages.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use super::{answer::reason_code, convert::to_proto, fuse, proto::v1};
use crate::{
    domain::reason::ReasonCode,
    service::{
        engine::Engine,
        node::Node,
        overview::{HOURS_AT_MOST, Hour, Overview},
        quality::{BINS, Bin, LABELLED_AT_MOST, Quality, SAMPLED_AT_MOST, SampleQuality, Share},
        refusal::Refusal,
    },
};

/// Labelled accounts counted under one hold of the store.
const LABELS_A_HOLD: usize = 64;
const HOURS: i64 = 24;
/// Fuses shown beside the quality of the model; all of them are in `ListFuses`.
const FUSES_SHOWN: usize = 100;

/// Grants, refusals and adjustments by hour, and how the service is.
///
/// # Errors
/// The hours make no sense; the store can't be read.
pub async fn overview(
    node: &Node,
    counted: &Arc<Mutex<Overview>>,
    request: v1::GetOverviewRequest,
) -> Result<v1::GetOverviewResponse, Refusal> {
    let count = match i64::from(request.hours) {
        0 => HOURS,
        hours @ 1..=HOURS_AT_MOST => hours,
        _ => return Err(Refusal::field("hours", "must lie between 1 and 168")),
    };
    let (reader, now) = node.look(|engine| (engine.reader().another(), engine.now()))?;
    let (reader, counted) = (reader?, counted.clone());
    let counting = tokio::task::spawn_blocking(move || {
        let mut overview = counted.lock().expect("no holder panics");
        let complete = overview.catch_up(&reader, now)?;
        Ok::<_, Refusal>((overview.hours(now, count), complete))
    });
    let counted = counting.await;
    let (hours, complete) = counted.unwrap_or(Err(Refusal::Unavailable("shutting down")))?;
    let ready = node.is_ready();
    let streams = node.stream_lags()?.into_iter();
    let streams = streams.map(|(stream, lag_entries)| v1::StreamState {
        stream,
        lag_entries,
    });
    let streams = streams.collect();
    node.look(|engine| v1::GetOverviewResponse {
        reasons: reasons(&hours),
        hours: hours
            .into_iter()
            .map(|(begins_at, counts)| hour(to_proto(begins_at), &counts))
            .collect(),
        complete,
        streams,
        ..state(engine, ready)
    })
}

/// What is known without counting.
fn state(engine: &Engine, ready: bool) -> v1::GetOverviewResponse {
    let graph = engine.graph();
    let models = engine.models();
    let (open_appeals, overdue_appeals) = engine.appeals().waiting(engine.now());
    v1::GetOverviewResponse {
        graph: Some(v1::GraphSize {
            accounts: graph.account_count() as u64,
            identifiers: graph.identifier_count() as u64,
            links: graph.link_count() as u64,
            events: engine.event_count(),
            verdicts: engine.verdict_count(),
        }),
        health: Some(v1::Health {
            ready,
            standing_lag: engine.ledger().lag() as u64,
            model_revision: models.decided_with.model_revision.clone(),
            weights_revision: models.decided_with.weights_revision.clone(),
            decision_version: models.decided_with.to_string(),
            release: env!("CARGO_PKG_VERSION").into(),
            dead_letters: engine.dead_letters().open() as u64,
        }),
        cases: engine.case_count() as u64,
        open_appeals: open_appeals as u64,
        overdue_appeals: overdue_appeals as u64,
        ..v1::GetOverviewResponse::default()
    }
}

fn hour(begins_at: pbjson_types::Timestamp, hour: &Hour) -> v1::OverviewHour {
    v1::OverviewHour {
        begins_at: Some(begins_at),
        grants: hour.grants,
        denials: hour.denials,
        revocations: hour.revocations,
        granted_token_basis_points: hour.granted.to_string(),
        recoveries: hour.recoveries,
        restorations: hour.restorations,
        recovered_token_basis_points: hour.recovered.to_string(),
        restored_token_basis_points: hour.restored.to_string(),
    }
}

fn reasons<T>(hours: &[(T, Hour)]) -> Vec<v1::ReasonCount> {
    let mut sums: BTreeMap<ReasonCode, u64> = BTreeMap::new();
    for (reason, verdicts) in hours.iter().flat_map(|(_, hour)| &hour.reasons) {
        *sums.entry(*reason).or_default() += verdicts;
    }
    let mut sums: Vec<(ReasonCode, u64)> = sums.into_iter().collect();
    sums.sort_by_key(|(reason, verdicts)| (std::cmp::Reverse(*verdicts), *reason));
    let count = |(reason, verdicts)| v1::ReasonCount {
        reason: reason_code(reason).into(),
        verdicts,
    };
    sums.into_iter().map(count).collect()
}

/// How right refusals proved.
///
/// # Errors
/// The node stops.
pub async fn quality(node: &Node) -> Result<v1::GetModelQualityResponse, Refusal> {
    let labels = node.look(Engine::labels)?;
    let (mut quality, mut of_sample) = (Quality::default(), SampleQuality::default());
    let (mut looked_at, mut sampled) = (0, 0);
    for slice in labels.chunks(LABELS_A_HOLD) {
        node.look(|engine| {
            for (account, label) in slice {
                if looked_at < LABELLED_AT_MOST {
                    engine.count_label(*account, label.abuse, &mut quality);
                    looked_at += 1;
                }
                if sampled < SAMPLED_AT_MOST && engine.is_sampled(*account) {
                    engine.count_sampled(*account, label, &mut of_sample);
                    sampled += 1;
                }
            }
        })?;
        // Verdicts go first.
        tokio::task::yield_now().await;
    }
    let waiting = node.look(|engine| engine.ledger().suspicious.drawn())? as u64;
    let (model_revision, (granted, rejected), fuses) = node.look(|engine| {
        let revision = engine.models().decided_with.model_revision.clone();
        let fuses = fuse::states(engine, engine.fuse().held().take(FUSES_SHOWN));
        (revision, engine.appeals().decided(), fuses)
    })?;
    let overturned = Share {
        part: granted,
        whole: granted + rejected,
    };
    let bins = quality.bins.iter().enumerate();
    Ok(v1::GetModelQualityResponse {
        precision: Some(share(quality.precision)),
        overturned: Some(share(overturned)),
        bins: bins.map(|(nth, one)| bin(nth, one)).collect(),
        model_revision,
        labelled_accounts: quality.labelled,
        fuses,
        audit_sample: Some(v1::AuditSampleQuality {
            precision: Some(share(of_sample.precision)),
            missed: Some(share(of_sample.missed)),
            prevalence: Some(share(of_sample.prevalence)),
            waiting,
        }),
    })
}

fn bin(nth: usize, bin: &Bin) -> v1::CalibrationBin {
    let whole = bin.abuse.whole.max(1) as f64;
    v1::CalibrationBin {
        low: nth as f64 / BINS as f64,
        high: (nth + 1) as f64 / BINS as f64,
        abuse: Some(share(bin.abuse)),
        mean_probability: bin.probabilities / whole,
    }
}

fn share(share: Share) -> v1::Share {
    let (value, low, high) = share.interval().unwrap_or_default();
    v1::Share {
        part: share.part,
        whole: share.whole,
        value,
        low,
        high,
    }
}
