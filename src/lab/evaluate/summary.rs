//! What matters of an evaluation, in words for a terminal.

use std::fmt::{self, Write};

use super::{
    interval::{Estimate, Share},
    report::{Evaluation, Report},
};

/// Populations named where the worst ones are.
const WORST_NAMED: usize = 4;

/// A summary of a few dozen lines.
pub fn summary(evaluation: &Evaluation) -> String {
    let mut text = String::new();
    write(&mut text, evaluation).expect("writing to a string can't fail");
    text
}

fn write(to: &mut String, evaluation: &Evaluation) -> fmt::Result {
    let (told, report) = (&evaluation.told, &evaluation.report);
    let asked = &report.asked;
    writeln!(
        to,
        "{} on {}: {} accounts ({} honest, {} abusive, {} duplicates), {} events, {} covered tasks",
        evaluation.system,
        evaluation.data_set,
        asked.accounts,
        asked.honest_accounts,
        asked.abusive_accounts,
        asked.duplicate_accounts,
        told.events,
        asked.covered_tasks
    )?;
    if !evaluation.without.is_empty() {
        writeln!(to, "without {}", evaluation.without.join(", "))?;
    }
    if !evaluation.held_by_fuse.is_empty() {
        let held = evaluation.held_by_fuse.join(", ");
        writeln!(to, "held by the fuse, for want of a person: {held}")?;
    }
    writeln!(
        to,
        "shares with 95% intervals; docs/evaluation.md says what each means\n"
    )?;
    if asked.covered_tasks > 0 {
        write_harm(to, report)?;
    }
    write_calling_codes(to, evaluation)?;
    write_users(to, report)?;
    write_scores(to, report)?;
    write_thresholds(to, evaluation)?;
    if !evaluation.alternatives.is_empty() {
        write_alternatives(to, evaluation)?;
    }
    Ok(())
}

fn write_harm(to: &mut String, report: &Report) -> fmt::Result {
    let (honest, abusive) = (&report.harm.honest, &report.harm.abusive);
    let averages = &report.harm.abusive_macro;
    writeln!(to, "honest people")?;
    line(to, "accounts revoked", &honest.accounts_revoked)?;
    line(
        to,
        "accounts refused a seat",
        &honest.accounts_refused_a_seat,
    )?;
    line(to, "tokens not discounted", &honest.tokens_not_discounted)?;
    line(
        to,
        "  and not restored at the end",
        &honest.tokens_not_restored,
    )?;
    let rows = report.harm.honest_by_population.iter();
    let revoked = rows.map(|row| (row.name.as_str(), &row.numbers.accounts_revoked));
    write_worst(to, revoked.collect())?;
    writeln!(to, "abusive accounts")?;
    line(to, "refused (revoked or denied)", &abusive.accounts_refused)?;
    line(to, "revoked", &abusive.accounts_revoked)?;
    line(to, "tokens allowed", &abusive.tokens_allowed)?;
    line(to, "  left after recovery", &abusive.tokens_left)?;
    let populations = averages.populations;
    writeln!(to, "  averaged over {populations} populations")?;
    mean(to, "refused", averages.accounts_refused)?;
    mean(to, "tokens allowed", averages.tokens_allowed)?;
    mean(to, "tokens left after recovery", averages.tokens_left)?;
    writeln!(to, "persons with several accounts")?;
    line(to, "exactly one kept", &report.duplicates.exactly_one_kept)?;
    line(to, "none kept", &report.duplicates.none_kept)?;
    let delays = &report.delays;
    writeln!(to, "operations")?;
    line(to, "detected", &delays.groups_detected)?;
    let median = delays.median_accounts_before.map_or(0.0, |one| one.value);
    let (worst, label) = (delays.worst_accounts_before, "accounts allowed before");
    writeln!(to, "  {label:<34}median {median}, worst {worst}")
}

/// Honest accounts revoked by calling code: the highest rates, where there is more than one code.
fn write_calling_codes(to: &mut String, evaluation: &Evaluation) -> fmt::Result {
    let rows = &evaluation.honest_by_calling_code;
    if rows.len() < 2 {
        return Ok(());
    }
    writeln!(
        to,
        "honest accounts revoked by calling code ({})",
        rows.len()
    )?;
    let revoked = rows.iter();
    let revoked = revoked.map(|row| (row.name.as_str(), &row.numbers.accounts_revoked));
    write_worst(to, revoked.collect())
}

fn write_thresholds(to: &mut String, evaluation: &Evaluation) -> fmt::Result {
    match &evaluation.thresholds {
        Some(thresholds) => writeln!(to, "thresholds by cost\n  {}", thresholds.verdict()),
        None => Ok(()),
    }
}

