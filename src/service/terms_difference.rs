//! What differs between two campaign files, key by key: what a publication is shown as.

use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

/// One key that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermsDifference {
    /// Dotted.
    pub key: String,
    /// As it was; empty where the key is new.
    pub before: String,
    /// As it is; empty where the key is gone.
    pub after: String,
}

/// The keys in which two campaign files differ, ascending. Comments don't count.
pub fn differences(before: &str, after: &str) -> Vec<TermsDifference> {
    let (before, after) = (flat(before), flat(after));
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let differing = keys.into_iter().filter_map(|key| {
        let of = |side: &BTreeMap<String, String>| side.get(key).cloned().unwrap_or_default();
        let (before, after) = (of(&before), of(&after));
        (before != after).then(|| TermsDifference {
            key: key.clone(),
            before,
            after,
        })
    });
    differing.collect()
}

/// Values by dotted key; nothing where the text is no TOML.
fn flat(text: &str) -> BTreeMap<String, String> {
    let mut keys = BTreeMap::new();
    if let Ok(table) = text.parse::<Table>() {
        flatten("", &table, &mut keys);
    }
    keys
}

fn flatten(prefix: &str, table: &Table, keys: &mut BTreeMap<String, String>) {
    for (name, value) in table {
        let key = format!("{prefix}{name}");
        match value {
            Value::Table(inner) => flatten(&format!("{key}."), inner, keys),
            value => {
                keys.insert(key, value.to_string());
            }
        }
    }
}
