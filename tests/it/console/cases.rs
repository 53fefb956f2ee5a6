//! The queue at 100,000 cases: what a page costs is counted, not timed.

use std::collections::BTreeSet;

use sameuser::service::{
    case_queue::CASES_LOOKED_AT,
    cases::{CaseFilter, CaseKind, CaseOrder, CaseState},
    engine::Engine,
};

use crate::{
    properties::drive::Drive,
    support::{CAMPAIGN, Kind, event},
};

const CASES: usize = 100_000;
const PAGE: usize = 100;

/// A store with an open appeal of each of so many accounts.
fn appealed(count: usize) -> Drive {
    let mut drive = Drive::new();
    let at = "2026-06-17T09:00:00+08:00";
    for number in 0..count {
        let mut registration = event(Kind::Registration, &format!("account-{number}"), at);
        // Nothing shared, nothing weighed: what is measured is the queue.
        registration.device = None;
        registration.phone_number = String::new();
        registration.ip_address = String::new();
        drive.observe(&registration).unwrap();
        if number % 10_000 == 0 {
            drive.commit();
        }
    }
    for number in 0..count {
        if number % 10_000 == 0 {
            drive.commit();
        }
        let engine = drive.engine_mut();
        let account = format!("account-{number}");
        let statement = "It was not me.".to_string();
        engine
            .open_appeal(account, CAMPAIGN.into(), statement, "a test".into())
            .unwrap();
    }
    drive.commit();
    drive
}

/// Every case in an order, page by page; no page looks at more than it shows and one.
fn walk(engine: &Engine, filter: &CaseFilter, order: CaseOrder) -> (Vec<u32>, usize) {
    let (mut seen, mut after, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = engine.list_cases(filter, order, after, PAGE);
        assert!(page.leaders.len() <= PAGE);
        assert!(page.looked_at <= CASES_LOOKED_AT, "{}", page.looked_at);
        pages += 1;
        seen.extend(page.leaders);
        let Some(next) = page.next else {
            return (seen, pages);
        };
        after = Some(next);
    }
}

#[test]
fn a_page_of_a_hundred_thousand_cases_looks_at_no_more_than_it_shows() {
    let mut drive = appealed(CASES);
    let engine = drive.engine_mut();
    assert_eq!(engine.case_count(), CASES);
    let everything = CaseFilter::default();
    for order in [
        CaseOrder::Pressing,
        CaseOrder::Tokens,
        CaseOrder::Confidence,
        CaseOrder::Age,
    ] {
        let first = engine.list_cases(&everything, order, None, PAGE);
        assert_eq!((first.leaders.len(), first.looked_at), (PAGE, PAGE));
        let (seen, pages) = walk(engine, &everything, order);
        assert_eq!(pages, CASES / PAGE, "{order:?}");
        let distinct: BTreeSet<u32> = seen.iter().copied().collect();
        assert_eq!((seen.len(), distinct.len()), (CASES, CASES), "{order:?}");
    }

    // A filter that few match: each page ends after so much work, and none is missed.
    for number in [7, 50_000, 99_999] {
        let account = engine.known_account(&format!("account-{number}")).unwrap();
        engine.claim_case(account, "lin", true, false).unwrap();
    }
    let hers = CaseFilter {
        claimed_by: "lin".into(),
        ..CaseFilter::default()
    };
    let (seen, pages) = walk(engine, &hers, CaseOrder::Age);
    assert_eq!(seen.len(), 3);
    assert!(pages <= CASES.div_ceil(CASES_LOOKED_AT) + 1, "{pages}");
    let named = CaseFilter {
        text: "COUNT-5000".into(),
        ..CaseFilter::default()
    };
    // account-5000 and account-50000 to account-50009.
    assert_eq!(walk(engine, &named, CaseOrder::Age).0.len(), 11);
    let others = CaseFilter {
        kind: Some(CaseKind::MiddleScore),
        ..CaseFilter::default()
    };
    assert!(walk(engine, &others, CaseOrder::Age).0.is_empty());
}

#[test]
fn a_place_stays_where_it_is_while_cases_come_and_go() {
    let mut drive = appealed(300);
    let engine = drive.engine_mut();
    let everything = CaseFilter::default();
    let first = engine.list_cases(&everything, CaseOrder::Age, None, PAGE);
    let second = engine.list_cases(&everything, CaseOrder::Age, first.next, PAGE);
    // What is decided or put aside on the first page moves nothing on the second.
    for leader in &first.leaders[..50] {
        let until = engine.now().plus_seconds(3600);
        engine.snooze_case(*leader, "lin", Some(until)).unwrap();
    }
    let appeal = engine.appeals().open().next().unwrap().0;
    engine
        .decide_appeal(appeal, false, "It was.".into(), "lin".into())
        .unwrap();
    let again = engine.list_cases(&everything, CaseOrder::Age, first.next, PAGE);
    assert_eq!(again.leaders, second.leaders);
    assert_eq!(engine.case_count(), 299);
    let snoozed = CaseFilter {
        state: Some(CaseState::Snoozed),
        ..CaseFilter::default()
    };
    let snoozed = engine.list_cases(&snoozed, CaseOrder::Age, None, 1000);
    assert!((49..=50).contains(&snoozed.leaders.len()));
}
