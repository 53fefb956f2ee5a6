//! Campaigns: the terms of an event as one file, and its revisions. A verdict uses the revision in
//! effect when its task completed.

use serde::{Deserialize, Serialize};

use super::{clock::Timestamp, costs::Costs, event::AccountType, fuse::FuseLimit};

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
    /// Who was revoked once stays so from this probability on, millionths; at most the former.
    pub keep_probability_ppm: u32,
    /// A case is opened from this probability on, millionths.
    pub review_probability_ppm: u32,
    /// Automatic recoveries settle after so many seconds.
    pub settle_delay_seconds: u32,
    /// Whether a person must confirm each recovery.
    pub recovery_confirm: Confirm,
    /// An appeal is to be decided within so many days.
    pub appeal_days: u32,
    /// More clean users than this through one piece of evidence trip the fuse.
    pub fuse: FuseLimit,
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

impl Terms {
    /// The probability from which a score revokes an account, millionths: less where it did before.
    pub fn revokes_from_ppm(&self, found_before: bool) -> u32 {
        match found_before {
            true => self.keep_probability_ppm,
            false => self.revoke_probability_ppm,
        }
    }
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

    /// The least probability from which any revision keeps revoked whom its score revoked once, millionths.
    pub fn least_keep_probability_ppm(&self) -> u32 {
        let all = self.revisions.iter().map(|revision| &revision.terms);
        let kept = all.map(|terms| terms.keep_probability_ppm);
        kept.min().expect("a campaign has a revision")
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
