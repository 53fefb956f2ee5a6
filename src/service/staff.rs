//! The people who may sign in. Rebuilt from the journal; who they are when a session is used is asked
//! here each time, so that a change binds at once.

use std::collections::BTreeMap;

use super::{
    codec::{Stored, entry},
    engine::Engine,
    refusal::{Refusal, check_words},
};
use crate::domain::person::{Person, PersonChange, RevisionAuthor, Role, SignIn, name_fault};

/// People that one store may have.
pub const PEOPLE_AT_MOST: usize = 10_000;

/// A person, and the entry that made them so: a session of an earlier one counts no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The entry.
    pub sequence: u64,
    /// The person.
    pub person: Person,
}

/// Everybody who may sign in, by name.
#[derive(Default)]
pub struct Staff {
    by_name: BTreeMap<String, Known>,
}

impl Staff {
    /// Somebody by name.
    pub fn get(&self, name: &str) -> Option<&Known> {
        self.by_name.get(name)
    }

    /// Everybody, by name.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Known)> {
        self.by_name.iter().map(|(name, known)| (&**name, known))
    }

    pub(super) fn apply(&mut self, sequence: u64, change: PersonChange) {
        match change.person {
            Some(person) => {
                let known = Known { sequence, person };
                self.by_name.insert(change.name, known);
            }
            None => drop(self.by_name.remove(&change.name)),
        }
    }
}

impl Engine {
    /// The people who may sign in.
    pub fn staff(&self) -> &Staff {
        &self.staff
    }

    /// Adds a person.
    ///
    /// # Errors
    /// The name is taken or no name; there are too many people; no author.
    pub fn add_person(
        &mut self,
        name: &str,
        role: Role,
        sign_in: SignIn,
        author: &str,
    ) -> Result<(), Refusal> {
        if let Some(fault) = name_fault(name) {
            return Err(Refusal::field("name", fault));
        }
        if self.staff.get(name).is_some() {
            return Err(Refusal::contradicts("name", "is taken"));
        }
        if self.staff.by_name.len() >= PEOPLE_AT_MOST {
            let description = format!("there are {PEOPLE_AT_MOST} people already");
            return Err(Refusal::contradicts("name", description));
        }
        let person = Some(Person { role, sign_in });
        self.append_person(name, person, author)
    }

    /// Changes how a person signs in, or what they may do; sessions they have end.
    ///
    /// # Errors
    /// There is no such person; no author.
    pub fn change_person(
        &mut self,
        name: &str,
        role: Option<Role>,
        sign_in: Option<SignIn>,
        author: &str,
    ) -> Result<(), Refusal> {
        let mut person = self.known_person(name)?.person.clone();
        person.role = role.unwrap_or(person.role);
        person.sign_in = sign_in.unwrap_or(person.sign_in);
        self.append_person(name, Some(person), author)
    }

    /// Removes a person; sessions they have end, what they decided stays.
    ///
    /// # Errors
    /// There is no such person; no author.
    pub fn remove_person(&mut self, name: &str, author: &str) -> Result<(), Refusal> {
        self.known_person(name)?;
        self.append_person(name, None, author)
    }

    fn known_person(&self, name: &str) -> Result<&Known, Refusal> {
        self.staff.get(name).ok_or_else(|| Refusal::NotFound {
            what: "person",
            name: name.into(),
        })
    }

    fn append_person(
        &mut self,
        name: &str,
        person: Option<Person>,
        author: &str,
    ) -> Result<(), Refusal> {
        check_words("author", author)?;
        let change = PersonChange {
            name: name.into(),
            person,
            author: author.into(),
            at: self.now(),
        };
        let sequence = self.push_entry(entry::PERSON, name, &change.encode());
        self.staff.apply(sequence, change);
        Ok(())
    }

    /// Records who made a campaign's revision.
    pub fn sign_revision(&mut self, campaign_id: &str, revision: u32, author: &str) {
        let signed = RevisionAuthor {
            campaign_id: campaign_id.into(),
            revision,
            author: author.into(),
            at: self.now(),
        };
        self.push_entry(entry::REVISION_AUTHOR, campaign_id, &signed.encode());
    }
}
