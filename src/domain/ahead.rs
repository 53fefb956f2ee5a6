//! Reads ahead of time what a verdict or an event will look at, a word of each thing. None of these reads
//! waits for another: where memory is far larger than the processor's caches, it fetches all of them at
//! once instead of one after the other. The answers mean nothing, but the reads must not be optimised
//! away.

use super::{event::Event, graph::EntityGraph, identifier::IdentifierKind};

/// So many links are read ahead an account, and...
const LINKS: usize = 8;
/// ...so many others an identifier: most have no more, and a crowd's lie in the caches already.
const OTHERS: usize = 2;

impl EntityGraph {
    /// What a verdict on an account will look at.
    pub fn touch(&self, account: u32) -> u64 {
        let node = &self.accounts[account];
        let tasks = node.facts.tasks.as_ref();
        let tasks = tasks.map_or(0, |tasks| tasks.touch());
        let registration = node.facts.registration.as_ref();
        let cohorts = registration.map_or(0, |registration| self.cohorts.touch(registration));
        let identifiers = node.links.considered();
        let identifiers = identifiers.map(|linked| self.accounts_on(linked.identifier).into());
        identifiers.fold(tasks ^ cohorts, |read, accounts: u64| read ^ accounts)
    }

    /// The identifiers that folding an event will look up.
    pub fn touch_identifiers(&self, event: &Event) -> u64 {
        let device = event.device.as_ref();
        let named = [
            (IdentifierKind::PHONE, event.phone.map(|phone| phone.number)),
            (
                IdentifierKind::HARDWARE,
                device.and_then(|device| device.hardware),
            ),
            (
                IdentifierKind::DEVICE,
                device.and_then(|device| device.device),
            ),
            (
                IdentifierKind::ADDRESS,
                event.address.map(|address| address.address),
            ),
        ];
        let known = |(kind, pseudonym)| self.find_identifier(kind, pseudonym?);
        named
            .into_iter()
            .filter_map(known)
            .fold(0, |read, identifier| read ^ u64::from(identifier))
    }

    /// What folding an event of an account will change of it.
    pub fn touch_facts(&self, account: u32) -> u64 {
        let node = &self.accounts[account];
        let tasks = node.facts.tasks.as_ref();
        let tasks = tasks.map_or(0, |tasks| tasks.touch());
        let link = node.links.considered().next();
        link.map_or(tasks, |link| tasks ^ u64::from(link.identifier))
    }

    /// What comparing accounts anew will look at: identifiers, who else uses them, and those accounts' links.
    pub(super) fn touch_pairs(&self, accounts: &[u32]) -> u64 {
        let proposing = || {
            let links = accounts
                .iter()
                .map(|account| &self.accounts[*account].links);
            let links = links.flat_map(|links| links.considered().take(LINKS));
            links.filter(|linked| linked.kind.proposes_pairs())
        };
        let others = || proposing().flat_map(|linked| self.sample(linked.identifier).take(OTHERS));
        let nodes = proposing().map(|linked| self.accounts_on(linked.identifier));
        let facts = others().map(|other| self.accounts[other].facts.last_seen);
        let read = nodes.chain(facts).fold(0, |read, word| read ^ word);
        let links = others().filter_map(|other| self.accounts[other].links.considered().next());
        links.fold(read.into(), |read, link| read ^ u64::from(link.identifier))
    }
}
