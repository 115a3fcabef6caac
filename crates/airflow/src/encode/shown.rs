//! An entry compared with what a service shows of one whose secrets it masks.

use airbridge_core::Json;

use super::compare::{Likeness, either, likeness, parsed, same_description, same_json};
use crate::connection::{Connection, Field};
use crate::edit::Part;
use crate::reading::{Reading, Unrepresentable};

/// What the REST API of Airflow prints in place of a secret, or of a part of a text.
const MASK: &str = "***";

/// How an entry compares with what is shown of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Visible {
    /// What is shown is the same. The parts are hidden, at least in part, so they may differ.
    Same(Vec<Part>),
    /// These fields differ for certain. Empty for variables, which have only one value.
    Differs(Vec<Field>),
    /// At least one side is missing or unreadable.
    Unknown,
}

/// Compares an entry with what a service shows of another: `***` stands for what it hides. Of the fields in `unknown` it does
/// not even show whether they are there.
///
/// Only passwords, values in `extra`, and values of variables are ever masked. In all other fields, `***` is just text.
pub fn compare_shown(wanted: &Reading, shown: &Reading, unknown: &[&str]) -> Visible {
    match (wanted, shown) {
        (
            Reading::Connection { connection: wanted, loses },
            Reading::Connection { connection: shown, loses: of_shown },
        ) => {
            let loses = Unrepresentable { spelling: true, ..either(*loses, *of_shown) };
            let fields = Field::ALL.into_iter().map(|field| {
                let is_unknown = unknown.contains(&field.name());
                (field, if is_unknown { Seen::Hidden } else { field_of(field, wanted, shown, loses) })
            });
            let fields: Vec<_> = fields.collect();
            let with = |what| fields.iter().filter(move |(_, part)| *part == what).map(|(field, _)| *field);
            let differs: Vec<_> = with(Seen::Differs).collect();
            if differs.is_empty() {
                Visible::Same(with(Seen::Hidden).map(Part::Field).collect())
            } else {
                Visible::Differs(differs)
            }
        }
        (
            Reading::Value { value: wanted, description: wanted_description, loses },
            Reading::Value { value: shown, description, loses: of_shown },
        ) => {
            let loses = either(*loses, *of_shown);
            match text_of(wanted, shown) {
                Seen::Differs => Visible::Differs(Vec::new()),
                _ if !same_description(wanted_description, description, loses) => {
                    Visible::Differs(vec![Field::Description])
                }
                Seen::Hidden => Visible::Same(vec![Part::Value]),
                Seen::Same => Visible::Same(Vec::new()),
            }
        }
        _ => Visible::Unknown,
    }
}

/// How one part compares with what can be seen of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    Same,
    Hidden,
    Differs,
}

fn field_of(field: Field, wanted: &Connection, shown: &Connection, loses: Unrepresentable) -> Seen {
    let is_masked = shown.get(field).as_str().is_some_and(|text| text.contains(MASK));
    match field {
        // The mask says that there is a password.
        Field::Password if is_masked && wanted.password.is_truthy() => Seen::Hidden,
        Field::Extra if is_masked => text_of(wanted.get(field), shown.get(field)),
        _ if likeness(field, wanted, shown, loses) == Likeness::Differs => Seen::Differs,
        _ => Seen::Same,
    }
}

/// A text that may be JSON, which is shown in another spelling and with masks in it.
fn text_of(wanted: &Json, shown: &Json) -> Seen {
    if wanted == shown {
        let is_masked = shown.as_str().is_some_and(|text| text.contains(MASK));
        return if is_masked { Seen::Hidden } else { Seen::Same };
    }
    match (parsed(wanted), parsed(shown)) {
        (Some(wanted), Some(shown)) => json_of(&wanted, &shown),
        (_, None) if shown.as_str().is_some_and(|text| text.contains(MASK)) => Seen::Hidden,
        _ => Seen::Differs,
    }
}

