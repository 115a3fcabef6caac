//! From nodes to values, as PyYAML's safe loader and then `json.dumps` convert them.

use std::rc::Rc;

use airbridge_core::{Fields, Json, JsonStyle};

use super::node::{Body, Node, Pair};
use super::resolver::{Type, plain_type, tagged_type, value};

/// The value of a node. The error is one sentence that says what Airflow cannot use as a value, with its line.
pub(crate) fn construct(node: &Node) -> Result<Json, String> {
    match &node.body {
        Body::Scalar { text, .. } => {
            let kind =
                scalar_type(node).ok_or_else(|| at(node, "is a string with the tag of a list or mapping"))?;
            value(kind, text.expose()).map_err(|message| at(node, message))
        }
        Body::Sequence(items) => match collection_tag(node) {
            None | Some("seq") => {
                Ok(Json::Array(items.iter().map(|item| construct(item)).collect::<Result<_, _>>()?))
            }
            Some("omap" | "pairs") => pairs_in_order(items),
            Some(_) => Err(at(node, "is a list with the tag of another type")),
        },
        Body::Mapping(_) => match collection_tag(node) {
            None | Some("map") => mapping(node),
            Some("set") => Err(at(node, "is a set, which Airflow cannot store")),
            Some(_) => Err(at(node, "is a mapping with the tag of another type")),
        },
    }
}

fn at(node: &Node, message: &str) -> String {
    format!("the value on line {} {message}", node.line)
}

/// The type of a scalar. `None` if its tag is one of a list or mapping.
pub(crate) fn scalar_type(node: &Node) -> Option<Type> {
    match (&node.tag, &node.body) {
        (Some(tag), _) => tagged_type(tag),
        (None, Body::Scalar { text, plain: true }) => Some(plain_type(text.expose())),
        (None, _) => Some(Type::Text),
    }
}

fn collection_tag(node: &Node) -> Option<&str> {
    node.tag.as_deref().filter(|tag| *tag != "!").map(|tag| tag.trim_start_matches("tag:yaml.org,2002:"))
}

fn mapping(node: &Node) -> Result<Json, String> {
    let mut fields = Fields::new();
    for (key, value) in flattened(node)? {
        fields.insert(key_text(&key)?, construct(&value)?);
    }
    Ok(Json::Object(fields))
}

/// The pairs of a mapping after those that `<<` merges in, so that the mapping's own pairs win.
pub(crate) fn flattened(node: &Node) -> Result<Vec<Pair>, String> {
    let mut merged = Vec::new();
    let mut own = Vec::new();
    for (key, value) in node.pairs().unwrap_or_default() {
        if is_merge(key) {
            match &value.body {
                Body::Mapping(_) => merged.extend(flattened(value)?),
                Body::Sequence(items) => {
                    for item in items.iter().rev() {
                        item.pairs().ok_or_else(|| at(item, "cannot be merged with `<<`"))?;
                        merged.extend(flattened(item)?);
                    }
                }
                Body::Scalar { .. } => return Err(at(value, "cannot be merged with `<<`")),
            }
        } else {
            own.push((Rc::clone(key), Rc::clone(value)));
        }
    }
    merged.extend(own);
    Ok(merged)
}

/// Whether a key is the merge key `<<`.
pub(crate) fn is_merge(key: &Node) -> bool {
    matches!(key.body, Body::Scalar { .. }) && scalar_type(key) == Some(Type::Merge)
}

/// A key as `json.dumps` writes it.
fn key_text(key: &Node) -> Result<String, String> {
    if matches!(&key.body, Body::Scalar { text, .. } if scalar_type(key) == Some(Type::Value) && text.expose() == "=")
    {
        return Ok("=".to_owned());
    }
    match construct(key)? {
        Json::String(text) => Ok(text.expose().to_owned()),
        scalar @ (Json::Null | Json::Bool(_) | Json::Number(_)) => {
            Ok(scalar.to_text(JsonStyle::LINE).expose().to_owned())
        }
        Json::Array(_) | Json::Object(_) => Err(at(key, "cannot be a key, because it is a list or mapping")),
    }
}

/// `!!omap` and `!!pairs`: lists of mappings with one pair each, which Python reads as pairs.
fn pairs_in_order(items: &[Rc<Node>]) -> Result<Json, String> {
    let pair = |item: &Rc<Node>| match item.pairs() {
        Some([(key, value)]) => Ok(Json::Array(vec![construct(key)?, construct(value)?])),
        _ => Err(at(item, "must be a single pair of an ordered mapping")),
    };
    Ok(Json::Array(items.iter().map(pair).collect::<Result<_, _>>()?))
}
