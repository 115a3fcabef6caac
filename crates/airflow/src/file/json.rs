//! Airflow's JSON files. An edit changes only the text of its entry.

use std::collections::HashSet;

use airbridge_core::{
    Document, DocumentError, Edit, Json, JsonEntry, JsonStyle, Payload, Record, Rejection, Rendered,
    SecretName, SecretText,
};
use zeroize::Zeroizing;

use super::entry_file::{Edits, EntryFile, FileEntry};
use super::proof::{Proof, unsafe_edit};
use super::text::{json_error, reject_duplicates, utf8};
use crate::entry::Kind;

/// Connections, variables or config options in JSON.
#[derive(Clone, Copy, Debug)]
pub(super) struct JsonFile(pub(super) EntryFile);

impl Document for JsonFile {
    fn parse(&self, bytes: &[u8]) -> Result<Vec<Record>, DocumentError> {
        self.records(&SecretText::new(utf8(bytes)?))
    }

    fn parse_owned(&self, mut bytes: Zeroizing<Vec<u8>>) -> Result<Vec<Record>, DocumentError> {
        let text = match String::from_utf8(std::mem::take(&mut *bytes)) {
            Ok(text) => SecretText::new(text),
            // For its error.
            Err(error) => return self.parse(&Zeroizing::new(error.into_bytes())),
        };
        self.records(&text)
    }

    fn check(&self, name: &SecretName, payload: &Payload) -> Result<(), Rejection> {
        self.0.check_name(name)?;
        self.0.check(payload)
    }

    fn keeps_spelling(&self) -> bool {
        true
    }

    fn render(&self, before: Option<&[u8]>, edits: &[Edit<'_>]) -> Result<Rendered, DocumentError> {
        let text = SecretText::new(before.map(utf8).transpose()?.unwrap_or("{}"));
        let entries = entries(&text)?;
        let after = SecretText::shared(self.edited(text.expose(), &entries, edits)?);
        let before = self.0.records(entries.into_iter().map(file_entry).collect())?;
        let mut proof = Proof::new(&before, edits);
        let see = |entry| {
            if let Some(record) = self.0.record(file_entry(entry)) {
                proof.see(&record);
            }
        };
        Json::each_entry(&after, see).map_err(|_| unsafe_edit(None))?;
        proof.end()?;
        let bytes = Zeroizing::new(std::mem::take(&mut *after.into_buffer()).into_bytes());
        Ok(Rendered { bytes, reformatted: Vec::new() })
    }
}

fn file_entry(entry: JsonEntry) -> FileEntry {
    FileEntry { key: entry.name, value: Ok(entry.value), line: entry.line }
}

/// The entries of a file, whose values share the memory of its text.
fn entries(text: &SecretText) -> Result<Vec<JsonEntry>, DocumentError> {
    reject_empty(text)?;
    Json::parse_entries(text).map_err(|error| json_error(&error))
}

fn reject_empty(text: &SecretText) -> Result<(), DocumentError> {
    if text.is_empty() {
        return Err(
            DocumentError::new("the file is empty").with_hint("write `{}` for a file without entries")
        );
    }
    Ok(())
}

impl JsonFile {
    /// The records of a file, made entry by entry: all entries together would take as much memory.
    fn records(self, text: &SecretText) -> Result<Vec<Record>, DocumentError> {
        reject_empty(text)?;
        let (mut records, mut ignored) = (Vec::new(), Vec::new());
        let add = |entry: JsonEntry| {
            let key = entry.name.clone();
            match self.0.record(file_entry(entry)) {
                Some(record) => records.push(record),
                None => ignored.push(self.0.name(&key)),
            }
        };
        Json::each_entry(text, add).map_err(|error| json_error(&error))?;
        let mut seen = HashSet::with_capacity(records.len());
        let mut names = records.iter().map(|record| &record.name).chain(&ignored);
        if !names.all(|name| seen.insert(name)) {
            // For an error with both lines.
            let entries = entries(text)?;
            reject_duplicates(entries.iter().map(|entry| (entry.name.as_str(), entry.line)))?;
        }
        Ok(records)
    }

