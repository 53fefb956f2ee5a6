//! Who is the same user, against who is the same person: pairwise and B-cubed precision, recall and
//! F1, strangers merged, and pairs found by population.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;

use super::{
    harm::Row,
    interval::{Clustered, Estimate, Share},
    reach::reach,
    truth::Truth,
};

/// Precision, recall and their harmonic mean.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct PrecisionRecall {
    /// Of what was claimed, how much is true; absent where nothing was claimed.
    pub precision: Option<Estimate>,
    /// Of what is true, how much was claimed; absent where nothing is true.
    pub recall: Option<Estimate>,
    /// Twice their product over their sum.
    pub f1: Option<Estimate>,
}

/// Users against persons.
#[derive(Clone, Debug, Serialize)]
pub struct Resolution {
    /// Users told.
    pub users: u64,
    /// Persons in truth.
    pub persons: u64,
    /// Over pairs of accounts.
    pub pairwise: PrecisionRecall,
    /// Over accounts (Bagga and Baldwin 1998).
    pub b_cubed: PrecisionRecall,
    /// Honest persons with an account whose user also has an account of somebody else.
    pub honest_persons_merged: Share,
    /// The same for the honest persons of each population.
    pub merged_by_population: Vec<Row<Merged>>,
    /// Of the pairs of accounts of one person, those with one user, by the population of the accounts.
    pub pairs_found_by_population: Vec<Row<PairsFound>>,
}

/// Persons merged with a stranger.
#[derive(Clone, Debug, Serialize)]
pub struct Merged {
    /// Of the population's honest persons.
    pub persons_merged: Share,
}

/// Pairs found.
#[derive(Clone, Debug, Serialize)]
pub struct PairsFound {
    /// Of the pairs that are one person; a pair across two populations counts half in each.
    pub pairs_found: Share,
    /// The same of the pairs that identifiers join, addresses left out; absent where what the accounts
    /// used is not known.
    pub pairs_in_reach_found: Option<Share>,
}

/// What an account's user and person have in common.
#[derive(Clone, Copy)]
struct Overlap {
    /// Accounts of both.
    both: f64,
    /// Accounts of the user.
    user: f64,
    /// Accounts of the person.
    person: f64,
}

/// Compares users with persons. `users` holds the user of each account of the truth, by number; an
/// account without one stands alone.
/// `identifiers` says what each account used, addresses left out.
pub fn resolution(
    truth: &Truth,
    users: &[Option<u32>],
    identifiers: Option<&[Vec<u32>]>,
) -> Resolution {
    let users = alone_where_none(users);
    let overlaps = overlaps(truth, &users);
    let mut pairs = Clustered::<3>::default();
    let mut cubed = Clustered::<3>::default();
    for (account, overlap) in truth.accounts().iter().zip(&overlaps) {
        let Overlap { both, user, person } = *overlap;
        // Half of each pair belongs to either account.
        let halves = [both - 1.0, user - 1.0, person - 1.0].map(|others| others / 2.0);
        pairs.add(account.cluster, halves);
        cubed.add(account.cluster, [both / user, both / person, 1.0]);
    }
    let (overall, by_population) = merged(truth, &overlaps);
    Resolution {
        users: users.iter().collect::<BTreeSet<_>>().len() as u64,
        persons: truth.person_count() as u64,
        pairwise: PrecisionRecall {
            precision: pairs.estimate(|[both, claimed, _]| both / claimed),
            recall: pairs.estimate(|[both, _, true_pairs]| both / true_pairs),
            f1: pairs.estimate(|[both, claimed, true_pairs]| 2.0 * both / (claimed + true_pairs)),
        },
        b_cubed: PrecisionRecall {
            precision: cubed.estimate(|[precision, _, accounts]| precision / accounts),
            recall: cubed.estimate(|[_, recall, accounts]| recall / accounts),
            f1: cubed.estimate(|[precision, recall, accounts]| {
                2.0 * precision * recall / (precision + recall) / accounts
            }),
        },
        honest_persons_merged: overall,
        merged_by_population: by_population,
        pairs_found_by_population: pairs_found(truth, &users, &overlaps, identifiers),
    }
}

