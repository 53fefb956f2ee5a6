//! The whole state of one store in memory, and the two things it does: observe an event, decide a
//! question. Nothing here waits: what must become durable is appended to a group that the caller
//! hands to the journal, and nothing may be answered before that group is committed.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    ahead::TOUCHED_AT_ONCE,
    appeals::Appeals,
    audit_sample::AuditSample,
    case_queue::CaseQueue,
    clock::Clock,
    codec::Stored,
    dead_letters::DeadLetters,
    desk::Desk,
    fuse::Fuse,
    held::HeldAnswer,
    ledger::Ledger,
    people::People,
    refusal::Refusal,
    seats::Seats,
    staff::Staff,
    standing::is_of_score,
    trial::Trial,
    verdicts::{Verdicts, key_hash},
};
use crate::{
    domain::{
        abuse::{AbuseModel, Score},
        campaign::Campaign,
        clock::Timestamp,
        event::Event,
        evidence_weights::EvidenceWeights,
        feature::features,
        graph::EntityGraph,
        identifier::IdentifierKinds,
        same_user::SameUser,
        verdict::{DecidedWith, Decision, Outcome, Question, VerdictRecord, judge_scored},
    },
    journal::{EventIndex, EventKey, Group, NewFilter, Positions, Reader, Seen, VerdictColumns},
};

/// A partition of the event index is due about once in so many events.
const EVENTS_AN_INDEX_FLUSH: usize = 64;
/// Under the wall clock, an event may be at most so far ahead of it.
pub const EVENT_AHEAD_SECONDS: i64 = 86_400;

/// The models in force and every one ever used, by revision.
pub struct Models {
    /// The evidence weights in force.
    pub weights: EvidenceWeights,
    /// The kinds of identifier that the weights list.
    pub kinds: IdentifierKinds,
    /// What verdicts are decided with now.
    pub decided_with: Arc<DecidedWith>,
    /// Every abuse model used by a recorded verdict, and the one in force.
    pub abuse: BTreeMap<String, AbuseModel>,
    /// Their revisions, in the order in which they first came into force.
    pub adopted: Vec<String>,
}

impl Models {
    /// The abuse model in force.
    pub fn current(&self) -> &AbuseModel {
        &self.abuse[&self.decided_with.model_revision]
    }
}

/// The state of one store.
pub struct Engine {
    pub(super) graph: EntityGraph,
    pub(super) same_user: SameUser,
    pub(super) models: Models,
    pub(super) campaigns: BTreeMap<String, Campaign>,
    pub(super) seats: Seats,
    pub(super) dead_letters: DeadLetters,
    pub(super) verdicts: Verdicts,
    pub(super) people: People,
    pub(super) ledger: Ledger,
    pub(super) fuse: Fuse,
    /// The abuse model that is to come into force.
    pub(super) trial: Option<Trial>,
    pub(super) appeals: Appeals,
    pub(super) audit_sample: AuditSample,
    pub(super) case_queue: CaseQueue,
    pub(super) desk: Desk,
    pub(super) staff: Staff,
    pub(super) event_index: EventIndex,
    pub(super) reader: Reader,
    pub(super) clock: Clock,
    pub(super) latest_event: Timestamp,
    /// When the last verdict was given.
    pub(super) latest_verdict: Timestamp,
    /// Sequence numbers given out, committed or not.
    pub(super) positions: Positions,
    /// What is not handed to the journal yet.
    pub(super) group: Group,
    scratch: Vec<u8>,
}

/// An event as a door hands it in: its key and its content as pseudonyms.
pub struct Arrival {
    /// Identifies the event id and its content.
    pub key: EventKey,
    /// The content.
    pub event: Event,
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observed {
    /// Taken in.
    Accepted,
    /// Taken in before.
    Duplicate,
}

/// A verdict with its number; 0 = not recorded (`validate_only`).
#[derive(Clone, Debug)]
pub struct Decided {
    /// Its sequence number.
    pub sequence: u64,
    /// The record.
    pub record: Box<VerdictRecord>,
}

/// What a store is made of when it opens; see [`super::recovery`].
pub(super) struct Parts {
    pub graph: EntityGraph,
    pub same_user: SameUser,
    pub models: Models,
    pub campaigns: BTreeMap<String, Campaign>,
    pub seats: Seats,
    pub dead_letters: DeadLetters,
    pub verdicts: Verdicts,
    pub ledger: Ledger,
    pub audit_sample: AuditSample,
    pub event_index: EventIndex,
    pub reader: Reader,
    pub clock: Clock,
    pub latest_event: Timestamp,
    pub latest_verdict: Timestamp,
    pub positions: Positions,
}

impl Engine {
    pub(super) fn new(parts: Parts) -> Self {
        Engine {
            graph: parts.graph,
            same_user: parts.same_user,
            models: parts.models,
            campaigns: parts.campaigns,
            seats: parts.seats,
            dead_letters: parts.dead_letters,
            verdicts: parts.verdicts,
            people: People::default(),
            ledger: parts.ledger,
            fuse: Fuse::default(),
            trial: None,
            appeals: Appeals::default(),
            audit_sample: parts.audit_sample,
            case_queue: CaseQueue::default(),
            desk: Desk::default(),
            staff: Staff::default(),
            event_index: parts.event_index,
            reader: parts.reader,
            clock: parts.clock,
            latest_event: parts.latest_event,
            latest_verdict: parts.latest_verdict,
            positions: parts.positions,
            group: Group::default(),
            scratch: Vec::new(),
        }
    }

