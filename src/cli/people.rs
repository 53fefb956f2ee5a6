//! `sameuser people`: who may sign in to the console.

use std::{
    io::{BufRead, IsTerminal},
    process::ExitCode,
};

use serde_json::json;

use super::{
    arguments::{PeopleCommand, RoleName, Target},
    client::Client,
    failure::Failure,
    shipped,
};
use crate::{
    edge::{console::password, people, proto::v1},
    service::{clock::Clock, store::Store},
};

const DEFAULT_DATA: &str = "./data";

/// A store that no server holds, or a server.
enum Place {
    Store(Box<Store>),
    Server(Box<Client>),
}

pub(super) async fn people(command: PeopleCommand) -> Result<ExitCode, Failure> {
    match command {
        PeopleCommand::Add(add) => {
            let request = v1::AddPersonRequest {
                name: add.name,
                role: role(add.role).into(),
                password: asked_for_password()?,
                author: author(),
            };
            open(&add.target).await?.add(request).await?;
        }
        PeopleCommand::SetPassword(named) => {
            let request = v1::ChangePersonRequest {
                name: named.name,
                password: asked_for_password()?,
                author: author(),
                ..v1::ChangePersonRequest::default()
            };
            open(&named.target).await?.change(request).await?;
        }
        PeopleCommand::SetRole(set) => {
            let request = v1::ChangePersonRequest {
                name: set.name,
                role: role(set.role).into(),
                author: author(),
                ..v1::ChangePersonRequest::default()
            };
            open(&set.target).await?.change(request).await?;
        }
        PeopleCommand::Remove(named) => {
            let request = v1::RemovePersonRequest {
                name: named.name,
                author: author(),
            };
            open(&named.target).await?.remove(request).await?;
        }
        PeopleCommand::List(target) => {
            for person in open(&target).await?.list().await?.people {
                let role = people::role(person.role()).map(|role| role.word());
                println!("{}", json!({"name": person.name, "role": role}));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

impl Place {
    async fn list(&mut self) -> Result<v1::ListPeopleResponse, Failure> {
        match self {
            Place::Store(store) => Ok(people::list_people(store.engine())),
            Place::Server(client) => {
                let listed = client.people.list_people(v1::ListPeopleRequest {});
                Ok(listed.await?.into_inner())
            }
        }
    }

    async fn add(&mut self, request: v1::AddPersonRequest) -> Result<(), Failure> {
        match self {
            Place::Store(store) => {
                let sign_in = people::sign_in(&request.password)?;
                people::add_person(store.engine_mut(), &request, sign_in)?;
                store.commit()?;
            }
            Place::Server(client) => drop(client.people.add_person(request).await?),
        }
        Ok(())
    }

    async fn change(&mut self, request: v1::ChangePersonRequest) -> Result<(), Failure> {
        match self {
            Place::Store(store) => {
                let sign_in = people::sign_in(&request.password)?;
                people::change_person(store.engine_mut(), &request, sign_in)?;
                store.commit()?;
            }
            Place::Server(client) => drop(client.people.change_person(request).await?),
        }
        Ok(())
    }

    async fn remove(&mut self, request: v1::RemovePersonRequest) -> Result<(), Failure> {
        match self {
            Place::Store(store) => {
                people::remove_person(store.engine_mut(), &request)?;
                store.commit()?;
            }
            Place::Server(client) => drop(client.people.remove_person(request).await?),
        }
        Ok(())
    }
}

async fn open(target: &Target) -> Result<Place, Failure> {
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
    let setup = shipped::setup(Clock::Wall, &pseudonymiser);
    Ok(Place::Store(Box::new(Store::open(&data, &setup)?)))
}

fn role(name: RoleName) -> v1::Role {
    match name {
        RoleName::Analyst => v1::Role::Analyst,
        RoleName::Lead => v1::Role::Lead,
        RoleName::Administrator => v1::Role::Administrator,
        RoleName::Auditor => v1::Role::Auditor,
    }
}

/// The system's word for who typed it; it stands in the audit.
fn author() -> String {
    let user = std::env::var("USER").unwrap_or_else(|_| "somebody".into());
    format!("{user}, at the command line")
}

/// Asks for a password at a terminal, twice; else reads one line of standard input.
fn asked_for_password() -> Result<String, Failure> {
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
    match password::fault(&typed) {
        Some(fault) => Err(Failure::Usage(format!("the password {fault}"))),
        None => Ok(typed),
    }
}
