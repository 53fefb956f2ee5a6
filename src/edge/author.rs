//! Who an order comes from. At the gRPC door services say it themselves; at the console's it is whoever is
//! signed in, whatever the message says.

use tonic::Request;

use super::proto::v1;
use crate::domain::person::Role;

/// Somebody who is signed in; the console's door adds it to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// Their name.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

/// A message that names its author.
pub trait Authored {
    /// The field that does.
    fn author_mut(&mut self) -> &mut String;
}

macro_rules! authored {
    ($($message:ident: $field:ident),* $(,)?) => {
        $(impl Authored for v1::$message {
            fn author_mut(&mut self) -> &mut String {
                &mut self.$field
            }
        })*
    };
}

authored! {
    CreateDispositionRequest: author,
    UndoDispositionRequest: author,
    OpenAppealRequest: opened_by,
    DecideAppealRequest: author,
    ResolveAdjustmentRequest: author,
    ResolveFuseRequest: author,
    ClaimCaseRequest: author,
    SnoozeCaseRequest: author,
    AddNoteRequest: author,
    AddPersonRequest: author,
    ChangePersonRequest: author,
    RemovePersonRequest: author,
}

/// Who is signed in, if the request came by the console's door.
pub fn signed_in<T>(request: &Request<T>) -> Option<SignedIn> {
    request.extensions().get().cloned()
}

/// Makes whoever is signed in the author.
pub fn sign<T: Authored>(request: &mut Request<T>) {
    if let Some(person) = signed_in(request) {
        *request.get_mut().author_mut() = person.name;
    }
}