fn json_of(wanted: &Json, shown: &Json) -> Seen {
    let worst = |parts: &mut dyn Iterator<Item = Seen>| {
        parts.fold(Seen::Same, |worst, part| match (worst, part) {
            (Seen::Differs, _) | (_, Seen::Differs) => Seen::Differs,
            (Seen::Hidden, _) | (_, Seen::Hidden) => Seen::Hidden,
            _ => Seen::Same,
        })
    };
    match (wanted, shown) {
        (_, Json::String(text)) if text.expose().contains(MASK) => Seen::Hidden,
        (Json::Array(wanted), Json::Array(shown)) if wanted.len() == shown.len() => {
            worst(&mut wanted.iter().zip(shown).map(|(wanted, shown)| json_of(wanted, shown)))
        }
        (Json::Object(wanted), Json::Object(shown)) if wanted.len() == shown.len() => worst(
            &mut shown
                .iter()
                .map(|(name, shown)| wanted.get(name).map_or(Seen::Differs, |wanted| json_of(wanted, shown))),
        ),
        _ if same_json(wanted, shown) => Seen::Same,
        _ => Seen::Differs,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use airbridge_core::Json;

    use super::{Visible, compare_shown};
    use crate::connection::{Connection, Field};
    use crate::edit::Part;
    use crate::reading::{Reading, Unrepresentable};

    fn connection(fields: &[(Field, &str)]) -> Reading {
        let mut connection = Connection::default();
        for (field, text) in fields {
            *connection.get_mut(*field) = Json::string(*text);
        }
        Reading::Connection { connection: Arc::new(connection), loses: Unrepresentable::default() }
    }

    fn value(text: &str) -> Reading {
        Reading::Value {
            value: Json::string(text),
            description: Json::Null,
            loses: Unrepresentable::default(),
        }
    }

    #[test]
    fn mask_hides_a_password_that_is_there() {
        let shown = connection(&[(Field::Host, "h"), (Field::Password, "***")]);
        let hidden = |fields: &[(Field, &str)]| compare_shown(&connection(fields), &shown, &[]);
        let password = Visible::Same(vec![Part::Field(Field::Password)]);
        assert_eq!(hidden(&[(Field::Host, "h"), (Field::Password, "any")]), password);
        assert_eq!(hidden(&[(Field::Host, "h")]), Visible::Differs(vec![Field::Password]));
        assert_eq!(
            hidden(&[(Field::Host, "other"), (Field::Password, "any")]),
            Visible::Differs(vec![Field::Host])
        );
        // In a host, stars are just text.
        let host = connection(&[(Field::Host, "a***b")]);
        assert_eq!(
            compare_shown(&connection(&[(Field::Host, "axxb")]), &host, &[]),
            Visible::Differs(vec![Field::Host])
        );
    }

    #[test]
    fn unknown_field_is_hidden_whether_it_is_there_or_not() {
        let shown = connection(&[(Field::Host, "h")]);
        for wanted in [&[(Field::Host, "h")][..], &[(Field::Host, "h"), (Field::Password, "any")]] {
            let compared = compare_shown(&connection(wanted), &shown, &["password"]);
            assert_eq!(compared, Visible::Same(vec![Part::Field(Field::Password)]));
        }
    }

    #[test]
    fn masks_in_extra_hide_their_keys_and_nothing_else() {
        let shown = connection(&[(Field::Extra, r#"{"a": 1.5, "token": "***", "list": ["x", "a***c"]}"#)]);
        let compared = |extra: &str| compare_shown(&connection(&[(Field::Extra, extra)]), &shown, &[]);
        let hidden = Visible::Same(vec![Part::Field(Field::Extra)]);
        let differs = Visible::Differs(vec![Field::Extra]);
        assert_eq!(compared(r#"{"token":"t","a":1.50,"list":["x","abc"]}"#), hidden);
        assert_eq!(compared(r#"{"token":{"b":"t"},"a":1.5,"list":["x","abc"]}"#), hidden);
        assert_eq!(compared(r#"{"token":"t","a":1.6,"list":["x","abc"]}"#), differs);
        assert_eq!(compared(r#"{"token":"t","a":1.5,"list":["y","abc"]}"#), differs);
        assert_eq!(compared(r#"{"a":1.5,"list":["x","abc"]}"#), differs);
        assert_eq!(compared(r#"{"token":"t","a":1.5,"list":["x","abc"],"more":1}"#), differs);
        assert_eq!(compared(""), differs);
    }

    #[test]
    fn extra_in_another_spelling_is_the_same() {
        let shown = connection(&[(Field::Extra, r#"{"b": 1.5, "a": "\u00e9"}"#)]);
        let wanted = connection(&[(Field::Extra, r#"{ "a":"é","b":1.50 }"#)]);
        assert_eq!(compare_shown(&wanted, &shown, &[]), Visible::Same(Vec::new()));
    }

    #[test]
    fn value_is_hidden_where_it_is_masked() {
        let hidden = Visible::Same(vec![Part::Value]);
        assert_eq!(compare_shown(&value("any"), &value("***"), &[]), hidden);
        assert_eq!(
            compare_shown(&value(r#"{"key":"k","b":1}"#), &value(r#"{"key": "***", "b": 1}"#), &[]),
            hidden
        );
        let other = value(r#"{"key": "***", "b": 2}"#);
        assert_eq!(compare_shown(&value(r#"{"key":"k","b":1}"#), &other, &[]), Visible::Differs(Vec::new()));
        assert_eq!(compare_shown(&value("a"), &value("b"), &[]), Visible::Differs(Vec::new()));
        let described = Reading::Value {
            value: Json::string("***"),
            description: Json::string("d"),
            loses: Unrepresentable::default(),
        };
        assert_eq!(compare_shown(&value("any"), &described, &[]), Visible::Differs(vec![Field::Description]));
        assert_eq!(compare_shown(&value("any"), &Reading::Missing, &[]), Visible::Unknown);
    }
}
