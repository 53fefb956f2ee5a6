//! Made-up people of an exact shape, for the benches whose aim names one that the simulator does not
//! give: so many links and events an account (`memory`), so many accounts on one identifier
//! (`popular`). About 7 links an account. Every account has a desktop (device id and fingerprint), a phone number, a mobile
//! device (id and fingerprint), a home address and a carrier's. 1 in 10 desktops is shared with the
//! account before, 1 in 33 phone numbers too; 4 in 5 homes are shared by three accounts, the other
//! fifth sit behind 20 popular addresses, the k-th of them 1/k as popular as the first.

use sameuser::edge::proto::v1;

use super::{draw::mix, question::timestamp};

/// Accounts register a minute apart from here on: 1 January 2024. All before any run's clock.
const FIRST_REGISTRATION: i64 = 1_704_067_200;
const REGISTRATION_GAP_SECONDS: i64 = 60;
/// An account's events lie half a day apart.
const EVENT_GAP_SECONDS: i64 = 43_200;
const POPULAR_ADDRESSES: u64 = 20;
/// Accounts behind one carrier's address.
const ACCOUNTS_A_CARRIER: u64 = 500;

/// The id of an account.
pub fn account_id(account: u64) -> String {
    format!("c{:016x}", mix(account, 1))
}

/// The phone number of an account.
pub fn phone_number(account: u64) -> String {
    let owner = account - u64::from(account > 0 && mix(account, 2).is_multiple_of(33));
    format!("+861{:010}", owner * 7 % 10_000_000_000)
}

fn device(name: &str, owner: u64, platform: &str, model: &str) -> v1::Device {
    v1::Device {
        device_id: format!("{name}-{:016x}", mix(owner, 3)),
        platform: platform.into(),
        model: model.into(),
        os_version: "11.0".into(),
        client_version: "2.3.0".into(),
        hardware_fingerprint: format!("hw-{name}-{:016x}", mix(owner, 4)),
        emulator_signals: Vec::new(),
    }
}

/// The desktop of an account.
pub fn desktop(account: u64) -> v1::Device {
    let owner = account - u64::from(account > 0 && mix(account, 5).is_multiple_of(10));
    device("pc", owner, "windows", "ThinkPad X1")
}

fn mobile(account: u64) -> v1::Device {
    device("ph", account, "android", "Pixel 9")
}

fn address(network: u64, host: u64) -> String {
    let [.., a, b, c] = host.to_be_bytes();
    format!("{network}.{a}.{b}.{c}")
}

/// The address of an account's home.
pub fn home_address(account: u64) -> String {
    let drawn = mix(account, 6);
    if !drawn.is_multiple_of(5) {
        return address(60, account / 3);
    }
    // Harmonic weights: the k-th address covers 1/k.
    let weights = (1..=POPULAR_ADDRESSES).map(|k| 10_000 / k);
    let mut left = (drawn >> 8) % weights.clone().sum::<u64>();
    for (k, weight) in weights.enumerate() {
        if left < weight {
            return address(61, k as u64);
        }
        left -= weight;
    }
    address(61, 0)
}

fn carrier_address(account: u64) -> String {
    address(62, account / ACCOUNTS_A_CARRIER)
}

/// When the n-th event of an account happens.
fn instant(account: u64, number: u64) -> i64 {
    let jitter = (mix(account, number + 100) % 36_000) as i64;
    let registered = FIRST_REGISTRATION + account as i64 * REGISTRATION_GAP_SECONDS;
    let later = number as i64 * EVENT_GAP_SECONDS + jitter * i64::from(number > 0);
    registered + later
}

/// The n-th event of an account: 0 registers it on the desktop, 1 signs in on the mobile device;
/// after that two tasks in five events, and sign-ins on the desktop and the mobile device.
pub fn event(account: u64, number: u64) -> v1::Event {
    let at = instant(account, number);
    let event_type = match number % 5 {
        0 if number == 0 => v1::EventType::Registration,
        0 | 1 => v1::EventType::Login,
        2 | 4 => v1::EventType::TaskCompleted,
        _ => v1::EventType::TaskStarted,
    };
    let on_mobile = number % 5 == 1;
    let task = (number % 5 >= 2).then(|| v1::Task {
        task_id: format!("seen-{:016x}", mix(account, number)),
        started_at: timestamp(at - 600),
        completed_at: timestamp(at),
        tokens: 1_000 + mix(account, number + 7) % 100_000,
        input_events: Some(20 + (mix(account, number + 8) % 400) as u32),
    });
    v1::Event {
        event_id: format!("e-{:016x}-{number}", mix(account, 9)),
        event_type: event_type.into(),
        occurred_at: timestamp(at),
        account_id: account_id(account),
        account_type: v1::AccountType::Individual.into(),
        phone_number: if number == 0 {
            phone_number(account)
        } else {
            String::new()
        },
        device: Some(if on_mobile {
            mobile(account)
        } else {
            desktop(account)
        }),
        ip_address: if on_mobile {
            carrier_address(account)
        } else {
            home_address(account)
        },
        surface: if on_mobile { "app" } else { "work-desktop" }.into(),
        task,
        display_name: if number == 0 {
            format!("{:x}", mix(account, 10) >> 24)
        } else {
            String::new()
        },
        ..v1::Event::default()
    }
}
