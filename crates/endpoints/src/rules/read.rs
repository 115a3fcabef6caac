//! The `[[rule]]` tables of a file.

use std::collections::{BTreeMap, BTreeSet};

use airbridge_airflow::{Edits, Part};
use airbridge_core::Environment;
use airbridge_engine::{Effect, Fill, GLOB_HINT, Pattern, Rename, Rule, Rules};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::Result;
use crate::files::UsedFile;
use crate::toml_file::TomlFile;

/// The keys of a rule.
const KEYS: &[&str] = &["match", "team", "rename", "set", "unset", "exclude"];

/// The parts whose value depends on the id.
pub(super) type Fills = BTreeMap<Part, Fill>;

/// A value of a file.
pub(super) type Value<'a> = Spanned<DeValue<'a>>;

/// Reads a file.
pub(super) struct Reader<'a> {
    pub(super) toml: &'a TomlFile,
    pub(super) env: &'a Environment,
    plain: BTreeSet<String>,
    /// The files that values come from.
    pub(super) files: Vec<UsedFile>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(toml: &'a TomlFile, env: &'a Environment) -> Self {
        Self { toml, env, plain: BTreeSet::new(), files: Vec::new() }
    }

    /// The names of values in plain text that may be secrets, sorted.
    pub(super) fn plain(self) -> BTreeSet<String> {
        self.plain
    }

    /// Records that a value is in plain text.
    pub(super) fn note_plain(&mut self, part: &impl std::fmt::Display) {
        self.plain.insert(part.to_string());
    }

    pub(super) fn read(&mut self) -> Result<Rules> {
        let file = self.toml.table()?;
        let mut rules = Vec::new();
        for (name, value) in file.get_ref() {
            if name.get_ref() != "rule" {
                return Err(self.toml.unknown(name.span().start, name.get_ref(), &["rule"]));
            }
            let DeValue::Array(tables) = value.get_ref() else {
                return Err(self
                    .toml
                    .wrong(name.span().start, "`rule` must be a list of tables")
                    .hint("write [[rule]], with two brackets"));
            };
            for table in tables {
                rules.push(self.rule(table)?);
            }
        }
        if rules.is_empty() {
            return Err(self
                .toml
                .wrong(0, "the file has no rules")
                .hint("write [[rule]] tables, or omit --rules"));
        }
        Ok(Rules::new(rules))
    }

    fn rule(&mut self, value: &Value<'_>) -> Result<Rule> {
        let start = value.span().start;
        let Some(table) = value.get_ref().as_table() else {
            return Err(self.toml.wrong(start, "a rule must be a table").hint("write [[rule]]"));
        };
        for (name, _) in table {
            if !KEYS.contains(&name.get_ref().as_ref()) {
                return Err(self.toml.unknown(name.span().start, name.get_ref(), KEYS));
            }
        }
        let Some(globs) = table.get("match") else {
            return Err(self
                .toml
                .wrong(start, "a rule has no `match`")
                .hint("write match = \"conn:prod_*\", or a list of globs"));
        };
        let matches = self.globs(globs)?;
        let team = table.get("team").map(|team| self.toml.text("team", team)).transpose()?;
        let excluded = table.get("exclude").map(|exclude| self.switch(exclude)).transpose()?;
        let effect = if excluded == Some(true) {
            self.nothing_beside_exclude(table)?;
            Effect::Exclude
        } else {
            let rename = table.get("rename").map(|rename| self.rename(rename, &matches)).transpose()?;
            let (edits, fills) = self.edits(table, &matches)?;
            Effect::Change { rename, edits, fills }
        };
        Ok(Rule { matches, team, effect })
    }

    fn globs(&self, value: &Value<'_>) -> Result<Vec<Pattern>> {
        let texts = self.toml.texts("match", value)?;
        if texts.is_empty() {
            let at = value.span().start;
            return Err(self.toml.wrong(at, "`match` is empty").hint("use `*` to match everything"));
        }
        let glob = |(at, text): &(usize, String)| {
            let pattern = Pattern::new(text).map_err(|bad| {
                let what = format!("invalid glob `{}`: {}", bad.glob, bad.message);
                self.toml.wrong(*at, &what).hint(GLOB_HINT)
            })?;
            if pattern.named().any(|id| id.key.is_empty()) {
                let what = format!("the glob `{text}` matches nothing");
                return Err(self.toml.wrong(*at, &what).hint(GLOB_HINT));
            }
            Ok(pattern)
        };
        texts.iter().map(glob).collect()
    }

    fn rename(&self, value: &Value<'_>, matches: &[Pattern]) -> Result<Rename> {
        let text = self.toml.text("rename", value)?;
        Rename::new(&text, matches)
            .map_err(|what| self.toml.wrong(value.span().start, &format!("`rename` {what}")))
    }

    fn switch(&self, value: &Value<'_>) -> Result<bool> {
        match value.get_ref() {
            DeValue::Boolean(value) => Ok(*value),
            _ => Err(self.toml.wrong(value.span().start, "`exclude` must be true or false")),
        }
    }

    fn nothing_beside_exclude(&self, table: &DeTable<'_>) -> Result<()> {
        for name in ["rename", "set", "unset"] {
            if let Some(value) = table.get(name) {
                let what = format!("`{name}` cannot be combined with `exclude`");
                return Err(self
                    .toml
                    .wrong(value.span().start, &what)
                    .hint("remove one of the two, or write two rules"));
            }
        }
        Ok(())
    }

    fn edits(&mut self, table: &DeTable<'_>, matches: &[Pattern]) -> Result<(Edits, Fills)> {
        let mut edits = Edits::default();
        let mut fills = Fills::new();
        if let Some(set) = table.get("set") {
            self.set(set, matches, &mut edits, &mut fills)?;
        }
        if let Some(unset) = table.get("unset") {
            self.unset(unset, matches, &mut edits)?;
        }
        Ok((edits, fills))
    }
}
