//! `set` and `unset`: the parts of an entry and their values.

use std::collections::BTreeSet;

use airbridge_airflow::{Edits, Field, Kind, Part};
use airbridge_core::Json;
use airbridge_engine::{Fill, Pattern};
use toml::de::DeValue;

use super::read::{Fills, Reader, Value};
use crate::error::{Error, Result};
use crate::files::UsedFile;
use crate::toml_file::Reference;

const SETTABLE: &[&str] =
    &["host", "schema", "login", "port", "conn_type", "description", "password", "value", "extra.KEY"];
const UNSETTABLE: &[&str] =
    &["description", "host", "schema", "login", "password", "port", "extra", "extra.KEY"];

/// Whether a string within a list or table would be filled in if it stood alone.
fn holds_captures(value: &DeValue<'_>, matches: &[Pattern]) -> bool {
    let inner = |value: &DeValue<'_>| match value {
        DeValue::String(text) => !matches!(Fill::new(text, matches), Ok(None)),
        nested => holds_captures(nested, matches),
    };
    match value {
        DeValue::Array(items) => items.iter().any(|item| inner(item.get_ref())),
        DeValue::Table(table) => table.values().any(|value| inner(value.get_ref())),
        _ => false,
    }
}

/// A port that is written as a string.
fn port(text: &str) -> Option<Json> {
    let port: u16 = text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))?;
    Some(Json::integer(port.into()))
}

