//! What people decide, as messages: dispositions, appeals, books, audit entries.

use super::{
    answer,
    convert::{Violations, to_proto},
    listing::{next_token, page_size, page_start},
    proto::v1,
};
use crate::{
    domain::{
        clock::Timestamp,
        disposition::{Action, Cause, Disposition, Grade},
        ledger::Book,
    },
    service::{
        appeals::Heard,
        dispositions::{Affected, Order, Ordered},
        engine::Engine,
        people::{Decided, DispositionFilter},
        refusal::Refusal,
    },
};

/// Reads what a person asks for.
///
/// # Errors
/// Every field that is missing or makes no sense.
pub fn order(request: v1::CreateDispositionRequest) -> Result<Order, Refusal> {
    use v1::create_disposition_request::Action as Asked;
    let mut violations = Violations::default();
    for (position, id) in request.account_ids.iter().enumerate() {
        violations.check_required(&format!("account_ids[{position}]"), id);
    }
    violations.check_required("author", &request.author);
    let cause = cause(request.cause(), &mut violations);
    let action = match request.action {
        Some(Asked::Disqualify(_)) => Some(Ordered::Disqualify),
        Some(Asked::Clear(_)) => Some(Ordered::Clear),
        Some(Asked::SameUser(_)) => Some(Ordered::SameUser),
        Some(Asked::NotSameUser(_)) => Some(Ordered::NotSameUser),
        Some(Asked::Recover(_)) => Some(Ordered::Recover),
        Some(Asked::Restrict(restrict)) => {
            violations.check_required("restrict.campaign_id", &restrict.campaign_id);
            let grade = match restrict.grade() {
                v1::RestrictionGrade::Warning => Some(Grade::Warning),
                v1::RestrictionGrade::NoDiscount => Some(Grade::NoDiscount),
                v1::RestrictionGrade::AllLaterEvents => Some(Grade::AllLaterEvents),
                v1::RestrictionGrade::Unspecified => {
                    violations.add("restrict.grade", "is required");
                    None
                }
            };
            grade.map(|grade| Ordered::Restrict {
                campaign_id: restrict.campaign_id,
                grade,
                notice: restrict.notice,
            })
        }
        None => {
            violations.add("action", "is required: one of the fields 3 to 8");
            None
        }
    };
    let expires_at = request
        .expires_at
        .as_ref()
        .map(|instant| violations.instant("expires_at", instant));
    match (action, cause) {
        (Some(action), Some(cause)) if violations.0.is_empty() => Ok(Order {
            action,
            account_ids: request.account_ids,
            whole_user: request.whole_user,
            cause,
            statement: request.statement,
            author: request.author,
            expires_at,
        }),
        _ => Err(Refusal::InvalidArgument(violations.0)),
    }
}

fn cause(cause: v1::DispositionCause, violations: &mut Violations) -> Option<Cause> {
    use v1::DispositionCause as Said;
    Some(match cause {
        Said::BulkRegistration => Cause::BulkRegistration,
        Said::ScriptedActivity => Cause::ScriptedActivity,
        Said::Emulator => Cause::Emulator,
        Said::OperatedForOthers => Cause::OperatedForOthers,
        Said::FalseIdentity => Cause::FalseIdentity,
        Said::FalseActivity => Cause::FalseActivity,
        Said::OtherImproperMeans => Cause::OtherImproperMeans,
        Said::UnlawfulUse => Cause::UnlawfulUse,
        Said::RightsOfOthers => Cause::RightsOfOthers,
        Said::WrongFinding => Cause::WrongFinding,
        Said::KnownSubject => Cause::KnownSubject,
        Said::Unspecified => {
            violations.add("cause", "is required");
            return None;
        }
    })
}

/// A cause.
pub fn cause_said(cause: Cause) -> v1::DispositionCause {
    use v1::DispositionCause as Said;
    match cause {
        Cause::BulkRegistration => Said::BulkRegistration,
        Cause::ScriptedActivity => Said::ScriptedActivity,
        Cause::Emulator => Said::Emulator,
        Cause::OperatedForOthers => Said::OperatedForOthers,
        Cause::FalseIdentity => Said::FalseIdentity,
        Cause::FalseActivity => Said::FalseActivity,
        Cause::OtherImproperMeans => Said::OtherImproperMeans,
        Cause::UnlawfulUse => Said::UnlawfulUse,
        Cause::RightsOfOthers => Said::RightsOfOthers,
        Cause::WrongFinding => Said::WrongFinding,
        Cause::KnownSubject => Said::KnownSubject,
    }
}

/// A disposition with its end.
pub fn disposition(number: u64, decided: &Decided) -> v1::Disposition {
    let Disposition {
        accounts,
        statement,
        author,
        ..
    } = decided.disposition.clone();
    let made = &decided.disposition;
    let end = decided.end.as_ref();
    let undone = end.and_then(|end| end.undone.clone());
    v1::Disposition {
        disposition_id: format!("d{number}"),
        account_ids: accounts,
        action: Some(action(&made.action)),
        cause: cause_said(made.cause).into(),
        statement,
        author,
        made_at: Some(to_proto(made.made_at)),
        expires_at: made.expires_at.map(to_proto),
        appeal_id: made
            .appeal
            .map_or(String::new(), |appeal| format!("p{appeal}")),
        ended_at: end.map(|end| to_proto(end.ended_at)),
        undone_by: undone
            .as_ref()
            .map_or(String::new(), |one| one.author.clone()),
        undone_statement: undone.map_or(String::new(), |one| one.statement),
    }
}

