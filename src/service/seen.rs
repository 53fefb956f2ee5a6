//! What is seen of an account when a question is asked: gathered from facts, users and seats, and
//! recorded with the verdict so that the judgement can be repeated.

use super::{atoms::Judged, codec::stable_hash, engine::Engine, refusal::Refusal};
use crate::domain::{
    campaign::{Revision, Terms},
    clock::Timestamp,
    event::AccountType,
    evidence::{EvidenceSubject, weigh},
    feature::features_when_asked,
    identifier::{IdentifierClass, IdentifierKind},
    linked::{SameUserSeen, SharedSeen},
    same_user::SameUser,
    verdict::{
        Decision, PeopleSeen, Question, ScoreCounts, SeatSeen, Seen, is_abusive, judge, outside,
    },
};

/// Shared identifiers named in a reason.
const SHARED_NAMED: usize = 4;

impl Engine {
    /// Everything that the judgement of a question rests on, people's decisions as of an instant; and what
    /// the abuse model says of it, millionths.
    pub(super) fn see(
        &self,
        question: &Question,
        campaign: &Revision,
        selecting: Timestamp,
        at: Timestamp,
    ) -> (Seen, u32) {
        let model = self.models.current();
        let Some(account) = self.graph.find_account(&question.account_id) else {
            return (self.see_nothing(question, at), model.base_rate_ppm);
        };
        std::hint::black_box(self.graph.touch(account));
        let (terms, facts) = (&campaign.terms, self.graph.account(account));
        let task = (&*question.task_id, question.tokens);
        let features = features_when_asked(&self.graph, account, task);
        let mut people = self.see_decisions(account, terms, at);
        let counting = features.map(|features| outside(model, features, &people.overturned));
        let probability_ppm = model.probability_ppm(counting.as_ref());
        let found_before = self.found_before(account, terms, at);
        let revokes_from_ppm = terms.revokes_from_ppm(found_before.is_some());
        let suspected = probability_ppm >= revokes_from_ppm;
        let is_abusive =
            || suspected && is_abusive(revokes_from_ppm, &model.score(counting.as_ref()));
        if self.may_be_blamed(account, &people, at) && !is_abusive() {
            people.same_user = self.see_abusive_link(account, terms, at);
        }
        let held = features.as_ref().filter(|_| suspected);
        let held = held.and_then(|features| {
            let overturned = &people.overturned;
            self.held_by(Judged {
                account,
                features,
                overturned,
                terms,
                revokes_from_ppm,
            })
        });
        let found_before = found_before.map(ScoreCounts::FoundBefore);
        let held = held.map(|fuse| ScoreCounts::HeldByFuse(format!("f{fuse}")));
        let seen = Seen {
            known: true,
            account_type: facts.types.at(selecting.seconds()),
            desktop_login: facts.seen_on_any(&terms.login_surfaces),
            user_id: self.user_id(account),
            seat: self.see_seat(account, terms, selecting),
            features,
            people,
            score_counts: held.or(found_before).unwrap_or_default(),
            now: at,
            events: self.positions.events,
        };
        (seen, probability_ppm)
    }

    /// The verdict by which a campaign last revoked an account for its own score, where nobody cleared it
    /// since (design promise 8: what was overturned never fires again by itself).
    pub(super) fn found_before(&self, account: u32, terms: &Terms, at: Timestamp) -> Option<u64> {
        let found = self.ledger.held.found(account, &terms.campaign_id)?;
        (!self.people.is_cleared(account, at)).then_some(found)
    }

    fn see_nothing(&self, question: &Question, at: Timestamp) -> Seen {
        Seen {
            now: at,
            events: self.positions.events,
            known: false,
            account_type: AccountType::Individual,
            desktop_login: false,
            user_id: user_id(&question.account_id),
            seat: SeatSeen::default(),
            features: None,
            people: PeopleSeen::default(),
            score_counts: ScoreCounts::Alone,
        }
    }

    /// Whether the campaign's terms alone allow a task, whoever is behind the account: no seat, score
    /// or decision of people is looked at.
    ///
    /// # Errors
    /// The campaign is unknown.
    pub fn is_covered(&self, question: &Question) -> Result<bool, Refusal> {
        let campaign = self.campaign(&question.campaign_id)?;
        let selecting = question.completed_at.unwrap_or_else(|| self.now());
        let revision = campaign.in_effect(selecting);
        let mut seen = self.see_nothing(question, self.now());
        if let Some(account) = self.graph.find_account(&question.account_id) {
            let facts = self.graph.account(account);
            seen.known = true;
            seen.account_type = facts.types.at(selecting.seconds());
            seen.desktop_login = facts.seen_on_any(&revision.terms.login_surfaces);
        }
        let outcome = judge(question, revision, self.models.current(), &seen);
        Ok(outcome.decision == Decision::Allow)
    }

