//! Operating points of a score: ROC, precision and recall, and what they add up to.

use std::collections::BTreeMap;

/// Accounts ordered by score, the worst first.
#[derive(Clone, Debug)]
pub struct Ranking {
    /// (score, whether positive, which cluster), by falling score.
    ranked: Vec<(f64, bool, u32)>,
    clusters: usize,
}

/// What is flagged from one threshold on; counts are weights, so that resamples can be counted too.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OperatingPoint {
    /// Scores from here on are flagged.
    pub threshold: f64,
    /// Positives flagged.
    pub true_positives: f64,
    /// Negatives flagged.
    pub false_positives: f64,
}

/// The operating points of a ranking, by falling threshold. Equal scores are one point.
#[derive(Clone, Debug)]
pub struct Curve {
    points: Vec<OperatingPoint>,
    positives: f64,
    negatives: f64,
}

impl Ranking {
    /// Of (score, whether positive, cluster); scores that are not numbers count as the lowest.
    pub fn new(scored: impl IntoIterator<Item = (f64, bool, u32)>) -> Self {
        let mut ranked: Vec<(f64, bool, u32)> = scored.into_iter().collect();
        ranked.iter_mut().for_each(|(score, ..)| {
            if score.is_nan() {
                *score = f64::NEG_INFINITY;
            }
        });
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
        // Clusters without gaps, so that a resample is one short list of weights.
        let mut numbers = BTreeMap::new();
        for (.., cluster) in &mut ranked {
            let next = u32::try_from(numbers.len()).expect("fewer than 2^32 clusters");
            *cluster = *numbers.entry(*cluster).or_insert(next);
        }
        Ranking {
            ranked,
            clusters: numbers.len(),
        }
    }

    /// Clusters that were ranked.
    pub fn cluster_count(&self) -> usize {
        self.clusters
    }

    /// The curve with every account counted once.
    pub fn curve(&self) -> Curve {
        self.weighted(|_| 1.0)
    }

    /// The curve of a resample: how often each cluster was drawn.
    pub fn resampled(&self, weights: &[u32]) -> Curve {
        self.weighted(|cluster| f64::from(weights[cluster as usize]))
    }

    fn weighted(&self, weight: impl Fn(u32) -> f64) -> Curve {
        let mut points: Vec<OperatingPoint> = Vec::new();
        let (mut true_positives, mut false_positives) = (0.0, 0.0);
        for (score, positive, cluster) in &self.ranked {
            let counted = if *positive {
                &mut true_positives
            } else {
                &mut false_positives
            };
            *counted += weight(*cluster);
            let point = OperatingPoint {
                threshold: *score,
                true_positives,
                false_positives,
            };
            match points.last_mut() {
                Some(last) if last.threshold == *score => *last = point,
                _ => points.push(point),
            }
        }
        Curve {
            points,
            positives: true_positives,
            negatives: false_positives,
        }
    }
}

impl Curve {
    /// The operating points, by falling threshold.
    pub fn points(&self) -> &[OperatingPoint] {
        &self.points
    }

    /// Positives and negatives there are.
    pub fn counts(&self) -> (f64, f64) {
        (self.positives, self.negatives)
    }

    /// The area under the ROC curve by trapezoids, so that ties count half (Hanley and McNeil 1982:
    /// the probability that a positive scores above a negative). Not a number without both.
    pub fn roc_area(&self) -> f64 {
        let (mut area, mut before) = (0.0, (0.0, 0.0));
        for point in &self.points {
            let now = (point.false_positives, point.true_positives);
            area += (now.0 - before.0) * (now.1 + before.1) / 2.0;
            before = now;
        }
        area / (self.positives * self.negatives)
    }

    /// Average precision: precision at each point, weighed by the recall it adds (no interpolation,
    /// which would flatter; Davis and Goadrich 2006).
    pub fn average_precision(&self) -> f64 {
        let (mut sum, mut before) = (0.0, 0.0);
        for point in &self.points {
            let flagged = point.true_positives + point.false_positives;
            if flagged > 0.0 {
                sum += (point.true_positives - before) * point.true_positives / flagged;
            }
            before = point.true_positives;
        }
        sum / self.positives
    }

    /// The operating point of the most recall whose false-positive rate is at most `rate`; `None`
    /// where even the highest score flags more.
    pub fn at_false_positive_rate(&self, rate: f64) -> Option<OperatingPoint> {
        let most = rate * self.negatives;
        let within = self
            .points
            .partition_point(|point| point.false_positives <= most);
        within.checked_sub(1).map(|last| self.points[last])
    }

    /// Recall at a false-positive rate of at most `rate`, 0 to 1; not a number without positives.
    pub fn recall_at(&self, rate: f64) -> f64 {
        let flagged = self.at_false_positive_rate(rate);
        flagged.map_or(0.0, |point| point.true_positives) / self.positives
    }

    /// The threshold of the best F1, and that F1; `None` without points.
    pub fn best_f1(&self) -> Option<(f64, f64)> {
        let f1 = |point: &OperatingPoint| {
            2.0 * point.true_positives
                / (self.positives + point.true_positives + point.false_positives)
        };
        let best = self.points.iter().max_by(|a, b| f1(a).total_cmp(&f1(b)))?;
        Some((best.threshold, f1(best)))
    }
}
