//! Thresholds by cost.

use super::{
    charts,
    plot::draw,
    tables::{Column, Table, name, words},
};
use crate::lab::evaluate::thresholds::{Point, Thresholds};

/// The plot, the points chosen, and what is off.
pub fn thresholds(thresholds: &Thresholds) -> String {
    let (harm, caught) = (Column::whole("harm"), Column::whole("harm"));
    let points = [
        ("the campaign’s", &thresholds.campaign),
        ("the cheapest", &thresholds.best),
        ("none", &thresholds.never),
    ];
    let mut table = Table::new([
        "threshold",
        "from",
        "honest accounts revoked",
        "abusive tokens missed",
        "cost of 1,000 accounts",
    ]);
    for (which, point) in points {
        table.row(vec![
            name(which),
            words(&from(point)),
            harm.cell(&point.honest_revoked),
            caught.cell(&point.tokens_missed),
            words(&cost(point)),
        ]);
    }
    let mut html = String::from(r#"<div class="pair"><figure>"#);
    html.push_str(&charts::cost(thresholds));
    draw(
        &mut html,
        format_args!(
            "</figure><div>{}<p>{}</p></div></div>",
            table.html(),
            thresholds.verdict()
        ),
    );
    html
}

fn from(point: &Point) -> String {
    match point.threshold {
        beyond if beyond > 1.0 => "never".into(),
        threshold => format!("{threshold:.4}"),
    }
}

fn cost(point: &Point) -> String {
    let short = super::tables::short;
    point.cost.map_or("–".into(), |one| {
        format!(
            "{} ({}–{})",
            short(one.value),
            short(one.low),
            short(one.high)
        )
    })
}
