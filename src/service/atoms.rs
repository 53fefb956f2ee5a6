//! What a revocation by score rests on: the score is made again without an atom of evidence, and what is
//! left says whether the atom carried it. Done for revocations alone, and for what is held; a verdict
//! that allows asks only whether anything is held at all.

use smallvec::SmallVec;

use super::{engine::Engine, standing::is_of_score};
use crate::domain::{
    abuse::{AbuseModel, Score},
    campaign::Terms,
    feature::{Features, features_without},
    fuse::{Atom, is_established},
    identifier::IdentifierKind,
    reason::ReasonCode,
    sample::PERSONAL_ACCOUNTS,
    verdict::{Decision, VerdictRecord, is_abusive, outside},
};

/// Rules looked at of one revocation: those that add most. One that carries it alone is among them.
const RULES_LOOKED_AT: usize = 6;
/// Verdicts of a campaign looked at for an earlier refusal, the latest.
const VERDICTS_LOOKED_AT: usize = 256;

/// A score and the terms that it counts under.
#[derive(Clone, Copy)]
pub(super) struct Judged<'a> {
    pub account: u32,
    pub features: &'a Features,
    /// Patterns that people overturned.
    pub overturned: &'a [ReasonCode],
    pub terms: &'a Terms,
    /// The probability from which the score revokes, millionths.
    pub revokes_from_ppm: u32,
}

impl Judged<'_> {
    fn score(&self, model: &AbuseModel, features: Features, without: &[usize]) -> Score {
        model.score_without(&outside(model, features, self.overturned), without)
    }

    /// Whether what is left is not even suspicious.
    fn is_clean(&self, left: &Score) -> bool {
        left.probability_ppm < self.terms.review_probability_ppm
    }
}

/// An atom, and the identifier (index) that it is.
type Found = (Atom, Option<u32>);

impl Engine {
    /// The fuse that holds a revocation back: without all that is held or discarded, the score does not
    /// revoke. `None`: it doesn't revoke at all, or stands on other evidence too.
    pub(super) fn held_by(&self, judged: Judged<'_>) -> Option<u64> {
        if self.fuse.is_whole() {
            return None;
        }
        let current = self.models.current();
        let counting = outside(current, *judged.features, judged.overturned);
        if current.probability_ppm(Some(&counting)) < judged.revokes_from_ppm {
            return None;
        }
        let identifiers = self.blocked_identifiers(judged.account);
        let of_model = self.fuse.models.get(&current.revision).copied();
        let rules = self.blocked_rules(current);
        let fuses = identifiers.iter().map(|(_, fuse)| *fuse);
        let fuses = fuses.chain(of_model).chain(rules.iter().map(|it| it.1));
        let fuse = fuses.min_by_key(|fuse| (!self.fuse.is_held(*fuse), *fuse))?;
        let whole = judged.score(current, *judged.features, &[]);
        if !is_abusive(judged.revokes_from_ppm, &whole) {
            return None;
        }
        let blocked: SmallVec<[u32; 4]> = identifiers.iter().map(|(one, _)| *one).collect();
        let left = self.without(judged, &blocked);
        let model = match of_model {
            Some(_) => self.trusted_model(),
            None => Some(current),
        };
        let revokes = |model| {
            let rules: SmallVec<[usize; 4]> =
                self.blocked_rules(model).iter().map(|it| it.0).collect();
            is_abusive(judged.revokes_from_ppm, &judged.score(model, left, &rules))
        };
        (!model.is_some_and(revokes)).then_some(fuse)
    }

    /// Tables of a model whose rule does not count, with their fuses.
    fn blocked_rules(&self, model: &AbuseModel) -> SmallVec<[(usize, u64); 4]> {
        if self.fuse.rules.is_empty() {
            return SmallVec::new();
        }
        let tables = model.features.iter().enumerate();
        let blocked = tables.filter_map(|(number, table)| {
            let fuse = self.fuse.rules.get(&table.name)?;
            Some((number, *fuse))
        });
        blocked.collect()
    }

    fn blocked_identifiers(&self, account: u32) -> SmallVec<[(u32, u64); 4]> {
        if self.fuse.identifiers.is_empty() {
            return SmallVec::new();
        }
        let considered = self.graph.considered(account);
        let blocked = considered.iter().filter_map(|linked| {
            let fuse = self.fuse.identifiers.get(&linked.identifier)?;
            Some((linked.identifier, *fuse))
        });
        blocked.collect()
    }

