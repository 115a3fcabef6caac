//! The journal: a line before each write, and one after it. No line holds a value, or a hash of one.

use std::fs::File;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use airbridge_core as core;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A line of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Line {
    /// A write is about to be sent.
    Write {
        /// When.
        at: Timestamp,
        /// The entry, `conn:ID`; `None` if the change does not say it.
        entry: Option<String>,
        /// The name of the secret.
        name: String,
        /// What is done.
        action: Action,
        /// The version that the secret must have now; `None` if the store has no versions, or for a new secret.
        before: Option<String>,
        /// The random token of the change, which some services use as the version that it makes.
        #[serde(default)]
        token: Option<String>,
    },
    /// The outcome of a write.
    Written(Written),
    /// The end of the run.
    End {
        /// When.
        at: Timestamp,
        /// The exit code.
        exit: u8,
    },
}

/// The outcome of a write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// When it was known.
    pub at: Timestamp,
    /// The name of the secret.
    pub name: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The version that the write made; `None` if the store has no versions.
    pub after: Option<String>,
    /// The code of the error.
    pub error: Option<String>,
}

/// What a write does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Creates the secret.
    Create,
    /// Replaces its value.
    Replace,
    /// Takes it back from deletion.
    Restore,
    /// Deletes it.
    Delete,
}

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was made.
    Done,
    /// It was not made.
    Failed,
    /// It may have been made: no answer came.
    Unknown,
}

/// The file of the journal.
#[derive(Debug)]
pub(crate) struct Journal {
    file: Mutex<File>,
}

impl Journal {
    pub(crate) fn new(file: File) -> Self {
        Self { file: Mutex::new(file) }
    }

    /// Writes lines to the file at once. The operating system keeps them if this process is killed.
    pub(crate) fn write(&self, lines: &[Line]) -> io::Result<()> {
        let mut text = Vec::new();
        for line in lines {
            serde_json::to_writer(&mut text, line)?;
            text.push(b'\n');
        }
        self.file.lock().unwrap_or_else(PoisonError::into_inner).write_all(&text)
    }

    /// Waits until the disk has everything.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner).sync_all()
    }
}

/// The line before a change.
pub(crate) fn before(change: &core::Change, at: Timestamp) -> Line {
    let (action, expect) = match &change.action {
        core::Action::Replace { expect, .. } => (Action::Replace, expect.as_ref()),
        core::Action::Delete { expect } => (Action::Delete, expect.as_ref()),
        core::Action::Restore { .. } => (Action::Restore, None),
        _ => (Action::Create, None),
    };
    Line::Write {
        at,
        entry: change.label.as_deref().map(str::to_owned),
        name: change.name.to_string(),
        action,
        before: expect.map(|version| version.as_str().to_owned()),
        token: Some(change.token.to_string()),
    }
}

/// The line after a change.
pub(crate) fn after(change: &core::Change, outcome: &core::Result<core::Receipt>, at: Timestamp) -> Line {
    let (word, after, error) = match outcome {
        Ok(receipt) => (Outcome::Done, receipt.version.as_ref(), None),
        Err(error) if error.kind() == core::ErrorKind::AnswerLost => {
            (Outcome::Unknown, None, Some(error.kind().word()))
        }
        Err(error) => (Outcome::Failed, None, Some(error.kind().word())),
    };
    Line::Written(Written {
        at,
        name: change.name.to_string(),
        outcome: word,
        after: after.map(|version| version.as_str().to_owned()),
        error: error.map(str::to_owned),
    })
}
