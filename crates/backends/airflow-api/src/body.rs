//! The bodies of requests, and the answers to those that change many entries.

use airbridge_core::{Fields, Json, Payload};
use serde::Deserialize;

use crate::name::CONNECTIONS;

/// The fields of a connection, by their names in both versions.
pub(crate) const CONNECTION_FIELDS: [&str; 8] =
    ["conn_type", "description", "host", "login", "password", "schema", "port", "extra"];
/// The fields of a variable.
pub(crate) const VARIABLE_FIELDS: [&str; 2] = ["value", "description"];

/// The fields of a kind.
pub(crate) fn fields_of(root: &str) -> &'static [&'static str] {
    if root == CONNECTIONS { &CONNECTION_FIELDS } else { &VARIABLE_FIELDS }
}

/// What the id is called in a body.
fn id_field(root: &str) -> &'static str {
    if root == CONNECTIONS { "connection_id" } else { "key" }
}

/// An entry with the fields that it has.
pub(crate) fn present(root: &str, id: &str, payload: &Payload, team: Option<&str>) -> Json {
    let mut body = named(root, id);
    if let Payload::Fields(fields) = payload {
        for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
            body.insert(name, value.clone());
        }
    }
    if let Some(team) = team {
        body.insert("team_name", Json::string(team));
    }
    Json::Object(body)
}

/// An entry with all of its fields, `null` for those that it lacks, so that nothing of a former one remains. `except` are not
/// mentioned if it lacks them.
pub(crate) fn complete(root: &str, id: &str, payload: &Payload, except: &[&str]) -> Json {
    let mut body = named(root, id);
    for name in fields_of(root) {
        let value = match payload {
            Payload::Fields(fields) => fields.get(name).cloned().unwrap_or_default(),
            Payload::Text(_) => Json::Null,
        };
        if !(value.is_null() && except.contains(name)) {
            body.insert(*name, value);
        }
    }
    Json::Object(body)
}

fn named(root: &str, id: &str) -> Fields {
    Fields::from_iter([(id_field(root), Json::string(id))])
}

/// An action on many entries, of version 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bulk {
    /// Creates those that are not there.
    Create,
    /// Writes every field that is mentioned, also of those that are there.
    Overwrite,
    /// Changes every field that is mentioned, of those that are there.
    Update,
    /// Deletes those that are there.
    Delete,
}

impl Bulk {
    /// The body of the request. `entities` are entries, or ids to delete.
    pub(crate) fn body(self, entities: Vec<Json>) -> Json {
        let (action, policy, word) = match self {
            Self::Create => ("create", "action_on_existence", "skip"),
            Self::Overwrite => ("create", "action_on_existence", "overwrite"),
            Self::Update => ("update", "action_on_non_existence", "skip"),
            Self::Delete => ("delete", "action_on_non_existence", "skip"),
        };
        let action = Fields::from_iter([
            ("action", Json::string(action)),
            ("entities", Json::Array(entities)),
            (policy, Json::string(word)),
        ]);
        Json::Object(Fields::from_iter([("actions", Json::Array(vec![Json::Object(action)]))]))
    }

    /// What was done, from the answer. Errors come with the status 200.
    pub(crate) fn done(self, answer: BulkAnswer) -> Option<BulkDone> {
        match self {
            Self::Create | Self::Overwrite => answer.create,
            Self::Update => answer.update,
            Self::Delete => answer.delete,
        }
    }
}

/// The answer to a request with many entries.
#[derive(Deserialize)]
pub(crate) struct BulkAnswer {
    create: Option<BulkDone>,
    update: Option<BulkDone>,
    delete: Option<BulkDone>,
}

/// What was done of an action: the ids, and the errors, which repeat values.
#[derive(Deserialize)]
pub(crate) struct BulkDone {
    pub(crate) success: Vec<String>,
    pub(crate) errors: Vec<serde::de::IgnoredAny>,
}
