//! `sameuser dead-letters`.

use std::{
    collections::BTreeSet,
    fs,
    io::{self, BufWriter, Write},
    ops::ControlFlow,
    path::Path,
    process::ExitCode,
};

use serde::Serialize;
use serde_json::json;

use super::{
    arguments::{
        self, DeadLettersCommand, ReplayLettersArguments, ResolveArguments, ShowArguments,
    },
    client::Client,
    failure::Failure,
    shipped,
};
use crate::{
    edge::{convert::from_proto, json_lines, letters, proto::v1, pseudonym::Pseudonymiser},
    journal::Reader,
    service::{
        clock::Clock,
        codec::{Stored, entry},
        dead_letters::{DeadLetter, DeadLetterResolution, Resolution},
        engine::Observed,
        refusal::Refusal,
        store::Store,
        stream::EntryId,
    },
};

const DEFAULT_DATA: &str = "./data";
const DEFAULT_STREAM: &str = "sameuser:events";
const LETTERS_A_PAGE: i32 = 1000;

/// What a replay or a discarding prints.
#[derive(Default, Serialize)]
struct Summary {
    resolved: u64,
    duplicate: u64,
    refused: u64,
}

/// What is done with a letter.
enum Deed {
    Replay(Option<Box<v1::Event>>),
    Discard,
}

/// A store that no server holds, or a server.
enum Place {
    Store(Box<Store>, Pseudonymiser),
    Server(Box<Client>),
}

pub(super) async fn dead_letters(command: DeadLettersCommand) -> Result<ExitCode, Failure> {
    match command {
        DeadLettersCommand::List(target) => list(&target).await,
        DeadLettersCommand::Show(arguments) => show(&arguments),
        DeadLettersCommand::Replay(ReplayLettersArguments { which, with }) => {
            let corrected = with.as_deref().map(read_event).transpose()?;
            if corrected.is_some() && which.entries.len() != 1 {
                let message = "--with corrects one letter: name one entry";
                return Err(Failure::Usage(message.into()));
            }
            resolve(&which, &Deed::Replay(corrected.map(Box::new))).await
        }
        DeadLettersCommand::Discard(which) => resolve(&which, &Deed::Discard).await,
    }
}

fn read_event(path: &Path) -> Result<v1::Event, Failure> {
    let text = fs::read(path).map_err(Failure::file("read", path))?;
    json_lines::event(text.trim_ascii())
        .map_err(|refusal| Failure::Usage(format!("{}: {refusal}", path.display())))
}

async fn list(target: &arguments::Target) -> Result<ExitCode, Failure> {
    let letters = match &target.server {
        Some(url) => list_server(&mut Client::connect(url, target).await?).await?,
        None => {
            let data = target.data.clone().unwrap_or_else(|| DEFAULT_DATA.into());
            let open = open_letters(&data)?;
            open.into_iter().map(letters::message).collect()
        }
    };
    let mut output = BufWriter::new(io::stdout().lock());
    for letter in letters {
        let received_at = letter.received_at.as_ref().map(from_proto);
        let line = json!({
            "stream": letter.stream,
            "entry_id": letter.entry_id,
            "received_at": received_at,
            "reason": letter.reason,
            "error": letter.error,
            "entry_bytes": letter.entry_bytes,
        });
        writeln!(output, "{line}")?;
    }
    output.flush()?;
    Ok(ExitCode::SUCCESS)
}

async fn list_server(client: &mut Client) -> Result<Vec<v1::DeadLetter>, Failure> {
    let mut letters = Vec::new();
    let mut request = v1::ListDeadLettersRequest {
        page_size: LETTERS_A_PAGE,
        page_token: String::new(),
    };
    loop {
        let page = client.events.list_dead_letters(request.clone()).await?;
        let page = page.into_inner();
        letters.extend(page.dead_letters);
        if page.next_page_token.is_empty() {
            return Ok(letters);
        }
        request.page_token = page.next_page_token;
    }
}

/// Reads the journal beside whoever holds the store.
fn open_letters(data: &Path) -> Result<Vec<DeadLetter>, Failure> {
    let reader = Reader::open(data)?;
    let (mut letters, mut resolved) = (Vec::new(), BTreeSet::new());
    let mut problem = None;
    reader.for_each_entry(0, |stored| {
        let read = match stored.kind {
            entry::DEAD_LETTER => {
                DeadLetter::decode(&stored.record).map(|letter| letters.push(letter))
            }
            entry::DEAD_LETTER_RESOLUTION => DeadLetterResolution::decode(&stored.record)
                .map(|end| resolved.extend([(end.stream, end.entry)])),
            _ => Ok(()),
        };
        match read {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                problem = Some(error);
                ControlFlow::Break(())
            }
        }
    })?;
    if let Some(problem) = problem {
        return Err(Refusal::from(problem).into());
    }
    letters.retain(|letter| !resolved.contains(&(letter.stream.clone(), letter.entry)));
    Ok(letters)
}

