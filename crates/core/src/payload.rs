//! What one secret holds, before Airflow gives it a meaning.

use crate::{Fields, SecretText};

/// The readable content of a secret. `Debug` shows the shape only.
#[derive(Clone, Debug, PartialEq)]
pub enum Payload {
    /// One text: an AWS `SecretString`, a Google version, an Azure value, a line of an env file.
    Text(SecretText),
    /// Named fields: a Vault KV secret, a database row, an object in a JSON or YAML file.
    Fields(Fields),
}

impl Payload {
    /// A text payload.
    pub fn text(text: impl Into<SecretText>) -> Self {
        Self::Text(text.into())
    }
}

/// What a read found under a name that exists.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// It can be read.
    Payload(Payload),
    /// It is there, but holds no text that anybody could read; the state says why.
    Hidden(State),
}

/// The state of a secret that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It can be read.
    Live,
    /// Switched off; reading is refused until it is enabled.
    Disabled,
    /// Deleted, but its name stays taken for a while; `until` is the service's own text of when it goes.
    Deleted {
        /// When the name becomes free, in the service's words.
        until: Option<String>,
    },
    /// A name without any value.
    NoValue,
    /// Bytes that are no text; Airflow reads such a secret as missing.
    Binary,
    /// The place shows a placeholder instead of the value.
    Masked {
        /// What hides it and where the value can be found. Never the value.
        message: String,
    },
    /// There is something, but it cannot be understood; the message says where and why, never the value.
    Damaged {
        /// One sentence for the user. Never the value.
        message: String,
    },
}
