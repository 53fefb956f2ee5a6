//! Which accounts are the same user. Pairs with enough evidence are *strong links*; an account's user
//! is named after the most senior account within [`HOPS`] strong links (star clustering: Aslam,
//! Pelekhov and Rus 2004). That is a function of the neighbourhood alone, so it needs no repair when
//! a link is lost, costs the same however large the surroundings are, and no chain of weak likenesses
//! can glue strangers together.

use std::hint::black_box;

use smallvec::SmallVec;

use super::{
    assertion::{Assertion, Assertions},
    evidence::{Side, weigh_sides},
    evidence_weights::EvidenceWeights,
    graph::{EntityGraph, Touched, TouchedUse},
    identifier::{IdentifierClass, IdentifierKind},
    table::Sparse,
};

/// How far a user reaches, in strong links from its most senior account.
pub const HOPS: usize = 2;
/// Strong links followed an account: to the most senior neighbours.
pub const LINKS_FOLLOWED: usize = 128;
/// Accounts of which what they are compared with is read ahead at once.
const TOUCHED_AT_ONCE: usize = 32;

/// A pair of accounts with enough evidence, as one of them sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StrongLink {
    /// The other account (index).
    pub other: u32,
    /// Evidence, millibits.
    pub millibits: i32,
    /// [`PairEvidence::carries_blame`](super::evidence::PairEvidence::carries_blame), or a person said so.
    pub carries_blame: bool,
}

/// What is kept of an account that has strong links.
#[derive(Default)]
struct Neighbourhood {
    links: SmallVec<[StrongLink; 2]>,
    /// The most senior of the account and its followed neighbours.
    most_senior: u32,
}

/// The strong links of every account that has any.
#[derive(Default)]
pub struct SameUser {
    strong: Sparse<Neighbourhood>,
    assertions: Assertions,
}

impl SameUser {
    /// Brings the strong links up to date with what was touched.
    pub fn refresh(&mut self, graph: &EntityGraph, weights: &EvidenceWeights, touched: &Touched) {
        for accounts in touched.all_accounts().chunks(TOUCHED_AT_ONCE) {
            black_box(graph.touch_pairs(accounts));
        }
        let mut changed = touched.accounts.clone();
        let mut pairs = self.touched_pairs(graph, touched);
        for account in &touched.accounts {
            let candidates = self.candidates_or_asserted(graph, *account);
            changed.extend(self.unlink_all_but(*account, &candidates));
            pairs.extend(candidates.into_iter().map(|other| (*account, other)));
        }
        each_once(&mut pairs);
        let mut accounts: Vec<u32> = pairs.iter().map(|(a, _)| *a).collect();
        accounts.dedup();
        accounts.extend(pairs.iter().map(|(_, b)| *b));
        accounts.sort_unstable();
        accounts.dedup();
        // Many pairs are of few accounts: each is gathered once.
        let sides: Vec<Side> = accounts.iter().map(|one| Side::of(graph, *one)).collect();
        let side_of = |account: u32| &sides[accounts.partition_point(|known| *known < account)];
        for (a, b) in pairs {
            if self.weigh_pair(graph, weights, side_of(a), side_of(b)) {
                changed.extend([a, b]);
            }
        }
        for account in &touched.accounts {
            // Its own seniority may be another now.
            changed.extend(self.links(*account).iter().map(|link| link.other));
        }
        self.refresh_seniority(graph, changed);
    }

    /// Pairs to compare again, beside those of the accounts that are compared with everybody.
    fn touched_pairs(&self, graph: &EntityGraph, touched: &Touched) -> Vec<(u32, u32)> {
        let mut pairs = Vec::new();
        for account in &touched.widened {
            let linked = self.links(*account).iter();
            pairs.extend(linked.map(|link| (*account, link.other)));
        }
        for TouchedUse {
            account,
            identifier,
            after,
        } in &touched.uses
        {
            if !graph.is_considered(*account, *identifier) {
                continue;
            }
            let others = graph.compared_with(*identifier, *account, *after);
            match graph.identifier(*identifier).0.proposes_pairs() {
                true => pairs.extend(others.map(|other| (*account, other))),
                false => {
                    let proposing = proposing(graph, *account);
                    let is_proposed =
                        |other: &u32| is_proposed(graph, &proposing, *account, *other);
                    pairs.extend(others.filter(is_proposed).map(|other| (*account, other)));
                }
            }
        }
        for (account, after) in &touched.returned {
            for identifier in proposing(graph, *account) {
                // Whom it took over from, if anybody, is known by how long it went on.
                let (kind, class) = (graph.identifier(identifier).0, graph.class(identifier));
                let of_two = kind == IdentifierKind::DEVICE && class == IdentifierClass::Personal;
                let after = if of_two { 0 } else { *after };
                let others = graph.compared_with(identifier, *account, after);
                pairs.extend(others.map(|other| (*account, other)));
            }
        }
        for identifier in &touched.identifiers {
            let sample: SmallVec<[u32; 32]> = graph.sample(*identifier).collect();
            let proposes = graph.identifier(*identifier).0.proposes_pairs();
            for (position, a) in sample.iter().enumerate() {
                if proposes && graph.is_considered(*a, *identifier) {
                    pairs.extend(sample[position + 1..].iter().map(|other| (*a, *other)));
                    continue;
                }
                let proposing = proposing(graph, *a);
                let others = sample[position + 1..].iter();
                let others = others.filter(|other| is_proposed(graph, &proposing, *a, **other));
                pairs.extend(others.map(|other| (*a, *other)));
            }
        }
        let is_done = |account: &u32| touched.accounts.binary_search(account).is_ok();
        pairs.retain(|(a, b)| !is_done(a) && !is_done(b));
        pairs
    }

