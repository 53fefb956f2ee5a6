//! The parts of the page.

use super::{
    charts,
    plot::{draw, escape},
    tables::{Column, Table, count, name, short, thousands, words},
};
use crate::lab::evaluate::{
    harm::{AbuseCaught, HonestHarm, Row},
    interval::{Estimate, Share},
    report::{Evaluation, Report},
    resolution::Resolution,
    scores::{RecallAt, Scores},
    summary::percent,
};

/// What a column is called, and the share in it.
type Measure<'a, T> = (&'a str, fn(&T) -> &Share);

/// Operations listed, the worst first.
const OPERATIONS_LISTED: usize = 15;

/// The numbers that matter most.
pub fn headline(report: &Report) -> String {
    let mut html = String::from(r#"<div class="cards">"#);
    let mut card = |class: &str, words: &str, estimate: Option<Estimate>, more: String| {
        let shown = estimate.map_or("–".into(), |one| percent(one.value));
        let interval = estimate.map_or(String::new(), |one| {
            format!("{}–{}", percent(one.low), percent(one.high))
        });
        draw(
            &mut html,
            format_args!(
                r#"<div class="card {class}"><p>{words}</p><strong>{shown}</strong><small>{interval}<br>{more}</small></div>"#
            ),
        );
    };
    let of = |share: &Share| {
        format!(
            "{} of {}",
            short(share.part as f64),
            short(share.whole as f64)
        )
    };
    let (honest, abusive) = (&report.harm.honest, &report.harm.abusive);
    for (words, share) in [
        ("honest accounts revoked", &honest.accounts_revoked),
        (
            "honest accounts refused a seat",
            &honest.accounts_refused_a_seat,
        ),
        (
            "honest tokens not discounted",
            &honest.tokens_not_discounted,
        ),
    ] {
        card("harm", words, share.estimate, of(share));
    }
    for (words, share) in [
        ("abusive accounts refused", &abusive.accounts_refused),
        ("abusive tokens left after recovery", &abusive.tokens_left),
    ] {
        card("caught", words, share.estimate, of(share));
    }
    if let Some(users) = &report.users {
        let told = format!(
            "{} users, {} persons",
            thousands(users.users),
            thousands(users.persons)
        );
        card("ours", "same user, B-cubed F1", users.b_cubed.f1, told);
    }
    if let Some(at) = report
        .scores
        .as_ref()
        .and_then(|scores| scores.recall_at.get(1))
    {
        let words = "abusive accounts found by score, one honest in 1,000 flagged";
        card("ours", words, at.recall, "of all abusive accounts".into());
    }
    html.push_str("</div>");
    html
}

/// What honest people suffered, by population or another group.
pub fn honest(by: &str, rows: &[Row<HonestHarm>]) -> String {
    let measures: [Measure<HonestHarm>; 3] = [
        ("revoked", |harm| &harm.accounts_revoked),
        ("refused a seat", |harm| &harm.accounts_refused_a_seat),
        ("tokens not discounted", |harm| &harm.tokens_not_discounted),
    ];
    shares_by(by, rows, "harm", &measures)
}

/// What was done against abusers, by population or label.
pub fn abusive(by: &str, rows: &[Row<AbuseCaught>]) -> String {
    let measures: [Measure<AbuseCaught>; 4] = [
        ("refused", |caught| &caught.accounts_refused),
        ("revoked", |caught| &caught.accounts_revoked),
        ("tokens allowed", |caught| &caught.tokens_allowed),
        ("left after recovery", |caught| &caught.tokens_left),
    ];
    shares_by(by, rows, "caught", &measures)
}

fn shares_by<T>(by: &str, rows: &[Row<T>], class: &'static str, measures: &[Measure<T>]) -> String {
    let column = |measure: fn(&T) -> &Share| match class {
        "harm" => Column::fitting(class, rows.iter().map(|row| measure(&row.numbers))),
        _ => Column::whole(class),
    };
    let columns: Vec<Column> = measures
        .iter()
        .map(|(_, measure)| column(*measure))
        .collect();
    let heads = columns
        .iter()
        .zip(measures)
        .map(|(column, (words, _))| column.head(words));
    let fixed = [by, "count"].map(String::from);
    let mut table = Table::new(fixed.into_iter().chain(heads));
    for row in rows {
        let cells = columns.iter().zip(measures);
        let cells = cells.map(|(column, (_, measure))| column.cell(measure(&row.numbers)));
        table.row(
            [name(&row.name), count(row.count)]
                .into_iter()
                .chain(cells)
                .collect(),
        );
    }
    table.html()
}

/// Users against persons.
pub fn users(users: &Resolution) -> String {
    let column = Column::whole("ours");
    let mut table = Table::new(["", "precision", "recall", "F1"]);
    for (words, measured) in [
        ("pairs of accounts", &users.pairwise),
        ("B-cubed, by account", &users.b_cubed),
    ] {
        let cell = |estimate: Option<Estimate>| match estimate {
            Some(one) => column.estimated(&one, words),
            None => r#"<td class="none">–</td>"#.into(),
        };
        table.row(vec![
            name(words),
            cell(measured.precision),
            cell(measured.recall),
            cell(measured.f1),
        ]);
    }
    let merged = shares_by(
        "population",
        &users.merged_by_population,
        "harm",
        &[("honest persons merged with a stranger", |one| {
            &one.persons_merged
        })],
    );
    let found = shares_by(
        "population",
        &users.pairs_found_by_population,
        "caught",
        &[("pairs of one person found", |one| &one.pairs_found)],
    );
    format!(
        r#"{}<div class="pair"><div>{merged}</div><div>{found}</div></div>"#,
        table.html()
    )
}

/// The abuse score.
pub fn scores(evaluation: &Evaluation, scores: &Scores) -> String {
    let column = Column::whole("ours");
    let rates = scores.recall_at.iter().map(|at| {
        let rate = percent(at.false_positive_rate);
        format!("recall, {rate} honest flagged")
    });
    let heads = ["label", "accounts", "area under ROC"].map(String::from);
    let mut table = Table::new(heads.into_iter().chain(rates));
    let mut row = |label: &str, accounts: u64, area: Option<Estimate>, recalls: &[RecallAt]| {
        let area = area.map_or("–".into(), |one| {
            format!("{:.4} ({:.4}–{:.4})", one.value, one.low, one.high)
        });
        let mut cells = vec![name(label), count(accounts), words(&area)];
        for at in recalls {
            cells.push(match at.recall {
                Some(one) => column.estimated(&one, label),
                None => r#"<td class="none">–</td>"#.into(),
            });
        }
        table.row(cells);
    };
    row(
        "all abuse",
        scores.abusive,
        scores.roc_area,
        &scores.recall_at,
    );
    for label in &scores.by_label {
        row(
            label.label.name(),
            label.accounts,
            label.roc_area,
            &label.recall_at,
        );
    }
    let mut html = String::from(r#"<div class="plots">"#);
    let roc = charts::roc(evaluation, scores);
    draw(
        &mut html,
        format_args!("<figure><figcaption>ROC</figcaption>{roc}</figure>"),
    );
    let average = scores.average_precision;
    let average = average.map_or(String::new(), |one| format!(", average {:.4}", one.value));
    let curve = charts::precision_recall(scores);
    draw(
        &mut html,
        format_args!(
            "<figure><figcaption>Precision and recall{average}</figcaption>{curve}</figure>"
        ),
    );
    if let Some(calibration) = &scores.calibration {
        draw(
            &mut html,
            format_args!(
                "<figure><figcaption>Calibration: error {:.4}, Brier {:.4} (base rate alone \
                 {:.4})</figcaption>{}</figure>",
                calibration.expected_error,
                calibration.brier,
                calibration.brier_of_base_rate,
                charts::reliability(calibration)
            ),
        );
    }
    draw(&mut html, format_args!("</div>{}", table.html()));
    html
}

/// How soon operations were seen.
pub fn delays(report: &Report) -> String {
    let delays = &report.delays;
    let mut table = Table::new([
        "operation",
        "population",
        "accounts",
        "asking",
        "allowed before",
        "tokens before",
        "seen after",
    ]);
    for group in delays.groups.iter().take(OPERATIONS_LISTED) {
        let seen = match group.hours {
            Some(hours) => format!("{hours:.1} h"),
            None => "never".into(),
        };
        table.row(vec![
            name(&group.group),
            words(&group.population.replace('_', " ")),
            count(group.accounts),
            count(group.accounts_asking),
            count(group.accounts_before),
            count(group.tokens_before),
            words(&seen),
        ]);
    }
    let median = |estimate: Option<Estimate>| estimate.map_or(0.0, |one| one.value);
    format!(
        r#"<p>{} of {} operations were seen when one of their accounts asked. Before that the median operation had been allowed {} accounts and {} tokens, the worst {} and {}.</p><div class="pair"><figure>{}</figure><div>{}</div></div>"#,
        delays.groups_detected.part,
        delays.groups_detected.whole,
        short(median(delays.median_accounts_before)),
        short(median(delays.median_tokens_before)),
        thousands(delays.worst_accounts_before),
        short(delays.worst_tokens_before as f64),
        charts::delay(delays),
        table.html()
    )
}

/// Alternatives beside the system.
pub fn alternatives(evaluation: &Evaluation) -> String {
    let all = || {
        let ours = (evaluation.system.as_str(), "", &evaluation.report);
        let others = evaluation.alternatives.iter();
        std::iter::once(ours).chain(others.map(|o| (o.name.as_str(), o.rule.as_str(), &o.report)))
    };
    let harm = Column::fitting(
        "harm",
        all().map(|(.., report)| &report.harm.honest.tokens_not_discounted),
    );
    let caught = Column::whole("caught");
    let mut table = Table::new([
        "system".into(),
        harm.head("honest revoked"),
        harm.head("honest refused a seat"),
        harm.head("honest tokens not discounted"),
        caught.head("abusive refused"),
        caught.head("abusive tokens left"),
        "same user, F1".to_string(),
    ])
    .slim();
    for (system, rule, report) in all() {
        let (honest, abusive) = (&report.harm.honest, &report.harm.abusive);
        let f1 = report.users.as_ref().and_then(|users| users.b_cubed.f1);
        table.row(vec![
            format!(
                r#"<th scope="row">{}<small>{}</small></th>"#,
                escape(system),
                escape(rule)
            ),
            harm.cell(&honest.accounts_revoked),
            harm.cell(&honest.accounts_refused_a_seat),
            harm.cell(&honest.tokens_not_discounted),
            caught.cell(&abusive.accounts_refused),
            caught.cell(&abusive.tokens_left),
            words(&f1.map_or("–".into(), |one| format!("{:.3}", one.value))),
        ]);
    }
    table.html()
}

/// Persons with several accounts.
pub fn duplicates(report: &Report) -> String {
    let (kept, lost) = (Column::whole("caught"), Column::whole("harm"));
    let duplicates = &report.duplicates;
    let mut table = Table::new([
        "exactly one account kept",
        "none kept",
        "several kept",
        "accounts revoked",
        "tokens beyond one account",
    ])
    .slim();
    table.row(vec![
        kept.cell(&duplicates.exactly_one_kept),
        lost.cell(&duplicates.none_kept),
        lost.cell(&duplicates.several_kept),
        lost.cell(&duplicates.accounts_revoked),
        lost.cell(&duplicates.tokens_beyond_one_account),
    ]);
    table.html()
}
