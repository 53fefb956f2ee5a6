//! The entity graph: accounts and identifiers, and the links between them. Facts come from events
//! alone and merge so that neither order nor repetition matters; what hangs off an identifier that
//! many share is bounded by a sample of its earliest accounts.

use smallvec::SmallVec;

use super::{
    account::Account,
    cohort::Cohorts,
    identifier::{IdentifierClass, IdentifierKind, Pseudonym},
    link::{Link, LinkedIdentifier, Links},
    sample::{
        ACCOUNTS_REMEMBERED, ACCOUNTS_SAMPLED, CARRIER_ACCOUNTS, CARRIER_ACCOUNTS_ANY_PLATFORM,
        Displaced, Placed, Sample, Summary, Told,
    },
    table::{IndexTable, Shelf},
};

pub(super) struct AccountNode {
    pub(super) facts: Account,
    pub(super) links: Links,
}

/// In one line of the processor's caches.
#[repr(align(64))]
struct IdentifierNode {
    kind: IdentifierKind,
    pseudonym: Pseudonym,
    accounts: u32,
    sample: Sample,
    told: Told,
    /// The class that the evidence between its accounts was last weighed with; `None` after a
    /// restoration, since the copied evidence may be of another moment than the copied identifier.
    weighed_as: Option<IdentifierClass>,
}

/// Whether an account has one device, two or more speaks for or against succession on one of them.
pub(super) const FEW_DEVICES: usize = 2;

/// What a batch of events touched: the pairs of accounts to compare again follow from it. No more pairs than
/// may have changed, or an account with many devices that many share would make every event of its dear.
#[derive(Debug, Default)]
pub struct Touched {
    /// Accounts to compare with all their candidates: facts that every pair of theirs rests on changed.
    pub accounts: Vec<u32>,
    /// Accounts that use an identifier more than before: to those whom they don't share it with they can only
    /// have become less alike, so only who is linked to them is compared again.
    pub widened: Vec<u32>,
    /// Uses that changed: the pairs that share the identifier are compared again.
    pub uses: Vec<TouchedUse>,
    /// Accounts that were seen on a later day, and the last second before: they may no longer have ended before
    /// another one began.
    pub returned: Vec<(u32, u32)>,
    /// Identifiers whose class changed, and with it the evidence between the accounts sampled.
    pub identifiers: Vec<u32>,
}

/// An account's use of an identifier changed. It matters to those alone who first used the identifier on a
/// later day than `after`: whose use begins before the old end overlaps as it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TouchedUse {
    /// The account (index).
    pub account: u32,
    /// The identifier (index).
    pub identifier: u32,
    /// Seconds since 1970; 0 where it matters to everybody.
    pub after: u32,
}

impl Touched {
    /// Whether nothing was.
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty()
            && self.widened.is_empty()
            && self.uses.is_empty()
            && self.returned.is_empty()
            && self.identifiers.is_empty()
    }

    /// Every account whose own evidence changed, ascending, each once.
    pub fn all_accounts(&self) -> Vec<u32> {
        let mut all = self.accounts.clone();
        all.extend(&self.widened);
        all.extend(self.uses.iter().map(|touched| touched.account));
        all.extend(self.returned.iter().map(|(account, _)| *account));
        all.sort_unstable();
        all.dedup();
        all
    }

    fn in_order(&mut self) {
        for list in [&mut self.accounts, &mut self.widened, &mut self.identifiers] {
            list.sort_unstable();
            list.dedup();
        }
        // Of several changes the one that matters to most, which is the first in order.
        self.uses.sort_unstable();
        self.uses
            .dedup_by_key(|touched| (touched.account, touched.identifier));
        self.returned.sort_unstable();
        self.returned.dedup_by_key(|(account, _)| *account);
    }
}

/// Accounts, identifiers, links; in memory, one writer.
#[derive(Default)]
pub struct EntityGraph {
    pub(super) accounts: Shelf<AccountNode>,
    identifiers: Shelf<IdentifierNode>,
    account_table: IndexTable,
    identifier_table: IndexTable,
    link_count: usize,
    pub(super) cohorts: Cohorts,
    hasher: hashbrown::DefaultHashBuilder,
    pub(super) touched: Touched,
}

