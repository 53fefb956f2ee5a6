//! The Hop airdrop's tables as a data set. The set itself is not in the repository: these rows are made up, in
//! its format.

use sameuser::lab::hop::{FILES, Hop};

use crate::support::{folder, repository, run, run_ok};

/// Three that one owner fed, struck off; a pair of friends who were kept; one who knows nobody; and a shop
/// where ten have been, weeks apart.
fn tables() -> [String; 3] {
    let mut accounts =
        String::from("account,address,first_use_unix,volume_usd,eliminated,group,label_source\n");
    let mut row = |account: u32, day: u32, rest: &str| {
        let at = 1_640_000_000 + day * 86_400;
        accounts += &format!("{account},0x{account:040x},{at},100.5,{rest}\n");
    };
    for account in 1..=3 {
        row(account, account, "1,g7,component");
    }
    row(4, 9, "0,g8,component");
    row(5, 10, "0,g8,component");
    row(6, 11, "0,,");
    for customer in 10..20 {
        row(customer, customer * 20, "0,,");
    }
    let transfers = "from_account,to_account\n1,2\n1,3\n5,4\n4,5\n";
    let mut counterparties = String::from("account,counterparty\n");
    for customer in 10..20 {
        counterparties += &format!("{customer},900\n");
    }
    [accounts, transfers.into(), counterparties]
}

#[test]
fn accounts_are_linked_by_whom_they_exchanged_with() {
    let folder = folder();
    for (name, table) in FILES.iter().zip(tables()) {
        std::fs::write(folder.path().join(name), table).unwrap();
    }
    let weights = repository().join("models/hop-weights.toml");
    let report = run_ok([
        "evaluate".as_ref(),
        "--data-set".as_ref(),
        folder.path().as_os_str(),
        "--weights".as_ref(),
        weights.as_os_str(),
    ])
    .summary();
    assert_eq!(report["told"]["events"], 16);
    assert_eq!(report["told"]["events_refused"], 0);
    let users = &report["report"]["users"];
    // The owner's three are one user, and so are the two friends, which is held against us; customers of
    // one shop are not.
    assert_eq!(users["users"], 16 - 2 - 1);
    assert_eq!(users["pairwise"]["recall"]["value"], 1.0);
    assert_eq!(users["pairwise"]["precision"]["value"], 0.75);
    let merged = &users["honest_persons_merged"];
    assert_eq!((&merged["part"], &merged["whole"]), (&2.into(), &13.into()));
}

#[test]
fn a_table_that_is_not_the_sets_is_refused_by_its_line() {
    let refused = |change: &dyn Fn(&mut [String; 3])| {
        let mut tables = tables();
        change(&mut tables);
        Hop::read(tables.each_ref().map(|table| &**table))
            .err()
            .unwrap()
    };
    let error = refused(&|tables| tables[0].insert(0, '#'));
    assert_eq!((error.file, error.line), (FILES[0], 1));
    let error = refused(&|tables| tables[1] += "1\n");
    assert_eq!((error.file, error.line), (FILES[1], 6));
    let error = refused(&|tables| tables[2] += "77,900\n");
    assert_eq!((error.file, error.line), (FILES[2], 12));
    assert!(error.problem.contains("no account of the set"), "{error}");

    let folder = folder();
    std::fs::write(folder.path().join(FILES[0]), &tables()[0]).unwrap();
    let failed = run([
        "evaluate".as_ref(),
        "--data-set".as_ref(),
        folder.path().as_os_str(),
    ]);
    assert!(failed.expect(2).stderr.contains(FILES[1]));
}
