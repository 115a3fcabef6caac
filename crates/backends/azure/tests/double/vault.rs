//! One vault: its secrets with their versions, and its deleted secrets.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use super::{Asked, Reply, Switches, replies};

const RECOVERABLE_DAYS: u64 = 90;

/// Secrets by their names in upper case, which is the order of listings.
#[derive(Default)]
pub(crate) struct Vault(BTreeMap<String, Secret>);

struct Secret {
    /// The first spelling of the name.
    name: String,
    versions: Vec<Version>,
    managed: bool,
    deleted: Option<Deletion>,
    recovered: Option<Instant>,
}

struct Version {
    id: String,
    value: String,
    attributes: Map<String, Value>,
    tags: Option<Value>,
    content_type: Option<Value>,
}

struct Deletion {
    since: Instant,
    date: u64,
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// Version ids are random, so that their order says nothing.
fn random_id() -> String {
    let random = || RandomState::new().hash_one(0);
    format!("{:016x}{:016x}", random(), random())
}

fn is_name(name: &str) -> bool {
    (1..=127).contains(&name.len()) && name.chars().all(|char| char.is_ascii_alphanumeric() || char == '-')
}

impl Vault {
    pub(super) fn serve(&mut self, asked: &Asked, switches: &Switches) -> Reply {
        let parts: Vec<&str> = asked.path.trim_start_matches('/').split('/').collect();
        let body = || serde_json::from_slice::<Value>(&asked.body).unwrap_or_default();
        match (asked.method.as_str(), parts.as_slice()) {
            ("GET", ["secrets"]) => self.list(asked, switches, false),
            ("GET", ["deletedsecrets"]) => self.list(asked, switches, true),
            ("PUT", ["secrets"] | ["secrets", ""]) => replies::no_method(),
            (_, ["secrets" | "deletedsecrets", name, ..]) if !is_name(name) => replies::bad_name(name),
            ("PUT", ["secrets", name]) => self.set(name, &body(), asked, switches),
            ("GET", ["secrets", name] | ["secrets", name, ""]) => self.get(name, None, asked, switches),
            ("GET", ["secrets", name, "versions"]) => self.versions(name, asked),
            ("GET", ["secrets", name, version]) => self.get(name, Some(version), asked, switches),
            ("PATCH", ["secrets", name] | ["secrets", name, _]) => self.update(name, &body(), asked),
            ("DELETE", ["secrets", name]) => self.delete(name, asked),
            ("GET", ["deletedsecrets", name]) => match self.gone(name, switches) {
                Some(secret) => Reply::ok(&secret.as_deleted(asked)),
                None => replies::absent_deleted(name),
            },
            ("POST", ["deletedsecrets", name, "recover"]) => self.recover(name, asked, switches),
            ("DELETE", ["deletedsecrets", name]) => match self.gone(name, switches) {
                Some(_) => {
                    self.0.remove(&name.to_uppercase());
                    Reply { status: 204, headers: Vec::new(), body: String::new() }
                }
                None => replies::absent_deleted(name),
            },
            _ => replies::no_method(),
        }
    }

    fn live(&self, name: &str) -> Option<&Secret> {
        self.0.get(&name.to_uppercase()).filter(|secret| secret.deleted.is_none())
    }

    /// A deleted secret, once its deletion is complete.
    fn gone(&self, name: &str, switches: &Switches) -> Option<&Secret> {
        self.0.get(&name.to_uppercase()).filter(|secret| secret.is_gone(switches))
    }

    fn set(&mut self, name: &str, body: &Value, asked: &Asked, switches: &Switches) -> Reply {
        let value = body["value"].as_str();
        let tags = body["tags"].as_object().map_or(0, Map::len);
        match (value, self.0.get(&name.to_uppercase())) {
            (None, _) => return replies::bad_parameter("Property 'value' is missing."),
            (Some(value), _) if value.len() > 25_600 => {
                return replies::bad_parameter("The secret value is too long.");
            }
            _ if tags > 15 => return replies::bad_parameter("Too many tags."),
            (_, Some(secret)) if secret.is_gone(switches) => return replies::deleted(name),
            (_, Some(Secret { deleted: Some(_), .. })) => return replies::being_deleted(name),
            (_, Some(secret)) if secret.is_coming(switches) => return replies::being_recovered(name),
            _ => {}
        }
        self.put(name, body);
        let secret = &self.0[&name.to_uppercase()];
        Reply::ok(&secret.newest().shown(secret, asked, true))
    }

