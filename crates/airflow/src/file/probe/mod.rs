//! The output of the file that `airbridge probe` prints: what Airflow itself reads, as JSON lines.
//!
//! ```text
//!   {"probe": 1, "airflow": "3.3.2", …}          header.rs
//!   {"kind": "connection", "id": "a", …}         line.rs, one for each entry
//!   {"end": 1}                                   the number of entries
//! ```
//!
//! A stream that is not whole is an error, so that nothing is copied from a task that was killed.

mod header;
mod line;
mod source;
mod stream;
#[cfg(test)]
mod tests;

use airbridge_core::{Document, DocumentError, Edit, Payload, Record, Rejection, Rendered, SecretName};

use super::text;
use crate::entry::EntryId;
use crate::reader::AirflowVersion;
use line::Shadow;
use stream::Stream;

/// A file that can only be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct ProbeFile;

impl Document for ProbeFile {
    fn parse(&self, bytes: &[u8]) -> Result<Vec<Record>, DocumentError> {
        Stream::parse(text::utf8(bytes)?).map(Stream::into_records)
    }

    fn check(&self, _name: &SecretName, _payload: &Payload) -> Result<(), Rejection> {
        Err(Rejection::new("kind-not-held", SOURCE_ONLY))
    }

    fn render(&self, _before: Option<&[u8]>, _edits: &[Edit<'_>]) -> Result<Rendered, DocumentError> {
        Err(DocumentError::new(SOURCE_ONLY))
    }
}

const SOURCE_ONLY: &str = "the output of a probe cannot be written, only read";

/// Whether a text begins like the output of a probe. Another tool's file does not.
pub(super) fn is_probe(text: &str) -> bool {
    let rest = text.trim_start().strip_prefix('{').map(str::trim_start);
    rest.and_then(|rest| rest.strip_prefix("\"probe\""))
        .is_some_and(|rest| rest.trim_start().starts_with(':'))
}

/// What the output of a probe says about itself, besides its entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeFacts {
    /// The Airflow that answered.
    pub version: AirflowVersion,
    /// Entries of which Airflow has several values and reads one, with a sentence that names the places. Sorted as in the
    /// file.
    pub shadowed: Vec<(EntryId, String)>,
    /// Kinds of which the probe was asked for everything, each with a sentence on what it could not list.
    pub unlisted: Vec<String>,
}

impl ProbeFacts {
    /// Reads the facts from the bytes of a file.
    ///
    /// # Errors
    ///
    /// As reading the entries: the file is not the whole output of a probe.
    pub fn parse(bytes: &[u8]) -> Result<Self, DocumentError> {
        let stream = Stream::parse(text::utf8(bytes)?)?;
        let different = |shadow: &&Shadow| shadow.is_different;
        let shadowed = stream.lines.iter().filter_map(|line| {
            let shadow = line.shadow.as_ref().filter(different)?;
            Some((line.id.clone(), shadow.sentence.clone()))
        });
        Ok(Self {
            version: stream.header.version,
            shadowed: shadowed.collect(),
            unlisted: stream.header.unlisted(),
        })
    }
}
