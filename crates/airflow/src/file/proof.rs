//! Reads a rendered file again before it is returned: every edit must be there, and nothing else may have changed.

use std::collections::HashMap;

use airbridge_core::{
    Content, Document, DocumentError, Edit, Fields, Json, JsonStyle, Payload, Record, SecretName, SecretText,
};

/// Parses `after` with `document` and compares it with the records `before` and the `edits`.
pub(super) fn prove(
    document: &dyn Document,
    before: &[Record],
    edits: &[Edit<'_>],
    after: &[u8],
) -> Result<(), DocumentError> {
    let mut proof = Proof::new(before, edits);
    let after = document.parse(after).map_err(|error| unsafe_edit(error.field.as_deref()))?;
    for record in &after {
        proof.see(record);
    }
    proof.end()
}

/// What a rendered file must hold. Records are seen one by one, so that the whole file need not be parsed at once.
pub(super) struct Proof<'a> {
    missing: HashMap<&'a SecretName, Expected<'a>>,
    fault: Option<DocumentError>,
}

#[derive(Clone, Copy)]
enum Expected<'a> {
    New(&'a Payload),
    Kept(&'a Content),
}

impl<'a> Proof<'a> {
    pub(super) fn new(before: &'a [Record], edits: &[Edit<'a>]) -> Self {
        let kept = before.iter().map(|record| (&record.name, Expected::Kept(&record.content)));
        let mut missing: HashMap<_, _> = kept.collect();
        for edit in edits {
            match edit.payload {
                Some(payload) => missing.insert(edit.name, Expected::New(payload)),
                None => missing.remove(edit.name),
            };
        }
        Self { missing, fault: None }
    }

    /// Takes note of a record of the rendered file.
    pub(super) fn see(&mut self, record: &Record) {
        let is_expected = match (self.missing.remove(&record.name), &record.content) {
            (Some(Expected::New(wanted)), Content::Payload(found)) => same(wanted, found),
            (Some(Expected::Kept(before)), found) => same_content(before, found),
            _ => false,
        };
        if !is_expected {
            self.fault.get_or_insert_with(|| unsafe_edit(Some(record.name.as_str())));
        }
    }

    /// Fails if a record was wrong, missing or too many.
    pub(super) fn end(self) -> Result<(), DocumentError> {
        let missing = self.missing.into_keys().min().map(|name| unsafe_edit(Some(name.as_str())));
        self.fault.or(missing).map_or(Ok(()), Err)
    }
}

pub(super) fn unsafe_edit(name: Option<&str>) -> DocumentError {
    let error = DocumentError::new("the edit would change other parts of the file")
        .with_hint("simplify the file, or write to a new one");
    match name {
        Some(name) => error.in_field(name),
        None => error,
    }
}

/// Damaged content must stay damaged. Its message may name another line.
fn same_content(a: &Content, b: &Content) -> bool {
    match (a, b) {
        (Content::Payload(a), Content::Payload(b)) => same(a, b),
        (Content::Hidden(a), Content::Hidden(b)) => std::mem::discriminant(a) == std::mem::discriminant(b),
        _ => false,
    }
}

/// Whether two payloads are equal. Null fields count as absent, and the single field `value` equals the same string.
fn same(a: &Payload, b: &Payload) -> bool {
    match (a, b) {
        (Payload::Fields(a), Payload::Fields(b)) => {
            same_fields(a, b) || as_python_writes(present(a)) == as_python_writes(present(b))
        }
        (Payload::Fields(fields), Payload::Text(text)) | (Payload::Text(text), Payload::Fields(fields)) => {
            let fields = present(fields);
            fields.len() == 1 && fields.get("value").and_then(|value| value.as_str()) == Some(text.expose())
        }
        (a, b) => a == b,
    }
}

/// Whether the fields that are not null are equal.
fn same_fields(a: &Fields, b: &Fields) -> bool {
    let count = |fields: &Fields| fields.iter().filter(|(_, value)| !value.is_null()).count();
    let mut present = a.iter().filter(|(_, value)| !value.is_null());
    count(a) == count(b) && present.all(|(name, value)| b.get(name) == Some(value))
}

fn present(fields: &Fields) -> Fields {
    let mut present = fields.clone();
    present.retain(|_, value| !value.is_null());
    present
}

/// The fields with their numbers written as Python writes them. `1.50` becomes `1.5`, which every reader treats the
/// same.
fn as_python_writes(fields: Fields) -> SecretText {
    Json::Object(fields).to_text(JsonStyle { sort_keys: true, ..JsonStyle::LINE })
}
