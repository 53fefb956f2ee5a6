//! What the program ships with, and a store's pseudonym key.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::failure::Failure;
use crate::{
    edge::{
        pseudonym::{KEY_BYTES, Pseudonymiser},
        reference::ReferenceData,
    },
    journal::STORE_FILE,
    service::{clock::Clock, recovery::Setup},
};

const WEIGHTS_TOML: &str = include_str!("../../models/evidence-weights.toml");
const MODEL_JSON: &str = include_str!("../../models/abuse-model.json");
const NETWORKS: &[u8] = include_bytes!("../../models/reference/networks.txt.zst");
const NUMBERS: &[u8] = include_bytes!("../../models/reference/numbers.txt.zst");
pub(super) const CAMPAIGN_TOML: &str =
    include_str!("../../campaigns/kimi-work-desktop-2026-06.toml");
/// The name of the key in a store's directory.
pub(super) const KEY_FILE: &str = "pseudonym.key";

/// What a store is opened with.
pub(super) fn setup(clock: Clock, pseudonymiser: &Pseudonymiser) -> Setup {
    Setup {
        clock,
        key_check: pseudonymiser.key_check(),
        weights_toml: WEIGHTS_TOML.into(),
        model_json: MODEL_JSON.into(),
        campaign_toml: CAMPAIGN_TOML.into(),
        expected_accounts: 0,
    }
}

/// The evidence weights of a file, or those that the program ships with.
pub(super) fn weights(path: Option<&Path>) -> Result<String, Failure> {
    match path {
        Some(path) => fs::read_to_string(path).map_err(Failure::file("read", path)),
        None => Ok(WEIGHTS_TOML.into()),
    }
}

/// Reads a store's pseudonym key, or makes it where there is no store yet.
pub(super) fn pseudonymiser(
    data: &Path,
    given: Option<&Path>,
    reference: ReferenceData,
) -> Result<Pseudonymiser, Failure> {
    let path = given.map_or_else(|| data.join(KEY_FILE), PathBuf::from);
    if !path.exists() {
        if given.is_some() {
            return Err(Failure::Usage(format!(
                "no pseudonym key in {}",
                path.display()
            )));
        }
        if data.join(STORE_FILE).exists() {
            return Err(Failure::Failed(format!(
                "the store in {} has lost its pseudonym key {KEY_FILE}; bring it back, or give it \
                 with --pseudonym-key: with another key no identifier would be recognised",
                data.display()
            )));
        }
        make_key(data, &path)?;
    }
    let text = fs::read_to_string(&path).map_err(Failure::file("read", &path))?;
    let key = read_key(text.trim()).ok_or_else(|| {
        Failure::Failed(format!(
            "{} holds no pseudonym key: {} hexadecimal digits are expected",
            path.display(),
            KEY_BYTES * 2
        ))
    })?;
    Ok(Pseudonymiser::new(&key, Arc::new(reference)))
}

/// The reference data of a directory with `networks.txt` and `numbers.txt`, or what the program ships with.
pub(super) fn reference_data(directory: Option<&Path>) -> Result<ReferenceData, Failure> {
    let [networks, numbers] = match directory {
        Some(directory) => ["networks.txt", "numbers.txt"].map(|name| {
            let path = directory.join(name);
            fs::read_to_string(&path).map_err(Failure::file("read", &path))
        }),
        None => [NETWORKS, NUMBERS].map(|packed| {
            let text = zstd::decode_all(packed)
                .and_then(|bytes| String::from_utf8(bytes).map_err(std::io::Error::other));
            text.map_err(|error| Failure::Failed(format!("shipped reference data: {error}")))
        }),
    };
    ReferenceData::parse(&networks?, &numbers?)
        .map_err(|error| Failure::Usage(format!("reference data: {error}")))
}

fn make_key(data: &Path, path: &Path) -> Result<(), Failure> {
    let mut key = [0; KEY_BYTES];
    getrandom::fill(&mut key).map_err(Failure::file("make a key for", data))?;
    fs::create_dir_all(data).map_err(Failure::file("create", data))?;
    let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    write_key(path, &hex)
}

/// Writes a key file that only its owner reads, durably: without it the store is worth nothing.
pub(super) fn write_key(path: &Path, hex: &str) -> Result<(), Failure> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(Failure::file("create", path))?;
    writeln!(file, "{hex}")
        .and_then(|()| file.sync_all())
        .map_err(Failure::file("write", path))?;
    let directory = path.parent().unwrap_or(Path::new("."));
    fs::File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(Failure::file("sync", directory))
}

fn read_key(hex: &str) -> Option<[u8; KEY_BYTES]> {
    let mut key = [0; KEY_BYTES];
    if hex.len() != KEY_BYTES * 2 || !hex.is_ascii() {
        return None;
    }
    for (byte, digits) in key.iter_mut().zip(hex.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(key)
}
