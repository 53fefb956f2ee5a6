//! `sameuser` decides, before billing applies a promotion's discount, whether the account behind a
//! task may have it. See `ARCHITECTURE.md` for the map; imports run downward only:
//! `cli` → `edge` → `service` → `journal` → `domain`.

pub mod cli;
pub mod domain;
pub mod edge;
pub mod journal;
pub mod lab;
pub mod service;
