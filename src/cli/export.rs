//! `sameuser export`.

use std::{
    io::{self, BufWriter, Write},
    process::ExitCode,
};

use super::{arguments::ExportArguments, failure::Failure, progress};
use crate::service::export;

pub(super) fn export(arguments: &ExportArguments) -> Result<ExitCode, Failure> {
    let bar = progress::steps();
    bar.set_message("verdicts");
    let mut output = BufWriter::new(io::stdout().lock());
    let exported = export::export(
        &arguments.data,
        |done, total| {
            bar.set_length(total);
            bar.set_position(done);
        },
        |moment| -> Result<(), Failure> {
            let line = serde_json::to_string(moment).expect("a moment is JSON");
            Ok(writeln!(output, "{line}")?)
        },
    )?;
    output.flush()?;
    bar.finish_and_clear();
    eprintln!(
        "{} accounts found abusive and {} cleared, in {} moments; {} labelled accounts left out: \
         nothing was known of them when they asked, or they never did",
        exported.abusive, exported.cleared, exported.moments, exported.without_moment
    );
    Ok(ExitCode::SUCCESS)
}
