//! Whether two paths lead to the same file.

use std::fs::{self, Metadata};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

/// Maximum number of links in a row; Linux follows as many.
const LINK_LIMIT: usize = 40;

/// What a path leads to, whether or not that file exists. Two paths lead to the same file if they have the same resolved
/// path, or the same device and inode, which hard links share.
#[derive(Clone, Debug)]
pub struct FileIdentity {
    path: Option<PathBuf>,
    inode: Option<(u64, u64)>,
}

impl FileIdentity {
    /// What `path` leads to, through links and relative parts.
    pub fn of(path: &Path) -> Self {
        Self { path: Some(resolved(path)), inode: fs::metadata(path).ok().as_ref().and_then(inode) }
    }

    /// The file behind an open stream, such as standard input; `None` if it is a terminal, a pipe or a device.
    pub fn of_stream(stream: impl AsFd) -> Option<Self> {
        let file = fs::File::from(stream.as_fd().try_clone_to_owned().ok()?);
        Some(Self { path: None, inode: Some(inode(&file.metadata().ok()?)?) })
    }

    /// Whether both are the same file.
    pub fn is_same(&self, other: &Self) -> bool {
        (self.inode.is_some() && self.inode == other.inode)
            || (self.path.is_some() && self.path == other.path)
    }
}

/// Device and inode of a file. Devices and pipes have none: many programs may write them at the same time.
fn inode(found: &Metadata) -> Option<(u64, u64)> {
    found.is_file().then(|| (found.dev(), found.ino()))
}

/// The path without links and relative parts, as far as its folders exist.
fn resolved(path: &Path) -> PathBuf {
    let path = follow_links(path).unwrap_or_else(|_| path.to_owned());
    let path = std::path::absolute(&path).unwrap_or(path);
    let mut missing = Vec::new();
    let mut folder = path.as_path();
    loop {
        if let Ok(found) = folder.canonicalize() {
            return missing.iter().rev().fold(found, |path, part| append(path, *part));
        }
        let (Some(parent), Some(last)) = (folder.parent(), folder.components().next_back()) else {
            return path;
        };
        missing.push(last);
        folder = parent;
    }
}

fn append(mut path: PathBuf, part: Component<'_>) -> PathBuf {
    match part {
        Component::ParentDir => {
            path.pop();
        }
        part => path.push(part),
    }
    path
}

/// The file that `path` leads to through links, whether or not it exists.
pub(crate) fn follow_links(path: &Path) -> io::Result<PathBuf> {
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

pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::os::unix::fs::symlink;
    use std::path::Path;

    use super::FileIdentity;

    fn same(a: &Path, b: &Path) -> bool {
        FileIdentity::of(a).is_same(&FileIdentity::of(b))
    }

    #[test]
    fn links_and_relative_parts_lead_to_the_same_file() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("sub")).unwrap();
        fs::write(at("a"), "same").unwrap();
        fs::write(at("b"), "same").unwrap();
        fs::hard_link(at("a"), at("hard")).unwrap();
        symlink("a", at("soft")).unwrap();
        symlink(folder.path(), at("sub/up")).unwrap();
        for other in ["a", "./a", "sub/../a", "hard", "soft", "sub/up/a"] {
            assert!(same(&at("a"), &at(other)), "{other}");
        }
        assert!(!same(&at("a"), &at("b")));
    }

    #[test]
    fn absent_files_are_compared_by_their_resolved_path() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("sub")).unwrap();
        symlink("new", at("dangling")).unwrap();
        symlink("sub", at("link")).unwrap();
        assert!(same(&at("new"), &at("./new")));
        assert!(same(&at("new"), &at("dangling")));
        assert!(same(&at("sub/new"), &at("link/new")));
        assert!(same(&at("no/such/new"), &at("no/../no/such/./new")));
        assert!(!same(&at("new"), &at("sub/new")));
    }

    #[test]
    fn stream_is_the_file_that_it_was_redirected_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let file = File::create(&path).unwrap();
        assert!(FileIdentity::of_stream(&file).unwrap().is_same(&FileIdentity::of(&path)));
        assert!(FileIdentity::of_stream(File::open("/dev/null").unwrap()).is_none());
    }
}
