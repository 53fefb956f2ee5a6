//! The random audit sample: who is drawn, until when a case waits, and what it tells of the service.

use std::collections::BTreeSet;

use sameuser::{
    domain::{campaign::Terms, disposition::Cause},
    edge::proto::v1,
    service::{
        audit_sample::AuditSample,
        cases::{CaseFilter, CaseKind, CaseOrder},
        dispositions::{Order, Ordered},
        quality::{SampleQuality, Share},
        recovery::Setup,
    },
};

use crate::{
    properties::drive::{CAMPAIGN_TOML, Drive, setup},
    support::{Kind, check, event},
};

/// Revokes whoever shows two signs of an emulator, and nobody else.
const EMULATORS_ALONE: &str = r#"{"revision": "emulators-1", "description": "a test",
    "base_rate_ppm": 70000, "bias_millilogits": -3000, "features": [{"name": "emulator_signals",
    "pattern": "EMULATOR", "monotone": "rising", "edges": [1], "points": [0, 9000], "missing": 0,
    "statement": "{value} signs of an emulator"}], "calibration": [[-6000, 1000], [6000, 999000]]}"#;

fn sampling(sample_ppm: u32) -> Setup {
    let campaign =
        CAMPAIGN_TOML.replace("sample_ppm = 1000", &format!("sample_ppm = {sample_ppm}"));
    assert_eq!(campaign == CAMPAIGN_TOML, sample_ppm == 1000);
    Setup {
        campaign_toml: campaign,
        model_json: EMULATORS_ALONE.into(),
        ..setup()
    }
}

fn account_id(number: usize) -> String {
    format!("account-{number}")
}

/// So many accounts register and ask; those that `emulates` names do so from an emulator.
fn asked(setup: Setup, accounts: usize, emulates: impl Fn(usize) -> bool) -> Drive {
    let mut drive = Drive::with(setup);
    for number in 0..accounts {
        let id = account_id(number);
        let mut registration = event(Kind::Registration, &id, "2026-06-17T09:00:00+08:00");
        if emulates(number) {
            let device = registration.device.as_mut().unwrap();
            device.emulator_signals = vec![
                v1::EmulatorSignal::Headless.into(),
                v1::EmulatorSignal::SoftwareGpu.into(),
            ];
        }
        drive.observe(&registration).unwrap();
    }
    // The clock of a replay stands where the last event was: decisions come after verdicts.
    for number in 0..accounts {
        drive.ask(&check(&account_id(number), "task")).unwrap();
    }
    let later = event(Kind::Login, "somebody else", "2026-06-21T09:00:00+08:00");
    drive.observe(&later).unwrap();
    drive.commit();
    drive.engine_mut().settle_standings();
    drive
}

/// Accounts whose cases are of the sample.
fn drawn(drive: &mut Drive) -> BTreeSet<String> {
    let filter = CaseFilter {
        kind: Some(CaseKind::AuditSample),
        ..CaseFilter::default()
    };
    let engine = drive.engine_mut();
    let (mut found, mut after) = (BTreeSet::new(), None);
    loop {
        let page = engine.list_cases(&filter, CaseOrder::Age, after, 1000);
        let ids = page.leaders.iter();
        found.extend(ids.map(|leader| engine.graph().account(*leader).id.to_string()));
        after = page.next;
        if after.is_none() {
            return found;
        }
    }
}

fn decide(drive: &mut Drive, account_ids: Vec<String>, abuse: bool) -> u64 {
    let (action, cause) = match abuse {
        true => (Ordered::Disqualify, Cause::Emulator),
        false => (Ordered::Clear, Cause::WrongFinding),
    };
    let order = Order {
        action,
        account_ids,
        whole_user: false,
        cause,
        statement: "Looked at.".into(),
        author: "lin".into(),
        expires_at: None,
    };
    drive.engine_mut().dispose(order, false).unwrap().0
}

/// The share is what the campaign says, allowed and refused accounts alike; the same store draws the same
/// accounts again, another key draws others, and a larger share adds to a smaller one.
#[test]
fn a_share_of_all_who_ask_is_drawn_by_a_secret() {
    const ACCOUNTS: usize = 2000;
    let emulates = |number: usize| number.is_multiple_of(4);
    let mut drive = asked(sampling(200_000), ACCOUNTS, emulates);
    let first = drawn(&mut drive);
    // 400 expected, four standard deviations of 18 either way.
    assert!((328..=472).contains(&first.len()), "{}", first.len());
    let refused = first.iter().filter(|id| {
        let number = id.trim_start_matches("account-").parse().unwrap();
        emulates(number)
    });
    let refused = refused.count();
    assert!((65..=135).contains(&refused), "{refused} of 100 expected");

    drive.reopen();
    drive.engine_mut().settle_standings();
    assert_eq!(drawn(&mut drive), first, "after a restart");

    let more = sampling(400_000).campaign_toml;
    let publish = drive
        .engine_mut()
        .publish(more, "More of them.".into(), false);
    publish.unwrap();
    drive.engine_mut().settle_standings();
    let second = drawn(&mut drive);
    assert!(second.is_superset(&first) && second.len() > first.len() + 300);

    let other_key = Setup {
        key_check: [1; 8],
        ..sampling(200_000)
    };
    let others = drawn(&mut asked(other_key, ACCOUNTS, emulates));
    let both = others.intersection(&first).count();
    assert!(
        (40..=120).contains(&both),
        "{both} of 80 expected by chance"
    );

    assert!(drawn(&mut asked(sampling(0), 200, emulates)).is_empty());
}

