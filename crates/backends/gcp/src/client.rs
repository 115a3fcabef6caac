//! One function per request to the service. Types of Google's library are used in this file only, apart from
//! authentication and `new_secret`.

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

use crate::descriptor::LIST_PAGE;
use crate::error::{Call, Cause, Fault, classify};
use crate::new_secret::NewSecret;
use crate::place::Place;
use crate::secret_options::{MARKER, SecretOptions};
use crate::version_state::VersionState;

/// The alias of the newest version.
const LATEST: &str = "latest";

pub(crate) type Result<T> = std::result::Result<T, Fault>;

/// The requests to Secret Manager of one project, for its global secrets or those of one region.
pub(crate) struct Client {
    service: SecretManagerService,
    place: Place,
    /// The place in messages.
    text: String,
    new_secret: NewSecret,
}

/// One page of a listing.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) entries: Vec<Entry>,
    pub(crate) next: Option<String>,
}

/// One secret in a listing.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) owner: Option<String>,
    pub(crate) metadata: Metadata,
}

/// A value with its version. The text is `None` if the bytes are not UTF-8.
#[derive(Debug)]
pub(crate) struct Value {
    pub(crate) version: Version,
    pub(crate) text: Option<SecretText>,
}

/// A secret without its versions, which the service calls a container.
#[derive(Debug)]
pub(crate) struct Container {
    options: SecretOptions,
    etag: String,
    created: Option<SystemTime>,
}

/// A version without its value.
#[derive(Debug)]
pub(crate) struct Numbered {
    pub(crate) version: Version,
    pub(crate) state: VersionState,
    /// The date on which a disabled version will be destroyed, if that is scheduled.
    pub(crate) destroyed_on: Option<String>,
}

impl Container {
    /// The token of the change that created the secret, if airbridge created it.
    pub(crate) fn marker(&self) -> Option<&str> {
        self.options.annotations.get(MARKER).map(String::as_str)
    }

    /// When the secret was created, by the service's clock.
    pub(crate) fn created(&self) -> Option<SystemTime> {
        self.created
    }
}

impl Client {
    pub(crate) fn new(service: SecretManagerService, place: Place, new_secret: NewSecret) -> Self {
        Self { service, text: place.text(), place, new_secret }
    }

    /// The store in messages.
    pub(crate) fn place(&self) -> &str {
        &self.text
    }

    /// The project and location.
    pub(crate) fn project(&self) -> &Place {
        &self.place
    }

    /// One page of the secrets whose full names contain `prefix`; all secrets if it is empty.
    pub(crate) async fn list(&self, prefix: &str, cursor: Option<&str>) -> Result<Listed> {
        // The filter searches the whole `projects/…/secrets/…`, so the caller must compare the names again. In a filter, a
        // leading hyphen means "not".
        let can_filter = prefix.starts_with(|first: char| first.is_ascii_alphanumeric());
        let filter = if can_filter { format!("name:{prefix}") } else { String::new() };
        let request = self.service.list_secrets().set_parent(self.place.parent());
        let request = request.set_page_size(LIST_PAGE).set_filter(filter);
        let page = request.set_page_token(cursor.unwrap_or_default()).send().await;
        let page = page.map_err(|error| self.fault(Call::ListSecrets, &error))?;
        Ok(Listed {
            entries: page.secrets.iter().map(entry).collect(),
            next: Some(page.next_page_token).filter(|token| !token.is_empty()),
        })
    }

    /// Reads the value of a version; `None` for the newest.
    pub(crate) async fn access(&self, name: &SecretName, version: Option<&Version>) -> Result<Value> {
        const CALL: Call = Call::AccessSecretVersion;
        let request = self.service.access_secret_version().set_name(self.version_path(name, version));
        let reply = request.send().await.map_err(|error| self.fault(CALL, &error))?;
        let broken = |kind, message| Fault::new(Cause::Other, Error::new(kind, CALL.operation(), message));
        let place = &self.text;
        let (Some(number), Some(payload)) = (number(&reply.name), reply.payload) else {
            let message = format!("the response of {place} has no version or no value");
            return Err(broken(ErrorKind::Unexpected, message));
        };
        if payload.data_crc32c.is_some_and(|sum| sum != checksum(&payload.data)) {
            let message =
                format!("the value from {place} was damaged in transit: its checksum (CRC32C) is wrong");
            return Err(broken(ErrorKind::Unavailable, message));
        }
        // Neither conversion copies the value if nothing else refers to the bytes.
        let text = String::from_utf8(payload.data.into()).ok().map(SecretText::new);
        Ok(Value { version: number, text })
    }

    /// Reads a version without its value; `None` for the newest.
    pub(crate) async fn version(&self, name: &SecretName, version: Option<&Version>) -> Result<Numbered> {
        let request = self.service.get_secret_version().set_name(self.version_path(name, version));
        let found = request.send().await.map_err(|error| self.fault(Call::GetSecretVersion, &error))?;
        let state = match found.state {
            secret_version::State::Enabled => VersionState::Enabled,
            secret_version::State::Disabled => VersionState::Disabled,
            secret_version::State::Destroyed => VersionState::Destroyed,
            _ => VersionState::Unknown,
        };
        let requested = version.cloned().unwrap_or_else(|| Version::new(LATEST));
        Ok(Numbered {
            version: number(&found.name).unwrap_or(requested),
            state,
            destroyed_on: found.scheduled_destroy_time.map(date),
        })
    }

