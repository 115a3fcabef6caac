//! One function per remote call. No other module uses types of the SDK.

use std::collections::BTreeMap;
use std::fmt;

use airbridge_backend_aws_common::{SignedIn, incomplete, is_reserved, no_listing};
use airbridge_core::{Metadata, SecretName, SecretText, Version};
use aws_sdk_secretsmanager::config::Builder;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_secretsmanager::primitives::{DateTime, DateTimeFormat};
use aws_sdk_secretsmanager::types::{
    Filter, FilterNameStringType, ReplicaRegionType, SecretListEntry, SecretValueEntry, Tag,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use uuid::Uuid;

use crate::descriptor::{LIST_PAGE, RECOVERY_DAYS};
use crate::error::{Call, Fault, classify, classify_item};

/// The label of the current version. It is always sent, because a policy's condition on it only applies then.
const CURRENT: &str = "AWSCURRENT";

pub(crate) type Result<T> = std::result::Result<T, Fault>;

/// Secrets Manager of one account and region.
pub(crate) struct Client {
    service: aws_sdk_secretsmanager::Client,
    region: String,
    place: String,
}

/// One page of a listing.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) entries: Vec<Entry>,
    pub(crate) next: Option<String>,
}

/// A secret on a page of a listing.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) deleted: Option<Deletion>,
    pub(crate) owner: Option<String>,
    pub(crate) metadata: Metadata,
}

/// A value that was read.
#[derive(Debug)]
pub(crate) struct Value {
    pub(crate) name: String,
    pub(crate) version: Option<Version>,
    pub(crate) content: ValueContent,
}

/// The content of a value.
#[derive(Debug)]
pub(crate) enum ValueContent {
    Text(SecretText),
    Binary,
    Nothing,
}

/// The answer to a read of several names. Names in neither list were not answered.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) values: Vec<Value>,
    /// The name that was asked for, and why it has no value.
    pub(crate) failures: Vec<(String, Fault)>,
}

/// A secret without its value.
#[derive(Debug)]
pub(crate) struct Described {
    pub(crate) deleted: Option<Deletion>,
    /// The current version.
    pub(crate) current: Option<Version>,
    /// All versions that have a label.
    pub(crate) versions: Vec<Version>,
    pub(crate) metadata: Metadata,
    /// The KMS key, as the service returns it.
    pub(crate) key: Option<String>,
}

/// What a new secret has besides its value.
#[derive(Debug)]
pub(crate) struct SecretOptions<'a> {
    pub(crate) metadata: &'a Metadata,
    pub(crate) key: Option<&'a str>,
    pub(crate) replicas: &'a [String],
}

/// The date of a deletion.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deletion(DateTime);

impl Client {
    pub(crate) fn new(signed_in: SignedIn) -> Self {
        let SignedIn { config, endpoint, region, place, .. } = signed_in;
        let mut service = Builder::from(&config);
        service.set_endpoint_url(endpoint);
        Self { service: aws_sdk_secretsmanager::Client::from_conf(service.build()), region, place }
    }

    /// What messages call the store.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// One page of the secrets whose names start with `prefix`, with deleted ones; an empty prefix means all.
    pub(crate) async fn list(&self, prefix: &str, cursor: Option<&str>) -> Result<Listed> {
        let filter = (!prefix.is_empty())
            .then(|| Filter::builder().key(FilterNameStringType::Name).values(prefix).build());
        let page = self
            .service
            .list_secrets()
            .max_results(LIST_PAGE)
            .include_planned_deletion(true)
            .set_filters(filter.map(|filter| vec![filter]))
            .set_next_token(cursor.map(str::to_owned))
            .send()
            .await
            .map_err(|error| self.fault(Call::ListSecrets, &error))?;
        let entries = page.secret_list.ok_or_else(|| self.no_listing())?.into_iter();
        let next = page.next_token.filter(|token| !token.is_empty());
        Ok(Listed { entries: entries.filter_map(|entry| self.entry(entry)).collect(), next })
    }

    fn entry(&self, entry: SecretListEntry) -> Option<Entry> {
        let primary = entry.primary_region.filter(|region| *region != self.region);
        let owner = entry.owning_service.or(primary.map(|region| format!("the primary secret in {region}")));
        let metadata = metadata(entry.description, entry.tags);
        Some(Entry { name: entry.name?, deleted: entry.deleted_date.map(Deletion), owner, metadata })
    }

