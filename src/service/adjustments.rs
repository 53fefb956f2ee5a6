//! Adjustments in memory, and every way in which one changes. Each change is an entry of the journal
//! that names its cause; the state here is what those entries add up to.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::{HashMap, HashSet};
use metrics::{Counter, counter};

use super::{
    codec::{Stored, entry},
    engine::Engine,
    measure,
    refusal::Refusal,
    standing::is_of_score,
};
use crate::{
    domain::{
        adjustment::{AdjustmentChange, AdjustmentKind, AdjustmentState, ChangeCause, GrantVoid},
        clock::Timestamp,
        ledger::Book,
        reason::Reason,
        verdict::{Decision, VerdictRecord},
    },
    journal::AdjustmentColumns,
};

/// A reason in words has at most so many bytes.
pub const WORDS_AT_MOST: usize = 4096;

/// The latest change of an adjustment, and its sequence number.
#[derive(Clone, Debug)]
pub struct Latest {
    /// Of the change.
    pub sequence: u64,
    /// The change.
    pub change: AdjustmentChange,
}

/// All adjustments, by number.
#[derive(Default)]
pub struct Adjustments {
    all: BTreeMap<u64, Latest>,
    /// The live one of each verdict.
    live: HashMap<u64, u64>,
    settling: BTreeSet<(Timestamp, u64)>,
    /// Those whose delay passed while an appeal about them was open, by account.
    put_aside: HashMap<String, Vec<(Timestamp, u64)>>,
    /// Those that would have settled, and wait for a person to decide of a fuse.
    parked: BTreeSet<(Timestamp, u64)>,
    /// Those that billing has not answered, by when they were opened.
    open: BTreeSet<(Timestamp, u64)>,
    voided: HashSet<u64>,
    /// Those that wait for a person, by account: refused by billing, or proposed without a delay of
    /// their own.
    waiting: HashMap<String, Vec<u64>>,
    /// All of a verdict that has had more than the live one.
    earlier: HashMap<u64, Vec<u64>>,
    last_sequence: u64,
}

/// What billing answers to an adjustment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Applied.
    Accepted,
    /// Can't be applied; why.
    Refused(String),
}

/// What a person does with an adjustment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// Let a proposed one settle now, or send a refused one to billing again.
    Open,
    /// Give a recovery up, or a restoration that can't be applied.
    WriteOff,
}

impl Adjustments {
    /// An adjustment by its number.
    pub fn get(&self, adjustment: u64) -> Option<&Latest> {
        self.all.get(&adjustment)
    }

    /// The live adjustment of a verdict.
    pub fn live(&self, verdict: u64) -> Option<&Latest> {
        self.all.get(self.live.get(&verdict)?)
    }

    /// Every adjustment that a verdict has had.
    pub fn of(&self, verdict: u64) -> impl Iterator<Item = &Latest> {
        let earlier = self.earlier.get(&verdict).into_iter().flatten();
        let live = self.live.get(&verdict);
        earlier
            .chain(live)
            .filter_map(|number| self.all.get(number))
    }

    /// The latest of each that waits for a person.
    pub fn waiting(&self) -> impl Iterator<Item = &Latest> {
        let waiting = self.waiting.values().flatten();
        waiting.filter_map(|number| self.all.get(number))
    }

    /// Those of an account that wait for a person.
    pub fn waiting_of(&self, account_id: &str) -> &[u64] {
        self.waiting.get(account_id).map_or(&[], |waiting| waiting)
    }

    /// Every adjustment after one, in the order in which they were made.
    pub fn after(&self, adjustment: u64) -> impl Iterator<Item = &Latest> {
        self.all.range(adjustment + 1..).map(|(_, latest)| latest)
    }

    /// How many settle by themselves in their time.
    pub fn settling(&self) -> usize {
        self.settling.len()
    }

    /// Whether billing voided a grant.
    pub fn is_voided(&self, verdict: u64) -> bool {
        self.voided.contains(&verdict)
    }

    /// The sequence number of the last change of any.
    pub fn last_sequence(&self) -> u64 {
        self.last_sequence
    }

