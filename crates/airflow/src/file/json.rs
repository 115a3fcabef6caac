//! Airflow's JSON files. An edit changes only the text of its entry.

use std::collections::HashSet;

use airbridge_core::{
    Document, DocumentError, Edit, Json, JsonEntry, JsonStyle, Payload, Record, Rejection, Rendered,
    SecretName, SecretText,
};
use zeroize::Zeroizing;

use super::entry_file::{EntryFile, FileEntry};
use super::proof::{Proof, unsafe_edit};
use super::text::{json_error, utf8};
use crate::entry::Kind;

/// Connections, variables or config options in JSON.
#[derive(Clone, Copy, Debug)]
pub(super) struct JsonFile(pub(super) EntryFile);

impl Document for JsonFile {
    fn parse(&self, bytes: &[u8]) -> Result<Vec<Record>, DocumentError> {
        self.records(entries(&SecretText::new(utf8(bytes)?))?)
    }

    fn parse_owned(&self, mut bytes: Zeroizing<Vec<u8>>) -> Result<Vec<Record>, DocumentError> {
        let text = match String::from_utf8(std::mem::take(&mut *bytes)) {
            Ok(text) => SecretText::new(text),
            // For its error.
            Err(error) => return self.parse(&Zeroizing::new(error.into_bytes())),
        };
        self.records(entries(&text)?)
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
        let before = self.records(entries)?;
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
    if text.is_empty() {
        return Err(
            DocumentError::new("the file is empty").with_hint("write `{}` for a file without entries")
        );
    }
    Json::parse_entries(text).map_err(|error| json_error(&error))
}

/// An entry of the file that is being built.
struct Part<'a> {
    /// The text between the previous entry and this one, including the comma. `None` for a new entry.
    gap: Option<&'a str>,
    text: Text<'a>,
}

/// The text of an entry.
enum Text<'a> {
    Kept(&'a str),
    New(Zeroizing<String>),
}

impl Text<'_> {
    fn as_str(&self) -> &str {
        match self {
            Self::Kept(text) => text,
            Self::New(text) => text,
        }
    }
}

impl JsonFile {
    fn records(self, entries: Vec<JsonEntry>) -> Result<Vec<Record>, DocumentError> {
        self.0.records(entries.into_iter().map(file_entry).collect())
    }

    fn edited(
        self,
        text: &str,
        entries: &[JsonEntry],
        edits: &[Edit<'_>],
    ) -> Result<Zeroizing<String>, DocumentError> {
        let edits = self.0.edits(edits)?;
        let frame = Frame::of(text, entries, self.indent());
        let mut parts = Vec::new();
        for (at, entry) in entries.iter().enumerate() {
            let before = if at == 0 { frame.head.len() } else { entries[at - 1].span.end };
            let kept = match edits.get(entry.name.as_str()) {
                Some(None) => continue,
                Some(Some(payload)) => {
                    let name = &text[entry.span.start..entry.value_span.start];
                    Text::New(joined(name, &self.value(payload, &frame)))
                }
                None => Text::Kept(&text[entry.span.clone()]),
            };
            let gap = &text[before..entry.span.start];
            parts.push(Part { gap: Some(gap), text: kept });
        }
        let old: HashSet<_> = entries.iter().map(|entry| entry.name.as_str()).collect();
        for (key, payload) in edits {
            let Some(payload) = payload.filter(|_| !old.contains(key)) else { continue };
            let name = Json::string(key).to_text(JsonStyle::LINE);
            let name = format!("{}: ", name.expose());
            let text = Text::New(joined(&name, &self.value(payload, &frame)));
            parts.push(Part { gap: None, text });
        }
        Ok(frame.filled(&parts))
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

fn joined(name: &str, value: &str) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(name.len() + value.len()));
    text.push_str(name);
    text.push_str(value);
    text
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

    fn filled(&self, parts: &[Part<'_>]) -> Zeroizing<String> {
        let room: usize = parts.iter().map(|part| part.text.as_str().len() + self.gap.len()).sum();
        let gaps: usize = parts.iter().filter_map(|part| part.gap).map(str::len).sum();
        let room = self.head.len() + self.first_gap.len() + self.tail.len() + room + gaps;
        let mut out = Zeroizing::new(String::with_capacity(room));
        out.push_str(self.head);
        for (at, part) in parts.iter().enumerate() {
            let gap = if at == 0 { &self.first_gap } else { part.gap.unwrap_or(&self.gap) };
            out.push_str(gap);
            out.push_str(part.text.as_str());
        }
        if parts.is_empty() {
            out.push_str(self.tail.trim_start());
        } else {
            out.push_str(&self.tail);
        }
        out
    }
}
