//! The folder of all records, and the names of runs.

use std::ffi::OsString;
use std::fmt;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use uuid::Uuid;

/// The variable that names the folder.
const VARIABLE: &str = "AIRBRIDGE_STATE_DIR";

/// The folder of all records. Only its owner can read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateFolder {
    path: PathBuf,
}

impl StateFolder {
    /// The folder that `AIRBRIDGE_STATE_DIR` names, else `airbridge` in `XDG_STATE_HOME`, else in `~/.local/state`. `None`
    /// without a home folder. `variable` looks up an environment variable.
    pub fn find(variable: impl Fn(&str) -> Option<OsString>) -> Option<Self> {
        let set = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        // The specification of XDG ignores relative paths.
        let state = set("XDG_STATE_HOME").filter(|path| path.is_absolute());
        let path = set(VARIABLE)
            .or_else(|| state.map(|state| state.join("airbridge")))
            .or_else(|| set("HOME").map(|home| home.join(".local/state/airbridge")))?;
        Some(Self { path })
    }

    /// The path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder of the runs.
    pub(crate) fn runs(&self) -> PathBuf {
        self.path.join("runs")
    }

    /// Makes the folder, and finds out whether files can be made in it.
    ///
    /// # Errors
    ///
    /// They cannot.
    pub fn check(&self) -> io::Result<()> {
        let runs = self.runs();
        make_folder(&runs)?;
        let probe = runs.join(format!(".{}", Uuid::new_v4()));
        let written = new_file(&probe).and_then(|mut file| file.write_all(b"airbridge\n"));
        let removed = std::fs::remove_file(&probe);
        written.and(removed)
    }
}

/// The name of a run: when it began in UTC, to the millisecond, and four random characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(String);

impl RunId {
    /// A name for a run that begins now.
    pub(crate) fn new(now: Timestamp) -> Self {
        let random = Uuid::new_v4().simple().to_string();
        Self(format!("{}{}", now.strftime("%Y%m%d-%H%M%S-%3f"), random.get(..4).unwrap_or_default()))
    }

    /// The name of a folder, if it is that of a run.
    pub(crate) fn of_folder(name: &str) -> Option<Self> {
        let is_fine = name.len() == "20260101-000000-0000000".len()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        is_fine.then(|| Self(name.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Makes a folder that only its owner can enter, and those above it.
pub(crate) fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// A new file that only its owner can read.
pub(crate) fn new_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use jiff::Timestamp;

    use super::{RunId, StateFolder};

    #[test]
    fn folder_is_found_through_the_environment() {
        let find = |variables: &[(&str, &str)]| {
            let found = StateFolder::find(|name| {
                variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into())
            });
            found.map(|folder| folder.path.display().to_string())
        };
        assert_eq!(find(&[]), None);
        assert_eq!(find(&[("HOME", "/home/a")]).as_deref(), Some("/home/a/.local/state/airbridge"));
        let xdg = [("HOME", "/home/a"), ("XDG_STATE_HOME", "/state")];
        assert_eq!(find(&xdg).as_deref(), Some("/state/airbridge"));
        assert_eq!(
            find(&[("HOME", "/h"), ("XDG_STATE_HOME", "state")]).as_deref(),
            Some("/h/.local/state/airbridge")
        );
        assert_eq!(find(&[("HOME", "/h"), ("AIRBRIDGE_STATE_DIR", "here")]).as_deref(), Some("here"));
    }

    #[test]
    fn only_the_owner_can_enter_the_folder() {
        let home = tempfile::tempdir().unwrap();
        let folder = StateFolder { path: home.path().join("state") };
        folder.check().unwrap();
        let mode = std::fs::metadata(folder.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        assert_eq!(std::fs::read_dir(folder.runs()).unwrap().count(), 0);
        std::fs::write(home.path().join("file"), "").unwrap();
        assert!(StateFolder { path: home.path().join("file/state") }.check().is_err());
    }

    #[test]
    fn run_is_named_after_its_time() {
        let id = RunId::new("2026-11-28T09:43:00Z".parse::<Timestamp>().unwrap());
        assert!(id.as_str().starts_with("20261128-094300-000"), "{id}");
        assert_eq!(RunId::of_folder(id.as_str()), Some(id));
        for other in ["", "latest", "../../../../etc/pass", ".20261128-094300-000123"] {
            assert_eq!(RunId::of_folder(other), None, "{other}");
        }
    }
}
