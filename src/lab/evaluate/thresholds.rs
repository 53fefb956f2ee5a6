//! Where the threshold of revocation should lie, by what the campaign says errors cost: the expected cost of
//! every threshold, the best one, and whether the campaign's own is off it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    answers::{Answer, AnsweredTask},
    interval::{Clustered, Estimate, Share},
    truth::Truth,
};
use crate::domain::{campaign::Terms, costs::Costs};

/// A drawn curve has about so many points.
const POINTS_DRAWN: usize = 300;
/// Beyond every probability: nothing is revoked.
const NEVER_PPM: u32 = 1_000_001;

/// The expected cost by threshold.
#[derive(Clone, Debug, Serialize)]
pub struct Thresholds {
    /// What the campaign says.
    pub costs: Costs,
    /// The campaign's threshold.
    pub campaign: Point,
    /// The cheapest threshold; of equal ones the highest.
    pub best: Point,
    /// Nothing revoked.
    pub never: Point,
    /// What the campaign's threshold costs more than the best one. The best was found on the same accounts,
    /// which flatters it a little.
    pub excess: Option<Estimate>,
    /// Whether it surely costs more: the whole interval lies above 0.
    pub is_off: bool,
    /// Between review and revocation by the campaign: cases.
    pub reviewed: Reviewed,
    /// (threshold, cost of 1,000 accounts), by rising threshold.
    pub curve: Vec<(f64, f64)>,
}

impl Thresholds {
    /// In words: whether the campaign's threshold is off the cheapest one.
    pub fn verdict(&self) -> String {
        let (campaign, best) = (self.campaign.threshold, self.best.threshold);
        let best = match best {
            beyond if beyond > 1.0 => "never revoking".to_string(),
            best => format!("{best:.4}"),
        };
        match self.excess {
            Some(one) if self.is_off => format!(
                "The campaign's threshold of {campaign} is off: it costs {:.0} more per 1,000 accounts than \
                 {best} ({:.0} to {:.0}).",
                one.value, one.low, one.high
            ),
            _ => format!(
                "The campaign's threshold of {campaign} is not surely dearer than the cheapest, {best}."
            ),
        }
    }
}

/// One threshold.
#[derive(Clone, Debug, Serialize)]
pub struct Point {
    /// Revoked from this probability on; above 1: never.
    pub threshold: f64,
    /// Honest accounts with a task that is revoked or recovered.
    pub honest_revoked: Share,
    /// Tokens of abusive accounts that are neither revoked nor recovered.
    pub tokens_missed: Share,
    /// The expected cost of 1,000 accounts that ask, in the campaign's unit.
    pub cost: Option<Estimate>,
}

/// Accounts whose highest score lies between review and revocation.
#[derive(Clone, Debug, Serialize)]
pub struct Reviewed {
    /// Of the honest.
    pub honest: Share,
    /// Of the abusive.
    pub abusive: Share,
}

/// An account that asked: its cluster, and its tasks as (probability at which each is revoked or recovered,
/// millionths; tokens).
struct Asking {
    cluster: u32,
    abusive: bool,
    highest_ppm: u32,
    tasks: Vec<(u32, u64)>,
}

/// Weighs every threshold. `revocable_ppm` says of each task the highest probability that may revoke or
/// recover it, 0 where the account shows no behaviour of its own. `None` where the campaign states no costs,
/// or honest or abusive accounts are missing.
pub fn thresholds(
    terms: &Terms,
    truth: &Truth,
    tasks: &[AnsweredTask],
    revocable_ppm: &[u32],
) -> Option<Thresholds> {
    let costs = terms.costs?;
    let asking = asking(truth, tasks, revocable_ppm);
    let count = |abusive: bool| asking.iter().filter(|one| one.abusive == abusive).count();
    if count(false) == 0 || count(true) == 0 {
        return None;
    }
    let curve = costs_by_threshold(&asking, &costs);
    // Falling thresholds: of equal costs the highest comes first.
    let cheapest = curve.iter().min_by(|one, other| one.1.total_cmp(&other.1));
    let best_ppm = cheapest.map_or(NEVER_PPM, |(threshold, _)| *threshold);
    let campaign_ppm = terms.revoke_probability_ppm;
    let excess = excess(&asking, &costs, campaign_ppm, best_ppm);
    let stride = curve.len().div_ceil(POINTS_DRAWN).max(1);
    let last = curve.len() - 1;
    let drawn = curve.iter().enumerate().filter(|(number, (ppm, _))| {
        number.is_multiple_of(stride) || *number == last || *ppm == best_ppm
    });
    let mut drawn: Vec<(f64, f64)> = drawn.map(|(_, (ppm, cost))| (share(*ppm), *cost)).collect();
    drawn.reverse();
    Some(Thresholds {
        costs,
        campaign: point(&asking, &costs, campaign_ppm),
        best: point(&asking, &costs, best_ppm),
        never: point(&asking, &costs, NEVER_PPM),
        is_off: excess.is_some_and(|excess| excess.low > 0.0),
        excess,
        reviewed: reviewed(&asking, terms),
        curve: drawn,
    })
}

