//! `sameuser simulate`.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::Path,
    process::ExitCode,
};

use super::{
    arguments::{MixName, ProfileName, SimulateArguments},
    failure::Failure,
    progress,
};
use crate::lab::simulate::{Mix, Outputs, Plan, Profile, SimulateError, simulate as run};

/// Bytes gathered before they are written.
const BUFFER_BYTES: usize = 1 << 20;

impl From<SimulateError> for Failure {
    fn from(error: SimulateError) -> Self {
        let SimulateError::Write(error) = error;
        error.into()
    }
}

pub(super) fn simulate(arguments: &SimulateArguments) -> Result<ExitCode, Failure> {
    let plan = plan(arguments)?;
    if arguments.parameters {
        println!("{}", parameters(&plan));
        return Ok(ExitCode::SUCCESS);
    }
    let Some(out) = &arguments.out else {
        return Err(Failure::Usage("name where the set goes with --out".into()));
    };
    let bar = progress::steps();
    let mut step = "";
    let told = |what: &'static str, done: u64, of: u64| {
        if what != step {
            step = what;
            bar.set_message(what);
            bar.set_length(of);
        }
        bar.set_position(done);
    };
    if out == Path::new("-") {
        let mut events = BufWriter::with_capacity(BUFFER_BYTES, std::io::stdout().lock());
        let outputs = Outputs {
            events: &mut events,
            checks: None,
            truth: None,
        };
        run(&plan, &std::env::temp_dir(), outputs, told)?;
        bar.finish_and_clear();
        return Ok(ExitCode::SUCCESS);
    }
    fs::create_dir_all(out).map_err(Failure::file("create", out))?;
    let create = |name: &str| {
        let path = out.join(name);
        let file = File::create(&path).map_err(Failure::file("create", &path))?;
        Ok::<_, Failure>(BufWriter::with_capacity(BUFFER_BYTES, file))
    };
    create("parameters.json")?.write_all(parameters(&plan).as_bytes())?;
    let outputs = Outputs {
        events: &mut create("events.jsonl")?,
        checks: Some(&mut create("checks.jsonl")?),
        truth: Some(&mut create("truth.jsonl")?),
    };
    let summary = run(&plan, out, outputs, told)?;
    bar.finish_and_clear();
    let summary = serde_json::to_string(&summary).expect("a summary is JSON");
    println!("{summary}");
    Ok(ExitCode::SUCCESS)
}

fn plan(arguments: &SimulateArguments) -> Result<Plan, Failure> {
    let mix = match arguments.mix {
        MixName::Base => Mix::Base,
        MixName::Surge => Mix::Surge,
        MixName::Carrier => Mix::Carrier,
        MixName::Sophisticated => Mix::Sophisticated,
        MixName::Crude => Mix::Crude,
        MixName::Clean => Mix::Clean,
        MixName::Chaos => Mix::Chaos,
    };
    let abuse = arguments.abuse.unwrap_or(mix.default_abuse());
    if !(0.0..=0.5).contains(&abuse) {
        return Err(Failure::Usage(format!(
            "--abuse {abuse} is not within 0 and 0.5"
        )));
    }
    Ok(Plan {
        accounts: arguments.accounts as usize,
        seed: arguments.seed,
        mix,
        abuse: if mix == Mix::Clean { 0.0 } else { abuse },
        profile: match arguments.profile {
            ProfileName::Full => Profile::Full,
            ProfileName::Sparse => Profile::Sparse,
        },
        broken: arguments.broken || mix == Mix::Chaos,
    })
}

/// The world's parameters, as JSON.
fn parameters(plan: &Plan) -> String {
    let parameters = plan.parameters();
    serde_json::to_string_pretty(&parameters).expect("parameters are JSON") + "\n"
}
