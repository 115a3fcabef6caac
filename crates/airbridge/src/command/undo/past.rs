//! What an earlier run wrote, from its record or from its report.

use std::path::{Path, PathBuf};

use airbridge_airflow::EntryId;
use airbridge_core::{SecretName, Version};
use airbridge_engine::{PastAction, PastChange, entry_of};
use airbridge_records::{Action, Outcome as Written, PastRun, State};
use serde_json::Value;

use super::super::recording::folder;
use super::super::report::read_report;
use super::super::runs;
use super::super::setup::Setup;
use crate::cli::{OutputOptions, UndoArgs};
use crate::failure::{Failure, Outcome};
use crate::output::style::plain;

/// What a run wrote, and where.
pub(super) struct PastWrites {
    /// How the run is called as a source: `run:20261128-…`.
    pub(super) called: String,
    /// The run in words.
    pub(super) described: String,
    pub(super) to: String,
    pub(super) to_keys: Vec<String>,
    pub(super) directory: PathBuf,
    config: Option<PathBuf>,
    pub(super) team: Option<String>,
    pub(super) backup: Option<PathBuf>,
    writes: Vec<PastWrite>,
}

struct PastWrite {
    entry: Option<String>,
    name: String,
    action: PastAction,
    before: Option<String>,
    after: Option<String>,
    token: Option<String>,
    is_certain: bool,
}

impl PastWrites {
    pub(super) fn load(setup: &Setup, args: &UndoArgs) -> Outcome<Self> {
        match (&args.run, &args.report) {
            (Some(name), _) => Self::of_run(setup, name),
            (None, Some(path)) => Self::of_report(path),
            (None, None) => Err(Failure::usage("no run is named").hint("write `airbridge undo last`")),
        }
    }

    fn of_run(setup: &Setup, name: &str) -> Outcome<Self> {
        let run = runs::find(&folder(setup)?, name)?;
        if run.state == State::Running {
            return Err(
                Failure::refused(format!("{} is still running", run.id)).hint("wait for its end, or end it")
            );
        }
        check_command(&run.header.command, &run.header.to)?;
        let PastRun { id, header, changes, .. } = run;
        let described = format!("{id} ({} {} → {})", header.command, header.from, header.to);
        let writes =
            changes.into_iter().filter(|change| change.outcome != Written::Failed).map(|change| PastWrite {
                entry: change.entry,
                name: change.name,
                action: match change.action {
                    Action::Create => PastAction::Create,
                    Action::Replace => PastAction::Replace,
                    Action::Restore => PastAction::Restore,
                    Action::Delete => PastAction::Delete,
                },
                before: change.before,
                after: change.after,
                token: change.token,
                is_certain: change.outcome == Written::Done,
            });
        Ok(Self {
            called: format!("run:{id}"),
            described,
            to: header.to,
            to_keys: header.to_keys,
            directory: header.directory,
            config: header.config,
            team: header.team,
            backup: header.backup,
            writes: writes.collect(),
        })
    }

    fn of_report(path: &Path) -> Outcome<Self> {
        let shown = plain(&path.display().to_string());
        let damaged = || {
            Failure::usage(format!("{shown} does not say how its run was started"))
                .hint("name a file that --report of this version wrote, or a run from `airbridge runs`")
        };
        let report = read_report(path)?;
        let asked = &report["arguments"];
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let needed = |name: &str| text(&asked[name]).ok_or_else(damaged);
        let (command, from, to) = (needed("command")?, needed("from")?, needed("to")?);
        check_command(&command, &to)?;
        let keys = asked["to_keys"].as_array().ok_or_else(damaged)?;
        let entries = report["entries"].as_array().ok_or_else(damaged)?;
        Ok(Self {
            called: format!("report:{}", path.display()),
            described: format!("{} ({command} {from} → {to})", path.display()),
            to,
            to_keys: keys.iter().filter_map(text).collect(),
            directory: needed("directory")?.into(),
            config: text(&asked["config"]).map(Into::into),
            team: text(&asked["team"]),
            backup: text(&asked["backup"]).map(Into::into),
            writes: entries
                .iter()
                .filter(|entry| is_written(entry))
                .map(|entry| write_of(entry).ok_or_else(damaged))
                .collect::<Outcome<_>>()?,
        })
    }

    /// The changes that were made or may have been made. `team` is that of the target.
    pub(super) fn changes(&self, team: Option<&str>) -> Outcome<Vec<PastChange>> {
        let change = |write: &PastWrite| {
            let id = write.entry.as_deref().and_then(EntryId::parse).ok_or_else(|| {
                let name = plain(&write.name);
                Failure::refused(format!(
                    "the record does not say which entry {name} is; nothing was written"
                ))
            })?;
            let version = |text: &Option<String>| text.as_deref().map(Version::new);
            Ok(PastChange {
                id: id.with_team(team.map(Into::into)),
                name: SecretName::new(write.name.as_str()),
                action: write.action,
                before: version(&write.before),
                after: version(&write.after),
                token: version(&write.token),
                is_certain: write.is_certain,
            })
        };
        self.writes.iter().map(change).collect()
    }

    /// The configuration file of the run.
    pub(super) fn config(&self) -> Option<&Path> {
        self.config.as_deref()
    }

    /// The options of this command, with the configuration file of the run.
    pub(super) fn output_options(&self, given: &OutputOptions) -> OutputOptions {
        let config = given.config.clone().or_else(|| self.config.clone());
        OutputOptions { config, ..given.clone() }
    }
}

fn check_command(command: &str, to: &str) -> Outcome<()> {
    if command == "export" {
        return Err(Failure::usage(format!("the run exported to {}, which is a whole new file", plain(to)))
            .hint("remove that file if you do not need it"));
    }
    Ok(())
}

/// Whether an entry of a report was written, or may have been.
fn is_written(entry: &Value) -> bool {
    is_certain(entry) || entry["outcome"] == "failed" && entry["error"]["code"] == "answer-lost"
}

fn is_certain(entry: &Value) -> bool {
    matches!(entry["outcome"].as_str(), Some("done" | "verified" | "unverifiable" | "differs"))
}

/// What was written of one entry of a report; `None` if its row is damaged.
fn write_of(entry: &Value) -> Option<PastWrite> {
    let text = |name: &str| entry[name].as_str().map(str::to_owned);
    let action = match entry["action"].as_str()? {
        "create" => PastAction::Create,
        "replace" => PastAction::Replace,
        "restore" => PastAction::Restore,
        "delete" => PastAction::Delete,
        _ => return None,
    };
    Some(PastWrite {
        entry: Some(entry_of(entry)?.to_string()),
        name: text("target_name")?,
        action,
        before: text("version_before"),
        after: text("version_after"),
        token: None,
        is_certain: is_certain(entry),
    })
}
