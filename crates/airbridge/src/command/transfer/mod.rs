//! A transfer: plan, question, apply, verify, report.

pub(super) mod decide;
mod execute;
pub(super) mod job;
mod policy;
pub(super) mod run;
pub(super) mod target;

use job::{Finished, Job, Mode};

use super::bundles;
use super::ours::Ours;
use super::outputs;
use super::page::{self, Page};
use super::recording::{Recorder, config};
use super::report::Report;
use super::saving::{self, Saving};
use super::session::{Session, rules};
use super::setup::Setup;
use airbridge_endpoints::{Access, NewBackup, UsedFile, configure};
use airbridge_engine::with_member;

use crate::failure::{Exit, Failure, Outcome, why};
use crate::output::{Screen, complain, error_document, pretty};
use execute::Endpoints;

/// Runs a job. Its document goes to standard output in JSON mode, and into the report, however the run ends.
pub(super) async fn run(setup: &Setup, job: Job) -> Exit {
    let schema = job.mode.schema();
    let outputs = Report::prepare(job.mode.report()).and_then(|report| {
        Ok((report, Page::prepare(job.mode.html())?, job.mode.save().map(Saving::prepare).transpose()?))
    });
    let (mut report, mut page, saving) = match outputs {
        Ok(outputs) => outputs,
        Err(failure) => {
            Screen::new(&setup.output, job.writes_stdout(None)).fail(schema, &failure);
            return failure.exit;
        }
    };
    let prepared = prepared(setup, &job);
    let target = prepared.as_ref().ok().map(|prepared| &prepared.target);
    let screen = Screen::new(&setup.output, job.writes_stdout(target));
    let outcome = match prepared {
        Ok(endpoints) => match outputs::check(&endpoints.files, endpoints.target.is_stream()) {
            Ok(()) => {
                let marker = saving.as_ref().map(|saving| saving.marker.clone());
                execute::run(&Session::new(screen.clone()), &job, endpoints, marker).await
            }
            Err(failure) => {
                screen.fail(schema, &failure);
                return failure.exit;
            }
        },
        Err(failure) => {
            if let Some(path) = report.give_up_unless_harmless() {
                let path = path.display();
                screen.aside(&format!(
                    "the report was not written: {path} exists, and the run may use it otherwise"
                ));
            }
            page.give_up();
            Err(failure)
        }
    };
    match outcome {
        Ok(finished) => end(&screen, report, page, saving, finished),
        Err(failure) => {
            let document = screen.with_warnings(error_document(schema, &failure));
            let page = page.write(&document);
            let written = report.write(&document).and(page);
            screen.fail(schema, &failure);
            if let Err(second) = written {
                complain(&second);
            }
            failure.exit
        }
    }
}

/// Writes and prints the end of a run. The files come first: nothing that is printed can hold it up.
fn end(screen: &Screen, report: Report, page: Page, saving: Option<Saving>, finished: Finished) -> Exit {
    let Finished { exit, document, text, complaint, saved, record } = finished;
    let document = match &record {
        Some(record) => with_member(document, "run", record.id().as_str().into()),
        None => document,
    };
    let document = screen.with_warnings(document);
    let page = page.write(&document);
    let saved = match (saving, saved) {
        (Some(saving), Some(plan)) => saving.write(&plan),
        _ => Ok(()),
    };
    let written = report.write(&document).and(page).and(saved);
    let recorded = record.map_or(Ok(()), |record| {
        record.end(exit.code(), &document).map_err(|error| {
            let path = record.path().display();
            Failure::failed(
                "record",
                format!("the end of the record in {path} was not written: {}", why(&error)),
            )
            .hint("make room there; its journal says what was written")
        })
    });
    let printed = if screen.is_json() {
        screen.json(&pretty(&document))
    } else {
        // A closed standard output must not hide how the run ended.
        let _ = text.map(|text| screen.result(&text));
        Ok(())
    };
    if let Some(complaint) = complaint {
        complain(&complaint);
    }
    match printed.and(written).and(recorded) {
        Ok(()) => exit,
        Err(failure) => {
            complain(&failure);
            if exit == Exit::Done { failure.exit } else { exit }
        }
    }
}

/// Ends a run that writes no files beside its target.
pub(super) fn end_without_files(screen: &Screen, finished: Finished) -> Exit {
    end(screen, Report::default(), Page::default(), None, finished)
}

/// Parses and checks rules, ids and endpoints. Nothing is opened yet.
fn prepared(setup: &Setup, job: &Job) -> Outcome<Endpoints> {
    let options = setup.open_options(job.select.team.as_ref(), &job.rates, job.bundle.clone())?;
    let mut files: Vec<UsedFile> = options.config.files().collect();
    files.extend(job.mode.report().map(|path| UsedFile::written(path, "the report")));
    files.extend(job.mode.html().map(page::file));
    files.extend(job.mode.save().into_iter().flat_map(saving::files));
    files.extend(job.select.ids_file().map(|path| UsedFile::read(path, "the file of --ids")));
    let mut notes: Vec<_> = options.config.allowed_here.clone().into_iter().collect();
    let rules = rules(&options, job.rules.as_deref(), &mut notes, &mut files)?;
    let mut source = configure(&options, &job.source.text, &job.source.keys, Access::Read)?;
    let mut target = configure(&options, &job.target.text, &job.target.keys, job.access)?;
    // A backup is a bundle, too.
    bundles::check(&options.bundle, &[&source], Some(&target).filter(|_| job.backup.is_none()))?;
    let dry = job.mode.dry();
    let backup =
        job.backup.as_deref().filter(|_| !dry).map(|path| NewBackup::prepare(path, &options)).transpose()?;
    let backup = backup.map(|(backup, used, more)| {
        files.extend(used);
        notes.extend(more);
        backup
    });
    files.extend(source.files.drain(..).chain(target.files.drain(..)));
    notes.extend(source.notes.drain(..).chain(target.notes.drain(..)));
    let ours = Ours::new(setup, &job.copying, &mut files)?;
    let recorder = match &job.mode {
        Mode::Write(options) => Recorder::new(setup, options, &mut notes)?,
        Mode::Show { .. } => None,
    };
    Ok(Endpoints {
        source,
        target,
        rules,
        allow_loss: options.config.allow_loss,
        notes,
        files,
        recorder,
        backup,
        config: config(setup),
        ours,
    })
}
