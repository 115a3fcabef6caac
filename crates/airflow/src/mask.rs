//! Masks: what tools print in place of a secret. Copied, a mask would replace the secret that it stands for.

use airbridge_core::Json;

use crate::connection::Field;
use crate::reading::Reading;

/// Whether a text is nothing but a mask: Airflow and its REST API print `***`, the Astro CLI prints other numbers of
/// stars, and `airflow config list` prints `< hidden >`.
fn is_mask(text: &str) -> bool {
    let text = text.trim();
    (text.len() >= 3 && text.bytes().all(|byte| byte == b'*')) || text == "< hidden >"
}

/// The part of a reading that is a mask, as messages name it: a field, a key of the extra at any depth, or the value.
/// `None` if nothing is masked. A text that merely contains stars is not a mask.
pub fn masked_part(reading: &Reading) -> Option<String> {
    match reading {
        Reading::Connection { connection, .. } => Field::ALL.into_iter().find_map(|field| {
            let text = connection.get(field).as_str()?;
            if is_mask(text) {
                return Some(format!("field `{}`", field.name()));
            }
            let extra = Json::parse(text).ok().filter(|_| field == Field::Extra)?;
            holds_mask(&extra).then(|| "a value in `extra`".to_owned())
        }),
        Reading::Value { value, .. } => {
            value.as_str().filter(|text| is_mask(text)).map(|_| "the value".to_owned())
        }
        Reading::Missing | Reading::Unreadable(_) => None,
    }
}

fn holds_mask(json: &Json) -> bool {
    match json {
        Json::String(text) => is_mask(text.expose()),
        Json::Array(items) => items.iter().any(holds_mask),
        Json::Object(fields) => fields.iter().any(|(_, value)| holds_mask(value)),
        Json::Null | Json::Bool(_) | Json::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use airbridge_core::{Json, Payload};

    use super::masked_part;
    use crate::entry::Kind;
    use crate::read::{Dialect, read};
    use crate::reader::Reader;

    fn part(kind: Kind, text: &str) -> Option<String> {
        masked_part(&read(&Dialect::Text, Reader::Task3, kind, &Payload::text(text)))
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
        ] {
            assert_eq!(part(Kind::Connection, text).as_deref(), Some(expected), "{text}");
        }
        for text in ["***", "********", "< hidden >", " *** "] {
            assert_eq!(part(Kind::Variable, text).as_deref(), Some("the value"), "{text}");
            assert_eq!(part(Kind::Config, text).as_deref(), Some("the value"), "{text}");
        }
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
