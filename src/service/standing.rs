//! Standings that turn. An event, a decision of a person or a linked user's disqualification changes
//! what an account's verdicts would be now; what was granted or refused before is then corrected.
//!
//! The work is found from what was touched (the account, who is linked to it), queued, and done in
//! small units between verdicts. A slow sweep over every account that holds a verdict finds what no
//! touch tells of, such as a registration near many others; it also bounds what a full queue can lose.

use smallvec::SmallVec;

use super::{
    adjustments::Latest, atoms::Judged, cases::Suspicion, codec::stable_hash, engine::Engine,
    held::GROUND_UNKNOWN, seen::account_tag, verdicts::key_hash,
};
use crate::domain::{
    abuse::{AbuseModel, Score},
    adjustment::{AdjustmentChange, AdjustmentKind, AdjustmentState, ChangeCause},
    campaign::{Campaign, Confirm, Revision, Terms},
    clock::Timestamp,
    disposition::Action,
    feature::{Features, features},
    graph::Touched,
    ledger::{FULL_RATE_BASIS_POINTS, benefit},
    reason::{Reason, ReasonCode},
    verdict::{Decision, Outcome, VerdictRecord, judge_scored, outside},
};

/// The probability of a score that stands on behaviour of the account's own, millionths.
#[derive(Clone, Copy)]
struct Behaviour {
    own_behaviour_ppm: Option<u32>,
}

impl Behaviour {
    /// What a model says of features; what it says below every threshold matters to nobody, and most accounts
    /// are far below.
    fn of(model: &AbuseModel, features: Option<&Features>, lowest_threshold_ppm: u32) -> Self {
        let matters = model.probability_ppm(features) >= lowest_threshold_ppm;
        let score = matters
            .then(|| model.score(features))
            .filter(Score::is_of_own_behaviour);
        Behaviour {
            own_behaviour_ppm: score.map(|score| score.probability_ppm),
        }
    }
}

/// An account's score, with and without what was overturned, and the highest of the same user's under
/// another account from which blame passes, millionths, where it revokes anywhere.
struct Scores {
    in_all: Behaviour,
    counting: Behaviour,
    elsewhere_ppm: Option<u32>,
    features: Option<Features>,
    overturned: Vec<ReasonCode>,
}

/// Expiries and settlements that one step may do.
const DUE_A_STEP: usize = 64;

impl Engine {
    /// Notes the accounts whose standing what was touched may have turned: those whose evidence
    /// changed, who may be blamed for it, and where anything stands against anybody whoever is linked.
    pub(super) fn note_touched(&mut self, touched: &Touched) {
        for account in &touched.all_accounts() {
            self.ledger.note(*account);
            let decided = !self.people.is_empty();
            for link in self.same_user.links(*account) {
                if decided || link.carries_blame {
                    self.ledger.note(link.other);
                }
            }
        }
        for identifier in &touched.identifiers {
            for account in self.graph.sample(*identifier) {
                self.ledger.note(account);
            }
        }
    }

    /// Does some of what is due: expiries, settlements, and up to `units` accounts or verdicts looked at
    /// again. Answers whether more is waiting.
    pub fn advance(&mut self, units: usize) -> bool {
        let tries = self.try_model(units);
        let mut due = self.expire_due(DUE_A_STEP);
        due += self.settle_due(DUE_A_STEP);
        for _ in 0..units {
            if let Some(place) = self.ledger.walks.pop_front() {
                self.walk_on(place);
            } else if let Some(account) = self.ledger.next_waiting() {
                self.examine(account);
            } else {
                return tries || due >= DUE_A_STEP;
            }
        }
        tries || self.ledger.lag() > 0 || due >= DUE_A_STEP
    }

