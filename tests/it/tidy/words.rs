//! What the service says by name has words in both of the console's languages.

use std::collections::BTreeSet;

use serde_json::Value;

use super::assert_none;
use crate::support::repository;

fn read(path: &str) -> String {
    std::fs::read_to_string(repository().join(path)).unwrap()
}

/// What stands between two marks of a source, each the first after the other.
fn between<'a>(text: &'a str, begins: &str, ends: &str) -> &'a str {
    let (_, after) = text.split_once(begins).expect(begins);
    after.split_once(ends).expect(ends).0
}

fn quoted(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split('"').skip(1).step_by(2).map(str::to_string)
}

/// Variants of an enum that a source declares.
fn variants(source: &str, name: &str) -> usize {
    let body = between(source, &format!("pub enum {name} {{"), "\n}");
    let is_variant = |line: &&str| line.trim().ends_with(',') && !line.contains("//");
    body.lines().filter(is_variant).count()
}

/// The words of each class of identifier.
fn classes() -> BTreeSet<String> {
    let source = read("src/domain/identifier.rs");
    let (_, of_class) = source.split_once("impl IdentifierClass").unwrap();
    let words: BTreeSet<_> = quoted(between(of_class, "match self {", "}")).collect();
    assert_eq!(words.len(), variants(&source, "IdentifierClass"));
    words
}

/// The name of each kind of identifier that the shipped weights list.
fn kinds() -> BTreeSet<String> {
    let weights = read("models/evidence-weights.toml");
    let rows = weights.split("[[kind]]").skip(1);
    let names: BTreeSet<_> = rows
        .map(|row| between(row, "name = \"", "\"").to_string())
        .collect();
    assert!(names.len() >= 4, "{names:?}");
    names
}

/// The name of each piece of evidence: the kinds of identifier, and what else speaks.
fn evidence() -> BTreeSet<String> {
    let words = read("src/edge/evidence.rs");
    let named = between(&words, "match subject {", "\n    }\n}");
    let is_name = |text: &String| !text.is_empty() && !text.contains(' ');
    let mut names: BTreeSet<_> = quoted(named).filter(is_name).collect();
    // What is shared is named after its kind; all three who came back are told alike.
    let subjects = variants(&read("src/domain/evidence.rs"), "EvidenceSubject");
    assert_eq!(names.len(), subjects - 3, "{names:?}");
    names.extend(kinds());
    names
}

/// The name of each reason, as the contract spells it.
fn reasons() -> BTreeSet<String> {
    let source = read("src/domain/reason.rs");
    let names: BTreeSet<_> = quoted(between(&source, "match self {", "\n        }"))
        .map(|name| name.to_uppercase())
        .collect();
    assert_eq!(names.len(), variants(&source, "ReasonCode"));
    names
}

/// Every class and kind of identifier, every piece of evidence and every reason has words in English and Chinese.
#[test]
fn whatever_the_service_names_has_words_in_the_console() {
    let groups = [
        ("identifier_class", classes()),
        ("identifier_kind", kinds()),
        ("evidence", evidence()),
        ("reason", reasons()),
    ];
    let mut faults = Vec::new();
    for language in ["en", "zh"] {
        let path = format!("console/source/language/{language}.json");
        let words: Value = serde_json::from_str(&read(&path)).unwrap();
        for (group, names) in &groups {
            for name in names {
                // As `console/source/language/terms.ts` makes a key of it.
                let key = name.replace([' ', '-'], "_");
                let known = words["term"][group][&key].as_str();
                if known.is_none_or(|words| words.trim().is_empty()) {
                    faults.push(format!("{path} has no term.{group}.{key}"));
                }
            }
        }
    }
    assert_none(faults);
}

/// Every class of identifier has a shape of its own in the graph.
#[test]
fn every_class_has_a_shape_of_its_own() {
    let source = read("console/source/graph/graph-style.ts");
    let rows = between(&source, "export const SHAPES = {", "}");
    let shapes: Vec<(&str, &str)> = rows
        .lines()
        .filter_map(|row| row.split_once(": "))
        .map(|(class, shape)| (class.trim().trim_matches('\''), shape))
        .collect();
    let mut faults = Vec::new();
    for class in classes() {
        if !shapes.iter().any(|(known, _)| *known == class) {
            faults.push(format!("class {class} has no shape"));
        }
    }
    let different: BTreeSet<_> = shapes.iter().map(|(_, shape)| shape).collect();
    assert_eq!(different.len(), shapes.len(), "{shapes:?}");
    assert_none(faults);
}