    /// The id of the user an account belongs to: named after its most senior account.
    pub fn user_id(&self, account: u32) -> String {
        let leader = self.same_user.leader(&self.graph, account);
        user_id(&self.graph.account(leader).id)
    }

    fn see_seat(&self, account: u32, terms: &Terms, selecting: Timestamp) -> SeatSeen {
        let campaign = &terms.campaign_id;
        if self.same_user.links(account).is_empty() {
            return SeatSeen {
                allowed: terms.max_accounts_per_user,
                holds: self.seats.taken_at(campaign, account).is_some(),
                ..SeatSeen::default()
            };
        }
        let mut holders: Vec<(u64, u32)> = self
            .same_user
            .members(&self.graph, account, |member| {
                self.seats.taken_at(campaign, member).is_some()
            })
            .into_iter()
            .filter_map(|member| Some((self.seats.taken_at(campaign, member)?, member)))
            .collect();
        holders.sort_unstable();
        let allowed = terms.max_accounts_per_user + self.household_seats(account, terms);
        let is_idle = |holder: u32| {
            let last_seen = self.graph.account(holder).last_seen;
            selecting.seconds().saturating_sub(last_seen) >= terms.seat_idle_seconds
        };
        // Where two holders turned out to be one user, the seats of the first to ask count.
        let within = &holders[..holders.len().min(allowed as usize)];
        let holds = within.iter().any(|(_, holder)| *holder == account);
        let others = within.iter().filter(|(_, holder)| *holder != account);
        let (idle, active): (Vec<_>, Vec<_>) = others.partition(|(_, holder)| is_idle(*holder));
        SeatSeen {
            allowed,
            holds,
            taken_by_others: u32::try_from(active.len()).unwrap_or(u32::MAX),
            holder: active
                .first()
                .map(|(_, holder)| self.see_same_user(account, *holder)),
            idle_holders: if holds {
                Vec::new()
            } else {
                idle.iter()
                    .map(|(_, holder)| self.graph.account(*holder).id.to_string())
                    .collect()
            },
        }
    }

    /// Seats more for a user with a device that a household shares.
    fn household_seats(&self, account: u32, terms: &Terms) -> u32 {
        let shares_household_device = self.graph.considered(account).iter().any(|linked| {
            linked.kind == IdentifierKind::DEVICE
                && self.graph.class(linked.identifier) == IdentifierClass::Household
        });
        if shares_household_device {
            terms.household_allowance
        } else {
            0
        }
    }

    /// Why another account is the same user, in what people may see.
    pub(super) fn see_same_user(&self, account: u32, other: u32) -> SameUserSeen {
        let weights = &self.models.weights;
        let evidence = weigh(&self.graph, weights, account, other);
        let direct = direct_link(&self.same_user, account, other);
        let mut shared: Vec<SharedSeen> = evidence
            .items
            .iter()
            .filter_map(|item| match item.subject {
                EvidenceSubject::Shared(identifier) => {
                    let (kind, pseudonym) = self.graph.identifier(identifier);
                    Some(SharedSeen {
                        kind: weights.row(kind).name.clone(),
                        class: self.graph.class(identifier),
                        pseudonym,
                        millibits: item.millibits,
                    })
                }
                _ => None,
            })
            .collect();
        shared.sort_by_key(|shared| (-shared.millibits, shared.pseudonym));
        shared.truncate(SHARED_NAMED);
        SameUserSeen {
            account_tag: account_tag(&self.graph.account(other).id),
            millibits: evidence.millibits,
            carries_blame: direct,
            shared,
        }
    }
}

fn direct_link(same_user: &SameUser, account: u32, other: u32) -> bool {
    same_user
        .links(account)
        .iter()
        .any(|link| link.other == other && link.carries_blame)
}

/// The id of a user, from the account it is named after.
pub fn user_id(leader: &str) -> String {
    format!("u{:016x}", stable_hash(&["user", leader]))
}

/// The short tag of an account that people see in reasons.
pub fn account_tag(account: &str) -> String {
    format!("a{:06x}", stable_hash(&["account", account]) >> 40)
}
