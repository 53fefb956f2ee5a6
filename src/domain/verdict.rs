//! Verdicts: what was asked, what was seen, and the pure judgement between them. A record holds the
//! first two, so that the judgement can be repeated at any time.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    abuse::{AbuseModel, Score, millibits},
    campaign::{CampaignState, Mode, Revision, Terms},
    clock::Timestamp,
    disposition::Cause,
    event::AccountType,
    feature::Features,
    ledger::{FULL_RATE_BASIS_POINTS, benefit},
    linked::{LinkedBlame, SameUserSeen, blamed_through, same_user_reason, with_same_user},
    reason::{Reason, ReasonCode},
};

/// The version of [`judge`]: raised whenever an old record would be judged otherwise.
pub const RULES_VERSION: &str = "rules-3";

/// What billing asks. Equal questions under one key get one answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The campaign.
    pub campaign_id: String,
    /// The account that the task ran for.
    pub account_id: String,
    /// The task.
    pub task_id: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended, where it has.
    pub completed_at: Option<Timestamp>,
    /// Its tokens.
    pub tokens: u64,
    /// Where it was performed.
    pub surface: String,
    /// Other offers on it, ascending, each once.
    pub other_offers: Vec<String>,
}

impl Question {
    /// The first field in which another question under the same key differs.
    pub fn differing_field(&self, other: &Question) -> Option<&'static str> {
        if self.started_at != other.started_at {
            Some("task.started_at")
        } else if self.completed_at != other.completed_at {
            Some("task.completed_at")
        } else if self.tokens != other.tokens {
            Some("task.tokens")
        } else if self.surface != other.surface {
            Some("surface")
        } else if self.other_offers != other.other_offers {
            Some("other_offers")
        } else {
            None
        }
    }
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Decision {
    /// Charge the discounted rate.
    Allow,
    /// Not covered; no blame.
    Deny,
    /// Disqualified or abusing.
    Revoke,
}

impl Decision {
    const ALL: [Self; 3] = [Self::Allow, Self::Deny, Self::Revoke];

    /// Its number in the ledger's column `decision`.
    pub fn number(self) -> u8 {
        match self {
            Self::Allow => 1,
            Self::Deny => 2,
            Self::Revoke => 3,
        }
    }

    /// The decision of such a number; `None`: of no decision.
    pub fn numbered(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.number() == number)
    }
}

/// Everything about the account that the judgement rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The clock's now.
    pub now: Timestamp,
    /// Events acknowledged by then.
    pub events: u64,
    /// Whether any event of the account is known.
    pub known: bool,
    /// The account's type when the task completed.
    pub account_type: AccountType,
    /// Whether it was ever seen on a surface of the campaign's desktop login.
    pub desktop_login: bool,
    /// The same user it belongs to.
    pub user_id: String,
    /// The user's seats.
    pub seat: SeatSeen,
    /// Features of the abuse score; `None` = too little to say anything.
    pub features: Option<Features>,
    /// Decisions of people in force.
    pub people: PeopleSeen,
    /// How the abuse score counts.
    pub score_counts: ScoreCounts,
}

/// How the abuse score counts in a judgement. Stored as an `Option` of a fuse would be, so variants are only
/// added at the end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ScoreCounts {
    /// From the campaign's probability on.
    #[default]
    Alone,
    /// Not at all: a fuse holds the revocation back, named as `f` and its number, since the atom that it
    /// rests on is held or was found wrong.
    HeldByFuse(String),
    /// From the lesser probability on by which the campaign keeps revoked whom it revoked once, by the verdict
    /// of this number. Else who wavers about the threshold would keep what was had in between.
    FoundBefore(u64),
}

impl ScoreCounts {
    /// The fuse that holds the score's word back.
    pub fn held_by_fuse(&self) -> Option<&str> {
        match self {
            Self::HeldByFuse(fuse) => Some(fuse),
            Self::Alone | Self::FoundBefore(_) => None,
        }
    }

    /// The probability from which the score revokes by a campaign's terms, millionths; `None`: never.
    pub fn revokes_from_ppm(&self, terms: &Terms) -> Option<u32> {
        match self {
            Self::Alone => Some(terms.revokes_from_ppm(false)),
            Self::FoundBefore(_) => Some(terms.revokes_from_ppm(true)),
            Self::HeldByFuse(_) => None,
        }
    }
}

/// The seats of the account's user, as they were.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatSeen {
    /// Seats the user has: the campaign's, and the allowance for a household.
    pub allowed: u32,
    /// Whether this account has one.
    pub holds: bool,
    /// Seats that other accounts of the user hold and use.
    pub taken_by_others: u32,
    /// The tag of the account that has held one longest, and why it is the same user.
    pub holder: Option<SameUserSeen>,
    /// Accounts of the user whose seats are idle: they lose them if this account takes one.
    pub idle_holders: Vec<String>,
}

