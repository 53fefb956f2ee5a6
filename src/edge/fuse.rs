//! The fuse on harm as messages: what it holds, and what people decide of it.

use std::collections::BTreeMap;

use super::{
    convert::to_proto,
    listing::{next_token, page_size, page_start},
    proto::v1,
    review::number,
};
use crate::service::{
    engine::Engine,
    fuse::{FuseResolution, Standing, Tripped},
    refusal::Refusal,
};

/// Fuses as they stand.
pub fn states<'a>(
    engine: &Engine,
    fuses: impl Iterator<Item = (u64, &'a Tripped)>,
) -> Vec<v1::FuseState> {
    let mut waiting: BTreeMap<u64, u64> = BTreeMap::new();
    for (_, fuse) in engine.fuse().waiting() {
        *waiting.entry(fuse).or_default() += 1;
    }
    let held = |fuse: u64| waiting.get(&fuse).copied().unwrap_or_default();
    fuses
        .map(|(fuse, tripped)| state(fuse, tripped, held(fuse)))
        .collect()
}

fn state(fuse: u64, tripped: &Tripped, held: u64) -> v1::FuseState {
    let decision = tripped.decision.clone();
    let (decided_by, decision_statement, decided_at) = decision.map_or_else(
        || (String::new(), String::new(), None),
        |decision| {
            (
                decision.author,
                decision.statement,
                Some(to_proto(decision.at)),
            )
        },
    );
    v1::FuseState {
        atom: tripped.atom.words(),
        tripped_at: Some(to_proto(tripped.tripped_at)),
        held,
        fuse_id: format!("f{fuse}"),
        standing: match tripped.standing {
            Standing::Held => v1::FuseStanding::Held,
            Standing::Released => v1::FuseStanding::Released,
            Standing::Discarded => v1::FuseStanding::Discarded,
        }
        .into(),
        campaign_id: tripped.campaign_id.clone(),
        clean_users_at_most: tripped.clean_users_at_most,
        decided_by,
        decision_statement,
        decided_at,
    }
}

/// A page of fuses.
///
/// # Errors
/// Page size or token make no sense.
pub fn list_fuses(
    engine: &Engine,
    request: v1::ListFusesRequest,
) -> Result<v1::ListFusesResponse, Refusal> {
    let size = page_size(request.page_size, 100, 1000)?;
    let after: u64 = page_start(&request.page_token)?;
    let mut wanted = engine.fuse().all().filter(|(number, fuse)| {
        *number > after && (!request.held || fuse.standing == Standing::Held)
    });
    let page: Vec<(u64, &Tripped)> = wanted.by_ref().take(size).collect();
    let last = page.last().map_or(0, |(number, _)| *number);
    Ok(v1::ListFusesResponse {
        next_page_token: next_token(wanted.next().is_some(), last),
        fuses: states(engine, page.into_iter()),
    })
}

/// Releases or discards what a fuse holds.
///
/// # Errors
/// See [`Engine::resolve_fuse`].
pub fn resolve_fuse(
    engine: &mut Engine,
    request: v1::ResolveFuseRequest,
) -> Result<v1::ResolveFuseResponse, Refusal> {
    let fuse = number("fuse_id", &request.fuse_id, 'f')?;
    let resolution = match request.resolution() {
        v1::FuseResolution::Release => FuseResolution::Release,
        v1::FuseResolution::Discard => FuseResolution::Discard,
        v1::FuseResolution::Unspecified => {
            return Err(Refusal::field("resolution", "is required"));
        }
    };
    engine.resolve_fuse(fuse, resolution, request.author, request.statement)?;
    let resolved = engine.fuse().get(fuse).map(|tripped| (fuse, tripped));
    let fuse = states(engine, resolved.into_iter()).pop();
    Ok(v1::ResolveFuseResponse { fuse })
}
