//! Key Vault as a store: writing.
//!
//! The service has one call to write, which makes a secret or a new version of it, whatever is there, and takes no
//! condition. So what is there is looked at just before: a plan may be minutes old, and a create that met a secret made
//! meanwhile would hide its value under a new version. That makes two calls of every write; the look costs nothing of
//! the 30 a second that a vault takes of the other.

use std::collections::BTreeMap;

use airbridge_core::{Action, Change, Error, ErrorKind, Receipt, Result, SecretName, SecretText, Version};

use crate::check::RULES;
use crate::client::{Client, Preserved, Tags, Value};
use crate::descriptor::{LABEL, TAG_LENGTH, TAGS};
use crate::error::{Call, Cause, Fault};
use crate::moment::Moment;

/// Writes to one vault.
#[derive(Debug)]
pub(crate) struct Writer<'a> {
    pub(crate) client: &'a Client,
    /// For new secrets.
    pub(crate) tags: &'a BTreeMap<String, String>,
}

/// What is there before a write.
enum Found {
    Nothing,
    SwitchedOff,
    Value(Value),
}

impl Writer<'_> {
    /// Carries out one change.
    pub(crate) async fn write(&self, change: &Change) -> Result<Receipt> {
        let name = &change.name;
        let label = change.label.as_deref();
        if !RULES.is_name(name.as_str()) {
            return match change.action {
                Action::Delete { .. } => Ok(Receipt { version: None }),
                _ => Err(Error::write(ErrorKind::InvalidName, "Azure Key Vault takes no such name", name)),
            };
        }
        if label.is_some_and(|label| label.chars().count() > TAG_LENGTH) {
            let message = format!("its label is longer than the {TAG_LENGTH} characters of a tag");
            return Err(Error::write(ErrorKind::InvalidPayload, message, name));
        }
        match &change.action {
            Action::Create(payload) => self.create(change, RULES.text(payload, name)?).await,
            Action::Replace { payload, expect } => {
                self.replace(change, RULES.text(payload, name)?, expect.as_ref()).await
            }
            Action::Delete { expect } => self.delete(name, expect.as_ref()).await,
            _ => Err(Error::write(ErrorKind::Unsupported, "Azure Key Vault knows no such change", name)),
        }
    }

    async fn create(&self, change: &Change, text: &SecretText) -> Result<Receipt> {
        let name = &change.name;
        let Found::Nothing = self.look(name).await? else {
            return Err(Error::write(
                ErrorKind::AlreadyExists,
                format!("the name is taken in {}", self.place()),
                name,
            ));
        };
        let mut kept = Preserved::default();
        self.say(&mut kept.tags, change);
        kept.tags.extend(self.tags.clone());
        self.set(name, text, kept).await
    }

    async fn replace(&self, change: &Change, text: &SecretText, expect: Option<&Version>) -> Result<Receipt> {
        let name = &change.name;
        let current = match self.look(name).await? {
            Found::Nothing => {
                return Err(Error::write(
                    ErrorKind::NotFound,
                    format!("{} has no secret of this name", self.place()),
                    name,
                ));
            }
            Found::SwitchedOff => return Err(self.moved(name, "was switched off")),
            Found::Value(value) => value,
        };
        if expect.is_some_and(|expect| current.version.as_ref() != Some(expect)) {
            return Err(self.moved(name, "was changed"));
        }
        if current.managed {
            let message = format!("it belongs to a certificate of the same name in {}", self.place());
            return Err(Error::write(ErrorKind::PermissionDenied, message, name)
                .with_hint("change the certificate, or choose another name"));
        }
        let mut kept = current.kept;
        self.say(&mut kept.tags, change);
        self.set(name, text, kept).await
    }

    async fn delete(&self, name: &SecretName, expect: Option<&Version>) -> Result<Receipt> {
        if let Some(expect) = expect {
            match self.look(name).await? {
                Found::Nothing => return Ok(Receipt { version: None }),
                Found::SwitchedOff => return Err(self.moved(name, "was switched off")),
                Found::Value(value) if value.version.as_ref() != Some(expect) => {
                    return Err(self.moved(name, "was changed"));
                }
                Found::Value(_) => {}
            }
        }
        match self.client.delete(name).await {
            Ok(()) => Ok(Receipt { version: None }),
            // Nothing there, or deleted already: what was asked for is so.
            Err(fault) if matches!(fault.cause, Cause::Absent | Cause::Deleted) => {
                Ok(Receipt { version: None })
            }
            Err(fault) => Err(fault.about(name)),
        }
    }

    async fn look(&self, name: &SecretName) -> Result<Found> {
        match self.client.get(Call::Look, name, None).await {
            Ok(value) => Ok(Found::Value(value)),
            Err(fault) => match fault.cause {
                Cause::Absent => Ok(Found::Nothing),
                Cause::Disabled => Ok(Found::SwitchedOff),
                Cause::Deleted | Cause::Denied | Cause::Other => Err(fault.about(name)),
            },
        }
    }

    async fn set(&self, name: &SecretName, text: &SecretText, kept: Preserved) -> Result<Receipt> {
        match self.client.set(name, text, kept).await {
            Ok(version) => Ok(Receipt { version }),
            Err(fault) if fault.cause == Cause::Deleted => Err(self.reserved(name, fault).await),
            Err(fault) => Err(fault.about(name)),
        }
    }

    /// Adds to the tags what is said of the secret, and the label unless they are as many as the service takes.
    fn say(&self, tags: &mut Tags, change: &Change) {
        let Change { name, label, metadata, .. } = change;
        tags.extend(metadata.clone().into_tags());
        let Some(label) = label else { return };
        if tags.len() < TAGS || tags.contains_key(LABEL) {
            tags.insert(LABEL.to_owned(), label.clone());
        } else {
            let place = self.place();
            tracing::warn!("{name} in {place} has {TAGS} tags already, so {LABEL} is left out");
        }
    }

    /// A deleted secret holds the name; one more call says for how long.
    async fn reserved(&self, name: &SecretName, fault: Fault) -> Error {
        let vault = self.client.vault().name();
        let tool = format!("--vault-name {vault} --name {name}");
        let hint = format!(
            "bring it back (az keyvault secret recover {tool}), remove it for good (az keyvault secret purge {tool}), or wait"
        );
        let purged = self.client.get_deleted(name).await.ok().and_then(|deleted| deleted.purged);
        let Some(purged) = purged else { return fault.about(name).with_hint(hint) };
        let until = purged.counted_from(Moment::now());
        let message = format!("a deleted secret holds the name in {} until {until}", self.place());
        Error::write(ErrorKind::NameReserved, message, name).with_hint(hint)
    }

    fn moved(&self, name: &SecretName, how: &str) -> Error {
        Error::write(
            ErrorKind::VersionMismatch,
            format!("it {how} in {} after it was read", self.place()),
            name,
        )
    }

    fn place(&self) -> String {
        self.client.vault().place()
    }
}
