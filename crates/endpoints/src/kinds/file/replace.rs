//! A file that is replaced instead of edited.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use airbridge_backend_files::Part;
use airbridge_core::{Document, DocumentError, Edit, Payload, Record, Rejection, Rendered, SecretName};

/// A part that starts empty: the present content of its file is not read, and the first write replaces it.
pub(super) fn replace_file(part: Part) -> Part {
    let document = Arc::new(Replaced { inner: part.document, written: AtomicBool::new(false) });
    Part { document, ..part }
}

#[derive(Debug)]
struct Replaced {
    inner: Arc<dyn Document>,
    /// Whether the file holds what this run wrote.
    written: AtomicBool,
}

impl Document for Replaced {
    fn parse(&self, bytes: &[u8]) -> Result<Vec<Record>, DocumentError> {
        if self.written.load(Ordering::SeqCst) { self.inner.parse(bytes) } else { Ok(Vec::new()) }
    }

    fn check(&self, name: &SecretName, payload: &Payload) -> Result<(), Rejection> {
        self.inner.check(name, payload)
    }

    fn keeps_metadata(&self) -> bool {
        self.inner.keeps_metadata()
    }

    fn render(&self, before: Option<&[u8]>, edits: &[Edit<'_>]) -> Result<Rendered, DocumentError> {
        let before = before.filter(|_| self.written.load(Ordering::SeqCst));
        let rendered = self.inner.render(before, edits)?;
        self.written.store(true, Ordering::SeqCst);
        Ok(rendered)
    }
}
