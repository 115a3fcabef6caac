//! The key-value engine's calls, in both versions.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use airbridge_core::{
    Content, Fields, Json, JsonStyle, Metadata, Operation, Payload, Result, SecretText, State, Stored,
    Version,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::client::Client;
use crate::error::{is_absent, is_cas_mismatch};
use crate::mount::{KvVersion, Mount};
use crate::transport::{Answer, Call};

/// What became of a write.
pub(crate) enum Put {
    /// It is there, in this version.
    Done(Option<Version>),
    /// The secret is in another version than the write was for.
    OtherVersion,
}

#[derive(Deserialize)]
struct Keys {
    keys: Vec<String>,
}

/// The data of a KV 2 read.
#[derive(Deserialize)]
struct Versioned<'a> {
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    metadata: Numbered,
}

#[derive(Deserialize)]
struct Numbered {
    version: u64,
    /// What a user keeps beside the values.
    custom_metadata: Option<BTreeMap<String, String>>,
}

/// The keys of a folder, folders with a slash at their end; none if there is no such folder. `folder` is empty or ends
/// in a slash.
pub(crate) async fn list(client: &Client, mount: &Mount, folder: &str) -> Result<Vec<String>> {
    let path = match mount.version {
        KvVersion::One => format!("{}/{folder}", mount.path),
        KvVersion::Two => format!("{}/metadata/{folder}", mount.path),
    };
    // The verb LIST says the same, but not every proxy lets it through.
    let call = Call::get(Operation::List, path).query(Some("list=true".to_owned())).needing("list");
    let answer = client.send(&call).await?;
    match answer.status {
        200 => answer.data::<Keys>().map(|keys| keys.keys).ok_or_else(|| client.odd(&call, &answer)),
        _ if is_absent(&answer) => Ok(Vec::new()),
        _ => Err(client.error(&call, &answer)),
    }
}

/// What is at `path`, in the version asked for or the newest. KV 1 knows no versions.
pub(crate) async fn read(
    client: &Client,
    operation: Operation,
    mount: &Mount,
    path: &str,
    version: Option<&Version>,
) -> Result<Option<Stored>> {
    let mut call = Call::get(operation, data_path(mount, path));
    if let (KvVersion::Two, Some(version)) = (mount.version, version) {
        // The server takes 0 for the newest.
        match number(version) {
            Some(number) => call = call.query(Some(format!("version={number}"))),
            None => return Ok(None),
        }
    }
    let answer = client.send(&call).await?;
    let found = match (answer.status, mount.version) {
        (200, KvVersion::One) => answer.envelope().and_then(|envelope| envelope.data).map(unversioned),
        (200, KvVersion::Two) => answer.data().map(|data| versioned(&data)),
        // A version that was deleted or destroyed is absent with data.
        (404, KvVersion::Two) if answer.data::<Versioned<'_>>().is_some() => {
            answer.data().map(|data| deleted(&data))
        }
        _ if is_absent(&answer) => return Ok(None),
        _ => return Err(client.error(&call, &answer)),
    };
    found.map(Some).ok_or_else(|| client.odd(&call, &answer))
}

