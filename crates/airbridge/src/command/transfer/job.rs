//! What a transfer is to do, and how it ended.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use airbridge_records::Record;
use serde_json::Value;

use airbridge_endpoints::{Access, BundleOptions, EndpointConfig, STDIO};

use crate::cli::{
    BackupOptions, CopyArgs, CopyOptions, Pair, PlanArgs, PruneOptions, RateLimitOptions, SelectOptions,
    Sides, TransferOptions, WriteOptions,
};
use crate::command::saved::SavedPlan;
use crate::failure::{Exit, Failure};

/// A transfer, as the command line asks for it.
#[derive(Debug)]
pub(in crate::command) struct Job {
    pub(in crate::command) verb: &'static str,
    pub(in crate::command) source: EndpointText,
    pub(in crate::command) target: EndpointText,
    /// How the target is opened.
    pub(in crate::command) access: Access,
    pub(in crate::command) select: SelectOptions,
    pub(in crate::command) rules: Option<PathBuf>,
    pub(in crate::command) rates: RateLimitOptions,
    pub(in crate::command) bundle: BundleOptions,
    pub(in crate::command) copying: CopyOptions,
    /// The most entries to delete that only the target has; `None` to delete none.
    pub(in crate::command) max_delete: Option<usize>,
    /// Where what is replaced and deleted is saved.
    pub(in crate::command) backup: Option<PathBuf>,
    /// The saved plan that is executed.
    pub(in crate::command) saved: Option<SavedPlan>,
    pub(in crate::command) mode: Mode,
}

/// An endpoint as the user wrote it.
#[derive(Debug)]
pub(in crate::command) struct EndpointText {
    pub(in crate::command) text: String,
    pub(in crate::command) keys: Vec<String>,
}

/// What to do with the plan.
#[derive(Debug)]
pub(in crate::command) enum Mode {
    /// Show it.
    Show { fail_on_change: bool, report: Option<PathBuf>, html: Option<PathBuf>, save: Option<PathBuf> },
    /// Execute it.
    Write(WriteOptions),
}

/// The end of a run that got as far as having entries.
pub(in crate::command) struct Finished {
    pub(in crate::command) exit: Exit,
    pub(in crate::command) document: Value,
    /// The outcome, for people.
    pub(in crate::command) text: Option<String>,
    /// Printed in addition to the document.
    pub(in crate::command) complaint: Option<Failure>,
    /// The plan to save.
    pub(in crate::command) saved: Option<Value>,
    /// The record that ends with this.
    pub(in crate::command) record: Option<Arc<Record>>,
}

impl Finished {
    /// With the failure in the document: a signal ended the run.
    pub(in crate::command) fn with_signal(mut self) -> Self {
        if let Some(failure) = self.complaint.as_ref().filter(|failure| failure.exit.is_signal()) {
            self.document = airbridge_engine::with_error(
                self.document,
                failure.code,
                &failure.message,
                failure.hint.as_deref(),
            );
        }
        self
    }
}

impl Mode {
    pub(super) fn report(&self) -> Option<&Path> {
        match self {
            Self::Show { report, .. } => report.as_deref(),
            Self::Write(options) => options.report.as_deref(),
        }
    }

    /// The file of the page for a reviewer.
    pub(super) fn html(&self) -> Option<&Path> {
        match self {
            Self::Show { html, .. } => html.as_deref(),
            Self::Write(_) => None,
        }
    }

    /// The file of the plan for `apply`.
    pub(super) fn save(&self) -> Option<&Path> {
        match self {
            Self::Show { save, .. } => save.as_deref(),
            Self::Write(_) => None,
        }
    }

    /// Whether anything but the screen needs the document.
    pub(super) fn keeps_document(&self) -> bool {
        self.report().is_some() || self.html().is_some()
    }

    /// Whether nothing will be written.
    pub(super) fn dry(&self) -> bool {
        matches!(self, Self::Show { .. } | Self::Write(WriteOptions { dry_run: true, .. }))
    }

    /// Whether what a copy writes is read back.
    pub(in crate::command) fn verifies(&self) -> bool {
        !matches!(self, Self::Write(WriteOptions { no_verify: true, .. }))
    }

    pub(super) fn fail_on_change(&self) -> bool {
        match self {
            Self::Show { fail_on_change, .. } => *fail_on_change,
            Self::Write(options) => options.fail_on_change,
        }
    }

    pub(super) fn schema(&self) -> &'static str {
        if self.dry() { "airbridge.plan/1" } else { "airbridge.report/1" }
    }
}

impl Job {
    fn new(verb: &'static str, pair: Pair, sides: Sides, copying: CopyOptions, mode: Mode) -> Self {
        Self {
            verb,
            source: EndpointText { text: pair.source, keys: sides.from.from },
            target: EndpointText { text: pair.target, keys: sides.to.to },
            access: Access::Write,
            bundle: sides.bundle.options(),
            select: sides.select,
            rules: sides.rules,
            rates: sides.rates,
            copying,
            max_delete: None,
            backup: None,
            saved: None,
            mode,
        }
    }

    /// A transfer that writes.
    pub(in crate::command) fn transfer(verb: &'static str, pair: Pair, options: TransferOptions) -> Self {
        let TransferOptions { sides, copying, write } = options;
        Self::new(verb, pair, sides, copying, Mode::Write(write))
    }

    /// With deletions and a backup.
    pub(in crate::command) fn with(mut self, prune: PruneOptions, backup: BackupOptions) -> Self {
        self.max_delete = prune.max_delete;
        self.backup = backup.backup;
        backup.recipients.add_to(&mut self.bundle);
        self
    }

    /// Whether the target is a new file, which cannot overwrite anything.
    pub(super) fn creates_file(&self) -> bool {
        self.access == Access::Create { overwrite: false }
    }

    /// Whether standard output is the target, so that everything else goes to standard error. A configured name can
    /// stand for it, too, which is known once the target is `prepared`.
    pub(super) fn writes_stdout(&self, prepared: Option<&EndpointConfig>) -> bool {
        let place = self.target.text.split('?').next().unwrap_or_default();
        place == "-" || place == STDIO || prepared.is_some_and(EndpointConfig::is_stream)
    }
}

pub(in crate::command) fn plan(args: PlanArgs) -> Job {
    let PlanArgs { pair, sides, copying, prune, fail_on_change, report, save, html } = args;
    let job = Job::new("plan", pair, sides, copying, Mode::Show { fail_on_change, report, html, save });
    Job { max_delete: prune.max_delete, ..job }
}

pub(in crate::command) fn copy(args: CopyArgs) -> Job {
    let CopyArgs { pair, options, prune, backup } = args;
    Job::transfer("copy", pair, options).with(prune, backup)
}
