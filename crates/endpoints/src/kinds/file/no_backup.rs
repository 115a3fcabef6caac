//! Backups in a build that leaves bundles out.

use std::path::Path;

use airbridge_core::Warning;

use crate::bundle::SavedValues;
use crate::error::Result;
use crate::files::UsedFile;
use crate::left_out;
use crate::open::OpenOptions;

/// A backup that will be written; there is none in this build.
#[derive(Debug)]
pub enum NewBackup {}

impl NewBackup {
    /// The error that says so.
    ///
    /// # Errors
    ///
    /// Always.
    pub fn prepare(_path: &Path, _options: &OpenOptions) -> Result<(Self, Vec<UsedFile>, Vec<Warning>)> {
        Err(left_out::bundles())
    }

    /// The path, as it was given.
    pub fn path(&self) -> &Path {
        match *self {}
    }

    /// Never called.
    ///
    /// # Errors
    ///
    /// Never.
    pub fn write(self, _values: SavedValues) -> Result<()> {
        match self {}
    }
}

impl SavedValues {
    /// The error that says so.
    ///
    /// # Errors
    ///
    /// Always.
    pub fn read(_path: &Path, _options: &OpenOptions) -> Result<(Self, Vec<UsedFile>, Vec<Warning>)> {
        Err(left_out::bundles())
    }
}