    /// The text with the edits. It is made twice, because its parts together would take as much memory as the file: once for
    /// its length, and once to write it.
    fn edited(
        self,
        text: &str,
        entries: &[JsonEntry],
        edits: &[Edit<'_>],
    ) -> Result<Zeroizing<String>, DocumentError> {
        let edits = self.0.edits(edits)?;
        let frame = Frame::of(text, entries, self.indent());
        let mut length = 0;
        self.each_part(text, entries, &edits, &frame, |part| length += part.len());
        let mut out = Zeroizing::new(String::with_capacity(length));
        self.each_part(text, entries, &edits, &frame, |part| out.push_str(part));
        Ok(out)
    }

    /// Calls `put` for each part of the edited text, in order.
    fn each_part(
        self,
        text: &str,
        entries: &[JsonEntry],
        edits: &Edits<'_>,
        frame: &Frame<'_>,
        mut put: impl FnMut(&str),
    ) {
        put(frame.head);
        let mut is_empty = true;
        for (at, entry) in entries.iter().enumerate() {
            let before = if at == 0 { frame.head.len() } else { entries[at - 1].span.end };
            let edit = edits.get(entry.name.as_str());
            if matches!(edit, Some(None)) {
                continue;
            }
            put(if is_empty { frame.first_gap.as_str() } else { &text[before..entry.span.start] });
            is_empty = false;
            match edit {
                Some(Some(payload)) => {
                    put(&text[entry.span.start..entry.value_span.start]);
                    put(&self.value(payload, frame));
                }
                _ => put(&text[entry.span.clone()]),
            }
        }
        let old: HashSet<_> = entries.iter().map(|entry| entry.name.as_str()).collect();
        for (key, payload) in edits {
            let Some(payload) = payload.filter(|_| !old.contains(key)) else { continue };
            put(if is_empty { frame.first_gap.as_str() } else { &frame.gap });
            is_empty = false;
            put(Json::string(*key).to_text(JsonStyle::LINE).expose());
            put(": ");
            put(&self.value(payload, frame));
        }
        put(if is_empty { frame.tail.trim_start() } else { frame.tail.as_str() });
    }

    /// Spaces per level, as Airflow's exporters write them.
    fn indent(self) -> usize {
        if self.0.kind == Kind::Connection { 2 } else { 4 }
    }

    fn value(self, payload: &Payload, frame: &Frame<'_>) -> Zeroizing<String> {
        let value = self.0.value(payload);
        match &frame.line_start {
            // JSON strings contain no raw line breaks, so each line break starts a new line of the layout.
            Some(line_start) => {
                let text = value.to_text(JsonStyle::indented(self.indent()));
                let text = text.expose();
                let room = text.len() + text.matches('\n').count() * line_start.len();
                let mut indented = Zeroizing::new(String::with_capacity(room));
                for line in text.split_inclusive('\n') {
                    indented.push_str(line);
                    if line.ends_with('\n') {
                        indented.push_str(line_start);
                    }
                }
                indented
            }
            None => Zeroizing::new(value.to_text(JsonStyle::LINE).expose().to_owned()),
        }
    }
}

/// The text around the entries.
struct Frame<'a> {
    /// Everything up to and including the opening brace.
    head: &'a str,
    /// The text before the first entry.
    first_gap: String,
    /// The text before every other new entry.
    gap: String,
    /// Everything after the last entry.
    tail: String,
    /// The indentation of each line of an entry; `None` if the whole file is on one line.
    line_start: Option<String>,
}

impl<'a> Frame<'a> {
    fn of(text: &'a str, entries: &[JsonEntry], indent: usize) -> Self {
        let head = &text[..=text.find('{').unwrap_or_default()];
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
            let blanks = " ".repeat(indent);
            let close = text.rfind('}').unwrap_or_default();
            return Self {
                head,
                first_gap: format!("\n{blanks}"),
                gap: format!(",\n{blanks}"),
                tail: format!("\n{}", &text[close..]),
                line_start: Some(blanks),
            };
        };
        let first_gap = &text[head.len()..first.span.start];
        let line_start = first_gap.rsplit_once('\n').map(|(_, blanks)| blanks.to_owned());
        let gap = match entries {
            [.., before, last] => text[before.span.end..last.span.start].to_owned(),
            _ if line_start.is_some() => format!(",{first_gap}"),
            _ => ", ".to_owned(),
        };
        Self {
            head,
            first_gap: first_gap.to_owned(),
            gap,
            tail: text[last.span.end..].to_owned(),
            line_start,
        }
    }
}
