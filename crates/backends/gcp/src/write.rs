//! The store: writing.
//!
//! The service has neither idempotency tokens nor conditional writes of versions, but two guarantees are enough: only one
//! create of a name succeeds, and a version that is read by its number is visible at once. So a create makes a container
//! that is marked with the change's token, and then adds version 1. A secret is still in version N if there is no version
//! N + 1. Labels and annotations belong to the container: a create sets them with it, and a replace sets them before it
//! adds the version.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use airbridge_core::{
    Action, Change, Error, ErrorKind, Metadata, Receipt, Result, SecretName, SecretText, Version,
};
use uuid::Uuid;

use crate::check::RULES;
use crate::client::{Client, Container};
use crate::error::Cause;

/// Executes changes.
#[derive(Debug)]
pub(crate) struct Writer {
    /// If a container without a version is older than this, the run that created it has ended: the two requests of a create
    /// cannot take longer.
    abandoned_after: Duration,
    /// The tokens of creates that made their container and were throttled before its version. Their retries add the version
    /// at once, without the three further requests that would find out whose container it is.
    begun: Mutex<HashSet<Uuid>>,
}

impl Writer {
    /// A writer for requests that take at most `timeout`.
    pub(crate) fn new(timeout: Duration) -> Self {
        Self { abandoned_after: timeout * 3, begun: Mutex::default() }
    }

    /// Executes one change.
    pub(crate) async fn write(&self, client: &Client, change: &Change) -> Result<Receipt> {
        let Change { name, action, .. } = change;
        // Any other name would form the address of something else.
        if !RULES.is_name(name.as_str()) {
            if matches!(action, Action::Delete { .. }) {
                return Ok(Receipt { version: None });
            }
            let message = "the name is not valid in Google Secret Manager";
            return Err(Error::write(ErrorKind::InvalidName, message, name));
        }
        match action {
            Action::Create(payload) => self.create(client, change, RULES.text(payload, name)?).await,
            Action::Replace { payload, expect } => {
                replace(client, name, RULES.text(payload, name)?, expect.as_ref(), change.metadata()).await
            }
            Action::Delete { expect } => delete(client, name, expect.as_ref()).await,
            _ => Err(Error::write(
                ErrorKind::Unsupported,
                "Google Secret Manager does not support this change",
                name,
            )),
        }
    }

    async fn create(&self, client: &Client, change: &Change, text: &SecretText) -> Result<Receipt> {
        let (Change { name, token, .. }, metadata) = (change, change.metadata());
        if self.begun().remove(token) {
            return self.add_first(client, change, text).await;
        }
        match client.create(name, *token, metadata).await {
            Ok(()) => self.add_first(client, change, text).await,
            Err(fault) if fault.cause == Cause::Exists => self.complete(client, change, text).await,
            Err(fault) => Err(fault.about(name)),
        }
    }

    /// Continues a create whose name already exists: from an earlier attempt of the same change, from an interrupted run of
    /// airbridge, or from another client.
    async fn complete(&self, client: &Client, change: &Change, text: &SecretText) -> Result<Receipt> {
        let Change { name, token, .. } = change;
        let exists = || {
            Error::write(
                ErrorKind::AlreadyExists,
                format!("the name already exists in {}", client.place()),
                name,
            )
        };
        let container = match client.container(name).await {
            Ok(container) => container,
            Err(fault) if fault.cause == Cause::Denied => return Err(exists()),
            // Reads lag behind creates, so this will pass.
            Err(fault) if fault.cause == Cause::Absent => {
                let message = format!(
                    "the name already exists in {}, but the secret is not visible yet",
                    client.place()
                );
                return Err(Error::write(ErrorKind::Unavailable, message, name));
            }
            Err(fault) => return Err(fault.about(name)),
        };
        let ours = match container.marker() {
            Some(marker) => marker == token.to_string(),
            None => return Err(exists()),
        };
        let first = Version::new("1");
        match client.access(name, Some(&first)).await {
            // An earlier attempt succeeded, and its response was lost.
            Ok(found) if ours && found.text.as_ref() == Some(text) => {
                return Ok(Receipt { version: Some(first) });
            }
            Ok(_) => return Err(exists()),
            Err(fault) if matches!(fault.cause, Cause::State(_)) => return Err(exists()),
            Err(fault) if fault.cause == Cause::Absent => {}
            Err(fault) => return Err(fault.about(name)),
        }
        if !ours {
            self.take_over(client, change, container).await?;
        }
        self.add_first(client, change, text).await
    }