    /// The next adjustment to settle, and when.
    pub fn next_to_settle(&self) -> Option<(Timestamp, u64)> {
        self.settling.first().copied()
    }

    /// Puts aside what is next to settle, until [`Adjustments::take_up`].
    fn put_aside(&mut self) {
        let next = self.settling.pop_first();
        let of = |place: &(Timestamp, u64)| self.all.get(&place.1);
        if let Some((place, latest)) = next.and_then(|place| Some((place, of(&place)?))) {
            let account_id = latest.change.account_id.clone();
            self.put_aside.entry(account_id).or_default().push(place);
        }
    }

    /// Lets settle again what was put aside of an account and still stands.
    pub fn take_up(&mut self, account_id: &str) {
        for (at, number) in self.put_aside.remove(account_id).unwrap_or_default() {
            let settles_at = self
                .all
                .get(&number)
                .and_then(|latest| latest.change.settles_at);
            if settles_at == Some(at) {
                self.settling.insert((at, number));
            }
        }
    }

    /// Those that billing has not answered, and since when the oldest waits.
    pub fn open(&self) -> (usize, Option<Timestamp>) {
        (self.open.len(), self.open.first().map(|(since, _)| *since))
    }

    /// Takes in a change; answers the state before it.
    pub fn apply(&mut self, sequence: u64, change: AdjustmentChange) -> Option<AdjustmentState> {
        let before = self.all.get(&change.adjustment).map(|known| {
            if let Some(at) = known.change.settles_at {
                self.settling.remove(&(at, change.adjustment));
                self.parked.remove(&(at, change.adjustment));
            }
            self.open
                .remove(&(known.change.changed_at, change.adjustment));
            known.change.state
        });
        if change.state.is_live() {
            self.live.insert(change.verdict, change.adjustment);
        } else if self.live.remove(&change.verdict).is_some() {
            let earlier = self.earlier.entry(change.verdict).or_default();
            earlier.push(change.adjustment);
        }
        let needs_person = match change.state {
            AdjustmentState::Refused => true,
            AdjustmentState::Proposed => change.settles_at.is_none(),
            _ => false,
        };
        self.wait(&change.account_id, change.adjustment, needs_person);
        if let (AdjustmentState::Proposed, Some(at)) = (change.state, change.settles_at) {
            self.settling.insert((at, change.adjustment));
        }
        if change.state == AdjustmentState::Open {
            self.open.insert((change.changed_at, change.adjustment));
        }
        self.last_sequence = sequence;
        self.all
            .insert(change.adjustment, Latest { sequence, change });
        before
    }

    fn wait(&mut self, account_id: &str, adjustment: u64, needs_person: bool) {
        if needs_person {
            let waiting = self.waiting.entry_ref(account_id).or_default();
            if !waiting.contains(&adjustment) {
                waiting.push(adjustment);
            }
        } else if let Some(waiting) = self.waiting.get_mut(account_id) {
            waiting.retain(|one| *one != adjustment);
            if waiting.is_empty() {
                self.waiting.remove(account_id);
            }
        }
    }

    fn park(&mut self, place: (Timestamp, u64)) {
        if self.settling.remove(&place) {
            self.parked.insert(place);
        }
    }

    /// Lets all that wait for a fuse settle, unless they are found to wait still.
    pub(super) fn unpark(&mut self) {
        self.settling.append(&mut self.parked);
    }

    /// Takes in that a grant is void.
    pub fn void(&mut self, verdict: u64) {
        self.voided.insert(verdict);
    }
}

impl Engine {
    /// Proposes the correction of a verdict.
    pub(super) fn propose(
        &mut self,
        (verdict, record): (u64, &VerdictRecord),
        kind: AdjustmentKind,
        (rate_basis_points, token_basis_points): (u32, u64),
        reasons: Vec<Reason>,
        settles_at: Option<Timestamp>,
    ) {
        let question = &record.question;
        self.append_change(AdjustmentChange {
            adjustment: self.positions.entries + 1,
            kind,
            state: AdjustmentState::Proposed,
            verdict,
            campaign_id: question.campaign_id.clone(),
            account_id: question.account_id.clone(),
            task_id: question.task_id.clone(),
            tokens: question.tokens,
            rate_basis_points,
            token_basis_points,
            reasons,
            changed_at: self.now(),
            settles_at,
            cause: ChangeCause::Standing,
        });
    }

