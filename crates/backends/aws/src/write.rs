//! Secrets Manager as a store: writing.
//!
//! The service makes a change once per token, and the token becomes the version. So an answer that was lost is found
//! by asking whether the token is a version, and a repeat does no harm. What is said of a secret goes out before its new
//! value, and only where it differs: that may be repeated too.

use std::collections::BTreeMap;
use std::time::SystemTime;

use airbridge_core::{
    Action, Change, Error, ErrorKind, Metadata, Receipt, Result, SecretName, SecretText, Version,
};
use uuid::Uuid;

use crate::check::RULES;
use crate::client::{Beside, Client, Described};
use crate::error::{Cause, Fault};

/// How this endpoint writes.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) key: Option<String>,
    /// For new secrets.
    pub(crate) tags: BTreeMap<String, String>,
    /// For new secrets.
    pub(crate) replicas: Vec<String>,
}

impl Writer {
    /// Carries out one change.
    pub(crate) async fn write(&self, client: &Client, change: &Change) -> Result<Receipt> {
        let Change { name, action, token, metadata, .. } = change;
        match action {
            Action::Create(payload) => {
                let own = Metadata { description: None, tags: self.tags.clone() };
                let metadata = &own.over(metadata);
                let beside = Beside { metadata, key: self.key.as_deref(), replicas: &self.replicas };
                create(client, name, RULES.text(payload, name)?, *token, beside).await
            }
            Action::Replace { payload, expect } => {
                let text = RULES.text(payload, name)?;
                if expect.is_some() || !metadata.is_empty() || self.key.is_some() {
                    let found = look(client, name).await?;
                    if let Some(done) = expected(client, name, &found, expect.as_ref(), Some(*token))? {
                        return Ok(done);
                    }
                    self.say(client, name, &found, metadata).await?;
                }
                replace(client, name, text, *token).await
            }
            Action::Delete { expect } => delete(client, name, expect.as_ref()).await,
            _ => Err(Error::write(ErrorKind::Unsupported, "AWS Secrets Manager knows no such change", name)),
        }
    }

    /// What is to be said of a secret and is not yet; under which key it is to be.
    async fn say(
        &self,
        client: &Client,
        name: &SecretName,
        found: &Described,
        metadata: &Metadata,
    ) -> Result<()> {
        let description = metadata.description.as_deref();
        let description = description.filter(|text| found.metadata.description.as_deref() != Some(*text));
        let key = self.key.as_deref().filter(|key| found.key.as_deref() != Some(*key));
        if description.is_some() || key.is_some() {
            client.update(name, description, key).await.map_err(|fault| fault.about(name))?;
        }
        let mut tags = metadata.tags.clone();
        tags.retain(|key, value| found.metadata.tags.get(key) != Some(value));
        if !tags.is_empty() {
            client.tag(name, &tags).await.map_err(|fault| fault.about(name))?;
        }
        Ok(())
    }
}

/// One call, unless the name turns out to be taken.
async fn create(
    client: &Client,
    name: &SecretName,
    text: &SecretText,
    token: Uuid,
    beside: Beside<'_>,
) -> Result<Receipt> {
    let fault = match client.create(name, text, token, beside).await {
        Ok(version) => return Ok(Receipt { version }),
        Err(fault) if matches!(fault.cause, Cause::Exists | Cause::Deleted) => fault,
        Err(fault) => return Err(fault.about(name)),
    };
    // Taken by whom: by a deleted secret, by an earlier try of this very change, or by another?
    match client.describe(name).await {
        Ok(found) if found.deleted.is_some() => Err(reserved(client, name, Some(&found))),
        Ok(found) if found.versions.contains(&own(token)) => Ok(Receipt { version: Some(own(token)) }),
        Ok(_) => Err(Error::write(
            ErrorKind::AlreadyExists,
            format!("the name is taken in {}", client.place()),
            name,
        )),
        Err(passing) if passing.cause == Cause::Other => Err(passing.about(name)),
        Err(_) if fault.cause == Cause::Deleted => Err(reserved(client, name, None)),
        Err(_) => Err(fault.about(name)),
    }
}

async fn replace(client: &Client, name: &SecretName, text: &SecretText, token: Uuid) -> Result<Receipt> {
    match client.put(name, text, token).await {
        Ok(version) => Ok(Receipt { version }),
        Err(fault) => Err(failed(client, fault, name).await),
    }
}

async fn delete(client: &Client, name: &SecretName, expect: Option<&Version>) -> Result<Receipt> {
    if expect.is_some() {
        match look(client, name).await {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NameReserved) => {
                return Ok(Receipt { version: None });
            }
            found => expected(client, name, &found?, expect, None)?,
        };
    }
    match client.delete(name).await {
        Ok(()) => Ok(Receipt { version: None }),
        // Nothing there, or scheduled for deletion already: what was asked for is so.
        Err(fault) if matches!(fault.cause, Cause::Absent | Cause::NoValue | Cause::Deleted) => {
            Ok(Receipt { version: None })
        }
        Err(fault) => Err(fault.about(name)),
    }
}

/// What is there now, unless it is deleted.
async fn look(client: &Client, name: &SecretName) -> Result<Described> {
    match client.describe(name).await {
        Ok(found) if found.deleted.is_some() => Err(reserved(client, name, Some(&found))),
        Ok(found) => Ok(found),
        Err(fault) => Err(fault.about(name)),
    }
}

/// Whether the secret is in the version that it must have; the service itself does not compare. `Some` if the change was
/// carried out already, by a try whose answer was lost.
fn expected(
    client: &Client,
    name: &SecretName,
    found: &Described,
    expect: Option<&Version>,
    token: Option<Uuid>,
) -> Result<Option<Receipt>> {
    let current = found.current.as_ref();
    let own = token.map(own);
    match expect {
        _ if own.is_some() && current == own.as_ref() => Ok(Some(Receipt { version: own })),
        Some(expect) if current == Some(expect) => Ok(None),
        None => Ok(None),
        _ => Err(Error::write(
            ErrorKind::VersionMismatch,
            format!("it was changed in {} after it was read", client.place()),
            name,
        )),
    }
}

/// Why a value could not be put.
async fn failed(client: &Client, fault: Fault, name: &SecretName) -> Error {
    match fault.cause {
        Cause::Deleted => reserved(client, name, client.describe(name).await.ok().as_ref()),
        Cause::Exists => Error::write(
            ErrorKind::Unexpected,
            format!("{} has made another change under this token", client.place()),
            name,
        ),
        _ => fault.about(name),
    }
}

/// A deleted secret holds the name; `found` says how long.
fn reserved(client: &Client, name: &SecretName, found: Option<&Described>) -> Error {
    let now = SystemTime::now().into();
    let place = client.place();
    let deletion = found.and_then(|found| found.deleted);
    let held = match deletion.map(|deletion| (deletion.days_left(now), deletion.until(now))) {
        Some((Some(days), day)) => format!("for {days} more days, until {day}"),
        Some((None, day)) => format!("until {day}"),
        None => "for up to 30 days".to_owned(),
    };
    Error::write(ErrorKind::NameReserved, format!("a deleted secret holds the name in {place}, {held}"), name)
        .with_hint(format!("bring it back (aws secretsmanager restore-secret --secret-id {name}), or wait"))
}

/// The version that a change with this token makes.
fn own(token: Uuid) -> Version {
    Version::new(token.to_string())
}
