//! Blame: how what stands against one account reaches another of the same user. Never through a shared
//! place, and never on one group of evidence alone.

use std::{cmp::Reverse, collections::BTreeSet};

use super::{atoms::Judged, engine::Engine};
use crate::domain::{
    abuse::Score,
    clock::Timestamp,
    feature::{Features, features},
    linked::AbusiveSeen,
    reason::ReasonCode,
    verdict::{outside, pattern_reasons},
};

/// Links over which blame may pass that are followed an account, to the most senior others.
pub(super) const LINKED_LOOKED_AT: usize = 32;
/// Linked accounts whose behaviour is looked at for one verdict, the most senior first.
pub const LINKED_SCORED: usize = 8;

impl Engine {
    /// Whether blame passes between two accounts: over a firm strong link, or over two by way of a
    /// third account.
    pub(super) fn blames(&self, account: u32, other: u32) -> bool {
        let near = self.blaming(account);
        if near.contains(&other) && self.is_firm(account, other) {
            return true;
        }
        let of_other: BTreeSet<u32> = self.blaming(other).into_iter().collect();
        near.into_iter()
            .filter(|between| of_other.contains(between))
            .any(|between| self.is_firm(account, between) && self.is_firm(between, other))
    }

    /// The linked account whose own behaviour speaks against it most, with a probability from some
    /// millionths on: blame passes from it over one firm link. Only behaviour passes, not blame that the
    /// other account has through a third, so that nothing spreads.
    pub(super) fn abusive_link(
        &self,
        account: u32,
        from_ppm: u32,
        at: Timestamp,
    ) -> Option<AbusiveSeen> {
        let mut abusive: Vec<(u32, Score, Features)> = self
            .blaming(account)
            .into_iter()
            .take(LINKED_SCORED)
            .filter_map(|other| {
                let (score, features) = self.behaviour(other, from_ppm, at)?;
                Some((other, score, features))
            })
            .collect();
        abusive.sort_by_key(|(other, score, _)| {
            (Reverse(score.probability_ppm), self.graph.seniority(*other))
        });
        let firm = |(other, ..): &&(u32, Score, Features)| self.is_firm(account, *other);
        let (other, score, features) = abusive.iter().find(firm)?;
        let patterns = pattern_reasons(self.models.current(), features, score);
        Some(AbusiveSeen {
            account: self.see_same_user(account, *other),
            probability_ppm: score.probability_ppm,
            patterns: patterns.into_iter().map(|reason| reason.code).collect(),
        })
    }

    /// Whether an account's own behaviour revokes it in any campaign.
    pub(super) fn is_revoked_by_behaviour(&self, account: u32) -> bool {
        let behaviour = self.behaviour(account, 0, self.now());
        behaviour.is_some_and(|(score, _)| {
            let mut campaigns = self.campaigns.values();
            campaigns.any(|one| {
                one.revoke_threshold_reached(score.probability_ppm)
                    .is_some()
            })
        })
    }

    /// The score of an account that counts, without what was overturned; `None` where it is below some
    /// millionths or has nothing of the account's own behaviour.
    fn behaviour(&self, account: u32, from_ppm: u32, at: Timestamp) -> Option<(Score, Features)> {
        let model = self.models.current();
        let overturned = self.people.overturned(account, at);
        let counting = outside(model, features(&self.graph, account)?, &overturned);
        if model.probability_ppm(Some(&counting)) < from_ppm {
            return None;
        }
        let score = model.score(Some(&counting));
        let counts =
            score.is_of_own_behaviour() && !self.is_held_anywhere(account, &counting, &overturned);
        counts.then_some((score, counting))
    }

    /// Whether a fuse holds the account's revocation back in any campaign: what waits blames nobody else.
    fn is_held_anywhere(
        &self,
        account: u32,
        features: &Features,
        overturned: &[ReasonCode],
    ) -> bool {
        let mut campaigns = self.campaigns.values();
        campaigns.any(|campaign| {
            let terms = &campaign.latest().terms;
            let judged = Judged {
                account,
                features,
                overturned,
                terms,
                revokes_from_ppm: terms.revoke_probability_ppm,
            };
            self.held_by(judged).is_some()
        })
    }

    /// Accounts over whose links blame may pass to this one, the most senior first.
    fn blaming(&self, account: u32) -> Vec<u32> {
        let links = self.same_user.links(account).iter();
        let blaming = links.filter(|link| link.carries_blame);
        let mut near: Vec<u32> = blaming.map(|link| link.other).collect();
        near.sort_by_key(|other| self.graph.seniority(*other));
        near.truncate(LINKED_LOOKED_AT);
        near
    }

    fn is_firm(&self, a: u32, b: u32) -> bool {
        let assertions = self.same_user.assertions();
        assertions.is_firm(&self.graph, &self.models.weights, a, b)
    }
}
