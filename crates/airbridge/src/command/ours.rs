//! `--on-conflict ours`: what earlier runs wrote to a place.

use std::collections::BTreeMap;
use std::path::PathBuf;

use airbridge_core::{SecretName, Version};
use airbridge_endpoints::UsedFile;
use airbridge_engine::Endpoint;
use airbridge_records::{Action, Outcome as Written, StateFolder};
use serde_json::Value;

use super::recording::folder;
use super::report::read_report;
use super::setup::Setup;
use crate::cli::{ConflictWord, CopyOptions};
use crate::failure::{Failure, Outcome, why};
use crate::output::style::plain;

/// Where it is known what earlier runs wrote.
#[derive(Debug)]
pub(super) enum Ours {
    /// The records of this machine.
    Records(StateFolder),
    /// The report of one run.
    Report(PathBuf),
}

impl Ours {
    /// What the options ask for, if they ask for it.
    pub(super) fn new(
        setup: &Setup,
        options: &CopyOptions,
        files: &mut Vec<UsedFile>,
    ) -> Outcome<Option<Self>> {
        match (options.on_conflict, &options.since) {
            (ConflictWord::Ours, Some(path)) => {
                files.push(UsedFile::read(path, "the report of --since"));
                Ok(Some(Self::Report(path.clone())))
            }
            (ConflictWord::Ours, None) => Ok(Some(Self::Records(folder(setup)?))),
            (_, Some(_)) => Err(Failure::usage("--since needs --on-conflict ours")),
            (_, None) => Ok(None),
        }
    }

    /// The last version that was written under each name of the target.
    pub(super) fn written(&self, target: &Endpoint) -> Outcome<BTreeMap<SecretName, Version>> {
        let descriptor = target.store.descriptor();
        if !descriptor.capabilities.versions {
            let label = plain(&target.label);
            return Err(Failure::usage(format!(
                "--on-conflict ours compares versions, and {label} has none"
            ))
            .hint("use --on-conflict skip or overwrite"));
        }
        match self {
            Self::Records(folder) => of_records(folder, &descriptor.place),
            Self::Report(path) => {
                let report = read_report(path)?;
                let mut written = BTreeMap::new();
                if is_of(&report, &descriptor.place) {
                    for entry in report["entries"].as_array().into_iter().flatten() {
                        note(&mut written, entry["target_name"].as_str(), entry["version_after"].as_str());
                    }
                }
                Ok(written)
            }
        }
    }
}

fn of_records(folder: &StateFolder, place: &str) -> Outcome<BTreeMap<SecretName, Version>> {
    let unreadable = |error: &std::io::Error| {
        let path = plain(&folder.path().display().to_string());
        Failure::failed("record", format!("the records in {path} cannot be read: {}", why(error)))
            .hint("use --since REPORT with the report of an earlier run")
    };
    let mut ids = folder.ids().map_err(|error| unreadable(&error))?;
    // The oldest first, so that later runs count.
    ids.reverse();
    let mut written = BTreeMap::new();
    for id in &ids {
        // A record that another version wrote tells nothing, so its entries stay conflicts.
        let Ok(run) = folder.read(id) else { continue };
        if !is_of(&run.header.plan, place) {
            continue;
        }
        for change in run.changes {
            match (change.action, change.outcome) {
                (Action::Delete, Written::Done) => {
                    written.remove(&SecretName::new(change.name));
                }
                _ => note(&mut written, Some(&change.name), change.after.as_deref()),
            }
        }
    }
    Ok(written)
}

/// Whether a plan or report is about this target.
fn is_of(document: &Value, place: &str) -> bool {
    let target = document["endpoints"].as_array().and_then(|endpoints| endpoints.last());
    target.is_some_and(|target| target["place"] == place)
}

fn note(written: &mut BTreeMap<SecretName, Version>, name: Option<&str>, version: Option<&str>) {
    if let (Some(name), Some(version)) = (name, version) {
        written.insert(SecretName::new(name), Version::new(version));
    }
}
