//! One file on a disk, read as a whole and replaced as a whole.

use std::fs::{self, DirBuilder, File, Metadata, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::FileTypeExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use rustix::fs::Access;
use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use crate::bytes::{SIZE_LIMIT, read_whole};
use crate::identity::{folder_of, follow_links};
use crate::lock::FolderLock;

const TEMPORARY_PREFIX: &str = ".airbridge-";
const TEMPORARY_SUFFIX: &str = ".tmp";

/// What is read from a device, at most.
const DEVICE_LIMIT: usize = 1 << 20;

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

/// The content of the file at `path`, and its stamp from before it was read; `None` if there is no file. A pipe or a
/// device is not opened: that could wait for ever.
pub(crate) fn read(path: &Path) -> io::Result<Option<(Zeroizing<Vec<u8>>, Stamp)>> {
    let Some(found) = metadata(path)? else { return Ok(None) };
    refuse_special(&found)?;
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let metadata = file.metadata()?;
    Ok(Some((read_open(file, &metadata)?, Some(Identity::of(&metadata)))))
}

/// The content of a file or a pipe, at most 256 MiB. A pipe can be read once only.
///
/// # Errors
///
/// It cannot be read, is a folder, or is larger ([`io::ErrorKind::FileTooLarge`]).
pub fn read_input(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.file_type().is_char_device() {
        // A terminal or /dev/null ends; /dev/zero does not.
        return read_whole(file, 0, DEVICE_LIMIT).map_err(|error| match error.kind() {
            io::ErrorKind::FileTooLarge => special(),
            _ => error,
        });
    }
    read_open(file, &metadata)
}

fn read_open(file: File, metadata: &Metadata) -> io::Result<Zeroizing<Vec<u8>>> {
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    let expected = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
    if metadata.is_file() && expected > SIZE_LIMIT {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    read_whole(file, expected, SIZE_LIMIT)
}

/// Whether `path` is a pipe, such as the one that `<(…)` of a shell makes.
pub fn is_pipe(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.file_type().is_fifo())
}

/// Fails for what can be neither replaced nor read twice: a pipe, a device, a socket.
fn refuse_special(found: &Metadata) -> io::Result<()> {
    if found.is_file() || found.is_dir() { Ok(()) } else { Err(special()) }
}

/// The error for a pipe, a device or a socket.
fn special() -> io::Error {
    io::Error::from(io::ErrorKind::InvalidInput)
}

/// The current stamp of `path`.
pub(crate) fn stamp(path: &Path) -> io::Result<Stamp> {
    Ok(metadata(path)?.as_ref().map(Identity::of))
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
        let mut staged = Self::empty(path, steps)?;
        staged.fill(bytes)?;
        Ok(staged)
    }

    /// Creates the temporary file.
    pub(crate) fn empty(path: &Path, steps: Steps) -> io::Result<Self> {
        let target = follow_links(path)?;
        let before = metadata(&target)?;
        if let Some(before) = &before {
            refuse_irreplaceable(&target, before)?;
        }
        let folder = folder_of(&target);
        sweep(folder);
        let temporary =
            tempfile::Builder::new().prefix(TEMPORARY_PREFIX).suffix(TEMPORARY_SUFFIX).tempfile_in(folder)?;
        // Best effort: on a file system without locks `sweep` removes no file either.
        let _ = temporary.as_file().try_lock();
        if let Some(before) = &before {
            keep_access(temporary.as_file(), before)?;
        }
        Ok(Self { temporary, target, steps })
    }

    /// Writes the content and syncs it to the disk.
    pub(crate) fn fill(&mut self, bytes: &[u8]) -> io::Result<()> {
        (self.steps.fill)(self.temporary.as_file_mut(), bytes)
    }

    /// Keeps other runs from replacing the target until the lock is dropped.
    pub(crate) fn lock(&self) -> io::Result<Option<FolderLock>> {
        FolderLock::wait(folder_of(&self.target))
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

/// Fails if `path` could not be written now, without writing anything. `may_create` means that a missing folder is
/// created. Returns the file that exists.
pub(crate) fn probe(path: &Path, may_create: bool) -> io::Result<Option<Metadata>> {
    let target = follow_links(path)?;
    let before = metadata(&target)?;
    if let Some(before) = &before {
        refuse_irreplaceable(&target, before)?;
    }
    let folder = folder_of(&target);
    let folder = if may_create && metadata(folder)?.is_none() { folder_of(folder) } else { folder };
    if !fs::metadata(folder)?.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    rustix::fs::access(folder, Access::WRITE_OK | Access::EXEC_OK)?;
    Ok(before)
}

/// Fails for a file that cannot be replaced: a folder, a pipe, a mount point, or a file that is write-protected. A rename
/// needs permission for the folder only, and would replace a protected file.
fn refuse_irreplaceable(path: &Path, file: &Metadata) -> io::Result<()> {
    if file.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    refuse_special(file)?;
    if is_mount_point(path) {
        return Err(io::ErrorKind::ResourceBusy.into());
    }
    // The superuser may write every file, but a read-only mode is still respected.
    if file.mode() & 0o222 == 0 {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    Ok(rustix::fs::access(path, Access::WRITE_OK)?)
}

/// Whether a single file is mounted there, as containers do it. Only Linux can say; elsewhere the rename fails.
#[cfg(target_os = "linux")]
fn is_mount_point(path: &Path) -> bool {
    use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};
    statx(CWD, path, AtFlags::empty(), StatxFlags::empty())
        .is_ok_and(|found| found.stx_attributes.contains(StatxAttributes::MOUNT_ROOT))
}

#[cfg(not(target_os = "linux"))]
fn is_mount_point(_path: &Path) -> bool {
    false
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
