//! `.env` files with `AIRFLOW_CONN_…` and `AIRFLOW_VAR_…` lines. Edits keep all other lines.
//!
//! The tools that read such files differ. Without `dialect=`, only lines that all of them read the same are accepted
//! and written. A line that they read differently is reported as damaged.

mod compose;
mod gotenv;
mod line;
mod reader;
mod shell;
mod spelling;
mod statement;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;

use std::collections::HashMap;
use std::ops::Range;

use airbridge_core::{
    Content, Document, DocumentError, Edit, Payload, Record, Rejection, Rendered, SecretName, State,
};
use zeroize::Zeroizing;

use super::name::foreign;
use super::options::DotenvDialect;
use super::proof::prove;
use super::text::{plain_lines, reject_duplicates, utf8};
use reader::{Reader, titles};
use statement::{Statement, Value};

/// The end of a message about a line or value that the tools read differently: the way out.
pub const SET_DIALECT: &str = "set `dialect=` to the tool that reads the file";

/// A `.env` file, for one tool or for all.
#[derive(Clone, Copy, Debug)]
pub(super) struct DotenvFile(pub(super) Option<DotenvDialect>);

/// An entry of the file, or a line that cannot be read.
struct Entry {
    name: String,
    content: Content,
    lines: Range<usize>,
}

impl DotenvFile {
    fn readers(self) -> &'static [Reader] {
        Reader::of(self.0)
    }

    fn entries(self, text: &str) -> Result<Vec<Entry>, DocumentError> {
        let readers = self.readers();
        let found: Vec<_> = readers.iter().map(|reader| reader.read(text)).collect();
        if self.0.is_some() {
            readers.iter().zip(&found).try_for_each(|(reader, found)| accepted(*reader, found))?;
        }
        let mut entries = Vec::new();
        let mut rest: Vec<_> = found.iter().map(Vec::as_slice).collect();
        for (at, line) in plain_lines(text).into_iter().enumerate() {
            let here: Vec<_> = rest.iter_mut().map(|rest| split_line(rest, at)).collect();
            entries.extend(line_entries(&text[line.text], at, readers, &here));
        }
        reject_duplicates(entries.iter().map(|entry| (entry.name.as_str(), entry.lines.start + 1)))?;
        Ok(entries)
    }

    /// The simplest form that every tool reads as this value.
    fn line(self, name: &str, value: &str) -> Option<Zeroizing<String>> {
        let reads_back = |line: &Zeroizing<String>| {
            let entries = self.entries(line).unwrap_or_default();
            matches!(entries.as_slice(), [Entry { name: found, content: Content::Payload(Payload::Text(text)), .. }]
                if found == name && text.expose() == value)
        };
        spelling::spellings(name, value).into_iter().find(reads_back)
    }

    fn rejection(self, name: &str) -> Rejection {
        let tools = titles(self.readers());
        let (reason, what) = if self.line(name, "x").is_none() {
            ("name-invalid", "name")
        } else {
            ("value-invalid", "value")
        };
        let rule = match self.readers() {
            [_] => format!("{tools} cannot read this {what} from a .env file"),
            _ => format!(
                "no form of this {what} is read alike by {tools}; {SET_DIALECT}, or use another format"
            ),
        };
        Rejection::new(reason, rule)
    }
}

impl Document for DotenvFile {
    fn parse(&self, bytes: &[u8]) -> Result<Vec<Record>, DocumentError> {
        let record = |entry: Entry| Record {
            name: SecretName::new(entry.name),
            content: entry.content,
            note: None,
            left_out: Vec::new(),
            metadata: None,
        };
        Ok(self.entries(utf8(bytes)?)?.into_iter().map(record).collect())
    }

    fn check(&self, name: &SecretName, payload: &Payload) -> Result<(), Rejection> {
        let name = name.as_str();
        if !is_airflow_variable(name) {
            return Err(Rejection::new(
                "kind-not-held",
                "a .env file can hold only AIRFLOW_CONN_… and AIRFLOW_VAR_…",
            ));
        }
        let Payload::Text(value) = payload else {
            return Err(Rejection::new("shape", "a line of a .env file can hold only a single string"));
        };
        if value.expose().contains('\0') {
            return Err(Rejection::new(
                "value-invalid",
                "an environment variable cannot contain a NUL character",
            ));
        }
        match self.line(name, value.expose()) {
            Some(_) => Ok(()),
            None => Err(self.rejection(name)),
        }
    }

    fn keeps_spelling(&self) -> bool {
        true
    }

