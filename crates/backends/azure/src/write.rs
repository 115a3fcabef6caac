//! The store: writing.
//!
//! The service has one request that writes. It creates the secret, or a new version if the secret exists, and takes no
//! condition. So the current secret is read just before each write: a plan may be minutes old, and a create would
//! otherwise put a new version over a secret that another client has made since. Each write is therefore two requests.
//! The extra read does not count towards the limit of 30 writes a second.

use std::collections::BTreeMap;
use std::time::Duration;

use airbridge_core::{Action, Change, Error, ErrorKind, Receipt, Result, SecretName, SecretText, Version};
use tokio::time::{Instant, sleep};

use crate::check::RULES;
use crate::client::{Client, Preserved, Tags, Value};
use crate::descriptor::{LABEL, TAG_LENGTH, TAGS};
use crate::error::{Call, Cause, Fault};
use crate::timestamp::Timestamp;

/// How long a recovery is waited for. It usually takes some seconds.
const RECOVERY: Duration = Duration::from_mins(1);

/// Time between two looks at a secret that is being recovered.
const PAUSE: Duration = Duration::from_millis(500);

/// Writes to one vault.
#[derive(Debug)]
pub(crate) struct Writer<'a> {
    pub(crate) client: &'a Client,
    /// The user's tags for new secrets.
    pub(crate) tags: &'a BTreeMap<String, String>,
}

/// The current secret, read just before a write.
enum Current {
    Absent,
    Disabled,
    Value(Value),
}

