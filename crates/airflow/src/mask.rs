//! Masks: what tools print in place of a secret. Copied, a mask would replace the secret that it stands for.

use airbridge_core::{Fields, Json, Payload};

use crate::connection::Field;
use crate::reading::Reading;

/// Whether a text is nothing but a mask: Airflow and its REST API print `***`, the Astro CLI prints other numbers of
/// stars, and `airflow config list` prints `< hidden >`.
fn is_mask(text: &str) -> bool {
    let text = text.trim();
    (text.len() >= 3 && text.bytes().all(|byte| byte == b'*')) || text == "< hidden >"
}

/// The part of an entry that is a mask, as messages name it: a field, a key of the extra at any depth, or the value.
/// `None` if nothing is masked. A text that also contains other characters is not a mask.
///
/// `payload` is what the store holds, if no rule changed it. The reading alone does not show every mask: Airflow parses a
/// connection that is nothing but a mask as a URI, which loses a star, and rejects an extra that is one.
pub fn masked_part(payload: Option<&Payload>, reading: &Reading) -> Option<String> {
    match reading {
        Reading::Value { value, .. } => value.as_str().is_some_and(is_mask).then(|| "the value".to_owned()),
        Reading::Missing => None,
        _ if payload.is_some_and(is_whole_mask) => Some("the value".to_owned()),
        Reading::Connection { connection, .. } => {
            Field::ALL.into_iter().find_map(|field| masked_field(field, connection.get(field)))
        }
        Reading::Unreadable(_) => match payload? {
            Payload::Fields(fields) => masked_in(fields),
            Payload::Text(text) => masked_in(&object(text.expose())?),
        },
    }
}

/// Whether a payload is nothing but a mask, as it is or as the URI in its only field.
pub fn is_whole_mask(payload: &Payload) -> bool {
    let has_masked_uri = |fields: &Fields| {
        URI_FIELDS.into_iter().any(|name| fields.get(name).and_then(Json::as_str).is_some_and(is_mask))
    };
    match payload {
        Payload::Text(text) => {
            is_mask(text.expose()) || object(text.expose()).is_some_and(|fields| has_masked_uri(&fields))
        }
        Payload::Fields(fields) => has_masked_uri(fields),
    }
}

/// The fields that hold a URI instead of the fields of a connection.
const URI_FIELDS: [&str; 2] = ["conn_uri", "uri"];

/// The JSON object in a text that may contain a mask.
fn object(text: &str) -> Option<Fields> {
    let text = Some(text.trim()).filter(|text| text.starts_with('{') && text.contains("***"))?;
    match Json::parse(text) {
        Ok(Json::Object(fields)) => Some(fields),
        _ => None,
    }
}

fn masked_in(fields: &Fields) -> Option<String> {
    Field::ALL.into_iter().find_map(|field| masked_field(field, fields.get(field.name())?))
}

fn masked_field(field: Field, value: &Json) -> Option<String> {
    if value.as_str().is_some_and(is_mask) {
        return Some(format!("field `{}`", field.name()));
    }
    (field == Field::Extra && holds_mask(value)).then(|| "a value in `extra`".to_owned())
}

/// Whether a JSON text may contain a mask, perhaps with escapes. Spares parsing most texts.
fn may_contain_mask(text: &str) -> bool {
    text.contains("***") || text.contains("hidden") || text.contains("\\u")
}

/// Whether a value is a mask or contains one, also in a string that is itself a JSON object or list, such as a
/// `keyfile_dict`.
fn holds_mask(json: &Json) -> bool {
    match json {
        Json::String(text) => {
            let text = text.expose();
            let nested = || Json::parse(text).is_ok_and(|nested| holds_mask(&nested));
            is_mask(text) || (text.trim_start().starts_with(['{', '[']) && may_contain_mask(text) && nested())
        }
        Json::Array(items) => items.iter().any(holds_mask),
        Json::Object(fields) => fields.iter().any(|(_, value)| holds_mask(value)),
        Json::Null | Json::Bool(_) | Json::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use airbridge_core::{Fields, Json, Payload};

    use super::masked_part;
    use crate::entry::Kind;
    use crate::read::{Dialect, read};
    use crate::reader::Reader;

    fn part(kind: Kind, text: &str) -> Option<String> {
        part_of(&Dialect::Text, kind, &Payload::text(text))
    }

    fn part_of(dialect: &Dialect, kind: Kind, payload: &Payload) -> Option<String> {
        masked_part(Some(payload), &read(dialect, Reader::Task3, kind, payload))
    }

    #[test]
    fn mask_in_any_field_spelling_and_depth_is_found() {
        for (text, expected) in [
            (r#"{"conn_type": "http", "password": "***"}"#, "field `password`"),
            (r#"{"conn_type": "http", "login": "****"}"#, "field `login`"),
            (r#"{"conn_type": "aws", "extra": {"aws_secret_access_key": "***"}}"#, "a value in `extra`"),
            (r#"{"conn_type": "aws", "extra": "{\"a\": {\"b\": [1, \"***\"]}}"}"#, "a value in `extra`"),
            ("http://u:***@h", "field `password`"),
            ("http://u:%2A%2A%2A@h", "field `password`"),
            ("aws://?key=***", "a value in `extra`"),
            (r#"{"conn_type": "aws", "extra": "***"}"#, "field `extra`"),
            (r#"{"conn_type": "http", "port": "***"}"#, "field `port`"),
            (
                r#"{"conn_type": "gcp", "extra": {"keyfile_dict": "{\"key\": \"***\"}"}}"#,
                "a value in `extra`",
            ),
            (r#"{"conn_type": "aws", "extra": "{\"a\": \"\\u002a\\u002A*\"}"}"#, "a value in `extra`"),
            (r#"{"conn_type": "aws", "extra": {"a": "< hidden >"}}"#, "a value in `extra`"),
            (r#"{"conn_uri": "***"}"#, "the value"),
            (r#"{"uri": "***"}"#, "the value"),
            ("***", "the value"),
            ("****", "the value"),
            (" ******\n", "the value"),
        ] {
            assert_eq!(part(Kind::Connection, text).as_deref(), Some(expected), "{text}");
        }
        for text in ["***", "********", "< hidden >", " *** "] {
            assert_eq!(part(Kind::Variable, text).as_deref(), Some("the value"), "{text}");
            assert_eq!(part(Kind::Config, text).as_deref(), Some("the value"), "{text}");
        }
    }

    #[test]
    fn extra_that_is_a_mask_is_found_where_airflow_rejects_it() {
        let fields = Fields::from_iter([("conn_type", Json::string("http")), ("extra", Json::string("***"))]);
        let part = part_of(&Dialect::File, Kind::Connection, &Payload::Fields(fields));
        assert_eq!(part.as_deref(), Some("field `extra`"));
        let fields = Fields::from_iter([("conn_uri", Json::string("***"))]);
        let part = part_of(&Dialect::Vault, Kind::Connection, &Payload::Fields(fields));
        assert!(part.is_some(), "{part:?}");
    }

    #[test]
    fn text_that_merely_contains_stars_is_not_a_mask() {
        for text in ["http://u:a***b@h", r#"{"conn_type": "http", "password": "pass***"}"#, "aws://?a=x***"] {
            assert_eq!(part(Kind::Connection, text), None, "{text}");
        }
        for text in ["**", "* * * * *", "a***", "{\"a\": \"***\"}", ""] {
            assert_eq!(part(Kind::Variable, text), None, "{text}");
        }
        assert!(!super::holds_mask(&Json::string("secret")));
    }
}
