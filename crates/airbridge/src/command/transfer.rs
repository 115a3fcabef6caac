//! `plan` and `copy`, and what `export` and `import` are made of: plan, question, apply, verify, report.

mod decide;
mod execute;

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::report::Report;
use super::session::Session;
use crate::cli::{
    CarryOptions, CopyArgs, PaceOptions, Pair, PlanArgs, SelectOptions, Sides, TransferOptions, WriteOptions,
};
use crate::endpoint::Access;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::{Screen, complain, error_document};

/// What is to be carried from where to where, and what then.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) verb: &'static str,
    pub(super) source: EndpointText,
    pub(super) target: EndpointText,
    pub(super) role: Access,
    pub(super) select: SelectOptions,
    pub(super) rules: Option<PathBuf>,
    pub(super) pace: PaceOptions,
    pub(super) carry: CarryOptions,
    pub(super) mode: Mode,
}

/// One endpoint as written.
#[derive(Debug)]
pub(super) struct EndpointText {
    pub(super) text: String,
    pub(super) keys: Vec<String>,
}

/// What becomes of the plan.
#[derive(Debug)]
pub(super) enum Mode {
    /// It is shown.
    Show { fail_on_change: bool, report: Option<PathBuf> },
    /// It is carried out.
    Write(WriteOptions),
}

/// How a run ended that got as far as having entries.
pub(super) struct Finished {
    exit: Exit,
    document: Value,
    /// What is to be said beside the document.
    complaint: Option<Failure>,
}

impl Mode {
    fn report(&self) -> Option<&Path> {
        match self {
            Self::Show { report, .. } => report.as_deref(),
            Self::Write(options) => options.report.as_deref(),
        }
    }

    fn dry(&self) -> bool {
        matches!(self, Self::Show { .. } | Self::Write(WriteOptions { dry_run: true, .. }))
    }

    fn fail_on_change(&self) -> bool {
        match self {
            Self::Show { fail_on_change, .. } => *fail_on_change,
            Self::Write(options) => options.fail_on_change,
        }
    }

    fn schema(&self) -> &'static str {
        if self.dry() { "airbridge.plan/1" } else { "airbridge.report/1" }
    }
}

impl Job {
    fn new(verb: &'static str, pair: Pair, sides: Sides, carry: CarryOptions, mode: Mode) -> Self {
        Self {
            verb,
            source: EndpointText { text: pair.source, keys: sides.from.from },
            target: EndpointText { text: pair.target, keys: sides.to.to },
            role: Access::Write,
            select: sides.select,
            rules: sides.rules,
            pace: sides.pace,
            carry,
            mode,
        }
    }

    /// A plan that is carried out.
    pub(super) fn transfer(verb: &'static str, pair: Pair, options: TransferOptions) -> Self {
        let TransferOptions { sides, carry, write } = options;
        Self::new(verb, pair, sides, carry, Mode::Write(write))
    }
}

pub(super) fn plan(args: PlanArgs) -> Job {
    let PlanArgs { pair, sides, carry, fail_on_change, report } = args;
    Job::new("plan", pair, sides, carry, Mode::Show { fail_on_change, report })
}

pub(super) fn copy(args: CopyArgs) -> Job {
    Job::transfer("copy", args.pair, args.options)
}

/// Runs a job; its document goes to standard output in JSON mode and into the report however it ends.
pub(super) async fn run(session: Outcome<Session>, screen: &Screen, job: Job) -> Exit {
    let schema = job.mode.schema();
    let mut report = match Report::open(job.mode.report()) {
        Ok(report) => report,
        Err(failure) => {
            screen.fail(schema, &failure);
            return failure.exit;
        }
    };
    let mut screen = screen.clone();
    if job.target.is_stream() {
        screen.leave_stdout();
    }
    let outcome = match session {
        Ok(mut session) => {
            session.screen = screen.clone();
            let Job { select, pace, .. } = &job;
            let session = session.with(select.team.clone(), pace);
            execute::run(&session, &job).await
        }
        Err(failure) => Err(failure),
    };
    match outcome {
        Ok(Finished { exit, document, complaint }) => {
            let printed = if screen.is_json() { screen.document(&document) } else { Ok(()) };
            if let Some(complaint) = complaint {
                complain(&complaint);
            }
            let written = printed.and(report.write(&document));
            match written {
                Ok(()) => exit,
                Err(failure) => {
                    complain(&failure);
                    if exit == Exit::Done { failure.exit } else { exit }
                }
            }
        }
        Err(failure) => {
            screen.fail(schema, &failure);
            if let Err(second) = report.write(&error_document(schema, &failure)) {
                complain(&second);
            }
            failure.exit
        }
    }
}

impl EndpointText {
    /// Whether it is standard input or output.
    fn is_stream(&self) -> bool {
        let place = self.text.split('?').next().unwrap_or_default();
        place == "-" || place == crate::endpoint::STDIO
    }
}