/// Writes `fields`; on KV 2 only if the newest version is `cas`, where 0 is "none".
pub(crate) async fn put(
    client: &Client,
    mount: &Mount,
    path: &str,
    fields: &Fields,
    cas: u64,
) -> Result<Put> {
    let fields = Json::Object(fields.clone()).to_text(JsonStyle::LINE);
    let body = match mount.version {
        KvVersion::One => fields,
        KvVersion::Two => {
            // Room for all, so that no half-built copy of a secret is left behind by growing.
            let mut body = String::with_capacity(fields.len() + 64);
            let _ = write!(body, r#"{{"options": {{"cas": {cas}}}, "data": {}}}"#, fields.expose());
            SecretText::new(body)
        }
    };
    let right = if cas == 0 { "create" } else { "update" };
    let call = Call::post(Operation::Write, data_path(mount, path), body).needing(right);
    let answer = client.send(&call).await?;
    match (answer.status, mount.version) {
        (200, KvVersion::Two) => Ok(Put::Done(Some(written(client, &call, &answer)?))),
        (200 | 204, KvVersion::One) => Ok(Put::Done(None)),
        (_, KvVersion::Two) if is_cas_mismatch(&answer) => Ok(Put::OtherVersion),
        _ => Err(client.error(&call, &answer)),
    }
}

/// Says `metadata` of what is at `path`, on KV 2, and nothing else; a new path gets no version by it.
pub(crate) async fn say(
    client: &Client,
    mount: &Mount,
    path: &str,
    metadata: Metadata,
    new: bool,
) -> Result<()> {
    let pairs = metadata.into_tags().into_iter().map(|(key, value)| (key, Json::string(value)));
    let body = Fields::from_iter([("custom_metadata", Json::Object(pairs.collect()))]);
    let body = Json::Object(body).to_text(JsonStyle::LINE);
    let call = Call::post(Operation::Write, format!("{}/metadata/{path}", mount.path), body);
    let call = call.needing(if new { "create" } else { "update" });
    let answer = client.send(&call).await?;
    match answer.status {
        200 | 204 => Ok(()),
        _ => Err(client.error(&call, &answer)),
    }
}

/// Removes everything at `path`, all versions and what is said of them; what is absent stays absent.
pub(crate) async fn delete(client: &Client, mount: &Mount, path: &str) -> Result<()> {
    let path = match mount.version {
        KvVersion::One => data_path(mount, path),
        KvVersion::Two => format!("{}/metadata/{path}", mount.path),
    };
    let call = Call::delete(Operation::Write, path);
    let answer = client.send(&call).await?;
    match answer.status {
        200 | 204 => Ok(()),
        _ if is_absent(&answer) => Ok(()),
        _ => Err(client.error(&call, &answer)),
    }
}

/// The number of a version of KV 2; `None` if it can be none.
pub(crate) fn number(version: &Version) -> Option<u64> {
    version.as_str().parse().ok().filter(|number| *number > 0)
}

fn data_path(mount: &Mount, path: &str) -> String {
    match mount.version {
        KvVersion::One => format!("{}/{path}", mount.path),
        KvVersion::Two => format!("{}/data/{path}", mount.path),
    }
}

fn written(client: &Client, call: &Call, answer: &Answer) -> Result<Version> {
    let metadata = answer.data::<Numbered>().ok_or_else(|| client.odd(call, answer))?;
    Ok(Version::new(metadata.version.to_string()))
}

fn unversioned(data: &RawValue) -> Stored {
    Stored { content: content(data), version: None, note: None, metadata: Metadata::default() }
}

fn versioned(found: &Versioned<'_>) -> Stored {
    let version = Some(Version::new(found.metadata.version.to_string()));
    let metadata = Metadata::from_tags(found.metadata.custom_metadata.clone().unwrap_or_default());
    // `data: null` is what a client gets that wrote null.
    let content = found.data.map_or(Content::Hidden(State::NoValue), content);
    let rounded = match &content {
        Content::Payload(Payload::Fields(fields)) => fields.iter().any(|(_, value)| is_large(value)),
        _ => false,
    };
    let note = "a whole number in it is beyond 2^53, where version 2 of the engine rounds";
    Stored { content, version, note: rounded.then(|| note.to_owned()), metadata }
}

/// It does not go by itself, so there is no time at which the name becomes free.
fn deleted(found: &Versioned<'_>) -> Stored {
    Stored::hidden(State::Deleted { until: None }, Some(Version::new(found.metadata.version.to_string())))
}

/// Whether it has a whole number so large that the engine may have rounded it: 2^53 has 16 digits.
fn is_large(value: &Json) -> bool {
    match value {
        Json::Number(text) => {
            let digits = text.expose().trim_start_matches('-');
            digits.bytes().all(|byte| byte.is_ascii_digit())
                && digits.parse::<u64>().map_or(true, |number| number > 1 << 53)
        }
        Json::Array(items) => items.iter().any(is_large),
        Json::Object(fields) => fields.iter().any(|(_, value)| is_large(value)),
        Json::Null | Json::Bool(_) | Json::String(_) => false,
    }
}

fn content(data: &RawValue) -> Content {
    let damaged = |message: String| Content::Hidden(State::Damaged { message });
    match Json::parse(data.get()) {
        Ok(Json::Object(fields)) => Content::Payload(Payload::Fields(fields)),
        Ok(other) => damaged(format!("it holds a {}, not fields", other.kind())),
        Err(error) => damaged(format!("its fields cannot be read: {error}")),
    }
}
