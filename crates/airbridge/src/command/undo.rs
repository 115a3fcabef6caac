//! `undo`: gives the target back what it held before a run.

mod past;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use airbridge_core::Warning;
use airbridge_endpoints::{Access, EndpointConfig, NewBackup, OpenOptions, SavedValues, UsedFile, configure};
use airbridge_engine::{self as engine, Backup, EndpointDocument, Flag, PastAction, PastChange};

use self::past::PastWrites;
use super::outputs;
use super::recording::{Recorder, arguments};
use super::session::Session;
use super::setup::Setup;
use super::transfer::decide::{Decided, mark_reformatted, probe};
use super::transfer::end_without_files;
use super::transfer::job::{EndpointText, Finished, Job, Mode};
use super::transfer::run::Run;
use super::transfer::target::OpenTarget;
use crate::cli::{CopyOptions, SelectOptions, UndoArgs, WriteOptions, absolute};
use crate::confirm::Confirmation;
use crate::failure::{Exit, Failure, Outcome, why};
use crate::output::Screen;
use crate::output::human::Origin;
use crate::output::style::plain;

/// The target of a run, checked but not open, and what else the way back needs.
struct Prepared {
    target: EndpointConfig,
    options: OpenOptions,
    saved: Option<PathBuf>,
    new_backup: Option<NewBackup>,
    recorder: Option<Recorder>,
    confirmation: Option<Confirmation>,
    notes: Vec<Warning>,
}

pub(super) async fn run(setup: &Setup, screen: &Screen, args: UndoArgs) -> Outcome<Exit> {
    let past = PastWrites::load(setup, &args)?;
    // From here on, paths are read from where the run was started.
    let args = UndoArgs {
        bundle: args.bundle.absolute(),
        backup: args.backup.absolute(),
        from_backup: args.from_backup.map(absolute),
        ..args
    };
    let job = job(&past, &args);
    let session = Session::new(screen.clone());
    let prepared = prepared(setup, &session, &past, &job, &args)?;
    let finished = undone(&session, &past, &job, prepared).await?;
    Ok(end_without_files(screen, finished))
}

/// What the run is to do, in the terms of a transfer.
fn job(past: &PastWrites, args: &UndoArgs) -> Job {
    let write = WriteOptions {
        yes: args.yes,
        dry_run: args.dry_run,
        no_verify: args.no_verify,
        no_record: args.no_record,
        ..WriteOptions::default()
    };
    let mut bundle = args.bundle.options();
    args.backup.recipients.clone().add_to(&mut bundle);
    Job {
        verb: "undo",
        source: EndpointText { text: past.called.clone(), keys: Vec::new() },
        target: EndpointText { text: past.to.clone(), keys: keys(&past.to_keys, &args.to) },
        access: Access::Write,
        select: SelectOptions { team: past.team.clone(), ..SelectOptions::default() },
        rules: None,
        rates: args.rates.clone(),
        bundle,
        copying: CopyOptions { partial: args.partial, ..CopyOptions::default() },
        max_delete: None,
        backup: args.backup.backup.clone(),
        saved: None,
        mode: Mode::Write(write),
    }
}

/// The recorded keys, those of `given` in place of the ones with the same name.
fn keys(recorded: &[String], given: &[String]) -> Vec<String> {
    let name = |key: &str| key.split(['=', ':']).next().unwrap_or_default().to_owned();
    let replaced: BTreeSet<_> = given.iter().map(|key| name(key)).collect();
    recorded.iter().filter(|key| !replaced.contains(&name(key))).chain(given).cloned().collect()
}

/// Checks the target, the backups and the record. Nothing is opened yet.
fn prepared(
    setup: &Setup,
    session: &Session,
    past: &PastWrites,
    job: &Job,
    args: &UndoArgs,
) -> Outcome<Prepared> {
    let mut notes = Vec::new();
    let options =
        WriteOptions { no_record: args.no_record, dry_run: args.dry_run, ..WriteOptions::default() };
    let recorder = Recorder::new(setup, &options, &mut notes)?;
    enter(&past.directory)?;
    let setup = Setup { output: past.output_options(&setup.output), env: setup.env.clone() };
    let options = setup.open_options(past.team.as_ref(), &job.rates, job.bundle.clone())?;
    notes.extend(options.config.allowed_here.clone());
    let mut files: Vec<UsedFile> = options.config.files().collect();
    let mut target = configure(&options, &job.target.text, &job.target.keys, Access::Write)?;
    if target.is_stream() {
        return Err(Failure::usage("the run wrote to standard output, where nothing can be undone"));
    }
    files.append(&mut target.files);
    notes.append(&mut target.notes);
    let saved = args.from_backup.clone().or_else(|| recorded_backup(session, past));
    let new_backup =
        job.backup.as_deref().filter(|_| !args.dry_run).map(|path| NewBackup::prepare(path, &options));
    let new_backup = new_backup.transpose()?.map(|(backup, used, more)| {
        files.extend(used);
        notes.extend(more);
        backup
    });
    files.extend(saved.iter().map(|path| UsedFile::read(path, "the backup of the run")));
    outputs::check(&files, false)?;
    let confirmation = if args.dry_run { None } else { Some(Confirmation::of(args.yes, None)?) };
    Ok(Prepared { target, options, saved, new_backup, recorder, confirmation, notes })
}

