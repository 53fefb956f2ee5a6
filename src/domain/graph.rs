//! The entity graph: accounts and identifiers, and the links between them. Facts come from events
//! alone and merge so that neither order nor repetition matters; what hangs off an identifier that
//! many share is bounded by a sample of its earliest accounts.

use petgraph::{
    graph::{EdgeIndex, NodeIndex, UnGraph},
    visit::EdgeRef,
};
use smallvec::SmallVec;

use super::{
    account::Account,
    cohort::{Cohorts, mix},
    identifier::{IdentifierClass, IdentifierKind, Pseudonym},
    link::{Edge, Link, LinkedIdentifier},
    sample::{CARRIER_ACCOUNTS, CARRIER_ACCOUNTS_ANY_PLATFORM, Placed, Sample, Summary, Told},
    table::{IndexTable, Shelf},
};

/// Identifiers considered an account, the earliest linked first.
pub const IDENTIFIERS_CONSIDERED: usize = 64;
pub(super) struct AccountNode {
    pub(super) facts: Account,
    node: NodeIndex,
    links: u32,
    /// The links considered, where there are more than [`IDENTIFIERS_CONSIDERED`].
    chosen: Option<Box<[EdgeIndex; IDENTIFIERS_CONSIDERED]>>,
}

struct IdentifierNode {
    kind: IdentifierKind,
    pseudonym: Pseudonym,
    node: NodeIndex,
    accounts: u32,
    sample: Sample,
    told: Told,
    /// The class that the evidence between its accounts was last weighed with; `None` after a
    /// restoration, since the copied evidence may be of another moment than the copied identifier.
    weighed_as: Option<IdentifierClass>,
}

/// What a batch of events touched: the pairs of accounts to compare again follow from it.
#[derive(Debug, Default)]
pub struct Touched {
    /// Accounts whose own evidence changed.
    pub accounts: Vec<u32>,
    /// Identifiers whose class changed, and with it the evidence between the accounts sampled.
    pub identifiers: Vec<u32>,
}

/// Accounts, identifiers, links; in memory, one writer.
#[derive(Default)]
pub struct EntityGraph {
    /// Nodes carry nothing: accounts and identifiers know theirs, edges name their identifier.
    pub(super) graph: UnGraph<(), Edge>,
    pub(super) accounts: Shelf<AccountNode>,
    identifiers: Shelf<IdentifierNode>,
    account_table: IndexTable,
    identifier_table: IndexTable,
    /// Links of accounts that have more than [`IDENTIFIERS_CONSIDERED`].
    wide_links: IndexTable,
    pub(super) cohorts: Cohorts,
    hasher: hashbrown::DefaultHashBuilder,
    pub(super) touched: Touched,
}

impl EntityGraph {
    /// An empty graph with room for so many accounts, so that growing does not stop the world.
    pub fn with_room_for(accounts: usize) -> Self {
        let mut graph = EntityGraph::default();
        graph.reserve(
            accounts,
            accounts.saturating_mul(3),
            accounts.saturating_mul(8),
        );
        graph
    }

    /// Makes room at once, where much is about to come.
    pub fn reserve(&mut self, accounts: usize, identifiers: usize, links: usize) {
        self.graph
            .reserve_nodes(accounts.saturating_add(identifiers));
        self.graph.reserve_edges(links);
    }

    /// Makes room for what a checkpoint holds, tables included: it is about to be restored.
    pub fn reserve_restoration(&mut self, accounts: usize, identifiers: usize, links: usize) {
        self.reserve(accounts, identifiers, links);
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
        self.graph.edge_count()
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

    /// How many accounts ever used an identifier.
    pub fn accounts_on(&self, identifier: u32) -> u32 {
        self.identifiers[identifier].accounts
    }

    /// The identifier's sample: its earliest accounts.
    pub fn sample(&self, identifier: u32) -> impl Iterator<Item = u32> + '_ {
        self.identifiers[identifier].sample.accounts()
    }

    /// Whether an account is in an identifier's sample.
    pub fn is_sampled(&self, identifier: u32, account: u32) -> bool {
        self.identifiers[identifier].sample.contains(account)
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
    /// [`IDENTIFIERS_CONSIDERED`].
    pub fn considered(&self, account: u32) -> SmallVec<[LinkedIdentifier; 8]> {
        let node = &self.accounts[account];
        let mut identifiers: SmallVec<[LinkedIdentifier; 8]> = match &node.chosen {
            Some(chosen) => chosen
                .iter()
                .map(|edge| self.graph[*edge].linked())
                .collect(),
            None => self
                .graph
                .edges(node.node)
                .map(|edge| edge.weight().linked())
                .collect(),
        };
        identifiers.sort_unstable_by_key(|linked| linked.identifier);
        identifiers
    }

    /// Every link of an account; unbounded, for checkpoints and exports.
    pub fn links(&self, account: u32) -> impl Iterator<Item = (u32, Link)> + '_ {
        self.graph
            .edges(self.accounts[account].node)
            .map(|edge| edge.weight().linked())
            .map(|linked| (linked.identifier, linked.link))
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
        if let Some(registration) = &facts.registration {
            self.cohorts.add(registration);
        }
        let index = u32::try_from(self.accounts.len()).expect("fewer than 2^32 accounts");
        let node = self.graph.add_node(());
        self.accounts.push(AccountNode {
            facts,
            node,
            links: 0,
            chosen: None,
        });
        let (accounts, hasher) = (&self.accounts, &self.hasher);
        self.account_table.insert(hash, index, |index| {
            std::hash::BuildHasher::hash_one(hasher, &*accounts[index].facts.id)
        });
        index
    }

