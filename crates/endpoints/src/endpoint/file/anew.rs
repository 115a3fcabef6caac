//! A file that is written from nothing, whatever it holds.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use airbridge_backend_files::Part;
use airbridge_core::{Document, DocumentError, Edit, Payload, Record, Rejection, Rendered, SecretName};

/// Lets a part begin empty: what its file holds now is not looked at, and is gone once the part is written.
pub(super) fn anew(part: Part) -> Part {
    let document = Arc::new(Anew { inner: part.document, written: AtomicBool::new(false) });
    Part { document, ..part }
}

#[derive(Debug)]
struct Anew {
    inner: Arc<dyn Document>,
    /// Whether what is on the disk is what this run wrote.
    written: AtomicBool,
}

impl Document for Anew {
    fn parse(&self, bytes: &[u8]) -> Result<Vec<Record>, DocumentError> {
        if self.written.load(Ordering::SeqCst) { self.inner.parse(bytes) } else { Ok(Vec::new()) }
    }

    fn check(&self, name: &SecretName, payload: &Payload) -> Result<(), Rejection> {
        self.inner.check(name, payload)
    }

    fn render(&self, before: Option<&[u8]>, edits: &[Edit<'_>]) -> Result<Rendered, DocumentError> {
        let before = before.filter(|_| self.written.load(Ordering::SeqCst));
        let rendered = self.inner.render(before, edits)?;
        self.written.store(true, Ordering::SeqCst);
        Ok(rendered)
    }
}