fn action(action: &Action) -> v1::disposition::Action {
    use v1::disposition::Action as Said;
    match action {
        Action::Disqualify => Said::Disqualify(v1::Disqualify {}),
        Action::Clear { overturned } => {
            let overturned = overturned.iter();
            Said::Clear(v1::Clear {
                overturned: overturned
                    .map(|code| answer::reason_code(*code).into())
                    .collect(),
            })
        }
        Action::SameUser => Said::SameUser(v1::SameUser {}),
        Action::NotSameUser { overturned } => Said::NotSameUser(v1::NotSameUser {
            overturned_tags: overturned.iter().map(|one| one.tag()).collect(),
        }),
        Action::Restrict {
            campaign_id,
            series,
            grade,
            notice,
        } => {
            let grade = match grade {
                Grade::Warning => v1::RestrictionGrade::Warning,
                Grade::NoDiscount => v1::RestrictionGrade::NoDiscount,
                Grade::AllLaterEvents => v1::RestrictionGrade::AllLaterEvents,
            };
            Said::Restrict(v1::Restrict {
                campaign_id: campaign_id.clone(),
                series: series.clone(),
                grade: grade.into(),
                notice: notice.clone(),
            })
        }
        Action::Recover { .. } => Said::Recover(v1::Recover {}),
    }
}

/// Whom a disposition reaches.
pub fn affected(one: &Affected) -> v1::AffectedAccount {
    v1::AffectedAccount {
        account_id: one.account_id.clone(),
        user_id: one.user_id.clone(),
        named: one.named,
        grants: one.grants,
        token_basis_points: one.token_basis_points.to_string(),
    }
}

/// An appeal as it stands at an instant.
pub fn appeal(number: u64, heard: &Heard, now: Timestamp) -> v1::Appeal {
    let opened = heard.appeal.clone();
    let decision = heard.decision.as_ref();
    let state = match decision {
        None => v1::AppealState::Open,
        Some(decision) if decision.granted => v1::AppealState::Granted,
        Some(_) => v1::AppealState::Rejected,
    };
    v1::Appeal {
        appeal_id: format!("p{number}"),
        account_id: opened.account_id,
        campaign_id: opened.campaign_id,
        statement: opened.statement,
        opened_by: opened.opened_by,
        opened_at: Some(to_proto(opened.opened_at)),
        decide_by: Some(to_proto(opened.decide_by)),
        state: state.into(),
        decided_by: decision.map_or(String::new(), |one| one.author.clone()),
        decision_statement: decision.map_or(String::new(), |one| one.statement.clone()),
        decided_at: decision.map(|one| to_proto(one.decided_at)),
        overdue: decision.is_none() && opened.decide_by < now,
    }
}

/// A book.
pub fn book(campaign_id: &str, book: &Book) -> v1::Book {
    v1::Book {
        campaign_id: campaign_id.into(),
        granted: book.granted.to_string(),
        voided: book.voided.to_string(),
        recovered: book.recovered.to_string(),
        restored: book.restored.to_string(),
        written_off: book.written_off.to_string(),
        outstanding: book.outstanding.to_string(),
        promised: book.promised.to_string(),
        benefit: book.benefit().unwrap_or_default().to_string(),
    }
}

/// The number in an id of one letter and a number, such as `d17`.
///
/// # Errors
/// It is none.
pub fn number(field: &str, id: &str, letter: char) -> Result<u64, Refusal> {
    let number = id
        .strip_prefix(letter)
        .and_then(|digits| digits.parse().ok());
    number.ok_or_else(|| Refusal::field(field, format!("must be an id such as `{letter}17`")))
}

/// A page of dispositions, the latest last. It may end early, where few of an account's are wanted.
///
/// # Errors
/// Page size or token make no sense.
pub fn dispositions_page(
    engine: &Engine,
    message: v1::ListDispositionsRequest,
) -> Result<v1::ListDispositionsResponse, Refusal> {
    let size = page_size(message.page_size, 100, 1000)?;
    let after: u64 = page_start(&message.page_token)?;
    let id = &message.account_id;
    let account = engine.graph().find_account(id);
    if account.is_none() && !id.is_empty() {
        return Ok(v1::ListDispositionsResponse::default());
    }
    let filter = DispositionFilter {
        account,
        in_force: message.in_force,
        restrictions: message.restrictions,
    };
    let page = engine.people().page(filter, after, size);
    Ok(v1::ListDispositionsResponse {
        dispositions: page
            .dispositions
            .into_iter()
            .map(|(number, decided)| disposition(number, decided))
            .collect(),
        next_page_token: next_token(page.next.is_some(), page.next.unwrap_or_default()),
    })
}

/// A page of appeals.
///
/// # Errors
/// Page size or token make no sense.
pub fn appeals_page(
    engine: &Engine,
    message: v1::ListAppealsRequest,
) -> Result<v1::ListAppealsResponse, Refusal> {
    let size = page_size(message.page_size, 100, 1000)?;
    let start: usize = page_start(&message.page_token)?;
    let open = message.state() == v1::AppealState::Open;
    let all: Box<dyn Iterator<Item = (u64, &Heard)>> = if open {
        Box::new(engine.appeals().open())
    } else {
        Box::new(engine.appeals().after(0))
    };
    let wanted = |appeal: &v1::Appeal| {
        message.state() == v1::AppealState::Unspecified || appeal.state == message.state
    };
    let mut appeals: Vec<v1::Appeal> = all
        .map(|(number, heard)| appeal(number, heard, engine.now()))
        .filter(wanted)
        .skip(start)
        .take(size + 1)
        .collect();
    let more = appeals.len() > size;
    appeals.truncate(size);
    Ok(v1::ListAppealsResponse {
        appeals,
        next_page_token: next_token(more, start.saturating_add(size) as u64),
    })
}
