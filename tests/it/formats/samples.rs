//! One value of everything stored, with every field set to something that tells it from the others.

use std::sync::Arc;

use sameuser::{
    domain::{
        account::{Account, Registration},
        adjustment::{AdjustmentChange, AdjustmentKind, AdjustmentState, ChangeCause, GrantVoid},
        appeal::{Appeal, AppealDecision},
        campaign::{CampaignState, RevisionRecord},
        case_work::{CaseClaim, CaseNote, CaseSnooze},
        clock::Timestamp,
        disposition::{Action, Cause, Disposition, DispositionEnd, Grade, Undone},
        event::{
            AccountType, Address, Device, DisplayName, EmulatorSignal, Event, EventType,
            NetworkClass, NumberClass, OtherIdentifier, Phone, SignalSet, Task,
        },
        feature::Features,
        fuse::{Atom, FuseChange, FuseStep},
        identifier::{BlockPseudonym, IdentifierClass, IdentifierKind, Pseudonym},
        link::Link,
        linked::{AbusiveSeen, LinkedBlame, SameUserSeen, SharedSeen},
        person::{Person, PersonChange, RevisionAuthor, Role, SignIn},
        reason::{Reason, ReasonCode},
        sample::{Summary, Told},
        verdict::{
            DecidedSeen, DecidedWith, Decision, Outcome, PeopleSeen, Question, ScoreCounts,
            SeatSeen, Seen, VerdictRecord,
        },
    },
    service::{
        codec::{AccountSnapshot, HeldSnapshot, IdentifierSnapshot, LedgerSnapshot},
        dead_letters::{DeadLetter, DeadLetterReason, DeadLetterResolution, Resolution},
        held::HeldAnswer,
        stream::{EntryId, StreamLoss},
    },
};

const CAMPAIGN: &str = "kimi-work-desktop-2026-06";
/// 2026-06-20T02:30:00.123456Z.
const INSTANT: i64 = 1_781_922_600_123_456;

fn instant(seconds: i64) -> Timestamp {
    Timestamp::from_micros(INSTANT).plus_seconds(seconds)
}

fn pseudonym(first: u8) -> Pseudonym {
    Pseudonym(std::array::from_fn(|place| {
        first.wrapping_add(place as u8 * 3)
    }))
}

fn signals(all: &[EmulatorSignal]) -> SignalSet {
    let mut signals = SignalSet::default();
    all.iter().for_each(|signal| signals.insert(*signal));
    signals
}

fn task() -> Task {
    Task {
        task_id: "task-1".into(),
        started_at: Some(instant(-600)),
        completed_at: Some(instant(0)),
        tokens: 1_000_000_000_000,
        input_events: Some(0),
    }
}

pub fn event() -> Event {
    Event {
        event_type: EventType::TaskCompleted,
        occurred_at: instant(0),
        account_id: "account-1".into(),
        account_type: Some(AccountType::Enterprise),
        phone: Some(Phone {
            number: pseudonym(1),
            blocks: [
                BlockPseudonym::new(1),
                BlockPseudonym::new(u64::MAX),
                BlockPseudonym::new(3),
            ],
            class: NumberClass::Disposable,
            reference_revision: 5,
        }),
        device: Some(Device {
            device: Some(pseudonym(2)),
            hardware: Some(pseudonym(3)),
            platform: "windows".into(),
            model: "X1".into(),
            os_version: "11".into(),
            client_version: "2.3.0".into(),
            signals: signals(&[EmulatorSignal::Hypervisor, EmulatorSignal::Headless]),
        }),
        address: Some(Address {
            address: pseudonym(4),
            block: BlockPseudonym::new(4),
            class: NetworkClass::Vpn,
            reference_revision: 6,
        }),
        others: vec![OtherIdentifier {
            kind: "payment_card".into(),
            value: pseudonym(5),
        }],
        surface: "work-desktop".into(),
        task: Some(task()),
        display_name: Some(DisplayName {
            skeleton: BlockPseudonym::new(7),
            trailing_number: Some(41),
        }),
    }
}

