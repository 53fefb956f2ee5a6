//! The simulator: its sets are repeatable, well formed, calibrated, and hard for naive rules.

mod calibration;
mod difficulty;
mod documented;
mod populations;
mod repeatable;
mod schema;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{folder, json_lines, simulate};

/// A simulated set, on disk.
struct Set {
    folder: TempDir,
}

/// One account's truth.
struct Truth {
    label: String,
    population: String,
}

impl Set {
    /// Makes one with these arguments besides `--out`.
    fn make(arguments: &[&str]) -> Self {
        let folder = folder();
        simulate(folder.path(), arguments);
        Set { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    fn text(&self, name: &str) -> String {
        String::from_utf8(self.bytes(name)).unwrap()
    }

    fn lines(&self, name: &str) -> Vec<Value> {
        json_lines(&self.text(name))
    }

    fn truth(&self) -> BTreeMap<String, Truth> {
        let text = |line: &Value, key: &str| line[key].as_str().unwrap().to_string();
        self.lines("truth.jsonl")
            .iter()
            .map(|line| {
                let truth = Truth {
                    label: text(line, "label"),
                    population: text(line, "population"),
                };
                (text(line, "account_id"), truth)
            })
            .collect()
    }
}

/// An event's text at a path of keys; empty where there is none.
fn said<'a>(event: &'a Value, path: &str) -> &'a str {
    event.pointer(path).and_then(Value::as_str).unwrap_or("")
}

/// The accounts seen with each value at a path of an event.
fn accounts_by<'a>(events: &'a [Value], path: &str) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
    let mut accounts: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for event in events {
        let value = said(event, path);
        if !value.is_empty() {
            accounts
                .entry(value)
                .or_default()
                .insert(said(event, "/accountId"));
        }
    }
    accounts
}

/// For each account, how many share the busiest of its values at this path.
fn busiest<'a>(events: &'a [Value], path: &str) -> BTreeMap<&'a str, usize> {
    let mut busiest = BTreeMap::new();
    for accounts in accounts_by(events, path).values() {
        for account in accounts {
            let most = busiest.entry(*account).or_insert(0);
            *most = accounts.len().max(*most);
        }
    }
    busiest
}
