//! Parameter Store as a store: listing and reading.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use airbridge_backend_aws_common::sign_in;
use airbridge_core::{
    Change, Cursor, Descriptor, Error, ErrorKind, Header, Metadata, NamePrefix, Operation, Page, Payload,
    Read, Receipt, Rejection, Result, SecretName, SecretStore, State, Stored, SupportedMetadata, Version,
};
use async_trait::async_trait;
use futures::{FutureExt, StreamExt, TryStreamExt, stream};

use crate::check::{Rules, can_start_name, metadata};
use crate::client::{Client, Listed, Parameter};
use crate::descriptor::descriptor;
use crate::error::{Cause, SERVICE};
use crate::settings::Settings;
use crate::write::Writer;

/// Reads one name at a time, so many at once, where a batch could not answer.
const SINGLES: usize = 5;

/// What a cursor starts with when its page is to come without decryption.
const ENCRYPTED: &str = "encrypted:";

/// What it starts with otherwise.
const DECRYPTED: &str = "decrypted:";

/// Signs in and opens the store.
///
/// # Errors
/// `Config` for settings that cannot work, `Unauthenticated` where credentials are missing or refused. Only credentials
/// that come over the network are asked for there; the service itself is not called.
pub async fn open(settings: Settings) -> Result<Arc<dyn SecretStore>> {
    // On the heap: the SDK's chain of credentials is a large future.
    metadata(&settings.tags).check_own("tags")?;
    let signed_in = Box::pin(sign_in(&settings.sign_in, &SERVICE)).await?;
    Ok(Arc::new(AwsParameterStore {
        descriptor: descriptor(signed_in.place.clone(), settings.metadata),
        described: settings.metadata,
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
    /// Whether listings bring what is said of parameters.
    described: bool,
}

/// What was found under each name of a batch.
type Answers = HashMap<SecretName, Option<Stored>>;

impl AwsParameterStore {
    /// One page. One parameter that may not be decrypted fails the page it is on: then the page comes without values,
    /// and so do those after it. Each is read on its own later, and fails or does not.
    async fn page(&self, path: &str, token: Option<&str>, decrypt: bool) -> Result<(Listed, bool)> {
        let fault = match self.client.by_path(path, token, decrypt).await {
            Ok(page) => return Ok((page, decrypt)),
            Err(fault) if decrypt && matches!(fault.cause, Cause::Denied | Cause::Key) => fault,
            Err(fault) => return Err(fault.error),
        };
        match self.client.by_path(path, token, false).await {
            Ok(page) => Ok((page, false)),
            // Too often, not now: the page will be asked for again.
            Err(passing) if passing.cause == Cause::Other => Err(passing.error),
            Err(_) => Err(fault.error),
        }
    }

    /// What one batch answers. It is empty where one name fails the batch it is in; names that have no answer are left
    /// to single reads.
    async fn read_together(&self, wanted: &BTreeMap<&SecretName, Option<&Version>>) -> Result<Answers> {
        let selectors = wanted.iter().map(|(name, version)| selector(name, *version)).collect();
        let batch = match self.client.get(selectors, true).await {
            Ok(batch) => batch,
            Err(fault) => match fault.cause {
                Cause::Denied | Cause::Key | Cause::Refused | Cause::Absent => return Ok(Answers::new()),
                _ => return Err(fault.error),
            },
        };
        let absent =
            wanted.iter().filter(|(name, version)| batch.absent.contains(&selector(name, **version)));
        let mut answers: Answers = absent.map(|(name, _)| ((*name).clone(), None)).collect();
        for found in batch.parameters {
            // An answer in another version than the one asked for answers nobody's question.
            if wanted
                .get(&found.name)
                .is_some_and(|version| version.is_none_or(|asked| *asked == found.version))
            {
                answers.insert(found.name.clone(), Some(stored(found)));
            }
        }
        Ok(answers)
    }

    /// What is said of the parameters on a page.
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
            header.metadata = Metadata { description: descriptions.remove(&header.name), tags };
        }
        Ok(())
    }

    async fn tags(&self, name: &SecretName) -> Result<BTreeMap<String, String>> {
        match self.client.tags(name).await {
            Ok(tags) => Ok(tags),
            // It went since it was listed.
            Err(fault) if fault.cause == Cause::Absent => Ok(BTreeMap::new()),
            Err(fault) => Err(fault.error),
        }
    }

    async fn read_alone(&self, read: &Read) -> Result<Option<Stored>> {
        let Read { name, version } = read;
        if !may_be_there(name) {
            return Ok(None);
        }
        let batch = match self.client.get(vec![selector(name, version.as_ref())], true).await {
            Ok(batch) => batch,
            Err(fault) if fault.cause == Cause::Absent => return Ok(None),
            Err(fault) => return Err(fault.about(name)),
        };
        if batch.parameters.is_empty() && batch.absent.is_empty() {
            let message = format!("{} was asked for one parameter and did not answer", self.client.place());
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
            .filter(|found| found.name.as_str().starts_with(prefix) && may_be_there(&found.name));
        let mut headers: Vec<_> = fits.map(header).collect();
        if self.described {
            self.describe(&mut headers).await?;
        }
        Ok(Page { headers, next: page.next.map(|token| Cursor::new(format!("{mode}{token}"))) })
    }

    async fn read_batch(&self, wanted: &[Read]) -> Result<Vec<Result<Option<Stored>>>> {
        // Each name once: the service does not say which of two versions of one it would answer.
        let mut together = BTreeMap::new();
        for read in wanted.iter().filter(|read| may_be_there(&read.name)) {
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
            outcomes.push(self.writer.write(&self.client, change).await);
        }
        Ok(outcomes)
    }
}

/// Whether a parameter can have this name and Airflow could ask for it. What has a `:` in it would lead to a version of
/// another parameter.
fn may_be_there(name: &SecretName) -> bool {
    !name.as_str().is_empty() && can_start_name(name.as_str())
}

/// The path with every name that starts with `prefix` below it: all but what follows the last slash.
fn path(prefix: &str) -> &str {
    match prefix.rsplit_once('/') {
        Some((path, _)) if !path.is_empty() => path,
        _ => "/",
    }
}

/// How a version of a parameter is asked for.
fn selector(name: &SecretName, version: Option<&Version>) -> String {
    match version {
        Some(version) => format!("{name}:{version}"),
        None => name.to_string(),
    }
}

fn header(parameter: Parameter) -> Header {
    let name = parameter.name.clone();
    // Without a value it is one that was not decrypted; a read will tell.
    let stored = parameter.value.is_some().then(|| stored(parameter));
    Header { stored, ..Header::live(name) }
}

fn stored(parameter: Parameter) -> Stored {
    match parameter.value {
        Some(value) => Stored::payload(Payload::Text(value), Some(parameter.version)),
        None => Stored::hidden(State::NoValue, Some(parameter.version)),
    }
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn a_path_has_all_that_starts_with_the_prefix_below_it() {
        assert_eq!(path("/airflow/connections/"), "/airflow/connections");
        assert_eq!(path("/airflow/conn"), "/airflow");
        for everywhere in ["", "/", "/airflow"] {
            assert_eq!(path(everywhere), "/", "{everywhere}");
        }
    }
}
