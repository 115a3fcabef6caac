//! Keys as what they say: a text, a number, a list. What is wrong is said without the value.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use airbridge_core::{Fields, Json, SecretText};

use super::super::grammar::Value;
use super::super::secrecy::holds_password;
use super::{Given, Keys, Origin, place_of};
use crate::error::{Error, Result};
use crate::nearest::nearest;

impl Keys {
    /// A text; null is as good as absent.
    pub(crate) fn text(&mut self, key: &'static str) -> Result<Option<String>> {
        Ok(self.text_or_null(key)?.flatten())
    }

    /// A text, where null says something of its own: absent, null, or a text.
    #[expect(clippy::option_option, reason = "absent, null and a text are three different things to Airflow")]
    pub(crate) fn text_or_null(&mut self, key: &'static str) -> Result<Option<Option<String>>> {
        let Some(given) = self.take(key) else { return Ok(None) };
        match &given.value {
            Value::Text(text) => Ok(Some(Some(text.expose().to_owned()))),
            Value::Json(Json::Null) => Ok(Some(None)),
            Value::Json(json) => match json.as_str() {
                Some(text) => Ok(Some(Some(text.to_owned()))),
                None => Err(self.wrong(key, &given, "a text")),
            },
        }
    }

    /// A text, a list of texts, or null for none; absent is `None`.
    pub(crate) fn texts_or_null(&mut self, key: &'static str) -> Result<Option<Vec<String>>> {
        let Some(given) = self.take(key) else { return Ok(None) };
        let wrong = || self.wrong(key, &given, "a text, a list of texts, or null");
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

    /// A secret: from the configuration only, which [`insert`](Self::insert) sees to.
    pub(crate) fn secret(&mut self, key: &'static str) -> Result<Option<SecretText>> {
        let Some(given) = self.take(key) else { return Ok(None) };
        match &given.value {
            Value::Text(text) | Value::Json(Json::String(text)) => Ok(Some(text.clone())),
            Value::Json(Json::Null) => Ok(None),
            Value::Json(_) => Err(self.wrong(key, &given, "a text")),
        }
    }

    /// A path.
    pub(crate) fn path(&mut self, key: &'static str) -> Result<Option<PathBuf>> {
        Ok(self.text(key)?.map(PathBuf::from))
    }

    /// A URL; one with a password in it is a secret.
    pub(crate) fn url(&mut self, key: &'static str) -> Result<Option<String>> {
        let typed = self.given.get(key).is_some_and(|given| given.origin == Origin::CommandLine);
        let url = self.text(key)?;
        if typed && url.as_deref().is_some_and(holds_password) {
            return Err(Error::usage(format!(
                "`{key}` has a password in it, which does not belong on a command line"
            ))
            .hint(format!("write it in airbridge.toml as {key} = {{ env = \"NAME\" }} and use `@name`")));
        }
        Ok(url)
    }

    /// `true` or `false`.
    pub(crate) fn flag(&mut self, key: &'static str) -> Result<Option<bool>> {
        let Some(given) = self.take(key) else { return Ok(None) };
        let word = match &given.value {
            Value::Json(Json::Null) => return Ok(None),
            Value::Json(Json::Bool(value)) => Some(value.to_string()),
            value => as_text(value).map(str::to_ascii_lowercase),
        };
        let value = match word.as_deref() {
            Some("true") => true,
            Some("false") => false,
            _ => return Err(self.wrong(key, &given, "`true` or `false`")),
        };
        self.understood.insert(key, Json::Bool(value));
        Ok(Some(value))
    }

    /// A whole number, at least 1.
    pub(crate) fn count(&mut self, key: &'static str) -> Result<Option<usize>> {
        let Some(given) = self.take(key) else { return Ok(None) };
        if given.value == Value::Json(Json::Null) {
            return Ok(None);
        }
        let number = as_number(&given.value).and_then(|text| text.parse().ok()).filter(|number| *number > 0);
        self.typed_as_number(key, &given);
        number.map(Some).ok_or_else(|| self.wrong(key, &given, "a whole number, at least 1"))
    }

    /// A number above zero.
    pub(crate) fn number(&mut self, key: &'static str) -> Result<Option<f64>> {
        let Some(given) = self.take(key) else { return Ok(None) };
        if given.value == Value::Json(Json::Null) {
            return Ok(None);
        }
        let number = as_number(&given.value).and_then(|text| text.parse::<f64>().ok());
        let number = number.filter(|number| number.is_finite() && *number > 0.0);
        self.typed_as_number(key, &given);
        number.map(Some).ok_or_else(|| self.wrong(key, &given, "a number above zero"))
    }

    /// A time in seconds.
    pub(crate) fn seconds(&mut self, key: &'static str) -> Result<Option<Duration>> {
        let day = 86_400.0;
        match self.number(key)? {
            Some(seconds) if seconds <= day => Ok(Some(Duration::from_secs_f64(seconds))),
            Some(_) => Err(Error::usage(format!("`{key}` is longer than a day")).hint("it is in seconds")),
            None => Ok(None),
        }
    }

    /// An object, or its JSON text.
    pub(crate) fn object(&mut self, key: &'static str) -> Result<Option<Fields>> {
        let Some(given) = self.take(key) else { return Ok(None) };
        let parsed = match &given.value {
            Value::Json(json) => Some(json.clone()),
            Value::Text(text) => Json::parse(text.expose()).ok(),
        };
        match parsed {
            Some(Json::Object(fields)) => {
                self.understood.insert(key, Json::Object(fields.clone()));
                Ok(Some(fields))
            }
            Some(Json::Null) => Ok(None),
            _ => Err(self.wrong(key, &given, "a JSON object")),
        }
    }

    /// An object of texts, or its JSON text.
    pub(crate) fn texts(&mut self, key: &'static str) -> Result<BTreeMap<String, String>> {
        let Some(fields) = self.object(key)? else { return Ok(BTreeMap::new()) };
        let text = |(name, value): (&str, &Json)| match value.as_str() {
            Some(text) => Ok((name.to_owned(), text.to_owned())),
            None => Err(Error::configuration(format!("`{name}` in `{key}` must be a text"))),
        };
        fields.iter().map(text).collect()
    }

    /// A list of texts, or one text with commas in it.
    pub(crate) fn list(&mut self, key: &'static str) -> Result<Vec<String>> {
        let given = self.texts_or_null(key)?.unwrap_or_default();
        let texts = given.iter().flat_map(|text| text.split(',')).map(|text| text.trim().to_owned());
        Ok(texts.filter(|text| !text.is_empty()).collect())
    }

    /// A value of any type, as JSON.
    pub(crate) fn json(&mut self, key: &'static str) -> Option<Json> {
        self.take(key).map(|given| match given.value {
            Value::Json(json) => json,
            Value::Text(text) => Json::String(text),
        })
    }

    /// One of `words`.
    pub(crate) fn word(&mut self, key: &'static str, words: &[&'static str]) -> Result<Option<&'static str>> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        if let Some(word) = words.iter().find(|word| **word == text) {
            return Ok(Some(word));
        }
        let near = nearest(&text, words.iter().copied()).map(|near| format!("did you mean `{near}`?"));
        let failure =
            Error::usage(format!("`{key}` of {} must be one of {}", self.endpoint(), words.join(", ")));
        Err(failure.maybe_hint(near))
    }

    /// Keeps a number that was written as a text as the number that it is.
    fn typed_as_number(&mut self, key: &'static str, given: &Given) {
        if let Some(text) = as_number(&given.value) {
            self.understood.insert(key, Json::Number(SecretText::new(text)));
        }
    }

    fn wrong(&self, key: &str, given: &Given, wanted: &str) -> Error {
        let found = match &given.value {
            Value::Json(json) if json.as_str().is_none() => format!(", not a {}", json.kind()),
            _ => String::new(),
        };
        let place = place_of(&given.origin);
        Error::usage(format!("`{key}` of {} must be {wanted}{found}{place}", self.endpoint()))
            .hint("key=value gives a text, key:=JSON gives null, lists, numbers and objects")
    }
}

fn as_text(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text.expose()),
        Value::Json(json) => json.as_str(),
    }
}

fn as_number(value: &Value) -> Option<&str> {
    match value {
        Value::Json(Json::Number(text)) => Some(text.expose()),
        value => as_text(value),
    }
}
