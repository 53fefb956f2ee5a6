//! A store driven step by step, with what the command line hides: when groups are committed, when
//! the state is copied, and what everything looks like from outside.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
    path::PathBuf,
};

use sameuser::{
    domain::{
        account::{Account, Registration},
        clock::Timestamp,
        evidence_weights::EvidenceWeights,
        identifier::IdentifierClass,
        link::Link,
        moments::{Moments, Phase},
        sample::Summary,
        task_history::{TaskHistory, TaskSamples},
        verdict::VerdictRecord,
    },
    edge::{
        intake, listing::account_summary, proto::v1, pseudonym::Pseudonymiser, question,
        reference::ReferenceData,
    },
    journal::{Group, Journal},
    service::{
        checkpoint::StateCopy,
        clock::Clock,
        engine::{Decided, Engine, Observed},
        recovery::{self, Setup},
        refusal::Refusal,
    },
};
use tempfile::TempDir;

/// The weights that the program ships with.
pub const WEIGHTS_TOML: &str = include_str!("../../../models/evidence-weights.toml");
/// The campaign that it ships with.
pub const CAMPAIGN_TOML: &str = include_str!("../../../campaigns/kimi-work-desktop-2026-06.toml");
const MODEL_JSON: &str = include_str!("../../../models/abuse-model.json");

/// The key of every store here: pseudonyms are equal across them.
pub fn pseudonymiser() -> Pseudonymiser {
    pseudonymiser_knowing(ReferenceData::default())
}

fn pseudonymiser_knowing(reference: ReferenceData) -> Pseudonymiser {
    Pseudonymiser::new(&[7; 32], reference.into())
}

/// What a store is opened with.
pub fn setup() -> Setup {
    Setup {
        clock: Clock::Events,
        key_check: pseudonymiser().key_check(),
        weights_toml: WEIGHTS_TOML.into(),
        model_json: MODEL_JSON.into(),
        campaign_toml: CAMPAIGN_TOML.into(),
        expected_accounts: 0,
    }
}

/// A fuzzy copy of the state under way.
struct Copying {
    copy: StateCopy,
    pass: u64,
}

/// An open store in a folder of its own.
pub struct Drive {
    // Dropped before the folder, and `None` only while reopening.
    open: Option<(Engine, Journal)>,
    copying: Option<Copying>,
    pseudonymiser: Pseudonymiser,
    setup: Setup,
    folder: TempDir,
}

impl Drive {
    /// A new store.
    pub fn new() -> Self {
        Self::with(setup())
    }

    /// A new store that knows networks and numbers of these classes.
    pub fn knowing(reference: ReferenceData) -> Self {
        Drive {
            pseudonymiser: pseudonymiser_knowing(reference),
            ..Self::new()
        }
    }

    /// A new store with other weights, model or campaign.
    pub fn with(setup: Setup) -> Self {
        let folder = scratch_folder();
        let open = recovery::open(folder.path(), &setup).unwrap();
        Drive {
            open: Some(open),
            copying: None,
            pseudonymiser: pseudonymiser(),
            setup,
            folder,
        }
    }

    pub fn engine(&self) -> &Engine {
        &self.open.as_ref().unwrap().0
    }

    pub fn engine_mut(&mut self) -> &mut Engine {
        &mut self.open.as_mut().unwrap().0
    }

    /// Where the store is.
    pub fn directory(&self) -> PathBuf {
        self.folder.path().into()
    }

    pub fn observe(&mut self, event: &v1::Event) -> Result<Observed, Refusal> {
        let arrival = intake::arrival(event.clone(), &self.pseudonymiser)?;
        self.engine_mut().observe(&arrival)
    }

