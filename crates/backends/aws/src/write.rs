//! Secrets Manager as a store: writing.
//!
//! The service makes a change once per token, and the token becomes the version. So an answer that was lost is found
//! by asking whether the token is a version, and a repeat does no harm.

use std::time::SystemTime;

use airbridge_core::{
    Action, Change, Error, ErrorKind, Operation, Payload, Receipt, Result, SecretName, SecretText, Version,
};
use uuid::Uuid;

use crate::client::{Client, Described};
use crate::error::{Cause, Fault};

/// Carries out one change.
pub(crate) async fn write(client: &Client, change: &Change) -> Result<Receipt> {
    let Change { name, action, token, .. } = change;
    match action {
        Action::Create(payload) => create(client, name, text(payload, name)?, *token).await,
        Action::Replace { payload, expect } => {
            let text = text(payload, name)?;
            if let Some(done) = expected(client, name, expect.as_ref(), Some(*token)).await? {
                return Ok(done);
            }
            replace(client, name, text, *token).await
        }
        Action::Delete { expect } => delete(client, name, expect.as_ref()).await,
        _ => Err(new(ErrorKind::Unsupported, "AWS Secrets Manager knows no such change".to_owned(), name)),
    }
}

/// One call, unless the name turns out to be taken.
async fn create(client: &Client, name: &SecretName, text: &SecretText, token: Uuid) -> Result<Receipt> {
    let fault = match client.create(name, text, token).await {
        Ok(version) => return Ok(Receipt { version }),
        Err(fault) if matches!(fault.cause, Cause::Exists | Cause::Deleted) => fault,
        Err(fault) => return Err(fault.about(name)),
    };
    // Taken by whom: by a deleted secret, by an earlier try of this very change, or by another?
    match client.describe(name).await {
        Ok(found) if found.deleted.is_some() => Err(reserved(client, name, Some(&found))),
        Ok(found) if found.versions.contains(&own(token)) => Ok(Receipt { version: Some(own(token)) }),
        Ok(_) => Err(new(ErrorKind::AlreadyExists, format!("the name is taken in {}", client.place()), name)),
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
    match expected(client, name, expect, None).await {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NameReserved) => {
            return Ok(Receipt { version: None });
        }
        other => other?,
    };
    match client.delete(name).await {
        Ok(()) => Ok(Receipt { version: None }),
        // Nothing there, or scheduled for deletion already: what was asked for is so.
        Err(fault) if matches!(fault.cause, Cause::Absent | Cause::NoValue | Cause::Deleted) => {
            Ok(Receipt { version: None })
        }
        Err(fault) => Err(fault.about(name)),
    }
}

/// Looks whether the secret is in the version that it must have; the service itself does not compare. `Some` if the
/// change was carried out already, by a try whose answer was lost.
async fn expected(
    client: &Client,
    name: &SecretName,
    expect: Option<&Version>,
    token: Option<Uuid>,
) -> Result<Option<Receipt>> {
    let Some(expect) = expect else {
        return Ok(None);
    };
    let found = match client.describe(name).await {
        Ok(found) => found,
        Err(fault) => return Err(fault.about(name)),
    };
    if found.deleted.is_some() {
        return Err(reserved(client, name, Some(&found)));
    }
    match (found.current, token.map(own)) {
        (Some(current), Some(own)) if current == own => Ok(Some(Receipt { version: Some(own) })),
        (Some(current), _) if current == *expect => Ok(None),
        _ => Err(new(
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
        Cause::Exists => new(
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
    new(ErrorKind::NameReserved, format!("a deleted secret holds the name in {place}, {held}"), name)
        .with_hint(format!("bring it back (aws secretsmanager restore-secret --secret-id {name}), or wait"))
}

fn text<'a>(payload: &'a Payload, name: &SecretName) -> Result<&'a SecretText> {
    match payload {
        Payload::Text(text) => Ok(text),
        Payload::Fields(_) => Err(new(
            ErrorKind::InvalidPayload,
            "AWS Secrets Manager holds one text per secret, not named fields".to_owned(),
            name,
        )),
    }
}

/// The version that a change with this token makes.
fn own(token: Uuid) -> Version {
    Version::new(token.to_string())
}

fn new(kind: ErrorKind, message: String, name: &SecretName) -> Error {
    Error::new(kind, Operation::Write, message).with_name(name)
}
