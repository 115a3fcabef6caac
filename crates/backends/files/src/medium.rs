//! The bytes of a part: on a disk, or in a stream that can be read or written once.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use airbridge_core::{Error, ErrorKind, Operation, Result};
use zeroize::Zeroizing;

use crate::bytes::SIZE_LIMIT;
use crate::disk::{self, NewFolder, Staged, Stamp, Steps};
use crate::error;
use crate::exposure::Exposure;
use crate::part::Location;
use crate::stdio::{self, STDIN, STDOUT};

/// The content of a part at one moment.
#[derive(Default)]
pub(crate) struct Snapshot {
    /// The bytes; `None` if there is no file.
    pub(crate) bytes: Option<Zeroizing<Vec<u8>>>,
    stamp: Stamp,
}

/// New content that is ready to replace the old.
pub(crate) enum Ready {
    File(Staged, Stamp),
    Stream(Zeroizing<Vec<u8>>),
}

/// The location of the bytes of a part, and its state between calls.
pub(crate) enum Medium {
    Disk {
        path: PathBuf,
        own_folder: bool,
        /// The stamp when it was last listed, from which the plan was made.
        listed: Option<Stamp>,
        steps: Steps,
    },
    /// Bytes that could be read once only, from a stream with this name.
    Input(String, Zeroizing<Vec<u8>>),
    Stdout {
        printed: Option<Zeroizing<Vec<u8>>>,
        print: fn(&[u8]) -> io::Result<()>,
    },
}

impl Medium {
    pub(crate) fn new(location: Location) -> Self {
        let disk = |path, own_folder| Self::Disk { path, own_folder, listed: None, steps: Steps::default() };
        match location {
            Location::Path(path) => disk(path, false),
            Location::InFolder(path) => disk(path, true),
            Location::Stdin(bytes) => Self::Input(STDIN.to_owned(), bytes),
            Location::Pipe(path, bytes) => Self::Input(path.display().to_string(), bytes),
            Location::Stdout => Self::Stdout { printed: None, print: stdio::print },
        }
    }

    /// The name in messages.
    pub(crate) fn subject(&self) -> String {
        match self {
            Self::Disk { path, .. } => path.display().to_string(),
            Self::Input(name, _) => name.clone(),
            Self::Stdout { .. } => STDOUT.to_owned(),
        }
    }

    /// Whether there is no file. A file that cannot be examined is not missing; reading it returns the error.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Disk { path, .. } if matches!(disk::stamp(path), Ok(None)))
    }

    /// Reads the current content.
    pub(crate) fn read(&self, operation: Operation) -> Result<Snapshot> {
        match self {
            Self::Disk { path, .. } => match disk::read(path) {
                Ok(Some((bytes, stamp))) => Ok(Snapshot { bytes: Some(bytes), stamp }),
                Ok(None) => Ok(Snapshot::default()),
                Err(error) => Err(error::classify(&error, operation, &self.subject())),
            },
            Self::Input(_, bytes) => Ok(Snapshot { bytes: Some(bytes.clone()), stamp: None }),
            Self::Stdout { printed, .. } => Ok(Snapshot { bytes: printed.clone(), stamp: None }),
        }
    }

    /// Reads the current content and remembers its stamp for the plan.
    pub(crate) fn list(&mut self) -> Result<Snapshot> {
        let snapshot = self.read(Operation::List)?;
        if let Self::Disk { listed, .. } = self {
            *listed = Some(snapshot.stamp);
        }
        Ok(snapshot)
    }

    /// Reads the current content, if it may be replaced.
    pub(crate) fn read_to_write(&self) -> Result<Snapshot> {
        let subject = self.subject();
        match self {
            Self::Disk { listed, .. } => {
                let snapshot = self.read(Operation::Write)?;
                match listed {
                    Some(listed) if *listed != snapshot.stamp => Err(error::moved(&subject)),
                    _ => Ok(snapshot),
                }
            }
            Self::Input(..) => Err(unwritable(format!("{subject} cannot be written"))),
            Self::Stdout { printed: Some(_), .. } => {
                Err(unwritable(format!("{subject} was already written and cannot be changed")))
            }
            Self::Stdout { printed: None, .. } => Ok(Snapshot::default()),
        }
    }

    /// Fails if the content could not be replaced now, and says who else can use the file. Nothing is written.
    pub(crate) fn probe(&self) -> Result<Option<Exposure>> {
        match self {
            Self::Disk { path, own_folder, .. } => {
                let found = disk::probe(path, *own_folder)
                    .map_err(|error| error::classify(&error, Operation::Write, &self.subject()))?;
                Ok(found.and_then(|found| Exposure::of(path, &found)))
            }
            Self::Input(..) | Self::Stdout { .. } => Ok(None),
        }
    }

    /// Creates the folder of the part, if that folder belongs to the endpoint.
    pub(crate) fn make_folder(&self) -> Result<Option<NewFolder>> {
        match self {
            Self::Disk { path, own_folder: true, .. } => NewFolder::of(path).map_err(|error| {
                let folder = path.parent().unwrap_or(Path::new("."));
                error::classify(&error, Operation::Write, &folder.display().to_string())
            }),
            _ => Ok(None),
        }
    }

    /// Prepares `bytes` to replace the content. Missing space or permission is an error here, before any file changes.
    pub(crate) fn stage(&self, bytes: Zeroizing<Vec<u8>>, before: &Snapshot) -> Result<Ready> {
        let Self::Disk { path, steps, .. } = self else {
            return Ok(Ready::Stream(bytes));
        };
        if bytes.len() > SIZE_LIMIT {
            let message = format!("{} would be larger than the maximum of 256 MiB", self.subject());
            return Err(Error::new(ErrorKind::Config, Operation::Write, message)
                .with_hint("write fewer entries into it"));
        }
        match Staged::new(path, &bytes, *steps) {
            Ok(staged) => Ok(Ready::File(staged, before.stamp)),
            Err(error) => Err(error::classify(&error, Operation::Write, &self.subject())),
        }
    }

    /// Replaces the content, unless the file changed in the meantime.
    pub(crate) fn commit(&mut self, ready: Ready) -> Result<()> {
        let subject = self.subject();
        let classify = |error: io::Error| error::classify(&error, Operation::Write, &subject);
        match (self, ready) {
            (Self::Disk { listed, .. }, Ready::File(staged, before)) => {
                let _lock = staged.lock().map_err(classify)?;
                if staged.target_stamp().map_err(classify)? != before {
                    return Err(error::moved(&subject));
                }
                *listed = Some(staged.commit().map_err(classify)?);
                Ok(())
            }
            (Self::Stdout { printed, print }, Ready::Stream(bytes)) => {
                let outcome = print(&bytes).map_err(classify);
                // Also after a failure: a part may have been printed, and further output would not form a valid file.
                *printed = Some(bytes);
                outcome
            }
            (..) => Err(unwritable(format!("{subject} cannot be written"))),
        }
    }
}

impl fmt::Debug for Medium {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Medium").field(&self.subject()).finish()
    }
}

fn unwritable(message: String) -> Error {
    Error::new(ErrorKind::Unsupported, Operation::Write, message)
}
