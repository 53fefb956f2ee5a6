//! House rules that a machine can check: floors, sizes, names, what documents promise.

mod documents;
mod layers;
mod sizes;
mod words;

use std::path::{Path, PathBuf};

use crate::support::repository;

/// A source file: its path from the repository's root, and its text.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// The text without tests: what follows `#[cfg(test)]` is a module of them, at the end of a file.
    fn without_tests(&self) -> &str {
        self.text.split("#[cfg(test)]").next().unwrap()
    }

    /// Lines of code outside tests, numbered from 1, without comments.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.without_tests()
            .lines()
            .enumerate()
            .map(|(number, line)| (number + 1, line))
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

/// Every Rust file under `src/`.
fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    for path in files_under(&repository().join("src")) {
        if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let path = path.strip_prefix(repository()).unwrap();
            let path = path.display().to_string();
            found.push(Source { path, text });
        }
    }
    assert!(found.len() > 50, "the sources were found: {}", found.len());
    found
}

fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_under(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Fails with every fault that was found.
#[track_caller]
fn assert_none(faults: Vec<String>) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}
