//! `sameuser people`: who may sign in to the console.

use std::{
    io::{BufRead, IsTerminal},
    process::ExitCode,
};

use serde_json::json;

use super::{
    arguments::{PeopleCommand, PeopleStore, RoleName},
    failure::Failure,
    shipped,
};
use crate::{
    domain::person::{Role, SignIn},
    edge::console::password,
    service::{clock::Clock, refusal::Refusal, store::Store},
};

pub(super) fn people(command: PeopleCommand) -> Result<ExitCode, Failure> {
    match command {
        PeopleCommand::Add(add) => {
            let role = role(add.role);
            let sign_in = asked_for_password()?;
            change(&add.store, |store, author| {
                let engine = store.engine_mut();
                engine.add_person(&add.name, role, sign_in, author)
            })?;
            eprintln!("{} may sign in as {}", add.name, role.word());
        }
        PeopleCommand::SetPassword(named) => {
            let sign_in = asked_for_password()?;
            change(&named.store, |store, author| {
                let engine = store.engine_mut();
                engine.change_person(&named.name, None, Some(sign_in), author)
            })?;
            eprintln!("{} has a new password", named.name);
        }
        PeopleCommand::SetRole(set) => {
            let role = role(set.role);
            change(&set.store, |store, author| {
                let engine = store.engine_mut();
                engine.change_person(&set.name, Some(role), None, author)
            })?;
            eprintln!("{} signs in as {} from now on", set.name, role.word());
        }
        PeopleCommand::Remove(named) => {
            change(&named.store, |store, author| {
                store.engine_mut().remove_person(&named.name, author)
            })?;
            eprintln!("{} may sign in no more", named.name);
        }
        PeopleCommand::List(store) => {
            for (name, known) in open(&store)?.engine().staff().all() {
                println!(
                    "{}",
                    json!({"name": name, "role": known.person.role.word()})
                );
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn role(name: RoleName) -> Role {
    match name {
        RoleName::Analyst => Role::Analyst,
        RoleName::Lead => Role::Lead,
        RoleName::Administrator => Role::Administrator,
        RoleName::Auditor => Role::Auditor,
    }
}

fn open(store: &PeopleStore) -> Result<Store, Failure> {
    let key = store.pseudonym_key.as_deref();
    let pseudonymiser = shipped::pseudonymiser(&store.data, key, shipped::reference_data(None)?)?;
    let setup = shipped::setup(Clock::Wall, &pseudonymiser);
    Ok(Store::open(&store.data, &setup)?)
}

fn change(
    at: &PeopleStore,
    change: impl FnOnce(&mut Store, &str) -> Result<(), Refusal>,
) -> Result<(), Failure> {
    let mut store = open(at)?;
    // The system's word for who typed it; it stands in the audit.
    let user = std::env::var("USER").unwrap_or_else(|_| "somebody".into());
    change(&mut store, &format!("{user}, at the command line"))?;
    Ok(store.commit()?)
}

/// Asks for a password at a terminal, twice; else reads one line of standard input.
fn asked_for_password() -> Result<SignIn, Failure> {
    let typed = if std::io::stdin().is_terminal() {
        let once = rpassword::prompt_password("Password: ")?;
        if rpassword::prompt_password("Once more: ")? != once {
            return Err(Failure::Usage("the two passwords differ".into()));
        }
        once
    } else {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        line.trim_end_matches(['\n', '\r']).into()
    };
    if let Some(fault) = password::fault(&typed) {
        return Err(Failure::Usage(format!("the password {fault}")));
    }
    let hash = password::hash(&typed)
        .map_err(|error| Failure::Failed(format!("hash the password: {error}")))?;
    Ok(SignIn::Password { hash })
}
