//! `sameuser explain` and `why`: what the service knows of a pair and of an account, in words and masked.

use std::{
    fmt::{self, Display, Write as _},
    io::{self, Write as _},
    process::ExitCode,
};

use super::{
    arguments::{ExplainArguments, WhyArguments},
    failure::Failure,
    target::Target,
};
use crate::edge::{evidence::explained, proto::v1, view};

/// Contributions to a score told, the strongest; further ones as a sum.
const CONTRIBUTIONS_TOLD: usize = 10;
/// Linked accounts told, the strongest.
const LINKED_TOLD: usize = 10;
/// Verdicts told, the latest.
const VERDICTS_TOLD: usize = 5;

pub(super) async fn explain(arguments: ExplainArguments) -> Result<ExitCode, Failure> {
    let request = v1::ExplainPairRequest {
        account_id: arguments.account,
        other_account_id: arguments.other,
    };
    let found = match &mut Target::open(&arguments.target).await? {
        Target::Store(target) => explained(target.store().engine(), &request)?,
        Target::Server(target) => {
            let explained = target.client.review.explain_pair(request.clone());
            explained.await?.into_inner()
        }
    };
    let mut text = String::new();
    waterfall(&mut text, &request, &found).expect("a string takes any text");
    tell(&text)
}

pub(super) async fn why(arguments: WhyArguments) -> Result<ExitCode, Failure> {
    let account_id = arguments.account;
    let of_user = v1::GetUserRequest {
        account_id: account_id.clone(),
        without_reasons: true,
        ..v1::GetUserRequest::default()
    };
    let (account, user) = match &mut Target::open(&arguments.target).await? {
        Target::Store(target) => {
            let engine = target.store_mut().engine_mut();
            let account = engine.known_account(&account_id)?;
            let detail = view::account_detail(engine, account)?;
            (detail, view::user(engine, &of_user)?)
        }
        Target::Server(target) => {
            let review = &mut target.client.review;
            let asked = v1::GetAccountRequest { account_id };
            let detail = review.get_account(asked).await?.into_inner();
            let user = review.get_user(of_user).await?.into_inner();
            (detail.account.unwrap_or_default(), user)
        }
    };
    let mut text = String::new();
    standing(&mut text, &account, &user).expect("a string takes any text");
    tell(&text)
}

fn tell(text: &str) -> Result<ExitCode, Failure> {
    let mut output = io::stdout().lock();
    output.write_all(text.as_bytes())?;
    output.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Millibits as signed bits.
struct Bits(i64);

impl Display for Bits {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:+7.1}", self.0 as f64 / 1000.0)
    }
}

fn waterfall(
    text: &mut String,
    request: &v1::ExplainPairRequest,
    found: &v1::ExplainPairResponse,
) -> fmt::Result {
    let evidence = found.evidence.clone().unwrap_or_default();
    let (one, other) = (&request.account_id, &request.other_account_id);
    writeln!(
        text,
        "{one} (user {})\n{other} (user {})\n",
        found.user_id, found.other_user_id
    )?;
    writeln!(text, "{:>7}  {:>7}", "bits", "sum")?;
    let (counting, outdone): (Vec<_>, Vec<_>) = evidence
        .items
        .iter()
        .partition(|item| item.counted_millibits != 0 || item.millibits == 0);
    let mut sum = 0;
    for item in counting {
        sum += item.counted_millibits;
        writeln!(
            text,
            "{}  {}  {}",
            Bits(item.counted_millibits),
            Bits(sum),
            item.statement
        )?;
    }
    for item in outdone {
        let (weight, statement) = (Bits(item.millibits), &item.statement);
        writeln!(
            text,
            "{weight}  {:>7}  {statement} Counted already, by a stronger piece.",
            ""
        )?;
    }
    let needed = Bits(found.link_at_millibits);
    writeln!(
        text,
        "{:>7}  {}  in all; {needed} needed\n",
        "",
        Bits(evidence.millibits)
    )?;
    writeln!(text, "{}", found.statement)?;
    if found.path.len() > 2 {
        writeln!(text, "The way between them: {}.", found.path.join(" - "))?;
    }
    Ok(())
}

