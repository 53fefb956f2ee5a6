//! Events as the domain sees them: decoded, checked, and with every identifier already a pseudonym.

use serde::{Deserialize, Serialize};

use super::{
    clock::Timestamp,
    identifier::{BlockPseudonym, Pseudonym},
};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EventType {
    /// The account was made.
    Registration,
    /// Someone signed in, or a remembered session was used.
    Login,
    /// A phone number was bound to the account.
    PhoneBound,
    /// A phone number was taken off the account.
    PhoneUnbound,
    /// A task began.
    TaskStarted,
    /// A task ended.
    TaskCompleted,
}

/// Who holds an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AccountType {
    /// An individual registered user.
    Individual,
    /// An enterprise.
    Enterprise,
}

/// A sign that a device is emulated; the value is its bit in [`SignalSet`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u8)]
pub enum EmulatorSignal {
    /// Runs under a hypervisor.
    Hypervisor = 0,
    /// Draws without graphics hardware.
    SoftwareGpu = 1,
    /// Has only virtual network adapters.
    VirtualNetworkAdapter = 2,
    /// Lacks sensors that the model has.
    MissingSensors = 3,
    /// Is driven by an automation framework.
    AutomationFramework = 4,
    /// Has no screen.
    Headless = 5,
}

/// A set of [`EmulatorSignal`]s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignalSet(pub u8);

impl SignalSet {
    /// Adds one.
    pub fn insert(&mut self, signal: EmulatorSignal) {
        self.0 |= 1 << signal as u8;
    }

    /// Everything in either.
    pub fn union(self, other: Self) -> Self {
        SignalSet(self.0 | other.0)
    }

    /// How many.
    pub fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// None at all.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// A phone number as pseudonyms: itself, and the blocks left when its last 2, 3 and 4 digits go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phone {
    /// The whole number.
    pub number: Pseudonym,
    /// Blocks of 100, 1,000 and 10,000 numbers.
    pub blocks: [BlockPseudonym; 3],
    /// Class of the number, by the data of `reference_revision`.
    pub class: NumberClass,
    /// Revision of the list of numbers that gave the class; 0 = none was loaded.
    pub reference_revision: u32,
}

/// What is known of a phone number besides itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum NumberClass {
    /// No list was loaded.
    #[default]
    Unknown,
    /// On no list.
    Ordinary,
    /// Web sites lend it to anybody.
    Disposable,
}

/// What is known of an address's network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum NetworkClass {
    /// No list was loaded.
    #[default]
    Unknown,
    /// On no list: a home, an office, a carrier.
    Ordinary,
    /// A data centre.
    DataCentre,
    /// A commercial VPN.
    Vpn,
    /// A privacy relay: people at home behind addresses that many share.
    Relay,
}

/// What a device said of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// The device id.
    pub device: Option<Pseudonym>,
    /// The fingerprint of its hardware.
    pub hardware: Option<Pseudonym>,
    /// `windows`, `macos`, `linux`, `android`, `ios` or another word.
    pub platform: String,
    /// Model, as reported; not an identifier.
    pub model: String,
    /// Version of the operating system.
    pub os_version: String,
    /// Version of the client.
    pub client_version: String,
    /// Signs of emulation.
    pub signals: SignalSet,
}

/// An address as pseudonyms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// The IPv4 address, or the /64 of an IPv6 address.
    pub address: Pseudonym,
    /// The /24, or the /56.
    pub block: BlockPseudonym,
    /// Class of the network, by the data of `reference_revision`.
    pub class: NetworkClass,
    /// Revision of the list of networks that gave the class; 0 = none was loaded.
    pub reference_revision: u32,
}

/// An identifier of a configured kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherIdentifier {
    /// Such as `payment_card`; a kind that the evidence weights don't list is kept but not used.
    pub kind: String,
    /// Its value.
    pub value: Pseudonym,
}

/// A display name as pseudonyms: what is left when its digits at the end go, and those digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisplayName {
    /// The name without its trailing number.
    pub skeleton: BlockPseudonym,
    /// The trailing number, where there is one of at most 9 digits: alone it names nobody, and
    /// sequences show only in its order.
    pub trailing_number: Option<u32>,
}

/// A task as the stream saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// The task's id.
    pub task_id: String,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub completed_at: Option<Timestamp>,
    /// Tokens consumed.
    pub tokens: u64,
    /// Key strokes and pointer events that the client saw while the task was set up.
    pub input_events: Option<u32>,
}

/// One thing that happened to one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// What happened.
    pub event_type: EventType,
    /// When, by the login server's clock.
    pub occurred_at: Timestamp,
    /// To whom.
    pub account_id: String,
    /// What kind of account, where the event says.
    pub account_type: Option<AccountType>,
    /// The phone number.
    pub phone: Option<Phone>,
    /// The device.
    pub device: Option<Device>,
    /// The address.
    pub address: Option<Address>,
    /// Further identifiers.
    pub others: Vec<OtherIdentifier>,
    /// Where it happened; empty when not said.
    pub surface: String,
    /// The task.
    pub task: Option<Task>,
    /// The display name.
    pub display_name: Option<DisplayName>,
}

/// A stable 32-bit hash of a short public word (a surface, a model): FNV-1a, since what is stored
/// must not change with a library's default hasher.
pub fn word_hash(word: &str) -> u32 {
    word.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}
