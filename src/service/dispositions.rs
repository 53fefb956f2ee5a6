//! Dispositions made, previewed, undone and expired; and what a verdict sees of them.

use std::collections::BTreeSet;

use super::{
    blame::LINKED_LOOKED_AT,
    codec::{Stored, entry},
    engine::Engine,
    refusal::{Refusal, check_words},
};
use crate::domain::{
    campaign::Terms,
    clock::Timestamp,
    disposition::{
        ACCOUNTS_A_DISPOSITION, Action, Cause, DISPOSITIONS_AN_ACCOUNT, Disposition,
        DispositionEnd, Grade, STATEMENT_BYTES_AT_MOST, Undone,
    },
    evidence::{EvidenceSubject, weigh},
    identifier::Pseudonym,
    linked::LinkedBlame,
    reason::ReasonCode,
    verdict::{DecidedSeen, PeopleSeen},
};

/// What a person asks for.
#[derive(Clone, Debug)]
pub struct Order {
    /// What to do.
    pub action: Ordered,
    /// The accounts; an assertion takes two.
    pub account_ids: Vec<String>,
    /// All accounts of the same users too.
    pub whole_user: bool,
    /// Why, as the terms name it.
    pub cause: Cause,
    /// Why, in words.
    pub statement: String,
    /// Who asks.
    pub author: String,
    /// Until when it binds.
    pub expires_at: Option<Timestamp>,
}

/// What can be asked for.
#[derive(Clone, Debug)]
pub enum Ordered {
    /// See [`Action::Disqualify`].
    Disqualify,
    /// See [`Action::Clear`].
    Clear,
    /// See [`Action::SameUser`].
    SameUser,
    /// See [`Action::NotSameUser`].
    NotSameUser,
    /// See [`Action::Restrict`].
    Restrict {
        /// The campaign.
        campaign_id: String,
        /// How far it goes.
        grade: Grade,
        /// What the user is told.
        notice: String,
    },
    /// See [`Action::Recover`].
    Recover,
}

/// An account that a disposition is about, or reaches through the same user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Affected {
    /// The account.
    pub account_id: String,
    /// The same user it belongs to.
    pub user_id: String,
    /// Whether the disposition names it; else it is reached as the same user.
    pub named: bool,
    /// Grants that stand.
    pub grants: u64,
    /// What they gave.
    pub token_basis_points: u128,
}

impl Engine {
    /// Makes a disposition; with `validate_only`, only says whom it would reach and what they were
    /// granted. Answers its number, 0 where nothing was made.
    ///
    /// # Errors
    /// A field is missing or makes no sense; an account or campaign is unknown.
    pub fn dispose(
        &mut self,
        order: Order,
        validate_only: bool,
    ) -> Result<(u64, Vec<Affected>), Refusal> {
        self.refresh();
        let accounts = self.check_order(&order)?;
        let affected = self.affected(&accounts, &order.action);
        if validate_only {
            return Ok((0, affected));
        }
        let action = self.action(order.action, &accounts)?;
        let ids = accounts.iter();
        let disposition = Disposition {
            action,
            accounts: ids
                .map(|one| self.graph.account(*one).id.to_string())
                .collect(),
            cause: order.cause,
            statement: order.statement,
            author: order.author,
            made_at: self.now(),
            expires_at: order.expires_at,
            appeal: None,
        };
        Ok((self.append_disposition(disposition), affected))
    }

    /// Undoes a disposition: it counts as never made.
    ///
    /// # Errors
    /// There is none; it ended already; author or statement is missing.
    pub fn undo(
        &mut self,
        disposition: u64,
        author: String,
        statement: String,
    ) -> Result<(), Refusal> {
        check_words("author", &author)?;
        check_words("statement", &statement)?;
        let decided = self.people.get(disposition);
        let decided = decided.ok_or_else(|| Refusal::NotFound {
            what: "disposition",
            name: format!("d{disposition}"),
        })?;
        let undone_already = decided.end.as_ref().is_some_and(|end| end.undone.is_some());
        if undone_already {
            let description = "was undone already";
            return Err(Refusal::contradicts("disposition_id", description));
        }
        self.refresh();
        self.append_end(DispositionEnd {
            disposition,
            ended_at: self.now(),
            undone: Some(Undone { author, statement }),
        });
        Ok(())
    }

