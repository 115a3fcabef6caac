//! The content of a bundle: one JSON document with entries of every kind, and the rules by which they are read.
//!
//! A bundle is made from one source, and its payloads are the source's own. So a copy from a bundle gives what a copy from
//! the source gave. It is encrypted by `airbridge-bundle`; this is what is inside.

use airbridge_core::{
    Content, DocumentError, Fields, Json, JsonStyle, Metadata, Payload, Record, Rejection, SecretName,
    SecretText,
};
use zeroize::Zeroizing;

use super::bundle_reader::{read_rules, reader};
use super::name::{key, name};
use super::text::json_error;
use crate::encode::ReadRules;
use crate::entry::{EntryId, Kind};

/// The value of `schema` in the document.
pub const BUNDLE_SCHEMA: &str = "airbridge.bundle/1";

/// The nesting that the document adds around the fields of an entry, and some more.
const FRAME_DEPTH: usize = 8;

/// The nesting that JSON may have, as `Json::parse` limits it.
const MAX_DEPTH: usize = 900;

/// What a bundle contains.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// The rules by which Airflow reads the source that the bundle was made from, and so the payloads.
    pub rules: ReadRules,
    /// The entries, with their descriptions and tags.
    pub records: Vec<Record>,
    /// In a backup: what the run wrote in their place, to find out whether it is still there. Never copied anywhere.
    pub written: Vec<Record>,
}

impl Bundle {
    /// Reads the document.
    ///
    /// # Errors
    ///
    /// The text is not JSON or not such a document. The error names the place, never a value.
    pub fn parse(text: &SecretText) -> Result<Self, DocumentError> {
        let root = Json::parse(text.expose()).map_err(|error| json_error(&error))?;
        let root = root.as_object().ok_or_else(|| DocumentError::new("expected an object"))?;
        check_schema(root)?;
        only(root, "the document", &["schema", "reader", "entries", "written"])?;
        let rules = root
            .get("reader")
            .and_then(read_rules)
            .ok_or_else(|| DocumentError::new("expected the rules of a known backend").in_field("reader"))?;
        let list = |name: &'static str| match root.get(name) {
            Some(Json::Array(entries)) => {
                entries.iter().enumerate().map(|(at, entry)| record(name, at + 1, entry)).collect()
            }
            None if name == "written" => Ok(Vec::new()),
            _ => Err(DocumentError::new("expected a list").in_field(name)),
        };
        Ok(Self { rules, records: list("entries")?, written: list("written")? })
    }

    /// Writes the document, one entry per line. Entries without a payload are left out.
    pub fn to_text(&self) -> SecretText {
        // Made twice: once for its length, so that it never grows, and once to write it.
        let mut length = 0;
        self.each_part(|part| length += part.len());
        let mut out = Zeroizing::new(String::with_capacity(length));
        self.each_part(|part| out.push_str(part));
        SecretText::shared(out)
    }

    fn each_part(&self, mut put: impl FnMut(&str)) {
        let line = |value: &Json| value.to_text(JsonStyle::LINE.exact());
        put("{\n  \"schema\": ");
        put(line(&Json::string(BUNDLE_SCHEMA)).expose());
        put(",\n  \"reader\": ");
        put(line(&reader(&self.rules)).expose());
        let mut list = |name: &str, records: &[Record]| {
            put(&format!(",\n  \"{name}\": ["));
            let mut separator = "\n    ";
            for entry in records.iter().filter_map(entry) {
                put(separator);
                put(line(&entry).expose());
                separator = ",\n    ";
            }
            put("\n  ]");
        };
        list("entries", &self.records);
        if !self.written.is_empty() {
            list("written", &self.written);
        }
        put("\n}\n");
    }

    /// Whether a bundle can hold `payload` under `name`.
    ///
    /// # Errors
    ///
    /// The name is not that of an entry, or the payload is nested as deeply as JSON can be.
    pub fn check(name: &SecretName, payload: &Payload) -> Result<(), Rejection> {
        if id(name).is_none() {
            return Err(Rejection::new("name-invalid", "the name must not be empty"));
        }
        match payload {
            Payload::Fields(fields)
                if fields.iter().any(|(_, value)| !fits(value, MAX_DEPTH - FRAME_DEPTH)) =>
            {
                Err(Rejection::new("shape", "the fields are nested too deeply for a bundle"))
            }
            _ => Ok(()),
        }
    }
}

