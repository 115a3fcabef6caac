//! The question before anything is written.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::failure::{Failure, Outcome};

/// Who answers questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Confirmation {
    /// `--yes`: nobody is asked.
    Given,
    /// Somebody sits at a terminal.
    Ask,
}

impl Confirmation {
    /// Decides before anything is read. `verb` is the command; `stdin_is_taken` where entries come from standard input.
    pub(crate) fn of(yes: bool, verb: &str, stdin_is_taken: bool) -> Outcome<Self> {
        if yes {
            return Ok(Self::Given);
        }
        let reason = if stdin_is_taken {
            "standard input is the source"
        } else if io::stdin().is_terminal() && io::stderr().is_terminal() {
            return Ok(Self::Ask);
        } else {
            "there is no terminal"
        };
        Err(Failure::usage(format!("{verb} asks before it writes, and {reason} to ask at"))
            .hint("say --yes to write without a question, or --dry-run to see the plan only"))
    }

    /// Asks, if somebody is to be asked. An answer that is not yes is a refusal.
    pub(crate) fn ask(self, question: &str) -> Outcome<()> {
        if self == Self::Given {
            return Ok(());
        }
        let asked = write!(anstream::stderr(), "{question} [y/N] ").and_then(|()| anstream::stderr().flush());
        let mut answer = String::new();
        let read = asked.and_then(|()| io::stdin().lock().read_line(&mut answer));
        match read {
            Ok(_) if matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes") => Ok(()),
            _ => Err(Failure::refused("not confirmed; nothing was written")),
        }
    }
}
