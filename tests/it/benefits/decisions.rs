//! What people decide: it binds the whole same user, is kept over a crash, and can be undone.

use sameuser::edge::proto::v1::{
    self, AdjustmentKind, AdjustmentState, Decision, DispositionCause, ReasonCode, RestrictionGrade,
};
use tonic::Code;

use super::{
    Action, asked, assert_allowed, assert_says, benefit_of, book, dispose, disposition, publish,
    registered, restrict, terms, undo, verify, watch, with_phone_of,
};
use crate::support::{Kind, Server, event, folder, instant};

const EVENT: &str = "summer-2026";
const NEXT: &str = "autumn-2026";

async fn start(data: &std::path::Path, accounts: Vec<v1::Event>) -> Server {
    let server = Server::start(data);
    publish(&server, terms(EVENT)).await;
    server.accept(accounts).await;
    server
}

async fn ask(server: &Server, account: &str, task: &str) -> v1::Verdict {
    server.ask(asked(EVENT, account, task)).await.unwrap()
}

/// A disqualification binds the account and, by an exact link, the same user's other account; it says
/// beforehand whom it reaches; grants are recovered, and all of it goes back when it is undone.
#[tokio::test]
async fn a_disqualification_reaches_the_same_user_and_can_be_undone() {
    let folder = folder();
    let data = folder.path().join("data");
    let accounts = vec![registered("a1"), with_phone_of("a2", "a1"), registered("b")];
    let server = start(&data, accounts).await;
    assert_allowed(&ask(&server, "a1", "t1").await);
    let mut request = disposition(Action::Disqualify(v1::Disqualify {}), &["a1"]);
    request.validate_only = true;
    let preview = dispose(&server, request.clone()).await;
    assert!(preview.disposition.is_none());
    let reached: Vec<_> = preview.affected.iter().collect();
    let reached: Vec<_> = reached
        .iter()
        .map(|one| (&*one.account_id, one.named))
        .collect();
    assert_eq!(reached, [("a1", true), ("a2", false)]);
    assert_eq!(
        (preview.grants, preview.token_basis_points),
        (1, benefit_of(1))
    );
    assert_allowed(&ask(&server, "a1", "t2").await);

    request.validate_only = false;
    let made = dispose(&server, request).await.disposition.unwrap();
    let mut changes = watch(&server, 0).await;
    let open = changes.next_in(AdjustmentState::Open, 2).await;
    assert!(open.iter().all(|one| one.account_id == "a1"), "{open:#?}");

    // It is kept over a crash.
    server.kill();
    let server = Server::start(&data);
    let verdict = ask(&server, "a1", "t3").await;
    assert_says(&verdict, Decision::Revoke, ReasonCode::Disqualified);
    let verdict = ask(&server, "a2", "t1").await;
    assert_says(&verdict, Decision::Revoke, ReasonCode::SameUserDisqualified);
    assert_allowed(&ask(&server, "b", "t1").await);

    // Undone, it never was: recoveries are reversed, and what was refused is given.
    let mut changes = watch(&server, open[1].sequence).await;
    undo(&server, &made).await;
    let reversed = changes
        .next_in(AdjustmentState::Reversed, 1)
        .await
        .remove(0);
    assert_eq!(reversed.kind(), AdjustmentKind::Recovery);
    assert_allowed(&ask(&server, "a1", "t4").await);
    let mut changes = watch(&server, open[1].sequence).await;
    loop {
        let change = changes.next().await;
        if change.kind() == AdjustmentKind::Restoration && change.state() == AdjustmentState::Open {
            assert_eq!((&*change.account_id, &*change.task_id), ("a1", "t3"));
            assert_eq!(change.rate_basis_points, 5000);
            break;
        }
    }
    // The other account stays without: the user has one seat.
    let books = book(&server, EVENT, "a2").await;
    assert_eq!((&*books.granted, &*books.promised), ("0", "0"));
    server.stopped().await;
    verify(&data, 0);
}

