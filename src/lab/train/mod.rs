//! Training: the abuse model from labelled data sets.

pub mod boosting;
pub mod collect;
pub mod examples;
pub mod fit;
pub mod isotonic;
pub mod labelled;
pub mod tables;