    pub(super) fn put(&mut self, name: &str, body: &Value) {
        let mut attributes = body["attributes"].as_object().cloned().unwrap_or_default();
        attributes.entry("enabled").or_insert(Value::Bool(true));
        for stamp in ["created", "updated"] {
            attributes.insert(stamp.to_owned(), now().into());
        }
        attributes.insert("recoveryLevel".to_owned(), "Recoverable+Purgeable".into());
        attributes.insert("recoverableDays".to_owned(), RECOVERABLE_DAYS.into());
        let version = Version {
            id: random_id(),
            value: body["value"].as_str().unwrap_or_default().to_owned(),
            attributes,
            tags: body.get("tags").cloned(),
            content_type: body.get("contentType").cloned(),
        };
        let fresh = || Secret {
            name: name.to_owned(),
            versions: Vec::new(),
            managed: false,
            deleted: None,
            recovered: None,
        };
        self.0.entry(name.to_uppercase()).or_insert_with(fresh).versions.push(version);
    }

    pub(super) fn manage(&mut self, name: &str) {
        self.0.get_mut(&name.to_uppercase()).unwrap().managed = true;
    }

    pub(super) fn bury(&mut self, name: &str) {
        let deletion = Deletion { since: Instant::now(), date: now() };
        self.0.get_mut(&name.to_uppercase()).unwrap().deleted = Some(deletion);
    }

    pub(super) fn seen(&self, name: &str) -> (usize, Value) {
        self.0.get(&name.to_uppercase()).map_or((0, Value::Null), |secret| {
            (secret.versions.len(), secret.newest().tags.clone().unwrap_or_default())
        })
    }

    fn get(&self, name: &str, version: Option<&str>, asked: &Asked, switches: &Switches) -> Reply {
        let secret = self.live(name).filter(|secret| !secret.is_coming(switches));
        let found = secret.and_then(|secret| match version {
            Some(id) => secret.versions.iter().find(|version| version.id == id),
            None => Some(secret.newest()),
        });
        match (secret, found) {
            (Some(_), Some(version)) if version.attributes["enabled"] == json!(false) => replies::disabled(),
            (Some(secret), Some(version)) => Reply::ok(&version.shown(secret, asked, true)),
            _ => replies::absent(name),
        }
    }

    /// Sorted by id. A missing name has no versions, which is not an error.
    fn versions(&self, name: &str, asked: &Asked) -> Reply {
        let mut shown: Vec<_> = self
            .live(name)
            .iter()
            .flat_map(|secret| secret.versions.iter().map(|version| version.shown(secret, asked, false)))
            .collect();
        shown.sort_by_key(|version| version["id"].as_str().map(str::to_owned));
        Reply::ok(&json!({"value": shown, "nextLink": null}))
    }

    fn update(&mut self, name: &str, body: &Value, asked: &Asked) -> Reply {
        let Some(secret) = self.0.get_mut(&name.to_uppercase()).filter(|secret| secret.deleted.is_none())
        else {
            return replies::absent(name);
        };
        let version = secret.versions.last_mut().unwrap();
        for (attribute, value) in body["attributes"].as_object().into_iter().flatten() {
            version.attributes.insert(attribute.clone(), value.clone());
        }
        version.tags = body.get("tags").cloned().or(version.tags.take());
        version.content_type = body.get("contentType").cloned().or(version.content_type.take());
        Reply::ok(&secret.newest().shown(secret, asked, false))
    }

    fn delete(&mut self, name: &str, asked: &Asked) -> Reply {
        match self.0.get_mut(&name.to_uppercase()).filter(|secret| secret.deleted.is_none()) {
            Some(secret) => {
                secret.deleted = Some(Deletion { since: Instant::now(), date: now() });
                Reply::ok(&secret.as_deleted(asked))
            }
            None => replies::absent(name),
        }
    }