/// What stands against the account's user beside its own behaviour: decisions of people in force, and what
/// the same user did under another account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeopleSeen {
    /// The user is restricted in this campaign or its series.
    pub restricted: Option<DecidedSeen>,
    /// The account is disqualified.
    pub disqualified: Option<DecidedSeen>,
    /// What the same user is blamed for under another account.
    pub same_user: LinkedBlame,
    /// Patterns of the abuse score that were overturned: they do not revoke.
    pub overturned: Vec<ReasonCode>,
}

/// A disposition as a judgement sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecidedSeen {
    /// The disposition.
    pub disposition: u64,
    /// Its cause.
    pub cause: Cause,
    /// In a restriction: the other account of the same user that it was decided of, where it was.
    pub through: Option<SameUserSeen>,
}

/// The judgement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The answer.
    pub decision: Decision,
    /// In observe mode: what the answer would have been.
    pub observed: Option<Decision>,
    /// What to charge.
    pub rate_basis_points: u32,
    /// Why, in order of precedence.
    pub reasons: Vec<Reason>,
    /// Whether it stands for good.
    pub is_final: bool,
    /// Whether the account takes a seat by it.
    pub takes_seat: bool,
    /// Probability of abuse, millionths.
    pub abuse_ppm: u32,
}

/// What the journal keeps of a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerdictRecord {
    /// What was asked.
    pub question: Question,
    /// The campaign's revision in effect.
    pub campaign_revision: u32,
    /// What it was decided with.
    pub decided_with: Arc<DecidedWith>,
    /// What was seen.
    pub seen: Seen,
    /// What was judged.
    pub outcome: Outcome,
}

impl VerdictRecord {
    /// What it granted, token basis points.
    pub fn benefit(&self) -> u64 {
        match self.outcome.decision {
            Decision::Allow => benefit(self.question.tokens, self.outcome.rate_basis_points),
            Decision::Deny | Decision::Revoke => 0,
        }
    }

    /// Whether its benefit may be corrected later: it granted, or it refused because of what is known of
    /// the account or its user rather than of the task.
    pub fn is_correctable(&self) -> bool {
        let mut reasons = self.outcome.reasons.iter().map(|reason| reason.code);
        match self.outcome.decision {
            Decision::Allow | Decision::Revoke => true,
            Decision::Deny if self.outcome.is_final => {
                reasons.any(|code| code == ReasonCode::SameUserLimit)
            }
            // Late events may cure it before billing asks again.
            Decision::Deny => reasons.all(|code| {
                matches!(
                    code,
                    ReasonCode::UnknownAccount | ReasonCode::NoDesktopLogin
                )
            }),
        }
    }
}

/// Code and models of a decision: what re-deciding needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecidedWith {
    /// The version of the rules ([`RULES_VERSION`]).
    pub rules_version: String,
    /// The evidence weights.
    pub weights_revision: String,
    /// The abuse model.
    pub model_revision: String,
}

impl std::fmt::Display for DecidedWith {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (rules, weights) = (&self.rules_version, &self.weights_revision);
        write!(f, "{rules}/{weights}/{}", self.model_revision)
    }
}

/// Judges a question by what was seen. Pure: equal arguments, equal outcome.
pub fn judge(question: &Question, campaign: &Revision, model: &AbuseModel, seen: &Seen) -> Outcome {
    let abuse_ppm = model.probability_ppm(counting(model, seen).as_ref());
    judge_scored(question, campaign, model, seen, abuse_ppm)
}

/// The same where it is known already what the model says of what counts of the features seen, millionths:
/// that is most of the work.
pub fn judge_scored(
    question: &Question,
    campaign: &Revision,
    model: &AbuseModel,
    seen: &Seen,
    abuse_ppm: u32,
) -> Outcome {
    let terms = &campaign.terms;
    let rules = failed_rules(question, campaign, seen);
    let revokes_from = seen.score_counts.revokes_from_ppm(terms);
    let suspected = revokes_from.filter(|least| abuse_ppm >= *least);
    let suspected = suspected.and_then(|_| counting(model, seen));
    let (mut against, revokes) = speaks_against(terms, model, seen, suspected.as_ref());

    let by_terms = !rules.is_empty();
    let harshest = if by_terms {
        Decision::Deny
    } else {
        match against.first() {
            None => Decision::Allow,
            Some(first) if revokes.contains(&first.code) => Decision::Revoke,
            Some(_) => Decision::Deny,
        }
    };
    let observes = terms.mode == Mode::Observe && !by_terms;
    let decision = if observes { Decision::Allow } else { harshest };
    let mut reasons = rules;
    let curable = !reasons.is_empty() && reasons.iter().all(|reason| reason.code.is_curable());
    reasons.append(&mut against);
    if decision == Decision::Allow {
        let eligible = Reason::rule(ReasonCode::Eligible, terms.eligible_statement.as_str());
        reasons.insert(
            0,
            match seen.score_counts.held_by_fuse() {
                Some(fuse) => eligible.with("held_by_fuse", fuse),
                None => eligible,
            },
        );
    }
    Outcome {
        decision,
        observed: (terms.mode == Mode::Observe).then_some(harshest),
        rate_basis_points: match decision {
            Decision::Allow => terms.rate_basis_points,
            _ => FULL_RATE_BASIS_POINTS,
        },
        reasons,
        is_final: !curable,
        // A campaign that observes keeps the seats as they would be.
        takes_seat: harshest == Decision::Allow && !seen.seat.holds,
        abuse_ppm,
    }
}

