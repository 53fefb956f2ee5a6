//! Stores for the benches, made once and kept in `bench-data` beside the build.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use sameuser::{
    edge::{intake, proto::v1, pseudonym::Pseudonymiser},
    service::{clock::Clock, engine::Arrival, recovery::Setup, store::Store},
};

use super::{Failure, population};

/// The key of every bench store.
const KEY: [u8; 32] = [7; 32];
/// Says that a store was finished; its content, which release of the population it holds.
const MARK: &str = "complete";
const POPULATION_VERSION: &str = "3";

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
pub fn arrival(event: &v1::Event, pseudonymiser: &Pseudonymiser) -> Result<Arrival, Failure> {
    Ok(intake::arrival(event, pseudonymiser)?)
}

/// The store of so many accounts with so many events each; made if it is not there yet.
pub fn prepared(accounts: u64, events_each: u64) -> Result<PathBuf, Failure> {
    let path = directory().join(format!("accounts-{accounts}-events-{events_each}"));
    let mark = path.join(MARK);
    let is_good = fs::read_to_string(&mark).is_ok_and(|known| known == POPULATION_VERSION)
        && Store::open(&path, &setup(accounts as usize)).is_ok();
    if is_good {
        return Ok(path);
    }
    eprintln!("making {} once", path.display());
    if path.exists() {
        fs::remove_dir_all(&path)?;
    }
    make(&path, accounts, events_each)?.close()?;
    fs::write(mark, POPULATION_VERSION)?;
    Ok(path)
}

/// Makes a store; every account's first event comes before any account's second.
pub fn make(path: &Path, accounts: u64, events_each: u64) -> Result<Store, Failure> {
    fs::create_dir_all(path)?;
    let hex: String = KEY.iter().map(|byte| format!("{byte:02x}")).collect();
    fs::write(path.join("pseudonym.key"), hex)?;
    let keyed = pseudonymiser();
    let mut store = Store::open(path, &setup(accounts as usize))?;
    let began = Instant::now();
    for number in 0..events_each {
        for account in 0..accounts {
            let event = population::event(account, number);
            store.observe(&arrival(&event, &keyed)?)?;
            if store.is_group_full() {
                store.commit()?;
            }
        }
        let seconds = began.elapsed().as_secs_f64();
        eprintln!(
            "  {} of {events_each} events each, {seconds:.0} s",
            number + 1
        );
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
