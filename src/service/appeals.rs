//! Appeals: opened, heard by another person than the first, and what granting one does.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;

use super::{
    codec::{Stored, entry},
    engine::Engine,
    measure,
    refusal::{Refusal, check_words},
};
use crate::domain::{
    appeal::{Appeal, AppealDecision, OPEN_APPEALS_AN_ACCOUNT},
    clock::Timestamp,
    disposition::{Action, Cause, Disposition},
};

/// An appeal with its decision, where it has one.
#[derive(Clone, Debug)]
pub struct Heard {
    /// As it was opened.
    pub appeal: Appeal,
    /// How it was decided.
    pub decision: Option<AppealDecision>,
}

/// All appeals.
#[derive(Default)]
pub struct Appeals {
    all: BTreeMap<u64, Heard>,
    /// Open ones by deadline.
    open: BTreeSet<(Timestamp, u64)>,
    by_account: HashMap<Box<str>, Vec<u64>>,
    granted: u64,
    rejected: u64,
}

impl Appeals {
    /// An appeal by its number.
    pub fn get(&self, appeal: u64) -> Option<&Heard> {
        self.all.get(&appeal)
    }

    /// Every appeal after one, in order.
    pub fn after(&self, appeal: u64) -> impl Iterator<Item = (u64, &Heard)> {
        let later = self.all.range(appeal + 1..);
        later.map(|(number, heard)| (*number, heard))
    }

    /// Open appeals, the one to be decided first first.
    pub fn open(&self) -> impl Iterator<Item = (u64, &Heard)> {
        let open = self.open.iter();
        open.filter_map(|(_, number)| Some((*number, self.all.get(number)?)))
    }

    /// Open appeals, and how many of them are past their deadline.
    pub fn waiting(&self, now: Timestamp) -> (usize, usize) {
        (self.open.len(), self.open.range(..(now, 0)).count())
    }

    /// Appeals granted and rejected.
    pub fn decided(&self) -> (u64, u64) {
        (self.granted, self.rejected)
    }

    /// The appeals of an account, in order.
    pub fn of(&self, account_id: &str) -> impl Iterator<Item = (u64, &Heard)> {
        let numbers = self.by_account.get(account_id).into_iter().flatten();
        numbers.filter_map(|number| Some((*number, self.all.get(number)?)))
    }

    /// The open appeal of an account: it has at most one.
    pub fn open_appeal_of(&self, account_id: &str) -> Option<(u64, &Heard)> {
        self.of(account_id)
            .find(|(_, heard)| heard.decision.is_none())
    }

    fn open_of(&self, account_id: &str) -> usize {
        let appeals = self.of(account_id);
        appeals
            .filter(|(_, heard)| heard.decision.is_none())
            .count()
    }

    pub(super) fn add(&mut self, number: u64, appeal: Appeal) {
        self.open.insert((appeal.decide_by, number));
        let id = appeal.account_id.as_str().into();
        self.by_account.entry(id).or_default().push(number);
        let decision = None;
        self.all.insert(number, Heard { appeal, decision });
    }

    pub(super) fn decide(&mut self, decision: AppealDecision) {
        if let Some(heard) = self.all.get_mut(&decision.appeal) {
            self.open.remove(&(heard.appeal.decide_by, decision.appeal));
            if decision.granted {
                self.granted += 1;
            } else {
                self.rejected += 1;
            }
            heard.decision = Some(decision);
        }
    }
}

impl Engine {
    /// Opens an appeal.
    ///
    /// # Errors
    /// Account or campaign is unknown; a field is missing; an appeal of the account is open already.
    pub fn open_appeal(
        &mut self,
        account_id: String,
        campaign_id: String,
        statement: String,
        opened_by: String,
    ) -> Result<u64, Refusal> {
        check_words("statement", &statement)?;
        check_words("opened_by", &opened_by)?;
        let days = self.campaign(&campaign_id)?.latest().terms.appeal_days;
        self.known_account(&account_id)?;
        if self.appeals.open_of(&account_id) >= OPEN_APPEALS_AN_ACCOUNT {
            let description = "has an open appeal already";
            return Err(Refusal::contradicts("account_id", description));
        }
        let opened_at = self.now();
        let appeal = Appeal {
            account_id,
            campaign_id,
            statement,
            opened_by,
            opened_at,
            decide_by: opened_at.plus_seconds(i64::from(days) * 86_400),
        };
        self.positions.entries += 1;
        let number = self.positions.entries;
        let at = opened_at.micros();
        self.group
            .push_entry(entry::APPEAL, at, &appeal.account_id, &appeal.encode());
        self.apply_appeal(number, appeal);
        Ok(number)
    }

