//! Events on their way in: one path behind every door. Decoded messages are checked whole, all faults
//! named, and become pseudonyms.

use std::net::IpAddr;

use prost::Message;

use super::{convert::Violations, proto::v1, pseudonym::Pseudonymiser};
use crate::{
    domain::{
        event::{
            AccountType, Device, EmulatorSignal, Event, EventType, OtherIdentifier, SignalSet, Task,
        },
        ledger::TOKENS_AT_MOST,
    },
    service::{engine::Arrival, refusal::Refusal},
};

/// An event has at most so many bytes as protobuf.
pub const EVENT_BYTES_AT_MOST: usize = 16 * 1024;
/// An event has at most so many other identifiers.
pub const OTHER_IDENTIFIERS_AT_MOST: usize = 16;
/// A phone number has so many digits.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// Checks an event and makes its identifiers pseudonyms.
///
/// # Errors
/// [`Refusal::InvalidArgument`] with every field that is wrong.
pub fn arrival(event: v1::Event, pseudonymiser: &Pseudonymiser) -> Result<Arrival, Refusal> {
    let mut violations = Violations::default();
    let size = event.encoded_len();
    if size > EVENT_BYTES_AT_MOST {
        violations.add(
            "event",
            format!("has {size} bytes; at most {EVENT_BYTES_AT_MOST}"),
        );
        return Err(Refusal::InvalidArgument(violations.0));
    }
    let key = pseudonymiser.event_key(&event);
    let event = convert(event, pseudonymiser, &mut violations);
    if !violations.0.is_empty() {
        return Err(Refusal::InvalidArgument(violations.0));
    }
    Ok(Arrival { key, event })
}

fn convert(event: v1::Event, keyed: &Pseudonymiser, violations: &mut Violations) -> Event {
    violations.check_required("event_id", &event.event_id);
    violations.check_required("account_id", &event.account_id);
    violations.check_length("surface", &event.surface);
    violations.check_length("display_name", &event.display_name);
    let occurred_at = match &event.occurred_at {
        Some(instant) => violations.instant("occurred_at", instant),
        None => {
            violations.add("occurred_at", "is required");
            Default::default()
        }
    };
    Event {
        event_type: event_type(event.event_type, violations),
        occurred_at,
        account_id: event.account_id,
        account_type: account_type(event.account_type, violations),
        phone: check_phone(&event.phone_number, violations)
            .then(|| keyed.phone(&event.phone_number)),
        device: event
            .device
            .map(|device| convert_device(device, keyed, violations)),
        address: parse_address(&event.ip_address, violations).map(|address| keyed.address(address)),
        others: convert_others(event.other_identifiers, keyed, violations),
        surface: event.surface,
        task: event.task.map(|task| convert_task(task, violations)),
        display_name: (!event.display_name.trim().is_empty())
            .then(|| keyed.display_name(&event.display_name)),
    }
}

fn event_type(value: i32, violations: &mut Violations) -> EventType {
    match v1::EventType::try_from(value) {
        Ok(v1::EventType::Registration) => return EventType::Registration,
        Ok(v1::EventType::Login) => return EventType::Login,
        Ok(v1::EventType::PhoneBound) => return EventType::PhoneBound,
        Ok(v1::EventType::PhoneUnbound) => return EventType::PhoneUnbound,
        Ok(v1::EventType::TaskStarted) => return EventType::TaskStarted,
        Ok(v1::EventType::TaskCompleted) => return EventType::TaskCompleted,
        Ok(v1::EventType::Unspecified) => violations.add("event_type", "is required"),
        Err(_) => violations.add("event_type", format!("{value} is no known event type")),
    }
    EventType::Login
}

fn account_type(value: i32, violations: &mut Violations) -> Option<AccountType> {
    match v1::AccountType::try_from(value) {
        Ok(v1::AccountType::Individual) => Some(AccountType::Individual),
        Ok(v1::AccountType::Enterprise) => Some(AccountType::Enterprise),
        Ok(v1::AccountType::Unspecified) => None,
        Err(_) => {
            violations.add("account_type", format!("{value} is no known account type"));
            None
        }
    }
}

/// Whether there is a phone number of the right shape. A number that no carrier gives out is not
/// refused: validity is a feature.
pub(super) fn check_phone(number: &str, violations: &mut Violations) -> bool {
    let Some(digits) = number.strip_prefix('+') else {
        if !number.is_empty() {
            violations.add("phone_number", "must be E.164: `+` and 7 to 15 digits");
        }
        return false;
    };
    let fits =
        PHONE_DIGITS.contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !fits {
        violations.add("phone_number", "must be E.164: `+` and 7 to 15 digits");
    }
    fits
}

