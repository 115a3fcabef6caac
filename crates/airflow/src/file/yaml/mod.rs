//! Airflow's YAML files. An edit replaces the lines of its entry; where a file is laid out so that this cannot be
//! done, it is written anew and says so.

mod construct;
mod node;
mod resolver;
mod scan;
mod splice;
#[cfg(test)]
mod tests;
mod write;

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use airbridge_core::{
    Document, DocumentError, Edit, Json, JsonStyle, Payload, Record, Rejection, Rendered, SecretName,
};
use zeroize::Zeroizing;

pub(super) use construct::{construct, is_merge};
pub(super) use node::{Body, Node, parse};
pub(super) use splice::{Change, Lines};
pub(super) use write::Value;

use super::held::{Held, Item};
use super::proof::prove;
use super::text::{refuse_duplicates, utf8};
use construct::flattened;
use node::Pair;
use write::written_len;

/// Connections, variables or config options in YAML.
#[derive(Clone, Copy, Debug)]
pub(super) struct YamlFile(pub(super) Held);

/// YAML takes a key for one within so many characters.
const MAX_KEY: usize = 1000;

impl Document for YamlFile {
    fn parse(&self, bytes: &[u8]) -> Result<Vec<Record>, DocumentError> {
        self.0.records(items(&*root(utf8(bytes)?)?)?)
    }

    fn check(&self, name: &SecretName, payload: &Payload) -> Result<(), Rejection> {
        let key = self.0.fitting_key(name)?;
        let length = written_len(key);
        if length > MAX_KEY {
            let rule =
                format!("a name in YAML takes at most {MAX_KEY} characters as written, this one {length}");
            return Err(Rejection::new("name-too-long", rule));
        }
        self.0.check(payload)
    }