    /// Adds version 1 to a container.
    async fn add_first(&self, client: &Client, change: &Change, text: &SecretText) -> Result<Receipt> {
        let added = add(client, &change.name, text).await;
        // After any other failure, the version may exist.
        if added.as_ref().is_err_and(|error| error.kind() == ErrorKind::RateLimited) {
            self.begun().insert(change.token);
        }
        added
    }

    fn begun(&self) -> MutexGuard<'_, HashSet<Uuid>> {
        // A panic while the lock is held cannot leave the set inconsistent.
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Marks the empty container of another run with the token of `change`, unless that run may still be active.
    async fn take_over(&self, client: &Client, change: &Change, container: Container) -> Result<()> {
        let (Change { name, token, .. }, metadata) = (change, change.metadata());
        let age = container.created().and_then(|created| SystemTime::now().duration_since(created).ok());
        if age.is_none_or(|age| age < self.abandoned_after) {
            let message = format!(
                "another run of airbridge is creating the secret in {}, or was interrupted just now",
                client.place()
            );
            let seconds = self.abandoned_after.as_secs();
            return Err(Error::write(ErrorKind::AlreadyExists, message, name).with_hint(format!(
                "run the same command again after {seconds} seconds: if no other run is active, it completes the secret"
            )));
        }
        match client.write_metadata(name, container, metadata, Some(*token)).await {
            Ok(()) => Ok(()),
            Err(fault) if matches!(fault.cause, Cause::State(_) | Cause::Changed | Cause::Absent) => {
                let message =
                    format!("another run of airbridge is completing the secret in {}", client.place());
                Err(Error::write(ErrorKind::AlreadyExists, message, name))
            }
            Err(fault) => Err(fault.about(name)),
        }
    }
}

async fn add(client: &Client, name: &SecretName, text: &SecretText) -> Result<Receipt> {
    match client.add(name, text).await {
        Ok(version) => Ok(Receipt { version: Some(version) }),
        Err(fault) => Err(fault.about(name)),
    }
}

async fn replace(
    client: &Client,
    name: &SecretName,
    text: &SecretText,
    expect: Option<&Version>,
    metadata: &Metadata,
) -> Result<Receipt> {
    let next = expected(client, name, expect).await?;
    if !metadata.is_empty() {
        let container = client.container(name).await.map_err(|fault| fault.about(name))?;
        client.write_metadata(name, container, metadata, None).await.map_err(|fault| fault.about(name))?;
    }
    let receipt = add(client, name, text).await?;
    if next.is_some() && receipt.version != next {
        let version = receipt.version.map(|version| version.to_string()).unwrap_or_default();
        let message = format!(
            "another client changed the secret in {} during the write; both values exist",
            client.place()
        );
        let hint = format!("compare version {version}, which airbridge wrote, with the version before it");
        return Err(Error::write(ErrorKind::VersionMismatch, message, name).with_hint(hint));
    }
    Ok(receipt)
}

async fn delete(client: &Client, name: &SecretName, expect: Option<&Version>) -> Result<Receipt> {
    expected(client, name, expect).await?;
    match client.delete(name).await {
        Ok(()) => Ok(Receipt { version: None }),
        Err(fault) if fault.cause == Cause::Absent => Ok(Receipt { version: None }),
        Err(fault) => Err(fault.about(name)),
    }
}

/// Checks that the secret is still in version `expect`, and returns the number of the next version.
///
/// The alias `latest` lags, but reading a version by its number does not. So the next version is requested, and must not
/// exist.
async fn expected(client: &Client, name: &SecretName, expect: Option<&Version>) -> Result<Option<Version>> {
    let Some(expect) = expect else { return Ok(None) };
    let changed = || {
        let message = format!("the secret was changed in {} after airbridge read it", client.place());
        Err(Error::write(ErrorKind::VersionMismatch, message, name))
    };
    let Some(next) = expect.as_str().parse::<u64>().ok().and_then(|number| number.checked_add(1)) else {
        return changed();
    };
    let next = Version::new(next.to_string());
    match client.access(name, Some(&next)).await {
        Ok(_) => changed(),
        Err(fault) => match fault.cause {
            Cause::Absent => Ok(Some(next)),
            Cause::State(_) => changed(),
            _ => Err(fault.about(name)),
        },
    }
}
