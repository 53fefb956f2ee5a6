//! Stored bytes of every release are read by every build: `tests/golden/N` holds samples of format
//! version N, never changed once released. A sample that this build lacks is written with
//! `SAMEUSER_WRITE_GOLDEN=1` (delete those of an unreleased format to write them again).

mod samples;
mod store;

use std::{fs, path::PathBuf};

use sameuser::service::codec::{FORMAT_VERSION, Stored};

use crate::support::repository;

/// Every version that a release has written.
const VERSIONS: [u8; 1] = [1];

fn golden(version: u8) -> PathBuf {
    repository().join(format!("tests/golden/{version}"))
}

/// A golden file: what it must hold; written first where that is asked for.
fn expected(version: u8, name: &str, current: impl FnOnce() -> Vec<u8>) -> Vec<u8> {
    let path = golden(version).join(name);
    let writes = std::env::var_os("SAMEUSER_WRITE_GOLDEN").is_some();
    if writes && version == FORMAT_VERSION && !path.exists() {
        fs::create_dir_all(golden(version)).unwrap();
        fs::write(&path, current()).unwrap();
    }
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Checks one kind of stored bytes in every version: it is read as what it meant then, and this
/// build writes the newest version as it always did.
fn check<T: Stored>(name: &str, sample: &T) {
    for version in VERSIONS {
        let bytes = from_hex(&expected(version, &format!("{name}.hex"), || {
            to_hex(&sample.encode())
        }));
        assert_eq!(bytes[0], version, "{name}");
        let decoded = T::decode(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        let meant = expected(version, &format!("{name}.json"), || json(sample));
        assert_eq!(
            String::from_utf8(json(&decoded)).unwrap(),
            String::from_utf8(meant).unwrap(),
            "{name} of version {version}"
        );
        if version == FORMAT_VERSION {
            let written = String::from_utf8(to_hex(&sample.encode())).unwrap();
            let golden = String::from_utf8(to_hex(&bytes)).unwrap();
            assert_eq!(
                written, golden,
                "{name} is written otherwise: a new version?"
            );
        }
    }
}

fn json<T: serde::Serialize>(value: &T) -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(value).unwrap();
    text.push(b'\n');
    text
}

/// Hexadecimal digits, 32 bytes a line, so that a change shows where it is.
fn to_hex(bytes: &[u8]) -> Vec<u8> {
    let line = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let lines: Vec<String> = bytes.chunks(32).map(line).collect();
    (lines.join("\n") + "\n").into_bytes()
}

fn from_hex(text: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = text.iter().copied().filter(u8::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

#[test]
fn events_of_every_version_are_read() {
    check("event", &samples::event());
    check("event-bare", &samples::bare_event());
}

#[test]
fn verdicts_of_every_version_are_read() {
    check("verdict", &samples::verdict());
    check("verdict-blamed", &samples::blamed_verdict());
    check("verdict-kept", &samples::kept_verdict());
}

#[test]
fn campaign_revisions_of_every_version_are_read() {
    check("campaign-revision", &samples::revision());
}

#[test]
fn what_streams_leave_behind_of_every_version_is_read() {
    check("dead-letter", &samples::dead_letter());
    check("dead-letter-resolution", &samples::dead_letter_resolution());
    check("stream-loss", &samples::stream_loss());
}

#[test]
fn checkpoints_of_every_version_are_read() {
    check("checkpoint-accounts", &samples::accounts());
    check("checkpoint-identifiers", &samples::identifiers());
    check("checkpoint-strong-links", &samples::strong_links());
    check("checkpoint-verdict-keys", &samples::verdict_keys());
    check("checkpoint-ledger", &samples::ledger());
    check("checkpoint-held", &samples::held());
}

#[test]
fn decisions_of_every_version_are_read() {
    for (number, disposition) in samples::dispositions().iter().enumerate() {
        check(&format!("disposition-{number}"), disposition);
    }
    check("disposition-end", &samples::disposition_end());
    check("adjustment-change", &samples::adjustment_change());
    for (number, change) in samples::fuse_changes().iter().enumerate() {
        check(&format!("fuse-change-{number}"), change);
    }
    check("grant-void", &samples::grant_void());
    check("appeal", &samples::appeal());
    check("appeal-decision", &samples::appeal_decision());
}

#[test]
fn what_people_do_of_every_version_is_read() {
    check("case-claim", &samples::case_claim());
    check("case-snooze", &samples::case_snooze());
    check("case-note", &samples::case_note());
    check("person", &samples::person());
    check("revision-author", &samples::revision_author());
}

#[test]
fn bytes_of_another_version_and_damaged_ones_are_refused() {
    use sameuser::domain::event::Event;
    let mut bytes = samples::event().encode();
    assert!(Event::decode(&bytes[..bytes.len() / 2]).is_err());
    assert!(Event::decode(&[]).is_err());
    bytes[0] = FORMAT_VERSION + 1;
    let refused = Event::decode(&bytes).unwrap_err().to_string();
    assert!(refused.contains("version 2"), "{refused}");
}
