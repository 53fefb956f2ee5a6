//! Events of simulated people (`sameuser simulate`), so that benches see the shapes that a service
//! sees: who shares what, how long the lines are, how often an event brings something new.

use std::{
    io::{self, BufRead, BufReader, Lines, PipeReader, Write},
    thread::JoinHandle,
};

use sameuser::lab::simulate::{Mix, Outputs, Plan, Profile, SimulateError, Summary, simulate};

use super::Failure;

/// Lines of events in order of arrival, made on another thread while they are read.
pub struct Arrivals {
    lines: Lines<BufReader<PipeReader>>,
    simulating: Option<JoinHandle<Result<Summary, SimulateError>>>,
}

/// Simulates; whoever stops reading stops it. Questions go to `checks` after the last event.
pub fn arrivals(
    accounts: u64,
    seed: u64,
    profile: Profile,
    mut checks: Box<dyn Write + Send>,
) -> Result<Arrivals, Failure> {
    let mix = Mix::Base;
    let plan = Plan {
        accounts: accounts as usize,
        seed,
        mix,
        abuse: mix.default_abuse(),
        profile,
        broken: false,
    };
    let (reader, mut writer) = io::pipe()?;
    let simulating = std::thread::spawn(move || {
        let outputs = Outputs {
            events: &mut writer,
            checks: Some(&mut checks),
            truth: None,
        };
        simulate(&plan, &std::env::temp_dir(), outputs, |_, _, _| {})
    });
    Ok(Arrivals {
        lines: BufReader::with_capacity(1 << 20, reader).lines(),
        simulating: Some(simulating),
    })
}

impl Iterator for Arrivals {
    type Item = Result<String, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(line) = self.lines.next() {
            return Some(line.map_err(Failure::from));
        }
        let ended = self.simulating.take()?.join();
        match ended {
            Ok(Ok(_)) => None,
            Ok(Err(error)) => Some(Err(error.into())),
            Err(_) => Some(Err("the simulator panicked".into())),
        }
    }
}
