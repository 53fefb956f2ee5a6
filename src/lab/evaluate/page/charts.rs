//! The plots of a report.

use super::{
    plot::{Axis, Plot},
    tables::{short, thousands},
};
use crate::lab::evaluate::{
    calibration::Calibration,
    delay::Delays,
    report::Evaluation,
    scores::{FALSE_POSITIVE_RATES, Scores},
    summary::percent,
    thresholds::{Point, Thresholds},
};

/// Classes of the lines of alternatives, in turn.
const OTHER_LINES: [&str; 4] = ["other-1", "other-2", "other-3", "other-4"];

/// Recall by false-positive rate, ours beside the alternatives'. The rate is logarithmic: what counts
/// happens below one per cent.
pub fn roc(evaluation: &Evaluation, scores: &Scores) -> String {
    let mut plot = Plot::new(
        Axis::powers("honest accounts flagged", -4, 0, rate),
        Axis::share("abusive accounts flagged"),
    );
    for rate in FALSE_POSITIVE_RATES {
        plot.line(&[(rate, 0.0), (rate, 1.0)], "mark", "");
    }
    // Two thresholds on one count are two points of one curve.
    let mut drawn: Vec<&[(f64, f64)]> = Vec::new();
    for alternative in &evaluation.alternatives {
        let Some(other) = &alternative.report.scores else {
            continue;
        };
        if drawn.contains(&other.roc.as_slice()) || drawn.len() >= OTHER_LINES.len() {
            continue;
        }
        let name = alternative.name.split(", more than").next();
        plot.line(
            &other.roc,
            OTHER_LINES[drawn.len()],
            name.unwrap_or_default(),
        );
        drawn.push(&other.roc);
    }
    plot.line(&scores.roc, "ours", &evaluation.system);
    plot.svg("ROC: abusive accounts flagged by honest accounts flagged")
}

/// Precision by recall.
pub fn precision_recall(scores: &Scores) -> String {
    let mut plot = Plot::new(Axis::share("recall"), Axis::share("precision"));
    let base_rate = scores.abusive as f64 / (scores.abusive + scores.honest).max(1) as f64;
    plot.line(&[(0.0, base_rate), (1.0, base_rate)], "mark", "");
    plot.line(&scores.precision_recall, "ours", "");
    plot.svg("Precision by recall")
}

/// The share that is abusive by the probability told, with intervals; dots grow with accounts.
pub fn reliability(calibration: &Calibration) -> String {
    let mut plot = Plot::new(
        Axis::share("probability told"),
        Axis::share("abusive in truth"),
    );
    plot.line(&[(0.0, 0.0), (1.0, 1.0)], "mark", "");
    for bin in &calibration.bins {
        let abusive = bin.abusive;
        plot.interval(bin.told, abusive.low, abusive.high, "ours");
        let words = format!(
            "told {}, in truth {} of {} accounts",
            percent(bin.told),
            percent(abusive.value),
            thousands(bin.accounts)
        );
        let radius = 2.5 + (bin.accounts as f64).log10();
        plot.dot((bin.told, abusive.value), radius, "ours", &words);
    }
    plot.svg("Reliability: the share that is abusive by the probability told")
}

/// Each operation by its accounts and what it was allowed before it was seen.
pub fn delay(delays: &Delays) -> String {
    let most = delays
        .groups
        .iter()
        .map(|one| one.accounts)
        .max()
        .unwrap_or(1);
    let most_before = delays.worst_accounts_before;
    let power = |count: u64| (count.max(10) as f64).log10().ceil() as i32;
    let mut plot = Plot::new(
        Axis::powers("accounts of the operation", 0, power(most), short),
        Axis {
            // Nothing at all is drawn a third of a power below one.
            range: (0.45, 10f64.powi(power(most_before))),
            ticks: std::iter::once((0.45, "0".to_string()))
                .chain((0..=power(most_before)).map(|e| (10f64.powi(e), short(10f64.powi(e)))))
                .collect(),
            title: "accounts allowed before it was seen",
            logarithmic: true,
        },
    );
    for group in &delays.groups {
        let class = if group.detected { "ours" } else { "harm" };
        let words = format!(
            "{} ({}): {} accounts, {} allowed, {} tokens{}",
            group.group,
            group.population,
            group.accounts,
            group.accounts_before,
            short(group.tokens_before as f64),
            if group.detected { "" } else { ", never seen" }
        );
        let point = (group.accounts as f64, group.accounts_before as f64);
        plot.dot(point, 4.0, class, &words);
    }
    plot.name("ours", "seen");
    plot.name("harm", "never seen: all it was allowed");
    plot.svg("Operations by size and by accounts allowed before they were seen")
}

/// The expected cost by threshold, told as the chance of being honest at which it still revokes: what counts
/// happens near certainty.
pub fn cost(thresholds: &Thresholds) -> String {
    const LEAST_DOUBT: f64 = 1e-4;
    let costs = thresholds.curve.iter().map(|(_, cost)| *cost);
    let most = costs.clone().fold(1.0, f64::max).log10().ceil() as i32;
    let least = costs.filter(|cost| *cost > 0.0).fold(f64::MAX, f64::min);
    let least = (least.log10().floor() as i32).min(most - 1);
    let mut plot = Plot::new(
        Axis::powers(
            "still revoked with this chance of being honest",
            -4,
            0,
            rate,
        ),
        Axis::powers("cost of 1,000 accounts", least, most, short),
    );
    let at = |threshold: f64, cost: f64| ((1.0 - threshold).max(LEAST_DOUBT), cost);
    let curve = thresholds.curve.iter();
    let curve: Vec<(f64, f64)> = curve
        .map(|(threshold, cost)| at(*threshold, *cost))
        .collect();
    plot.line(&curve, "ours", "");
    let mut dot = |point: &Point, class: &'static str, what: &str| {
        if let Some(cost) = point.cost {
            let words = format!("{what}: {:.4}, cost {}", point.threshold, short(cost.value));
            plot.dot(at(point.threshold, cost.value), 5.0, class, &words);
            plot.name(class, what);
        }
    };
    dot(&thresholds.campaign, "harm", "the campaign's threshold");
    dot(&thresholds.best, "caught", "the cheapest");
    plot.svg("Expected cost by threshold")
}

/// A power of ten in per cent: 0.01%, 0.1%, 1%.
fn rate(share: f64) -> String {
    let digits = (-2.0 - share.log10()).round().max(0.0) as usize;
    format!("{:.digits$}%", share * 100.0)
}