    /// Moves an adjustment on; `None` where it may not pass to that state.
    pub(super) fn move_on(
        &mut self,
        adjustment: u64,
        state: AdjustmentState,
        cause: ChangeCause,
    ) -> Option<Latest> {
        let known = self.ledger.adjustments.get(adjustment)?;
        if !known.change.state.may_become(state) {
            return None;
        }
        let change = AdjustmentChange {
            state,
            changed_at: self.now(),
            settles_at: None,
            cause,
            ..known.change.clone()
        };
        self.append_change(change);
        self.ledger.adjustments.get(adjustment).cloned()
    }

    fn append_change(&mut self, change: AdjustmentChange) {
        self.positions.entries += 1;
        let sequence = self.positions.entries;
        changes(change.kind, change.state).increment(1);
        self.group
            .push_adjustment(entry::ADJUSTMENT, columns(&change), &change.encode());
        self.apply_change(sequence, change);
    }

    /// Takes in a recorded change.
    pub(super) fn apply_change(&mut self, sequence: u64, change: AdjustmentChange) {
        let campaign = self.ledger.held.campaign_number(&change.campaign_id);
        let account = self.graph.find_account(&change.account_id);
        let holder = (account.unwrap_or(u32::MAX), campaign);
        let (kind, state) = (change.kind, change.state);
        let benefit = change.token_basis_points;
        self.seat_restored(&change);
        let before = self.ledger.adjustments.apply(sequence, change);
        let stands = match kind {
            AdjustmentKind::Restoration => 0,
            AdjustmentKind::Recovery if before.is_none() => -1,
            AdjustmentKind::Recovery => i32::from(!state.is_live()),
        };
        let adjust = |book: &mut Book| book.adjust(kind, before, state, benefit);
        if self.ledger.held.correct(holder, stands, adjust).is_none() {
            tracing::error!(sequence, "the books have nothing that this change moves");
        }
        if let Some(account) = account {
            self.requeue(account);
        }
    }

    /// Who is given a refused benefit has the seat, so that the same user is not given it twice.
    fn seat_restored(&mut self, change: &AdjustmentChange) {
        if change.kind != AdjustmentKind::Restoration {
            return;
        }
        let Some(account) = self.graph.find_account(&change.account_id) else {
            return;
        };
        match change.state {
            AdjustmentState::Proposed => {
                self.seats
                    .take(&change.campaign_id, account, change.verdict);
            }
            AdjustmentState::Reversed => {
                let taken = self.seats.taken_at(&change.campaign_id, account);
                if taken == Some(change.verdict) {
                    let after = change.verdict + 1;
                    self.seats.vacate(&change.campaign_id, account, after);
                }
            }
            _ => {}
        }
    }

    /// Opens what is due by the clock; at most `most` adjustments.
    pub(super) fn settle_due(&mut self, most: usize) -> usize {
        let now = self.now();
        let mut settled = 0;
        while let Some((at, adjustment)) = self.ledger.adjustments.next_to_settle() {
            if at > now || settled >= most {
                break;
            }
            settled += 1;
            let latest = self.ledger.adjustments.get(adjustment);
            if latest.is_some_and(|latest| self.appeal_about(&latest.change).is_some()) {
                self.ledger.adjustments.put_aside();
            } else if self.is_held_back(adjustment) {
                self.ledger.adjustments.park((at, adjustment));
            } else if latest.is_some_and(|latest| self.is_still_due(&latest.change)) {
                let opened = self.move_on(adjustment, AdjustmentState::Open, ChangeCause::Settled);
                debug_assert!(opened.is_some(), "what settles is proposed");
            } else {
                self.reverse(adjustment);
            }
        }
        settled
    }

