//! What people do with cases short of deciding them: claims, snoozes and notes, by account. Rebuilt from
//! the journal.

use hashbrown::HashMap;

use super::{
    codec::{Stored, entry},
    engine::Engine,
    refusal::{Refusal, check_words},
};
use crate::domain::{
    case_work::{
        CaseClaim, CaseNote, CaseSnooze, NOTE_BYTES_AT_MOST, NOTES_AN_ACCOUNT, SNOOZE_DAYS_AT_MOST,
    },
    clock::Timestamp,
};

/// What people did with the case of an account.
#[derive(Clone, Debug, Default)]
pub struct Work {
    /// Who took it, and when.
    pub claim: Option<(String, Timestamp)>,
    /// Put aside until then.
    pub snoozed_until: Option<Timestamp>,
    /// Who asked for a second look, until another person takes the case.
    pub second_look: Option<String>,
    /// Oldest first.
    pub notes: Vec<CaseNote>,
}

impl Work {
    /// Adds what was done on another account of the same case: the later claim and snooze count.
    fn merge(&mut self, other: &Work) {
        let later = |one: &Option<(String, Timestamp)>| one.as_ref().map(|(_, at)| *at);
        if later(&other.claim) > later(&self.claim) {
            self.claim.clone_from(&other.claim);
        }
        self.snoozed_until = self.snoozed_until.max(other.snoozed_until);
        if self.second_look.is_none() {
            self.second_look.clone_from(&other.second_look);
        }
        self.notes.extend(other.notes.iter().cloned());
        self.notes.sort_by_key(|note| note.at);
    }
}

/// All of it, by account (index).
#[derive(Default)]
pub struct Desk {
    by_account: HashMap<u32, Work>,
}

impl Desk {
    /// What was done with a case, over those of its accounts that anything was done on.
    pub fn of(&self, accounts: impl IntoIterator<Item = u32>) -> Work {
        let mut sum = Work::default();
        for account in accounts {
            if let Some(work) = self.by_account.get(&account) {
                sum.merge(work);
            }
        }
        sum
    }

    fn has(&self, account: u32, is: impl Fn(&Work) -> bool) -> bool {
        self.by_account.get(&account).is_some_and(is)
    }
}

impl Engine {
    /// Takes a case (the one of an account's user), or gives it back.
    ///
    /// # Errors
    /// There is no case; another person holds it and `take_over` is not said; no author.
    pub fn claim_case(
        &mut self,
        account: u32,
        author: &str,
        takes: bool,
        take_over: bool,
    ) -> Result<(), Refusal> {
        check_words("author", author)?;
        let (leader, accounts) = self.case_accounts(account)?;
        let held = self.desk.of(accounts.iter().copied()).claim;
        if let Some((holder, _)) = &held
            && holder != author
            && !take_over
        {
            let description = format!("{holder} has it; take it over, or leave it");
            return Err(Refusal::contradicts("case_id", description));
        }
        let is_same = held.is_some_and(|(holder, _)| holder == author) == takes;
        if is_same && takes {
            return Ok(());
        }
        self.release(&accounts, author);
        if takes {
            self.append_claim(leader, author, true);
        }
        Ok(())
    }

    /// Puts a case aside, or takes it back out.
    ///
    /// # Errors
    /// There is no case; the instant lies in the past or too far ahead; no author.
    pub fn snooze_case(
        &mut self,
        account: u32,
        author: &str,
        until: Option<Timestamp>,
    ) -> Result<(), Refusal> {
        check_words("author", author)?;
        let (leader, accounts) = self.case_accounts(account)?;
        let now = self.now();
        let latest = now.plus_seconds(SNOOZE_DAYS_AT_MOST * 86_400);
        if until.is_some_and(|until| until <= now || until > latest) {
            let description =
                format!("must lie in the future, at most {SNOOZE_DAYS_AT_MOST} days ahead");
            return Err(Refusal::field("until", description));
        }
        let snoozed = |work: &Work| work.snoozed_until.is_some();
        let before: Vec<u32> = accounts
            .into_iter()
            .filter(|one| self.desk.has(*one, snoozed))
            .collect();
        for one in before {
            self.append_snooze(one, author, None);
        }
        if until.is_some() {
            self.append_snooze(leader, author, until);
        }
        Ok(())
    }

