//! The Astro CLI's `airflow_settings.yaml`: lists of connections and variables. Its pools are kept but never copied.

mod go;
mod go_url;
mod keys;
mod settings;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use airbridge_core::{
    Document, DocumentError, Edit, Fields, Json, Payload, Record, Rejection, Rendered, SecretName,
};
use zeroize::Zeroizing;

use super::name::{foreign, key, name};
use super::proof::prove;
use super::text::{reject_duplicates, utf8};
use super::yaml::{Change, Lines, Node, Value, parse};
use crate::connection::Field;
use crate::entry::Kind;
use crate::reading::shown_name;
use go::has_name;
use settings::{Item, Outcome, Settings};

/// `airflow_settings.yaml`.
#[derive(Clone, Copy, Debug)]
pub(super) struct AstroFile;

/// The kinds that a settings file can hold, with the names of their lists.
const LISTS: [(Kind, &str); 2] = [(Kind::Connection, "connections"), (Kind::Variable, "variables")];

/// Describes what airbridge does not read from a settings file: pools, and entries and keys that the Astro CLI skips. Each
/// description has a line number and no value.
///
/// # Errors
///
/// If the bytes are not a valid settings file.
pub fn skipped_entries(bytes: &[u8]) -> Result<Vec<String>, DocumentError> {
    let settings = Settings::of(parse(utf8(bytes)?)?.as_deref())?;
    let items = settings.connections.into_iter().chain(settings.variables).chain(settings.pools);
    let of_items = items.flat_map(|item| {
        let skipped = match item.outcome {
            Outcome::Skipped(description) => Some(description),
            Outcome::Entry { .. } => None,
        };
        skipped.into_iter().chain(item.ignored)
    });
    Ok(settings.ignored.into_iter().chain(of_items).collect())
}

impl Document for AstroFile {
    fn parse(&self, bytes: &[u8]) -> Result<Vec<Record>, DocumentError> {
        let settings = Settings::of(parse(utf8(bytes)?)?.as_deref())?;
        let mut records = Vec::new();
        for (kind, _) in LISTS {
            let entries = settings.items(kind).iter().filter_map(|item| Some((item, entry_key(item)?)));
            reject_duplicates(entries.map(|(item, key)| (key, item.node.line)))?;
            records.extend(settings.items(kind).iter().filter_map(|item| match &item.outcome {
                Outcome::Entry { key, content } => {
                    let left_out = item.ignored.clone();
                    Some(Record {
                        name: name(kind, key),
                        content: content.clone(),
                        note: None,
                        left_out,
                        metadata: None,
                    })
                }
                Outcome::Skipped(_) => None,
            }));
        }
        Ok(records)
    }

    fn check(&self, name: &SecretName, payload: &Payload) -> Result<(), Rejection> {
        match placed(name) {
            None => Err(Rejection::new("kind-not-held", "the file can hold only connections and variables")),
            Some((_, "")) => {
                Err(Rejection::new("name-invalid", "the Astro CLI skips an entry without a name"))
            }
            Some((Kind::Connection, _)) => check_connection(payload),
            Some(_) => match payload {
                Payload::Fields(_) => {
                    Err(Rejection::new("shape", "a variable in this file must be a single string"))
                }
                Payload::Text(value) if value.is_empty() => {
                    Err(Rejection::new("value-empty", "the Astro CLI skips a variable without a value"))
                }
                Payload::Text(_) => Ok(()),
            },
        }
    }

