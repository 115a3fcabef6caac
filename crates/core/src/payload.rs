//! The content of one secret, before Airflow gives it a meaning.

use crate::{Fields, SecretText};

/// The readable content of a secret. `Debug` shows the shape only.
#[derive(Clone, Debug, PartialEq)]
pub enum Payload {
    /// One string: an AWS `SecretString`, a Google version, an Azure value, a line of an env file.
    Text(SecretText),
    /// Named fields: a Vault KV secret, a database row, an object in a JSON or YAML file.
    Fields(Fields),
}

impl Payload {
    /// One string.
    pub fn text(text: impl Into<SecretText>) -> Self {
        Self::Text(text.into())
    }
}

/// What a read found under a name that exists.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// A readable payload.
    Payload(Payload),
    /// The secret exists but has no readable payload; the state says why.
    Hidden(State),
}

/// The state of a secret that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Its payload can be read.
    Live,
    /// Disabled: the service refuses to read it until it is enabled.
    Disabled,
    /// Deleted, but its name is reserved for a while.
    Deleted {
        /// When the name becomes free, as the service spells the time.
        until: Option<String>,
    },
    /// A name without a value: a container without a version, say.
    NoValue,
    /// Bytes that are not UTF-8. Airflow reads such a secret as missing.
    Binary,
    /// The service shows a placeholder instead of the value.
    Masked {
        /// What masks the value, and where to find it. Never the value.
        message: String,
    },
    /// The content cannot be understood.
    Damaged {
        /// The position and the problem, as one sentence. Never the value.
        message: String,
    },
}
