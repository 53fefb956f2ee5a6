//! How one event becomes facts: every part of it merges so that neither order nor repetition matters.

use super::{
    account::{Registration, platform_bit},
    event::{Device, Event, EventType, NumberClass, SignalSet, word_hash},
    graph::EntityGraph,
    identifier::{IdentifierKind, IdentifierKinds},
};

impl EntityGraph {
    /// Folds one event in. `tie` orders registrations of one second; `sequence` is the event's
    /// number in the journal: what an account already holds is skipped. Answers the account's index.
    pub fn fold(&mut self, event: &Event, kinds: &IdentifierKinds, tie: u64, sequence: u64) -> u32 {
        let seconds = event.occurred_at.seconds();
        let account = self.account_or_new(&event.account_id, seconds);
        let facts = &mut self.accounts[account].facts;
        if facts.changed_by >= sequence {
            return account;
        }
        facts.changed_by = sequence;
        if seconds < facts.first_seen {
            facts.first_seen = seconds;
            self.touched.accounts.push(account);
        }
        if seconds / 86_400 > facts.last_seen / 86_400 {
            // From what day on an account is silent decides whose its number is, and who came after it.
            self.touched.returned.push((account, facts.last_seen));
        }
        facts.last_seen = facts.last_seen.max(seconds);
        if let Some(account_type) = event.account_type {
            facts.types.add(account_type, seconds);
        }
        if !event.surface.is_empty() {
            facts.add_surface(word_hash(&event.surface));
        }
        let network = event.address.map(|address| address.class);
        facts.activity.add(seconds, network);
        if facts.activity.events.is_power_of_two() {
            // How much an account was used decides whether its silence is its end.
            self.touched.returned.push((account, facts.last_seen));
        }
        let borrowed = event
            .phone
            .is_some_and(|phone| phone.class == NumberClass::Disposable);
        if borrowed && !facts.disposable_number {
            facts.disposable_number = true;
            self.touched.accounts.push(account);
        }
        facts.impossible_device |= event.device.as_ref().is_some_and(Device::is_impossible);
        let device = self.fold_identifiers(account, event, kinds, seconds);
        if let (EventType::TaskCompleted, Some(task)) = (event.event_type, &event.task) {
            self.accounts[account].facts.add_task(task, device);
        }
        if event.event_type == EventType::Registration {
            self.fold_registration(account, event, device, tie);
        }
        account
    }

    /// Remembers that billing was told more tokens of an account's task than the stream saw.
    pub fn contradict(&mut self, account: u32, task_id: &str) {
        if let Some(tasks) = &mut self.accounts[account].facts.tasks {
            tasks.contradict(task_id);
        }
    }

    /// Links the account to everything the event names; answers the device's index.
    fn fold_identifiers(
        &mut self,
        account: u32,
        event: &Event,
        kinds: &IdentifierKinds,
        seconds: u32,
    ) -> Option<u32> {
        if let Some(phone) = &event.phone {
            let unbinds = event.event_type == EventType::PhoneUnbound;
            let number = self.identifier_or_new(IdentifierKind::PHONE, phone.number);
            self.touch_link(account, number, seconds, unbinds);
        }
        let mut registered_on = None;
        if let Some(device) = &event.device {
            for (kind, pseudonym) in [
                (IdentifierKind::HARDWARE, device.hardware),
                (IdentifierKind::DEVICE, device.device),
            ] {
                if let Some(pseudonym) = pseudonym {
                    let identifier = self.identifier_or_new(kind, pseudonym);
                    self.touch_link(account, identifier, seconds, false);
                    self.tell(identifier, model_hash(&device.model));
                    registered_on = Some(identifier);
                }
            }
            self.fold_traits(account, &device.platform, device.signals);
        }
        if let Some(address) = &event.address {
            let identifier = self.identifier_or_new(IdentifierKind::ADDRESS, address.address);
            self.touch_link(account, identifier, seconds, false);
            self.tell(identifier, address.class as u32);
        }
        for other in &event.others {
            if let Some(kind) = kinds.find(&other.kind) {
                let identifier = self.identifier_or_new(kind, other.value);
                self.touch_link(account, identifier, seconds, false);
            }
        }
        registered_on
    }

    fn fold_traits(&mut self, account: u32, platform: &str, signals: SignalSet) {
        let facts = &mut self.accounts[account].facts;
        facts.signals = facts.signals.union(signals);
        let bit = platform_bit(platform);
        if facts.platforms & bit == 0 {
            facts.platforms |= bit;
            self.touched.accounts.push(account);
            self.touch_neighbourhood(account);
        }
    }

    fn fold_registration(&mut self, account: u32, event: &Event, device: Option<u32>, tie: u64) {
        let registration = Registration {
            at: event.occurred_at.seconds(),
            tie,
            device,
            network: event.address.map(|address| address.block),
            network_class: event
                .address
                .map_or_else(Default::default, |address| address.class),
            number_blocks: event.phone.map(|phone| phone.blocks),
            model: event
                .device
                .as_ref()
                .map_or(0, |device| model_hash(&device.model)),
            name: event.display_name.map(|name| name.skeleton),
            name_number: event.display_name.and_then(|name| name.trailing_number),
        };
        let facts = &mut self.accounts[account].facts;
        let before = facts.registration;
        if facts.register(registration) {
            if let Some(before) = before {
                self.cohorts.remove(&before);
            }
            self.cohorts.add(&registration);
            self.touched.accounts.push(account);
            self.touch_neighbourhood(account);
        }
    }

    /// Marks the identifiers in whose sample an account is: a trait of it changed.
    fn touch_neighbourhood(&mut self, account: u32) {
        for linked in self.considered(account) {
            if self.is_sampled(linked.identifier, account) {
                self.touched.identifiers.push(linked.identifier);
            }
        }
    }
}

/// The hash of a device's model; 0 stands for none.
fn model_hash(model: &str) -> u32 {
    if model.is_empty() {
        0
    } else {
        word_hash(model)
    }
}
