//! `docs/simulator.md` names what there is.

use sameuser::lab::simulate::{Parameters, populations};

use crate::support::repository;

fn document() -> String {
    std::fs::read_to_string(repository().join("docs/simulator.md")).unwrap()
}

#[test]
fn every_parameter_stands_in_the_document_with_its_range() {
    let document = document();
    for (name, low, high) in Parameters::RANGES {
        let row = format!("| `{name}` | {low} | {high} |");
        assert!(document.contains(&row), "{row}");
    }
}

#[test]
fn every_population_stands_in_the_document() {
    let document = document();
    for population in populations() {
        let name = format!("`{}`", population.name);
        assert!(document.contains(&name), "{name}");
    }
}
