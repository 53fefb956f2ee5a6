//! The dead letters of `EventService`.

use crate::{
    edge::{
        letters,
        listing::{next_token, page_size, page_start},
        proto::v1,
        pseudonym::Pseudonymiser,
    },
    service::{engine::Observed, node::Node, refusal::Refusal, stream::EntryId},
};

pub(super) fn list(
    node: &Node,
    request: &v1::ListDeadLettersRequest,
) -> Result<v1::ListDeadLettersResponse, Refusal> {
    let size = page_size(request.page_size, 100, 1000)?;
    let after: u64 = page_start(&request.page_token)?;
    let page = node.look(|engine| engine.open_dead_letters(after, size))??;
    let last = page.last().map_or(0, |(sequence, _)| *sequence);
    let next_page_token = next_token(page.len() == size, last);
    Ok(v1::ListDeadLettersResponse {
        dead_letters: page
            .into_iter()
            .map(|(_, letter)| letters::message(letter))
            .collect(),
        next_page_token,
    })
}

pub(super) async fn replay(
    node: &Node,
    pseudonymiser: &Pseudonymiser,
    request: v1::ReplayDeadLetterRequest,
) -> Result<v1::ReplayDeadLetterResponse, Refusal> {
    let entry: EntryId = request.entry_id.parse()?;
    let stream = &request.stream;
    let letter = node.look(|engine| engine.dead_letter(stream, entry))??;
    let arrival = letters::arrival(&letter, request.event, pseudonymiser)?;
    let observed = node.replay_dead_letter(stream, entry, &arrival).await?;
    Ok(v1::ReplayDeadLetterResponse {
        duplicate: observed == Observed::Duplicate,
    })
}

pub(super) async fn discard(
    node: &Node,
    request: &v1::DiscardDeadLetterRequest,
) -> Result<v1::DiscardDeadLetterResponse, Refusal> {
    let entry: EntryId = request.entry_id.parse()?;
    node.discard_dead_letter(&request.stream, entry).await?;
    Ok(v1::DiscardDeadLetterResponse {})
}
