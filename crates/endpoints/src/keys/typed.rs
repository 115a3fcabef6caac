//! Keys as the type that they require. Messages never contain the value.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use airbridge_core::{Fields, Json, JsonStyle, SecretText, Warning, WarningCode};

use super::{Given, Keys, place_of};
use crate::error::{Error, Result};
use crate::files::UsedFile;
use crate::nearest::nearest;
use crate::secrecy::{holds_password, password_on_command_line, secret_on_command_line};
use crate::value::{Origin, Secret, Value};

impl Keys {
    /// A string; null counts as absent.
    pub(crate) fn text(&mut self, key: &'static str) -> Result<Option<String>> {
        Ok(self.text_or_null(key)?.flatten())
    }

    /// A string where null has a meaning of its own: absent, null, or a string.
    #[expect(clippy::option_option, reason = "Airflow distinguishes absent, null and a string")]
    pub(crate) fn text_or_null(&mut self, key: &'static str) -> Result<Option<Option<String>>> {
        let Some(given) = self.take(key) else { return Ok(None) };
        self.warn_of_null_text(key, &given);
        match &given.value {
            Value::Text(text) => Ok(Some(Some(text.expose().to_owned()))),
            Value::Json(Json::Null) => Ok(Some(None)),
            Value::Json(json) => match json.as_str() {
                Some(text) => Ok(Some(Some(text.to_owned()))),
                None => Err(self.wrong(key, &given, "a string")),
            },
        }
    }

    /// A string, a list of strings, or null for an empty list; absent is `None`.
    pub(crate) fn texts_or_null(&mut self, key: &'static str) -> Result<Option<Vec<String>>> {
        let Some(given) = self.take(key) else { return Ok(None) };
        self.warn_of_null_text(key, &given);
        let wrong = || self.wrong(key, &given, "a string, a list of strings, or null");
        match &given.value {
            Value::Text(text) => Ok(Some(vec![text.expose().to_owned()])),
            Value::Json(Json::Null) => Ok(Some(Vec::new())),
            Value::Json(Json::Array(items)) => items
                .iter()
                .map(|item| item.as_str().map(str::to_owned))
                .collect::<Option<_>>()
                .map(Some)
                .ok_or_else(wrong),
            Value::Json(json) => json.as_str().map(|text| Some(vec![text.to_owned()])).ok_or_else(wrong),
        }
    }

    /// Warns of the string `null`, which is rarely meant.
    fn warn_of_null_text(&mut self, key: &str, given: &Given) {
        let text = given.value.as_str().unwrap_or_default();
        if ["null", "none", "nil"].contains(&text.to_ascii_lowercase().as_str()) {
            let place = place_of(&given.origin);
            let message = format!("`{key}` of {} is the text `{text}`, not null{place}", self.endpoint());
            let hint = format!("write {key}:=null if you mean null");
            self.note(Warning::new(WarningCode::NullText, message).with_hint(hint));
        }
    }

    /// A secret. It is an error on the command line, whether or not the key is declared as a secret.
    pub(crate) fn secret(&mut self, key: &'static str) -> Result<Option<SecretText>> {
        self.refuse_on_command_line(key)?;
        let Some(given) = self.take(key) else { return Ok(None) };
        match &given.value {
            Value::Text(text) | Value::Json(Json::String(text)) => Ok(Some(text.clone())),
            Value::Json(Json::Null) => Ok(None),
            Value::Json(_) => Err(self.wrong(key, &given, "a string")),
        }
    }

    /// A secret that is a string or a JSON object.
    pub(crate) fn secret_document(&mut self, key: &'static str) -> Result<Option<SecretText>> {
        self.refuse_on_command_line(key)?;
        self.document(key)
    }

