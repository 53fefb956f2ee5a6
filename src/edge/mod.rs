//! THIRD: the doors. They decode, validate, make pseudonyms and authorise; then convert in, call the
//! service, convert out. Generated types and raw identifiers stop here.

pub mod answer;
pub mod audit;
pub mod author;
pub mod calls;
pub mod case;
pub mod connections;
pub mod console;
pub mod convert;
pub mod evidence;
pub mod fuse;
pub mod grpc;
pub mod http;
pub mod identifier;
pub mod insight;
pub mod intake;
pub mod json_lines;
pub mod letters;
mod lineage;
pub mod listing;
pub mod people;
pub mod proto;
pub mod pseudonym;
pub mod question;
pub mod reference;
pub mod review;
pub mod schedule;
pub mod search;
pub mod server;
pub mod status;
pub mod stream;
pub mod timeline;
pub mod tls;
pub mod view;