/// The backup that the run wrote, if it is still there.
fn recorded_backup(session: &Session, past: &PastWrites) -> Option<PathBuf> {
    let path = past.backup.clone()?;
    let is_there = path.exists();
    if !is_there {
        let path = plain(&path.display().to_string());
        session.screen.aside(&format!("the backup of the run is missing: {path} does not exist"));
    }
    is_there.then_some(path)
}

/// Changes to the folder in which a run was started, from which its paths count.
pub(super) fn enter(directory: &Path) -> Outcome<()> {
    if std::env::current_dir().is_ok_and(|here| here == directory) {
        return Ok(());
    }
    std::env::set_current_dir(directory).map_err(|error| {
        Failure::usage(format!(
            "the folder in which the run was started cannot be entered: {}: {}",
            plain(&directory.display().to_string()),
            why(&error)
        ))
        .hint("make the folder; paths of the run count from there")
    })
}

async fn undone(session: &Session, past: &PastWrites, job: &Job, prepared: Prepared) -> Outcome<Finished> {
    let Prepared { target, options, saved, new_backup, recorder, confirmation, notes } = prepared;
    session.warn_all(notes);
    let reading = async {
        let target = OpenTarget::new(session.open(target).await?)?;
        let decided = decided(session, past, job, &target, &options, saved.as_deref()).await?;
        Ok((target, decided))
    };
    let (target, decided) = session.signals.guard(reading).await?;
    let allowed = BTreeSet::new();
    let run = Run {
        session,
        job,
        allowed: &allowed,
        origin: Origin::Run(&past.described),
        target: &target,
        to_stream: false,
        endpoints: vec![EndpointDocument::of(target.source())],
        only_in_target: 0,
        estimate: engine::estimate(&decided.plan, &target.target, &target.rates, job.mode.verifies()),
        recorder: recorder.as_ref(),
        arguments: arguments(job, past.config(), new_backup.as_ref().map(NewBackup::path)),
    };
    run.show(&decided, confirmation);
    match (&job.mode, confirmation) {
        (Mode::Write(options), Some(confirmation)) => {
            run.write(decided.plan, options, confirmation, new_backup).await
        }
        _ => Ok(run.planned(&decided.plan)),
    }
}

/// Reads what is there now and what was there before, and plans.
async fn decided(
    session: &Session,
    past: &PastWrites,
    job: &Job,
    target: &OpenTarget,
    options: &OpenOptions,
    saved: Option<&Path>,
) -> Outcome<Decided> {
    let changes = past.changes(target.endpoint().layout.team())?;
    let backup = if needs_backup(&changes, target) {
        read_backup(session, saved, options)?
    } else {
        Backup::default()
    };
    let source = target.source();
    let found = engine::read_past(source, &changes, &session.progress).await?;
    let mut plan = engine::undo(source, &changes, &found, &backup);
    let mut existing = found.into_existing(source);
    plan.mark_undo(source, &mut existing, job.backup.is_some());
    let reformatted = mark_reformatted(&mut plan, target)?;
    probe(session, &plan, target)?;
    if plan.attention().contains_key(&Flag::Unchecked) && saved.is_none() {
        tracing::info!(
            "{} has no versions, so a change after the run cannot be noticed",
            target.endpoint().label
        );
    }
    Ok(Decided { plan, reformatted })
}

/// Whether the target itself does not keep what is needed to undo these changes, or to find out who changed them last.
fn needs_backup(changes: &[PastChange], target: &OpenTarget) -> bool {
    let descriptor = target.endpoint().store.descriptor();
    let is_kept = |change: &PastChange| match change.action {
        PastAction::Create | PastAction::Restore => descriptor.capabilities.versions,
        PastAction::Replace => descriptor.undo.former_versions,
        PastAction::Delete => descriptor.undo.restores,
    };
    !changes.iter().all(is_kept)
}

fn read_backup(session: &Session, path: Option<&Path>, options: &OpenOptions) -> Outcome<Backup> {
    let Some(path) = path else { return Ok(Backup::default()) };
    let (values, _, notes) = SavedValues::read(path, options)?;
    session.warn_all(notes);
    let team = options.team.as_deref();
    let of_team =
        |(id, payload): (airbridge_airflow::EntryId, _)| (id.with_team(team.map(Into::into)), payload);
    Ok(Backup {
        former: values.former.into_iter().map(of_team).collect(),
        written: values.written.into_iter().map(of_team).collect(),
    })
}
