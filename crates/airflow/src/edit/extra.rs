//! Changes to single keys of an extra. It is written back as Python's `json.dumps` writes it.

use std::collections::{BTreeMap, BTreeSet};

use airbridge_core::{Fields, Json, JsonStyle};

use super::part::Part;
use crate::connection::Field;
use crate::reading::ReadError;

/// Removes and sets keys of `extra`, and returns the keys that were set and removed. If nothing changes, the string
/// stays as it is.
pub(super) fn edit(
    extra: &mut Json,
    wanted: &BTreeMap<Part, Json>,
    unwanted: &BTreeSet<Part>,
) -> Result<(Vec<Part>, Vec<Part>), ReadError> {
    let (mut set, mut unset) = (Vec::new(), Vec::new());
    let is_key = |part: &&Part| matches!(part, Part::ExtraKey(_));
    if !wanted.keys().chain(unwanted).any(|part| is_key(&part)) {
        return Ok((set, unset));
    }
    let mut fields = object(extra)?;
    for part in unwanted {
        if let Part::ExtraKey(key) = part
            && fields.remove(key).is_some()
        {
            unset.push(part.clone());
        }
    }
    for (part, value) in wanted {
        if let Part::ExtraKey(key) = part
            && !fields.get(key).is_some_and(|old| same(old, value))
        {
            fields.insert(key.as_str(), value.clone());
            set.push(part.clone());
        }
    }
    if !set.is_empty() || !unset.is_empty() {
        *extra = Json::String(Json::Object(fields).to_text(JsonStyle::LINE));
    }
    Ok((set, unset))
}

/// The extra as an object. An absent or empty extra has no keys.
fn object(extra: &Json) -> Result<Fields, ReadError> {
    let parsed = match extra {
        extra if !extra.is_truthy() => return Ok(Fields::new()),
        Json::String(text) if text.expose().trim().is_empty() => return Ok(Fields::new()),
        Json::String(text) => Json::parse(text.expose()),
        other => Ok(other.clone()),
    };
    match parsed {
        Ok(Json::Object(fields)) => Ok(fields),
        Ok(other) => Err(ReadError::expected(Field::Extra.name(), "a JSON object with keys", &other)),
        Err(error) => {
            Err(ReadError::new(Field::Extra.name(), format!("expected a JSON object with keys ({error})")))
        }
    }
}

/// Whether two values are equal to Python with the same types: the order of keys and the notation of numbers do not
/// matter.
fn same(a: &Json, b: &Json) -> bool {
    let text = |value: &Json| value.to_text(JsonStyle::LINE.sorted());
    text(a) == text(b)
}
