//! Clients in other languages, and the public contract that they are built from. The tools come from
//! `make tools`.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};

use crate::support::{Finished, Server, folder, repository};

/// A tool by its environment variable, else where `make tools` puts it.
fn tool(variable: &str, fallback: &str) -> PathBuf {
    let path =
        std::env::var_os(variable).map_or_else(|| repository().join(fallback), PathBuf::from);
    assert!(
        path.exists(),
        "{} is missing: run `make tools`, or name it in {variable}",
        path.display()
    );
    path
}

fn python(arguments: &[&str]) -> Finished {
    let python = tool("SAMEUSER_PYTHON", "target/tools/venv/bin/python");
    let output = Command::new(python)
        .args(arguments)
        .current_dir(repository())
        .output();
    output.unwrap().into()
}

/// Python with grpcio, from the published protos and from reflection: publishes, asks, reads back.
#[test]
fn a_python_client_publishes_asks_and_reads_the_verdict_back() {
    let folder = folder();
    let server = Server::start(folder.path());
    let address = server.grpc.to_string();
    // Twice: its ids are new each time, and the second run finds a store in use.
    for _ in 0..2 {
        let told = python(&["tests/clients/python_client.py", &address, "proto"]).expect(0);
        assert!(
            told.stdout.ends_with("every step held\n"),
            "{}",
            told.stdout
        );
        let steps = told
            .stdout
            .lines()
            .filter(|line| line.starts_with("ok "))
            .count();
        assert!(steps >= 20, "{}", told.stdout);
        for step in [
            "read back is the same",
            "through reflection",
            "health says serving",
        ] {
            assert!(told.stdout.contains(step), "{step}: {}", told.stdout);
        }
    }
}

/// A client that finds no server fails, so that the test above can.
#[test]
fn a_python_client_without_a_server_fails() {
    let told = python(&["tests/clients/python_client.py", "127.0.0.1:1", "proto"]);
    assert_ne!(told.code, 0, "{}", told.stdout);
}

/// The client that docs/billing.md shows runs as it is written.
#[test]
fn the_documented_billing_client_runs() {
    let folder = folder();
    let server = Server::start(folder.path());
    let address = server.grpc.to_string();
    let events = folder.path().join("events.jsonl");
    let login = crate::support::event(crate::support::Kind::Login, "a1", "2025-06-01T12:00:00Z");
    std::fs::write(
        &events,
        format!("{}\n", serde_json::to_string(&login).unwrap()),
    )
    .unwrap();
    let billing = |arguments: &[&str]| {
        let all = [
            &["deploy/examples/billing.py", "--server", &address],
            arguments,
        ]
        .concat();
        python(&all).expect(0).stdout
    };
    billing(&["publish", events.to_str().unwrap()]);
    let told = billing(&[
        "check",
        "--account",
        "a1",
        "--task",
        "t1",
        "--started",
        "2026-06-20T02:00:00Z",
        "--completed",
        "2026-06-20T02:10:00Z",
        "--tokens",
        "1200",
    ]);
    assert!(told.contains("ALLOW"), "{told}");
    assert!(billing(&["verdict", "v1"]).contains("ALLOW"));
}

fn buf(proto: &Path, arguments: &[&str]) -> Finished {
    let mut all: Vec<OsString> = arguments.iter().map(Into::into).collect();
    all.insert(1, proto.into());
    let buf = tool("SAMEUSER_BUF", "proto/node_modules/.bin/buf");
    Command::new(buf).args(all).output().unwrap().into()
}

#[test]
fn the_public_contract_passes_buf_lint() {
    let told = buf(&repository().join("proto"), &["lint"]);
    assert_eq!(told.code, 0, "{}{}", told.stdout, told.stderr);
}

#[test]
fn the_public_contract_breaks_no_released_one() {
    let released = repository().join("proto/released.binpb");
    let released = released.to_str().unwrap();
    let told = buf(
        &repository().join("proto"),
        &["breaking", "--against", released],
    );
    assert_eq!(told.code, 0, "{}{}", told.stdout, told.stderr);
}

/// The two checks above find what they are for: a copy of the protos with a field renamed and an enum
/// value without its prefix.
#[test]
fn a_broken_contract_is_found() {
    let folder = folder();
    let copy = folder.path().join("proto");
    copy_protos(&repository().join("proto"), &copy);
    let path = copy.join("sameuser/v1/verdict.proto");
    let verdict = std::fs::read_to_string(&path).unwrap();
    let broken = verdict
        .replace("uint32 rate_basis_points = 3;", "uint32 rate = 3;")
        .replace("DECISION_ALLOW = 1;", "ALLOW = 1;");
    assert_ne!(broken, verdict);
    std::fs::write(&path, broken).unwrap();
    let lint = buf(&copy, &["lint"]);
    assert_ne!(lint.code, 0);
    assert!(
        lint.stdout.contains("DECISION_"),
        "{}{}",
        lint.stdout,
        lint.stderr
    );
    let released = repository().join("proto/released.binpb");
    let breaking = buf(
        &copy,
        &["breaking", "--against", released.to_str().unwrap()],
    );
    assert_ne!(breaking.code, 0);
    assert!(
        breaking.stdout.contains("rate_basis_points"),
        "{}{}",
        breaking.stdout,
        breaking.stderr
    );
}

fn copy_protos(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_name() == "node_modules" {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            copy_protos(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
