//! THE LAB: what measures and makes the product better. It may use every floor below the roof; only
//! the roof imports it.

pub mod evaluate;