    /// Whether a recovery rests on what a fuse holds.
    fn is_held_back(&self, adjustment: u64) -> bool {
        if self.fuse.is_whole() {
            return false;
        }
        let change = self.ledger.adjustments.get(adjustment).map(|it| &it.change);
        change.is_some_and(|change| {
            change.kind == AdjustmentKind::Recovery
                && is_of_score(&change.reasons)
                && self.waits_on_fuse(&change.account_id, &change.campaign_id)
        })
    }

    /// Takes billing's answer to an adjustment. A repeat of the same answer changes nothing.
    ///
    /// # Errors
    /// There is no such adjustment; it is not open, or was answered otherwise; it changed since the
    /// sequence that billing answers to (0 = whatever it is now); a refusal without a reason.
    pub fn acknowledge(
        &mut self,
        adjustment: u64,
        sequence: u64,
        answer: Answer,
    ) -> Result<Latest, Refusal> {
        let latest = self.adjustment(adjustment)?.clone();
        let (state, reason) = match answer {
            Answer::Accepted => (AdjustmentState::Acknowledged, String::new()),
            Answer::Refused(reason) => {
                check_words("reason", &reason)?;
                (AdjustmentState::Refused, reason)
            }
        };
        if latest.change.state == state {
            return Ok(latest);
        }
        if sequence != 0 && sequence != latest.sequence {
            let description = format!(
                "is {sequence}, but the adjustment changed with {}; read on before you answer",
                latest.sequence
            );
            return Err(Refusal::contradicts("sequence", description));
        }
        if latest.change.state != AdjustmentState::Open {
            let description = format!("is {}, not open", state_word(latest.change.state));
            return Err(Refusal::contradicts("adjustment_id", description));
        }
        let cause = ChangeCause::Billing { reason };
        let moved = self.move_on(adjustment, state, cause);
        moved.ok_or_else(|| Refusal::contradicts("adjustment_id", "can't be answered any more"))
    }

    /// Lets a person open or give up an adjustment.
    ///
    /// # Errors
    /// There is no such adjustment; it may not pass to that state; it is to be opened though an appeal
    /// about it is open; author or statement is missing.
    pub fn resolve(
        &mut self,
        adjustment: u64,
        resolution: Resolution,
        author: String,
        statement: String,
    ) -> Result<Latest, Refusal> {
        check_words("author", &author)?;
        check_words("statement", &statement)?;
        let latest = self.adjustment(adjustment)?;
        let state = match resolution {
            Resolution::Open => AdjustmentState::Open,
            Resolution::WriteOff => AdjustmentState::WrittenOff,
        };
        if let Some(appeal) = self.appeal_about(&latest.change)
            && resolution == Resolution::Open
        {
            let description =
                format!("is disputed by the open appeal p{appeal}; decide that first");
            return Err(Refusal::contradicts("adjustment_id", description));
        }
        let description = format!(
            "is {} and can't become {}",
            state_word(latest.change.state),
            state_word(state)
        );
        let cause = ChangeCause::Person { author, statement };
        let moved = self.move_on(adjustment, state, cause);
        moved.ok_or_else(|| Refusal::contradicts("adjustment_id", description))
    }

    /// Takes in that billing reversed the charge of a grant itself. A repeat changes nothing.
    ///
    /// # Errors
    /// There is no such verdict; it granted nothing; its benefit was recovered; no reason is given.
    pub fn void_grant(&mut self, verdict: u64, reason: String) -> Result<VerdictRecord, Refusal> {
        check_words("reason", &reason)?;
        let record = *self.verdict(verdict)?.record;
        if record.outcome.decision != Decision::Allow {
            let description = "granted nothing, so there is nothing to void";
            return Err(Refusal::contradicts("verdict_id", description));
        }
        if self.ledger.adjustments.is_voided(verdict) {
            return Ok(record);
        }
        let live = self
            .ledger
            .adjustments
            .live(verdict)
            .map(|latest| &latest.change);
        if let Some(live) = live {
            if live.state == AdjustmentState::Acknowledged {
                let description = format!("was recovered already, by j{}", live.adjustment);
                return Err(Refusal::contradicts("verdict_id", description));
            }
            let adjustment = live.adjustment;
            let _reversed =
                self.move_on(adjustment, AdjustmentState::Reversed, ChangeCause::Voided);
        }
        let void = GrantVoid {
            verdict,
            reason,
            voided_at: self.now(),
        };
        self.positions.entries += 1;
        let subject = verdict.to_string();
        let at = void.voided_at.micros();
        self.group
            .push_entry(entry::GRANT_VOID, at, &subject, &void.encode());
        self.apply_void(&record, verdict);
        Ok(record)
    }

