//! From the text of `airbridge.toml` to what it says. Messages name the line, never what stands in it.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use airbridge_core::{Fields, Json, SecretText};
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use zeroize::Zeroizing;

use super::{Configured, Setting};
use crate::endpoint::Value;
use crate::failure::{Failure, Outcome, nearest, readable_by_others, why};

/// What one file says.
#[derive(Debug, Default)]
pub(super) struct File {
    pub(super) endpoints: BTreeMap<String, Configured>,
    pub(super) allow_loss: Vec<String>,
}

/// Reads a file; one that is absent is `None` unless it is `required`.
pub(super) fn file(path: &Path, required: bool) -> Outcome<Option<File>> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !required => return Ok(None),
        Err(error) => {
            return Err(Failure::configuration(format!(
                "{} cannot be read: {}",
                path.display(),
                why(&error)
            ))
            .hint("--config names the configuration file"));
        }
    };
    let reader = Reader { path, text: &text, readable_by_others: readable_by_others(path) };
    reader.read().map(Some)
}

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
    readable_by_others: bool,
}

type Item<'a> = (&'a Spanned<std::borrow::Cow<'a, str>>, &'a Spanned<DeValue<'a>>);

impl Reader<'_> {
    fn read(&self) -> Outcome<File> {
        let table = DeTable::parse(self.text).map_err(|error| {
            // Its `Display` would show the line, and with it a secret.
            let at = error.span().map_or(0, |span| span.start);
            self.wrong(at, &format!("is no TOML: {}", error.message().replace('\n', ", ")))
        })?;
        let mut file = File::default();
        for (name, value) in table.get_ref() {
            match name.get_ref().as_ref() {
                "endpoints" => file.endpoints = self.endpoints(value)?,
                "allow_loss" => file.allow_loss = self.texts("allow_loss", value)?,
                other => return Err(self.unknown(name.span().start, other, &["endpoints", "allow_loss"])),
            }
        }
        Ok(file)
    }

    fn endpoints(&self, value: &Spanned<DeValue<'_>>) -> Outcome<BTreeMap<String, Configured>> {
        let tables = self.table("endpoints", value)?;
        tables
            .iter()
            .map(|(name, value)| Ok((name.get_ref().to_string(), self.endpoint(name.get_ref(), value)?)))
            .collect()
    }

    fn endpoint(&self, name: &str, value: &Spanned<DeValue<'_>>) -> Outcome<Configured> {
        let place = format!("endpoints.{name}");
        let mut configured = Configured {
            backend: String::new(),
            keys: Vec::new(),
            place: format!("{}, [{place}]", self.path.display()),
            folder: self.path.parent().map(PathBuf::from).unwrap_or_default(),
            readable_by_others: self.readable_by_others,
        };
        for item in self.table(&place, value)? {
            match item.0.get_ref().as_ref() {
                "backend" => configured.backend = self.text("backend", item.1)?,
                "backend_kwargs" => self.kwargs(item.1, &mut configured)?,
                _ => self.key(item, &mut configured)?,
            }
        }
        if configured.backend.is_empty() {
            return Err(self
                .wrong(value.span().start, &format!("[{place}] has no `backend`"))
                .hint("backend = \"aws\", or the path of Airflow's class"));
        }
        Ok(configured)
    }

    /// `backend_kwargs` as a table, or as the JSON text that Airflow has.
    fn kwargs(&self, value: &Spanned<DeValue<'_>>, configured: &mut Configured) -> Outcome<()> {
        match value.get_ref() {
            DeValue::Table(table) => table.iter().try_for_each(|item| self.key(item, configured)),
            DeValue::String(text) => {
                let at = value.span().start;
                let parsed = Json::parse(text).map_err(|error| {
                    self.wrong(at, &format!("`backend_kwargs` is no JSON: {error} of it"))
                })?;
                let Json::Object(fields) = parsed else {
                    return Err(self.wrong(at, "`backend_kwargs` is JSON, but no object"));
                };
                for (key, json) in fields.iter() {
                    self.add(at, key, Setting::Plain(Value::Json(json.clone())), configured)?;
                }
                Ok(())
            }
            _ => Err(self.wrong(value.span().start, "`backend_kwargs` must be a table or a JSON text")),
        }
    }

    fn key(&self, (key, value): Item<'_>, configured: &mut Configured) -> Outcome<()> {
        let setting = match value.get_ref() {
            DeValue::Table(table) => named(table),
            _ => None,
        };
        let setting = match setting {
            Some(setting) => setting,
            None => Setting::Plain(Value::Json(self.json(value)?)),
        };
        self.add(key.span().start, key.get_ref(), setting, configured)
    }

    fn add(&self, at: usize, key: &str, setting: Setting, configured: &mut Configured) -> Outcome<()> {
        if configured.keys.iter().any(|(other, _)| other == key) {
            return Err(self.wrong(at, &format!("`{key}` is given twice, in `backend_kwargs` and beside it")));
        }
        configured.keys.push((key.to_owned(), setting));
        Ok(())
    }

    fn json(&self, value: &Spanned<DeValue<'_>>) -> Outcome<Json> {
        let at = value.span().start;
        Ok(match value.get_ref() {
            DeValue::String(text) => Json::string(text.as_ref()),
            DeValue::Boolean(value) => Json::Bool(*value),
            DeValue::Integer(number) => {
                let number = i64::from_str_radix(number.as_str(), number.radix());
                Json::integer(number.map_err(|_| self.wrong(at, "a number is too large"))?)
            }
            DeValue::Float(number) => Json::Number(SecretText::new(number.as_str())),
            DeValue::Array(items) => {
                Json::Array(items.iter().map(|item| self.json(item)).collect::<Outcome<_>>()?)
            }
            DeValue::Table(table) => {
                let pairs =
                    table.iter().map(|(key, value)| Ok((key.get_ref().to_string(), self.json(value)?)));
                Json::Object(pairs.collect::<Outcome<Vec<_>>>()?.into_iter().collect::<Fields>())
            }
            DeValue::Datetime(_) => {
                return Err(self.wrong(at, "a date stands where a text or a number is expected"));
            }
        })
    }

    fn table<'v>(&self, name: &str, value: &'v Spanned<DeValue<'v>>) -> Outcome<&'v DeTable<'v>> {
        value.get_ref().as_table().ok_or_else(|| {
            self.wrong(value.span().start, &format!("`{name}` must be a table"))
                .hint("write [endpoints.NAME]")
        })
    }

    fn text(&self, name: &str, value: &Spanned<DeValue<'_>>) -> Outcome<String> {
        let text = value.get_ref().as_str().map(str::to_owned);
        text.ok_or_else(|| self.wrong(value.span().start, &format!("`{name}` must be a text")))
    }

    fn texts(&self, name: &str, value: &Spanned<DeValue<'_>>) -> Outcome<Vec<String>> {
        match value.get_ref() {
            DeValue::Array(items) => items.iter().map(|item| self.text(name, item)).collect(),
            _ => Ok(vec![self.text(name, value)?]),
        }
    }

    fn unknown(&self, at: usize, name: &str, known: &[&str]) -> Failure {
        let near = nearest(name, known.iter().copied());
        let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        self.wrong(at, &format!("`{name}` means nothing here"))
            .hint(format!("{near}it takes {}", known.join(", ")))
    }

    fn wrong(&self, at: usize, what: &str) -> Failure {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        Failure::configuration(format!("{}, line {line}: {what}", self.path.display()))
    }
}

