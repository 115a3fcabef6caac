//! Airflow's YAML files. An edit replaces the lines of its entry. If the layout of the file does not allow that, the
//! whole file is rewritten, and the result lists the entries whose text changed.

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

use super::entry_file::{EntryFile, FileEntry};
use super::proof::prove;
use super::text::{reject_duplicates, utf8};
use construct::flattened;
use node::Pair;
use write::written_len;

/// Connections, variables or config options in YAML.
#[derive(Clone, Copy, Debug)]
pub(super) struct YamlFile(pub(super) EntryFile);

/// The maximum length of a key as written, in characters. YAML readers stop recognising a key at 1024 characters.
const MAX_KEY: usize = 1000;

impl Document for YamlFile {
    fn parse(&self, bytes: &[u8]) -> Result<Vec<Record>, DocumentError> {
        self.0.records(entries(&*root(utf8(bytes)?)?)?)
    }

    fn check(&self, name: &SecretName, payload: &Payload) -> Result<(), Rejection> {
        let key = self.0.check_name(name)?;
        let length = written_len(key);
        if length > MAX_KEY {
            let rule = format!(
                "a name in a YAML file can have at most {MAX_KEY} characters with its escapes, found {length}"
            );
            return Err(Rejection::new("name-too-long", rule));
        }
        self.0.check(payload)
    }

    fn render(&self, before: Option<&[u8]>, edits: &[Edit<'_>]) -> Result<Rendered, DocumentError> {
        let Some(before) = before else {
            let bytes = self.rewrite(&[], edits)?;
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
        let bytes = self.rewrite(pairs, edits)?;
        prove(self, &records, edits, &bytes)?;
        let untouched = records.into_iter().map(|record| record.name);
        let edited: HashSet<_> = edits.iter().map(|edit| edit.name).collect();
        let reformatted = untouched.filter(|name| !edited.contains(name)).collect();
        Ok(Rendered { bytes, reformatted })
    }
}

impl YamlFile {
    /// The file with only the lines of the edited entries changed. `None` if the entries are not in block style.
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
                // After the last entry, before the comments at the end of the file.
                None => regions.last().map_or(end..end, |last| last.end..last.end),
            };
            changes.push(Change { lines, text });
        }
        Ok(Some(Zeroizing::new(std::mem::take(&mut *lines.changed(changes)).into_bytes())))
    }

    /// The whole file, written again with the edits.
    fn rewrite(self, pairs: &[Pair], edits: &[Edit<'_>]) -> Result<Zeroizing<Vec<u8>>, DocumentError> {
        let mut edits = self.0.edits(edits)?;
        let mut entries = Vec::new();
        for (key, value) in pairs {
            let name = scalar_text(key);
            match edits.remove(name) {
                None => entries.push((unchanged(key)?, unchanged(value)?)),
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
        Value::of_json(&self.0.value(payload)).sorted()
    }
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

fn root(text: &str) -> Result<Rc<Node>, DocumentError> {
    if text.is_empty() {
        return Err(
            DocumentError::new("the file is empty").with_hint("write `{}` for a file without entries")
        );
    }
    match parse(text)? {
        Some(root) if matches!(root.body, Body::Mapping(_)) => Ok(root),
        found => Err(DocumentError::new("expected a mapping of names to values")
            .at_line(found.map_or(1, |node| node.line))),
    }
}

/// The text of a key. Empty, which is never a valid name, if the key is a list or mapping.
fn scalar_text(key: &Node) -> &str {
    match &key.body {
        Body::Scalar { text, .. } => text.expose(),
        _ => "",
    }
}

/// The entries, as Airflow's loader reads them.
fn entries(root: &Node) -> Result<Vec<FileEntry>, DocumentError> {
    let own = root.pairs().unwrap_or_default().iter().map(|(key, _)| key).filter(|key| !is_merge(key));
    let own: Vec<_> = own.map(|key| (entry_name(key).unwrap_or_else(|name| name), key.line)).collect();
    reject_duplicates(own.iter().map(|(name, line)| (name.as_str(), *line)))?;

    let pairs = flattened(root).map_err(DocumentError::new)?;
    let mut entries: Vec<FileEntry> = Vec::new();
    let mut places = HashMap::new();
    for (key, value) in pairs {
        let (name, value) = match entry_name(&key) {
            Ok(name) => (name, construct(&value)),
            Err(name) => (name, Err("YAML does not read the name as a string; put it in quotes".to_owned())),
        };
        let entry = FileEntry { key: name.clone(), value, line: key.line };
        // The file's own entries replace those that `<<` merges in.
        if let Some(at) = places.get(&name) {
            entries[*at] = entry;
        } else {
            places.insert(name, entries.len());
            entries.push(entry);
        }
    }
    Ok(entries)
}

/// The name of an entry. The error has the text of a name that is not a string.
fn entry_name(key: &Node) -> Result<String, String> {
    match construct(key) {
        Ok(Json::String(name)) => Ok(name.expose().to_owned()),
        Ok(other) => Err(other.to_text(JsonStyle::LINE).expose().to_owned()),
        Err(_) => match &key.body {
            Body::Scalar { text, .. } => Err(text.expose().to_owned()),
            _ => Err("?".to_owned()),
        },
    }
}