    /// Writes a note on the user of an account; `second_look` gives the case back and asks another person
    /// to look.
    ///
    /// # Errors
    /// The text is missing or too long; there are too many notes; no author.
    pub fn add_note(
        &mut self,
        account: u32,
        author: &str,
        text: &str,
        second_look: bool,
    ) -> Result<CaseNote, Refusal> {
        check_words("author", author)?;
        check_words("text", text)?;
        if text.len() > NOTE_BYTES_AT_MOST {
            let description = format!("has {} bytes; at most {NOTE_BYTES_AT_MOST}", text.len());
            return Err(Refusal::field("text", description));
        }
        let leader = self.same_user.leader(&self.graph, account);
        if self
            .desk
            .has(leader, |work| work.notes.len() >= NOTES_AN_ACCOUNT)
        {
            let description = format!("has {NOTES_AN_ACCOUNT} notes already");
            return Err(Refusal::contradicts("case_id", description));
        }
        if second_look && let Ok((_, accounts)) = self.case_accounts(account) {
            self.release(&accounts, author);
        }
        let note = CaseNote {
            account_id: self.graph.account(leader).id.to_string(),
            author: author.into(),
            text: text.into(),
            second_look,
            at: self.now(),
        };
        self.push_entry(entry::CASE_NOTE, &note.account_id, &note.encode());
        self.apply_note(note.clone());
        Ok(note)
    }

    fn release(&mut self, accounts: &[u32], author: &str) {
        let claimed = |work: &Work| work.claim.is_some();
        for account in accounts {
            if self.desk.has(*account, claimed) {
                self.append_claim(*account, author, false);
            }
        }
    }

    fn append_claim(&mut self, account: u32, author: &str, takes: bool) {
        let claim = CaseClaim {
            account_id: self.graph.account(account).id.to_string(),
            author: author.into(),
            takes,
            at: self.now(),
        };
        self.push_entry(entry::CASE_CLAIM, &claim.account_id, &claim.encode());
        self.apply_claim(claim);
    }

    fn append_snooze(&mut self, account: u32, author: &str, until: Option<Timestamp>) {
        let snooze = CaseSnooze {
            account_id: self.graph.account(account).id.to_string(),
            author: author.into(),
            until,
            at: self.now(),
        };
        self.push_entry(entry::CASE_SNOOZE, &snooze.account_id, &snooze.encode());
        self.apply_snooze(snooze);
    }

    pub(super) fn apply_claim(&mut self, claim: CaseClaim) {
        self.work_on(&claim.account_id, |work| {
            let other_looks = work
                .second_look
                .as_ref()
                .is_some_and(|asked| *asked != claim.author);
            if claim.takes && other_looks {
                work.second_look = None;
            }
            work.claim = claim.takes.then_some((claim.author, claim.at));
        });
    }

    pub(super) fn apply_snooze(&mut self, snooze: CaseSnooze) {
        self.work_on(&snooze.account_id, |work| work.snoozed_until = snooze.until);
    }

    pub(super) fn apply_note(&mut self, note: CaseNote) {
        let account_id = note.account_id.clone();
        self.work_on(&account_id, |work| {
            if note.second_look {
                work.second_look = Some(note.author.clone());
            }
            work.notes.push(note);
        });
    }

    fn work_on(&mut self, account_id: &str, change: impl FnOnce(&mut Work)) {
        if let Some(account) = self.graph.find_account(account_id) {
            change(self.desk.by_account.entry(account).or_default());
            self.requeue(account);
        }
    }
}
