//! Questions with something wrong in them: over gRPC alone, in a batch among good ones, and in files.

use pbjson_types::Timestamp;
use sameuser::edge::proto::v1::{
    self, CheckDiscountRequest, Decision, Task, check_discount_result::Result as ItemResult,
};
use tempfile::TempDir;
use tonic::Code;

use super::{Refused, bytes, refused, told, told_inside};
use crate::support::{Kind, Server, check, event, folder, instant, run, write_json_lines};

struct Case {
    code: Code,
    fields: &'static [&'static str],
    spoil: fn(&mut CheckDiscountRequest),
    only_grpc: bool,
}

const fn case(field: &'static [&'static str], spoil: fn(&mut CheckDiscountRequest)) -> Case {
    Case {
        code: Code::InvalidArgument,
        fields: field,
        spoil,
        only_grpc: false,
    }
}

fn task(question: &mut CheckDiscountRequest) -> &mut Task {
    question.task.as_mut().unwrap()
}

/// A task that has a final verdict, asked about with other content.
const fn contradiction(
    field: &'static [&'static str],
    spoil: fn(&mut CheckDiscountRequest),
) -> Case {
    Case {
        code: Code::FailedPrecondition,
        ..case(field, spoil)
    }
}

const fn only_grpc(field: &'static [&'static str], spoil: fn(&mut CheckDiscountRequest)) -> Case {
    Case {
        only_grpc: true,
        ..case(field, spoil)
    }
}

/// The task that has a final verdict before anything else is asked.
fn decided() -> CheckDiscountRequest {
    let mut question = check("a1", "decided");
    question.surface = "app".into();
    question.other_offers = vec!["spring-sale".into(), "new-user".into()];
    question
}

const CASES: &[Case] = &[
    case(&["campaign_id"], |question| question.campaign_id.clear()),
    case(&["account_id"], |question| question.account_id.clear()),
    case(&["surface"], |question| question.surface.clear()),
    case(&["task.task_id"], |question| task(question).task_id.clear()),
    case(&["task.started_at"], |question| {
        task(question).started_at = None
    }),
    case(&["task.task_id", "task.started_at"], |question| {
        question.task = None
    }),
    case(&["campaign_id"], |question| {
        question.campaign_id = bytes(257)
    }),
    case(&["account_id"], |question| question.account_id = bytes(257)),
    case(&["surface"], |question| question.surface = bytes(257)),
    case(&["task.task_id"], |question| {
        task(question).task_id = bytes(257)
    }),
    case(&["other_offers"], |question| {
        question.other_offers = vec!["offer".into(); 17]
    }),
    case(&["other_offers[1]"], |question| {
        question.other_offers = vec!["offer".into(), String::new()];
    }),
    case(&["other_offers[0]"], |question| {
        question.other_offers = vec![bytes(257)]
    }),
    case(&["task.tokens"], |question| {
        task(question).tokens = 1_000_000_000_001
    }),
    case(&["task.tokens"], |question| {
        task(question).tokens = u64::MAX
    }),
    case(&["task.started_at"], |question| {
        task(question).started_at = Some(instant("1999-12-31T23:59:59Z"));
    }),
    case(&["task.completed_at"], |question| {
        task(question).completed_at = Some(instant("2100-01-01T00:00:00Z"));
    }),
    only_grpc(&["task.completed_at"], |question| {
        task(question).completed_at = Some(Timestamp {
            seconds: 1_781_900_000,
            nanos: 1_000_000_000,
        });
    }),
    only_grpc(&["task.started_at"], |question| {
        task(question).started_at = Some(Timestamp {
            seconds: i64::MIN,
            nanos: 0,
        });
    }),
    // Completed before it started, by a microsecond.
    case(&["task.completed_at"], |question| {
        task(question).completed_at = Some(instant("2026-06-20T10:19:59.999999+08:00"));
    }),
    case(&["account_id", "surface", "task.tokens"], |question| {
        question.account_id.clear();
        question.surface.clear();
        task(question).tokens = u64::MAX;
    }),
    Case {
        code: Code::NotFound,
        ..case(&[], |question| {
            question.campaign_id = "no-such-campaign".into()
        })
    },
    contradiction(&["task.started_at"], |question| {
        *question = decided();
        task(question).started_at = Some(instant("2026-06-20T10:20:00.000001+08:00"));
    }),
    contradiction(&["task.completed_at"], |question| {
        *question = decided();
        task(question).completed_at = Some(instant("2026-06-20T10:30:01+08:00"));
    }),
    contradiction(&["task.completed_at"], |question| {
        *question = decided();
        task(question).completed_at = None;
    }),
    contradiction(&["task.tokens"], |question| {
        *question = decided();
        task(question).tokens = 1201;
    }),
    contradiction(&["surface"], |question| {
        *question = decided();
        question.surface = "work-desktop".into();
    }),
    contradiction(&["other_offers"], |question| {
        *question = decided();
        question.other_offers = vec!["spring-sale".into()];
    }),
];