/// The campaign's rules that a task fails, in order of precedence. Each names the clause's content.
fn failed_rules(question: &Question, campaign: &Revision, seen: &Seen) -> Vec<Reason> {
    let terms = &campaign.terms;
    let mut failed = Vec::new();
    failed.extend(failed_period(question, terms, seen.now));
    if !terms.surfaces.contains(&question.surface) {
        let statement = format!(
            "The event covers tasks in {}; this one ran in {}.",
            terms.surfaces.join(", "),
            question.surface
        );
        failed.push(
            Reason::rule(ReasonCode::SurfaceNotCovered, statement)
                .with("surface", &question.surface),
        );
    }
    if seen.known && !terms.account_types.contains(&seen.account_type) {
        failed.push(Reason::rule(
            ReasonCode::EnterpriseAccount,
            "The event is open only to individual registered users; this is an enterprise account.",
        ));
    }
    if seen.known && !seen.desktop_login {
        failed.push(Reason::rule(
            ReasonCode::NoDesktopLogin,
            "The account has not been seen on the desktop client.",
        ));
    }
    if !question.other_offers.is_empty() && !terms.combines_with_other_offers {
        failed.push(
            Reason::rule(
                ReasonCode::OtherOfferApplied,
                "Another offer covers this task; the event cannot be combined with it.",
            )
            .with("other_offers", question.other_offers.join(", ")),
        );
    }
    failed.extend(failed_state(campaign));
    if !seen.known {
        failed.push(Reason::rule(
            ReasonCode::UnknownAccount,
            "No login event of this account has arrived yet.",
        ));
    }
    failed
}

fn failed_period(question: &Question, terms: &Terms, now: Timestamp) -> Option<Reason> {
    let covers = |at: Timestamp| (terms.starts_at..terms.ends_before).contains(&at);
    let outside = |what: &str, at: Timestamp| {
        let statement = format!(
            "The task {what} {}, outside the event period from {} until before {}.",
            at.to_beijing(),
            terms.starts_at.to_beijing(),
            terms.ends_before.to_beijing()
        );
        Some(Reason::rule(ReasonCode::OutsideEventPeriod, statement))
    };
    match question.completed_at {
        Some(completed_at) if !covers(completed_at) => outside("was completed at", completed_at),
        None if now >= terms.ends_before => {
            outside("was still running when the event ended; now it is", now)
        }
        _ if terms.initiated_within_period && !covers(question.started_at) => {
            outside("was started at", question.started_at)
        }
        None => Some(Reason::rule(
            ReasonCode::TaskNotCompleted,
            "The task is not completed yet; ask again when it is.",
        )),
        Some(_) => None,
    }
}

fn failed_state(campaign: &Revision) -> Option<Reason> {
    let (code, what) = match campaign.record.state {
        CampaignState::Active => return None,
        CampaignState::Suspended => (ReasonCode::CampaignSuspended, "suspended"),
        CampaignState::Terminated => (ReasonCode::CampaignTerminated, "terminated"),
    };
    let statement = format!(
        "The event was {what} at {} ({}), before the task was completed.",
        campaign.record.published_at.to_beijing(),
        campaign.record.reason
    );
    Some(Reason::rule(code, statement))
}

