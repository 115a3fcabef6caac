//! What differs between two readings of an entry, as far as it may be shown.
//!
//! Names of fields and of keys in `extra` are shown, and the values of fields that are not secret: connection type, host,
//! schema and port. What users put there can still contain a secret, so those parts are masked.

use std::sync::Arc;

use std::collections::BTreeSet;

use airbridge_airflow::{Comparison, Connection, Field, Reading, Unrepresentable, compare};
use airbridge_core::{Fields, Json, JsonStyle};

/// The fields whose values are shown.
const SHOWN: [Field; 4] = [Field::ConnType, Field::Host, Field::Schema, Field::Port];

/// The longest value that is shown whole, in characters.
const LONGEST: usize = 60;

/// The longest part of a path that is shown; longer ones may be tokens, as in the addresses of webhooks.
const LONGEST_PART: usize = 20;

/// What stands for a part that may be secret.
const MASK: &str = "***";

/// What differs between two readings of an entry. Contains no secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The old and the new value of each field that is not secret and differs.
    pub fields: Vec<FieldChange>,
    /// The keys of `extra` that differ, sorted. Empty if one side is not a JSON object.
    pub extra_keys: Vec<String>,
}

/// A field with its old and its new value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// The field.
    pub field: Field,
    /// The old value; `None` if the field is absent.
    pub before: Option<String>,
    /// The new value; `None` if the field is absent.
    pub after: Option<String>,
}

impl Changes {
    /// What differs in `fields`, from one reading to another.
    pub(crate) fn between(before: &Reading, after: &Reading, fields: &[Field]) -> Self {
        let (Reading::Connection { connection: before, .. }, Reading::Connection { connection: after, .. }) =
            (before, after)
        else {
            return Self::default();
        };
        let shown = fields.iter().filter(|field| SHOWN.contains(field));
        let change = |field: &Field| {
            let side = |connection: &Connection| shown_value(connection.get(*field));
            FieldChange { field: *field, before: side(before), after: side(after) }
        };
        let extra_keys = if fields.contains(&Field::Extra) {
            changed_keys(before.get(Field::Extra), after.get(Field::Extra))
        } else {
            Vec::new()
        };
        Self { fields: shown.map(change).collect(), extra_keys }
    }
}

