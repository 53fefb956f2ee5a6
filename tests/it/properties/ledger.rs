//! Books over random lives: events, checks, merges and splits of users, dispositions, appeals, answers
//! of billing, campaign changes, and crashes anywhere between. Books balance, no grant is recovered
//! twice, nothing is recovered that was not granted, and what is undone is given back exactly.

use std::collections::BTreeMap;

use proptest::{collection::vec, prelude::*};
use sameuser::{
    domain::{
        adjustment::{AdjustmentKind, AdjustmentState},
        campaign::CampaignState,
        disposition::{Cause, Grade},
        ledger::Book,
        verdict::Decision,
    },
    edge::proto::v1,
    service::{
        dispositions::{Order, Ordered},
        settlement::{Answer, Resolution},
        verify,
    },
};

use super::{
    cases,
    drive::{CAMPAIGN_TOML, Drive},
};
use crate::support::{CAMPAIGN, Kind, check, event};

const ACCOUNTS: u8 = 10;
const OTHER: &str = "another-event";

#[derive(Clone, Copy, Debug)]
enum Op {
    /// A log-in on the one emulated machine: evidence for the score.
    OnTheMachine(u8),
    /// A number that others may hold too: merges users.
    Bind(u8, u8),
    /// And splits them again.
    Unbind(u8, u8),
    Ask(u8, u8, bool),
    Disqualify(u8, bool),
    Recover(u8),
    Restrict(u8, u8),
    Clear(u8),
    Same(u8, u8),
    NotSame(u8, u8),
    Undo(u8),
    Appeal(u8, bool),
    /// An appeal that waits; recoveries about it do not settle until it is decided.
    OpenAppeal(u8),
    DecideAppeal(u8, bool),
    Void(u8),
    Answer(u8, bool),
    Resolve(u8, bool),
    Suspend,
    Resume,
    Publish(u8),
    /// Half a day passes.
    Wait,
    Advance(u8),
    Commit,
    Reopen,
    Crash,
    Checkpoint,
}

fn op() -> impl Strategy<Value = Op> {
    let account = 0..ACCOUNTS;
    prop_oneof![
        3 => account.clone().prop_map(Op::OnTheMachine),
        2 => (account.clone(), 0..3u8).prop_map(|(a, n)| Op::Bind(a, n)),
        1 => (account.clone(), 0..3u8).prop_map(|(a, n)| Op::Unbind(a, n)),
        8 => (account.clone(), 0..4u8, any::<bool>()).prop_map(|(a, t, o)| Op::Ask(a, t, o)),
        2 => (account.clone(), any::<bool>()).prop_map(|(a, u)| Op::Disqualify(a, u)),
        1 => account.clone().prop_map(Op::Recover),
        1 => (account.clone(), 0..3u8).prop_map(|(a, g)| Op::Restrict(a, g)),
        1 => account.clone().prop_map(Op::Clear),
        1 => (account.clone(), account.clone()).prop_map(|(a, b)| Op::Same(a, b)),
        1 => (account.clone(), account.clone()).prop_map(|(a, b)| Op::NotSame(a, b)),
        2 => any::<u8>().prop_map(Op::Undo),
        2 => (account.clone(), any::<bool>()).prop_map(|(a, g)| Op::Appeal(a, g)),
        2 => account.prop_map(Op::OpenAppeal),
        2 => (any::<u8>(), any::<bool>()).prop_map(|(n, g)| Op::DecideAppeal(n, g)),
        1 => any::<u8>().prop_map(Op::Void),
        4 => (any::<u8>(), any::<bool>()).prop_map(|(n, a)| Op::Answer(n, a)),
        1 => (any::<u8>(), any::<bool>()).prop_map(|(n, o)| Op::Resolve(n, o)),
        1 => Just(Op::Suspend),
        1 => Just(Op::Resume),
        1 => (0..3u8).prop_map(Op::Publish),
        3 => Just(Op::Wait),
        4 => (0..20u8).prop_map(Op::Advance),
        1 => Just(Op::Commit),
        2 => Just(Op::Reopen),
        2 => Just(Op::Crash),
        1 => Just(Op::Checkpoint),
    ]
}