    /// Examines the next so many accounts of the sweep; answers whether it came to the end.
    pub fn sweep(&mut self, accounts: usize) -> bool {
        for _ in 0..accounts {
            let Some(account) = self.ledger.held.holders().get(self.ledger.swept).copied() else {
                self.ledger.swept = 0;
                return true;
            };
            self.ledger.swept += 1;
            self.ledger.to_hurry = self.ledger.to_hurry.saturating_sub(1);
            self.examine(account);
        }
        false
    }

    /// Brings everything in line with what is known now: the whole sweep, and all that it finds.
    pub fn settle_standings(&mut self) {
        loop {
            while !self.sweep(1) {
                while self.advance(DUE_A_STEP) {}
            }
            // The fuse may trip on the way: then all are looked at once more.
            if !self.ledger.is_hurried() {
                break;
            }
        }
        while self.advance(DUE_A_STEP) {}
    }

    /// Compares what an account's standing rests on with what it rested on, in every campaign; where it
    /// differs, its verdicts are looked at again.
    fn examine(&mut self, account: u32) {
        let scores = self.scores(account);
        let holding = self.weigh_harm(account, &scores);
        self.note_suspicion(account, &scores);
        self.note_blamed(account, &scores);
        for (position, fuse) in holding.into_iter().enumerate() {
            let known = &self.ledger.held.of(account)[position];
            let (campaign, before) = (known.campaign, known.ground);
            let ground = self.ground(account, campaign, &scores, fuse);
            if ground != before {
                self.ledger.held.set_ground(account, campaign, ground);
                let place = self.ledger.held.begin(account, campaign);
                self.ledger.walks.push_back(place);
            }
        }
    }

    /// Where an account's behaviour came to revoke it, or does so no more, the same user's other accounts
    /// are looked at too.
    fn note_blamed(&mut self, account: u32, scores: &Scores) {
        let reached = scores.counting.own_behaviour_ppm.and_then(|ppm| {
            let campaigns = self.campaigns.values();
            let reached = campaigns.filter_map(|one| one.revoke_threshold_reached(ppm));
            reached.max()
        });
        if self.ledger.note_reached(account, reached) {
            let links = self.same_user.links(account).iter();
            for link in links.filter(|link| link.carries_blame) {
                self.ledger.note(link.other);
            }
        }
    }

    fn scores(&self, account: u32) -> Scores {
        let model = self.models.current();
        std::hint::black_box(self.graph.touch(account));
        let all = features(&self.graph, account);
        let overturned = self.people.overturned(account, Timestamp::EARLIEST);
        let revisions = self.campaigns.values().flat_map(Campaign::revisions);
        let terms = revisions.map(|revision| &revision.terms);
        // Review lies below what keeps an account revoked.
        let thresholds = terms.map(|it| (it.revoke_probability_ppm, it.review_probability_ppm));
        let (revoke, review) = thresholds.fold((u32::MAX, u32::MAX), |least, these| {
            (least.0.min(these.0), least.1.min(these.1))
        });
        let behaviour =
            |features: Option<&Features>| Behaviour::of(model, features, revoke.min(review));
        let in_all = behaviour(all.as_ref());
        let elsewhere = self.abusive_link(account, revoke, Timestamp::EARLIEST);
        Scores {
            in_all,
            elsewhere_ppm: elsewhere.map(|other| other.probability_ppm),
            counting: if overturned.is_empty() {
                in_all
            } else {
                let counting = all.map(|all| outside(model, all, &overturned));
                behaviour(counting.as_ref())
            },
            features: all,
            overturned,
        }
    }