impl Reader<'_> {
    pub(super) fn set(
        &mut self,
        value: &Value<'_>,
        matches: &[Pattern],
        edits: &mut Edits,
        fills: &mut Fills,
    ) -> Result<()> {
        let Some(table) = value.get_ref().as_table() else {
            return Err(self
                .toml
                .wrong(value.span().start, "`set` must be a table")
                .hint("write set.host = \"…\""));
        };
        for (key, value) in table {
            let at = key.span().start;
            let name = key.get_ref().as_ref();
            if name == "extra" {
                let keys = self.keys_of_the_extra(at, value)?;
                for (key, value) in keys.get_ref().as_table().into_iter().flatten() {
                    let part = Part::ExtraKey(key.get_ref().to_string());
                    self.set_part(key.span().start, part, value, matches, (edits, fills))?;
                }
                continue;
            }
            let part = Part::named(name).ok_or_else(|| self.toml.unknown(at, name, SETTABLE))?;
            self.set_part(at, part, value, matches, (edits, fills))?;
        }
        let parts: BTreeSet<&Part> = edits.set.keys().chain(fills.keys()).collect();
        let both = parts.contains(&Part::Value) && parts.len() > 1;
        if both {
            return Err(self
                .toml
                .wrong(value.span().start, "`set` has `value` and fields of connections; no entry has both")
                .hint("write two rules"));
        }
        Ok(())
    }

    /// The keys in `set.extra`. A table with only `env` or `file` could be a reference or keys, and is rejected.
    fn keys_of_the_extra<'v>(&self, at: usize, value: &'v Value<'v>) -> Result<&'v Value<'v>> {
        if value.get_ref().as_table().is_some() && Reference::of(value.get_ref()).is_none() {
            return Ok(value);
        }
        Err(self
            .toml
            .wrong(at, "`extra` cannot be set as a whole, only its keys")
            .hint("write set.extra.KEY = …; for a key named env or file write set.\"extra.env\" = …"))
    }

    fn set_part(
        &mut self,
        at: usize,
        part: Part,
        value: &Value<'_>,
        matches: &[Pattern],
        (edits, fills): (&mut Edits, &mut Fills),
    ) -> Result<()> {
        self.must_fit(at, &part, matches)?;
        if edits.set.contains_key(&part) || fills.contains_key(&part) {
            return Err(self.toml.wrong(at, &format!("`{part}` is set twice")));
        }
        // Values from variables and files are not templates.
        let text = value.get_ref().as_str().unwrap_or_default();
        let fill =
            Fill::new(text, matches).map_err(|what| self.toml.wrong(at, &format!("`{part}` {what}")))?;
        if let Some(fill) = fill {
            fills.insert(part, fill);
            return Ok(());
        }
        if Reference::of(value.get_ref()).is_none() && holds_captures(value.get_ref(), matches) {
            return Err(self
                .toml
                .wrong(
                    at,
                    &format!("`{part}` has braces within a list or table, where they are not filled in"),
                )
                .hint("set the key to one string, such as \"{1}\""));
        }
        let value = self.value(at, &part, value)?;
        edits.set.insert(part, value);
        Ok(())
    }

    fn value(&mut self, at: usize, part: &Part, value: &Value<'_>) -> Result<Json> {
        if let Some(reference) = Reference::of(value.get_ref()) {
            let place = matches!(part, Part::Field(Field::Host | Field::Schema | Field::Port));
            if !part.may_be_secret() && !place {
                return Err(self.toml.wrong(at, &format!("`{part}` must be set in the file itself")).hint(
                    "use { env = … } and { file = … } for host, schema, port, password, login, value and keys of extra",
                ));
            }
            let what = format!("{}: `{part}`", self.toml.place(at));
            if let Reference::File(path) = &reference {
                let path = self.toml.folder().join(path);
                self.files.push(UsedFile::read(path, format!("the file with the value of {what}")));
            }
            let text = reference.fetch(&what, &self.toml.folder(), self.env)?;
            if *part == Part::Field(Field::Port) {
                return port(text.expose()).ok_or_else(|| self.no_port(at));
            }
            return Ok(Json::String(text));
        }
        if part.may_be_secret() && *part != Part::Field(Field::Login) {
            self.note_plain(part);
        }
        match part {
            Part::ExtraKey(_) => self.toml.json(value),
            Part::Field(Field::Port) => self.port(at, value),
            _ => match value.get_ref().as_str() {
                Some("") if *part == Part::Field(Field::ConnType) => {
                    Err(self.toml.wrong(at, "`conn_type` must not be empty"))
                }
                Some(text) => Ok(Json::string(text)),
                None if part.may_be_secret() => Err(self.toml.wrong(
                    at,
                    &format!("`{part}` must be a string, {{ env = \"NAME\" }} or {{ file = \"PATH\" }}"),
                )),
                None => Err(self.toml.wrong(at, &format!("`{part}` must be a string"))),
            },
        }
    }

    fn port(&self, at: usize, value: &Value<'_>) -> Result<Json> {
        let port = match value.get_ref() {
            DeValue::Integer(number) => {
                let number = u16::from_str_radix(number.as_str(), number.radix()).ok();
                number.map(|number| Json::integer(number.into()))
            }
            DeValue::String(text) => port(text),
            _ => None,
        };
        port.ok_or_else(|| self.no_port(at))
    }

    fn no_port(&self, at: usize) -> Error {
        self.toml.wrong(at, "`port` must be a whole number from 0 to 65535")
    }

    pub(super) fn unset(&self, value: &Value<'_>, matches: &[Pattern], edits: &mut Edits) -> Result<()> {
        for (at, name) in self.toml.texts("unset", value)? {
            let part = match Part::named(&name) {
                Some(Part::Value | Part::Field(Field::ConnType)) => {
                    return Err(self
                        .toml
                        .wrong(at, &format!("`{name}` cannot be unset: every entry has it"))
                        .hint(format!("use set.{name} to change it, or exclude = true to skip the entry")));
                }
                Some(part) => part,
                None => return Err(self.toml.unknown(at, &name, UNSETTABLE)),
            };
            self.must_fit(at, &part, matches)?;
            if edits.set.contains_key(&part) {
                return Err(self.toml.wrong(at, &format!("`{part}` is both set and unset")));
            }
            edits.unset.insert(part);
        }
        Ok(())
    }

    /// Rejects a part that entries matched by a glob with a kind do not have. A glob without a kind is checked when the
    /// rule is applied.
    fn must_fit(&self, at: usize, part: &Part, matches: &[Pattern]) -> Result<()> {
        let unfit = matches.iter().find_map(|glob| {
            let kind = glob.kind().filter(|kind| !part.fits(*kind))?;
            Some((glob, kind))
        });
        match unfit {
            Some((glob, kind)) => Err(self.unfit(at, part, glob, kind)),
            None => Ok(()),
        }
    }

    fn unfit(&self, at: usize, part: &Part, glob: &Pattern, kind: Kind) -> Error {
        let (lacks, matched) = match kind {
            Kind::Connection => ("a connection has no", "connections"),
            Kind::Variable => ("a variable has no", "variables"),
            Kind::Config => ("a config option has no", "config options"),
        };
        self.toml
            .wrong(at, &format!("{lacks} `{part}`, but `{}` matches {matched}", glob.text()))
            .hint("write a rule for each kind")
    }
}
