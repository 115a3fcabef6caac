//! The secrets of the double, and the execution of calls.

use std::collections::BTreeMap;
use std::time::{Instant, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use google_cloud_wkt::Timestamp;
use serde_json::{Map, Value, json};
use wiremock::{Request, ResponseTemplate};

use super::Behavior;
use super::reply::{Path, Refusal, Resource, fine, invalid, not_found, refuse, state_forbids};

type Answer = Result<ResponseTemplate, Refusal>;

/// All secrets of one project.
pub(super) struct State {
    behavior: Behavior,
    secrets: BTreeMap<String, Secret>,
    /// The number of changes so far. It orders secrets and makes etags.
    ticks: u64,
}

/// A container.
pub(super) struct Secret {
    number: u64,
    etag: u64,
    made: Instant,
    created: SystemTime,
    replication: Option<Value>,
    labels: Map<String, Value>,
    pub(super) annotations: Map<String, Value>,
    pub(super) versions: Vec<Version>,
}

/// A version.
pub(super) struct Version {
    pub(super) data: Vec<u8>,
    pub(super) checksum: i64,
    state: usize,
    made: Instant,
    created: SystemTime,
}

const STATES: [&str; 4] = ["STATE_UNSPECIFIED", "ENABLED", "DISABLED", "DESTROYED"];

impl State {
    pub(super) fn new(behavior: Behavior) -> Self {
        Self { behavior, secrets: BTreeMap::new(), ticks: 0 }
    }

    pub(super) fn secret(&self, id: &str) -> Option<&Secret> {
        self.secrets.get(id)
    }

    pub(super) fn secret_mut(&mut self, id: &str) -> Option<&mut Secret> {
        self.secrets.get_mut(id)
    }

    pub(super) fn make(&mut self, id: &str, annotations: Map<String, Value>, created: SystemTime) {
        self.ticks += 1;
        let secret = Secret {
            number: self.ticks,
            etag: self.ticks,
            made: Instant::now(),
            created,
            replication: Some(json!({"automatic": {}})),
            labels: Map::new(),
            annotations,
            versions: Vec::new(),
        };
        self.secrets.insert(id.to_owned(), secret);
    }

    pub(super) fn add(&mut self, id: &str, data: &[u8]) {
        if let Some(secret) = self.secrets.get_mut(id) {
            let checksum = i64::from(crc32c::crc32c(data));
            let (made, created) = (Instant::now(), SystemTime::now());
            secret.versions.push(Version { data: data.to_vec(), checksum, state: 1, made, created });
        }
    }

    pub(super) fn act(&mut self, id: &str, verb: &str) {
        if let Some(version) = self.secrets.get_mut(id).and_then(|secret| secret.versions.last_mut()) {
            version.act(verb);
        }
    }

    pub(super) fn answer(&mut self, path: &Path, request: &Request, now: Instant) -> Answer {
        if path.location.as_deref() != self.behavior.location {
            return Err(invalid("The request's location does not match the endpoint."));
        }
        let body: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
        let method = request.method.as_str();
        match (&path.resource, method, path.verb.as_str()) {
            (Resource::Secrets, "GET", "") => self.list(path, now),
            (Resource::Secrets, "POST", "") => self.create(path, &body),
            (Resource::Secret(id), "GET", "") => Ok(fine(&self.found(path, id)?.show(path, id))),
            (Resource::Secret(id), "PATCH", "") => self.patch(path, id, &body),
            (Resource::Secret(id), "DELETE", "") => {
                self.found(path, id)?;
                self.secrets.remove(id);
                Ok(fine(&json!({})))
            }
            (Resource::Secret(id), "POST", "addVersion") => self.add_version(path, id, &body),
            (Resource::Versions(id), "GET", "") => self.versions(path, id),
            (Resource::Version(id, number), "GET", "" | "access") => self.version(path, id, number, now),
            (Resource::Version(id, number), "POST", "disable" | "enable" | "destroy") => {
                let index = self.index(path, id, number, now)?;
                let secret = self.secrets.get_mut(id).ok_or_else(|| not_found(&path.full(id)))?;
                if secret.versions[index].state == 3 {
                    return Err(state_forbids(&forbidden(path, id, index, 3)));
                }
                secret.versions[index].act(&path.verb);
                Ok(fine(&secret.versions[index].show(path, id, index)))
            }
            _ => Err(refuse(404, "NOT_FOUND", "Requested entity was not found.")),
        }
    }

    fn found(&self, path: &Path, id: &str) -> Result<&Secret, Refusal> {
        self.secrets.get(id).ok_or_else(|| not_found(&path.full(id)))
    }

    /// Newest first. A page token names the last secret of the page, so that new secrets do not shift the pages.
    fn list(&self, path: &Path, now: Instant) -> Answer {
        let filter = path.query("filter");
        let part = match filter.strip_prefix("name:") {
            Some(part) if !part.is_empty() => part,
            None if filter.is_empty() => "",
            _ => return Err(invalid("Invalid filter.")),
        };
        let size: usize = path.query("pageSize").parse().unwrap_or(0);
        let size = if size == 0 { self.behavior.page } else { size.min(self.behavior.page) };
        let behind = match path.query("pageToken") {
            "" => u64::MAX,
            token => decode(token).ok_or_else(|| invalid("Invalid page token."))?,
        };
        let mut all: Vec<_> = (self.secrets.iter())
            .filter(|(id, secret)| secret.number < behind && path.full(id).contains(part))
            .filter(|(_, secret)| now.duration_since(secret.made) >= self.behavior.lag)
            .collect();
        all.sort_by_key(|(_, secret)| std::cmp::Reverse(secret.number));
        let more = all.len() > size;
        all.truncate(size);
        let mut body = json!({});
        if !all.is_empty() {
            body["secrets"] = all.iter().map(|(id, secret)| secret.show(path, id)).collect();
        }
        if let Some((_, last)) = all.last().filter(|_| more) {
            body["nextPageToken"] = encode(last.number).into();
        }
        if filter.is_empty() && !self.secrets.is_empty() {
            body["totalSize"] = self.secrets.len().into();
        }
        Ok(fine(&body))
    }

    fn create(&mut self, path: &Path, body: &Value) -> Answer {
        let id = path.query("secretId");
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if id.is_empty() || id.len() > 255 || !id.chars().all(fits) {
            return Err(invalid(
                "The provided Secret ID does not match the expected format [[a-zA-Z_0-9-]+]",
            ));
        }
        let replication = body.get("replication").cloned();
        let replicated = replication
            .as_ref()
            .is_some_and(|r| r.get("automatic").is_some() || r.get("userManaged").is_some());
        match (replicated, path.location.is_some()) {
            (false, false) => return Err(invalid("secret.replication must be provided.")),
            (true, true) => {
                return Err(invalid("secret.replication cannot be provided for regional secrets."));
            }
            _ => {}
        }
        let labels = object(body, "labels");
        if !labels.iter().all(|(key, value)| is_label(key) && value.as_str().is_some_and(is_label)) {
            return Err(invalid("Invalid labels."));
        }
        let annotations = object(body, "annotations");
        if annotations
            .iter()
            .map(|(key, value)| key.len() + value.as_str().map_or(0, str::len))
            .sum::<usize>()
            > 16_384
        {
            return Err(invalid("Annotations are too large."));
        }
        if self.secrets.contains_key(id) {
            let message = format!("Secret [{}] already exists.", path.full(id));
            return Err(refuse(409, "ALREADY_EXISTS", &message));
        }
        self.make(id, annotations, SystemTime::now());
        let secret = self.secrets.get_mut(id).ok_or_else(|| not_found(id))?;
        secret.replication = replication;
        secret.labels = labels;
        Ok(fine(&secret.show(path, id)))
    }

    fn patch(&mut self, path: &Path, id: &str, body: &Value) -> Answer {
        self.ticks += 1;
        let etag = self.ticks;
        let secret = self.secrets.get_mut(id).ok_or_else(|| not_found(&path.full(id)))?;
        let sent = body["etag"].as_str().unwrap_or_default();
        if !sent.is_empty() && sent != secret.tag() {
            return Err(refuse(409, "ABORTED", "The etag does not match."));
        }
        for field in path.query("updateMask").split(',') {
            match field {
                "annotations" => secret.annotations = object(body, field),
                "labels" => secret.labels = object(body, field),
                _ => return Err(invalid("Invalid update mask.")),
            }
        }
        secret.etag = etag;
        Ok(fine(&secret.show(path, id)))
    }

    fn add_version(&mut self, path: &Path, id: &str, body: &Value) -> Answer {
        self.found(path, id)?;
        let data = body["payload"]["data"].as_str().unwrap_or_default();
        let data =
            BASE64.decode(data).map_err(|_| invalid("Invalid value at 'payload.data' (TYPE_BYTES)"))?;
        if data.is_empty() {
            return Err(invalid("Secret Payload cannot be empty."));
        }
        if data.len() > 65_536 {
            return Err(invalid("The payload is larger than 65536 bytes."));
        }
        let sum = i64::from(crc32c::crc32c(&data));
        if body["payload"]["dataCrc32c"].as_str().is_some_and(|sent| sent != sum.to_string()) {
            return Err(invalid("The checksum does not match the payload."));
        }
        self.add(id, &data);
        let versions = &self.found(path, id)?.versions;
        let index = versions.len() - 1;
        Ok(fine(&versions[index].show(path, id, index)))
    }

    fn versions(&self, path: &Path, id: &str) -> Answer {
        let secret = self.found(path, id)?;
        let enabled = path.query("filter") == "state:ENABLED";
        let shown =
            secret.versions.iter().enumerate().rev().filter(|(_, version)| !enabled || version.state == 1);
        let shown: Vec<_> = shown.map(|(index, version)| version.show(path, id, index)).collect();
        Ok(fine(&if shown.is_empty() {
            json!({})
        } else {
            json!({"versions": shown, "totalSize": shown.len()})
        }))
    }

    fn version(&self, path: &Path, id: &str, number: &str, now: Instant) -> Answer {
        let index = self.index(path, id, number, now)?;
        let version = &self.found(path, id)?.versions[index];
        if path.verb.is_empty() {
            return Ok(fine(&version.show(path, id, index)));
        }
        if version.state != 1 {
            return Err(state_forbids(&forbidden(path, id, index, version.state)));
        }
        // 64-bit numbers are strings in Google's JSON.
        let payload =
            json!({"data": BASE64.encode(&version.data), "dataCrc32c": version.checksum.to_string()});
        Ok(fine(&json!({"name": name(path, id, index), "payload": payload})))
    }

    /// The index of a version. `latest` is the newest version in any state, and lags; a number does not.
    fn index(&self, path: &Path, id: &str, number: &str, now: Instant) -> Result<usize, Refusal> {
        let full = format!("{}/versions/{number}", path.full(id));
        let missing = || {
            let message = format!("Secret [{}] not found or has no versions.", path.full(id));
            refuse(404, "NOT_FOUND", &message)
        };
        let versions = &self.secrets.get(id).ok_or_else(missing)?.versions;
        if number == "latest" {
            let lag = self.behavior.lag;
            return versions.iter().rposition(|v| now.duration_since(v.made) >= lag).ok_or_else(missing);
        }
        let index = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        index.filter(|index| *index < versions.len()).ok_or_else(|| not_found(&full))
    }
}

impl Secret {
    fn tag(&self) -> String {
        format!("\"{:x}\"", self.etag)
    }

    fn show(&self, path: &Path, id: &str) -> Value {
        let mut body = json!({"name": path.full(id), "createTime": time(self.created), "etag": self.tag()});
        if let Some(replication) = &self.replication {
            body["replication"] = replication.clone();
        }
        for (key, map) in [("labels", &self.labels), ("annotations", &self.annotations)] {
            if !map.is_empty() {
                body[key] = Value::Object(map.clone());
            }
        }
        body
    }
}

impl Version {
    fn act(&mut self, verb: &str) {
        self.state = match verb {
            "enable" => 1,
            "disable" => 2,
            _ => 3,
        };
    }

    fn show(&self, path: &Path, id: &str, index: usize) -> Value {
        let state = if path.numbers() { self.state.into() } else { STATES[self.state].into() };
        json!({
            "name": name(path, id, index),
            "createTime": time(self.created),
            "state": Value::clone(&state),
            "etag": format!("\"{index:x}\""),
            "clientSpecifiedPayloadChecksum": true,
            "replicationStatus": {"automatic": {}},
        })
    }
}

fn name(path: &Path, id: &str, index: usize) -> String {
    format!("{}/versions/{}", path.full(id), index + 1)
}

fn forbidden(path: &Path, id: &str, index: usize, state: usize) -> String {
    format!("Secret Version [{}] is in {} state.", name(path, id, index), STATES[state])
}

fn object(body: &Value, field: &str) -> Map<String, Value> {
    body.get(field).and_then(Value::as_object).cloned().unwrap_or_default()
}

fn is_label(text: &str) -> bool {
    text.len() <= 63 && text.chars().all(|c| c.is_lowercase() || c.is_ascii_digit() || c == '-' || c == '_')
}

fn time(time: SystemTime) -> String {
    Timestamp::try_from(time).map(String::from).unwrap_or_default()
}

fn encode(number: u64) -> String {
    BASE64.encode(format!("behind {number}"))
}

fn decode(token: &str) -> Option<u64> {
    String::from_utf8(BASE64.decode(token).ok()?).ok()?.strip_prefix("behind ")?.parse().ok()
}
