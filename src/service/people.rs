//! What people decided, in memory: dispositions by account, and until when they bind. Rebuilt from the
//! journal.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound::{Excluded, Unbounded},
};

use hashbrown::HashMap;
use smallvec::SmallVec;

use crate::domain::{
    assertion::Assertion,
    clock::Timestamp,
    disposition::{Action, Disposition, DispositionEnd, Grade},
    reason::ReasonCode,
};

/// Dispositions looked at for one page, whatever is wanted.
pub const DISPOSITIONS_LOOKED_AT: usize = 4096;

/// A disposition with its end, where it has one.
#[derive(Clone, Debug)]
pub struct Decided {
    /// As recorded.
    pub disposition: Disposition,
    /// Its end.
    pub end: Option<DispositionEnd>,
}

/// Which dispositions are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct DispositionFilter {
    /// Only those about this account (index).
    pub account: Option<u32>,
    /// Only those that have not ended.
    pub in_force: bool,
    /// Only restrictions.
    pub restrictions: bool,
}

/// A page of dispositions.
#[derive(Debug, Default)]
pub struct DispositionPage<'a> {
    /// By number, ascending.
    pub dispositions: Vec<(u64, &'a Decided)>,
    /// The next page begins after this one, unless they ended.
    pub next: Option<u64>,
    /// Dispositions looked at: the work that the page took.
    pub looked_at: usize,
}

/// All dispositions.
#[derive(Default)]
pub struct People {
    dispositions: BTreeMap<u64, Decided>,
    /// Those not undone, ascending, by account (index).
    by_account: HashMap<u32, SmallVec<[u64; 2]>>,
    /// The same and those undone: what an account's list shows.
    ever: HashMap<u32, SmallVec<[u64; 2]>>,
    in_force: BTreeSet<u64>,
    restrictions: BTreeSet<u64>,
    restrictions_in_force: BTreeSet<u64>,
    expiring: BTreeSet<(Timestamp, u64)>,
    /// When the last one was made.
    latest: Timestamp,
}

impl People {
    /// A disposition by its entry's sequence number.
    pub fn get(&self, disposition: u64) -> Option<&Decided> {
        self.dispositions.get(&disposition)
    }

    /// When the last one was made.
    pub fn latest(&self) -> Timestamp {
        self.latest
    }

    /// Every disposition after one, in order.
    pub fn after(&self, disposition: u64) -> impl Iterator<Item = (u64, &Decided)> {
        let later = self.dispositions.range(disposition + 1..);
        later.map(|(number, decided)| (*number, decided))
    }

