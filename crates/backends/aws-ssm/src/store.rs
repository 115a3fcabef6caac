//! Parameter Store as a store: listing and reading.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use airbridge_backend_aws_common::{Owner, check_change, sign_in};
use airbridge_core::{
    Change, Cursor, Descriptor, Error, ErrorKind, Header, Look, Metadata, NamePrefix, Operation, Page,
    Payload, Policy, PolicyRequest, Read, Receipt, Rejection, Result, SecretName, SecretStore, State, Stored,
    SupportedMetadata, Version,
};
use async_trait::async_trait;
use futures::{FutureExt, StreamExt, TryStreamExt, stream};

use crate::check::{Rules, can_start_name, metadata};
use crate::client::{Client, Listed, Parameter};
use crate::descriptor::descriptor;
use crate::error::{Cause, SERVICE};
use crate::path::path;
use crate::policy::policies;
use crate::settings::Settings;
use crate::write::Writer;

/// The number of concurrent single calls, for names that a batch did not answer and for tags.
const SINGLES: usize = 5;

/// The prefix of a cursor whose page is requested without decryption.
const ENCRYPTED: &str = "encrypted:";

/// The prefix of any other cursor.
const DECRYPTED: &str = "decrypted:";

/// Obtains credentials, asks STS whose they are, and opens the store. The service itself is not called.
///
/// # Errors
/// `Config` for settings that cannot be used, `Unauthenticated` if credentials are missing or rejected.
pub async fn open(settings: Settings) -> Result<Arc<dyn SecretStore>> {
    metadata(&settings.tags).check_own("tags")?;
    // On the heap, because the SDK's chain of credential providers is a large future.
    let signed_in = Box::pin(sign_in(&settings.sign_in, &SERVICE)).await?;
    Ok(Arc::new(AwsParameterStore {
        descriptor: descriptor(signed_in.place.clone(), signed_in.actor.clone(), settings.metadata),
        owner: Owner::new(&signed_in.region, signed_in.account.clone()),
        lists_metadata: settings.metadata,
        rules: Rules::new(&signed_in.region, settings.tier),
        writer: Writer {
            tier: settings.tier,
            key: settings.kms_key_id.filter(|key| !key.is_empty()),
            tags: settings.tags,
        },
        client: Client::new(signed_in),
    }))
}

/// Parameter Store of one account and region.
#[derive(Debug)]
struct AwsParameterStore {
    client: Client,
    descriptor: Descriptor,
    rules: Rules,
    writer: Writer,
    owner: Owner,
    /// Whether listings return descriptions and tags.
    lists_metadata: bool,
}

/// The answers to a batch, by name.
type Answers = HashMap<SecretName, Option<Stored>>;

impl AwsParameterStore {
    /// One page, and whether it has values. A single parameter that may not be decrypted fails its whole page. That page
    /// and those after it are then listed without values, and each parameter is read later.
    async fn page(&self, path: &str, token: Option<&str>, decrypt: bool) -> Result<(Listed, bool)> {
        let fault = match self.client.by_path(path, token, decrypt).await {
            Ok(page) => return Ok((page, decrypt)),
            Err(fault) if decrypt && matches!(fault.cause, Cause::Denied | Cause::Key) => fault,
            Err(fault) => return Err(fault.error),
        };
        match self.client.by_path(path, token, false).await {
            Ok(page) => Ok((page, false)),
            // A passing failure: the page is requested again.
            Err(passing) if passing.cause == Cause::Other => Err(passing.error),
            Err(_) => Err(fault.error),
        }
    }

    /// The answers to one batch, empty if a single name fails the whole batch. Names without an answer are read one by
    /// one.
    async fn read_together(&self, wanted: &BTreeMap<&SecretName, Option<&Version>>) -> Result<Answers> {
        let selectors = wanted.iter().map(|(name, version)| selector(name, *version)).collect();
        let batch = match self.client.get(selectors, true).await {
            Ok(batch) => batch,
            Err(fault) => match fault.cause {
                Cause::Denied | Cause::Key | Cause::Rejected | Cause::Absent => return Ok(Answers::new()),
                _ => return Err(fault.error),
            },
        };
        let absent =
            wanted.iter().filter(|(name, version)| batch.absent.contains(&selector(name, **version)));
        let mut answers: Answers = absent.map(|(name, _)| ((*name).clone(), None)).collect();
        for found in batch.parameters {
            // Ignore an answer in a version other than the requested one.
            if wanted
                .get(&found.name)
                .is_some_and(|version| version.is_none_or(|asked| *asked == found.version))
            {
                answers.insert(found.name.clone(), Some(stored(found)));
            }
        }
        Ok(answers)
    }

    /// Adds the descriptions and tags of the parameters on a page.
    async fn describe(&self, headers: &mut [Header]) -> Result<()> {
        let names: Vec<_> = headers.iter().map(|header| header.name.clone()).collect();
        if names.is_empty() {
            return Ok(());
        }
        let asked: Vec<_> = names.iter().collect();
        let mut descriptions = self.client.descriptions(&asked).await.map_err(|fault| fault.error)?;
        let tags: Vec<_> = names.iter().map(|name| self.tags(name).boxed()).collect();
        let tags: Vec<_> = stream::iter(tags).buffered(SINGLES).try_collect().await?;
        for (header, tags) in headers.iter_mut().zip(tags) {
            header.metadata = Metadata { description: descriptions.remove(&header.name), tags }.boxed();
        }
        Ok(())
    }

