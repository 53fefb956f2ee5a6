//! The page as a whole.

use super::{
    plot::{draw, escape},
    sections,
    tables::thousands,
};
use crate::lab::evaluate::{report::Evaluation, summary::percent};

const STYLE: &str = include_str!("style.css");

/// The evaluation as one page of HTML that loads nothing.
pub fn page(evaluation: &Evaluation) -> String {
    let mut html = String::new();
    let (system, data_set) = (escape(&evaluation.system), escape(&evaluation.data_set));
    draw(
        &mut html,
        format_args!(
            r#"<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>{system} on {data_set}</title><style>{STYLE}</style></head><body><main>
<header><h1>How good the answers are</h1><p><b>{system}</b> on <code>{data_set}</code>, campaign <code>{}</code></p></header>
"#,
            escape(&evaluation.campaign_id)
        ),
    );
    html.push_str(&asked(evaluation));
    let report = &evaluation.report;
    html.push_str(&sections::headline(report));
    if !evaluation.alternatives.is_empty() {
        let words = "Rules that anyone would try first, over the same events and asked at the same \
                     moments.";
        section(
            &mut html,
            "Beside the obvious",
            words,
            &sections::alternatives(evaluation),
        );
    }
    section(
        &mut html,
        "Honest people",
        "Accounts and tokens of covered tasks; each row is a kind of people. Less is better.",
        &sections::honest(&report.harm.honest_by_population),
    );
    let averages = &report.harm.abusive_macro;
    let mean = |estimate: Option<_>| {
        estimate.map_or(
            "–".into(),
            |one: crate::lab::evaluate::interval::Estimate| {
                format!(
                    "{} ({}–{})",
                    percent(one.value),
                    percent(one.low),
                    percent(one.high)
                )
            },
        )
    };
    let words = format!(
        "Accounts refused, and tokens that got the discount all the same. Averaged over {} populations, \
         each weighing as much: {} of accounts refused, {} of tokens allowed, {} left after recovery.",
        averages.populations,
        mean(averages.accounts_refused),
        mean(averages.tokens_allowed),
        mean(averages.tokens_left)
    );
    let tables = sections::abusive("population", &report.harm.abusive_by_population)
        + "<h3>By label</h3>"
        + &sections::abusive("label", &report.harm.abusive_by_label);
    section(&mut html, "Abuse", &words, &tables);
    section(
        &mut html,
        "How soon operations are seen",
        "",
        &sections::delays(report),
    );
    let words = "An ordinary person's several accounts share one discount, without blame.";
    section(
        &mut html,
        "Duplicates",
        words,
        &sections::duplicates(report),
    );
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
        section(
            &mut html,
            "Abuse score",
            &words,
            &sections::scores(evaluation, scores),
        );
    }
    html.push_str(
        "<footer>Whiskers and ranges are 95% intervals: Wilson's where accounts stand alone, a bootstrap \
         by person or operation where they share their fate. <code>docs/evaluation.md</code> says what \
         each number means.</footer></main></body></html>\n",
    );
    html
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
