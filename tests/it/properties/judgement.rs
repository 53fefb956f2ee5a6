//! Promise 4: every verdict can be judged again from its record, and nobody notices a question that
//! only validates.

use proptest::prelude::*;
use sameuser::{
    domain::verdict::{RULES_VERSION, judge},
    edge::proto::v1,
    service::{engine::Decided, refusal::Refusal, verify::verify},
};

use super::{
    cases,
    drive::{Drive, View},
    sketch::{DENSE, MIDDLE, Sketch, Step, account_id, events, sketches},
};
use crate::support::{CAMPAIGN, check};

/// A question in small numbers, asked before the event of the same position.
#[derive(Clone, Debug)]
struct Asked {
    account: u16,
    task: u8,
    /// Hours from the middle of the sketches, which lies six days before the campaign.
    completed: Option<i16>,
    tokens: u32,
    surface: u8,
    other_offer: bool,
    validate_only: bool,
    suspends: bool,
}

fn asked() -> impl Strategy<Value = Asked> {
    let completed = prop_oneof![1 => Just(None), 8 => (0..600i16).prop_map(Some)];
    (
        (0..12u16, 0..6u8, completed, 1..5u32),
        (
            0..8u8,
            prop::bool::weighted(0.1),
            any::<bool>(),
            prop::bool::weighted(0.03),
        ),
    )
        .prop_map(
            |(
                (account, task, completed, tokens),
                (surface, other_offer, validate_only, suspends),
            )| {
                Asked {
                    account,
                    task,
                    completed,
                    tokens,
                    surface,
                    other_offer,
                    validate_only,
                    suspends,
                }
            },
        )
}

impl Asked {
    fn request(&self) -> v1::CheckDiscountRequest {
        let mut request = check(&account_id(self.account), &format!("task-{}", self.task));
        let task = request.task.as_mut().unwrap();
        let instant = |hours: i64| pbjson_types::Timestamp {
            seconds: MIDDLE + hours * 3600,
            nanos: 0,
        };
        let completed = self.completed.map(i64::from);
        task.started_at = Some(instant(completed.unwrap_or(200) - 1));
        task.completed_at = completed.map(instant);
        task.tokens = u64::from(self.tokens);
        if self.surface == 0 {
            request.surface = "web".into();
        }
        if self.other_offer {
            request.other_offers = vec!["students".into()];
        }
        request.validate_only = self.validate_only;
        request
    }
}

/// Asks, and holds the answer against what was answered before.
fn ask(drive: &mut Drive, asked: &Asked) -> Option<Decided> {
    use sameuser::domain::campaign::CampaignState;
    if asked.suspends {
        let engine = drive.engine_mut();
        let state = engine.campaign(CAMPAIGN).unwrap().latest().record.state;
        let next = match state {
            CampaignState::Active => CampaignState::Suspended,
            _ => CampaignState::Active,
        };
        engine
            .change_state(CAMPAIGN, next, "a property".into())
            .unwrap();
    }
    match drive.ask(&asked.request()) {
        Ok(decided) => {
            assert_eq!(decided.sequence == 0, asked.validate_only);
            Some(decided)
        }
        // A final verdict stands under the key with other content.
        Err(Refusal::FailedPrecondition(_)) if !asked.validate_only => None,
        Err(refusal) => panic!("{asked:?}: {refusal}"),
    }
}

fn judged_again(drive: &Drive, decided: &Decided) {
    let record = if decided.sequence == 0 {
        *decided.record.clone()
    } else {
        drive.record(decided.sequence)
    };
    assert_eq!(record, *decided.record, "as stored");
    assert_eq!(record.decided_with.rules_version, RULES_VERSION);
    let engine = drive.engine();
    let campaign = engine.campaign(&record.question.campaign_id).unwrap();
    let revision = campaign.revision(record.campaign_revision).unwrap();
    let model = &engine.models().abuse[&record.decided_with.model_revision];
    let again = judge(&record.question, revision, model, &record.seen);
    assert_eq!(again, record.outcome);
}

