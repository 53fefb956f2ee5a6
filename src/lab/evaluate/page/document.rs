//! The page as a whole.

use super::{
    cost,
    plot::{draw, escape},
    sections,
    tables::thousands,
};
use crate::lab::evaluate::{
    harm::Harm,
    interval::{Estimate, Share},
    report::Evaluation,
    summary::percent,
    thresholds::Thresholds,
};

const STYLE: &str = include_str!("style.css");

const FOOTER: &str = "<footer>Whiskers and ranges are 95% intervals: Wilson's where accounts stand alone, a \
    bootstrap by person or operation where they share their fate. <code>docs/evaluation.md</code> says \
    what each number means.</footer></main></body></html>\n";

/// The evaluation as one page of HTML that loads nothing.
pub fn page(evaluation: &Evaluation) -> String {
    let report = &evaluation.report;
    let mut html = head(evaluation);
    html.push_str(&asked(evaluation));
    html.push_str(&sections::headline(report));
    if !evaluation.alternatives.is_empty() {
        let words = "Rules that anyone would try first, over the same events and asked at the same \
                     moments.";
        let table = sections::alternatives(evaluation);
        section(&mut html, "Beside the obvious", words, &table);
    }
    let words =
        "Accounts and tokens of covered tasks; each row is a kind of people. Less is better.";
    let table = sections::honest("population", &report.harm.honest_by_population);
    section(&mut html, "Honest people", words, &table);
    if evaluation.honest_by_calling_code.len() > 1 {
        let words = "The same by the calling code of an account's first phone number, at which the service never \
                     looks: rates whose intervals overlap are not told apart.";
        let table = sections::honest("calling code", &evaluation.honest_by_calling_code);
        section(
            &mut html,
            "Honest people by country of number",
            words,
            &table,
        );
    }
    add_abuse(&mut html, &report.harm);
    let delays = sections::delays(report);
    section(&mut html, "How soon operations are seen", "", &delays);
    let words = "An ordinary person's several accounts share one discount, without blame.";
    let table = sections::duplicates(report);
    section(&mut html, "Duplicates", words, &table);
    if let Some(users) = &report.users {
        let words = "Users told, against persons in truth.";
        section(&mut html, "Same user", words, &sections::users(users));
    }
    if let Some(scores) = &report.scores {
        let words = format!(
            "{} abusive accounts, duplicates apart, against {} honest ones; something was said of {}.",
            thousands(scores.abusive),
            thousands(scores.honest),
            scores.scored.value().map_or("none".into(), percent)
        );
        let plots = sections::scores(evaluation, scores);
        section(&mut html, "Abuse score", &words, &plots);
    }
    if let Some(thresholds) = &evaluation.thresholds {
        add_thresholds(&mut html, thresholds);
    }
    html + FOOTER
}

fn head(evaluation: &Evaluation) -> String {
    let (system, data_set) = (escape(&evaluation.system), escape(&evaluation.data_set));
    let campaign = escape(&evaluation.campaign_id);
    let without = match evaluation.without.as_slice() {
        [] => String::new(),
        some => format!(", <b>without {}</b>", some.join(", ")),
    };
    format!(
        r#"<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>{system} on {data_set}</title><style>{STYLE}</style></head><body><main>
<header><h1>How good the answers are</h1><p><b>{system}</b> on <code>{data_set}</code>, campaign <code>{campaign}</code>{without}</p></header>
"#
    )
}

fn add_abuse(to: &mut String, harm: &Harm) {
    let averages = &harm.abusive_macro;
    let mean = |estimate: Option<Estimate>| match estimate {
        Some(Estimate {
            value, low, high, ..
        }) => format!("{} ({}–{})", percent(value), percent(low), percent(high)),
        None => "–".into(),
    };
    let words = format!(
        "Accounts refused, and tokens that got the discount all the same. Averaged over {} populations, \
         each weighing as much: {} of accounts refused, {} of tokens allowed, {} left after recovery.",
        averages.populations,
        mean(averages.accounts_refused),
        mean(averages.tokens_allowed),
        mean(averages.tokens_left)
    );
    let tables = sections::abusive("population", &harm.abusive_by_population)
        + "<h3>By label</h3>"
        + &sections::abusive("label", &harm.abusive_by_label);
    section(to, "Abuse", &words, &tables);
}

fn add_thresholds(to: &mut String, thresholds: &Thresholds) {
    let (costs, reviewed) = (&thresholds.costs, &thresholds.reviewed);
    let share = |share: &Share| share.value().map_or("–".into(), percent);
    let words = format!(
        "What errors cost by the campaign: an honest account revoked {}, a token of an abusive account \
         neither revoked nor recovered {}; {} of accounts are expected to be abusive. Between review and \
         revocation lie {} of honest and {} of abusive accounts.",
        costs.wrong_revocation,
        costs.missed_token,
        percent(costs.expected_prevalence),
        share(&reviewed.honest),
        share(&reviewed.abusive)
    );
    section(
        to,
        "Thresholds by cost",
        &words,
        &cost::thresholds(thresholds),
    );
}

fn asked(evaluation: &Evaluation) -> String {
    let (told, asked) = (&evaluation.told, &evaluation.report.asked);
    let mut words = format!(
        "{} accounts of {} persons ({} honest, {} abusive, {} duplicates); {} events; {} questions about \
         covered tasks of {} accounts, {} about tasks that the terms do not cover.",
        thousands(asked.accounts),
        thousands(asked.persons),
        thousands(asked.honest_accounts),
        thousands(asked.abusive_accounts),
        thousands(asked.duplicate_accounts),
        thousands(told.events),
        thousands(asked.covered_tasks),
        thousands(asked.accounts_asking),
        thousands(told.tasks_uncovered)
    );
    for (number, what) in [
        (told.events_refused, "events were refused"),
        (told.checks_refused, "questions were refused"),
        (
            told.tasks_unlabelled,
            "questions were about accounts without a label",
        ),
        (asked.unanswered, "questions got no answer"),
        (asked.to_ask_again, "answers were not final"),
    ] {
        if number > 0 {
            draw(&mut words, format_args!(" {} {what}.", thousands(number)));
        }
    }
    format!("<p>{words}</p>")
}

fn section(to: &mut String, title: &str, words: &str, content: &str) {
    draw(to, format_args!("<section><h2>{title}</h2>"));
    if !words.is_empty() {
        draw(to, format_args!("<p>{words}</p>"));
    }
    draw(to, format_args!("{content}</section>\n"));
}
