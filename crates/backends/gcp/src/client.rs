//! One function per remote call. The vendor's types come no further.

use std::collections::BTreeMap;
use std::fmt;
use std::time::SystemTime;

use airbridge_core::{Error, ErrorKind, Metadata, SecretName, SecretText, Version};
use bytes::Bytes;
use google_cloud_secretmanager_v1::client::SecretManagerService;
use google_cloud_secretmanager_v1::model::secret::SecretType;
use google_cloud_secretmanager_v1::model::{Secret, SecretPayload, secret_version};
use google_cloud_wkt::{FieldMask, Timestamp};
use uuid::Uuid;

use crate::beside::{Beside, MARKER};
use crate::descriptor::LIST_PAGE;
use crate::error::{Call, Cause, Fault, classify};
use crate::place::Place;
use crate::template::Template;

/// The version that is handed out.
const LATEST: &str = "latest";

pub(crate) type Result<T> = std::result::Result<T, Fault>;

/// Secret Manager of one project, the global secrets or those of one region.
pub(crate) struct Client {
    service: SecretManagerService,
    place: Place,
    /// The place in words.
    text: String,
    template: Template,
}

/// One page of a listing.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) entries: Vec<Entry>,
    pub(crate) next: Option<String>,
}

/// What a listing says of one secret.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) owner: Option<String>,
    pub(crate) metadata: Metadata,
}

/// A value that was read; `None` for bytes that are no text.
#[derive(Debug)]
pub(crate) struct Value {
    pub(crate) version: Version,
    pub(crate) text: Option<SecretText>,
}

/// A secret beside its values.
#[derive(Debug)]
pub(crate) struct Container {
    beside: Beside,
    etag: String,
    created: Option<SystemTime>,
}

/// A version beside its value.
#[derive(Debug)]
pub(crate) struct Numbered {
    pub(crate) version: Version,
    pub(crate) state: VersionState,
    /// The day on which a disabled version will be destroyed, if that is planned.
    pub(crate) destroyed_on: Option<String>,
}

/// What can be done with a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VersionState {
    Enabled,
    Disabled,
    Destroyed,
    Unknown,
}

impl Container {
    /// The token of the change that made it, if airbridge did.
    pub(crate) fn marker(&self) -> Option<&str> {
        self.beside.annotations.get(MARKER).map(String::as_str)
    }

    /// When it was made, by the service's clock.
    pub(crate) fn created(&self) -> Option<SystemTime> {
        self.created
    }
}

impl Client {
    pub(crate) fn new(service: SecretManagerService, place: Place, template: Template) -> Self {
        Self { service, text: place.text(), place, template }
    }

    /// What messages call the store.
    pub(crate) fn place(&self) -> &str {
        &self.text
    }

    /// One page of the secrets whose names hold `prefix` somewhere; an empty one asks for all.
    pub(crate) async fn list(&self, prefix: &str, cursor: Option<&str>) -> Result<Listed> {
        // The filter looks into the whole `projects/…/secrets/…`, so the caller looks again. A leading hyphen would mean
        // "not".
        let asks = prefix.starts_with(|first: char| first.is_ascii_alphanumeric());
        let filter = if asks { format!("name:{prefix}") } else { String::new() };
        let request = self.service.list_secrets().set_parent(self.place.parent());
        let request = request.set_page_size(LIST_PAGE).set_filter(filter);
        let page = request.set_page_token(cursor.unwrap_or_default()).send().await;
        let page = page.map_err(|error| self.fault(Call::ListSecrets, &error))?;
        Ok(Listed {
            entries: page.secrets.iter().map(entry).collect(),
            next: Some(page.next_page_token).filter(|token| !token.is_empty()),
        })
    }

