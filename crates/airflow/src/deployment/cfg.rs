//! The syntax of `airflow.cfg`: Python's `configparser` as Airflow uses it, with case-sensitive options.
//! (`CPython` 3.11, `configparser.RawConfigParser._read` and `BasicInterpolation`.)

use airbridge_core::SecretText;
use indexmap::IndexMap;
use zeroize::Zeroizing;

use super::fault::{Fault, Spot};
use crate::python::{is_space, strip};

/// The maximum nesting of `%(name)s`.
const DEPTH: usize = 10;
const DEFAULT: &str = "DEFAULT";

/// A parsed `airflow.cfg`, before interpolation.
#[derive(Clone, Debug, Default)]
pub struct Cfg {
    sections: IndexMap<String, Options>,
    defaults: Options,
}

type Options = IndexMap<String, Entry>;

#[derive(Clone, Debug)]
struct Entry {
    value: SecretText,
    line: usize,
}

/// An option whose value is still being read.
struct Open {
    option: String,
    lines: Vec<Zeroizing<String>>,
    line: usize,
}

impl Cfg {
    /// Parses the text of a file.
    ///
    /// # Errors
    ///
    /// If Airflow rejects the file: text before the first section, a duplicate section or option, a line that is
    /// neither a section nor an option. The message has the line number.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let mut parser = Parser::default();
        // Python's text mode converts every line break to a line feed.
        let text = Zeroizing::new(text.replace("\r\n", "\n").replace('\r', "\n"));
        for (number, line) in text.split('\n').enumerate() {
            parser.line(line, number + 1)?;
        }
        parser.close();
        Ok(parser.cfg)
    }

    /// The value of an option with `%(name)s` and `%%` resolved. If the section exists but does not have the option,
    /// `[DEFAULT]` is used.
    ///
    /// # Errors
    ///
    /// If a `%` is not part of a valid reference, because then Airflow does not start.
    pub(super) fn get(&self, section: &str, option: &str) -> Result<Option<(SecretText, Spot)>, Fault> {
        let Some(options) = self.sections.get(section) else { return Ok(None) };
        let lookup = |name: &str| options.get(name).or_else(|| self.defaults.get(name));
        let Some(entry) = lookup(option) else { return Ok(None) };
        let spot = Spot::Option { section: section.to_owned(), option: option.to_owned(), line: entry.line };
        let mut value = Zeroizing::new(String::new());
        match interpolate(entry.value.expose(), &lookup, &mut value, 1) {
            Ok(()) => Ok(Some((SecretText::new(value.as_str()), spot))),
            Err(what) => Err(Fault::new(
                Some(spot),
                format!("{what}, so Airflow does not start"),
                "write `%%` for a literal `%` in airflow.cfg",
            )),
        }
    }
}

/// `BasicInterpolation._interpolate_some`.
fn interpolate<'a>(
    mut rest: &str,
    lookup: &dyn Fn(&str) -> Option<&'a Entry>,
    value: &mut Zeroizing<String>,
    depth: usize,
) -> Result<(), &'static str> {
    if depth > DEPTH {
        return Err("`%(name)s` references are nested too deeply");
    }
    while let Some(at) = rest.find('%') {
        value.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some(next) = after.strip_prefix('%') {
            value.push('%');
            rest = next;
        } else if let Some(reference) = after.strip_prefix('(') {
            let (name, next) = reference
                .split_once(')')
                .filter(|(name, _)| !name.is_empty())
                .and_then(|(name, next)| Some((name, next.strip_prefix('s')?)))
                .ok_or("expected `%(name)s` after `%(`")?;
            let found = lookup(name).ok_or("`%(name)s` refers to an unknown option")?.value.expose();
            if found.contains('%') {
                interpolate(found, lookup, value, depth + 1)?;
            } else {
                value.push_str(found);
            }
            rest = next;
        } else {
            return Err("expected `%` or `(` after `%`");
        }
    }
    value.push_str(rest);
    Ok(())
}

#[derive(Default)]
struct Parser {
    cfg: Cfg,
    /// The section of the current line.
    section: Option<String>,
    open: Option<Open>,
    indent: usize,
}

impl Parser {
    fn line(&mut self, line: &str, number: usize) -> Result<(), Fault> {
        let value = strip(line);
        if value.starts_with(['#', ';']) {
            return Ok(());
        }
        if value.is_empty() {
            if let Some(open) = &mut self.open {
                open.lines.push(Zeroizing::default());
            }
            return Ok(());
        }
        let indent = line.chars().take_while(|character| is_space(*character)).count();
        if let Some(open) = self.open.as_mut().filter(|_| indent > self.indent) {
            open.lines.push(Zeroizing::new(value.to_owned()));
            return Ok(());
        }
        self.indent = indent;
        self.close();
        match header(value) {
            Some(name) => self.header(name, number),
            None => self.option(value, number),
        }
    }

    fn header(&mut self, name: &str, number: usize) -> Result<(), Fault> {
        if name != DEFAULT {
            if self.cfg.sections.contains_key(name) {
                return Err(broken(number, format!("duplicate section [{name}]")));
            }
            self.cfg.sections.insert(name.to_owned(), Options::new());
        }
        self.section = Some(name.to_owned());
        Ok(())
    }

    fn option(&mut self, text: &str, number: usize) -> Result<(), Fault> {
        let Some(section) = self.section.as_deref() else {
            return Err(broken(number, "expected a [section] first"));
        };
        let Some((name, value)) = text.split_once(['=', ':']) else {
            return Err(broken(number, "expected a [section] or `option = value`"));
        };
        let name = name.trim_end_matches(is_space);
        if name.is_empty() {
            return Err(broken(number, "expected the name of an option before the `=`"));
        }
        if self.options(section).is_some_and(|options| options.contains_key(name)) {
            return Err(broken(number, format!("duplicate option in [{section}]")));
        }
        let value = Zeroizing::new(strip(value).to_owned());
        self.open = Some(Open { option: name.to_owned(), lines: vec![value], line: number });
        Ok(())
    }

    /// Ends the value that is being read.
    fn close(&mut self) {
        let (Some(open), Some(section)) = (self.open.take(), self.section.clone()) else { return };
        let mut value = Zeroizing::new(String::new());
        for (number, line) in open.lines.iter().enumerate() {
            if number > 0 {
                value.push('\n');
            }
            value.push_str(line);
        }
        let value = SecretText::new(value.trim_end_matches(is_space));
        let options = if section == DEFAULT {
            Some(&mut self.cfg.defaults)
        } else {
            self.cfg.sections.get_mut(&section)
        };
        if let Some(options) = options {
            options.insert(open.option, Entry { value, line: open.line });
        }
    }

    fn options(&self, section: &str) -> Option<&Options> {
        if section == DEFAULT { Some(&self.cfg.defaults) } else { self.cfg.sections.get(section) }
    }
}

/// The name in `[name]`, up to the last `]` of the line. The rest of the line is ignored.
fn header(text: &str) -> Option<&str> {
    let (name, _) = text.strip_prefix('[')?.rsplit_once(']')?;
    Some(name).filter(|name| !name.is_empty())
}

fn broken(line: usize, message: impl Into<String>) -> Fault {
    Fault::new(
        None,
        format!("line {line}: {}, so Airflow does not start", message.into()),
        "correct the line; the file must be valid for Python's configparser",
    )
}