    fn render(&self, before: Option<&[u8]>, edits: &[Edit<'_>]) -> Result<Rendered, DocumentError> {
        let Some(before) = before else {
            let bytes = self.anew(&[], edits)?;
            prove(self, &[], edits, &bytes)?;
            return Ok(Rendered { bytes, reformatted: Vec::new() });
        };
        let records = self.parse(before)?;
        let text = utf8(before)?;
        let root = root(text)?;
        let pairs = root.pairs().unwrap_or_default();
        if let Some(bytes) = self.spliced(text, &root, edits)?
            && prove(self, &records, edits, &bytes).is_ok()
        {
            return Ok(Rendered { bytes, reformatted: Vec::new() });
        }
        let bytes = self.anew(pairs, edits)?;
        prove(self, &records, edits, &bytes)?;
        let untouched = records.into_iter().map(|record| record.name);
        let edited: HashSet<_> = edits.iter().map(|edit| edit.name).collect();
        let reformatted = untouched.filter(|name| !edited.contains(name)).collect();
        Ok(Rendered { bytes, reformatted })
    }
}

impl YamlFile {
    /// The file with the lines of the edited entries changed; `None` where entries are not blocks of lines.
    fn spliced(
        self,
        text: &str,
        root: &Node,
        edits: &[Edit<'_>],
    ) -> Result<Option<Zeroizing<Vec<u8>>>, DocumentError> {
        let lines = Lines::of(text);
        let pairs = root.pairs().unwrap_or_default();
        let (Some((first, _)), Some((last, _))) = (pairs.first(), pairs.last()) else { return Ok(None) };
        let column = first.column;
        let in_block =
            |key: &Node| key.column == column && lines.begins_block(key.line, column) && !is_merge(key);
        let begins: Vec<_> = pairs.iter().map(|(key, _)| key.line).collect();
        if !pairs.iter().all(|(key, _)| in_block(key)) || !begins.is_sorted_by(|a, b| a < b) {
            return Ok(None);
        }
        let end = lines.document_end(last.line);
        let regions = lines.entries(&begins, end, column);

        let mut changes = Vec::new();
        let places: HashMap<_, _> = pairs.iter().map(|(key, _)| scalar_text(key)).zip(&regions).collect();
        for (key, payload) in self.0.edits(edits)? {
            let text = payload.map(|payload| self.entry(key, payload, column)).unwrap_or_default();
            let lines = match places.get(key) {
                Some(lines) => (*lines).clone(),
                // Behind the last entry, in front of the comments that end the file.
                None => regions.last().map_or(end..end, |last| last.end..last.end),
            };
            changes.push(Change { lines, text });
        }
        Ok(Some(Zeroizing::new(std::mem::take(&mut *lines.changed(changes)).into_bytes())))
    }

    /// The whole file, written anew.
    fn anew(self, pairs: &[Pair], edits: &[Edit<'_>]) -> Result<Zeroizing<Vec<u8>>, DocumentError> {
        let mut edits = self.0.edits(edits)?;
        let mut entries = Vec::new();
        for (key, value) in pairs {
            let name = scalar_text(key);
            match edits.remove(name) {
                None => entries.push((kept(key)?, kept(value)?)),
                Some(None) => {}
                Some(Some(payload)) => entries.push((Value::text(name), self.value(payload))),
            }
        }
        let new = edits.into_iter().filter_map(|(name, payload)| Some((name, payload?)));
        entries.extend(new.map(|(name, payload)| (Value::text(name), self.value(payload))));
        let mut text = Value::Map(entries).lines(0);
        Ok(Zeroizing::new(std::mem::take(&mut *text).into_bytes()))
    }

    fn entry(self, key: &str, payload: &Payload, indent: usize) -> Zeroizing<String> {
        Value::Map(vec![(Value::text(key), self.value(payload))]).lines(indent)
    }

    fn value(self, payload: &Payload) -> Value {
        Value::of_json(&self.0.spelled(payload)).sorted()
    }
}

fn kept(node: &Node) -> Result<Value, DocumentError> {
    Value::of_node(node).ok_or_else(|| {
        DocumentError::new(
            "the file must be written anew for this change, and a tag or key here cannot be kept",
        )
        .at_line(node.line)
        .with_hint("tidy the file, or write to a new one")
    })
}

fn root(text: &str) -> Result<Rc<Node>, DocumentError> {
    if text.is_empty() {
        return Err(DocumentError::new("the file is empty").with_hint("an empty file of this kind is `{}`"));
    }
    match parse(text)? {
        Some(root) if matches!(root.body, Body::Mapping(_)) => Ok(root),
        found => Err(DocumentError::new("the file must hold a mapping of names to values")
            .at_line(found.map_or(1, |node| node.line))),
    }
}

/// The text of a key; empty, which is no name, for what is none.
fn scalar_text(key: &Node) -> &str {
    match &key.body {
        Body::Scalar { text, .. } => text.expose(),
        _ => "",
    }
}

/// The entries, as Airflow's loader gets them.
fn items(root: &Node) -> Result<Vec<Item>, DocumentError> {
    let own = root.pairs().unwrap_or_default().iter().map(|(key, _)| key).filter(|key| !is_merge(key));
    let own: Vec<_> = own.map(|key| (named(key).unwrap_or_else(|name| name), key.line)).collect();
    refuse_duplicates(own.iter().map(|(name, line)| (name.as_str(), *line)))?;

    let pairs = flattened(root).map_err(DocumentError::new)?;
    let mut items: Vec<Item> = Vec::new();
    let mut places = HashMap::new();
    for (key, value) in pairs {
        let (name, value) = match named(&key) {
            Ok(name) => (name, construct(&value)),
            Err(name) => (name, Err("its name is no text to YAML; put the name in quotes".to_owned())),
        };
        let item = Item { key: name.clone(), value, line: key.line };
        // What `<<` brings in gives way to what stands there itself.
        if let Some(at) = places.get(&name) {
            items[*at] = item;
        } else {
            places.insert(name, items.len());
            items.push(item);
        }
    }
    Ok(items)
}

/// The name of an entry; the error is the name of one that is no text.
fn named(key: &Node) -> Result<String, String> {
    match construct(key) {
        Ok(Json::String(name)) => Ok(name.expose().to_owned()),
        Ok(other) => Err(other.to_text(JsonStyle::LINE).expose().to_owned()),
        Err(_) => match &key.body {
            Body::Scalar { text, .. } => Err(text.expose().to_owned()),
            _ => Err("?".to_owned()),
        },
    }
}
