//! The evidence weights: what each agreement or disagreement between two accounts adds, in thousandths
//! of a bit, as the file in `models/` says it.

use serde::{Deserialize, Serialize};

use super::identifier::{IdentifierClass, IdentifierKind, IdentifierKinds};

/// Kinds of identifier a weights file may list.
pub const KINDS_AT_MOST: usize = 32;

/// The evidence weights, as the file says them.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceWeights {
    /// Names this file in verdicts.
    pub revision: String,
    /// Linked from so many millibits on.
    pub link_at: i32,
    /// Both have phones, none in common.
    pub different_phones: i32,
    /// Most of their devices in common, and at least two.
    pub same_device_set: i32,
    /// Names of one series.
    pub same_name: i32,
    /// Numbers of one block of 100.
    pub near_numbers: i32,
    /// The number of an account that had fallen silent: the same person, or its next holder.
    pub passed_on_number: i32,
    /// A device that nobody else uses, used weeks apart: the same person, or its next owner.
    pub passed_on_device: i32,
    /// One began when the other had ended, on a machine that only the two use.
    pub came_back: i32,
    /// The same where one of the two has no other device.
    pub came_back_with_nothing_else: i32,
    /// The same where the other had been used steadily until then.
    pub came_back_after_steady_use: i32,
    /// One began when the other had ended, with the client installed anew.
    pub came_back_reinstalled: i32,
    /// One has no number and no device but one of the other's, where one of them was registered.
    pub nothing_of_its_own: i32,
    /// One was registered without a number on a device of the other's, which has one.
    pub registered_without_number: i32,
    /// Two ids of one machine at one home: the client was installed anew.
    pub installed_anew: i32,
    /// Both have one phone or tablet and no other device.
    pub only_phone: i32,
    /// Numbers of one larger block, on a machine of a small group or of a farm.
    pub near_numbers_in_group: i32,
    /// Registered near each other on one device.
    pub registered_together: i32,
    /// Registered on one device that many registered on.
    pub registered_on_farm: i32,
    /// Registered near each other from one network under one pattern of names.
    pub registered_alike: i32,
    /// A row a kind; the first four are the built-in ones, in their order.
    #[serde(rename = "kind")]
    pub kinds: Vec<KindWeights>,
}

/// Weights of one kind of identifier, in millibits by the class of the identifier shared.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct KindWeights {
    /// The kind, as events name it.
    pub name: String,
    /// Its group.
    pub group: String,
    /// May carry a link alone.
    #[serde(default)]
    pub exact: bool,
    /// One or two accounts use it.
    pub personal: i32,
    /// A few do.
    pub household: i32,
    /// More than a household do, and fewer than a place's; machines alone.
    #[serde(default)]
    pub small_group: i32,
    /// Many do.
    pub shared_place: i32,
    /// Many registered on it in bursts.
    pub farm: i32,
    /// It is a carrier's.
    pub carrier_nat: i32,
    /// It is a data centre's or a proxy's.
    #[serde(default)]
    pub data_centre: i32,
    /// A fault gave it to strangers.
    #[serde(default)]
    pub faulty: i32,
}

/// Why a weights file is refused.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// Not TOML, or a key is missing, unknown or of the wrong type.
    #[error("evidence weights: {0}")]
    Syntax(#[from] toml::de::Error),
    /// The rows are not what the program needs.
    #[error("evidence weights: {0}")]
    Kinds(String),
}

impl EvidenceWeights {
    /// Reads and checks a weights file.
    ///
    /// # Errors
    /// A key is missing, unknown or of the wrong type, or the first four kinds are not `phone`,
    /// `device`, `hardware_fingerprint`, `ip_address`.
    pub fn parse(text: &str) -> Result<Self, WeightsError> {
        let weights: EvidenceWeights = toml::from_str(text)?;
        let built_in = ["phone", "device", "hardware_fingerprint", "ip_address"];
        let first: Vec<&str> = weights
            .kinds
            .iter()
            .map(|kind| &*kind.name)
            .take(4)
            .collect();
        if first != built_in {
            return Err(WeightsError::Kinds(format!(
                "the first four kinds must be {built_in:?}, found {first:?}"
            )));
        }
        if weights.kinds.len() > KINDS_AT_MOST {
            return Err(WeightsError::Kinds(format!(
                "at most {KINDS_AT_MOST} kinds, found {}",
                weights.kinds.len()
            )));
        }
        Ok(weights)
    }

    /// The kinds listed.
    pub fn identifier_kinds(&self) -> IdentifierKinds {
        IdentifierKinds::new(self.kinds.iter().map(|kind| kind.name.clone()).collect())
    }

    /// The row of a kind.
    pub fn row(&self, kind: IdentifierKind) -> &KindWeights {
        &self.kinds[usize::from(kind.0)]
    }

    /// What a shared identifier of a kind and class adds.
    pub fn shared(&self, kind: IdentifierKind, class: IdentifierClass) -> i32 {
        let row = self.row(kind);
        match class {
            IdentifierClass::Personal => row.personal,
            IdentifierClass::Household => row.household,
            IdentifierClass::SmallGroup => row.small_group,
            IdentifierClass::SharedPlace => row.shared_place,
            IdentifierClass::Farm => row.farm,
            IdentifierClass::CarrierNat => row.carrier_nat,
            IdentifierClass::DataCentre => row.data_centre,
            IdentifierClass::Faulty => row.faulty,
        }
    }

    /// The same, to change it.
    pub fn shared_mut(&mut self, kind: IdentifierKind, class: IdentifierClass) -> &mut i32 {
        let row = &mut self.kinds[usize::from(kind.0)];
        match class {
            IdentifierClass::Personal => &mut row.personal,
            IdentifierClass::Household => &mut row.household,
            IdentifierClass::SmallGroup => &mut row.small_group,
            IdentifierClass::SharedPlace => &mut row.shared_place,
            IdentifierClass::Farm => &mut row.farm,
            IdentifierClass::CarrierNat => &mut row.carrier_nat,
            IdentifierClass::DataCentre => &mut row.data_centre,
            IdentifierClass::Faulty => &mut row.faulty,
        }
    }

    /// Sets another threshold, above 0, and keeps every weight's proportion to it.
    pub fn scale(&mut self, link_at: i32) {
        let before = i64::from(self.link_at.max(1));
        let scaled = |weight: &mut i32| {
            let exact = i64::from(*weight) * i64::from(link_at) / before;
            *weight = i32::try_from(exact).unwrap_or(i32::MAX);
        };
        for row in &mut self.kinds {
            for weight in [
                &mut row.personal,
                &mut row.household,
                &mut row.small_group,
                &mut row.shared_place,
                &mut row.farm,
                &mut row.carrier_nat,
                &mut row.data_centre,
                &mut row.faulty,
            ] {
                scaled(weight);
            }
        }
        for weight in [
            &mut self.different_phones,
            &mut self.same_device_set,
            &mut self.same_name,
            &mut self.near_numbers,
            &mut self.passed_on_number,
            &mut self.passed_on_device,
            &mut self.came_back,
            &mut self.came_back_with_nothing_else,
            &mut self.came_back_after_steady_use,
            &mut self.came_back_reinstalled,
            &mut self.nothing_of_its_own,
            &mut self.registered_without_number,
            &mut self.installed_anew,
            &mut self.only_phone,
            &mut self.near_numbers_in_group,
            &mut self.registered_together,
            &mut self.registered_on_farm,
            &mut self.registered_alike,
        ] {
            scaled(weight);
        }
        self.link_at = link_at;
    }
}
