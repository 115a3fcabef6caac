//! Which differences between two readings count.

use std::cmp::Ordering;

use airbridge_core::{Json, JsonStyle};

use crate::connection::{Connection, Field, normalise_conn_type, python_str};
use crate::python::int_from_text;
use crate::reading::{Reading, Unrepresentable};

/// How two readings differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// They do not differ.
    Same,
    /// Only these fields are written differently, such as an extra that is equal once parsed.
    Spelling(Vec<Field>),
    /// These fields differ. Empty for variables and config options, which have only one value.
    Differs(Vec<Field>),
    /// At least one side is missing or unreadable.
    Unknown,
}

impl Comparison {
    /// Whether tasks read the same from a copy. A port may become a number if it was a string, because some targets can
    /// hold only numbers.
    pub fn reads_the_same(&self) -> bool {
        match self {
            Self::Same => true,
            Self::Spelling(fields) => fields == &[Field::Port],
            Self::Differs(_) | Self::Unknown => false,
        }
    }
}

/// How `a` and `b` differ. What one side cannot express does not count as a difference.
///
/// - Connection types are compared in their normalised form.
/// - An absent and an empty description are the same. So are an absent and an empty extra, because tasks get an empty
///   object for both.
/// - A port as a string and the same port as a number is a difference in [`Comparison::Spelling`].
pub fn compare(a: &Reading, b: &Reading) -> Comparison {
    match (a, b) {
        (
            Reading::Connection { connection: a, loses: a_loses },
            Reading::Connection { connection: b, loses: b_loses },
        ) => compare_connections(a, b, either(*a_loses, *b_loses)),
        (
            Reading::Value { value: a, description: a_description, loses: a_loses },
            Reading::Value { value: b, description: b_description, loses: b_loses },
        ) => {
            let loses = either(*a_loses, *b_loses);
            if a != b && !(loses.spelling && is_same_parsed(a, b)) {
                Comparison::Differs(Vec::new())
            } else if same_description(a_description, b_description, loses) {
                Comparison::Same
            } else {
                Comparison::Differs(vec![Field::Description])
            }
        }
        _ => Comparison::Unknown,
    }
}

pub(super) fn either(a: Unrepresentable, b: Unrepresentable) -> Unrepresentable {
    Unrepresentable {
        absence: a.absence || b.absence,
        absent_type: a.absent_type || b.absent_type,
        empty_password: a.empty_password || b.empty_password,
        description: a.description || b.description,
        unseen_description: a.unseen_description || b.unseen_description,
        types: a.types || b.types,
        spelling: a.spelling || b.spelling,
    }
}

/// How one field differs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Likeness {
    Same,
    Spelling,
    Differs,
}

impl Likeness {
    fn same_if(same: bool) -> Self {
        if same { Self::Same } else { Self::Differs }
    }
}

fn compare_connections(a: &Connection, b: &Connection, loses: Unrepresentable) -> Comparison {
    let fields_with = |wanted| -> Vec<Field> {
        Field::ALL.into_iter().filter(|field| likeness(*field, a, b, loses) == wanted).collect()
    };
    let differs = fields_with(Likeness::Differs);
    let spelling = fields_with(Likeness::Spelling);
    match (differs.is_empty(), spelling.is_empty()) {
        (true, true) => Comparison::Same,
        (true, false) => Comparison::Spelling(spelling),
        (false, _) => Comparison::Differs(differs),
    }
}

pub(super) fn likeness(field: Field, a: &Connection, b: &Connection, loses: Unrepresentable) -> Likeness {
    let (a, b) = (a.get(field), b.get(field));
    let as_strings = |value: &Json| match python_str(value) {
        Some(text) if loses.types => Json::String(text),
        _ => value.clone(),
    };
    let (a, b) = match field {
        Field::Port | Field::Extra | Field::Description => (a, b),
        _ => (&as_strings(a), &as_strings(b)),
    };
    match field {
        Field::ConnType
            if (loses.absence || loses.absent_type) && is_absent_or_empty(a) && is_absent_or_empty(b) =>
        {
            Likeness::Same
        }
        Field::Password if loses.empty_password && is_absent_or_empty(a) && is_absent_or_empty(b) => {
            Likeness::Same
        }
        // No reader of Airflow makes a difference between the two.
        Field::Port if is_absent_or_empty(a) && is_absent_or_empty(b) => Likeness::Same,
        Field::ConnType => Likeness::same_if(match (a.as_str(), b.as_str()) {
            (Some(a), Some(b)) => normalise_conn_type(a) == normalise_conn_type(b),
            _ => a == b,
        }),
        Field::Description => Likeness::same_if(same_description(a, b, loses)),
        Field::Host | Field::Schema | Field::Login => {
            Likeness::same_if(a == b || (loses.absence && is_absent_or_empty(a) && is_absent_or_empty(b)))
        }
        Field::Port if a != b && whole_number(a).is_some() && whole_number(a) == whole_number(b) => {
            Likeness::Spelling
        }
        Field::Password | Field::Port => Likeness::same_if(a == b),
        Field::Extra if a == b || (!a.is_truthy() && !b.is_truthy()) => Likeness::Same,
        Field::Extra => match (parsed(a), parsed(b)) {
            (Some(a), Some(b)) if same_json(&a, &b) && loses.spelling => Likeness::Same,
            (Some(a), Some(b)) if same_json(&a, &b) => Likeness::Spelling,
            _ => Likeness::Differs,
        },
    }
}

pub(super) fn same_description(a: &Json, b: &Json, loses: Unrepresentable) -> bool {
    loses.description || a == b || (is_absent_or_empty(a) && is_absent_or_empty(b))
}

pub(super) fn is_absent_or_empty(value: &Json) -> bool {
    value.is_null() || value.as_str() == Some("")
}

/// The number in a port that is a number or a string.
pub(crate) fn whole_number(port: &Json) -> Option<String> {
    match port {
        Json::String(text) => int_from_text(text.expose()),
        Json::Number(number) => Some(number.expose().to_owned()),
        _ => None,
    }
}

pub(super) fn parsed(extra: &Json) -> Option<Json> {
    match extra {
        Json::String(text) => Json::parse(text.expose()).ok(),
        other => Some(other.clone()),
    }
}

/// Whether two texts are the same JSON.
fn is_same_parsed(a: &Json, b: &Json) -> bool {
    matches!((parsed(a), parsed(b)), (Some(a), Some(b)) if same_json(&a, &b))
}

/// Equality of Python values: the order of keys does not matter, and numbers are compared by value.
pub(super) fn same_json(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(_), Json::Number(_)) => same_number(a, b),
        (Json::Array(a), Json::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_json(a, b))
        }
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len()
                && a.iter().all(|(name, value)| b.get(name).is_some_and(|other| same_json(value, other)))
        }
        _ => a == b,
    }
}

fn same_number(a: &Json, b: &Json) -> bool {
    let (a, b) = (a.to_text(JsonStyle::LINE), b.to_text(JsonStyle::LINE));
    let is_whole = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if a == b {
        return true;
    }
    // Two whole numbers of any size are compared by their digits. If one has a fraction, they are compared as floats.
    let (a, b) = (a.expose(), b.expose());
    let floats = (a.parse::<f64>(), b.parse::<f64>());
    let equal_floats = matches!(floats, (Ok(a), Ok(b)) if a.partial_cmp(&b) == Some(Ordering::Equal));
    !(is_whole(a) && is_whole(b)) && equal_floats
}
