//! A line with an entry: what Airflow reads, and from where.

use airbridge_core::{Content, DocumentError, Fields, Json, Payload, Record, SecretText, State};

use super::super::name::name;
use super::super::text::named;
use super::header::kind_named;
use super::source::{Source, reasons};
use crate::connection::Field;
use crate::entry::{EntryId, Kind};
use crate::read::probe_payload;

const KNOWN: [&str; 9] =
    ["kind", "id", "source", "fields", "value", "description", "also", "raised", "not_asked"];

/// One entry.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) number: usize,
    pub(super) id: EntryId,
    pub(super) record: Record,
    /// What Airflow does not read, because another place answers first.
    pub(super) shadow: Option<Shadow>,
}

/// Values that Airflow does not read.
#[derive(Debug)]
pub(super) struct Shadow {
    pub(super) sentence: String,
    /// Whether one of them differs from the value that Airflow reads.
    pub(super) is_different: bool,
}

impl Line {
    pub(super) fn parse(fields: &Fields, number: usize) -> Result<Self, DocumentError> {
        let kind = fields.get("kind").and_then(Json::as_str).and_then(kind_named);
        let kind = kind.ok_or_else(|| expected("kind", "`connection`, `variable` or `config`"))?;
        let key = fields.get("id").and_then(Json::as_str).filter(|key| !key.is_empty());
        let id = EntryId::new(kind, key.ok_or_else(|| expected("id", "an id"))?);
        Self::of(id.clone(), fields, number).map_err(|error| named(error, &id.to_string()))
    }

    fn of(id: EntryId, fields: &Fields, number: usize) -> Result<Self, DocumentError> {
        let is_known = |name: &str| KNOWN.contains(&name) || name == "error";
        if fields.iter().any(|(name, _)| !is_known(name)) {
            let message = format!("expected only {} and error", KNOWN.join(", "));
            return Err(DocumentError::new(message));
        }
        let raised = optional(fields, "raised")?;
        let not_asked = optional(fields, "not_asked")?;
        let (content, shadow) = if fields.contains("error") {
            (without_answer(fields, &raised, &not_asked)?, None)
        } else {
            let source = fields.get("source").and_then(Source::parse);
            let source = source.ok_or_else(|| expected("source", "the place that answered"))?;
            let payload = payload(id.kind, fields)?;
            (Content::Payload(payload), shadow(source, &also(fields)?, &raised))
        };
        let content = match content {
            Content::Hidden(State::Damaged { message }) => {
                Content::Hidden(State::Damaged { message: format!("line {number}: {message}") })
            }
            content => content,
        };
        let record = Record {
            name: name(id.kind, &id.key),
            content,
            note: shadow.as_ref().map(|shadow| shadow.sentence.clone()),
            left_out: Vec::new(),
            metadata: None,
        };
        Ok(Self { number, id, record, shadow })
    }
}

fn expected(name: &str, what: &str) -> DocumentError {
    DocumentError::new(format!("`{name}`: expected {what}"))
}

fn optional(fields: &Fields, name: &str) -> Result<Vec<(Source, String)>, DocumentError> {
    match fields.get(name) {
        None => Ok(Vec::new()),
        Some(json) => {
            reasons(json).ok_or_else(|| expected(name, "an object that says why a place did not answer"))
        }
    }
}

/// An entry for which Airflow has no value.
fn without_answer(
    fields: &Fields,
    raised: &[(Source, String)],
    not_asked: &[(Source, String)],
) -> Result<Content, DocumentError> {
    if ["source", "fields", "value", "description", "also"].into_iter().any(|name| fields.contains(name)) {
        return Err(DocumentError::new("expected either `error` or a value"));
    }
    match fields.get("error").and_then(Json::as_str) {
        Some("missing") => Ok(Content::Payload(Payload::Fields(Fields::new()))),
        Some("unreadable") => {
            let raised = raised.iter().map(|(source, why)| why_unreadable(*source, why));
            let reasons: Vec<_> =
                raised.chain(not_asked.iter().map(|(source, why)| why_not_asked(*source, why))).collect();
            let message = if reasons.is_empty() {
                "Airflow cannot read it".to_owned()
            } else {
                format!("Airflow cannot read it: {}", reasons.join("; "))
            };
            Ok(Content::Hidden(State::Damaged { message }))
        }
        _ => Err(expected("error", "`missing` or `unreadable`")),
    }
}

fn why_unreadable(source: Source, why: &str) -> String {
    let place = source.in_prose();
    match why {
        "no-value" => format!("{place} has it, but without a value that Airflow can decrypt"),
        "not-unicode" => format!("its value in {place} is not Unicode text"),
        class => format!("{place} raised {class}"),
    }
}

