//! Labels of people: decided through a real server, exported beside it, learnt from by `sameuser train`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use sameuser::{
    domain::{abuse::AbuseModel, feature::FEATURES, verdict::VerdictRecord},
    edge::proto::v1::{self, create_disposition_request::Action},
    journal::Reader,
    lab::train::labelled,
    service::{codec::Stored, export::LabelledMoment},
};
use serde_json::Value;

use crate::support::{
    CAMPAIGN, Kind, Server, check, event, folder, json_lines, run, run_ok, simulate,
};

/// A set told to a store with its questions; answers its truth.
fn told(set: &Path, data: &Path) -> Vec<Value> {
    simulate(
        set,
        &["--accounts", "1200", "--seed", "41", "--abuse", "0.2"],
    );
    let path = |name: &str| set.join(name).to_str().unwrap().to_string();
    run_ok([
        "replay",
        &path("events.jsonl"),
        "--checks",
        &path("checks.jsonl"),
        "--verdicts",
        &path("verdicts.jsonl"),
        "--data",
        data.to_str().unwrap(),
    ]);
    json_lines(&fs::read_to_string(path("truth.jsonl")).unwrap())
}

/// Accounts of which a verdict with features was given, and the last decision about each.
fn asked(data: &Path) -> BTreeMap<String, String> {
    let mut asked = BTreeMap::new();
    for stored in Reader::open(data)
        .unwrap()
        .verdicts(0, usize::MAX >> 1)
        .unwrap()
    {
        let record = VerdictRecord::decode(&stored.record).unwrap();
        if record.seen.features.is_some() {
            asked.insert(stored.account_id, format!("{:?}", record.outcome.decision));
        }
    }
    asked
}

async fn decide(server: &Server, accounts: &[String], abuse: bool) -> String {
    let (action, cause) = match abuse {
        true => (
            Action::Disqualify(v1::Disqualify {}),
            v1::DispositionCause::BulkRegistration,
        ),
        false => (
            Action::Clear(v1::Clear::default()),
            v1::DispositionCause::WrongFinding,
        ),
    };
    let request = v1::CreateDispositionRequest {
        account_ids: accounts.to_vec(),
        action: Some(action),
        cause: cause.into(),
        statement: "Looked at.".into(),
        author: "lin".into(),
        ..v1::CreateDispositionRequest::default()
    };
    let made = server.review().await.create_disposition(request).await;
    let made = made.unwrap().into_inner().disposition.unwrap();
    made.disposition_id
}

async fn reject_appeal(server: &Server, account: &str) {
    let opened = v1::OpenAppealRequest {
        account_id: account.into(),
        campaign_id: CAMPAIGN.into(),
        statement: "It was not me.".into(),
        opened_by: "the users' own form".into(),
    };
    let mut review = server.review().await;
    let appeal = review.open_appeal(opened).await.unwrap().into_inner();
    let decided = v1::DecideAppealRequest {
        appeal_id: appeal.appeal.unwrap().appeal_id,
        granted: false,
        statement: "It was.".into(),
        author: "mei".into(),
    };
    review.decide_appeal(decided).await.unwrap();
}

fn export(data: &Path) -> String {
    run_ok(["export", "--data", data.to_str().unwrap()]).stdout
}