    /// The clock's now, and never before the last decision of a person: what is asked after one is bound
    /// by it, also where the clock stands still or was put back.
    pub fn now(&self) -> Timestamp {
        self.clock.now(self.latest_event).max(self.people.latest())
    }

    /// The instant of a decision made now: later than every verdict given, which it does not bind.
    pub(super) fn after_verdicts(&self) -> Timestamp {
        self.now().max(self.latest_verdict.next())
    }

    /// The entity graph.
    pub fn graph(&self) -> &EntityGraph {
        &self.graph
    }

    /// Who is the same user.
    pub fn same_user(&self) -> &SameUser {
        &self.same_user
    }

    /// The models.
    pub fn models(&self) -> &Models {
        &self.models
    }

    /// What is known of an account now, scored.
    pub fn score(&self, account: u32) -> Score {
        let features = features(&self.graph, account);
        self.models.current().score(features.as_ref())
    }

    /// The campaigns.
    pub fn campaigns(&self) -> &BTreeMap<String, Campaign> {
        &self.campaigns
    }

    /// What people decided.
    pub fn people(&self) -> &People {
        &self.people
    }

    /// The appeals.
    pub fn appeals(&self) -> &Appeals {
        &self.appeals
    }

    /// The life of benefits.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The ledger's reader.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Bytes that graph and indices hold, roughly.
    pub fn memory_bytes(&self) -> usize {
        self.graph.bytes() + self.event_index.memory_bytes()
    }

    /// Takes an event in. Call [`Engine::refresh`] after the batch; a verdict does so itself.
    ///
    /// # Errors
    /// The event id was seen with other content; the event lies more than a day ahead of the wall
    /// clock; the store can't be read.
    pub fn observe(&mut self, arrival: &Arrival) -> Result<Observed, Refusal> {
        let event = &arrival.event;
        match self.event_index.lookup(&arrival.key, &self.reader)? {
            Seen::Same => return Ok(Observed::Duplicate),
            Seen::OtherContent => {
                let description = "was seen before with other content; an event id is for ever";
                return Err(Refusal::contradicts("event_id", description));
            }
            Seen::New => {}
        }
        if self.clock == Clock::Wall
            && event.occurred_at > self.now().plus_seconds(EVENT_AHEAD_SECONDS)
        {
            let description = "lies more than a day ahead of this server's clock";
            return Err(Refusal::field("occurred_at", description));
        }
        self.positions.events += 1;
        let sequence = self.positions.events;
        self.scratch.clear();
        event.encode_to(&mut self.scratch);
        self.group.push_event(arrival.key, &self.scratch);
        self.event_index.insert(arrival.key, sequence);
        self.fold(&arrival.key, event, sequence);
        Ok(Observed::Accepted)
    }

    /// Takes up to `most` events in, in order, each as [`Engine::observe`] does. An arrival that was refused
    /// already keeps its place.
    pub(super) fn observe_some(
        &mut self,
        arrivals: &mut std::vec::IntoIter<Result<Arrival, Refusal>>,
        most: usize,
    ) -> Vec<Result<Observed, Refusal>> {
        let mut observed = Vec::with_capacity(most.min(arrivals.len()));
        while observed.len() < most && !arrivals.as_slice().is_empty() {
            self.touch_arrivals(arrivals.as_slice());
            let part = arrivals.by_ref().take(TOUCHED_AT_ONCE);
            observed.extend(part.map(|arrival| self.observe(&arrival?)));
        }
        observed
    }

