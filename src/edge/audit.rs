//! Audit entries as messages: who did what and why, in words.

use std::collections::BTreeMap;

use super::{
    answer::{adjustment_kind, adjustment_state, campaign_state, reason_code},
    convert::to_proto,
    listing::{next_token, page_size, page_start},
    proto::v1,
    review::cause_said,
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

/// What an entry says was done: a code, and what it names.
struct Deed {
    /// Empty for a rule.
    author: String,
    action: &'static str,
    facts: BTreeMap<&'static str, String>,
}

impl Deed {
    fn by<const N: usize>(
        author: String,
        action: &'static str,
        facts: [(&'static str, String); N],
    ) -> Self {
        Deed {
            author,
            action,
            facts: facts.into(),
        }
    }

    fn of_rule<const N: usize>(action: &'static str, facts: [(&'static str, String); N]) -> Self {
        Deed::by(String::new(), action, facts)
    }

    /// In words.
    fn statement(&self) -> String {
        let mut parts = template(self.action).split(['{', '}']);
        let mut statement = parts.next().unwrap_or_default().to_string();
        while let (Some(name), Some(text)) = (parts.next(), parts.next()) {
            let value = self.facts.get(name).map_or("", String::as_str);
            match CODES.contains(&name) {
                true => statement.push_str(&value.to_lowercase().replace('_', " ")),
                false => statement.push_str(value),
            }
            statement.push_str(text);
        }
        statement
    }
}

/// Facts that are codes, not words of people.
const CODES: &[&str] = &[
    "cause",
    "reason",
    "role",
    "campaign_state",
    "adjustment_kind",
    "adjustment_state",
];

/// What an action says, with its facts in braces.
fn template(action: &str) -> &'static str {
    match action {
        "erase" => "erased",
        "publish" => "revision {revision}, {campaign_state}: {statement}",
        "disqualify" => "disqualify {accounts} for {cause}: {statement}",
        "clear" => "clear {accounts} for {cause}: {statement}",
        "same_user" => "same user: {accounts} for {cause}: {statement}",
        "not_same_user" => "not the same user: {accounts} for {cause}: {statement}",
        "restrict" => "restrict {accounts} for {cause}: {statement}",
        "recover" => "recover from {accounts} for {cause}: {statement}",
        "undo" => "undo {disposition}: {statement}",
        "expire" => "{disposition} expired",
        "void" => "void {verdict}: {statement}",
        "appeal" => "appeal: {statement}",
        "grant_appeal" => "grant {appeal}: {statement}",
        "reject_appeal" => "reject {appeal}: {statement}",
        "take_case" => "take the case",
        "give_case_back" => "give back the case",
        "put_case_aside" => "put the case aside until {until}",
        "take_case_out" => "take the case back out",
        "second_look" => "ask for a second look: {statement}",
        "note" => "note: {statement}",
        "sign_in" => "{name} signs in as {role}",
        "remove_person" => "{name} is removed",
        "make_revision" => "made revision {revision}",
        "hold" => "hold {atom}: it would revoke more than {users} established users in {campaign}",
        "release" => "release {atom}: {statement}",
        "discard" => "discard {atom}: {statement}",
        "adjust_by_standing" => {
            "{adjustment_kind} {adjustment} of {verdict}, {adjustment_state}: the standing turned: {reason}"
        }
        "adjust_by_time" => {
            "{adjustment_kind} {adjustment} of {verdict}, {adjustment_state}: the delay passed"
        }
        "adjust_by_billing" => {
            "{adjustment_kind} {adjustment} of {verdict}, {adjustment_state}: billing answered {answer}"
        }
        "adjust_by_person" => {
            "{adjustment_kind} {adjustment} of {verdict}, {adjustment_state}: {statement}"
        }
        "adjust_by_void" => {
            "{adjustment_kind} {adjustment} of {verdict}, {adjustment_state}: billing voided the grant"
        }
        "adjust_by_answer" => {
            "{adjustment_kind} {adjustment} of {verdict}, {adjustment_state}: {answer} gives it"
        }
        _ => "{bytes} bytes",
    }
}

