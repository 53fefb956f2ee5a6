//! Stores for the benches, made once and kept in `bench-data` beside the build.

use std::{
    collections::{HashSet, VecDeque},
    fs::{self, File},
    io::{BufRead, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
    time::Instant,
};

use sameuser::{
    domain::evidence_weights::EvidenceWeights,
    edge::{intake, proto::v1, pseudonym::Pseudonymiser},
    service::{clock::Clock, codec::chunk, engine::Arrival, recovery::Setup, store::Store},
};

use sameuser::lab::simulate::Profile;

use super::{
    Failure,
    simulated::{Arrivals, arrivals},
};

/// The key of every bench store.
const KEY: [u8; 32] = [7; 32];
/// Says that a store was finished; its content, which release of the world it holds.
const MARK: &str = "complete";
const WORLD_VERSION: &str = "2";
const SEED: u64 = 1;
/// The last events of a world are held back for benches to take in, at most so many, and no more than
/// so many for each account.
const HELD_BACK: u64 = 400_000;
const HELD_BACK_AN_ACCOUNT: u64 = 2;
/// Progress is told after so many events.
const TOLD_EVERY: u64 = 1_000_000;

/// The pseudonyms of the bench stores.
pub fn pseudonymiser() -> Pseudonymiser {
    Pseudonymiser::new(&KEY, Default::default())
}

/// What a bench store is opened with.
pub fn setup(expected_accounts: usize) -> Setup {
    Setup {
        clock: Clock::Events,
        key_check: pseudonymiser().key_check(),
        weights_toml: include_str!("../../models/evidence-weights.toml").into(),
        model_json: include_str!("../../models/abuse-model.json").into(),
        campaign_toml: include_str!("../../campaigns/kimi-work-desktop-2026-06.toml").into(),
        expected_accounts,
    }
}

/// Where the benches keep what is slow to make.
pub fn directory() -> PathBuf {
    let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
    temporary.parent().unwrap_or(temporary).join("bench-data")
}

/// A number from the environment, for shorter or longer runs.
pub fn setting(name: &str, default: u64) -> u64 {
    let said = std::env::var(name).ok();
    said.and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// Accounts of the large store.
pub fn accounts() -> u64 {
    setting("SAMEUSER_BENCH_ACCOUNTS", 1_000_000)
}

/// Rounds of which the median counts.
pub fn rounds() -> u64 {
    setting("SAMEUSER_BENCH_ROUNDS", 5)
}

/// A message as the store takes it in.
pub fn arrival(event: v1::Event, pseudonymiser: &Pseudonymiser) -> Result<Arrival, Failure> {
    Ok(intake::arrival(event, pseudonymiser)?)
}

/// A simulated world: a store that holds all of its events but the last ones, those, and who asks.
pub struct World {
    directory: PathBuf,
}

/// The world of so many accounts with few events each; made if it is not there yet.
pub fn world(accounts: u64) -> Result<World, Failure> {
    let world = World {
        directory: directory().join(format!("world-{accounts}")),
    };
    let mark = world.directory.join(MARK);
    let setup = setup(accounts as usize);
    // A checkpoint of another form, or made with other evidence weights, is not read: opening would fold the
    // whole journal.
    let weights = EvidenceWeights::parse(&setup.weights_toml)?.revision;
    let made_with = format!("{WORLD_VERSION} {weights} {}", chunk::LEDGER);
    let known = fs::read_to_string(&mark).unwrap_or_default();
    if known.split(' ').next() == Some(WORLD_VERSION)
        && let Ok(store) = Store::open(&world.store(), &setup)
    {
        if known != made_with {
            eprintln!("renewing the checkpoint in {}", world.directory.display());
            store.close()?;
            fs::write(mark, made_with)?;
        }
        return Ok(world);
    }
    eprintln!("making {} once", world.directory.display());
    if world.directory.exists() {
        fs::remove_dir_all(&world.directory)?;
    }
    world.make(accounts)?;
    fs::write(mark, made_with)?;
    Ok(world)
}

impl World {
    /// The store's directory.
    pub fn store(&self) -> PathBuf {
        self.directory.join("store")
    }

    fn next(&self) -> PathBuf {
        self.directory.join("next.jsonl")
    }

    fn askers_path(&self) -> PathBuf {
        self.directory.join("askers")
    }

    /// The ids of the accounts that ever asked, each once.
    pub fn askers(&self) -> Result<Vec<String>, Failure> {
        let ids = fs::read_to_string(self.askers_path())?;
        Ok(ids.lines().map(str::to_string).collect())
    }

    /// Lines of events that come after those in the store; the n-th `count` of them.
    pub fn next_lines(&self, n: u64, count: u64) -> Result<Vec<String>, Failure> {
        let lines = BufReader::new(File::open(self.next())?).lines();
        let lines = lines.skip((n * count) as usize).take(count as usize);
        let lines: Vec<String> = lines.collect::<Result<_, _>>()?;
        if lines.len() < count as usize {
            return Err("the world has no more events: fewer rounds, or more accounts".into());
        }
        Ok(lines)
    }

    fn make(&self, accounts: u64) -> Result<(), Failure> {
        fs::create_dir_all(&self.directory)?;
        let checks = self.directory.join("checks.jsonl");
        let writer = BufWriter::new(File::create(&checks)?);
        let mut arrivals = arrivals(accounts, SEED, Profile::Sparse, Box::new(writer))?;
        let mut held_back = HeldBack {
            most: HELD_BACK.min(accounts * HELD_BACK_AN_ACCOUNT) as usize,
            arrivals: &mut arrivals,
            lines: VecDeque::new(),
        };
        let events = held_back
            .by_ref()
            .map(|line| Ok(serde_json::from_str(&line?)?));
        fill(&self.store(), accounts, events)?.close()?;
        let mut next = BufWriter::new(File::create(self.next())?);
        for line in held_back.lines {
            writeln!(next, "{line}")?;
        }
        next.flush()?;
        let mut known = HashSet::new();
        let mut askers = BufWriter::new(File::create(self.askers_path())?);
        for line in BufReader::new(File::open(&checks)?).lines() {
            let check: v1::CheckDiscountRequest = serde_json::from_str(&line?)?;
            if !known.contains(&check.account_id) {
                writeln!(askers, "{}", check.account_id)?;
                known.insert(check.account_id);
            }
        }
        askers.flush()?;
        Ok(fs::remove_file(checks)?)
    }
}

/// All lines but the last ones, which stay in it.
struct HeldBack<'a> {
    most: usize,
    arrivals: &'a mut Arrivals,
    lines: VecDeque<String>,
}

impl Iterator for HeldBack<'_> {
    type Item = Result<String, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.lines.len() <= self.most {
            match self.arrivals.next()? {
                Ok(line) => self.lines.push_back(line),
                Err(error) => return Some(Err(error)),
            }
        }
        self.lines.pop_front().map(Ok)
    }
}