fn standing(
    text: &mut String,
    account: &v1::AccountDetail,
    user: &v1::GetUserResponse,
) -> fmt::Result {
    let summary = account.summary.clone().unwrap_or_default();
    let (id, tag) = (&summary.account_id, &account.account_tag);
    writeln!(text, "{id}, as other users' reasons name it: {tag}\n")?;
    score(text, account, &summary)?;
    linked(text, &summary, user)?;
    writeln!(text, "\nIdentifiers")?;
    for one in &account.identifiers {
        let (kind, accounts) = (one.kind.replace('_', " "), one.accounts);
        writeln!(
            text,
            "  {kind} {}: {}, {accounts} accounts",
            one.tag, one.class
        )?;
    }
    if !account.dispositions.is_empty() {
        writeln!(text, "\nDecided by people, and in force")?;
    }
    for decided in &account.dispositions {
        let (id, author) = (&decided.disposition_id, &decided.author);
        writeln!(text, "  {id} by {author}: {}", decided.statement)?;
    }
    if let Some(case) = &account.case {
        writeln!(text, "\nCase {}: {}", case.case_id, case.statement)?;
    }
    writeln!(text, "\nLast verdicts")?;
    if account.verdicts.is_empty() {
        writeln!(text, "  none on its own behalf")?;
    }
    for verdict in account.verdicts.iter().take(VERDICTS_TOLD) {
        let decision = verdict.decision().as_str_name();
        let decision = decision.trim_start_matches("DECISION_");
        writeln!(
            text,
            "  {decision} of task {} ({})",
            verdict.task_id, verdict.verdict_id
        )?;
        for reason in &verdict.reasons {
            writeln!(text, "    {}", reason.statement)?;
        }
    }
    Ok(())
}

fn score(
    text: &mut String,
    account: &v1::AccountDetail,
    summary: &v1::AccountSummary,
) -> fmt::Result {
    let model = &account.model_revision;
    if !summary.scored {
        return writeln!(text, "Abuse: too little is known to score it ({model}).");
    }
    let probability = summary.abuse_probability;
    writeln!(
        text,
        "Abuse: probability {probability:.4} ({model}), by what speaks for it and against"
    )?;
    writeln!(
        text,
        "  {}  where every account begins",
        Bits(account.bias_millibits)
    )?;
    let mut strongest: Vec<&v1::ScoreContribution> = account.contributions.iter().collect();
    strongest.sort_by_key(|one| std::cmp::Reverse(one.millibits.abs()));
    let told = strongest.len().min(CONTRIBUTIONS_TOLD);
    for one in &strongest[..told] {
        writeln!(text, "  {}  {}", Bits(one.millibits), one.statement)?;
    }
    let rest = strongest[told..].iter().map(|one| one.millibits).sum();
    match strongest.len() - told {
        0 => Ok(()),
        others => writeln!(text, "  {}  {others} others", Bits(rest)),
    }
}

fn linked(
    text: &mut String,
    summary: &v1::AccountSummary,
    user: &v1::GetUserResponse,
) -> fmt::Result {
    let accounts = user.accounts.len();
    let (id, most_senior) = (&user.user_id, user.accounts.first());
    let most_senior = most_senior.map_or("", |account| &account.account_id);
    writeln!(
        text,
        "\nUser {id}: {accounts} accounts, the most senior {most_senior}"
    )?;
    let mut own: Vec<&v1::Evidence> = user
        .evidence
        .iter()
        .filter(|pair| [&pair.account_id, &pair.other_account_id].contains(&&summary.account_id))
        .collect();
    own.sort_by_key(|pair| std::cmp::Reverse(pair.millibits));
    for pair in own.iter().take(LINKED_TOLD) {
        let other = match pair.account_id == summary.account_id {
            true => &pair.other_account_id,
            false => &pair.account_id,
        };
        writeln!(text, "  {}  {other}", Bits(pair.millibits))?;
        for item in pair.items.iter().filter(|item| item.counted_millibits != 0) {
            writeln!(text, "             {}", item.statement)?;
        }
    }
    match own.len().saturating_sub(LINKED_TOLD) {
        0 => Ok(()),
        others => writeln!(
            text,
            "           and {others} others; `sameuser explain` tells each pair"
        ),
    }
}
