//! Which accounts of one person an identifier, or a chain of them, joins: what no system can find that
//! links nobody by addresses, names or numbers nearby alone.

use std::collections::HashMap;

use petgraph::unionfind::UnionFind;

use super::truth::Truth;

/// A number an account of the truth: equal where identifiers join two accounts of one person by way of
/// that person's accounts. `identifiers` holds what each account used, addresses left out.
pub fn reach(truth: &Truth, identifiers: &[Vec<u32>]) -> Vec<usize> {
    let mut joined = UnionFind::new(truth.accounts().len());
    let mut first: HashMap<(u32, u32), usize> = HashMap::new();
    for (number, (account, used)) in truth.accounts().iter().zip(identifiers).enumerate() {
        for identifier in used {
            let first = *first.entry((account.person, *identifier)).or_insert(number);
            joined.union(first, number);
        }
    }
    joined.into_labeling()
}
