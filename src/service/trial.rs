//! Another abuse model comes into force while the service runs. First it is tried on every account that
//! holds a verdict, in slices between verdicts, so that the fuse trips before a bad revision revokes
//! anybody; then it is journaled and in force, and a sweep brings standings in line with it.

use super::{
    codec::entry,
    engine::{Engine, Models},
    refusal::Refusal,
};
use crate::domain::{
    abuse::AbuseModel,
    feature::features,
    fuse::{Atom, is_established},
    verdict::{DecidedWith, is_abusive, outside},
};

/// A model that is being tried.
pub struct Trial {
    model: AbuseModel,
    text: String,
    /// How many holders of verdicts it was tried on.
    next: usize,
}

/// What became of an offered model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offered {
    /// It is in force already.
    InForce,
    /// It is tried, and comes into force then.
    OnTrial,
}

impl Models {
    /// Brings a model into force for what is decided from now on.
    pub(super) fn adopt(&mut self, model: AbuseModel) {
        if !self.adopted.contains(&model.revision) {
            self.adopted.push(model.revision.clone());
        }
        self.decided_with = std::sync::Arc::new(DecidedWith {
            model_revision: model.revision.clone(),
            ..DecidedWith::clone(&self.decided_with)
        });
        self.abuse.insert(model.revision.clone(), model);
    }
}

impl Engine {
    /// Offers an abuse model, as its file's text, in place of the one in force.
    ///
    /// # Errors
    /// The text is no model; it says a revision that was used with other content.
    pub fn offer_model(&mut self, text: &str) -> Result<Offered, Refusal> {
        let refuse = |problem: String| Refusal::field("abuse_model", problem);
        let model = AbuseModel::parse(text).map_err(|error| refuse(error.to_string()))?;
        let known = self.models.abuse.get(&model.revision);
        if known.is_some_and(|known| *known != model) {
            return Err(refuse(format!(
                "`{}` was changed without a new revision; the store used another one",
                model.revision
            )));
        }
        if model.revision == self.models.current().revision {
            self.trial = None;
            return Ok(Offered::InForce);
        }
        self.trial = Some(Trial {
            model,
            text: text.into(),
            next: 0,
        });
        Ok(Offered::OnTrial)
    }

    /// Tries the model on trial on so many more accounts, and adopts it after the last. Answers whether there
    /// was one.
    pub(super) fn try_model(&mut self, accounts: usize) -> bool {
        let Some(mut trial) = self.trial.take() else {
            return false;
        };
        let revision = trial.model.revision.clone();
        // A revision that was in force before was tried then.
        let is_new = !self.models.adopted.contains(&revision);
        let atom = Atom::Model { revision };
        for _ in 0..accounts {
            let next = self.ledger.held.holders().get(trial.next).copied();
            let Some(account) = next.filter(|_| is_new && !self.fuse.knows(&atom)) else {
                self.adopt_model(trial);
                return true;
            };
            trial.next += 1;
            for campaign in self.newly_revoked(account, &trial.model) {
                self.count_user(&atom, (account, None), &campaign);
            }
        }
        self.trial = Some(trial);
        true
    }

    /// Tries the model on trial, if there is one, to its end.
    pub(super) fn finish_trial(&mut self) {
        while self.try_model(usize::MAX) {}
    }

    /// The campaigns in which a model would revoke an established user who is clean by the one in force.
    fn newly_revoked(&self, account: u32, model: &AbuseModel) -> Vec<String> {
        let facts = self.graph.account(account);
        let trusted = if self
            .fuse
            .models
            .contains_key(&self.models.current().revision)
        {
            self.trusted_model()
        } else {
            Some(self.models.current())
        };
        let by_people = self.people.disqualified(account, self.now()).is_some();
        let established = is_established(&self.graph, account, facts.last_seen, None);
        let features = features(&self.graph, account).filter(|_| established && !by_people);
        let (Some(trusted), Some(features)) = (trusted, features) else {
            return Vec::new();
        };
        let overturned = self.people.overturned(account, self.now());
        let score = |model| AbuseModel::score(model, Some(&outside(model, features, &overturned)));
        let (before, after) = (score(trusted), score(model));
        let held = self.ledger.held.of(account).iter();
        let campaigns = held.filter_map(|one| {
            let campaign = self
                .campaigns
                .get(self.ledger.held.campaign(one.campaign))?;
            let terms = &campaign.latest().terms;
            let is_harm = is_abusive(terms.revoke_probability_ppm, &after)
                && before.probability_ppm < terms.review_probability_ppm;
            is_harm.then(|| terms.campaign_id.clone())
        });
        campaigns.collect()
    }

    fn adopt_model(&mut self, trial: Trial) {
        let revision = trial.model.revision.clone();
        self.positions.entries += 1;
        let (at, text) = (self.now().micros(), trial.text.as_bytes());
        self.group
            .push_entry(entry::ABUSE_MODEL, at, &revision, text);
        self.models.adopt(trial.model);
        self.ledger.sweep_anew();
        let tried_on = trial.next;
        tracing::info!(revision, tried_on, "another abuse model is in force");
    }
}