    pub(super) fn identifier_or_new(&mut self, kind: IdentifierKind, pseudonym: Pseudonym) -> u32 {
        let is_it = |index: u32| {
            let known = &self.identifiers[index];
            known.kind == kind && known.pseudonym == pseudonym
        };
        match self.identifier_table.find(pseudonym.hash(), is_it) {
            Some(identifier) => identifier,
            None => self.add_identifier(kind, pseudonym),
        }
    }

    /// Adds an identifier that is known to be absent.
    pub fn add_identifier(&mut self, kind: IdentifierKind, pseudonym: Pseudonym) -> u32 {
        let index = u32::try_from(self.identifiers.len()).expect("fewer than 2^32 identifiers");
        let node = self.graph.add_node(());
        self.identifiers.push(IdentifierNode {
            kind,
            pseudonym,
            node,
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

    fn identifier_of(&self, edge: EdgeIndex) -> u32 {
        self.graph[edge].linked().identifier
    }

    /// The link of an account to an identifier. An account's links are few and walked; a wide
    /// account's are looked up, so that the walk stays bounded.
    fn find_link(&self, account: u32, identifier: u32) -> Option<EdgeIndex> {
        let node = &self.accounts[account];
        let (a, b) = (node.node, self.identifiers[identifier].node);
        if node.links as usize <= IDENTIFIERS_CONSIDERED {
            return self.graph.find_edge(a, b);
        }
        let joins =
            |edge: u32| self.graph.edge_endpoints(EdgeIndex::new(edge as usize)) == Some((a, b));
        self.wide_links
            .find(link_hash(a, b), joins)
            .map(|edge| EdgeIndex::new(edge as usize))
    }

    pub(super) fn touch_link(
        &mut self,
        account: u32,
        identifier: u32,
        seconds: u32,
        unbinds: bool,
    ) {
        let use_seen = if unbinds { 0 } else { seconds };
        let Some(edge) = self.find_link(account, identifier) else {
            let link = Link {
                first_seen: seconds,
                last_seen: use_seen,
                unbound_at: if unbinds { seconds } else { 0 },
            };
            self.add_link(account, identifier, link);
            return;
        };
        let link = &mut self.graph[edge].link;
        let before = *link;
        link.first_seen = link.first_seen.min(seconds);
        link.last_seen = link.last_seen.max(use_seen);
        if unbinds {
            link.unbound_at = link.unbound_at.max(seconds);
        }
        let after = *link;
        if after.first_seen < before.first_seen {
            self.resample(account, identifier, edge, after.first_seen);
            self.touched.accounts.push(account);
        } else if after.held_until() != before.held_until()
            || after.last_seen / 86_400 != before.last_seen / 86_400
        {
            self.touched.accounts.push(account);
        }
    }

    fn add_link(&mut self, account: u32, identifier: u32, link: Link) {
        let edge = self.insert_link(account, identifier, link);
        self.touched.accounts.push(account);
        self.resample(account, identifier, edge, link.first_seen);
    }

    /// Adds a link that is known to be absent, to graph and table.
    fn insert_link(&mut self, account: u32, identifier: u32, link: Link) -> EdgeIndex {
        let (a, b) = (
            self.accounts[account].node,
            self.identifiers[identifier].node,
        );
        let kind = self.identifiers[identifier].kind;
        let edge = self.graph.add_edge(a, b, Edge::new(link, kind, identifier));
        self.accounts[account].links += 1;
        self.identifiers[identifier].accounts += 1;
        let links = self.accounts[account].links as usize;
        if links == IDENTIFIERS_CONSIDERED + 1 {
            let all: Vec<EdgeIndex> = self.edges_of(account).collect();
            all.into_iter().for_each(|edge| self.index_wide_link(edge));
        } else if links > IDENTIFIERS_CONSIDERED {
            self.index_wide_link(edge);
        }
        edge
    }

    fn index_wide_link(&mut self, edge: EdgeIndex) {
        let graph = &self.graph;
        let hash_of = |edge: u32| {
            let ends = graph.edge_endpoints(EdgeIndex::new(edge as usize));
            let (a, b) = ends.expect("links are never removed");
            link_hash(a, b)
        };
        let index = edge.index() as u32;
        self.wide_links.insert(hash_of(index), index, hash_of);
    }

    fn edges_of(&self, account: u32) -> impl Iterator<Item = EdgeIndex> + '_ {
        self.graph
            .edges(self.accounts[account].node)
            .map(|edge| edge.id())
    }

    /// Keeps an account's chosen links the earliest [`IDENTIFIERS_CONSIDERED`]. First uses only
    /// ever move earlier, and whenever one does we come by here, so the choice is exact.
    fn choose(&mut self, account: u32, edge: EdgeIndex) {
        let node = &self.accounts[account];
        if (node.links as usize) <= IDENTIFIERS_CONSIDERED {
            return;
        }
        let mut chosen = match &node.chosen {
            Some(chosen) => chosen.to_vec(),
            None => self.graph.edges(node.node).map(|edge| edge.id()).collect(),
        };
        if !chosen.contains(&edge) {
            chosen.push(edge);
        }
        chosen.sort_unstable_by_key(|edge| {
            let identifier = &self.identifiers[self.identifier_of(*edge)];
            (
                self.graph[*edge].link.first_seen,
                identifier.kind,
                identifier.pseudonym,
            )
        });
        let left_out = chosen.split_off(IDENTIFIERS_CONSIDERED.min(chosen.len()));
        for edge in left_out.into_iter().chain([edge]) {
            let identifier = self.identifier_of(edge);
            self.touched.identifiers.push(identifier);
        }
        let chosen: Option<[EdgeIndex; IDENTIFIERS_CONSIDERED]> = chosen.try_into().ok();
        self.accounts[account].chosen = chosen.map(Box::new);
    }

    /// Keeps an identifier's sample its earliest accounts; exact for the same reason as `choose`.
    fn resample(&mut self, account: u32, identifier: u32, edge: EdgeIndex, first_seen: u32) {
        self.choose(account, edge);
        match self.place(account, identifier, first_seen) {
            Placed::Outside => {
                // A popular address becomes a carrier's without its sample changing.
                let accounts = self.identifiers[identifier].accounts;
                if accounts == CARRIER_ACCOUNTS || accounts == CARRIER_ACCOUNTS_ANY_PLATFORM {
                    self.touched.identifiers.push(identifier);
                }
                return;
            }
            Placed::Inside => {}
            Placed::Evicting(evicted) => self.touched.accounts.push(evicted),
        }
        self.touched.identifiers.push(identifier);
    }

    fn place(&mut self, account: u32, identifier: u32, first_seen: u32) -> Placed {
        let accounts = &self.accounts;
        let sample = &mut self.identifiers[identifier].sample;
        sample.place(first_seen, account, |other| &accounts[other].facts.id)
    }

    /// Puts a link back as a checkpoint holds it; nothing counts as touched.
    pub fn restore_link(&mut self, account: u32, identifier: u32, link: Link) {
        let edge = self.insert_link(account, identifier, link);
        self.choose(account, edge);
        self.place(account, identifier, link.first_seen);
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
        for list in [&mut touched.accounts, &mut touched.identifiers] {
            list.sort_unstable();
            list.dedup();
        }
        touched.identifiers.retain(|identifier| {
            let mut sample = std::mem::take(&mut self.identifiers[*identifier].sample);
            sample.summarise(*identifier, |account| {
                self.facts_if_considered(account, *identifier)
            });
            self.identifiers[*identifier].sample = sample;
            let class = self.class(*identifier);
            self.identifiers[*identifier].weighed_as.replace(class) != Some(class)
        });
        touched
    }

    /// An account's facts, unless it is so wide that the identifier is not among those considered of
    /// it: a trait that changes is then told to a bounded number of identifiers.
    fn facts_if_considered(&self, account: u32, identifier: u32) -> Option<&Account> {
        let node = &self.accounts[account];
        let considered = node.chosen.as_ref().is_none_or(|chosen| {
            chosen
                .iter()
                .any(|edge| self.identifier_of(*edge) == identifier)
        });
        considered.then_some(&node.facts)
    }

    /// Bytes held by tables and shelves, roughly: what the memory metric shows.
    pub fn bytes(&self) -> usize {
        let (nodes, edges) = self.graph.capacity();
        self.account_table.bytes()
            + self.identifier_table.bytes()
            + self.wide_links.bytes()
            + self.cohorts.bytes()
            + nodes * 8
            + edges * 32
            + self.accounts.len() * size_of::<AccountNode>()
            + self.identifiers.len() * size_of::<IdentifierNode>()
    }
}

fn link_hash(account: NodeIndex, identifier: NodeIndex) -> u64 {
    mix(
        (account.index() as u64) << 32 | identifier.index() as u64,
        1,
    )
}