fn write_users(to: &mut String, report: &Report) -> fmt::Result {
    let Some(users) = &report.users else {
        return Ok(());
    };
    writeln!(
        to,
        "users ({} told, {} persons)",
        users.users, users.persons
    )?;
    for (name, measured) in [("pairs", &users.pairwise), ("B-cubed", &users.b_cubed)] {
        let of = |estimate: Option<Estimate>| {
            estimate.map_or("–".into(), |one| format!("{:.4}", one.value))
        };
        let (precision, recall) = (of(measured.precision), of(measured.recall));
        let f1 = of(measured.f1);
        writeln!(
            to,
            "  {name:<34}precision {precision}  recall {recall}  F1 {f1}"
        )?;
    }
    line(to, "honest persons merged", &users.honest_persons_merged)?;
    let rows = users.merged_by_population.iter();
    let merged = rows.map(|row| (row.name.as_str(), &row.numbers.persons_merged));
    write_worst(to, merged.collect())
}

/// The populations with the highest shares.
fn write_worst(to: &mut String, mut shares: Vec<(&str, &Share)>) -> fmt::Result {
    shares.retain(|(_, share)| share.part > 0);
    shares.sort_by(|(_, a), (_, b)| {
        b.value()
            .unwrap_or(0.0)
            .total_cmp(&a.value().unwrap_or(0.0))
    });
    for (population, share) in shares.into_iter().take(WORST_NAMED) {
        line(to, &format!("  of them {population}"), share)?;
    }
    Ok(())
}

fn write_scores(to: &mut String, report: &Report) -> fmt::Result {
    let Some(scores) = &report.scores else {
        return Ok(());
    };
    writeln!(to, "abuse score")?;
    let number = |to: &mut String, name: &str, estimate: Option<Estimate>| match estimate {
        Some(Estimate {
            value, low, high, ..
        }) => {
            writeln!(to, "  {name:<34}{value:.4}  [{low:.4}, {high:.4}]")
        }
        None => Ok(()),
    };
    number(to, "area under ROC", scores.roc_area)?;
    number(to, "average precision", scores.average_precision)?;
    for at in &scores.recall_at {
        let rate = at.false_positive_rate * 100.0;
        mean(to, &format!("recall at {rate}% honest flagged"), at.recall)?;
    }
    match &scores.calibration {
        Some(one) => writeln!(
            to,
            "  {:<34}{:.4}  (Brier {:.4}; told the base rate {:.4})",
            "calibration error", one.expected_error, one.brier, one.brier_of_base_rate
        ),
        None => Ok(()),
    }
}

fn write_alternatives(to: &mut String, evaluation: &Evaluation) -> fmt::Result {
    writeln!(
        to,
        "\n{:<58}{:>9}{:>9}{:>9}{:>9}{:>9}",
        "beside it", "honest", "honest", "abusive", "tokens", "same"
    )?;
    writeln!(
        to,
        "{:<58}{:>9}{:>9}{:>9}{:>9}{:>9}",
        "", "revoked", "no seat", "refused", "left", "user F1"
    )?;
    row(to, &evaluation.system, &evaluation.report)?;
    for alternative in &evaluation.alternatives {
        row(to, &alternative.name, &alternative.report)?;
    }
    Ok(())
}

fn row(to: &mut String, name: &str, report: &Report) -> fmt::Result {
    let share = |share: &Share| share.value().map_or("–".into(), percent);
    let (honest, abusive) = (&report.harm.honest, &report.harm.abusive);
    let f1 = report.users.as_ref().and_then(|users| users.b_cubed.f1);
    writeln!(
        to,
        "{name:<58}{:>9}{:>9}{:>9}{:>9}{:>9}",
        share(&honest.accounts_revoked),
        share(&honest.accounts_refused_a_seat),
        share(&abusive.accounts_refused),
        share(&abusive.tokens_left),
        f1.map_or("–".into(), |one| format!("{:.3}", one.value))
    )
}

fn line(to: &mut String, name: &str, share: &Share) -> fmt::Result {
    let (part, whole) = (share.part, share.whole);
    match share.estimate {
        Some(one) => writeln!(
            to,
            "  {name:<34}{:>8}  [{}, {}]  {part} of {whole}",
            percent(one.value),
            percent(one.low),
            percent(one.high)
        ),
        None => writeln!(to, "  {name:<34}       –  nobody to tell of"),
    }
}

fn mean(to: &mut String, name: &str, estimate: Option<Estimate>) -> fmt::Result {
    match estimate {
        Some(one) => writeln!(
            to,
            "  {name:<34}{:>8}  [{}, {}]",
            percent(one.value),
            percent(one.low),
            percent(one.high)
        ),
        None => Ok(()),
    }
}

/// A share in per cent, with more digits where it is near nothing or all.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        p if p == 0.0 || p == 100.0 => format!("{p:.0}%"),
        p if p < 0.001 => "<0.001%".into(),
        p if p > 99.99 => ">99.99%".into(),
        p if p < 0.1 => format!("{p:.3}%"),
        p if !(10.0..=99.0).contains(&p) => format!("{p:.2}%"),
        p => format!("{p:.1}%"),
    }
}
