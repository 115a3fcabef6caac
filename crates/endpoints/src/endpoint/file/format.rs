//! Which format a file has: what the user says, what its name says, what stands in it.

use std::io;
use std::path::{Path, PathBuf};

use airbridge_airflow::Kind;
use airbridge_airflow::file::{Format, guess};
use zeroize::Zeroizing;

use super::Access;
use crate::error::{Error, Result};
use crate::nearest::nearest;

/// What `format=` can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// One file.
    Single(Format),
    /// A folder with one file for each kind.
    Folder,
}

const FOLDER: &str = "folder";

impl Shape {
    pub(super) fn parse(word: &str) -> Result<Self> {
        if word == FOLDER {
            return Ok(Self::Folder);
        }
        if word == "bundle" {
            return Err(Error::not_built("the format `bundle` is not built yet")
                .hint(format!("what works today: {}", Self::words().join(", "))));
        }
        Format::parse(word).map(Self::Single).ok_or_else(|| {
            let words = Self::words();
            let near = nearest(word, words.iter().copied());
            let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
            Error::usage("`format` names no format that is known")
                .hint(format!("{near}formats: {}", words.join(", ")))
        })
    }

    pub(super) fn words() -> Vec<&'static str> {
        Format::ALL.iter().map(|format| format.name()).chain([FOLDER]).collect()
    }
}

/// What the path and, where that is not enough, the content say.
pub(super) fn find(path: &Path, role: Access) -> Result<Shape> {
    if path.is_dir() || path.as_os_str().as_encoded_bytes().ends_with(b"/") {
        return Ok(Shape::Folder);
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let suffix = |wanted: &str| path.extension().is_some_and(|suffix| suffix.eq_ignore_ascii_case(wanted));
    if suffix("age") {
        return Shape::parse("bundle");
    }
    let content = content(path, role);
    let text = content.as_ref().ok().and_then(|bytes| std::str::from_utf8(bytes).ok());
    match (guess(&name, text), content) {
        // Whoever reads the file in earnest says in better words why it cannot be read.
        (Ok(format), _) => Ok(Shape::Single(format)),
        (Err(_), Err(error)) if role == Access::Read => Err(unread(path, &error)),
        (Err(error), _) => Err(unsettled(path, &error.candidates)),
    }
}

fn unsettled(path: &Path, candidates: &[Format]) -> Error {
    let settings = path.extension().is_some_and(|suffix| suffix == "cfg");
    let path = path.display();
    let names = |formats: &[Format]| formats.iter().map(|format| format.name()).collect::<Vec<_>>();
    match candidates {
        [] if settings => Error::usage(format!("{path} holds settings, not entries"))
            .hint(format!("the backend that they configure is airflow:{path}")),
        [] => Error::usage(format!("the name {path} does not tell its format"))
            .hint(format!("say which: ?format=… with one of {}", Shape::words().join(", "))),
        [first, ..] => Error::usage(format!("{path} could be {}", names(candidates).join(" or ")))
            .hint(format!("say which: file:{path}?format={}", first.name())),
    }
}

/// The file of one kind in a folder: the one that is there, JSON where none is.
pub(super) fn in_folder(kind: Kind, folder: &Path) -> Result<PathBuf> {
    let file = |suffix| folder.join(format!("{}.{suffix}", kind.plural()));
    let there: Vec<_> =
        ["json", "yaml", "yml", "env"].map(file).into_iter().filter(|file| file.exists()).collect();
    match there.as_slice() {
        [] => Ok(file("json")),
        [only] => Ok(only.clone()),
        several => {
            let names: Vec<_> = several.iter().map(|file| file.display().to_string()).collect();
            Err(Error::usage(format!("{} hold {} alike", names.join(" and "), kind.plural()))
                .hint("name the file that is meant, or move the other away"))
        }
    }
}

/// The format of a file that Airflow's local-filesystem backend is told to hold one kind.
pub(super) fn of_kind(kind: Kind, path: &Path) -> Result<Format> {
    let suffix = path.extension().map(|suffix| suffix.to_string_lossy().to_lowercase());
    let spelled = match suffix.as_deref() {
        Some("json") => "json",
        Some("yaml" | "yml") => "yaml",
        Some("env") => "env",
        _ => {
            return Err(Error::configuration(format!(
                "{} has a name that Airflow does not take",
                path.display()
            ))
            .hint("its local-filesystem backend reads .json, .yaml, .yml and .env"));
        }
    };
    Format::parse(&format!("{}-{spelled}", kind.plural()))
        .ok_or_else(|| Error::configuration(format!("{} has no format", path.display())))
}

/// What stands in it; nothing that counts in a file that is written from nothing.
fn content(path: &Path, role: Access) -> io::Result<Zeroizing<Vec<u8>>> {
    match role {
        Access::Create { .. } => Ok(Zeroizing::default()),
        Access::Read | Access::Write => std::fs::read(path).map(Zeroizing::new),
    }
}

fn unread(path: &Path, error: &io::Error) -> Error {
    let path = path.display();
    match error.kind() {
        io::ErrorKind::NotFound => {
            Error::failed("not-found", format!("{path} does not exist")).hint("check the path")
        }
        kind => Error::failed("file", format!("{path} cannot be read: {kind}"))
            .hint("run as a user who may read it, or change its permissions"),
    }
}