    /// Ends what is expired by the clock, at most so many; answers how many.
    pub(super) fn expire_due(&mut self, most: usize) -> usize {
        let now = self.now();
        let mut expired = 0;
        while let Some((at, disposition)) = self.people.next_expiry() {
            if at > now || expired >= most {
                break;
            }
            self.append_end(DispositionEnd {
                disposition,
                ended_at: at,
                undone: None,
            });
            expired += 1;
        }
        expired
    }

    pub(super) fn append_disposition(&mut self, mut disposition: Disposition) -> u64 {
        disposition.made_at = self.after_verdicts();
        self.positions.entries += 1;
        let number = self.positions.entries;
        let at = disposition.made_at.micros();
        self.group.push_entry(
            entry::DISPOSITION,
            at,
            &disposition.accounts[0],
            &disposition.encode(),
        );
        self.apply_disposition(number, disposition);
        number
    }

    fn append_end(&mut self, end: DispositionEnd) {
        let decided = self.people.get(end.disposition);
        let subject = decided.map_or("", |decided| &decided.disposition.accounts[0]);
        let (at, subject) = (end.ended_at.micros(), subject.to_string());
        self.positions.entries += 1;
        self.group
            .push_entry(entry::DISPOSITION_END, at, &subject, &end.encode());
        self.apply_end(end);
    }

    /// Takes in a recorded disposition.
    pub(super) fn apply_disposition(&mut self, number: u64, disposition: Disposition) {
        let accounts = self.indices(&disposition.accounts);
        self.people.add(number, disposition, &accounts);
        self.bring_to_bear(number, &accounts);
    }

    /// Takes in the recorded end of a disposition.
    pub(super) fn apply_end(&mut self, end: DispositionEnd) {
        let number = end.disposition;
        let decided = self.people.get(number);
        let ids = decided.map(|decided| decided.disposition.accounts.clone());
        let accounts = self.indices(&ids.unwrap_or_default());
        // Whoever is linked now may not be any more afterwards.
        self.note_users(&accounts);
        self.people.end(end, &accounts);
        self.bring_to_bear(number, &accounts);
    }

    fn indices(&self, ids: &[String]) -> Vec<u32> {
        let found = ids.iter().map(|id| self.graph.find_account(id));
        found.flatten().collect()
    }

    /// Brings users in line with an assertion, and has all verdicts of the accounts looked at again.
    fn bring_to_bear(&mut self, number: u64, accounts: &[u32]) {
        self.note_users(accounts);
        let action = self.people.get(number).map(|one| &one.disposition.action);
        let asserts = matches!(action, Some(Action::SameUser | Action::NotSameUser { .. }));
        if let (true, [a, b]) = (asserts, accounts) {
            let id = |account: u32| self.graph.account(account).id.to_string();
            let assertion = self.people.assertion(*a, *b, &[id(*a), id(*b)]);
            let (graph, weights) = (&self.graph, &self.models.weights);
            self.same_user.assert(graph, weights, (*a, *b), assertion);
            self.note_users(accounts);
        }
    }

    /// Has the verdicts of these accounts and of their users looked at again.
    fn note_users(&mut self, accounts: &[u32]) {
        for account in accounts {
            self.ledger.look_again(*account);
            if !self.same_user.links(*account).is_empty() {
                let holds = |member| self.ledger.held.holds(member);
                let members = self.same_user.members(&self.graph, *account, holds);
                for member in members {
                    self.ledger.look_again(member);
                }
            }
        }
    }

    fn check_order(&self, order: &Order) -> Result<Vec<u32>, Refusal> {
        check_words("author", &order.author)?;
        check_words("statement", &order.statement)?;
        if let Some(expires_at) = order.expires_at
            && expires_at <= self.now()
        {
            return Err(Refusal::field("expires_at", "lies in the past"));
        }
        let asserts = matches!(order.action, Ordered::SameUser | Ordered::NotSameUser);
        let expected = if asserts {
            2..=2
        } else {
            1..=ACCOUNTS_A_DISPOSITION
        };
        if !expected.contains(&order.account_ids.len()) {
            let (least, most) = expected.into_inner();
            let found = order.account_ids.len();
            let description = format!("must name {least} to {most} accounts, found {found}");
            return Err(Refusal::field("account_ids", description));
        }
        let mut accounts: Vec<u32> = Vec::new();
        for id in &order.account_ids {
            let account = self.known_account(id)?;
            if !accounts.contains(&account) {
                accounts.push(account);
            }
        }
        if asserts && accounts.len() != 2 {
            return Err(Refusal::field("account_ids", "must name two accounts"));
        }
        if order.whole_user && !asserts {
            self.add_users(&mut accounts)?;
        }
        for account in &accounts {
            if self.people.of(*account).count() >= DISPOSITIONS_AN_ACCOUNT {
                let id = &self.graph.account(*account).id;
                let description =
                    format!("{DISPOSITIONS_AN_ACCOUNT} dispositions are about `{id}` already");
                return Err(Refusal::contradicts("account_ids", description));
            }
        }
        Ok(accounts)
    }

