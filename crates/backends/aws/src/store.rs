//! Secrets Manager as a store: listing and reading.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use airbridge_backend_aws_common::{Owner, check_change, sign_in};
use airbridge_core::{
    Change, Cursor, Descriptor, Error, ErrorKind, Header, Look, Metadata, NamePrefix, Operation, Page,
    Payload, Policy, PolicyRequest, Read, Receipt, Rejection, Result, SecretName, SecretStore, State, Stored,
    SupportedMetadata,
};
use async_trait::async_trait;
use futures::{FutureExt, StreamExt, stream};

use crate::check::{RULES, can_start_name, check_replicas, rules};
use crate::client::{Client, Entry, Value, ValueContent};
use crate::descriptor::descriptor;
use crate::error::{Cause, Fault, SERVICE};
use crate::policy::policies;
use crate::settings::Settings;
use crate::write::Writer;

/// The number of concurrent single reads, for names that a batch did not answer.
const SINGLES: usize = 5;

/// Obtains credentials, asks STS whose they are, and opens the store. The service itself is not called.
///
/// # Errors
/// `Config` for settings that cannot be used, `Unauthenticated` if credentials are missing or rejected.
pub async fn open(settings: Settings) -> Result<Arc<dyn SecretStore>> {
    let Settings { sign_in: account, kms_key_id, tags, replica_regions } = settings;
    rules(&tags).check_own("tags")?;
    // On the heap, because the SDK's chain of credential providers is a large future.
    let mut signed_in = Box::pin(sign_in(&account, &SERVICE)).await?;
    let actor = signed_in.actor.take();
    let owner = Owner::new(&signed_in.region, signed_in.account.take());
    check_replicas(&replica_regions, &signed_in.region)?;
    let key = kms_key_id.filter(|key| !key.is_empty());
    let writer = Writer { key, tags, replicas: replica_regions };
    Ok(Arc::new(AwsSecretsManager::new(Client::new(signed_in), actor, owner, writer)))
}

/// Secrets Manager of one account and region.
#[derive(Debug)]
struct AwsSecretsManager {
    client: Client,
    descriptor: Descriptor,
    writer: Writer,
    owner: Owner,
    /// Whether a policy denies batches, although it may allow single reads. Remembered after the first attempt.
    batches_denied: AtomicBool,
}

impl AwsSecretsManager {
    fn new(client: Client, actor: Option<String>, owner: Owner, writer: Writer) -> Self {
        let descriptor = descriptor(client.place().to_owned(), actor);
        Self { client, descriptor, writer, owner, batches_denied: AtomicBool::new(false) }
    }

    /// The answers to one batch, by name. Names without an answer are read one by one, because the service limits the size
    /// of an answer, and some failures of one secret fail the whole batch.
    async fn read_together(
        &self,
        names: &BTreeSet<&SecretName>,
    ) -> Result<HashMap<SecretName, Result<Option<Stored>>>> {
        let names: Vec<_> = names.iter().copied().collect();
        let batch = match self.client.batch_get(&names).await {
            Ok(batch) => batch,
            Err(fault) => match fault.cause {
                Cause::Denied | Cause::UnknownCall => {
                    self.batches_denied.store(true, Ordering::Relaxed);
                    return Ok(HashMap::new());
                }
                Cause::Absent | Cause::NoValue | Cause::Deleted | Cause::Key | Cause::Rejected => {
                    return Ok(HashMap::new());
                }
                Cause::Exists | Cause::Other => return Err(fault.error),
            },
        };
        let mut answers = HashMap::new();
        for (id, fault) in batch.failures {
            let name = SecretName::new(id);
            answers.insert(name.clone(), without_value(fault, &name));
        }
        for value in batch.values {
            answers.insert(SecretName::new(&value.name), Ok(Some(stored(value))));
        }
        Ok(answers)
    }

    async fn read_alone(&self, wanted: &Read) -> Result<Option<Stored>> {
        let Read { name, version } = wanted;
        match self.client.get(name, version.as_ref()).await {
            Ok(value) if value.name == name.as_str() => Ok(Some(stored(value))),
            // A name like the end of an ARN is resolved as one, and another secret answers.
            Ok(_) => Ok(None),
            // A version that was removed is absent, even if the secret has others.
            Err(fault) if version.is_some() && matches!(fault.cause, Cause::Absent | Cause::NoValue) => {
                Ok(None)
            }
            // Not every server distinguishes a missing value from a missing secret.
            Err(fault) if fault.cause == Cause::Absent => self.describe_absent(name).await,
            Err(fault) => without_value(fault, name),
        }
    }

    /// Finds out why a name has no value: the secret is absent, deleted or empty.
    async fn describe_absent(&self, name: &SecretName) -> Result<Option<Stored>> {
        match self.client.describe(name).await {
            Ok(found) => match (found.deleted, found.current) {
                (Some(deletion), version) => {
                    let until = Some(deletion.until(SystemTime::now().into()));
                    Ok(Some(Stored::hidden(State::Deleted { until }, version)))
                }
                (None, None) => Ok(Some(Stored::hidden(State::NoValue, None))),
                (None, Some(_)) => {
                    let message =
                        format!("the secret in {} was created while it was read", self.client.place());
                    Err(Error::new(ErrorKind::Unavailable, Operation::Read, message).with_name(name))
                }
            },
            Err(fault) if matches!(fault.cause, Cause::Absent | Cause::Denied | Cause::UnknownCall) => {
                Ok(None)
            }
            Err(fault) => Err(fault.about(name)),
        }
    }
}