/// A server that knows one account and has decided one task.
async fn served() -> (TempDir, Server, v1::Verdict) {
    let folder = folder();
    let server = Server::start(folder.path());
    let account = event(Kind::Registration, "a1", "2025-06-16T09:00:00+08:00");
    server.accept(vec![account]).await;
    let verdict = server.ask(decided()).await.unwrap();
    assert!(verdict.r#final, "{verdict:?}");
    (folder, server, verdict)
}

fn spoilt(number: usize, case: &Case) -> CheckDiscountRequest {
    let mut question = check("a1", &format!("task {number}"));
    (case.spoil)(&mut question);
    question
}

#[tokio::test]
async fn each_is_refused_over_grpc_alone() {
    let (_folder, server, verdict) = served().await;
    for (number, case) in CASES.iter().enumerate() {
        let status = server.ask(spoilt(number, case)).await.unwrap_err();
        assert_eq!(
            told(&status),
            refused(case.code, case.fields),
            "case {number}"
        );
    }
    // The set of offers is what counts, not how it is written; and the verdict stands.
    let mut again = decided();
    again.other_offers = ["new-user", "spring-sale", "new-user"]
        .map(Into::into)
        .into();
    assert_eq!(server.ask(again).await.unwrap(), verdict);
}

#[tokio::test]
async fn each_is_refused_in_a_batch_and_its_neighbours_are_decided() {
    let (_folder, server, _) = served().await;
    let mut requests = Vec::new();
    for (number, case) in CASES.iter().enumerate() {
        requests.push(check("a1", &format!("good task {number}")));
        requests.push(spoilt(number, case));
    }
    let batch = v1::BatchCheckDiscountsRequest { requests };
    let answer = server
        .verdicts()
        .await
        .batch_check_discounts(batch)
        .await
        .unwrap();
    let results = answer.into_inner().results;
    assert_eq!(results.len(), 2 * CASES.len());
    for (number, (two, case)) in results.chunks(2).zip(CASES).enumerate() {
        let Some(ItemResult::Verdict(verdict)) = &two[0].result else {
            panic!("case {number}: {:?}", two[0]);
        };
        assert_eq!(verdict.task_id, format!("good task {number}"));
        assert_eq!(verdict.decision(), Decision::Allow);
        let Some(ItemResult::Error(status)) = &two[1].result else {
            panic!("case {number}: {:?}", two[1]);
        };
        assert_eq!(
            told_inside(status),
            refused(case.code, case.fields),
            "case {number}"
        );
    }
}

/// In files, straight into a store and to a server: the same answers in the same places.
#[tokio::test]
async fn each_is_refused_in_a_file_and_its_neighbours_are_decided() {
    let (folder, server, _) = served().await;
    let cases: Vec<&Case> = CASES.iter().filter(|case| !case.only_grpc).collect();
    assert!(cases.len() >= 25, "the table is long enough");
    let mut questions = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        questions.push(check("a1", &format!("good task {number}")));
        questions.push(spoilt(number, case));
    }
    let path = write_json_lines(folder.path(), "checks", questions);
    let path = path.to_str().unwrap();
    let by_server = run(["check", "--batch", path, "--server", &server.url()]).expect(1);
    server.kill();
    let data = folder.path().to_str().unwrap();
    let by_store = run(["check", "--batch", path, "--data", data]).expect(1);
    // The good ones have final verdicts by now, so even those are equal.
    assert_eq!(by_server.json(), by_store.json());

    let answers = by_store.json();
    assert_eq!(answers.len(), 2 * cases.len());
    for (number, (two, case)) in answers.chunks(2).zip(&cases).enumerate() {
        assert_eq!(two[0]["verdict"]["taskId"], format!("good task {number}"));
        let error = &two[1]["error"];
        let fields = error["fields"].as_array().unwrap();
        let told = Refused {
            code: code(error["code"].as_str().unwrap()),
            fields: fields
                .iter()
                .map(|one| one["field"].as_str().unwrap().into())
                .collect(),
        };
        assert_eq!(
            told,
            refused(case.code, case.fields),
            "case {number}: {error}"
        );
        assert!(
            fields.iter().all(|one| one["description"].is_string()),
            "{error}"
        );
        assert!(!error["message"].as_str().unwrap().is_empty());
    }
}