    pub fn observe_all<'a>(&mut self, events: impl IntoIterator<Item = &'a v1::Event>) {
        for event in events {
            self.observe(event).unwrap();
        }
    }

    pub fn ask(&mut self, request: &v1::CheckDiscountRequest) -> Result<Decided, Refusal> {
        let question = question::question(request.clone())?;
        self.engine_mut().decide(question, request.validate_only)
    }

    /// Makes everything so far durable, as one group.
    pub fn commit(&mut self) {
        let (engine, journal) = self.open.as_mut().unwrap();
        engine.refresh();
        let group = engine.take_group(Group::default());
        journal.commit(&group).unwrap();
        let filters = journal.take_new_filters();
        engine.committed(journal.positions().verdicts, filters);
    }

    /// Begins a copy of the state, or copies one more slice where one is under way; answers whether
    /// the copy is complete now. Between two slices the server does whatever it likes, but never
    /// copies a state whose users are not up to date.
    pub fn copy_slice(&mut self) -> bool {
        let (engine, journal) = self.open.as_mut().unwrap();
        engine.refresh();
        let Some(copying) = &mut self.copying else {
            let copy = engine.begin_copy();
            let pass = journal.begin_state_checkpoint(copy.begin).unwrap();
            self.copying = Some(Copying { copy, pass });
            return false;
        };
        if let Some(chunk) = engine.copy_slice(&mut copying.copy) {
            journal
                .write_chunk(copying.pass, chunk.kind, chunk.number, &chunk.bytes)
                .unwrap();
            return false;
        }
        let pass = copying.pass;
        self.copying = None;
        // A copy may hold facts of events that are not durable yet: they must become so first.
        self.commit();
        let (_, journal) = self.open.as_mut().unwrap();
        journal.finish_state_checkpoint(pass).unwrap();
        true
    }

    /// Copies the whole state, or the rest of it.
    pub fn checkpoint(&mut self) {
        while !self.copy_slice() {}
    }

    /// Opens the store again, as after a crash right behind a commit.
    pub fn reopen(&mut self) {
        self.commit();
        self.copying = None;
        self.open = None;
        self.open = Some(recovery::open(self.folder.path(), &self.setup).unwrap());
    }

    /// Opens the store again, as after a crash that lost what was not committed.
    pub fn crash(&mut self) {
        self.copying = None;
        self.open = None;
        self.open = Some(recovery::open(self.folder.path(), &self.setup).unwrap());
    }

    /// The same, as a release with other weights opens it.
    pub fn reopen_with(&mut self, setup: Setup) {
        self.setup = setup;
        self.reopen();
    }

    /// Everything that promise 2 speaks of.
    pub fn view(&mut self) -> View {
        self.engine_mut().refresh();
        View::of(self.engine())
    }

    /// The decoded record of a committed verdict.
    pub fn record(&self, sequence: u64) -> VerdictRecord {
        use sameuser::service::codec::Stored;
        let stored = self.engine().reader().verdict(sequence).unwrap().unwrap();
        VerdictRecord::decode(&stored.record).unwrap()
    }
}

/// A folder in memory where there is one: these stores prove no durability.
fn scratch_folder() -> TempDir {
    let mut builder = tempfile::Builder::new();
    builder.prefix("sameuser-property-");
    builder
        .tempdir_in("/dev/shm")
        .or_else(|_| builder.tempdir())
        .unwrap()
}

/// A state as the outside can tell: by ids and pseudonyms, never by the order of arrival.
#[derive(Debug, PartialEq)]
pub struct View {
    pub accounts: BTreeMap<String, AccountView>,
    pub identifiers: BTreeMap<(u8, [u8; 16]), IdentifierView>,
    /// The event clock's now.
    pub now: Timestamp,
}

/// One account.
#[derive(Debug, PartialEq)]
pub struct AccountView {
    /// User, score and reasons.
    pub summary: v1::AccountSummary,
    /// Accounts of the same user, ascending.
    pub members: Vec<String>,
    /// Strong links: other account, millibits, whether it carries blame.
    pub links: Vec<(String, i32, bool)>,
    /// Its facts, but for what tells of arrival.
    pub facts: Account,
    /// Its tasks, but for the index of the device.
    pub tasks: Option<TasksView>,
}

/// What tasks add up to, and the latest.
type TasksView = ([u64; 8], Option<u32>, [Moments; 3], [Phase; 2], TaskSamples);

fn view_tasks(tasks: &TaskHistory) -> TasksView {
    let mut latest = tasks.latest();
    latest.iter_mut().for_each(|task| task.device = 0);
    let counts = [
        tasks.completed,
        tasks.with_input_known,
        tasks.without_input,
        tasks.tiny,
        tasks.hasty,
        tasks.idle,
        tasks.fastest,
    ];
    let [a, b, c, d, e, f, g] = counts.map(u64::from);
    (
        [a, b, c, d, e, f, g, tasks.tokens],
        tasks.first_started,
        [tasks.sizes, tasks.lengths, tasks.inputs],
        [tasks.minutes, tasks.quarters],
        latest,
    )
}