    /// The current values of at most 20 names.
    pub(crate) async fn batch_get(&self, names: &[&SecretName]) -> Result<Batch> {
        const CALL: Call = Call::BatchGetSecretValue;
        let names = names.iter().map(|name| name.as_str().to_owned()).collect();
        let reply = self.service.batch_get_secret_value().set_secret_id_list(Some(names)).send().await;
        let reply = reply.map_err(|error| self.fault(CALL, &error))?;
        let failures = reply.errors.unwrap_or_default().into_iter().filter_map(|failure| {
            let code = failure.error_code.unwrap_or_default();
            let fault = classify_item(Call::GetSecretValue, &self.place, &code, failure.message.as_deref());
            Some((name_of(&failure.secret_id?).to_owned(), fault))
        });
        let values = reply.secret_values.unwrap_or_default().into_iter().filter_map(value_of_batch);
        Ok(Batch { failures: failures.collect(), values: values.collect() })
    }

    /// The value of one name: the current version, or the given one.
    pub(crate) async fn get(&self, name: &SecretName, version: Option<&Version>) -> Result<Value> {
        let stage = version.is_none().then(|| CURRENT.to_owned());
        let reply = self
            .service
            .get_secret_value()
            .secret_id(name.as_str())
            .set_version_id(version.map(|version| version.as_str().to_owned()))
            .set_version_stage(stage)
            .send()
            .await
            .map_err(|error| self.fault(Call::GetSecretValue, &error))?;
        let name = reply.name.ok_or_else(|| incomplete(Call::GetSecretValue, &self.place))?;
        Ok(Value {
            name,
            version: reply.version_id.map(Version::new),
            content: content(reply.secret_string, reply.secret_binary.is_some()),
        })
    }

    /// One secret without its value.
    pub(crate) async fn describe(&self, name: &SecretName) -> Result<Described> {
        let reply = self.service.describe_secret().secret_id(name.as_str()).send().await;
        let reply = reply.map_err(|error| self.fault(Call::DescribeSecret, &error))?;
        if reply.name.is_none() {
            return Err(incomplete(Call::DescribeSecret, &self.place));
        }
        let versions = reply.version_ids_to_stages.unwrap_or_default();
        let current = versions.iter().find(|(_, labels)| labels.iter().any(|label| label == CURRENT));
        Ok(Described {
            deleted: reply.deleted_date.map(Deletion),
            current: current.map(|(version, _)| Version::new(version)),
            versions: versions.keys().map(Version::new).collect(),
            metadata: metadata(reply.description, reply.tags),
            key: reply.kms_key_id,
        })
    }

    /// Creates a secret with its value; `token` becomes the version.
    pub(crate) async fn create(
        &self,
        name: &SecretName,
        text: &SecretText,
        token: Uuid,
        options: SecretOptions<'_>,
    ) -> Result<Version> {
        let replica = |region: &String| ReplicaRegionType::builder().region(region).build();
        let replicas = options.replicas.iter().map(replica).collect::<Vec<_>>();
        let reply = self
            .service
            .create_secret()
            .name(name.as_str())
            .secret_string(text.expose())
            .client_request_token(token.to_string())
            .set_description(options.metadata.description.clone())
            .set_tags(tags(&options.metadata.tags))
            .set_kms_key_id(options.key.map(str::to_owned))
            .set_add_replica_regions(Some(replicas).filter(|replicas| !replicas.is_empty()))
            .send()
            .await
            .map_err(|error| self.fault(Call::CreateSecret, &error))?;
        reply.version_id.map(Version::new).ok_or_else(|| incomplete(Call::CreateSecret, &self.place))
    }

    /// Writes a new value to a secret; `token` becomes the version.
    pub(crate) async fn put(&self, name: &SecretName, text: &SecretText, token: Uuid) -> Result<Version> {
        let reply = self
            .service
            .put_secret_value()
            .secret_id(name.as_str())
            .secret_string(text.expose())
            .client_request_token(token.to_string())
            .send()
            .await
            .map_err(|error| self.fault(Call::PutSecretValue, &error))?;
        reply.version_id.map(Version::new).ok_or_else(|| incomplete(Call::PutSecretValue, &self.place))
    }

    /// Changes the description or the key of a secret, not its value.
    pub(crate) async fn update(
        &self,
        name: &SecretName,
        description: Option<&str>,
        key: Option<&str>,
    ) -> Result<()> {
        let request = self.service.update_secret().secret_id(name.as_str());
        let request = request.set_description(description.map(str::to_owned));
        let request = request.set_kms_key_id(key.map(str::to_owned));
        request.send().await.map_err(|error| self.fault(Call::UpdateSecret, &error))?;
        Ok(())
    }

    /// Adds tags to a secret.
    pub(crate) async fn tag(&self, name: &SecretName, new: &BTreeMap<String, String>) -> Result<()> {
        let request = self.service.tag_resource().secret_id(name.as_str()).set_tags(tags(new));
        request.send().await.map_err(|error| self.fault(Call::TagResource, &error))?;
        Ok(())
    }