/// An event that says as little as one may.
pub fn bare_event() -> Event {
    Event {
        event_type: EventType::Registration,
        occurred_at: Timestamp::EARLIEST,
        account_id: "a".into(),
        account_type: None,
        phone: None,
        device: None,
        address: None,
        others: Vec::new(),
        surface: String::new(),
        task: None,
        display_name: None,
    }
}

fn same_user() -> SameUserSeen {
    SameUserSeen {
        account_tag: "a0c0ffe".into(),
        millibits: -2500,
        carries_blame: true,
        shared: vec![SharedSeen {
            kind: "phone".into(),
            class: IdentifierClass::Household,
            pseudonym: pseudonym(6),
            millibits: 20_000,
        }],
    }
}

fn seen() -> Seen {
    Seen {
        now: instant(1),
        events: 300,
        known: true,
        account_type: AccountType::Individual,
        desktop_login: true,
        user_id: "u0123456789abcdef".into(),
        seat: SeatSeen {
            allowed: 2,
            holds: false,
            taken_by_others: 1,
            holder: Some(same_user()),
            idle_holders: vec!["account-2".into()],
        },
        features: Some(Features(std::array::from_fn(|place| {
            (place % 2 == 0).then_some(place as i32 * 100 - 150)
        }))),
        people: PeopleSeen {
            restricted: Some(DecidedSeen {
                disposition: 17,
                cause: Cause::UnlawfulUse,
                through: Some(same_user()),
            }),
            disqualified: Some(DecidedSeen {
                disposition: 300,
                cause: Cause::BulkRegistration,
                through: None,
            }),
            same_user: LinkedBlame::Disqualified(same_user()),
            overturned: vec![ReasonCode::Emulator, ReasonCode::FalseActivity],
        },
        score_counts: ScoreCounts::HeldByFuse("device 0a0b0c".into()),
    }
}

pub fn verdict() -> VerdictRecord {
    VerdictRecord {
        question: Question {
            campaign_id: CAMPAIGN.into(),
            account_id: "account-1".into(),
            task_id: "task-1".into(),
            started_at: instant(-600),
            completed_at: Some(instant(0)),
            tokens: 1200,
            surface: "work-desktop".into(),
            other_offers: vec!["students".into()],
        },
        campaign_revision: 2,
        decided_with: Arc::new(DecidedWith {
            rules_version: "rules-1".into(),
            weights_revision: "weights-1".into(),
            model_revision: "model-1".into(),
        }),
        seen: seen(),
        outcome: Outcome {
            decision: Decision::Revoke,
            observed: Some(Decision::Deny),
            rate_basis_points: 10_000,
            reasons: vec![
                Reason {
                    code: ReasonCode::FalseActivity,
                    statement: "Nothing real — 没有".into(),
                    weight_millibits: -7,
                    facts: vec![("name".into(), "value".into())],
                },
                Reason::rule(ReasonCode::AnalystDecision, "A person decided so."),
            ],
            is_final: true,
            takes_seat: false,
            abuse_ppm: 987_654,
        },
    }
}

pub fn blamed_verdict() -> VerdictRecord {
    let mut verdict = verdict();
    verdict.seen.people.same_user = LinkedBlame::Abusive(AbusiveSeen {
        account: same_user(),
        probability_ppm: 987_654,
        patterns: vec![ReasonCode::Emulator, ReasonCode::BulkRegistration],
    });
    verdict
}

pub fn kept_verdict() -> VerdictRecord {
    let mut verdict = verdict();
    verdict.seen.score_counts = ScoreCounts::FoundBefore(300);
    verdict
}

pub fn revision() -> RevisionRecord {
    RevisionRecord {
        campaign_id: CAMPAIGN.into(),
        revision: 3,
        state: CampaignState::Suspended,
        published_at: instant(0),
        terms_toml: "campaign_id = \"…\"\n".into(),
        reason: "maintenance".into(),
    }
}