    /// Decides an appeal. Granting it clears the account, takes it apart from the accounts through
    /// which blame reached it, and has all its verdicts looked at again. Answers the dispositions made.
    ///
    /// # Errors
    /// There is no such appeal; it is decided; the author decided first; a field is missing.
    pub fn decide_appeal(
        &mut self,
        number: u64,
        granted: bool,
        statement: String,
        author: String,
    ) -> Result<Vec<u64>, Refusal> {
        check_words("statement", &statement)?;
        check_words("author", &author)?;
        self.refresh();
        let heard = self.appeals.get(number).ok_or_else(|| Refusal::NotFound {
            what: "appeal",
            name: format!("p{number}"),
        })?;
        if heard.decision.is_some() {
            return Err(Refusal::contradicts("appeal_id", "is decided already"));
        }
        let account_id = heard.appeal.account_id.clone();
        let account = self.known_account(&account_id)?;
        if self.decided_first(account).contains(author.trim()) {
            let description = "decided first; an appeal is heard by another person";
            return Err(Refusal::contradicts("author", description));
        }
        let decision = AppealDecision {
            appeal: number,
            granted,
            statement: statement.clone(),
            author: author.clone(),
            decided_at: self.now(),
        };
        self.positions.entries += 1;
        let at = decision.decided_at.micros();
        let record = decision.encode();
        self.group
            .push_entry(entry::APPEAL_DECISION, at, &account_id, &record);
        self.apply_appeal_decision(decision);
        let outcome = if granted { "granted" } else { "rejected" };
        metrics::counter!(measure::APPEALS, "outcome" => outcome).increment(1);
        if !granted {
            return Ok(Vec::new());
        }
        let make = |action, accounts| Disposition {
            action,
            accounts,
            cause: Cause::WrongFinding,
            statement: statement.clone(),
            author: author.clone(),
            made_at: self.now(),
            expires_at: None,
            appeal: Some(number),
        };
        let overturned = self.patterns(&[account]);
        let mut dispositions = vec![make(Action::Clear { overturned }, vec![account_id.clone()])];
        for other in self.reached_through(account) {
            let overturned = self.shared(account, other);
            let other = self.graph.account(other).id.to_string();
            let accounts = vec![account_id.clone(), other];
            dispositions.push(make(Action::NotSameUser { overturned }, accounts));
        }
        let made = dispositions.into_iter();
        Ok(made.map(|one| self.append_disposition(one)).collect())
    }

    /// Takes in a recorded appeal.
    pub(super) fn apply_appeal(&mut self, number: u64, appeal: Appeal) {
        let account = self.graph.find_account(&appeal.account_id);
        self.appeals.add(number, appeal);
        if let Some(account) = account {
            self.requeue(account);
        }
    }

    /// Takes in how an appeal was decided.
    pub(super) fn apply_appeal_decision(&mut self, decision: AppealDecision) {
        let heard = self.appeals.get(decision.appeal);
        let account_id = heard.map(|heard| heard.appeal.account_id.clone());
        let account = account_id.and_then(|id| {
            self.ledger.adjustments.take_up(&id);
            self.graph.find_account(&id)
        });
        self.appeals.decide(decision);
        if let Some(account) = account {
            self.requeue(account);
        }
    }

    /// Who decided against an account or against whom blame reaches it from.
    fn decided_first(&self, account: u32) -> BTreeSet<String> {
        let mut about = self.reached_through(account);
        about.push(account);
        let others = about.clone();
        about.extend(others.iter().flat_map(|one| {
            let links = self.same_user.links(*one).iter();
            links.map(|link| link.other)
        }));
        let dispositions = about.iter().flat_map(|one| self.people.of(*one));
        let against = dispositions.filter(|(_, one)| {
            !matches!(
                one.action,
                Action::Clear { .. } | Action::NotSameUser { .. }
            )
        });
        against
            .map(|(_, one)| one.author.trim().to_string())
            .collect()
    }

    /// Linked accounts through which something against the account's user, or a seat taken, reaches it.
    fn reached_through(&self, account: u32) -> Vec<u32> {
        let now = self.now();
        let stands = |other: u32| {
            self.people.disqualified(other, now).is_some()
                || self.is_revoked_by_behaviour(other)
                || self.people.of(other).any(|(_, one)| {
                    matches!(one.action, Action::Restrict { .. }) && one.lasts_at(now)
                })
        };
        let sits = |one: u32| {
            let campaigns = self.campaigns.keys();
            campaigns
                .filter(|campaign| self.seats.taken_at(campaign, one).is_some())
                .count()
        };
        let seated = sits(account) > 0;
        let links = self.same_user.links(account).iter();
        let mut reached: Vec<u32> = links
            .map(|link| link.other)
            .filter(|near| {
                stands(*near)
                    || (!seated && sits(*near) > 0)
                    || self.same_user.links(*near).iter().any(|link| {
                        link.carries_blame && link.other != account && stands(link.other)
                    })
            })
            .collect();
        reached.sort_by_key(|other| self.graph.seniority(*other));
        reached
    }
}
