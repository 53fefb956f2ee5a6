//! Labels of people with the features as they were when the service answered: what a model can learn from.
//! Read from the ledger alone, also beside a server that holds the store.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::ControlFlow,
    path::Path,
};

use petgraph::unionfind::UnionFind;
use serde::{Deserialize, Serialize};

use super::{
    codec::{Stored, entry},
    labels::{Label, Labels},
    refusal::Refusal,
};
use crate::{
    domain::{
        appeal::{Appeal, AppealDecision},
        disposition::{Cause, Disposition, DispositionEnd},
        feature::FEATURES,
        verdict::{Decision, VerdictRecord},
    },
    journal::{Reader, StoredVerdict},
};

/// Progress is told about once in so many verdicts.
const VERDICTS_A_REPORT: u64 = 4096;

/// One line of an export: an account as it looked at one verdict, and what people found it to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelledMoment {
    /// The account.
    pub account_id: String,
    /// Accounts of one user, or found abusive in one stroke, are of one group: the least id of them. What is
    /// learnt from one must not be tested on another.
    pub group: String,
    /// What people found.
    pub abusive: bool,
    /// Why, as the truth of a data set would name it; nothing where the account was cleared or an appeal
    /// rejected.
    #[serde(default)]
    pub cause: Option<String>,
    /// The disposition (`d…`) or the rejected appeal (`p…`) that says so.
    pub label_id: String,
    /// The verdict.
    pub verdict_id: String,
    /// When it was given: RFC 3339, Beijing Time.
    pub decided_at: String,
    /// What it answered; in observe mode, what it would have.
    pub decision: String,
    /// The model that it was decided with.
    pub model_revision: String,
    /// The features that were known, by name, in the units of the table of features.
    pub features: BTreeMap<String, i32>,
}

/// What an export held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Exported {
    /// Lines.
    pub moments: u64,
    /// Accounts found abusive.
    pub abusive: u64,
    /// Accounts cleared.
    pub cleared: u64,
    /// Labelled accounts that had not asked before, or of which nothing was known then: left out.
    pub without_moment: u64,
}

/// The verdicts of a labelled account before anybody decided about it.
#[derive(Default)]
struct Asked {
    count: u64,
    /// The first, second, fourth, eighth … of them, and the last.
    kept: BTreeSet<u64>,
    last: u64,
    user_id: String,
    was_blamed: bool,
}

/// Writes every labelled moment of a store, accounts ascending; `progress` hears (done, total) verdicts.
///
/// # Errors
/// There is no store; it can't be read, or is damaged; `write` fails.
pub fn export<E: From<Refusal>>(
    directory: &Path,
    mut progress: impl FnMut(u64, u64),
    mut write: impl FnMut(&LabelledMoment) -> Result<(), E>,
) -> Result<Exported, E> {
    let reader = Reader::open(directory).map_err(Refusal::from)?;
    let labels = read_labels(&reader)?;
    let asked = find_moments(&reader, &labels, &mut progress)?;
    let groups = groups(&labels, &asked);
    let mut exported = Exported::default();
    for (account, label) in &labels {
        let Some(asked) = asked.get(account) else {
            exported.without_moment += 1;
            continue;
        };
        // A rejected appeal confirms what was said; where that was no blame, it labels nothing.
        if label.cause.is_none() && !asked.was_blamed {
            exported.without_moment += 1;
            continue;
        }
        match label.abuse {
            true => exported.abusive += 1,
            false => exported.cleared += 1,
        }
        for number in &asked.kept {
            if let Some(moment) = moment(&reader, *number, label, &groups[account])? {
                write(&moment)?;
                exported.moments += 1;
            }
        }
    }
    Ok(exported)
}

/// What people found, by account id.
fn read_labels(reader: &Reader) -> Result<BTreeMap<String, Label>, Refusal> {
    let mut dispositions: BTreeMap<u64, (Disposition, bool)> = BTreeMap::new();
    let mut appeals: BTreeMap<u64, (Appeal, Option<AppealDecision>)> = BTreeMap::new();
    let mut problem = None;
    reader.for_each_entry(0, |stored| {
        if stored.erased {
            return ControlFlow::Continue(());
        }
        let mut read = || -> Result<(), Refusal> {
            match stored.kind {
                entry::DISPOSITION => {
                    let disposition = Disposition::decode(&stored.record)?;
                    dispositions.insert(stored.seq, (disposition, false));
                }
                entry::DISPOSITION_END => {
                    let end = DispositionEnd::decode(&stored.record)?;
                    if let Some((_, undone)) = dispositions.get_mut(&end.disposition) {
                        *undone |= end.undone.is_some();
                    }
                }
                entry::APPEAL => {
                    let appeal = Appeal::decode(&stored.record)?;
                    appeals.insert(stored.seq, (appeal, None));
                }
                entry::APPEAL_DECISION => {
                    let decision = AppealDecision::decode(&stored.record)?;
                    if let Some((_, decided)) = appeals.get_mut(&decision.appeal) {
                        *decided = Some(decision);
                    }
                }
                _ => {}
            }
            Ok(())
        };
        match read() {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                problem = Some(error);
                ControlFlow::Break(())
            }
        }
    })?;
    if let Some(problem) = problem {
        return Err(problem);
    }
    let mut labels = Labels::default();
    for (number, (disposition, undone)) in &dispositions {
        labels.dispose(*number, disposition, *undone);
    }
    for (number, (appeal, decision)) in &appeals {
        if let Some(decision) = decision {
            labels.hear(*number, appeal, decision);
        }
    }
    Ok(labels.into_accounts().collect())
}