    /// Counts an account that the score revokes for the fuse, and notes whether its revocation waits. Answers
    /// which fuse holds it back in each campaign in which it holds verdicts.
    fn weigh_harm(&mut self, account: u32, scores: &Scores) -> SmallVec<[Option<u64>; 1]> {
        let mut holding = SmallVec::from_elem(None, self.ledger.held.of(account).len());
        for (position, holds) in holding.iter_mut().enumerate() {
            let number = self.ledger.held.of(account)[position].campaign;
            let Some(campaign) = self.campaigns.get(self.ledger.held.campaign(number)) else {
                continue;
            };
            let terms = &campaign.latest().terms;
            let reached = scores.counting.own_behaviour_ppm;
            let revokes_from_ppm = self.revokes_from_ppm(account, terms);
            let (Some(features), Some(_)) = (
                &scores.features,
                reached.filter(|ppm| *ppm >= revokes_from_ppm),
            ) else {
                continue;
            };
            let judged = Judged {
                account,
                features,
                overturned: &scores.overturned,
                terms,
                revokes_from_ppm,
            };
            *holds = self.held_by(judged);
            let by_people = self.people.disqualified(account, self.now()).is_some();
            if holds.is_none() && !by_people {
                let found = self.rests_on(judged, false);
                let id = terms.campaign_id.clone();
                if self.count_all(account, &found, &id) {
                    *holds = self.holding(account, &id, scores);
                }
            }
        }
        let mut waits = holding.iter().flatten().copied();
        if self
            .fuse
            .note(account, waits.find(|fuse| self.fuse.is_held(*fuse)))
        {
            self.requeue(account);
        }
        holding
    }

    /// The fuse that holds back what the score says against an account in a campaign.
    fn holding(&self, account: u32, campaign: &str, scores: &Scores) -> Option<u64> {
        let terms = &self.campaigns.get(campaign)?.latest().terms;
        self.held_by(Judged {
            account,
            features: scores.features.as_ref()?,
            overturned: &scores.overturned,
            terms,
            revokes_from_ppm: self.revokes_from_ppm(account, terms),
        })
    }

    /// The probability from which the score revokes an account now, millionths.
    fn revokes_from_ppm(&self, account: u32, terms: &Terms) -> u32 {
        let found_before = self.found_before(account, terms, Timestamp::EARLIEST);
        terms.revokes_from_ppm(found_before.is_some())
    }

    /// A fingerprint of what speaks against an account's verdicts in a campaign, where a fuse may hold the
    /// score's word back; 0 = nothing.
    fn ground(&self, account: u32, campaign: u16, scores: &Scores, held: Option<u64>) -> u64 {
        let Some(campaign) = self.campaigns.get(self.ledger.held.campaign(campaign)) else {
            return 0;
        };
        let ever = Timestamp::EARLIEST;
        let mut grounds: Vec<String> = Vec::new();
        if let Some((number, _)) = self.people.disqualified(account, ever) {
            grounds.push(format!("d{number}"));
        }
        if let Some((number, _)) = self.people.recovered(account, 0) {
            grounds.push(format!("r{number}"));
        }
        let terms = &campaign.latest().terms;
        let event = (&*terms.campaign_id, &*terms.series);
        if let Some((number, _)) = self.people.ever_restricted(account, event) {
            grounds.push(format!("x{number}"));
        }
        let linked = self.linked_dispositions(account, event).into_iter();
        grounds.extend(linked.map(|number| format!("l{number}")));
        let own_ppm = scores.counting.own_behaviour_ppm;
        let found_before = self.found_before(account, terms, ever).is_some();
        let kept = found_before.then(|| campaign.least_keep_probability_ppm());
        let kept = kept.filter(|least| own_ppm.is_some_and(|ppm| ppm >= *least));
        let reached = own_ppm.and_then(|ppm| campaign.revoke_threshold_reached(ppm));
        match (reached.or(kept), held) {
            (Some(threshold), None) => grounds.push(format!("s{threshold}")),
            (Some(_), Some(fuse)) if self.fuse.is_held(fuse) => grounds.push(format!("f{fuse}")),
            _ => {}
        }
        let elsewhere = scores
            .elsewhere_ppm
            .filter(|_| !self.people.is_cleared(account, ever));
        let reached = elsewhere.and_then(|ppm| campaign.revoke_threshold_reached(ppm));
        if let Some(threshold) = reached {
            grounds.push(format!("b{threshold}"));
        }
        let facts = self.graph.account(account);
        if !facts.seen_on_any(&terms.login_surfaces) {
            grounds.push("no desktop login".into());
        }
        if grounds.is_empty() {
            return 0;
        }
        let words: Vec<&str> = grounds.iter().map(String::as_str).collect();
        stable_hash(&words).clamp(1, GROUND_UNKNOWN - 1)
    }

