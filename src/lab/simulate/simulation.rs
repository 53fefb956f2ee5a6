//! Building a world group by group and writing its three files.

use std::{
    io::{self, Write},
    path::Path,
};

use serde::Serialize;

use super::{
    mix::Mix,
    number::Dealt,
    parameters::Parameters,
    population::quotas,
    scene::Scene,
    stream::{Faults, Stream},
    world::World,
};

/// The campaign that questions are about.
pub const CAMPAIGN: &str = "kimi-work-desktop-2026-06";
/// Progress is told every so many accounts or lines.
const PROGRESS_STEP: u64 = 4_096;

/// How much accounts do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Some thirty events an account.
    Full,
    /// Some six, for tests of scale.
    Sparse,
}

impl Profile {
    pub(super) fn gap_factor(self) -> f64 {
        match self {
            Profile::Full => 1.0,
            Profile::Sparse => 4.0,
        }
    }

    pub(super) fn task_factor(self) -> f64 {
        match self {
            Profile::Full => 1.0,
            Profile::Sparse => 0.3,
        }
    }
}

/// What to simulate.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How many, honest and abusive.
    pub accounts: usize,
    /// What everything is drawn from.
    pub seed: u64,
    /// Which populations.
    pub mix: Mix,
    /// Share of abusive accounts, 0 to 0.5.
    pub abuse: f64,
    /// How much they do.
    pub profile: Profile,
    /// Whether some lines are broken.
    pub broken: bool,
}

/// Where the files go; `None` is not written.
pub struct Outputs<'a> {
    /// One event a line, in order of arrival.
    pub events: &'a mut dyn Write,
    /// One question a line, by the completion of its task.
    pub checks: Option<&'a mut dyn Write>,
    /// One account a line.
    pub truth: Option<&'a mut dyn Write>,
}

/// What was made.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Accounts.
    pub accounts: u64,
    /// Lines, repeats and broken ones among them.
    pub events: u64,
    /// Questions of billing.
    pub checks: u64,
    /// The seed.
    pub seed: u64,
}

/// Why nothing was made.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// A file or a run on disk failed.
    #[error("writing the set: {0}")]
    Write(#[from] io::Error),
}

/// The parameters of a plan's world.
impl Plan {
    /// As they are drawn for its seed and changed by its mix.
    pub fn parameters(&self) -> Parameters {
        let mut parameters = Parameters::draw(self.seed);
        self.mix.adjust(&mut parameters);
        parameters
    }
}

/// Makes a set. `scratch` holds sorted runs meanwhile, about a seventh of the events' size;
/// `progress` is told of accounts built, then of lines written, with their totals.
///
/// # Errors
/// A write failed.
pub fn simulate(
    plan: &Plan,
    scratch: &Path,
    outputs: Outputs,
    mut progress: impl FnMut(&'static str, u64, u64),
) -> Result<Summary, SimulateError> {
    let world = World::new(plan.seed, plan.accounts, plan.mix);
    let faults = Faults::new(&world.parameters, plan.broken);
    let mut stream = Stream::new(scratch, faults);
    let accounts = plan.accounts as u64;
    let mut dealt = Dealt::default();
    let mut built = 0;
    for (kind, (population, quota)) in quotas(plan.accounts, plan.abuse, plan.mix)
        .into_iter()
        .enumerate()
    {
        let mut room = quota;
        let mut group = 0;
        while room > 0 {
            let number = (kind as u64) << 32 | group;
            let mut scene = Scene::new(
                &world,
                &mut stream,
                &mut dealt,
                population,
                plan.profile,
                number,
                (room, quota),
            );
            (population.build)(&mut scene)?;
            let added = (room - scene.room) as u64;
            room = scene.room;
            group += 1;
            if (built + added) / PROGRESS_STEP > built / PROGRESS_STEP {
                progress("accounts", built + added, accounts);
            }
            built += added;
        }
    }
    let summary = Summary {
        accounts: built,
        events: stream.events.taken(),
        checks: stream.checks.taken(),
        seed: plan.seed,
    };
    let Stream {
        events,
        checks,
        truth,
        ..
    } = stream;
    let total = summary.events;
    events.write_to(outputs.events, |written| {
        if written.is_multiple_of(PROGRESS_STEP) {
            progress("events", written, total);
        }
    })?;
    for (sorter, out) in [(checks, outputs.checks), (truth, outputs.truth)] {
        if let Some(out) = out {
            sorter.write_to(out, |_| {})?;
        }
    }
    Ok(summary)
}
