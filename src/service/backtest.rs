//! Backtests: recorded verdicts decided again, from what was seen then, under other terms or another
//! model. Reads the ledger through a connection of its own and holds nothing up.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    ops::ControlFlow,
};

use super::{codec::Stored, engine::Engine, refusal::Refusal};
use crate::{
    domain::{
        abuse::AbuseModel,
        campaign::{Campaign, Revision, Terms},
        event::AccountType,
        ledger::benefit,
        reason::ReasonCode,
        verdict::{Decision, Outcome, RULES_VERSION, Seen, VerdictRecord, judge},
    },
    journal::Reader,
};

/// Progress is told about once in so many verdicts.
const VERDICTS_A_REPORT: u64 = 4096;
/// Verdicts named of those that flip alike.
const VERDICTS_NAMED: usize = 10;

/// What to judge by.
#[derive(Clone, Debug, Default)]
pub struct Hypothesis {
    /// A revision; 0 = each verdict's own.
    pub revision: u32,
    /// Terms; empty = by revisions.
    pub terms_toml: String,
    /// A model; empty = the one that each verdict was decided with.
    pub model_json: String,
}

/// A backtest that is about to run.
pub struct Backtest {
    campaign: Campaign,
    by: Option<Revision>,
    models: BTreeMap<String, AbuseModel>,
    model: Option<AbuseModel>,
    reader: Reader,
    total: u64,
}

/// Whose decisions flip, and to what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FlipKind {
    /// The decision recorded.
    pub before: Decision,
    /// The decision now.
    pub after: Decision,
    /// Which accounts.
    pub population: &'static str,
    /// The first reason now.
    pub reason: ReasonCode,
}

/// Verdicts that flip alike.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flips {
    /// How many.
    pub verdicts: u64,
    /// What they move, token basis points.
    pub token_basis_points: u128,
    /// The first of them.
    pub named: Vec<u64>,
}

/// What a backtest found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Backtested {
    /// Verdicts decided again.
    pub verdicts: u64,
    /// With the same outcome in every part.
    pub equal: u64,
    /// Erased, or of other rules.
    pub not_judged: u64,
    /// Granted as recorded, token basis points.
    pub granted_before: u128,
    /// Granted now.
    pub granted_after: u128,
    /// What flips.
    pub flips: BTreeMap<FlipKind, Flips>,
}

impl Engine {
    /// Prepares a backtest of a campaign's verdicts that are durable by now.
    ///
    /// # Errors
    /// The campaign or its revision is unknown; terms or model make no sense.
    pub fn backtest(
        &self,
        campaign_id: &str,
        hypothesis: &Hypothesis,
    ) -> Result<Backtest, Refusal> {
        let campaign = self.campaign(campaign_id)?.clone();
        let by = if !hypothesis.terms_toml.is_empty() {
            let terms = Terms::parse(&hypothesis.terms_toml);
            let terms = terms.map_err(|error| Refusal::field(error.key, error.problem))?;
            let record = campaign.latest().record.clone();
            Some(Revision { record, terms })
        } else if hypothesis.revision != 0 {
            let found = campaign.revision(hypothesis.revision).cloned();
            Some(found.ok_or_else(|| Refusal::NotFound {
                what: "campaign revision",
                name: format!("{campaign_id}/{}", hypothesis.revision),
            })?)
        } else {
            None
        };
        let model = if hypothesis.model_json.is_empty() {
            None
        } else {
            let model = AbuseModel::parse(&hypothesis.model_json);
            Some(model.map_err(|error| Refusal::field("model_json", error.to_string()))?)
        };
        let reader = self.reader.another()?;
        let total = reader.positions()?.verdicts;
        Ok(Backtest {
            campaign,
            by,
            models: self.models.abuse.clone(),
            model,
            reader,
            total,
        })
    }
}

impl Backtest {
    /// Runs it; `progress` hears (done, total) and breaks it off. Answers `None` where it was.
    ///
    /// # Errors
    /// The store can't be read, or is damaged.
    pub fn run(
        &self,
        mut progress: impl FnMut(u64, u64) -> ControlFlow<()>,
    ) -> Result<Option<Backtested>, Refusal> {
        let mut found = Backtested::default();
        let (mut problem, mut broken_off) = (None, false);
        let campaign_id = &self.campaign.latest().record.campaign_id;
        self.reader.for_each_verdict(0, |stored| {
            if stored.seq > self.total {
                return ControlFlow::Break(());
            }
            if stored.seq.is_multiple_of(VERDICTS_A_REPORT)
                && progress(stored.seq, self.total).is_break()
            {
                broken_off = true;
                return ControlFlow::Break(());
            }
            if stored.campaign_id == *campaign_id {
                if stored.erased {
                    found.not_judged += 1;
                } else if let Err(error) = self.judge_again(stored.seq, &stored.record, &mut found)
                {
                    problem = Some(error);
                    return ControlFlow::Break(());
                }
            }
            ControlFlow::Continue(())
        })?;
        if let Some(problem) = problem {
            return Err(problem);
        }
        Ok((!broken_off).then_some(found))
    }

    fn judge_again(
        &self,
        sequence: u64,
        record: &[u8],
        found: &mut Backtested,
    ) -> Result<(), Refusal> {
        let record = VerdictRecord::decode(record)?;
        let own = self.campaign.revision(record.campaign_revision);
        let revision = self.by.as_ref().or(own);
        let known = self.models.get(&record.decided_with.model_revision);
        let model = self.model.as_ref().or(known);
        let (Some(revision), Some(model)) = (revision, model) else {
            found.not_judged += 1;
            return Ok(());
        };
        if record.decided_with.rules_version != RULES_VERSION {
            found.not_judged += 1;
            return Ok(());
        }
        let outcome = judge(&record.question, revision, model, &record.seen);
        found.add(sequence, &record, &outcome);
        Ok(())
    }
}

impl Backtested {
    fn add(&mut self, sequence: u64, record: &VerdictRecord, outcome: &Outcome) {
        self.verdicts += 1;
        self.equal += u64::from(*outcome == record.outcome);
        let tokens = record.question.tokens;
        let after = match outcome.decision {
            Decision::Allow => benefit(tokens, outcome.rate_basis_points),
            Decision::Deny | Decision::Revoke => 0,
        };
        let before = record.benefit();
        self.granted_before += u128::from(before);
        self.granted_after += u128::from(after);
        if outcome.decision == record.outcome.decision {
            return;
        }
        let kind = FlipKind {
            before: record.outcome.decision,
            after: outcome.decision,
            population: population(&record.seen),
            reason: outcome
                .reasons
                .first()
                .map_or(ReasonCode::Eligible, |reason| reason.code),
        };
        let flips = match self.flips.entry(kind) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(Flips::default()),
        };
        flips.verdicts += 1;
        flips.token_basis_points += u128::from(before.abs_diff(after));
        if flips.named.len() < VERDICTS_NAMED {
            flips.named.push(sequence);
        }
    }
}

/// Which accounts a verdict is one of.
fn population(seen: &Seen) -> &'static str {
    if !seen.known {
        "unknown"
    } else if seen.account_type == AccountType::Enterprise {
        "enterprise"
    } else if seen.seat.allowed > 1 {
        "household"
    } else if seen.seat.holder.is_some() || !seen.seat.idle_holders.is_empty() {
        "several accounts"
    } else {
        "single account"
    }
}
