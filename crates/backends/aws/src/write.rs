//! Secrets Manager as a store: writing.
//!
//! The service applies a change once per token, and the token becomes the version. After a lost answer, a version equal
//! to the token shows that the change was made, and repeating it is safe. Metadata is written before the new value, and
//! only where it differs, so repeating that is safe too.

use std::collections::BTreeMap;
use std::time::SystemTime;

use airbridge_core::{
    Action, Change, Error, ErrorKind, Metadata, Receipt, Result, SecretName, SecretText, Version,
};
use uuid::Uuid;

use crate::check::RULES;
use crate::client::{Client, Described, SecretOptions};
use crate::error::{Cause, Fault};

/// The options of this endpoint for writing.
#[derive(Debug)]
pub(crate) struct Writer {
    /// The KMS key for new and replaced secrets.
    pub(crate) key: Option<String>,
    /// Tags for new secrets.
    pub(crate) tags: BTreeMap<String, String>,
    /// Regions to replicate new secrets to.
    pub(crate) replicas: Vec<String>,
}

impl Writer {
    /// Makes one change.
    pub(crate) async fn write(&self, client: &Client, change: &Change) -> Result<Receipt> {
        let (Change { name, action, token, .. }, metadata) = (change, change.metadata());
        match action {
            Action::Create(payload) => {
                let own = Metadata { description: None, tags: self.tags.clone() };
                let metadata = &own.over(metadata);
                let options = SecretOptions { metadata, key: self.key.as_deref(), replicas: &self.replicas };
                create(client, name, RULES.text(payload, name)?, *token, options).await
            }
            Action::Replace { payload, expect } => {
                let text = RULES.text(payload, name)?;
                if let Some(look) = change.look.as_ref().filter(|_| self.needs_version_only(change)) {
                    let done = expected(client, name, Some(&look.version), expect.as_ref(), Some(*token))?;
                    if let Some(done) = done {
                        return Ok(done);
                    }
                } else if expect.is_some() || !metadata.is_empty() || self.key.is_some() {
                    let found = look(client, name).await?;
                    if let Some(done) =
                        expected(client, name, found.current.as_ref(), expect.as_ref(), Some(*token))?
                    {
                        return Ok(done);
                    }
                    self.write_metadata(client, name, &found, metadata).await?;
                }
                replace(client, name, text, *token).await
            }
            Action::Delete { expect } => delete(client, name, expect.as_ref()).await,
            Action::Restore { payload } => {
                let text = payload.as_ref().map(|payload| RULES.text(payload, name)).transpose()?;
                self.restore(client, change, text).await
            }
            _ => Err(Error::write(
                ErrorKind::Unsupported,
                "AWS Secrets Manager does not support this change",
                name,
            )),
        }
    }

    /// Takes a deleted secret back, and then writes its metadata and value. The value is written last.
    async fn restore(&self, client: &Client, change: &Change, text: Option<&SecretText>) -> Result<Receipt> {
        let Change { name, token, .. } = change;
        let mut found = client.describe(name).await.map_err(|fault| fault.about(name))?;
        if found.deleted.is_some() {
            client.restore(name).await.map_err(|fault| fault.about(name))?;
            found = Described { deleted: None, ..found };
        }
        let Some(text) = text else { return Ok(Receipt { version: found.current }) };
        self.write_metadata(client, name, &found, change.metadata()).await?;
        replace(client, name, text, *token).await
    }

    /// Whether a replace needs to know the version of the secret and nothing else.
    pub(crate) fn needs_version_only(&self, change: &Change) -> bool {
        let replaces_version = matches!(&change.action, Action::Replace { expect: Some(_), .. });
        replaces_version && change.metadata().is_empty() && self.key.is_none()
    }

