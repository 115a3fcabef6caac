//! What files and bundles share.

use std::path::Path;
use std::sync::Arc;

use airbridge_airflow::{Dialect, Layout};
use airbridge_backend_files::FileStore;

use crate::endpoint::{Access, OpenStore};
use crate::error::{Error, Result};

/// The error for a file that does not exist, or a folder without the files that are looked for.
pub(super) fn missing(place: &str) -> Error {
    let folder = Path::new(place);
    if !folder.is_dir() {
        return Error::failed("not-found", format!("{place} does not exist")).hint("check the path");
    }
    let other: Vec<_> =
        ["airflow_settings.yaml", ".env"].into_iter().filter(|name| folder.join(name).is_file()).collect();
    let hint = if folder.join("airflow.cfg").is_file() {
        format!("write airflow:{place} for the backend that its airflow.cfg configures")
    } else if other.is_empty() {
        "name the files connections, variables and config, with .json, .yaml, .yml or .env".to_owned()
    } else {
        let files: Vec<_> =
            other.iter().map(|name| format!("file:{}", folder.join(name).display())).collect();
        format!("write {}", files.join(" or "))
    };
    let but = if other.is_empty() { String::new() } else { format!(", but {}", other.join(" and ")) };
    let message = format!("{place} contains no file of connections, variables or config options{but}");
    Error::failed("not-found", message).hint(hint)
}

/// An open store of files.
#[expect(clippy::unnecessary_wraps, reason = "the last step of functions that can fail")]
pub(super) fn opened(store: Arc<FileStore>, layout: Layout, dialect: Dialect) -> Result<OpenStore> {
    let files = Some(Arc::clone(&store));
    Ok(OpenStore { files, ..OpenStore::new(store, layout, dialect) })
}

/// Fails for a new file that exists already.
pub(super) fn refuse_existing(path: &Path, access: Access) -> Result<()> {
    if access == (Access::Create { overwrite: false }) && path.exists() {
        return Err(Error::refused(format!("{} already exists", path.display()))
            .hint("use --overwrite to replace it with the selection, or `airbridge copy` to add to it"));
    }
    Ok(())
}

/// The one path of a file, however it is reached.
pub(super) fn place(path: &Path) -> String {
    let whole =
        path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned());
    whole.display().to_string()
}