/// Whether a value is nested at most this deeply.
fn fits(value: &Json, depth: usize) -> bool {
    let mut level: Vec<&Json> = vec![value];
    for _ in 0..=depth {
        level = level
            .into_iter()
            .flat_map(|value| match value {
                Json::Array(items) => items.iter().collect(),
                Json::Object(fields) => fields.iter().map(|(_, value)| value).collect(),
                _ => Vec::new(),
            })
            .collect();
        if level.is_empty() {
            return true;
        }
    }
    false
}

fn check_schema(root: &Fields) -> Result<(), DocumentError> {
    match root.get("schema").and_then(Json::as_str) {
        Some(BUNDLE_SCHEMA) => Ok(()),
        Some(other) if other.starts_with("airbridge.bundle/") => {
            Err(DocumentError::new("the bundle was made by a newer version of airbridge")
                .with_hint("install the version that made it, or a newer one"))
        }
        _ => Err(DocumentError::new(format!("not a document with the schema {BUNDLE_SCHEMA}"))
            .with_hint("make bundles with `airbridge export`")),
    }
}

fn only(fields: &Fields, what: &str, known: &[&str]) -> Result<(), DocumentError> {
    match fields.iter().find(|(name, _)| !known.contains(name)) {
        // The name may be a value in a wrong place.
        Some(_) => {
            Err(DocumentError::new(format!("{what} has a member that is not one of {}", known.join(", "))))
        }
        None => Ok(()),
    }
}

/// The entry that a name stands for.
fn id(name: &SecretName) -> Option<EntryId> {
    let (kind, key) = Kind::ALL.into_iter().find_map(|kind| Some((kind, key(kind, name)?)))?;
    (!key.is_empty()).then(|| EntryId::new(kind, key))
}

/// The object for an entry; `None` if it has no payload.
fn entry(record: &Record) -> Option<Json> {
    let Content::Payload(payload) = &record.content else { return None };
    let mut fields = Fields::new();
    fields.insert("entry", Json::string(id(&record.name)?.to_string()));
    match payload {
        Payload::Text(text) => fields.insert("text", Json::String(text.clone())),
        Payload::Fields(values) => fields.insert("fields", Json::Object(values.clone())),
    }
    if let Some(metadata) = &record.metadata {
        if let Some(description) = &metadata.description {
            fields.insert("description", Json::string(description.as_str()));
        }
        if !metadata.tags.is_empty() {
            let tags = metadata.tags.iter().map(|(key, value)| (key.as_str(), Json::string(value.as_str())));
            fields.insert("tags", Json::Object(tags.collect()));
        }
    }
    Some(Json::Object(fields))
}

fn record(list: &str, number: usize, entry: &Json) -> Result<Record, DocumentError> {
    let place =
        if list == "entries" { format!("entry number {number}") } else { format!("{list}, number {number}") };
    let fail = |message: &str| DocumentError::new(message).in_field(place.clone());
    let fields = entry.as_object().ok_or_else(|| fail("expected an object"))?;
    only(fields, "the entry", &["entry", "text", "fields", "description", "tags"])
        .map_err(|error| error.in_field(place.clone()))?;
    let id = fields.get("entry").and_then(Json::as_str).and_then(EntryId::parse);
    let id = id.ok_or_else(|| fail("`entry` must be conn:ID, var:KEY or config:KEY"))?;
    let payload = match (fields.get("text"), fields.get("fields")) {
        (Some(Json::String(text)), None) => Payload::Text(text.clone()),
        (None, Some(Json::Object(values))) => Payload::Fields(values.clone()),
        _ => return Err(fail("expected either `text`, a string, or `fields`, an object")),
    };
    let description = match fields.get("description") {
        None => None,
        Some(Json::String(text)) => Some(text.expose().to_owned()),
        Some(_) => return Err(fail("`description` must be a string")),
    };
    let tags = match fields.get("tags") {
        None => Some(Vec::new()),
        Some(Json::Object(tags)) => {
            let pair = |(key, value): (&str, &Json)| Some((key.to_owned(), value.as_str()?.to_owned()));
            tags.iter().map(pair).collect()
        }
        Some(_) => None,
    };
    let tags = tags.ok_or_else(|| fail("`tags` must be an object of strings"))?.into_iter().collect();
    Ok(Record {
        name: name(id.kind, &id.key),
        content: Content::Payload(payload),
        note: None,
        left_out: Vec::new(),
        metadata: Metadata { description, tags }.boxed(),
    })
}

#[cfg(test)]
mod tests;