fn name(account: u8) -> String {
    format!("account-{account}")
}

/// A store under random life.
struct Life {
    drive: Drive,
    hours: i64,
}

impl Life {
    fn new() -> Self {
        let mut life = Life {
            drive: Drive::new(),
            hours: 0,
        };
        for account in 0..ACCOUNTS {
            let registered = event(
                Kind::Registration,
                &name(account),
                "2026-06-01T08:00:00+08:00",
            );
            life.drive.observe(&registered).unwrap();
        }
        let terms = CAMPAIGN_TOML.replace(CAMPAIGN, OTHER);
        let engine = life.drive.engine_mut();
        engine.publish(terms, "a test".into(), false).unwrap();
        life.drive.commit();
        life
    }

    fn event(&mut self, kind: Kind, account: u8, change: impl FnOnce(&mut v1::Event)) {
        let mut event = event(kind, &name(account), "2026-06-16T08:00:00+08:00");
        event.occurred_at.as_mut().unwrap().seconds += self.hours * 3600;
        event.phone_number.clear();
        change(&mut event);
        self.drive.observe(&event).unwrap();
    }

    fn order(&mut self, action: Ordered, accounts: &[u8], whole_user: bool) {
        let order = Order {
            action,
            account_ids: accounts.iter().map(|account| name(*account)).collect(),
            whole_user,
            cause: Cause::OtherImproperMeans,
            statement: "a test".into(),
            author: "ana".into(),
            expires_at: None,
        };
        // Two accounts that are one are refused, and so on: any refusal changes nothing.
        let _refused = self.drive.engine_mut().dispose(order, false);
    }

    fn adjustments(&self, state: AdjustmentState) -> Vec<u64> {
        let all = self.drive.engine().ledger().adjustments.after(0);
        let all = all.filter(|latest| latest.change.state == state);
        all.map(|latest| latest.change.adjustment).collect()
    }

    fn undo(&mut self, disposition: u64) {
        let engine = self.drive.engine_mut();
        let _undone_before = engine.undo(disposition, "ben".into(), "a mistake".into());
    }

    fn dispositions(&self) -> Vec<u64> {
        let all = self.drive.engine().people().after(0);
        let standing = all.filter(|(_, decided)| decided.end.is_none());
        standing.map(|(number, _)| number).collect()
    }

