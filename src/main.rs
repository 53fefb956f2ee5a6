//! The `sameuser` program: see [`sameuser::cli`].

use std::process::ExitCode;

/// Less CPU a verdict than the system's allocator, measured.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    sameuser::cli::main()
}