    /// A string, or a JSON object as its text.
    ///
    /// The document configures how to authenticate, and may name files and addresses.
    pub(crate) fn document(&mut self, key: &'static str) -> Result<Option<SecretText>> {
        self.check_trust(key)?;
        match self.json(key) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::String(text)) => {
                // Google's document may be the path of one.
                if Path::new(text.expose()).is_file() {
                    self.uses_path(key, Path::new(text.expose()));
                }
                Ok(Some(text))
            }
            Some(json @ Json::Object(_)) => Ok(Some(json.to_text(JsonStyle::LINE))),
            Some(_) => Err(Error::configuration(format!("`{key}` must be a string or a JSON object"))),
        }
    }

    fn refuse_on_command_line(&self, key: &'static str) -> Result<()> {
        match self.given.get(key) {
            Some(given) if given.origin == Origin::CommandLine => {
                Err(secret_on_command_line(key, Secret::default()))
            }
            _ => Ok(()),
        }
    }

    /// The path of a file with settings, certificates or credentials.
    pub(crate) fn path(&mut self, key: &'static str) -> Result<Option<PathBuf>> {
        self.check_trust(key)?;
        let path = self.entry_path(key)?;
        if let Some(path) = &path {
            self.uses_path(key, path);
        }
        Ok(path)
    }

    /// Records that a key names a file that is read beside the entries.
    pub(crate) fn uses_path(&mut self, key: &'static str, path: &Path) {
        let what = format!("the file that `{key}` of {} names", self.endpoint());
        self.uses(UsedFile::read(path, what));
    }

    /// The path of a file of entries: the place itself.
    pub(crate) fn entry_path(&mut self, key: &'static str) -> Result<Option<PathBuf>> {
        Ok(self.text(key)?.map(PathBuf::from))
    }

    /// An address. One with a password in it is rejected on the command line.
    pub(crate) fn url(&mut self, key: &'static str) -> Result<Option<String>> {
        // A name, as of a key vault, is not an address.
        let is_name = |text: &str| text.chars().all(|char| char.is_ascii_alphanumeric() || char == '-');
        if !self.given(key).as_ref().and_then(Json::as_str).is_some_and(is_name) {
            self.check_trust(key)?;
        }
        let typed = self.is_typed(key);
        match self.text(key)? {
            Some(url) if typed && holds_password(&url) => Err(password_on_command_line(key)),
            url => Ok(url),
        }
    }

    /// The addresses of an object such as `{"https": "http://host:port"}`, likewise.
    pub(crate) fn urls(&mut self, key: &'static str) -> Result<Option<Fields>> {
        let typed = self.is_typed(key);
        let found = self.object(key)?;
        let has_password =
            |fields: &Fields| fields.iter().any(|(_, url)| url.as_str().is_some_and(holds_password));
        if typed && found.as_ref().is_some_and(has_password) {
            return Err(password_on_command_line(key));
        }
        Ok(found)
    }

    /// Whether a key was given on the command line.
    fn is_typed(&self, key: &str) -> bool {
        self.given.get(key).is_some_and(|given| given.origin == Origin::CommandLine)
    }

    /// `true` or `false`.
    pub(crate) fn flag(&mut self, key: &'static str) -> Result<Option<bool>> {
        let Some(given) = self.take(key) else { return Ok(None) };
        let word = match &given.value {
            Value::Json(Json::Null) => return Ok(None),
            Value::Json(Json::Bool(value)) => Some(value.to_string()),
            value => value.as_str().map(str::to_ascii_lowercase),
        };
        let value = match word.as_deref() {
            Some("true") => true,
            Some("false") => false,
            _ => return Err(self.wrong(key, &given, "`true` or `false`")),
        };
        self.record(key, &given, Json::Bool(value));
        Ok(Some(value))
    }

    /// A whole number of at least 1.
    pub(crate) fn count(&mut self, key: &'static str) -> Result<Option<usize>> {
        let Some(given) = self.take(key) else { return Ok(None) };
        if given.value.is_null() {
            return Ok(None);
        }
        let number = as_number(&given.value).and_then(|text| text.parse().ok()).filter(|number| *number > 0);
        self.typed_as_number(key, &given);
        number.map(Some).ok_or_else(|| self.wrong(key, &given, "a whole number of at least 1"))
    }

    /// A number greater than 0.
    pub(crate) fn number(&mut self, key: &'static str) -> Result<Option<f64>> {
        let Some(given) = self.take(key) else { return Ok(None) };
        if given.value.is_null() {
            return Ok(None);
        }
        let number = as_number(&given.value).and_then(|text| text.parse::<f64>().ok());
        let number = number.filter(|number| number.is_finite() && *number > 0.0);
        self.typed_as_number(key, &given);
        number.map(Some).ok_or_else(|| self.wrong(key, &given, "a number greater than 0"))
    }

    /// A duration in seconds, at most a day.
    pub(crate) fn seconds(&mut self, key: &'static str) -> Result<Option<Duration>> {
        match self.number(key)? {
            Some(seconds) if seconds <= 86_400.0 => Ok(Some(Duration::from_secs_f64(seconds))),
            Some(_) => Err(Error::usage(format!("`{key}` must be at most 86400 seconds"))),
            None => Ok(None),
        }
    }

    /// An object, or a string with the JSON of one.
    pub(crate) fn object(&mut self, key: &'static str) -> Result<Option<Fields>> {
        let Some(given) = self.take(key) else { return Ok(None) };
        let parsed = match &given.value {
            Value::Json(json) => Some(json.clone()),
            Value::Text(text) => Json::parse(text.expose()).ok(),
        };
        match parsed {
            Some(Json::Object(fields)) => {
                self.record(key, &given, Json::Object(fields.clone()));
                Ok(Some(fields))
            }
            Some(Json::Null) => Ok(None),
            _ => Err(self.wrong(key, &given, "a JSON object")),
        }
    }

    /// An object whose values are strings, or a string with the JSON of one.
    pub(crate) fn texts(&mut self, key: &'static str) -> Result<BTreeMap<String, String>> {
        let Some(fields) = self.object(key)? else { return Ok(BTreeMap::new()) };
        let text = |(name, value): (&str, &Json)| match value.as_str() {
            Some(text) => Ok((name.to_owned(), text.to_owned())),
            None => Err(Error::configuration(format!("`{name}` in `{key}` must be a string"))),
        };
        fields.iter().map(text).collect()
    }

    /// A list of strings, or one string with commas.
    pub(crate) fn list(&mut self, key: &'static str) -> Result<Vec<String>> {
        let given = self.texts_or_null(key)?.unwrap_or_default();
        let texts = given.iter().flat_map(|text| text.split(',')).map(|text| text.trim().to_owned());
        Ok(texts.filter(|text| !text.is_empty()).collect())
    }

    /// A value of any type.
    pub(crate) fn json(&mut self, key: &'static str) -> Option<Json> {
        self.take(key).map(|given| given.value.to_json())
    }

    /// One of `words`.
    pub(crate) fn word(&mut self, key: &'static str, words: &[&'static str]) -> Result<Option<&'static str>> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        if let Some(word) = words.iter().find(|word| **word == text) {
            return Ok(Some(word));
        }
        let near = nearest(&text, words.iter().copied()).map(|near| format!("did you mean `{near}`?"));
        let error =
            Error::usage(format!("`{key}` of {} must be one of {}", self.endpoint(), words.join(", ")));
        Err(error.maybe_hint(near))
    }

    /// Records a number that was written as a string as a number.
    fn typed_as_number(&mut self, key: &'static str, given: &Given) {
        if let Some(text) = as_number(&given.value) {
            self.record(key, given, Json::Number(SecretText::new(text)));
        }
    }

    fn wrong(&self, key: &str, given: &Given, wanted: &str) -> Error {
        let found = match &given.value {
            Value::Json(json) if json.as_str().is_none() => format!(", not a {}", json.kind()),
            _ => String::new(),
        };
        let place = place_of(&given.origin);
        Error::usage(format!("`{key}` of {} must be {wanted}{found}{place}", self.endpoint()))
            .hint("write key=value for a string, and key:=JSON for null, lists, numbers and objects")
    }
}

fn as_number(value: &Value) -> Option<&str> {
    match value {
        Value::Json(Json::Number(text)) => Some(text.expose()),
        value => value.as_str(),
    }
}