    fn render(&self, before: Option<&[u8]>, edits: &[Edit<'_>]) -> Result<Rendered, DocumentError> {
        let records = before.map(|bytes| self.parse(bytes)).transpose()?.unwrap_or_default();
        let text = before.map(utf8).transpose()?.unwrap_or_default();
        let entries = self.entries(text)?;
        let lines = plain_lines(text);

        let places: HashMap<_, _> = entries.iter().map(|entry| (entry.name.as_str(), &entry.lines)).collect();
        let mut changes = Vec::new();
        for edit in edits {
            let name = edit.name.as_str();
            if !is_airflow_variable(name) {
                return Err(foreign(edit.name, "AIRFLOW_CONN_… and AIRFLOW_VAR_…"));
            }
            let new = match edit.payload {
                Some(Payload::Text(value)) => self.line(name, value.expose()).unwrap_or_default(),
                None | Some(Payload::Fields(_)) => Zeroizing::default(),
            };
            let at = places.get(name).map_or(lines.len()..lines.len(), |lines| (*lines).clone());
            changes.push((at, name, new));
        }
        changes.sort_by(|a, b| (a.0.start, a.1).cmp(&(b.0.start, b.1)));

        let room = text.len() + 1 + changes.iter().map(|(_, _, line)| line.len()).sum::<usize>();
        let mut out = Zeroizing::new(String::with_capacity(room));
        let start = |line: usize| lines.get(line).map_or(text.len(), |line| line.whole.start);
        let mut line = 0;
        for (range, _, new) in changes {
            // Several assignments can share a line: then it is replaced once.
            if line < range.start {
                out.push_str(&text[start(line)..start(range.start)]);
            }
            if !out.is_empty() && !out.ends_with('\n') && !new.is_empty() {
                out.push('\n');
            }
            out.push_str(&new);
            line = range.end.max(line);
        }
        out.push_str(&text[start(line)..]);
        let bytes = Zeroizing::new(std::mem::take(&mut *out).into_bytes());
        prove(self, &records, edits, &bytes)?;
        Ok(Rendered { bytes, reformatted: Vec::new() })
    }
}

/// Fails if the tool rejects the whole file.
fn accepted(reader: Reader, statements: &[Statement]) -> Result<(), DocumentError> {
    let rejected = |statement: &Statement| {
        let Value::Rejected(why) = statement.value else { return None };
        let error = match reader {
            Reader::Shell => DocumentError::new(why)
                .with_hint("run `set -a` and the file in a shell, then copy from `env:` instead of the file"),
            _ => DocumentError::new(format!("{} rejects the file: {why}", reader.title())),
        };
        Some(error.at_line(statement.lines.start + 1))
    };
    statements.iter().find_map(rejected).map_or(Ok(()), Err)
}

/// Splits off the statements that start on this line.
fn split_line<'a>(rest: &mut &'a [Statement], line: usize) -> &'a [Statement] {
    let end = rest.iter().take_while(|statement| statement.lines.start == line).count();
    let (here, after) = rest.split_at(end);
    *rest = after;
    here
}

/// The entries that start on a line. `here` has the statements that each tool finds on it.
fn line_entries(text: &str, at: usize, readers: &[Reader], here: &[&[Statement]]) -> Vec<Entry> {
    let ours = here.iter().copied().flatten().find(|statement| is_airflow_variable(&statement.name));
    let Some(first) = ours else { return Vec::new() };
    let entry = |statement: &Statement, content| Entry {
        name: statement.name.clone(),
        content,
        lines: statement.lines.clone(),
    };
    if is_masked(text) {
        let message = format!("line {}: the Astro CLI wrote `# secret` instead of the value", at + 1);
        return vec![entry(first, Content::Hidden(State::Masked { message }))];
    }
    let common = common_reading(here);
    if here.iter().all(|found| *found == common) {
        let ours = common.iter().filter(|statement| is_airflow_variable(&statement.name));
        return ours.map(|statement| entry(statement, content(&statement.value, at + 1))).collect();
    }
    let others: Vec<_> =
        readers.iter().zip(here).filter(|(_, found)| **found != common).map(|(reader, _)| *reader).collect();
    let verb = if others.len() == 1 { "reads" } else { "read" };
    let message = format!("line {}: {} {verb} this line differently; {SET_DIALECT}", at + 1, titles(&others));
    vec![entry(first, Content::Hidden(State::Damaged { message }))]
}

/// What most tools find on a line.
fn common_reading<'a>(here: &[&'a [Statement]]) -> &'a [Statement] {
    let readers = |found: &[Statement]| here.iter().filter(|other| **other == found).count();
    let most = here.iter().map(|found| readers(found)).max().unwrap_or_default();
    here.iter().copied().find(|found| readers(found) == most).unwrap_or_default()
}

fn content(value: &Value, line: usize) -> Content {
    match value {
        Value::Text(text) => Content::Payload(Payload::Text(text.clone())),
        Value::Unknown(why) | Value::Rejected(why) => {
            Content::Hidden(State::Damaged { message: format!("line {line}: {why}") })
        }
    }
}

/// Whether the line is `KEY= # secret` or `KEY=  # secret, use --include-secrets`, which the Astro CLI writes instead
/// of a secret.
fn is_masked(line: &str) -> bool {
    let value = line.split_once('=').map_or("", |(_, value)| value);
    value.starts_with(' ') && value.trim_start().starts_with("# secret")
}

/// Whether Airflow reads a connection or a variable from this environment variable.
pub(super) fn is_airflow_variable(name: &str) -> bool {
    ["AIRFLOW_CONN_", "AIRFLOW_VAR_"]
        .into_iter()
        .any(|prefix| name.len() > prefix.len() && name.starts_with(prefix))
}
