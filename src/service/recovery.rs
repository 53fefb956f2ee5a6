//! Opening a store: the last checkpoint, then the journal's tail. Everything derived comes out as if
//! the process had never stopped.

use std::{collections::BTreeMap, ops::ControlFlow, path::Path, sync::Arc};

use super::{
    audit_sample::AuditSample,
    campaigns::apply_revision,
    clock::Clock,
    codec::{
        AccountSnapshot, CodecError, HeldSnapshot, IdentifierSnapshot, LedgerSnapshot, Stored,
        chunk, entry,
    },
    dead_letters::DeadLetters,
    engine::{Engine, Models, Parts},
    ledger::Ledger,
    refusal::Refusal,
    seats::Seats,
    verdicts::Verdicts,
};
use crate::{
    domain::{
        abuse::AbuseModel,
        campaign::{Campaign, RevisionRecord},
        clock::Timestamp,
        cohort::Cohorts,
        event::Event,
        evidence_weights::EvidenceWeights,
        graph::EntityGraph,
        same_user::{SameUser, StrongLink},
        verdict::{DecidedWith, RULES_VERSION, VerdictRecord},
    },
    journal::{CheckpointMeta, EventIndex, Journal, Positions, Reader, StoredEntry},
};

/// What is touched by the journal's tail is settled so often, which bounds its list.
const EVENTS_A_REFRESH: u64 = 1 << 16;

/// Chunks decoded ahead of what is built.
const CHUNKS_AHEAD: usize = 4;

/// What a store is opened with: texts, read by the roof.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The clock.
    pub clock: Clock,
    /// Tells the pseudonym key from others: a store belongs to one.
    pub key_check: [u8; 8],
    /// The evidence weights in force.
    pub weights_toml: String,
    /// The abuse model in force.
    pub model_json: String,
    /// The campaign that a new store is made with.
    pub campaign_toml: String,
    /// Accounts to make room for at once.
    pub expected_accounts: usize,
}

/// Opens or creates the store in a directory.
///
/// # Errors
/// Another process holds it; it is damaged; a newer release wrote it; a shipped file makes no sense.
pub fn open(directory: &Path, setup: &Setup) -> Result<(Engine, Journal), Refusal> {
    let (mut journal, _created) = Journal::open(directory)?;
    check_key(&mut journal, setup)?;
    let reader = journal.reader()?;
    let entries = read_entries(&reader)?;
    let last_verdict = reader.verdict(journal.positions().verdicts)?;
    let weights = EvidenceWeights::parse(&setup.weights_toml).map_err(damaged)?;
    let model = AbuseModel::parse(&setup.model_json).map_err(damaged)?;
    check_known(&entries.texts, &model, setup)?;
    let before = entries
        .in_force
        .last()
        .filter(|known| **known != model.revision);
    // Another model than the one that was in force is tried first.
    let (current, is_other) = match before {
        Some(before) => (entries.abuse_models[before].clone(), true),
        None => (model, false),
    };
    let mut parts = Parts {
        graph: EntityGraph::with_room_for(setup.expected_accounts),
        same_user: SameUser::default(),
        campaigns: entries.campaigns,
        seats: Seats::default(),
        dead_letters: entries.dead_letters,
        verdicts: Verdicts::new(journal.positions().verdicts),
        ledger: Ledger::default(),
        // Derived from the pseudonym key, so that it stays with the store and users can't know it.
        audit_sample: AuditSample::new(&setup.key_check),
        event_index: EventIndex::open(&reader)?,
        reader,
        clock: setup.clock,
        latest_event: Timestamp::default(),
        latest_verdict: last_verdict.map_or_else(Timestamp::default, |stored| {
            Timestamp::from_micros(stored.decided_at_us)
        }),
        positions: journal.positions(),
        models: Models {
            decided_with: Arc::new(DecidedWith {
                rules_version: RULES_VERSION.into(),
                weights_revision: weights.revision.clone(),
                model_revision: current.revision.clone(),
            }),
            abuse: entries.abuse_models,
            adopted: Vec::new(),
            kinds: weights.identifier_kinds(),
            weights,
        },
    };
    // Told by what stands in it: a crash may have come between making a store and its first commit.
    let is_new = parts.positions.entries == 0;
    let model_is_new = entries.in_force.is_empty();
    for revision in entries.in_force {
        if !parts.models.adopted.contains(&revision) {
            parts.models.adopted.push(revision);
        }
    }
    parts.models.adopt(current);
    let replay_from = restore_checkpoint(&mut parts, &journal)?;
    let mut engine = Engine::new(parts);
    replay_tail(&mut engine, &journal, replay_from)?;
    replay_decisions(&mut engine, entries.decisions)?;
    record_models(&mut engine, &entries.texts, setup, model_is_new);
    if is_other {
        engine.offer_model(&setup.model_json)?;
    }
    if is_new {
        engine.publish_shipped(&setup.campaign_toml)?;
    }
    let group = engine.take_group(Default::default());
    journal.commit(&group)?;
    engine.committed(journal.positions().verdicts, journal.take_new_filters());
    Ok((engine, journal))
}

