//! The keys of one endpoint: what was given, what was asked for, and what is left over.

mod typed;

use airbridge_core::{Json, SecretText};
use indexmap::IndexMap;

use super::grammar::Value;
use super::secrecy::{SECRET_KEYS, secret_on_command_line};
use crate::error::{Error, Result};
use crate::nearest::nearest;

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
    pub(crate) fn insert(&mut self, key: String, value: Value, origin: Origin) -> Result<()> {
        if origin == Origin::CommandLine && SECRET_KEYS.contains(&key.as_str()) {
            return Err(secret_on_command_line(&key));
        }
        if let Some(before) = self.given.get(&key)
            && before.origin == origin
        {
            return Err(Error::usage(format!("`{key}` is given twice for {}", self.endpoint()))
                .hint("keep the one that is meant"));
        }
        self.given.insert(key, Given { value, origin });
        Ok(())
    }

    /// Adds what the place before the `?` says; a key of that name would say it twice.
    pub(crate) fn insert_place(&mut self, key: &'static str, place: &str, origin: Origin) -> Result<()> {
        if place.is_empty() {
            return Ok(());
        }
        if self.given.contains_key(key) {
            return Err(Error::usage(format!("`{key}` is given twice for {}", self.endpoint()))
                .hint(format!("what follows `{}:` is `{key}` already", self.scheme)));
        }
        self.given.insert(key.to_owned(), Given { value: Value::Text(SecretText::new(place)), origin });
        Ok(())
    }

    /// Ends the asking: a key that nobody asked for is refused with the nearest that is known. Returns what the user
    /// should know about the others.
    pub(crate) fn finish(self) -> Result<Finished> {
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
        let failure = Error::usage(format!(
            "`{key}` is no key of {} endpoints{}",
            self.spelled(),
            place_of(&given.origin)
        ));
        Err(failure.hint(format!("{near}keys: {}", known.join(", "))))
    }

    /// A key that Airflow knows and that changes nothing here: said, not ignored.
    pub(crate) fn no_effect(&mut self, key: &'static str, why: &str) {
        self.idle.push(key);
        if self.take(key).is_some_and(|given| given.value != Value::Json(Json::Null)) {
            self.notes.push(format!("`{key}` of {} has no effect: {why}", self.endpoint()));
        }
    }

    /// A key that Airflow knows and that cannot be honoured here.
    pub(crate) fn refused(&mut self, key: &'static str, why: &str, hint: &str) -> Result<()> {
        self.idle.push(key);
        match self.take(key) {
            Some(given) if given.value != Value::Json(Json::Null) => {
                Err(Error::configuration(format!("`{key}` of {} {why}", self.endpoint())).hint(hint))
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

#[cfg(test)]
mod tests;
