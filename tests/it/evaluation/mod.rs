//! The evaluation itself: what is perfect scores perfectly, what is bad scores as badly as it should.

mod answers;
mod command;
mod hop;
mod measures;
mod thresholds;

use sameuser::{
    domain::clock::Timestamp,
    lab::{
        evaluate::{
            answers::{AbuseScore, Answer, AnsweredTask, Answers},
            truth::{Truth, TruthLine},
        },
        label::Label,
    },
};

/// A task of every account has so many tokens.
const TOKENS: u64 = 1000;

/// One line of a truth.
fn line(account: &str, person: &str, label: Label, population: &str) -> TruthLine {
    TruthLine {
        account_id: account.into(),
        person: person.into(),
        label,
        population: Some(population.into()),
        group: None,
        primary: false,
    }
}

/// Forty honest singles, ten honest people with two accounts each, a farm of twenty accounts, two
/// accounts that evade a ban, and five people with a duplicate.
fn world() -> Truth {
    let mut lines = Vec::new();
    for number in 0..40 {
        let (account, person) = (format!("single-{number}"), format!("s{number}"));
        lines.push(line(&account, &person, Label::Legitimate, "single"));
    }
    for number in 0..20 {
        let (account, person) = (format!("moved-{number}"), format!("m{}", number / 2));
        lines.push(line(&account, &person, Label::Legitimate, "replaced_phone"));
    }
    for number in 0..20 {
        let mut farmed = line(
            &format!("farm-{number}"),
            "farmer",
            Label::BulkRegistration,
            "farm",
        );
        farmed.group = Some("farm-1".into());
        lines.push(farmed);
    }
    for number in 0..2 {
        let account = format!("evader-{number}");
        lines.push(line(&account, "evader", Label::BanEvasion, "evader"));
    }
    for number in 0..10 {
        let (account, person) = (format!("twice-{number}"), format!("t{}", number / 2));
        let mut twice = line(&account, &person, Label::DuplicateAccount, "duplicates");
        twice.primary = number % 2 == 0;
        lines.push(twice);
    }
    Truth::new(lines).unwrap()
}

/// Two tasks of each account, an hour apart, answered in turn.
fn tasks(truth: &Truth, answer: impl Fn(u32) -> (Answer, Answer)) -> Vec<AnsweredTask> {
    let accounts = 0..u32::try_from(truth.accounts().len()).unwrap();
    let hours = [0, 1];
    let ask = |hour: i64, account: u32| {
        let (online, at_end) = answer(account);
        AnsweredTask {
            account,
            completed_at: Timestamp::from_micros(1_781_600_000_000_000).plus_seconds(hour * 3600),
            tokens: TOKENS,
            online,
            at_end,
        }
    };
    let asked = hours.map(|hour| accounts.clone().map(move |account| (hour, account)));
    let asked = asked.into_iter().flatten();
    asked.map(|(hour, account)| ask(hour, account)).collect()
}

/// A system that always gives one answer, tells one user an account, and one score of everybody.
fn always(truth: &Truth, answer: Answer, score: f64) -> Answers {
    let accounts = truth.accounts().len();
    Answers {
        tasks: tasks(truth, |_| (answer, answer)),
        users: Some(vec![None; accounts]),
        identifiers: None,
        scores: Some(vec![
            AbuseScore {
                score,
                scored: true
            };
            accounts
        ]),
        calibrated: true,
    }
}

/// A system that knows the truth.
fn oracle(truth: &Truth) -> Answers {
    let right = |number: u32| match truth.account(number) {
        account if account.label.is_abuse() => Answer::Revoked,
        account if account.label == Label::DuplicateAccount && !account.primary => Answer::NoSeat,
        _ => Answer::Allowed,
    };
    let accounts = truth.accounts();
    let score = |abusive: bool| AbuseScore {
        score: f64::from(u8::from(abusive)),
        scored: true,
    };
    Answers {
        tasks: tasks(truth, |number| (right(number), right(number))),
        users: Some(
            accounts
                .iter()
                .map(|account| Some(account.person))
                .collect(),
        ),
        identifiers: None,
        scores: Some(
            accounts
                .iter()
                .map(|account| score(account.label.is_abuse()))
                .collect(),
        ),
        calibrated: true,
    }
}
