//! The keys of one endpoint: what was given, what was asked for, and what is left over.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use airbridge_core::{Fields, Json, SecretText};
use indexmap::IndexMap;

use super::grammar::Value;
use super::secrecy::{SECRET_KEYS, holds_password, secret_on_command_line};
use crate::failure::{Failure, Outcome, nearest};

/// Where a key was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    CommandLine,
    /// The configuration file and table, as messages call them.
    Configured(String),
}

#[derive(Clone, Debug)]
struct Given {
    value: Value,
    origin: Origin,
}

/// The keys of one endpoint. Each key that a backend asks for becomes a known key; whatever is left was a mistake.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    scheme: &'static str,
    given: IndexMap<String, Given>,
    asked: Vec<&'static str>,
    /// Keys that are known and cannot help anybody: hints leave them out.
    idle: Vec<&'static str>,
    /// What was given, typed as the endpoint takes it.
    understood: IndexMap<&'static str, Json>,
    notes: Vec<String>,
}

/// What remains of keys that were all understood.
#[derive(Debug)]
pub(crate) struct Finished {
    /// Those asked for.
    #[cfg(test)]
    pub(crate) asked: Vec<&'static str>,
    /// What was given, typed as the endpoint takes it.
    pub(crate) understood: IndexMap<&'static str, Json>,
    /// What the user should know.
    pub(crate) notes: Vec<String>,
}

impl Keys {
    /// None yet, for an endpoint of `scheme`.
    pub(crate) fn new(scheme: &'static str) -> Self {
        Self {
            scheme,
            given: IndexMap::new(),
            asked: Vec::new(),
            idle: Vec::new(),
            understood: IndexMap::new(),
            notes: Vec::new(),
        }
    }

