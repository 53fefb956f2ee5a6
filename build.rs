//! Compiles the protos in pure Rust: messages and services for tonic, proto3-JSON for the messages
//! that files carry, and the descriptor set that reflection serves.

use std::{env, error::Error, fs, path::PathBuf};

use prost::Message;

const PROTOS: [&str; 5] = [
    "sameuser/v1/event.proto",
    "sameuser/v1/verdict.proto",
    "sameuser/v1/campaign.proto",
    "sameuser/v1/review.proto",
    "sameuser/v1/people.proto",
];

/// Messages without proto3-JSON: they hold `google.rpc.Status`, which has none in Rust.
const NO_JSON: [&str; 5] = [
    ".sameuser.v1.EventResult",
    ".sameuser.v1.PublishEventsResponse",
    ".sameuser.v1.PublishEventsRequest",
    ".sameuser.v1.CheckDiscountResult",
    ".sameuser.v1.BatchCheckDiscountsResponse",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto/sameuser");
    println!("cargo:rerun-if-changed=proto/google");
    let descriptors = protox::compile(PROTOS, ["proto"])?;
    let encoded = descriptors.encode_to_vec();
    let out = PathBuf::from(env::var("OUT_DIR")?);
    std::fs::write(out.join("descriptors.bin"), &encoded)?;

    tonic_prost_build::configure()
        .compile_well_known_types(true)
        .extern_path(".google.protobuf", "::pbjson_types")
        .extern_path(".google.rpc.Status", "::tonic_types::Status")
        .build_transport(true)
        .compile_fds(descriptors)?;
    pbjson_build::Builder::new()
        .register_descriptors(&encoded)?
        .exclude(NO_JSON)
        .ignore_unknown_fields()
        .emit_fields()
        .build(&[".sameuser.v1"])?;
    tell_console(&out)
}

/// Where the built console is; an empty folder where there is none. Cargo takes a missing path for a
/// changed one each time, so that only what exists is watched: `make console` sees to the first time.
fn tell_console(out: &std::path::Path) -> Result<(), Box<dyn Error>> {
    let mut console = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("console/dist");
    if console.join("index.html").is_file() {
        println!("cargo:rerun-if-changed=console/dist");
    } else {
        console = out.join("no-console");
        fs::create_dir_all(&console)?;
    }
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-env=SAMEUSER_CONSOLE={}", console.display());
    Ok(())
}