    /// Notes whether a person should look at an account: what was overturned speaks against it again, its
    /// score lies between review and revocation, or the audit sample draws it.
    fn note_suspicion(&mut self, account: u32, scores: &Scores) {
        let campaigns = self.ledger.held.of(account).iter();
        let terms = campaigns
            .filter_map(|one| self.campaigns.get(self.ledger.held.campaign(one.campaign)))
            .map(|campaign| &campaign.latest().terms)
            .min_by_key(|terms| terms.review_probability_ppm);
        let Some(terms) = terms else {
            return;
        };
        let reaches = |score: &Behaviour, threshold| {
            score.own_behaviour_ppm.is_some_and(|ppm| ppm >= threshold)
        };
        let revokes = reaches(&scores.counting, self.revokes_from_ppm(account, terms));
        let blamed = scores
            .elsewhere_ppm
            .is_some_and(|ppm| ppm >= terms.revoke_probability_ppm);
        // What was known when a person cleared the account was looked at; what it did since was not.
        let cleared_at = self.people.cleared_at(account, self.now());
        let last_seen = i64::from(self.graph.account(account).last_seen) * 1_000_000;
        let is_new = cleared_at.is_none_or(|at| Timestamp::from_micros(last_seen) > at);
        let again = reaches(&scores.in_all, terms.revoke_probability_ppm)
            || (blamed && cleared_at.is_some());
        let overturned = is_new && again;
        let middle = reaches(&scores.counting, terms.review_probability_ppm);
        // Who is disqualified was looked at by a person already.
        let decided = revokes || self.people.disqualified(account, self.now()).is_some();
        let suspicion = Suspicion {
            overturned: overturned && !decided,
            middle: middle && !decided,
            drawn: self.waits_in_sample(account),
        };
        let matters = self.ledger.suspicious.note(account, &suspicion);
        if matters || self.case_queue.opened_at(account).is_some() {
            self.requeue(account);
        }
    }

    fn walk_on(&mut self, place: u32) {
        let Some((held, next)) = self.ledger.held.at(place) else {
            return;
        };
        self.ledger.walks.push_front(next);
        // An erased record can't be judged again: it stays as it is.
        let Ok(Some(record)) = self.verdicts.get(held.verdict, &self.reader) else {
            return;
        };
        if held.granted() {
            self.reconsider_grant(held.verdict, &record);
        } else {
            self.reconsider_refusal(held.verdict, &record);
        }
    }

    fn reconsider_grant(&mut self, verdict: u64, record: &VerdictRecord) {
        let adjustments = &self.ledger.adjustments;
        let given_up = |latest: &Latest| latest.change.state == AdjustmentState::WrittenOff;
        if adjustments.is_voided(verdict) || adjustments.of(verdict).any(given_up) {
            return;
        }
        let live = self.ledger.adjustments.live(verdict);
        let of_score = live.is_some_and(|latest| is_of_score(&latest.change.reasons));
        let live = live.map(|latest| latest.change.adjustment);
        match (self.against_grant(verdict, record), live) {
            // What was proposed before the fuse tripped waits too, and is not called off yet.
            (None, Some(_))
                if of_score
                    && self.waits_on_fuse(
                        &record.question.account_id,
                        &record.question.campaign_id,
                    ) => {}
            (Some(reasons), None) => {
                let settles_at = self.settles_at(record);
                let moved = (FULL_RATE_BASIS_POINTS, record.benefit());
                let kind = AdjustmentKind::Recovery;
                self.propose((verdict, record), kind, moved, reasons, settles_at);
            }
            (None, Some(adjustment)) => self.reverse(adjustment),
            _ => {}
        }
    }

