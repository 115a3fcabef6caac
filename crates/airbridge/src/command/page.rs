//! `--html FILE`: the page for a reviewer.

use std::path::Path;

use airbridge_endpoints::UsedFile;
use serde_json::Value;

use super::output_path::OutputPath;
use crate::failure::Outcome;
use crate::output::html;

/// A page that will be written at the end of the run.
#[derive(Debug, Default)]
pub(super) struct Page(Option<OutputPath>);

impl Page {
    /// Prepares `path`, if there is one.
    pub(super) fn prepare(path: Option<&Path>) -> Outcome<Self> {
        let prepare = |path| OutputPath::prepare(path, "the page", "--html");
        Ok(Self(path.map(prepare).transpose()?))
    }

    /// Leaves the file as it is. It may be a file that the run uses: a run that failed before its endpoints were known
    /// cannot tell.
    pub(super) fn give_up(&mut self) {
        self.0 = None;
    }

    /// Whether there will be a page.
    pub(super) fn is_wanted(&self) -> bool {
        self.0.is_some()
    }

    /// Writes the page of a document.
    pub(super) fn write(self, document: &Value) -> Outcome<()> {
        self.0.map_or(Ok(()), |output| output.write(&html::page(document)))
    }
}

/// The file of a page, to compare it with the others of a run.
pub(super) fn file(path: &Path) -> UsedFile {
    UsedFile::written(path, "the page")
}
