//! The fields of a secret that its reader ignores.

use airbridge_core::{Fields, Json, Payload};

use super::Dialect;
use super::secrets_manager::{field_of, words};
use crate::entry::Kind;
use crate::reading::shown_name;
use crate::similar::similar;

/// A field that no reader looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnoredField {
    /// Its name, as messages show it.
    pub name: String,
    /// The field that is probably meant, if the secret does not have it.
    pub meant: Option<String>,
}

/// The fields of `payload` that Airflow ignores. A field that makes Airflow fail is not among them.
///
/// Source: `_standardize_secret_keys` of the amazon provider; `get_connection` and `get_variable` of the hashicorp provider.
pub fn ignored_fields(dialect: &Dialect, kind: Kind, payload: &Payload) -> Vec<IgnoredField> {
    match (dialect, kind, payload) {
        (Dialect::SecretsManager { extra_conn_words }, Kind::Connection, Payload::Text(text)) => {
            let text = text.expose();
            match text.starts_with('{').then(|| Json::parse(text)) {
                Some(Ok(Json::Object(fields))) => of_secrets_manager(extra_conn_words, &fields),
                _ => Vec::new(),
            }
        }
        (Dialect::Vault, Kind::Connection, Payload::Fields(fields))
            if fields.get("conn_uri").is_some_and(Json::is_truthy) =>
        {
            beside("conn_uri", fields)
        }
        (Dialect::Vault, Kind::Variable | Kind::Config, Payload::Fields(fields))
            if fields.contains("value") =>
        {
            beside("value", fields)
        }
        _ => Vec::new(),
    }
}

fn of_secrets_manager(extra_conn_words: &[(String, Vec<String>)], fields: &Fields) -> Vec<IgnoredField> {
    let (mut read, mut ignored) = (Vec::new(), Vec::new());
    for (name, _) in fields.iter() {
        match field_of(extra_conn_words, name) {
            Some(field) if !read.contains(&field) => read.push(field),
            // Of several words for one field, the first counts.
            _ => ignored.push(name),
        }
    }
    // A misspelled field rarely stands for one of these two.
    let known: Vec<_> = words().into_iter().filter(|word| !["conn_id", "key"].contains(word)).collect();
    let meant = |name: &str| {
        let near = similar(name, &known)?;
        let is_free = field_of(extra_conn_words, near).is_some_and(|field| !read.contains(&field));
        is_free.then(|| near.to_owned())
    };
    ignored.into_iter().map(|name| IgnoredField { name: shown_name(name), meant: meant(name) }).collect()
}

fn beside(only: &str, fields: &Fields) -> Vec<IgnoredField> {
    let others = fields.iter().map(|(name, _)| name).filter(|name| *name != only);
    others.map(|name| IgnoredField { name: shown_name(name), meant: None }).collect()
}

#[cfg(test)]
mod tests {
    use airbridge_core::{Json, Payload};

    use super::{IgnoredField, ignored_fields};
    use crate::entry::Kind;
    use crate::read::Dialect;

    fn shown(ignored: Vec<IgnoredField>) -> Vec<String> {
        let shown = |field: IgnoredField| match field.meant {
            Some(meant) => format!("{} -> {meant}", field.name),
            None => field.name,
        };
        ignored.into_iter().map(shown).collect()
    }

    fn secret(extra_conn_words: &[(&str, &str)], text: &str) -> Vec<String> {
        let words =
            extra_conn_words.iter().map(|(part, word)| ((*part).to_owned(), vec![(*word).to_owned()]));
        let dialect = Dialect::SecretsManager { extra_conn_words: words.collect() };
        shown(ignored_fields(&dialect, Kind::Connection, &Payload::text(text)))
    }

    #[test]
    fn fields_of_secrets_manager_that_airflow_ignores_are_named_with_what_is_meant() {
        let rds =
            r#"{"engine": "postgres", "username": "u", "password": "p", "dbname": "d", "masterarn": "a"}"#;
        assert_eq!(secret(&[], rds), ["`dbname` -> database", "`masterarn`"]);
        assert_eq!(secret(&[("schema", "dbname")], rds), ["`masterarn`"]);
        assert_eq!(
            secret(&[], r#"{"conn_typ": "x", "user_nam": "u"}"#),
            ["`conn_typ` -> conn_type", "`user_nam` -> user_name"]
        );
        assert_eq!(secret(&[], r#"{"conn_uri": "postgres://h"}"#), ["`conn_uri`"]);
        // The first word counts, and then no field is missing.
        assert_eq!(secret(&[], r#"{"host": "a", "server": "b", "hots": "c"}"#), ["`server`", "`hots`"]);
        assert_eq!(secret(&[], "postgres://u:p@h/d"), [""; 0]);
        assert_eq!(
            secret(&[], r#"{"a b": 1}"#),
            ["a name with characters other than letters, digits and `_`"]
        );
    }

    #[test]
    fn fields_of_vault_beside_the_one_that_counts_are_ignored() {
        let fields = |text: &str| match Json::parse(text) {
            Ok(Json::Object(fields)) => Payload::Fields(fields),
            other => panic!("{other:?}"),
        };
        let of = |kind, text: &str| shown(ignored_fields(&Dialect::Vault, kind, &fields(text)));
        assert_eq!(of(Kind::Connection, r#"{"conn_uri": "a://b", "login": "u"}"#), ["`login`"]);
        assert_eq!(of(Kind::Connection, r#"{"conn_uri": "", "login": "u"}"#), [""; 0]);
        assert_eq!(of(Kind::Connection, r#"{"conn_type": "x", "login": "u"}"#), [""; 0]);
        assert_eq!(of(Kind::Variable, r#"{"value": "x", "owner": "me"}"#), ["`owner`"]);
        assert_eq!(of(Kind::Config, r#"{"value": "x", "owner": "me"}"#), ["`owner`"]);
    }
}
