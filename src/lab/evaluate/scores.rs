//! The abuse score against the truth: abusive accounts (duplicates apart) against honest ones.

use serde::Serialize;

use super::{
    answers::AbuseScore,
    calibration::{Calibration, calibration},
    curve::{Curve, Ranking},
    interval::{Clustered, Estimate, Share, percentile_interval, resampling_weights},
    truth::Truth,
};
use crate::lab::label::Label;

/// False-positive rates at which recall is told. Stripe quotes 0.1% of legitimate payments blocked;
/// an automatic refusal should stay below that.
pub const FALSE_POSITIVE_RATES: [f64; 3] = [0.0001, 0.001, 0.01];
/// A drawn curve has about so many points.
const POINTS_DRAWN: usize = 300;

/// How well scores rank.
#[derive(Clone, Debug, Serialize)]
pub struct Scores {
    /// Abusive accounts, duplicates apart.
    pub abusive: u64,
    /// Honest accounts.
    pub honest: u64,
    /// Of both, those that the system says something about.
    pub scored: Share,
    /// The area under the ROC curve.
    pub roc_area: Option<Estimate>,
    /// The area under the precision-recall curve, without interpolation.
    pub average_precision: Option<Estimate>,
    /// Recall where so many honest accounts are flagged.
    pub recall_at: Vec<RecallAt>,
    /// The same for each label against all honest accounts.
    pub by_label: Vec<LabelScores>,
    /// Whether probabilities mean what they say; absent where scores are none.
    pub calibration: Option<Calibration>,
    /// (false-positive rate, recall) by falling threshold.
    pub roc: Vec<(f64, f64)>,
    /// (recall, precision) by falling threshold.
    pub precision_recall: Vec<(f64, f64)>,
}

/// Recall at a false-positive rate.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct RecallAt {
    /// At most this share of honest accounts is flagged.
    pub false_positive_rate: f64,
    /// From this score on; absent where even the highest score flags more honest accounts.
    pub threshold: Option<f64>,
    /// Of abusive accounts, how many are flagged.
    pub recall: Option<Estimate>,
}

/// One label against all honest accounts.
#[derive(Clone, Debug, Serialize)]
pub struct LabelScores {
    /// The label.
    pub label: Label,
    /// Its accounts.
    pub accounts: u64,
    /// The area under the ROC curve.
    pub roc_area: Option<Estimate>,
    /// Recall at each of [`FALSE_POSITIVE_RATES`].
    pub recall_at: Vec<RecallAt>,
}

/// Measures scores, one an account of the truth.
pub fn scores(truth: &Truth, told: &[AbuseScore], calibrated: bool) -> Scores {
    let judged = || {
        let accounts = truth.accounts().iter().zip(told);
        accounts.filter(|(account, _)| account.label.is_honest() || account.label.is_abuse())
    };
    let ranking_of = |positive: &dyn Fn(Label) -> bool| {
        let wanted = judged().filter(|(a, _)| a.label.is_honest() || positive(a.label));
        Ranking::new(wanted.map(|(a, told)| (told.score, positive(a.label), a.cluster)))
    };
    let ranking = ranking_of(&Label::is_abuse);
    let curve = ranking.curve();
    let (abusive, honest) = curve.counts();
    let measures = measures(&ranking, &curve);
    let mut scored = Clustered::<2>::default();
    for (account, told) in judged() {
        scored.add(account.cluster, [f64::from(u8::from(told.scored)), 1.0]);
    }
    let probabilities: Vec<(f64, bool)> = judged()
        .map(|(account, told)| (told.score, account.label.is_abuse()))
        .collect();
    Scores {
        abusive: abusive as u64,
        honest: honest as u64,
        scored: Share::of(&scored),
        roc_area: measures.roc_area,
        average_precision: measures.average_precision,
        recall_at: measures.recall_at,
        by_label: Label::ALL
            .into_iter()
            .filter(|label| label.is_abuse())
            .filter_map(|label| label_scores(label, &ranking_of(&|one| one == label)))
            .collect(),
        calibration: calibrated.then(|| calibration(&probabilities)).flatten(),
        roc: drawn(&curve, |tp, fp| (fp / honest, tp / abusive)),
        precision_recall: drawn(&curve, |tp, fp| (tp / abusive, tp / (tp + fp))),
    }
}

fn label_scores(label: Label, ranking: &Ranking) -> Option<LabelScores> {
    let curve = ranking.curve();
    let accounts = curve.counts().0 as u64;
    let measures = measures(ranking, &curve);
    (accounts > 0).then_some(LabelScores {
        label,
        accounts,
        roc_area: measures.roc_area,
        recall_at: measures.recall_at,
    })
}

struct Measures {
    roc_area: Option<Estimate>,
    average_precision: Option<Estimate>,
    recall_at: Vec<RecallAt>,
}

/// Areas and recalls with intervals from the same resamples of clusters.
fn measures(ranking: &Ranking, curve: &Curve) -> Measures {
    let of = |curve: &Curve| {
        let recalls = FALSE_POSITIVE_RATES.map(|rate| curve.recall_at(rate));
        let [a, b, c] = recalls;
        [curve.roc_area(), curve.average_precision(), a, b, c]
    };
    let values = of(curve);
    let mut drawn: [Vec<f64>; 5] = Default::default();
    if values.iter().any(|value| value.is_finite()) {
        for weights in resampling_weights(ranking.cluster_count()) {
            let resampled = of(&ranking.resampled(&weights));
            for (all, one) in drawn.iter_mut().zip(resampled) {
                all.push(one);
            }
        }
    }
    let mut estimates = values
        .into_iter()
        .zip(drawn)
        .map(|(value, drawn)| value.is_finite().then(|| percentile_interval(value, drawn)));
    let mut next = || estimates.next().flatten();
    let (roc_area, average_precision) = (next(), next());
    let recall_at = FALSE_POSITIVE_RATES.map(|rate| RecallAt {
        false_positive_rate: rate,
        threshold: curve
            .at_false_positive_rate(rate)
            .map(|point| point.threshold)
            .filter(|threshold| threshold.is_finite()),
        recall: next(),
    });
    Measures {
        roc_area,
        average_precision,
        recall_at: recall_at.to_vec(),
    }
}

/// Some points of a curve, spread over its length and dense where few honest accounts are flagged.
fn drawn(curve: &Curve, point: impl Fn(f64, f64) -> (f64, f64)) -> Vec<(f64, f64)> {
    let points = curve.points();
    let stride = points.len().div_ceil(POINTS_DRAWN).max(1);
    let last = points.len().saturating_sub(1);
    let few_flagged = (points.last().map_or(0.0, |all| all.false_positives) / 1000.0).max(10.0);
    let mut kept: Vec<(f64, f64)> = Vec::new();
    let mut false_positives = -1.0;
    for (number, at) in points.iter().enumerate() {
        let begins = at.false_positives <= few_flagged && at.false_positives != false_positives;
        if begins || number.is_multiple_of(stride) || number == last {
            kept.push(point(at.true_positives, at.false_positives));
        }
        false_positives = at.false_positives;
    }
    kept.retain(|(x, y)| x.is_finite() && y.is_finite());
    kept
}