    fn step(&mut self, op: Op) {
        match op {
            Op::OnTheMachine(account) => self.event(Kind::Login, account, |event| {
                let device = event.device.as_mut().unwrap();
                device.device_id = "machine".into();
                device.hardware_fingerprint.clear();
                device.emulator_signals = vec![1, 2, 4];
            }),
            Op::Bind(account, number) => self.event(Kind::PhoneBound, account, |event| {
                event.phone_number = format!("+861390000000{number}");
            }),
            Op::Unbind(account, number) => self.event(Kind::PhoneUnbound, account, |event| {
                event.phone_number = format!("+861390000000{number}");
            }),
            Op::Ask(account, task, other) => {
                let mut request = check(&name(account), &format!("task-{task}"));
                if other {
                    request.campaign_id = OTHER.into();
                }
                self.drive.ask(&request).unwrap();
            }
            Op::Disqualify(account, user) => self.order(Ordered::Disqualify, &[account], user),
            Op::Recover(account) => self.order(Ordered::Recover, &[account], false),
            Op::Clear(account) => self.order(Ordered::Clear, &[account], false),
            Op::Same(a, b) => self.order(Ordered::SameUser, &[a, b], false),
            Op::NotSame(a, b) => self.order(Ordered::NotSameUser, &[a, b], false),
            Op::Restrict(account, grade) => {
                let grades = [Grade::Warning, Grade::NoDiscount, Grade::AllLaterEvents];
                let restrict = Ordered::Restrict {
                    campaign_id: CAMPAIGN.into(),
                    grade: grades[usize::from(grade)],
                    notice: String::new(),
                };
                self.order(restrict, &[account], false);
            }
            Op::Undo(number) => {
                let standing = self.dispositions();
                if let Some(one) = pick(&standing, number) {
                    self.undo(one);
                }
            }
            Op::Appeal(account, granted) => {
                if let Some(appeal) = self.open_appeal(account) {
                    self.decide_appeal(appeal, granted);
                }
            }
            Op::OpenAppeal(account) => {
                let _one_is_open_already = self.open_appeal(account);
            }
            Op::DecideAppeal(number, granted) => {
                let open = self.drive.engine().appeals().open();
                let open: Vec<u64> = open.map(|(appeal, _)| appeal).collect();
                if let Some(appeal) = pick(&open, number) {
                    self.decide_appeal(appeal, granted);
                }
            }
            Op::Void(number) => {
                let verdicts = self.drive.engine().verdict_count();
                if verdicts > 0 {
                    let verdict = 1 + u64::from(number) % verdicts;
                    let engine = self.drive.engine_mut();
                    let _granted_nothing = engine.void_grant(verdict, "charged back".into());
                }
            }
            Op::Answer(number, accepts) => {
                if let Some(open) = pick(&self.adjustments(AdjustmentState::Open), number) {
                    let answer = if accepts {
                        Answer::Accepted
                    } else {
                        Answer::Refused("closed".into())
                    };
                    self.drive
                        .engine_mut()
                        .acknowledge(open, 0, answer)
                        .unwrap();
                }
            }
            Op::Resolve(number, opens) => {
                if let Some(one) = pick(&self.adjustments(AdjustmentState::Refused), number) {
                    let resolution = if opens {
                        Resolution::Open
                    } else {
                        Resolution::WriteOff
                    };
                    let engine = self.drive.engine_mut();
                    let latest = engine.adjustment(one).unwrap().clone();
                    let waits = opens && engine.appeal_about(&latest.change).is_some();
                    let resolved = engine.resolve(one, resolution, "ana".into(), "why".into());
                    assert_eq!(resolved.is_err(), waits);
                }
            }
            Op::Suspend => self.change_state(CampaignState::Suspended),
            Op::Resume => self.change_state(CampaignState::Active),
            Op::Publish(tenths) => {
                let threshold = format!("revoke_probability = 0.{}", 7 + tenths);
                let terms = CAMPAIGN_TOML.replace("revoke_probability = 0.985", &threshold);
                let engine = self.drive.engine_mut();
                engine.publish(terms, "a test".into(), false).unwrap();
            }
            Op::Wait => {
                self.hours += 12;
                // The clock is that of events.
                self.event(Kind::Login, 0, |_| {});
            }
            Op::Advance(units) => {
                self.drive.engine_mut().refresh();
                self.drive.engine_mut().advance(usize::from(units));
            }
            Op::Commit => self.drive.commit(),
            Op::Reopen => self.drive.reopen(),
            Op::Crash => self.drive.crash(),
            Op::Checkpoint => self.drive.checkpoint(),
        }
    }

    fn change_state(&mut self, state: CampaignState) {
        let engine = self.drive.engine_mut();
        let _is_so_already = engine.change_state(CAMPAIGN, state, "a test".into());
    }

    fn open_appeal(&mut self, account: u8) -> Option<u64> {
        let engine = self.drive.engine_mut();
        let words = || "a test".to_string();
        let opened = engine.open_appeal(name(account), CAMPAIGN.into(), words(), words());
        opened.ok()
    }

    fn decide_appeal(&mut self, appeal: u64, granted: bool) {
        let engine = self.drive.engine_mut();
        let words = || "a test".to_string();
        let decided = engine.decide_appeal(appeal, granted, words(), "carla".into());
        decided.unwrap();
    }

    /// Proposed recoveries that an open appeal is about.
    fn paused(&self) -> Vec<u64> {
        let engine = self.drive.engine();
        let all = engine
            .ledger()
            .adjustments
            .after(0)
            .map(|latest| &latest.change);
        let proposed = all.filter(|change| change.state == AdjustmentState::Proposed);
        let paused = proposed.filter(|change| engine.appeal_about(change).is_some());
        paused.map(|change| change.adjustment).collect()
    }

