//! People's decisions in force: users are a function of facts and assertions, whatever came first; what
//! expires binds no longer, and takes nothing back that it took rightly.

use proptest::{collection::vec, prelude::*};
use sameuser::{
    domain::{
        clock::Timestamp,
        disposition::{Cause, Grade},
        reason::ReasonCode,
        verdict::Decision,
    },
    service::dispositions::{Order, Ordered},
};

use super::{
    cases,
    drive::{Drive, assert_same},
    sketch::{DENSE, Sketch, account_id, events, other_order, sketches},
};
use crate::support::{CAMPAIGN, Kind, check, event};

fn order(action: Ordered, accounts: &[String], expires_at: Option<Timestamp>) -> Order {
    Order {
        action,
        account_ids: accounts.to_vec(),
        whole_user: false,
        cause: Cause::KnownSubject,
        statement: "a test".into(),
        author: "ana".into(),
        expires_at,
    }
}

/// What a person says of two accounts; undone later or not.
#[derive(Clone, Copy, Debug)]
struct Said {
    accounts: (u16, u16),
    same: bool,
    undone: bool,
}

fn said() -> impl Strategy<Value = Said> {
    let pair = (0..DENSE.accounts, 1..DENSE.accounts);
    (pair, any::<bool>(), prop::bool::weighted(0.3)).prop_map(|((a, step), same, undone)| Said {
        accounts: (a, (a + step) % DENSE.accounts),
        same,
        undone,
    })
}

/// Says it, where both accounts are known; answers whether they were.
fn say(drive: &mut Drive, said: Said) -> bool {
    let accounts = [said.accounts.0, said.accounts.1].map(account_id);
    let engine = drive.engine_mut();
    if accounts.iter().any(|id| engine.known_account(id).is_err()) {
        return false;
    }
    let action = if said.same {
        Ordered::SameUser
    } else {
        Ordered::NotSameUser
    };
    let (number, _) = engine
        .dispose(order(action, &accounts, None), false)
        .unwrap();
    if said.undone {
        engine
            .undo(number, "ben".into(), "a mistake".into())
            .unwrap();
    }
    true
}

/// All facts first, then all that was said of known accounts.
fn facts_first(set: &[Sketch], all: &[Said]) -> Drive {
    let mut drive = Drive::new();
    drive.observe_all(&events(set));
    for said in all {
        say(&mut drive, *said);
    }
    drive
}

/// The facts in another order, each thing said as soon as its accounts are known and all before it is
/// said, or was about strangers to the end; crashes and checkpoints in between.
fn in_other_order(set: &[Sketch], all: &[Said]) -> Drive {
    let mut drive = Drive::new();
    let facts = events(set);
    let known = |said: &&Said| {
        let mentions = |account| set.iter().any(|sketch| sketch.account == account);
        mentions(said.accounts.0) && mentions(said.accounts.1)
    };
    let mut waiting = all.iter().filter(known).copied().peekable();
    for (place, (number, _)) in other_order(set).into_iter().enumerate() {
        drive.observe(&facts[number]).unwrap();
        while waiting.next_if(|said| say(&mut drive, *said)).is_some() {}
        match place % 41 {
            17 => drive.reopen(),
            31 => drive.checkpoint(),
            _ => {}
        }
    }
    assert!(
        waiting.next().is_none(),
        "all accounts are known at the end"
    );
    drive
}

proptest! {
    #![proptest_config(cases(48, 23))]
    #[test]
    fn users_are_a_function_of_facts_and_assertions(
        set in sketches(DENSE, 10..120),
        all in vec(said(), 1..12),
    ) {
        let expected = facts_first(&set, &all).view();
        let mut drive = in_other_order(&set, &all);
        assert_same(&drive.view(), &expected, "as folded");
        drive.reopen();
        assert_same(&drive.view(), &expected, "as folded again from the journal");
        drive.checkpoint();
        drive.reopen();
        assert_same(&drive.view(), &expected, "as restored from a checkpoint");
    }
}

fn login(drive: &mut Drive, account: &str, hour: u32) {
    let at = format!("2026-06-17T{hour:02}:00:00+08:00");
    drive.observe(&event(Kind::Login, account, &at)).unwrap();
}

#[test]
fn what_expires_binds_no_longer_and_gives_nothing_back() {
    let mut drive = Drive::new();
    for account in ["a", "b"] {
        login(&mut drive, account, 8);
    }
    let ends = drive.engine().now().plus_seconds(3600);
    let restrict = Ordered::Restrict {
        campaign_id: CAMPAIGN.into(),
        grade: Grade::NoDiscount,
        notice: String::new(),
    };
    let both = ["a", "b"].map(String::from);
    let engine = drive.engine_mut();
    let (restriction, _) = engine
        .dispose(order(restrict, &both[..1], Some(ends)), false)
        .unwrap();
    let (assertion, _) = engine
        .dispose(order(Ordered::SameUser, &both, Some(ends)), false)
        .unwrap();
    let past = order(Ordered::Disqualify, &both, Some(Timestamp::EARLIEST));
    assert!(engine.dispose(past, false).is_err());
    let refused = drive.ask(&check("a", "t1")).unwrap().record;
    assert_eq!(refused.outcome.decision, Decision::Revoke);
    assert_eq!(refused.outcome.reasons[0].code, ReasonCode::Restricted);
    assert_eq!(drive.view().accounts["b"].members, ["a", "b"]);

    // To the microsecond of its end, whoever has noticed by then.
    login(&mut drive, "b", 9);
    let allowed = drive.ask(&check("a", "t2")).unwrap().record;
    assert_eq!(allowed.outcome.decision, Decision::Allow);
    drive.engine_mut().settle_standings();
    for reopened in [false, true] {
        if reopened {
            drive.reopen();
        }
        for disposition in [restriction, assertion] {
            let decided = drive.engine().people().get(disposition).unwrap();
            let end = decided.end.as_ref().unwrap();
            assert!(end.undone.is_none() && end.ended_at == ends);
        }
        assert_eq!(drive.view().accounts["b"].members, ["b"]);
        drive.engine_mut().settle_standings();
        let adjustments = drive.engine().ledger().adjustments.after(0).count();
        assert_eq!(adjustments, 0, "the refusal was right while it bound");
    }
}