pub fn accounts() -> Vec<AccountSnapshot> {
    let mut facts = Account::new("account-1".into(), 1_781_000_000);
    facts.last_seen = 1_781_922_600;
    facts.registration = Some(Registration {
        at: 1_781_000_000,
        tie: u64::MAX,
        device: Some(7),
        network: Some(BlockPseudonym::new(8)),
        network_class: NetworkClass::DataCentre,
        number_blocks: Some([10, 11, 12].map(BlockPseudonym::new)),
        model: 12,
        name: Some(BlockPseudonym::new(9)),
        name_number: Some(101),
    });
    facts.types.add(AccountType::Individual, 1_781_000_000);
    facts.types.add(AccountType::Enterprise, 1_781_500_000);
    facts.add_surface(0xdead_beef);
    facts.add_surface(7);
    facts.platforms = 9;
    facts.signals = signals(&[EmulatorSignal::SoftwareGpu]);
    facts.disposable_number = true;
    facts.activity.add(1_781_000_000, Some(NetworkClass::Vpn));
    facts.add_task(&task(), Some(7));
    facts.changed_by = 300;
    let link = Link {
        first_seen: 1_781_000_000,
        last_seen: 1_781_900_000,
        unbound_at: 1_781_910_000,
    };
    let bare = Account::new("b".into(), 0);
    vec![
        AccountSnapshot {
            facts,
            links: vec![(0, link), (70_000, link)],
        },
        AccountSnapshot {
            facts: bare,
            links: Vec::new(),
        },
    ]
}

pub fn identifiers() -> Vec<IdentifierSnapshot> {
    vec![IdentifierSnapshot {
        kind: IdentifierKind(IdentifierKind::FIRST_OTHER),
        pseudonym: pseudonym(9),
        summary: Summary {
            farm: true,
            slow_farm: false,
            registered_elsewhere: 2,
            mobile: 32,
        },
        told: {
            let mut told = Told::default();
            told.add(13);
            told
        },
    }]
}

pub fn strong_links() -> Vec<(u32, u32, i32, bool)> {
    vec![(0, 1, 10_500, true), (1, u32::MAX, -1, false)]
}

pub fn verdict_keys() -> Vec<(u64, u64)> {
    vec![(u64::MAX, 1), (0, 300)]
}

pub fn ledger() -> LedgerSnapshot {
    LedgerSnapshot {
        weights_revision: "weights-1".into(),
        latest_event: instant(0),
        counts: (1, 2, 3),
        seats: vec![(CAMPAIGN.into(), "account-1".into(), 17)],
        strangers: vec![("account-9".into(), CAMPAIGN.into(), 300)],
    }
}

/// A disposition of every action.
pub fn dispositions() -> Vec<Disposition> {
    let actions = [
        Action::Disqualify,
        Action::Clear {
            overturned: vec![ReasonCode::Emulator],
        },
        Action::SameUser,
        Action::NotSameUser {
            overturned: vec![pseudonym(10)],
        },
        Action::Restrict {
            campaign_id: CAMPAIGN.into(),
            series: "kimi-work-desktop".into(),
            grade: Grade::AllLaterEvents,
            notice: "请注意".into(),
        },
        Action::Recover { until: 300 },
    ];
    let make = |action| Disposition {
        action,
        accounts: vec!["account-1".into(), "account-2".into()],
        cause: Cause::RightsOfOthers,
        statement: "a statement".into(),
        author: "analyst 1".into(),
        made_at: instant(2),
        expires_at: Some(instant(3)),
        appeal: Some(300),
    };
    actions.into_iter().map(make).collect()
}

pub fn disposition_end() -> DispositionEnd {
    DispositionEnd {
        disposition: 300,
        ended_at: instant(4),
        undone: Some(Undone {
            author: "analyst 2".into(),
            statement: "a mistake".into(),
        }),
    }
}

pub fn adjustment_change() -> AdjustmentChange {
    AdjustmentChange {
        adjustment: 17,
        kind: AdjustmentKind::Restoration,
        state: AdjustmentState::Refused,
        verdict: 300,
        campaign_id: CAMPAIGN.into(),
        account_id: "account-1".into(),
        task_id: "task-1".into(),
        tokens: 1200,
        rate_basis_points: 5000,
        token_basis_points: 6_000_000,
        reasons: vec![Reason::rule(ReasonCode::Eligible, "covered").with("name", "value")],
        changed_at: instant(5),
        settles_at: Some(instant(6)),
        cause: ChangeCause::Billing {
            reason: "the invoice is closed".into(),
        },
    }
}

