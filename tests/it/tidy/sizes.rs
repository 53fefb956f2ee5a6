//! Sizes and names.

use super::{Source, assert_none, files_under, sources};
use crate::support::repository;

const FILE_LINES_AT_MOST: usize = 600;
const FUNCTION_LINES_AT_MOST: usize = 90;

#[test]
fn no_file_is_too_long() {
    let too_long = sources().into_iter().filter_map(|source| {
        let lines = source.text.lines().count();
        (lines > FILE_LINES_AT_MOST).then(|| format!("{} has {lines} lines", source.path))
    });
    assert_none(too_long.collect());
}

/// Functions with their first line and length. The formatter closes a function with a brace in the
/// column of its first word.
fn functions(source: &Source) -> Vec<(usize, usize)> {
    let lines: Vec<&str> = source.text.lines().collect();
    let mut found = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let indent = line.len() - code.len();
        let words = code.split('(').next().unwrap_or_default();
        let is_function = words.split_whitespace().any(|word| word == "fn")
            && !code.starts_with("//")
            && !code.ends_with(';');
        if !is_function {
            continue;
        }
        let closing = format!("{}}}", " ".repeat(indent));
        let body = lines[number..].iter().position(|line| **line == closing);
        if let Some(end) = body {
            found.push((number + 1, end + 1));
        }
    }
    found
}

#[test]
fn no_function_is_too_long() {
    let mut faults = Vec::new();
    let mut seen = 0;
    for source in sources() {
        for (line, length) in functions(&source) {
            seen += 1;
            if length > FUNCTION_LINES_AT_MOST {
                faults.push(format!("{}:{line} has {length} lines", source.path));
            }
        }
    }
    assert_none(faults);
    assert!(seen > 300, "functions were seen: {seen}");
}

/// Whole words for one noun each: names that could mean anything are not names.
#[test]
fn no_file_or_module_is_named_after_nothing() {
    let banned = [
        "util", "utils", "common", "helper", "helpers", "manager", "misc",
    ];
    let mut faults = Vec::new();
    for folder in ["src", "tests", "benches"] {
        for path in files_under(&repository().join(folder)) {
            let relative = path.strip_prefix(repository()).unwrap();
            let mut names = relative.iter().filter_map(|name| name.to_str());
            if names.any(|name| banned.contains(&name.split('.').next().unwrap_or(name))) {
                faults.push(relative.display().to_string());
            }
        }
    }
    for source in sources() {
        for (line, code) in source.code() {
            let module = code.trim_start().trim_start_matches("pub ");
            let name = module.strip_prefix("mod ");
            let name = name.map(|rest| rest.trim_end_matches([';', '{', ' ']));
            if name.is_some_and(|name| banned.contains(&name)) {
                faults.push(format!("{}:{line} {code}", source.path));
            }
        }
    }
    assert_none(faults);
}

/// A failure that can't happen says by `expect` why not; what is left to do is an issue, not a comment.
#[test]
fn nothing_unwraps_and_nothing_is_left_for_later() {
    let mut faults = Vec::new();
    for source in sources() {
        for (line, code) in source.code() {
            for word in [".unwrap()", "todo!(", "unimplemented!(", "dbg!(", "unsafe "] {
                if code.contains(word) {
                    faults.push(format!("{}:{line} {}", source.path, code.trim()));
                }
            }
        }
        for (number, line) in source.text.lines().enumerate() {
            if ["TODO", "FIXME", "XXX", "HACK"]
                .iter()
                .any(|word| line.contains(word))
            {
                faults.push(format!("{}:{} {}", source.path, number + 1, line.trim()));
            }
        }
    }
    assert_none(faults);
}

/// `mod.rs` holds documentation and declarations, and each file says what it is for.
#[test]
fn every_file_says_what_it_is_for() {
    let silent = sources()
        .into_iter()
        .filter(|source| !source.text.starts_with("//! "));
    assert_none(silent.map(|source| source.path).collect());
}
