//! The format of a file: set by the user, or found by its name and content.

use std::io;
use std::path::{Path, PathBuf};

use airbridge_airflow::Kind as EntryKind;
use airbridge_airflow::file::{Format, guess, recognise};
use airbridge_backend_files::read_input;
use zeroize::Zeroizing;

use crate::endpoint::Access;
use crate::error::{Error, Result};
use crate::nearest::nearest;

/// What `format` can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// One file.
    Single(Format),
    /// A folder with one file for each kind.
    Folder,
    /// One encrypted file with entries of every kind.
    Bundle,
}

const FOLDER: &str = "folder";
const BUNDLE: &str = "bundle";

impl Shape {
    pub(super) fn parse(word: &str) -> Result<Self> {
        if word == FOLDER {
            return Ok(Self::Folder);
        }
        if word == BUNDLE {
            return Ok(Self::Bundle);
        }
        Format::parse(word).map(Self::Single).ok_or_else(|| {
            let words = Self::words();
            let near = nearest(word, words.iter().copied());
            let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
            Error::usage("`format` is not a valid format")
                .hint(format!("{near}use one of {}", words.join(", ")))
        })
    }

    pub(super) fn words() -> Vec<&'static str> {
        Self::of_streams(Access::Read).into_iter().chain([FOLDER]).collect()
    }

    /// Those that standard input and output can have.
    pub(super) fn of_streams(access: Access) -> Vec<&'static str> {
        let bundle = cfg!(feature = "bundle").then_some(BUNDLE);
        let formats = Format::ALL.iter().filter(|format| !access.writes() || format.is_writable());
        formats.map(|format| format.name()).chain(bundle).collect()
    }
}

/// Whether a path is meant to be a bundle: by the format that the user set, otherwise by its name.
pub(super) fn is_bundle(path: &Path, shape: Option<Shape>) -> bool {
    let by_name =
        || !names_folder(path) && path.extension().is_some_and(|suffix| suffix.eq_ignore_ascii_case("age"));
    shape.map_or_else(by_name, |shape| shape == Shape::Bundle)
}

/// Whether a path names a folder: one that exists, or by a `/` at its end.
pub(super) fn names_folder(path: &Path) -> bool {
    path.is_dir() || path.as_os_str().as_encoded_bytes().ends_with(b"/")
}

/// The files that can hold one kind in a folder.
pub(super) fn names_in_folder(kind: EntryKind, folder: &Path) -> [PathBuf; 4] {
    ["json", "yaml", "yml", "env"].map(|suffix| folder.join(format!("{}.{suffix}", kind.plural())))
}

/// The format that the path and, if it is not enough, the content indicate.
pub(super) fn find(path: &Path, access: Access) -> Result<Shape> {
    if names_folder(path) {
        return Ok(Shape::Folder);
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let content = content(path, access);
    let text = content.as_ref().ok().and_then(|bytes| std::str::from_utf8(bytes).ok());
    match (guess(&name, text), content) {
        // Reading the entries reports an unreadable file with more detail.
        (Ok(format), _) => Ok(Shape::Single(format)),
        (Err(_), Err(error)) if access == Access::Read => Err(unread(path, &error)),
        (Err(error), _) => Err(unsettled(path, &error.candidates)),
    }
}

/// Rejects a file of another tool, which no format fits although it could be read as one.
pub(super) fn refuse_foreign(place: &str, file_name: &str, bytes: &[u8]) -> Result<()> {
    match std::str::from_utf8(bytes).ok().and_then(|text| recognise(file_name, text)) {
        Some(foreign) => {
            let message = format!("{place} is {}, which airbridge does not read", foreign.what);
            Err(Error::usage(message).hint(foreign.instead))
        }
        None => Ok(()),
    }
}

/// Rejects a file of another tool at this path, if there is one that is read or edited.
pub(super) fn refuse_foreign_file(path: &Path, access: Access) -> Result<()> {
    // The settings of a deployment are named by the error about their format.
    if !path.is_file() || path.extension().is_some_and(|suffix| suffix == "cfg") {
        return Ok(());
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    // Reading the entries reports an unreadable file.
    refuse_foreign(&path.display().to_string(), &name, &content(path, access).unwrap_or_default())
}

fn unsettled(path: &Path, candidates: &[Format]) -> Error {
    let settings = path.extension().is_some_and(|suffix| suffix == "cfg");
    let path = path.display();
    let names = |formats: &[Format]| formats.iter().map(|format| format.name()).collect::<Vec<_>>();
    match candidates {
        [] if settings => Error::usage(format!("{path} contains settings, not entries"))
            .hint(format!("write airflow:{path} for the backend that they configure")),
        [] => Error::usage(format!("the format of {path} is unknown"))
            .hint(format!("add ?format=FORMAT with one of {}", Shape::words().join(", "))),
        [first, ..] => Error::usage(format!("{path} could be {}", names(candidates).join(" or ")))
            .hint(format!("add the format, as in file:{path}?format={}", first.name())),
    }
}

/// The file of one kind in a folder: the one that exists, otherwise the JSON file.
pub(super) fn in_folder(kind: EntryKind, folder: &Path) -> Result<PathBuf> {
    let names = names_in_folder(kind, folder);
    let there: Vec<_> = names.iter().filter(|file| file.exists()).collect();
    match there.as_slice() {
        [] => {
            let [json, ..] = names;
            Ok(json)
        }
        [only] => Ok((*only).clone()),
        several => {
            let names: Vec<_> = several.iter().map(|file| file.display().to_string()).collect();
            Err(Error::usage(format!("{} both contain {}", names.join(" and "), kind.plural()))
                .hint("name one of the files, or move the others out of the folder"))
        }
    }
}

/// The format that Airflow's local-filesystem backend reads a file of one kind in.
pub(super) fn of_kind(kind: EntryKind, path: &Path) -> Result<Format> {
    let suffix = path.extension().map(|suffix| suffix.to_string_lossy().to_lowercase());
    let spelled = match suffix.as_deref() {
        Some("json") => "json",
        Some("yaml" | "yml") => "yaml",
        Some("env") => "env",
        _ => {
            return Err(Error::configuration(format!(
                "{} has a suffix that Airflow does not read",
                path.display()
            ))
            .hint("use .json, .yaml, .yml or .env"));
        }
    };
    Format::parse(&format!("{}-{spelled}", kind.plural()))
        .ok_or_else(|| Error::configuration(format!("{} has no known format", path.display())))
}

/// The content; empty for a file that is replaced, and for a pipe or a device, which could be read once only or for ever.
fn content(path: &Path, access: Access) -> io::Result<Zeroizing<Vec<u8>>> {
    let is_special = std::fs::metadata(path).is_ok_and(|found| !found.is_file());
    match access {
        Access::Read | Access::Write if !is_special => read_input(path),
        _ => Ok(Zeroizing::default()),
    }
}

fn unread(path: &Path, error: &io::Error) -> Error {
    let path = path.display();
    match error.kind() {
        io::ErrorKind::NotFound => {
            Error::failed("not-found", format!("{path} does not exist")).hint("check the path")
        }
        kind => Error::failed("file", format!("{path} cannot be read: {kind}"))
            .hint("run as a user who can read it, or change its permissions"),
    }
}