    /// The value of the latest version, or of the one asked for.
    pub(crate) async fn access(&self, name: &SecretName, version: Option<&Version>) -> Result<Value> {
        const CALL: Call = Call::AccessSecretVersion;
        let request = self.service.access_secret_version().set_name(self.version_path(name, version));
        let reply = request.send().await.map_err(|error| self.fault(CALL, &error))?;
        let broken = |kind, what: &str| {
            Fault::new(Cause::Other, Error::new(kind, CALL.operation(), format!("{what} {}", self.text)))
        };
        let (Some(number), Some(payload)) = (number(&reply.name), reply.payload) else {
            return Err(broken(ErrorKind::Unexpected, "an answer without version or value came from"));
        };
        if payload.data_crc32c.is_some_and(|sum| sum != checksum(&payload.data)) {
            return Err(broken(ErrorKind::Unavailable, "a value was damaged (CRC32C) on its way from"));
        }
        // Moved, where nobody else holds the bytes; `String::from_utf8` does not copy.
        let text = String::from_utf8(payload.data.into()).ok().map(SecretText::new);
        Ok(Value { version: number, text })
    }

    /// A version beside its value: the latest, or the one asked for.
    pub(crate) async fn version(&self, name: &SecretName, version: Option<&Version>) -> Result<Numbered> {
        let request = self.service.get_secret_version().set_name(self.version_path(name, version));
        let found = request.send().await.map_err(|error| self.fault(Call::GetSecretVersion, &error))?;
        let state = match found.state {
            secret_version::State::Enabled => VersionState::Enabled,
            secret_version::State::Disabled => VersionState::Disabled,
            secret_version::State::Destroyed => VersionState::Destroyed,
            _ => VersionState::Unknown,
        };
        let asked = version.cloned().unwrap_or_else(|| Version::new(LATEST));
        Ok(Numbered {
            version: number(&found.name).unwrap_or(asked),
            state,
            destroyed_on: found.scheduled_destroy_time.map(day),
        })
    }

    /// A secret beside its values.
    pub(crate) async fn container(&self, name: &SecretName) -> Result<Container> {
        let request = self.service.get_secret().set_name(self.secret_path(name));
        let found = request.send().await.map_err(|error| self.fault(Call::GetSecret, &error))?;
        Ok(Container {
            beside: Beside { labels: found.labels, annotations: found.annotations },
            etag: found.etag,
            created: found.create_time.and_then(|time| SystemTime::try_from(time).ok()),
        })
    }

    /// The labels of every new secret.
    pub(crate) fn labels(&self) -> &BTreeMap<String, String> {
        self.template.labels()
    }

    /// Makes a secret without a value, marked with `token`, of which this is said.
    pub(crate) async fn create(&self, name: &SecretName, token: Uuid, metadata: &Metadata) -> Result<()> {
        let own = Metadata { description: None, tags: self.labels().clone() };
        let mut beside = Beside::default();
        beside.say(&own.over(metadata));
        beside.annotations.insert(MARKER.to_owned(), token.to_string());
        let secret = self.template.secret().set_labels(beside.labels).set_annotations(beside.annotations);
        let request = self.service.create_secret().set_parent(self.place.parent());
        let request = request.set_secret_id(name.as_str()).set_secret(secret);
        request.send().await.map_err(|error| self.fault(Call::CreateSecret, &error))?;
        Ok(())
    }

    /// Says something more of a secret, and marks it if there is a token for it, unless it was changed since it was looked
    /// at. What is said already is not said again.
    pub(crate) async fn say(
        &self,
        name: &SecretName,
        container: Container,
        metadata: &Metadata,
        token: Option<Uuid>,
    ) -> Result<()> {
        let Container { beside: before, etag, .. } = container;
        let mut beside = before.clone();
        beside.say(metadata);
        beside.annotations.extend(token.map(|token| (MARKER.to_owned(), token.to_string())));
        let changed = [
            ("annotations", beside.annotations != before.annotations),
            ("labels", beside.labels != before.labels),
        ];
        let mask: Vec<_> =
            changed.into_iter().filter_map(|(field, changed)| changed.then_some(field)).collect();
        if mask.is_empty() {
            return Ok(());
        }
        let secret = Secret::new().set_name(self.secret_path(name)).set_etag(etag);
        let secret = secret.set_labels(beside.labels).set_annotations(beside.annotations);
        let request = self.service.update_secret().set_secret(secret);
        let request = request.set_update_mask(FieldMask::default().set_paths(mask));
        request.send().await.map_err(|error| self.fault(Call::UpdateSecret, &error))?;
        Ok(())
    }

