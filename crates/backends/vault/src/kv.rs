//! The requests of the key-value engine, in both versions.

use std::fmt::Write as _;

use airbridge_core::{
    Content, Fields, Json, JsonStyle, Metadata, Operation, Payload, Result, SecretText, State, Stored,
    Version,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use vaultrs::api::kv1::requests::{DeleteSecretRequest, GetSecretRequest};
use vaultrs::api::kv2::requests::{DeleteSecretMetadataRequest, ReadSecretRequest, SetSecretMetadataRequest};
use vaultrs::api::kv2::responses::{ListSecretsResponse, SecretVersionMetadata};

use crate::call::Call;
use crate::client::Client;
use crate::error::{is_absent, is_cas_mismatch};
use crate::mount::{KvVersion, Mount};
use crate::request::Request;

/// The result of a write.
pub(crate) enum Put {
    /// The fields are written, on KV 2 as this version.
    Done(Option<Version>),
    /// Nothing is written: the secret is not in the version that the write expected.
    OtherVersion,
}

/// The data of a KV 2 read. The values stay raw: vaultrs' `ReadSecretResponse` rounds numbers and is not wiped.
#[derive(Deserialize)]
struct Versioned<'a> {
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    metadata: SecretVersionMetadata,
}

/// The keys of a folder, where the keys of subfolders end in `/`; empty if the folder does not exist. `folder` is
/// empty or ends in `/`.
pub(crate) async fn list(client: &Client, mount: &Mount, folder: &str) -> Result<Vec<String>> {
    let folder = match mount.version {
        KvVersion::One => format!("{}/{folder}", mount.path),
        KvVersion::Two => format!("{}/metadata/{folder}", mount.path),
    };
    let endpoint = Request::List { folder };
    let answer = client.run(Call::new(Operation::List, &endpoint).needing("list"), endpoint).await?;
    match answer.status {
        200 => {
            let listed = answer.data::<ListSecretsResponse>();
            listed.map(|listed| listed.keys).ok_or_else(|| client.unexpected_body(&answer))
        }
        _ if is_absent(&answer) => Ok(Vec::new()),
        _ => Err(client.error(&answer)),
    }
}

/// The secret at `path`, in `version` or the newest one. KV 1 has no versions.
pub(crate) async fn read(
    client: &Client,
    operation: Operation,
    mount: &Mount,
    path: &str,
    version: Option<&Version>,
) -> Result<Option<Stored>> {
    let (mount_path, path) = (mount.path.clone(), path.to_owned());
    let answer = match (mount.version, version.map(number)) {
        (KvVersion::One, _) => {
            let endpoint = GetSecretRequest { mount: mount_path, path };
            client.run(Call::new(operation, &endpoint), endpoint).await?
        }
        // No such version. The server reads 0 as "the newest".
        (KvVersion::Two, Some(None)) => return Ok(None),
        (KvVersion::Two, version) => {
            let endpoint = ReadSecretRequest { mount: mount_path, path, version: version.flatten() };
            client.run(Call::new(operation, &endpoint), endpoint).await?
        }
    };
    let found = match (answer.status, mount.version) {
        (200, KvVersion::One) => answer.envelope().and_then(|envelope| envelope.data).map(unversioned),
        (200, KvVersion::Two) => answer.data().map(versioned),
        // The answer for a deleted or destroyed version is a 404 with data.
        (404, KvVersion::Two) if answer.data::<Versioned<'_>>().is_some() => {
            answer.data().map(|data| deleted(&data))
        }
        _ if is_absent(&answer) => return Ok(None),
        _ => return Err(client.error(&answer)),
    };
    found.map(Some).ok_or_else(|| client.unexpected_body(&answer))
}

