//! One report: everything that is measured of one system on one data set.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{
    answers::{Answer, Answers},
    delay::{Delays, delays},
    duplicates::{Duplicates, duplicates},
    harm::{Harm, HonestHarm, Row, harm},
    resolution::{Resolution, resolution},
    scores::{Scores, scores},
    thresholds::Thresholds,
    truth::Truth,
};
use crate::lab::label::Label;

/// The report of a system on a data set, and those of alternatives beside it.
#[derive(Clone, Debug, Serialize)]
pub struct Evaluation {
    /// Where the data set is.
    pub data_set: String,
    /// The system: `sameuser`, or where its answers were read.
    pub system: String,
    /// The campaign whose terms hold.
    pub campaign_id: String,
    /// Evidence that was taken out of the events.
    pub without: Vec<&'static str>,
    /// What was told.
    pub told: Told,
    /// Evidence that the fuse holds at the end: in life a person would release what is abuse.
    pub held_by_fuse: Vec<String>,
    /// What was measured.
    pub report: Report,
    /// What honest accounts suffered, by the calling code of their first phone number.
    pub honest_by_calling_code: Vec<Row<HonestHarm>>,
    /// Thresholds by cost; absent where the campaign states no costs, and of other systems.
    pub thresholds: Option<Thresholds>,
    /// The same of obvious alternatives.
    pub alternatives: Vec<Alternative>,
}

/// What of the data set was told to the system.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Told {
    /// Events taken in.
    pub events: u64,
    /// Events that came again.
    pub events_duplicate: u64,
    /// Events refused.
    pub events_refused: u64,
    /// Questions refused.
    pub checks_refused: u64,
    /// Tasks that the terms don't cover: they count nowhere.
    pub tasks_uncovered: u64,
    /// Tasks of accounts that the truth doesn't know: they count nowhere.
    pub tasks_unlabelled: u64,
}

/// An obvious alternative to the service.
#[derive(Clone, Debug, Serialize)]
pub struct Alternative {
    /// A short name.
    pub name: String,
    /// What it does.
    pub rule: String,
    /// What was measured.
    pub report: Report,
}

/// What is measured of one system.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// What it was asked.
    pub asked: Asked,
    /// What honest people lost and abusers got.
    pub harm: Harm,
    /// Persons with several accounts.
    pub duplicates: Duplicates,
    /// How soon operations were seen.
    pub delays: Delays,
    /// Users against persons; absent where the system tells none.
    pub users: Option<Resolution>,
    /// The abuse score; absent where the system tells none.
    pub scores: Option<Scores>,
}

/// What a system was asked.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Asked {
    /// Accounts in the truth.
    pub accounts: u64,
    /// Persons in the truth.
    pub persons: u64,
    /// Honest accounts.
    pub honest_accounts: u64,
    /// Abusive accounts, duplicates apart.
    pub abusive_accounts: u64,
    /// Duplicate accounts.
    pub duplicate_accounts: u64,
    /// Tasks that the terms cover.
    pub covered_tasks: u64,
    /// Accounts that asked about one.
    pub accounts_asking: u64,
    /// Answers that are not final, of those.
    pub to_ask_again: u64,
    /// Answers that are missing, of those.
    pub unanswered: u64,
}

impl Report {
    /// Measures what a system answered against the truth.
    pub fn new(truth: &Truth, answers: &Answers) -> Report {
        let users = answers.users.as_deref();
        let told = answers.scores.as_deref();
        Report {
            asked: asked(truth, answers),
            harm: harm(truth, &answers.tasks),
            duplicates: duplicates(truth, &answers.tasks),
            delays: delays(truth, &answers.tasks),
            users: users.map(|users| resolution(truth, users, answers.identifiers.as_deref())),
            scores: told.map(|told| scores(truth, told, answers.calibrated)),
        }
    }
}

fn asked(truth: &Truth, answers: &Answers) -> Asked {
    let accounts = truth.accounts();
    let labelled = |wanted: fn(Label) -> bool| {
        let labels = accounts.iter().filter(|account| wanted(account.label));
        labels.count() as u64
    };
    let answered = |wanted: Answer| {
        let tasks = answers.tasks.iter().filter(|task| task.online == wanted);
        tasks.count() as u64
    };
    let asking: BTreeSet<u32> = answers.tasks.iter().map(|task| task.account).collect();
    Asked {
        accounts: accounts.len() as u64,
        persons: truth.person_count() as u64,
        honest_accounts: labelled(Label::is_honest),
        abusive_accounts: labelled(Label::is_abuse),
        duplicate_accounts: labelled(|label| label == Label::DuplicateAccount),
        covered_tasks: answers.tasks.len() as u64,
        accounts_asking: asking.len() as u64,
        to_ask_again: answered(Answer::AskAgain),
        unanswered: answered(Answer::Missing),
    }
}
