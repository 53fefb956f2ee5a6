//! Every RPC x every role x signed in or not; and whose name a decision carries.

use std::collections::BTreeSet;

use prost::Message;
use prost_types::FileDescriptorSet;
use sameuser::{
    domain::person::Role,
    edge::{
        console::authority::TABLE,
        proto::{DESCRIPTORS, v1},
    },
};
use tonic::Code;

use super::{browser::Browser, people, server_with, signed_in};
use crate::support::{CAMPAIGN, Server, folder};

#[test]
fn the_table_lists_every_rpc_and_nothing_else() {
    let descriptors = FileDescriptorSet::decode(DESCRIPTORS).unwrap();
    let mut served = BTreeSet::new();
    for file in descriptors.file {
        let package = file.package().to_string();
        for service in &file.service {
            for method in &service.method {
                served.insert(format!("/{package}.{}/{}", service.name(), method.name()));
            }
        }
    }
    let listed: Vec<String> = TABLE.iter().map(|(path, _)| (*path).into()).collect();
    assert!(served.len() > 40, "descriptors were read: {served:?}");
    assert_eq!(listed.iter().cloned().collect::<BTreeSet<_>>(), served);
    assert_eq!(listed.len(), served.len(), "each once");
}

#[test]
fn only_the_roles_of_the_table_pass() {
    let folder = folder();
    people(folder.path());
    let server = Server::start(folder.path());
    let stranger = Browser::new(server.http);
    let mut forged = signed_in(&server, "lead");
    forged.csrf_token = Some("0".repeat(64));
    let mut without = signed_in(&server, "lead");
    without.csrf_token = None;
    let by_role = Role::ALL.map(|role| (role, signed_in(&server, role.word())));
    for (path, roles) in TABLE {
        assert_eq!(stranger.code_of(path), Code::Unauthenticated, "{path}");
        assert_eq!(forged.code_of(path), Code::PermissionDenied, "{path}");
        assert_eq!(without.code_of(path), Code::PermissionDenied, "{path}");
        for (role, browser) in &by_role {
            let code = browser.code_of(path);
            let refused = matches!(code, Code::PermissionDenied | Code::Unauthenticated);
            let word = role.word();
            assert_eq!(refused, !roles.contains(role), "{path} as {word}: {code:?}");
            assert_ne!(code, Code::Unimplemented, "{path} as {word}");
        }
    }
    // What nobody lists is no call, for whoever asks; and makes no series of metrics of its own.
    let unlisted = "/sameuser.v1.ReviewService/DropEverything";
    assert_eq!(stranger.code_of(unlisted), Code::Unimplemented);
    assert_eq!(by_role[1].1.code_of(unlisted), Code::Unimplemented);
    assert!(!server.get("/metrics").1.contains("DropEverything"));
}

#[test]
fn the_roles_keep_duties_apart() {
    let may = |role: Role, rpc: &str| {
        let listed = TABLE.iter().find(|(path, _)| path.ends_with(rpc));
        listed.unwrap().1.contains(&role)
    };
    for (rpc, analyst, lead, administrator, auditor) in [
        ("/CreateDisposition", true, true, false, false),
        ("/DecideAppeal", true, true, false, false),
        ("/ResolveAdjustment", false, true, false, false),
        ("/PublishCampaign", false, true, true, false),
        ("/ListAuditEntries", true, true, true, true),
        ("/CheckDiscount", false, false, false, false),
        ("/PublishEvents", false, false, false, false),
    ] {
        let expected = [analyst, lead, administrator, auditor];
        assert_eq!(Role::ALL.map(|role| may(role, rpc)), expected, "{rpc}");
    }
}

fn disqualify(account: &str, author: &str) -> v1::CreateDispositionRequest {
    use v1::create_disposition_request::Action;
    v1::CreateDispositionRequest {
        account_ids: vec![account.into()],
        action: Some(Action::Disqualify(v1::Disqualify {})),
        cause: v1::DispositionCause::Emulator.into(),
        statement: "All of it on one emulator.".into(),
        author: author.into(),
        ..v1::CreateDispositionRequest::default()
    }
}

#[tokio::test]
async fn whoever_is_signed_in_is_the_author() {
    let folder = folder();
    let server = server_with(folder.path(), &["mallory"]).await;
    let analyst = signed_in(&server, "analyst");
    let order = disqualify("mallory", "somebody else");
    let made: v1::CreateDispositionResponse = analyst
        .call("ReviewService/CreateDisposition", &order)
        .unwrap();
    assert_eq!(made.disposition.unwrap().author, "analyst");

    let appeal = v1::OpenAppealRequest {
        account_id: "mallory".into(),
        campaign_id: CAMPAIGN.into(),
        statement: "It was not me.".into(),
        opened_by: String::new(),
    };
    let opened: v1::OpenAppealResponse = analyst.call("ReviewService/OpenAppeal", &appeal).unwrap();
    let appeal = opened.appeal.unwrap();
    assert_eq!(appeal.opened_by, "analyst");

    // Who decided first may not hear the appeal, whatever name the message says.
    let decision = v1::DecideAppealRequest {
        appeal_id: appeal.appeal_id,
        granted: true,
        statement: "The machine was a colleague's.".into(),
        author: "other".into(),
    };
    let refused = analyst
        .call::<_, v1::DecideAppealResponse>("ReviewService/DecideAppeal", &decision)
        .unwrap_err();
    assert_eq!(refused.0, Code::FailedPrecondition, "{refused:?}");
    let other = signed_in(&server, "other");
    let decided: v1::DecideAppealResponse =
        other.call("ReviewService/DecideAppeal", &decision).unwrap();
    assert_eq!(decided.appeal.unwrap().decided_by, "other");
}

#[tokio::test]
async fn the_audit_names_who_changed_a_campaign_but_users_are_not_told() {
    let folder = folder();
    let server = server_with(folder.path(), &[]).await;
    let lead = signed_in(&server, "lead");
    let suspend = v1::SuspendCampaignRequest {
        campaign_id: CAMPAIGN.into(),
        reason: "A fault in billing.".into(),
    };
    let suspended: v1::SuspendCampaignResponse = lead
        .call("CampaignService/SuspendCampaign", &suspend)
        .unwrap();
    assert_eq!(suspended.campaign.unwrap().reason, suspend.reason);
    let entries = v1::ListAuditEntriesRequest {
        subject: CAMPAIGN.into(),
        ..v1::ListAuditEntriesRequest::default()
    };
    let entries: v1::ListAuditEntriesResponse = lead
        .call("ReviewService/ListAuditEntries", &entries)
        .unwrap();
    let last = entries.entries.last().unwrap();
    let signed = (&*last.kind, &*last.author, &*last.statement);
    assert_eq!(signed, ("revision_author", "lead", "made revision 2"));
}