#[async_trait]
impl SecretStore for AwsSecretsManager {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    fn check(&self, name: &SecretName, payload: &Payload) -> Result<(), Rejection> {
        RULES.check(name, payload)
    }

    fn supported_metadata(
        &self,
        _name: &SecretName,
        metadata: &Metadata,
        there: Option<&Metadata>,
    ) -> SupportedMetadata {
        rules(&self.writer.tags).supported(metadata, there)
    }

    async fn list_page(&self, prefix: &NamePrefix, cursor: Option<&Cursor>) -> Result<Page> {
        let prefix = prefix.as_str();
        if !can_start_name(prefix) {
            return Ok(Page { headers: Vec::new(), next: None });
        }
        // A leading `!` in a filter means "not".
        let asked = if prefix.starts_with('!') { "" } else { prefix };
        let listed =
            self.client.list(asked, cursor.map(Cursor::as_str)).await.map_err(|fault| fault.error)?;
        // Some servers ignore case.
        let headers = listed.entries.into_iter().filter(|entry| entry.name.starts_with(prefix)).map(header);
        Ok(Page { headers: headers.collect(), next: listed.next.map(Cursor::new) })
    }

    async fn read_batch(&self, wanted: &[Read]) -> Result<Vec<Result<Option<Stored>>>> {
        let names: BTreeSet<_> = wanted.iter().map(|read| &read.name).collect();
        // For one name a batch saves no call, and a single read needs fewer permissions.
        let together = names.len() > 1 && !self.batches_denied.load(Ordering::Relaxed);
        let answers = if together { self.read_together(&names).await? } else { HashMap::new() };
        let outcomes = wanted.iter().map(|read| match answers.get(&read.name) {
            Some(answer) if is_wanted(answer, read) => futures::future::ready(answer.clone()).boxed(),
            _ => self.read_alone(read).boxed(),
        });
        let outcomes: Vec<_> = outcomes.collect();
        Ok(stream::iter(outcomes).buffered(SINGLES).collect().await)
    }

    async fn write_batch(&self, changes: &[Change]) -> Result<Vec<Result<Receipt>>> {
        let mut outcomes = Vec::with_capacity(changes.len());
        for change in changes {
            outcomes.push(match check_change(change, |name, payload| self.check(name, payload)) {
                Ok(()) => self.writer.write(&self.client, change).await,
                Err(error) => Err(error),
            });
        }
        Ok(outcomes)
    }

    async fn look_batch(&self, changes: &[Change]) -> Result<Vec<Option<Look>>> {
        let suited = changes.iter().filter(|change| self.writer.needs_version_only(change));
        let names: BTreeSet<_> = suited.map(|change| &change.name).collect();
        let together = names.len() > 1 && !self.batches_denied.load(Ordering::Relaxed);
        let answers = if together { self.read_together(&names).await? } else { HashMap::new() };
        let version = |change: &Change| match answers.get(&change.name) {
            Some(Ok(Some(stored))) => stored.version.clone(),
            _ => None,
        };
        Ok(changes.iter().map(|change| version(change).map(Look::new)).collect())
    }

    fn policies(&self, request: &PolicyRequest) -> Vec<Policy> {
        policies(request, &self.owner, &self.writer)
    }
}

/// Whether a batch, which returns the current version, answers `read`. After a write the current version is the one asked for.
fn is_wanted(answer: &Result<Option<Stored>>, read: &Read) -> bool {
    read.version.is_none() || matches!(answer, Ok(Some(stored)) if stored.version == read.version)
}

fn header(entry: Entry) -> Header {
    let state = match entry.deleted {
        Some(deletion) => State::Deleted { until: Some(deletion.until(SystemTime::now().into())) },
        None => State::Live,
    };
    Header {
        state,
        owner: entry.owner,
        metadata: entry.metadata.boxed(),
        // No version: `SecretVersionsToStages` has one, but a listing may lag by five minutes, a read does not.
        ..Header::live(SecretName::new(entry.name))
    }
}

fn stored(value: Value) -> Stored {
    match value.content {
        ValueContent::Text(text) => Stored::payload(Payload::Text(text), value.version),
        ValueContent::Binary => Stored::hidden(State::Binary, value.version),
        ValueContent::Nothing => Stored::hidden(State::NoValue, value.version),
    }
}

/// A read without a value: a state of the secret, or an error.
fn without_value(fault: Fault, name: &SecretName) -> Result<Option<Stored>> {
    match fault.cause {
        Cause::Absent => Ok(None),
        Cause::NoValue => Ok(Some(Stored::hidden(State::NoValue, None))),
        Cause::Deleted => Ok(Some(Stored::hidden(State::Deleted { until: None }, None))),
        Cause::Exists | Cause::Denied | Cause::Key | Cause::Rejected | Cause::UnknownCall | Cause::Other => {
            Err(fault.about(name))
        }
    }
}