const KEY_CHECK_SETTING: &str = "pseudonym_key_check";

fn check_key(journal: &mut Journal, setup: &Setup) -> Result<(), Refusal> {
    match journal.setting(KEY_CHECK_SETTING)? {
        None => Ok(journal.set_setting(KEY_CHECK_SETTING, &setup.key_check)?),
        Some(known) if known == setup.key_check => Ok(()),
        Some(_) => Err(Refusal::Damaged(
            "the pseudonym key is not the one this store was made with".into(),
        )),
    }
}

struct Entries {
    campaigns: BTreeMap<String, Campaign>,
    /// What people, billing and the ledger decided: applied once all facts are folded.
    decisions: Vec<StoredEntry>,
    abuse_models: BTreeMap<String, AbuseModel>,
    /// Revisions of abuse models by when they came into force, each time.
    in_force: Vec<String>,
    dead_letters: DeadLetters,
    /// (kind, revision) of every recorded model and weights file, with its text.
    texts: BTreeMap<(u8, String), Vec<u8>>,
}

fn read_entries(reader: &Reader) -> Result<Entries, Refusal> {
    let mut entries = Entries {
        campaigns: BTreeMap::new(),
        decisions: Vec::new(),
        abuse_models: BTreeMap::new(),
        in_force: Vec::new(),
        dead_letters: DeadLetters::default(),
        texts: BTreeMap::new(),
    };
    let mut problem = None;
    reader.for_each_entry(0, |stored| {
        let result = match stored.kind {
            entry::CAMPAIGN_REVISION => RevisionRecord::decode(&stored.record)
                .map_err(damaged)
                .and_then(|record| apply_revision(&mut entries.campaigns, record).map_err(damaged)),
            entry::ABUSE_MODEL | entry::EVIDENCE_WEIGHTS => {
                if stored.kind == entry::ABUSE_MODEL {
                    // A model that this release can't read any more is needed by `verify` alone.
                    if let Ok(model) = AbuseModel::parse(&String::from_utf8_lossy(&stored.record)) {
                        entries.abuse_models.insert(stored.subject.clone(), model);
                        entries.in_force.push(stored.subject.clone());
                    }
                }
                entries
                    .texts
                    .insert((stored.kind, stored.subject), stored.record);
                Ok(())
            }
            entry::DEAD_LETTER | entry::DEAD_LETTER_RESOLUTION => {
                entries.dead_letters.restore(&stored)
            }
            entry::STREAM_LOSS => Ok(()),
            entry::DISPOSITION..=entry::REVISION_AUTHOR | entry::FUSE => {
                entries.decisions.push(stored);
                Ok(())
            }
            kind => Err(Refusal::Damaged(format!(
                "journal entry {} has kind {kind}, which a newer release wrote",
                stored.seq
            ))),
        };
        stop_at(&mut problem, result)
    })?;
    problem.map_or(Ok(entries), Err)
}

/// Refuses a model file that says a revision which was used with other content.
fn check_known(
    texts: &BTreeMap<(u8, String), Vec<u8>>,
    model: &AbuseModel,
    setup: &Setup,
) -> Result<(), Refusal> {
    let recorded = texts.get(&(entry::ABUSE_MODEL, model.revision.clone()));
    match recorded {
        Some(text) if text != setup.model_json.as_bytes() => Err(Refusal::Damaged(format!(
            "the abuse model `{}` was changed without a new revision; the store used another one",
            model.revision
        ))),
        _ => Ok(()),
    }
}

