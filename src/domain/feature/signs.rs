//! Signs counted together: each is common among honest people, several at once are not. A sum of tables
//! can't say "and"; these counts say it for it.

use super::{definition::Gathered, gather::length};

pub(super) fn gather(gathered: &mut Gathered) {
    let at_least = |value: Option<i32>, least: i32| value.is_some_and(|value| value >= least);
    let at_most = |value: Option<i32>, most: i32| value.is_some_and(|value| value <= most);
    let of_a_script = [
        at_least(gathered.tasks_without_input, 800),
        at_most(gathered.task_cadence, -250),
        at_most(gathered.size_spread, 700),
        at_most(gathered.input_spread, 500),
        at_most(gathered.quiet_hours, 5),
        at_least(gathered.round_seconds, 300),
        at_least(gathered.tasks_a_day, 60),
    ];
    let of_a_farm = [
        at_most(gathered.phone_seen, 0),
        at_most(gathered.devices_used, 1),
        at_most(gathered.surfaces_used, 1),
        at_least(gathered.device_accounts, 3) || at_least(gathered.hardware_accounts, 3),
        at_least(gathered.number_neighbours, 2) || at_least(gathered.registration_number_day, 3),
        at_least(gathered.registration_name_day, 3),
        at_least(gathered.registration_hosted, 1) || at_least(gathered.disposable_number, 1),
        at_least(gathered.registration_network_cohort, 3),
    ];
    let count = |signs: &[bool]| Some(length(signs.iter().filter(|sign| **sign).count()));
    gathered.script_signs = count(&of_a_script);
    gathered.farm_signs = count(&of_a_farm);
}