    fn reconsider_refusal(&mut self, verdict: u64, record: &VerdictRecord) {
        let given_up = |latest: &Latest| latest.change.state == AdjustmentState::WrittenOff;
        if self.ledger.adjustments.of(verdict).any(given_up) {
            return;
        }
        let live = self.ledger.adjustments.live(verdict);
        let live = live.map(|latest| latest.change.adjustment);
        let is_latest = record.outcome.is_final || self.is_latest(verdict, record);
        let restored = self.restoring(record).filter(|_| is_latest);
        let by_score = is_of_score(&record.outcome.reasons);
        match (restored, live) {
            // A refusal stands until a person found its evidence wrong.
            (Some(_), None)
                if by_score
                    && self.waits_on_fuse(
                        &record.question.account_id,
                        &record.question.campaign_id,
                    ) => {}
            (Some(outcome), None) => {
                let tokens = record.question.tokens;
                let rate = outcome.rate_basis_points;
                let delay = if self.is_cleared(record) {
                    0
                } else {
                    self.terms_of(record)
                        .map_or(0, |terms| terms.settle_delay_seconds.into())
                };
                let settles_at = Some(self.now().plus_seconds(delay));
                let moved = (rate, benefit(tokens, rate));
                let kind = AdjustmentKind::Restoration;
                self.propose((verdict, record), kind, moved, outcome.reasons, settles_at);
            }
            (None, Some(adjustment)) => self.reverse(adjustment),
            _ => {}
        }
    }

    /// Whether no later verdict stands under the same key.
    fn is_latest(&self, verdict: u64, record: &VerdictRecord) -> bool {
        let question = &record.question;
        let key = key_hash(question);
        let latest = self.verdicts.latest(question, key, &self.reader);
        latest.is_ok_and(|latest| latest.is_none_or(|(known, _)| known == verdict))
    }

    /// A task was asked about again: what was restored for the earlier verdict is called off, since
    /// the later one says what to charge.
    pub(super) fn supersede(&mut self, earlier: u64, later: u64) {
        let live = self.ledger.adjustments.live(earlier);
        if let Some(adjustment) = live.map(|latest| latest.change.adjustment) {
            let cause = ChangeCause::AskedAgain { verdict: later };
            let _terminal = self.move_on(adjustment, AdjustmentState::Reversed, cause);
        }
    }

    /// Whether what would settle is still right: the standing may have turned back a moment ago, as by an
    /// appeal that was granted, and the account not been looked at since.
    pub(super) fn is_still_due(&self, change: &AdjustmentChange) -> bool {
        let record = self.verdicts.get(change.verdict, &self.reader);
        match record {
            Ok(Some(record)) if change.kind == AdjustmentKind::Recovery => {
                self.against_grant(change.verdict, &record).is_some()
            }
            // A restoration gives; an erased record can't be judged again.
            _ => true,
        }
    }

    pub(super) fn reverse(&mut self, adjustment: u64) {
        let _terminal = self.move_on(adjustment, AdjustmentState::Reversed, ChangeCause::Standing);
    }

    /// What speaks against a grant now: reasons that would revoke it, or a decision to recover.
    fn against_grant(&self, verdict: u64, record: &VerdictRecord) -> Option<Vec<Reason>> {
        let account = self.graph.find_account(&record.question.account_id)?;
        if let Some((number, disposition)) = self.people.recovered(account, verdict) {
            let statement = format!("A person found {}.", disposition.cause.words());
            let reason = Reason::rule(ReasonCode::AnalystDecision, statement);
            return Some(vec![reason.with("disposition", format!("d{number}"))]);
        }
        let outcome = self.judge_again(record, true)?;
        (outcome.decision == Decision::Revoke).then_some(outcome.reasons)
    }