/// Keeps every model and weights file that was ever used.
fn record_models(
    engine: &mut Engine,
    texts: &BTreeMap<(u8, String), Vec<u8>>,
    setup: &Setup,
    model_is_new: bool,
) {
    let now = engine.now().micros();
    let model_revision = engine.models.decided_with.model_revision.clone();
    if model_is_new {
        engine.positions.entries += 1;
        let text = setup.model_json.as_bytes();
        engine
            .group
            .push_entry(entry::ABUSE_MODEL, now, &model_revision, text);
    }
    let weights_revision = engine.models.weights.revision.clone();
    if !texts.contains_key(&(entry::EVIDENCE_WEIGHTS, weights_revision.clone())) {
        engine.positions.entries += 1;
        let text = setup.weights_toml.as_bytes();
        engine
            .group
            .push_entry(entry::EVIDENCE_WEIGHTS, now, &weights_revision, text);
    }
}

/// Loads the last checkpoint; answers where the tail begins.
fn restore_checkpoint(parts: &mut Parts, journal: &Journal) -> Result<Positions, Refusal> {
    let Some(checkpoint) = parts.reader.current_checkpoint()? else {
        return Ok(Positions::default());
    };
    let Some(ledger) = read_chunks::<LedgerSnapshot>(parts, &checkpoint, chunk::LEDGER)?.pop()
    else {
        return Ok(Positions::default());
    };
    if ledger.weights_revision != parts.models.weights.revision {
        // Derived with other weights: fold the whole journal again.
        return Ok(Positions::default());
    }
    let (accounts, identifiers, _) = ledger.counts;
    parts.graph.reserve(
        usize::try_from(accounts).unwrap_or_default(),
        usize::try_from(identifiers).unwrap_or_default(),
    );
    restore_graph(parts, journal, &checkpoint)?;
    for keys in read_chunks::<Vec<(u64, u64)>>(parts, &checkpoint, chunk::VERDICT_KEYS)? {
        for (hash, sequence) in keys {
            parts.verdicts.restore_key(hash, sequence);
        }
    }
    for held in read_chunks::<HeldSnapshot>(parts, &checkpoint, chunk::HELD)? {
        restore_held(parts, held);
    }
    parts.latest_event = ledger.latest_event;
    for (account, campaign, verdict) in ledger.strangers {
        let campaign = parts.ledger.held.campaign_number(&campaign);
        parts.ledger.hold_for_stranger(&account, campaign, verdict);
    }
    for (campaign, account, taken) in ledger.seats {
        if let Some(account) = parts.graph.find_account(&account) {
            parts.seats.take(&campaign, account, taken);
        }
    }
    Ok(checkpoint.begin)
}

fn restore_held(parts: &mut Parts, slice: HeldSnapshot) {
    let held = &mut parts.ledger.held;
    let numbers: Vec<u16> = slice
        .campaigns
        .iter()
        .map(|campaign| held.campaign_number(campaign))
        .collect();
    for (verdict, account, campaign, token_basis_points, answer) in slice.verdicts {
        if let Some(campaign) = numbers.get(usize::from(campaign)) {
            held.push(account, *campaign, (verdict, token_basis_points, answer));
        }
    }
}

/// Identifiers first, since links name them by index; the copy was made the other way round.
fn restore_graph(
    parts: &mut Parts,
    journal: &Journal,
    checkpoint: &CheckpointMeta,
) -> Result<(), Refusal> {
    let graph = &mut parts.graph;
    type Identifiers = Vec<IdentifierSnapshot>;
    decode_beside(
        journal,
        checkpoint,
        chunk::IDENTIFIERS,
        |_| {},
        |slice: Identifiers| {
            for identifier in slice {
                let (summary, told) = (identifier.summary, identifier.told);
                graph.restore_identifier(identifier.kind, identifier.pseudonym, summary, told);
            }
        },
    )?;
    let mut cohorts = Cohorts::default();
    graph.swap_cohorts(&mut cohorts);
    decode_beside(
        journal,
        checkpoint,
        chunk::ACCOUNTS,
        |slice: &Vec<AccountSnapshot>| {
            let registrations = slice.iter().filter_map(|it| it.facts.registration.as_ref());
            registrations.for_each(|registration| cohorts.add(registration));
        },
        |slice| {
            for AccountSnapshot { facts, links } in slice {
                graph.restore_account(facts, &links);
            }
        },
    )?;
    graph.swap_cohorts(&mut cohorts);
    let known = graph.account_count() as u32;
    let mut strong = Vec::new();
    type Links = Vec<(u32, u32, i32, bool)>;
    let nothing = |_: &Links| {};
    decode_beside(
        journal,
        checkpoint,
        chunk::STRONG_LINKS,
        nothing,
        |slice: Links| {
            // An account that came after the accounts were copied is in the journal's tail.
            let both_known = slice
                .into_iter()
                .filter(|(a, b, ..)| *a < known && *b < known);
            strong.extend(
                both_known.map(|(account, other, millibits, carries_blame)| {
                    (
                        account,
                        StrongLink {
                            other,
                            millibits,
                            carries_blame,
                        },
                    )
                }),
            );
        },
    )?;
    parts.same_user.restore(&parts.graph, strong);
    Ok(())
}