/// Writes `fields`. On KV 2 only if the newest version is `cas`, where 0 means that there is none.
pub(crate) async fn put(
    client: &Client,
    mount: &Mount,
    path: &str,
    fields: &Fields,
    cas: u64,
) -> Result<Put> {
    let fields = Json::Object(fields.clone()).to_text(JsonStyle::LINE);
    let (path, body) = match mount.version {
        KvVersion::One => (format!("{}/{path}", mount.path), fields),
        KvVersion::Two => {
            // Large enough from the start: growing would leave a copy behind that is not wiped.
            let mut body = String::with_capacity(fields.len() + 64);
            let _ = write!(body, r#"{{"options": {{"cas": {cas}}}, "data": {}}}"#, fields.expose());
            (format!("{}/data/{path}", mount.path), SecretText::new(body))
        }
    };
    let endpoint = Request::Write { path, body };
    let call = Call::new(Operation::Write, &endpoint).needing(create_or_update(cas == 0));
    let answer = client.run(call, endpoint).await?;
    match (answer.status, mount.version) {
        (200, KvVersion::Two) => {
            let written = answer.data::<SecretVersionMetadata>();
            let written = written.ok_or_else(|| client.unexpected_body(&answer))?;
            Ok(Put::Done(Some(Version::new(written.version.to_string()))))
        }
        (200 | 204, KvVersion::One) if !answer.is_foreign() => Ok(Put::Done(None)),
        // Not what a server answers to this request, which it may have carried out.
        (200..=299, _) => Err(client.unexpected_body(&answer)),
        (_, KvVersion::Two) if is_cas_mismatch(&answer) => Ok(Put::OtherVersion),
        _ => Err(client.error(&answer)),
    }
}

/// Replaces the custom metadata at `path`, on KV 2. At a new path this does not create a version.
pub(crate) async fn write_metadata(
    client: &Client,
    mount: &Mount,
    path: &str,
    metadata: Metadata,
    new: bool,
) -> Result<()> {
    let endpoint = SetSecretMetadataRequest {
        mount: mount.path.clone(),
        path: path.to_owned(),
        custom_metadata: Some(metadata.into_tags().into_iter().collect()),
        ..SetSecretMetadataRequest::default()
    };
    let call = Call::new(Operation::Write, &endpoint).needing(create_or_update(new));
    let answer = client.run(call, endpoint).await?;
    match answer.status {
        200 | 204 if !answer.is_foreign() => Ok(()),
        200..=299 => Err(client.unexpected_body(&answer)),
        _ => Err(client.error(&answer)),
    }
}

/// Removes the secret at `path`, on KV 2 with all its versions and metadata. It is not an error if there is none.
pub(crate) async fn delete(client: &Client, mount: &Mount, path: &str) -> Result<()> {
    let (mount_path, path) = (mount.path.clone(), path.to_owned());
    let answer = match mount.version {
        KvVersion::One => {
            let endpoint = DeleteSecretRequest { mount: mount_path, path };
            client.run(Call::new(Operation::Write, &endpoint), endpoint).await?
        }
        KvVersion::Two => {
            let endpoint = DeleteSecretMetadataRequest { mount: mount_path, path };
            client.run(Call::new(Operation::Write, &endpoint), endpoint).await?
        }
    };
    match answer.status {
        200 | 204 if !answer.is_foreign() => Ok(()),
        200..=299 => Err(client.unexpected_body(&answer)),
        _ if is_absent(&answer) => Ok(()),
        _ => Err(client.error(&answer)),
    }
}

/// The number of a KV 2 version; `None` if `version` is not the number of any version.
pub(crate) fn number(version: &Version) -> Option<u64> {
    version.as_str().parse().ok().filter(|number| *number > 0)
}

fn create_or_update(new: bool) -> &'static str {
    if new { "create" } else { "update" }
}

fn unversioned(data: &RawValue) -> Stored {
    Stored { content: content(data), ..Stored::hidden(State::Live, None) }
}

fn versioned(found: Versioned<'_>) -> Stored {
    let version = Some(Version::new(found.metadata.version.to_string()));
    let tags = found.metadata.custom_metadata.unwrap_or_default().into_iter().collect();
    // The server sends `data: null` for a secret that was written as null.
    let content = found.data.map_or(Content::Hidden(State::NoValue), content);
    let rounded = match &content {
        Content::Payload(Payload::Fields(fields)) => fields.iter().any(|(_, value)| is_large(value)),
        _ => false,
    };
    let note = "contains a whole number above 2^53, which version 2 of the engine may have rounded";
    let note = rounded.then(|| note.to_owned());
    let metadata = Metadata::from_tags(tags).boxed();
    Stored { content, note, metadata, ..Stored::hidden(State::Live, version) }
}

/// A deleted secret keeps its name until it is removed, so there is no time at which the name becomes free.
fn deleted(found: &Versioned<'_>) -> Stored {
    Stored::hidden(State::Deleted { until: None }, Some(Version::new(found.metadata.version.to_string())))
}

/// Whether `value` contains a whole number that the engine may have rounded: one above 2^53, which has 16 digits.
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
        Ok(other) => damaged(format!("expected an object with fields, found a {}", other.kind())),
        Err(error) => damaged(format!("cannot parse the fields: {error}")),
    }
}
