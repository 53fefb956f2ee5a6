//! Abusers. Each draws how many accounts, how thorough, how much cover and what pace from ranges that
//! overlap with honest people's; crude ones are easy, thorough ones hard, some can't be told.

mod duplicate;
mod evasion;
mod false_activity;
mod false_identity;
mod farm;
mod farm_kind;
mod operator;
mod script;

use super::population::Population;
use crate::lab::label::Label;

const fn abusive(
    name: &'static str,
    label: Label,
    weight: f64,
    build: fn(&mut super::scene::Scene) -> std::io::Result<()>,
) -> Population {
    Population {
        name,
        label,
        weight,
        build,
    }
}

/// Every abusive population with its share.
pub const POPULATIONS: &[Population] = &[
    abusive(
        "device_farm",
        Label::BulkRegistration,
        0.14,
        farm_kind::device_farm,
    ),
    abusive(
        "proxy_farm",
        Label::BulkRegistration,
        0.10,
        farm_kind::proxy_farm,
    ),
    abusive(
        "emulator_farm",
        Label::Emulator,
        0.09,
        farm_kind::emulator_farm,
    ),
    abusive(
        "randomised_farm",
        Label::BulkRegistration,
        0.09,
        farm_kind::randomised_farm,
    ),
    abusive(
        "slow_drip_farm",
        Label::BulkRegistration,
        0.07,
        farm_kind::slow_drip_farm,
    ),
    abusive(
        "duplicate",
        Label::DuplicateAccount,
        0.17,
        duplicate::several_accounts,
    ),
    abusive(
        "shared_account",
        Label::OperatedForOthers,
        0.05,
        operator::shared_account,
    ),
    abusive(
        "operator",
        Label::OperatedForOthers,
        0.07,
        operator::operator,
    ),
    abusive(
        "bought_account",
        Label::OperatedForOthers,
        0.04,
        operator::bought_accounts,
    ),
    abusive("ban_evasion", Label::BanEvasion, 0.04, evasion::ban_evasion),
    abusive("crude_script", Label::ScriptedActivity, 0.04, script::crude),
    abusive(
        "subtle_script",
        Label::ScriptedActivity,
        0.03,
        script::subtle,
    ),
    abusive(
        "false_activity",
        Label::FalseActivity,
        0.04,
        false_activity::false_activity,
    ),
    abusive(
        "false_identity",
        Label::FalseIdentity,
        0.03,
        false_identity::false_identity,
    ),
];