/// Makes a store of events.
pub fn fill(
    path: &Path,
    accounts: u64,
    events: impl Iterator<Item = Result<v1::Event, Failure>>,
) -> Result<Store, Failure> {
    fs::create_dir_all(path)?;
    let hex: String = KEY.iter().map(|byte| format!("{byte:02x}")).collect();
    fs::write(path.join("pseudonym.key"), hex)?;
    let keyed = pseudonymiser();
    let mut store = Store::open(path, &setup(accounts as usize))?;
    let began = Instant::now();
    let mut taken = 0;
    for event in events {
        store.observe(&arrival(event?, &keyed)?)?;
        if store.is_group_full() {
            store.commit()?;
        }
        taken += 1;
        if taken % TOLD_EVERY == 0 {
            eprintln!("  {taken} events, {:.0} s", began.elapsed().as_secs_f64());
        }
    }
    store.commit()?;
    Ok(store)
}

/// A copy of a store to write to; gone when dropped.
pub struct Copy {
    /// Its directory.
    pub path: PathBuf,
}

impl Copy {
    /// Copies a closed store.
    pub fn of(store: &Path) -> Result<Self, Failure> {
        let path = directory().join(format!("copy-{}", std::process::id()));
        fs::create_dir_all(&path)?;
        let copy = Copy { path };
        for entry in fs::read_dir(store)? {
            let entry = entry?;
            fs::copy(entry.path(), copy.path.join(entry.file_name()))?;
        }
        // What the copy leaves to be written back must not slow the run.
        fs::File::open(copy.path.join("sameuser.db"))?.sync_all()?;
        Ok(copy)
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        // A leftover costs space and nothing else.
        let _left = fs::remove_dir_all(&self.path);
    }
}
