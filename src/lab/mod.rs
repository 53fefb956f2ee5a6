//! Laboratory: worlds to try the service on, measures of how well it does, models learnt from them.
//! It may use every floor below the roof; only the roof imports it.

pub mod train;
