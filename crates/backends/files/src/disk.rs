//! One file on a disk, read as a whole and replaced as a whole.

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

/// Maximum number of links in a row; Linux follows as many.
const LINK_LIMIT: usize = 40;

/// The identity of a file at one moment; `None` if it was absent. It does not depend on the content.
pub(crate) type Stamp = Option<Identity>;

/// Distinguishes two states of a file without reading it.
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

/// The steps that fail on a full or broken disk. Tests replace them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Steps {
    /// Writes all bytes and syncs them to the disk.
    pub(crate) fill: fn(&mut File, &[u8]) -> io::Result<()>,
    /// Renames a file.
    pub(crate) rename: fn(&Path, &Path) -> io::Result<()>,
}

impl Default for Steps {
    fn default() -> Self {
        let fill = |file: &mut File, bytes: &[u8]| file.write_all(bytes).and_then(|()| file.sync_all());
        Self { fill, rename: |from, to| fs::rename(from, to) }
    }
}

/// The content of the file at `path`, and its stamp from before it was read; `None` if there is no file.
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

/// The current stamp of `path`.
pub(crate) fn stamp(path: &Path) -> io::Result<Stamp> {
    Ok(metadata(path)?.as_ref().map(Identity::of))
}

/// Whether `path` is neither a file nor a folder: a device or a pipe. It can be read, but not replaced.
pub(crate) fn is_special(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

fn metadata(path: &Path) -> io::Result<Option<Metadata>> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        found => found.map(Some),
    }
}

/// The new content of a file, synced to the disk under a temporary name in the same folder. It is removed on drop.
#[derive(Debug)]
pub(crate) struct Staged {
    temporary: NamedTempFile,
    target: PathBuf,
    steps: Steps,
}

impl Staged {
    /// Writes `bytes` to a temporary file that will replace `path`, or the file that it links to.
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
        // Best effort: on a file system without locks `sweep` removes no file either.
        let _ = temporary.as_file().try_lock();
        if let Some(before) = &before {
            keep_access(temporary.as_file(), before)?;
        }
        (steps.fill)(temporary.as_file_mut(), bytes)?;
        Ok(Self { temporary, target, steps })
    }

    /// The current stamp of the target.
    pub(crate) fn target_stamp(&self) -> io::Result<Stamp> {
        stamp(&self.target)
    }

    /// Replaces the target in one step and returns the new stamp.
    pub(crate) fn commit(self) -> io::Result<Stamp> {
        (self.steps.rename)(self.temporary.path(), &self.target)?;
        // The temporary name no longer exists, so it must not be removed on drop.
        let (file, _) = self.temporary.keep().map_err(io::Error::from)?;
        // The file is replaced. Syncing the folder makes the new name survive a power cut. Some file systems cannot do it,
        // and a failure would not undo the rename.
        let _ = File::open(folder_of(&self.target)).and_then(|folder| folder.sync_all());
        Ok(Some(Identity::of(&file.metadata()?)))
    }
}

/// The file that `path` leads to through links, whether or not it exists.
fn follow_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_path_buf();
    for _ in 0..LINK_LIMIT {
        match fs::read_link(&path) {
            Ok(next) => path = folder_of(&path).join(next),
            // Not a link, or absent: this is the file. Any other error appears again when the file is written.
            Err(_) => return Ok(path),
        }
    }
    Err(rustix::io::Errno::LOOP.into())
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Fails for a file that is write-protected. A rename needs permission for the folder only, and would replace it.
fn refuse_protected(path: &Path, file: &Metadata) -> io::Result<()> {
    // The superuser may write every file, but a read-only mode is still respected.
    if file.mode() & 0o222 == 0 {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    Ok(rustix::fs::access(path, Access::WRITE_OK)?)
}

/// Gives a new file the owner, group and mode of the file that it will replace. The owner is set first, while only the
/// current user can read the file. If the system refuses that, the file is not replaced.
fn keep_access(file: &File, before: &Metadata) -> io::Result<()> {
    let now = file.metadata()?;
    if (now.uid(), now.gid()) != (before.uid(), before.gid()) {
        fchown(file, Some(before.uid()), Some(before.gid()))?;
    }
    file.set_permissions(Permissions::from_mode(before.mode() & 0o777))
}

/// Removes temporary files of killed runs in `folder`. A running process holds a lock on its own.
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
            tracing::info!(file = %entry.path().display(), "removing a temporary file of an interrupted run");
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// A folder that was created for a new file. It is removed on drop if it is empty.
#[derive(Debug)]
pub(crate) struct NewFolder(PathBuf);

impl NewFolder {
    /// Creates the folder of `path`, accessible to its owner only; `None` if it exists.
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
