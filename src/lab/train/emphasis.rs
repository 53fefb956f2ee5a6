//! Whom a first, rough model takes for abusers by mistake counts more in learning: else one honest
//! population, such as people whose computers work by the clock, decides alone how high the threshold must
//! lie, and everybody else's abusers pass below it. (Distributionally robust learning over groups: Sagawa,
//! Koh, Hashimoto and Liang 2020; here in one step.)

use std::collections::HashMap;

use super::examples::Example;

/// Where the rough model is looked at: it flags this share of the honest.
const FLAGGED_SHARE: f64 = 0.001;
/// No population counts so many times more than otherwise.
const EMPHASIS_AT_MOST: f64 = 16.0;

/// The same examples, where honest populations that are flagged more often than others count so many times
/// more. `judged` are examples with their sums by a model that did not see them.
pub fn emphasise(examples: &[Example], judged: &[(f64, &Example)]) -> Vec<Example> {
    let times = times_flagged(judged);
    let emphasised = examples.iter().map(|example| {
        let times = example.honest_population.and_then(|one| times.get(&one));
        Example {
            emphasis: example.emphasis * times.unwrap_or(&1.0),
            ..*example
        }
    });
    emphasised.collect()
}

/// How many times more often than the average each honest population is flagged, from 1 on.
fn times_flagged(judged: &[(f64, &Example)]) -> HashMap<u32, f64> {
    let mut honest: Vec<(f64, u32, f64)> = judged
        .iter()
        .filter_map(|(sum, example)| Some((*sum, example.honest_population?, example.weight)))
        .collect();
    honest.sort_by(|a, b| b.0.total_cmp(&a.0));
    let whole: f64 = honest.iter().map(|(.., weight)| weight).sum();
    let mut populations: HashMap<u32, [f64; 2]> = HashMap::new();
    let mut above = 0.0;
    for (_, population, weight) in honest {
        let [flagged, of_all] = populations.entry(population).or_default();
        *of_all += weight;
        if above < FLAGGED_SHARE * whole {
            *flagged += weight;
            above += weight;
        }
    }
    let times = |[flagged, of_all]: [f64; 2]| {
        (flagged / of_all / FLAGGED_SHARE).clamp(1.0, EMPHASIS_AT_MOST)
    };
    let times = populations
        .into_iter()
        .map(|(one, shares)| (one, times(shares)));
    times.collect()
}