/// The keys whose values differ.
fn changed_keys(before: &Json, after: &Json) -> Vec<String> {
    let (Some(before), Some(after)) = (object(before), object(after)) else { return Vec::new() };
    let all: BTreeSet<&str> = before.iter().chain(after.iter()).map(|(key, _)| key).collect();
    let changed = all.into_iter().filter(|key| !same(before.get(key), after.get(key)));
    changed.map(shown_key).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Whether two values of a key count as equal, by the comparison of whole connections.
fn same(before: Option<&Json>, after: Option<&Json>) -> bool {
    let (Some(before), Some(after)) = (before, after) else { return false };
    let with = |value: &Json| {
        let mut fields = Fields::new();
        fields.insert("key", value.clone());
        let mut connection = Connection::default();
        *connection.get_mut(Field::Extra) = Json::Object(fields);
        Reading::Connection { connection: Arc::new(connection), loses: Unrepresentable::default() }
    };
    !matches!(compare(&with(before), &with(after)), Comparison::Differs(_))
}

/// An `extra` that is an object; nothing counts as an empty one.
fn object(extra: &Json) -> Option<Fields> {
    let parsed = match extra {
        Json::String(text) if text.expose().is_empty() => Json::Null,
        Json::String(text) => Json::parse(text.expose()).ok()?,
        other => other.clone(),
    };
    match parsed {
        Json::Null => Some(Fields::new()),
        Json::Object(fields) => Some(fields),
        _ => None,
    }
}

/// A key of `extra`. One that does not look like a name may be a value in the wrong place.
fn shown_key(key: &str) -> String {
    let is_name = !key.is_empty()
        && key.chars().count() <= LONGEST
        && key.chars().all(|char| char.is_alphanumeric() || "_-. ".contains(char));
    if is_name { key.to_owned() } else { MASK.to_owned() }
}

/// The value of a field that is not secret; `None` if it is absent.
fn shown_value(value: &Json) -> Option<String> {
    let text = match value {
        Json::Null => return None,
        Json::String(text) => text.clone(),
        value => value.to_text(JsonStyle::LINE),
    };
    let masked = masked(text.expose());
    if masked.chars().count() <= LONGEST {
        return Some(masked);
    }
    Some(masked.chars().take(LONGEST).chain(['…']).collect())
}

/// `text` without what may be secret in it: the user and password of an address, what follows a path, long parts of a
/// path.
fn masked(text: &str) -> String {
    // Where parameters begin. An encoded `@` or `:` could hide a password from the next step.
    let end = text.find(|char: char| "?#;&=%".contains(char) || char.is_whitespace()).unwrap_or(text.len());
    let (address, rest) = text.split_at(end);
    let (start, address) = match address.split_once("://") {
        Some((scheme, address)) => (format!("{scheme}://"), address),
        None => (String::new(), address),
    };
    let goes_on = rest.contains('@') || rest.to_ascii_lowercase().contains("%40");
    let (user, place) = match (goes_on, address.rsplit_once('@')) {
        // The user's part is not over yet.
        (true, _) => return MASK.to_owned(),
        (false, Some((_, place))) => ("***@", place),
        (false, None) => ("", address),
    };
    let (host, path) = place.split_at(place.find('/').unwrap_or(place.len()));
    let parts = path.split('/').map(|part| if part.chars().count() > LONGEST_PART { MASK } else { part });
    let path: Vec<_> = parts.collect();
    let rest = if rest.is_empty() { "" } else { MASK };
    format!("{start}{user}{host}{}{rest}", path.join("/"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use airbridge_airflow::{Connection, Field, Reading, Unrepresentable};
    use airbridge_core::Json;

    use super::{Changes, FieldChange, changed_keys, masked, shown_value};

    fn connection(json: &str) -> Reading {
        let Ok(Json::Object(fields)) = Json::parse(json) else { panic!("an object") };
        let mut connection = Connection::default();
        for field in Field::ALL {
            if let Some(value) = fields.get(field.name()) {
                *connection.get_mut(field) = value.clone();
            }
        }
        Reading::Connection { connection: Arc::new(connection), loses: Unrepresentable::default() }
    }

    #[test]
    fn only_fields_that_are_not_secret_have_values() {
        let before = connection(
            r#"{"conn_type":"postgres","host":"old.test","port":5432,"login":"canary","password":"canary",
                "extra":"{\"role\": \"canary\", \"region\": \"x\"}"}"#,
        );
        let after = connection(
            r#"{"conn_type":"postgres","host":"new.test","login":"other","password":"other",
                "extra":"{\"role\": \"other\", \"region\": \"x\", \"ssl\": true}"}"#,
        );
        let fields = [Field::Host, Field::Login, Field::Password, Field::Port, Field::Extra];
        let change = |field, before: &str, after: Option<&str>| FieldChange {
            field,
            before: Some(before.to_owned()),
            after: after.map(str::to_owned),
        };
        let expected = Changes {
            fields: vec![
                change(Field::Host, "old.test", Some("new.test")),
                change(Field::Port, "5432", None),
            ],
            extra_keys: vec!["role".to_owned(), "ssl".to_owned()],
        };
        assert_eq!(Changes::between(&before, &after, &fields), expected);
    }

    #[test]
    fn secret_in_a_host_is_masked() {
        for (text, shown) in [
            ("db.acme.test", "db.acme.test"),
            ("https://db.acme.test:8443/v1/api", "https://db.acme.test:8443/v1/api"),
            ("a.test:9092,b.test:9092", "a.test:9092,b.test:9092"),
            ("[2001:db8::1]", "[2001:db8::1]"),
            ("user:canary@db.test", "***@db.test"),
            ("https://user:canary@db.test/x", "https://***@db.test/x"),
            ("user:p@canary@db.test", "***@db.test"),
            ("user:ca/nary@db.test", "***@db.test"),
            ("user:ca?nary@db.test", "***"),
            ("user:ca nary@db.test", "***"),
            ("user%3Acanary%40db.test", "***"),
            ("db.test/x?password=canary", "db.test/x***"),
            ("db.test;Pwd=canary", "db.test***"),
            ("host=db.test password=canary", "host***"),
            ("hooks.test/services/T0/canarycanarycanarycanary", "hooks.test/services/T0/***"),
        ] {
            assert_eq!(masked(text), shown, "{text}");
        }
    }

    #[test]
    fn long_value_is_shortened_and_null_is_absent() {
        let long = shown_value(&Json::string(format!("{}.test", "h".repeat(90)))).unwrap();
        assert_eq!(long.chars().count(), 61);
        assert!(long.ends_with('…'));
        assert_eq!(shown_value(&Json::Null), None);
        assert_eq!(shown_value(&Json::integer(5432)).as_deref(), Some("5432"));
    }

    #[test]
    fn key_that_is_no_name_is_masked() {
        let extra = |text: &str| Json::string(text);
        let keys = |before: &str, after: &str| changed_keys(&extra(before), &extra(after));
        assert_eq!(keys(r#"{"a": {"b": 1}, "c": 1}"#, r#"{"a": {"b": 2}, "c": 1.0}"#), ["a"]);
        assert_eq!(keys("", r#"{"http://u:canary@h": 1, "canary=": 2}"#), ["***"]);
        assert!(keys("[1]", "{}").is_empty() && keys("no json", "{}").is_empty());
    }
}
