//! `sameuser clusters`, `scores` and `adjustments`: one JSON line each.

use std::{
    io::{self, BufWriter, Write},
    process::ExitCode,
};

use serde_json::json;

use super::{
    arguments::{self, AdjustmentsArguments, Kind},
    failure::Failure,
    target::Target,
};
use crate::{
    edge::{answer, json_lines, listing::account_summary, proto::v1},
    service::{codec::entry, refusal::Refusal},
};

const ACCOUNTS_A_PAGE: i32 = 5000;
const ADJUSTMENTS_A_PAGE: usize = 1000;

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
    match Target::open(&arguments.target).await? {
        Target::Store(target) => {
            let mut after = 0;
            loop {
                let page = target
                    .store()
                    .engine()
                    .reader()
                    .adjustments(entry::ADJUSTMENT, after, ADJUSTMENTS_A_PAGE)
                    .map_err(Refusal::from)?;
                let Some(last) = page.last().map(|last| last.sequence) else {
                    break;
                };
                after = last;
                for stored in &page {
                    keep(answer::stored_adjustment(stored)?);
                }
            }
        }
        Target::Server(mut target) => {
            let mut request = v1::ListAdjustmentsRequest {
                campaign_id: campaign_id.clone(),
                kind: kind.into(),
                page_size: ADJUSTMENTS_A_PAGE as i32,
                page_token: String::new(),
            };
            loop {
                let page = target
                    .client
                    .verdicts
                    .list_adjustments(request.clone())
                    .await?;
                let page = page.into_inner();
                page.adjustments.into_iter().for_each(&mut keep);
                if page.next_page_token.is_empty() {
                    break;
                }
                request.page_token = page.next_page_token;
            }
        }
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