fn run(set: &[Sketch], questions: &[Asked]) -> (Drive, Vec<Decided>) {
    let mut drive = Drive::new();
    let mut answers = Vec::new();
    let events = events(set);
    for position in 0..events.len().max(questions.len()) {
        if let Some(asked) = questions.get(position) {
            answers.extend(ask(&mut drive, asked));
        }
        if let Some(event) = events.get(position) {
            drive.observe(event).unwrap();
        }
        match set.get(position).map(|sketch| sketch.then) {
            Some(Step::Reopen) => drive.reopen(),
            Some(Step::CopySlice) => {
                drive.copy_slice();
            }
            Some(Step::Commit) => drive.commit(),
            _ => {}
        }
    }
    drive.commit();
    (drive, answers)
}

proptest! {
    #![proptest_config(cases(48, 4))]
    #[test]
    fn a_verdict_judged_again_from_its_record_is_equal(
        set in sketches(DENSE, 20..120),
        questions in prop::collection::vec(asked(), 10..120),
    ) {
        let (drive, answers) = run(&set, &questions);
        for decided in &answers {
            judged_again(&drive, decided);
        }
        let directory = drive.directory();
        let mut faults = Vec::new();
        let verified = verify(&directory, |fault| faults.push(fault), |_, _| {}).unwrap();
        prop_assert_eq!(faults, Vec::<String>::new());
        prop_assert_eq!(verified.events, set.len() as u64);
        prop_assert_eq!(verified.judged_again, verified.verdicts);
        let recorded = answers.iter().map(|decided| decided.sequence).max();
        prop_assert_eq!(verified.verdicts, recorded.unwrap_or(0));
    }
}

proptest! {
    #![proptest_config(cases(32, 5))]
    #[test]
    fn a_repeat_of_a_final_verdict_is_the_recorded_one(
        set in sketches(DENSE, 20..80),
        questions in prop::collection::vec(asked(), 10..80),
    ) {
        let (mut drive, answers) = run(&set, &questions);
        drive.reopen();
        let finals = answers.iter().filter(|d| d.sequence > 0 && d.record.outcome.is_final);
        for decided in finals {
            let question = decided.record.question.clone();
            let again = drive.engine_mut().decide(question, false).unwrap();
            prop_assert_eq!(again.sequence, decided.sequence);
            prop_assert_eq!(&again.record, &decided.record);
        }
        prop_assert!(drive.engine().pending().is_empty(), "a repeat was recorded");
    }
}

/// Seats, verdicts and everything else that a question could have changed.
fn ledger(drive: &mut Drive) -> (View, Vec<(String, Option<u64>)>, usize) {
    drive.engine_mut().refresh();
    let view = drive.view();
    let asked: Vec<_> = (0..12)
        .map(|account| {
            let mut request = check(&account_id(account), "a task never asked about");
            request.validate_only = true;
            let seat = drive.ask(&request).unwrap().record.seen.seat;
            (format!("{seat:?}"), None)
        })
        .collect();
    let waits = drive.engine().pending().len();
    (view, asked, waits)
}

proptest! {
    #![proptest_config(cases(32, 6))]
    #[test]
    fn validating_changes_nothing(
        set in sketches(DENSE, 20..80),
        questions in prop::collection::vec(asked(), 10..60),
        validated in prop::collection::vec(asked(), 1..20),
    ) {
        let (mut drive, _) = run(&set, &questions);
        let before = ledger(&mut drive);
        for mut asked in validated {
            asked.validate_only = true;
            asked.suspends = false;
            let decided = ask(&mut drive, &asked).unwrap();
            let fresh = ask(&mut drive, &asked).unwrap();
            prop_assert_eq!(&fresh.record, &decided.record, "asking twice");
        }
        prop_assert_eq!(ledger(&mut drive), before);
    }
}
