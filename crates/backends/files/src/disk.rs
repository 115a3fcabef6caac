//! One file on a disk: read whole, replaced whole.

use std::fs::{self, DirBuilder, File, Metadata, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use rustix::fs::Access;
use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use crate::bytes::{SIZE_LIMIT, read_whole};

const TEMPORARY_PREFIX: &str = ".airbridge-";
const TEMPORARY_SUFFIX: &str = ".tmp";

/// As many links in a row as Linux follows.
const LINK_LIMIT: usize = 40;

/// What a file was at one moment; `None` when it was absent. Says nothing about what stands in it.
pub(crate) type Stamp = Option<Identity>;

/// Tells one state of a file from another without looking into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    device: u64,
    inode: u64,
    length: u64,
    modified: (i64, i64),
}

impl Identity {
    fn of(file: &Metadata) -> Self {
        Self {
            device: file.dev(),
            inode: file.ino(),
            length: file.len(),
            modified: (file.mtime(), file.mtime_nsec()),
        }
    }
}

/// The steps that a full or failing disk breaks, apart so that tests can break them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Steps {
    /// Writes everything and sees it safe on the disk.
    pub(crate) fill: fn(&mut File, &[u8]) -> io::Result<()>,
    /// Gives a file the name of another.
    pub(crate) rename: fn(&Path, &Path) -> io::Result<()>,
}

impl Default for Steps {
    fn default() -> Self {
        let fill = |file: &mut File, bytes: &[u8]| file.write_all(bytes).and_then(|()| file.sync_all());
        Self { fill, rename: |from, to| fs::rename(from, to) }
    }
}

/// What the file at `path` holds, and its stamp from before it was read; `None` when there is none.
pub(crate) fn read(path: &Path) -> io::Result<Option<(Zeroizing<Vec<u8>>, Stamp)>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    let expected = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
    if expected > SIZE_LIMIT {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(Some((read_whole(file, expected, SIZE_LIMIT)?, Some(Identity::of(&metadata)))))
}

/// The stamp of what is at `path` now.
pub(crate) fn stamp(path: &Path) -> io::Result<Stamp> {
    Ok(metadata(path)?.as_ref().map(Identity::of))
}

/// Whether something other than a file or a folder is there: a device, a pipe. It may be read, but not replaced.
pub(crate) fn is_special(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

fn metadata(path: &Path) -> io::Result<Option<Metadata>> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        found => found.map(Some),
    }
}

/// A new state of a file, safe on the disk beside it under a name of its own; dropped, it is gone.
#[derive(Debug)]
pub(crate) struct Staged {
    temporary: NamedTempFile,
    target: PathBuf,
    steps: Steps,
}

impl Staged {
    /// Lays `bytes` ready to replace `path`, or the file that it links to.
    pub(crate) fn new(path: &Path, bytes: &[u8], steps: Steps) -> io::Result<Self> {
        let target = follow_links(path)?;
        let before = metadata(&target)?;
        if let Some(before) = &before {
            refuse_protected(&target, before)?;
        }
        let folder = folder_of(&target);
        sweep(folder);
        let mut temporary =
            tempfile::Builder::new().prefix(TEMPORARY_PREFIX).suffix(TEMPORARY_SUFFIX).tempfile_in(folder)?;
        // Best effort: where files cannot be locked, nobody's `sweep` removes them either.
        let _ = temporary.as_file().try_lock();
        if let Some(before) = &before {
            keep_access(temporary.as_file(), before)?;
        }
        (steps.fill)(temporary.as_file_mut(), bytes)?;
        Ok(Self { temporary, target, steps })
    }

    /// What the target is now.
    pub(crate) fn target_stamp(&self) -> io::Result<Stamp> {
        stamp(&self.target)
    }

    /// Puts the new state in the place of the old one, in one step, and returns its stamp.
    pub(crate) fn commit(self) -> io::Result<Stamp> {
        (self.steps.rename)(self.temporary.path(), &self.target)?;
        // The temporary name is gone with the rename; there is nothing to remove any more.
        let (file, _) = self.temporary.keep().map_err(io::Error::from)?;
        // The file is in place. Whether its new name outlives a power cut is asked of the disk here, but some
        // file systems cannot say, and there would be nothing to take back.
        let _ = File::open(folder_of(&self.target)).and_then(|folder| folder.sync_all());
        Ok(Some(Identity::of(&file.metadata()?)))
    }
}

/// Where `path` leads to, also when nothing is there yet.
fn follow_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_path_buf();
    for _ in 0..LINK_LIMIT {
        match fs::read_link(&path) {
            Ok(next) => path = folder_of(&path).join(next),
            // It is no link, or it is not there: either way this is the file. Anything else shows when it is written.
            Err(_) => return Ok(path),
        }
    }
    Err(rustix::io::Errno::LOOP.into())
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A rename asks only the folder. Whoever protected the file itself meant it.
fn refuse_protected(path: &Path, file: &Metadata) -> io::Result<()> {
    // The superuser may write everything; the mode still says what was meant.
    if file.mode() & 0o222 == 0 {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    Ok(rustix::fs::access(path, Access::WRITE_OK)?)
}

/// Gives a new file the owner, group and mode of the one that it will replace. The owner comes first, while nobody
/// else may read it; where the system refuses that, the file is not replaced.
fn keep_access(file: &File, before: &Metadata) -> io::Result<()> {
    let now = file.metadata()?;
    if (now.uid(), now.gid()) != (before.uid(), before.gid()) {
        fchown(file, Some(before.uid()), Some(before.gid()))?;
    }
    file.set_permissions(Permissions::from_mode(before.mode() & 0o777))
}

/// Removes what killed runs left in `folder`; a living run holds a lock on its own.
fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let ours = name
            .to_str()
            .is_some_and(|name| name.starts_with(TEMPORARY_PREFIX) && name.ends_with(TEMPORARY_SUFFIX));
        if ours
            && entry.file_type().is_ok_and(|kind| kind.is_file())
            && File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok())
        {
            tracing::info!(file = %entry.path().display(), "removing what an interrupted run left");
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// A folder that was made for a file to come; dropped, it is removed again unless something lies in it.
#[derive(Debug)]
pub(crate) struct NewFolder(PathBuf);

impl NewFolder {
    /// Makes the folder that `path` lies in, for its owner alone; `None` when it is there.
    pub(crate) fn of(path: &Path) -> io::Result<Option<Self>> {
        let folder = folder_of(path);
        match DirBuilder::new().mode(0o700).create(folder) {
            Ok(()) => Ok(Some(Self(folder.to_path_buf()))),
            Err(_) if folder.is_dir() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Drop for NewFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}
