//! The facts of a labelled data set without the rest of the service: events fold into a graph as they
//! came, and a question finds the features that a verdict would have seen. Nothing is linked, judged or
//! stored, since no feature rests on it.

use std::collections::HashSet;

use crate::{
    domain::{
        feature::{Features, features_when_asked},
        graph::EntityGraph,
        identifier::IdentifierKinds,
    },
    edge::{intake, proto::v1, pseudonym::Pseudonymiser, question::question},
    journal::EventKey,
    service::refusal::Refusal,
};

/// A graph that a data set is told to.
pub struct Listener {
    graph: EntityGraph,
    kinds: IdentifierKinds,
    pseudonymiser: Pseudonymiser,
    heard: HashSet<EventKey>,
}

impl Listener {
    /// With an empty graph, for events whose other identifiers are of these kinds.
    pub fn new(kinds: IdentifierKinds, pseudonymiser: Pseudonymiser) -> Self {
        Listener {
            graph: EntityGraph::default(),
            kinds,
            pseudonymiser,
            heard: HashSet::new(),
        }
    }

    /// Takes an event in; one that comes again changes nothing.
    ///
    /// # Errors
    /// The event is refused.
    pub fn observe(&mut self, event: v1::Event) -> Result<(), Refusal> {
        let arrival = intake::arrival(event, &self.pseudonymiser)?;
        if self.heard.insert(arrival.key) {
            let sequence = self.heard.len() as u64;
            let tie = arrival.key.tie();
            self.graph.fold(&arrival.event, &self.kinds, tie, sequence);
        }
        Ok(())
    }

    /// Answers the account of a question and its features, where anything can be said of it.
    ///
    /// # Errors
    /// The question is refused.
    pub fn ask(
        &mut self,
        check: v1::CheckDiscountRequest,
    ) -> Result<(String, Option<Features>), Refusal> {
        let question = question(check)?;
        let task = (&*question.task_id, question.tokens);
        self.settle();
        let account = self.graph.find_account(&question.account_id);
        let seen = account.and_then(|account| features_when_asked(&self.graph, account, task));
        if let Some(account) = account
            && seen.is_some_and(|seen| seen.contradicts_stream())
        {
            self.graph.contradict(account, &question.task_id);
        }
        Ok((question.account_id, seen))
    }

    /// The graph after the last event.
    pub fn into_graph(mut self) -> EntityGraph {
        self.settle();
        self.graph
    }

    /// Brings what is derived of identifiers up to date.
    fn settle(&mut self) {
        self.graph.take_touched();
    }
}