    /// Writes the description, key and tags that the secret does not have yet.
    async fn write_metadata(
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

/// One call, unless the name already exists.
async fn create(
    client: &Client,
    name: &SecretName,
    text: &SecretText,
    token: Uuid,
    options: SecretOptions<'_>,
) -> Result<Receipt> {
    let fault = match client.create(name, text, token, options).await {
        Ok(version) => return Ok(Receipt { version: Some(version) }),
        Err(fault) if matches!(fault.cause, Cause::Exists | Cause::Deleted) => fault,
        Err(fault) => return Err(fault.about(name)),
    };
    // The name may belong to a deleted secret, to an earlier attempt at this change, or to another secret.
    match client.describe(name).await {
        Ok(found) if found.deleted.is_some() => Err(reserved(client, name, Some(&found))),
        Ok(found) if found.versions.contains(&own(token)) => Ok(Receipt { version: Some(own(token)) }),
        Ok(_) => Err(Error::write(
            ErrorKind::AlreadyExists,
            format!("the name already exists in {}", client.place()),
            name,
        )),
        Err(passing) if passing.cause == Cause::Other => Err(passing.about(name)),
        Err(_) if fault.cause == Cause::Deleted => Err(reserved(client, name, None)),
        Err(_) => Err(fault.about(name)),
    }
}

async fn replace(client: &Client, name: &SecretName, text: &SecretText, token: Uuid) -> Result<Receipt> {
    match client.put(name, text, token).await {
        Ok(version) => Ok(Receipt { version: Some(version) }),
        Err(fault) => Err(failed(client, fault, name).await),
    }
}

async fn delete(client: &Client, name: &SecretName, expect: Option<&Version>) -> Result<Receipt> {
    if expect.is_some() {
        match look(client, name).await {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NameReserved) => {
                return Ok(Receipt { version: None });
            }
            found => expected(client, name, found?.current.as_ref(), expect, None)?,
        };
    }
    match client.delete(name).await {
        Ok(()) => Ok(Receipt { version: None }),
        // It does not exist or is scheduled for deletion: nothing to do.
        Err(fault) if matches!(fault.cause, Cause::Absent | Cause::NoValue | Cause::Deleted) => {
            Ok(Receipt { version: None })
        }
        Err(fault) => Err(fault.about(name)),
    }
}

/// The secret as it is now; an error if it is deleted.
async fn look(client: &Client, name: &SecretName) -> Result<Described> {
    match client.describe(name).await {
        Ok(found) if found.deleted.is_some() => Err(reserved(client, name, Some(&found))),
        Ok(found) => Ok(found),
        Err(fault) => Err(fault.about(name)),
    }
}

/// Checks that the secret is in the expected version, which the service does not do. `Some` if an earlier attempt, whose
/// answer was lost, has made the change already.
fn expected(
    client: &Client,
    name: &SecretName,
    current: Option<&Version>,
    expect: Option<&Version>,
    token: Option<Uuid>,
) -> Result<Option<Receipt>> {
    let own = token.map(own);
    match expect {
        _ if own.is_some() && current == own.as_ref() => Ok(Some(Receipt { version: own })),
        Some(expect) if current == Some(expect) => Ok(None),
        None => Ok(None),
        _ => Err(Error::write(
            ErrorKind::VersionMismatch,
            format!("the secret in {} was changed after it was read", client.place()),
            name,
        )),
    }
}

/// The error for a value that could not be written.
async fn failed(client: &Client, fault: Fault, name: &SecretName) -> Error {
    match fault.cause {
        Cause::Deleted => reserved(client, name, client.describe(name).await.ok().as_ref()),
        Cause::Exists => Error::write(
            ErrorKind::Unexpected,
            format!("{} has already used this token for another value", client.place()),
            name,
        ),
        _ => fault.about(name),
    }
}

/// The error for a name that a deleted secret reserves; `found` shows for how long.
fn reserved(client: &Client, name: &SecretName, found: Option<&Described>) -> Error {
    let now = SystemTime::now().into();
    let place = client.place();
    let deletion = found.and_then(|found| found.deleted);
    let duration = match deletion.map(|deletion| (deletion.days_left(now), deletion.until(now))) {
        Some((Some(days), day)) => format!("for {days} more days, until {day}"),
        Some((None, day)) => format!("until {day}"),
        None => "for up to 30 days".to_owned(),
    };
    Error::write(
        ErrorKind::NameReserved,
        format!("a deleted secret reserves the name in {place} {duration}"),
        name,
    )
    .with_hint(format!("restore it with `aws secretsmanager restore-secret --secret-id {name}`, or wait"))
}

/// The version that a change with this token creates.
fn own(token: Uuid) -> Version {
    Version::new(token.to_string())
}
