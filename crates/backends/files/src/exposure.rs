//! Who else can use a file that will hold secrets.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// An existing file that users other than this one and root can use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exposure {
    /// Its owner, who has this id, is neither this user nor root.
    Foreign(PathBuf, u32),
    /// Its group or all users can read or write it.
    Shared(PathBuf),
}

impl Exposure {
    /// The exposure of the file that was `found` at `path`; `None` if it is private.
    pub(crate) fn of(path: &Path, found: &Metadata) -> Option<Self> {
        let own = rustix::process::geteuid().as_raw();
        if found.uid() != own && found.uid() != 0 {
            Some(Self::Foreign(path.to_owned(), found.uid()))
        } else if found.mode() & 0o066 != 0 {
            Some(Self::Shared(path.to_owned()))
        } else {
            None
        }
    }
}