    async fn tags(&self, name: &SecretName) -> Result<BTreeMap<String, String>> {
        match self.client.tags(name).await {
            Ok(tags) => Ok(tags),
            // It was deleted after it was listed.
            Err(fault) if fault.cause == Cause::Absent => Ok(BTreeMap::new()),
            Err(fault) => Err(fault.error),
        }
    }

    async fn read_alone(&self, read: &Read) -> Result<Option<Stored>> {
        let Read { name, version } = read;
        if !can_exist(name) {
            return Ok(None);
        }
        let batch = match self.client.get(vec![selector(name, version.as_ref())], true).await {
            Ok(batch) => batch,
            Err(fault) if fault.cause == Cause::Absent => return Ok(None),
            Err(fault) => return Err(fault.about(name)),
        };
        if batch.parameters.is_empty() && batch.absent.is_empty() {
            let message = format!("{} answered a request for one parameter without it", self.client.place());
            return Err(Error::new(ErrorKind::Unexpected, Operation::Read, message).with_name(name));
        }
        let asked_for = |found: &Parameter| {
            found.name == *name && version.as_ref().is_none_or(|asked| *asked == found.version)
        };
        Ok(batch.parameters.into_iter().find(asked_for).map(stored))
    }
}

#[async_trait]
impl SecretStore for AwsParameterStore {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    fn check(&self, name: &SecretName, payload: &Payload) -> Result<(), Rejection> {
        self.rules.check(name, payload)
    }

    fn supported_metadata(
        &self,
        _name: &SecretName,
        wanted: &Metadata,
        there: Option<&Metadata>,
    ) -> SupportedMetadata {
        metadata(&self.writer.tags).supported(wanted, there)
    }

    async fn list_page(&self, prefix: &NamePrefix, cursor: Option<&Cursor>) -> Result<Page> {
        let prefix = prefix.as_str();
        if !can_start_name(prefix) {
            return Ok(Page { headers: Vec::new(), next: None });
        }
        let (token, decrypt) = match cursor.map(Cursor::as_str) {
            None => (None, true),
            Some(cursor) => match cursor.strip_prefix(ENCRYPTED) {
                Some(token) => (Some(token), false),
                None => (Some(cursor.strip_prefix(DECRYPTED).unwrap_or(cursor)), true),
            },
        };
        let (page, decrypted) = self.page(path(prefix), token, decrypt).await?;
        let mode = if decrypted { DECRYPTED } else { ENCRYPTED };
        let fits = page
            .parameters
            .into_iter()
            .filter(|found| found.name.as_str().starts_with(prefix) && can_exist(&found.name));
        let mut headers: Vec<_> = fits.map(header).collect();
        if self.lists_metadata {
            self.describe(&mut headers).await?;
        }
        Ok(Page { headers, next: page.next.map(|token| Cursor::new(format!("{mode}{token}"))) })
    }

    async fn read_batch(&self, wanted: &[Read]) -> Result<Vec<Result<Option<Stored>>>> {
        // Each name once, because the service does not document which of two versions of a parameter it returns.
        let mut together = BTreeMap::new();
        for read in wanted.iter().filter(|read| can_exist(&read.name)) {
            together.entry(&read.name).or_insert(read.version.as_ref());
        }
        let answers = if together.len() > 1 { self.read_together(&together).await? } else { Answers::new() };
        let outcomes = wanted.iter().map(|read| match answers.get(&read.name) {
            Some(answer) if together.get(&read.name) == Some(&read.version.as_ref()) => {
                futures::future::ready(Ok(answer.clone())).boxed()
            }
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
        self.writer.look(&self.client, changes).await
    }

    fn policies(&self, request: &PolicyRequest) -> Vec<Policy> {
        policies(request, &self.owner, &self.writer, self.lists_metadata)
    }
}

/// Whether a parameter can have this name and Airflow can request it. A name with a `:` would select a version of another
/// parameter.
fn can_exist(name: &SecretName) -> bool {
    !name.as_str().is_empty() && can_start_name(name.as_str())
}

/// The selector of a parameter: `NAME` or `NAME:VERSION`.
fn selector(name: &SecretName, version: Option<&Version>) -> String {
    match version {
        Some(version) => format!("{name}:{version}"),
        None => name.to_string(),
    }
}

fn header(parameter: Parameter) -> Header {
    let name = parameter.name.clone();
    let version = Some(parameter.version.clone());
    // Without a value the parameter was not decrypted; a read shows its content.
    let stored = parameter.value.is_some().then(|| stored(parameter));
    Header { version, stored: stored.map(Arc::new), ..Header::live(name) }
}

fn stored(parameter: Parameter) -> Stored {
    match parameter.value {
        Some(value) => Stored::payload(Payload::Text(value), Some(parameter.version)),
        None => Stored::hidden(State::NoValue, Some(parameter.version)),
    }
}
