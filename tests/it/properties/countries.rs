//! Promise 6: no country enters a score. People moved to another country's numbers, addresses and
//! names, of the same kind, keep their users, scores and verdicts to the last digit.

use std::collections::BTreeSet;

use proptest::prelude::*;
use sameuser::{
    domain::identifier::BlockPseudonym,
    edge::{proto::v1, reference::ReferenceData},
};

use super::{
    cases,
    drive::{Drive, View},
    sketch::{CROWD, DENSE, MIDDLE, account_id, events, sketches},
};
use crate::support::check;

/// Another country: what its numbers begin with, where its addresses lie, how its names are written.
struct Country {
    calling_code: &'static str,
    first_octet: u8,
    names: [&'static str; 2],
}

const COUNTRIES: [Country; 4] = [
    Country {
        calling_code: "+23480",
        first_octet: 41,
        names: ["Adá", "oníṣe"],
    },
    Country {
        calling_code: "+155501",
        first_octet: 12,
        names: ["Bob", "member"],
    },
    Country {
        calling_code: "+7921",
        first_octet: 95,
        names: ["Ада", "клиент"],
    },
    Country {
        calling_code: "+819",
        first_octet: 126,
        names: ["さくら", "利用者"],
    },
];

impl Country {
    /// The same event there: equal values stay equal, blocks stay blocks, shapes stay shapes.
    fn moved(&self, event: &v1::Event) -> v1::Event {
        let mut event = event.clone();
        if let Some(rest) = event.phone_number.strip_prefix("+86138") {
            event.phone_number = format!("{}{rest}", self.calling_code);
        }
        if let Some((_, rest)) = event.ip_address.split_once('.') {
            event.ip_address = format!("{}.{rest}", self.first_octet);
        }
        let [person, serial] = self.names;
        event.display_name = event
            .display_name
            .replace("Ada", person)
            .replace("user", serial);
        event
    }
}

/// Lists a third of the addresses as data centres', a third as VPNs', and every other number as lent to
/// anybody: by what stays of them in another country, so that people there are of the same kinds.
fn listing(events: &[v1::Event]) -> ReferenceData {
    let (mut networks, mut numbers) = (BTreeSet::new(), BTreeSet::new());
    let sum = |text: &str| text.bytes().map(u32::from).sum::<u32>();
    for event in events {
        if let Some((_, rest)) = event.ip_address.split_once('.') {
            let class = ["data_centre", "vpn", ""][sum(rest) as usize % 3];
            if !class.is_empty() {
                networks.insert(format!("{class} {}/32", event.ip_address));
            }
        }
        let last = event
            .phone_number
            .get(event.phone_number.len().saturating_sub(4)..);
        if last.is_some_and(|last| !last.is_empty() && sum(last).is_multiple_of(2)) {
            numbers.insert(&event.phone_number[1..]);
        }
    }
    let mut text = ["# revision 1".to_string(), "# revision 1".to_string()];
    networks
        .iter()
        .for_each(|line| text[0] += &format!("\n{line}"));
    numbers
        .iter()
        .for_each(|number| text[1] += &format!("\n{number}"));
    ReferenceData::parse(&text[0], &text[1]).unwrap()
}

fn view_of(events: &[v1::Event]) -> (View, Vec<String>) {
    let mut drive = Drive::knowing(listing(events));
    drive.observe_all(events);
    let mut view = drive.view();
    for account in view.accounts.values_mut() {
        if let Some(registration) = &mut account.facts.registration {
            // Pseudonyms differ, of course; whether there are any does not.
            let blocks = [&mut registration.network, &mut registration.name];
            let numbers = registration.number_blocks.iter_mut().flatten();
            for block in blocks.into_iter().flatten().chain(numbers) {
                *block = BlockPseudonym::new(1);
            }
        }
    }
    (view, verdicts(&mut drive))
}

/// What every account is answered, but for tags of pseudonyms, which no two values share.
fn verdicts(drive: &mut Drive) -> Vec<String> {
    let mut answers = Vec::new();
    for account in 0..80 {
        let mut request = check(&account_id(account), "task");
        let instant = |seconds| pbjson_types::Timestamp { seconds, nanos: 0 };
        let task = request.task.as_mut().unwrap();
        task.started_at = Some(instant(MIDDLE + 8 * 86_400));
        task.completed_at = Some(instant(MIDDLE + 8 * 86_400 + 60));
        let outcome = drive.ask(&request).unwrap().record.outcome;
        let reasons: Vec<_> = outcome
            .reasons
            .iter()
            .map(|reason| (reason.code, &reason.statement, reason.weight_millibits))
            .collect();
        answers.push(format!(
            "{:?} {} {} {reasons:?}",
            outcome.decision, outcome.abuse_ppm, outcome.is_final
        ));
    }
    answers
}

/// Views but for identifiers' pseudonyms: accounts whole, identifiers by kind and use.
fn assert_moved_is_same(home: &(View, Vec<String>), there: &(View, Vec<String>)) {
    assert_eq!(home.0.accounts, there.0.accounts);
    let uses = |view: &View| {
        let mut uses: Vec<_> = view
            .identifiers
            .iter()
            .map(|((kind, _), identifier)| format!("{kind} {identifier:?}"))
            .collect();
        uses.sort();
        uses
    };
    assert_eq!(uses(&home.0), uses(&there.0));
    assert_eq!(home.1, there.1);
}

proptest! {
    #![proptest_config(cases(32, 16))]
    #[test]
    fn people_moved_to_another_country_are_judged_alike(
        set in sketches(DENSE, 20..160),
        to in 0..COUNTRIES.len(),
    ) {
        let events = events(&set);
        let moved: Vec<_> = events.iter().map(|event| COUNTRIES[to].moved(event)).collect();
        assert_moved_is_same(&view_of(&events), &view_of(&moved));
    }
}

proptest! {
    #![proptest_config(cases(8, 17))]
    #[test]
    fn and_so_is_a_crowd(set in sketches(CROWD, 200..400), to in 0..COUNTRIES.len()) {
        let events = events(&set);
        let moved: Vec<_> = events.iter().map(|event| COUNTRIES[to].moved(event)).collect();
        prop_assert_ne!(&moved, &events);
        assert_moved_is_same(&view_of(&events), &view_of(&moved));
    }
}
