//! The populations of a world and how large each is.

use super::{abusive, honest, mix::Mix, scene::Scene};
use crate::lab::label::Label;

/// A kind of people, honest or not.
pub struct Population {
    /// As the truth file says it.
    pub name: &'static str,
    /// What its accounts are in truth.
    pub label: Label,
    /// Its share among the honest, or among the abusive; they add up to 1 or are scaled to.
    pub weight: f64,
    /// Adds one group of them, of at most [`Scene::room`] accounts.
    pub build: fn(&mut Scene) -> std::io::Result<()>,
}

/// Every population, honest ones first.
pub fn populations() -> impl Iterator<Item = &'static Population> {
    honest::POPULATIONS.iter().chain(abusive::POPULATIONS)
}

/// How many accounts each population has in such a world: largest remainders, so that they add up exactly.
pub fn quotas(accounts: usize, abuse: f64, mix: Mix) -> Vec<(&'static Population, usize)> {
    let abusive = (accounts as f64 * abuse).round() as usize;
    let mut quotas = Vec::new();
    for (family, total) in [
        (honest::POPULATIONS, accounts - abusive),
        (abusive::POPULATIONS, abusive),
    ] {
        let weight = |population: &Population| population.weight * mix.emphasis(population.name);
        let sum: f64 = family.iter().map(weight).sum();
        let exact = |population| total as f64 * weight(population) / sum;
        let mut order: Vec<_> = family
            .iter()
            .map(|population| (population, exact(population).floor() as usize))
            .collect();
        let given: usize = order.iter().map(|(_, quota)| quota).sum();
        order.sort_by(|(a, _), (b, _)| exact(b).fract().total_cmp(&exact(a).fract()));
        for (_, quota) in order.iter_mut().take(total - given) {
            *quota += 1;
        }
        quotas.extend(order);
    }
    quotas
}
