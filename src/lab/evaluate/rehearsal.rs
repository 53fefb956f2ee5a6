//! The service itself, in process: events told again as they came, with billing's questions asked in
//! between, as `sameuser replay --checks` does it; and at the end every task asked anew.

use std::collections::HashMap;

use super::{
    answers::{AbuseScore, Answer, AnsweredTask, Answers},
    truth::Truth,
};
use crate::{
    domain::{
        feature::Features, graph::EntityGraph, identifier::IdentifierKind, verdict::Question,
    },
    edge::{intake, proto::v1, pseudonym::Pseudonymiser, question::question},
    service::{
        engine::{Engine, Observed},
        refusal::Refusal,
        store::Store,
    },
};

/// A store that a data set is told to.
pub struct Rehearsal {
    store: Store,
    pseudonymiser: Pseudonymiser,
    asked: Vec<Asked>,
}

struct Asked {
    question: Question,
    online: Answer,
    revocable_ppm: u32,
}

/// A task that the campaign's terms cover, of a labelled account.
#[derive(Clone, Debug)]
pub struct CoveredTask {
    /// The question about it: its place in the order of asking.
    pub position: usize,
    /// The account (its number in the truth).
    pub account: u32,
    /// What was asked.
    pub question: Question,
    /// The answer then.
    pub online: Answer,
    /// The highest probability at which it would be revoked when asked, or recovered at the end, millionths;
    /// 0 where the account shows no behaviour of its own.
    pub revocable_ppm: u32,
}

impl CoveredTask {
    /// With answers: then, and anew at the end.
    pub fn answered(&self, online: Answer, at_end: Answer) -> AnsweredTask {
        AnsweredTask {
            account: self.account,
            completed_at: self.question.completed_at.unwrap_or_default(),
            tokens: self.question.tokens,
            online,
            at_end,
        }
    }
}

/// The state after the last event.
pub struct Rehearsed {
    store: Store,
    /// Tasks that the terms cover, in the order of asking.
    pub covered: Vec<CoveredTask>,
    /// Tasks left out, since the terms don't cover them.
    pub uncovered: u64,
    /// Tasks left out, since the truth doesn't know their account.
    pub unlabelled: u64,
}

impl Rehearsal {
    /// In an empty store, whose campaign is published.
    pub fn new(store: Store, pseudonymiser: Pseudonymiser) -> Self {
        Rehearsal {
            store,
            pseudonymiser,
            asked: Vec::new(),
        }
    }

    /// Takes an event in.
    ///
    /// # Errors
    /// The event is refused; or the store failed ([`Refusal::Store`]), which ends the rehearsal.
    pub fn observe(&mut self, event: v1::Event) -> Result<Observed, Refusal> {
        let arrival = intake::arrival(event, &self.pseudonymiser)?;
        let observed = self.store.observe(&arrival)?;
        if self.store.is_group_full() {
            self.store.commit()?;
        }
        Ok(observed)
    }

    /// Asks a question and keeps the answer; answers the account and its features as they were seen.
    ///
    /// # Errors
    /// The question is refused; or the store failed ([`Refusal::Store`]), which ends the rehearsal.
    pub fn ask(
        &mut self,
        check: v1::CheckDiscountRequest,
    ) -> Result<(String, Option<Features>), Refusal> {
        let validate_only = check.validate_only;
        let question = question(check)?;
        let decided = self.store.decide(question, validate_only)?;
        let online = Answer::from(&decided.record.outcome);
        let seen = decided.record.seen.features;
        let revocable_ppm = revocable_ppm(self.store.engine(), seen.as_ref());
        let question = decided.record.question;
        let account = question.account_id.clone();
        self.asked.push(Asked {
            question,
            online,
            revocable_ppm,
        });
        Ok((account, seen))
    }

    /// Makes everything so far durable, and brings what is derived up to date.
    ///
    /// # Errors
    /// The store failed.
    pub fn settle(&mut self) -> Result<(), Refusal> {
        self.store.commit()
    }

    /// The entity graph as it is.
    pub fn graph(&self) -> &EntityGraph {
        self.store.engine().graph()
    }

    /// Keeps a question that another system was asked.
    ///
    /// # Errors
    /// The question is refused.
    pub fn note(&mut self, check: v1::CheckDiscountRequest) -> Result<(), Refusal> {
        let question = question(check)?;
        self.asked.push(Asked {
            question,
            online: Answer::Missing,
            revocable_ppm: 0,
        });
        Ok(())
    }

