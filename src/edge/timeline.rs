//! Timelines as messages: an account's events with tags in place of what they were seen with.

use super::{convert::to_proto, identifier::tagged, listing::page_size, proto::v1};
use crate::{
    domain::{
        event::{Event, EventType},
        identifier::{IdentifierKind, Pseudonym},
    },
    service::{
        engine::Engine,
        refusal::Refusal,
        timeline::{Timeline, TimelinePage, TimelinePlace},
    },
};

/// Prepares what is asked for, and how many at most.
///
/// # Errors
/// The account is unknown; page size or token make no sense; the store can't be opened once more.
pub fn asked(
    engine: &Engine,
    request: &v1::ListAccountEventsRequest,
) -> Result<(Timeline, usize), Refusal> {
    let account = engine.known_account(&request.account_id)?;
    let at = place(&request.page_token)?;
    let most = page_size(request.page_size, 200, 1000)?;
    Ok((engine.timeline(account, request.whole_user, at)?, most))
}

fn place(token: &str) -> Result<TimelinePlace, Refusal> {
    if token.is_empty() {
        return Ok(TimelinePlace::default());
    }
    let numbers = token.split_once('.').and_then(|(found, before)| {
        Some(TimelinePlace {
            found: found.parse().ok()?,
            before: before.parse().ok()?,
        })
    });
    numbers.ok_or_else(|| Refusal::field("page_token", "is not one that an earlier answer gave"))
}

/// What was found, as the graph knows it now.
pub fn answer(
    engine: &Engine,
    total_events: u64,
    page: TimelinePage,
) -> v1::ListAccountEventsResponse {
    let next = page.next;
    let token = |next: TimelinePlace| format!("{}.{}", next.found, next.before);
    let events = page.events.into_iter();
    v1::ListAccountEventsResponse {
        events: events
            .map(|(number, one)| event(engine, number, one))
            .collect(),
        next_page_token: next.map_or(String::new(), token),
        total_events,
    }
}

fn event(engine: &Engine, sequence: u64, event: Event) -> v1::AccountEvent {
    let device = event.device.as_ref();
    let seen_with: [(IdentifierKind, Option<Pseudonym>); 4] = [
        (IdentifierKind::PHONE, event.phone.map(|phone| phone.number)),
        (IdentifierKind::DEVICE, device.and_then(|one| one.device)),
        (
            IdentifierKind::HARDWARE,
            device.and_then(|one| one.hardware),
        ),
        (
            IdentifierKind::ADDRESS,
            event.address.map(|one| one.address),
        ),
    ];
    let seen_with = seen_with.into_iter();
    let identifiers = seen_with
        .filter_map(|(kind, pseudonym)| Some(tagged(engine, kind, pseudonym?)))
        .collect();
    let task = event.task;
    v1::AccountEvent {
        sequence,
        account_id: event.account_id,
        occurred_at: Some(to_proto(event.occurred_at)),
        event_type: event_type(event.event_type).into(),
        surface: event.surface,
        platform: event.device.map_or(String::new(), |one| one.platform),
        identifiers,
        tokens: task.as_ref().map_or(0, |task| task.tokens),
        task_started_at: task.as_ref().and_then(|task| task.started_at).map(to_proto),
        task_id: task.map_or(String::new(), |task| task.task_id),
    }
}

fn event_type(event_type: EventType) -> v1::EventType {
    match event_type {
        EventType::Registration => v1::EventType::Registration,
        EventType::Login => v1::EventType::Login,
        EventType::PhoneBound => v1::EventType::PhoneBound,
        EventType::PhoneUnbound => v1::EventType::PhoneUnbound,
        EventType::TaskStarted => v1::EventType::TaskStarted,
        EventType::TaskCompleted => v1::EventType::TaskCompleted,
    }
}
