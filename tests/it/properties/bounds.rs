//! Promise 5: what is kept of the popular is chosen by an order of the set itself (first use, then
//! account id), never by arrival, and no neighbourhood is larger than the constants say.

use proptest::prelude::*;
use sameuser::domain::{
    account::{Account, SURFACES_KEPT},
    clock::Timestamp,
    event::Task,
    identifier::IdentifierKind,
    link::{IDENTIFIERS_CONSIDERED, LinkedIdentifier},
    same_user::LINKS_FOLLOWED,
    sample::ACCOUNTS_SAMPLED,
    task_history::TASKS_KEPT,
};

use super::{
    cases,
    drive::{Drive, View, assert_same},
    sketch::{CROWD, WANDERERS, events, other_order, sketches},
};
use crate::support::{Kind, event};

proptest! {
    #![proptest_config(cases(24, 12))]
    #[test]
    fn the_earliest_accounts_are_sampled(set in sketches(CROWD, 200..450)) {
        let mut drive = Drive::new();
        let events = events(&set);
        for (number, _) in other_order(&set) {
            drive.observe(&events[number]).unwrap();
        }
        let view = drive.view();
        for identifier in view.identifiers.values() {
            let mut earliest: Vec<_> = identifier
                .uses
                .iter()
                .map(|(account, link)| (link.first_seen, account.clone()))
                .collect();
            earliest.sort();
            earliest.truncate(ACCOUNTS_SAMPLED);
            let earliest: Vec<_> = earliest.into_iter().map(|(_, account)| account).collect();
            prop_assert_eq!(&identifier.sample, &earliest);
            prop_assert_eq!(identifier.accounts as usize, identifier.uses.len());
        }
        let crowded = view.identifiers.values().any(|i| i.uses.len() > ACCOUNTS_SAMPLED);
        prop_assert!(crowded, "the set is too small to test anything");
    }
}

proptest! {
    #![proptest_config(cases(16, 13))]
    #[test]
    fn the_earliest_identifiers_are_considered(set in sketches(WANDERERS, 400..600)) {
        let mut drive = Drive::new();
        let events = events(&set);
        for (number, _) in other_order(&set) {
            drive.observe(&events[number]).unwrap();
        }
        drive.engine_mut().refresh();
        let graph = drive.engine().graph();
        // Addresses come last: people have many, and one shows little.
        let ranked = |identifier: u32, first_seen: u32| {
            (graph.identifier(identifier).0 == IdentifierKind::ADDRESS, first_seen)
        };
        let mut most = 0;
        for account in 0..graph.account_count() as u32 {
            let mut all: Vec<_> = graph
                .links(account)
                .map(|(identifier, link)| (ranked(identifier, link.first_seen), identifier))
                .collect();
            most = most.max(all.len());
            let considered = graph.considered(account);
            prop_assert!(considered.len() <= IDENTIFIERS_CONSIDERED);
            prop_assert_eq!(considered.len(), all.len().min(IDENTIFIERS_CONSIDERED));
            all.sort();
            // Whatever breaks ties: nothing left out was used before anything considered.
            let rank = |linked: &LinkedIdentifier| ranked(linked.identifier, linked.link.first_seen);
            let last = considered.iter().map(rank).max();
            let is_left_out = |identifier: u32| considered.iter().all(|l| l.identifier != identifier);
            for (rank, identifier) in all {
                prop_assert!(!is_left_out(identifier) || Some(rank) >= last);
            }
        }
        prop_assert!(most > IDENTIFIERS_CONSIDERED, "the set is too small to test anything");
    }
}

/// One account shares a card each with many small groups: more strong links than are followed.
fn hub() -> Vec<sameuser::edge::proto::v1::Event> {
    let mut events = Vec::new();
    for group in 0..60 {
        for member in 0..4 {
            // The hub is in every group; seniority differs from the order of names.
            let account = match member {
                0 => "hub".to_string(),
                _ => format!("spoke-{:03}", (group * 7 + member * 41) % 997),
            };
            let minute = (group * 13 + member * 29) % 60;
            let at = format!("2026-06-18T{:02}:{minute:02}:00+08:00", group % 24);
            let mut event = event(Kind::Login, &account, &at);
            event.event_id = format!("hub-{group}-{member}");
            event.device = None;
            event.ip_address = String::new();
            event.phone_number = String::new();
            event.other_identifiers = vec![sameuser::edge::proto::v1::OtherIdentifier {
                kind: "payment_card".into(),
                value: format!("card-{group}"),
            }];
            events.push(event);
        }
    }
    events
}

#[test]
fn a_neighbourhood_is_bounded_and_arrival_has_no_say_in_it() {
    let mut events = hub();
    let mut forward = Drive::new();
    forward.observe_all(&events);
    let view = forward.view();
    let links = view.accounts["hub"].links.len();
    assert!(
        links > LINKS_FOLLOWED,
        "{links} links are too few to test anything"
    );
    for account in view.accounts.values() {
        let most = 1 + LINKS_FOLLOWED + LINKS_FOLLOWED * LINKS_FOLLOWED;
        assert!(account.members.len() <= most);
    }
    events.reverse();
    let mut backward = Drive::new();
    for event in &events {
        backward.observe(event).unwrap();
        backward.engine_mut().refresh();
    }
    assert_same(&backward.view(), &view, "backward");
}

/// A user's accounts are those whose leader is the user's: the partition is one.
fn assert_partition(view: &View) {
    for (id, account) in &view.accounts {
        for member in &account.members {
            let user = &view.accounts[member].summary.user_id;
            assert_eq!(user, &account.summary.user_id, "{member} beside {id}");
        }
    }
}

proptest! {
    #![proptest_config(cases(32, 14))]
    #[test]
    fn members_of_a_user_have_one_user_id(set in sketches(CROWD, 50..250)) {
        let mut drive = Drive::new();
        drive.observe_all(&events(&set));
        assert_partition(&drive.view());
    }
}

proptest! {
    #![proptest_config(cases(256, 15))]
    #[test]
    fn surfaces_and_tasks_kept_do_not_depend_on_arrival(
        surfaces in prop::collection::vec(0..60u32, 0..60),
        tasks in prop::collection::vec((0..50i64, 0..3u64), 0..60),
        ranks in prop::collection::vec(any::<u16>(), 60),
    ) {
        let task = |(at, tokens): &(i64, u64)| Task {
            task_id: String::new(),
            started_at: Some(Timestamp::from_micros(at * 60_000_000)),
            completed_at: Some(Timestamp::from_micros((at + 1) * 60_000_000)),
            tokens: *tokens,
            input_events: Some(1),
        };
        let mut one = Account::new("account".into(), 0);
        surfaces.iter().for_each(|surface| one.add_surface(*surface));
        tasks.iter().for_each(|told| one.add_task(&task(told), None));
        let mut other = Account::new("account".into(), 0);
        let mut ranked: Vec<_> = ranks.iter().zip(&surfaces).collect();
        ranked.sort();
        ranked.iter().for_each(|(_, surface)| other.add_surface(**surface));
        let mut ranked: Vec<_> = ranks.iter().zip(&tasks).collect();
        ranked.sort();
        ranked.iter().for_each(|(_, told)| other.add_task(&task(told), None));
        prop_assert_eq!(&one, &other);
        prop_assert!(one.surfaces.len() <= SURFACES_KEPT);
        let kept = one.tasks.map_or(0, |tasks| tasks.latest().len());
        prop_assert_eq!(kept, tasks.len().min(TASKS_KEPT));
    }
}