/// Reads and decodes chunks in a second thread, which looks at each first, while this one builds.
fn decode_beside<T: Stored + Send>(
    journal: &Journal,
    checkpoint: &CheckpointMeta,
    kind: u8,
    mut look: impl FnMut(&T) + Send,
    visit: impl FnMut(T),
) -> Result<(), Refusal> {
    let reader = journal.reader()?;
    std::thread::scope(|scope| {
        let (sender, decoded) = std::sync::mpsc::sync_channel(CHUNKS_AHEAD);
        let decoding = scope.spawn(move || {
            // A receiver that is gone has failed already.
            for_each_decoded(&reader, checkpoint, kind, |chunk| {
                look(&chunk);
                drop(sender.send(chunk));
            })
        });
        decoded.into_iter().for_each(visit);
        decoding
            .join()
            .unwrap_or_else(|_| Err(Refusal::Damaged("decoding a checkpoint panicked".into())))
    })
}

fn read_chunks<T: Stored>(
    parts: &Parts,
    checkpoint: &CheckpointMeta,
    kind: u8,
) -> Result<Vec<T>, Refusal> {
    let mut chunks = Vec::new();
    for_each_decoded(&parts.reader, checkpoint, kind, |chunk| chunks.push(chunk))?;
    Ok(chunks)
}

fn for_each_decoded<T: Stored>(
    reader: &Reader,
    checkpoint: &CheckpointMeta,
    kind: u8,
    mut visit: impl FnMut(T),
) -> Result<(), Refusal> {
    let mut problem = None;
    reader.for_each_chunk(checkpoint.pass, kind, |_, bytes| {
        stop_at(
            &mut problem,
            T::decode(bytes).map(&mut visit).map_err(damaged),
        )
    })?;
    problem.map_or(Ok(()), Err)
}

fn replay_tail(engine: &mut Engine, journal: &Journal, from: Positions) -> Result<(), Refusal> {
    // A reader of its own: the engine is changed while the journal is read.
    let reader = journal.reader()?;
    let mut problem = None;
    reader.for_each_event(from.events, |sequence, key, payload| {
        let event = Event::decode(payload)
            .map_err(|error| Refusal::Damaged(format!("event {sequence}: {error}")));
        let folded = event.map(|event| {
            engine.fold(key, &event, sequence);
            if sequence.is_multiple_of(EVENTS_A_REFRESH) {
                engine.refresh();
            }
        });
        stop_at(&mut problem, folded)
    })?;
    if let Some(problem) = problem {
        return Err(problem);
    }
    engine.refresh();
    let mut problem = None;
    reader.for_each_verdict(from.verdicts, |stored| {
        if stored.erased {
            return ControlFlow::Continue(());
        }
        let restored = VerdictRecord::decode(&stored.record)
            .map_err(|error| Refusal::Damaged(format!("verdict {}: {error}", stored.seq)))
            .and_then(|record| {
                engine.apply_seat(&record, stored.seq);
                engine.hold(&record, stored.seq);
                engine.remember_contradiction(&record);
                engine
                    .verdicts
                    .restore(stored.seq, &record.question, &reader)
            });
        stop_at(&mut problem, restored)
    })?;
    problem.map_or(Ok(()), Err)
}

/// Applies decisions in the order in which they were made. Assertions bind the users that all facts
/// make, so the order against events does not matter.
fn replay_decisions(engine: &mut Engine, decisions: Vec<StoredEntry>) -> Result<(), Refusal> {
    for stored in decisions {
        engine.apply_entry(stored.seq, stored.kind, &stored.record)?;
    }
    engine.ledger.doubt_corrected(&engine.graph);
    Ok(())
}

fn stop_at(problem: &mut Option<Refusal>, result: Result<(), Refusal>) -> ControlFlow<()> {
    match result {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => {
            *problem = Some(error);
            ControlFlow::Break(())
        }
    }
}

fn damaged(error: impl std::fmt::Display) -> Refusal {
    Refusal::Damaged(error.to_string())
}

impl From<CodecError> for Refusal {
    fn from(error: CodecError) -> Self {
        Refusal::Damaged(error.to_string())
    }
}
