//! A lock on a folder, from the last look at a file in it to its replacement.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::fs::OFlags;

const NAME: &str = ".airbridge.lock";

/// How long to wait for another run. The lock is held for the time of a rename.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(20);

/// Keeps other runs of airbridge from replacing files in a folder. The file of the lock is removed on drop. One that a
/// killed run left is not locked, and so it does no harm.
#[derive(Debug)]
pub(crate) struct FolderLock {
    path: PathBuf,
    _file: File,
}

impl FolderLock {
    /// Waits for the lock; `None` where the file system has no locks or another user's file has the name.
    pub(crate) fn wait(folder: &Path) -> io::Result<Option<Self>> {
        let path = folder.join(NAME);
        let deadline = Instant::now() + LONGEST_WAIT;
        loop {
            let flags = i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits()).unwrap_or_default();
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(false).mode(0o600).custom_flags(flags);
            let Ok(file) = options.open(&path) else { return Ok(None) };
            match file.try_lock() {
                // The run that held it may have removed the file meanwhile. Then the next run locks a new one.
                Ok(()) if is_at(&file, &path) => return Ok(Some(Self { path, _file: file })),
                Ok(()) => {}
                Err(TryLockError::WouldBlock) if Instant::now() > deadline => {
                    return Err(io::ErrorKind::WouldBlock.into());
                }
                Err(TryLockError::WouldBlock) => sleep(PAUSE),
                Err(TryLockError::Error(_)) => return Ok(None),
            }
        }
    }
}

fn is_at(file: &File, path: &Path) -> bool {
    let identity = |found: fs::Metadata| (found.dev(), found.ino());
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(locked), Ok(found)) => identity(locked) == identity(found),
        _ => false,
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        // Removed while it is locked: a run that opened it before finds that it is gone.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::{FolderLock, NAME};

    #[test]
    fn one_of_many_holds_the_lock_and_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        // Left by a killed run.
        fs::write(folder.path().join(NAME), "").unwrap();
        let inside = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        let lock = FolderLock::wait(folder.path()).unwrap().unwrap();
                        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                        inside.fetch_sub(1, Ordering::SeqCst);
                        drop(lock);
                    }
                });
            }
        });
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn link_or_folder_of_that_name_is_no_lock() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("elsewhere", folder.path().join(NAME)).unwrap();
        assert!(FolderLock::wait(folder.path()).unwrap().is_none());
        assert!(!folder.path().join("elsewhere").exists());
    }
}