    fn render(&self, before: Option<&[u8]>, edits: &[Edit<'_>]) -> Result<Rendered, DocumentError> {
        let payloads: Vec<_> = edits.iter().map(|edit| edit.payload.map(as_sent)).collect();
        let edits: Vec<_> = edits
            .iter()
            .zip(&payloads)
            .map(|(edit, payload)| Edit { name: edit.name, payload: payload.as_ref(), metadata: None })
            .collect();
        let records = before.map(|bytes| self.parse(bytes)).transpose()?.unwrap_or_default();
        let text = before.map(utf8).transpose()?.unwrap_or_default();
        let root = parse(text)?;
        let settings = Settings::of(root.as_deref())?;
        let edits_of = |kind| -> Vec<(&str, Edit<'_>)> {
            let mut own: Vec<_> =
                edits.iter().filter_map(|edit| Some((key(kind, edit.name)?, *edit))).collect();
            own.sort_by_key(|(key, _)| *key);
            own
        };
        if let Some(edit) = edits.iter().find(|edit| placed(edit.name).is_none()) {
            return Err(foreign(edit.name, "connections and variables"));
        }
        if let Some(mut text) = spliced(text, &settings, edits_of) {
            let bytes = Zeroizing::new(std::mem::take(&mut *text).into_bytes());
            if prove(self, &records, &edits, &bytes).is_ok() {
                return Ok(Rendered { bytes, reformatted: Vec::new() });
            }
        }
        let mut text = rewrite(root.as_deref(), &settings, edits_of)?.lines(0);
        let bytes = Zeroizing::new(std::mem::take(&mut *text).into_bytes());
        prove(self, &records, &edits, &bytes)?;
        let untouched = records.into_iter().map(|record| record.name);
        let reformatted = untouched.filter(|name| edits.iter().all(|edit| edit.name != name)).collect();
        Ok(Rendered { bytes, reformatted })
    }
}

fn placed(name: &SecretName) -> Option<(Kind, &str)> {
    LISTS.into_iter().find_map(|(kind, _)| Some((kind, key(kind, name)?)))
}

fn entry_key(item: &Item) -> Option<&str> {
    match &item.outcome {
        Outcome::Entry { key, .. } => Some(key),
        Outcome::Skipped(_) => None,
    }
}

fn as_sent(payload: &Payload) -> Payload {
    match payload {
        Payload::Fields(fields) => Payload::Fields(sent(fields)),
        Payload::Text(text) => Payload::Text(text.clone()),
    }
}

/// The fields that the Astro CLI sends. It treats an empty string as absent.
fn sent(fields: &Fields) -> Fields {
    let is_sent = |value: &Json| !value.is_null() && value.as_str() != Some("");
    fields.iter().filter(|(_, value)| is_sent(value)).map(|(name, value)| (name, value.clone())).collect()
}

fn check_connection(payload: &Payload) -> Result<(), Rejection> {
    let Payload::Fields(fields) = payload else {
        return Err(Rejection::new("shape", "a connection in this file must have named fields"));
    };
    for (name, value) in sent(fields).iter() {
        match Field::named(name) {
            None => {
                return Err(Rejection::new(
                    "shape",
                    format!("{} is not a connection field that this file can hold", shown_name(name)),
                ));
            }
            Some(Field::Description) => {
                return Err(Rejection::new("shape", "the file cannot hold a description"));
            }
            Some(Field::Port) => check_port(value)?,
            Some(_) if value.as_str().is_none() => {
                return Err(Rejection::new("shape", format!("`{name}` must be a string in this file")));
            }
            Some(_) => {}
        }
    }
    match fields.get("conn_type").and_then(Json::as_str) {
        Some(conn_type) if !conn_type.is_empty() => Ok(()),
        _ => Err(Rejection::new("value-invalid", "the Astro CLI skips a connection without a type")),
    }
}

fn check_port(port: &Json) -> Result<(), Rejection> {
    let whole = match port {
        Json::Number(text) => text.expose().parse::<i64>().ok(),
        _ => None,
    };
    match whole {
        None => Err(Rejection::new("shape", "`port` must be a whole number in this file")),
        Some(0) => Err(Rejection::new("value-invalid", "the Astro CLI does not send a port of 0")),
        Some(_) => Ok(()),
    }
}

/// An entry as an item of its list.
fn item(kind: Kind, key: &str, payload: &Payload) -> Value {
    let pairs = match payload {
        Payload::Text(value) => {
            vec![("variable_name", Value::text(key)), ("variable_value", Value::Text(value.clone()))]
        }
        Payload::Fields(fields) if kind == Kind::Connection => connection(key, fields),
        // `check` rejects it, and so does `prove`.
        Payload::Fields(_) => vec![("variable_name", Value::text(key))],
    };
    Value::Map(pairs.into_iter().map(|(name, value)| (Value::text(name), value)).collect())
}

/// The fields of a connection in the order of the Astro CLI's own template.
fn connection(key: &str, fields: &Fields) -> Vec<(&'static str, Value)> {
    let named = [
        ("conn_type", "conn_type"),
        ("conn_host", "host"),
        ("conn_schema", "schema"),
        ("conn_login", "login"),
        ("conn_password", "password"),
        ("conn_port", "port"),
        ("conn_extra", "extra"),
    ];
    let present =
        named.into_iter().filter_map(|(name, field)| Some((name, Value::of_json(fields.get(field)?))));
    std::iter::once(("conn_id", Value::text(key))).chain(present).collect()
}

/// The file with only the lines of the edited items changed. `None` if a list is not in block style.
fn spliced<'a>(
    text: &str,
    settings: &Settings,
    edits_of: impl Fn(Kind) -> Vec<(&'a str, Edit<'a>)>,
) -> Option<Zeroizing<String>> {
    let lines = Lines::of(text);
    let mut changes = Vec::new();
    for (kind, _) in LISTS {
        let edits = edits_of(kind);
        if edits.is_empty() {
            continue;
        }
        let items = settings.items(kind);
        let begins: Vec<_> = items.iter().map(|item| item.node.line).collect();
        let (column, end) = lines.block_list(&begins)?;
        let regions = lines.entries(&begins, end, column);
        let places: HashMap<_, _> =
            items.iter().zip(&regions).filter_map(|(item, lines)| Some((entry_key(item)?, lines))).collect();
        for (key, edit) in edits {
            let region = match places.get(key) {
                Some(lines) => (*lines).clone(),
                None => regions.last().map(|last| last.end..last.end)?,
            };
            let text = edit.payload.map(|payload| Value::List(vec![item(kind, key, payload)]).lines(column));
            changes.push(Change { lines: region, text: text.unwrap_or_default() });
        }
    }
    Some(lines.changed(changes))
}

