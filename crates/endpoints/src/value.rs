//! Keys: how one is declared, what it was given, and where that was written.

use airbridge_core::{Json, SecretText};

/// The value of a key as it was written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// `key=value`: a string that becomes what the key requires.
    Text(SecretText),
    /// `key:=JSON`, or a value from a configuration file.
    Json(Json),
}

impl Value {
    /// The same as JSON.
    pub(crate) fn to_json(&self) -> Json {
        match self {
            Self::Json(json) => json.clone(),
            Self::Text(text) => Json::String(text.clone()),
        }
    }

    /// The string that it is, if it is one.
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text.expose()),
            Self::Json(json) => json.as_str(),
        }
    }

    /// Whether it is JSON's null.
    pub(crate) fn is_null(&self) -> bool {
        *self == Self::Json(Json::Null)
    }
}

/// Where the value of a key was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// In the endpoint, or in `--from` or `--to`.
    CommandLine,
    /// In this file and table, as messages name them.
    Configured(String),
    /// In this file and table, and the file was found in the working directory, so that anyone may have put it there.
    Found(String),
    /// Nowhere: it is what Airflow's class assumes.
    Assumed,
}

/// A key of an endpoint. Help, documentation and checks are made from this declaration.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The name, as users write it.
    pub name: &'static str,
    /// What the key does. For keys that are ignored or rejected: why.
    pub help: &'static str,
    /// What applies if the key is not set, where that is worth saying.
    pub default: Option<&'static str>,
    /// Who defines the key.
    pub owner: Owner,
    /// Whether the value is a secret, and where it can be kept. A secret is rejected on the command line.
    pub secret: Option<Secret>,
    /// What airbridge does with the key.
    pub effect: Effect,
    /// Whether it says what new secrets get besides their value. Plans and questions show it.
    pub of_new_secrets: bool,
    /// Whether it also changes secrets that are replaced.
    pub of_replaced_secrets: bool,
}

/// Who defines a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// It is a kwarg of Airflow's class, with the same meaning.
    Airflow,
    /// It is airbridge's own, and unknown to Airflow.
    Airbridge,
}

/// Where a secret can be kept besides `airbridge.toml`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Secret {
    /// The environment variable that airbridge reads it from.
    pub variable: Option<&'static str>,
    /// The key that names a file with it.
    pub file_key: Option<&'static str>,
}

/// What airbridge does with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It uses it.
    Used,
    /// It accepts the key, because deployments have it, and prints a warning that it has no effect.
    Ignored,
    /// It accepts only `null`; any other value is an error with this hint.
    Rejected {
        /// What to do instead; starts with a verb.
        hint: &'static str,
    },
}

impl Key {
    /// A kwarg of Airflow's class.
    pub const fn kwarg(name: &'static str, help: &'static str) -> Self {
        Self {
            name,
            help,
            default: None,
            owner: Owner::Airflow,
            secret: None,
            effect: Effect::Used,
            of_new_secrets: false,
            of_replaced_secrets: false,
        }
    }

    /// A key of airbridge's own.
    pub const fn own(name: &'static str, help: &'static str) -> Self {
        Self { owner: Owner::Airbridge, ..Self::kwarg(name, help) }
    }

    /// A kwarg of Airflow's class that changes nothing here, and why.
    pub const fn ignored(name: &'static str, why: &'static str) -> Self {
        Self { effect: Effect::Ignored, ..Self::kwarg(name, why) }
    }

    /// A kwarg of Airflow's class that airbridge cannot honour: why, and what to do instead.
    pub const fn rejected(name: &'static str, why: &'static str, hint: &'static str) -> Self {
        Self { effect: Effect::Rejected { hint }, ..Self::kwarg(name, why) }
    }

    /// With what applies if the key is not set.
    pub const fn default_is(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }

    /// As a secret that the environment variable `variable` and a file named by the key `file_key` can hold, too.
    pub const fn secret(self, variable: Option<&'static str>, file_key: Option<&'static str>) -> Self {
        Self { secret: Some(Secret { variable, file_key }), ..self }
    }

    /// As a key that says what new secrets get besides their value.
    pub const fn of_new_secrets(self) -> Self {
        Self { of_new_secrets: true, ..self }
    }

    /// As a key that says what new secrets get, and that replaced ones get, too.
    pub const fn of_written_secrets(self) -> Self {
        Self { of_replaced_secrets: true, ..self.of_new_secrets() }
    }

    /// As a key of airbridge's own.
    pub const fn of_airbridge(self) -> Self {
        Self { owner: Owner::Airbridge, ..self }
    }

    /// What the key does, where a secret can be kept, and the default, in one line for help and documentation.
    pub fn describe(&self) -> String {
        let mut text = match self.effect {
            Effect::Used => self.help.to_owned(),
            Effect::Ignored => format!("Ignored, because {}", self.help),
            Effect::Rejected { hint } => format!("Rejected, because {}; {hint}", self.help),
        };
        if let (Effect::Used, Some(secret)) = (self.effect, self.secret) {
            let variable = secret.variable.map(|variable| format!(", `{variable}`")).unwrap_or_default();
            let file = secret.file_key.map(|key| format!(", or the file in `{key}`")).unwrap_or_default();
            text.extend([" (secret: from `airbridge.toml`", &variable, &file, ")"]);
        }
        if let Some(default) = self.default {
            text.extend([" [default: ", default, "]"]);
        }
        text
    }
}
