//! The table of features: name, unit, pattern, direction, and what they say in words.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::domain::{abuse::Monotone, reason::ReasonCode};

/// What a feature is.
pub struct FeatureDefinition {
    /// Its name, as model files say it.
    pub name: &'static str,
    /// Its unit and range.
    pub unit: &'static str,
    /// The pattern it speaks for.
    pub pattern: ReasonCode,
    /// Which way alone it may push, whatever else is known: a sign of abuse in itself, such as a borrowed
    /// number. How many are around an account, or how regular it is, is none: cafés and calendars exist.
    pub direction: Monotone,
    /// Whether it tells of what this account itself did (design promise 7: a REVOKE for behaviour
    /// needs behaviour of its own; registering inside a burst is, a link alone is not, nor what it never did).
    pub own_behaviour: bool,
    /// In words, `{value}` standing for it.
    pub statement: &'static str,
}

macro_rules! features {
    ($($name:ident: $pattern:ident, $direction:ident, $own:ident, $unit:literal, $statement:literal;)*) => {
        /// Every feature, in the order of [`Features`]; new ones are added at the end.
        pub const FEATURES: [FeatureDefinition; COUNT] = [
            $(FeatureDefinition {
                name: stringify!($name),
                unit: $unit,
                pattern: ReasonCode::$pattern,
                direction: Monotone::$direction,
                own_behaviour: features!(@$own),
                statement: $statement,
            },)*
        ];
        const COUNT: usize = [$(stringify!($name)),*].len();

        /// An account's features by name, while they are gathered.
        #[derive(Default)]
        pub(super) struct Gathered {
            $(pub $name: Option<i32>,)*
        }

        impl From<Gathered> for Features {
            fn from(gathered: Gathered) -> Self {
                Features([$(gathered.$name),*])
            }
        }
    };
    (@own) => { true };
    (@others) => { false };
}

