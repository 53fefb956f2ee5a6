//! `sameuser verify`.

use std::process::ExitCode;

use super::{arguments::VerifyArguments, failure::Failure, progress};
use crate::service::verify;

pub(super) fn verify(arguments: &VerifyArguments) -> Result<ExitCode, Failure> {
    let bar = progress::steps();
    let verified = verify::verify(
        &arguments.data,
        |fault| bar.suspend(|| eprintln!("fault: {fault}")),
        |done, total| {
            bar.set_length(total);
            bar.set_position(done);
        },
    )?;
    bar.finish_and_clear();
    println!(
        "{}",
        serde_json::to_string(&verified).expect("a summary is JSON")
    );
    Ok(if verified.faults == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
