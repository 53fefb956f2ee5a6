//! Lists of dispositions: what a page costs is counted, not timed.

use std::collections::BTreeSet;

use sameuser::{
    domain::disposition::{Cause, Grade},
    service::{
        dispositions::{Order, Ordered},
        people::{DISPOSITIONS_LOOKED_AT, DispositionFilter, People},
    },
};

use crate::{
    properties::drive::Drive,
    support::{CAMPAIGN, Kind, event},
};

const ACCOUNTS: u32 = 100;
const EACH: u32 = 100;
const PAGE: usize = 50;

fn order(action: Ordered, account: u32) -> Order {
    Order {
        action,
        account_ids: vec![format!("account-{account}")],
        whole_user: false,
        cause: Cause::OtherImproperMeans,
        statement: "a test".into(),
        author: "ana".into(),
        expires_at: None,
    }
}

fn undo(drive: &mut Drive, disposition: u64) {
    let engine = drive.engine_mut();
    engine
        .undo(disposition, "ben".into(), "why".into())
        .unwrap();
}

/// So many decisions to recover about each account, every third of them undone; one restriction of each.
fn decided() -> Drive {
    let mut drive = Drive::new();
    for account in 0..ACCOUNTS {
        let at = "2026-06-17T09:00:00+08:00";
        let mut registration = event(Kind::Registration, &format!("account-{account}"), at);
        registration.device = None;
        registration.phone_number = String::new();
        registration.ip_address = String::new();
        drive.observe(&registration).unwrap();
    }
    for nth in 0..EACH {
        for account in 0..ACCOUNTS {
            let order = order(Ordered::Recover, account);
            let (made, _) = drive.engine_mut().dispose(order, false).unwrap();
            if nth % 3 == 0 {
                undo(&mut drive, made);
            }
        }
    }
    for account in 0..ACCOUNTS {
        let restrict = Ordered::Restrict {
            campaign_id: CAMPAIGN.into(),
            grade: Grade::NoDiscount,
            notice: String::new(),
        };
        let order = order(restrict, account);
        drive.engine_mut().dispose(order, false).unwrap();
    }
    drive.commit();
    drive
}

/// All that are wanted, page by page, each once; and the most that a page looked at.
fn walk(people: &People, filter: DispositionFilter) -> (Vec<u64>, usize) {
    let (mut seen, mut after, mut most) = (Vec::new(), 0, 0);
    loop {
        let page = people.page(filter, after, PAGE);
        assert!(page.dispositions.len() <= PAGE && page.looked_at <= DISPOSITIONS_LOOKED_AT);
        most = most.max(page.looked_at);
        seen.extend(page.dispositions.iter().map(|(number, _)| *number));
        let Some(next) = page.next else { break };
        after = next;
    }
    let distinct: BTreeSet<u64> = seen.iter().copied().collect();
    assert_eq!(distinct.len(), seen.len());
    (seen, most)
}

#[test]
fn a_page_of_dispositions_looks_at_no_more_than_it_shows() {
    let drive = decided();
    let people = drive.engine().people();
    let all = DispositionFilter::default();
    let in_force = DispositionFilter {
        in_force: true,
        ..all
    };
    let restrictions = DispositionFilter {
        restrictions: true,
        ..all
    };
    let account = Some(drive.engine().known_account("account-7").unwrap());
    let (made, stand) = (EACH as usize, (EACH - EACH.div_ceil(3)) as usize);
    let accounts = ACCOUNTS as usize;
    for (filter, expected) in [
        (all, accounts * (made + 1)),
        (in_force, accounts * (stand + 1)),
        (restrictions, accounts),
        (
            DispositionFilter {
                in_force: true,
                ..restrictions
            },
            accounts,
        ),
        (DispositionFilter { account, ..all }, made + 1),
    ] {
        let (seen, most) = walk(people, filter);
        assert_eq!((seen.len(), most), (expected, PAGE), "{filter:?}");
    }
    // Of one account's, those that are wanted are picked from all that it ever had.
    for (filter, expected) in [(in_force, stand + 1), (restrictions, 1)] {
        let (seen, most) = walk(people, DispositionFilter { account, ..filter });
        assert_eq!(seen.len(), expected);
        assert!(most <= made + 1, "{most}");
    }
}

#[test]
fn a_page_of_dispositions_stays_where_it_is_while_others_end() {
    let mut drive = decided();
    let in_force = DispositionFilter {
        in_force: true,
        ..DispositionFilter::default()
    };
    let numbers = |drive: &Drive, after: u64| {
        let page = drive.engine().people().page(in_force, after, PAGE);
        let numbers: Vec<u64> = page
            .dispositions
            .iter()
            .map(|(number, _)| *number)
            .collect();
        (numbers, page.next.unwrap())
    };
    let (first, next) = numbers(&drive, 0);
    let (second, _) = numbers(&drive, next);
    for number in first {
        undo(&mut drive, number);
    }
    assert_eq!(numbers(&drive, next).0, second);
}
