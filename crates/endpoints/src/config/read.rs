//! Parsing `airbridge.toml`.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use airbridge_core::Json;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::configured::{Configured, Setting};
use crate::error::{Error, Result, why};
use crate::toml_file::{Reference, TomlFile};
use crate::value::Value;

/// The content of one file.
#[derive(Debug, Default)]
pub(super) struct File {
    pub(super) endpoints: BTreeMap<String, Configured>,
    pub(super) allow_loss: Vec<String>,
}

/// Reads a file; `None` if it does not exist and is not `required`. `found` is whether it was found in the working directory.
pub(super) fn file(path: &Path, required: bool, found: bool) -> Result<Option<File>> {
    match TomlFile::read(path) {
        Ok(toml) => Reader { toml: &toml, found }.read().map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !required => Ok(None),
        Err(error) => {
            Err(Error::configuration(format!("{} cannot be read: {}", path.display(), why(&error)))
                .hint("name another configuration file with --config"))
        }
    }
}

struct Reader<'a> {
    toml: &'a TomlFile,
    found: bool,
}

type Item<'a> = (&'a Spanned<std::borrow::Cow<'a, str>>, &'a Spanned<DeValue<'a>>);

impl Reader<'_> {
    fn read(&self) -> Result<File> {
        let table = self.toml.table()?;
        let mut file = File::default();
        for (name, value) in table.get_ref() {
            match name.get_ref().as_ref() {
                "endpoints" => file.endpoints = self.endpoints(value)?,
                "allow_loss" => {
                    let words = self.toml.texts("allow_loss", value)?;
                    file.allow_loss = words.into_iter().map(|(_, word)| word).collect();
                }
                other => {
                    return Err(self.toml.unknown(name.span().start, other, &["endpoints", "allow_loss"]));
                }
            }
        }
        Ok(file)
    }

    fn endpoints(&self, value: &Spanned<DeValue<'_>>) -> Result<BTreeMap<String, Configured>> {
        let tables = self.table("endpoints", value)?;
        tables
            .iter()
            .map(|(name, value)| Ok((name.get_ref().to_string(), self.endpoint(name.get_ref(), value)?)))
            .collect()
    }

    fn endpoint(&self, name: &str, value: &Spanned<DeValue<'_>>) -> Result<Configured> {
        let place = format!("endpoints.{name}");
        let mut configured = Configured {
            backend: String::new(),
            keys: Vec::new(),
            place: format!("{}, [{place}]", self.toml.path().display()),
            folder: self.toml.folder(),
            readable_by_others: self.toml.readable_by_others,
            found: self.found,
            file: self.toml.path().to_owned(),
        };
        for item in self.table(&place, value)? {
            match item.0.get_ref().as_ref() {
                "backend" => configured.backend = self.toml.text("backend", item.1)?,
                "backend_kwargs" => self.kwargs(item.1, &mut configured)?,
                _ => self.key(item, &mut configured)?,
            }
        }
        if configured.backend.is_empty() {
            return Err(self
                .toml
                .wrong(value.span().start, &format!("[{place}] has no `backend`"))
                .hint("write backend = \"aws\" or another kind of endpoint, or the path of one of Airflow's classes"));
        }
        Ok(configured)
    }

    /// `backend_kwargs` as a table, or as a string with the JSON that Airflow has.
    fn kwargs(&self, value: &Spanned<DeValue<'_>>, configured: &mut Configured) -> Result<()> {
        match value.get_ref() {
            DeValue::Table(table) => table.iter().try_for_each(|item| self.key(item, configured)),
            DeValue::String(text) => {
                let at = value.span().start;
                let parsed = Json::parse(text).map_err(|error| {
                    self.toml.wrong(at, &format!("`backend_kwargs` is not valid JSON: {error} of it"))
                })?;
                let Json::Object(fields) = parsed else {
                    return Err(self.toml.wrong(at, "`backend_kwargs` must be a JSON object"));
                };
                for (key, json) in fields.iter() {
                    self.add(at, key, Setting::Plain(Value::Json(json.clone())), configured)?;
                }
                Ok(())
            }
            _ => Err(self
                .toml
                .wrong(value.span().start, "`backend_kwargs` must be a table, or a string with JSON")),
        }
    }

    fn key(&self, (key, value): Item<'_>, configured: &mut Configured) -> Result<()> {
        let setting = match Reference::of(value.get_ref()) {
            Some(reference) => Setting::Named(reference),
            None => Setting::Plain(Value::Json(self.toml.json(value)?)),
        };
        self.add(key.span().start, key.get_ref(), setting, configured)
    }

    fn add(&self, at: usize, key: &str, setting: Setting, configured: &mut Configured) -> Result<()> {
        if configured.keys.iter().any(|(other, _)| other == key) {
            return Err(self
                .toml
                .wrong(at, &format!("`{key}` is given twice, in `backend_kwargs` and outside it")));
        }
        configured.keys.push((key.to_owned(), setting));
        Ok(())
    }

    fn table<'v>(&self, name: &str, value: &'v Spanned<DeValue<'v>>) -> Result<&'v DeTable<'v>> {
        value.get_ref().as_table().ok_or_else(|| {
            self.toml
                .wrong(value.span().start, &format!("`{name}` must be a table"))
                .hint("write [endpoints.NAME]")
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use airbridge_core::{Environment, Json};

    use super::file;
    use crate::error::Error;
    use crate::value::Value;

    fn is_secret(key: &str) -> bool {
        key == "token"
    }

    fn read(text: &str) -> Result<super::File, Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("airbridge.toml");
        fs::write(&path, text).unwrap();
        file(&path, true, false).map(Option::unwrap_or_default)
    }

    #[test]
    fn kwargs_are_a_table_or_json_and_other_keys_are_outside() {
        let file = read(concat!(
            "allow_loss = ['description']\n[endpoints.new]\nbackend = 'vault'\n",
            "backend_kwargs = '{\"mount_point\": \"airflow\", \"config_path\": null}'\n",
            "token = { env = 'T' }\n[endpoints.old]\nbackend = 'aws'\nbackend_kwargs = { sep = '-' }\n",
        ))
        .unwrap();
        assert_eq!(file.allow_loss, ["description"]);
        let env: Environment = [("T", "secret")].into_iter().collect();
        let keys = file.endpoints["new"].keys(&env, &is_secret, &mut Vec::new()).unwrap();
        let expected = [
            ("mount_point".to_owned(), Value::Json(Json::string("airflow"))),
            ("config_path".to_owned(), Value::Json(Json::Null)),
            ("token".to_owned(), Value::Text("secret".into())),
        ];
        assert_eq!(keys, expected);
        assert_eq!(file.endpoints["old"].backend, "aws");
    }

    #[test]
    fn invalid_file_is_rejected_with_the_line_and_without_values() {
        for (text, expected) in [
            ("[endpoints.a]\nbackend = 'aws'\ntoken = 'canary\n", "line 3: not valid TOML"),
            ("\n[endpoint.a]\nbackend = 'canary'", "line 2: unknown key `endpoint`"),
            ("[endpoints.a]\nsep = 'canary'", "line 1: [endpoints.a] has no `backend`"),
            (
                "[endpoints.a]\nbackend = 'aws'\nbackend_kwargs = '{\"canary\"'",
                "line 3: `backend_kwargs` is not valid JSON",
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
    fn missing_variable_of_a_secret_is_named() {
        let file = read("[endpoints.a]\nbackend = 'vault'\ntoken = { env = 'NOWHERE' }\n").unwrap();
        let failure =
            file.endpoints["a"].keys(&Environment::default(), &is_secret, &mut Vec::new()).unwrap_err();
        assert!(failure.message.contains("NOWHERE"), "{}", failure.message);
    }

    #[test]
    fn plain_secret_in_a_file_that_others_can_read_is_a_warning() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("airbridge.toml");
        fs::write(&path, "[endpoints.a]\nbackend = 'vault'\ntoken = 'x'\n").unwrap();
        for (mode, notes) in [(0o644, 1), (0o600, 0)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let file = file(&path, true, false).unwrap().unwrap();
            let mut said = Vec::new();
            file.endpoints["a"].keys(&Environment::default(), &is_secret, &mut said).unwrap();
            assert_eq!(said.len(), notes, "{mode:o}");
        }
    }
}
