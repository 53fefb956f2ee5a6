//! What errors cost, as a campaign states it: thresholds are judged by it, verdicts are not.

use serde::{Deserialize, Serialize};

/// The most that anything may cost, in the campaign's own unit.
const COST_AT_MOST: f64 = 1e15;

/// What errors cost, in one unit of the campaign's choice, and how many abusers it expects.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Costs {
    /// One honest account revoked.
    pub wrong_revocation: f64,
    /// One discounted token of an abusive account that is not recovered.
    pub missed_token: f64,
    /// The share of abusive accounts among those that ask, above 0 and below 1.
    pub expected_prevalence: f64,
}

impl Costs {
    /// Whether they make sense.
    ///
    /// # Errors
    /// The first key that does not, with what would be right.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        for (key, cost) in [
            ("costs.wrong_revocation", self.wrong_revocation),
            ("costs.missed_token", self.missed_token),
        ] {
            if !(cost > 0.0 && cost <= COST_AT_MOST) {
                return Err((
                    key,
                    format!("must lie above 0 and up to 1e15, found {cost}"),
                ));
            }
        }
        let prevalence = self.expected_prevalence;
        if !(prevalence > 0.0 && prevalence < 1.0) {
            let problem = format!("must lie above 0 and below 1, found {prevalence}");
            return Err(("costs.expected_prevalence", problem));
        }
        Ok(())
    }

    /// The expected cost of 1,000 accounts that ask, where such a share of the honest is revoked and so
    /// many tokens of an abusive account are missed on average.
    pub fn of_thousand_accounts(&self, honest_revoked: f64, tokens_missed: f64) -> f64 {
        let honest = (1.0 - self.expected_prevalence) * honest_revoked * self.wrong_revocation;
        let abusive = self.expected_prevalence * tokens_missed * self.missed_token;
        1000.0 * (honest + abusive)
    }
}
