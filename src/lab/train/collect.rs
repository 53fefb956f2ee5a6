//! Collecting examples while a labelled data set is told: an account as it was at some of the questions
//! about it, and at the end.

use super::{
    super::evaluate::truth::{Label, Truth},
    examples::Example,
};
use crate::domain::{
    feature::{Features, can_score, features},
    graph::EntityGraph,
};

/// Folds that the operations and people of one data set are dealt into.
const FOLDS_A_SET: u32 = 5;

/// Examples of one data set.
pub struct Collector<'a> {
    truth: &'a Truth,
    /// Tells data sets apart.
    set: u32,
    /// By account: questions asked, and what was seen at some.
    accounts: Vec<(u32, Vec<Features>)>,
}

impl<'a> Collector<'a> {
    /// Of a data set.
    pub fn new(truth: &'a Truth, set: u32) -> Self {
        Collector {
            truth,
            set,
            accounts: vec![(0, Vec::new()); truth.accounts().len()],
        }
    }

    /// Takes in what was seen when a question was asked: at the first, second, fourth, eighth … one of
    /// an account.
    pub fn asked(&mut self, account: &str, seen: Option<Features>) {
        let (Some(number), Some(seen)) = (self.truth.find(account), seen) else {
            return;
        };
        let (asked, kept) = &mut self.accounts[number as usize];
        *asked += 1;
        if asked.is_power_of_two() {
            kept.push(seen);
        }
    }

    /// All examples: the end of each account counts as much as all its questions together. Ban evaders
    /// are left out: what they do is what anybody does.
    pub fn examples(self, graph: &EntityGraph) -> Vec<(String, Example)> {
        let mut examples = Vec::new();
        for (labelled, (_, kept)) in self.truth.accounts().iter().zip(self.accounts) {
            let Some(account) = graph.find_account(&labelled.id) else {
                continue;
            };
            if labelled.label == Label::BanEvasion || !can_score(graph.account(account)) {
                continue;
            }
            let fold = (labelled.cluster + self.set) % FOLDS_A_SET;
            let asked = kept.len() as f64;
            let example = |features, weight| Example {
                features,
                abusive: labelled.label.is_abuse(),
                weight,
                fold,
            };
            let end = example(
                features(graph, account),
                if kept.is_empty() { 1.0 } else { 0.5 },
            );
            let questions = kept.into_iter().map(|seen| example(seen, 0.5 / asked));
            let named = |example| (labelled.id.clone(), example);
            examples.extend(questions.chain([end]).map(named));
        }
        examples
    }
}
