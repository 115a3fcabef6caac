//! JSON in AWS Secrets Manager: synonyms reduce it to seven fields, which are then read like any other JSON.

use airbridge_core::{Fields, Json};

use super::found::Found;
use super::json::{parse_object, read_fields};
use crate::reader::Reader;
use crate::reading::{ReadError, Unrepresentable};

/// Each field with its synonyms (`_standardize_secret_keys` of the amazon provider).
const SYNONYMS: [(&str, &[&str]); 7] = [
    ("login", &["login", "user", "username", "user_name"]),
    ("password", &["password", "pass", "key"]),
    ("host", &["host", "remote_host", "server"]),
    ("port", &["port"]),
    ("schema", &["database", "schema"]),
    ("conn_type", &["conn_type", "conn_id", "connection_type", "engine"]),
    ("extra", &["extra"]),
];

/// Reads a secret that starts with `{`. The text is not trimmed: Python's JSON parser skips only ASCII white space.
pub(super) fn read(
    reader: Reader,
    extra_conn_words: &[(String, Vec<String>)],
    text: &str,
) -> Result<Found, ReadError> {
    let secret = parse_object(text)?;
    if let Some((part, _)) = extra_conn_words.iter().find(|(part, _)| !is_part(part)) {
        return Err(ReadError::new("extra_conn_words", format!("`{part}` is not a connection field")));
    }
    let mut fields = Fields::new();
    for (field, _) in SYNONYMS {
        // The first match in the order of the secret's keys, even if its value is null.
        let means_it = |key: &str| means_field(extra_conn_words, field, key);
        let value = secret.iter().find(|(key, _)| means_it(key)).map(|(_, value)| value.clone());
        fields.insert(field, value.unwrap_or(Json::Null));
    }
    let found = read_fields(reader, fields)?;
    Ok(Found { loses: Unrepresentable { description: true, ..found.loses }, ..found })
}

/// Whether the key of a secret is a word for `field`.
fn means_field(extra_conn_words: &[(String, Vec<String>)], field: &str, key: &str) -> bool {
    let synonyms = SYNONYMS.iter().filter(|(known, _)| *known == field).flat_map(|(_, words)| *words);
    let added = extra_conn_words.iter().filter(|(part, _)| means(part) == field).flat_map(|(_, words)| words);
    synonyms.copied().chain(added.map(String::as_str)).any(|word| word == key)
}

/// The field that the key of a secret is a word for.
pub(super) fn field_of(extra_conn_words: &[(String, Vec<String>)], key: &str) -> Option<&'static str> {
    SYNONYMS.iter().map(|(field, _)| *field).find(|field| means_field(extra_conn_words, field, key))
}

/// Every word for a field.
pub(super) fn words() -> Vec<&'static str> {
    SYNONYMS.iter().flat_map(|(_, words)| *words).copied().collect()
}

/// The field that a name in `extra_conn_words` means. `user` is the older name of `login`.
fn means(part: &str) -> &str {
    if part == "user" { "login" } else { part }
}

fn is_part(part: &str) -> bool {
    SYNONYMS.iter().any(|(field, _)| *field == means(part))
}
