//! Verification of a store that nobody holds: chains, books, and every verdict judged again from its
//! record.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
    path::Path,
};

use super::{
    campaigns::apply_revision,
    codec::{Stored, entry},
    engine::columns,
    refusal::Refusal,
    verify_ledger::LedgerCheck,
};
use crate::{
    domain::{
        abuse::AbuseModel,
        campaign::{Campaign, RevisionRecord},
        ledger::{FULL_RATE_BASIS_POINTS, TOKENS_AT_MOST},
        verdict::{RULES_VERSION, VerdictRecord, judge},
    },
    journal::{Reader, StoredVerdict, verify_chain},
};

/// What a verification looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Verified {
    /// Events under the chain.
    pub events: u64,
    /// Verdicts under the chain.
    pub verdicts: u64,
    /// Verdicts judged again.
    pub judged_again: u64,
    /// Entries under the chain: campaign revisions, decisions, adjustments, models.
    pub entries: u64,
    /// Verdicts of rules versions that this release can't judge.
    pub of_other_rules: u64,
    /// Faults found.
    pub faults: u64,
}

/// Verifies the store in a directory; `fault` hears each fault in words, `progress` how far it is.
///
/// # Errors
/// There is no store, or it can't be read at all.
pub fn verify(
    directory: &Path,
    mut fault: impl FnMut(String),
    mut progress: impl FnMut(u64, u64),
) -> Result<Verified, Refusal> {
    let reader = Reader::open(directory)?;
    let positions = reader.positions()?;
    let mut verified = Verified {
        events: positions.events,
        verdicts: positions.verdicts,
        entries: positions.entries,
        ..Verified::default()
    };
    for chain_fault in verify_chain(&reader, &mut progress)? {
        verified.faults += 1;
        fault(chain_fault.to_string());
    }
    let history = History::read(&reader)?;
    let mut ledger = LedgerCheck::read(&reader)?;
    reader.for_each_verdict(0, |stored| {
        ledger.take_verdict(&stored);
        match history.check(&stored) {
            Ok(true) => verified.judged_again += 1,
            Ok(false) => verified.of_other_rules += 1,
            Err(problem) => {
                verified.faults += 1;
                fault(format!("verdict {}: {problem}", stored.seq));
            }
        }
        progress(stored.seq, positions.verdicts);
        ControlFlow::Continue(())
    })?;
    for problem in ledger.finish(&reader)? {
        verified.faults += 1;
        fault(problem);
    }
    Ok(verified)
}

/// Every revision that verdicts were judged by.
struct History {
    campaigns: BTreeMap<String, Campaign>,
    models: BTreeMap<String, AbuseModel>,
    /// Fuses that tripped, as verdicts name them.
    fuses: BTreeSet<String>,
}

impl History {
    fn read(reader: &Reader) -> Result<Self, Refusal> {
        let mut history = History {
            campaigns: BTreeMap::new(),
            models: BTreeMap::new(),
            fuses: BTreeSet::new(),
        };
        reader.for_each_entry(0, |stored| {
            // What can't be read is missing below, and each verdict that needs it is a fault.
            if stored.kind == entry::CAMPAIGN_REVISION {
                if let Ok(record) = RevisionRecord::decode(&stored.record) {
                    let _unreadable = apply_revision(&mut history.campaigns, record);
                }
            } else if stored.kind == entry::FUSE {
                history.fuses.insert(format!("f{}", stored.seq));
            } else if stored.kind == entry::ABUSE_MODEL
                && let Ok(model) = AbuseModel::parse(&String::from_utf8_lossy(&stored.record))
            {
                history.models.insert(stored.subject, model);
            }
            ControlFlow::Continue(())
        })?;
        Ok(history)
    }

    /// Whether a verdict was judged again; an error where it doesn't hold.
    fn check(&self, stored: &StoredVerdict) -> Result<bool, String> {
        if stored.erased {
            return Ok(false);
        }
        let record = VerdictRecord::decode(&stored.record).map_err(|error| error.to_string())?;
        check_columns(stored, &record)?;
        if record.decided_with.rules_version != RULES_VERSION {
            return Ok(false);
        }
        let question = &record.question;
        let revision = self
            .campaigns
            .get(&question.campaign_id)
            .and_then(|campaign| campaign.revision(record.campaign_revision))
            .ok_or("its campaign revision is not in the store")?;
        let model = self
            .models
            .get(&record.decided_with.model_revision)
            .ok_or("its abuse model is not in the store")?;
        if let Some(fuse) = record.seen.score_counts.held_by_fuse()
            && !self.fuses.contains(fuse)
        {
            return Err(format!("it was held by {fuse}, which is not in the store"));
        }
        if judge(question, revision, model, &record.seen) != record.outcome {
            return Err("judged again from its record, it comes out otherwise".into());
        }
        Ok(true)
    }
}

fn check_columns(stored: &StoredVerdict, record: &VerdictRecord) -> Result<(), String> {
    let says = columns(record);
    let equal = [
        ("campaign_id", stored.campaign_id == says.campaign_id),
        (
            "campaign_revision",
            stored.campaign_revision == says.campaign_revision,
        ),
        ("account_id", stored.account_id == says.account_id),
        ("task_id", stored.task_id == says.task_id),
        ("decided_at_us", stored.decided_at_us == says.decided_at_us),
        ("decision", stored.decision == says.decision),
        ("is_final", stored.is_final == says.is_final),
        (
            "rate_basis_points",
            stored.rate_basis_points == says.rate_basis_points,
        ),
        ("tokens", stored.tokens == says.tokens),
        ("events_seen", stored.events_seen == says.events_seen),
    ];
    if let Some((column, _)) = equal.iter().find(|(_, equal)| !equal) {
        return Err(format!("its column {column} is not what its record says"));
    }
    if stored.tokens > TOKENS_AT_MOST || stored.rate_basis_points > FULL_RATE_BASIS_POINTS {
        return Err("its tokens or its rate are beyond what can be granted".into());
    }
    Ok(())
}