    /// The kind of endpoint that they are for.
    pub(crate) fn scheme(&self) -> &'static str {
        self.scheme
    }

    /// The keys that are left, for an endpoint of `scheme` that has keys already: these win.
    pub(crate) fn onto(self, mut base: Self) -> Self {
        base.given.extend(self.given);
        base.asked.extend(self.asked);
        base.notes.splice(0..0, self.notes);
        base
    }

    /// A key as it was given, for a look before anybody takes it.
    pub(crate) fn given(&self, key: &str) -> Option<Json> {
        self.given.get(key).map(|given| match &given.value {
            Value::Json(json) => json.clone(),
            Value::Text(text) => Json::String(text.clone()),
        })
    }

    /// Whether a key was given as a text that is still to be typed, as on the command line.
    pub(crate) fn is_untyped(&self, key: &str) -> bool {
        self.given.get(key).is_some_and(|given| matches!(given.value, Value::Text(_)))
    }

    /// Gives a key in place of what it may have been.
    pub(crate) fn replace(&mut self, key: &str, value: Value, origin: Origin) {
        self.given.insert(key.to_owned(), Given { value, origin });
    }

    /// Says of a key what it comes to, where that is more than what was given.
    pub(crate) fn understand(&mut self, key: &'static str, value: Option<&str>) {
        if let Some(value) = value {
            self.understood.insert(key, Json::string(value));
        }
    }

    /// What the user should know about these keys.
    pub(crate) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// Adds a key. The command line wins over the configuration; twice in one place is a mistake.
    pub(crate) fn insert(&mut self, key: String, value: Value, origin: Origin) -> Outcome<()> {
        if origin == Origin::CommandLine && SECRET_KEYS.contains(&key.as_str()) {
            return Err(secret_on_command_line(&key));
        }
        if let Some(before) = self.given.get(&key)
            && before.origin == origin
        {
            return Err(Failure::usage(format!("`{key}` is given twice for {}", self.endpoint()))
                .hint("keep the one that is meant"));
        }
        self.given.insert(key, Given { value, origin });
        Ok(())
    }

    /// Adds what the place before the `?` says; a key of that name would say it twice.
    pub(crate) fn insert_place(&mut self, key: &'static str, place: &str, origin: Origin) -> Outcome<()> {
        if place.is_empty() {
            return Ok(());
        }
        if self.given.contains_key(key) {
            return Err(Failure::usage(format!("`{key}` is given twice for {}", self.endpoint()))
                .hint(format!("what follows `{}:` is `{key}` already", self.scheme)));
        }
        self.given.insert(key.to_owned(), Given { value: Value::Text(SecretText::new(place)), origin });
        Ok(())
    }

    /// Ends the asking: a key that nobody asked for is refused with the nearest that is known. Returns what the user
    /// should know about the others.
    pub(crate) fn finish(self) -> Outcome<Finished> {
        let Some((key, given)) = self.given.first() else {
            return Ok(Finished {
                #[cfg(test)]
                asked: self.asked,
                understood: self.understood,
                notes: self.notes,
            });
        };
        let known = self.asked.iter().copied().filter(|key| !self.idle.contains(key));
        let mut known: Vec<_> = known.collect();
        if matches!(given.origin, Origin::Configured(_)) {
            known.extend(["backend", "backend_kwargs"]);
        }
        known.sort_unstable();
        known.dedup();
        let near = nearest(key, known.iter().copied());
        let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        let failure = Failure::usage(format!(
            "`{key}` is no key of {} endpoints{}",
            self.spelled(),
            place_of(&given.origin)
        ));
        Err(failure.hint(format!("{near}keys: {}", known.join(", "))))
    }

    /// A text; null is as good as absent.
    pub(crate) fn text(&mut self, key: &'static str) -> Outcome<Option<String>> {
        Ok(self.text_or_null(key)?.flatten())
    }

    /// A text, where null says something of its own: absent, null, or a text.
    #[expect(clippy::option_option, reason = "absent, null and a text are three different things to Airflow")]
    pub(crate) fn text_or_null(&mut self, key: &'static str) -> Outcome<Option<Option<String>>> {
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
    pub(crate) fn texts_or_null(&mut self, key: &'static str) -> Outcome<Option<Vec<String>>> {
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
    pub(crate) fn secret(&mut self, key: &'static str) -> Outcome<Option<SecretText>> {
        let Some(given) = self.take(key) else { return Ok(None) };
        match &given.value {
            Value::Text(text) | Value::Json(Json::String(text)) => Ok(Some(text.clone())),
            Value::Json(Json::Null) => Ok(None),
            Value::Json(_) => Err(self.wrong(key, &given, "a text")),
        }
    }

    /// A path.
    pub(crate) fn path(&mut self, key: &'static str) -> Outcome<Option<PathBuf>> {
        Ok(self.text(key)?.map(PathBuf::from))
    }

    /// A URL; one with a password in it is a secret.
    pub(crate) fn url(&mut self, key: &'static str) -> Outcome<Option<String>> {
        let typed = self.given.get(key).is_some_and(|given| given.origin == Origin::CommandLine);
        let url = self.text(key)?;
        if typed && url.as_deref().is_some_and(holds_password) {
            return Err(Failure::usage(format!(
                "`{key}` has a password in it, which does not belong on a command line"
            ))
            .hint(format!("write it in airbridge.toml as {key} = {{ env = \"NAME\" }} and use `@name`")));
        }
        Ok(url)
    }

    /// `true` or `false`.
    pub(crate) fn flag(&mut self, key: &'static str) -> Outcome<Option<bool>> {
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
    pub(crate) fn count(&mut self, key: &'static str) -> Outcome<Option<usize>> {
        let Some(given) = self.take(key) else { return Ok(None) };
        if given.value == Value::Json(Json::Null) {
            return Ok(None);
        }
        let number = as_number(&given.value).and_then(|text| text.parse().ok()).filter(|number| *number > 0);
        self.typed_as_number(key, &given);
        number.map(Some).ok_or_else(|| self.wrong(key, &given, "a whole number, at least 1"))
    }

    /// A number above zero.
    pub(crate) fn number(&mut self, key: &'static str) -> Outcome<Option<f64>> {
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
    pub(crate) fn seconds(&mut self, key: &'static str) -> Outcome<Option<Duration>> {
        let day = 86_400.0;
        match self.number(key)? {
            Some(seconds) if seconds <= day => Ok(Some(Duration::from_secs_f64(seconds))),
            Some(_) => Err(Failure::usage(format!("`{key}` is longer than a day")).hint("it is in seconds")),
            None => Ok(None),
        }
    }

    /// An object, or its JSON text.
    pub(crate) fn object(&mut self, key: &'static str) -> Outcome<Option<Fields>> {
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
    pub(crate) fn texts(&mut self, key: &'static str) -> Outcome<BTreeMap<String, String>> {
        let Some(fields) = self.object(key)? else { return Ok(BTreeMap::new()) };
        let text = |(name, value): (&str, &Json)| match value.as_str() {
            Some(text) => Ok((name.to_owned(), text.to_owned())),
            None => Err(Failure::configuration(format!("`{name}` in `{key}` must be a text"))),
        };
        fields.iter().map(text).collect()
    }

    /// A list of texts, or one text with commas in it.
    pub(crate) fn list(&mut self, key: &'static str) -> Outcome<Vec<String>> {
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
    pub(crate) fn word(
        &mut self,
        key: &'static str,
        words: &[&'static str],
    ) -> Outcome<Option<&'static str>> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        if let Some(word) = words.iter().find(|word| **word == text) {
            return Ok(Some(word));
        }
        let near = nearest(&text, words.iter().copied()).map(|near| format!("did you mean `{near}`?"));
        let failure =
            Failure::usage(format!("`{key}` of {} must be one of {}", self.endpoint(), words.join(", ")));
        Err(failure.maybe_hint(near))
    }

    /// A key that Airflow knows and that changes nothing here: said, not ignored.
    pub(crate) fn no_effect(&mut self, key: &'static str, why: &str) {
        self.idle.push(key);
        if self.take(key).is_some_and(|given| given.value != Value::Json(Json::Null)) {
            self.notes.push(format!("`{key}` of {} has no effect: {why}", self.endpoint()));
        }
    }

    /// A key that Airflow knows and that cannot be honoured here.
    pub(crate) fn refused(&mut self, key: &'static str, why: &str, hint: &str) -> Outcome<()> {
        self.idle.push(key);
        match self.take(key) {
            Some(given) if given.value != Value::Json(Json::Null) => {
                Err(Failure::configuration(format!("`{key}` of {} {why}", self.endpoint())).hint(hint))
            }
            _ => Ok(()),
        }
    }

    fn take(&mut self, key: &'static str) -> Option<Given> {
        self.asked.push(key);
        let given = self.given.shift_remove(key)?;
        let json = match &given.value {
            Value::Json(json) => json.clone(),
            Value::Text(text) => Json::String(text.clone()),
        };
        self.understood.insert(key, json);
        Some(given)
    }

    /// Keeps a number that was written as a text as the number that it is.
    fn typed_as_number(&mut self, key: &'static str, given: &Given) {
        if let Some(text) = as_number(&given.value) {
            self.understood.insert(key, Json::Number(SecretText::new(text)));
        }
    }

    fn wrong(&self, key: &str, given: &Given, wanted: &str) -> Failure {
        let found = match &given.value {
            Value::Json(json) if json.as_str().is_none() => format!(", not a {}", json.kind()),
            _ => String::new(),
        };
        let place = place_of(&given.origin);
        Failure::usage(format!("`{key}` of {} must be {wanted}{found}{place}", self.endpoint()))
            .hint("key=value gives a text, key:=JSON gives null, lists, numbers and objects")
    }

    fn spelled(&self) -> String {
        if self.scheme == "-" { "-".to_owned() } else { format!("{}:", self.scheme) }
    }

    fn endpoint(&self) -> String {
        format!("the {} endpoint", self.spelled())
    }
}

fn place_of(origin: &Origin) -> String {
    match origin {
        Origin::CommandLine => String::new(),
        Origin::Configured(place) => format!(" ({place})"),
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

#[cfg(test)]
mod tests;