/// Blame needs two independent groups of evidence. Who registered together on one computer, or without a
/// number on that of somebody with one, is counted as one user, for one discount; the computer is all of it, so neither answers for what
/// the other did. A second group, here an e-mail address, carries the blame.
#[tokio::test]
async fn what_rests_on_one_device_carries_no_blame() {
    let folder = folder();
    let data = folder.path().join("data");
    let on_device_of = |account: &str, other: &str, at: &str| {
        let mut event = event(Kind::Registration, account, at);
        let shared = registered(other);
        (event.device, event.ip_address) = (shared.device, shared.ip_address);
        event.phone_number = String::new();
        event
    };
    let with_number = |mut event: v1::Event| {
        event.phone_number = registered("y").phone_number;
        event
    };
    let with_email = |mut event: v1::Event| {
        event.other_identifiers = vec![v1::OtherIdentifier {
            kind: "email".into(),
            value: "ana@example.org".into(),
        }];
        event
    };
    let (day, later) = ("2026-06-14T20:00:00+08:00", "2026-06-16T20:00:00+08:00");
    let accounts = vec![
        on_device_of("together-1", "x", day),
        on_device_of("together-2", "x", "2026-06-14T20:03:00+08:00"),
        with_number(on_device_of("numbered", "y", day)),
        on_device_of("unnumbered", "y", later),
        with_email(on_device_of("mail-1", "z", day)),
        with_email(on_device_of("mail-2", "z", later)),
    ];
    let server = start(&data, accounts).await;
    let pairs = [
        ("together-1", "together-2", false),
        ("numbered", "unnumbered", false),
        ("mail-1", "mail-2", true),
    ];
    for (one, other, _) in pairs {
        assert_allowed(&ask(&server, one, "t1").await);
        let limited = ask(&server, other, "t1").await;
        assert_says(&limited, Decision::Deny, ReasonCode::SameUserLimit);
    }
    for (one, ..) in pairs {
        let disqualify = Action::Disqualify(v1::Disqualify {});
        dispose(&server, disposition(disqualify, &[one])).await;
    }
    for (one, other, blamed) in pairs {
        let verdict = ask(&server, one, "t2").await;
        assert_says(&verdict, Decision::Revoke, ReasonCode::Disqualified);
        let verdict = ask(&server, other, "t2").await;
        if blamed {
            assert_says(&verdict, Decision::Revoke, ReasonCode::SameUserDisqualified);
        } else {
            assert_ne!(verdict.decision(), Decision::Revoke, "{verdict:#?}");
        }
    }
    server.stopped().await;
    verify(&data, 0);
}

/// A restriction takes nothing back; it binds later verdicts, in one event or in the whole series.
#[tokio::test]
async fn restrictions_are_graduated_and_never_pass_through_a_shared_place() {
    let folder = folder();
    let data = folder.path().join("data");
    let names = ["warned", "barred", "banned", "neighbour"];
    let mut accounts: Vec<v1::Event> = names.iter().map(|name| registered(name)).collect();
    for event in &mut accounts {
        event.ip_address = "203.0.113.9".into();
    }
    let server = start(&data, accounts).await;
    publish(&server, terms(NEXT)).await;
    for name in names {
        assert_allowed(&ask(&server, name, "before").await);
    }
    for (grade, name) in [
        (RestrictionGrade::Warning, "warned"),
        (RestrictionGrade::NoDiscount, "barred"),
        (RestrictionGrade::AllLaterEvents, "banned"),
    ] {
        let mut request = disposition(restrict(EVENT, grade), &[name]);
        request.cause = DispositionCause::UnlawfulUse.into();
        dispose(&server, request).await;
    }
    for (name, here, there) in [
        ("warned", true, true),
        ("barred", false, true),
        ("banned", false, false),
        ("neighbour", true, true),
    ] {
        for (campaign, allowed) in [(EVENT, here), (NEXT, there)] {
            let verdict = server.ask(asked(campaign, name, "after")).await.unwrap();
            if allowed {
                assert_allowed(&verdict);
            } else {
                assert_says(&verdict, Decision::Revoke, ReasonCode::Restricted);
                let codes: Vec<_> = verdict.reasons.iter().map(|one| one.code()).collect();
                assert!(codes.contains(&ReasonCode::AnalystDecision), "{codes:?}");
            }
        }
    }
    // What was granted before stays.
    for name in names {
        assert_eq!(book(&server, EVENT, name).await.outstanding, "0");
    }

    // The user is told what was found, what follows and until when, in the words that a person chose.
    let mut request = disposition(
        restrict(EVENT, RestrictionGrade::NoDiscount),
        &["neighbour"],
    );
    request.cause = DispositionCause::Emulator.into();
    request.expires_at = Some(instant("2098-12-31T23:59:00+08:00"));
    let made = dispose(&server, request).await.disposition.unwrap();
    for (language, words) in [
        (
            "en",
            ["in this event, until 2098-12-31", "used on an emulator"],
        ),
        ("zh", ["有效期至 2098-12-31", "在模拟器上使用"]),
    ] {
        let id = made.disposition_id.clone();
        let text = v1::GetStatementOfReasonsRequest {
            about: Some(v1::get_statement_of_reasons_request::About::DispositionId(
                id,
            )),
            language: language.into(),
        };
        let text = server.review().await.get_statement_of_reasons(text).await;
        let text = text.unwrap().into_inner().text;
        for word in words.into_iter().chain(["You can't take part."]) {
            assert!(text.contains(word), "{word}: {text}");
        }
    }
}

