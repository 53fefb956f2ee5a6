//! A plot: two axes and what is drawn between them, as SVG. Colours are classes of the page's style.

use std::fmt::Write;

/// The whole picture, in pixels of the page.
const WIDTH: f64 = 460.0;
const HEIGHT: f64 = 340.0;
const LEFT: f64 = 58.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 46.0;

/// One axis.
pub struct Axis {
    /// What is on it.
    pub title: &'static str,
    /// The least and the greatest value.
    pub range: (f64, f64),
    /// Whether equal distances are equal ratios. What lies below the range is drawn at its edge.
    pub logarithmic: bool,
    /// Values that are written, with their words.
    pub ticks: Vec<(f64, String)>,
}

impl Axis {
    /// From 0 to 1, written in per cent.
    pub fn share(title: &'static str) -> Self {
        let ticks = (0..=5).map(|fifth| (f64::from(fifth) / 5.0, format!("{}%", fifth * 20)));
        Axis {
            title,
            range: (0.0, 1.0),
            logarithmic: false,
            ticks: ticks.collect(),
        }
    }

    /// Powers of ten from `10^from` to `10^to`, written by `word`.
    pub fn powers(title: &'static str, from: i32, to: i32, word: fn(f64) -> String) -> Self {
        let power = |exponent: i32| 10f64.powi(exponent);
        Axis {
            title,
            range: (power(from), power(to)),
            logarithmic: true,
            ticks: (from..=to).map(|e| (power(e), word(power(e)))).collect(),
        }
    }

    /// Where a value lies, 0 to 1.
    fn place(&self, value: f64) -> f64 {
        let (low, high) = self.range;
        let value = value.clamp(low, high);
        if self.logarithmic {
            (value / low).ln() / (high / low).ln()
        } else {
            (value - low) / (high - low)
        }
    }
}

/// A plot being drawn.
pub struct Plot {
    x: Axis,
    y: Axis,
    marks: String,
    legend: Vec<(&'static str, String)>,
}

impl Plot {
    /// With nothing but its axes.
    pub fn new(x: Axis, y: Axis) -> Self {
        Plot {
            x,
            y,
            marks: String::new(),
            legend: Vec::new(),
        }
    }

    fn at(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let across = WIDTH - LEFT - RIGHT;
        let down = HEIGHT - TOP - BOTTOM;
        (
            LEFT + self.x.place(x) * across,
            TOP + (1.0 - self.y.place(y)) * down,
        )
    }

    /// A line through points, named in the legend unless the name is empty.
    pub fn line(&mut self, points: &[(f64, f64)], class: &'static str, name: &str) {
        let mut path = String::new();
        for (number, point) in points.iter().enumerate() {
            let (x, y) = self.at(*point);
            let command = if number == 0 { 'M' } else { 'L' };
            draw(&mut path, format_args!("{command}{x:.1} {y:.1}"));
        }
        draw(
            &mut self.marks,
            format_args!(r#"<path class="line {class}" d="{path}"/>"#),
        );
        self.name(class, name);
    }

    /// A dot, with words shown where the pointer rests on it.
    pub fn dot(&mut self, point: (f64, f64), radius: f64, class: &'static str, words: &str) {
        let ((x, y), words) = (self.at(point), escape(words));
        draw(
            &mut self.marks,
            format_args!(
                r#"<circle class="dot {class}" cx="{x:.1}" cy="{y:.1}" r="{radius:.1}"><title>{words}</title></circle>"#
            ),
        );
    }

    /// An upright interval.
    pub fn interval(&mut self, x: f64, low: f64, high: f64, class: &'static str) {
        let ((x, low), (_, high)) = (self.at((x, low)), self.at((x, high)));
        draw(
            &mut self.marks,
            format_args!(
                r#"<line class="whisker {class}" x1="{x:.1}" y1="{low:.1}" x2="{x:.1}" y2="{high:.1}"/>"#
            ),
        );
    }

    /// Names a class in the legend.
    pub fn name(&mut self, class: &'static str, name: &str) {
        if !name.is_empty() {
            self.legend.push((class, name.into()));
        }
    }

    /// The picture.
    pub fn svg(&self, description: &str) -> String {
        let mut svg = String::new();
        draw(
            &mut svg,
            format_args!(
                r#"<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{}">"#,
                escape(description)
            ),
        );
        self.draw_axes(&mut svg);
        svg.push_str(&self.marks);
        svg.push_str("</svg>");
        if !self.legend.is_empty() {
            svg.push_str(r#"<p class="legend">"#);
            for (class, name) in &self.legend {
                let name = escape(name);
                draw(
                    &mut svg,
                    format_args!(r#"<span class="key {class}">{name}</span> "#),
                );
            }
            svg.push_str("</p>");
        }
        svg
    }

    fn draw_axes(&self, svg: &mut String) {
        let (left, bottom) = (LEFT, HEIGHT - BOTTOM);
        let (right, top) = (WIDTH - RIGHT, TOP);
        for (value, word) in &self.x.ticks {
            let (x, _) = self.at((*value, self.y.range.0));
            draw(
                svg,
                format_args!(
                    r#"<line class="grid" x1="{x:.1}" y1="{top}" x2="{x:.1}" y2="{bottom}"/><text x="{x:.1}" y="{:.1}" text-anchor="middle">{word}</text>"#,
                    bottom + 16.0
                ),
            );
        }
        for (value, word) in &self.y.ticks {
            let (_, y) = self.at((self.x.range.0, *value));
            draw(
                svg,
                format_args!(
                    r#"<line class="grid" x1="{left}" y1="{y:.1}" x2="{right}" y2="{y:.1}"/><text x="{:.1}" y="{:.1}" text-anchor="end">{word}</text>"#,
                    left - 7.0,
                    y + 4.0
                ),
            );
        }
        let (across, down) = ((left + right) / 2.0, (top + bottom) / 2.0);
        let (x_title, y_title) = (self.x.title, self.y.title);
        draw(
            svg,
            format_args!(
                r#"<text class="title" x="{across}" y="{:.1}" text-anchor="middle">{x_title}</text><text class="title" x="14" y="{down}" text-anchor="middle" transform="rotate(-90 14 {down})">{y_title}</text>"#,
                HEIGHT - 8.0
            ),
        );
    }
}

/// Appends to a text.
pub fn draw(to: &mut String, what: std::fmt::Arguments) {
    to.write_fmt(what).expect("writing to a string can't fail");
}

/// Text as HTML shows it literally.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
