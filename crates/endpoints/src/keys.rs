//! The keys of one endpoint: what was given, what was read, and what is left over.

mod typed;

use airbridge_core::{Json, SecretText, Warning, WarningCode};
use indexmap::IndexMap;

use crate::error::{Error, Result};
use crate::files::UsedFile;
use crate::nearest::nearest;
use crate::secrecy::{secret_on_command_line, shown_key};
use crate::value::{Effect, Key, Origin, Value};
use crate::variables::is_credential_key;

#[derive(Clone, Debug)]
struct Given {
    value: Value,
    origin: Origin,
}

/// The keys of one endpoint. A kind reads each of its declared keys once.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    scheme: &'static str,
    declared: Vec<&'static Key>,
    given: IndexMap<String, Given>,
    asked: Vec<&'static str>,
    /// What was given, with the type that the key requires.
    understood: IndexMap<&'static str, Json>,
    notes: Vec<Warning>,
    files: Vec<UsedFile>,
}

/// The result of reading all keys.
#[derive(Debug)]
pub(crate) struct ReadKeys {
    /// The names of the keys that were read.
    #[cfg(test)]
    pub(crate) asked: Vec<&'static str>,
    /// What was given, with the type that the key requires.
    pub(crate) understood: IndexMap<&'static str, Json>,
    /// Warnings.
    pub(crate) notes: Vec<Warning>,
    /// The files that the keys name.
    pub(crate) files: Vec<UsedFile>,
}

impl Keys {
    /// No keys yet, for an endpoint of `scheme` with these declared keys.
    pub(crate) fn new(scheme: &'static str, declared: Vec<&'static Key>) -> Self {
        Self {
            scheme,
            declared,
            given: IndexMap::new(),
            asked: Vec::new(),
            understood: IndexMap::new(),
            notes: Vec::new(),
            files: Vec::new(),
        }
    }

