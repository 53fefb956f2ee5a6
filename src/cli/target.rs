//! Where a command works: in a store that no server holds, or at a server. Both take events and
//! questions in order and answer in order, once it is durable.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::{arguments, client::Client, failure::Failure, shipped};
use crate::{
    domain::verdict::Question,
    edge::{intake, json_lines, proto::v1, pseudonym::Pseudonymiser, status::code_name},
    service::{
        clock::Clock,
        engine::{Decided, Observed},
        refusal::Refusal,
        store::Store,
    },
};

/// Events of one message to a server.
const EVENTS_A_MESSAGE: usize = 500;
/// Messages sent ahead of their answers.
const MESSAGES_AHEAD: usize = 4;
/// Questions of one batch to a server.
const QUESTIONS_A_BATCH: usize = 500;
const DEFAULT_DATA: &str = "./data";

/// What became of an event line.
pub(super) enum EventAnswer {
    Accepted,
    Duplicate,
    /// In words, naming the field.
    Refused(String),
}

/// What has become durable since the last call: answers to events by line, and to questions.
#[derive(Default)]
pub(super) struct Answers {
    pub events: Vec<(u64, EventAnswer)>,
    pub verdicts: Vec<Value>,
}

pub(super) enum Target {
    Store(Box<StoreTarget>),
    Server(Box<ServerTarget>),
}

/// A store, with what waits for its next commit.
pub(super) struct StoreTarget {
    store: Store,
    pseudonymiser: Pseudonymiser,
    uncommitted: Answers,
}

/// A server, with what waits to be sent and to be answered.
pub(super) struct ServerTarget {
    pub client: Client,
    unsent: Vec<(u64, v1::Event)>,
    sent: VecDeque<Vec<u64>>,
    questions: Vec<v1::CheckDiscountRequest>,
    answered: Answers,
}

impl Target {
    /// Opens what the arguments name.
    pub(super) async fn open(target: &arguments::Target) -> Result<Self, Failure> {
        if let Some(url) = &target.server {
            return Ok(Target::Server(Box::new(ServerTarget {
                client: Client::connect(url, target).await?,
                unsent: Vec::new(),
                sent: VecDeque::new(),
                questions: Vec::new(),
                answered: Answers::default(),
            })));
        }
        let data = target.data.clone().unwrap_or_else(|| DEFAULT_DATA.into());
        let pseudonymiser = shipped::pseudonymiser(
            &data,
            target.pseudonym_key.as_deref(),
            shipped::reference_data(target.reference_data.as_deref())?,
        )?;
        let store = Store::open(&data, &shipped::setup(Clock::Events, &pseudonymiser))?;
        Ok(Target::Store(Box::new(StoreTarget {
            store,
            pseudonymiser,
            uncommitted: Answers::default(),
        })))
    }

    /// Takes an event in.
    pub(super) async fn observe(&mut self, line: u64, event: v1::Event) -> Result<(), Failure> {
        match self {
            Target::Store(target) => target.observe(line, event),
            Target::Server(target) => {
                target.ask_questions().await?;
                target.unsent.push((line, event));
                if target.unsent.len() >= EVENTS_A_MESSAGE {
                    target.send_events().await?;
                }
                Ok(())
            }
        }
    }

    /// Asks a question of which `request` is the message; all events before it count.
    pub(super) async fn ask(
        &mut self,
        request: v1::CheckDiscountRequest,
        question: Result<(Question, bool), Refusal>,
    ) -> Result<(), Failure> {
        match self {
            Target::Store(target) => target.ask(question),
            Target::Server(target) => {
                target.settle_events().await?;
                target.questions.push(request);
                if target.questions.len() >= QUESTIONS_A_BATCH {
                    target.ask_questions().await?;
                }
                Ok(())
            }
        }
    }

    /// Takes what has become durable.
    pub(super) fn take_answers(&mut self) -> Result<Answers, Failure> {
        match self {
            Target::Store(target) if !target.store.is_group_full() => Ok(Answers::default()),
            Target::Store(target) => target.commit(),
            Target::Server(target) => Ok(std::mem::take(&mut target.answered)),
        }
    }

    /// Waits until everything is durable and takes the rest of the answers.
    pub(super) async fn settle(&mut self) -> Result<Answers, Failure> {
        match self {
            Target::Store(target) => target.commit(),
            Target::Server(target) => {
                target.settle_events().await?;
                target.ask_questions().await?;
                Ok(std::mem::take(&mut target.answered))
            }
        }
    }

    /// Checkpoints a store, so that it opens quickly.
    pub(super) fn close(self) -> Result<(), Failure> {
        match self {
            Target::Store(target) => Ok(target.store.close()?),
            Target::Server(_) => Ok(()),
        }
    }
}