fn moments(text: &str) -> Vec<LabelledMoment> {
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// What is exported is what the records hold, of whom people decided, before they did.
#[tokio::test]
async fn labels_are_exported_as_the_accounts_looked_at_their_verdicts() {
    let folder = folder();
    let (set, data) = (folder.path().join("set"), folder.path().join("data"));
    let truth = told(&set, &data);
    let asked = asked(&data);
    let id = |account: &Value| account["account_id"].as_str().unwrap().to_string();
    let wanted = |honest: bool| {
        let labelled = truth
            .iter()
            .filter(|one| (one["label"] == "legitimate") == honest);
        let labelled = labelled.filter(|one| one["label"] != "duplicate_account");
        let ids = labelled.map(id).filter(|id| asked.contains_key(id));
        ids.collect::<Vec<String>>()
    };
    let (mut abusive, mut honest) = (wanted(false), wanted(true));
    let revoked = abusive.iter().position(|id| asked[id] == "Revoke").unwrap();
    let revoked = abusive.remove(revoked);
    let allowed = honest.iter().position(|id| asked[id] == "Allow").unwrap();
    let allowed = honest.remove(allowed);

    let server = Server::start(&data);
    let ring = abusive.split_off(abusive.len() - 20);
    let undone = vec![honest.pop().unwrap()];
    let stroke = decide(&server, &ring, true).await;
    for few in abusive.chunks(5) {
        decide(&server, few, true).await;
    }
    decide(&server, &honest, false).await;
    let wrong = decide(&server, &undone, true).await;
    let undo = v1::UndoDispositionRequest {
        disposition_id: wrong,
        author: "lin".into(),
        statement: "Another one was meant.".into(),
    };
    server.review().await.undo_disposition(undo).await.unwrap();
    // A rejected appeal confirms a revocation; it makes no abuser of whom nobody blamed.
    reject_appeal(&server, &revoked).await;
    reject_appeal(&server, &allowed).await;

    let text = export(&data);
    let found = moments(&text);
    let accounts: BTreeMap<&str, bool> = found
        .iter()
        .map(|one| (one.account_id.as_str(), one.abusive))
        .collect();
    let expected = abusive.iter().chain(&ring).map(|id| (id.as_str(), true));
    let expected = expected.chain(honest.iter().map(|id| (id.as_str(), false)));
    let expected: BTreeMap<&str, bool> = expected.chain([(revoked.as_str(), true)]).collect();
    assert_eq!(accounts, expected);
    let of_ring = found.iter().filter(|one| one.label_id == stroke);
    let groups: BTreeSet<&str> = of_ring.map(|one| one.group.as_str()).collect();
    assert_eq!(groups.len(), 1, "found in one stroke, in one group");
    assert!(found.iter().any(|one| one.label_id.starts_with('p')));

    let reader = Reader::open(&data).unwrap();
    for moment in &found {
        let number = moment.verdict_id[1..].parse().unwrap();
        let stored = reader.verdict(number).unwrap().unwrap();
        let record = VerdictRecord::decode(&stored.record).unwrap();
        assert_eq!(record.question.account_id, moment.account_id);
        let features = record.seen.features.unwrap().0;
        let known = FEATURES.iter().zip(features);
        let known = known.filter_map(|(feature, value)| Some((feature.name.to_string(), value?)));
        assert_eq!(moment.features, known.collect());
    }

    // Whatever comes afterwards, of events and of verdicts, an export says the same again.
    for account in abusive.iter().take(3) {
        let mut later = event(Kind::Login, account, "2026-06-29T09:00:00+08:00");
        later.device.as_mut().unwrap().emulator_signals = vec![1, 2, 4];
        server.accept(vec![later]).await;
        server.ask(check(account, "later")).await.unwrap();
    }
    assert_eq!(export(&data), text);
    learnt(folder.path(), &set, &text, &found);
}

/// Examples are the moments, a group in one fold; the model is a model, alone and beside a simulated set.
fn learnt(folder: &Path, set: &Path, text: &str, found: &[LabelledMoment]) {
    let labels = folder.join("labels.jsonl");
    fs::write(&labels, text).unwrap();
    let examples = labelled::examples(found, 0).unwrap();
    assert_eq!(examples.len(), found.len());
    let mut folds: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
    let mut weights: BTreeMap<&str, f64> = BTreeMap::new();
    for (moment, (account, example)) in found.iter().zip(&examples) {
        folds.entry(&moment.group).or_default().insert(example.fold);
        *weights.entry(account).or_default() += example.weight;
    }
    assert!(folds.values().all(|folds| folds.len() == 1));
    assert!(weights.values().all(|weight| (weight - 1.0).abs() < 1e-9));

    let (labels, out) = (labels.to_str().unwrap(), folder.join("model.json"));
    let (out, table) = (out.to_str().unwrap(), folder.join("examples.csv"));
    let train = |more: &[&str]| {
        let usual = [
            "train",
            "abuse",
            "--labels",
            labels,
            "--revision",
            "people-1",
        ];
        run([usual.as_slice(), &["--out", out], more].concat())
    };
    train(&["--examples", table.to_str().unwrap()]).expect(0);
    let rows = fs::read_to_string(&table).unwrap().lines().count();
    assert_eq!(rows, found.len() + 1, "a row a moment and the head");
    AbuseModel::parse(&fs::read_to_string(out).unwrap()).unwrap();
    let unseen = folder.join("unseen");
    simulate(
        &unseen,
        &["--accounts", "800", "--seed", "42", "--abuse", "0.2"],
    );
    let unseen = unseen.to_str().unwrap();
    let evaluated = run_ok(["evaluate", "--data-set", unseen, "--model", out]).summary();
    let area = evaluated.pointer("/report/scores/roc_area/value");
    assert!(area.and_then(Value::as_f64).unwrap() > 0.75, "{area:?}");

    train(&["--data-set", set.to_str().unwrap()]).expect(0);
    let both = fs::read_to_string(out).unwrap();
    assert!(
        both.contains("set, labels.jsonl"),
        "says what it learnt from"
    );

    fs::write(
        labels,
        text.replacen("\"features\":{", "\"features\":{\"height\":2,", 1),
    )
    .unwrap();
    let refused = train(&[]).expect(2);
    assert!(
        refused.stderr.contains("`height` is no feature"),
        "{}",
        refused.stderr
    );
}
