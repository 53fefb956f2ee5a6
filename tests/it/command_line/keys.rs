//! A store's pseudonym key: made once, kept close, never replaced; and nothing raw beside it.

use std::{os::unix::fs::PermissionsExt, path::Path};

use crate::support::{Finished, Kind, Server, check, event, folder, run};

fn clusters(data: &Path, more: &[&str]) -> Finished {
    let data = data.to_str().unwrap();
    run(["clusters", "--data", data]
        .into_iter()
        .chain(more.iter().copied()))
}

#[test]
fn a_new_store_makes_a_key_that_only_its_owner_reads() {
    let folder = folder();
    let data = folder.path().join("data");
    clusters(&data, &[]).expect(0);
    let path = data.join("pseudonym.key");
    let mode = path.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let key = std::fs::read_to_string(path).unwrap();
    assert_eq!(key.trim().len(), 64);
    assert!(key.trim().bytes().all(|digit| digit.is_ascii_hexdigit()));
    // Another store has another.
    let other = folder.path().join("other");
    clusters(&other, &[]).expect(0);
    assert_ne!(
        std::fs::read_to_string(other.join("pseudonym.key")).unwrap(),
        key
    );
}

/// Without its key a store is not opened, and no other key is made in its place.
#[test]
fn a_lost_key_is_said_and_not_replaced() {
    let folder = folder();
    let data = folder.path().join("data");
    clusters(&data, &[]).expect(0);
    let (key, elsewhere) = (data.join("pseudonym.key"), folder.path().join("kept.key"));
    std::fs::rename(&key, &elsewhere).unwrap();
    let told = clusters(&data, &[]).expect(1);
    assert!(
        told.stderr.contains("has lost its pseudonym key"),
        "{}",
        told.stderr
    );
    assert!(!key.exists());
    // Kept elsewhere it is given by a flag.
    clusters(&data, &["--pseudonym-key", elsewhere.to_str().unwrap()]).expect(0);
    assert!(!key.exists());
}

/// With another key no identifier would be recognised: refused, before anything is written.
#[test]
fn another_key_is_refused() {
    let folder = folder();
    let data = folder.path().join("data");
    clusters(&data, &[]).expect(0);
    let key = data.join("pseudonym.key");
    for (other, says) in [
        ("00".repeat(32), "key"),
        ("not hexadecimal".into(), "holds no pseudonym key"),
        ("00".repeat(31), "holds no pseudonym key"),
        ("é".repeat(32), "holds no pseudonym key"),
        (String::new(), "holds no pseudonym key"),
    ] {
        std::fs::write(&key, &other).unwrap();
        let told = clusters(&data, &[]).expect(1);
        assert!(told.stderr.contains(says), "{other}: {}", told.stderr);
    }
}

/// Promise 9: raw phone numbers, device ids, addresses, other identifiers and display names are in no
/// file of the store, in no log line and in no metric; and people see tags instead.
#[tokio::test]
async fn nothing_raw_is_kept_logged_or_measured() {
    let folder = folder();
    let data = folder.path().join("data");
    let server = Server::start_with(&data, |command| {
        command.env("RUST_LOG", "trace");
    });
    let raw = [
        "+8613912345678",
        "13912345678",
        "raw-device-id",
        "raw-hardware",
        "203.0.113.77",
        "raw@example.org",
        "Raw Display Name",
    ];
    let accounts = ["a1", "a2"].map(|account| {
        let mut event = event(Kind::Registration, account, "2025-06-01T12:00:00Z");
        event.phone_number = raw[0].into();
        let device = event.device.as_mut().unwrap();
        device.device_id = raw[2].into();
        device.hardware_fingerprint = raw[3].into();
        event.ip_address = raw[4].into();
        event.display_name = raw[6].into();
        event.other_identifiers = vec![sameuser::edge::proto::v1::OtherIdentifier {
            kind: "email".into(),
            value: raw[5].into(),
        }];
        event
    });
    server.accept(accounts.into()).await;
    // And one that is refused: its refusal names fields, not values.
    let mut refused = event(Kind::Login, "a3", "2025-06-01T12:00:00Z");
    refused.phone_number = "+8613912345678 raw".into();
    refused.ip_address = "203.0.113.77 raw".into();
    let refusal = format!("{:?}", server.publish(vec![refused]).await);
    let verdicts = format!(
        "{:?} {:?}",
        server.ask(check("a1", "t1")).await.unwrap(),
        server.ask(check("a2", "t2")).await.unwrap()
    );
    let metrics = server.get("/metrics").1;
    let (status, log) = server.stopped().await;
    assert!(status.success(), "{log}");
    let in_files = std::fs::read_dir(&data).unwrap().map(|file| {
        let path = file.unwrap().path();
        (path.display().to_string(), std::fs::read(path).unwrap())
    });
    let told = [
        ("refusal", refusal),
        ("verdicts", verdicts),
        ("metrics", metrics),
        ("log", log),
    ];
    let told = told.map(|(place, text)| (place.to_string(), text.into_bytes()));
    for (place, bytes) in in_files.chain(told) {
        for word in raw {
            let found = bytes
                .windows(word.len())
                .any(|window| window == word.as_bytes());
            assert!(!found, "{word} is in {place}");
        }
    }
    // The search can find what is there.
    let store = std::fs::read(data.join("sameuser.db")).unwrap();
    let header = b"SQLite format 3";
    assert!(store.windows(header.len()).any(|window| window == header));
}
