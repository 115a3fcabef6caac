//! What goes over the wire: paths, query parameters, and Google's error model.

use serde_json::{Value, json};
use wiremock::{Request, ResponseTemplate};

use super::NUMBER;

/// A successful response.
pub(super) fn fine(body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body.to_string(), "application/json; charset=UTF-8")
}

/// An error response in Google's error model.
pub(crate) fn refusal(code: u16, status: &str, message: &str, details: &Value) -> ResponseTemplate {
    let mut error = json!({"code": code, "message": message, "status": status});
    if details.as_array().is_some_and(|details| !details.is_empty()) {
        error["details"] = details.clone();
    }
    ResponseTemplate::new(code)
        .set_body_raw(json!({ "error": error }).to_string(), "application/json; charset=UTF-8")
}

/// An error response.
pub(super) type Refusal = Box<ResponseTemplate>;

pub(super) fn refuse(code: u16, status: &str, message: &str) -> Refusal {
    Box::new(refusal(code, status, message, &json!([])))
}

pub(super) fn invalid(message: &str) -> Refusal {
    refuse(400, "INVALID_ARGUMENT", message)
}

pub(super) fn state_forbids(message: &str) -> Refusal {
    refuse(400, "FAILED_PRECONDITION", message)
}

pub(super) fn not_found(name: &str) -> Refusal {
    refuse(404, "NOT_FOUND", &format!("Secret [{name}] not found."))
}

/// The resource that a path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Resource {
    Secrets,
    Secret(String),
    Versions(String),
    Version(String, String),
}

/// The method, path and query of a call.
pub(super) struct Path {
    method: String,
    pub(super) location: Option<String>,
    pub(super) resource: Resource,
    pub(super) verb: String,
    query: Vec<(String, String)>,
}

impl Path {
    pub(super) fn parse(request: &Request) -> Result<Self, Refusal> {
        let path = request.url.path();
        let unknown = || refuse(404, "NOT_FOUND", "Requested entity was not found.");
        let rest = path.strip_prefix("/v1/projects/").ok_or_else(unknown)?;
        let mut parts: Vec<_> = rest.split('/').map(str::to_owned).collect();
        let verb = match parts.last_mut() {
            Some(last) if parts_have_verb(last) => {
                let (name, verb) =
                    last.split_once(':').map(|(n, v)| (n.to_owned(), v.to_owned())).ok_or_else(unknown)?;
                *last = name;
                verb
            }
            _ => String::new(),
        };
        parts.remove(0);
        let mut location = None;
        if parts.first().is_some_and(|part| part == "locations") && parts.len() > 2 {
            location = Some(parts.remove(1));
            parts.remove(0);
        }
        let words: Vec<_> = parts.iter().map(String::as_str).collect();
        let resource = match words.as_slice() {
            ["secrets"] => Resource::Secrets,
            ["secrets", id] => Resource::Secret((*id).to_owned()),
            ["secrets", id, "versions"] => Resource::Versions((*id).to_owned()),
            ["secrets", id, "versions", number] => Resource::Version((*id).to_owned(), (*number).to_owned()),
            _ => return Err(unknown()),
        };
        let query =
            request.url.query_pairs().map(|(key, value)| (key.into_owned(), value.into_owned())).collect();
        Ok(Self { method: request.method.to_string(), location, resource, verb, query })
    }

    /// The kind of the call: `POST addVersion`, `GET list`.
    pub(super) fn name(&self) -> String {
        let what = match (&self.resource, self.verb.as_str(), self.method.as_str()) {
            (_, verb, _) if !verb.is_empty() => verb,
            (Resource::Secrets, _, "GET") => "list",
            (Resource::Versions(_), ..) => "versions",
            (Resource::Version(..), ..) => "version",
            (Resource::Secrets | Resource::Secret(_), ..) => "secret",
        };
        format!("{} {what}", self.method)
    }

    /// The secret's id; empty for listings.
    pub(super) fn id(&self) -> &str {
        match &self.resource {
            Resource::Secrets => self.query("secretId"),
            Resource::Secret(id) | Resource::Versions(id) | Resource::Version(id, _) => id,
        }
    }

    pub(super) fn query(&self, key: &str) -> &str {
        self.query.iter().find(|(name, _)| name == key).map_or("", |(_, value)| value)
    }

    /// Whether the client asked for enums as numbers.
    pub(super) fn numbers(&self) -> bool {
        self.query("$alt").contains("enum-encoding=int")
    }

    /// The full name of a secret, with the number of the project.
    pub(super) fn full(&self, id: &str) -> String {
        match &self.location {
            Some(location) => format!("projects/{NUMBER}/locations/{location}/secrets/{id}"),
            None => format!("projects/{NUMBER}/secrets/{id}"),
        }
    }
}

fn parts_have_verb(last: &str) -> bool {
    last.contains(':')
}
