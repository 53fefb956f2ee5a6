//! Campaigns: the terms of an event as one file, and its revisions. A verdict uses the revision in
//! effect when its task completed.

use chrono::DateTime;
use serde::{Deserialize, Serialize};

use super::{
    appeal::APPEAL_DAYS,
    clock::Timestamp,
    costs::Costs,
    event::{AccountType, word_hash},
    ledger::FULL_RATE_BASIS_POINTS,
};

/// A campaign file has at most so many bytes.
pub const TERMS_BYTES_AT_MOST: usize = 64 * 1024;
/// Revisions a campaign may have.
pub const REVISIONS_AT_MOST: usize = 10_000;

/// The terms of one event, checked.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The campaign.
    pub campaign_id: String,
    /// Its name, for people.
    pub display_name: String,
    /// The series in which its restrictions bind.
    pub series: String,
    /// Whether same user and abuse bind.
    pub mode: Mode,
    /// First instant of the event.
    pub starts_at: Timestamp,
    /// First instant after the event.
    pub ends_before: Timestamp,
    /// Whether a task must also begin inside the period.
    pub initiated_within_period: bool,
    /// Types of account that may take part.
    pub account_types: Vec<AccountType>,
    /// Surfaces whose tasks are covered.
    pub surfaces: Vec<String>,
    /// Hashes of the surfaces on one of which the account must have been seen.
    pub login_surfaces: Vec<u32>,
    /// What to charge, 1 to 9999 basis points.
    pub rate_basis_points: u32,
    /// What an ALLOW says.
    pub eligible_statement: String,
    /// Whether another offer on the task is no obstacle.
    pub combines_with_other_offers: bool,
    /// Seats a user has.
    pub max_accounts_per_user: u32,
    /// A holder without an event for so many seconds loses the seat to who asks.
    pub seat_idle_seconds: u32,
    /// Seats more for a user with a household device.
    pub household_allowance: u32,
    /// Revoked from this probability on, millionths.
    pub revoke_probability_ppm: u32,
    /// A case is opened from this probability on, millionths.
    pub review_probability_ppm: u32,
    /// Automatic recoveries settle after so many seconds.
    pub settle_delay_seconds: u32,
    /// Whether a person must confirm each recovery.
    pub recovery_confirm: Confirm,
    /// An appeal is to be decided within so many days.
    pub appeal_days: u32,
    /// More clean users than this through one piece of evidence trip the fuse.
    pub fuse_clean_users: u32,
    /// So many of a million accounts are drawn for the audit sample; 0 = none.
    pub audit_sample_ppm: u32,
    /// What errors cost, where the campaign says it.
    pub costs: Option<Costs>,
}

/// Whether verdicts on same user and abuse bind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// They bind.
    Enforce,
    /// They are computed and recorded; the answer is ALLOW.
    Observe,
}

/// What lets a proposed recovery settle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confirm {
    /// Its delay.
    #[default]
    Automatic,
    /// A person.
    Person,
}

/// Where a campaign stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CampaignState {
    /// Runs by its terms.
    Active,
    /// Discounts nothing until resumed.
    Suspended,
    /// Over for good.
    Terminated,
}

/// A revision as the journal keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevisionRecord {
    /// The campaign.
    pub campaign_id: String,
    /// 1, 2, 3, …
    pub revision: u32,
    /// Active, suspended or terminated from this revision on.
    pub state: CampaignState,
    /// In effect from this instant.
    pub published_at: Timestamp,
    /// The campaign file.
    pub terms_toml: String,
    /// Why, as users may be shown it.
    pub reason: String,
}

/// A revision with its terms read.
#[derive(Clone, Debug)]
pub struct Revision {
    /// As recorded.
    pub record: RevisionRecord,
    /// Its terms.
    pub terms: Terms,
}

/// One campaign: its revisions, oldest first; never empty.
#[derive(Clone, Debug)]
pub struct Campaign {
    revisions: Vec<Revision>,
}

/// Why terms are refused: the key and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("campaign file: {key}: {problem}")]
pub struct TermsError {
    /// The key, dotted.
    pub key: String,
    /// What is wrong, and what would be right.
    pub problem: String,
}

impl Campaign {
    /// A campaign with its first revision.
    pub fn new(first: Revision) -> Self {
        Campaign {
            revisions: vec![first],
        }
    }

    /// Adds the next revision.
    pub fn push(&mut self, revision: Revision) {
        self.revisions.push(revision);
    }

    /// All revisions, oldest first.
    pub fn revisions(&self) -> &[Revision] {
        &self.revisions
    }

    /// The last one published.
    pub fn latest(&self) -> &Revision {
        self.revisions.last().expect("a campaign has a revision")
    }

    /// The revision in effect at an instant; before the first, the first.
    pub fn in_effect(&self, at: Timestamp) -> &Revision {
        let after = self
            .revisions
            .partition_point(|revision| revision.record.published_at <= at);
        &self.revisions[after.saturating_sub(1)]
    }

