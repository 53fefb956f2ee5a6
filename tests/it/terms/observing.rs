//! A campaign that observes: everything is computed and recorded as if it bound, and nobody loses anything.

use std::{fs, ops::ControlFlow};

use sameuser::{
    domain::{
        reason::ReasonCode,
        verdict::{Decision, VerdictRecord},
    },
    edge::{json_lines, schedule::Schedule},
    service::{backtest::Hypothesis, recovery::Setup, verify::verify},
};

use crate::{
    properties::drive::{CAMPAIGN_TOML, Drive, setup},
    support::{CAMPAIGN, folder, simulate},
};

/// A simulated launch with farms and people with several accounts, told to a store with these terms, its
/// questions asked in between as they would have been.
fn told(campaign_toml: String, set: &std::path::Path) -> (Drive, Vec<VerdictRecord>) {
    let read = |name: &str| fs::read_to_string(set.join(name)).unwrap();
    let checks = read("checks.jsonl");
    let checks = checks
        .lines()
        .map(|line| json_lines::check(line.as_bytes()));
    let mut schedule = Schedule::new(checks.map(Result::unwrap).collect());
    let mut drive = Drive::with(Setup {
        campaign_toml,
        ..setup()
    });
    let mut records = Vec::new();
    for line in read("events.jsonl").lines() {
        let event = json_lines::event(line.as_bytes()).unwrap();
        while let Some(check) = schedule.due_before(&event) {
            records.push(*drive.ask(&check).unwrap().record);
        }
        drive.observe(&event).unwrap();
    }
    while let Some(check) = schedule.take_next() {
        records.push(*drive.ask(&check).unwrap().record);
    }
    drive.commit();
    drive.engine_mut().settle_standings();
    drive.commit();
    (drive, records)
}

fn reasons(record: &VerdictRecord) -> Vec<ReasonCode> {
    let reasons = record.outcome.reasons.iter().map(|reason| reason.code);
    reasons
        .filter(|code| *code != ReasonCode::Eligible)
        .collect()
}

#[test]
fn what_would_have_been_is_recorded_verdict_by_verdict_and_nobody_loses_anything() {
    let folder = folder();
    let world = ["--accounts", "900", "--seed", "10", "--mix", "surge"];
    let density = ["--abuse", "0.25"];
    simulate(folder.path(), &[world.as_slice(), &density].concat());
    let observing = CAMPAIGN_TOML.replace("mode = \"enforce\"", "mode = \"observe\"");
    assert_ne!(observing, CAMPAIGN_TOML);
    let (enforced, bound) = told(CAMPAIGN_TOML.into(), folder.path());
    let (observed, free) = told(observing, folder.path());

    let mut would_refuse = [0u64; 2];
    assert_eq!(bound.len(), free.len());
    for (bound, free) in bound.iter().zip(&free) {
        let (binds, frees) = (&bound.outcome, &free.outcome);
        assert_eq!(
            frees.observed,
            Some(binds.decision),
            "{free:#?}\n{bound:#?}"
        );
        assert_eq!((binds.observed, binds.abuse_ppm), (None, frees.abuse_ppm));
        assert_eq!(reasons(free), reasons(bound));
        assert_eq!(free.seen.seat, bound.seen.seat, "seats move as they would");
        let by_terms = frees.decision != Decision::Allow;
        assert!(!by_terms || binds.decision == Decision::Deny);
        if !by_terms && binds.decision != Decision::Allow {
            would_refuse[usize::from(binds.decision == Decision::Revoke)] += 1;
        }
    }
    let [denied, revoked] = would_refuse;
    assert!(
        denied > 0 && revoked > 0,
        "{denied} denied, {revoked} revoked"
    );

    // Nothing is taken back where nothing bound.
    let changes = |drive: &Drive| drive.engine().ledger().adjustments.after(0).count();
    assert_eq!(changes(&observed), 0);
    assert!(changes(&enforced) > 0, "standings turn in this world");

    // The records hold all that enforcing would need: a backtest says what it would have saved.
    let hypothesis = Hypothesis {
        terms_toml: CAMPAIGN_TOML.into(),
        ..Hypothesis::default()
    };
    let backtest = observed.engine().backtest(CAMPAIGN, &hypothesis).unwrap();
    let found = backtest.run(|_, _| ControlFlow::Continue(())).unwrap();
    let found = found.unwrap();
    let granted = |records: &[VerdictRecord]| -> u128 {
        let benefits = records.iter().map(|record| u128::from(record.benefit()));
        benefits.sum()
    };
    assert_eq!(found.granted_before, granted(&free));
    assert_eq!(found.granted_after, granted(&bound));
    let flips: u64 = found.flips.values().map(|flips| flips.verdicts).sum();
    assert_eq!(flips, denied + revoked);
    let blamed = |drive: &Drive| {
        let fault = |words| panic!("{words}");
        verify(&drive.directory(), fault, |_, _| {})
            .unwrap()
            .judged_again
    };
    assert_eq!(
        blamed(&observed),
        free.len() as u64,
        "each is judged alike again"
    );
}
