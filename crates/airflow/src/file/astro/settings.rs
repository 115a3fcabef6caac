//! Reads `airflow_settings.yaml` as the Astro CLI does: which entries it creates with which fields, and which it skips.
//! (astronomer/astro-cli, `settings`.)

use std::rc::Rc;

use airbridge_core::{Content, DocumentError, Fields, Json, Payload, SecretText, State};
use zeroize::Zeroizing;

use super::go::{Scalar, has_name, json_float, scalar, to_integer, to_text, write_string};
use super::{go_url, keys};
use crate::entry::Kind;
use crate::file::yaml::{Body, Node, is_merge};

/// An item of one of the lists.
pub(super) struct Item {
    pub(super) node: Rc<Node>,
    pub(super) outcome: Outcome,
    /// The keys that the Astro CLI ignores, one sentence each.
    pub(super) ignored: Vec<String>,
}

/// What the Astro CLI creates from an item.
pub(super) enum Outcome {
    /// The entry with this key.
    Entry { key: String, content: Content },
    /// No entry: the item is skipped, or is a pool. The string describes the item and the reason.
    Skipped(String),
}

/// The lists of a file.
#[derive(Default)]
pub(super) struct Settings {
    pub(super) connections: Vec<Item>,
    pub(super) variables: Vec<Item>,
    pub(super) pools: Vec<Item>,
    /// The keys around the lists that the Astro CLI ignores, one sentence each.
    pub(super) ignored: Vec<String>,
}

impl Settings {
    /// Reads the root node of a file.
    pub(super) fn of(root: Option<&Node>) -> Result<Self, DocumentError> {
        let mut ignored = root.map(|root| keys::unknown(root, &keys::TOP)).unwrap_or_default();
        let Some(airflow) = section(root, "airflow")? else { return Ok(Self { ignored, ..Self::default() }) };
        ignored.extend(keys::unknown(&airflow, &keys::LISTS));
        let items = |name: &str, read: fn(&Node) -> Outcome, known: &[&str]| {
            let item =
                |node: Rc<Node>| Item { outcome: read(&node), ignored: keys::unknown(&node, known), node };
            Ok::<_, DocumentError>(list(&airflow, name)?.into_iter().map(item).collect())
        };
        Ok(Self {
            connections: items("connections", connection, &keys::CONNECTION)?,
            variables: items("variables", variable, &keys::VARIABLE)?,
            pools: items("pools", pool, &keys::POOL)?,
            ignored,
        })
    }

    /// The items of one kind.
    pub(super) fn items(&self, kind: Kind) -> &[Item] {
        match kind {
            Kind::Connection => &self.connections,
            Kind::Variable => &self.variables,
            Kind::Config => &[],
        }
    }
}

fn is_null(node: &Node) -> bool {
    scalar(node) == Some(Scalar::Null)
}

/// The mapping under a key, in any case. `None` if it is absent or empty.
fn section(node: Option<&Node>, name: &str) -> Result<Option<Rc<Node>>, DocumentError> {
    let Some(node) = node.filter(|node| !is_null(node)) else { return Ok(None) };
    let Some(pairs) = node.pairs() else {
        return Err(DocumentError::new("expected a mapping with the key `airflow`").at_line(node.line));
    };
    let found = pairs.iter().find(|(key, _)| has_name(key, name)).map(|(_, value)| Rc::clone(value));
    let found = found.filter(|node| !is_null(node));
    match found {
        Some(node) if node.pairs().is_none() => {
            Err(DocumentError::new("expected a mapping").at_line(node.line).in_field(name))
        }
        found => Ok(found),
    }
}

/// The mappings in a list. The Astro CLI treats a single mapping as a list with one item.
fn list(airflow: &Node, name: &str) -> Result<Vec<Rc<Node>>, DocumentError> {
    let found = airflow.pairs().unwrap_or_default().iter().find(|(key, _)| has_name(key, name));
    let Some((_, node)) = found else { return Ok(Vec::new()) };
    let items = match &node.body {
        Body::Sequence(items) => items.clone(),
        Body::Mapping(pairs) if pairs.is_empty() => Vec::new(),
        Body::Mapping(_) => vec![Rc::clone(node)],
        Body::Scalar { text, .. } if is_null(node) || text.is_empty() => Vec::new(),
        Body::Scalar { .. } => {
            return Err(DocumentError::new("expected a list").at_line(node.line).in_field(name));
        }
    };
    match items.iter().find(|item| item.pairs().is_none() && !is_null(item)) {
        Some(item) => {
            Err(DocumentError::new("expected a list of mappings").at_line(item.line).in_field(name))
        }
        None => Ok(items),
    }
}

