//! `sameuser backup`.

use std::{fs, process::ExitCode};

use super::{
    arguments::BackupArguments,
    failure::Failure,
    progress,
    shipped::{KEY_FILE, write_key},
};
use crate::journal;

pub(super) fn backup(arguments: &BackupArguments) -> Result<ExitCode, Failure> {
    let bar = progress::steps();
    bar.set_message("pages");
    journal::backup(&arguments.data, &arguments.to, |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    let key = arguments.data.join(KEY_FILE);
    if key.exists() {
        let text = fs::read_to_string(&key).map_err(Failure::file("read", &key))?;
        write_key(&arguments.to.join(KEY_FILE), text.trim())?;
    } else {
        eprintln!("the store keeps its pseudonym key elsewhere: back it up too");
    }
    Ok(ExitCode::SUCCESS)
}