/// An entry of the journal as people read it.
///
/// # Errors
/// Its record is damaged or of a newer release.
pub fn audit_entry(stored: &StoredEntry) -> Result<v1::AuditEntry, CodecError> {
    let deed = match stored.erased {
        true => Deed::of_rule("erase", []),
        false => deed(stored)?,
    };
    let statement = deed.statement();
    let facts = deed.facts.into_iter();
    Ok(v1::AuditEntry {
        sequence: stored.seq,
        at: Some(to_proto(Timestamp::from_micros(stored.at_us))),
        kind: kind_word(stored.kind).into(),
        subject: stored.subject.clone(),
        author: deed.author,
        statement,
        action: deed.action.into(),
        facts: facts.map(|(name, value)| (name.into(), value)).collect(),
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

fn deed(stored: &StoredEntry) -> Result<Deed, CodecError> {
    let record = &stored.record;
    Ok(match stored.kind {
        entry::CAMPAIGN_REVISION => {
            let revision = RevisionRecord::decode(record)?;
            let state = campaign_state(revision.state).as_str_name();
            let facts = [
                ("revision", revision.revision.to_string()),
                ("campaign_state", code(state, "CAMPAIGN_STATE_")),
                ("statement", revision.reason),
            ];
            Deed::of_rule("publish", facts)
        }
        entry::DISPOSITION => {
            let made = Disposition::decode(record)?;
            let cause = cause_said(made.cause).as_str_name();
            let facts = [
                ("accounts", made.accounts.join(", ")),
                ("cause", code(cause, "DISPOSITION_CAUSE_")),
                ("statement", made.statement),
            ];
            Deed::by(made.author, action_name(&made.action), facts)
        }
        entry::DISPOSITION_END => {
            let end = DispositionEnd::decode(record)?;
            let disposition = ("disposition", format!("d{}", end.disposition));
            match end.undone {
                Some(undone) => {
                    let facts = [disposition, ("statement", undone.statement)];
                    Deed::by(undone.author, "undo", facts)
                }
                None => Deed::of_rule("expire", [disposition]),
            }
        }
        entry::ADJUSTMENT => of_adjustment(AdjustmentChange::decode(record)?),
        entry::GRANT_VOID => {
            let void = GrantVoid::decode(record)?;
            let facts = [
                ("verdict", format!("v{}", void.verdict)),
                ("statement", void.reason),
            ];
            Deed::of_rule("void", facts)
        }
        entry::APPEAL => {
            let appeal = Appeal::decode(record)?;
            Deed::by(
                appeal.opened_by,
                "appeal",
                [("statement", appeal.statement)],
            )
        }
        entry::APPEAL_DECISION => {
            let decision = AppealDecision::decode(record)?;
            let action = match decision.granted {
                true => "grant_appeal",
                false => "reject_appeal",
            };
            let facts = [
                ("appeal", format!("p{}", decision.appeal)),
                ("statement", decision.statement),
            ];
            Deed::by(decision.author, action, facts)
        }
        _ => of_work(stored)?,
    })
}

/// Of what people do around cases, and of the people themselves.
fn of_work(stored: &StoredEntry) -> Result<Deed, CodecError> {
    let record = &stored.record;
    Ok(match stored.kind {
        entry::CASE_CLAIM => {
            let claim = CaseClaim::decode(record)?;
            let action = match claim.takes {
                true => "take_case",
                false => "give_case_back",
            };
            Deed::by(claim.author, action, [])
        }
        entry::CASE_SNOOZE => {
            let snooze = CaseSnooze::decode(record)?;
            match snooze.until {
                Some(until) => {
                    let facts = [("until", until.to_beijing())];
                    Deed::by(snooze.author, "put_case_aside", facts)
                }
                None => Deed::by(snooze.author, "take_case_out", []),
            }
        }
        entry::CASE_NOTE => {
            let note = CaseNote::decode(record)?;
            let action = match note.second_look {
                true => "second_look",
                false => "note",
            };
            Deed::by(note.author, action, [("statement", note.text)])
        }
        entry::PERSON => {
            let change = PersonChange::decode(record)?;
            let name = ("name", change.name);
            match change.person {
                Some(person) => {
                    let facts = [name, ("role", person.role.word().into())];
                    Deed::by(change.author, "sign_in", facts)
                }
                None => Deed::by(change.author, "remove_person", [name]),
            }
        }
        entry::FUSE => of_fuse(FuseChange::decode(record)?),
        entry::REVISION_AUTHOR => {
            let signed = RevisionAuthor::decode(record)?;
            let facts = [("revision", signed.revision.to_string())];
            Deed::by(signed.author, "make_revision", facts)
        }
        _ => Deed::of_rule("record", [("bytes", record.len().to_string())]),
    })
}

fn of_fuse(change: FuseChange) -> Deed {
    let atom = ("atom", change.atom.words());
    match change.step {
        FuseStep::Tripped {
            campaign_id,
            clean_users_at_most,
        } => {
            let users = ("users", clean_users_at_most.to_string());
            Deed::of_rule("hold", [atom, users, ("campaign", campaign_id)])
        }
        FuseStep::Released { author, statement } => {
            Deed::by(author, "release", [atom, ("statement", statement)])
        }
        FuseStep::Discarded { author, statement } => {
            Deed::by(author, "discard", [atom, ("statement", statement)])
        }
    }
}

fn of_adjustment(change: AdjustmentChange) -> Deed {
    let mut deed = match change.cause {
        ChangeCause::Standing => {
            let reasons = change.reasons.iter();
            let codes =
                reasons.map(|one| code(reason_code(one.code).as_str_name(), "REASON_CODE_"));
            let codes: Vec<String> = codes.collect();
            Deed::of_rule("adjust_by_standing", [("reason", codes.join(", "))])
        }
        ChangeCause::Settled => Deed::of_rule("adjust_by_time", []),
        ChangeCause::Billing { reason } => Deed::of_rule("adjust_by_billing", [("answer", reason)]),
        ChangeCause::Person { author, statement } => {
            Deed::by(author, "adjust_by_person", [("statement", statement)])
        }
        ChangeCause::Voided => Deed::of_rule("adjust_by_void", []),
        ChangeCause::AskedAgain { verdict } => {
            Deed::of_rule("adjust_by_answer", [("answer", format!("v{verdict}"))])
        }
    };
    let kind = adjustment_kind(change.kind).as_str_name();
    let state = adjustment_state(change.state).as_str_name();
    deed.facts.extend([
        ("adjustment_kind", code(kind, "ADJUSTMENT_KIND_")),
        ("adjustment_state", code(state, "ADJUSTMENT_STATE_")),
        ("adjustment", format!("j{}", change.adjustment)),
        ("verdict", format!("v{}", change.verdict)),
    ]);
    deed
}

/// A protocol's name of a value, without that of its type.
fn code(name: &str, of_type: &str) -> String {
    name.strip_prefix(of_type).unwrap_or(name).into()
}

fn action_name(action: &Action) -> &'static str {
    match action {
        Action::Disqualify => "disqualify",
        Action::Clear { .. } => "clear",
        Action::SameUser => "same_user",
        Action::NotSameUser { .. } => "not_same_user",
        Action::Restrict { .. } => "restrict",
        Action::Recover { .. } => "recover",
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