    fn recover(&mut self, name: &str, asked: &Asked, switches: &Switches) -> Reply {
        match self.0.get_mut(&name.to_uppercase()).filter(|secret| secret.is_gone(switches)) {
            Some(secret) => {
                secret.deleted = None;
                secret.recovered = Some(Instant::now());
                Reply::ok(&secret.newest().shown(secret, asked, false))
            }
            None => replies::absent_deleted(name),
        }
    }

    fn list(&self, asked: &Asked, switches: &Switches, deleted: bool) -> Reply {
        let size = asked.query.get("maxresults").map_or(Some(25), |text| text.parse().ok());
        let Some(size @ 1..=25) = size else { return replies::bad_parameter("maxresults") };
        // The token contains the last name and the number of empty pages since.
        let token = asked.query.get("$skiptoken").map_or("", String::as_str);
        let (after, empty) = token.split_once('.').unwrap_or_default();
        let empty: usize = empty.parse().unwrap_or_default();
        let link = |after: &str, empty: usize| {
            let host = switches.next_host.clone().unwrap_or_else(|| asked.host.clone());
            let host = if host.contains(':') { host } else { format!("{host}:443") };
            format!(
                "https://{host}{}?api-version=7.4&$skiptoken={after}.{empty}&maxresults={size}",
                asked.path
            )
        };
        if empty < switches.empty_pages {
            return Reply::ok(&json!({"value": [], "nextLink": link(after, empty + 1)}));
        }
        let shown =
            |secret: &Secret| if deleted { secret.is_gone(switches) } else { secret.deleted.is_none() };
        let rest = self.0.iter().filter(|(name, secret)| name.as_str() > after && shown(secret));
        let page: Vec<_> = rest.clone().take(size).collect();
        let last = page.last().map_or("", |(name, _)| name.as_str());
        let more = rest.count() > size || (switches.empty_pages > 0 && !page.is_empty());
        let next = more.then(|| link(last, 0));
        let item = |secret: &Secret| {
            if deleted { secret.as_deleted(asked) } else { secret.newest().listed(secret, asked) }
        };
        let items: Vec<_> = page.iter().map(|(_, secret)| item(secret)).collect();
        Reply::ok(&json!({"value": items, "nextLink": next}))
    }
}

impl Secret {
    fn newest(&self) -> &Version {
        self.versions.last().unwrap()
    }

    /// Whether the secret is deleted, and its deletion complete.
    fn is_gone(&self, switches: &Switches) -> bool {
        self.deleted.as_ref().is_some_and(|deletion| deletion.since.elapsed() >= switches.lag)
    }

    /// Whether the secret is still being recovered.
    fn is_coming(&self, switches: &Switches) -> bool {
        self.recovered.is_some_and(|since| since.elapsed() < switches.lag)
    }

    fn as_deleted(&self, asked: &Asked) -> Value {
        let mut shown = self.newest().listed(self, asked);
        let date = self.deleted.as_ref().map_or(0, |deletion| deletion.date);
        shown["recoveryId"] = format!("https://{}/deletedsecrets/{}", asked.host, self.name).into();
        shown["deletedDate"] = date.into();
        shown["scheduledPurgeDate"] = (date + RECOVERABLE_DAYS * 86_400).into();
        shown
    }
}

impl Version {
    /// The secret in a listing: without version and value.
    fn listed(&self, secret: &Secret, asked: &Asked) -> Value {
        let mut shown = self.shown(secret, asked, false);
        shown["id"] = format!("https://{}/secrets/{}", asked.host, secret.name).into();
        shown
    }

    fn shown(&self, secret: &Secret, asked: &Asked, value: bool) -> Value {
        let id = format!("https://{}/secrets/{}/{}", asked.host, secret.name, self.id);
        let mut shown = json!({"id": id, "attributes": self.attributes});
        if value {
            shown["value"] = self.value.clone().into();
        }
        for (field, content) in [("tags", &self.tags), ("contentType", &self.content_type)] {
            if let Some(content) = content {
                shown[field] = content.clone();
            }
        }
        if secret.managed {
            shown["managed"] = true.into();
        }
        shown
    }
}