    /// Takes in a recorded void.
    pub(super) fn apply_void(&mut self, record: &VerdictRecord, verdict: u64) {
        let question = &record.question;
        let campaign = self.ledger.held.campaign_number(&question.campaign_id);
        let account = self.graph.find_account(&question.account_id);
        let holder = (account.unwrap_or(u32::MAX), campaign);
        let benefit = record.benefit();
        let void = |book: &mut Book| book.void(benefit);
        self.ledger.held.correct(holder, -1, void);
        self.ledger.adjustments.void(verdict);
    }

    /// The open appeal that disputes a recovery: until it is decided the recovery neither settles nor is
    /// opened by a person.
    pub fn appeal_about(&self, change: &AdjustmentChange) -> Option<u64> {
        if change.kind != AdjustmentKind::Recovery {
            return None;
        }
        let (number, heard) = self.appeals.open_appeal_of(&change.account_id)?;
        (heard.appeal.campaign_id == change.campaign_id).then_some(number)
    }

    /// An adjustment by its number.
    ///
    /// # Errors
    /// There is none.
    pub fn adjustment(&self, adjustment: u64) -> Result<&Latest, Refusal> {
        let known = self.ledger.adjustments.get(adjustment);
        known.ok_or_else(|| Refusal::NotFound {
            what: "adjustment",
            name: format!("j{adjustment}"),
        })
    }
}

fn changes(kind: AdjustmentKind, state: AdjustmentState) -> Counter {
    let kind = match kind {
        AdjustmentKind::Recovery => "recovery",
        AdjustmentKind::Restoration => "restoration",
    };
    counter!(measure::ADJUSTMENT_CHANGES, "kind" => kind, "state" => state_word(state))
}

/// Has every counter of changes begin at 0: a rate does not see the first of what was not there before.
pub(super) fn begin_counting() {
    for kind in AdjustmentKind::ALL {
        for state in AdjustmentState::ALL {
            changes(kind, state).increment(0);
        }
    }
}

/// The ledger's columns of a change.
pub(super) fn columns(change: &AdjustmentChange) -> AdjustmentColumns<'_> {
    AdjustmentColumns {
        adjustment: change.adjustment,
        kind: change.kind.number(),
        state: change.state.number(),
        verdict_seq: change.verdict,
        campaign_id: &change.campaign_id,
        account_id: &change.account_id,
        task_id: &change.task_id,
        tokens: change.tokens,
        rate_basis_points: change.rate_basis_points,
        token_basis_points: change.token_basis_points,
        changed_at_us: change.changed_at.micros(),
    }
}

/// Checks words that must be there.
pub(super) fn check_words(field: &str, words: &str) -> Result<(), Refusal> {
    if words.trim().is_empty() {
        return Err(Refusal::field(field, "is required"));
    }
    if words.len() > WORDS_AT_MOST {
        let description = format!("has at most {WORDS_AT_MOST} bytes");
        return Err(Refusal::field(field, description));
    }
    Ok(())
}

fn state_word(state: AdjustmentState) -> &'static str {
    match state {
        AdjustmentState::Proposed => "proposed",
        AdjustmentState::Open => "open",
        AdjustmentState::Acknowledged => "acknowledged",
        AdjustmentState::Refused => "refused",
        AdjustmentState::Reversed => "reversed",
        AdjustmentState::WrittenOff => "written off",
    }
}
