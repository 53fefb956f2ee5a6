//! What documents and declarations promise.

use std::collections::BTreeSet;

use super::{assert_none, sources};
use crate::support::repository;

fn read(path: &str) -> String {
    std::fs::read_to_string(repository().join(path)).unwrap()
}

/// What stands in back quotes and looks like a path of the repository.
fn paths_named(text: &str) -> BTreeSet<String> {
    let folders = [
        "src/",
        "proto/",
        "models/",
        "campaigns/",
        "tests/",
        "benches/",
        "deploy/",
        "docs/",
        ".ci/",
    ];
    let inline = text.split('`').skip(1).step_by(2);
    let listed = text.split_whitespace();
    inline
        .chain(listed)
        .map(|word| word.trim_matches(['(', ')', ',', '.', ';', '`']))
        .filter(|word| folders.iter().any(|folder| word.starts_with(folder)))
        .filter(|word| !word.contains([' ', '*', '…', '<', '$', '{', '(']))
        .map(|word| {
            word.split(['#', ':', '`'])
                .next()
                .unwrap_or(word)
                .to_string()
        })
        .collect()
}

/// Every path that a document names exists.
#[test]
fn every_path_that_documents_name_exists() {
    let mut faults = Vec::new();
    for document in [
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "README.md",
        "SECURITY.md",
        "docs/console.md",
        "docs/simulator.md",
    ] {
        let paths = paths_named(&read(document));
        assert!(
            document != "ARCHITECTURE.md" || paths.len() > 20,
            "{paths:?}"
        );
        for path in paths {
            if !repository().join(&path).exists() {
                faults.push(format!("{document} names {path}, which does not exist"));
            }
        }
    }
    assert_none(faults);
}

/// Every link from one document to another leads somewhere.
#[test]
fn every_link_between_documents_leads_somewhere() {
    let mut faults = Vec::new();
    for document in [
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "README.md",
        "docs/billing.md",
        "docs/operations.md",
    ] {
        let text = read(document);
        let folder = repository().join(document).parent().unwrap().to_path_buf();
        for (start, _) in text.match_indices("](") {
            let target = text[start + 2..].split(')').next().unwrap_or_default();
            let target = target.split('#').next().unwrap_or_default();
            let elsewhere = target.is_empty() || target.contains("://") || target.contains(' ');
            if !elsewhere && !folder.join(target).exists() {
                faults.push(format!("{document} links to {target}"));
            }
        }
    }
    assert_none(faults);
}

/// Each direct dependency says in a comment above it what it is for, and there are not too many.
#[test]
fn every_dependency_has_its_reason() {
    let manifest = read("Cargo.toml");
    let mut section = "";
    let mut before = "";
    let (mut faults, mut count) = (Vec::new(), 0);
    // tracing-subscriber belongs to tracing and stands under its comment.
    let with_the_one_above = ["tracing-subscriber"];
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        } else if section.ends_with("dependencies]")
            && !line.starts_with('#')
            && let Some((name, _)) = line.split_once(" = ")
        {
            count += 1;
            let explained = before.starts_with("# ") && !before.starts_with("# --");
            if !explained && !with_the_one_above.contains(&name) {
                faults.push(format!("{name} in {section} has no reason"));
            }
        }
        before = line;
    }
    assert_none(faults);
    assert!((20..=60).contains(&count), "{count} direct dependencies");
}

/// The image's build has every folder that the sources take files of, and cargo's own settings.
#[test]
fn the_image_is_built_with_all_that_the_build_reads() {
    let dockerfile = read("deploy/Dockerfile");
    let copied: BTreeSet<&str> = dockerfile
        .lines()
        .filter_map(|line| line.strip_prefix("COPY "))
        .flat_map(str::split_whitespace)
        .collect();
    let root = repository().canonicalize().unwrap();
    let (mut faults, mut count) = (Vec::new(), 0);
    for source in sources() {
        let folder = root.join(&source.path).parent().unwrap().to_path_buf();
        for start in ["include_str!(\"", "include_bytes!(\""] {
            for rest in source.text.split(start).skip(1) {
                let included = folder.join(rest.split('"').next().unwrap());
                let included = included.canonicalize().unwrap();
                let path = included.strip_prefix(&root).unwrap();
                let top = path.iter().next().unwrap().to_str().unwrap();
                count += 1;
                if !copied.contains(top) {
                    faults.push(format!("{} takes in {}", source.path, path.display()));
                }
            }
        }
    }
    assert!(count >= 10, "files that sources take in: {count}");
    if !copied.contains(".cargo") {
        faults.push("settings in .cargo are left out".into());
    }
    assert_none(faults);
}

/// Every metric has a description, and every described metric is recorded somewhere.
#[test]
fn every_metric_is_described_and_recorded() {
    let measure = read("src/service/measure.rs");
    let (mut faults, mut count) = (Vec::new(), 0);
    for line in measure.lines().filter(|line| line.contains("\"sameuser_")) {
        let name = line
            .split_whitespace()
            .nth(2)
            .unwrap()
            .trim_end_matches(':');
        count += 1;
        let (_, descriptions) = measure.split_once("pub fn describe()").unwrap();
        let described = descriptions
            .split(['(', ',', ' ', '\n'])
            .any(|word| word == name);
        if !described {
            faults.push(format!("{name} is not described"));
        }
        let use_of_it = format!("measure::{name}");
        if !sources()
            .iter()
            .any(|source| source.text.contains(&use_of_it))
        {
            faults.push(format!("{name} is never recorded"));
        }
    }
    // And no metric has a name of its own elsewhere; the console's cookie is none.
    for source in sources() {
        for (line, code) in source.code() {
            let names_one = code.contains("\"sameuser_") && !code.contains(" COOKIE: ");
            if names_one && !source.path.ends_with("/measure.rs") {
                faults.push(format!("{}:{line} {}", source.path, code.trim()));
            }
        }
    }
    assert!(count >= 8, "metrics were found: {count}");
    assert_none(faults);
}

/// The shipped terms quote the clause that each rule implements: every quotation is in a comment
/// right above a key.
#[test]
fn the_shipped_terms_name_their_clauses() {
    let terms = read("campaigns/kimi-work-desktop-2026-06.toml");
    for clause in [
        "From 00:00 on Jun 16, 2026 to 23:59 on Jun 30, 2026, Beijing Time",
        "tasks you initiate within Kimi Work on the desktop client",
        "open only to individual registered users",
        "Only tasks performed within Kimi Work on the desktop client",
        "applies uniformly without distinction by country or region",
        "calculated at 50% (×0.5)",
        "cannot be combined with other offers",
    ] {
        assert!(terms.contains(clause), "{clause}");
    }
}
