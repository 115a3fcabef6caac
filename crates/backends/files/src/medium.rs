//! Where the bytes of a part are: on a disk, or in a stream that passes once.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use airbridge_core::{Error, ErrorKind, Operation, Result};
use zeroize::Zeroizing;

use crate::bytes::SIZE_LIMIT;
use crate::disk::{self, NewFolder, Staged, Stamp, Steps};
use crate::error;
use crate::part::Location;
use crate::stdio::{self, STDIN, STDOUT};

/// What a part holds at one moment.
#[derive(Default)]
pub(crate) struct Snapshot {
    /// Its bytes; `None` when there is no file.
    pub(crate) bytes: Option<Zeroizing<Vec<u8>>>,
    stamp: Stamp,
}

/// What lies ready to be put in place.
pub(crate) enum Ready {
    File(Staged, Stamp),
    Stream(Zeroizing<Vec<u8>>),
}

/// Where the bytes of a part are, and what is remembered about them.
pub(crate) enum Medium {
    Disk {
        path: PathBuf,
        own_folder: bool,
        /// What it was when it was last listed; the plan rests on that.
        listed: Option<Stamp>,
        steps: Steps,
    },
    Stdin(Zeroizing<Vec<u8>>),
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
            Location::Stdin(bytes) => Self::Stdin(bytes),
            Location::Stdout => Self::Stdout { printed: None, print: stdio::print },
        }
    }

    /// What messages call it.
    pub(crate) fn subject(&self) -> String {
        match self {
            Self::Disk { path, .. } => path.display().to_string(),
            Self::Stdin(_) => STDIN.to_owned(),
            Self::Stdout { .. } => STDOUT.to_owned(),
        }
    }

    /// Whether there is no file yet. One that cannot be looked at is not missing: reading it says why.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Disk { path, .. } if matches!(disk::stamp(path), Ok(None)))
    }

    /// What it holds now.
    pub(crate) fn read(&self, operation: Operation) -> Result<Snapshot> {
        match self {
            Self::Disk { path, .. } => match disk::read(path) {
                Ok(Some((bytes, stamp))) => Ok(Snapshot { bytes: Some(bytes), stamp }),
                Ok(None) => Ok(Snapshot::default()),
                Err(error) => Err(error::classify(&error, operation, &self.subject())),
            },
            Self::Stdin(bytes) => Ok(Snapshot { bytes: Some(bytes.clone()), stamp: None }),
            Self::Stdout { printed, .. } => Ok(Snapshot { bytes: printed.clone(), stamp: None }),
        }
    }

    /// What it holds now, remembered as what a coming plan rests on.
    pub(crate) fn list(&mut self) -> Result<Snapshot> {
        let snapshot = self.read(Operation::List)?;
        if let Self::Disk { listed, .. } = self {
            *listed = Some(snapshot.stamp);
        }
        Ok(snapshot)
    }

    /// What it holds now, if that may be replaced.
    pub(crate) fn read_to_write(&self) -> Result<Snapshot> {
        let subject = self.subject();
        match self {
            Self::Disk { path, .. } if disk::is_special(path) => Err(Error::new(
                ErrorKind::Config,
                Operation::Write,
                format!("{subject} is no file to be replaced"),
            )
            .with_hint("name a file, or `-` for standard output")),
            Self::Disk { listed, .. } => {
                let snapshot = self.read(Operation::Write)?;
                match listed {
                    Some(listed) if *listed != snapshot.stamp => Err(error::moved(&subject)),
                    _ => Ok(snapshot),
                }
            }
            Self::Stdin(_) => Err(unwritable(format!("{subject} cannot be written"))),
            Self::Stdout { printed: Some(_), .. } => {
                Err(unwritable(format!("{subject} has been written and cannot be taken back")))
            }
            Self::Stdout { printed: None, .. } => Ok(Snapshot::default()),
        }
    }

    /// Makes the folder that the part needs, if that folder is the endpoint's own.
    pub(crate) fn make_folder(&self) -> Result<Option<NewFolder>> {
        match self {
            Self::Disk { path, own_folder: true, .. } => NewFolder::of(path).map_err(|error| {
                let folder = path.parent().unwrap_or(Path::new("."));
                error::classify(&error, Operation::Write, &folder.display().to_string())
            }),
            _ => Ok(None),
        }
    }

    /// Lays `bytes` ready. Everything that can fail for want of room or permission fails here.
    pub(crate) fn stage(&self, bytes: Zeroizing<Vec<u8>>, before: &Snapshot) -> Result<Ready> {
        let Self::Disk { path, steps, .. } = self else {
            return Ok(Ready::Stream(bytes));
        };
        if bytes.len() > SIZE_LIMIT {
            let message =
                format!("{} would be larger than 256 MiB, the most that is read back", self.subject());
            return Err(Error::new(ErrorKind::Config, Operation::Write, message)
                .with_hint("write fewer entries into it"));
        }
        match Staged::new(path, &bytes, *steps) {
            Ok(staged) => Ok(Ready::File(staged, before.stamp)),
            Err(error) => Err(error::classify(&error, Operation::Write, &self.subject())),
        }
    }

    /// Puts what lies ready in place, unless the file moved while it was made.
    pub(crate) fn commit(&mut self, ready: Ready) -> Result<()> {
        let subject = self.subject();
        let classify = |error: io::Error| error::classify(&error, Operation::Write, &subject);
        match (self, ready) {
            (Self::Disk { listed, .. }, Ready::File(staged, before)) => {
                if staged.target_stamp().map_err(classify)? != before {
                    return Err(error::moved(&subject));
                }
                *listed = Some(staged.commit().map_err(classify)?);
                Ok(())
            }
            (Self::Stdout { printed, print }, Ready::Stream(bytes)) => {
                let outcome = print(&bytes).map_err(classify);
                // Also after a failure: a part of it may have gone out, and a second piece would not fit behind it.
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