impl EntityGraph {
    /// An empty graph with room for so many accounts and what usually comes with them.
    pub fn with_room_for(accounts: usize) -> Self {
        let mut graph = EntityGraph::default();
        graph.reserve(accounts, accounts.saturating_mul(3));
        graph
    }

    /// Makes room in empty tables, where much is about to come.
    pub fn reserve(&mut self, accounts: usize, identifiers: usize) {
        self.account_table.reserve(accounts);
        self.identifier_table.reserve(identifiers);
        self.cohorts.reserve(accounts);
    }

    /// Accounts known.
    pub fn account_count(&self) -> usize {
        self.accounts.len()
    }

    /// Identifiers known.
    pub fn identifier_count(&self) -> usize {
        self.identifiers.len()
    }

    /// Links known.
    pub fn link_count(&self) -> usize {
        self.link_count
    }

    /// The index of an account, by the operator's id.
    pub fn find_account(&self, id: &str) -> Option<u32> {
        self.account_table.find(self.account_hash(id), |index| {
            &*self.accounts[index].facts.id == id
        })
    }

    /// The facts of an account.
    pub fn account(&self, index: u32) -> &Account {
        &self.accounts[index].facts
    }

    /// Kind and pseudonym of an identifier.
    pub fn identifier(&self, index: u32) -> (IdentifierKind, Pseudonym) {
        let node = &self.identifiers[index];
        (node.kind, node.pseudonym)
    }

    /// The index of an identifier.
    pub fn find_identifier(&self, kind: IdentifierKind, pseudonym: Pseudonym) -> Option<u32> {
        self.identifier_table.find(pseudonym.hash(), |index| {
            let known = &self.identifiers[index];
            known.kind == kind && known.pseudonym == pseudonym
        })
    }

    /// How many accounts ever used an identifier.
    pub fn accounts_on(&self, identifier: u32) -> u32 {
        self.identifiers[identifier].accounts
    }