impl StoreTarget {
    pub(super) fn store(&self) -> &Store {
        &self.store
    }

    /// The same, for looks that bring it up to date.
    pub(super) fn store_mut(&mut self) -> &mut Store {
        &mut self.store
    }

    fn observe(&mut self, line: u64, event: v1::Event) -> Result<(), Failure> {
        let observed = intake::arrival(event, &self.pseudonymiser)
            .and_then(|arrival| self.store.observe(&arrival));
        let answer = match observed {
            Ok(Observed::Accepted) => EventAnswer::Accepted,
            Ok(Observed::Duplicate) => EventAnswer::Duplicate,
            Err(refusal @ Refusal::Store(_)) => return Err(refusal.into()),
            Err(refusal) => EventAnswer::Refused(refusal.to_string()),
        };
        self.uncommitted.events.push((line, answer));
        Ok(())
    }

    fn ask(&mut self, question: Result<(Question, bool), Refusal>) -> Result<(), Failure> {
        let decided: Result<Decided, Refusal> = question
            .and_then(|(question, validate_only)| self.store.decide(question, validate_only));
        let verdict = match decided {
            Ok(decided) => json_lines::verdict(decided),
            Err(refusal @ Refusal::Store(_)) => return Err(refusal.into()),
            Err(refusal) => json_lines::refusal(&refusal),
        };
        self.uncommitted.verdicts.push(verdict);
        Ok(())
    }

    fn commit(&mut self) -> Result<Answers, Failure> {
        self.store.commit()?;
        Ok(std::mem::take(&mut self.uncommitted))
    }
}

impl ServerTarget {
    async fn send_events(&mut self) -> Result<(), Failure> {
        if self.unsent.is_empty() {
            return Ok(());
        }
        let (lines, events) = std::mem::take(&mut self.unsent).into_iter().unzip();
        self.client.publish(events).await?;
        self.sent.push_back(lines);
        if self.sent.len() > MESSAGES_AHEAD {
            self.take_acknowledgement().await?;
        }
        Ok(())
    }

    async fn settle_events(&mut self) -> Result<(), Failure> {
        self.send_events().await?;
        while !self.sent.is_empty() {
            self.take_acknowledgement().await?;
        }
        Ok(())
    }

    async fn take_acknowledgement(&mut self) -> Result<(), Failure> {
        let results = self.client.acknowledged().await?;
        let lines = self.sent.pop_front().unwrap_or_default();
        for (line, result) in lines.into_iter().zip(results) {
            let answer = match result {
                v1::EventResult {
                    error: Some(status),
                    ..
                } => EventAnswer::Refused(status.message),
                v1::EventResult {
                    duplicate: true, ..
                } => EventAnswer::Duplicate,
                _ => EventAnswer::Accepted,
            };
            self.answered.events.push((line, answer));
        }
        Ok(())
    }

    async fn ask_questions(&mut self) -> Result<(), Failure> {
        if self.questions.is_empty() {
            return Ok(());
        }
        let requests = std::mem::take(&mut self.questions);
        let request = v1::BatchCheckDiscountsRequest { requests };
        let response = self.client.verdicts.batch_check_discounts(request).await?;
        for result in response.into_inner().results {
            self.answered.verdicts.push(result_json(result.result)?);
        }
        Ok(())
    }
}

fn result_json(result: Option<v1::check_discount_result::Result>) -> Result<Value, Failure> {
    use v1::check_discount_result::Result as ItemResult;
    match result {
        Some(ItemResult::Verdict(verdict)) => {
            let response = v1::CheckDiscountResponse {
                verdict: Some(verdict),
            };
            Ok(json_lines::response_json(&response))
        }
        Some(ItemResult::Error(status)) => Ok(error_json(&status)),
        None => Err(Failure::Failed(
            "the server answered a question with nothing".into(),
        )),
    }
}

/// A status of a batch in the same form as a refusal of our own.
fn error_json(status: &tonic_types::Status) -> Value {
    use prost::Message;
    use tonic_types::StatusExt;
    let code = tonic::Code::from_i32(status.code);
    let full = tonic::Status::with_details(code, &status.message, status.encode_to_vec().into());
    let violations = full
        .get_details_bad_request()
        .map(|bad| bad.field_violations);
    let fields: Vec<Value> = violations
        .unwrap_or_default()
        .into_iter()
        .map(|one| json!({ "field": one.field, "description": one.description }))
        .collect();
    let name = full.get_details_error_info().map_or_else(
        || code_name(&Refusal::Damaged(String::new())).to_string(),
        |info| info.reason,
    );
    json!({ "error": { "code": name, "message": status.message, "fields": fields } })
}
