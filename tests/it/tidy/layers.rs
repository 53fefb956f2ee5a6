//! Imports run downward only: `cli` → `lab` → `edge` → `service` → `journal` → `domain`.

use super::{Source, assert_none, sources};

/// The floors, from the ground up.
const FLOORS: [&str; 6] = ["domain", "journal", "service", "edge", "lab", "cli"];

/// Where a file stands; `None` for the roof's own files (`main.rs`, `lib.rs`).
fn floor_of(path: &str) -> Option<usize> {
    let folder = path.strip_prefix("src/")?.split('/').next()?;
    FLOORS.iter().position(|floor| *floor == folder)
}

/// Floors that a text names by `crate::…`, by `super::super::…`, or inside groups of either; with the
/// line of each.
fn named(source: &Source) -> Vec<(usize, String)> {
    let depth = source.path.matches('/').count() - 1;
    let text = source.without_tests();
    let mut found = Vec::new();
    let mut from_crate = |start: usize, rest: &str| {
        let line = text[..start].matches('\n').count() + 1;
        found.extend(first_segments(rest).into_iter().map(|name| (line, name)));
    };
    for (start, _) in text.match_indices("crate::") {
        let before = text[..start].chars().next_back();
        // `$crate::` in macros and `pub(in crate::…)` name it too.
        if !before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            from_crate(start, &text[start + "crate::".len()..]);
        }
    }
    // From a file so deep, so many `super` lead to the crate's root.
    let is_module = source.path.ends_with("/mod.rs");
    let levels = if is_module { depth } else { depth + 1 };
    let to_root = "super::".repeat(levels);
    for (start, _) in text.match_indices(&to_root) {
        let before = text[..start].chars().next_back();
        if !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
            from_crate(start, &text[start + to_root.len()..]);
        }
    }
    found
}

/// The first name of a path, or of each path in a group.
fn first_segments(rest: &str) -> Vec<String> {
    let name = |text: &str| -> String {
        text.trim_start()
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect()
    };
    let Some(group) = rest.strip_prefix('{') else {
        return vec![name(rest)];
    };
    let mut depth = 0;
    let mut segments = vec![name(group)];
    for (position, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => segments.push(name(&group[position + 1..])),
            _ => {}
        }
    }
    segments.retain(|segment| !segment.is_empty());
    segments
}

fn upward(source: &Source) -> Vec<String> {
    let Some(own) = floor_of(&source.path) else {
        return Vec::new();
    };
    let higher = |name: &str| FLOORS.iter().position(|floor| *floor == name) > Some(own);
    named(source)
        .into_iter()
        .filter(|(_, name)| higher(name))
        .map(|(line, name)| format!("{}:{line} imports {name}, a floor above it", source.path))
        .collect()
}

#[test]
fn imports_run_downward() {
    assert_none(sources().iter().flat_map(upward).collect());
    // The scan sees the imports there are.
    let seen: usize = sources().iter().map(|source| named(source).len()).sum();
    assert!(seen > 50, "{seen}");
}

/// The scan finds what it is for, however it is written.
#[test]
fn an_upward_import_is_found() {
    let finds = |path: &str, text: &str| {
        let (path, text) = (path.into(), text.into());
        !upward(&Source { path, text }).is_empty()
    };
    for (path, text) in [
        ("src/domain/graph.rs", "use crate::journal::Journal;"),
        (
            "src/domain/graph.rs",
            "use crate::{domain::event, edge::proto};",
        ),
        (
            "src/domain/graph.rs",
            "use crate::{\n    domain::{a, b::{c, d}},\n    service::x,\n};",
        ),
        ("src/domain/graph.rs", "fn f() -> crate::cli::Failure {}"),
        ("src/domain/graph.rs", "use super::super::service::node;"),
        ("src/domain/mod.rs", "use super::journal;"),
        (
            "src/edge/grpc/events.rs",
            "use super::super::super::cli::main;",
        ),
        ("src/journal/store.rs", "pub(in crate::service) fn f() {}"),
        ("src/service/node.rs", "use crate::edge::{json_lines};"),
        ("src/edge/intake.rs", "use crate::lab::simulate::Mix;"),
        ("src/lab/simulate/mix.rs", "use crate::cli::main;"),
    ] {
        assert!(finds(path, text), "{path}: {text}");
    }
    for (path, text) in [
        (
            "src/edge/intake.rs",
            "use crate::{domain::event::Event, service::refusal::Refusal};",
        ),
        ("src/domain/graph.rs", "use super::event::Event;"),
        ("src/edge/grpc/events.rs", "use super::super::proto;"),
        ("src/domain/graph.rs", "use some_crate::edge::x;"),
        (
            "src/journal/store.rs",
            "#[cfg(test)]\nmod tests { use crate::service::x; }",
        ),
    ] {
        assert!(!finds(path, text), "{path}: {text}");
    }
}

/// The domain does no IO, waits on nothing, reads no clock and draws no random number; the journal knows
/// bytes and no doors.
#[test]
fn the_domain_is_pure() {
    let impure = [
        "std::time",
        "std::fs",
        "std::io",
        "std::net",
        "std::env",
        "std::thread",
        "std::process",
        "SystemTime",
        "Instant::now",
        "Utc::now",
        "Local::now",
        "tokio",
        "async ",
        ".await",
        "rand::",
        "getrandom",
        "rusqlite",
        "tonic",
        "tracing::",
        "metrics::",
        "println!",
        "RandomState",
    ];
    let mut faults = Vec::new();
    for source in sources() {
        if floor_of(&source.path) == Some(0) {
            for (line, code) in source.code() {
                for word in impure.iter().filter(|word| code.contains(**word)) {
                    faults.push(format!("{}:{line} says {word}", source.path));
                }
            }
        }
        // SQL stays in the journal.
        if floor_of(&source.path) != Some(1) {
            for (line, code) in source.code().filter(|(_, code)| code.contains("rusqlite")) {
                faults.push(format!(
                    "{}:{line} knows the database: {}",
                    source.path,
                    code.trim()
                ));
            }
        }
    }
    assert_none(faults);
}

/// Only the roof reads files and the environment.
#[test]
fn only_the_roof_reads_files_and_the_environment() {
    let mut faults = Vec::new();
    for source in sources() {
        let Some(floor) = floor_of(&source.path) else {
            continue;
        };
        for (line, code) in source.code() {
            let environment = code.contains("std::env") || code.contains("env::var");
            // The journal's own files are its work; the simulator's runs have no name and end with it.
            let own = ["src/journal/", "src/lab/simulate/sorter.rs"];
            let own = own.iter().any(|path| source.path.starts_with(path));
            let files = code.contains("std::fs") && !own;
            if FLOORS[floor] != "cli" && (environment || files) {
                faults.push(format!("{}:{line} {}", source.path, code.trim()));
            }
        }
    }
    assert_none(faults);
}
