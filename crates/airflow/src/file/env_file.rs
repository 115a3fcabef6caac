//! Airflow's own `.env` files: `ID=URI` and `KEY=VALUE` lines that Airflow reads literally.
//!
//! There are no quotes, no `export` and no comments after a value, and nothing is trimmed. A line ends at every line
//! break that Python recognises. (Airflow 3.3.2, `airflow.secrets.local_filesystem._parse_env_file`.)

use airbridge_core::{
    Content, Document, DocumentError, Edit, Json, Payload, Record, Rejection, Rendered, SecretName,
};
use zeroize::Zeroizing;

use super::content::{damaged, on_line};
use super::entry_file::EntryFile;
use super::proof::prove;
use super::text::{Line, breaks_line, named, python_lines, reject_duplicates, utf8};
use crate::entry::Kind;
use crate::reader::AirflowVersion;

/// Connections, variables or config options as lines.
#[derive(Clone, Copy, Debug)]
pub(super) struct EnvFile(pub(super) EntryFile);

/// A line with an entry.
struct Entry<'a> {
    key: &'a str,
    value: &'a str,
    number: usize,
}

impl EnvFile {
    /// Parses a line. Returns `None` for empty lines and comments.
    fn entry(self, line: &str, number: usize) -> Result<Option<Entry<'_>>, DocumentError> {
        if line.is_empty() || is_comment(line) {
            return Ok(None);
        }
        let broken = |message: &str| Err(DocumentError::new(message).at_line(number));
        let Some((key, value)) = line.split_once('=') else {
            return broken("expected `NAME=VALUE`, found no `=`");
        };
        // Airflow 2 accepts an empty name.
        if key.is_empty() && self.0.version == AirflowVersion::V3_3 {
            return broken("expected a name before the `=`");
        }
        if value.is_empty() {
            return broken("expected a value after the `=`").map_err(|error| named(error, key));
        }
        Ok(Some(Entry { key, value, number }))
    }

    fn entries(self, text: &str) -> Result<Vec<(Line, Option<Entry<'_>>)>, DocumentError> {
        let lines: Vec<_> = python_lines(text)
            .into_iter()
            .zip(1..)
            .map(|(line, number)| {
                let entry = self.entry(&text[line.text.clone()], number)?;
                Ok((line, entry))
            })
            .collect::<Result<_, _>>()?;
        reject_duplicates(
            lines.iter().filter_map(|(_, entry)| entry.as_ref()).map(|entry| (entry.key, entry.number)),
        )?;
        Ok(lines)
    }

    /// The content, and a note for the user.
    fn parsed(self, value: &str) -> (Content, Option<String>) {
        if self.0.kind != Kind::Connection || !value.starts_with('{') {
            return (Content::Payload(Payload::text(value)), None);
        }
        match Json::parse(value) {
            Ok(Json::Object(fields)) => {
                let note =
                    "the value is JSON and was read as JSON; Airflow would parse it as a URI and get garbage";
                (Content::Payload(Payload::Fields(fields)), Some(note.to_owned()))
            }
            _ => (damaged("starts with `{` but is not valid JSON, and is not a URI").0, None),
        }
    }
}

impl Document for EnvFile {
    fn parse(&self, bytes: &[u8]) -> Result<Vec<Record>, DocumentError> {
        let record = |entry: Entry<'_>| {
            let (content, note) = self.parsed(entry.value);
            let content = on_line(content, entry.number);
            let note = note.map(|note| format!("line {}: {note}", entry.number));
            Record { name: self.0.name(entry.key), content, note, left_out: Vec::new(), metadata: None }
        };
        let lines = self.entries(utf8(bytes)?)?;
        Ok(lines.into_iter().filter_map(|(_, entry)| entry.map(record)).collect())
    }

    fn check(&self, name: &SecretName, payload: &Payload) -> Result<(), Rejection> {
        let key = self.0.check_name(name)?;
        if key.contains('=') || key.contains(breaks_line) || is_comment(key) {
            let rule = "a name in this file must not contain `=` or a line break, or start with `#`";
            return Err(Rejection::new("name-invalid", rule));
        }
        let value = match payload {
            Payload::Text(value) => value.expose(),
            Payload::Fields(_) => {
                return Err(Rejection::new("shape", "a line of this file can hold only a single string"));
            }
        };
        if value.is_empty() {
            return Err(Rejection::new("value-empty", "Airflow rejects a line without a value"));
        }
        if value.contains(breaks_line) {
            let rule = "a value in this file must be a single line without any Unicode line break";
            return Err(Rejection::new("value-invalid", rule));
        }
        if self.0.kind == Kind::Connection && value.starts_with('{') {
            return Err(Rejection::new(
                "value-invalid",
                "Airflow reads every connection in this file as a URI",
            ));
        }
        Ok(())
    }

    fn keeps_spelling(&self) -> bool {
        true
    }

    fn render(&self, before: Option<&[u8]>, edits: &[Edit<'_>]) -> Result<Rendered, DocumentError> {
        let records = before.map(|bytes| self.parse(bytes)).transpose()?.unwrap_or_default();
        let text = before.map(utf8).transpose()?.unwrap_or_default();
        let mut changes = self.0.edits(edits)?;

        let lines = changes.iter().map(|(key, payload)| key.len() + payload.map_or(0, length) + 2);
        let room = text.len() + 1 + lines.sum::<usize>();
        let mut out = Zeroizing::new(String::with_capacity(room));
        for (line, entry) in self.entries(text)? {
            let key = entry.map(|entry| entry.key).unwrap_or_default();
            match changes.remove(key) {
                None => out.push_str(&text[line.whole]),
                Some(None) => {}
                Some(Some(payload)) => {
                    push_line(&mut out, key, payload, &text[line.text.end..line.whole.end]);
                }
            }
        }
        if !out.is_empty() && !out.ends_with(breaks_line) {
            out.push('\n');
        }
        for (key, payload) in changes {
            if let Some(payload) = payload {
                push_line(&mut out, key, payload, "\n");
            }
        }
        let bytes = Zeroizing::new(std::mem::take(&mut *out).into_bytes());
        prove(self, &records, edits, &bytes)?;
        Ok(Rendered { bytes, reformatted: Vec::new() })
    }
}

/// Whether the line starts with `#` after white space, as Python defines it.
fn is_comment(line: &str) -> bool {
    line.trim_start_matches(|character: char| character.is_whitespace() || character == '\u{1f}')
        .starts_with('#')
}

fn push_line(out: &mut String, key: &str, payload: &Payload, end: &str) {
    let value = match payload {
        Payload::Text(value) => value.expose(),
        // `check` rejects it, and so does `prove`.
        Payload::Fields(_) => "",
    };
    for part in [key, "=", value, end] {
        out.push_str(part);
    }
}

fn length(payload: &Payload) -> usize {
    match payload {
        Payload::Text(value) => value.len(),
        Payload::Fields(_) => 0,
    }
}
