//! `plan --save FILE`: the plan for `apply`, and the key of its marks.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use airbridge_airflow::EntryId;
use airbridge_core::SecretText;
use airbridge_endpoints::UsedFile;
use airbridge_engine::{Losses, Marker};
use aws_lc_rs::rand;
use serde_json::Value;
use zeroize::Zeroizing;

use super::output_path::OutputPath;
use super::saved::{Asked, RulesFile, has_marks, hexadecimal, key_of, read_key_file};
use super::transfer::job::Job;
use crate::cli::CopyOptions;
use crate::failure::{Failure, Outcome};
use crate::output::pretty;
use crate::output::style::plain;

/// A plan that will be saved, and the key of its marks.
#[derive(Debug)]
pub(super) struct Saving {
    plan: OutputPath,
    key: OutputPath,
    key_text: SecretText,
    pub(super) marker: Marker,
}

impl Saving {
    /// Prepares both files and makes a key.
    pub(super) fn prepare(path: &Path) -> Outcome<Self> {
        let plan = OutputPath::prepare(path, "the plan", "--save")?;
        check_replaced_key(&key_of(path))?;
        let key = OutputPath::prepare(&key_of(path), "the key of the plan", "--save")?;
        let mut bytes = Zeroizing::new([0; 32]);
        rand::fill(&mut *bytes).map_err(|_| Failure::failed("output", "the system has no random numbers"))?;
        let marker = Marker::new(&*bytes);
        Ok(Self { plan, key, key_text: SecretText::new(format!("{}\n", hexadecimal(&*bytes))), marker })
    }

    /// Writes the plan, and the key if the plan needs it.
    pub(super) fn write(self, document: &Value) -> Outcome<()> {
        if has_marks(document) {
            self.key.write(self.key_text.expose())?;
        }
        self.plan.write(&(pretty(document) + "\n"))
    }
}

/// Fails if the file that the key would replace is anything but an earlier key, such as the key of a certificate, or if
/// other users can read it: a file that is replaced keeps its mode.
fn check_replaced_key(path: &Path) -> Outcome<()> {
    let Ok(found) = path.symlink_metadata() else { return Ok(()) };
    let shown = plain(&path.display().to_string());
    let hint = "give --save another file";
    if !found.is_file() || read_key_file(path).is_err() {
        let message = format!("{shown} exists and is not the key of a saved plan, so it is not replaced");
        return Err(Failure::usage(message).hint(hint));
    }
    if found.mode() & 0o077 != 0 {
        let message = format!("other users can read {shown}, which the key of the plan would replace");
        return Err(Failure::usage(message).hint("remove the file, or run chmod 600 on it"));
    }
    Ok(())
}

/// The files of a plan that will be saved.
pub(super) fn files(path: &Path) -> [UsedFile; 2] {
    [UsedFile::written(path, "the saved plan"), UsedFile::written(key_of(path), "the key of the saved plan")]
}

impl Asked {
    /// What a job asks for. `ids` are those of `--ids`.
    pub(super) fn new(
        job: &Job,
        config: Option<&Path>,
        ids: &BTreeSet<EntryId>,
        losses: Losses,
    ) -> Outcome<Self> {
        let CopyOptions { on_conflict, since, partial, allow_loss, value_format, restore_deleted, .. } =
            job.copying.clone();
        let select = &job.select;
        let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        Ok(Self {
            from: job.source.text.clone(),
            to: job.target.text.clone(),
            from_keys: job.source.keys.clone(),
            to_keys: job.target.keys.clone(),
            directory: std::env::current_dir().unwrap_or_default(),
            config: config.map(absolute),
            only: select.only.clone(),
            include: select.include.clone(),
            exclude: select.exclude.clone(),
            allow_unused: select.caution.allow_unused,
            ids: ids.iter().map(EntryId::to_string).collect(),
            team: select.team.clone(),
            rules: job.rules.as_deref().map(RulesFile::new).transpose()?,
            on_conflict,
            since: since.as_deref().map(absolute),
            partial,
            allow_loss,
            asks_for_losses: losses == Losses::Ask,
            value_format,
            restore_deleted,
            max_delete: job.max_delete,
        })
    }
}
