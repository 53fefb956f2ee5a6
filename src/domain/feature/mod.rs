//! Features of one account for the abuse score: whole numbers from facts alone, no clock and no
//! country in them. Each is a relation between recorded times or counts, or absent where there is
//! too little to say.

mod circle;
mod definition;
mod devices;
mod gather;
mod neighbours;
mod registration;
mod signs;
mod tasks;

pub use definition::{FEATURES, FeatureDefinition, Features};
pub use gather::{features, features_before_tasks, features_when_asked, features_without};
