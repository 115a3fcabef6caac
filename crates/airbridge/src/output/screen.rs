//! Prints results, warnings and failures.

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};

use airbridge_core::Warning;
use serde_json::Value;

use super::style::{ERROR, HINT, WARNING, escaped, filtered, paint, plain};
use crate::cli::{Colour, Format, OutputOptions};
use crate::failure::{Failure, Outcome};

/// Where output goes, and how much is printed.
#[derive(Clone, Debug)]
pub(crate) struct Screen {
    format: Format,
    pub(crate) quiet: bool,
    pub(crate) verbose: bool,
    stdout_is_target: bool,
    /// The warnings of the run so far.
    warnings: Arc<Mutex<Vec<Warning>>>,
}

/// Sets the use of colours for the whole program. `auto` means that `anstream` looks at each stream and at `NO_COLOR`.
pub(crate) fn choose_colour(colour: Colour) {
    match colour {
        Colour::Auto => {}
        Colour::Always => anstream::ColorChoice::Always.write_global(),
        Colour::Never => anstream::ColorChoice::Never.write_global(),
    }
}

impl Screen {
    /// A screen as the options want it. If standard output is a target of the run, everything goes to standard error.
    pub(crate) fn new(options: &OutputOptions, stdout_is_target: bool) -> Self {
        let (format, quiet) = (options.output, options.quiet);
        Self { format, quiet, verbose: options.verbose > 0, stdout_is_target, warnings: Arc::default() }
    }

    /// A screen for failures in the options themselves.
    pub(crate) fn bare(format: Format) -> Self {
        Self { format, quiet: false, verbose: false, stdout_is_target: false, warnings: Arc::default() }
    }

    /// Whether the output is one JSON document.
    pub(crate) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Prints the result of a command, for people.
    pub(crate) fn result(&self, text: &str) -> Outcome<()> {
        let text = filtered(text);
        let written = if self.stdout_is_target {
            write_text(anstream::stderr().lock(), &text)
        } else {
            write_text(anstream::stdout().lock(), &text)
        };
        fine(written)
    }

    /// Prints a document that [`pretty`] formatted. It has no colours, and no filter for them may drop a part of it.
    pub(crate) fn json(&self, text: &str) -> Outcome<()> {
        fine(if self.stdout_is_target {
            write_text(io::stderr().lock(), text)
        } else {
            write_text(io::stdout().lock(), text)
        })
    }

    /// Prints what another program will read, byte for byte; on a terminal as [`result`](Self::result).
    pub(crate) fn verbatim(&self, text: &str) -> Outcome<()> {
        if self.stdout_is_target || stdout_is_terminal() { self.result(text) } else { self.json(text) }
    }

    /// Prints the result of a command, as one JSON document with the warnings of the run.
    pub(crate) fn document(&self, document: Value) -> Outcome<()> {
        self.json(&pretty(&self.with_warnings(document)))
    }

    /// Prints a remark on standard error, unless --quiet is given.
    pub(crate) fn aside(&self, text: &str) {
        if !self.quiet {
            // A closed standard error must not end a run.
            let _ = write_text(anstream::stderr().lock(), &filtered(text));
        }
    }

    /// Prints what a question is about on standard error, also with --quiet.
    pub(crate) fn insist(&self, text: &str) {
        Self { quiet: false, ..self.clone() }.aside(text);
    }

    /// Prints a warning, and keeps it for the documents of the run. With --quiet only those are printed that change what
    /// the run does.
    pub(crate) fn warn(&self, warning: Warning) {
        // Both endpoints of a run may find the same.
        if self.warnings.lock().unwrap_or_else(PoisonError::into_inner).contains(&warning) {
            return;
        }
        if !self.quiet || warning.code.changes_the_run() {
            self.insist(&sentence(&paint(WARNING, "warning:"), &warning.message, warning.hint.as_deref()));
        }
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(warning);
    }

    /// How many warnings there were.
    pub(crate) fn warned(&self) -> usize {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// The document, with the warnings of the run so far.
    pub(crate) fn with_warnings(&self, document: Value) -> Value {
        let warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        airbridge_engine::with_warnings(document, &warnings)
    }

    /// Prints a failure before there is any result: as a document, or as a sentence with its hints.
    pub(crate) fn fail(&self, schema: &str, failure: &Failure) {
        if self.is_json() {
            // If the output is closed, there is nothing else to do.
            let _ = self.document(error_document(schema, failure));
        } else {
            complain(failure);
        }
    }
}

/// Prints a failure as a sentence on standard error. A result may have been printed before.
pub(crate) fn complain(failure: &Failure) {
    let text = sentence(&paint(ERROR, "error:"), &failure.message, failure.hint.as_deref());
    // If standard error is closed, there is nothing else to do.
    let _ = write_text(anstream::stderr().lock(), &text);
}

/// A message with its hints.
fn sentence(label: &str, message: &str, hint: Option<&str>) -> String {
    let mut text = format!("{label} {}", plain(message));
    for line in hint.iter().flat_map(|hint| hint.lines()) {
        text.extend(["\n  ", &paint(HINT, "hint:"), " ", &plain(line)]);
    }
    text
}

/// The document of a failure.
pub(crate) fn error_document(schema: &str, failure: &Failure) -> Value {
    airbridge_engine::error_document(schema, failure.code, &failure.message, failure.hint.as_deref())
}

/// A document, formatted for printing. Characters that could control a terminal are escaped.
pub(crate) fn pretty(document: &Value) -> String {
    escaped(&format!("{document:#}"))
}

/// Whether standard output is a terminal.
pub(crate) fn stdout_is_terminal() -> bool {
    io::stdout().is_terminal()
}

fn write_text(mut stream: impl Write, text: &str) -> io::Result<()> {
    stream.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        stream.write_all(b"\n")?;
    }
    stream.flush()
}

/// A closed pipe (`| head`) is not an error; a full disk is one.
fn fine(written: io::Result<()>) -> Outcome<()> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::failed("output", format!("standard output cannot be written: {}", error.kind()))
                .hint("check whether the disk is full"))
        }
        _ => Ok(()),
    }
}