    /// Finds the most senior neighbour again, of accounts whose links, or whose neighbours' seniority, changed.
    fn refresh_seniority(&mut self, graph: &EntityGraph, mut changed: Vec<u32>) {
        changed.sort_unstable();
        changed.dedup();
        for account in changed {
            let most_senior = self
                .followed(graph, account)
                .into_iter()
                .chain([account])
                .min_by_key(|other| graph.seniority(*other))
                .unwrap_or(account);
            if let Some(neighbourhood) = self.strong.get_mut(account) {
                neighbourhood.most_senior = most_senior;
            }
        }
    }

    /// Whom an account is compared with when everything about it may have changed. Ascending.
    fn candidates_or_asserted(&self, graph: &EntityGraph, account: u32) -> SmallVec<[u32; 32]> {
        let mut candidates = candidates(graph, account);
        let asserted = self.assertions.partners(account);
        if !asserted.is_empty() {
            candidates.extend_from_slice(asserted);
            candidates.sort_unstable();
            candidates.dedup();
        }
        candidates
    }

    /// Removes the links of an account to those whom it is not compared with any more; answers who they are.
    fn unlink_all_but(&mut self, account: u32, candidates: &[u32]) -> SmallVec<[u32; 8]> {
        let others = self.links(account).iter().map(|link| link.other);
        let lost: SmallVec<[u32; 8]> = others
            .filter(|other| candidates.binary_search(other).is_err())
            .collect();
        for other in &lost {
            self.set(account, *other, None);
        }
        lost
    }

    /// Compares two accounts again; answers whether their link changed.
    fn weigh_pair(
        &mut self,
        graph: &EntityGraph,
        weights: &EvidenceWeights,
        one: &Side,
        another: &Side,
    ) -> bool {
        let (a, b) = (one.account, another.account);
        let evidence = weigh_sides(graph, weights, one, another);
        let link = evidence.links(weights).then_some(StrongLink {
            other: b,
            millibits: evidence.millibits,
            carries_blame: evidence.carries_blame(),
        });
        let assertions = &self.assertions;
        let link = assertions.bind(graph, weights, (a, b), &evidence, link);
        self.set(a, b, link)
    }

    /// Sets or lifts what people assert about two accounts, and compares them again.
    pub fn assert(
        &mut self,
        graph: &EntityGraph,
        weights: &EvidenceWeights,
        (a, b): (u32, u32),
        assertion: Option<Assertion>,
    ) {
        self.assertions.set(a, b, assertion);
        let proposing = proposing(graph, a);
        if self.assertions.get(a, b).is_some() || is_proposed(graph, &proposing, a, b) {
            self.weigh_pair(graph, weights, &Side::of(graph, a), &Side::of(graph, b));
        } else {
            self.set(a, b, None);
        }
        self.refresh_seniority(graph, vec![a, b]);
    }

    /// What people assert.
    pub fn assertions(&self) -> &Assertions {
        &self.assertions
    }

    /// Sets or removes the link of a pair; answers whether that changed anything.
    fn set(&mut self, a: u32, b: u32, link: Option<StrongLink>) -> bool {
        let link = link.map(|link| StrongLink { other: b, ..link });
        let known = self.links(a).iter().find(|known| known.other == b);
        if known == link.as_ref() {
            return false;
        }
        for (one, other) in [(a, b), (b, a)] {
            match link {
                Some(link) => {
                    let links = &mut self
                        .strong
                        .get_or_insert(one, Neighbourhood::default())
                        .links;
                    let link = StrongLink { other, ..link };
                    match links.iter_mut().find(|known| known.other == other) {
                        Some(known) => *known = link,
                        None => links.push(link),
                    }
                }
                None => {
                    if let Some(neighbourhood) = self.strong.get_mut(one) {
                        neighbourhood.links.retain(|known| known.other != other);
                        if neighbourhood.links.is_empty() {
                            self.strong.remove(one);
                        }
                    }
                }
            }
        }
        true
    }