/// What speaks against the account beyond the campaign's rules, in order of precedence, and the
/// codes among it that revoke. `suspected`: what its score is of, where that reaches the threshold.
fn speaks_against(
    terms: &Terms,
    model: &AbuseModel,
    seen: &Seen,
    suspected: Option<&Features>,
) -> (Vec<Reason>, Vec<ReasonCode>) {
    let mut against = decided_against(terms, &seen.people);
    let mut revokes: Vec<ReasonCode> = against.iter().map(|reason| reason.code).collect();
    let seat = &seen.seat;
    if !seat.holds && seat.taken_by_others >= seat.allowed && seat.allowed > 0 {
        let statement = format!(
            "The same user already has the discount on {} (of {} allowed).",
            if seat.taken_by_others == 1 {
                "another account"
            } else {
                "other accounts"
            },
            seat.allowed
        );
        against.push(match &seat.holder {
            Some(holder) => same_user_reason(ReasonCode::SameUserLimit, &statement, holder),
            None => Reason::rule(ReasonCode::SameUserLimit, statement),
        });
    }
    if let Some(features) = suspected {
        let score = model.score(Some(features));
        if score.is_of_own_behaviour() {
            let mut reasons = pattern_reasons(model, features, &score);
            if let ScoreCounts::FoundBefore(verdict) = seen.score_counts {
                let found = |reason: Reason| reason.with("found_before", format!("v{verdict}"));
                reasons = reasons.into_iter().map(found).collect();
            }
            revokes.extend(reasons.iter().map(|reason| reason.code));
            against.extend(reasons);
        }
    }
    (against, revokes)
}

/// Whether a score revokes from a probability on, millionths: it reaches it, and enough of it is the account's
/// own behaviour.
pub fn is_abusive(revokes_from_ppm: u32, score: &Score) -> bool {
    score.probability_ppm >= revokes_from_ppm && score.is_of_own_behaviour()
}

/// The features that count: without those of overturned patterns (design promise 8: a new finding needs
/// enough from outside the overturned record).
fn counting(model: &AbuseModel, seen: &Seen) -> Option<Features> {
    seen.features
        .map(|features| outside(model, features, &seen.people.overturned))
}

/// Features without those that speak for overturned patterns.
pub fn outside(model: &AbuseModel, mut features: Features, overturned: &[ReasonCode]) -> Features {
    if !overturned.is_empty() {
        for table in &model.features {
            if overturned.contains(&table.pattern) {
                features.0[table.position] = None;
            }
        }
    }
    features
}

/// What people decided against the account or its user, and what it did under another account, in order of
/// precedence.
fn decided_against(terms: &Terms, people: &PeopleSeen) -> Vec<Reason> {
    let mut against = Vec::new();
    if let Some(decided) = &people.disqualified {
        let cause = decided.cause.words();
        let statement = format!("The account was disqualified for {cause}.");
        against.push(decided_reason(
            ReasonCode::Disqualified,
            statement,
            decided.disposition,
        ));
    }
    if let Some(decided) = &people.restricted {
        let cause = decided.cause.words();
        let statement = format!("The user is restricted in this series of events for {cause}.");
        let reason = decided_reason(ReasonCode::Restricted, statement, decided.disposition);
        against.push(match &decided.through {
            Some(other) => with_same_user(reason, other),
            None => reason,
        });
    }
    against.extend(blamed_through(terms, &people.same_user));
    let words = [&people.disqualified, &people.restricted];
    if let Some(decided) = words
        .into_iter()
        .flatten()
        .find(|decided| decided.cause.needs_words())
    {
        let statement = format!("A person found {}.", decided.cause.words());
        against.push(decided_reason(
            ReasonCode::AnalystDecision,
            statement,
            decided.disposition,
        ));
    }
    against
}

fn decided_reason(code: ReasonCode, statement: String, disposition: u64) -> Reason {
    Reason::rule(code, statement).with("disposition", format!("d{disposition}"))
}

/// A pattern's reason tells so many of its features, strongest first; its weight is of all of them.
const FEATURES_TOLD: usize = 3;
/// What adds less than a quarter of a bit is no reason by itself, and is told only where nothing else is.
const TOLD_FROM_MILLIBITS: i64 = 250;

/// The contributions of a score: one reason a pattern, strongest first, each with the features that
/// speak for it most.
pub fn pattern_reasons(model: &AbuseModel, features: &Features, score: &Score) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = Vec::new();
    for (number, points) in &score.contributions {
        let table = &model.features[*number];
        let Some(value) = features.0[table.position] else {
            continue;
        };
        let (text, weight) = (table.words(Some(value)), millibits(*points));
        let value = value.to_string();
        match reasons
            .iter_mut()
            .find(|reason| reason.code == table.pattern)
        {
            Some(reason) => {
                reason.weight_millibits += weight;
                if reason.facts.len() < FEATURES_TOLD && weight >= TOLD_FROM_MILLIBITS {
                    reason.statement = format!("{}; {text}", reason.statement);
                    reason.facts.push((table.name.clone(), value));
                }
            }
            None => {
                let mut reason = Reason::rule(table.pattern, text);
                reason.weight_millibits = weight;
                reasons.push(reason.with(&table.name, value));
            }
        }
    }
    reasons.sort_by_key(|reason| (-reason.weight_millibits, reason.code));
    let told = reasons.partition_point(|one| one.weight_millibits >= TOLD_FROM_MILLIBITS);
    reasons.truncate(told.max(1));
    reasons
}
