//! Examples from labels of people, as `sameuser export` writes them.

use std::collections::HashMap;

use super::{collect::FOLDS_A_SET, examples::Example};
use crate::{
    domain::feature::{FEATURES, Features},
    service::export::LabelledMoment,
};

/// Why a line can't be learnt from.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum LabelError {
    /// The feature is none of this release.
    #[error("account `{account}`: features: `{feature}` is no feature of this release")]
    Feature {
        /// The account.
        account: String,
        /// The feature.
        feature: String,
    },
    /// One account is said to be both.
    #[error("account `{0}`: abusive: says true on one line and false on another")]
    Both(String),
}

/// Examples with their accounts. An account counts as 1 in all, whatever its moments; a group is in one fold.
/// `set` tells files apart.
///
/// # Errors
/// A line names a feature that this release doesn't know; an account is said to be both.
pub fn examples(
    moments: &[LabelledMoment],
    set: u32,
) -> Result<Vec<(String, Example)>, LabelError> {
    let mut accounts: HashMap<&str, (bool, u32)> = HashMap::new();
    for moment in moments {
        let account = accounts.entry(&moment.account_id);
        let (abusive, count) = account.or_insert((moment.abusive, 0));
        if *abusive != moment.abusive {
            return Err(LabelError::Both(moment.account_id.clone()));
        }
        *count += 1;
    }
    let mut groups: HashMap<&str, u32> = HashMap::new();
    let mut examples = Vec::with_capacity(moments.len());
    for moment in moments {
        let next = u32::try_from(groups.len()).expect("fewer than 2^32 groups");
        let group = *groups.entry(&moment.group).or_insert(next);
        let (_, count) = accounts[moment.account_id.as_str()];
        let example = Example {
            features: features(moment)?,
            abusive: moment.abusive,
            weight: 1.0 / f64::from(count),
            honest_population: None,
            emphasis: 1.0,
            fold: (group + set) % FOLDS_A_SET,
        };
        examples.push((moment.account_id.clone(), example));
    }
    Ok(examples)
}

fn features(moment: &LabelledMoment) -> Result<Features, LabelError> {
    let mut features = Features::default();
    for (name, value) in &moment.features {
        let position = FEATURES.iter().position(|feature| feature.name == name);
        let position = position.ok_or_else(|| LabelError::Feature {
            account: moment.account_id.clone(),
            feature: name.clone(),
        })?;
        features.0[position] = Some(*value);
    }
    Ok(features)
}