    /// Puts strong links back as a checkpoint holds them.
    pub fn restore(
        &mut self,
        graph: &EntityGraph,
        links: impl IntoIterator<Item = (u32, StrongLink)>,
    ) {
        let mut changed = Vec::new();
        for (account, link) in links {
            self.set(account, link.other, Some(link));
            changed.extend([account, link.other]);
        }
        self.refresh_seniority(graph, changed);
    }

    /// The strong links of an account.
    pub fn links(&self, account: u32) -> &[StrongLink] {
        self.strong
            .get(account)
            .map_or(&[], |neighbourhood| &neighbourhood.links)
    }

    /// The account that the user is named after: the most senior within [`HOPS`] strong links.
    pub fn leader(&self, graph: &EntityGraph, account: u32) -> u32 {
        let mut leader = account;
        for near in self.followed(graph, account).into_iter().chain([account]) {
            let known = self.strong.get(near);
            let senior = known.map_or(near, |known| known.most_senior);
            // In a close group nearly all name the same account: it is ranked once.
            if senior != leader && graph.seniority(senior) < graph.seniority(leader) {
                leader = senior;
            }
        }
        leader
    }

    /// The accounts of the user of `account` that `counts`; at most 1 + [`LINKS_FOLLOWED`] +
    /// [`LINKS_FOLLOWED`]² accounts are looked at. Whose an account is costs more to find than
    /// nearly anything asked of it, so `counts` is asked first.
    pub fn members(
        &self,
        graph: &EntityGraph,
        account: u32,
        counts: impl Fn(u32) -> bool,
    ) -> Vec<u32> {
        let leader = self.leader(graph, account);
        let mut reached = vec![leader];
        // In a close group nearly every step leads to an account reached already.
        let mut known: hashbrown::HashSet<u32> = [leader].into_iter().collect();
        let mut ring = 0..1;
        for _ in 0..HOPS {
            for position in ring.clone() {
                let followed = self.followed(graph, reached[position]).into_iter();
                reached.extend(followed.filter(|near| known.insert(*near)));
            }
            ring = ring.end..reached.len();
        }
        reached.sort_unstable();
        reached.retain(|member| counts(*member) && self.leader(graph, *member) == leader);
        reached
    }

    fn followed(&self, graph: &EntityGraph, account: u32) -> SmallVec<[u32; 8]> {
        let mut followed: SmallVec<[u32; 8]> =
            self.links(account).iter().map(|link| link.other).collect();
        if followed.len() > LINKS_FOLLOWED {
            followed.sort_unstable_by_key(|other| graph.seniority(*other));
            followed.truncate(LINKS_FOLLOWED);
        }
        followed
    }
}

/// Pairs in one order, each once.
fn each_once(pairs: &mut Vec<(u32, u32)>) {
    for (a, b) in &mut *pairs {
        (*a, *b) = ((*a).min(*b), (*a).max(*b));
    }
    pairs.sort_unstable_by_key(|(a, b)| u64::from(*a) << 32 | u64::from(*b));
    pairs.dedup();
}

/// Accounts to compare an account with, on the identifiers that propose pairs. Ascending.
pub fn candidates(graph: &EntityGraph, account: u32) -> SmallVec<[u32; 32]> {
    let mut candidates: SmallVec<[u32; 32]> = SmallVec::new();
    for identifier in proposing(graph, account) {
        candidates.extend(graph.compared_with(identifier, account, 0));
    }
    candidates.sort_unstable();
    candidates.dedup();
    candidates
}

/// The identifiers by which an account may be compared with others (an address alone proposes no pair).
fn proposing(graph: &EntityGraph, account: u32) -> SmallVec<[u32; 8]> {
    let considered = graph.considered(account);
    let proposing = considered
        .iter()
        .filter(|linked| linked.kind.proposes_pairs());
    proposing.map(|linked| linked.identifier).collect()
}

/// Whether two accounts are compared on any of the one's identifiers.
fn is_proposed(graph: &EntityGraph, proposing: &[u32], account: u32, other: u32) -> bool {
    let mut proposing = proposing.iter();
    proposing.any(|identifier| graph.are_compared(*identifier, account, other))
}
