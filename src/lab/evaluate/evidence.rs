//! Evidence taken away from events before they are told: how good the answers are without it.

use std::borrow::Cow;

use crate::edge::proto::v1;

/// A kind of evidence that an operator may not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Everything the client says of the device.
    Device,
    /// Phone numbers.
    Phone,
    /// Addresses.
    Address,
    /// Payment cards, e-mail, identity documents.
    Identifiers,
    /// Display names.
    Name,
    /// Key strokes and pointer events counted with tasks.
    Input,
}

impl Evidence {
    /// All of them.
    pub const ALL: [Evidence; 6] = [
        Evidence::Device,
        Evidence::Phone,
        Evidence::Address,
        Evidence::Identifiers,
        Evidence::Name,
        Evidence::Input,
    ];

    /// In reports and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Evidence::Device => "device",
            Evidence::Phone => "phone",
            Evidence::Address => "address",
            Evidence::Identifiers => "identifiers",
            Evidence::Name => "name",
            Evidence::Input => "input",
        }
    }

    /// Takes it out of an event.
    pub fn remove(self, event: &mut v1::Event) {
        match self {
            Evidence::Device => event.device = None,
            Evidence::Phone => event.phone_number.clear(),
            Evidence::Address => event.ip_address.clear(),
            Evidence::Identifiers => event.other_identifiers.clear(),
            Evidence::Name => event.display_name.clear(),
            Evidence::Input => {
                if let Some(task) = &mut event.task {
                    task.input_events = None;
                }
            }
        }
    }
}

/// An event without the evidence that is taken away.
pub fn stripped<'a>(event: &'a v1::Event, without: &[Evidence]) -> Cow<'a, v1::Event> {
    let mut event = Cow::Borrowed(event);
    for evidence in without {
        evidence.remove(event.to_mut());
    }
    event
}
