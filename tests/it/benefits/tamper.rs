//! What somebody with the file could change, `sameuser verify` finds.

use rusqlite::Connection;
use sameuser::edge::proto::v1::{self, AdjustmentState};

use super::{
    Action, acknowledge, asked, dispose, disposition, publish, registered, terms, verify, watch,
};
use crate::support::{Server, folder};

const EVENT: &str = "summer-2026";

#[tokio::test]
async fn every_tampering_is_found() {
    let folder = folder();
    let data = folder.path().join("data");
    let server = Server::start(&data);
    publish(&server, terms(EVENT)).await;
    server
        .accept(vec![registered("a1"), registered("a2")])
        .await;
    for account in ["a1", "a2"] {
        server.ask(asked(EVENT, account, "t")).await.unwrap();
    }
    dispose(
        &server,
        disposition(Action::Disqualify(v1::Disqualify {}), &["a1"]),
    )
    .await;
    let open = watch(&server, 0)
        .await
        .next_in(AdjustmentState::Open, 1)
        .await
        .remove(0);
    acknowledge(&server, &open, "").await.unwrap();
    let (status, _) = server.stopped().await;
    assert!(status.success());
    let clean = verify(&data, 0).summary();
    assert_eq!(clean["faults"], 0);
    assert_eq!(clean["verdicts"], 2);

    let store = data.join("sameuser.db");
    let pristine = std::fs::read(&store).unwrap();
    let last = "(SELECT max(sequence) FROM adjustment)";
    let columns = "adjustment_id, kind, 3, verdict_seq, campaign_id, account_id, task_id, tokens, \
                   rate_basis_points, token_basis_points, changed_at_us";
    let disposition = "(SELECT min(seq) FROM entry WHERE kind = 4)";
    for (what, change, found) in [
        (
            "a changed verdict row",
            "UPDATE verdict SET tokens = tokens + 1 WHERE seq = 2".to_string(),
            "verdict 2 (group",
        ),
        (
            "a deleted audit row",
            format!("DELETE FROM entry WHERE seq = {disposition}"),
            "is missing",
        ),
        (
            "a swapped pair",
            "UPDATE verdict SET seq = 1000 WHERE seq = 1;
             UPDATE verdict SET seq = 1 WHERE seq = 2;
             UPDATE verdict SET seq = 2 WHERE seq = 1000;"
                .to_string(),
            "verdict 1 and verdict 2 were swapped",
        ),
        (
            "a forged adjustment",
            format!(
                "INSERT INTO adjustment SELECT {last} + 1, {columns}
                 FROM adjustment WHERE sequence = {last}"
            ),
            "is forged",
        ),
        (
            "an unbalanced book",
            format!(
                "UPDATE adjustment SET token_basis_points = token_basis_points * 3
                 WHERE sequence = {last}"
            ),
            "does not balance",
        ),
        (
            "a deleted adjustment",
            format!("DELETE FROM adjustment WHERE sequence = {last}"),
            "is missing",
        ),
    ] {
        std::fs::write(&store, &pristine).unwrap();
        let connection = Connection::open(&store).unwrap();
        connection.execute_batch(&change).unwrap();
        connection.close().unwrap();
        let faults = verify(&data, 1).stderr;
        assert!(faults.contains(found), "{what}: {faults}");
    }
    std::fs::write(&store, &pristine).unwrap();
    verify(&data, 0);
}
