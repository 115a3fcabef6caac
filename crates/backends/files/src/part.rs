//! What a store of files is made of.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use airbridge_core::Document;
use zeroize::Zeroizing;

/// One file and the names that live in it.
#[derive(Debug)]
pub struct Part {
    /// How the names of this part start; empty takes every name. The document gives and takes full names. No name may
    /// belong to two parts.
    pub prefix: String,
    /// Where the bytes are.
    pub location: Location,
    /// What they mean.
    pub document: Arc<dyn Document>,
}

/// Where the bytes of a part are.
pub enum Location {
    /// A file; its folder has to be there.
    Path(PathBuf),
    /// A file in a folder that belongs to the endpoint: the folder, not its parents, is made when it is missing.
    InFolder(PathBuf),
    /// What [`read_stdin`](crate::read_stdin) has read; cannot be written.
    Stdin(Zeroizing<Vec<u8>>),
    /// Standard output: empty at first, written once.
    Stdout,
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => f.debug_tuple("Path").field(path).finish(),
            Self::InFolder(path) => f.debug_tuple("InFolder").field(path).finish(),
            Self::Stdin(_) => f.debug_tuple("Stdin").finish_non_exhaustive(),
            Self::Stdout => f.write_str("Stdout"),
        }
    }
}
