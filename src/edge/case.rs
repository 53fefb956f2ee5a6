//! Cases as messages: the queue, one case, and what people do with it.

use super::{
    convert::{Violations, to_proto},
    listing::{page_size, probability},
    proto::v1,
};
use crate::{
    domain::case_work::CaseNote,
    service::{
        case_queue::Place,
        cases::{Case, CaseFilter, CaseKind, CaseOrder, CaseState},
        engine::Engine,
        node::Node,
        refusal::Refusal,
    },
};

/// Cases looked at under one hold of the store: each may be a ring of hundreds of accounts.
const CASES_A_HOLD: usize = 4;
/// Parts of the queue that one page may search where few match, each under a hold of its own.
const PARTS_A_PAGE: usize = 32;

/// A page of the queue that is asked for: filter, order, where it begins, how many.
struct Asked {
    filter: CaseFilter,
    order: CaseOrder,
    after: Option<Place>,
    most: usize,
}

/// A page of the queue.
///
/// # Errors
/// The page size is negative, the token none of ours; the node stops.
pub async fn list_cases(
    node: &Node,
    request: v1::ListCasesRequest,
) -> Result<v1::ListCasesResponse, Refusal> {
    let mut asked = asked(&request)?;
    let mut leaders = Vec::new();
    let mut total_cases = 0;
    for _ in 0..PARTS_A_PAGE {
        let wanted = asked.most - leaders.len();
        let part = node.look(|engine| {
            total_cases = engine.case_count() as u64;
            engine.list_cases(&asked.filter, asked.order, asked.after, wanted)
        })?;
        leaders.extend(part.leaders);
        asked.after = part.next;
        if part.next.is_none() || leaders.len() == asked.most {
            break;
        }
        // Verdicts go first.
        tokio::task::yield_now().await;
    }
    let mut cases = Vec::with_capacity(leaders.len());
    for slice in leaders.chunks(CASES_A_HOLD) {
        let looked = node.change(|engine| {
            let cases = slice.iter().filter_map(|one| case_of(engine, *one));
            Ok(cases.collect::<Vec<v1::Case>>())
        });
        cases.extend(looked.await?);
        tokio::task::yield_now().await;
    }
    let token = |(first, second, case): Place| format!("{first}.{second}.{case}");
    Ok(v1::ListCasesResponse {
        cases,
        next_page_token: asked.after.map_or(String::new(), token),
        total_cases,
    })
}

fn asked(request: &v1::ListCasesRequest) -> Result<Asked, Refusal> {
    Ok(Asked {
        filter: CaseFilter {
            kind: kind(request.kind()),
            claimed_by: request.claimed_by.clone(),
            state: match request.state() {
                v1::CaseState::Unspecified => None,
                v1::CaseState::Open => Some(CaseState::Open),
                v1::CaseState::Claimed => Some(CaseState::Claimed),
                v1::CaseState::Snoozed => Some(CaseState::Snoozed),
            },
            text: request.text.trim().into(),
        },
        order: match request.order() {
            v1::CaseOrder::Unspecified => CaseOrder::Pressing,
            v1::CaseOrder::Tokens => CaseOrder::Tokens,
            v1::CaseOrder::Confidence => CaseOrder::Confidence,
            v1::CaseOrder::Age => CaseOrder::Age,
        },
        after: place(&request.page_token)?,
        most: page_size(request.page_size, 100, 1000)?,
    })
}

fn place(token: &str) -> Result<Option<Place>, Refusal> {
    if token.is_empty() {
        return Ok(None);
    }
    let mut parts = token.split('.');
    let mut rank = || parts.next()?.parse().ok();
    let (first, second) = (rank(), rank());
    let case = parts.next().and_then(|part| part.parse().ok());
    match (first, second, case) {
        (Some(first), Some(second), Some(case)) => Ok(Some((first, second, case))),
        _ => Err(Refusal::field(
            "page_token",
            "is not one that an earlier answer gave",
        )),
    }
}

fn kind(said: v1::CaseKind) -> Option<CaseKind> {
    Some(match said {
        v1::CaseKind::Unspecified => return None,
        v1::CaseKind::Appeal => CaseKind::Appeal,
        v1::CaseKind::RefusedAdjustment => CaseKind::RefusedAdjustment,
        v1::CaseKind::UnconfirmedRecovery => CaseKind::UnconfirmedRecovery,
        v1::CaseKind::OverturnedEvidence => CaseKind::OverturnedEvidence,
        v1::CaseKind::MiddleScore => CaseKind::MiddleScore,
        v1::CaseKind::AuditSample => CaseKind::AuditSample,
        v1::CaseKind::HeldByFuse => CaseKind::HeldByFuse,
    })
}

