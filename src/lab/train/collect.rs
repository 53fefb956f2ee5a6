//! Collecting examples while a labelled data set is told: an account as it was at some of the questions
//! about it, and at the end.

use super::{super::evaluate::truth::Truth, examples::Example};
use crate::{
    domain::{
        event::word_hash,
        feature::{Features, features, features_before_tasks},
        graph::EntityGraph,
    },
    lab::label::Label,
};

/// Folds that the operations and people of one data set are dealt into.
pub const FOLDS_A_SET: u32 = 3;
/// A population of a handful is not counted so often that the handful is learnt by heart.
const EMPHASIS_AT_MOST: f64 = 5.0;

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

    /// All examples. An account counts as 1 in all: at its questions, at the end, and as it looked before
    /// any task was shown. Ban evaders are left out: what they do is what anybody does.
    pub fn examples(self, graph: &EntityGraph) -> Vec<(String, Example)> {
        let emphasis = self.emphasis();
        let mut examples = Vec::new();
        for (labelled, (_, kept)) in self.truth.accounts().iter().zip(self.accounts) {
            let Some(account) = graph.find_account(&labelled.id) else {
                continue;
            };
            let Some(at_end) = features(graph, account) else {
                continue;
            };
            if labelled.label == Label::BanEvasion {
                continue;
            }
            let mut moments = vec![(at_end, 0.4)];
            let before_tasks = features_before_tasks(graph, account);
            moments.extend(before_tasks.map(|before| (before, 0.2)));
            let asked = kept.len() as f64;
            moments.extend(kept.into_iter().map(|seen| (seen, 0.4 / asked)));
            let whole: f64 = moments.iter().map(|(_, part)| part).sum();
            let example = |(features, part): (Features, f64)| Example {
                features,
                abusive: labelled.label.is_abuse(),
                weight: part / whole,
                honest_population: labelled.label.is_honest().then(|| {
                    let name = &self.truth.populations()[labelled.population as usize];
                    word_hash(name)
                }),
                emphasis: emphasis[labelled.population as usize],
                fold: (labelled.cluster + self.set) % FOLDS_A_SET,
            };
            let named = |moment| (labelled.id.clone(), example(moment));
            examples.extend(moments.into_iter().map(named));
        }
        examples
    }

    /// By population: every honest one counts alike in learning, however rare, since what is promised
    /// is promised to each of them.
    fn emphasis(&self) -> Vec<f64> {
        let accounts = self.truth.accounts().iter();
        let honest = accounts.filter(|account| account.label.is_honest());
        let mut sizes = vec![0.0; self.truth.populations().len()];
        honest.for_each(|account| sizes[account.population as usize] += 1.0);
        let populations = sizes.iter().filter(|size| **size > 0.0).count();
        let alike = sizes.iter().sum::<f64>() / populations.max(1) as f64;
        let emphasis = |size: &f64| match *size > 0.0 {
            true => (alike / size).min(EMPHASIS_AT_MOST),
            false => 1.0,
        };
        sizes.iter().map(emphasis).collect()
    }
}