/// A case of the sample waits until somebody says what the account is, and again when that is undone.
#[test]
fn a_case_waits_until_the_account_is_labelled() {
    let mut drive = asked(sampling(1_000_000), 3, |number| number == 0);
    assert_eq!(drawn(&mut drive).len(), 3);
    let first = decide(&mut drive, vec![account_id(0)], true);
    decide(&mut drive, vec![account_id(1)], false);
    drive.engine_mut().settle_standings();
    assert_eq!(drawn(&mut drive), BTreeSet::from([account_id(2)]));
    let engine = drive.engine_mut();
    engine
        .undo(first, "lin".into(), "It was another.".into())
        .unwrap();
    engine.settle_standings();
    assert_eq!(drawn(&mut drive).len(), 2);
}

/// Of 4,000 accounts 800 are abusive, and the service sees half of those, and 100 honest ones besides.
const ACCOUNTS: usize = 4000;

fn is_abusive(number: usize) -> bool {
    number.is_multiple_of(5)
}

fn is_revoked(number: usize) -> bool {
    number.is_multiple_of(10) || number % 40 == 1
}

/// Precision, misses and prevalence among these accounts.
fn shares(accounts: impl Iterator<Item = usize>) -> [Share; 3] {
    let [mut precision, mut missed, mut prevalence] = [Share::default(); 3];
    for number in accounts {
        prevalence.add(is_abusive(number));
        if is_revoked(number) {
            precision.add(is_abusive(number));
        }
        if is_abusive(number) {
            missed.add(!is_revoked(number));
        }
    }
    [precision, missed, prevalence]
}

/// People look at all that was revoked, and at the sample. What counts is the sample alone, and what the
/// service had said before anybody decided.
#[test]
fn what_people_find_of_the_sample_is_counted_and_nothing_else() {
    let mut drive = asked(sampling(300_000), ACCOUNTS, is_revoked);
    let sample = drawn(&mut drive);
    let is_drawn = |number: &usize| sample.contains(&account_id(*number));
    let looked_at = (0..ACCOUNTS).filter(|number| is_revoked(*number) || is_drawn(number));
    let (abusive, honest): (Vec<usize>, Vec<usize>) = looked_at.partition(|one| is_abusive(*one));
    for (abuse, accounts) in [(true, abusive), (false, honest)] {
        for slice in accounts.chunks(1000) {
            let ids = slice.iter().map(|number| account_id(*number));
            decide(&mut drive, ids.collect(), abuse);
        }
    }
    // What is asked later is refused for what people decided, or allowed for it.
    let later = event(Kind::Login, "somebody else", "2026-06-22T09:00:00+08:00");
    drive.observe(&later).unwrap();
    for number in 0..400 {
        drive.ask(&check(&account_id(number), "later")).unwrap();
    }
    drive.engine_mut().settle_standings();

    let engine = drive.engine();
    let mut counted = SampleQuality::default();
    for (account, label) in engine.labels() {
        if engine.is_sampled(account) {
            engine.count_sampled(account, &label, &mut counted);
        }
    }
    let expected = shares((0..ACCOUNTS).filter(is_drawn));
    assert_eq!(
        [counted.precision, counted.missed, counted.prevalence],
        expected
    );
}

/// Over many secrets the intervals hold the truth about as often as they say, and the middle of all samples
/// is the truth; all that people look at does not tell it.
#[test]
fn the_sample_estimates_without_bias() {
    const SECRETS: u8 = 60;
    let terms = Terms::parse(&sampling(300_000).campaign_toml).unwrap();
    let truth = [0.8, 0.5, 0.2];
    let (mut held, mut middle) = ([0; 3], [0.0; 3]);
    for secret in 0..SECRETS {
        let sample = AuditSample::new(&[secret; 8]);
        let is_drawn = |number: &usize| sample.draws(&terms, &account_id(*number));
        let estimates = shares((0..ACCOUNTS).filter(is_drawn));
        for (place, share) in estimates.into_iter().enumerate() {
            let (value, low, high) = share.interval().unwrap();
            held[place] += u8::from(low <= truth[place] && truth[place] <= high);
            middle[place] += value / f64::from(SECRETS);
        }
        let looked_at = (0..ACCOUNTS).filter(|one| is_revoked(*one) || is_drawn(one));
        let (_, _, high) = shares(looked_at)[1].interval().unwrap();
        assert!(high < 0.4, "all labels together say that few were missed");
    }
    // 95% of 60 is 57; four standard deviations of 1.7 less is 50.
    assert!(held.iter().all(|held| *held >= 50), "{held:?} of {SECRETS}");
    for (middle, truth) in middle.into_iter().zip(truth) {
        assert!((middle - truth).abs() < 0.02, "{middle} for {truth}");
    }
}
