//! Every way in which an adjustment changes: proposed, settled, answered by billing, resolved by a person,
//! voided with its grant. Each change is an entry of the journal that names its cause.

use metrics::{Counter, counter};

use super::{
    adjustments::Latest,
    codec::{Stored, entry},
    engine::Engine,
    measure,
    refusal::{Refusal, check_words},
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
