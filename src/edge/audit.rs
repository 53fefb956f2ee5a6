//! Audit entries as messages: who did what and why, in words.

use super::{
    convert::to_proto,
    listing::{next_token, page_size, page_start},
    proto::v1,
};
use crate::{
    domain::{
        adjustment::{AdjustmentChange, ChangeCause, GrantVoid},
        appeal::{Appeal, AppealDecision},
        campaign::RevisionRecord,
        case_work::{CaseClaim, CaseNote, CaseSnooze},
        clock::Timestamp,
        disposition::{Action, Disposition, DispositionEnd},
        fuse::{FuseChange, FuseStep},
        person::{PersonChange, RevisionAuthor},
    },
    journal::StoredEntry,
    service::{
        codec::{CodecError, Stored, entry},
        engine::Engine,
        refusal::Refusal,
    },
};

/// An entry of the journal as people read it.
///
/// # Errors
/// Its record is damaged or of a newer release.
pub fn audit_entry(stored: &StoredEntry) -> Result<v1::AuditEntry, CodecError> {
    let (kind, author, statement) = if stored.erased {
        (kind_word(stored.kind), String::new(), "erased".into())
    } else {
        let (author, statement) = words(stored)?;
        (kind_word(stored.kind), author, statement)
    };
    Ok(v1::AuditEntry {
        sequence: stored.seq,
        at: Some(to_proto(Timestamp::from_micros(stored.at_us))),
        kind: kind.into(),
        subject: stored.subject.clone(),
        author,
        statement,
    })
}

fn kind_word(kind: u8) -> &'static str {
    match kind {
        entry::CAMPAIGN_REVISION => "campaign_revision",
        entry::ABUSE_MODEL => "abuse_model",
        entry::EVIDENCE_WEIGHTS => "evidence_weights",
        entry::DISPOSITION => "disposition",
        entry::DISPOSITION_END => "disposition_end",
        entry::ADJUSTMENT => "adjustment",
        entry::GRANT_VOID => "grant_void",
        entry::APPEAL => "appeal",
        entry::APPEAL_DECISION => "appeal_decision",
        entry::CASE_CLAIM => "case_claim",
        entry::CASE_SNOOZE => "case_snooze",
        entry::CASE_NOTE => "case_note",
        entry::PERSON => "person",
        entry::REVISION_AUTHOR => "revision_author",
        entry::FUSE => "fuse",
        _ => "unknown",
    }
}

/// Author and words of an entry.
fn words(stored: &StoredEntry) -> Result<(String, String), CodecError> {
    let record = &stored.record;
    Ok(match stored.kind {
        entry::CAMPAIGN_REVISION => {
            let revision = RevisionRecord::decode(record)?;
            let (number, state) = (revision.revision, revision.state);
            let words = format!("revision {number}, {state:?}: {}", revision.reason);
            (String::new(), words)
        }
        entry::DISPOSITION => {
            let made = Disposition::decode(record)?;
            let (what, whom) = (action_word(&made.action), made.accounts.join(", "));
            let words = format!(
                "{what} {whom} for {}: {}",
                made.cause.words(),
                made.statement
            );
            (made.author, words)
        }
        entry::DISPOSITION_END => {
            let end = DispositionEnd::decode(record)?;
            match end.undone {
                Some(undone) => {
                    let words = format!("undo d{}: {}", end.disposition, undone.statement);
                    (undone.author, words)
                }
                None => (String::new(), format!("d{} expired", end.disposition)),
            }
        }
        entry::ADJUSTMENT => adjustment_words(AdjustmentChange::decode(record)?),
        entry::GRANT_VOID => {
            let void = GrantVoid::decode(record)?;
            (
                String::new(),
                format!("void v{}: {}", void.verdict, void.reason),
            )
        }
        entry::APPEAL => {
            let appeal = Appeal::decode(record)?;
            (appeal.opened_by, format!("appeal: {}", appeal.statement))
        }
        entry::APPEAL_DECISION => {
            let decision = AppealDecision::decode(record)?;
            let outcome = if decision.granted { "grant" } else { "reject" };
            let words = format!("{outcome} p{}: {}", decision.appeal, decision.statement);
            (decision.author, words)
        }
        _ => work_words(stored)?,
    })
}

