//! Devices: what they say of themselves.

use super::{
    calendar::DAY,
    dice::{Dice, mix, scramble},
    line::DeviceLine,
    world::World,
};

/// Signs of emulation, as events name them.
pub const HYPERVISOR: &str = "EMULATOR_SIGNAL_HYPERVISOR";
pub const SOFTWARE_GPU: &str = "EMULATOR_SIGNAL_SOFTWARE_GPU";
pub const VIRTUAL_NETWORK: &str = "EMULATOR_SIGNAL_VIRTUAL_NETWORK_ADAPTER";
pub const MISSING_SENSORS: &str = "EMULATOR_SIGNAL_MISSING_SENSORS";
pub const AUTOMATION: &str = "EMULATOR_SIGNAL_AUTOMATION_FRAMEWORK";
pub const HEADLESS: &str = "EMULATOR_SIGNAL_HEADLESS";

/// Whether a device keeps its id.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Reset {
    Never,
    /// At each boot, which is once a day; so do lab computers that are restored from an image.
    Daily,
}

/// A device.
#[derive(Clone)]
pub struct Device {
    /// Its id of the day comes from this, where that changes.
    pub key: u64,
    pub id: String,
    pub platform: &'static str,
    pub model: &'static str,
    pub os_version: &'static str,
    pub fingerprint: String,
    pub signals: Vec<&'static str>,
    pub reset: Reset,
    /// How long it takes to install a release.
    pub lag: i64,
    /// It never installs one newer than this.
    pub frozen_at: i64,
}

/// A device id of a platform: 32 digits on computers, 16 on phones.
pub fn device_id(platform: &str, key: u64) -> String {
    let low = scramble(key);
    match platform {
        "android" | "ios" => format!("{low:016x}"),
        _ => format!("{:016x}{low:016x}", mix(key, 7)),
    }
}

/// A fingerprint of hardware.
pub fn fingerprint(key: u64) -> String {
    format!("{:016x}{:08x}", mix(key, 8), mix(key, 9) as u32)
}

impl Device {
    /// A phone that somebody owns.
    pub fn phone(world: &World, dice: &mut Dice) -> Self {
        let platform = if dice.chance(0.31) { "ios" } else { "android" };
        let mut phone = Device::of_platform(world, dice, platform);
        phone.fingerprint.clear();
        if dice.chance(world.parameters.honest_phone_signals) {
            phone.signals.push(MISSING_SENSORS);
        }
        phone
    }

    /// A computer that somebody owns.
    pub fn computer(world: &World, dice: &mut Dice) -> Self {
        let platform = ["windows", "macos", "linux"][dice.weighted([0.72, 0.25, 0.03].into_iter())];
        let mut computer = Device::of_platform(world, dice, platform);
        if dice.chance(world.parameters.honest_virtual_machines) {
            computer.signals.push(HYPERVISOR);
            for signal in [SOFTWARE_GPU, VIRTUAL_NETWORK] {
                if dice.chance(0.35) {
                    computer.signals.push(signal);
                }
            }
        }
        computer
    }

    /// A device of a platform, with nothing special about it.
    pub fn of_platform(world: &World, dice: &mut Dice, platform: &'static str) -> Self {
        let key = dice.word();
        let model = world.catalogue.model(platform, dice);
        let mut hardware = String::new();
        if dice.chance(world.parameters.fingerprint_reported) {
            // Boards whose maker wrote no serial number look alike.
            let unnumbered = platform == "windows" && dice.chance(0.03);
            let of_model = model
                .bytes()
                .fold(0, |word, byte| mix(word, u64::from(byte)));
            hardware = fingerprint(if unnumbered { of_model } else { key });
        }
        Device {
            key,
            id: device_id(platform, key),
            platform,
            model,
            os_version: world.catalogue.version(platform, dice),
            fingerprint: hardware,
            signals: Vec::new(),
            reset: Reset::Never,
            lag: (dice.log_normal(world.parameters.release_lag_days, 0.9) * DAY as f64) as i64,
            frozen_at: i64::MAX,
        }
    }

    /// Another device of the same model and image.
    pub fn twin(&self, dice: &mut Dice) -> Self {
        let key = dice.word();
        let hardware = if self.fingerprint.is_empty() {
            String::new()
        } else {
            fingerprint(key)
        };
        Device {
            key,
            id: device_id(self.platform, key),
            fingerprint: hardware,
            ..self.clone()
        }
    }

    /// The same device after the client was installed anew: another id on the same hardware.
    pub fn installed_anew(&self, dice: &mut Dice) -> Self {
        let key = dice.word();
        let id = device_id(self.platform, key);
        Device {
            key,
            id,
            ..self.clone()
        }
    }

    /// Whether it is a phone or a tablet.
    pub fn mobile(&self) -> bool {
        matches!(self.platform, "android" | "ios")
    }

    /// What an event says of it. The texts are kept in `id` and `client`.
    pub fn line<'a>(
        &'a self,
        world: &World,
        at: i64,
        id: &'a mut String,
        client: &'a mut String,
    ) -> DeviceLine<'a> {
        id.clear();
        match self.reset {
            Reset::Never => id.push_str(&self.id),
            Reset::Daily => {
                *id = device_id(self.platform, mix(self.key, (at / DAY) as u64));
            }
        }
        let release = world.release((at - self.lag).min(self.frozen_at));
        *client = if self.mobile() {
            format!("1.{}.{}", 40 + release / 3, release % 3)
        } else {
            format!("2.{}.{}", release / 4, release % 4)
        };
        DeviceLine {
            device_id: id,
            platform: self.platform,
            model: self.model,
            os_version: self.os_version,
            client_version: client,
            hardware_fingerprint: &self.fingerprint,
            emulator_signals: &self.signals,
        }
    }
}