    /// Folds an event into the facts.
    pub(super) fn fold(&mut self, key: &EventKey, event: &Event, sequence: u64) {
        let kinds = &self.models.kinds;
        let account = self.graph.fold(event, kinds, key.tie(), sequence);
        self.ledger.meet(&event.account_id, account);
        self.ledger.note(account);
        self.latest_event = self.latest_event.max(event.occurred_at);
    }

    /// Brings users up to date with the events taken in.
    pub fn refresh(&mut self) {
        let touched = self.graph.take_touched();
        if !touched.is_empty() {
            self.same_user
                .refresh(&self.graph, &self.models.weights, &touched);
            self.note_touched(&touched);
        }
    }

    /// Decides questions, in order, each as [`Engine::decide`] does.
    pub fn decide_all(
        &mut self,
        questions: Vec<(Question, bool)>,
    ) -> Vec<Result<Decided, Refusal>> {
        let mut decided = Vec::with_capacity(questions.len());
        let mut questions = questions.into_iter();
        while !questions.as_slice().is_empty() {
            self.touch_questions(questions.as_slice());
            let part = questions.by_ref().take(TOUCHED_AT_ONCE);
            decided.extend(part.map(|(question, only)| self.decide(question, only)));
        }
        decided
    }

    /// Decides a question; with `validate_only`, as if it had never been asked, recording nothing.
    ///
    /// # Errors
    /// The campaign is unknown; a final verdict stands under the key with other content; the store
    /// can't be read.
    pub fn decide(&mut self, question: Question, validate_only: bool) -> Result<Decided, Refusal> {
        self.refresh();
        let key = key_hash(&question);
        let before = if validate_only {
            None
        } else {
            self.verdicts.latest(&question, key, &self.reader)?
        };
        let follows = before.as_ref().map(|(sequence, _)| *sequence);
        if let Some((sequence, record)) = before.filter(|(_, known)| known.outcome.is_final) {
            if let Some(field) = question.differing_field(&record.question) {
                let description = format!(
                    "differs from the final verdict v{sequence} under the same campaign, task and \
                     account"
                );
                return Err(Refusal::contradicts(field, description));
            }
            let record = Box::new(record);
            return Ok(Decided { sequence, record });
        }
        let mut record = self.judge_now(question)?;
        if !validate_only && self.guard(&record) {
            record = self.judge_now(record.question)?;
        }
        if validate_only {
            return Ok(Decided {
                sequence: 0,
                record,
            });
        }
        let sequence = self.append(&record, key, follows);
        if record.seen.score_counts.held_by_fuse().is_some()
            && let Some(account) = self.graph.find_account(&record.question.account_id)
        {
            // A case is opened of it.
            self.ledger.note(account);
        }
        if let Some(follows) = follows {
            self.supersede(follows, sequence);
        }
        Ok(Decided { sequence, record })
    }

    fn judge_now(&self, question: Question) -> Result<Box<VerdictRecord>, Refusal> {
        let campaign = self.campaign(&question.campaign_id)?;
        let selecting = question.completed_at.unwrap_or_else(|| self.now());
        let revision = campaign.in_effect(selecting);
        let (seen, abuse_ppm) = self.see(&question, revision, selecting, self.now());
        let model = self.models.current();
        let outcome = judge_scored(&question, revision, model, &seen, abuse_ppm);
        Ok(Box::new(VerdictRecord {
            campaign_revision: revision.record.revision,
            decided_with: self.models.decided_with.clone(),
            question,
            seen,
            outcome,
        }))
    }

    fn append(&mut self, record: &VerdictRecord, key: u64, follows: Option<u64>) -> u64 {
        self.positions.verdicts += 1;
        let sequence = self.positions.verdicts;
        self.latest_verdict = self.latest_verdict.max(record.seen.now);
        self.apply_seat(record, sequence);
        self.scratch.clear();
        record.encode_to(&mut self.scratch);
        self.group.push_verdict(columns(record), &self.scratch);
        self.verdicts.push(sequence, key, &self.scratch, follows);
        self.hold(record, sequence);
        self.remember_contradiction(record);
        sequence
    }

    /// Remembers that billing was told more of a task than the stream saw: a fact of the account, which
    /// counts at every question about it from now on, and against what was granted before.
    pub(super) fn remember_contradiction(&mut self, record: &VerdictRecord) {
        let question = &record.question;
        let contradicts = record
            .seen
            .features
            .is_some_and(|seen| seen.contradicts_stream());
        if contradicts && let Some(account) = self.graph.find_account(&question.account_id) {
            self.graph.contradict(account, &question.task_id);
            self.ledger.note(account);
        }
    }