    /// Ends it: finds the tasks that the terms cover.
    ///
    /// # Errors
    /// The store failed.
    pub fn end(mut self, truth: &Truth) -> Result<Rehearsed, Refusal> {
        self.store.commit()?;
        let mut rehearsed = Rehearsed {
            covered: Vec::new(),
            uncovered: 0,
            unlabelled: 0,
            store: self.store,
        };
        let mut places: HashMap<[String; 3], usize> = HashMap::new();
        for (position, asked) in self.asked.into_iter().enumerate() {
            let Asked {
                question,
                online,
                revocable_ppm,
            } = asked;
            let key = [
                question.campaign_id.clone(),
                question.task_id.clone(),
                question.account_id.clone(),
            ];
            // A question that comes again counts once, with the answer that became final.
            if let Some(place) = places.get(&key) {
                let before: &mut CoveredTask = &mut rehearsed.covered[*place];
                if before.online == Answer::AskAgain {
                    before.online = online;
                    before.revocable_ppm = revocable_ppm;
                }
                continue;
            }
            let Some(account) = truth.find(&question.account_id) else {
                rehearsed.unlabelled += 1;
                continue;
            };
            if !rehearsed.store.engine().is_covered(&question)? {
                rehearsed.uncovered += 1;
                continue;
            }
            places.insert(key, rehearsed.covered.len());
            rehearsed.covered.push(CoveredTask {
                position,
                account,
                question,
                online,
                revocable_ppm,
            });
        }
        Ok(rehearsed)
    }
}

impl Rehearsed {
    /// Everything the service said: the answers given, each covered task asked anew (`validate_only`),
    /// users and scores. Calls `step` after each task.
    ///
    /// # Errors
    /// The store failed.
    pub fn answers(&mut self, truth: &Truth, step: impl Fn()) -> Result<Answers, Refusal> {
        let mut tasks = Vec::with_capacity(self.covered.len());
        for task in &mut self.covered {
            let anew = self.store.decide(task.question.clone(), true)?;
            let at_end = revocable_ppm(self.store.engine(), anew.record.seen.features.as_ref());
            task.revocable_ppm = task.revocable_ppm.max(at_end);
            tasks.push(task.answered(task.online, Answer::from(&anew.record.outcome)));
            step();
        }
        let engine = self.store.engine();
        Ok(Answers {
            tasks,
            users: Some(users(truth, engine)),
            identifiers: Some(identifiers(truth, engine.graph())),
            scores: Some(abuse_scores(truth, engine)),
            calibrated: true,
        })
    }

    /// The evidence that the fuse holds, in words.
    pub fn held_by_fuse(&self) -> Vec<String> {
        let held = self.store.engine().fuse().held();
        held.map(|(_, fuse)| fuse.atom.words()).collect()
    }
}

/// The probability at which a score may revoke: none without behaviour of the account's own.
fn revocable_ppm(engine: &Engine, seen: Option<&Features>) -> u32 {
    let score = engine.models().current().score(seen);
    match score.is_of_own_behaviour() {
        true => score.probability_ppm,
        false => 0,
    }
}

fn users(truth: &Truth, engine: &Engine) -> Vec<Option<u32>> {
    let mut numbers: HashMap<String, u32> = HashMap::new();
    let mut user = |id: &str| {
        let account = engine.graph().find_account(id)?;
        let next = u32::try_from(numbers.len()).expect("fewer than 2^32 users");
        Some(*numbers.entry(engine.user_id(account)).or_insert(next))
    };
    let accounts = truth.accounts().iter();
    accounts.map(|account| user(&account.id)).collect()
}

fn identifiers(truth: &Truth, graph: &EntityGraph) -> Vec<Vec<u32>> {
    let used = |id: &str| {
        let links = graph.find_account(id).map(|account| graph.links(account));
        let identifiers = links
            .into_iter()
            .flatten()
            .map(|(identifier, _)| identifier);
        identifiers
            .filter(|identifier| graph.identifier(*identifier).0 != IdentifierKind::ADDRESS)
            .collect()
    };
    let accounts = truth.accounts().iter();
    accounts.map(|account| used(&account.id)).collect()
}

fn abuse_scores(truth: &Truth, engine: &Engine) -> Vec<AbuseScore> {
    let score = |id: &str| {
        let account = engine.graph().find_account(id);
        let told = match account {
            Some(account) => engine.score(account),
            None => engine.models().current().score(None),
        };
        AbuseScore {
            score: f64::from(told.probability_ppm) / 1e6,
            scored: told.scored,
        }
    };
    let accounts = truth.accounts().iter();
    accounts.map(|account| score(&account.id)).collect()
}
