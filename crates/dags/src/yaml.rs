//! YAML that tools such as dag-factory turn into DAGs.

use airbridge_airflow::Kind;
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span};

use crate::jinja;
use crate::report::{Findings, How, Need, Problem, Reason};
use crate::text::Text;
use crate::yaml_space::indented;

/// The deepest nesting that is read.
const MAX_DEPTH: usize = 500;
/// How many places of a file are indented to make it readable.
const MAX_REPAIRS: usize = 100;

/// Reports the connections under keys that are `conn_id` or end in `_conn_id`, the variables of `variables_as_arguments`, and
/// the Jinja in all strings.
///
/// What follows the first error of a file is read as a template. The file is broken only if it has such keys.
pub(crate) fn scan(source: &str, findings: &mut Findings<'_>) {
    let mut repaired: Option<String> = None;
    for _ in 0..=MAX_REPAIRS {
        let text = repaired.as_deref().unwrap_or(source);
        match read(text) {
            Ok(found) => return report(found, findings),
            Err(Failure { line, error, found }) => match error.and_then(|error| indented(text, &error)) {
                Some(next) => repaired = Some(next),
                None => return broken(source, line, found, findings),
            },
        }
    }
    broken(source, 1, Vec::new(), findings);
}

/// Where a file stops being YAML, and what was found before.
struct Failure {
    line: usize,
    /// `None` if it is nested too deeply.
    error: Option<ScanError>,
    found: Vec<Found>,
}

fn read(text: &str) -> Result<Vec<Found>, Failure> {
    let mut reader = Reader::default();
    for event in Parser::new_from_str(text) {
        match event {
            Ok((_, span)) if reader.open.len() > MAX_DEPTH => {
                return Err(Failure { line: span.start.line(), error: None, found: reader.found });
            }
            Ok((event, span)) => reader.event(event, span),
            Err(error) => {
                return Err(Failure { line: error.marker().line(), error: Some(error), found: reader.found });
            }
        }
    }
    Ok(reader.found)
}

fn report(found: Vec<Found>, findings: &mut Findings<'_>) {
    for found in found {
        match found {
            Found::Id { kind, key, line } => findings.id(kind, &key, line, How::Yaml, Need::Required),
            Found::Dynamic { kind, line, reason } => findings.dynamic(kind, line, reason),
            Found::Text(text) => jinja::scan(&text, findings),
        }
    }
}

fn broken(source: &str, line: usize, found: Vec<Found>, findings: &mut Findings<'_>) {
    if source.contains("conn_id") || source.contains("variables_as_arguments") {
        findings.broken(Some(number(line)), Problem::Syntax);
    }
    report(found.into_iter().filter(|found| !matches!(found, Found::Text(_))).collect(), findings);
    jinja::scan(&Text::of_lines(source, 1), findings);
}

fn number(line: usize) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}

enum Found {
    Id { kind: Kind, key: String, line: u32 },
    Dynamic { kind: Kind, line: u32, reason: Reason },
    Text(Text),
}

/// A list or mapping that has not ended.
struct Open {
    is_mapping: bool,
    /// What its strings mean.
    meaning: Meaning,
    /// The key whose value follows.
    key: Option<String>,
    /// The positions of its own ids among all that was found.
    ids: Vec<usize>,
    /// Whether it defines a connection instead of using one.
    is_definition: bool,
}

/// What a value means by its key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Connection,
    /// Variables that become arguments of a function.
    Arguments,
    Variable,
    Other,
}

#[derive(Default)]
struct Reader {
    open: Vec<Open>,
    found: Vec<Found>,
}

impl Reader {
    fn event(&mut self, event: Event<'_>, span: Span) {
        let line = number(span.start.line());
        match event {
            Event::Scalar(value, style, ..) => self.scalar(&value, style, line),
            Event::SequenceStart(..) => self.start(false),
            Event::MappingStart(..) => self.start(true),
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(_) => self.alias(line),
            _ => {}
        }
    }

    fn alias(&mut self, line: u32) {
        if self.value() == Meaning::Connection {
            self.found.push(Found::Dynamic { kind: Kind::Connection, line, reason: Reason::Other });
        }
    }

    /// What the next value means. Takes the key. A key that is no string means nothing.
    fn value(&mut self) -> Meaning {
        let Some(open) = self.open.last_mut() else { return Meaning::Other };
        if !open.is_mapping {
            return open.meaning;
        }
        let Some(key) = open.key.take() else {
            open.key = Some(String::new());
            return Meaning::Other;
        };
        match key.as_str() {
            "variables_as_arguments" => Meaning::Arguments,
            "variable" if open.meaning == Meaning::Arguments => Meaning::Variable,
            "conn_id" => Meaning::Connection,
            key if key.ends_with("_conn_id") => Meaning::Connection,
            _ => Meaning::Other,
        }
    }

    fn start(&mut self, is_mapping: bool) {
        let meaning = match (self.value(), is_mapping) {
            (Meaning::Arguments, _) => Meaning::Arguments,
            (Meaning::Connection, false) => Meaning::Connection,
            _ => Meaning::Other,
        };
        self.open.push(Open { is_mapping, meaning, key: None, ids: Vec::new(), is_definition: false });
    }

    fn end(&mut self) {
        let Some(open) = self.open.pop().filter(|open| open.is_definition) else { return };
        for index in open.ids {
            if let Some(found) = self.found.get_mut(index) {
                *found = Found::Text(Text::default());
            }
        }
    }

    fn scalar(&mut self, value: &str, style: ScalarStyle, line: u32) {
        if let Some(open) = self.open.last_mut().filter(|open| open.is_mapping && open.key.is_none()) {
            open.is_definition |= value == "conn_type";
            open.key = Some(value.to_owned());
            return;
        }
        let text = Text::of_lines(value, line);
        let kind = match self.value() {
            Meaning::Connection => Kind::Connection,
            Meaning::Variable => Kind::Variable,
            Meaning::Arguments | Meaning::Other => {
                self.found.push(Found::Text(text));
                return;
            }
        };
        let is_null = matches!(value, "" | "~" | "null" | "Null" | "NULL" | "true" | "false");
        if style == ScalarStyle::Plain && is_null {
            return;
        }
        if let Some(open) = self.open.last_mut() {
            open.ids.push(self.found.len());
        }
        // Tools replace `$NAME` with variables of the environment.
        self.found.push(if value.contains('$') {
            Found::Dynamic { kind, line, reason: Reason::Inserted }
        } else {
            Found::Id { kind, key: value.to_owned(), line }
        });
        self.found.push(Found::Text(text));
    }
}