    fn without(&self, judged: Judged<'_>, identifiers: &[u32]) -> Features {
        if identifiers.is_empty() {
            return *judged.features;
        }
        features_without(&self.graph, judged.account, identifiers, judged.features)
    }

    /// The model to go by where the one in force is not: the last that first came into force before it
    /// and is not held.
    pub(super) fn trusted_model(&self) -> Option<&AbuseModel> {
        let current = &self.models.current().revision;
        let adopted = &self.models.adopted;
        let before = adopted.iter().take_while(|revision| *revision != current);
        before
            .filter(|revision| !self.fuse.models.contains_key(*revision))
            .filter_map(|revision| self.models.abuse.get(revision))
            .last()
    }

    /// A verdict is about to revoke: counts the user under what that rests on. Answers whether the fuse
    /// tripped by it, so that the question is to be judged again.
    pub(super) fn guard(&mut self, record: &VerdictRecord) -> bool {
        let outcome = &record.outcome;
        if outcome.observed.unwrap_or(outcome.decision) != Decision::Revoke
            || !is_of_score(&outcome.reasons)
        {
            return false;
        }
        let question = &record.question;
        let known = (
            self.graph.find_account(&question.account_id),
            record.seen.features.as_ref(),
            self.campaigns.get(&question.campaign_id),
        );
        let (Some(account), Some(features), Some(campaign)) = known else {
            return false;
        };
        let Some(revision) = campaign.revision(record.campaign_revision) else {
            return false;
        };
        let judged = Judged {
            account,
            features,
            overturned: &record.seen.people.overturned,
            terms: &revision.terms,
            revokes_from_ppm: revision.terms.revoke_probability_ppm,
        };
        let found = self.rests_on(judged, !self.was_refused(account));
        self.count_all(account, &found, &question.campaign_id)
    }

    /// Whether an account was refused before: a model or a rule turns it no more.
    fn was_refused(&self, account: u32) -> bool {
        let held = &self.ledger.held;
        let mut latest = held
            .of(account)
            .iter()
            .flat_map(|one| held.list(account, one.campaign).take(VERDICTS_LOOKED_AT));
        latest.any(|verdict| !verdict.granted())
    }

    /// Counts a user under each atom; answers whether the fuse tripped.
    pub(super) fn count_all(&mut self, account: u32, found: &[Found], campaign_id: &str) -> bool {
        let mut tripped = false;
        for (atom, of_atom) in found {
            tripped |= self.count_user(atom, (account, *of_atom), campaign_id);
        }
        tripped
    }

    /// The atoms that the revocation of an established, so far clean user rests on, the narrowest alone:
    /// identifiers, else, where `wide` ones are wanted, the model's revision, else rules. None where it is no
    /// such user.
    pub(super) fn rests_on(&self, judged: Judged<'_>, wide: bool) -> SmallVec<[Found; 2]> {
        let account = judged.account;
        let last_seen = self.graph.account(account).last_seen;
        let mut found = SmallVec::new();
        if !is_established(&self.graph, account, last_seen, None) {
            return found;
        }
        let current = self.models.current();
        let is_clean = |model, features, without: &[usize]| {
            judged.is_clean(&judged.score(model, features, without))
        };
        for linked in self.graph.considered(account) {
            // No feature grows with who else is at an address.
            let shared = linked.kind != IdentifierKind::ADDRESS
                && self.graph.accounts_on(linked.identifier) > PERSONAL_ACCOUNTS;
            let of_atom = Some(linked.identifier);
            if shared
                && is_established(&self.graph, account, linked.link.first_seen, of_atom)
                && is_clean(current, self.without(judged, &[linked.identifier]), &[])
            {
                let (kind, pseudonym) = self.graph.identifier(linked.identifier);
                let kind = self.models.weights.row(kind).name.clone();
                found.push((Atom::Identifier { kind, pseudonym }, of_atom));
            }
        }
        if !found.is_empty() || !wide {
            return found;
        }
        let trusted = self.trusted_model();
        if trusted.is_some_and(|trusted| is_clean(trusted, *judged.features, &[])) {
            let revision = current.revision.clone();
            found.push((Atom::Model { revision }, None));
            return found;
        }
        let score = judged.score(current, *judged.features, &[]);
        for (number, _) in score.contributions.iter().take(RULES_LOOKED_AT) {
            if is_clean(current, *judged.features, &[*number]) {
                let feature = current.features[*number].name.clone();
                found.push((Atom::Rule { feature }, None));
            }
        }
        found
    }
}