pub fn grant_void() -> GrantVoid {
    GrantVoid {
        verdict: 300,
        reason: "charge reversed".into(),
        voided_at: instant(7),
    }
}

pub fn appeal() -> Appeal {
    Appeal {
        account_id: "account-1".into(),
        campaign_id: CAMPAIGN.into(),
        statement: "that was me — 是我".into(),
        opened_by: "support".into(),
        opened_at: instant(8),
        decide_by: instant(9),
    }
}

pub fn appeal_decision() -> AppealDecision {
    AppealDecision {
        appeal: 300,
        granted: true,
        statement: "right".into(),
        author: "analyst 3".into(),
        decided_at: instant(10),
    }
}

pub fn case_claim() -> CaseClaim {
    CaseClaim {
        account_id: "alice".into(),
        author: "lin".into(),
        takes: true,
        at: instant(40),
    }
}

pub fn case_snooze() -> CaseSnooze {
    CaseSnooze {
        account_id: "alice".into(),
        author: "lin".into(),
        until: Some(instant(86_400)),
        at: instant(41),
    }
}

pub fn case_note() -> CaseNote {
    CaseNote {
        account_id: "alice".into(),
        author: "lin".into(),
        text: "Asked the carrier.".into(),
        second_look: true,
        at: instant(42),
    }
}

pub fn person() -> PersonChange {
    PersonChange {
        name: "lin".into(),
        person: Some(Person {
            role: Role::Administrator,
            sign_in: SignIn::Password {
                hash: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA".into(),
            },
        }),
        author: "root, at the command line".into(),
        at: instant(43),
    }
}

pub fn revision_author() -> RevisionAuthor {
    RevisionAuthor {
        campaign_id: CAMPAIGN.into(),
        revision: 3,
        author: "lin".into(),
        at: instant(44),
    }
}

/// A step of each kind, of an atom of each kind.
pub fn fuse_changes() -> [FuseChange; 3] {
    let words = || ("lena".to_string(), "looked at".to_string());
    let identifier = Atom::Identifier {
        kind: "device".into(),
        pseudonym: pseudonym(9),
    };
    let model = Atom::Model {
        revision: "abuse-2".into(),
    };
    let rule = Atom::Rule {
        feature: "impossible_device".into(),
    };
    let (author, statement) = words();
    let released = FuseStep::Released { author, statement };
    let (author, statement) = words();
    let discarded = FuseStep::Discarded { author, statement };
    let tripped = FuseStep::Tripped {
        campaign_id: CAMPAIGN.into(),
        clean_users_at_most: 300,
    };
    let steps = [(identifier, tripped), (model, released), (rule, discarded)];
    steps.map(|(atom, step)| FuseChange {
        atom,
        step,
        at: instant(45),
    })
}

pub fn held() -> HeldSnapshot {
    HeldSnapshot {
        campaigns: vec![CAMPAIGN.into()],
        verdicts: vec![
            (300, 7, 0, 6_000_000, HeldAnswer::Granted),
            (301, 8, 0, 0, HeldAnswer::Found),
            (302, 9, 0, 6_000_000, HeldAnswer::WouldBeFound),
            (u64::MAX, u32::MAX, 1, 0, HeldAnswer::Refused),
        ],
    }
}

fn entry(milliseconds: u64) -> EntryId {
    EntryId {
        milliseconds,
        sequence: 3,
    }
}

pub fn dead_letter() -> DeadLetter {
    DeadLetter {
        stream: "sameuser:events:{0}".into(),
        entry: entry(1_781_922_600_123),
        received_at: instant(0),
        reason: DeadLetterReason::OtherContent,
        error: "event_id: was seen before — 没有".into(),
        bytes: 300,
        sealed: vec![0, 1, 127, 128, 255],
    }
}

pub fn dead_letter_resolution() -> DeadLetterResolution {
    DeadLetterResolution {
        stream: "sameuser:events".into(),
        entry: entry(1),
        resolution: Resolution::Discarded,
    }
}

pub fn stream_loss() -> StreamLoss {
    StreamLoss {
        stream: "sameuser:events".into(),
        after: entry(1),
        until: entry(u64::MAX),
        entries: Some(300),
    }
}
