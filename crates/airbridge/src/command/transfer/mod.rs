//! A transfer: plan, question, apply, verify, report.

mod decide;
mod execute;
pub(super) mod job;
mod policy;
mod target;

use job::{Finished, Job};

use super::report::Report;
use super::session::{Session, rules};
use super::setup::Setup;
use airbridge_endpoints::{Access, configure};

use crate::failure::{Exit, Outcome};
use crate::output::{Screen, complain, error_document, pretty};
use execute::Endpoints;

/// Runs a job. Its document goes to standard output in JSON mode, and into the report, however the run ends.
pub(super) async fn run(setup: &Setup, job: Job) -> Exit {
    let schema = job.mode.schema();
    let mut report = match Report::open(job.mode.report()) {
        Ok(report) => report,
        Err(failure) => {
            Screen::new(&setup.output, job.writes_stdout(None)).fail(schema, &failure);
            return failure.exit;
        }
    };
    let prepared = prepared(setup, &job);
    let target = prepared.as_ref().ok().map(|prepared| &prepared.target);
    let screen = Screen::new(&setup.output, job.writes_stdout(target));
    let outcome = match prepared {
        Ok(endpoints) => execute::run(&Session::new(screen.clone()), &job, endpoints).await,
        Err(failure) => Err(failure),
    };
    match outcome {
        Ok(Finished { exit, document, complaint }) => {
            let document = screen.with_warnings(document);
            let printed = if screen.is_json() { screen.result(&pretty(&document)) } else { Ok(()) };
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
            if let Err(second) = report.write(&screen.with_warnings(error_document(schema, &failure))) {
                complain(&second);
            }
            failure.exit
        }
    }
}

/// Parses and checks rules and endpoints. Nothing is opened yet.
fn prepared(setup: &Setup, job: &Job) -> Outcome<Endpoints> {
    let options = setup.open_options(job.select.team.as_ref(), &job.rates)?;
    let mut notes = Vec::new();
    let rules = rules(&options, job.rules.as_deref(), &mut notes)?;
    let mut source = configure(&options, &job.source.text, &job.source.keys, Access::Read)?;
    let mut target = configure(&options, &job.target.text, &job.target.keys, job.access)?;
    notes.extend(source.notes.drain(..).chain(target.notes.drain(..)));
    Ok(Endpoints { source, target, rules, allow_loss: options.config.allow_loss, notes })
}