/// Of what people do around cases, and of the people themselves.
fn work_words(stored: &StoredEntry) -> Result<(String, String), CodecError> {
    let record = &stored.record;
    Ok(match stored.kind {
        entry::CASE_CLAIM => {
            let claim = CaseClaim::decode(record)?;
            let what = if claim.takes { "take" } else { "give back" };
            (claim.author, format!("{what} the case"))
        }
        entry::CASE_SNOOZE => {
            let snooze = CaseSnooze::decode(record)?;
            let words = match snooze.until {
                Some(until) => format!("put the case aside until {}", until.to_beijing()),
                None => "take the case back out".into(),
            };
            (snooze.author, words)
        }
        entry::CASE_NOTE => {
            let note = CaseNote::decode(record)?;
            let what = if note.second_look {
                "ask for a second look"
            } else {
                "note"
            };
            (note.author, format!("{what}: {}", note.text))
        }
        entry::PERSON => {
            let change = PersonChange::decode(record)?;
            let words = match change.person {
                Some(person) => format!("{} signs in as {}", change.name, person.role.word()),
                None => format!("{} is removed", change.name),
            };
            (change.author, words)
        }
        entry::FUSE => fuse_words(FuseChange::decode(record)?),
        entry::REVISION_AUTHOR => {
            let signed = RevisionAuthor::decode(record)?;
            (signed.author, format!("made revision {}", signed.revision))
        }
        _ => (String::new(), format!("{} bytes", record.len())),
    })
}

fn fuse_words(change: FuseChange) -> (String, String) {
    let atom = change.atom.words();
    match change.step {
        FuseStep::Tripped {
            campaign_id,
            clean_users_at_most,
        } => {
            let words = format!(
                "hold {atom}: it would revoke more than {clean_users_at_most} established users in \
                 {campaign_id}"
            );
            (String::new(), words)
        }
        FuseStep::Released { author, statement } => {
            (author, format!("release {atom}: {statement}"))
        }
        FuseStep::Discarded { author, statement } => {
            (author, format!("discard {atom}: {statement}"))
        }
    }
}

fn adjustment_words(change: AdjustmentChange) -> (String, String) {
    let (author, why) = match change.cause {
        ChangeCause::Standing => {
            let reasons = change.reasons.iter().map(|reason| reason.statement.clone());
            let reasons: Vec<String> = reasons.collect();
            (
                String::new(),
                format!("the standing turned: {}", reasons.join(" ")),
            )
        }
        ChangeCause::Settled => (String::new(), "the delay passed".into()),
        ChangeCause::Billing { reason } => (String::new(), format!("billing answered {reason}")),
        ChangeCause::Person { author, statement } => (author, statement),
        ChangeCause::Voided => (String::new(), "billing voided the grant".into()),
        ChangeCause::AskedAgain { verdict } => (String::new(), format!("v{verdict} gives it")),
    };
    let (number, verdict) = (change.adjustment, change.verdict);
    let words = format!(
        "{:?} j{number} of v{verdict}: {:?}: {why}",
        change.kind, change.state
    );
    (author, words)
}

fn action_word(action: &Action) -> &'static str {
    match action {
        Action::Disqualify => "disqualify",
        Action::Clear { .. } => "clear",
        Action::SameUser => "same user",
        Action::NotSameUser { .. } => "not the same user",
        Action::Restrict { .. } => "restrict",
        Action::Recover { .. } => "recover from",
    }
}

/// A page of the audit.
///
/// # Errors
/// Page size or token make no sense; the store can't be read.
pub fn entries_page(
    engine: &Engine,
    message: v1::ListAuditEntriesRequest,
) -> Result<v1::ListAuditEntriesResponse, Refusal> {
    let size = page_size(message.page_size, 100, 1000)?;
    let from: u64 = page_start(&message.page_token)?;
    let stored = match (message.newest_first, from) {
        (false, after) => engine.reader().entries(after, size)?,
        (true, 0) => engine.reader().entries_before(i64::MAX as u64, size)?,
        (true, before) => engine.reader().entries_before(before, size)?,
    };
    let next = stored.last().map_or(0, |last| last.seq);
    let more = stored.len() == size;
    let about = |subject: &str| message.subject.is_empty() || subject == message.subject;
    let entries: Result<Vec<v1::AuditEntry>, Refusal> = stored
        .iter()
        .filter(|stored| about(&stored.subject))
        .map(|stored| Ok(audit_entry(stored)?))
        .collect();
    Ok(v1::ListAuditEntriesResponse {
        entries: entries?,
        next_page_token: next_token(more, next),
    })
}
