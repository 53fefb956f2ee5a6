//! People who sign in, as messages.

use super::{console::password, proto::v1};
use crate::{
    domain::person::{Role, SignIn},
    service::{engine::Engine, refusal::Refusal},
};

/// A role as messages say it.
pub fn role_said(role: Role) -> v1::Role {
    match role {
        Role::Analyst => v1::Role::Analyst,
        Role::Lead => v1::Role::Lead,
        Role::Administrator => v1::Role::Administrator,
        Role::Auditor => v1::Role::Auditor,
    }
}

/// A role that a message says; `None`: it says none.
pub fn role(said: v1::Role) -> Option<Role> {
    Role::ALL.into_iter().find(|role| role_said(*role) == said)
}

/// A password as it is kept; `None`: the message says none. Takes tens of milliseconds: not on a thread that
/// serves.
///
/// # Errors
/// It is too short or too long; the system has no random bytes.
pub fn sign_in(password: &str) -> Result<Option<SignIn>, Refusal> {
    if password.is_empty() {
        return Ok(None);
    }
    if let Some(fault) = password::fault(password) {
        return Err(Refusal::field("password", fault));
    }
    let hash = password::hash(password)
        .map_err(|_| Refusal::Unavailable("no random bytes for a password's salt"))?;
    Ok(Some(SignIn::Password { hash }))
}

/// Everybody who may sign in.
pub fn list_people(engine: &Engine) -> v1::ListPeopleResponse {
    let people = engine.staff().all().map(|(name, known)| v1::Person {
        name: name.into(),
        role: role_said(known.person.role).into(),
    });
    v1::ListPeopleResponse {
        people: people.collect(),
    }
}

fn person(engine: &Engine, name: &str) -> Option<v1::Person> {
    let known = engine.staff().get(name)?;
    Some(v1::Person {
        name: name.into(),
        role: role_said(known.person.role).into(),
    })
}

/// Adds a person.
///
/// # Errors
/// Role or password is missing; see [`Engine::add_person`].
pub fn add_person(
    engine: &mut Engine,
    request: &v1::AddPersonRequest,
    sign_in: Option<SignIn>,
) -> Result<v1::AddPersonResponse, Refusal> {
    let role = role(request.role()).ok_or_else(|| Refusal::field("role", "is required"))?;
    let sign_in = sign_in.ok_or_else(|| Refusal::field("password", "is required"))?;
    engine.add_person(&request.name, role, sign_in, &request.author)?;
    Ok(v1::AddPersonResponse {
        person: person(engine, &request.name),
    })
}

/// Changes a person.
///
/// # Errors
/// See [`Engine::change_person`].
pub fn change_person(
    engine: &mut Engine,
    request: &v1::ChangePersonRequest,
    sign_in: Option<SignIn>,
) -> Result<v1::ChangePersonResponse, Refusal> {
    let role = role(request.role());
    engine.change_person(&request.name, role, sign_in, &request.author)?;
    Ok(v1::ChangePersonResponse {
        person: person(engine, &request.name),
    })
}

/// Removes a person.
///
/// # Errors
/// See [`Engine::remove_person`].
pub fn remove_person(
    engine: &mut Engine,
    request: &v1::RemovePersonRequest,
) -> Result<v1::RemovePersonResponse, Refusal> {
    engine.remove_person(&request.name, &request.author)?;
    Ok(v1::RemovePersonResponse {})
}