fn share(ppm: u32) -> f64 {
    f64::from(ppm) / 1e6
}

/// Accounts, honest or abusive, with tasks that the score decides: those whose discount it could refuse.
fn asking(truth: &Truth, tasks: &[AnsweredTask], revocable_ppm: &[u32]) -> Vec<Asking> {
    let mut asking: BTreeMap<u32, Asking> = BTreeMap::new();
    for (task, ppm) in tasks.iter().zip(revocable_ppm) {
        let account = truth.account(task.account);
        let is_judged = account.label.is_honest() || account.label.is_abuse();
        if !is_judged || !matches!(task.online, Answer::Allowed | Answer::Revoked) {
            continue;
        }
        let one = asking.entry(task.account).or_insert_with(|| Asking {
            cluster: account.cluster,
            abusive: account.label.is_abuse(),
            highest_ppm: 0,
            tasks: Vec::new(),
        });
        one.highest_ppm = one.highest_ppm.max(*ppm);
        one.tasks.push((*ppm, task.tokens));
    }
    asking.into_values().collect()
}

/// (threshold in millionths, cost) of every threshold that makes a difference, by falling threshold.
fn costs_by_threshold(asking: &[Asking], costs: &Costs) -> Vec<(u32, f64)> {
    // What changes once the threshold falls to a probability: (honest accounts revoked, tokens caught).
    let mut changes: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
    let (mut honest, mut abusive, mut missed) = (0u64, 0u64, 0u64);
    for one in asking {
        if one.abusive {
            abusive += 1;
            for (ppm, tokens) in &one.tasks {
                changes.entry(*ppm).or_default().1 += tokens;
                missed += tokens;
            }
        } else {
            honest += 1;
            changes.entry(one.highest_ppm).or_default().0 += 1;
        }
    }
    let mut revoked = 0u64;
    let cost = |revoked: u64, missed: u64| {
        costs.of_thousand_accounts(
            revoked as f64 / honest as f64,
            missed as f64 / abusive as f64,
        )
    };
    let mut curve = vec![(NEVER_PPM, cost(revoked, missed))];
    // What shows no behaviour of its own is revoked at no threshold.
    for (ppm, (newly_revoked, caught)) in changes.range(1..).rev() {
        revoked += newly_revoked;
        missed -= caught;
        curve.push((*ppm, cost(revoked, missed)));
    }
    curve
}

/// Sums of one account at one threshold.
fn sums(one: &Asking, threshold_ppm: u32) -> (f64, f64) {
    if !one.abusive {
        return (f64::from(u8::from(one.highest_ppm >= threshold_ppm)), 0.0);
    }
    let missed = one.tasks.iter().filter(|(ppm, _)| *ppm < threshold_ppm);
    (0.0, missed.map(|(_, tokens)| *tokens as f64).sum())
}

fn point(asking: &[Asking], costs: &Costs, threshold_ppm: u32) -> Point {
    let (mut honest, mut tokens) = (Clustered::<2>::default(), Clustered::<2>::default());
    let mut both = Clustered::<4>::default();
    for one in asking {
        let (revoked, missed) = sums(one, threshold_ppm);
        if one.abusive {
            let all: u64 = one.tasks.iter().map(|(_, tokens)| tokens).sum();
            tokens.add(one.cluster, [missed, all as f64]);
            both.add(one.cluster, [0.0, 0.0, missed, 1.0]);
        } else {
            honest.add(one.cluster, [revoked, 1.0]);
            both.add(one.cluster, [revoked, 1.0, 0.0, 0.0]);
        }
    }
    Point {
        threshold: share(threshold_ppm),
        honest_revoked: Share::of(&honest),
        tokens_missed: Share::of(&tokens),
        cost: both.estimate(|[revoked, honest, missed, abusive]| {
            costs.of_thousand_accounts(revoked / honest, missed / abusive)
        }),
    }
}

fn excess(asking: &[Asking], costs: &Costs, campaign_ppm: u32, best_ppm: u32) -> Option<Estimate> {
    let mut differences = Clustered::<4>::default();
    for one in asking {
        let (campaign, best) = (sums(one, campaign_ppm), sums(one, best_ppm));
        let (revoked, missed) = (campaign.0 - best.0, campaign.1 - best.1);
        let counted = f64::from(u8::from(one.abusive));
        differences.add(one.cluster, [revoked, 1.0 - counted, missed, counted]);
    }
    differences.estimate(|[revoked, honest, missed, abusive]| {
        costs.of_thousand_accounts(revoked / honest, missed / abusive)
    })
}

fn reviewed(asking: &[Asking], terms: &Terms) -> Reviewed {
    let between = terms.review_probability_ppm..terms.revoke_probability_ppm;
    let share = |abusive: bool| {
        let mut accounts = Clustered::<2>::default();
        for one in asking.iter().filter(|one| one.abusive == abusive) {
            let is_between = between.contains(&one.highest_ppm);
            accounts.add(one.cluster, [f64::from(u8::from(is_between)), 1.0]);
        }
        Share::of(&accounts)
    };
    Reviewed {
        honest: share(false),
        abusive: share(true),
    }
}
