//! The record of a run: where it is kept, and what is written into it at the start.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use airbridge_core::{Warning, WarningCode};
use airbridge_engine::Target;
use airbridge_records::{Header, Record, RecordingStore, StateFolder};
use jiff::Timestamp;
use serde_json::Value;

use super::setup::Setup;
use super::transfer::job::Job;
use crate::cli::WriteOptions;
use crate::failure::{Failure, Outcome, why};
use crate::output::style::plain;

/// Where the run is recorded, and what the record says of how it was started.
#[derive(Debug)]
pub(super) struct Recorder {
    folder: StateFolder,
    config: Option<PathBuf>,
    directory: PathBuf,
}

impl Recorder {
    /// The recorder of a run that writes; `None` if it shall not be recorded. The folder is tried before anything is asked or
    /// read.
    pub(super) fn new(
        setup: &Setup,
        options: &WriteOptions,
        notes: &mut Vec<Warning>,
    ) -> Outcome<Option<Self>> {
        if options.no_record || options.dry_run {
            return Ok(None);
        }
        let found = folder(setup).and_then(|folder| match folder.check() {
            Ok(()) => Ok(folder),
            Err(error) => {
                let path = plain(&folder.path().display().to_string());
                Err(Failure::usage(format!(
                    "the record of this run cannot be written to {path}: {}",
                    why(&error)
                ))
                .hint("set AIRBRIDGE_STATE_DIR to another folder, or use --report FILE or --no-record"))
            }
        });
        match found {
            Ok(folder) => {
                let directory = std::env::current_dir().unwrap_or_default();
                Ok(Some(Self { folder, config: config(setup), directory }))
            }
            // A report is a record, too.
            Err(failure) if options.report.is_some() => {
                let message = format!("{}; the report is the only record", failure.message);
                notes.push(Warning::new(WarningCode::NoRecord, message));
                Ok(None)
            }
            Err(failure) => Err(failure),
        }
    }

    /// Begins the record of a run that is about to write what `plan` says.
    pub(super) fn begin(&self, job: &Job, backup: Option<PathBuf>, plan: Value) -> Outcome<Arc<Record>> {
        let header = Header {
            schema: String::new(),
            started: Timestamp::now(),
            airbridge: env!("CARGO_PKG_VERSION").to_owned(),
            command: job.verb.to_owned(),
            from: job.source.text.clone(),
            to: job.target.text.clone(),
            from_keys: job.source.keys.clone(),
            to_keys: job.target.keys.clone(),
            directory: self.directory.clone(),
            config: self.config.clone(),
            team: job.select.team.clone(),
            backup: backup.map(|path| std::path::absolute(&path).unwrap_or(path)),
            plan,
        };
        Record::begin(&self.folder, header).map(Arc::new).map_err(|error| {
            let path = plain(&self.folder.path().display().to_string());
            let message = format!(
                "the record of this run cannot be written to {path}: {}; nothing was written",
                why(&error)
            );
            Failure::failed("record", message)
                .hint("make room there, or set AIRBRIDGE_STATE_DIR to another folder")
        })
    }
}

/// What a report says of how its run was started, so that it can be undone on another machine, too.
pub(super) fn arguments(job: &Job, config: Option<&Path>, backup: Option<&Path>) -> Value {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    serde_json::json!({
        "command": job.verb, "from": job.source.text, "to": job.target.text,
        "from_keys": job.source.keys, "to_keys": job.target.keys,
        "directory": std::env::current_dir().unwrap_or_default(),
        "config": config, "team": job.select.team, "backup": backup.map(absolute),
    })
}

/// The configuration file that the user named.
pub(super) fn config(setup: &Setup) -> Option<PathBuf> {
    let named = setup.env.variables.non_empty("AIRBRIDGE_CONFIG").map(PathBuf::from);
    setup.output.config.clone().or(named)
}

/// The target, with every write in the journal of `record`.
pub(super) fn recorded(target: &Target, record: &Arc<Record>) -> Target {
    target.wrapped(|store| Arc::new(RecordingStore::new(store, Arc::clone(record))))
}

/// The folder of all records.
pub(super) fn folder(setup: &Setup) -> Outcome<StateFolder> {
    // `undo` changes the working directory.
    let absolute = |name: &str, path: &str| match std::path::absolute(path) {
        Ok(path) if name == "AIRBRIDGE_STATE_DIR" => path.into_os_string(),
        _ => path.into(),
    };
    StateFolder::find(|name| Some(absolute(name, setup.env.variables.get(name)?))).ok_or_else(|| {
        Failure::usage("no folder for records of runs is known: HOME is not set")
            .hint("set AIRBRIDGE_STATE_DIR to a folder, or use --no-record")
    })
}