/// People can say that two accounts are one user, or are not, whatever the evidence.
#[tokio::test]
async fn assertions_bind_who_is_the_same_user() {
    let folder = folder();
    let data = folder.path().join("data");
    let accounts = vec![
        registered("a1"),
        with_phone_of("a2", "a1"),
        registered("c1"),
        registered("c2"),
    ];
    let server = start(&data, accounts).await;
    assert_allowed(&ask(&server, "a1", "t1").await);
    let limited = ask(&server, "a2", "t1").await;
    assert_says(&limited, Decision::Deny, ReasonCode::SameUserLimit);
    assert_allowed(&ask(&server, "c1", "t1").await);

    let mut request = disposition(
        Action::NotSameUser(v1::NotSameUser::default()),
        &["a1", "a2"],
    );
    request.cause = DispositionCause::KnownSubject.into();
    let apart = dispose(&server, request.clone()).await.disposition.unwrap();
    request.action = Some(Action::SameUser(v1::SameUser {}));
    request.account_ids = vec!["c1".into(), "c2".into()];
    let together = dispose(&server, request).await.disposition.unwrap();

    // The one wrongly refused is given its discount; the assertion outlives a crash.
    let mut changes = watch(&server, 0).await;
    let restored = changes
        .next_in(AdjustmentState::Proposed, 1)
        .await
        .remove(0);
    assert_eq!(restored.kind(), AdjustmentKind::Restoration);
    assert_eq!(restored.verdict_id, limited.verdict_id);
    server.kill();
    let server = Server::start(&data);
    assert_allowed(&ask(&server, "a2", "t2").await);
    let verdict = ask(&server, "c2", "t1").await;
    assert_says(&verdict, Decision::Deny, ReasonCode::SameUserLimit);
    let user = |account: &str| v1::GetUserRequest {
        account_id: account.into(),
        ..v1::GetUserRequest::default()
    };
    let users = server
        .review()
        .await
        .get_user(user("c1"))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(users.accounts.len(), 2);
    assert_eq!(users.evidence[0].assertion(), v1::Assertion::SameUser);

    undo(&server, &apart).await;
    undo(&server, &together).await;
    let users = server
        .review()
        .await
        .get_user(user("a1"))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(users.accounts.len(), 2);
    let users = server
        .review()
        .await
        .get_user(user("c1"))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(users.accounts.len(), 1);
    server.stopped().await;
    verify(&data, 0);
}

/// Billing reverses a charge itself: the grant is void, nothing is recovered for it.
#[tokio::test]
async fn a_voided_grant_is_not_recovered() {
    let folder = folder();
    let data = folder.path().join("data");
    let server = start(&data, vec![registered("a1")]).await;
    let [first, second] = [
        ask(&server, "a1", "t1").await,
        ask(&server, "a1", "t2").await,
    ];
    let void = |verdict: &v1::Verdict| v1::VoidGrantRequest {
        verdict_id: verdict.verdict_id.clone(),
        reason: "the task was charged back".into(),
    };
    let mut verdicts = server.verdicts().await;
    for _ in 0..2 {
        let voided = verdicts
            .void_grant(void(&first))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(voided.verdict.unwrap().task_id, "t1");
    }
    dispose(
        &server,
        disposition(Action::Disqualify(v1::Disqualify {}), &["a1"]),
    )
    .await;
    let mut changes = watch(&server, 0).await;
    let open = changes.next_in(AdjustmentState::Open, 1).await.remove(0);
    assert_eq!(open.verdict_id, second.verdict_id);
    super::acknowledge(&server, &open, "").await.unwrap();
    let refused = verdicts.void_grant(void(&second)).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition, "{refused}");
    let books = book(&server, EVENT, "a1").await;
    let sums = [
        books.granted,
        books.voided,
        books.recovered,
        books.outstanding,
    ];
    assert_eq!(sums, [2, 1, 1, 0].map(benefit_of));
    server.stopped().await;
    verify(&data, 0);
}

