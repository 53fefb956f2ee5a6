//! countries
