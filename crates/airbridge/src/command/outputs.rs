//! No output of a run may be a file that the run uses otherwise.

use airbridge_endpoints::{FileIdentity, UsedFile};

use crate::failure::{Failure, Outcome};
use crate::output::style::plain;

/// Fails if a written file is any other file of the run: through links, hard links or another spelling of its path.
/// `to_stdout` means that standard output is the target.
pub(super) fn check(files: &[UsedFile], to_stdout: bool) -> Outcome<()> {
    let mut used: Vec<Used> = files.iter().map(Used::of).collect();
    used.extend(Used::stream(std::io::stdin(), "standard input", false));
    used.extend(Used::stream(std::io::stdout(), "standard output", to_stdout));
    used.extend(Used::stream(std::io::stderr(), "standard error", false));
    for (index, output) in used.iter().enumerate().filter(|(_, used)| used.written) {
        let others = used.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, other)| other);
        let clash = others
            .filter(|other| other.what != output.what)
            .find(|other| other.identity.is_same(&output.identity));
        if let Some(other) = clash {
            let named = if output.path.is_empty() { other } else { output };
            let message = format!(
                "{} and {} are the same file: {}",
                output.what,
                plain(other.what),
                plain(&named.path)
            );
            return Err(Failure::usage(message).hint(format!("name another file for {}", output.what)));
        }
    }
    Ok(())
}

struct Used<'a> {
    what: &'a str,
    /// As it was given; empty for a stream.
    path: String,
    written: bool,
    identity: FileIdentity,
}

impl<'a> Used<'a> {
    fn of(file: &'a UsedFile) -> Self {
        let path = file.path.display().to_string();
        Self { what: &file.what, path, written: file.written, identity: file.identity() }
    }

    fn stream(stream: impl std::os::fd::AsFd, what: &'a str, written: bool) -> Option<Self> {
        Some(Self { what, path: String::new(), written, identity: FileIdentity::of_stream(stream)? })
    }
}