/// The fields of an item.
struct Mapping<'a>(&'a Node);

impl Mapping<'_> {
    fn check_merge(&self) -> Result<(), String> {
        if self.0.pairs().unwrap_or_default().iter().any(|(key, _)| is_merge(key)) {
            return Err("merging fields with `<<` is not supported; write out the fields".to_owned());
        }
        Ok(())
    }

    fn node(&self, name: &str) -> Result<Option<&Node>, String> {
        let mut found = self.0.pairs().unwrap_or_default().iter().filter(|(key, _)| has_name(key, name));
        let first = found.next();
        if found.next().is_some() {
            return Err(format!("field `{name}`: defined twice"));
        }
        Ok(first.map(|(_, value)| &**value))
    }

    /// The string in a field; empty if the field is absent.
    fn text(&self, name: &str) -> Result<SecretText, String> {
        match self.node(name)? {
            None => Ok(SecretText::default()),
            Some(node) => to_text(node).ok_or_else(|| {
                format!("field `{name}`: expected a string; put the value on line {} in quotes", node.line)
            }),
        }
    }

    fn port(&self) -> Result<i64, String> {
        match self.node("conn_port")? {
            None => Ok(0),
            Some(node) => to_integer(node)
                .ok_or_else(|| format!("field `conn_port`: expected a whole number on line {}", node.line)),
        }
    }

    /// The name in a field; empty if the field is absent.
    fn name(&self, field: &str) -> Result<String, String> {
        self.text(field).map(|name| name.expose().to_owned())
    }
}

fn hidden(key: String, line: usize, message: &str) -> Outcome {
    let message = format!("line {line}: {message}");
    Outcome::Entry { key, content: Content::Hidden(State::Damaged { message }) }
}

fn connection(node: &Node) -> Outcome {
    let item = Mapping(node);
    let key = match item.name("conn_id") {
        Ok(key) if key.is_empty() => {
            return Outcome::Skipped(format!("line {}: connection without `conn_id`", node.line));
        }
        Ok(key) => key,
        Err(why) => {
            return Outcome::Skipped(format!("line {}: connection with an invalid id ({why})", node.line));
        }
    };
    match sent(&item) {
        Ok(Some(fields)) => Outcome::Entry { key, content: Content::Payload(Payload::Fields(fields)) },
        Ok(None) => Outcome::Skipped(format!(
            "line {}: connection `{key}` without `conn_type` and `conn_uri`, which the Astro CLI skips",
            node.line
        )),
        Err(why) => hidden(key, node.line, &why),
    }
}

/// The fields that the Astro CLI sends to Airflow's REST API for a connection. `None` if it skips the connection.
fn sent(item: &Mapping<'_>) -> Result<Option<Fields>, String> {
    item.check_merge()?;
    let mut fields = Fields::new();
    for (name, field) in [
        ("conn_type", "conn_type"),
        ("conn_host", "host"),
        ("conn_login", "login"),
        ("conn_password", "password"),
        ("conn_schema", "schema"),
    ] {
        let text = item.text(name)?;
        if !text.is_empty() {
            fields.insert(field, Json::String(text));
        }
    }
    let port = item.port()?;
    if port != 0 {
        fields.insert("port", Json::integer(port));
    }
    let uri = item.text("conn_uri")?;
    if uri.is_empty() && !fields.contains("conn_type") {
        return Ok(None);
    }
    if fields.is_empty() {
        let fields = go_url::fields(uri.expose()).map_err(|why| format!("field `conn_uri`: {why}"))?;
        return Ok(Some(fields));
    }
    if !fields.contains("conn_type") {
        return Err("field `conn_type`: missing; the Astro CLI ignores `conn_uri` if there are other fields"
            .to_owned());
    }
    if let Some(extra) = item.node("conn_extra")?.map(extra).transpose()?.flatten() {
        fields.insert("extra", Json::String(extra));
    }
    Ok(Some(fields))
}