    /// The highest threshold of any enforced revision that a probability reaches, millionths.
    pub fn revoke_threshold_reached(&self, probability_ppm: u32) -> Option<u32> {
        let enforced = self.revisions.iter().map(|revision| &revision.terms);
        enforced
            .filter(|terms| terms.mode == Mode::Enforce)
            .map(|terms| terms.revoke_probability_ppm)
            .filter(|threshold| *threshold <= probability_ppm)
            .max()
    }

    /// A revision by its number.
    pub fn revision(&self, number: u32) -> Option<&Revision> {
        let position = usize::try_from(number).ok()?.checked_sub(1)?;
        self.revisions.get(position)
    }
}

impl Revision {
    /// Reads the terms of a recorded revision.
    ///
    /// # Errors
    /// The terms are not what this version of the program reads.
    pub fn read(record: RevisionRecord) -> Result<Self, TermsError> {
        let terms = Terms::parse(&record.terms_toml)?;
        Ok(Revision { record, terms })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TermsFile {
    campaign_id: String,
    display_name: String,
    series: String,
    mode: Mode,
    period: PeriodFile,
    task: TaskFile,
    eligibility: EligibilityFile,
    benefit: BenefitFile,
    same_user: SameUserFile,
    abuse: AbuseFile,
    recovery: RecoveryFile,
    appeal: Option<AppealFile>,
    fuse: FuseFile,
    audit: Option<AuditFile>,
    costs: Option<Costs>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PeriodFile {
    starts_at: String,
    ends_at: String,
    #[serde(default)]
    end_minute_included: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TaskFile {
    initiated_within_period: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EligibilityFile {
    account_types: Vec<String>,
    surfaces: Vec<String>,
    login_surfaces: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BenefitFile {
    rate_basis_points: u32,
    combines_with_other_offers: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SameUserFile {
    max_accounts_per_user: u32,
    seat_idle_days: u32,
    household_allowance: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AbuseFile {
    revoke_probability: f64,
    review_probability: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecoveryFile {
    settle_delay_hours: u32,
    #[serde(default)]
    confirm: Confirm,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AppealFile {
    decide_within_days: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FuseFile {
    clean_users_at_most: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AuditFile {
    sample_ppm: u32,
}

impl Terms {
    /// Reads and checks a campaign file.
    ///
    /// # Errors
    /// The first key that is missing, unknown or makes no sense, with what would be right.
    pub fn parse(text: &str) -> Result<Self, TermsError> {
        if text.len() > TERMS_BYTES_AT_MOST {
            let problem = format!("at most {TERMS_BYTES_AT_MOST} bytes, found {}", text.len());
            return Err(fault("terms_toml", problem));
        }
        let file: TermsFile =
            toml::from_str(text).map_err(|error| fault("terms_toml", error.to_string().trim()))?;
        check_id("campaign_id", &file.campaign_id)?;
        check_id("series", &file.series)?;
        let (starts_at, ends_before) = file.period.read()?;
        check_range(
            "benefit.rate_basis_points",
            file.benefit.rate_basis_points,
            1..=FULL_RATE_BASIS_POINTS - 1,
        )?;
        let same_user = &file.same_user;
        check_range(
            "same_user.max_accounts_per_user",
            same_user.max_accounts_per_user,
            1..=1000,
        )?;
        check_range(
            "same_user.seat_idle_days",
            same_user.seat_idle_days,
            1..=3650,
        )?;
        check_range(
            "same_user.household_allowance",
            same_user.household_allowance,
            0..=10,
        )?;
        check_range(
            "recovery.settle_delay_hours",
            file.recovery.settle_delay_hours,
            0..=8760,
        )?;
        let appeal_days = file
            .appeal
            .map_or(APPEAL_DAYS, |appeal| appeal.decide_within_days);
        check_range("appeal.decide_within_days", appeal_days, 1..=365)?;
        let audit_sample_ppm = file.audit.map_or(0, |audit| audit.sample_ppm);
        check_range("audit.sample_ppm", audit_sample_ppm, 0..=1_000_000)?;
        check_costs(file.costs.as_ref())?;
        let clean_users_at_most = file.fuse.clean_users_at_most;
        check_range(
            "fuse.clean_users_at_most",
            clean_users_at_most,
            0..=1_000_000,
        )?;
        let (review, revoke) = file.abuse.read()?;
        let login_surfaces = &file.eligibility.login_surfaces;
        check_names("eligibility.surfaces", &file.eligibility.surfaces)?;
        check_names("eligibility.login_surfaces", login_surfaces)?;
        Ok(Terms {
            starts_at,
            ends_before,
            initiated_within_period: file.task.initiated_within_period,
            account_types: file.eligibility.read_account_types()?,
            login_surfaces: login_surfaces.iter().map(|name| word_hash(name)).collect(),
            surfaces: file.eligibility.surfaces,
            rate_basis_points: file.benefit.rate_basis_points,
            eligible_statement: eligible_statement(file.benefit.rate_basis_points),
            combines_with_other_offers: file.benefit.combines_with_other_offers,
            max_accounts_per_user: same_user.max_accounts_per_user,
            seat_idle_seconds: same_user.seat_idle_days * 86_400,
            household_allowance: same_user.household_allowance,
            revoke_probability_ppm: revoke,
            review_probability_ppm: review,
            recovery_confirm: file.recovery.confirm,
            appeal_days,
            settle_delay_seconds: file.recovery.settle_delay_hours * 3600,
            fuse_clean_users: clean_users_at_most,
            audit_sample_ppm,
            costs: file.costs,
            campaign_id: file.campaign_id,
            display_name: file.display_name,
            series: file.series,
            mode: file.mode,
        })
    }
}

impl PeriodFile {
    fn read(&self) -> Result<(Timestamp, Timestamp), TermsError> {
        let instant = |key: &str, text: &str| {
            DateTime::parse_from_rfc3339(text)
                .map(Timestamp::from)
                .map_err(|error| {
                    let example = "2026-06-16T00:00:00+08:00";
                    fault(key, format!("`{text}` is no time like {example}: {error}"))
                })
        };
        let starts_at = instant("period.starts_at", &self.starts_at)?;
        let mut ends_before = instant("period.ends_at", &self.ends_at)?;
        if self.end_minute_included {
            ends_before = ends_before.plus_seconds(60);
        }
        if !starts_at.is_plausible() || !ends_before.is_plausible() {
            return Err(fault("period", "must lie between the years 2000 and 2100"));
        }
        if ends_before <= starts_at {
            return Err(fault("period.ends_at", "must come after period.starts_at"));
        }
        Ok((starts_at, ends_before))
    }
}

impl EligibilityFile {
    fn read_account_types(&self) -> Result<Vec<AccountType>, TermsError> {
        let key = "eligibility.account_types";
        if self.account_types.is_empty() {
            return Err(fault(
                key,
                "must name at least one of individual, enterprise",
            ));
        }
        let read = |name: &String| match name.as_str() {
            "individual" => Ok(AccountType::Individual),
            "enterprise" => Ok(AccountType::Enterprise),
            other => Err(fault(
                key,
                format!("`{other}` is neither individual nor enterprise"),
            )),
        };
        self.account_types.iter().map(read).collect()
    }
}

impl AbuseFile {
    /// (review, revoke), millionths.
    fn read(&self) -> Result<(u32, u32), TermsError> {
        let ppm = |key: &str, probability: f64| {
            if (0.0..=1.0).contains(&probability) {
                Ok((probability * 1e6).round() as u32)
            } else {
                Err(fault(
                    key,
                    format!("must lie between 0 and 1, found {probability}"),
                ))
            }
        };
        let review = ppm("abuse.review_probability", self.review_probability)?;
        let revoke = ppm("abuse.revoke_probability", self.revoke_probability)?;
        if review > revoke {
            let problem = "must not exceed abuse.revoke_probability";
            return Err(fault("abuse.review_probability", problem));
        }
        Ok((review, revoke))
    }
}

fn eligible_statement(rate_basis_points: u32) -> String {
    let rate = f64::from(rate_basis_points) / f64::from(FULL_RATE_BASIS_POINTS);
    format!("The event covers this task: its tokens count at x{rate}.")
}

fn fault(key: &str, problem: impl Into<String>) -> TermsError {
    TermsError {
        key: key.into(),
        problem: problem.into(),
    }
}

fn check_id(key: &str, id: &str) -> Result<(), TermsError> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    if id.is_empty() || id.len() > 128 || !id.chars().all(fits) {
        let problem = format!("`{id}` must be 1 to 128 of a-z, 0-9, `-` and `.`");
        return Err(fault(key, problem));
    }
    Ok(())
}

fn check_costs(costs: Option<&Costs>) -> Result<(), TermsError> {
    let checked = costs.map_or(Ok(()), Costs::check);
    checked.map_err(|(key, problem)| fault(key, problem))
}

fn check_names(key: &str, names: &[String]) -> Result<(), TermsError> {
    if names.is_empty() || names.len() > 64 {
        return Err(fault(
            key,
            format!("must name 1 to 64 surfaces, found {}", names.len()),
        ));
    }
    match names
        .iter()
        .find(|name| name.is_empty() || name.len() > 256)
    {
        Some(_) => Err(fault(key, "a surface has 1 to 256 bytes")),
        None => Ok(()),
    }
}

fn check_range(
    key: &str,
    value: u32,
    range: std::ops::RangeInclusive<u32>,
) -> Result<(), TermsError> {
    if range.contains(&value) {
        return Ok(());
    }
    let (low, high) = range.into_inner();
    Err(fault(
        key,
        format!("must lie between {low} and {high}, found {value}"),
    ))
}