fn parse_address(address: &str, violations: &mut Violations) -> Option<IpAddr> {
    if address.is_empty() {
        return None;
    }
    let parsed = address.parse().ok();
    if parsed.is_none() {
        violations.add("ip_address", "is neither an IPv4 nor an IPv6 address");
    }
    parsed
}

fn convert_device(
    device: v1::Device,
    keyed: &Pseudonymiser,
    violations: &mut Violations,
) -> Device {
    for (field, value) in [
        ("device.device_id", &device.device_id),
        ("device.platform", &device.platform),
        ("device.model", &device.model),
        ("device.os_version", &device.os_version),
        ("device.client_version", &device.client_version),
        ("device.hardware_fingerprint", &device.hardware_fingerprint),
    ] {
        violations.check_length(field, value);
    }
    let mut signals = SignalSet::default();
    for value in &device.emulator_signals {
        match emulator_signal(*value) {
            Ok(signal) => signal.into_iter().for_each(|signal| signals.insert(signal)),
            Err(description) => violations.add("device.emulator_signals", description),
        }
    }
    let pseudonym =
        |kind, value: &str| (!value.is_empty()).then(|| keyed.pseudonym(kind, value.as_bytes()));
    Device {
        device: pseudonym("device", &device.device_id),
        hardware: pseudonym("hardware_fingerprint", &device.hardware_fingerprint),
        platform: device.platform,
        model: device.model,
        os_version: device.os_version,
        client_version: device.client_version,
        signals,
    }
}

fn emulator_signal(value: i32) -> Result<Option<EmulatorSignal>, String> {
    match v1::EmulatorSignal::try_from(value) {
        Ok(v1::EmulatorSignal::Unspecified) => Ok(None),
        Ok(v1::EmulatorSignal::Hypervisor) => Ok(Some(EmulatorSignal::Hypervisor)),
        Ok(v1::EmulatorSignal::SoftwareGpu) => Ok(Some(EmulatorSignal::SoftwareGpu)),
        Ok(v1::EmulatorSignal::VirtualNetworkAdapter) => {
            Ok(Some(EmulatorSignal::VirtualNetworkAdapter))
        }
        Ok(v1::EmulatorSignal::MissingSensors) => Ok(Some(EmulatorSignal::MissingSensors)),
        Ok(v1::EmulatorSignal::AutomationFramework) => {
            Ok(Some(EmulatorSignal::AutomationFramework))
        }
        Ok(v1::EmulatorSignal::Headless) => Ok(Some(EmulatorSignal::Headless)),
        Err(_) => Err(format!("{value} is no known emulator signal")),
    }
}

fn convert_others(
    others: Vec<v1::OtherIdentifier>,
    keyed: &Pseudonymiser,
    violations: &mut Violations,
) -> Vec<OtherIdentifier> {
    if others.len() > OTHER_IDENTIFIERS_AT_MOST {
        let description = format!("has {}; at most {OTHER_IDENTIFIERS_AT_MOST}", others.len());
        violations.add("other_identifiers", description);
        return Vec::new();
    }
    let mut converted = Vec::with_capacity(others.len());
    for (position, other) in others.into_iter().enumerate() {
        violations.check_length(format!("other_identifiers[{position}].kind"), &other.kind);
        violations.check_length(format!("other_identifiers[{position}].value"), &other.value);
        if !other.kind.is_empty() && !other.value.is_empty() {
            converted.push(OtherIdentifier {
                value: keyed.pseudonym(&other.kind, other.value.as_bytes()),
                kind: other.kind,
            });
        }
    }
    converted
}

fn convert_task(task: v1::Task, violations: &mut Violations) -> Task {
    violations.check_length("task.task_id", &task.task_id);
    check_tokens(task.tokens, violations);
    let mut instant = |field, instant: &Option<_>| {
        instant
            .as_ref()
            .map(|instant| violations.instant(field, instant))
    };
    Task {
        task_id: task.task_id,
        started_at: instant("task.started_at", &task.started_at),
        completed_at: instant("task.completed_at", &task.completed_at),
        tokens: task.tokens,
        input_events: task.input_events,
    }
}

/// Notes more tokens than a task can have.
pub(super) fn check_tokens(tokens: u64, violations: &mut Violations) {
    if tokens > TOKENS_AT_MOST {
        violations.add(
            "task.tokens",
            format!("{tokens} is more than {TOKENS_AT_MOST}"),
        );
    }
}
