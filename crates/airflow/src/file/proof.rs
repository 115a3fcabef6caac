//! Reads a rendered file again before it is returned: every edit must be there, and nothing else may have changed.

use std::collections::{HashMap, HashSet};

use airbridge_core::{
    Content, Document, DocumentError, Edit, Fields, Json, JsonStyle, Payload, Record, SecretText,
};

/// Parses `after` with `document` and compares it with the records `before` and the `edits`.
pub(super) fn prove(
    document: &dyn Document,
    before: &[Record],
    edits: &[Edit<'_>],
    after: &[u8],
) -> Result<(), DocumentError> {
    let after = document.parse(after).map_err(|error| unsafe_edit(error.field.as_deref()))?;
    let found: HashMap<_, _> = after.iter().map(|record| (&record.name, &record.content)).collect();
    let edited: HashSet<_> = edits.iter().map(|edit| edit.name).collect();
    for edit in edits {
        let applied = match (edit.payload, found.get(edit.name)) {
            (None, None) => true,
            (Some(wanted), Some(Content::Payload(found))) => same(wanted, found),
            _ => false,
        };
        if !applied {
            return Err(unsafe_edit(Some(edit.name.as_str())));
        }
    }
    let mut expected = edits.iter().filter(|edit| edit.payload.is_some()).count();
    for record in before.iter().filter(|record| !edited.contains(&record.name)) {
        expected += 1;
        if !found.get(&record.name).is_some_and(|found| same_content(&record.content, found)) {
            return Err(unsafe_edit(Some(record.name.as_str())));
        }
    }
    if after.len() == expected { Ok(()) } else { Err(unsafe_edit(None)) }
}

fn unsafe_edit(name: Option<&str>) -> DocumentError {
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
            let (a, b) = (present(a), present(b));
            a == b || as_python_writes(a) == as_python_writes(b)
        }
        (Payload::Fields(fields), Payload::Text(text)) | (Payload::Text(text), Payload::Fields(fields)) => {
            let fields = present(fields);
            fields.len() == 1 && fields.get("value").and_then(|value| value.as_str()) == Some(text.expose())
        }
        (a, b) => a == b,
    }
}

fn present(fields: &Fields) -> Fields {
    fields.iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name, value.clone())).collect()
}

/// The fields with their numbers written as Python writes them. `1.50` becomes `1.5`, which every reader treats the
/// same.
fn as_python_writes(fields: Fields) -> SecretText {
    Json::Object(fields).to_text(JsonStyle { sort_keys: true, ..JsonStyle::LINE })
}