features! {
    // -- how it registered --------------------------------------------------------------------------
    registration_device_cohort: BulkRegistration, Either, own,
        "other accounts registered on the device within an hour",
        "{value} other accounts registered on the same device within about an hour";
    registration_number_cohort: BulkRegistration, Either, own,
        "the same, by network and block of 1,000 numbers",
        "{value} other accounts with numbers of the same block registered from the same network within about an hour";
    registration_name_cohort: BulkRegistration, Either, own,
        "the same, by network and skeleton of the name",
        "{value} other accounts with the same pattern of name registered from the same network within about an hour";
    registration_network_cohort: BulkRegistration, Either, own,
        "the same, by network",
        "{value} other accounts registered from the same network within about an hour";
    registration_model_share: BulkRegistration, Either, own,
        "thousandths of the network's cohort that registered on the same model of device; needs 5",
        "{value} in 1000 of the accounts that registered beside it have the same model of device";
    registration_name_day: BulkRegistration, Either, own,
        "other accounts of the same skeleton of name registered within about a day, wherever",
        "{value} other accounts with the same pattern of name registered within about a day";
    registration_number_day: BulkRegistration, Either, own,
        "other accounts of the same block of 1,000 numbers registered within about a day, wherever",
        "{value} other accounts with numbers of the same block registered within about a day";
    number_neighbours: BulkRegistration, Rising, own,
        "other accounts that ever registered with a number of the same block of 100",
        "{value} other accounts registered with numbers next to its own";
    registration_hosted: FalseIdentity, Rising, own,
        "network it registered from: 0 ordinary, 1 VPN, 2 data centre",
        "it registered from a network of servers or a VPN (class {value})";
    disposable_number: FalseIdentity, Rising, own,
        "1 where it used a number that anybody can borrow, else 0",
        "it used a phone number that web sites lend to anybody";
    // -- its devices and networks ---------------------------------------------------------------------
    device_accounts: BulkRegistration, Either, others,
        "accounts on the busiest of its devices",
        "{value} accounts use one of its devices";
    hardware_accounts: BulkRegistration, Either, others,
        "accounts on the commonest of its hardware fingerprints",
        "{value} accounts share one of its hardware fingerprints";
    device_registered_elsewhere: OperatedForOthers, Either, others,
        "sampled accounts on a device of its that registered on other devices",
        "{value} accounts that registered on other devices use one of its devices";
    interleaved_tasks: OperatedForOthers, Either, own,
        "thousandths of its sampled tasks begun within minutes of another account's on the same device; needs 3",
        "{value} in 1000 of its tasks alternate with those of other accounts on the same device";
    emulator_signals: Emulator, Rising, own,
        "different signs of emulation on its devices, 0 to 6",
        "{value} different signs of an emulator on its devices";
    emulated_device_accounts: Emulator, Either, own,
        "accounts on the busiest of its devices where at least 2 signs of emulation show, else 0",
        "{value} accounts use a device of its that looks emulated";
    devices_used: OperatedForOthers, Either, own,
        "devices it ever used, up to 64",
        "it was used on {value} devices";
    devices_at_once: OperatedForOthers, Either, own,
        "devices in use over one and the same stretch of time, at most",
        "{value} devices use it at the same time";
    addresses_used: OperatedForOthers, Either, own,
        "addresses it ever used, up to 64",
        "it was used from {value} addresses";
    handover: OperatedForOthers, Either, own,
        "kinds of identifier (device, network, phone) that all changed at one moment, 0 to 3; needs 2 devices",
        "{value} kinds of its identifiers changed hands at once";
    data_centre_events: FalseIdentity, Either, own,
        "thousandths of its events from data centres; needs 8",
        "{value} in 1000 of its events came from data centres";
    vpn_events: FalseIdentity, Either, own,
        "thousandths of its events from VPNs; needs 8",
        "{value} in 1000 of its events came through a VPN";
    // -- what it does ---------------------------------------------------------------------------------
    tasks_without_input: ScriptedActivity, Rising, own,
        "thousandths of its tasks; needs 8",
        "{value} in 1000 of its tasks were set up without a key stroke or a pointer event";
    task_cadence: ScriptedActivity, Either, own,
        "burstiness of task starts x 1000, -1000 = clockwork; needs 10",
        "its tasks start like clockwork (regularity {value} in 1000)";
    round_seconds: ScriptedActivity, Either, own,
        "thousandths of its sampled tasks begun at one and the same second of a minute; needs 10",
        "{value} in 1000 of its tasks begin at the same second of a minute";
    identical_tasks: ScriptedActivity, Either, own,
        "thousandths of its latest tasks that have one size; needs 8",
        "{value} in 1000 of its tasks have exactly one size";
    size_spread: ScriptedActivity, Either, own,
        "deviation of the logarithm (base 2) of its tasks' sizes x 1000; needs 8",
        "its tasks are all of nearly one size (spread {value} in 1000)";
    parallel_tasks: ScriptedActivity, Either, own,
        "thousandths of its sampled tasks that overlap with another of its own; needs 3",
        "{value} in 1000 of its tasks run beside others of its own";
    quiet_hours: ScriptedActivity, Either, own,
        "longest run of hours of the day without activity, 0 to 24; needs 40 events",
        "it rests at most {value} hours a day";
    task_share: ScriptedActivity, Either, own,
        "thousandths of its events that are completed tasks; needs 8",
        "{value} in 1000 of its events are completed tasks";
    tasks_a_day: ScriptedActivity, Either, own,
        "completed tasks x 10 a day between its first and last; needs 8",
        "it completes {value} tasks in ten days";
    tiny_tasks: FalseActivity, Either, own,
        "thousandths of its tasks; needs 8",
        "{value} in 1000 of its tasks are tiny";
    mean_task: FalseActivity, Either, own,
        "logarithm (base 2) of its mean task's tokens x 10; needs 8",
        "its tasks are of an unusual size (class {value})";
    surfaces_used: FalseActivity, Either, others,
        "surfaces it was seen on",
        "it was seen on {value} surfaces only";
    impossible_device: FalseIdentity, Rising, own,
        "1 where a device of its said what can't be true, else 0",
        "one of its devices says of itself what can't be true";
    input_spread: ScriptedActivity, Either, own,
        "deviation of the logarithm (base 2) of its tasks' input events x 1000; needs 6 with any",
        "each of its tasks had nearly as much input as the others (spread {value} in 1000)";
    token_rate: FalseActivity, Rising, own,
        "logarithm (base 2) of the most tokens a second among all its tasks x 10; needs 1",
        "its tasks use more tokens a second than can be made (class {value})";
    told_tokens: FalseActivity, Rising, own,
        "hundredths of the tokens that the stream saw of the task which billing asks about; absent where it saw none",
        "billing was told {value} in 100 of the tokens that the stream saw of this task";
    hardware_registered_elsewhere: OperatedForOthers, Either, others,
        "sampled accounts on a hardware fingerprint of its that registered on other devices",
        "{value} accounts that registered on other devices use one of its machines";
    brought_to_machine: OperatedForOthers, Either, others,
        "sampled accounts on a machine of its that are a week older than the machine's first use",
        "{value} accounts were brought to one of its machines";
    neighbours_desktop_only: BulkRegistration, Either, others,
        "accounts sampled on its machines that were never seen on a phone; needs 2 others",
        "{value} accounts on its machines were never seen on a phone";
    neighbours_size_spread: BulkRegistration, Either, others,
        "deviation of the mean sizes (base 2) of tasks among accounts on its machines x 1000; needs 2 others",
        "accounts on its machines run tasks of nearly one size (spread {value} in 1000)";
    neighbours_without_input: ScriptedActivity, Either, others,
        "thousandths of the tasks of accounts on its machines that had no input; needs 8",
        "{value} in 1000 of the tasks on its machines were set up without input";
    phone_seen: BulkRegistration, Falling, others,
        "1 where it was seen on a phone or tablet, else 0",
        "it was never seen on a phone";
    script_signs: ScriptedActivity, Rising, own,
        "how many of 7 signs of a script it shows, 0 to 7",
        "{value} of 7 signs of a script";
    farm_signs: BulkRegistration, Rising, own,
        "how many of 8 signs of an account made for the event it shows, 0 to 8",
        "{value} of 8 signs of an account made in bulk";
    age_at_first_task: BulkRegistration, Either, own,
        "hours between its registration and its first task",
        "its first task came {value} hours after its registration";
    // -- all of its tasks, not only the latest -------------------------------------------------------
    tasks_seen: ScriptedActivity, Either, own,
        "tasks that the stream saw it complete",
        "it completed {value} tasks";
    all_sizes_spread: ScriptedActivity, Either, own,
        "deviation of the logarithm (base 2) of the sizes of all its tasks x 1000; needs 8",
        "all its tasks are of nearly one size (spread {value} in 1000)";
    all_inputs_spread: ScriptedActivity, Either, own,
        "the same of their input events, where there were any; needs 6",
        "all its tasks had nearly as much input as each other (spread {value} in 1000)";
    lengths_spread: ScriptedActivity, Either, own,
        "the same of the seconds that they ran; needs 8",
        "its tasks run for nearly equally long (spread {value} in 1000)";
    mean_length: ScriptedActivity, Either, own,
        "mean logarithm (base 2) of the seconds that its tasks ran x 1000; needs 8",
        "its tasks run for an unusual time (class {value})";
    minute_regularity: ScriptedActivity, Either, own,
        "thousandths: 1000 where all its tasks begin at one second of a minute, near 0 where at any; needs 10",
        "its tasks begin at the same second of a minute (regularity {value} in 1000)";
    quarter_regularity: ScriptedActivity, Either, own,
        "the same of quarters of an hour, at which calendars begin what people plan; needs 10",
        "its tasks begin at the same time of a quarter of an hour (regularity {value} in 1000)";
    hasty_tasks: FalseActivity, Either, own,
        "thousandths of its tasks that were over within 10 seconds; needs 8",
        "{value} in 1000 of its tasks were over at once";
    similar_sizes: FalseActivity, Either, own,
        "thousandths of its latest tasks within 2% of one size; needs 8",
        "{value} in 1000 of its latest tasks have nearly one size";
    rest_hours: ScriptedActivity, Either, own,
        "longest run of hours of the day without activity, 0 to 24; needs 12 events",
        "it rests at most {value} hours a day";
    own_identifiers: FalseIdentity, Falling, others,
        "payment cards, e-mail addresses and the like that it has and nobody else",
        "{value} payment cards, e-mail addresses and the like are its own";
    // -- numbers and addresses ------------------------------------------------------------------------
    number_block_week: BulkRegistration, Either, own,
        "other accounts of the same block of 10,000 numbers registered within about a week, wherever",
        "{value} other accounts with numbers of the same block registered within about a week";
    number_block_accounts: BulkRegistration, Either, own,
        "other accounts that ever registered with a number of the same block of 10,000",
        "{value} other accounts registered with numbers of the same block";
    passing_addresses: FalseIdentity, Either, own,
        "thousandths of its addresses that it used for half a day at most; needs 5",
        "it never came back to {value} in 1000 of its addresses";
    lone_addresses: FalseIdentity, Either, own,
        "thousandths of its addresses that nobody else used; needs 5",
        "{value} in 1000 of its addresses were nobody else's";
    server_accounts: BulkRegistration, Either, others,
        "accounts on the busiest of its addresses in data centres",
        "{value} accounts come from one server that it comes from";
    // -- its circle: who is on its machines, or at two of its addresses -------------------------------
    companions: BulkRegistration, Either, others,
        "accounts that used two of its addresses, of those with at most 32 accounts",
        "{value} accounts come from the same addresses, time and again";
    circle_accounts: BulkRegistration, Either, others,
        "accounts on its machines or at two of its addresses, up to 48",
        "{value} accounts share its machines or its addresses";
    circle_desktop_only: BulkRegistration, Either, others,
        "thousandths of its circle that were never seen on a phone; needs 2 others",
        "{value} in 1000 of the accounts around it were never seen on a phone";
    circle_registered_near: BulkRegistration, Either, others,
        "thousandths of its circle registered within two days of it; needs 2 others",
        "{value} in 1000 of the accounts around it registered when it did";
    circle_number_block: BulkRegistration, Either, others,
        "thousandths of its circle that registered with a number of the same block of 10,000; needs 2 others",
        "{value} in 1000 of the accounts around it have numbers of the same block";
    circle_size_spread: BulkRegistration, Either, others,
        "deviation of the logarithm (base 2) of the sizes of all tasks of its circle x 1000; needs 12",
        "all tasks of the accounts around it are of nearly one size (spread {value} in 1000)";
    circle_length_spread: BulkRegistration, Either, others,
        "the same of the seconds that they ran; needs 12",
        "all tasks of the accounts around it run for nearly equally long (spread {value} in 1000)";
    circle_in_step: BulkRegistration, Either, own,
        "thousandths of its latest tasks begun within a quarter of an hour of those of one other of its circle, at most; needs 4",
        "{value} in 1000 of its tasks begin when those of another account do";
    // -- what is false of its activity -------------------------------------------------------------------
    idle_tasks: FalseActivity, Rising, own,
        "tasks of at most 512 tokens that were over within 30 seconds",
        "{value} of its tasks did hardly anything";
    usual_token_rate: FalseActivity, Rising, own,
        "logarithm (base 2) of the median tokens a second of its latest tasks x 10; needs 3",
        "most of its tasks use more tokens a second than can be made (class {value})";
    contradicted_tasks: FalseActivity, Rising, own,
        "tasks of which billing was told at least a fifth more tokens than the stream saw, up to 16",
        "billing was told more tokens than the stream saw of {value} of its tasks";
    // -- changing hands -----------------------------------------------------------------------------------
    handover_days: OperatedForOthers, Either, own,
        "days of use on the shorter side of the moment at which all its devices changed; needs 2 devices",
        "it was used for {value} days before and after all its devices changed";
    handover_devices: OperatedForOthers, Either, own,
        "devices on the side with fewer of them of the moment at which all its devices changed; needs 2",
        "{value} devices were replaced at one moment";
}

/// The place of a feature in [`FEATURES`].
pub(super) const fn place_of(name: &str) -> usize {
    let mut place = 0;
    while !is_equal(FEATURES[place].name.as_bytes(), name.as_bytes()) {
        place += 1;
    }
    place
}

/// `==` of bytes is not for constants yet.
const fn is_equal(one: &[u8], other: &[u8]) -> bool {
    let mut place = 0;
    while place < one.len() && place < other.len() && one[place] == other[place] {
        place += 1;
    }
    place == one.len() && place == other.len()
}

/// The features of one account; `None` = too little evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Features(pub [Option<i32>; FEATURES.len()]);

impl Default for Features {
    fn default() -> Self {
        Features([None; FEATURES.len()])
    }
}

/// Stored with their number in front: features are only ever added at the end, so an older record
/// lacks the last ones.
impl Serialize for Features {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.as_slice().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Features {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stored = SmallVec::<[Option<i32>; 96]>::deserialize(deserializer)?;
        let mut features = Features::default();
        match features.0.get_mut(..stored.len()) {
            Some(known) => known.copy_from_slice(&stored),
            None => {
                let problem = serde::de::Error::invalid_length(stored.len(), &"fewer features");
                return Err(problem);
            }
        }
        Ok(features)
    }
}