/// The whole file, written again with the edits and everything that it already contained.
fn rewrite<'a>(
    root: Option<&Node>,
    settings: &Settings,
    edits_of: impl Fn(Kind) -> Vec<(&'a str, Edit<'a>)>,
) -> Result<Value, DocumentError> {
    let airflow =
        root.and_then(Node::pairs).unwrap_or_default().iter().find(|(key, _)| has_name(key, "airflow"));
    let mut sections = Vec::new();
    for (name, value) in airflow.and_then(|(_, node)| node.pairs()).unwrap_or_default() {
        let kind = LISTS.into_iter().find(|(_, list)| has_name(name, list)).map(|(kind, _)| kind);
        let value = match kind {
            Some(kind) => list(settings.items(kind), kind, edits_of(kind))?,
            None => unchanged(value)?,
        };
        sections.push((unchanged(name)?, value));
    }
    for (kind, list_name) in LISTS {
        let there = airflow.and_then(|(_, node)| node.pairs()).unwrap_or_default();
        if !there.iter().any(|(key, _)| has_name(key, list_name)) {
            match list(&[], kind, edits_of(kind))? {
                Value::List(items) if items.is_empty() => {}
                items => sections.push((Value::text(list_name), items)),
            }
        }
    }
    let mut top = Vec::new();
    for (key, value) in root.and_then(Node::pairs).unwrap_or_default() {
        if !has_name(key, "airflow") {
            top.push((unchanged(key)?, unchanged(value)?));
        }
    }
    top.push((Value::text("airflow"), Value::Map(sections)));
    Ok(Value::Map(top))
}

fn list(items: &[Item], kind: Kind, edits: Vec<(&str, Edit<'_>)>) -> Result<Value, DocumentError> {
    let mut values = Vec::new();
    for old in items {
        let edit = entry_key(old).and_then(|key| edits.iter().find(|(name, _)| *name == key));
        match edit {
            None => values.push(unchanged(&old.node)?),
            Some((key, edit)) => values.extend(edit.payload.map(|payload| item(kind, key, payload))),
        }
    }
    let is_new = |key: &str| items.iter().all(|item| entry_key(item) != Some(key));
    let new = edits.into_iter().filter(|(key, _)| is_new(key));
    values.extend(new.filter_map(|(key, edit)| Some(item(kind, key, edit.payload?))));
    Ok(Value::List(values))
}

fn unchanged(node: &Node) -> Result<Value, DocumentError> {
    Value::of_node(node).ok_or_else(|| {
        DocumentError::new(
            "the edit requires rewriting the whole file, which would lose the tag or key on this line",
        )
        .at_line(node.line)
        .with_hint("simplify the file, or write to a new one")
    })
}
