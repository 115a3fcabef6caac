//! The question before writing.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::failure::{Failure, Outcome};
use crate::output::style::filtered;

/// Whether to ask before writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Confirmation {
    /// No question is needed.
    Given,
    /// Ask at the terminal.
    Ask,
}

impl Confirmation {
    /// Decides before anything is read. `given` means that no question is needed; `stdin` is what else is
    /// read from standard input, where the answer would be.
    pub(crate) fn of(given: bool, stdin: Option<&str>) -> Outcome<Self> {
        if given {
            return Ok(Self::Given);
        }
        let reason = if let Some(what) = stdin {
            format!("standard input is {what}")
        } else if io::stdin().is_terminal() && io::stderr().is_terminal() {
            return Ok(Self::Ask);
        } else {
            "no terminal is attached".to_owned()
        };
        Err(Failure::usage(format!("cannot ask for confirmation: {reason}")).hint("use --yes or --dry-run"))
    }

    /// Asks, if a question is needed. Every answer but yes is a refusal.
    pub(crate) fn ask(self, question: &str) -> Outcome<()> {
        if self == Self::Given {
            return Ok(());
        }
        let asked = write!(anstream::stderr(), "{} [y/N] ", filtered(question))
            .and_then(|()| anstream::stderr().flush());
        let mut answer = String::new();
        let read = asked.and_then(|()| io::stdin().lock().read_line(&mut answer));
        match read {
            Ok(_) if matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes") => Ok(()),
            _ => Err(Failure::refused("not confirmed; nothing was written")),
        }
    }
}
