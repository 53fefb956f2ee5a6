//! The campaign file: its keys, what each may say, and what is wrong where one does not.

use chrono::DateTime;
use serde::Deserialize;

use super::{
    appeal::APPEAL_DAYS,
    campaign::{Confirm, Mode, Terms, TermsError},
    clock::Timestamp,
    costs::Costs,
    event::{AccountType, word_hash},
    fuse::FuseLimit,
    ledger::FULL_RATE_BASIS_POINTS,
};

/// A campaign file has at most so many bytes.
pub const TERMS_BYTES_AT_MOST: usize = 64 * 1024;

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
    keep_probability: Option<f64>,
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
    #[serde(default)]
    clean_share_at_most: f64,
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
        let fuse = file.fuse.read()?;
        let [review, keep, revoke] = file.abuse.read()?;
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
            keep_probability_ppm: keep,
            review_probability_ppm: review,
            recovery_confirm: file.recovery.confirm,
            appeal_days,
            settle_delay_seconds: file.recovery.settle_delay_hours * 3600,
            fuse,
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
    /// Review, keep, revoke, millionths.
    fn read(&self) -> Result<[u32; 3], TermsError> {
        let review = read_share("abuse.review_probability", self.review_probability)?;
        let revoke = read_share("abuse.revoke_probability", self.revoke_probability)?;
        let keep = self.keep_probability.unwrap_or(self.revoke_probability);
        let keep = read_share("abuse.keep_probability", keep)?;
        if review > revoke {
            let problem = "must not exceed abuse.revoke_probability";
            return Err(fault("abuse.review_probability", problem));
        }
        if !(review..=revoke).contains(&keep) {
            let problem = "must lie between abuse.review_probability and abuse.revoke_probability";
            return Err(fault("abuse.keep_probability", problem));
        }
        Ok([review, keep, revoke])
    }
}

impl FuseFile {
    fn read(&self) -> Result<FuseLimit, TermsError> {
        let users = self.clean_users_at_most;
        check_range("fuse.clean_users_at_most", users, 0..=1_000_000)?;
        Ok(FuseLimit {
            clean_users: users,
            clean_share_ppm: read_share("fuse.clean_share_at_most", self.clean_share_at_most)?,
        })
    }
}

/// A share or a probability as millionths.
fn read_share(key: &str, share: f64) -> Result<u32, TermsError> {
    if !(0.0..=1.0).contains(&share) {
        return Err(fault(
            key,
            format!("must lie between 0 and 1, found {share}"),
        ));
    }
    Ok((share * 1e6).round() as u32)
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