    /// Schedules a secret for deletion.
    pub(crate) async fn delete(&self, name: &SecretName) -> Result<()> {
        let request =
            self.service.delete_secret().secret_id(name.as_str()).recovery_window_in_days(RECOVERY_DAYS);
        request.send().await.map_err(|error| self.fault(Call::DeleteSecret, &error))?;
        Ok(())
    }

    /// Takes a deleted secret back.
    pub(crate) async fn restore(&self, name: &SecretName) -> Result<()> {
        let request = self.service.restore_secret().secret_id(name.as_str());
        request.send().await.map_err(|error| self.fault(Call::RestoreSecret, &error))?;
        Ok(())
    }

    /// The error for an answer to a listing that lists nothing at all, not even zero entries.
    fn no_listing(&self) -> Fault {
        no_listing(Call::ListSecrets, &self.place)
    }

    fn fault<E>(&self, call: Call, error: &SdkError<E, HttpResponse>) -> Fault
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        classify(call, &self.place, error)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("place", &self.place).finish_non_exhaustive()
    }
}

impl Deletion {
    /// The date on which the name becomes available again, as far as the service shows it.
    ///
    /// One page of the service's reference says that `DeletedDate` is the date of the removal, another that it is the date
    /// of the request to delete. A date in the past can only be the latter.
    pub(crate) fn until(self, now: DateTime) -> String {
        let day = self.day();
        if self.0.secs() > now.secs() { day } else { format!("at most {RECOVERY_DAYS} days after {day}") }
    }

    /// The days until the removal, rounded up; `None` if the service returned the date of the request to delete.
    pub(crate) fn days_left(self, now: DateTime) -> Option<i64> {
        let left = self.0.secs() - now.secs();
        (left > 0).then(|| (left + 86_399) / 86_400)
    }

    fn day(self) -> String {
        self.0.fmt(DateTimeFormat::DateTime).unwrap_or_default().chars().take(10).collect()
    }
}

fn value_of_batch(entry: SecretValueEntry) -> Option<Value> {
    let name = entry.name?;
    // The ARN contains the name. If the two differ, the entry belongs to another request.
    if entry.arn.as_deref().is_some_and(|arn| name_of(arn) != name) {
        return None;
    }
    let content = content(entry.secret_string, entry.secret_binary.is_some());
    Some(Value { name, version: entry.version_id.map(Version::new), content })
}

fn content(text: Option<String>, binary: bool) -> ValueContent {
    match text {
        Some(text) => ValueContent::Text(SecretText::new(text)),
        None if binary => ValueContent::Binary,
        None => ValueContent::Nothing,
    }
}

/// Description and tags without those of AWS. Where the service omits what is unset, emulators return an empty string.
fn metadata(description: Option<String>, tags: Option<Vec<Tag>>) -> Metadata {
    let pair = |tag: Tag| Some((tag.key?, tag.value.unwrap_or_default()));
    let tags = tags.unwrap_or_default().into_iter().filter_map(pair).filter(|(key, _)| !is_reserved(key));
    Metadata { description: description.filter(|text| !text.is_empty()), tags: tags.collect() }
}

fn tags(tags: &BTreeMap<String, String>) -> Option<Vec<Tag>> {
    let tag = |(key, value): (&String, &String)| Tag::builder().key(key).value(value).build();
    (!tags.is_empty()).then(|| tags.iter().map(tag).collect())
}

/// The name in an ARN, which appends a hyphen and six characters; anything else is a name already.
fn name_of(id: &str) -> &str {
    let arn = id.strip_prefix("arn:").and_then(|rest| rest.split_once(":secret:"));
    match arn {
        Some((_, name)) => name.get(..name.len().saturating_sub(7)).unwrap_or(name),
        None => id,
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_secretsmanager::primitives::DateTime;

    use super::{Deletion, name_of};

    #[test]
    fn name_of_an_arn_has_no_suffix() {
        assert_eq!(name_of("arn:aws-cn:secretsmanager:cn-north-1:1:secret:a/b-c-AbCdEf"), "a/b-c");
        assert_eq!(name_of("airflow/connections/x-abcdef"), "airflow/connections/x-abcdef");
    }

    #[test]
    fn deletion_shows_when_the_name_becomes_available() {
        let now = DateTime::from_secs(1_800_000_000);
        let ahead = Deletion(DateTime::from_secs(1_800_000_000 + 86_400 * 6 + 1));
        assert_eq!((ahead.days_left(now), ahead.until(now).as_str()), (Some(7), "2027-01-21"));
        let past = Deletion(DateTime::from_secs(1_800_000_000 - 60));
        assert_eq!(
            (past.days_left(now), past.until(now).as_str()),
            (None, "at most 30 days after 2027-01-15")
        );
    }
}