    /// The scheme of the endpoint.
    pub(crate) fn scheme(&self) -> &'static str {
        self.scheme
    }

    /// The keys that the endpoint has.
    pub(crate) fn declared(&self) -> &[&'static Key] {
        &self.declared
    }

    /// These keys on top of those of `base`, an endpoint of another scheme: these take precedence.
    pub(crate) fn onto(self, mut base: Self) -> Self {
        base.given.extend(self.given);
        base.asked.extend(self.asked);
        base.notes.splice(0..0, self.notes);
        base.files.extend(self.files);
        base
    }

    /// The value of a key as it was given, without reading it.
    pub(crate) fn given(&self, key: &str) -> Option<Json> {
        self.given.get(key).map(|given| given.value.to_json())
    }

    /// Whether a key holds credentials or says where they are.
    pub(crate) fn has_credentials(&self) -> bool {
        let given = |key: &&&Key| self.given.get(key.name).is_some_and(|given| !given.value.is_null());
        self.declared.iter().filter(given).any(|key| is_credential_key(key))
    }

    /// The value of a key that the configuration has, and not the command line.
    pub(crate) fn configured(&self, key: &str) -> Option<Json> {
        let given = self.given.get(key).filter(|given| matches!(given.origin, Origin::Configured(_)));
        given.map(|given| given.value.to_json())
    }

    /// Whether a key was given as a string that has no type yet, as on the command line.
    pub(crate) fn is_untyped(&self, key: &str) -> bool {
        self.given.get(key).is_some_and(|given| matches!(given.value, Value::Text(_)))
    }

    /// Gives a key the value that Airflow's class assumes, unless it has one. It is not printed as configuration.
    pub(crate) fn assume(&mut self, key: &str, value: Json) {
        if self.given.get(key).is_none_or(|given| given.value.is_null()) {
            let given = Given { value: Value::Json(value), origin: Origin::Assumed };
            self.given.insert(key.to_owned(), given);
        }
    }

    /// Records the final value of a key, if it is not the one that was given.
    pub(crate) fn understand(&mut self, key: &'static str, value: Option<&str>) {
        if let Some(value) = value {
            self.understood.insert(key, Json::string(value));
        }
    }

    /// Adds a warning.
    pub(crate) fn note(&mut self, note: Warning) {
        self.notes.push(note);
    }

    /// Records a file that the endpoint uses.
    pub(crate) fn uses(&mut self, file: UsedFile) {
        self.files.push(file);
    }

    /// Adds a key. The command line takes precedence over the configuration; twice in one place is an error, and so is a
    /// secret on the command line.
    pub(crate) fn insert(&mut self, key: String, value: Value, origin: Origin) -> Result<()> {
        if origin == Origin::CommandLine
            && let Some(declared) = self.declared.iter().find(|declared| declared.name == key)
            && let Some(secret) = declared.secret
        {
            return Err(secret_on_command_line(declared.name, secret));
        }
        if self.given.get(&key).is_some_and(|before| before.origin == origin) {
            return Err(Error::usage(format!("`{key}` is given twice for {}", self.endpoint()))
                .hint("remove one of the two"));
        }
        self.given.insert(key, Given { value, origin });
        Ok(())
    }

    /// Adds the key whose value is the place before the `?`.
    pub(crate) fn insert_place(&mut self, key: &'static str, place: &str, origin: Origin) -> Result<()> {
        if place.is_empty() {
            return Ok(());
        }
        if self.given.contains_key(key) {
            return Err(Error::usage(format!("`{key}` is given twice for {}", self.endpoint()))
                .hint(format!("remove `{key}`, or what follows `{}:`, which sets it", self.scheme)));
        }
        self.given.insert(key.to_owned(), Given { value: Value::Text(SecretText::new(place)), origin });
        Ok(())
    }

    /// Rejects keys that are not declared, with the nearest that is.
    pub(crate) fn check(&self) -> Result<()> {
        let declared = |name: &str| self.declared.iter().any(|key| key.name == name);
        match self.given.iter().find(|(name, _)| !declared(name)) {
            Some((name, given)) => Err(self.unknown(name, given)),
            None => Ok(()),
        }
    }

    fn unknown(&self, name: &str, given: &Given) -> Error {
        let useful = self.declared.iter().filter(|key| key.effect == Effect::Used);
        let mut known: Vec<_> = useful.map(|key| key.name).collect();
        if matches!(given.origin, Origin::Configured(_) | Origin::Found(_)) {
            known.extend(["backend", "backend_kwargs"]);
        }
        let near = nearest(name, known).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        let place = place_of(&given.origin);
        let name = shown_key(name);
        Error::usage(format!("unknown key {name} for {}{place}", self.endpoint()))
            .hint(format!("{near}run `airbridge endpoints {}` to see its keys", self.scheme))
    }

    /// Takes the keys that are declared as ignored or rejected.
    pub(crate) fn drop_unused(&mut self) -> Result<()> {
        for key in self.declared.clone() {
            let given = match key.effect {
                Effect::Used => continue,
                Effect::Ignored | Effect::Rejected { .. } => self.take(key.name),
            };
            if given.is_none_or(|given| given.value.is_null()) {
                continue;
            }
            let (name, endpoint, why) = (key.name, self.endpoint(), key.help);
            if let Effect::Rejected { hint } = key.effect {
                return Err(Error::configuration(format!("`{name}` of {endpoint} is not supported: {why}"))
                    .hint(hint));
            }
            let message = format!("`{name}` of {endpoint} has no effect: {why}");
            self.notes.push(Warning::new(WarningCode::KeyIgnored, message));
        }
        Ok(())
    }

    /// Rejects the value of a key if it is in a file that was found in the working directory. Every key that names an address
    /// or a file with credentials is held to this: such a file could come with someone else's checkout.
    pub(crate) fn check_trust(&self, key: &str) -> Result<()> {
        match self.given.get(key) {
            Some(Given { value, origin: Origin::Found(place) }) if !value.is_null() => {
                Err(untrusted(place, &format!("`{key}`")))
            }
            _ => Ok(()),
        }
    }

    /// Ends the reading.
    pub(crate) fn finish(self) -> Result<ReadKeys> {
        if let Some((name, given)) = self.given.first() {
            return Err(self.unknown(name, given));
        }
        Ok(ReadKeys {
            #[cfg(test)]
            asked: self.asked,
            understood: self.understood,
            notes: self.notes,
            files: self.files,
        })
    }

    fn take(&mut self, key: &'static str) -> Option<Given> {
        self.asked.push(key);
        let given = self.given.shift_remove(key)?;
        self.record(key, &given, given.value.to_json());
        Some(given)
    }

    /// Records what a key is, unless only Airflow's class says so.
    fn record(&mut self, key: &'static str, given: &Given, value: Json) {
        if given.origin != Origin::Assumed {
            self.understood.insert(key, value);
        }
    }

    fn endpoint(&self) -> String {
        if self.scheme == "-" {
            "the endpoint -".to_owned()
        } else {
            format!("the {}: endpoint", self.scheme)
        }
    }
}

/// The place of a key, to be appended to a message.
fn place_of(origin: &Origin) -> String {
    match origin {
        Origin::Configured(place) | Origin::Found(place) => format!(" ({place})"),
        Origin::CommandLine | Origin::Assumed => String::new(),
    }
}

/// The error for something that a file in the working directory must not say.
pub(crate) fn untrusted(place: &str, what: &str) -> Error {
    Error::configuration(format!(
        "{place}: {what} is not accepted from a file that airbridge found in the working directory, because it decides where \
         your credentials go"
    ))
    .hint("read the file, then name it: --config ./airbridge.toml")
}

#[cfg(test)]
mod tests;
