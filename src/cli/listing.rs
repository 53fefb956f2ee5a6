//! `sameuser clusters`, `scores`, `adjustments` and `audit`: one JSON line each.

use std::{
    collections::BTreeMap,
    io::{self, BufWriter, Write},
    process::ExitCode,
};

use serde_json::json;

use super::{
    arguments::{self, AdjustmentsArguments, AuditArguments, Kind},
    failure::Failure,
    target::Target,
};
use crate::edge::{
    audit::entries_page,
    json_lines,
    listing::{account_summary, adjustments_page},
    proto::v1,
};

const ACCOUNTS_A_PAGE: i32 = 5000;
const ENTRIES_A_PAGE: i32 = 1000;

pub(super) async fn clusters(target: arguments::Target) -> Result<ExitCode, Failure> {
    for_each_account(&target, |account, output| {
        let line = json!({ "account_id": account.account_id, "user_id": account.user_id });
        writeln!(output, "{line}")
    })
    .await
}

pub(super) async fn scores(target: arguments::Target) -> Result<ExitCode, Failure> {
    for_each_account(&target, |account, output| {
        let line = json!({
            "account_id": account.account_id,
            "abuse_probability": account.abuse_probability,
            "scored": account.scored,
            "reasons": account.reasons,
        });
        writeln!(output, "{line}")
    })
    .await
}

type Output = BufWriter<io::StdoutLock<'static>>;

async fn for_each_account(
    target: &arguments::Target,
    write: impl Fn(v1::AccountSummary, &mut Output) -> io::Result<()>,
) -> Result<ExitCode, Failure> {
    let mut output = BufWriter::new(io::stdout().lock());
    match Target::open(target).await? {
        Target::Store(target) => {
            let engine = target.store().engine();
            for index in 0..engine.graph().account_count() as u32 {
                write(account_summary(engine, index), &mut output)?;
            }
        }
        Target::Server(mut target) => {
            let mut request = v1::ListAccountsRequest {
                page_size: ACCOUNTS_A_PAGE,
                page_token: String::new(),
            };
            loop {
                let page = target
                    .client
                    .review
                    .list_accounts(request.clone())
                    .await?
                    .into_inner();
                for account in page.accounts {
                    write(account, &mut output)?;
                }
                if page.next_page_token.is_empty() {
                    break;
                }
                request.page_token = page.next_page_token;
            }
        }
    }
    output.flush()?;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn adjustments(arguments: AdjustmentsArguments) -> Result<ExitCode, Failure> {
    let kind = match arguments.kind {
        None => v1::AdjustmentKind::Unspecified,
        Some(Kind::Recovery) => v1::AdjustmentKind::Recovery,
        Some(Kind::Restoration) => v1::AdjustmentKind::Restoration,
    };
    let campaign_id = arguments.campaign.unwrap_or_default();
    let mut latest = std::collections::BTreeMap::new();
    let mut keep = |adjustment: v1::Adjustment| {
        let wanted = (campaign_id.is_empty() || adjustment.campaign_id == campaign_id)
            && (kind == v1::AdjustmentKind::Unspecified || adjustment.kind() == kind);
        if wanted {
            latest.insert(adjustment.adjustment_id.clone(), adjustment);
        }
    };
    let mut target = Target::open(&arguments.target).await?;
    let mut request = v1::ListAdjustmentsRequest {
        page_size: ENTRIES_A_PAGE,
        ..v1::ListAdjustmentsRequest::default()
    };
    loop {
        let page = match &mut target {
            Target::Store(target) => adjustments_page(target.store().engine(), &request)?,
            Target::Server(target) => {
                let listed = target.client.verdicts.list_adjustments(request.clone());
                listed.await?.into_inner()
            }
        };
        page.adjustments.into_iter().for_each(&mut keep);
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    let mut sorted: Vec<v1::Adjustment> = latest.into_values().collect();
    sorted.sort_by_key(|adjustment| adjustment.sequence);
    let mut output = BufWriter::new(io::stdout().lock());
    for adjustment in sorted {
        writeln!(output, "{}", json_lines::adjustment(&adjustment))?;
    }
    output.flush()?;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn audit(arguments: AuditArguments) -> Result<ExitCode, Failure> {
    let mut output = BufWriter::new(io::stdout().lock());
    let mut target = Target::open(&arguments.target).await?;
    let mut request = v1::ListAuditEntriesRequest {
        subject: arguments.subject.unwrap_or_default(),
        page_size: ENTRIES_A_PAGE,
        ..v1::ListAuditEntriesRequest::default()
    };
    loop {
        let page = match &mut target {
            Target::Store(target) => entries_page(target.store().engine(), request.clone())?,
            Target::Server(target) => {
                let listed = target.client.review.list_audit_entries(request.clone());
                listed.await?.into_inner()
            }
        };
        for entry in page.entries {
            let line = json!({
                "sequence": entry.sequence,
                "at": entry.at,
                "kind": entry.kind,
                "subject": entry.subject,
                "author": entry.author,
                "action": entry.action,
                "facts": entry.facts.iter().collect::<BTreeMap<_, _>>(),
                "statement": entry.statement,
            });
            writeln!(output, "{line}")?;
        }
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    output.flush()?;
    Ok(ExitCode::SUCCESS)
}