/// Reads `conn_extra`. The Astro CLI keeps a string, converts a mapping to compact JSON with lower-case keys, and drops
/// anything else.
fn extra(node: &Node) -> Result<Option<SecretText>, String> {
    match scalar(node) {
        Some(Scalar::Text(text)) => Ok(Some(text).filter(|text| !text.is_empty())),
        None if node.pairs().is_some() => {
            let mut out = Zeroizing::new(String::with_capacity(room(node)));
            write_json(&mut out, node).map_err(|why| format!("field `conn_extra`: {why}"))?;
            Ok(Some(SecretText::new(out.as_str())))
        }
        Some(Scalar::Null) => Ok(None),
        _ => {
            Err("field `conn_extra`: expected a mapping or a string; the Astro CLI drops other values"
                .to_owned())
        }
    }
}

/// An upper bound for the length of a node as JSON. With this capacity the string never grows, so no partial copy of a
/// secret stays in freed memory.
fn room(node: &Node) -> usize {
    match &node.body {
        Body::Scalar { text, .. } => text.len() * 6 + 24,
        Body::Sequence(items) => items.iter().map(|item| room(item) + 1).sum::<usize>() + 2,
        Body::Mapping(pairs) => {
            pairs.iter().map(|(key, value)| room(key) + room(value) + 2).sum::<usize>() + 2
        }
    }
}

fn write_json(out: &mut String, node: &Node) -> Result<(), String> {
    let invalid = |what: &str| Err(format!("line {}: {what}", node.line));
    match &node.body {
        Body::Sequence(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_json(out, item)?;
            }
            out.push(']');
        }
        Body::Mapping(pairs) => {
            let mut members = std::collections::BTreeMap::new();
            for (key, value) in pairs {
                let name = match scalar(key) {
                    Some(Scalar::Bool(value)) => Some(SecretText::new(value.to_string())),
                    Some(Scalar::Null) => None,
                    _ => to_text(key).filter(|_| !is_merge(key)),
                };
                let Some(name) = name else { return invalid("expected a string as key") };
                // Go converts to lower case letter by letter.
                let lower = |letter: char| letter.to_lowercase().next().unwrap_or(letter);
                members.insert(name.expose().chars().map(lower).collect::<String>(), value);
            }
            out.push('{');
            for (at, (name, value)) in members.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_string(out, name);
                out.push(':');
                write_json(out, value)?;
            }
            out.push('}');
        }
        Body::Scalar { .. } => match scalar(node) {
            None | Some(Scalar::Null) => out.push_str("null"),
            Some(Scalar::Bool(value)) => out.push_str(if value { "true" } else { "false" }),
            Some(Scalar::Int(number)) => out.push_str(&number.to_string()),
            Some(Scalar::Text(text)) => write_string(out, text.expose()),
            Some(Scalar::Float(number)) => match json_float(number) {
                Some(text) => out.push_str(&text),
                None => return invalid("JSON cannot represent this number"),
            },
            Some(Scalar::Date) => return invalid("YAML reads this value as a date; put it in quotes"),
        },
    }
    Ok(())
}

fn variable(node: &Node) -> Outcome {
    let item = Mapping(node);
    let key = match item.name("variable_name") {
        Ok(key) if key.is_empty() => {
            return Outcome::Skipped(format!("line {}: variable without `variable_name`", node.line));
        }
        Ok(key) => key,
        Err(why) => {
            return Outcome::Skipped(format!("line {}: variable with an invalid name ({why})", node.line));
        }
    };
    match item.check_merge().and_then(|()| item.text("variable_value")) {
        Ok(value) if value.is_empty() => Outcome::Skipped(format!(
            "line {}: variable `{key}` without a value, which the Astro CLI skips",
            node.line
        )),
        Ok(value) => Outcome::Entry { key, content: Content::Payload(Payload::Text(value)) },
        Err(why) => hidden(key, node.line, &why),
    }
}

fn pool(node: &Node) -> Outcome {
    let name = Mapping(node).name("pool_name").unwrap_or_default();
    Outcome::Skipped(if name.is_empty() {
        format!("line {}: pool without `pool_name`", node.line)
    } else {
        format!("line {}: pool `{name}`", node.line)
    })
}