impl Writer<'_> {
    /// Executes one change.
    pub(crate) async fn write(&self, change: &Change) -> Result<Receipt> {
        let name = &change.name;
        let label = change.label.as_deref();
        if !RULES.is_name(name.as_str()) {
            return match change.action {
                Action::Delete { .. } => Ok(Receipt { version: None }),
                _ => Err(Error::write(
                    ErrorKind::InvalidName,
                    "the name is not valid in Azure Key Vault",
                    name,
                )),
            };
        }
        if label.is_some_and(|label| label.chars().count() > TAG_LENGTH) {
            let message = format!("the label is longer than {TAG_LENGTH} characters, the maximum of a tag");
            return Err(Error::write(ErrorKind::InvalidPayload, message, name));
        }
        match &change.action {
            Action::Create(payload) => self.create(change, RULES.text(payload, name)?).await,
            Action::Replace { payload, expect } => {
                self.replace(change, RULES.text(payload, name)?, expect.as_ref()).await
            }
            Action::Delete { expect } => self.delete(name, expect.as_ref()).await,
            Action::Restore { payload } => {
                let text = payload.as_ref().map(|payload| RULES.text(payload, name)).transpose()?;
                self.restore(change, text).await
            }
            _ => Err(Error::write(
                ErrorKind::Unsupported,
                "Azure Key Vault does not support this change",
                name,
            )),
        }
    }

    async fn create(&self, change: &Change, text: &SecretText) -> Result<Receipt> {
        let name = &change.name;
        let Current::Absent = self.look(name).await? else {
            return Err(Error::write(
                ErrorKind::AlreadyExists,
                format!("the name already exists in {}", self.place()),
                name,
            ));
        };
        let mut preserved = Preserved::default();
        self.add_metadata(&mut preserved.tags, change);
        preserved.tags.extend(self.tags.clone());
        self.set(name, text, preserved).await
    }

    async fn replace(&self, change: &Change, text: &SecretText, expect: Option<&Version>) -> Result<Receipt> {
        let name = &change.name;
        let current = match self.look(name).await? {
            Current::Absent => {
                return Err(Error::write(
                    ErrorKind::NotFound,
                    format!("no such secret in {}", self.place()),
                    name,
                ));
            }
            Current::Disabled => return Err(self.changed(name, "disabled")),
            Current::Value(value) => value,
        };
        if expect.is_some_and(|expect| current.version.as_ref() != Some(expect)) {
            return Err(self.changed(name, "changed"));
        }
        if current.managed {
            let message =
                format!("the secret belongs to the certificate of the same name in {}", self.place());
            return Err(Error::write(ErrorKind::PermissionDenied, message, name)
                .with_hint("change the certificate, or choose another name"));
        }
        let mut preserved = current.preserved;
        self.add_metadata(&mut preserved.tags, change);
        self.set(name, text, preserved).await
    }

    async fn delete(&self, name: &SecretName, expect: Option<&Version>) -> Result<Receipt> {
        if let Some(expect) = expect {
            match self.look(name).await? {
                Current::Absent => return Ok(Receipt { version: None }),
                Current::Disabled => return Err(self.changed(name, "disabled")),
                Current::Value(value) if value.version.as_ref() != Some(expect) => {
                    return Err(self.changed(name, "changed"));
                }
                Current::Value(_) => {}
            }
        }
        match self.client.delete(name).await {
            Ok(()) => Ok(Receipt { version: None }),
            // The secret does not exist, or is already deleted.
            Err(fault) if matches!(fault.cause, Cause::Absent | Cause::Deleted) => {
                Ok(Receipt { version: None })
            }
            Err(fault) => Err(fault.about(name)),
        }
    }

    /// Recovers a deleted secret, and then gives it a new version. A secret that is not deleted only gets the version.
    async fn restore(&self, change: &Change, text: Option<&SecretText>) -> Result<Receipt> {
        let name = &change.name;
        let recovered = match self.client.recover(name).await {
            Ok(()) => true,
            Err(fault) if fault.cause == Cause::Absent => false,
            Err(fault) => return Err(fault.about(name)),
        };
        let until = Instant::now() + RECOVERY;
        let current = loop {
            match self.look(name).await? {
                Current::Absent if recovered && Instant::now() < until => sleep(PAUSE).await,
                current => break current,
            }
        };
        match (current, text) {
            (Current::Absent, _) if recovered => {
                let message = format!("the recovery of the secret in {} is not complete yet", self.place());
                Err(Error::write(ErrorKind::Unavailable, message, name))
            }
            (Current::Absent, _) => {
                let message = format!("no deleted secret of this name in {}", self.place());
                Err(Error::write(ErrorKind::NotFound, message, name))
            }
            (Current::Disabled, _) => Err(self.changed(name, "disabled")),
            (Current::Value(value), None) => Ok(Receipt { version: value.version }),
            (Current::Value(value), Some(text)) => {
                let mut preserved = value.preserved;
                self.add_metadata(&mut preserved.tags, change);
                self.set(name, text, preserved).await
            }
        }
    }

    async fn look(&self, name: &SecretName) -> Result<Current> {
        match self.client.get(Call::Look, name, None).await {
            Ok(value) => Ok(Current::Value(value)),
            Err(fault) => match fault.cause {
                Cause::Absent => Ok(Current::Absent),
                Cause::Disabled => Ok(Current::Disabled),
                Cause::Deleted | Cause::Denied | Cause::Other => Err(fault.about(name)),
            },
        }
    }

    async fn set(&self, name: &SecretName, text: &SecretText, preserved: Preserved) -> Result<Receipt> {
        match self.client.set(name, text, preserved).await {
            Ok(version) => Ok(Receipt { version }),
            Err(fault) if fault.cause == Cause::Deleted => Err(self.reserved(name, fault).await),
            Err(fault) => Err(fault.about(name)),
        }
    }

    /// Adds the change's metadata to `tags`, and its label if there is room for one more tag.
    fn add_metadata(&self, tags: &mut Tags, change: &Change) {
        let (Change { name, label, .. }, metadata) = (change, change.metadata());
        tags.extend(metadata.clone().into_tags());
        let Some(label) = label else { return };
        if tags.len() < TAGS || tags.contains_key(LABEL) {
            tags.insert(LABEL.to_owned(), label.to_string());
        } else {
            let place = self.place();
            tracing::warn!("{name} in {place} already has {TAGS} tags, so the tag {LABEL} is not written");
        }
    }

    /// The error for a name that a deleted secret still holds. One more request finds out for how long.
    async fn reserved(&self, name: &SecretName, fault: Fault) -> Error {
        let vault = self.client.vault().name();
        let tool = format!("--vault-name {vault} --name {name}");
        let hint = format!(
            "recover it (az keyvault secret recover {tool}), delete it permanently (az keyvault secret purge {tool}), or wait"
        );
        let purged = self.client.get_deleted(name).await.ok().and_then(|deleted| deleted.purged);
        let Some(purged) = purged else { return fault.about(name).with_hint(hint) };
        let until = purged.date_with_days_from(Timestamp::now());
        let message = format!("a deleted secret still holds the name in {} until {until}", self.place());
        Error::write(ErrorKind::NameReserved, message, name).with_hint(hint)
    }

    fn changed(&self, name: &SecretName, how: &str) -> Error {
        Error::write(
            ErrorKind::VersionMismatch,
            format!("the secret was {how} in {} after airbridge read it", self.place()),
            name,
        )
    }

    fn place(&self) -> String {
        self.client.vault().place()
    }
}