/// One identifier.
#[derive(Debug, PartialEq)]
pub struct IdentifierView {
    pub class: IdentifierClass,
    pub accounts: u32,
    pub sample: Vec<String>,
    pub summary: Summary,
    /// Each account's use of it.
    pub uses: Vec<(String, Link)>,
}

impl View {
    fn of(engine: &Engine) -> Self {
        let graph = engine.graph();
        let id = |account: u32| graph.account(account).id.to_string();
        let mut view = View {
            accounts: BTreeMap::new(),
            identifiers: BTreeMap::new(),
            now: engine.now(),
        };
        for identifier in 0..graph.identifier_count() as u32 {
            let (kind, pseudonym) = graph.identifier(identifier);
            let identified = IdentifierView {
                class: graph.class(identifier),
                accounts: graph.accounts_on(identifier),
                sample: graph.sample(identifier).map(id).collect(),
                summary: graph.summary(identifier),
                uses: Vec::new(),
            };
            view.identifiers.insert((kind.0, pseudonym.0), identified);
        }
        for account in 0..graph.account_count() as u32 {
            for (identifier, link) in graph.links(account) {
                let (kind, pseudonym) = graph.identifier(identifier);
                let used = view.identifiers.get_mut(&(kind.0, pseudonym.0)).unwrap();
                used.uses.push((id(account), link));
            }
            view.accounts
                .insert(id(account), AccountView::of(engine, account));
        }
        for identifier in view.identifiers.values_mut() {
            identifier.uses.sort_by(|one, other| one.0.cmp(&other.0));
        }
        view
    }
}

/// Fails with what differs, and only that.
#[track_caller]
pub fn assert_same(found: &View, expected: &View, how: &str) {
    assert_eq!(found.now, expected.now, "{how}");
    let mut differing = Vec::new();
    compare(&found.accounts, &expected.accounts, &mut differing);
    compare(&found.identifiers, &expected.identifiers, &mut differing);
    assert!(
        differing.is_empty(),
        "{how}, {} differ:\n{}",
        differing.len(),
        differing[..differing.len().min(3)].join("\n")
    );
}

fn compare<K: Ord + Debug, V: PartialEq + Debug>(
    found: &BTreeMap<K, V>,
    expected: &BTreeMap<K, V>,
    differing: &mut Vec<String>,
) {
    let keys: BTreeSet<&K> = found.keys().chain(expected.keys()).collect();
    for key in keys {
        let (found, expected) = (found.get(key), expected.get(key));
        if found != expected {
            differing.push(format!(
                "{key:?}\n  found {found:?}\n  expected {expected:?}"
            ));
        }
    }
}

impl AccountView {
    fn of(engine: &Engine, account: u32) -> Self {
        let graph = engine.graph();
        let id = |account: u32| graph.account(account).id.to_string();
        let links = engine.same_user().links(account).iter();
        let mut links: Vec<_> = links
            .map(|link| (id(link.other), link.millibits, link.carries_blame))
            .collect();
        links.sort();
        let members = engine.same_user().members(graph, account, |_| true);
        let mut members: Vec<_> = members.into_iter().map(id).collect();
        members.sort();
        let facts = graph.account(account);
        let tasks = facts.tasks.as_deref().map(view_tasks);
        AccountView {
            summary: account_summary(engine, account),
            members,
            links,
            facts: Account {
                changed_by: 0,
                registration: facts.registration.map(|registration| Registration {
                    device: None,
                    ..registration
                }),
                tasks: None,
                ..facts.clone()
            },
            tasks,
        }
    }
}

/// Weights like the shipped ones but for what `change` does to them.
pub fn other_weights(change: impl FnOnce(String) -> String) -> String {
    let text = change(WEIGHTS_TOML.replace("revision = \"", "revision = \"changed-"));
    EvidenceWeights::parse(&text).unwrap();
    assert_ne!(text, WEIGHTS_TOML);
    text
}
