//! Training: the abuse model from labelled data sets, the evidence weights from any events.

mod binning;
pub mod boosting;
pub mod collect;
pub mod emphasis;
pub mod examples;
pub mod fit;
pub mod isotonic;
pub mod labelled;
pub mod links;
pub mod listener;
pub mod pairs;