    /// Reads a secret without its versions.
    pub(crate) async fn container(&self, name: &SecretName) -> Result<Container> {
        let request = self.service.get_secret().set_name(self.secret_path(name));
        let found = request.send().await.map_err(|error| self.fault(Call::GetSecret, &error))?;
        Ok(Container {
            options: SecretOptions { labels: found.labels, annotations: found.annotations },
            etag: found.etag,
            created: found.create_time.and_then(|time| SystemTime::try_from(time).ok()),
        })
    }

    /// The labels of new secrets.
    pub(crate) fn labels(&self) -> &BTreeMap<String, String> {
        self.new_secret.labels()
    }

    /// Creates a secret without a version, with `metadata` and marked with `token`.
    pub(crate) async fn create(&self, name: &SecretName, token: Uuid, metadata: &Metadata) -> Result<()> {
        let own = Metadata { description: None, tags: self.labels().clone() };
        let mut options = SecretOptions::default();
        options.write_metadata(&own.over(metadata));
        options.annotations.insert(MARKER.to_owned(), token.to_string());
        let secret = self.new_secret.secret().set_labels(options.labels).set_annotations(options.annotations);
        let request = self.service.create_secret().set_parent(self.place.parent());
        let request = request.set_secret_id(name.as_str()).set_secret(secret);
        request.send().await.map_err(|error| self.fault(Call::CreateSecret, &error))?;
        Ok(())
    }

    /// Adds `metadata` to a secret, and marks it with `token` if there is one. The service refuses this if the secret was
    /// changed since `container` was read. Nothing is sent if nothing differs.
    pub(crate) async fn write_metadata(
        &self,
        name: &SecretName,
        container: Container,
        metadata: &Metadata,
        token: Option<Uuid>,
    ) -> Result<()> {
        let Container { options: before, etag, .. } = container;
        let mut options = before.clone();
        options.write_metadata(metadata);
        options.annotations.extend(token.map(|token| (MARKER.to_owned(), token.to_string())));
        let changed = [
            ("annotations", options.annotations != before.annotations),
            ("labels", options.labels != before.labels),
        ];
        let mask: Vec<_> =
            changed.into_iter().filter_map(|(field, changed)| changed.then_some(field)).collect();
        if mask.is_empty() {
            return Ok(());
        }
        let secret = Secret::new().set_name(self.secret_path(name)).set_etag(etag);
        let secret = secret.set_labels(options.labels).set_annotations(options.annotations);
        let request = self.service.update_secret().set_secret(secret);
        let request = request.set_update_mask(FieldMask::default().set_paths(mask));
        request.send().await.map_err(|error| self.fault(Call::UpdateSecret, &error))?;
        Ok(())
    }

    /// Adds a version to a secret.
    pub(crate) async fn add(&self, name: &SecretName, text: &SecretText) -> Result<Version> {
        const CALL: Call = Call::AddSecretVersion;
        let data = Bytes::copy_from_slice(text.expose().as_bytes());
        let payload = SecretPayload::new().set_data_crc32c(checksum(&data)).set_data(data);
        let request = self.service.add_secret_version().set_parent(self.secret_path(name));
        let made = request.set_payload(payload).send().await.map_err(|error| self.fault(CALL, &error))?;
        number(&made.name).ok_or_else(|| {
            let message = format!("the response of {} to a write has no version", self.text);
            Fault::new(Cause::Other, Error::new(ErrorKind::AnswerLost, CALL.operation(), message))
        })
    }

    /// Deletes a secret with all its versions, permanently.
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
        SecretType::CloudSqlDbCredentials => Some("Cloud SQL, which rotates the password".to_owned()),
        _ => None,
    };
    let options = SecretOptions { labels: secret.labels.clone(), annotations: secret.annotations.clone() };
    Entry { name: last_part(&secret.name).to_owned(), owner, metadata: options.metadata() }
}

/// The number in `projects/123/secrets/x/versions/4`.
fn number(path: &str) -> Option<Version> {
    let number = last_part(path);
    (!number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())).then(|| Version::new(number))
}

/// The name after the last slash. The rest differs from the request: responses have the number of the project.
fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn checksum(data: &[u8]) -> i64 {
    i64::from(crc32c::crc32c(data))
}

fn date(time: Timestamp) -> String {
    String::from(time).chars().take(10).collect()
}

#[cfg(test)]
mod tests {
    use google_cloud_wkt::Timestamp;

    use super::{checksum, date, last_part, number};

    #[test]
    fn name_and_version_are_the_last_part_of_a_full_name() {
        assert_eq!(last_part("projects/123/locations/l/secrets/a-b"), "a-b");
        assert_eq!(
            number("projects/123/secrets/a/versions/12").map(|v| v.to_string()).as_deref(),
            Some("12")
        );
        assert_eq!(number("projects/123/secrets/a/versions/latest"), None);
        assert_eq!(number(""), None);
    }

    #[test]
    fn checksum_is_crc32c() {
        // The standard check value of CRC-32C.
        assert_eq!(checksum(b"123456789"), 0xe306_9283);
    }

    #[test]
    fn time_is_shown_as_a_date() {
        assert_eq!(date(Timestamp::clamp(1_800_000_000, 0)), "2027-01-15");
    }
}
