//! Tables whose cells hold a share, its interval, and a small picture of both.

use super::plot::{draw, escape};
use crate::lab::evaluate::{
    interval::{Estimate, Share},
    summary::percent,
};

/// The picture in a cell, in pixels.
const CELL_WIDTH: f64 = 84.0;
const CELL_MARGIN: f64 = 5.0;

/// A table being written.
pub struct Table {
    heads: Vec<String>,
    rows: Vec<Vec<String>>,
    class: &'static str,
}

/// How a column of shares is drawn.
#[derive(Clone, Copy)]
pub struct Column {
    /// The class of its marks: `harm` or `caught`.
    pub class: &'static str,
    /// The share at the right end of the picture.
    pub most: f64,
}

impl Column {
    /// From 0 to 100%.
    pub fn whole(class: &'static str) -> Self {
        Column { class, most: 1.0 }
    }

    /// From 0 to the next round share above all of these; what is not known better than that leaves
    /// the picture.
    pub fn fitting<'a>(class: &'static str, shares: impl Iterator<Item = &'a Share>) -> Self {
        let highest = shares.filter_map(Share::value).fold(0.0, f64::max);
        let round = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5];
        let most = round.into_iter().find(|round| *round >= highest);
        Column {
            class,
            most: most.unwrap_or(1.0),
        }
    }

    /// A head that says how far the picture reaches.
    pub fn head(&self, words: &str) -> String {
        format!("{words} <small>0 to {:.0}%</small>", self.most * 100.0)
    }

    /// A cell of a share.
    pub fn cell(&self, share: &Share) -> String {
        let Some(estimate) = share.estimate else {
            return r#"<td class="none">–</td>"#.into();
        };
        let (part, whole) = (thousands(share.part), thousands(share.whole));
        self.estimated(&estimate, &format!("{part} of {whole}"))
    }

    /// A cell of an estimate.
    pub fn estimated(&self, estimate: &Estimate, words: &str) -> String {
        let Estimate {
            value, low, high, ..
        } = *estimate;
        let place = |share: f64| {
            CELL_MARGIN + (share / self.most).clamp(0.0, 1.0) * (CELL_WIDTH - 2.0 * CELL_MARGIN)
        };
        let (at, from, to) = (place(value), place(low), place(high));
        let (class, right) = (self.class, CELL_WIDTH - CELL_MARGIN);
        let (shown, low, high) = (percent(value), percent(low), percent(high));
        format!(
            r#"<td class="share" title="{words}"><span class="number">{shown}</span><svg class="cell" viewBox="0 0 {CELL_WIDTH} 16" aria-hidden="true"><line class="track" x1="{CELL_MARGIN}" y1="8" x2="{right}" y2="8"/><line class="whisker {class}" x1="{from:.1}" y1="8" x2="{to:.1}" y2="8"/><circle class="dot {class}" cx="{at:.1}" cy="8" r="3.5"/></svg><small>{low}–{high}</small></td>"#
        )
    }
}

impl Table {
    /// With these heads, in HTML.
    pub fn new<S: Into<String>>(heads: impl IntoIterator<Item = S>) -> Self {
        Table {
            heads: heads.into_iter().map(Into::into).collect(),
            rows: Vec::new(),
            class: "",
        }
    }

    /// Without the numbers of intervals, which the pictures show, for tables of many columns.
    pub fn slim(self) -> Self {
        Table {
            class: "slim",
            ..self
        }
    }

    /// Adds a row of cells, each a `<td>` or `<th>`.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// The table; it scrolls by itself where the page is narrow.
    pub fn html(&self) -> String {
        let mut html = format!(
            r#"<div class="scroll"><table class="{}"><thead><tr>"#,
            self.class
        );
        for head in &self.heads {
            draw(&mut html, format_args!("<th>{head}</th>"));
        }
        html.push_str("</tr></thead><tbody>");
        for row in &self.rows {
            draw(&mut html, format_args!("<tr>{}</tr>", row.concat()));
        }
        html.push_str("</tbody></table></div>");
        html
    }
}

/// The first cell of a row.
pub fn name(words: &str) -> String {
    format!(
        r#"<th scope="row">{}</th>"#,
        escape(&words.replace('_', " "))
    )
}

/// A cell of a number.
pub fn count(number: u64) -> String {
    format!(r#"<td class="count">{}</td>"#, thousands(number))
}

/// A cell of words.
pub fn words(text: &str) -> String {
    format!("<td>{}</td>", escape(text))
}

/// A whole number in groups of three.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

/// A number of things in three digits: 950, 1.2 k, 3.4 M.
pub fn short(number: f64) -> String {
    let (scaled, unit) = match number {
        n if n >= 1e9 => (n / 1e9, " G"),
        n if n >= 1e6 => (n / 1e6, " M"),
        n if n >= 1e3 => (n / 1e3, " k"),
        n => (n, ""),
    };
    if scaled >= 10.0 || scaled.fract() == 0.0 {
        format!("{scaled:.0}{unit}")
    } else {
        format!("{scaled:.1}{unit}")
    }
}
