//! The parts of a store of files.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use airbridge_core::Document;
use zeroize::Zeroizing;

/// One file, and the names that it holds.
#[derive(Debug)]
pub struct Part {
    /// The prefix of the names in this part; with an empty prefix it holds every name. The document uses full names. No
    /// name may belong to two parts.
    pub prefix: String,
    /// The location of the bytes.
    pub location: Location,
    /// The format of the bytes.
    pub document: Arc<dyn Document>,
}

/// The location of the bytes of a part.
pub enum Location {
    /// A file. Its folder must exist.
    Path(PathBuf),
    /// A file in a folder that belongs to the endpoint. The folder, but not its parents, is created if it is missing.
    InFolder(PathBuf),
    /// The bytes that [`read_stdin`](crate::read_stdin) read. They cannot be written.
    Stdin(Zeroizing<Vec<u8>>),
    /// The bytes that [`read_input`](crate::read_input) read from a pipe with this path. They cannot be written.
    Pipe(PathBuf, Zeroizing<Vec<u8>>),
    /// Standard output: empty at first, and written once.
    Stdout,
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => f.debug_tuple("Path").field(path).finish(),
            Self::InFolder(path) => f.debug_tuple("InFolder").field(path).finish(),
            Self::Stdin(_) => f.debug_tuple("Stdin").finish_non_exhaustive(),
            Self::Pipe(path, _) => f.debug_tuple("Pipe").field(path).finish_non_exhaustive(),
            Self::Stdout => f.write_str("Stdout"),
        }
    }
}
