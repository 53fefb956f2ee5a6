//! Identifiers typed in clear: found, and left nowhere.

use std::path::Path;

use sameuser::edge::proto::v1::{self, SearchKind, search_result::Found};
use tonic::Code;

use super::{Browser, people, signed_in};
use crate::support::{Kind, Server, event, folder};

const PHONE: &str = "+8613912345678";
const DEVICE: &str = "a-device-of-nobody-else-71c2";
const ADDRESS: &str = "198.51.100.77";

fn find(browser: &Browser, kind: SearchKind, query: &str) -> Result<Vec<Found>, (Code, String)> {
    let request = v1::SearchRequest {
        query: query.into(),
        kind: kind.into(),
    };
    let answer: v1::SearchResponse = browser.call("ReviewService/Search", &request)?;
    Ok(answer
        .results
        .into_iter()
        .filter_map(|one| one.found)
        .collect())
}

fn identifier(found: Vec<Found>) -> v1::Identifier {
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (Some(Found::Identifier(identifier)), None) => identifier,
        other => panic!("one identifier, found {other:?}"),
    }
}

/// Whether bytes stand in any file below a folder.
fn stands_in(folder: &Path, needle: &str) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return stands_in(&path, needle);
        }
        let bytes = std::fs::read(&path).unwrap();
        bytes
            .windows(needle.len())
            .any(|window| window == needle.as_bytes())
    })
}

#[tokio::test]
async fn what_is_typed_in_clear_is_found_and_left_nowhere() {
    let folder = folder();
    people(folder.path());
    let server = Server::start_with(folder.path(), |command| {
        command.env("RUST_LOG", "trace");
    });
    let mut login = event(Kind::Login, "alice", "2026-06-17T09:00:00+08:00");
    login.phone_number = PHONE.into();
    login.ip_address = ADDRESS.into();
    login.device.as_mut().unwrap().device_id = DEVICE.into();
    server.accept(vec![login]).await;

    let auditor = signed_in(&server, "auditor");
    let phone = identifier(find(&auditor, SearchKind::Phone, "+86 139-1234-5678").unwrap());
    assert_eq!(
        (&*phone.kind, &*phone.class, phone.accounts),
        ("phone", "personal", 1)
    );
    assert!(phone.first_seen_at.is_some() && phone.last_seen_at.is_some());
    let device = identifier(find(&auditor, SearchKind::Device, DEVICE).unwrap());
    assert_eq!(device.kind, "device");
    let mapped = format!("::ffff:{ADDRESS}");
    let address = identifier(find(&auditor, SearchKind::IpAddress, &mapped).unwrap());
    assert_eq!(
        identifier(find(&auditor, SearchKind::Tag, &phone.tag).unwrap()),
        phone
    );

    // From there to who used it; and by the tag alone, as after a restart.
    for number in [address.number, 0, u32::MAX] {
        let request = v1::GetIdentifierRequest {
            tag: address.tag.clone(),
            number,
            ..v1::GetIdentifierRequest::default()
        };
        let full: v1::GetIdentifierResponse = auditor
            .call("ReviewService/GetIdentifier", &request)
            .unwrap();
        assert_eq!(full.accounts[0].account_id, "alice");
        assert_eq!(full.links.len(), 1);
        assert_eq!(full.identifier.unwrap().tag, address.tag);
    }

    // Unknown ones, and what is none: the refusal does not repeat it.
    assert!(
        find(&auditor, SearchKind::Phone, "+8613900000009")
            .unwrap()
            .is_empty()
    );
    for (kind, typed) in [
        (SearchKind::Phone, "13912345678x"),
        (SearchKind::IpAddress, "198.51.100.777"),
        (SearchKind::Device, ""),
        (SearchKind::Tag, "xyz"),
    ] {
        let (code, words) = find(&auditor, kind, typed).unwrap_err();
        assert_eq!(code, Code::InvalidArgument, "{kind:?}");
        assert!(typed.is_empty() || !words.contains(typed), "{words}");
    }

    let (_, log) = server.stop();
    let raw = [
        PHONE,
        DEVICE,
        ADDRESS,
        "13912345678",
        "1234-5678",
        "13900000009",
    ];
    for raw in raw {
        assert!(!log.contains(raw), "{raw} in the log");
        assert!(!stands_in(folder.path(), raw), "{raw} in the store");
    }
    assert!(stands_in(folder.path(), "alice"), "the store was read");
}
