//! Publishing, suspending, resuming and terminating campaigns: each is a revision, in effect upon
//! publication.

use super::{
    codec::{Stored, entry},
    engine::Engine,
    refusal::Refusal,
};
use crate::domain::{
    campaign::{
        Campaign, CampaignState, REVISIONS_AT_MOST, Revision, RevisionRecord, Terms, TermsError,
    },
    clock::Timestamp,
};

/// A reason has at most so many bytes.
pub const REASON_BYTES_AT_MOST: usize = 4096;

impl Engine {
    /// Publishes new terms; with `validate_only`, only says what would be published.
    ///
    /// # Errors
    /// The terms make no sense; the campaign is over; it has too many revisions.
    pub fn publish(
        &mut self,
        terms_toml: String,
        reason: String,
        validate_only: bool,
    ) -> Result<RevisionRecord, Refusal> {
        check_reason(&reason, false)?;
        let terms = Terms::parse(&terms_toml).map_err(refuse_terms)?;
        // New terms don't end a suspension: resuming does.
        let state = match self.campaigns.get(&terms.campaign_id) {
            Some(campaign) => campaign.latest().record.state,
            None => CampaignState::Active,
        };
        let record = self.next_revision(terms.campaign_id, state, terms_toml, reason)?;
        if validate_only {
            return Ok(record);
        }
        self.append_revision(record)
    }

    /// Suspends, resumes or terminates a campaign.
    ///
    /// # Errors
    /// The campaign is unknown or over; it is in that state already; no reason is given.
    pub fn change_state(
        &mut self,
        campaign_id: &str,
        state: CampaignState,
        reason: String,
    ) -> Result<RevisionRecord, Refusal> {
        check_reason(&reason, state != CampaignState::Active)?;
        let latest = self.campaign(campaign_id)?.latest().record.clone();
        if latest.state == state {
            let description = format!("the campaign is {} already", state_word(state));
            return Err(Refusal::contradicts("campaign_id", description));
        }
        let record = self.next_revision(latest.campaign_id, state, latest.terms_toml, reason)?;
        self.append_revision(record)
    }

    fn next_revision(
        &self,
        campaign_id: String,
        state: CampaignState,
        terms_toml: String,
        reason: String,
    ) -> Result<RevisionRecord, Refusal> {
        let (mut revision, mut published_at) = (1, self.now());
        if let Some(campaign) = self.campaigns.get(&campaign_id) {
            let latest = &campaign.latest().record;
            if latest.state == CampaignState::Terminated {
                let description = "the campaign is terminated; publish another one instead";
                return Err(Refusal::contradicts("campaign_id", description));
            }
            if campaign.revisions().len() >= REVISIONS_AT_MOST {
                let description = format!("the campaign has {REVISIONS_AT_MOST} revisions already");
                return Err(Refusal::contradicts("campaign_id", description));
            }
            revision = latest.revision + 1;
            published_at = published_at.max(latest.published_at);
        }
        Ok(RevisionRecord {
            campaign_id,
            revision,
            state,
            published_at,
            terms_toml,
            reason,
        })
    }

    fn append_revision(&mut self, record: RevisionRecord) -> Result<RevisionRecord, Refusal> {
        self.positions.entries += 1;
        let (at, subject) = (record.published_at.micros(), record.campaign_id.clone());
        self.group
            .push_entry(entry::CAMPAIGN_REVISION, at, &subject, &record.encode());
        apply_revision(&mut self.campaigns, record.clone()).map_err(refuse_terms)?;
        Ok(record)
    }

    /// Publishes the terms a new store is made with, in effect since ever.
    pub(super) fn publish_shipped(&mut self, terms_toml: &str) -> Result<(), Refusal> {
        let terms = Terms::parse(terms_toml).map_err(refuse_terms)?;
        let record = RevisionRecord {
            campaign_id: terms.campaign_id,
            revision: 1,
            state: CampaignState::Active,
            published_at: self.now().max(Timestamp::EARLIEST),
            terms_toml: terms_toml.into(),
            reason: "Published with the store.".into(),
        };
        self.append_revision(record).map(|_| ())
    }
}

/// Adds a recorded revision to the campaigns.
pub(super) fn apply_revision(
    campaigns: &mut std::collections::BTreeMap<String, Campaign>,
    record: RevisionRecord,
) -> Result<(), TermsError> {
    let revision = Revision::read(record)?;
    match campaigns.get_mut(&revision.record.campaign_id) {
        Some(campaign) => campaign.push(revision),
        None => {
            let id = revision.record.campaign_id.clone();
            campaigns.insert(id, Campaign::new(revision));
        }
    }
    Ok(())
}

fn refuse_terms(error: TermsError) -> Refusal {
    Refusal::field(error.key, error.problem)
}

fn check_reason(reason: &str, required: bool) -> Result<(), Refusal> {
    if required && reason.trim().is_empty() {
        return Err(Refusal::field(
            "reason",
            "is required: users may be shown it",
        ));
    }
    if reason.len() > REASON_BYTES_AT_MOST {
        let description = format!("has at most {REASON_BYTES_AT_MOST} bytes");
        return Err(Refusal::field("reason", description));
    }
    Ok(())
}

fn state_word(state: CampaignState) -> &'static str {
    match state {
        CampaignState::Active => "active",
        CampaignState::Suspended => "suspended",
        CampaignState::Terminated => "terminated",
    }
}
