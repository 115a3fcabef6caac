//! Reading: from a stored payload to what Airflow makes of it.

use airbridge_core::Payload;

use crate::{Kind, Reader, Reading};

/// Whose rules a payload is read by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// A text, JSON or URI by its first character: Parameter Store, Google, Azure, the environment, `.env` files.
    Text,
    /// As [`Text`](Self::Text), but JSON is reduced to seven fields by synonyms: AWS Secrets Manager.
    SecretsManager {
        /// `extra_conn_words`: more synonyms by Airflow's part name (`user` means login), in order.
        extra_conn_words: Vec<(String, Vec<String>)>,
    },
    /// A map of fields, or one field `conn_uri`; variables and config options in the field `value`: Vault.
    Vault,
    /// An object with the constructor's fields, or a URI; nothing is normalised: JSON and YAML connection files.
    File,
    /// Always a URI: `connections.env`.
    EnvFile,
    /// The fields of `airflow_settings.yaml`, as the Astro CLI hands them to the REST API.
    Astro,
}

/// What `reader` makes of `payload` under the rules of `dialect`.
pub fn read(dialect: &Dialect, reader: Reader, kind: Kind, payload: &Payload) -> Reading {
    let _ = (dialect, reader, kind, payload);
    Reading::Missing
}
