//! ROOF: the command line. The only floor that reads files and the environment; every setting is
//! gathered here once.

mod arguments;
mod backup;
mod check;
mod client;
mod dead_letters;
mod evaluate;
mod explain;
mod export;
mod failure;
mod hop;
mod input;
mod listing;
mod model_file;
mod people;
mod produce;
mod progress;
mod reconcile;
mod replay;
mod serve;
mod settings;
mod shipped;
mod simulate;
mod target;
mod telling;
mod train;
mod train_links;
mod verify;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command, TrainCommand};
use failure::Failure;

/// Runs the program: exit code 0 done, 1 failed, 2 wrong usage or input.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("sameuser: no runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(arguments.command)) {
        Ok(code) => code,
        Err(failure @ Failure::OutputClosed) => failure.exit_code(),
        Err(failure) => {
            eprintln!("sameuser: {failure}");
            failure.exit_code()
        }
    }
}

async fn run(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Serve(arguments) => serve::serve(arguments).await,
        Command::Replay(arguments) => replay::replay(arguments).await,
        Command::Check(arguments) => check::check(arguments).await,
        Command::Clusters(target) => listing::clusters(target).await,
        Command::Scores(target) => listing::scores(target).await,
        Command::Explain(arguments) => explain::explain(arguments).await,
        Command::Why(arguments) => explain::why(arguments).await,
        Command::Adjustments(arguments) => listing::adjustments(arguments).await,
        Command::Audit(arguments) => listing::audit(arguments).await,
        Command::Reconcile(arguments) => reconcile::reconcile(arguments).await,
        Command::Verify(arguments) => verify::verify(&arguments),
        Command::Backup(arguments) => backup::backup(&arguments),
        Command::Evaluate(arguments) => evaluate::evaluate(&arguments),
        Command::Export(arguments) => export::export(&arguments),
        Command::Train(TrainCommand::Abuse(arguments)) => train::train_abuse(&arguments),
        Command::Train(TrainCommand::Links(arguments)) => train_links::train_links(&arguments),
        Command::Simulate(arguments) => simulate::simulate(&arguments),
        Command::Produce(arguments) => produce::produce(arguments).await,
        Command::DeadLetters(command) => dead_letters::dead_letters(command).await,
        Command::People(command) => people::people(command).await,
        Command::Config => {
            print!("{}", settings::DEFAULT_CONFIGURATION);
            Ok(ExitCode::SUCCESS)
        }
    }
}