/// An appeal is heard by another person than the first.
#[tokio::test]
async fn an_appeal_is_heard_by_another_person_and_takes_apart_what_was_glued() {
    let folder = folder();
    let data = folder.path().join("data");
    let accounts = vec![registered("a1"), with_phone_of("a2", "a1")];
    let server = start(&data, accounts).await;
    dispose(
        &server,
        disposition(Action::Disqualify(v1::Disqualify {}), &["a1"]),
    )
    .await;
    let refused = ask(&server, "a2", "t1").await;
    assert_says(&refused, Decision::Revoke, ReasonCode::SameUserDisqualified);

    let mut review = server.review().await;
    let opening = v1::OpenAppealRequest {
        account_id: "a2".into(),
        campaign_id: EVENT.into(),
        statement: "I bought that number.".into(),
        opened_by: "support".into(),
    };
    let opened = review
        .open_appeal(opening.clone())
        .await
        .unwrap()
        .into_inner();
    let twice = review.open_appeal(opening).await.unwrap_err();
    assert_eq!(twice.code(), Code::FailedPrecondition);
    let mut deciding = v1::DecideAppealRequest {
        appeal_id: opened.appeal.unwrap().appeal_id,
        granted: true,
        statement: "the operator's letter shows it".into(),
        author: "ana".into(),
    };
    let first = review.decide_appeal(deciding.clone()).await.unwrap_err();
    assert_eq!(first.code(), Code::FailedPrecondition, "{first}");
    deciding.author = "carla".into();
    review.decide_appeal(deciding).await.unwrap();

    let mut changes = watch(&server, 0).await;
    let restored = changes.next_in(AdjustmentState::Open, 1).await.remove(0);
    assert_eq!(restored.verdict_id, refused.verdict_id);
    assert_allowed(&ask(&server, "a2", "t2").await);
    let text = v1::GetStatementOfReasonsRequest {
        about: Some(v1::get_statement_of_reasons_request::About::VerdictId(
            refused.verdict_id,
        )),
        language: "zh-CN".into(),
    };
    let text = review
        .get_statement_of_reasons(text)
        .await
        .unwrap()
        .into_inner();
    assert!(
        text.text.contains("申诉") && text.text.contains("a2"),
        "{}",
        text.text
    );
    let audit = review
        .list_audit_entries(v1::ListAuditEntriesRequest::default())
        .await;
    let audit = audit.unwrap().into_inner().entries;
    let authors: Vec<&str> = audit.iter().map(|one| &*one.author).collect();
    assert!(
        authors.contains(&"ana") && authors.contains(&"carla"),
        "{authors:?}"
    );
}

/// What late events show to have been refused wrongly is given without being asked again; asking again
/// takes its place.
#[tokio::test]
async fn late_events_give_what_was_refused_without_them() {
    let folder = folder();
    let data = folder.path().join("data");
    let mut early = registered("on the phone");
    early.surface = "app".into();
    let mut server = start(&data, vec![early]).await;
    let unknown = ask(&server, "late", "t1").await;
    assert_says(&unknown, Decision::Deny, ReasonCode::UnknownAccount);
    let elsewhere = ask(&server, "on the phone", "t1").await;
    assert_says(&elsewhere, Decision::Deny, ReasonCode::NoDesktopLogin);

    // The refusals are remembered over an orderly stop and over a crash.
    server.stopped().await;
    server = Server::start(&data);
    server.accept(vec![registered("late")]).await;
    let mut changes = watch(&server, 0).await;
    let given = changes.next_in(AdjustmentState::Open, 1).await.remove(0);
    assert_eq!(given.kind(), AdjustmentKind::Restoration);
    assert_eq!(given.verdict_id, unknown.verdict_id);
    assert_eq!(given.token_basis_points, 1200 * 5000);
    server.kill();
    server = Server::start(&data);
    let mut login = registered("on the phone");
    login.event_id = "desktop".into();
    server.accept(vec![login]).await;
    let mut changes = watch(&server, given.sequence).await;
    let given = changes.next_in(AdjustmentState::Open, 1).await.remove(0);
    assert_eq!(given.verdict_id, elsewhere.verdict_id);

    assert_allowed(&ask(&server, "late", "t1").await);
    let reversed = changes
        .next_in(AdjustmentState::Reversed, 1)
        .await
        .remove(0);
    assert_eq!(reversed.verdict_id, unknown.verdict_id);
    let books = book(&server, EVENT, "late").await;
    assert_eq!((&*books.granted, &*books.promised), (&*benefit_of(1), "0"));
    server.stopped().await;
    verify(&data, 0);
}