    /// The identifier's sample: its earliest accounts.
    pub fn sample(&self, identifier: u32) -> impl Iterator<Item = u32> + '_ {
        self.identifiers[identifier].sample.accounts()
    }

    /// The accounts that one is compared with on an identifier, the latest first: of those who first used it on a
    /// later day than a second's.
    pub fn compared_with(
        &self,
        identifier: u32,
        account: u32,
        after: u32,
    ) -> impl Iterator<Item = u32> + '_ {
        let (sample, farm) = self.sample_of_farm(identifier);
        let others = sample.compared_with(account, farm, after);
        others.filter(move |other| *other != account)
    }

    /// Whether two accounts are compared on an identifier.
    pub fn are_compared(&self, identifier: u32, one: u32, other: u32) -> bool {
        let (sample, farm) = self.sample_of_farm(identifier);
        sample.compares(one, other, farm)
    }

    /// An identifier's sample, and whether whom it remembers besides is compared too.
    fn sample_of_farm(&self, identifier: u32) -> (&Sample, bool) {
        let sample = &self.identifiers[identifier].sample;
        let farm = sample.is_exceeded() && self.class(identifier) == IdentifierClass::Farm;
        (sample, farm)
    }

    /// When an identifier was first used, seconds since 1970; 0 where it never was.
    pub fn first_use(&self, identifier: u32) -> u32 {
        self.identifiers[identifier].sample.first_use()
    }

    /// Whether an account is in an identifier's sample.
    pub fn is_sampled(&self, identifier: u32, account: u32) -> bool {
        self.identifiers[identifier].sample.contains(account)
    }

    /// Whether an identifier is considered of an account.
    pub fn is_considered(&self, account: u32, identifier: u32) -> bool {
        self.accounts[account].links.is_considered(identifier)
    }

    /// What the sample says.
    pub fn summary(&self, identifier: u32) -> Summary {
        self.identifiers[identifier].sample.summary
    }

    /// What events told of the identifier besides itself.
    pub fn told(&self, identifier: u32) -> Told {
        self.identifiers[identifier].told
    }

    /// Takes in what an event told of an identifier besides itself.
    pub(super) fn tell(&mut self, identifier: u32, told: u32) {
        if self.identifiers[identifier].told.add(told) {
            self.touched.identifiers.push(identifier);
        }
    }

    /// What the identifier is, from its use.
    pub fn class(&self, identifier: u32) -> IdentifierClass {
        let node = &self.identifiers[identifier];
        node.sample.class(node.kind, node.accounts, node.told)
    }

    /// Registrations near each other.
    pub fn cohorts(&self) -> &Cohorts {
        &self.cohorts
    }

    /// The identifiers considered of an account, by identifier index: all of them, or the earliest
    /// [`IDENTIFIERS_CONSIDERED`](super::link::IDENTIFIERS_CONSIDERED).
    pub fn considered(&self, account: u32) -> SmallVec<[LinkedIdentifier; 8]> {
        let mut identifiers: SmallVec<_> = self.considered_in_any_order(account).collect();
        identifiers.sort_unstable_by_key(|linked: &LinkedIdentifier| linked.identifier);
        identifiers
    }

    /// The same in no order that means anything.
    pub fn considered_in_any_order(
        &self,
        account: u32,
    ) -> impl Iterator<Item = LinkedIdentifier> + '_ {
        self.accounts[account].links.considered()
    }

    /// Every link of an account; unbounded, for checkpoints and exports.
    pub fn links(&self, account: u32) -> impl Iterator<Item = (u32, Link)> + '_ {
        let links = self.accounts[account].links.iter();
        links.map(|linked| (linked.identifier, linked.link))
    }

    /// Orders accounts by who was first: first seen, then account id. Neither arrival nor the
    /// pseudonym key has a say in it.
    pub fn seniority(&self, account: u32) -> (u32, &str) {
        let facts = &self.accounts[account].facts;
        (facts.first_seen, &facts.id)
    }

    pub(super) fn account_or_new(&mut self, id: &str, seconds: u32) -> u32 {
        match self.find_account(id) {
            Some(account) => account,
            None => self.add_account(Account::new(id.into(), seconds)),
        }
    }

    /// Adds an account that is known to be absent.
    pub fn add_account(&mut self, facts: Account) -> u32 {
        let hash = self.account_hash(&facts.id);
        let index = u32::try_from(self.accounts.len()).expect("fewer than 2^32 accounts");
        self.accounts.push(AccountNode {
            facts,
            links: Links::default(),
        });
        let (accounts, hasher) = (&self.accounts, &self.hasher);
        self.account_table.insert(hash, index, |index| {
            std::hash::BuildHasher::hash_one(hasher, &*accounts[index].facts.id)
        });
        index
    }

    pub(super) fn identifier_or_new(&mut self, kind: IdentifierKind, pseudonym: Pseudonym) -> u32 {
        match self.find_identifier(kind, pseudonym) {
            Some(identifier) => identifier,
            None => self.add_identifier(kind, pseudonym),
        }
    }

    /// Adds an identifier that is known to be absent.
    pub fn add_identifier(&mut self, kind: IdentifierKind, pseudonym: Pseudonym) -> u32 {
        let index = u32::try_from(self.identifiers.len()).expect("fewer than 2^32 identifiers");
        self.identifiers.push(IdentifierNode {
            kind,
            pseudonym,
            accounts: 0,
            sample: Sample::default(),
            told: Told::default(),
            weighed_as: Some(IdentifierClass::Personal),
        });
        let identifiers = &self.identifiers;
        self.identifier_table
            .insert(pseudonym.hash(), index, |index| {
                identifiers[index].pseudonym.hash()
            });
        index
    }

    fn account_hash(&self, id: &str) -> u64 {
        std::hash::BuildHasher::hash_one(&self.hasher, id)
    }

    pub(super) fn touch_link(
        &mut self,
        account: u32,
        identifier: u32,
        seconds: u32,
        unbinds: bool,
    ) {
        let use_seen = if unbinds { 0 } else { seconds };
        let links = &mut self.accounts[account].links;
        let Some(place) = links.place_of(identifier) else {
            let link = Link {
                first_seen: seconds,
                last_seen: use_seen,
                unbound_at: if unbinds { seconds } else { 0 },
            };
            self.add_link(account, identifier, link);
            return;
        };
        let link = links.at_mut(place);
        let before = *link;
        link.first_seen = link.first_seen.min(seconds);
        link.last_seen = link.last_seen.max(use_seen);
        if unbinds {
            link.unbound_at = link.unbound_at.max(seconds);
        }
        let after = *link;
        let held_longer = after.held_until() != before.held_until();
        if after.first_seen < before.first_seen {
            self.resample(account, identifier, place, after.first_seen);
            self.touched.accounts.push(account);
        } else if held_longer || after.last_seen / 86_400 != before.last_seen / 86_400 {
            self.touched.uses.push(TouchedUse {
                account,
                identifier,
                after: if held_longer { 0 } else { before.last_seen },
            });
        }
    }

    fn add_link(&mut self, account: u32, identifier: u32, link: Link) {
        let known = &self.accounts[account].links;
        let same_second = known.considered().any(|known| {
            known.kind == IdentifierKind::DEVICE && known.link.first_seen == link.first_seen
        });
        let place = self.insert_link(account, identifier, link);
        self.resample(account, identifier, place, link.first_seen);
        let (kind, links) = (
            self.identifiers[identifier].kind,
            &self.accounts[account].links,
        );
        let devices = links
            .considered()
            .filter(|known| known.kind == IdentifierKind::DEVICE);
        // A device's id is told from another machine's by the fingerprint that came with it; how few devices an
        // account has is evidence; and what is not considered any more is missing everywhere.
        let matters_to_all = (kind == IdentifierKind::HARDWARE && same_second)
            || (kind == IdentifierKind::DEVICE && devices.count() <= FEW_DEVICES)
            || links.crowds_out(identifier);
        if matters_to_all {
            self.touched.accounts.push(account);
        }
        self.touched.widened.push(account);
        self.touched.uses.push(TouchedUse {
            account,
            identifier,
            after: 0,
        });
    }

    /// Adds a link that is known to be absent; answers its place.
    fn insert_link(&mut self, account: u32, identifier: u32, link: Link) -> u32 {
        let known = &mut self.identifiers[identifier];
        known.accounts += 1;
        self.link_count += 1;
        let links = &mut self.accounts[account].links;
        links.push(identifier, known.kind, link)
    }

    /// Keeps the links considered the earliest. First uses only ever move earlier, and whenever one
    /// does we come by here, so the choice is exact.
    fn choose(&mut self, account: u32, place: u32) {
        let identifiers = &self.identifiers;
        let rank = |linked: LinkedIdentifier| {
            let pseudonym = identifiers[linked.identifier].pseudonym;
            let is_address = linked.kind == IdentifierKind::ADDRESS;
            (is_address, linked.link.first_seen, linked.kind, pseudonym)
        };
        let left_out = self.accounts[account].links.choose(place, rank);
        self.touched.identifiers.extend(left_out);
    }

    /// Keeps an identifier's sample its earliest accounts; exact for the same reason as `choose`.
    fn resample(&mut self, account: u32, identifier: u32, place: u32, first_seen: u32) {
        self.choose(account, place);
        let placed = self.place(account, identifier, first_seen);
        // Who was compared with nobody but the others of the sample has lost nothing.
        let node = &self.identifiers[identifier];
        let of_farm = node.sample.is_exceeded()
            && node
                .weighed_as
                .is_none_or(|class| class == IdentifierClass::Farm);
        let displaced = placed.displaced.into_iter();
        let compared = displaced.filter_map(|displaced| match displaced {
            Displaced::Sampled(account) => Some(account),
            Displaced::Pivot(account) | Displaced::Forgotten(account) => of_farm.then_some(account),
        });
        self.touched.accounts.extend(compared);
        // A popular address becomes a carrier's without its sample changing.
        let carriers = [CARRIER_ACCOUNTS, CARRIER_ACCOUNTS_ANY_PLATFORM];
        if placed.is_sampled || carriers.contains(&node.accounts) {
            self.touched.identifiers.push(identifier);
        }
    }

    fn place(&mut self, account: u32, identifier: u32, first_seen: u32) -> Placed {
        let accounts = &self.accounts;
        let node = &mut self.identifiers[identifier];
        let at_most = match node.kind.is_machine() {
            true => ACCOUNTS_REMEMBERED,
            false => ACCOUNTS_SAMPLED,
        };
        let id_of = |other: u32| &*accounts[other].facts.id;
        node.sample.place((first_seen, account), at_most, id_of)
    }

    /// Hands the cohorts over to be filled beside the graph, and takes them back filled: they are a fourth of
    /// the work of putting accounts back.
    pub fn swap_cohorts(&mut self, cohorts: &mut Cohorts) {
        std::mem::swap(&mut self.cohorts, cohorts);
    }

    /// Puts an account back as a checkpoint holds it, with its links, but for its registration, which goes
    /// into the cohorts; nothing counts as touched.
    pub fn restore_account(&mut self, facts: Account, links: &[(u32, Link)]) {
        let account = self.add_account(facts);
        self.accounts[account].links.reserve(links.len());
        for (identifier, link) in links {
            let place = self.insert_link(account, *identifier, *link);
            self.choose(account, place);
            self.place(account, *identifier, link.first_seen);
        }
    }

    /// Puts an identifier back as a checkpoint holds it; its links follow.
    pub fn restore_identifier(
        &mut self,
        kind: IdentifierKind,
        pseudonym: Pseudonym,
        summary: Summary,
        told: Told,
    ) {
        let identifier = self.add_identifier(kind, pseudonym);
        let node = &mut self.identifiers[identifier];
        node.told = told;
        node.sample.summary = summary;
        node.weighed_as = None;
    }

    /// Takes what was touched since the last call, each once, after bringing the summaries of the
    /// identifiers touched up to date.
    pub fn take_touched(&mut self) -> Touched {
        let mut touched = std::mem::take(&mut self.touched);
        touched.in_order();
        let mut pivots = Vec::new();
        touched.identifiers.retain(|identifier| {
            let mut sample = std::mem::take(&mut self.identifiers[*identifier].sample);
            sample.summarise(*identifier, |account| {
                self.facts_if_considered(account, *identifier)
            });
            self.identifiers[*identifier].sample = sample;
            let class = self.class(*identifier);
            let before = self.identifiers[*identifier].weighed_as.replace(class);
            let is_farm = |class| class == IdentifierClass::Farm;
            let farm = before.is_none_or(is_farm) || is_farm(class);
            let sample = &self.identifiers[*identifier].sample;
            if farm && before != Some(class) && sample.is_exceeded() {
                pivots.extend(sample.pivots().iter().map(|(_, account)| *account));
            }
            before != Some(class)
        });
        touched.accounts.extend(pivots);
        touched.in_order();
        touched
    }

    /// An account's facts, unless it is so wide that the identifier is not among those considered of
    /// it: a trait that changes is then told to a bounded number of identifiers.
    fn facts_if_considered(&self, account: u32, identifier: u32) -> Option<&Account> {
        let node = &self.accounts[account];
        node.links.is_considered(identifier).then_some(&node.facts)
    }

    /// Bytes held by tables and shelves, roughly: what the memory metric shows.
    pub fn bytes(&self) -> usize {
        self.account_table.bytes()
            + self.identifier_table.bytes()
            + self.cohorts.bytes()
            + self.link_count * Links::BYTES_A_LINK
            + self.accounts.len() * size_of::<AccountNode>()
            + self.identifiers.len() * size_of::<IdentifierNode>()
    }
}