    /// Gives a secret a new version.
    pub(crate) async fn add(&self, name: &SecretName, text: &SecretText) -> Result<Version> {
        const CALL: Call = Call::AddSecretVersion;
        let data = Bytes::copy_from_slice(text.expose().as_bytes());
        let payload = SecretPayload::new().set_data_crc32c(checksum(&data)).set_data(data);
        let request = self.service.add_secret_version().set_parent(self.secret_path(name));
        let made = request.set_payload(payload).send().await.map_err(|error| self.fault(CALL, &error))?;
        number(&made.name).ok_or_else(|| {
            let message = format!("the answer of {} to a write names no version", self.text);
            Fault::new(Cause::Other, Error::new(ErrorKind::AnswerLost, CALL.operation(), message))
        })
    }

    /// Removes a secret with all its versions, for good.
    pub(crate) async fn delete(&self, name: &SecretName) -> Result<()> {
        let request = self.service.delete_secret().set_name(self.secret_path(name));
        request.send().await.map_err(|error| self.fault(Call::DeleteSecret, &error))
    }

    fn secret_path(&self, name: &SecretName) -> String {
        format!("{}/secrets/{name}", self.place.parent())
    }

    fn version_path(&self, name: &SecretName, version: Option<&Version>) -> String {
        format!("{}/versions/{}", self.secret_path(name), version.map_or(LATEST, Version::as_str))
    }

    fn fault(&self, call: Call, error: &google_cloud_gax::error::Error) -> Fault {
        classify(call, &self.place, error)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("place", &self.text).finish_non_exhaustive()
    }
}

fn entry(secret: &Secret) -> Entry {
    let owner = match secret.secret_type {
        SecretType::CloudSqlDbCredentials => {
            Some("Cloud SQL, which changes its password by itself".to_owned())
        }
        _ => None,
    };
    let beside = Beside { labels: secret.labels.clone(), annotations: secret.annotations.clone() };
    Entry { name: last_part(&secret.name).to_owned(), owner, metadata: beside.metadata() }
}

/// The number in `projects/123/secrets/x/versions/4`.
fn number(path: &str) -> Option<Version> {
    let number = last_part(path);
    (!number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())).then(|| Version::new(number))
}

/// Answers name the project by its number whatever was asked, so only the last part says anything.
fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn checksum(data: &[u8]) -> i64 {
    i64::from(crc32c::crc32c(data))
}

fn day(time: Timestamp) -> String {
    String::from(time).chars().take(10).collect()
}

#[cfg(test)]
mod tests {
    use google_cloud_wkt::Timestamp;

    use super::{checksum, day, last_part, number};

    #[test]
    fn answers_are_told_by_their_last_part() {
        assert_eq!(last_part("projects/123/locations/l/secrets/a-b"), "a-b");
        assert_eq!(
            number("projects/123/secrets/a/versions/12").map(|v| v.to_string()).as_deref(),
            Some("12")
        );
        assert_eq!(number("projects/123/secrets/a/versions/latest"), None);
        assert_eq!(number(""), None);
    }

    #[test]
    fn checksums_are_of_the_castagnoli_kind() {
        // The check value of CRC-32C in every description of it.
        assert_eq!(checksum(b"123456789"), 0xe306_9283);
    }

    #[test]
    fn a_time_is_told_by_its_day() {
        assert_eq!(day(Timestamp::clamp(1_800_000_000, 0)), "2027-01-15");
    }
}