    /// The outcome that gives a refused benefit after all, where it does: without taking an idle seat
    /// from anybody.
    fn restoring(&self, record: &VerdictRecord) -> Option<Outcome> {
        let seat = &record.seen.seat;
        if let Some(holder) = &seat.holder
            && !seat.holds
            && self.is_same_user(&record.question.account_id, &holder.account_tag)
        {
            // Another account of the user had the discount: the refusal was right.
            return None;
        }
        let outcome = self.judge_again(record, false)?;
        (outcome.decision == Decision::Allow).then_some(outcome)
    }

    fn is_same_user(&self, account: &str, tag: &str) -> bool {
        let Some(account) = self.graph.find_account(account) else {
            return false;
        };
        let tagged = |member: u32| account_tag(&self.graph.account(member).id) == tag;
        let members = self.same_user.members(&self.graph, account, tagged);
        !members.is_empty()
    }

    /// Judges a recorded question by the revision it was judged by and by what is known now. Dispositions
    /// count as of the verdict, but disqualifications bind earlier verdicts too, and what was undone
    /// never was. A grant keeps its seat: who moves into one later takes no money from anybody.
    fn judge_again(&self, record: &VerdictRecord, keeps_seat: bool) -> Option<Outcome> {
        let question = &record.question;
        let revision = self.revision_of(record)?;
        let at = record.seen.now;
        let selecting = question.completed_at.unwrap_or(at);
        let (mut seen, abuse_ppm) = self.see(question, revision, selecting, at);
        if keeps_seat {
            seen.seat.holds = true;
        } else if !seen.seat.idle_holders.is_empty() {
            return None;
        }
        let model = self.models.current();
        Some(judge_scored(question, revision, model, &seen, abuse_ppm))
    }

    /// Whether what the score says against an account in a campaign waits for a person to decide of a fuse.
    pub(super) fn waits_on_fuse(&self, account_id: &str, campaign_id: &str) -> bool {
        if self.fuse.is_whole() {
            return false;
        }
        let Some(account) = self.graph.find_account(account_id) else {
            return false;
        };
        let held = self.holding(account, campaign_id, &self.scores(account));
        held.is_some_and(|fuse| self.fuse.is_held(fuse))
    }

    fn revision_of(&self, record: &VerdictRecord) -> Option<&Revision> {
        let campaign = self.campaigns.get(&record.question.campaign_id)?;
        campaign.revision(record.campaign_revision)
    }

    /// The terms in force: how corrections are handled is no promise to the user, so that the latest
    /// revision says it.
    fn terms_of(&self, record: &VerdictRecord) -> Option<&Terms> {
        let campaign = self.campaigns.get(&record.question.campaign_id)?;
        Some(&campaign.latest().terms)
    }

    /// When a recovery settles by itself; `None`: a person must confirm it.
    fn settles_at(&self, record: &VerdictRecord) -> Option<Timestamp> {
        let terms = self.terms_of(record)?;
        let delay = terms.settle_delay_seconds.into();
        (terms.recovery_confirm == Confirm::Automatic).then(|| self.now().plus_seconds(delay))
    }

    /// Whether a person cleared the account: what it was wrongly refused is restored without delay.
    fn is_cleared(&self, record: &VerdictRecord) -> bool {
        let account = self.graph.find_account(&record.question.account_id);
        account.is_some_and(|account| {
            self.people
                .of(account)
                .any(|(_, one)| matches!(one.action, Action::Clear { .. }))
        })
    }
}

/// Whether reasons are the score's alone: no person decided so.
pub(super) fn is_of_score(reasons: &[Reason]) -> bool {
    let codes = || reasons.iter().map(|reason| reason.code);
    codes().any(ReasonCode::is_pattern) && !codes().any(ReasonCode::is_of_people)
}
