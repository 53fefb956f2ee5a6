//! `sameuser check`.

use std::{
    io::{self, BufWriter, Write},
    process::ExitCode,
};

use super::{
    arguments::CheckArguments,
    failure::Failure,
    input::{Lines, total_bytes},
    progress,
    target::{Answers, Target},
};
use crate::{
    edge::{json_lines, question::question},
    service::refusal::Refusal,
};

pub(super) async fn check(arguments: CheckArguments) -> Result<ExitCode, Failure> {
    let mut lines = Lines::open(&arguments.batch)?;
    let mut target = Target::open(&arguments.target).await?;
    let bar = progress::bytes(total_bytes(std::slice::from_ref(&arguments.batch)));
    let mut output = Output {
        writer: BufWriter::new(io::stdout().lock()),
        refused: false,
    };
    while let Some(line) = lines.next()? {
        bar.inc(line.read);
        let parsed = match line.bytes {
            Some(bytes) => json_lines::check(bytes),
            None => Err(Refusal::field("line", "is too long")),
        };
        match parsed {
            Ok(mut request) => {
                request.validate_only |= arguments.validate_only;
                let validate_only = request.validate_only;
                let asked = question(request.clone()).map(|question| (question, validate_only));
                target.ask(request, asked).await?;
                let answers = target.take_answers()?;
                output.write(answers)?;
            }
            Err(refusal) => {
                // Answers keep the order of the lines.
                let answers = target.settle().await?;
                output.write(answers)?;
                output.write(Answers {
                    verdicts: vec![json_lines::refusal(&refusal)],
                    ..Answers::default()
                })?;
            }
        }
    }
    let answers = target.settle().await?;
    output.write(answers)?;
    bar.finish_and_clear();
    Ok(if output.refused {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

struct Output<W: Write> {
    writer: W,
    refused: bool,
}

impl<W: Write> Output<W> {
    fn write(&mut self, answers: Answers) -> Result<(), Failure> {
        for verdict in answers.verdicts {
            self.refused |= verdict.get("error").is_some();
            writeln!(self.writer, "{verdict}")?;
        }
        self.writer.flush()?;
        Ok(())
    }
}
