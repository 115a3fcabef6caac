//! JSON in AWS Secrets Manager: reduced to seven fields by synonyms, then read as everywhere.

use airbridge_core::{Fields, Json};

use super::Found;
use super::json::{parse_object, read_fields};
use crate::{ReadError, Reader, Unrepresentable};

/// Every field and the keys of a secret that mean it (`_standardize_secret_keys` of the amazon provider).
const SYNONYMS: [(&str, &[&str]); 7] = [
    ("login", &["login", "user", "username", "user_name"]),
    ("password", &["password", "pass", "key"]),
    ("host", &["host", "remote_host", "server"]),
    ("port", &["port"]),
    ("schema", &["database", "schema"]),
    ("conn_type", &["conn_type", "conn_id", "connection_type", "engine"]),
    ("extra", &["extra"]),
];

/// Reads the text of a secret that begins with `{`. The text is not trimmed: Python's JSON skips ASCII blanks only.
pub(super) fn read(
    reader: Reader,
    extra_conn_words: &[(String, Vec<String>)],
    text: &str,
) -> Result<Found, ReadError> {
    let secret = parse_object(text)?;
    if let Some((part, _)) = extra_conn_words.iter().find(|(part, _)| !is_part(part)) {
        return Err(ReadError::new("extra_conn_words", format!("`{part}` is no part of a connection")));
    }
    let mut fields = Fields::new();
    for (field, synonyms) in SYNONYMS {
        let means_it = |key: &str| {
            let added = extra_conn_words.iter().filter(|(part, _)| means(part) == field);
            synonyms.contains(&key) || added.flat_map(|(_, words)| words).any(|word| word == key)
        };
        // The first in the secret's own order, even if it is null.
        let value = secret.iter().find(|(key, _)| means_it(key)).map(|(_, value)| value.clone());
        fields.insert(field, value.unwrap_or(Json::Null));
    }
    let found = read_fields(reader, fields)?;
    Ok(Found { loses: Unrepresentable { description: true, ..found.loses }, ..found })
}

/// `user` is the older name of the part `login`.
fn means(part: &str) -> &str {
    if part == "user" { "login" } else { part }
}

fn is_part(part: &str) -> bool {
    SYNONYMS.iter().any(|(field, _)| *field == means(part))
}