    /// Steps, and finds that what an appeal holds back was not opened, unless the appeal was decided or
    /// the step is one that loses what is not durable.
    fn live(&mut self, op: Op) {
        let paused = self.paused();
        self.step(op);
        let decides = matches!(op, Op::Appeal(..) | Op::DecideAppeal(..) | Op::Crash);
        for adjustment in paused.into_iter().filter(|_| !decides) {
            let latest = self.drive.engine().adjustment(adjustment).unwrap();
            let state = latest.change.state;
            let held = matches!(state, AdjustmentState::Proposed | AdjustmentState::Reversed);
            assert!(held, "{op:?}: {latest:?}");
        }
    }

    /// Everything looked at, and every delay passed.
    fn settle(&mut self) {
        self.hours += 48;
        self.event(Kind::Login, 0, |_| {});
        self.drive.engine_mut().refresh();
        self.drive.engine_mut().settle_standings();
        self.hours += 48;
        self.event(Kind::Login, 0, |_| {});
        self.drive.engine_mut().settle_standings();
        self.drive.commit();
    }

    fn assert_books(&self) {
        let engine = self.drive.engine();
        let (held, adjustments) = (&engine.ledger().held, &engine.ledger().adjustments);
        let mut live = BTreeMap::new();
        for latest in adjustments.after(0) {
            let change = &latest.change;
            let record = self.drive.record(change.verdict);
            let granted = record.outcome.decision == Decision::Allow;
            assert_eq!(
                granted,
                change.kind == AdjustmentKind::Recovery,
                "{change:?}"
            );
            if granted {
                assert_eq!(change.token_basis_points, record.benefit());
            }
            if change.state.is_live() {
                let twice = live.insert(change.verdict, change.adjustment);
                assert_eq!(twice, None, "two live adjustments of v{}", change.verdict);
                assert!(!adjustments.is_voided(change.verdict), "{change:?}");
            }
        }
        for campaign in [CAMPAIGN, OTHER] {
            let whole = engine.campaign_book(campaign).unwrap();
            let holders = held.holders().iter();
            let sum = holders.fold(Book::default(), |sum, account| {
                let one = engine.account_book(&[*account], campaign);
                assert!(one.is_balanced(), "{one:?}");
                sum.plus(&one)
            });
            assert_eq!(sum, whole, "{campaign}");
            assert_eq!(self.added_up(campaign), whole, "{campaign}");
            assert!(
                whole.benefit().is_some() && whole.is_balanced(),
                "{whole:?}"
            );
        }
    }

    /// The book of a campaign, added up from verdicts and the latest state of every adjustment.
    fn added_up(&self, campaign: &str) -> Book {
        let engine = self.drive.engine();
        let adjustments = &engine.ledger().adjustments;
        let (mut book, mut standing) = (Book::default(), 0);
        for verdict in 1..=engine.verdict_count() {
            let record = self.drive.record(verdict);
            if record.question.campaign_id != campaign {
                continue;
            }
            book.grant(record.benefit());
            let voided = adjustments.is_voided(verdict);
            if voided {
                book.void(record.benefit());
            }
            for latest in adjustments.of(verdict) {
                let (kind, state) = (latest.change.kind, latest.change.state);
                let moved = latest.change.token_basis_points;
                book.adjust(kind, None, state, moved).unwrap();
            }
            let granted = record.outcome.decision == Decision::Allow;
            let stands = granted && !voided && adjustments.live(verdict).is_none();
            standing += u64::from(stands);
        }
        let held = &engine.ledger().held;
        let counted = held.holders().iter().flat_map(|account| held.of(*account));
        let counted = counted.filter(|one| held.campaign(one.campaign) == campaign);
        let counted: u64 = counted.map(|one| u64::from(one.standing_grants)).sum();
        assert_eq!(counted, standing, "{campaign}");
        book
    }

    fn states(&self) -> Vec<(u64, AdjustmentState)> {
        let all = self.drive.engine().ledger().adjustments.after(0);
        all.map(|latest| (latest.sequence, latest.change.state))
            .collect()
    }
}

