//! The evaluation as one page that needs nothing but itself: text, tables, and plots in SVG; light or
//! dark as the reader's system is.

mod charts;
mod cost;
mod document;
mod plot;
mod sections;
mod tables;

pub use document::page;