fn code(name: &str) -> Code {
    match name {
        "INVALID_ARGUMENT" => Code::InvalidArgument,
        "FAILED_PRECONDITION" => Code::FailedPrecondition,
        "NOT_FOUND" => Code::NotFound,
        other => panic!("{other} is no code that a question is refused with"),
    }
}

/// A refused question leaves no trace: its key is free.
#[tokio::test]
async fn a_refused_question_leaves_its_key_free() {
    let (_folder, server, _) = served().await;
    let mut refused = check("a1", "t1");
    refused.task.as_mut().unwrap().tokens = u64::MAX;
    server.ask(refused).await.unwrap_err();
    let verdict = server.ask(check("a1", "t1")).await.unwrap();
    assert_eq!(verdict.decision(), Decision::Allow);
}

#[tokio::test]
async fn a_batch_of_more_than_1000_is_refused_whole() {
    let (_folder, server, verdict) = served().await;
    let questions = |count: usize| v1::BatchCheckDiscountsRequest {
        requests: (0..count)
            .map(|n| check("a1", &format!("batched {n}")))
            .collect(),
    };
    let mut client = server.verdicts().await;
    let status = client
        .batch_check_discounts(questions(1001))
        .await
        .unwrap_err();
    assert_eq!(told(&status), refused(Code::InvalidArgument, &["requests"]));
    let next = server.ask(check("a1", "next")).await.unwrap();
    assert_eq!(
        sequence(&next),
        sequence(&verdict) + 1,
        "nothing of the batch was recorded"
    );
    let answer = client.batch_check_discounts(questions(1000)).await.unwrap();
    assert_eq!(answer.into_inner().results.len(), 1000);
}

fn sequence(verdict: &v1::Verdict) -> u64 {
    verdict
        .verdict_id
        .strip_prefix('v')
        .unwrap()
        .parse()
        .unwrap()
}

#[tokio::test]
async fn an_unknown_verdict_is_not_found() {
    let (_folder, server, verdict) = served().await;
    let mut client = server.verdicts().await;
    for (id, expected) in [
        ("v999999", refused(Code::NotFound, &[])),
        ("v0", refused(Code::NotFound, &[])),
        ("", refused(Code::InvalidArgument, &["verdict_id"])),
        ("17", refused(Code::InvalidArgument, &["verdict_id"])),
        ("v-1", refused(Code::InvalidArgument, &["verdict_id"])),
        (
            "v18446744073709551616",
            refused(Code::InvalidArgument, &["verdict_id"]),
        ),
        ("verdict", refused(Code::InvalidArgument, &["verdict_id"])),
    ] {
        let request = v1::GetVerdictRequest {
            verdict_id: id.into(),
        };
        let status = client.get_verdict(request).await.unwrap_err();
        assert_eq!(told(&status), expected, "{id}");
    }
    let request = v1::GetVerdictRequest {
        verdict_id: verdict.verdict_id.clone(),
    };
    let found = client.get_verdict(request).await.unwrap().into_inner();
    assert_eq!(found.verdict, Some(verdict));
}

#[tokio::test]
async fn a_page_of_negative_size_or_with_a_foreign_token_is_refused() {
    let (_folder, server, _) = served().await;
    let (mut review, mut verdicts) = (server.review().await, server.verdicts().await);
    for (page_size, page_token, field) in [
        (-1, "", "page_size"),
        (i32::MIN, "", "page_size"),
        (10, "next, please", "page_token"),
        (10, "-1", "page_token"),
    ] {
        let accounts = v1::ListAccountsRequest {
            page_size,
            page_token: page_token.into(),
        };
        let status = review.list_accounts(accounts).await.unwrap_err();
        assert_eq!(told(&status), refused(Code::InvalidArgument, &[field]));
        let adjustments = v1::ListAdjustmentsRequest {
            page_size,
            page_token: page_token.into(),
            ..v1::ListAdjustmentsRequest::default()
        };
        let status = verdicts.list_adjustments(adjustments).await.unwrap_err();
        assert_eq!(told(&status), refused(Code::InvalidArgument, &[field]));
    }
}