    fn add_users(&self, accounts: &mut Vec<u32>) -> Result<(), Refusal> {
        let named = accounts.clone();
        let mut known: BTreeSet<u32> = named.iter().copied().collect();
        for account in named {
            for member in self.same_user.members(&self.graph, account, |_| true) {
                if known.insert(member) {
                    accounts.push(member);
                }
            }
        }
        if accounts.len() > ACCOUNTS_A_DISPOSITION {
            let count = accounts.len();
            let description =
                format!("has {count} accounts of these users; at most {ACCOUNTS_A_DISPOSITION}");
            return Err(Refusal::field("account_ids", description));
        }
        Ok(())
    }

    /// The index of an account by its id.
    ///
    /// # Errors
    /// There is none.
    pub fn known_account(&self, id: &str) -> Result<u32, Refusal> {
        let found = self.graph.find_account(id);
        found.ok_or_else(|| Refusal::NotFound {
            what: "account",
            name: id.into(),
        })
    }

    fn action(&self, ordered: Ordered, accounts: &[u32]) -> Result<Action, Refusal> {
        Ok(match ordered {
            Ordered::Disqualify => Action::Disqualify,
            Ordered::Recover => Action::Recover {
                until: self.positions.verdicts,
            },
            Ordered::SameUser => Action::SameUser,
            Ordered::Clear => Action::Clear {
                overturned: self.patterns(accounts),
            },
            Ordered::NotSameUser => Action::NotSameUser {
                overturned: Vec::new(),
            },
            Ordered::Restrict {
                campaign_id,
                grade,
                notice,
            } => {
                let series = self.campaign(&campaign_id)?.latest().terms.series.clone();
                if notice.len() > STATEMENT_BYTES_AT_MOST {
                    let description = format!("has at most {STATEMENT_BYTES_AT_MOST} bytes");
                    return Err(Refusal::field("restrict.notice", description));
                }
                Action::Restrict {
                    campaign_id,
                    series,
                    grade,
                    notice,
                }
            }
        })
    }

    /// The patterns that speak against any of these accounts now, ascending.
    pub(super) fn patterns(&self, accounts: &[u32]) -> Vec<ReasonCode> {
        let tables = &self.models.current().features;
        let mut found = BTreeSet::new();
        for account in accounts {
            let contributing = self.score(*account).contributions.into_iter();
            found.extend(contributing.map(|(position, _)| tables[position].pattern));
        }
        found.into_iter().collect()
    }

    /// What two accounts share, ascending: what an overturned link rested on.
    pub(super) fn shared(&self, a: u32, b: u32) -> Vec<Pseudonym> {
        let evidence = weigh(&self.graph, &self.models.weights, a, b);
        let shared = evidence.items.iter().filter_map(|item| match item.subject {
            EvidenceSubject::Shared(identifier) | EvidenceSubject::PassedOnDevice(identifier) => {
                Some(self.graph.identifier(identifier).1)
            }
            _ => None,
        });
        let shared: BTreeSet<Pseudonym> = shared.collect();
        shared.into_iter().collect()
    }

