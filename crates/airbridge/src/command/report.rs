//! `--report FILE`: the JSON document in a file, however the run ends.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use airbridge_endpoints::read_text;
use serde_json::Value;

use super::output_path::OutputPath;
use crate::failure::{Failure, Outcome, why};
use crate::output::pretty;
use crate::output::style::plain;

/// How an earlier report begins.
const BEGIN: &[u8] = b"{\n  \"schema\": \"airbridge.";

/// A report that will be written at the end of the run.
#[derive(Debug, Default)]
pub(super) struct Report(Option<OutputPath>);

impl Report {
    /// Prepares `path`, if there is one.
    pub(super) fn prepare(path: Option<&Path>) -> Outcome<Self> {
        let prepare = |path| OutputPath::prepare(path, "the report", "--report");
        Ok(Self(path.map(prepare).transpose()?))
    }

    /// Drops the report if its path holds anything but an earlier report. It may be a file that the run uses: a run that
    /// failed before its endpoints were known cannot tell. Returns the path.
    pub(super) fn give_up_unless_harmless(&mut self) -> Option<PathBuf> {
        let harmless =
            self.0.as_ref().is_none_or(|output| output.is_stream() || is_empty_or_report(output.path()));
        if harmless { None } else { self.0.take().map(|output| output.path().to_owned()) }
    }

    /// Writes the document.
    pub(super) fn write(self, document: &Value) -> Outcome<()> {
        self.0.map_or(Ok(()), |output| output.write(&(pretty(document) + "\n")))
    }
}

fn is_empty_or_report(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return !path.exists() };
    let mut start = Vec::new();
    let read = file.take(BEGIN.len() as u64).read_to_end(&mut start);
    read.is_ok() && (start.is_empty() || start == BEGIN)
}

/// Reads the report of an earlier run that wrote.
pub(super) fn read_report(path: &Path) -> Outcome<Value> {
    let shown = plain(&path.display().to_string());
    let hint = "name a file that --report wrote";
    let text = read_text(path)
        .map_err(|error| Failure::usage(format!("{shown} cannot be read: {}", why(&error))).hint(hint))?;
    let report: Option<Value> = serde_json::from_str(&text).ok();
    report
        .filter(|report| report["schema"] == "airbridge.report/1" && report["entries"].is_array())
        .ok_or_else(|| Failure::usage(format!("{shown} is not the report of a run that wrote")).hint(hint))
}
