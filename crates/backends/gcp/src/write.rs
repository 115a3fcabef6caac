//! Secret Manager as a store: writing.
//!
//! The service knows no tokens and compares no versions, but it keeps two promises that are enough: one create of a name
//! succeeds, and a version read by its number is there at once. So a new secret is a container marked with the change's
//! token, then version 1 in it; and a secret is in version N as long as there is no N + 1. Labels and annotations are the
//! container's: a new one is made with them, and one that is there gets them before its new version.

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

/// Carries out changes.
#[derive(Debug)]
pub(crate) struct Writer {
    /// A container without value that is older than this was left by a run that is over: between the two calls of a
    /// create lies at most the time that they may take.
    abandoned_after: Duration,
    /// The tokens of creates that made their container and were throttled before its version. They go on there, without
    /// asking whose container it is, which would be three calls more of an account that has too many.
    begun: Mutex<HashSet<Uuid>>,
}

impl Writer {
    /// For calls that take at most `timeout`.
    pub(crate) fn new(timeout: Duration) -> Self {
        Self { abandoned_after: timeout * 3, begun: Mutex::default() }
    }

    /// Carries out one change.
    pub(crate) async fn write(&self, client: &Client, change: &Change) -> Result<Receipt> {
        let Change { name, action, .. } = change;
        match action {
            Action::Create(payload) => self.create(client, change, RULES.text(payload, name)?).await,
            Action::Replace { payload, expect } => {
                replace(client, name, RULES.text(payload, name)?, expect.as_ref(), &change.metadata).await
            }
            Action::Delete { expect } => delete(client, name, expect.as_ref()).await,
            _ => {
                Err(Error::write(ErrorKind::Unsupported, "Google Secret Manager knows no such change", name))
            }
        }
    }

    async fn create(&self, client: &Client, change: &Change, text: &SecretText) -> Result<Receipt> {
        let Change { name, token, metadata, .. } = change;
        if self.begun().remove(token) {
            return self.add_first(client, change, text).await;
        }
        match client.create(name, *token, metadata).await {
            Ok(()) => self.add_first(client, change, text).await,
            Err(fault) if fault.cause == Cause::Exists => self.complete(client, change, text).await,
            Err(fault) => Err(fault.about(name)),
        }
    }

    /// The name is taken: by an earlier try of this very change, by what an interrupted run of airbridge left, or by
    /// another.
    async fn complete(&self, client: &Client, change: &Change, text: &SecretText) -> Result<Receipt> {
        let Change { name, token, .. } = change;
        let exists = || {
            Error::write(ErrorKind::AlreadyExists, format!("the name is taken in {}", client.place()), name)
        };
        let container = match client.container(name).await {
            Ok(container) => container,
            Err(fault) if fault.cause == Cause::Denied => return Err(exists()),
            // Looking lags behind making, so this passes.
            Err(fault) if fault.cause == Cause::Absent => {
                let message =
                    format!("the name is taken in {}, and what took it is not shown yet", client.place());
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
            // An earlier try got through, and only its answer was lost.
            Ok(found) if ours && found.text.as_ref() == Some(text) => {
                return Ok(Receipt { version: Some(first) });
            }
            Ok(_) => return Err(exists()),
            Err(fault) if fault.cause == Cause::State => return Err(exists()),
            Err(fault) if fault.cause == Cause::Absent => {}
            Err(fault) => return Err(fault.about(name)),
        }
        if !ours {
            self.take_over(client, change, container).await?;
        }
        self.add_first(client, change, text).await
    }

    /// Adds the version that makes a container a secret.
    async fn add_first(&self, client: &Client, change: &Change, text: &SecretText) -> Result<Receipt> {
        let added = add(client, &change.name, text).await;
        // Of any other failure it is not certain that nothing happened.
        if added.as_ref().is_err_and(|error| error.kind() == ErrorKind::RateLimited) {
            self.begun().insert(change.token);
        }
        added
    }

    fn begun(&self) -> MutexGuard<'_, HashSet<Uuid>> {
        // A set of tokens is whole whatever its holder did.
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes another run's empty container ours, unless that run may still be at it.
    async fn take_over(&self, client: &Client, change: &Change, container: Container) -> Result<()> {
        let Change { name, token, metadata, .. } = change;
        let age = container.created().and_then(|created| SystemTime::now().duration_since(created).ok());
        if age.is_none_or(|age| age < self.abandoned_after) {
            let message = format!(
                "another run of airbridge is making it in {}, or was just interrupted",
                client.place()
            );
            let seconds = self.abandoned_after.as_secs();
            return Err(Error::write(ErrorKind::AlreadyExists, message, name).with_hint(format!(
                "if no other run is under way, run the same command again after {seconds} seconds: it completes the secret"
            )));
        }
        match client.say(name, container, metadata, Some(*token)).await {
            Ok(()) => Ok(()),
            Err(fault) if matches!(fault.cause, Cause::State | Cause::Changed | Cause::Absent) => {
                let message = format!("another run of airbridge is completing it in {}", client.place());
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
        client.say(name, container, metadata, None).await.map_err(|fault| fault.about(name))?;
    }
    let receipt = add(client, name, text).await?;
    if next.is_some() && receipt.version != next {
        let version = receipt.version.map(|version| version.to_string()).unwrap_or_default();
        let message =
            format!("it was changed in {} while it was written; both values are kept", client.place());
        let hint = format!("version {version} is this write's, and the one before is the other's");
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

/// Looks whether the secret is in the version that it must have, and gives the number of the next.
///
/// `latest` may lag behind; whether there is a version of a number may not. So the next one is asked for.
async fn expected(client: &Client, name: &SecretName, expect: Option<&Version>) -> Result<Option<Version>> {
    let Some(expect) = expect else { return Ok(None) };
    let changed = || {
        let message = format!("it was changed in {} after it was read", client.place());
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
            Cause::State => changed(),
            _ => Err(fault.about(name)),
        },
    }
}