fn pick(from: &[u64], number: u8) -> Option<u64> {
    let position = usize::from(number).checked_rem(from.len())?;
    from.get(position).copied()
}

/// Lives so far, settles, and finds nothing left to do, also for who opens the store anew.
fn assert_settles(ops: Vec<Op>) {
    let mut life = Life::new();
    for op in ops {
        life.live(op);
    }
    life.settle();
    life.assert_books();
    let before = life.states();
    let books = life.drive.engine().campaign_book(CAMPAIGN).unwrap();
    life.drive.reopen();
    life.drive.engine_mut().settle_standings();
    assert_eq!(life.states(), before);
    let reopened = life.drive.engine().campaign_book(CAMPAIGN).unwrap();
    assert_eq!(reopened, books);
    let mut faults = Vec::new();
    let directory = life.drive.directory();
    verify::verify(&directory, |fault| faults.push(fault), |_, _| {}).unwrap();
    assert_eq!(faults, Vec::<String>::new());
}

/// A grant after a restriction of somebody who turns out to be the same user by a late event.
#[test]
fn a_late_link_to_a_restricted_account_recovers() {
    assert_settles(vec![
        Op::Bind(9, 0),
        Op::Restrict(2, 2),
        Op::Ask(9, 0, false),
        Op::Unbind(2, 0),
    ]);
}

/// A restriction binds what is asked after it and nothing before, though the clock stands still and
/// whatever is lost and opened anew in between.
#[test]
fn a_restriction_has_its_place_among_verdicts_of_one_microsecond() {
    for between in [Op::Advance(1), Op::Reopen, Op::Checkpoint] {
        let mut life = Life::new();
        for op in [
            Op::Ask(3, 0, false),
            Op::Restrict(3, 1),
            Op::Restrict(3, 2),
            Op::Ask(3, 1, false),
            between,
            Op::Ask(3, 2, false),
        ] {
            life.step(op);
        }
        life.undo(life.dispositions()[0]);
        life.step(Op::Ask(3, 3, false));
        life.settle();
        let decisions = (1..=4).map(|verdict| life.drive.record(verdict).outcome.decision);
        let decisions: Vec<Decision> = decisions.collect();
        let revoked = [Decision::Revoke; 3];
        assert_eq!(decisions, [&[Decision::Allow][..], &revoked].concat());
        // The second of them stands: it gives nothing back, and the first verdict loses nothing.
        assert_eq!(life.states(), [], "{between:?}");
    }
}

/// Grants after a decision to recover are not touched, though the clock stood still.
#[test]
fn what_is_granted_after_a_recovery_stays() {
    assert_settles(vec![
        Op::Ask(3, 0, false),
        Op::Recover(3),
        Op::Advance(1),
        Op::Ask(3, 1, false),
    ]);
}

proptest! {
    #![proptest_config(cases(64, 21))]
    #[test]
    fn books_balance_whatever_happens(ops in vec(op(), 1..60)) {
        assert_settles(ops);
    }
}

proptest! {
    #![proptest_config(cases(32, 22))]
    #[test]
    fn what_is_undone_is_given_back_exactly(ops in vec(op(), 1..50)) {
        let mut life = Life::new();
        // Without evidence of the score's own, whatever is taken was a person's decision.
        for op in ops.into_iter().filter(|op| !matches!(op, Op::OnTheMachine(_))) {
            life.step(op);
        }
        while let Some(last) = life.dispositions().last().copied() {
            life.undo(last);
        }
        life.settle();
        life.assert_books();
        for latest in life.drive.engine().ledger().adjustments.after(0) {
            let change = &latest.change;
            let given_up = change.state == AdjustmentState::WrittenOff;
            prop_assert!(
                given_up || change.kind == AdjustmentKind::Restoration || !change.state.is_live(),
                "{:?}", change
            );
        }
        for campaign in [CAMPAIGN, OTHER] {
            let book = life.drive.engine().campaign_book(campaign).unwrap();
            prop_assert_eq!((book.recovered, book.outstanding), (0, 0));
        }
    }
}
