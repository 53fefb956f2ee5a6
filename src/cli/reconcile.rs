//! `sameuser reconcile`.

use std::{
    collections::HashMap,
    io::{self, BufWriter, Write},
    process::ExitCode,
};

use super::{
    arguments::ReconcileArguments,
    failure::Failure,
    input::{Lines, total_bytes},
    progress,
    target::Target,
};
use crate::{
    edge::{json_lines, proto::v1, question::question},
    service::{
        reconcile::{APPLIED_AT_MOST, Applied, Difference, TaskKey},
        refusal::Refusal,
    },
};

/// Billing's list: what it applied, and the question of each, to ask where the ledger lost it.
#[derive(Default)]
struct List {
    applied: HashMap<TaskKey, Applied>,
    questions: HashMap<TaskKey, v1::CheckDiscountRequest>,
}

pub(super) async fn reconcile(arguments: ReconcileArguments) -> Result<ExitCode, Failure> {
    let list = read(&arguments)?;
    let mut target = Target::open(&arguments.target).await?;
    let mut output = BufWriter::new(io::stdout().lock());
    let mut lost: Vec<TaskKey> = Vec::new();
    let mut failed = None;
    let Target::Store(store) = &target else {
        return Err(Failure::Usage(
            "--server: the ledger is compared in its directory; use --data".into(),
        ));
    };
    let reconciled = store.store().engine().reconcile(list.applied, |one| {
        if let Difference { ledger: None, .. } = one {
            lost.push((
                one.campaign_id.clone(),
                one.task_id.clone(),
                one.account_id.clone(),
            ));
        }
        let line = serde_json::to_string(&one).expect("a difference is JSON");
        failed = failed.take().or(writeln!(output, "{line}").err());
    })?;
    if let Some(error) = failed {
        return Err(error.into());
    }
    let summary = serde_json::to_string(&reconciled).expect("a summary is JSON");
    if arguments.take_over {
        for key in &lost {
            let request = list.questions[key].clone();
            let asked = question(request.clone()).map(|question| (question, false));
            target.ask(request, asked).await?;
        }
        for verdict in target.settle().await?.verdicts {
            writeln!(output, "{verdict}")?;
        }
        target.close()?;
    }
    writeln!(output, "{summary}")?;
    output.flush()?;
    Ok(if reconciled.differences == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn read(arguments: &ReconcileArguments) -> Result<List, Failure> {
    let mut lines = Lines::open(&arguments.file)?;
    let bar = progress::bytes(total_bytes(std::slice::from_ref(&arguments.file)));
    let mut list = List::default();
    let mut number = 0_u64;
    while let Some(line) = lines.next()? {
        number += 1;
        bar.inc(line.read);
        let too_long = || Refusal::field("line", "is too long");
        let applied = line
            .bytes
            .ok_or_else(too_long)
            .and_then(json_lines::applied);
        let (request, rate_basis_points) =
            applied.map_err(|refusal| Failure::Usage(format!("line {number}: {refusal}")))?;
        let task = request.task.clone().unwrap_or_default();
        let key = (
            request.campaign_id.clone(),
            task.task_id,
            request.account_id.clone(),
        );
        let applied = Applied {
            tokens: task.tokens,
            rate_basis_points,
        };
        if list.applied.insert(key.clone(), applied).is_some() {
            let problem = format!("line {number}: the task was on an earlier line");
            return Err(Failure::Usage(problem));
        }
        if arguments.take_over {
            list.questions.insert(key, request);
        }
        if list.applied.len() > APPLIED_AT_MOST {
            let problem = format!("at most {APPLIED_AT_MOST} lines");
            return Err(Failure::Usage(problem));
        }
    }
    bar.finish_and_clear();
    Ok(list)
}
