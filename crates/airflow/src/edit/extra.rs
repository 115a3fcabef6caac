//! Keys of an extra: its text read as Python reads it, and written as Python's `json.dumps` writes it.

use airbridge_core::{Fields, Json, JsonStyle};

use super::{Edits, Part};
use crate::{Field, ReadError};

/// Removes and sets keys of `extra`; says which of them changed. Where none does, the text stays as it is.
pub(super) fn edit(extra: &mut Json, edits: &Edits) -> Result<(Vec<Part>, Vec<Part>), ReadError> {
    let (mut set, mut unset) = (Vec::new(), Vec::new());
    let is_key = |part: &&Part| matches!(part, Part::ExtraKey(_));
    if !edits.set.keys().chain(&edits.unset).any(|part| is_key(&part)) {
        return Ok((set, unset));
    }
    let mut fields = object(extra)?;
    for part in &edits.unset {
        if let Part::ExtraKey(key) = part
            && fields.remove(key).is_some()
        {
            unset.push(part.clone());
        }
    }
    for (part, wanted) in &edits.set {
        if let Part::ExtraKey(key) = part
            && !fields.get(key).is_some_and(|value| same(value, wanted))
        {
            fields.insert(key, wanted.clone());
            set.push(part.clone());
        }
    }
    if !set.is_empty() || !unset.is_empty() {
        *extra = Json::String(Json::Object(fields).to_text(JsonStyle::LINE));
    }
    Ok((set, unset))
}

/// The object that an extra is; an absent or empty one has no keys yet.
fn object(extra: &Json) -> Result<Fields, ReadError> {
    let fault = |message: String| Err(ReadError::new(Field::Extra.name(), message));
    let parsed = match extra {
        extra if !extra.is_truthy() => return Ok(Fields::new()),
        Json::String(text) if text.expose().trim().is_empty() => return Ok(Fields::new()),
        Json::String(text) => Json::parse(text.expose()),
        other => Ok(other.clone()),
    };
    match parsed {
        Ok(Json::Object(fields)) => Ok(fields),
        Ok(other) => fault(format!("is a {}, not a JSON object, so it has no keys", other.kind())),
        Err(error) => fault(format!("is no JSON object, so it has no keys ({error})")),
    }
}

/// One value to Python: keys in any order, numbers in any spelling of the same type.
fn same(a: &Json, b: &Json) -> bool {
    let text = |value: &Json| value.to_text(JsonStyle::LINE.sorted());
    text(a) == text(b)
}