/// Pairs found, by population.
fn pairs_found(
    truth: &Truth,
    users: &[u32],
    overlaps: &[Overlap],
    identifiers: Option<&[Vec<u32>]>,
) -> Vec<Row<PairsFound>> {
    let mut found: BTreeMap<u32, (u64, Clustered<2>, Clustered<2>)> = BTreeMap::new();
    let joined = identifiers.map(|identifiers| reach(truth, identifiers));
    let mut sizes: HashMap<(Option<u32>, usize), f64> = HashMap::new();
    for (user, joined) in users.iter().zip(joined.iter().flatten()) {
        *sizes.entry((None, *joined)).or_default() += 1.0;
        *sizes.entry((Some(*user), *joined)).or_default() += 1.0;
    }
    for (number, (account, overlap)) in truth.accounts().iter().zip(overlaps).enumerate() {
        let (accounts, all, in_reach) = found.entry(account.population).or_default();
        *accounts += 1;
        // Half of each pair belongs to either account.
        let halves = |accounts: f64| (accounts - 1.0) / 2.0;
        all.add(
            account.cluster,
            [halves(overlap.both), halves(overlap.person)],
        );
        if let Some(joined) = &joined {
            let of = |user| halves(sizes[&(user, joined[number])]);
            in_reach.add(account.cluster, [of(Some(users[number])), of(None)]);
        }
    }
    found
        .into_iter()
        .filter(|(_, (_, pairs, _))| pairs.total()[1] > 0.0)
        .map(|(population, (accounts, pairs, in_reach))| Row {
            name: truth.populations()[population as usize].clone(),
            count: accounts,
            numbers: PairsFound {
                pairs_found: Share::of(&pairs),
                pairs_in_reach_found: joined.as_ref().map(|_| Share::of(&in_reach)),
            },
        })
        .collect()
}

/// Gives accounts without a user one of their own.
fn alone_where_none(users: &[Option<u32>]) -> Vec<u32> {
    let mut next = users.iter().flatten().max().map_or(0, |most| most + 1);
    let mut fresh = || {
        next += 1;
        next - 1
    };
    users
        .iter()
        .map(|user| user.unwrap_or_else(&mut fresh))
        .collect()
}

fn overlaps(truth: &Truth, users: &[u32]) -> Vec<Overlap> {
    let mut both: HashMap<(u32, u32), f64> = HashMap::new();
    let mut of_user: HashMap<u32, f64> = HashMap::new();
    let mut of_person: HashMap<u32, f64> = HashMap::new();
    for (account, user) in truth.accounts().iter().zip(users) {
        *both.entry((*user, account.person)).or_default() += 1.0;
        *of_user.entry(*user).or_default() += 1.0;
        *of_person.entry(account.person).or_default() += 1.0;
    }
    let accounts = truth.accounts().iter().zip(users);
    accounts
        .map(|(account, user)| Overlap {
            both: both[&(*user, account.person)],
            user: of_user[user],
            person: of_person[&account.person],
        })
        .collect()
}

/// Honest persons merged with a stranger: overall, and by the population of a person's first account.
fn merged(truth: &Truth, overlaps: &[Overlap]) -> (Share, Vec<Row<Merged>>) {
    struct Person {
        population: u32,
        cluster: u32,
        honest: bool,
        merged: bool,
    }
    let mut persons: BTreeMap<u32, Person> = BTreeMap::new();
    for (account, overlap) in truth.accounts().iter().zip(overlaps) {
        let person = persons.entry(account.person).or_insert(Person {
            population: account.population,
            cluster: account.cluster,
            honest: true,
            merged: false,
        });
        person.honest &= account.label.is_honest();
        person.merged |= overlap.user > overlap.both;
    }
    let mut overall = Clustered::<2>::default();
    let mut by_population: BTreeMap<u32, (u64, Clustered<2>)> = BTreeMap::new();
    for person in persons.values().filter(|person| person.honest) {
        let is = [f64::from(u8::from(person.merged)), 1.0];
        overall.add(person.cluster, is);
        let (count, shares) = by_population.entry(person.population).or_default();
        *count += 1;
        shares.add(person.cluster, is);
    }
    let rows = by_population
        .into_iter()
        .map(|(population, (count, shares))| Row {
            name: truth.populations()[population as usize].clone(),
            count,
            numbers: Merged {
                persons_merged: Share::of(&shares),
            },
        });
    (Share::of(&overall), rows.collect())
}
