//! The random audit sample: so many of a million accounts that ask are opened as cases whatever their
//! score, so that what people find of them estimates precision and misses without bias.
//!
//! Who is drawn is a function of the store's secret, the campaign and the account alone: it can be repeated
//! at any time, nobody outside can tell or choose it, and a larger share only adds accounts.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::engine::Engine;
use crate::domain::{
    campaign::Terms,
    disposition::Action,
    verdict::{Decision, VerdictRecord},
};

const MILLION: u128 = 1_000_000;

/// Draws accounts under a secret.
pub struct AuditSample {
    keyed: Hmac<Sha256>,
}

impl AuditSample {
    /// Under a secret that users don't know.
    pub fn new(secret: &[u8]) -> Self {
        AuditSample {
            keyed: Hmac::new_from_slice(secret).expect("HMAC takes a key of any length"),
        }
    }

    /// Whether a campaign draws an account.
    pub fn draws(&self, terms: &Terms, account_id: &str) -> bool {
        let share_ppm = u128::from(terms.audit_sample_ppm);
        share_ppm > 0
            && (u128::from(self.place(&terms.campaign_id, account_id)) * MILLION) >> 64 < share_ppm
    }

    /// Where an account lies between 0 and 2^64, evenly spread.
    fn place(&self, campaign_id: &str, account_id: &str) -> u64 {
        let mut mac = self.keyed.clone();
        for word in ["audit sample", campaign_id, account_id] {
            mac.update(&(word.len() as u64).to_be_bytes());
            mac.update(word.as_bytes());
        }
        let digest = mac.finalize().into_bytes();
        let mut place = [0; 8];
        place.copy_from_slice(&digest[..8]);
        u64::from_be_bytes(place)
    }
}

/// What the service said of a drawn account before any person decided about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// The discount was given, without a word against the account.
    Allowed,
    /// Refused without blame.
    Denied,
    /// Refused with blame.
    Revoked,
}

impl Said {
    /// Of a verdict; in observe mode, what it would have said.
    pub fn of(record: &VerdictRecord) -> Self {
        let outcome = &record.outcome;
        match outcome.observed.unwrap_or(outcome.decision) {
            Decision::Allow => Said::Allowed,
            Decision::Deny => Said::Denied,
            Decision::Revoke => Said::Revoked,
        }
    }
}

impl Engine {
    /// Whether a campaign draws an account, by its terms in force.
    pub(super) fn is_drawn(&self, campaign_id: &str, account: u32) -> bool {
        let campaign = self.campaigns.get(campaign_id);
        campaign.is_some_and(|campaign| {
            let id = &self.graph.account(account).id;
            self.audit_sample.draws(&campaign.latest().terms, id)
        })
    }

    /// Whether any campaign in which an account asked draws it.
    pub fn is_sampled(&self, account: u32) -> bool {
        let held = &self.ledger.held;
        let mut campaigns = held.of(account).iter();
        campaigns.any(|one| self.is_drawn(held.campaign(one.campaign), account))
    }

    /// Whether an account of the sample waits: nobody has found yet what it is.
    pub(super) fn waits_in_sample(&self, account: u32) -> bool {
        self.is_sampled(account)
            && !self.people.of(account).any(|(_, disposition)| {
                matches!(
                    disposition.action,
                    Action::Disqualify | Action::Clear { .. }
                )
            })
    }
}