    /// Remembers a verdict whose benefit may still be corrected.
    pub(super) fn hold(&mut self, record: &VerdictRecord, sequence: u64) {
        if !record.is_correctable() {
            return;
        }
        let question = &record.question;
        let campaign = self.ledger.held.campaign_number(&question.campaign_id);
        match self.graph.find_account(&question.account_id) {
            Some(account) => {
                let answer = answer_held(&record.outcome);
                let held = (sequence, record.benefit(), answer);
                let mut known = self.ledger.held.of(account).iter();
                let is_first = known.all(|one| one.campaign != campaign);
                self.ledger.held.push(account, campaign, held);
                let is_drawn = || is_first && self.is_drawn(&question.campaign_id, account);
                // What was granted before the account was found is looked at again.
                if answer.found() || is_drawn() {
                    self.ledger.note(account);
                }
            }
            None => {
                let id = &question.account_id;
                self.ledger.hold_for_stranger(id, campaign, sequence);
            }
        }
    }

    /// Takes and vacates the seats that a verdict says.
    pub(super) fn apply_seat(&mut self, record: &VerdictRecord, sequence: u64) {
        if !record.outcome.takes_seat {
            return;
        }
        let campaign = &record.question.campaign_id;
        for idle in &record.seen.seat.idle_holders {
            if let Some(account) = self.graph.find_account(idle) {
                self.seats.vacate(campaign, account, sequence);
            }
        }
        if let Some(account) = self.graph.find_account(&record.question.account_id) {
            self.seats.take(campaign, account, sequence);
        }
    }

    /// A recorded verdict; [`super::node`] shows it only once it is durable.
    ///
    /// # Errors
    /// There is none under this number; the store can't be read.
    pub fn verdict(&self, sequence: u64) -> Result<Decided, Refusal> {
        let missing = || Refusal::NotFound {
            what: "verdict",
            name: format!("v{sequence}"),
        };
        if sequence == 0 || sequence > self.positions.verdicts {
            return Err(missing());
        }
        let record = self
            .verdicts
            .get(sequence, &self.reader)?
            .ok_or_else(missing)?;
        let record = Box::new(record);
        Ok(Decided { sequence, record })
    }

    /// Events taken in, durable or not.
    pub fn event_count(&self) -> u64 {
        self.positions.events
    }

    /// Verdicts given, durable or not.
    pub fn verdict_count(&self) -> u64 {
        self.positions.verdicts
    }

    /// A campaign by its id.
    ///
    /// # Errors
    /// There is none.
    pub fn campaign(&self, id: &str) -> Result<&Campaign, Refusal> {
        self.campaigns.get(id).ok_or_else(|| Refusal::NotFound {
            what: "campaign",
            name: id.into(),
        })
    }

    /// What waits to be handed to the journal.
    pub fn pending(&self) -> &Group {
        &self.group
    }

    /// Hands the pending group over, taking an empty one in its place.
    pub fn take_group(&mut self, empty: Group) -> Group {
        self.ledger.hand_over();
        let flushes = self.group.event_count() / EVENTS_AN_INDEX_FLUSH + 1;
        for flush in self.event_index.take_flushes(flushes) {
            self.group.push_index_flush(flush);
        }
        std::mem::replace(&mut self.group, empty)
    }

    /// Learns that everything up to `verdicts` is durable.
    pub fn committed(&mut self, verdicts: u64, filters: Vec<NewFilter>) {
        self.verdicts.committed(verdicts);
        self.ledger.committed();
        self.event_index.flushed(filters);
    }
}

/// The ledger's columns of a verdict.
pub(super) fn columns(record: &VerdictRecord) -> VerdictColumns<'_> {
    VerdictColumns {
        campaign_id: &record.question.campaign_id,
        campaign_revision: record.campaign_revision,
        account_id: &record.question.account_id,
        task_id: &record.question.task_id,
        decided_at_us: record.seen.now.micros(),
        decision: record.outcome.decision.number(),
        is_final: record.outcome.is_final,
        rate_basis_points: record.outcome.rate_basis_points,
        tokens: record.question.tokens,
        events_seen: record.seen.events,
    }
}

/// What of an outcome is remembered.
fn answer_held(outcome: &Outcome) -> HeldAnswer {
    let revokes = outcome.observed.unwrap_or(outcome.decision) == Decision::Revoke;
    let found = revokes && is_of_score(&outcome.reasons);
    match (outcome.decision == Decision::Allow, found) {
        (true, false) => HeldAnswer::Granted,
        (true, true) => HeldAnswer::WouldBeFound,
        (false, true) => HeldAnswer::Found,
        (false, false) => HeldAnswer::Refused,
    }
}
