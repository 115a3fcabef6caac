//! What people and machines see. The engine prints nothing; everything goes through [`Screen`].

pub(crate) mod airflow_config;
pub(crate) mod human;
pub(crate) mod progress;
pub(crate) mod style;
pub(crate) mod summary;
pub(crate) mod table;

use std::io::{self, IsTerminal, Write};

use serde_json::Value;

use crate::cli::{Colour, Format, OutputOptions};
use crate::failure::{Failure, Outcome};
use style::{ERROR, HINT, WARNING, paint};

/// Where output goes, and how much of it.
#[derive(Clone, Debug)]
pub(crate) struct Screen {
    pub(crate) format: Format,
    pub(crate) quiet: bool,
    pub(crate) verbose: bool,
    /// Standard output is a target of this run: everything else goes to standard error.
    stdout_is_taken: bool,
}

/// Decides about colours for the whole program. Without a word, `anstream` looks at each stream and at `NO_COLOR`.
pub(crate) fn choose_colour(colour: Colour) {
    match colour {
        Colour::Auto => {}
        Colour::Always => anstream::ColorChoice::Always.write_global(),
        Colour::Never => anstream::ColorChoice::Never.write_global(),
    }
}

impl Screen {
    /// As the options say.
    pub(crate) fn new(options: &OutputOptions) -> Self {
        let (format, quiet) = (options.output, options.quiet);
        Self { format, quiet, verbose: options.verbose > 0, stdout_is_taken: false }
    }

    /// For complaints about the options themselves.
    pub(crate) fn bare(format: Format) -> Self {
        Self { format, quiet: false, verbose: false, stdout_is_taken: false }
    }

    /// Leaves standard output to the entries.
    pub(crate) fn leave_stdout(&mut self) {
        self.stdout_is_taken = true;
    }

    /// Whether the output is one JSON document.
    pub(crate) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// The result of a command, as text.
    pub(crate) fn result(&self, text: &str) -> Outcome<()> {
        let written = if self.stdout_is_taken {
            write_text(anstream::stderr().lock(), text)
        } else {
            write_text(anstream::stdout().lock(), text)
        };
        fine(written)
    }

    /// The result of a command, as one JSON document.
    pub(crate) fn document(&self, document: &Value) -> Outcome<()> {
        self.result(&pretty(document))
    }

    /// Something on the way that is no result.
    pub(crate) fn aside(&self, text: &str) {
        if !self.quiet {
            // A closed standard error must not end a run.
            let _ = write_text(anstream::stderr().lock(), text);
        }
    }

    /// What a question is about: said also to whoever wants quiet.
    pub(crate) fn insist(&self, text: &str) {
        Self { quiet: false, ..self.clone() }.aside(text);
    }

    /// Something the user should know.
    pub(crate) fn warn(&self, text: &str) {
        self.aside(&format!("{} {text}", paint(WARNING, "warning:")));
    }

    /// A failure before there is any result: for machines a document, for people a sentence and a way out.
    pub(crate) fn fail(&self, schema: &str, failure: &Failure) {
        if self.is_json() {
            // There is nobody left to tell if even this cannot be printed.
            let _ = self.document(&error_document(schema, failure));
        } else {
            complain(failure);
        }
    }
}

/// A failure as a sentence, beside a result that may have been printed before.
pub(crate) fn complain(failure: &Failure) {
    let mut text = format!("{} {}", paint(ERROR, "error:"), failure.message);
    for line in failure.hint.iter().flat_map(|hint| hint.lines()) {
        text.extend(["\n  ", &paint(HINT, "hint:"), " ", line]);
    }
    // There is nobody left to tell if even this cannot be printed.
    let _ = write_text(anstream::stderr().lock(), &text);
}

/// The document of a failure.
pub(crate) fn error_document(schema: &str, failure: &Failure) -> Value {
    airbridge_engine::error_document(schema, failure.code, &failure.message, failure.hint.as_deref())
}

/// A document as text.
pub(crate) fn pretty(document: &Value) -> String {
    format!("{document:#}")
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

/// `| head` closes standard output early, which is no fault; a full disk is one.
fn fine(written: io::Result<()>) -> Outcome<()> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::failed("output", format!("standard output cannot be written: {}", error.kind()))
                .hint("see whether its disk is full"))
        }
        _ => Ok(()),
    }
}
