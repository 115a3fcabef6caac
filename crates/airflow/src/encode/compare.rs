//! What "the same" means.

use std::cmp::Ordering;

use airbridge_core::{Json, JsonStyle};

use super::{Comparison, Loss};
use crate::python::int_from_text;
use crate::{Connection, Field, Reading, Unrepresentable, normalise_conn_type};

/// How `a` and `b` differ, as the user counts differences: what one side cannot express is not told apart.
///
/// - A connection type counts as its readers normalise it.
/// - An absent and an empty description are the same, and so are an absent and an empty extra: tasks get an empty
///   object for both.
/// - A port written as a text is a difference of spelling.
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
            if a != b {
                Comparison::Differs(Vec::new())
            } else if same_description(a_description, b_description, either(*a_loses, *b_loses)) {
                Comparison::Same
            } else {
                Comparison::Differs(vec![Field::Description])
            }
        }
        _ => Comparison::Unknown,
    }
}

fn either(a: Unrepresentable, b: Unrepresentable) -> Unrepresentable {
    Unrepresentable { absence: a.absence || b.absence, description: a.description || b.description }
}

/// How one field differs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Likeness {
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

fn likeness(field: Field, a: &Connection, b: &Connection, loses: Unrepresentable) -> Likeness {
    let (a, b) = (a.get(field), b.get(field));
    match field {
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
            (Some(a), Some(b)) if same_json(&a, &b) => Likeness::Spelling,
            _ => Likeness::Differs,
        },
    }
}

fn same_description(a: &Json, b: &Json, loses: Unrepresentable) -> bool {
    loses.description || a == b || (is_absent_or_empty(a) && is_absent_or_empty(b))
}

fn is_absent_or_empty(value: &Json) -> bool {
    value.is_null() || value.as_str() == Some("")
}

/// The number that a port is, whether it is written as one or as a text.
pub(crate) fn whole_number(port: &Json) -> Option<String> {
    match port {
        Json::String(text) => int_from_text(text.expose()),
        Json::Number(number) => Some(number.expose().to_owned()),
        _ => None,
    }
}

fn parsed(extra: &Json) -> Option<Json> {
    match extra {
        Json::String(text) => Json::parse(text.expose()).ok(),
        other => Some(other.clone()),
    }
}

/// Equal as Python's values are: keys in any order, numbers by their value.
fn same_json(a: &Json, b: &Json) -> bool {
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
    // Whole numbers of any size compare by their digits; only beside a fraction does a float decide.
    let (a, b) = (a.expose(), b.expose());
    let floats = (a.parse::<f64>(), b.parse::<f64>());
    let equal_floats = matches!(floats, (Ok(a), Ok(b)) if a.partial_cmp(&b) == Some(Ordering::Equal));
    !(is_whole(a) && is_whole(b)) && equal_floats
}

/// What of `source` is gone in `target`, though [`compare`] calls them the same; sorted.
pub(super) fn losses(source: &Reading, target: &Reading) -> Vec<Loss> {
    let mut losses = Vec::new();
    let (from, to) = (description(source), description(target));
    if !is_absent_or_empty(from) && from != to {
        losses.push(Loss::Description);
    }
    if let (Reading::Connection { connection: from, .. }, Reading::Connection { connection: to, .. }) =
        (source, target)
    {
        if from.conn_type != to.conn_type {
            losses.push(Loss::ConnTypeSpelling);
        }
        if [Field::Host, Field::Schema, Field::Login].iter().any(|field| from.get(*field) != to.get(*field)) {
            losses.push(Loss::AbsentVsEmpty);
        }
    }
    losses
}

fn description(reading: &Reading) -> &Json {
    match reading {
        Reading::Connection { connection, .. } => &connection.description,
        Reading::Value { description, .. } => description,
        Reading::Missing | Reading::Unreadable(_) => &Json::Null,
    }
}
