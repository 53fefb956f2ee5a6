//! Generated from `proto/`: messages, services, and proto3-JSON for what files carry.
#![allow(missing_docs, clippy::all, clippy::unwrap_used, reason = "generated")]

/// `sameuser.v1`.
pub mod v1 {
    tonic::include_proto!("sameuser.v1");
    include!(concat!(env!("OUT_DIR"), "/sameuser.v1.serde.rs"));
}

/// The descriptor set that reflection serves.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