    /// A page of those wanted after one, at most so many. What it looks at is bounded: an index leads to
    /// those of an account, to those in force and to restrictions, and past so many others the page ends.
    pub fn page(&self, filter: DispositionFilter, after: u64, most: usize) -> DispositionPage<'_> {
        let later = (Excluded(after), Unbounded);
        let set = match (filter.in_force, filter.restrictions) {
            (true, true) => &self.restrictions_in_force,
            (true, false) => &self.in_force,
            (false, _) => &self.restrictions,
        };
        if let Some(account) = filter.account {
            let numbers = self.ever.get(&account).map_or(&[][..], |ever| ever);
            let begin = numbers.partition_point(|number| *number <= after);
            self.page_of(filter, numbers[begin..].iter().copied(), most)
        } else if filter.in_force || filter.restrictions {
            self.page_of(filter, set.range(later).copied(), most)
        } else {
            let all = self.dispositions.range(later).map(|(number, _)| *number);
            self.page_of(filter, all, most)
        }
    }

    fn page_of(
        &self,
        filter: DispositionFilter,
        numbers: impl Iterator<Item = u64>,
        most: usize,
    ) -> DispositionPage<'_> {
        let mut numbers = numbers.peekable();
        let mut page = DispositionPage::default();
        while let Some(number) = numbers.next() {
            page.looked_at += 1;
            let decided = self.dispositions.get(&number);
            let wanted = decided.filter(|decided| {
                !(filter.in_force && decided.end.is_some())
                    && (!filter.restrictions || is_restriction(&decided.disposition))
            });
            page.dispositions
                .extend(wanted.map(|decided| (number, decided)));
            if page.dispositions.len() == most || page.looked_at == DISPOSITIONS_LOOKED_AT {
                page.next = numbers.peek().map(|_| number);
                break;
            }
        }
        page
    }

    /// Adds one; `accounts` are the indices of those it is about.
    pub fn add(&mut self, number: u64, disposition: Disposition, accounts: &[u32]) {
        for account in accounts {
            self.by_account.entry(*account).or_default().push(number);
            self.ever.entry(*account).or_default().push(number);
        }
        self.in_force.insert(number);
        if is_restriction(&disposition) {
            self.restrictions.insert(number);
            self.restrictions_in_force.insert(number);
        }
        if let Some(expires_at) = disposition.expires_at {
            self.expiring.insert((expires_at, number));
        }
        self.latest = self.latest.max(disposition.made_at);
        let end = None;
        self.dispositions
            .insert(number, Decided { disposition, end });
    }

    /// Ends one; `accounts` are the indices of those it is about.
    pub fn end(&mut self, end: DispositionEnd, accounts: &[u32]) {
        let Some(decided) = self.dispositions.get_mut(&end.disposition) else {
            return;
        };
        if let Some(expires_at) = decided.disposition.expires_at {
            self.expiring.remove(&(expires_at, end.disposition));
        }
        self.in_force.remove(&end.disposition);
        self.restrictions_in_force.remove(&end.disposition);
        if end.undone.is_some() {
            for account in accounts {
                if let Some(known) = self.by_account.get_mut(account) {
                    known.retain(|number| *number != end.disposition);
                    if known.is_empty() {
                        self.by_account.remove(account);
                    }
                }
            }
        }
        decided.end = Some(end);
    }

    /// The next disposition to expire, and when.
    pub fn next_expiry(&self) -> Option<(Timestamp, u64)> {
        self.expiring.first().copied()
    }

    /// Whether anything stands that is about this account.
    pub fn knows(&self, account: u32) -> bool {
        !self.by_account.is_empty() && self.by_account.contains_key(&account)
    }

    /// Whether nothing stands about anybody.
    pub fn is_empty(&self) -> bool {
        self.by_account.is_empty()
    }

    /// Dispositions about an account that are not undone, ascending.
    pub fn of(&self, account: u32) -> impl DoubleEndedIterator<Item = (u64, &Disposition)> {
        let known = self.by_account.get(&account);
        let numbers = known.map_or(&[][..], |known| known);
        numbers
            .iter()
            .filter_map(|number| Some((*number, &self.dispositions.get(number)?.disposition)))
    }

    /// Dispositions against an account that last at an instant: those that no later clearing lifts.
    fn against(&self, account: u32, at: Timestamp) -> impl Iterator<Item = (u64, &Disposition)> {
        let is_clear = |(_, one): &(u64, &Disposition)| {
            matches!(one.action, Action::Clear { .. }) && one.lasts_at(at)
        };
        let cleared = self
            .of(account)
            .rfind(is_clear)
            .map_or(0, |(number, _)| number);
        self.of(account)
            .filter(move |(number, one)| *number > cleared && one.lasts_at(at))
    }

    /// The disqualification that counts against a verdict of an instant: it binds earlier ones too.
    pub fn disqualified(&self, account: u32, at: Timestamp) -> Option<(u64, &Disposition)> {
        self.against(account, at)
            .find(|(_, one)| one.action == Action::Disqualify)
    }

    /// The restriction that binds a verdict of an instant in a campaign: it binds later ones alone.
    pub fn restricted(
        &self,
        account: u32,
        event: (&str, &str),
        at: Timestamp,
    ) -> Option<(u64, &Disposition)> {
        let binds = |(_, one): &(u64, &Disposition)| one.made_at <= at && restricts(one, event);
        self.against(account, at).find(binds)
    }

    /// The first restriction of an account in a campaign, whichever verdicts it binds.
    pub fn ever_restricted(
        &self,
        account: u32,
        event: (&str, &str),
    ) -> Option<(u64, &Disposition)> {
        let ever = Timestamp::EARLIEST;
        self.against(account, ever)
            .find(|(_, one)| restricts(one, event))
    }

    /// The decision to recover what a verdict granted.
    pub fn recovered(&self, account: u32, verdict: u64) -> Option<(u64, &Disposition)> {
        let recovers = |(_, one): &(u64, &Disposition)| matches!(one.action, Action::Recover { until } if verdict <= until);
        self.against(account, Timestamp::EARLIEST).find(recovers)
    }

    /// Whether a person cleared an account, as it counts at an instant.
    pub fn is_cleared(&self, account: u32, at: Timestamp) -> bool {
        let clears = |one: &Disposition| matches!(one.action, Action::Clear { .. });
        self.of(account)
            .any(|(_, one)| clears(one) && one.lasts_at(at))
    }

    /// Patterns overturned for an account, ascending.
    pub fn overturned(&self, account: u32, at: Timestamp) -> Vec<ReasonCode> {
        let mut codes: Vec<ReasonCode> = Vec::new();
        for (_, disposition) in self.of(account).filter(|(_, one)| one.lasts_at(at)) {
            if let Action::Clear { overturned } = &disposition.action {
                codes.extend(overturned);
            }
        }
        codes.sort_unstable();
        codes.dedup();
        codes
    }

    /// When a person last cleared an account, of what is not undone and lasts.
    pub fn cleared_at(&self, account: u32, at: Timestamp) -> Option<Timestamp> {
        let is_clear = |(_, one): &(u64, &Disposition)| {
            matches!(one.action, Action::Clear { .. }) && one.lasts_at(at)
        };
        let last = self.of(account).rfind(is_clear);
        last.map(|(_, one)| one.made_at)
    }

    /// The assertion in force about two accounts: the last one that is neither undone nor expired.
    pub fn assertion(&self, a: u32, b: u32, of_both: &[String; 2]) -> Option<Assertion> {
        let about_both =
            |one: &Disposition| of_both.iter().all(|account| one.accounts.contains(account));
        let known = self.by_account.get(&a)?;
        if !self.by_account.contains_key(&b) {
            return None;
        }
        known.iter().rev().find_map(|number| {
            let decided = self.dispositions.get(number)?;
            if decided.end.is_some() || !about_both(&decided.disposition) {
                return None;
            }
            match &decided.disposition.action {
                Action::SameUser => Some(Assertion::Same),
                Action::NotSameUser { overturned } => Some(Assertion::NotSame {
                    overturned: overturned.clone(),
                }),
                _ => None,
            }
        })
    }

    /// Other accounts about which and this one something was asserted.
    pub fn asserted(&self, account: u32) -> Vec<String> {
        let assertions = self
            .of(account)
            .filter(|(_, one)| matches!(one.action, Action::SameUser | Action::NotSameUser { .. }));
        assertions
            .flat_map(|(_, one)| one.accounts.iter().cloned())
            .collect()
    }
}

fn is_restriction(disposition: &Disposition) -> bool {
    matches!(disposition.action, Action::Restrict { .. })
}

/// Whether a disposition takes the discount in an event: (campaign, its series).
fn restricts(disposition: &Disposition, (campaign, series_of): (&str, &str)) -> bool {
    match &disposition.action {
        Action::Restrict {
            campaign_id,
            series,
            grade,
            ..
        } => match grade {
            Grade::Warning => false,
            Grade::NoDiscount => campaign_id == campaign,
            Grade::AllLaterEvents => series == series_of,
        },
        _ => false,
    }
}