fn find_moments(
    reader: &Reader,
    labels: &BTreeMap<String, Label>,
    progress: &mut impl FnMut(u64, u64),
) -> Result<HashMap<String, Asked>, Refusal> {
    let total = reader.positions()?.verdicts;
    let mut asked: HashMap<String, Asked> = HashMap::new();
    let mut problem = None;
    reader.for_each_verdict(0, |stored| {
        if stored.seq.is_multiple_of(VERDICTS_A_REPORT) {
            progress(stored.seq, total);
        }
        let Some(label) = labels.get(&stored.account_id) else {
            return ControlFlow::Continue(());
        };
        if stored.erased || stored.decided_at_us > label.first_decided_at.micros() {
            return ControlFlow::Continue(());
        }
        match note(&stored, &mut asked) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                problem = Some(error);
                ControlFlow::Break(())
            }
        }
    })?;
    for asked in asked.values_mut() {
        asked.kept.insert(asked.last);
    }
    problem.map_or(Ok(asked), Err)
}

fn note(stored: &StoredVerdict, asked: &mut HashMap<String, Asked>) -> Result<(), Refusal> {
    let record = VerdictRecord::decode(&stored.record)?;
    if record.seen.features.is_none() {
        return Ok(());
    }
    let asked = asked.entry(stored.account_id.clone()).or_default();
    asked.count += 1;
    if asked.count.is_power_of_two() {
        asked.kept.insert(stored.seq);
    }
    asked.last = stored.seq;
    asked.was_blamed = said(&record) == Decision::Revoke;
    asked.user_id = record.seen.user_id;
    Ok(())
}

/// The group of each account that asked: users, and what was found abusive in one stroke, joined.
fn groups(
    labels: &BTreeMap<String, Label>,
    asked: &HashMap<String, Asked>,
) -> HashMap<String, String> {
    let accounts: Vec<(&String, &Label)> = labels
        .iter()
        .filter(|(account, _)| asked.contains_key(*account))
        .collect();
    let mut joined = UnionFind::<usize>::new(accounts.len());
    let mut first: HashMap<String, usize> = HashMap::new();
    for (position, (account, label)) in accounts.iter().enumerate() {
        let stroke = label.abuse.then(|| format!("stroke {}", label.number));
        let user = format!("user {}", asked[*account].user_id);
        for word in stroke.into_iter().chain([user]) {
            joined.union(position, *first.entry(word).or_insert(position));
        }
    }
    // Accounts ascend, so that the first of a group is the least.
    let mut names: HashMap<usize, &String> = HashMap::new();
    let named = accounts.iter().enumerate().map(|(position, (account, _))| {
        let name = *names.entry(joined.find(position)).or_insert(*account);
        ((*account).clone(), name.clone())
    });
    named.collect()
}

fn moment(
    reader: &Reader,
    number: u64,
    label: &Label,
    group: &str,
) -> Result<Option<LabelledMoment>, Refusal> {
    let stored = reader.verdict(number)?.filter(|stored| !stored.erased);
    let Some(stored) = stored else {
        return Ok(None);
    };
    let record = VerdictRecord::decode(&stored.record)?;
    let Some(features) = record.seen.features else {
        return Ok(None);
    };
    let known = FEATURES.iter().zip(features.0);
    let features = known.filter_map(|(feature, value)| Some((feature.name.to_string(), value?)));
    let letter = if label.cause.is_some() { 'd' } else { 'p' };
    Ok(Some(LabelledMoment {
        features: features.collect(),
        group: group.into(),
        abusive: label.abuse,
        cause: label
            .cause
            .filter(|_| label.abuse)
            .map(|cause| name(cause).into()),
        label_id: format!("{letter}{}", label.number),
        verdict_id: format!("v{number}"),
        decided_at: record.seen.now.to_beijing(),
        decision: match said(&record) {
            Decision::Allow => "ALLOW",
            Decision::Deny => "DENY",
            Decision::Revoke => "REVOKE",
        }
        .into(),
        model_revision: record.decided_with.model_revision.clone(),
        account_id: record.question.account_id,
    }))
}

/// What was answered; in observe mode, what would have been.
fn said(record: &VerdictRecord) -> Decision {
    let outcome = &record.outcome;
    outcome.observed.unwrap_or(outcome.decision)
}

/// A cause as truth files name labels.
fn name(cause: Cause) -> &'static str {
    match cause {
        Cause::BulkRegistration => "bulk_registration",
        Cause::ScriptedActivity => "scripted_activity",
        Cause::Emulator => "emulator",
        Cause::OperatedForOthers => "operated_for_others",
        Cause::FalseIdentity => "false_identity",
        Cause::FalseActivity => "false_activity",
        Cause::OtherImproperMeans => "other_improper_means",
        Cause::UnlawfulUse => "unlawful_use",
        Cause::RightsOfOthers => "rights_of_others",
        Cause::WrongFinding => "wrong_finding",
        Cause::KnownSubject => "known_subject",
    }
}