fn why_not_asked(source: Source, why: &str) -> String {
    let place = source.in_prose();
    match why {
        "slash-in-id" => format!("{place} cannot be asked for an id that contains `/`"),
        class => format!("{place} could not be asked ({class})"),
    }
}

/// What Airflow reads.
fn payload(kind: Kind, fields: &Fields) -> Result<Payload, DocumentError> {
    let unexpected = match kind {
        Kind::Connection => ["value", "description"].as_slice(),
        Kind::Variable => &["fields"],
        Kind::Config => &["fields", "description"],
    };
    if let Some(name) = unexpected.iter().find(|name| fields.contains(name)) {
        return Err(DocumentError::new(format!("`{name}` does not belong to a {}", kind.word())));
    }
    match kind {
        Kind::Connection => {
            let connection = fields.get("fields").and_then(Json::as_object);
            connection_payload(connection.ok_or_else(|| expected("fields", "an object"))?)
        }
        Kind::Variable | Kind::Config => {
            let value = fields.get("value").filter(|value| !value.is_null());
            let value = value.ok_or_else(|| expected("value", "a value"))?;
            match (fields.get("description"), value) {
                (None, Json::String(text)) => Ok(Payload::Text(text.clone())),
                (None, _) => Err(expected("value", "a string")),
                (Some(Json::Null), value) => Ok(value_payload(value, None)),
                (Some(Json::String(text)), value) => Ok(value_payload(value, Some(text))),
                (Some(_), _) => Err(expected("description", "a string or null")),
            }
        }
    }
}

fn value_payload(value: &Json, description: Option<&SecretText>) -> Payload {
    let mut fields = Fields::new();
    fields.insert("value", value.clone());
    if let Some(description) = description {
        fields.insert("description", Json::String(description.clone()));
    }
    Payload::Fields(fields)
}

/// The eight fields of a connection. Only the description may be unknown.
fn connection_payload(fields: &Fields) -> Result<Payload, DocumentError> {
    if fields.iter().any(|(name, _)| Field::named(name).is_none()) {
        let names: Vec<_> = Field::ALL.iter().map(|field| field.name()).collect();
        return Err(expected("fields", &format!("only {}", names.join(", "))));
    }
    let mut unknown = false;
    for field in Field::ALL {
        let is_valid = match (field, fields.get(field.name())) {
            (Field::Description, None) => {
                unknown = true;
                true
            }
            (_, None) => return Err(expected("fields", &format!("`{}` in it", field.name()))),
            (Field::Description | Field::Extra, Some(value)) => value.is_null() || value.as_str().is_some(),
            (_, Some(value)) => !matches!(value, Json::Array(_) | Json::Object(_)),
        };
        if !is_valid {
            let what = if matches!(field, Field::Description | Field::Extra) {
                "a string or null"
            } else {
                "no list and no object"
            };
            return Err(expected(field.name(), what));
        }
    }
    Ok(probe_payload(fields, unknown))
}

/// The other places that have the entry, and whether their value is the same.
fn also(fields: &Fields) -> Result<Vec<(Source, bool)>, DocumentError> {
    let pair = |json: &Json| {
        let fields = json.as_object().filter(|fields| fields.len() == 2)?;
        let Some(Json::Bool(same)) = fields.get("same") else { return None };
        Some((fields.get("source").and_then(Source::parse)?, *same))
    };
    let places = match fields.get("also") {
        None => Some(Vec::new()),
        Some(Json::Array(places)) => places.iter().map(pair).collect(),
        Some(_) => None,
    };
    places.ok_or_else(|| expected("also", "a list of places, each with `same`"))
}

/// What to say about the place that answered.
fn shadow(source: Source, also: &[(Source, bool)], raised: &[(Source, String)]) -> Option<Shadow> {
    // The API server asks the same backend once more, so an equal answer of it says nothing.
    let also: Vec<_> = also.iter().filter(|(place, same)| !same || *place != Source::ExecutionApi).collect();
    if source != Source::Environment && also.is_empty() && raised.is_empty() {
        return None;
    }
    let read = format!("Airflow reads it from {}", source.in_prose());
    let failed = raised.iter().map(|(place, why)| why_unreadable(*place, why));
    let others = also.iter().map(|(place, same)| {
        let value = if *same { "the same value" } else { "a different value" };
        format!("{} has {value}, which Airflow does not read", place.in_prose())
    });
    let sentence = [read].into_iter().chain(failed).chain(others).collect::<Vec<_>>().join("; ");
    Some(Shadow { sentence, is_different: also.iter().any(|(_, same)| !same) })
}