fn show(arguments: &ShowArguments) -> Result<ExitCode, Failure> {
    let wanted: EntryId = arguments
        .entry
        .parse()
        .map_err(|refusal: Refusal| Failure::Usage(refusal.to_string()))?;
    let letters = open_letters(&arguments.data)?;
    let letter = letters
        .into_iter()
        .find(|letter| letter.entry == wanted && letter.stream == arguments.stream);
    let letter = letter.ok_or_else(|| {
        Failure::Failed(format!(
            "there is no open dead letter {wanted} of {}",
            arguments.stream
        ))
    })?;
    // Opening needs the key alone, no lists.
    let key = arguments.pseudonym_key.as_deref();
    let pseudonymiser = shipped::pseudonymiser(&arguments.data, key, Default::default())?;
    let original = letters::original(&letter, &pseudonymiser)?;
    if (original.len() as u64) < letter.bytes {
        eprintln!("cut: the original has {} bytes", letter.bytes);
    }
    io::stdout().lock().write_all(&original)?;
    Ok(ExitCode::SUCCESS)
}

async fn resolve(which: &ResolveArguments, deed: &Deed) -> Result<ExitCode, Failure> {
    let mut place = Place::open(&which.target).await?;
    let letters = match which.all {
        true => place.open_letters().await?,
        false => {
            let stream = which.stream.as_deref().unwrap_or(DEFAULT_STREAM);
            let entries = which.entries.iter();
            entries
                .map(|entry| (stream.to_string(), entry.clone()))
                .collect()
        }
    };
    let mut summary = Summary::default();
    for (stream, entry) in letters {
        match place.resolve(&stream, &entry, deed).await {
            Ok(duplicate) => {
                summary.resolved += 1;
                summary.duplicate += u64::from(duplicate);
            }
            Err(failure) => {
                summary.refused += 1;
                eprintln!("{stream} {entry}: {failure}");
            }
        }
    }
    place.close()?;
    println!(
        "{}",
        serde_json::to_string(&summary).expect("a summary is JSON")
    );
    Ok(if summary.refused == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

impl Place {
    async fn open(target: &arguments::Target) -> Result<Self, Failure> {
        if let Some(url) = &target.server {
            let client = Client::connect(url, target).await?;
            return Ok(Place::Server(Box::new(client)));
        }
        let data = target.data.clone().unwrap_or_else(|| DEFAULT_DATA.into());
        let pseudonymiser = shipped::pseudonymiser(
            &data,
            target.pseudonym_key.as_deref(),
            shipped::reference_data(target.reference_data.as_deref())?,
        )?;
        let store = Store::open(&data, &shipped::setup(Clock::Events, &pseudonymiser))?;
        Ok(Place::Store(Box::new(store), pseudonymiser))
    }

    async fn open_letters(&mut self) -> Result<Vec<(String, String)>, Failure> {
        Ok(match self {
            Place::Server(client) => list_server(client)
                .await?
                .into_iter()
                .map(|letter| (letter.stream, letter.entry_id))
                .collect(),
            Place::Store(store, _) => store
                .engine()
                .open_dead_letters(0, usize::MAX)?
                .into_iter()
                .map(|(_, letter)| (letter.stream, letter.entry.to_string()))
                .collect(),
        })
    }

    /// Answers whether the event was known already.
    async fn resolve(&mut self, stream: &str, entry: &str, deed: &Deed) -> Result<bool, Failure> {
        let (stream_name, entry_id) = (stream.to_string(), entry.to_string());
        match (self, deed) {
            (Place::Server(client), Deed::Replay(event)) => {
                let request = v1::ReplayDeadLetterRequest {
                    stream: stream_name,
                    entry_id,
                    event: event.as_deref().cloned(),
                };
                let answer = client.events.replay_dead_letter(request).await?;
                Ok(answer.into_inner().duplicate)
            }
            (Place::Server(client), Deed::Discard) => {
                let request = v1::DiscardDeadLetterRequest {
                    stream: stream_name,
                    entry_id,
                };
                client.events.discard_dead_letter(request).await?;
                Ok(false)
            }
            (Place::Store(store, pseudonymiser), Deed::Replay(event)) => {
                let entry: EntryId = entry.parse()?;
                let letter = store.engine().dead_letter(stream, entry)?;
                let arrival = letters::arrival(&letter, event.as_deref().cloned(), pseudonymiser)?;
                let engine = store.engine_mut();
                let observed = engine.replay_dead_letter(stream, entry, &arrival)?;
                store.commit()?;
                Ok(observed == Observed::Duplicate)
            }
            (Place::Store(store, _), Deed::Discard) => {
                let entry: EntryId = entry.parse()?;
                let engine = store.engine_mut();
                engine.resolve_dead_letter(stream, entry, Resolution::Discarded)?;
                store.commit()?;
                Ok(false)
            }
        }
    }

    fn close(self) -> Result<(), Failure> {
        match self {
            Place::Store(store, _) => Ok(store.close()?),
            Place::Server(_) => Ok(()),
        }
    }
}