/// `{ env = "NAME" }` or `{ file = "PATH" }`.
fn named(table: &DeTable<'_>) -> Option<Setting> {
    let mut items = table.iter();
    let (key, value) = items.next()?;
    if items.next().is_some() {
        return None;
    }
    let text = value.get_ref().as_str()?;
    match key.get_ref().as_ref() {
        "env" => Some(Setting::Variable(text.to_owned())),
        "file" => Some(Setting::File(PathBuf::from(text))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use airbridge_core::{Environment, Json};

    use super::{Value, file};
    use crate::failure::Failure;

    fn read(text: &str) -> Result<super::File, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("airbridge.toml");
        fs::write(&path, text).unwrap();
        file(&path, true).map(Option::unwrap_or_default)
    }

    #[test]
    fn kwargs_are_a_table_or_json_and_own_keys_stand_beside() {
        let file = read(concat!(
            "allow_loss = ['description']\n[endpoints.new]\nbackend = 'vault'\n",
            "backend_kwargs = '{\"mount_point\": \"airflow\", \"config_path\": null}'\n",
            "token = { env = 'T' }\n[endpoints.old]\nbackend = 'aws'\nbackend_kwargs = { sep = '-' }\n",
        ))
        .unwrap();
        assert_eq!(file.allow_loss, ["description"]);
        let env: Environment = [("T", "secret")].into_iter().collect();
        let keys = file.endpoints["new"].keys(&env, &mut Vec::new()).unwrap();
        let expected = [
            ("mount_point".to_owned(), Value::Json(Json::string("airflow"))),
            ("config_path".to_owned(), Value::Json(Json::Null)),
            ("token".to_owned(), Value::Text("secret".into())),
        ];
        assert_eq!(keys, expected);
        assert_eq!(file.endpoints["old"].backend, "aws");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line_and_without_its_text() {
        for (text, expected) in [
            ("[endpoints.a]\nbackend = 'aws'\ntoken = 'canary\n", "line 3: is no TOML"),
            ("\n[endpoint.a]\nbackend = 'canary'", "line 2: `endpoint` means nothing here"),
            ("[endpoints.a]\nsep = 'canary'", "line 1: [endpoints.a] has no `backend`"),
            (
                "[endpoints.a]\nbackend = 'aws'\nbackend_kwargs = '{\"canary\"'",
                "line 3: `backend_kwargs` is no JSON",
            ),
            (
                "[endpoints.a]\nbackend = 'aws'\nsep = 'a'\nbackend_kwargs = { sep = 'canary' }",
                "line 3: `sep` is given twice",
            ),
            ("endpoints = 'canary'", "line 1: `endpoints` must be a table"),
        ] {
            let failure = read(text).map(|_| ()).unwrap_err();
            assert!(failure.message.contains(expected), "{}", failure.message);
            assert!(!format!("{failure:?}").contains("canary"), "{failure:?}");
        }
    }

    #[test]
    fn a_secret_that_is_not_there_is_named() {
        let file = read("[endpoints.a]\nbackend = 'vault'\ntoken = { env = 'NOWHERE' }\n").unwrap();
        let failure = file.endpoints["a"].keys(&Environment::default(), &mut Vec::new()).unwrap_err();
        assert!(failure.message.contains("NOWHERE"), "{}", failure.message);
    }

    #[test]
    fn a_secret_in_plain_text_is_worth_a_word_where_others_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("airbridge.toml");
        fs::write(&path, "[endpoints.a]\nbackend = 'vault'\ntoken = 'x'\n").unwrap();
        for (mode, notes) in [(0o644, 1), (0o600, 0)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let file = file(&path, true).unwrap().unwrap();
            let mut said = Vec::new();
            file.endpoints["a"].keys(&Environment::default(), &mut said).unwrap();
            assert_eq!(said.len(), notes, "{mode:o}");
        }
    }
}
