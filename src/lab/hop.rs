//! Real accounts as login events: those of the Hop airdrop of 2022, a token promotion whose reviewers struck
//! off what they took for one owner's many (`hop-protocol/hop-airdrop`, ISC). Transfers play the part that
//! shared devices play elsewhere: whom an account exchanged tokens with is an identifier of its own.
//!
//! Three tables as text: accounts, transfers between two of them, and counterparties that are no account and
//! that two or more accounts share. Transfers carry no time, so an account is seen with all of them at once,
//! when it first took part.

use std::collections::BTreeMap;

use crate::{
    edge::{intake::OTHER_IDENTIFIERS_AT_MOST, proto::v1},
    lab::{evaluate::truth::TruthLine, label::Label},
};

/// The files of the set, in the order in which [`Hop::read`] takes them.
pub const FILES: [&str; 3] = [
    "accounts.csv",
    "edges_account_account.csv",
    "edges_account_counterparty.csv",
];
/// The kind of identifier that an account of the set is to those it exchanged tokens with, and to itself.
pub const ACCOUNT_KIND: &str = "counterparty_account";
/// The kind of a counterparty that is no account of the set.
pub const OTHER_KIND: &str = "counterparty";

/// The set, as a service would be told it and as a truth file says it.
pub struct Hop {
    /// Ascending by time.
    pub events: Vec<v1::Event>,
    /// Of every account.
    pub truth: Vec<TruthLine>,
}

/// Why a table is refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{file}, line {line}: {problem}")]
pub struct HopError {
    /// Which of [`FILES`].
    pub file: &'static str,
    /// From 1.
    pub line: usize,
    /// What is wrong.
    pub problem: String,
}

/// An account while its rows are gathered.
struct Known {
    first_use: i64,
    identifiers: Vec<v1::OtherIdentifier>,
}

impl Hop {
    /// Reads the three tables.
    ///
    /// # Errors
    /// A table has another head than the set's, a row of another width, or a number that is none; or a
    /// transfer names an account that the first table does not.
    pub fn read(tables: [&str; 3]) -> Result<Self, HopError> {
        let [accounts, transfers, counterparties] = tables;
        let mut truth = Vec::new();
        let mut known = BTreeMap::new();
        let head = "account,address,first_use_unix,volume_usd,eliminated,group,label_source";
        rows(FILES[0], accounts, head, |row: [&str; 7]| {
            let [account, _, first_use, _, eliminated, group, source] = row;
            let first_use: i64 = first_use
                .parse()
                .map_err(|_| "first_use_unix is no number")?;
            truth.push(truth_line(account, eliminated == "1", group, source));
            let identifiers = vec![identifier(ACCOUNT_KIND, account)];
            let account_known = Known {
                first_use,
                identifiers,
            };
            match known.insert(account.to_string(), account_known) {
                None => Ok(()),
                Some(_) => Err("account stands on two lines"),
            }
        })?;
        let mut exchanged = |account: &str, kind, with: &str| {
            let known = known
                .get_mut(account)
                .ok_or("names no account of the set")?;
            known.identifiers.push(identifier(kind, with));
            Ok(())
        };
        let head = "from_account,to_account";
        rows(FILES[1], transfers, head, |[from, to]: [&str; 2]| {
            exchanged(from, ACCOUNT_KIND, to)?;
            exchanged(to, ACCOUNT_KIND, from)
        })?;
        let head = "account,counterparty";
        rows(
            FILES[2],
            counterparties,
            head,
            |[account, with]: [&str; 2]| exchanged(account, OTHER_KIND, with),
        )?;
        Ok(Hop {
            events: events(known),
            truth,
        })
    }
}

/// What was struck off as one owner's is one person; who was kept is a person of their own, also where the
/// reviewers saw a group.
fn truth_line(account: &str, eliminated: bool, group: &str, source: &str) -> TruthLine {
    let (person, label, population) = match eliminated {
        true => (
            format!("owner {group}"),
            Label::BulkRegistration,
            format!("struck off by {source}"),
        ),
        false => {
            let population = if group.is_empty() {
                "kept"
            } else {
                "kept, seen as a group"
            };
            (
                format!("account {account}"),
                Label::Legitimate,
                population.into(),
            )
        }
    };
    TruthLine {
        account_id: account.into(),
        person,
        label,
        population: Some(population),
        group: None,
        primary: false,
    }
}

fn identifier(kind: &str, value: &str) -> v1::OtherIdentifier {
    v1::OtherIdentifier {
        kind: kind.into(),
        value: value.into(),
    }
}

/// A registration for each account, and log-ins of the same second for what it does not hold.
fn events(known: BTreeMap<String, Known>) -> Vec<v1::Event> {
    let mut events = Vec::new();
    for (account, mut known) in known {
        known
            .identifiers
            .sort_unstable_by(|a, b| (&a.kind, &a.value).cmp(&(&b.kind, &b.value)));
        known.identifiers.dedup();
        for (number, some) in known
            .identifiers
            .chunks(OTHER_IDENTIFIERS_AT_MOST)
            .enumerate()
        {
            let event_type = match number {
                0 => v1::EventType::Registration,
                _ => v1::EventType::Login,
            };
            events.push(v1::Event {
                event_id: format!("hop-{account}-{number}"),
                event_type: event_type.into(),
                occurred_at: Some(pbjson_types::Timestamp {
                    seconds: known.first_use,
                    nanos: 0,
                }),
                account_id: account.clone(),
                account_type: v1::AccountType::Individual.into(),
                other_identifiers: some.to_vec(),
                ..v1::Event::default()
            });
        }
    }
    let second = |event: &v1::Event| event.occurred_at.as_ref().map(|at| at.seconds);
    events.sort_by_key(second);
    events
}

/// Takes in the rows under a head that must be as the set has it; no field of it is ever quoted.
fn rows<const WIDTH: usize>(
    file: &'static str,
    table: &str,
    head: &str,
    mut take: impl FnMut([&str; WIDTH]) -> Result<(), &'static str>,
) -> Result<(), HopError> {
    let refused = |line: usize, problem: String| HopError {
        file,
        line: line + 1,
        problem,
    };
    let mut lines = table.lines().enumerate();
    if lines.next().is_none_or(|(_, first)| first != head) {
        return Err(refused(0, format!("the head is not `{head}`")));
    }
    for (line, row) in lines {
        let fields: Vec<&str> = row.split(',').collect();
        let width = fields.len();
        let fields: [&str; WIDTH] = fields
            .try_into()
            .map_err(|_| refused(line, format!("has {width} fields, not {WIDTH}")))?;
        take(fields).map_err(|problem| refused(line, problem.into()))?;
    }
    Ok(())
}