fn kind_said(kind: CaseKind) -> (v1::CaseKind, &'static str) {
    match kind {
        CaseKind::Appeal => (v1::CaseKind::Appeal, "The user appeals."),
        CaseKind::RefusedAdjustment => (
            v1::CaseKind::RefusedAdjustment,
            "Billing could not apply an adjustment.",
        ),
        CaseKind::UnconfirmedRecovery => (
            v1::CaseKind::UnconfirmedRecovery,
            "A recovery waits for a person's confirmation.",
        ),
        CaseKind::HeldByFuse => (
            v1::CaseKind::HeldByFuse,
            "What would revoke this account would revoke many established users: the fuse holds it.",
        ),
        CaseKind::OverturnedEvidence => (
            v1::CaseKind::OverturnedEvidence,
            "What was overturned for this account speaks against it again.",
        ),
        CaseKind::MiddleScore => (
            v1::CaseKind::MiddleScore,
            "The abuse score is suspicious, and not high enough to revoke.",
        ),
        CaseKind::AuditSample => (
            v1::CaseKind::AuditSample,
            "Drawn at random for the audit sample, whatever its score: say what the account is.",
        ),
    }
}

/// The case of an account's user, where there is one.
pub fn case_of(engine: &mut Engine, account: u32) -> Option<v1::Case> {
    let found = engine.case_of(account)?;
    Some(case(engine, found))
}

fn case(engine: &Engine, case: Case) -> v1::Case {
    let graph = engine.graph();
    let kinds: Vec<(v1::CaseKind, &str)> = case.kinds.iter().map(kind_said).collect();
    let (kind, statement) = kinds.first().copied().unwrap_or_default();
    let members = engine.same_user().members(graph, case.leader, |_| true);
    let now = engine.now();
    let state = match case.state(now) {
        CaseState::Open => v1::CaseState::Open,
        CaseState::Claimed => v1::CaseState::Claimed,
        CaseState::Snoozed => v1::CaseState::Snoozed,
    };
    let id = |letter: char| move |number: u64| format!("{letter}{number}");
    let (claimed_by, claimed_at) = case.work.claim.unzip();
    let snoozed_until = case.work.snoozed_until.filter(|until| *until > now);
    v1::Case {
        case_id: graph.account(case.leader).id.to_string(),
        account_id: graph.account(case.account).id.to_string(),
        user_id: engine.user_id(case.leader),
        kind: kind.into(),
        kinds: kinds.iter().map(|(kind, _)| (*kind).into()).collect(),
        statement: statement.into(),
        appeal_id: case.appeal.map_or(String::new(), id('p')),
        adjustment_id: case.adjustment.map_or(String::new(), id('j')),
        decide_by: case.decide_by.map(to_proto),
        token_basis_points: case.token_basis_points,
        accounts: u32::try_from(members.len()).unwrap_or(u32::MAX),
        abuse_probability: probability(case.probability_ppm),
        opened_at: Some(to_proto(case.opened_at)),
        claimed_by: claimed_by.unwrap_or_default(),
        claimed_at: claimed_at.map(to_proto),
        snoozed_until: snoozed_until.map(to_proto),
        state: state.into(),
        second_look_asked_by: case.work.second_look.unwrap_or_default(),
        notes: u32::try_from(case.work.notes.len()).unwrap_or(u32::MAX),
    }
}

fn note(note: CaseNote) -> v1::CaseNote {
    v1::CaseNote {
        author: note.author,
        written_at: Some(to_proto(note.at)),
        text: note.text,
        second_look: note.second_look,
        account_id: note.account_id,
    }
}

/// One case with its notes; notes alone where nothing waits any more.
///
/// # Errors
/// The account is unknown.
pub fn get_case(
    engine: &mut Engine,
    request: v1::GetCaseRequest,
) -> Result<v1::GetCaseResponse, Refusal> {
    let account = engine.known_account(&request.case_id)?;
    let case = case_of(engine, account);
    let notes = engine.work_on_user(account).notes;
    Ok(v1::GetCaseResponse {
        case,
        notes: notes.into_iter().map(note).collect(),
    })
}

/// Takes a case, or gives it back.
///
/// # Errors
/// See [`Engine::claim_case`].
pub fn claim_case(
    engine: &mut Engine,
    request: v1::ClaimCaseRequest,
) -> Result<v1::ClaimCaseResponse, Refusal> {
    let account = engine.known_account(&request.case_id)?;
    let takes = !request.release;
    engine.claim_case(account, &request.author, takes, request.take_over)?;
    let case = case_of(engine, account);
    Ok(v1::ClaimCaseResponse { case })
}

/// Puts a case aside, or takes it back out.
///
/// # Errors
/// See [`Engine::snooze_case`].
pub fn snooze_case(
    engine: &mut Engine,
    request: v1::SnoozeCaseRequest,
) -> Result<v1::SnoozeCaseResponse, Refusal> {
    let mut violations = Violations::default();
    let until = request.until.as_ref();
    let until = until.map(|instant| violations.instant("until", instant));
    if !violations.0.is_empty() {
        return Err(Refusal::InvalidArgument(violations.0));
    }
    let account = engine.known_account(&request.case_id)?;
    engine.snooze_case(account, &request.author, until)?;
    let case = case_of(engine, account);
    Ok(v1::SnoozeCaseResponse { case })
}

/// Writes a note.
///
/// # Errors
/// See [`Engine::add_note`].
pub fn add_note(
    engine: &mut Engine,
    request: v1::AddNoteRequest,
) -> Result<v1::AddNoteResponse, Refusal> {
    let account = engine.known_account(&request.case_id)?;
    let (author, text) = (&request.author, &request.text);
    let written = engine.add_note(account, author, text, request.second_look)?;
    Ok(v1::AddNoteResponse {
        note: Some(note(written)),
    })
}
