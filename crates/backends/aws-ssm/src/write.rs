//! Parameter Store as a store: writing.
//!
//! The service has no tokens, does not compare versions, and creates a parameter that does not exist even if it is to be
//! replaced. So a replace reads the parameter first, and the version that the service returns shows whether another
//! process wrote in between. When a parameter is replaced, new tags are written before its value, because the service does
//! not accept both in one call.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use airbridge_core::{
    Action, Change, Error, ErrorKind, Look, Metadata, Receipt, Result, SecretName, SecretText, Version,
};

use crate::check::RULES;
use crate::client::{Client, Kind, Parameter, Preserved, Put};
use crate::error::{Cause, TYPE_HINT};
use crate::settings::Tier;

/// The options of this endpoint for writing.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) tier: Tier,
    /// The KMS key for new and replaced parameters.
    pub(crate) key: Option<String>,
    /// Tags for new parameters.
    pub(crate) tags: BTreeMap<String, String>,
}

impl Writer {
    /// Makes one change.
    pub(crate) async fn write(&self, client: &Client, change: &Change) -> Result<Receipt> {
        let name = &change.name;
        match &change.action {
            Action::Create(payload) => {
                self.create(client, name, RULES.text(payload, name)?, change.metadata()).await
            }
            Action::Replace { payload, expect } => {
                self.replace(client, change, RULES.text(payload, name)?, expect.as_ref()).await
            }
            Action::Delete { expect } => delete(client, name, expect.as_ref()).await,
            _ => Err(Error::write(
                ErrorKind::Unsupported,
                "AWS Parameter Store does not support this change",
                name,
            )),
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

    /// What the encrypted parameters among the changes are now. Two requests for all of them.
    pub(crate) async fn look(&self, client: &Client, changes: &[Change]) -> Result<Vec<Option<Look>>> {
        let suited = changes.iter().filter(|change| matches!(change.action, Action::Replace { .. }));
        let names: BTreeSet<_> = suited.map(|change| &change.name).collect();
        let mut looks = HashMap::new();
        if names.len() > 1 {
            let selectors = names.iter().map(ToString::to_string).collect();
            let found = client.get(selectors, false).await.map_err(|fault| fault.error)?;
            let names: Vec<_> = names.into_iter().collect();
            let mut kept = match client.describe_all(&names).await {
                Err(fault) if fault.cause == Cause::Denied && self.key.is_some() => {
                    names.into_iter().map(|name| (name.clone(), Preserved::default())).collect()
                }
                described => described.map_err(|fault| fault.error)?,
            };
            for now in found.parameters.into_iter().filter(|now| now.kind == Kind::Secure) {
                if let Some(kept) = kept.remove(&now.name) {
                    looks.insert(now.name, Look::new(now.version).with_kept(kept.into_texts()));
                }
            }
        }
        Ok(changes.iter().map(|change| looks.get(&change.name).cloned()).collect())
    }

    async fn replace(
        &self,
        client: &Client,
        change: &Change,
        text: &SecretText,
        expect: Option<&Version>,
    ) -> Result<Receipt> {
        let (name, metadata) = (&change.name, change.metadata());
        let (now, mut kept) = match &change.look {
            Some(look) => (look.version.clone(), Preserved::from_texts(&look.kept)),
            None => self.look_alone(client, name, expect).await?,
        };
        check_version(client, name, &now, expect)?;
        kept.description = metadata.description.clone().or(kept.description);
        if !metadata.tags.is_empty() {
            client.tag(name, &metadata.tags).await.map_err(|fault| fault.about(name))?;
        }
        let put = client.put(name, text, self.tier, self.key.as_deref(), Put::Over(kept)).await;
        let version = put.map_err(|fault| fault.about(name))?;
        if version == next(&now) {
            return Ok(Receipt { version: Some(version) });
        }
        let message = format!(
            "another process changed the parameter in {} between reading version {now} and writing version {version}",
            client.place(),
        );
        let hint = format!(
            "run `aws ssm get-parameter-history --name {name}` to see the value that was overwritten"
        );
        Err(Error::write(ErrorKind::VersionMismatch, message, name).with_hint(hint))
    }

    /// The version of the parameter, which must be encrypted, and what it has besides its value.
    async fn look_alone(
        &self,
        client: &Client,
        name: &SecretName,
        expect: Option<&Version>,
    ) -> Result<(Version, Preserved)> {
        let Some(now) = look(client, name).await? else {
            return Err(Error::write(
                ErrorKind::NotFound,
                format!("{} has no parameter of this name", client.place()),
                name,
            ));
        };
        check_version(client, name, &now.version, expect)?;
        if let Kind::Plain(kind) = now.kind {
            let message = format!("the parameter in {} is a {kind}, which is not encrypted", client.place());
            return Err(Error::write(ErrorKind::Unsupported, message, name).with_hint(TYPE_HINT));
        }
        Ok((now.version, self.kept(client, name).await?))
    }

    /// What the parameter would lose: a value that is written without a key is encrypted with the account's default key.
    async fn kept(&self, client: &Client, name: &SecretName) -> Result<Preserved> {
        match client.describe(name).await {
            Ok(found) => Ok(found.unwrap_or_default()),
            Err(fault) if fault.cause == Cause::Denied && self.key.is_some() => Ok(Preserved::default()),
            Err(fault) if fault.cause == Cause::Denied => Err(fault.about(name).with_hint(
                "grant ssm:DescribeParameters, so that the parameter keeps its key, or set `kms_key_id`",
            )),
            Err(fault) => Err(fault.about(name)),
        }
    }
}

async fn delete(client: &Client, name: &SecretName, expect: Option<&Version>) -> Result<Receipt> {
    if expect.is_some() {
        match look(client, name).await? {
            Some(now) => check_version(client, name, &now.version, expect)?,
            None => return Ok(Receipt { version: None }),
        }
    }
    match client.delete(name).await {
        Ok(()) => Ok(Receipt { version: None }),
        // It does not exist: nothing to do.
        Err(fault) if fault.cause == Cause::Absent => Ok(Receipt { version: None }),
        Err(fault) => Err(fault.about(name)),
    }
}

/// The parameter as it is now, without its value.
async fn look(client: &Client, name: &SecretName) -> Result<Option<Parameter>> {
    match client.get(vec![name.to_string()], false).await {
        Ok(batch) => Ok(batch.parameters.into_iter().find(|found| found.name == *name)),
        Err(fault) if fault.cause == Cause::Absent => Ok(None),
        Err(fault) => Err(fault.about(name)),
    }
}

/// Checks that the parameter is in the expected version, which the service does not do.
fn check_version(client: &Client, name: &SecretName, now: &Version, expect: Option<&Version>) -> Result<()> {
    match expect {
        Some(expect) if expect != now => {
            let message = format!("the parameter in {} was changed after it was read", client.place());
            Err(Error::write(ErrorKind::VersionMismatch, message, name))
        }
        _ => Ok(()),
    }
}

/// The version after this one; versions are consecutive numbers.
fn next(version: &Version) -> Version {
    let number = version.as_str().parse::<i64>().unwrap_or_default();
    Version::new((number + 1).to_string())
}
