//! Parameter Store as a store: writing.
//!
//! The service knows no tokens, compares no versions, and makes what is to be replaced if it is not there. So a replace
//! looks first, and what the service answers with tells whether somebody else came in between. New tags of a parameter
//! that is replaced go out before its value: the service does not take both in one call.

use std::collections::BTreeMap;

use airbridge_core::{
    Action, Change, Error, ErrorKind, Metadata, Receipt, Result, SecretName, SecretText, Version,
};

use crate::check::TEXTS;
use crate::client::{Client, Kind, Parameter, Preserved, Put};
use crate::error::{Cause, TYPE_HINT};
use crate::settings::Tier;

/// How this endpoint writes.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) tier: Tier,
    pub(crate) key: Option<String>,
    /// For new parameters.
    pub(crate) tags: BTreeMap<String, String>,
}

impl Writer {
    /// Carries out one change.
    pub(crate) async fn write(&self, client: &Client, change: &Change) -> Result<Receipt> {
        let name = &change.name;
        match &change.action {
            Action::Create(payload) => {
                self.create(client, name, TEXTS.text(payload, name)?, &change.metadata).await
            }
            Action::Replace { payload, expect } => {
                self.replace(client, name, TEXTS.text(payload, name)?, expect.as_ref(), &change.metadata)
                    .await
            }
            Action::Delete { expect } => delete(client, name, expect.as_ref()).await,
            _ => Err(Error::write(ErrorKind::Unsupported, "AWS Parameter Store knows no such change", name)),
        }
    }

    async fn create(
        &self,
        client: &Client,
        name: &SecretName,
        text: &SecretText,
        metadata: &Metadata,
    ) -> Result<Receipt> {
        let own = Metadata { description: None, tags: self.tags.clone() };
        let new = Put::New(own.over(metadata));
        match client.put(name, text, self.tier, self.key.as_deref(), new).await {
            Ok(version) => Ok(Receipt { version: Some(version) }),
            Err(fault) => Err(fault.about(name)),
        }
    }

    async fn replace(
        &self,
        client: &Client,
        name: &SecretName,
        text: &SecretText,
        expect: Option<&Version>,
        metadata: &Metadata,
    ) -> Result<Receipt> {
        let Some(now) = look(client, name).await? else {
            return Err(Error::write(
                ErrorKind::NotFound,
                format!("{} has no parameter of this name", client.place()),
                name,
            ));
        };
        as_expected(client, &now, expect)?;
        if let Kind::Plain(kind) = now.kind {
            let message = format!("the parameter in {} is a {kind}, which is not encrypted", client.place());
            return Err(Error::write(ErrorKind::Unsupported, message, name).with_hint(TYPE_HINT));
        }
        let mut kept = self.kept(client, name).await?;
        kept.description = metadata.description.clone().or(kept.description);
        if !metadata.tags.is_empty() {
            client.tag(name, &metadata.tags).await.map_err(|fault| fault.about(name))?;
        }
        let put = client.put(name, text, self.tier, self.key.as_deref(), Put::Over(kept)).await;
        let version = put.map_err(|fault| fault.about(name))?;
        if version == next(&now.version) {
            return Ok(Receipt { version: Some(version) });
        }
        let message = format!(
            "somebody else changed it in {} at the same moment, and this write came after: {} was read, {version} written",
            client.place(),
            now.version
        );
        let hint = format!("what was overwritten can be seen: aws ssm get-parameter-history --name {name}");
        Err(Error::write(ErrorKind::VersionMismatch, message, name).with_hint(hint))
    }

    /// What the parameter would lose: a new value without a key would be under the account's own.
    async fn kept(&self, client: &Client, name: &SecretName) -> Result<Preserved> {
        match client.describe(name).await {
            Ok(found) => Ok(found.unwrap_or_default()),
            Err(fault) if fault.cause == Cause::Denied && self.key.is_some() => Ok(Preserved::default()),
            Err(fault) if fault.cause == Cause::Denied => Err(fault.about(name).with_hint(
                "grant ssm:DescribeParameters, so that the parameter keeps its key; or name the key: kms_key_id=…",
            )),
            Err(fault) => Err(fault.about(name)),
        }
    }
}

async fn delete(client: &Client, name: &SecretName, expect: Option<&Version>) -> Result<Receipt> {
    if expect.is_some() {
        match look(client, name).await? {
            Some(now) => as_expected(client, &now, expect)?,
            None => return Ok(Receipt { version: None }),
        }
    }
    match client.delete(name).await {
        Ok(()) => Ok(Receipt { version: None }),
        // Nothing there: what was asked for is so.
        Err(fault) if fault.cause == Cause::Absent => Ok(Receipt { version: None }),
        Err(fault) => Err(fault.about(name)),
    }
}

/// What is there now; its value is not asked for.
async fn look(client: &Client, name: &SecretName) -> Result<Option<Parameter>> {
    match client.get(vec![name.to_string()], false).await {
        Ok(batch) => Ok(batch.parameters.into_iter().find(|found| found.name == *name)),
        Err(fault) if fault.cause == Cause::Absent => Ok(None),
        Err(fault) => Err(fault.about(name)),
    }
}

fn as_expected(client: &Client, now: &Parameter, expect: Option<&Version>) -> Result<()> {
    match expect {
        Some(expect) if *expect != now.version => {
            let message = format!("it was changed in {} after it was read", client.place());
            Err(Error::write(ErrorKind::VersionMismatch, message, &now.name))
        }
        _ => Ok(()),
    }
}

/// The version after this one: they are counted.
fn next(version: &Version) -> Version {
    let number = version.as_str().parse::<i64>().unwrap_or_default();
    Version::new((number + 1).to_string())
}