    fn affected(&self, accounts: &[u32], action: &Ordered) -> Vec<Affected> {
        let named = accounts.iter().map(|account| (*account, true));
        let mut all: Vec<(u32, bool)> = named.collect();
        if matches!(action, Ordered::Disqualify | Ordered::Restrict { .. }) {
            let mut known: BTreeSet<u32> = accounts.iter().copied().collect();
            for account in accounts {
                let firm = |member| !known.contains(&member) && self.blames(member, *account);
                let reached = self.same_user.members(&self.graph, *account, firm);
                known.extend(&reached);
                all.extend(reached.into_iter().map(|account| (account, false)));
            }
        }
        let affected = all.into_iter().map(|(account, named)| {
            let (grants, token_basis_points) = self.standing_grants(account);
            Affected {
                account_id: self.graph.account(account).id.to_string(),
                user_id: self.user_id(account),
                named,
                grants,
                token_basis_points,
            }
        });
        affected.collect()
    }

    /// Whether what the user did under another account may count against a verdict of an instant: where
    /// nobody decided anything about the account or its user.
    pub(super) fn may_be_blamed(&self, account: u32, seen: &PeopleSeen, at: Timestamp) -> bool {
        let decided = seen.disqualified.is_some()
            || seen.same_user != LinkedBlame::None
            || self.people.is_cleared(account, at);
        !decided && !self.same_user.links(account).is_empty()
    }

    /// What the user did under another account.
    pub(super) fn see_abusive_link(
        &self,
        account: u32,
        terms: &Terms,
        at: Timestamp,
    ) -> LinkedBlame {
        let elsewhere = self.abusive_link(account, terms.review_probability_ppm, at);
        elsewhere.map_or(LinkedBlame::None, LinkedBlame::Abusive)
    }

    /// What people decided of an account and its user, as it counts against a verdict of an instant.
    pub(super) fn see_decisions(&self, account: u32, terms: &Terms, at: Timestamp) -> PeopleSeen {
        if self.people.is_empty() {
            return PeopleSeen::default();
        }
        let event = (&*terms.campaign_id, &*terms.series);
        let decided = |(disposition, one): (u64, &Disposition), through| DecidedSeen {
            disposition,
            cause: one.cause,
            through,
        };
        let others = self.known_members(account);
        let restricted = self.people.restricted(account, event, at);
        let restricted = restricted.map(|found| decided(found, None)).or_else(|| {
            let of = |other| self.people.restricted(other, event, at);
            let (other, found) = self.reaching(account, &others, of)?;
            Some(decided(found, Some(self.see_same_user(account, other))))
        });
        let of = |other| self.people.disqualified(other, at);
        let linked = self.reaching(account, &others, of).map(|(other, _)| {
            let mut seen = self.see_same_user(account, other);
            seen.carries_blame = true;
            seen
        });
        PeopleSeen {
            disqualified: self
                .people
                .disqualified(account, at)
                .map(|found| decided(found, None)),
            restricted,
            same_user: linked.map_or(LinkedBlame::None, LinkedBlame::Disqualified),
            overturned: self.people.overturned(account, at),
        }
    }

    /// Dispositions against other accounts of the same user from which blame passes: disqualifications,
    /// and restrictions in an event, whichever verdicts they bind. Ascending.
    pub(super) fn linked_dispositions(&self, account: u32, event: (&str, &str)) -> BTreeSet<u64> {
        let mut numbers = BTreeSet::new();
        for other in self.known_members(account) {
            let disqualified = self.people.disqualified(other, Timestamp::EARLIEST);
            let restricted = self.people.ever_restricted(other, event);
            let against = disqualified.into_iter().chain(restricted);
            let against: Vec<u64> = against.map(|(number, _)| number).collect();
            if !against.is_empty() && self.blames(account, other) {
                numbers.extend(against);
            }
        }
        numbers
    }

    /// Other accounts of the same user that people decided about, the most senior first.
    fn known_members(&self, account: u32) -> Vec<u32> {
        if self.people.is_empty() || self.same_user.links(account).is_empty() {
            return Vec::new();
        }
        let other = |member| member != account && self.people.knows(member);
        let mut others = self.same_user.members(&self.graph, account, other);
        others.sort_by_key(|other| self.graph.seniority(*other));
        others.truncate(LINKED_LOOKED_AT);
        others
    }

    /// The first of these accounts of which something was `found` and from which blame passes.
    fn reaching<'a>(
        &'a self,
        account: u32,
        others: &[u32],
        found: impl Fn(u32) -> Option<(u64, &'a Disposition)>,
    ) -> Option<(u32, (u64, &'a Disposition))> {
        others.iter().find_map(|other| {
            let found = found(*other)?;
            self.blames(account, *other).then_some((*other, found))
        })
    }
}
