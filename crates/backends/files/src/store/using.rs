//! A part with its document and its bytes.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use airbridge_core::{
    Content, Document, DocumentError, Edit, Error, ErrorKind, Header, NamePrefix, Operation, Payload, Record,
    Rejection, Rendered, Result, SecretName, State, Stored,
};

use crate::error;
use crate::medium::{Medium, Snapshot};
use crate::part::Part;

/// A part with its document and its bytes.
#[derive(Debug)]
pub(super) struct PartInUse {
    prefix: String,
    document: Arc<dyn Document>,
    subject: String,
    medium: Mutex<Medium>,
}

impl PartInUse {
    pub(super) fn new(part: Part) -> Self {
        let medium = Medium::new(part.location);
        Self {
            prefix: part.prefix,
            document: part.document,
            subject: medium.subject(),
            medium: Mutex::new(medium),
        }
    }

    /// Locks the bytes: no other call of this program reads or writes them meanwhile.
    pub(super) fn medium(&self) -> MutexGuard<'_, Medium> {
        // The state changes by single assignments, so a poisoned lock is still valid.
        self.medium.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether `name` belongs to this part.
    pub(super) fn takes(&self, name: &SecretName) -> bool {
        name.as_str().starts_with(&self.prefix)
    }

    /// Whether a name that starts with `prefix` can belong to this part.
    pub(super) fn may_hold(&self, prefix: &NamePrefix) -> bool {
        self.prefix.starts_with(prefix.as_str()) || prefix.as_str().starts_with(&self.prefix)
    }

    /// Whether the format can hold `payload`.
    pub(super) fn check(&self, name: &SecretName, payload: &Payload) -> Result<(), Rejection> {
        self.document.check(name, payload)
    }

    /// The entries of a snapshot. A name that occurs twice is an error.
    pub(super) fn records(&self, snapshot: &Snapshot, operation: Operation) -> Result<Vec<Record>> {
        let Some(bytes) = &snapshot.bytes else { return Ok(Vec::new()) };
        self.checked(self.document.parse(bytes), operation)
    }

    /// The same for a snapshot that is not needed any longer.
    pub(super) fn records_of(&self, snapshot: Snapshot, operation: Operation) -> Result<Vec<Record>> {
        let Some(bytes) = snapshot.bytes else { return Ok(Vec::new()) };
        self.checked(self.document.parse_owned(bytes), operation)
    }

    fn checked(
        &self,
        records: Result<Vec<Record>, DocumentError>,
        operation: Operation,
    ) -> Result<Vec<Record>> {
        let records = records.map_err(|error| error::document(&error, operation, &self.subject))?;
        let mut names = HashSet::new();
        match records.iter().find(|record| !names.insert(&record.name)) {
            Some(twice) => {
                let message = format!("{}: {} occurs twice", self.subject, twice.name);
                Err(Error::new(ErrorKind::Config, operation, message)
                    .with_hint("remove one of the two entries"))
            }
            None => Ok(records),
        }
    }

    /// Whether an edit never changes the spelling of other entries.
    pub(super) fn keeps_spelling(&self) -> bool {
        self.document.keeps_spelling()
    }

    /// Whether the format holds descriptions and tags.
    pub(super) fn keeps_metadata(&self) -> bool {
        self.document.keeps_metadata()
    }

    /// The content with `edits` applied.
    pub(super) fn render(
        &self,
        before: &Snapshot,
        edits: &[Edit<'_>],
        operation: Operation,
    ) -> Result<Rendered> {
        let bytes = before.bytes.as_ref().map(|bytes| bytes.as_slice());
        self.document.render(bytes, edits).map_err(|error| error::document(&error, operation, &self.subject))
    }
}

/// The header of an entry, with its content: the file was read as a whole.
pub(super) fn header(record: Record) -> Header {
    let state = match &record.content {
        Content::Payload(_) => State::Live,
        Content::Hidden(state) => state.clone(),
    };
    let metadata = record.metadata.clone();
    let (name, stored) = stored(record);
    Header { state, metadata, stored: Some(Arc::new(stored)), ..Header::live(name) }
}

pub(super) fn stored(record: Record) -> (SecretName, Stored) {
    let Record { name, content, note, left_out, metadata: _ } = record;
    (name, Stored { content, note, left_out, ..Stored::hidden(State::Live, None) })
}
